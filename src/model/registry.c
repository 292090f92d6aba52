/* registry: the kinds of models, a line each. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"

static const hol_model_ops *const kinds[] = {
    &hol_model_rbm,
    &hol_model_boltzmann,
    &hol_model_ising,
    &hol_model_mrf,
};

/* what a clone is made from; nothing in it is the caller's, who may give the options back */
static void remember(hol_model *model, const hol_model_options *options, const char *kind) {
    model->options = *options;
    model->options.kind = kind;
    model->options.initial = NULL;
    model->options.initial_fields = NULL;
    model->options.team = NULL;
    model->team = options->team;
    model->options.structure_count = model->info.structure_count;
    memcpy(model->options.structures, model->info.structures, sizeof model->options.structures);
}

hol_status hol_model_create(const hol_model_options *options, hol_model **ret_model) {
    *ret_model = NULL;
    char known[256] = "";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i]->kind, options->kind) == 0) {
            const hol_status status = kinds[i]->create(options, ret_model);
            if (status == HOL_OK) remember(*ret_model, options, kinds[i]->kind);
            return status;
        }
        const size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", kinds[i]->kind);
    }
    return hol_error(HOL_USAGE, "model.kind: found \"%s\", expected one of %s", options->kind, known);
}

hol_status hol_model_clone(const hol_model *model, hol_model **ret_clone) {
    return hol_model_create(&model->options, ret_clone);
}
