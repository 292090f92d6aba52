/* model: options from configs. */
#include "cli/model.h"

#include <string.h>

hol_model_options hol_cli_model_options(const hol_config *config, int64_t visible) {
    hol_model_options o = {.kind = hol_config_get_choice(config, "model.kind"),
                           .visible = visible,
                           .hidden = config->model.hidden,
                           .temperature = config->model.temperature,
                           .positive_sweeps = config->model.positive_sweeps};
    if (!config->model.biases) o.without |= HOL_MODEL_BIASES;
    if (!config->model.weights) o.without |= HOL_MODEL_WEIGHTS;
    if (!config->model.visible_couplings) o.without |= HOL_MODEL_VISIBLE_COUPLINGS;
    if (!config->model.hidden_couplings) o.without |= HOL_MODEL_HIDDEN_COUPLINGS;
    return o;
}

hol_status hol_cli_create_model(const hol_checkpoint_info *info, double temperature, hol_model **ret_model) {
    hol_config *config = NULL;
    *ret_model = NULL;
    hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return hol_error(HOL_BAD_INPUT, "%s", hol_error_message());
    hol_model_options o = hol_cli_model_options(config, info->visible);
    if (strcmp(o.kind, info->model) != 0)
        status = hol_error(HOL_BAD_INPUT, "%s: config: found model %s, expected %s as in the file's attributes",
                           info->path, o.kind, info->model);
    o.temperature = temperature > 0 ? temperature : info->temperature;
    o.structure_count = info->structure_count;
    memcpy(o.structures, info->structures, sizeof o.structures);
    if (status == HOL_OK) status = hol_model_create(&o, ret_model);
    if (status == HOL_USAGE) status = hol_error(HOL_BAD_INPUT, "%s: %s", info->path, hol_error_message());
    if (status == HOL_OK && ((*ret_model)->info.visible != info->visible || (*ret_model)->info.hidden != info->hidden))
        status = hol_error(HOL_BAD_INPUT,
                           "%s: config: found a model of %lld visible and %lld hidden units, expected %lld and %lld as "
                           "in the file's attributes",
                           info->path, (long long)(*ret_model)->info.visible, (long long)(*ret_model)->info.hidden,
                           (long long)info->visible, (long long)info->hidden);
    hol_config_destroy(config);
    return status;
}
