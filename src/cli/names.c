/* names: of the config, of the training data where they are still there, else made up. */
#include "cli/names.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/config.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"

enum { MADE_UP = 24 }; /* bytes of a made-up name: a letter and a number */

int64_t hol_cli_count_names(const hol_model *model) {
    const int64_t columns = model->info.columns.count;
    return (columns > 0 ? columns : model->info.visible) + model->info.hidden;
}

static void make_up(const hol_model *model, int64_t v, char *name) {
    const int64_t visible = hol_model_columns(model);
    if (model->info.columns.count > v) (void)snprintf(name, MADE_UP, "%lld", (long long)v);
    else (void)snprintf(name, MADE_UP, "%c%lld", v < visible ? 'v' : 'h', (long long)(v < visible ? v : v - visible));
}

/* The names of the columns of the config's training data: one block, NULL where the data are elsewhere by now, have no
 * names, or are others. */
static char **names_of_data(hol_comm *comm, const hol_config *config, const hol_model *model) {
    char *file = NULL, *path = NULL, **names = NULL;
    int64_t count = 0;
    if (*config->data.train &&
        !hol_error_drop(hol_dataset_parse_reference(config->data.train, "train", &file, &path)) &&
        !hol_error_drop(hol_dataset_read_columns(comm, file, &names, &count)) && count != hol_model_columns(model)) {
        hol_free(names);
        names = NULL;
    }
    hol_free(file);
    hol_free(path);
    return names;
}

/* a copy of the first `given` names, and made-up ones for the others, in one block */
static hol_status copy_names(const hol_model *model, char *const *from, int64_t given, char ***ret_names) {
    const int64_t count = hol_cli_count_names(model);
    int64_t bytes = count * ((int64_t)sizeof(char *) + MADE_UP);
    for (int64_t v = 0; v < given; v++) bytes += (int64_t)strlen(from[v]) + 1;
    char *block = NULL;
    const hol_status status = HOL_ALLOCATE(block, bytes, "names");
    if (status != HOL_OK) return status;
    char **names = (char **)(void *)block;
    char *at = (char *)(names + count);
    for (int64_t v = 0; v < count; v++) {
        names[v] = at;
        if (v < given) strcpy(at, from[v]);
        else make_up(model, v, at);
        at += strlen(at) + 1;
    }
    *ret_names = names;
    return HOL_OK;
}

hol_status hol_cli_make_names(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                              char ***ret_names) {
    hol_config *config = NULL;
    char **names = NULL;
    *ret_names = NULL;
    hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    const hol_config_variables *variables = config->model.variables;
    if (variables && variables->count == model->info.columns.count)
        status = copy_names(model, variables->names, variables->count, ret_names);
    else {
        names = names_of_data(comm, config, model);
        status = copy_names(model, names, names ? hol_model_columns(model) : 0, ret_names);
    }
    hol_free(names);
    hol_config_destroy(config);
    return status;
}
