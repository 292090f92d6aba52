/* array_file: the formats, told apart by their first bytes, and what they have in common. */
#include "io/array_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "io/contents.h"

enum { ZEROS_LEAST = 4 };

static bool name_contains(const char *path, const char *part) {
    const char *slash = strrchr(path, '/');
    return strstr(slash ? slash + 1 : path, part) != NULL;
}

/* Text has no zero bytes; one is a slip, whose place the reader of text says. */
static hol_status refuse_binary(const char *path, const char *first, int64_t count) {
    int64_t zeros = 0;
    for (int64_t i = 0; i < count; i++) zeros += first[i] == 0;
    if (zeros < ZEROS_LEAST) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found binary data of an unknown kind, expected IDX, npy or text", path);
}

/* Sequences are letters, of which alphabet has to be said. */
static hol_status refuse_alignment(const char *path) {
    const char *name = NULL;
    const hol_status status = hol_alignment_guess(path, &name);
    if (status != HOL_OK) return status;
    return hol_error(HOL_BAD_INPUT,
                     "%s: found aligned sequences%s%s, expected numbers (holode data import --alphabet %s makes a data "
                     "set of them)",
                     path, name ? " that look like " : "", name ? name : "", name ? name : "STRING");
}

/* The format by the first bytes, and the header. */
static hol_status open_format(hol_array_file *self, const char *path) {
    char first[HOL_FILE_HEAD + 1] = "";
    int64_t got = 0;
    hol_status status = hol_array_bytes_read_some(self->bytes, first, HOL_FILE_HEAD, &got);
    if (status == HOL_OK) status = hol_array_bytes_rewind(self->bytes);
    if (status != HOL_OK) return status;
    const hol_contents found = hol_contents_of(first, (size_t)got);
    if (hol_alignment_begins(first, (size_t)got)) return refuse_alignment(path);
    if (found.remedy)
        return hol_error(HOL_BAD_INPUT, "%s: found %s, expected IDX, npy or text (%s)", path, found.name, found.remedy);
    if (found.kind == HOL_CONTENTS_NPY || name_contains(path, ".npy")) return hol_array_npy_open(self);
    if ((got > 1 && memcmp(first, "\0\0", 2) == 0) || name_contains(path, "-idx") || name_contains(path, ".idx"))
        return hol_array_idx_open(self);
    status = refuse_binary(path, first, got);
    return status == HOL_OK ? hol_array_text_open(self) : status;
}

/* ------------------------------------------------------------------ archives: FILE.npz, or FILE.npz:NAME */

enum { PATH_SIZE = 4096 };

static hol_status open_bytes(hol_array_file *self, const char *path) {
    char file[PATH_SIZE];
    struct stat found;
    const char *colon = strrchr(path, ':');
    if (hol_contents_look(path, NULL).kind == HOL_CONTENTS_ZIP)
        return hol_array_bytes_open(path, path, "", &self->bytes);
    if (stat(path, &found) != 0 && colon && colon > path && (size_t)(colon - path) < sizeof file) {
        (void)snprintf(file, sizeof file, "%.*s", (int)(colon - path), path);
        if (hol_contents_look(file, NULL).kind == HOL_CONTENTS_ZIP)
            return hol_array_bytes_open(path, file, colon + 1, &self->bytes);
    }
    return hol_array_bytes_open(path, path, NULL, &self->bytes);
}

/* ------------------------------------------------------------------ public */

hol_status hol_array_file_open(const char *path, bool takes_missing, hol_array_file **ret_file) {
    *ret_file = NULL;
    hol_array_file *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    self->missing.takes_usual = takes_missing;
    HOL_TRY(hol_format_text(&self->path, "name of a file", "%s", path));
    HOL_TRY(open_bytes(self, path));
    HOL_TRY(open_format(self, path));
    HOL_TRY(hol_array_select_all(self));
    *ret_file = self;
    return HOL_OK;
cleanup:
    hol_array_file_close(self);
    return status;
}

hol_status hol_array_file_open_dataset(hol_comm *comm, const char *reference, const char *default_split,
                                       hol_array_file **ret_file) {
    *ret_file = NULL;
    hol_array_file *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    HOL_TRY(hol_array_dataset_open(comm, self, reference, default_split));
    HOL_TRY(hol_array_select_all(self));
    *ret_file = self;
    return HOL_OK;
cleanup:
    hol_array_file_close(self);
    return status;
}

hol_status hol_array_file_open_alignment(const char *path, const hol_alignment *loaded, const hol_alignment_how *how,
                                         hol_array_file **ret_file) {
    *ret_file = NULL;
    hol_array_file *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    HOL_TRY(hol_format_text(&self->path, "name of a file", "%s", path));
    if (!loaded) HOL_TRY(hol_alignment_load(path, how, &self->loaded));
    self->alignment = loaded ? loaded : self->loaded;
    self->rows = self->alignment->rows;
    self->fields = self->alignment->columns;
    HOL_TRY(hol_array_select_all(self));
    *ret_file = self;
    return HOL_OK;
cleanup:
    hol_array_file_close(self);
    return status;
}

const hol_alignment *hol_array_file_get_alignment(const hol_array_file *self) { return self->alignment; }

