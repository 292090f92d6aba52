/* data_weights: the weights of an import's rows: a column of its files, or those that data sets bring with them. */
#include "base/alloc.h"
#include "data_parts.h"
#include "io/dataset_notes.h"
#include "io/sample_weights.h"

/* ------------------------------------------------------------------ reading */

static hol_status open_file(const hol_data_import *self, const hol_data_input *input, hol_array_file **ret_file) {
    return hol_array_file_is_dataset(input->path)
               ? hol_array_file_open_dataset(self->comm, input->path, self->inputs[input->source].name, ret_file)
               : hol_array_file_open(input->path, false, ret_file);
}

/* The column by itself, as if it were all of the file. */
static hol_status read_column(const hol_data_import *self, hol_data_input *input) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    float *values = NULL;
    const int64_t most = hol_data_rows_per_read(1, sizeof *values);
    HOL_TRY(open_file(self, input, &file));
    HOL_TRY(hol_array_file_select(file, &(hol_array_selection){.columns = self->weight, .takes_own_missing = true}));
    HOL_TRY(HOL_ALLOCATE(values, most, "weights"));
    HOL_TRY(HOL_ALLOCATE(input->weights, input->file_rows, "weights"));
    for (int64_t row = 0, rows = 0; row < input->file_rows; row += rows) {
        HOL_TRY(hol_array_file_read(file, most, values, NULL, &rows));
        for (int64_t r = 0; r < rows && row + r < input->file_rows; r++) input->weights[row + r] = (double)values[r];
        if (rows == 0) break;
    }
cleanup:
    hol_free(values);
    hol_array_file_close(file);
    return status;
}

/* For messages. */
static hol_status name_weights(const hol_data_import *self, const hol_data_input *input, char **ret_name) {
    if (!self->weight) return hol_format_text(ret_name, "name of weights", "%s: weights", input->path);
    return hol_format_text(ret_name, "name of weights", "%s: column %s", input->path, self->weight);
}

hol_status hol_data_read_weights(const hol_data_import *self, const hol_array_file *file, hol_data_input *input) {
    hol_status status = HOL_OK;
    hol_sample_weights *checked = NULL;
    char *name = NULL;
    if (self->reweight > 0) return HOL_OK;
    if (self->weight) {
        HOL_TRY(read_column(self, input));
    } else if (hol_array_file_has_weights(file)) {
        HOL_TRY(HOL_ALLOCATE(input->weights, input->file_rows, "weights"));
        HOL_TRY(hol_array_file_read_weights(file, input->weights));
    }
    if (!input->weights) return HOL_OK;
    HOL_TRY(name_weights(self, input, &name));
    HOL_TRY(hol_sample_weights_create(name, input->file_rows, input->weights, &checked));
cleanup:
    hol_sample_weights_destroy(checked);
    hol_free(name);
    return status;
}

/* ------------------------------------------------------------------ writing */

/* A split's own, *ret is the caller's to hol_free; NULL: it has none. */
static hol_status take_own(const hol_data_import *self, int split, double **ret) {
    const hol_data_input *input = &self->inputs[split], *from = &self->inputs[input->source];
    int64_t kept = 0;
    *ret = NULL;
    if (!from->weights) return HOL_OK;
    const hol_status status = HOL_ALLOCATE(*ret, input->rows, "weights");
    if (status != HOL_OK) return status;
    for (int64_t r = 0; r < from->file_rows && kept < input->rows; r++)
        if (!from->assigned || from->assigned[r] == split) (*ret)[kept++] = from->weights[r];
    return HOL_OK;
}

hol_status hol_data_write_weights(hol_data_import *self, int split, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    hol_sample_weights *weights = NULL;
    double *numbers = NULL;
    char *name = NULL;
    hol_data_input *input = &self->inputs[split];
    HOL_TRY(take_own(self, split, &numbers));
    if (!numbers) return HOL_OK;
    HOL_TRY(hol_format_text(&name, "name of weights", "%s:/weights/%s", self->output, input->name));
    HOL_TRY(hol_sample_weights_create(name, input->rows, numbers, &weights));
    HOL_TRY(hol_dataset_writer_add_weights(writer, input->name, input->rows, numbers));
    if (self->reweight > 0) HOL_TRY(hol_dataset_writer_add_identity(writer, input->name, self->reweight));
    input->effective = weights->effective;
cleanup:
    hol_sample_weights_destroy(weights);
    hol_free(numbers);
    hol_free(name);
    return status;
}

void hol_data_add_weights(const hol_data_import *self, int split, hol_result *result) {
    const hol_data_input *input = &self->inputs[split];
    if (self->reweight > 0)
        hol_result_line(result, NULL, "%s: %s: M_eff %.4f, the sum of weights 1/n (identity %g)", self->output,
                        input->name, input->weight, self->reweight);
    else if (self->inputs[input->source].weights)
        hol_result_line(result, NULL, "%s: %s: weights%s%s, ESS %.1f of %lld rows", self->output, input->name,
                        self->weight ? ": column " : "", self->weight ? self->weight : "", input->effective,
                        (long long)input->rows);
}
