/* array_dataset: a data set of an HDF5 file, read as an array file is: row by row, some of its columns. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "io/contents.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"

/* so far beyond 0 or 1 is a rounding error of single precision */
static const float ROUNDING = 1e-6F;

struct hol_array_dataset {
    hol_comm *comm;       /* borrowed, or NULL */
    hol_dataset *dataset; /* owned */
    float *numbers;       /* owned: (most, fields); NULL while all fields are read */
    int64_t most;
    int32_t *labels; /* owned: (rows), of a file of ours that has some; NULL: not read */
    char **names;    /* owned, one block: of the labels' classes; NULL: numbers */
    int64_t classes;
    hol_dataset_states states; /* owned: of the file, where it is ours and says; columns 0 otherwise */
};

bool hol_array_file_is_dataset(const char *reference) {
    char *file = NULL, *path = NULL;
    const bool is = !hol_error_drop(hol_dataset_parse_reference(reference, NULL, &file, &path)) &&
                    hol_contents_look(file, NULL).kind == HOL_CONTENTS_HDF5;
    hol_free(file);
    hol_free(path);
    return is;
}

/* Which data set FILE alone means: the split of this name, or, without one, the only one that there is. */
static hol_status find_path(hol_comm *comm, const char *file, const char *split, char **ret_path) {
    char **paths = NULL;
    const char *only = NULL;
    int64_t count = 0, samples = 0;
    bool has_split = false;
    const bool is_ours = hol_dataset_is_ours(comm, file);
    hol_status status = hol_dataset_list(comm, file, &paths, &count);
    if (status != HOL_OK) return status;
    for (int64_t i = 0; i < count; i++) {
        if (is_ours && hol_dataset_is_note(paths[i])) continue;
        has_split = has_split || strcmp(paths[i] + 1, split) == 0;
        only = paths[i];
        samples++;
    }
    /* where there are several, opening the split names them all */
    if (samples == 1 && !has_split) status = hol_format_text(ret_path, "name of a data set", "%s", only);
    else status = hol_format_text(ret_path, "name of a data set", "/%s", split);
    hol_free(paths);
    return status;
}

static hol_status take_names(hol_comm *comm, hol_array_file *self) {
    char **names = NULL;
    int64_t count = 0;
    const hol_status status =
        hol_dataset_read_columns(comm, hol_dataset_get_file(self->dataset->dataset), &names, &count);
    if (status == HOL_OK && count == self->fields) self->names = names;
    else hol_free(names);
    return status;
}

hol_status hol_array_dataset_open(hol_comm *comm, hol_array_file *self, const char *reference,
                                  const char *default_split) {
    char *file = NULL, *path = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->dataset, 1, "array file"));
    self->dataset->comm = comm;
    HOL_TRY(hol_dataset_parse_reference(reference, NULL, &file, &path));
    if (!path) HOL_TRY(find_path(comm, file, default_split, &path));
    HOL_TRY(hol_format_text(&self->path, "name of a data set", "%s:%s", file, path));
    HOL_TRY(hol_dataset_open_numbers(comm, self->path, default_split, &self->dataset->dataset));
    hol_dataset *dataset = self->dataset->dataset;
    self->rows = hol_dataset_get_rows(dataset);
    self->fields = hol_dataset_get_columns(dataset);
    if (hol_dataset_get_shape(dataset, &self->shape[0], &self->shape[1])) self->dimensions = 2;
    hol_dataset_begin_check(dataset);
    HOL_TRY(take_names(comm, self));
    HOL_TRY(hol_dataset_read_states(comm, file, &self->dataset->states));
    if (self->dataset->states.columns != self->fields) hol_dataset_states_clear(&self->dataset->states);
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

void hol_array_dataset_close(hol_array_dataset *self) {
    if (!self) return;
    hol_dataset_close(self->dataset);
    hol_free(self->numbers);
    hol_free(self->labels);
    hol_free(self->names);
    hol_dataset_states_clear(&self->states);
    hol_free(self);
}

hol_dataset_kind hol_array_dataset_kind(const hol_array_dataset *self) { return hol_dataset_get_kind(self->dataset); }

static hol_status refuse(const hol_array_file *self, int64_t row, int64_t field, double value, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %.*g%s, expected %s%s", self->path,
                     (long long)row, (long long)field, value > floor(value) ? 7 : 9, value,
                     hol_array_column_of(self, field) == HOL_FIELD_LABEL ? " as a label" : "", expected,
                     isnan(value) ? HOL_MISSING_REMEDY : "");
}

/* The label in a column: its word, where its states have names, or its number. */
static bool take_class(const hol_array_file *self, int64_t field, float value, int32_t *label, const char **ret_why) {
    int32_t unused = 0;
    const char *word = self->classes ? hol_array_dataset_get_word(self, field, value) : NULL;
    if (!word) return hol_array_take_number(self, (int32_t)value, label, ret_why);
    return hol_classes_take(self->classes, word, (int64_t)strlen(word), label ? label : &unused, ret_why);
}

