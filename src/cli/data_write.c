/* data_write: the second reading of an import, which writes its splits. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "data_parts.h"
#include "io/dataset_notes.h"

/* What is written of values; missing ones stay. */
static void convert(const hol_data_import *self, float *values, int64_t count) {
    const double maximum = self->kind == HOL_DATASET_BYTES ? 255 : 1;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(values[i])) continue;
        if (self->spins) values[i] = values[i] > 0 ? 1.0F : 0.0F;
        if (self->binarize) values[i] = (double)values[i] / maximum >= self->threshold ? 1.0F : 0.0F;
    }
}

/* Puts 0 in place of values that are missing; bits is (rows, hol_dataset_missing_bytes(columns)), out. Their number is
 * returned. */
static int64_t take_missing(float *values, int64_t rows, int64_t columns, uint8_t *bits) {
    const int64_t bytes = hol_dataset_missing_bytes(columns);
    int64_t count = 0;
    memset(bits, 0, (size_t)(rows * bytes));
    for (int64_t i = 0; i < rows * columns; i++) {
        if (!isnan(values[i])) continue;
        values[i] = 0;
        bits[i / columns * bytes + i % columns / 8] |= (uint8_t)(1 << i % columns % 8);
        count++;
    }
    return count;
}

/* Moves the split's rows to the front; their number is returned. */
static int64_t keep_own(const hol_data_import *self, int split, int64_t first, int64_t rows, float *values,
                        int32_t *labels) {
    const uint8_t *assigned = self->inputs[self->inputs[split].source].assigned;
    if (!assigned) return rows;
    int64_t kept = 0;
    for (int64_t r = 0; r < rows; r++) {
        if (assigned[first + r] != split) continue;
        if (kept < r)
            memcpy(values + kept * self->columns, values + r * self->columns, (size_t)self->columns * sizeof *values);
        labels[kept++] = labels[r];
    }
    return kept;
}

static hol_status write_rows(hol_dataset_writer *writer, hol_dataset_kind kind, const float *values, uint8_t *bytes,
                             int64_t rows, int64_t columns) {
    if (kind == HOL_DATASET_FLOATS) return hol_dataset_writer_append_floats(writer, rows, values);
    for (int64_t i = 0; i < rows * columns; i++) bytes[i] = (uint8_t)values[i];
    return hol_dataset_writer_append_bytes(writer, rows, bytes);
}

hol_dataset_split hol_data_split_of(const hol_data_import *self, int split) {
    const hol_data_input *input = &self->inputs[split];
    return (hol_dataset_split){.name = input->name,
                               .columns = self->columns,
                               .height = self->height,
                               .width = self->width,
                               .kind = self->binarize ? HOL_DATASET_BINARY : self->kind,
                               .maximum = self->maximum};
}

static hol_status write_labels(hol_data_import *self, int own, const int32_t *labels, hol_dataset_writer *writer) {
    const char *const *names = NULL;
    hol_data_input *input = &self->inputs[own];
    if (!hol_data_has_labels(self, own)) return HOL_OK;
    input->unlabelled = 0;
    for (int64_t r = 0; r < input->rows; r++) input->unlabelled += labels[r] == HOL_LABEL_MISSING;
    const int64_t classes = hol_classes_get_names(self->classes, &names);
    return hol_dataset_writer_add_labels(writer, input->name, input->rows, labels, classes, names);
}

/* What is read and written at a time, and what was written. */
typedef struct pieces {
    float *values;                  /* owned, as all: (most rows, columns) */
    uint8_t *bytes, *bits;          /* (most rows, columns); of missing values */
    int32_t *labels, *all;          /* (most rows); of the split */
    int64_t most, written, missing; /* rows; values */
    double sum; /* of at most 255 * 2^45 whole numbers before it is inexact, and only for printing */
} pieces;

