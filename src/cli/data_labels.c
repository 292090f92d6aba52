/* data_labels: the labels of an import's rows that stand in files of their own, as MNIST's do. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "data_parts.h"

/* ------------------------------------------------------------------ options */

static hol_data_input *find_split(hol_data_import *self, const char *name, size_t length) {
    for (int i = 0; i < self->count; i++)
        if (strlen(self->inputs[i].name) == length && memcmp(self->inputs[i].name, name, length) == 0)
            return &self->inputs[i];
    return NULL;
}

static hol_status take_label_file(hol_data_import *self, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0')
        return hol_error(HOL_USAGE, "--labels: found \"%s\", expected NAME=FILE, such as %s=labels.gz", text,
                         self->inputs[0].name);
    hol_data_input *input = find_split(self, text, (size_t)(equals - text));
    if (!input)
        return hol_error(HOL_USAGE, "--labels: found \"%s\", expected the name of a split before the =, as in %s=%s",
                         text, self->inputs[0].name, equals + 1);
    if (&self->inputs[input->source] != input)
        return hol_error(HOL_USAGE, "--labels: found \"%s\", whose rows are drawn from those of %s, expected %s=FILE",
                         text, self->inputs[input->source].name, self->inputs[input->source].name);
    if (input->labels_path)
        return hol_error(HOL_USAGE, "--labels: found two files for the split \"%s\", expected one", input->name);
    input->labels_path = equals + 1;
    return HOL_OK;
}

hol_status hol_data_take_label_files(hol_data_import *self) {
    hol_status status = HOL_OK;
    if (self->label_files.count > 0 && self->label)
        return hol_error(HOL_USAGE, "found --labels and --label-column, expected one of them");
    for (size_t i = 0; i < self->label_files.count; i++) HOL_TRY(take_label_file(self, self->label_files.items[i]));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ reading */

static hol_status open_labels(const hol_data_import *self, const hol_data_input *input, hol_array_file **ret_file) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    HOL_TRY(hol_array_file_is_dataset(input->labels_path)
                ? hol_array_file_open_dataset(self->comm, input->labels_path, input->name, &file)
                : hol_array_file_open(input->labels_path, false, &file));
    HOL_TRY(hol_array_file_select(
        file, &(hol_array_selection){.is_labels = true, .classes = self->classes, .missing = self->missing}));
    const int64_t more = hol_array_file_get_rows(file) - input->file_rows;
    if (more != 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld labels, expected %lld, one for each row of %s%s",
                          input->labels_path, (long long)(input->file_rows + more), (long long)input->file_rows,
                          input->path, more == 1 ? ": is the first a name, to be left out?" : ""));
    *ret_file = file;
    return HOL_OK;
cleanup:
    hol_array_file_close(file);
    return status;
}

/* labels is (file_rows), out: of use once the collection of classes is closed. */
static hol_status read_labels(const hol_data_import *self, const hol_data_input *input, int32_t *labels) {
    hol_array_file *file = NULL;
    float none = 0;
    hol_status status = open_labels(self, input, &file);
    for (int64_t row = 0, rows = 0; status == HOL_OK && row < input->file_rows; row += rows) {
        status = hol_array_file_read(file, input->file_rows - row, &none, labels + row, &rows);
        if (rows == 0) break;
    }
    hol_array_file_close(file);
    return status;
}

void hol_data_count_labels(hol_data_import *self, int64_t rows, const int32_t *labels) {
    for (int64_t r = 0; r < rows; r++) {
        if (labels[r] == HOL_LABEL_MISSING) self->unlabelled++;
        else self->labelled++;
    }
}

hol_status hol_data_read_label_files(hol_data_import *self) {
    hol_status status = HOL_OK;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < self->count; i++) {
            hol_data_input *input = &self->inputs[i];
            if (!input->labels_path) continue;
            if (pass == 0) HOL_TRY(HOL_ALLOCATE(input->labels, input->file_rows, "labels"));
            HOL_TRY(read_labels(self, input, input->labels));
            if (pass == 0) hol_data_count_labels(self, input->file_rows, input->labels);
        }
        hol_classes_close(self->classes);
    }
cleanup:
    return status;
}

/* ------------------------------------------------------------------ writing */

bool hol_data_has_labels(const hol_data_import *self, int split) {
    return self->classes && (self->label_files.count == 0 || self->inputs[self->inputs[split].source].labels);
}

void hol_data_add_labels(const hol_data_import *self, hol_result *result) {
    const char *const *names = NULL;
    const int64_t classes = hol_classes_get_names(self->classes, &names);
    const char *column = self->label ? "column " : self->label_files.count ? "" : "as in ";
    const char *from = self->label ? self->label : self->inputs[0].path;
    int64_t unlabelled = 0;
    char without[48] = "";
    for (int i = self->count; i-- > 0;) {
        if (self->inputs[i].labels_path) from = self->inputs[i].labels_path;
        unlabelled += self->inputs[i].unlabelled;
    }
    if (unlabelled > 0) (void)snprintf(without, sizeof without, "; %lld rows have none", (long long)unlabelled);
    if (classes == 0) hol_result_line(result, NULL, "%s: labels: %s%s%s", self->output, column, from, without);
    else
        hol_result_line(result, NULL, "%s: labels: %s%s, %lld classes, %s to %s%s", self->output, column, from,
                        (long long)classes, names[0], names[classes - 1], without);
}
