/* samples: one array for the states, one for the hidden units. */
#include "cli/samples.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "io/array_output.h"
#include "io/output.h"

bool hol_samples_is_array(const char *output) {
    return hol_output_ends_with(output, ".csv") || hol_output_ends_with(output, ".npy");
}

hol_status hol_samples_name_hidden(const char *output, char **ret_path) {
    const char *dot = strrchr(output, '.');
    const size_t size = strlen(output) + sizeof ".hidden";
    const hol_status status = HOL_ALLOCATE(*ret_path, (int64_t)size, "name of a file");
    if (status == HOL_OK) (void)snprintf(*ret_path, size, "%.*s.hidden%s", (int)(dot - output), output, dot);
    return status;
}

hol_status hol_samples_write(hol_comm *comm, const char *output, const hol_samples *samples) {
    hol_status status = HOL_OK;
    char *path = NULL;
    const bool has_words = samples->words->columns == samples->columns;
    const hol_array_output states = {.rows = samples->rows,
                                     .columns = samples->columns,
                                     .bytes = samples->states,
                                     .names = samples->names,
                                     .first_words = has_words ? samples->words->first_names : NULL,
                                     .words = (const char *const *)samples->words->names};
    const hol_array_output features = {.rows = samples->rows,
                                       .columns = samples->hidden,
                                       .floats = samples->features,
                                       .names = samples->names + samples->columns};
    HOL_TRY(hol_array_output_write(output, &states));
    if (!samples->features) return HOL_OK;
    HOL_TRY(hol_samples_name_hidden(output, &path));
    HOL_TRY(hol_array_output_write(path, &features));
    hol_log(comm, "%s: their hidden units", path);
cleanup:
    hol_free(path);
    return status;
}
