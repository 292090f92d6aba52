/* data_input: how import opens a file, what is said of a split that was written, and the end of an import. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "data_parts.h"

hol_status hol_data_open_input(const hol_data_import *self, const hol_data_input *input, hol_array_file **ret_file) {
    const hol_array_selection selection = {.columns = self->columns_list,
                                           .label = self->label,
                                           .weight = self->weight,
                                           .classes = self->label_files.count ? NULL : self->classes,
                                           .missing = self->missing,
                                           .words = self->words,
                                           .order = (const char *const *)self->given_names,
                                           .ordered = self->given_states.columns,
                                           .order_of = self->states_of,
                                           .takes_own_missing = self->takes_missing};
    hol_status status =
        self->letters
            ? hol_array_file_open_alignment(input->path, self->inputs[input->source].alignment, NULL, ret_file)
        : hol_array_file_is_dataset(input->path)
            ? hol_array_file_open_dataset(self->comm, input->path, self->inputs[input->source].name, ret_file)
            : hol_array_file_open(input->path, false, ret_file);
    if (status != HOL_OK) return status;
    status = hol_array_file_select(*ret_file, &selection);
    if (status == HOL_OK) return HOL_OK;
    hol_array_file_close(*ret_file);
    *ret_file = NULL;
    return status;
}

void hol_data_add_split(hol_result *result, const char *output, const hol_dataset_split *split, int64_t rows,
                        double density, double missing) {
    char shape[64] = "", kind[64], share[32] = "";
    if (split->height > 0)
        (void)snprintf(shape, sizeof shape, " (%lldx%lld)", (long long)split->height, (long long)split->width);
    if (split->kind == HOL_DATASET_STATES)
        (void)snprintf(kind, sizeof kind, "states 0 to %lld", (long long)split->maximum);
    else (void)snprintf(kind, sizeof kind, "%s, density %.4f", hol_dataset_kind_name(split->kind), density);
    if (missing > 0) (void)snprintf(share, sizeof share, ", %.3g %% missing", 100 * missing);
    hol_result_line(result, NULL, "%s: %s: %lld rows, %lld columns%s, %s%s", output, split->name, (long long)rows,
                    (long long)split->columns, shape, kind, share);
}

void hol_data_say_how(const hol_data_import *self) {
    for (int i = 0; i < self->count; i++) {
        hol_array_file *file = NULL;
        char text[256];
        if (self->inputs[i].source != i || hol_error_drop(hol_data_open_input(self, &self->inputs[i], &file))) continue;
        hol_array_file_describe(file, text, sizeof text);
        if (text[0]) hol_log(self->comm, "%s: %s", self->inputs[i].path, text);
        hol_array_file_close(file);
        hol_data_say_sequences(self, &self->inputs[i]);
    }
    if (self->spins) hol_log(self->comm, "%s: -1 and 1 are spins: kept as 0 and 1", self->inputs[0].path);
}

void hol_data_clear(hol_data_import *self) {
    for (int i = 0; i < self->count; i++) {
        hol_free(self->inputs[i].hashes);
        hol_free(self->inputs[i].assigned);
        hol_free(self->inputs[i].weights);
        hol_free(self->inputs[i].labels);
        hol_free(self->inputs[i].names);
        hol_alignment_destroy(self->inputs[i].alignment);
        self->inputs[i].alignment = NULL;
        self->inputs[i].names = NULL;
        self->inputs[i].labels = NULL;
        self->inputs[i].weights = NULL;
        self->inputs[i].hashes = NULL;
        self->inputs[i].assigned = NULL;
    }
    hol_survey_destroy(self->survey);
    hol_classes_destroy(self->classes);
    hol_column_words_destroy(self->words);
    hol_free(self->names);
    hol_free(self->numbers);
    hol_dataset_states_clear(&self->given_states);
    hol_free(self->given_names);
    self->given_names = NULL;
    self->survey = NULL;
    self->classes = NULL;
    self->words = NULL;
    self->names = NULL;
    self->numbers = NULL;
    self->seen = (hol_data_values){0};
    self->unknown = (hol_data_place){0};
    self->labelled = self->unlabelled = 0;
    if (!self->letters) self->alphabet = (hol_alphabet){0};
    self->told_bytes = self->told_states = self->spins = false;
}
