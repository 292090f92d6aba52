/* registry: the kinds of models, a line each. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"

/* clang-format off */
#define KINDS(KIND) \
    KIND(rbm) \
    KIND(boltzmann) \
    KIND(ising) \
    KIND(network) \
    KIND(mrf) \
    KIND(potts)
/* clang-format on */

#define DECLARATION(name) extern const hol_model_ops hol_model_##name;
#define OPERATIONS(name) &hol_model_##name,
#define NAME(name) #name,
KINDS(DECLARATION)
static const hol_model_ops *const kinds[] = {KINDS(OPERATIONS)};
const char *const hol_model_kinds[] = {KINDS(NAME) NULL};

const hol_model_ops *hol_model_find(const char *kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->kind, kind) == 0) return kinds[i];
    return NULL;
}

/* what a clone is made from; nothing in it is the caller's, who may give the options back */
static void remember(hol_model *model, const hol_model_options *options, const char *kind) {
    model->options = *options;
    if (!options->fields_seconds) model->options.fields_seconds = &model->fields_seconds;
    model->options.kind = kind;
    model->options.initial = NULL;
    model->options.initial_fields = NULL;
    model->options.team = hol_team_alone(options->team);
    model->team = options->team;
    model->options.structure_count = model->info.structure_count;
    memcpy(model->options.structures, model->info.structures, sizeof model->options.structures);
}

hol_status hol_model_create(const hol_model_options *options, hol_model **ret_model) {
    *ret_model = NULL;
    char known[256] = "";
    const hol_model_ops *ops = hol_model_find(options->kind);
    if (ops) {
        hol_model_options own = *options;
        if (!own.kernels) own.kernels = hol_kernels_get();
        const hol_status status = ops->create(&own, ret_model);
        if (status == HOL_OK) remember(*ret_model, &own, ops->kind);
        return status;
    }
    for (size_t i = 0, used = 0; hol_model_kinds[i] && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", hol_model_kinds[i]);
    return hol_error(HOL_USAGE, "model.kind: found \"%s\", expected one of %s", options->kind, known);
}

hol_status hol_model_clone(const hol_model *model, hol_model **ret_clone) {
    return hol_model_create(&model->options, ret_clone);
}
