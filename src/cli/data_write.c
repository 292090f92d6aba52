/* data_write: the second reading of an import, which writes its splits. */
#include <string.h>

#include "base/alloc.h"
#include "data_parts.h"
#include "io/dataset_notes.h"

/* What is written of values. */
static void convert(const hol_data_import *self, float *values, int64_t count) {
    const double maximum = self->kind == HOL_DATASET_BYTES ? 255 : 1;
    if (self->spins)
        for (int64_t i = 0; i < count; i++) values[i] = values[i] > 0 ? 1.0F : 0.0F;
    if (self->binarize)
        for (int64_t i = 0; i < count; i++) values[i] = (double)values[i] / maximum >= self->threshold ? 1.0F : 0.0F;
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

static hol_status write_labels(const hol_data_import *self, const hol_data_input *input, const int32_t *labels,
                               hol_dataset_writer *writer) {
    const char *const *names = NULL;
    if (!self->classes) return HOL_OK;
    const int64_t classes = hol_classes_get_names(self->classes, &names);
    return hol_dataset_writer_add_labels(writer, input->name, input->rows, labels, classes, names);
}

static hol_status write_input(const hol_data_import *self, int own, hol_data_input *input, hol_dataset_writer *writer) {
    hol_array_file *file = NULL;
    float *values = NULL;
    uint8_t *bytes = NULL;
    int32_t *labels = NULL, *all = NULL; /* of a piece; of the split */
    hol_status status = HOL_OK;
    double sum = 0; /* of at most 255 * 2^45 whole numbers before it is inexact, and only for printing */
    int64_t written = 0;
    const double maximum = self->kind == HOL_DATASET_BYTES && !self->binarize ? 255 : 1;
    const hol_dataset_split split = hol_data_split_of(self, own);
    const int64_t columns = self->columns, most = hol_data_rows_per_read(columns, sizeof *values);
    HOL_TRY(hol_data_open_input(self, input, &file));
    if (hol_array_file_get_columns(file) != columns ||
        hol_array_file_get_rows(file) != self->inputs[input->source].file_rows)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found other rows or columns than before, expected a file that does not "
                          "change",
                          input->path));
    HOL_TRY(hol_dataset_writer_begin(writer, &split));
    if (self->inputs[input->source].assigned) HOL_TRY(hol_dataset_writer_add_seed(writer, self->seed));
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(most, columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(most, columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(labels, most, "labels"));
    HOL_TRY(HOL_ALLOCATE(all, self->classes ? input->rows : 1, "labels"));
    for (int64_t rows = 0, row = 0;; row += rows) {
        HOL_TRY(hol_array_file_read(file, most, values, labels, &rows));
        if (rows == 0) break;
        const int64_t kept = keep_own(self, own, row, rows, values, labels);
        convert(self, values, kept * columns);
        for (int64_t i = 0; i < kept * columns; i++) sum += (double)values[i];
        HOL_TRY(write_rows(writer, split.kind, values, bytes, kept, columns));
        if (self->classes) memcpy(all + written, labels, (size_t)kept * sizeof *all);
        written += kept;
    }
    input->density = sum / maximum / (double)input->rows / (double)columns;
    HOL_TRY(write_labels(self, input, all, writer));
    HOL_TRY(hol_data_write_weights(self, own, writer));
cleanup:
    hol_free(values);
    hol_free(bytes);
    hol_free(labels);
    hol_free(all);
    hol_array_file_close(file);
    return status;
}

hol_status hol_data_write_splits(hol_data_import *self, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    for (int i = 0; i < self->count; i++) HOL_TRY(write_input(self, i, &self->inputs[i], writer));
    if (self->names) HOL_TRY(hol_dataset_writer_add_columns(writer, self->columns, (const char *const *)self->names));
cleanup:
    return status;
}
