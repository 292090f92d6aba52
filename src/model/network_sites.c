/* network_sites: categorical visible units (num/sites.h), from columns of states: a unit for each state of a column
 * that has more than two. Their fields, couplings and statistics are those of bits; here is what knows that exactly
 * one unit of a site is on:
 *
 *     p(state s | all others) = exp(field_s / tau) / sum_t exp(field_t / tau)
 *
 * What is summed over a site's states is so over q of them, not over 2^q. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"
#include "num/elementary.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The columns' places among the units. */
static hol_status lay_out(network *self, const hol_structure *cardinalities) {
    hol_status status = HOL_OK;
    const int64_t count = cardinalities->rows * cardinalities->columns;
    if (count < 1) HOL_TRY(hol_error(HOL_USAGE, "model %s: found no columns, expected at least one", self->ops.kind));
    HOL_TRY(HOL_ALLOCATE(self->cardinalities, count, "columns"));
    HOL_TRY(HOL_ALLOCATE(self->first_units, count + 1, "columns"));
    for (int64_t c = 0; c < count; c++) {
        const int32_t states = self->cardinalities[c] = cardinalities->values[c];
        if (states < 2 || states > HOL_STATES_MAX)
            HOL_TRY(hol_error(HOL_USAGE, "model %s: column %lld (from 0): found %d states, expected 2 to %d",
                              self->ops.kind, (long long)c, states, HOL_STATES_MAX));
        self->first_units[c + 1] = self->first_units[c] + (states > 2 ? states : 1);
    }
    self->base.info.columns = (hol_columns){count, self->cardinalities, self->first_units};
    self->base.info.structures[self->base.info.structure_count++] =
        (hol_structure){"cardinalities", 1, count, self->cardinalities, {NULL, "columns"}, "states of each column"};
cleanup:
    return status;
}

hol_status hol_network_take_columns(network *self, const hol_model_options *options, int64_t *ret_visible,
                                    hol_sites **ret_sites) {
    hol_status status = HOL_OK;
    const hol_structure *cardinalities = hol_model_find_structure(options, "cardinalities");
    int32_t *first = NULL, *states = NULL;
    int64_t count = 0;
    *ret_visible = options->visible;
    *ret_sites = NULL;
    if (!cardinalities) return HOL_OK;
    HOL_TRY(lay_out(self, cardinalities));
    const hol_columns *columns = &self->base.info.columns;
    *ret_visible = columns->first_units[columns->count];
    HOL_TRY(HOL_ALLOCATE(first, columns->count, "columns"));
    HOL_TRY(HOL_ALLOCATE(states, columns->count, "columns"));
    for (int64_t c = 0; c < columns->count; c++) {
        if (!hol_columns_is_site(columns, c)) continue;
        first[count] = (int32_t)columns->first_units[c];
        states[count++] = columns->cardinalities[c];
    }
    if (count > 0) HOL_TRY(hol_sites_create(count, first, states, *ret_visible, ret_sites));
cleanup:
    hol_free(first);
    hol_free(states);
    return status;
}

/* ---- first states and parameters --------------------------------------------------------------------------------- */

/* Each site of a block to fair states, and other units to fair bits; those that are held stay. */
static void randomize_block(const network *self, uint64_t *words, const uint64_t *held, uint32_t number,
                            hol_rng_key key) {
    const int64_t units = self->base.info.visible + self->base.info.hidden;
    const hol_sites *sites = self->layers[0].sites;
    for (int64_t i = 0; i < units; i++) {
        if (i < self->layers[0].units && hol_sites_columns(sites, i) >> i % HOL_STRIP & 1) continue;
        const hol_rng_words r = hol_rng_draw(key, (uint32_t)i, number, 0, 0);
        words[i] = hol_bits_hold((uint64_t)r.word[1] << 32 | r.word[0], words[i], held ? held[i] : 0);
    }
    for (int64_t k = 0; k < sites->count; k++) {
        const int64_t first = sites->first[k], states = sites->states[k];
        uint64_t drawn[HOL_SITE_STATES_MAX] = {0};
        for (int64_t l = 0; l < HOL_LANES; l++) {
            const uint32_t u = hol_rng_draw(key, (uint32_t)first, number, (uint32_t)l, 1).word[0];
            drawn[(uint64_t)u * (uint64_t)states >> 32] |= UINT64_C(1) << l;
        }
        for (int64_t s = 0; s < states; s++)
            words[first + s] = hol_bits_hold(drawn[s], words[first + s], held ? held[first + s] : 0);
    }
}

