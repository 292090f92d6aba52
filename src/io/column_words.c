/* column_words: a list of classes for each column, given up where a column turns out to be one of numbers. */
#include "io/column_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "io/classes.h"
#include "io/dataset.h"

struct column {
    hol_classes *classes; /* owned; NULL before the first field, and of numbers once closed */
    bool has_words;       /* some field is no number */
    bool is_full;         /* more different fields than a variable may have states */
};

struct hol_column_words {
    int64_t columns;
    struct column *column; /* (columns), owned */
    bool is_closed, takes_numbers;
};

hol_status hol_column_words_create(int64_t columns, hol_column_words **ret) {
    hol_column_words *self = NULL;
    hol_status status = HOL_OK;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "words"));
    self->columns = columns;
    HOL_TRY(HOL_ALLOCATE(self->column, columns, "words"));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_column_words_destroy(self);
    return status;
}

void hol_column_words_destroy(hol_column_words *self) {
    if (!self) return;
    for (int64_t c = 0; self->column && c < self->columns; c++) hol_classes_destroy(self->column[c].classes);
    hol_free(self->column);
    hol_free(self);
}

void hol_column_words_close(hol_column_words *self) {
    self->is_closed = true;
    for (int64_t c = 0; c < self->columns; c++) {
        struct column *column = &self->column[c];
        if (column->has_words) hol_classes_close(column->classes);
        else {
            hol_classes_destroy(column->classes);
            column->classes = NULL;
        }
    }
}

static bool collect(struct column *column, const char *text, int64_t length, bool is_number, const char **ret_why) {
    column->has_words = column->has_words || !is_number;
    if (!column->is_full) {
        *ret_why = "no memory for its name";
        if (!column->classes && hol_error_drop(hol_classes_create(&column->classes))) return false;
        if (!hol_classes_add(column->classes, text, length, HOL_DATASET_STATES_MAX, &column->is_full, ret_why))
            return false;
    }
    if (!column->is_full || !column->has_words) return true;
    *ret_why = "more than 256 different words";
    return false;
}

static bool take_number(const char *text, int64_t length, float *ret_number) {
    char copy[32], *end = NULL;
    if (length >= (int64_t)sizeof copy) return false;
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    *ret_number = strtof(copy, &end);
    return *end == '\0' && end > copy;
}

bool hol_column_words_take(hol_column_words *self, int64_t c, const char *text, int64_t length, bool is_number,
                           float *ret_state, const char **ret_why) {
    int64_t place = 0;
    struct column *column = &self->column[c];
    *ret_state = 0;
    if (!self->is_closed) return collect(column, text, length, is_number, ret_why);
    *ret_why = "a word that was not there before";
    if (hol_classes_find(column->classes, text, length, &place)) *ret_state = (float)place;
    else if (is_number && self->takes_numbers) return take_number(text, length, ret_state);
    else return false;
    return true;
}

hol_status hol_column_words_of(const hol_dataset_states *states, bool takes_numbers, hol_column_words **ret) {
    hol_status status = hol_column_words_create(states->columns, ret);
    for (int64_t c = 0; c < states->columns && status == HOL_OK; c++)
        for (int64_t k = states->first_names[c]; k < states->first_names[c + 1] && status == HOL_OK; k++) {
            const char *why = NULL, *name = states->names[k];
            float unused = 0;
            if (!hol_column_words_take(*ret, c, name, (int64_t)strlen(name), false, &unused, &why))
                status = hol_error(HOL_FAILURE, "words of states: %s", why);
        }
    if (status != HOL_OK) return status;
    hol_column_words_close(*ret);
    (*ret)->takes_numbers = takes_numbers;
    return status;
}

bool hol_column_words_has(const hol_column_words *self, int64_t column) {
    return !self->is_closed || self->column[column].classes;
}

int64_t hol_column_words_get(const hol_column_words *self, int64_t column, const char *const **ret_names) {
    *ret_names = NULL;
    return self->column[column].classes ? hol_classes_get_all(self->column[column].classes, ret_names) : 0;
}

void hol_column_words_list(const hol_column_words *self, int64_t column, char *text, size_t size) {
    hol_classes_list(self->column[column].classes, text, size);
}

int64_t hol_column_words_count(const hol_column_words *self) {
    int64_t count = 0;
    for (int64_t c = 0; c < self->columns; c++) count += self->column[c].classes != NULL;
    return count;
}