/* One row: from is (fields), to is (columns). */
static hol_status take_row(const hol_array_file *self, int64_t row, const float *from, float *to, int32_t *label) {
    const bool takes_nan = hol_array_missing_has_nan(&self->missing) || hol_dataset_has_missing(self->dataset->dataset);
    const char *why = NULL;
    for (int64_t f = 0; f < self->fields; f++) {
        const int64_t column = hol_array_column_of(self, f);
        float value = from[f];
        if (column == HOL_FIELD_SKIPPED) continue;
        if (column == HOL_FIELD_LABEL) {
            if (label) *label = HOL_LABEL_MISSING;
            if (hol_array_lacks_label(self, (double)value) || (takes_nan && isnan(value))) continue;
            if (!(fabsf(value) <= 1 << 24) || value > floorf(value))
                return refuse(self, row, f, (double)value, "a whole number up to 2^24");
            if (!take_class(self, f, value, label, &why))
                return refuse(self, row, f, (double)value, "one of few classes");
            continue;
        }
        if (!isfinite(value) && !(takes_nan && isnan(value)))
            return refuse(self, row, f, (double)value, "a finite number");
        if (value < 0 && value >= -ROUNDING) value = 0;
        if (value > 1 && value <= 1 + ROUNDING) value = 1;
        to[column] = value;
    }
    return HOL_OK;
}

/* ------------------------------------------------------------------ labels of our own files */

bool hol_array_dataset_has_labels(const hol_array_file *self) {
    const hol_dataset *dataset = self->dataset->dataset;
    return self->label < 0 &&
           hol_dataset_has_labels(self->dataset->comm, hol_dataset_get_file(dataset), hol_dataset_get_path(dataset));
}

static hol_status open_labels(hol_array_file *self) {
    hol_array_dataset *own = self->dataset;
    hol_dataset_labels found = {0};
    char *path = NULL;
    const char *file = hol_dataset_get_file(own->dataset);
    hol_status status = HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of labels", "/labels%s", hol_dataset_get_path(own->dataset)));
    HOL_TRY(hol_dataset_read_labels(own->comm, file, path, &found));
    own->names = found.names;
    own->classes = found.classes;
    HOL_TRY(HOL_ALLOCATE(own->labels, self->rows, "labels"));
    HOL_TRY(hol_dataset_read_label_values(own->comm, file, path, self->rows, own->labels));
cleanup:
    hol_free(path);
    return status;
}

/* A class is what its text is: its name or its number. */
static hol_status take_label(const hol_array_file *self, int64_t row, int32_t *label) {
    const hol_array_dataset *own = self->dataset;
    const int32_t number = own->labels[row];
    char text[16];
    const char *name = text, *why = NULL;
    int32_t unused = 0;
    if (label) *label = HOL_LABEL_MISSING;
    if (number == HOL_LABEL_MISSING) return HOL_OK;
    (void)snprintf(text, sizeof text, "%d", number);
    if (own->names && number >= 0 && number < own->classes) name = own->names[number];
    if (hol_classes_take(self->classes, name, (int64_t)strlen(name), label ? label : &unused, &why)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: row %lld (from 0): found %s, expected one of few classes", self->path,
                     (long long)row, why);
}

static hol_status take_labels(hol_array_file *self, int64_t rows, int32_t *labels) {
    hol_status status = HOL_OK;
    if (!self->classes || self->label >= 0) return HOL_OK;
    if (!self->dataset->labels) HOL_TRY(open_labels(self));
    for (int64_t r = 0; r < rows; r++) HOL_TRY(take_label(self, self->row + r, labels ? labels + r : NULL));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ names of states of our own files */

bool hol_array_dataset_has_words(const hol_array_file *self) { return self->dataset->states.names != NULL; }

const char *hol_array_dataset_get_word(const hol_array_file *self, int64_t field, float value) {
    const hol_dataset_states *states = &self->dataset->states;
    if (!states->names || !(value >= 0)) return NULL;
    const int64_t first = states->first_names[field], count = states->first_names[field + 1] - first;
    return value < (float)count ? states->names[first + (int64_t)value] : NULL;
}

/* ------------------------------------------------------------------ weights of our own files */

bool hol_array_dataset_has_weights(const hol_array_file *self) {
    const hol_dataset *dataset = self->dataset->dataset;
    return hol_dataset_has_weights(self->dataset->comm, hol_dataset_get_file(dataset), hol_dataset_get_path(dataset));
}

hol_status hol_array_dataset_read_weights(const hol_array_file *self, double *weights) {
    const hol_dataset *dataset = self->dataset->dataset;
    char *path = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of weights", "/weights%s", hol_dataset_get_path(dataset)));
    HOL_TRY(hol_dataset_read_list(self->dataset->comm, hol_dataset_get_file(dataset), path, self->rows, weights));
cleanup:
    hol_free(path);
    return status;
}

/* ------------------------------------------------------------------ rows */

hol_status hol_array_dataset_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) {
    hol_array_dataset *own = self->dataset;
    hol_status status = HOL_OK;
    if (!self->missing.takes_own) HOL_TRY(hol_dataset_refuse_missing(own->dataset, "this command"));
    if (self->map && own->most < rows) {
        hol_free(own->numbers);
        own->most = rows;
        HOL_TRY(HOL_ALLOCATE(own->numbers, HOL_PRODUCT(rows, self->fields), "rows of a data set"));
    }
    float *numbers = self->map ? own->numbers : values;
    HOL_TRY(hol_dataset_read_numbers(own->dataset, self->row, rows, numbers));
    for (int64_t r = 0; r < rows; r++)
        HOL_TRY(take_row(self, self->row + r, numbers + r * self->fields, values + r * self->columns,
                         labels ? labels + r : NULL));
    HOL_TRY(take_labels(self, rows, labels));
    if (self->row + rows == self->rows) status = hol_dataset_check(NULL, own->dataset);
cleanup:
    return status;
}
