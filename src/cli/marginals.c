/* marginals: names for what estimate/exact computes. */
#include "cli/marginals.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/names.h"
#include "estimate/exact.h"
#include "io/array_output.h"
#include "model/variable.h"

/* The probabilities that are shown of each variable or unit: of all states, or of 1. */
static int64_t states_of(const hol_model *model, int64_t v) { return hol_variable_get(model, v).states; }

/* Whether variables have states, which are shown of all then, or all are units. */
static bool has_states(const hol_model *model) {
    return model->info.columns.count > 0 || model->info.variables.count > 0;
}

static void add_all(const hol_model *model, char *const *names, const double *marginals, hol_result *to) {
    const bool only_on = !has_states(model);
    hol_result_open(to, "marginals");
    hol_result_line(to, NULL, "%s", only_on ? "unit            p(1)" : "variable        p(0) p(1) ...");
    for (int64_t v = 0; v < hol_cli_count_names(model); v++) {
        const int64_t states = states_of(model, v);
        hol_result_series(to, names[v], names[v], marginals + only_on, states - only_on, 9);
        marginals += states;
    }
    hol_result_close(to);
}

/* (variables, most states): what is beyond a variable's own states is no number */
static hol_status write_all(hol_comm *comm, const hol_model *model, char *const *names, const double *marginals,
                            const char *path) {
    hol_status status = HOL_OK;
    char headings[HOL_STATES_MAX][16];
    const char *heads[HOL_STATES_MAX];
    double *table = NULL;
    const int64_t count = hol_cli_count_names(model), first = !has_states(model);
    int64_t most = 0;
    for (int64_t v = 0; v < count; v++)
        if (states_of(model, v) - first > most) most = states_of(model, v) - first;
    for (int64_t s = 0; s < most; s++) {
        (void)snprintf(headings[s], sizeof headings[s], "p(%lld)", (long long)(s + first));
        heads[s] = headings[s];
    }
    HOL_TRY(HOL_ALLOCATE(table, HOL_PRODUCT(count, most), "marginals"));
    for (int64_t v = 0; v < count; v++) {
        for (int64_t s = 0; s < most; s++)
            table[v * most + s] = s + first < states_of(model, v) ? marginals[s + first] : (double)NAN;
        marginals += states_of(model, v);
    }
    const hol_array_output array = {
        .rows = count, .columns = most, .doubles = table, .names = heads, .row_names = (const char *const *)names};
    HOL_TRY(hol_array_output_write(path, &array));
    hol_log(comm, "%s: marginals of %lld %s", path, (long long)count, first ? "units" : "variables");
cleanup:
    hol_free(table);
    return status;
}

hol_status hol_cli_find_marginals(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                  const float *theta, hol_result *result, const char *output) {
    hol_status status = HOL_OK;
    double *marginals = NULL, log_partition = 0;
    char **names = NULL;
    status = HOL_ALLOCATE(marginals, hol_exact_marginal_count(model), "marginals");
    if (status == HOL_OK) status = hol_cli_make_names(comm, info, model, &names);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_exact_marginals(comm, model, theta, &log_partition, marginals));
    if (!output) add_all(model, names, marginals, result);
    else
        HOL_TRY(
            hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? write_all(comm, model, names, marginals, output) : HOL_OK));
cleanup:
    hol_free(names);
    hol_free(marginals);
    return status;
}
