/* classes: a sorted list of words. */
#include "io/classes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"

enum { LISTED_MOST = 12 };

struct hol_classes {
    char **names; /* owned, sorted, each owned */
    int64_t count, room;
    bool has_words; /* some label is no whole number */
    bool is_full;   /* one label more was seen than there is room for */
    bool is_closed;
};

hol_status hol_classes_create(hol_classes **ret_classes) { return HOL_ALLOCATE(*ret_classes, 1, "classes"); }

void hol_classes_destroy(hol_classes *self) {
    if (!self) return;
    for (int64_t i = 0; i < self->count; i++) hol_free(self->names[i]);
    hol_free(self->names);
    hol_free(self);
}

void hol_classes_close(hol_classes *self) { self->is_closed = true; }

static bool is_number(const char *text, int64_t length, int32_t *ret_number) {
    char copy[16], *end = NULL;
    if (length < 1 || length >= (int64_t)sizeof copy || strchr(" \t", text[0])) return false;
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    errno = 0;
    const long long number = strtoll(copy, &end, 10);
    if (*end != '\0' || errno != 0 || number <= HOL_LABEL_MISSING || number > INT32_MAX) return false;
    *ret_number = (int32_t)number;
    return true;
}

/* Where text is in the list, or belongs. */
bool hol_classes_find(const hol_classes *self, const char *text, int64_t length, int64_t *ret_place) {
    int64_t low = 0, high = self->count;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        const int64_t own = (int64_t)strlen(self->names[middle]);
        int order = memcmp(self->names[middle], text, (size_t)(own < length ? own : length));
        if (order == 0) order = own < length ? -1 : own > length;
        if (order == 0) {
            *ret_place = middle;
            return true;
        }
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    *ret_place = low;
    return false;
}

bool hol_classes_add(hol_classes *self, const char *text, int64_t length, int64_t most, bool *ret_full,
                     const char **ret_why) {
    int64_t place = 0;
    *ret_why = "a text of more than 255 bytes";
    if (length > HOL_CLASSES_NAME_MOST) return false;
    if (hol_classes_find(self, text, length, &place)) return true;
    *ret_full = self->count >= most;
    if (*ret_full) return true;
    char *copy = hol_allocate(length + 1, 1);
    *ret_why = "no memory for its name";
    if (!copy || hol_error_drop(HOL_GROW(self->names, self->count, self->count + 1, &self->room, "classes"))) {
        hol_free(copy);
        return false;
    }
    memcpy(copy, text, (size_t)length);
    memmove(self->names + place + 1, self->names + place, (size_t)(self->count - place) * sizeof *self->names);
    self->names[place] = copy;
    self->count++;
    return true;
}

bool hol_classes_take(hol_classes *self, const char *text, int64_t length, int32_t *ret_label, const char **ret_why) {
    int64_t place = 0;
    *ret_label = 0;
    const bool number = is_number(text, length, ret_label);
    *ret_why = "a missing label";
    if (length == 0) return false;
    *ret_why = "a label of more than 255 bytes";
    if (length > HOL_CLASSES_NAME_MOST) return false;
    if (self->is_closed) {
        *ret_why = "a label that was not there before";
        if (!self->has_words) return number;
        const bool is_found = hol_classes_find(self, text, length, &place);
        *ret_label = (int32_t)place;
        return is_found;
    }
    self->has_words = self->has_words || !number;
    *ret_why = "more than 4096 different labels";
    if (self->is_full && self->has_words) return false;
    /* numbers are collected as well, as words may follow; without any, there may be as many as there are */
    if (!self->is_full && !hol_classes_add(self, text, length, HOL_CLASSES_MOST, &self->is_full, ret_why)) return false;
    *ret_why = "more than 4096 different labels";
    return !self->is_full || !self->has_words;
}

int64_t hol_classes_get_all(const hol_classes *self, const char *const **ret_texts) {
    *ret_texts = (const char *const *)self->names;
    return self->count;
}

int64_t hol_classes_get_names(const hol_classes *self, const char *const **ret_names) {
    *ret_names = (const char *const *)self->names;
    return self->has_words ? self->count : 0;
}

void hol_classes_list(const hol_classes *self, char *text, size_t size) {
    text[0] = '\0';
    for (int64_t i = 0; self->is_closed && i < self->count; i++) {
        const bool is_last = i + 1 == self->count;
        if (i == LISTED_MOST && !is_last) hol_words_append(text, size, ", ...");
        if (i < LISTED_MOST || is_last) hol_words_append(text, size, "%s\"%.40s\"", i ? ", " : "", self->names[i]);
    }
}
