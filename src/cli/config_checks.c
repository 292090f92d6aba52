/* config_checks: what keys say together. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cli/config_network.h"
#include "cli/deadline.h"
#include "cli/shape.h"
#include "config_reader.h"
#include "num/bits.h"

/* of the key of that name */
static place place_of(const reader *self, const char *key) {
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (strcmp(hol_config_rows[i].value.name, key) == 0) return self->places[i];
    return (place){0};
}

static hol_status check_required(const reader *self) {
    char expected[HOL_VALUE_TEXT_MAX];
    for (size_t i = 0; i < hol_config_row_count; i++) {
        const hol_config_row *row = &hol_config_rows[i];
        if (!row->value.required || given(self->places[i])) continue;
        if (row->value.at == offsetof(hol_config, data.train) && hol_config_get_kind(self->config)->self_contained)
            continue;
        hol_value_describe(&row->value, expected, sizeof expected);
        return refuse(self, (place){0}, row->value.name, "missing, expected %s", expected);
    }
    return HOL_OK;
}

/* The run's length has two keys. Where train.epochs is above 0, it makes an auto train.steps 0; an override outdoes the
 * file; two numbers above 0 side by side are a mistake. */
static hol_status settle_length(const reader *self) {
    hol_config *config = self->config;
    const place steps = place_of(self, "train.steps"), epochs = place_of(self, "train.epochs");
    const bool is_auto = config->train.schedule.steps == HOL_AUTO_INTEGER;
    if (config->train.schedule.steps == 0 || config->epochs <= 0) return HOL_OK;
    if (steps.override && !epochs.override) config->epochs = 0;
    else if (is_auto || (epochs.override && !steps.override)) config->train.schedule.steps = 0;
    else
        return refuse(self, epochs, "train.epochs",
                      "found %g beside train.steps %" PRId64 ", expected only one of the two above 0", config->epochs,
                      config->train.schedule.steps);
    return HOL_OK;
}

static hol_status check_schedule(const reader *self) {
    const hol_config *config = self->config;
    if (config->train.schedule.kind != HOL_SCHEDULE_EXPONENTIAL || config->train.schedule.final_rate > 0) return HOL_OK;
    const place rate = place_of(self, "train.final_learning_rate"), schedule = place_of(self, "train.schedule");
    const bool at_rate = given(rate) && (rate.override || !schedule.override);
    return refuse(self, at_rate ? rate : schedule, "train.final_learning_rate",
                  "found 0, expected a number above 0 for train.schedule exponential");
}

static hol_status check_watchdog(const reader *self) {
    double seconds = 0;
    if (hol_deadline_parse_watchdog(self->config->watchdog, &seconds)) return HOL_OK;
    char found[256];
    hol_value_quote(self->config->watchdog, strlen(self->config->watchdog), found, sizeof found);
    return refuse(self, place_of(self, "train.watchdog"), "train.watchdog",
                  "found %s, expected auto, off, or a time from 1 s: seconds, M:SS or H:MM:SS", found);
}

static hol_status check_lattice(const reader *self) {
    const char *lattice = self->config->model.lattice;
    int32_t lengths[HOL_SHAPE_LENGTHS];
    if (!*lattice || hol_shape_parse_lengths(lattice, lengths) > 0) return HOL_OK;
    return refuse(self, place_of(self, "model.lattice"), "model.lattice",
                  "found \"%s\", expected one to three lengths as 64 or 64x64", lattice);
}

/* Variables and cliques fit together. */
static hol_status check_field(const reader *self) {
    const hol_config_variables *variables = self->config->model.variables;
    const hol_config_cliques *cliques = self->config->model.cliques;
    hol_factors *factors = NULL;
    int64_t clique = -1;
    place at = place_of(self, "model.cliques");
    if (!variables || !cliques) return HOL_OK;
    const hol_status status = hol_config_field_factors(variables, cliques, &factors, &clique);
    hol_factors_destroy(factors);
    if (hol_error_code(status) != HOL_USAGE) return status;
    if (clique >= 0) at.line = cliques->cliques[clique].line, at.column = cliques->cliques[clique].column;
    return hol_config_locate(self, at, "model.cliques", status);
}

/* A network's layers and blocks; *ret_dense: whether there is a centred gradient. */
static hol_status check_network(const reader *self, bool *ret_dense) {
    hol_config_network network;
    const char *key = NULL;
    *ret_dense = true;
    if (strcmp(hol_config_get_kind(self->config)->kind, "network") != 0) return HOL_OK;
    const hol_status status =
        hol_config_network_parse(self->config->model.layers, self->config->model.blocks, &network, &key);
    *ret_dense = hol_config_network_is_dense(&network);
    return hol_error_code(status) == HOL_USAGE ? hol_config_locate(self, place_of(self, key), key, status) : status;
}