void hol_array_file_close(hol_array_file *self) {
    if (!self) return;
    hol_array_text_close(self->text);
    hol_array_binary_close(self->binary);
    hol_array_dataset_close(self->dataset);
    hol_array_bytes_close(self->bytes);
    hol_alignment_destroy(self->loaded);
    hol_array_missing_clear(&self->missing);
    hol_free(self->path);
    hol_free(self->names);
    hol_free(self->map);
    hol_free(self->numbers);
    hol_free(self->chosen);
    hol_free(self);
}

const char *hol_array_file_get_path(const hol_array_file *self) { return self->path; }
int64_t hol_array_file_get_rows(const hol_array_file *self) { return self->rows; }
int64_t hol_array_file_get_columns(const hol_array_file *self) { return self->columns; }
const char *const *hol_array_file_get_names(const hol_array_file *self) { return self->chosen; }
const int64_t *hol_array_file_get_numbers(const hol_array_file *self) { return self->numbers; }

int hol_array_file_find_words(const hol_array_file *self, int most, hol_array_words *words) {
    return self->text ? hol_array_text_find_words(self, most, words) : 0;
}

bool hol_array_file_has_labels(const hol_array_file *self) {
    return self->dataset && hol_array_dataset_has_labels(self);
}

bool hol_array_file_has_words(const hol_array_file *self) { return self->dataset && hol_array_dataset_has_words(self); }

bool hol_array_file_has_weights(const hol_array_file *self) {
    return self->dataset && hol_array_dataset_has_weights(self);
}

hol_status hol_array_file_read_weights(const hol_array_file *self, double *weights) {
    return hol_array_dataset_read_weights(self, weights);
}

hol_dataset_kind hol_array_file_get_kind(const hol_array_file *self) {
    return self->dataset ? hol_array_dataset_kind(self->dataset) : HOL_DATASET_BINARY;
}

void hol_array_file_describe(const hol_array_file *self, char *text, size_t size) {
    text[0] = '\0';
    if (self->text) hol_array_text_describe(self, text, size);
}

int hol_array_file_get_shape(const hol_array_file *self, const int64_t **ret_shape) {
    *ret_shape = self->shape;
    return self->map ? 0 : self->dimensions;
}

/* Fields of words are no numbers any more. */
static void mark_missing(const hol_array_file *self, int64_t rows, float *values) {
    if (!self->text || !self->words) hol_array_missing_mark(&self->missing, rows * self->columns, values);
    else
        for (int64_t i = 0; i < rows * self->columns; i++)
            if (!hol_column_words_has(self->words, i % self->columns))
                hol_array_missing_mark(&self->missing, 1, values + i);
}

/* Numbers to the columns' words, as text is while it is read: by their names, where they have some. */
static hol_status take_words(const hol_array_file *self, int64_t rows, float *values) {
    for (int64_t i = 0; i < rows * self->columns; i++) {
        const int64_t column = i % self->columns, field = self->numbers[column];
        const char *why = NULL, *name = NULL;
        char number[32];
        if (isnan(values[i]) || !hol_column_words_has(self->words, column)) continue;
        if (self->dataset) name = hol_array_dataset_get_word(self, field, values[i]);
        if (!name) (void)snprintf(number, sizeof number, "%.9g", (double)values[i]);
        float state = values[i];
        const char *text = name ? name : number;
        char list[512];
        if (!hol_column_words_take(self->words, column, text, (int64_t)strlen(text), !name, &state, &why)) {
            hol_column_words_list(self->words, column, list, sizeof list);
            return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %s%.60s%s, expected %s%s",
                             self->path, (long long)(self->row + i / self->columns), (long long)field,
                             list[0] ? "\"" : "", list[0] ? text : why, list[0] ? "\"" : "",
                             list[0] ? "one of " : "fewer", list);
        }
        values[i] = state;
    }
    return HOL_OK;
}

static void read_alignment(const hol_array_file *self, int64_t rows, float *values) {
    for (int64_t r = 0; r < rows; r++) {
        const uint8_t *states = self->alignment->states + (self->row + r) * self->fields;
        for (int64_t c = 0; c < self->columns; c++) {
            const uint8_t state = states[self->numbers[c]];
            values[r * self->columns + c] = state == HOL_ALIGNMENT_MISSING ? NAN : (float)state;
        }
    }
}

static hol_status read_rows(hol_array_file *self, int64_t rows, float *values, int32_t *labels) {
    if (self->text) return hol_array_text_read(self, rows, values, labels);
    if (self->binary) return hol_array_binary_read(self, rows, values, labels);
    if (self->dataset) return hol_array_dataset_read(self, rows, values, labels);
    read_alignment(self, rows, values);
    return HOL_OK;
}

hol_status hol_array_file_read(hol_array_file *self, int64_t max_rows, float *values, int32_t *labels,
                               int64_t *ret_rows) {
    const int64_t left = self->rows - self->row;
    const int64_t rows = left < max_rows ? left : max_rows;
    *ret_rows = 0;
    if (rows <= 0) return HOL_OK;
    hol_status status = read_rows(self, rows, values, labels);
    if (status != HOL_OK) return status;
    mark_missing(self, rows, values);
    if (self->words && !self->text && !self->alignment) status = take_words(self, rows, values);
    if (status != HOL_OK) return status;
    self->row += rows;
    *ret_rows = rows;
    return HOL_OK;
}
