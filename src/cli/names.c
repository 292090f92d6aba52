/* names: of the config, else made up. */
#include "cli/names.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/config.h"

enum { NAME_SIZE = 80 }; /* a config's names have at most 64 bytes */

int64_t hol_cli_count_names(const hol_model *model) {
    const int64_t columns = model->info.columns.count;
    return columns > 0 ? columns : model->info.visible + model->info.hidden;
}

static void make_name(const hol_model *model, const hol_config_variables *variables, int64_t v, char *name) {
    const int64_t visible = model->info.visible;
    if (model->info.columns.count > 0 && variables && variables->count == model->info.columns.count)
        (void)snprintf(name, NAME_SIZE, "%s", variables->names[v]);
    else if (model->info.columns.count > 0) (void)snprintf(name, NAME_SIZE, "%lld", (long long)v);
    else (void)snprintf(name, NAME_SIZE, "%c%lld", v < visible ? 'v' : 'h', (long long)(v < visible ? v : v - visible));
}

hol_status hol_cli_make_names(const hol_checkpoint_info *info, const hol_model *model, char ***ret_names) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    char **names = NULL;
    const int64_t count = hol_cli_count_names(model);
    *ret_names = NULL;
    HOL_TRY(hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config));
    HOL_TRY((names = hol_allocate(count, sizeof *names + NAME_SIZE, "names")) ? HOL_OK : HOL_FAILURE);
    for (int64_t v = 0; v < count; v++) {
        names[v] = (char *)(names + count) + v * NAME_SIZE;
        make_name(model, config->model.variables, v, names[v]);
    }
    *ret_names = names;
cleanup:
    hol_config_destroy(config);
    return status;
}
