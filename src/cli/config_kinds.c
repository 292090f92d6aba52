/* config_kinds: which keys are for which kinds of model, and a model's options from them. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "cli/config_network.h"
#include "cli/config_table.h"

const hol_model_ops *hol_config_get_kind(const hol_config *config) {
    return hol_model_find(hol_model_kinds[config->model.kind]);
}

static bool takes(const char *kind, const char *key) { return hol_words_contain(hol_model_find(kind)->keys, key); }

const char *hol_config_find_kind(const char *key) {
    size_t k = 0;
    while (hol_model_kinds[k] && !takes(hol_model_kinds[k], key)) k++;
    return hol_model_kinds[k];
}

const char *hol_config_write_needs(const hol_config_row *row, char needs[HOL_VALUE_TEXT_MAX]) {
    size_t used = 0;
    for (size_t k = 0; hol_model_kinds[k] && used < HOL_VALUE_TEXT_MAX; k++)
        if (takes(hol_model_kinds[k], row->value.name))
            used += (size_t)snprintf(needs + used, HOL_VALUE_TEXT_MAX - used, "%s%s",
                                     used ? "|" : "model.kind=", hol_model_kinds[k]);
    if (used == 0) return row->value.needs;
    if (row->value.needs) (void)snprintf(needs + used, HOL_VALUE_TEXT_MAX - used, " %s", row->value.needs);
    return needs;
}

bool hol_config_counts(const hol_config_row *row, const hol_config *config) {
    char needs[HOL_VALUE_TEXT_MAX];
    return hol_value_counts(&hol_config_table, hol_config_write_needs(row, needs), config);
}

const char *hol_config_write_help(const hol_config_row *row, char help[HOL_VALUE_TEXT_MAX]) {
    size_t used = (size_t)snprintf(help, HOL_VALUE_TEXT_MAX, "%s", row->value.help);
    for (size_t k = 0; row->value.choices == hol_model_kinds && hol_model_kinds[k] && used < HOL_VALUE_TEXT_MAX; k++)
        used += (size_t)snprintf(help + used, HOL_VALUE_TEXT_MAX - used, "%s %s %s", k ? ";" : ":", hol_model_kinds[k],
                                 hol_model_find(hol_model_kinds[k])->summary);
    return help;
}

/* what a key says as a setting */
static double number_of(const hol_value *value, const hol_config *config) {
    const void *at = (const char *)config + value->at;
    switch (value->type) {
    case HOL_VALUE_INTEGER: return (double)*(const int64_t *)at;
    case HOL_VALUE_NUMBER: return *(const double *)at;
    case HOL_VALUE_BOOLEAN: return *(const bool *)at;
    case HOL_VALUE_CHOICE: return *(const int *)at;
    default: return !hol_value_is_default(value, config);
    }
}

hol_model_options hol_config_get_model(const hol_config *config) {
    static const char section[] = "model.";
    hol_model_options o = {.kind = hol_model_kinds[config->model.kind], .temperature = config->model.temperature};
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_value *value = &hol_config_rows[i].value;
        if (strncmp(value->name, section, sizeof section - 1) == 0 && takes(o.kind, value->name))
            hol_model_set(&o, value->name + sizeof section - 1, number_of(value, config));
    }
    hol_config_network network;
    const char *key = NULL;
    if (*config->model.layers &&
        !hol_error_drop(hol_config_network_parse(config->model.layers, config->model.blocks, &network, &key)))
        o.hidden = network.hidden;
    return o;
}
