/* marginals: names for what estimate/exact computes. */
#include "cli/marginals.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/names.h"
#include "estimate/exact.h"
#include "io/array_output.h"

/* The probabilities that are shown of each variable or unit: of all states, or of 1. */
static int64_t states_of(const hol_model *model, int64_t v) {
    return model->info.columns.count > 0 ? model->info.columns.cardinalities[v] : 2;
}

static void print_variable(const char *name, const double *p, int64_t states, bool only_on, bool json, bool first) {
    if (json) {
        hol_print("%s", first ? "" : ", ");
        hol_print_json_text(name);
        hol_print(": [");
    } else {
        hol_print("%-15s", name);
    }
    for (int64_t s = only_on; s < states; s++)
        hol_print(json ? "%s%.12g" : "%s %.9f", json && s > only_on ? ", " : "", p[s]);
    hol_print(json ? "]" : "\n");
}

static void print_all(const hol_model *model, char *const *names, const double *marginals, bool json) {
    const bool only_on = model->info.columns.count == 0;
    if (json) hol_print(", \"marginals\": {");
    else hol_print("%s\n", only_on ? "unit            p(1)" : "variable        p(0) p(1) ...");
    for (int64_t v = 0; v < hol_cli_count_names(model); v++) {
        print_variable(names[v], marginals, states_of(model, v), only_on, json, v == 0);
        marginals += states_of(model, v);
    }
    if (json) hol_print("}");
}

/* (variables, most states): what is beyond a variable's own states is no number */
static hol_status write_all(const hol_model *model, char *const *names, const double *marginals, const char *path) {
    hol_status status = HOL_OK;
    char headings[HOL_STATES_MAX][16];
    const char *heads[HOL_STATES_MAX];
    double *table = NULL;
    const int64_t count = hol_cli_count_names(model), first = model->info.columns.count == 0;
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
    hol_log("%s: marginals of %lld %s", path, (long long)count, first ? "units" : "variables");
cleanup:
    hol_free(table);
    return status;
}

hol_status hol_cli_print_marginals(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                   const float *theta, bool json, const char *output) {
    hol_status status = HOL_OK;
    double *marginals = NULL, log_partition = 0;
    char **names = NULL;
    status = HOL_ALLOCATE(marginals, hol_exact_marginal_count(model), "marginals");
    if (status == HOL_OK) status = hol_cli_make_names(info, model, &names);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_exact_marginals(comm, model, theta, &log_partition, marginals));
    if (!output) print_all(model, names, marginals, json);
    else HOL_TRY(hol_comm_agree(comm, hol_comm_rank(comm) == 0 ? write_all(model, names, marginals, output) : HOL_OK));
cleanup:
    hol_free(names);
    hol_free(marginals);
    return status;
}
