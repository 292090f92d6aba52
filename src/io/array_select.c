/* array_select: lists of columns, by number or name, and the label among them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "base/words.h"

enum { SHOWN_NAMES = 8 };

static hol_status refuse(const hol_array_file *self, const char *option, const char *item, int64_t length) {
    char names[200] = "", word[64];
    const char *meant = NULL;
    size_t best = SIZE_MAX;
    (void)snprintf(word, sizeof word, "%.*s", (int)length, item);
    for (int64_t f = 0; self->names && f < self->fields; f++)
        if (strcasecmp(word, self->names[f]) == 0 || hol_words_are_near(word, self->names[f], &best))
            meant = self->names[f];
    if (meant)
        return hol_error(HOL_USAGE, "%s: found \"%.*s\", expected a column's number or name; did you mean %.60s? (%s)",
                         option, (int)(length < 60 ? length : 60), item, meant, self->path);
    for (int64_t f = 0; self->names && f < self->fields && f < SHOWN_NAMES; f++)
        hol_words_append(names, sizeof names, "%s%.20s", f ? ", " : " or one of ", self->names[f]);
    return hol_error(HOL_USAGE, "%s: found \"%.*s\", expected a number or range from 0 to %lld%s%s (%s)", option,
                     (int)(length < 60 ? length : 60), item, (long long)self->fields - 1, names,
                     self->names && self->fields > SHOWN_NAMES ? ", ..." : "", self->path);
}

/* The first field of this name from `first` on, or -1. */
static int64_t find_name(const hol_array_file *self, const char *item, int64_t length, int64_t first) {
    for (int64_t f = first; self->names && f < self->fields; f++)
        if ((int64_t)strlen(self->names[f]) == length && memcmp(self->names[f], item, (size_t)length) == 0) return f;
    return -1;
}

