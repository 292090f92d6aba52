/* samples: one array for the states, one for the hidden units. */
#include "cli/samples.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "io/array_output.h"
#include "io/sequence_file.h"
#include "num/bits.h"
#include "sample/population.h"

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

hol_status hol_samples_check_output(hol_comm *comm, const char *output, const char *model, const char *first,
                                    const hol_alphabet *alphabet, const char *const inputs[2]) {
    const hol_output_kind kinds[] = {
        {.ending = ".h5", .format = "holode data set", .members = {"samples", "hidden", "states", "alphabet"}},
        {.ending = ".png"},
        {.ending = ".csv", .begins = first},
        {.ending = ".npy"}};
    return hol_samples_check_kinds(comm, output, model, alphabet, kinds, 4, inputs);
}

hol_status hol_samples_check_kinds(hol_comm *comm, const char *output, const char *model, const hol_alphabet *alphabet,
                                   const hol_output_kind *kinds, int count, const char *const inputs[2]) {
    enum { MOST = 8 };
    hol_output_kind all[MOST];
    char endings[64] = "";
    assert(count + HOL_SEQUENCE_KINDS <= MOST);
    memcpy(all, kinds, (size_t)count * sizeof *kinds);
    memcpy(all + count, hol_sequence_kinds, sizeof hol_sequence_kinds);
    if (alphabet->count > 0 || !hol_sequence_file_is_named(output))
        return hol_output_check(comm, output, all, count + (alphabet->count > 0 ? HOL_SEQUENCE_KINDS : 0), inputs, 2);
    for (int k = 0; k < count; k++)
        hol_words_append(endings, sizeof endings, "%s%s",
                         k == 0           ? ""
                         : k == count - 1 ? " or "
                                          : ", ",
                         kinds[k].ending);
    return hol_error(HOL_USAGE,
                     "-o: found %s, but the states of %s have no letters, expected a name that ends in %s (holode data "
                     "import --alphabet makes data that have)",
                     output, model, endings);
}

hol_status hol_samples_check_hidden(hol_comm *comm, const char *output, const char *const inputs[2]) {
    const hol_output_kind kinds[] = {{.ending = ".npy"}, {.ending = ".csv", .begins = "h0"}};
    char *hidden = NULL;
    hol_status status = hol_comm_agree(comm, hol_samples_name_hidden(output, &hidden));
    if (status == HOL_OK) status = hol_output_check(comm, hidden, kinds, 2, inputs, 2);
    hol_free(hidden);
    return status;
}

hol_status hol_samples_gather_energies(hol_comm *comm, const hol_model *model, hol_population *chains, int64_t now,
                                       double *energies, int64_t at) {
    hol_status status = HOL_OK;
    double *own = NULL;
    void *all = NULL;
    int64_t first = 0, owned = 0, bytes = 0;
    hol_population_get_owned(chains, &first, &owned);
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(own, HOL_PRODUCT(chains->states.blocks, HOL_LANES), "energies")));
    if (model->ops->free_energy) model->ops->free_energy(model, chains, own);
    else model->ops->energy(model, chains, own);
    for (int64_t c = 0; c < owned; c++) own[c] *= model->temperature;
    HOL_TRY(hol_comm_gather(comm, own, owned * (int64_t)sizeof *own, &all, &bytes));
    if (energies) memcpy(energies + at, all, (size_t)now * sizeof *energies);
cleanup:
    hol_free(own);
    hol_free(all);
    return status;
}