/* what a kind can't do; the kinds themselves know what data they can take */
static hol_status check_model(const reader *self) {
    const hol_model_ops *kind = hol_config_get_kind(self->config);
    const hol_model_options options = hol_config_get_model(self->config);
    const char *key = NULL, *mistake = kind->check ? kind->check(&options, self->is_new, &key) : NULL;
    if (mistake) return refuse(self, place_of(self, key), key, "%s", mistake);
    const hol_status status = check_lattice(self);
    return status == HOL_OK ? check_field(self) : status;
}

static hol_status check_centering(const reader *self) {
    hol_config *config = self->config;
    const place centered = place_of(self, "train.centered");
    bool dense = true;
    const hol_status status = check_network(self, &dense);
    if (status != HOL_OK) return status;
    const bool no_center = !hol_config_get_kind(config)->centers || !dense;
    if (no_center && !given(centered)) config->train.optimiser.centered = false;
    if (!config->train.optimiser.centered) return HOL_OK;
    if (no_center)
        return refuse(self, centered, "train.centered", "found true, expected false for model.kind %s%s",
                      hol_config_get_choice(config, "model.kind"), dense ? "" : " with edges or a lattice");
    if (config->model.biases) return HOL_OK;
    return refuse(self, given(centered) ? centered : place_of(self, "model.biases"), "train.centered",
                  "found true, expected false where model.biases is false: centring moves the biases");
}

/* Whether the user gave a value of his own: not the default, which a written-out config gives for every key. */
static bool is_own(const reader *self, size_t i) {
    return given(self->places[i]) && !hol_value_is_default(&hol_config_rows[i].value, self->config);
}

/* A given value of row i that has no effect in this config: what was found into `found`, and what it is for. */
static bool is_useless(const reader *self, size_t i, char found[32], char needs[HOL_VALUE_TEXT_MAX]) {
    char all[HOL_VALUE_TEXT_MAX];
    const hol_config_row *row = &hol_config_rows[i];
    const void *at = (const char *)self->config + row->value.at;
    if (!is_own(self, i) || hol_config_counts(row, self->config)) return false;
    if (row->value.type == HOL_VALUE_INTEGER && *(const int64_t *)at == 0) return false; /* none: no hidden units */
    hol_value_describe_needs(hol_config_write_needs(row, all), "", needs, HOL_VALUE_TEXT_MAX);
    if (row->value.type == HOL_VALUE_INTEGER) (void)snprintf(found, 32, "%" PRId64, *(const int64_t *)at);
    else if (row->value.type == HOL_VALUE_CHOICE)
        (void)snprintf(found, 32, "%s", hol_value_word(&row->value, self->config));
    else (void)snprintf(found, 32, "%s", row->value.type == HOL_VALUE_NUMBER ? "a number" : "one");
    return true;
}

/* Some are refused, of others a new config's user is warned, once nothing else is wrong. */
static hol_status check_needs(const reader *self) {
    char found[32], needs[HOL_VALUE_TEXT_MAX];
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (hol_config_rows[i].refused && is_useless(self, i, found, needs))
            return refuse(self, self->places[i], hol_config_rows[i].value.name, "found %s, expected none: it is for %s",
                          found, needs);
    return HOL_OK;
}

static void warn_of_needs(const reader *self) {
    char found[32], needs[HOL_VALUE_TEXT_MAX];
    for (size_t i = 0; i < hol_config_row_count; i++)
        if (!hol_config_rows[i].refused && is_useless(self, i, found, needs))
            hol_log_warning(self->comm, "%s: %s: found %s, which has no effect: it is for %s", self->name,
                            hol_config_rows[i].value.name, found, needs);
}

/* Of new configs only: a checkpoint's is as it was. */
static hol_status check_new(const reader *self) {
    const hol_config *config = self->config;
    warn_of_needs(self);
    if (config->train.method == HOL_METHOD_PCD && config->train.chains > 0 && config->train.chains < HOL_LANES)
        hol_log_warning(self->comm, "%s: train.chains: found %" PRId64 ": %d take no longer", self->name,
                        config->train.chains, HOL_LANES);
    return HOL_OK;
}

hol_status hol_config_check(const reader *self) {
    hol_status status = HOL_OK;
    HOL_TRY(check_required(self));
    HOL_TRY(settle_length(self));
    HOL_TRY(check_schedule(self));
    HOL_TRY(check_watchdog(self));
    HOL_TRY(check_needs(self));
    HOL_TRY(check_model(self));
    HOL_TRY(check_centering(self));
    if (self->is_new) HOL_TRY(check_new(self));
cleanup:
    return status;
}
