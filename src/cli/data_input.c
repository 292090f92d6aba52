/* data_input: how import opens a file, and what is said of a split that was written. */
#include <stdio.h>

#include "data_parts.h"

hol_status hol_data_open_input(const hol_data_import *self, const hol_data_input *input, hol_array_file **ret_file) {
    const hol_array_selection selection = {
        .columns = self->columns_list, .label = self->label, .classes = self->classes};
    hol_status status = hol_array_file_open(input->path, false, ret_file);
    if (status != HOL_OK) return status;
    status = hol_array_file_select(*ret_file, &selection);
    if (status == HOL_OK) return HOL_OK;
    hol_array_file_close(*ret_file);
    *ret_file = NULL;
    return status;
}

void hol_data_add_split(hol_result *result, const char *output, const hol_dataset_split *split, int64_t rows,
                        double density) {
    char shape[64] = "", kind[64];
    if (split->height > 0)
        (void)snprintf(shape, sizeof shape, " (%lldx%lld)", (long long)split->height, (long long)split->width);
    if (split->kind == HOL_DATASET_STATES)
        (void)snprintf(kind, sizeof kind, "states 0 to %lld", (long long)split->maximum);
    else (void)snprintf(kind, sizeof kind, "%s, density %.4f", hol_dataset_kind_name(split->kind), density);
    hol_result_line(result, NULL, "%s: %s: %lld rows, %lld columns%s, %s", output, split->name, (long long)rows,
                    (long long)split->columns, shape, kind);
}