static void randomize(const hol_model *model, hol_population *population, hol_rng_key key) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    for (int64_t b = 0; b < x->blocks; b++)
        randomize_block(self, x->words + b * x->stride, population->held ? population->held + b * x->stride : NULL,
                        (uint32_t)(x->first_block + b), key);
}

void hol_network_set_site_biases(const network *self, const layer *l, const double *means, float *bias) {
    const double tau = self->base.temperature;
    for (int64_t k = 0; l->sites && k < l->sites->count; k++) {
        const int64_t first = l->sites->first[k], states = l->sites->states[k];
        double middle = 0;
        for (int64_t i = first; i < first + states; i++)
            middle += hol_ln(fmax(means[i], HOL_SITE_MEAN_MIN)) / (double)states;
        for (int64_t i = first; i < first + states; i++)
            bias[i] = (float)(tau * (hol_ln(fmax(means[i], HOL_SITE_MEAN_MIN)) - middle));
    }
}

/* ---- sums over states -------------------------------------------------------------------------------------------- */

double hol_network_sum_site(const double *fields, int64_t states) {
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t s = 0; s < states; s++) hol_log_sum_add(&sum, fields[s]);
    return hol_log_sum_get(&sum);
}

double hol_network_sum_out_sites(const network *self, const layer *l, const double *fields) {
    const hol_sites *sites = l->sites;
    double sum = 0;
    int64_t next = 0; /* the first unit that is not summed yet */
    for (int64_t k = 0; k <= sites->count; k++) {
        const int64_t first = k < sites->count ? sites->first[k] : l->units;
        if (first > next) sum += self->base.options.kernels->softplus_sum(fields + next, first - next);
        if (k == sites->count) break;
        sum += hol_network_sum_site(fields + first, sites->states[k]);
        next = first + sites->states[k];
    }
    return sum;
}

void hol_network_add_site_means(const layer *l, const double *fields, double share, double *means) {
    for (int64_t i = 0; i < l->units; i++) {
        const int64_t k = hol_sites_find(l->sites, i);
        if (k == l->sites->count || l->sites->first[k] > i) {
            means[i] += share * hol_logistic(fields[i]);
            continue;
        }
        const int64_t states = l->sites->states[k];
        const double all = hol_network_sum_site(fields + i, states);
        for (int64_t s = 0; s < states; s++) means[i + s] += share * hol_exp(fields[i + s] - all);
        i += states - 1;
    }
}

/* ---- pseudo-likelihood ------------------------------------------------------------------------------------------- */

/* sum_j softplus of a lane's hidden fields, less those couplings and with these; NULL: none */
static double hidden_score(const hol_layer *hidden, const int32_t *fields, const int32_t *less, const int32_t *more) {
    enum { PIECE = 512 };
    double sum = 0, x[PIECE];
    for (int64_t first = 0; first < hidden->outputs; first += PIECE) {
        const int64_t left = hidden->outputs - first, count = left < PIECE ? left : PIECE;
        for (int64_t j = 0; j < count; j++) {
            const int64_t change = (int64_t)(more ? more[first + j] : 0) - (less ? less[first + j] : 0);
            x[j] = (double)hidden->scale * (double)(fields[first + j] + change);
        }
        sum += hidden->kernels->softplus_sum(x, count);
    }
    return sum;
}

/* ln p(a column's state | all others) in one lane, hidden units summed out: fields (hidden stride) are those of the
 * lane. A unit that stands for a whole column has none for state 0. */
static double column_score(const network *self, const uint64_t *words, int lane, int64_t column,
                           const int32_t *fields) {
    const layer *visible = &self->layers[0], *hidden = &self->layers[1];
    const hol_columns *columns = &self->base.info.columns;
    const int64_t states = columns->cardinalities[column], stride = hidden->table.stride;
    const int64_t none = hol_columns_is_site(columns, column) ? 0 : 1, first = columns->first_units[column] - none;
    double logits[HOL_SITE_STATES_MAX] = {0};
    int64_t state = 0;
    for (int64_t s = none; s < states; s++)
        if (hol_bits_get(words, first + s, lane)) state = s;
    const int32_t *now = state < none ? NULL : hidden->weights + (first + state) * stride;
    for (int64_t s = 0; s < states; s++) {
        const int32_t *then = s < none ? NULL : hidden->weights + (first + s) * stride;
        const double bias = s < none ? 0 : (double)visible->biases[first + s] * (double)visible->table.scale;
        logits[s] = bias + hidden_score(&hidden->table, fields, now, then);
    }
    return logits[state] - hol_network_sum_site(logits, states);
}