/* A number, or two with a hyphen between; false when it is neither. */
static bool parse_range(const char *item, int64_t length, int64_t *first, int64_t *last) {
    char *end = NULL;
    if (item[0] < '0' || item[0] > '9') return false;
    *first = *last = strtoll(item, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9') *last = strtoll(end + 1, &end, 10);
    return end == item + length;
}

/* The fields that an item of a list means. */
static hol_status find_item(const hol_array_file *self, const char *option, const char *item, int64_t length,
                            int64_t *first, int64_t *last) {
    const int64_t named = find_name(self, item, length, 0);
    const int64_t again = named >= 0 ? find_name(self, item, length, named + 1) : -1;
    const bool is_range = parse_range(item, length, first, last);
    if (again >= 0)
        return hol_error(HOL_USAGE, "%s: found \"%.*s\", the name of columns %lld and %lld (from 0), expected a number",
                         option, (int)length, item, (long long)named, (long long)again);
    if (named >= 0 && is_range && *first == *last && *first != named)
        return hol_error(
            HOL_USAGE,
            "%s: found \"%.*s\", the name of column %lld (from 0) and the number of another, expected %lld-%lld for "
            "column %lld, or %lld-%lld",
            option, (int)length, item, (long long)named, (long long)named, (long long)named, (long long)named,
            (long long)*first, (long long)*first);
    if (named >= 0) *first = *last = named;
    else if (!is_range || *first > *last || *last >= self->fields) return refuse(self, option, item, length);
    return HOL_OK;
}

static hol_status mark_list(const hol_array_file *self, const char *list, bool *marked) {
    for (const char *at = list;;) {
        const size_t length = strcspn(at, ",");
        int64_t first = 0, last = 0;
        const hol_status status = find_item(self, "--columns", at, (int64_t)length, &first, &last);
        if (status != HOL_OK) return status;
        for (int64_t f = first; f <= last; f++) marked[f] = true;
        if (at[length] == '\0') return HOL_OK;
        at += length + 1;
    }
}

/* The fields of the names of an order, each once; what is taken becomes these. */
static hol_status find_order(const hol_array_file *self, const hol_array_selection *selection, bool *taken,
                             int64_t *fields) {
    for (int64_t c = 0; c < selection->ordered; c++) {
        const char *name = selection->order[c];
        const int64_t length = (int64_t)strlen(name), next = c > 0 ? fields[c - 1] + 1 : 0;
        /* most are where they are expected */
        const bool is_next = next < self->fields && taken[next] && strcmp(self->names[next], name) == 0;
        int64_t f = is_next ? next : find_name(self, name, length, 0);
        while (f >= 0 && !taken[f]) f = find_name(self, name, length, f + 1);
        if (f < 0)
            return hol_error(HOL_BAD_INPUT, "%s: found no column \"%.60s\" to take, expected it as in %s", self->path,
                             name, selection->order_of);
        taken[f] = false;
        fields[c] = f;
    }
    for (int64_t f = 0; f < self->fields; f++) taken[f] = false;
    for (int64_t c = 0; c < selection->ordered; c++) taken[fields[c]] = true;
    return HOL_OK;
}

/* Another order of what set_map has taken. */
static hol_status set_order(hol_array_file *self, const int64_t *fields) {
    if (!self->map) {
        const hol_status status = HOL_ALLOCATE(self->map, self->fields, "columns");
        if (status != HOL_OK) return status;
    }
    for (int64_t c = 0; c < self->columns; c++) {
        self->map[fields[c]] = c;
        self->numbers[c] = fields[c];
        self->chosen[c] = self->names[fields[c]];
    }
    return HOL_OK;
}

/* map, numbers and chosen from which fields are taken. */
static hol_status set_map(hol_array_file *self, const bool *taken) {
    hol_status status = HOL_OK;
    self->columns = 0;
    for (int64_t f = 0; f < self->fields; f++) self->columns += taken[f];
    if (self->columns == 0 && !self->is_labels)
        return hol_error(HOL_USAGE, "--columns: found none that is left of %lld, expected one at least (%s)",
                         (long long)self->fields, self->path);
    hol_free(self->map);
    hol_free(self->numbers);
    hol_free(self->chosen);
    self->map = self->numbers = NULL;
    self->chosen = NULL;
    if (self->columns < self->fields) HOL_TRY(HOL_ALLOCATE(self->map, self->fields, "columns"));
    HOL_TRY(HOL_ALLOCATE(self->numbers, self->columns, "columns"));
    if (self->names) HOL_TRY(HOL_ALLOCATE(self->chosen, self->columns, "columns"));
    for (int64_t f = 0, c = 0; f < self->fields; f++) {
        if (self->map) self->map[f] = taken[f] ? c : f == self->label ? HOL_FIELD_LABEL : HOL_FIELD_SKIPPED;
        if (!taken[f]) continue;
        self->numbers[c] = f;
        if (self->chosen) self->chosen[c] = self->names[f];
        c++;
    }
cleanup:
    return status;
}

static hol_status arrange(hol_array_file *self, const hol_array_selection *selection, bool *taken) {
    hol_status status = HOL_OK;
    int64_t *fields = NULL, in_place = 0;
    if (!selection->order || !self->names) return set_map(self, taken);
    HOL_TRY(HOL_ALLOCATE(fields, selection->ordered, "columns"));
    HOL_TRY(find_order(self, selection, taken, fields));
    HOL_TRY(set_map(self, taken));
    while (in_place < self->columns && self->numbers[in_place] == fields[in_place]) in_place++;
    if (in_place < self->columns) HOL_TRY(set_order(self, fields));
cleanup:
    hol_free(fields);
    return status;
}

/* One column. */
static hol_status find_column(const hol_array_file *self, const char *option, const char *item, int64_t *ret) {
    int64_t last = 0;
    const hol_status status = find_item(self, option, item, (int64_t)strlen(item), ret, &last);
    return status == HOL_OK && last > *ret ? refuse(self, option, item, (int64_t)strlen(item)) : status;
}

bool hol_array_lacks_label(const hol_array_file *self, double value) {
    if (isnan(value)) return hol_array_missing_has_nan(&self->missing);
    return hol_array_missing_is(&self->missing, (float)value);
}

bool hol_array_take_number(const hol_array_file *self, int32_t number, int32_t *label, const char **ret_why) {
    char text[16];
    int32_t unused = 0;
    if (label) *label = number;
    if (!self->classes) return true;
    const int length = snprintf(text, sizeof text, "%d", number);
    return hol_classes_take(self->classes, text, length, label ? label : &unused, ret_why);
}

/* The one column that there is, beside an index, is the label. */
static hol_status take_labels(hol_array_file *self, bool *taken) {
    const int64_t index = self->has_index;
    if (self->fields != index + 1)
        return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected one, of labels", self->path,
                         (long long)(self->fields - index));
    self->label = index;
    taken[index] = false;
    return HOL_OK;
}

hol_status hol_array_select_all(hol_array_file *self) { return hol_array_file_select(self, &(hol_array_selection){0}); }

hol_status hol_array_file_select(hol_array_file *self, const hol_array_selection *selection) {
    hol_status status = HOL_OK;
    bool *taken = NULL;
    const char *list = selection->columns;
    const bool is_without = list && list[0] == '!';
    int64_t weight = -1;
    self->label = -1;
    self->classes = selection->classes;
    self->is_labels = selection->is_labels;
    self->words = selection->words;
    self->missing.takes_own = selection->takes_own_missing;
    HOL_TRY(hol_array_missing_set(&self->missing, selection->missing));
    HOL_TRY(HOL_ALLOCATE(taken, self->fields, "columns"));
    if (list) HOL_TRY(mark_list(self, list + is_without, taken));
    if (!list || is_without)
        for (int64_t f = 0; f < self->fields; f++) taken[f] = !taken[f] && !(f == 0 && self->has_index);
    if (selection->label) {
        HOL_TRY(find_column(self, "--label-column", selection->label, &self->label));
        taken[self->label] = false;
    }
    if (selection->is_labels) HOL_TRY(take_labels(self, taken));
    if (selection->weight) {
        HOL_TRY(find_column(self, "--weight-column", selection->weight, &weight));
        if (weight == self->label)
            HOL_TRY(hol_error(HOL_USAGE,
                              "--weight-column: found \"%s\", the column of --label-column, expected another",
                              selection->weight));
        taken[weight] = false;
    }
    HOL_TRY(arrange(self, selection, taken));
cleanup:
    hol_free(taken);
    return status;
}