static hol_status create_pieces(const hol_data_import *self, const hol_data_input *input, pieces *p) {
    hol_status status = HOL_OK;
    const int64_t columns = self->columns;
    p->most = hol_data_rows_per_read(columns, sizeof *p->values);
    HOL_TRY(HOL_ALLOCATE(p->values, HOL_PRODUCT(p->most, columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(p->bytes, HOL_PRODUCT(p->most, columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(p->bits, HOL_PRODUCT(p->most, hol_dataset_missing_bytes(columns)), "missing values"));
    HOL_TRY(HOL_ALLOCATE(p->labels, p->most, "labels"));
    HOL_TRY(HOL_ALLOCATE(p->all, self->classes ? input->rows : 1, "labels"));
cleanup:
    return status;
}

static void clear_pieces(pieces *p) {
    hol_free(p->values);
    hol_free(p->bytes);
    hol_free(p->bits);
    hol_free(p->labels);
    hol_free(p->all);
}

/* Of the file's rows [row, row + rows) those that are the split's. */
static hol_status write_piece(const hol_data_import *self, int own, hol_dataset_kind kind, int64_t row, int64_t rows,
                              hol_dataset_writer *writer, pieces *p) {
    hol_status status = HOL_OK;
    const int32_t *read = self->inputs[self->inputs[own].source].labels;
    if (read) memcpy(p->labels, read + row, (size_t)rows * sizeof *read);
    const int64_t kept = keep_own(self, own, row, rows, p->values, p->labels), count = kept * self->columns;
    convert(self, p->values, count);
    const int64_t missing = take_missing(p->values, kept, self->columns, p->bits);
    for (int64_t i = 0; i < count; i++) p->sum += (double)p->values[i];
    HOL_TRY(write_rows(writer, kind, p->values, p->bytes, kept, self->columns));
    if (missing > 0) HOL_TRY(hol_dataset_writer_add_missing(writer, p->written, kept, p->bits));
    if (self->classes) memcpy(p->all + p->written, p->labels, (size_t)kept * sizeof *p->all);
    p->written += kept;
    p->missing += missing;
cleanup:
    return status;
}

static hol_status write_input(hol_data_import *self, int own, hol_data_input *input, hol_dataset_writer *writer) {
    hol_array_file *file = NULL;
    pieces p = {0};
    hol_status status = HOL_OK;
    const double maximum = self->kind == HOL_DATASET_BYTES && !self->binarize ? 255 : 1;
    const hol_dataset_split split = hol_data_split_of(self, own);
    HOL_TRY(hol_data_open_input(self, input, &file));
    if (hol_array_file_get_columns(file) != self->columns ||
        hol_array_file_get_rows(file) != self->inputs[input->source].file_rows)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found other rows or columns than before, expected a file that does not "
                          "change",
                          input->path));
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    if (self->inputs[input->source].assigned) HOL_TRY(hol_dataset_writer_add_seed(writer, self->seed));
    HOL_TRY(create_pieces(self, input, &p));
    for (int64_t rows = 0, row = 0;; row += rows) {
        HOL_TRY(hol_array_file_read(file, p.most, p.values, p.labels, &rows));
        if (rows == 0) break;
        HOL_TRY(write_piece(self, own, split.kind, row, rows, writer, &p));
    }
    const double values = (double)input->rows * (double)self->columns, known = values - (double)p.missing;
    input->density = known > 0 ? p.sum / maximum / known : 0;
    input->missing = (double)p.missing / values;
    HOL_TRY(write_labels(self, own, p.all, writer));
    HOL_TRY(hol_data_write_weights(self, own, writer));
    HOL_TRY(hol_data_write_names(self, own, writer));
cleanup:
    clear_pieces(&p);
    hol_array_file_close(file);
    return status;
}

hol_status hol_data_write_splits(hol_data_import *self, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->count; i++) HOL_TRY(write_input(self, i, &self->inputs[i], writer));
    if (self->names) HOL_TRY(hol_dataset_writer_add_columns(writer, self->columns, (const char *const *)self->names));
    HOL_TRY(hol_data_write_states(self, writer));
cleanup:
    return status;
}