/* the mean over all columns of each lane, or with a key one that is drawn */
static void score_columns(const hol_model *model, hol_population *population, const hol_rng_key *key, double *values) {
    const network *self = as_network(model);
    const layer *hidden = &self->layers[1];
    const hol_states *x = &population->states, inputs = layer_inputs(hidden, population);
    const int64_t columns = model->info.columns.count, stride = hidden->table.stride;
    int32_t *fields = population->expected;
    hol_layer_fields(&hidden->table, &inputs, fields, population->scratch);
    const int64_t *units = model->info.columns.first_units;
#pragma omp parallel for default(none) shared(self, population, x, key, columns, units, stride, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const int64_t from = key ? hol_choose_column(population, r, *key, columns, units) : 0,
                      to = key ? from + 1 : columns;
        double sum = 0;
        for (int64_t c = from; c < to; c++)
            sum += column_score(self, words, (int)(r % HOL_LANES), c, fields + r * stride);
        values[r] = sum / (double)(to - from);
    }
}

static void pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    score_columns(model, population, &key, values);
}

static void pseudo_likelihood_all(const hol_model *model, hol_population *population, double *values) {
    score_columns(model, population, NULL, values);
}

/* ---- as a product of tables -------------------------------------------------------------------------------------- */

/* A table over columns c's states, for c beyond the columns a hidden unit's, and, unless they are NULL, over those of
 * hidden unit j, with numbers `step` apart of c's units, all over tau. */
static hol_status add_table(const network *self, int64_t c, const int64_t *j, const float *numbers, int64_t step,
                            hol_factors *factors) {
    const hol_columns *columns = &self->base.info.columns;
    const int64_t states = factors->cardinalities[c];
    const int64_t none = c < columns->count && hol_columns_is_site(columns, c) ? 0 : 1;
    const int32_t scope[2] = {(int32_t)c, (int32_t)(columns->count + (j ? *j : 0))};
    double *table = NULL;
    const hol_status status = hol_factors_add(factors, j ? 2 : 1, scope, &table);
    for (int64_t s = none; status == HOL_OK && s < states; s++)
        table[j ? 2 * s + 1 : s] = (double)numbers[(s - none) * step] / self->base.temperature;
    return status;
}

/* biases of all units, and the matrices between columns and hidden units and among these */
static hol_status add_tables(const network *self, const float *theta, hol_factors *factors) {
    hol_status status = HOL_OK;
    const hol_columns *columns = &self->base.info.columns;
    const layer *visible = &self->layers[0], *hidden = &self->layers[1];
    for (int64_t c = 0; visible->has_bias && c < columns->count; c++)
        HOL_TRY(add_table(self, c, NULL, theta + visible->bias.offset + columns->first_units[c], 1, factors));
    for (int64_t j = 0; hidden->has_bias && j < hidden->units; j++)
        HOL_TRY(add_table(self, columns->count + j, NULL, theta + hidden->bias.offset + j, 1, factors));
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++)
        for (int64_t j = 0; j < hidden->units; j++) {
            const float *couplings = theta + b->at + j;
            for (int64_t i = 0; b->rows == hidden && i < j; i++)
                HOL_TRY(add_table(self, columns->count + i, &j, couplings + i * hidden->units, 1, factors));
            for (int64_t c = 0; b->rows == visible && c < columns->count; c++)
                HOL_TRY(add_table(self, c, &j, couplings + columns->first_units[c] * hidden->units, hidden->units,
                                  factors));
        }
cleanup:
    return status;
}

static hol_status make_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const network *self = as_network(model);
    const hol_columns *columns = &model->info.columns;
    hol_factors *factors = NULL;
    int32_t *cardinalities = NULL;
    HOL_TRY(HOL_ALLOCATE(cardinalities, columns->count + model->info.hidden, "factors"));
    for (int64_t v = 0; v < columns->count + model->info.hidden; v++)
        cardinalities[v] = v < columns->count ? columns->cardinalities[v] : 2;
    HOL_TRY(hol_factors_create(columns->count + model->info.hidden, cardinalities, &factors));
    HOL_TRY(add_tables(self, theta, factors));
    *ret_factors = factors;
    factors = NULL;
cleanup:
    hol_factors_destroy(factors);
    hol_free(cardinalities);
    return status;
}

void hol_network_add_sites(network *self) {
    hol_model_ops *ops = &self->ops;
    if (!self->layers[0].sites) return;
    ops->randomize = randomize;
    ops->factors = make_factors;
    if (!ops->pseudo_likelihood) return;
    ops->pseudo_likelihood = pseudo_likelihood;
    ops->pseudo_likelihood_all = pseudo_likelihood_all;
}
