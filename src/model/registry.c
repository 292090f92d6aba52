/* registry: the kinds of models, a line each. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"

static const hol_model_ops *const kinds[] = {
    &hol_model_rbm,
    &hol_model_boltzmann,
};

hol_status hol_model_create(const hol_model_options *options, hol_model **ret_model) {
    *ret_model = NULL;
    char known[256] = "";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i]->kind, options->kind) == 0) return kinds[i]->create(options, ret_model);
        const size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", kinds[i]->kind);
    }
    return hol_error(HOL_USAGE, "model.kind: found \"%s\", expected one of %s", options->kind, known);
}

void hol_model_destroy(hol_model *model) {
    if (model) model->ops->destroy(model);
}

const hol_parameter_group *hol_model_find_group(const hol_model *model, const char *name) {
    for (int i = 0; i < model->info.group_count; i++)
        if (strcmp(model->info.groups[i].name, name) == 0) return &model->info.groups[i];
    return NULL;
}
