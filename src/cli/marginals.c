/* marginals: names for what estimate/exact computes. */
#include "cli/marginals.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/config.h"
#include "estimate/exact.h"

enum { NAME_SIZE = 80 };

/* "A" of the config, else its number; units are v0, v1 ..., h0 ... */
static void name_variable(const hol_model *model, const hol_config *config, int64_t v, char *name) {
    const hol_config_variables *variables = config->model.variables;
    const int64_t visible = model->info.visible;
    if (model->info.columns.count > 0 && variables && variables->count == model->info.columns.count)
        (void)snprintf(name, NAME_SIZE, "%s", variables->names[v]);
    else if (model->info.columns.count > 0) (void)snprintf(name, NAME_SIZE, "%lld", (long long)v);
    else (void)snprintf(name, NAME_SIZE, "%c%lld", v < visible ? 'v' : 'h', (long long)(v < visible ? v : v - visible));
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

static void print_all(const hol_model *model, const hol_config *config, const double *marginals, bool json) {
    const hol_columns *columns = &model->info.columns;
    const int64_t count = columns->count > 0 ? columns->count : model->info.visible + model->info.hidden;
    if (json) hol_print(", \"marginals\": {");
    else hol_print("%s\n", columns->count > 0 ? "variable        p(0) p(1) ..." : "unit            p(1)");
    for (int64_t v = 0; v < count; v++) {
        char name[NAME_SIZE];
        const int64_t states = columns->count > 0 ? columns->cardinalities[v] : 2;
        name_variable(model, config, v, name);
        print_variable(name, marginals, states, columns->count == 0, json, v == 0);
        marginals += states;
    }
    if (json) hol_print("}");
}

hol_status hol_cli_print_marginals(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                   const float *theta, bool json) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    double *marginals = NULL, log_partition = 0;
    status = HOL_ALLOCATE(marginals, hol_exact_marginal_count(model), "marginals");
    if (status == HOL_OK) status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_exact_marginals(comm, model, theta, &log_partition, marginals));
    print_all(model, config, marginals, json);
cleanup:
    hol_config_destroy(config);
    hol_free(marginals);
    return status;
}
