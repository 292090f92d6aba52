/* network_values: what a state is worth, from the prepared tables, where hidden units are independent given it; how
 * well it is foretold; and annealing.
 *
 *     F(v) = E(v, 0) / tau - sum_j softplus(field_j)          fields of bits, over tau */
#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"
#include "num/elementary.h"

/* ---- energies ---------------------------------------------------------------------------------------------------- */

/* the sum of a lane's fields of units that are on */
static int64_t sum_on(const uint64_t *words, int64_t units, int lane, const int32_t *fields) {
    int64_t sum = 0;
    for (int64_t i = 0; i < units; i++)
        if (hol_bits_get(words, i, lane)) sum += fields[i];
    return sum;
}

/* values -= share sum_i x_i field_i over the layer's units, with fields from units before `end` alone */
static void subtract_layer(const layer *l, int64_t end, double share, hol_population *population, double *values) {
    const hol_states inputs = layer_inputs(l, population), x = layer_outputs(l, population);
    const int32_t *fields = population->expected;
    hol_layer table = l->table;
    assert(!table.narrow); /* prepared for training alone */
    if (l->first_input + table.inputs > end) table.inputs = end > l->first_input ? end - l->first_input : 0;
    if (table.inputs > 0) hol_layer_fields(&table, &inputs, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(table, share, x, fields, values)
    for (int64_t b = 0; b < x.blocks; b++) {
        const uint64_t *words = x.words + b * x.stride;
        int64_t sums[HOL_LANES];
        if (table.inputs == 0) hol_layer_sum_units(words, table.bias, table.outputs, sums);
        for (int lane = 0; lane < HOL_LANES; lane++) {
            const int64_t r = b * HOL_LANES + lane;
            if (table.inputs > 0) sums[lane] = sum_on(words, table.outputs, lane, fields + r * table.stride);
            values[r] -= share * (double)sums[lane] * (double)table.scale;
        }
    }
}

/* E / tau of the first `count` layers: each coupling stands in the later unit's field. Among a layer's units it stands
 * in two: half of the sums with and without it has it once. */
static void set_energies(const network *self, int count, hol_population *population, double *values) {
    const double constant = 0.5 * (double)self->doubled_constant * (double)self->layers[0].table.scale;
    for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++) values[r] = constant;
    for (const layer *l = self->layers; l < self->layers + count; l++) {
        subtract_layer(l, l->first, l->coupled ? 0.5 : 1, population, values);
        if (l->coupled) subtract_layer(l, l->first + l->units, 0.5, population, values);
    }
}

static int visible_layers(const network *self) {
    int count = 0;
    while (count < self->layer_count && !self->layers[count].hidden) count++;
    return count;
}

static void energy(const hol_model *model, hol_population *population, double *values) {
    const network *self = as_network(model);
    set_energies(self, self->layer_count, population, values);
}

static void free_energy(const hol_model *model, hol_population *population, double *values) {
    const network *self = as_network(model);
    const int64_t lanes = population->states.blocks * HOL_LANES;
    const int32_t *fields = population->expected;
    set_energies(self, visible_layers(self), population, values);
    for (const layer *l = self->layers + visible_layers(self); l < self->layers + self->layer_count; l++) {
        const hol_states inputs = layer_inputs(l, population);
        hol_layer_fields(&l->table, &inputs, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(l, lanes, fields, values)
        for (int64_t r = 0; r < lanes; r++)
            values[r] -= hol_layer_softplus_sum(&l->table, fields + r * l->table.stride, NULL, 0);
    }
}

/* of lists */
static void listed_energy(const hol_model *model, hol_population *population, double *values) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    const double scale = (double)self->layers[0].table.scale;
#pragma omp parallel for default(none) shared(self, x, scale, values)
    for (int64_t b = 0; b < x->blocks; b++) {
        const hol_states one = {.words = x->words + b * x->stride, .stride = x->stride, .blocks = 1};
        int64_t sums[HOL_LANES];
        if (self->multi_spin) {
            hol_network_shared_energy(self, one.words, values + b * HOL_LANES);
            continue;
        }
        hol_sparse_sum(&self->layers[0].sparse, &one, sums);
        for (int64_t l = 0; l < HOL_LANES; l++)
            values[b * HOL_LANES + l] = 0.5 * (double)(self->doubled_constant - 2 * sums[l]) * scale;
    }
}

/* ---- how well units are foretold --------------------------------------------------------------------------------- */

/* ln (p / (1 - p)) of a visible unit's bit in one lane, given the other visible ones: by lists, and by tables. */
static double listed_log_odds(const network *self, const uint64_t *words, int64_t unit, int lane) {
    if (self->multi_spin) return hol_network_shared_log_odds(self, words, unit, lane);
    const hol_graph *graph = self->graph;
    int64_t field = self->edge_bias[unit];
    for (int64_t k = graph->starts[unit]; k < graph->starts[unit + 1]; k++)
        if (hol_bits_get(words, graph->neighbours[k], lane)) field += self->edge_couplings[k];
    return (double)field * (double)self->layers[0].table.scale;
}

static double log_odds(const network *self, const uint64_t *words, int64_t unit, int lane) {
    const layer *l = hol_network_layer_of(self, unit);
    int64_t field = l->biases[unit - l->first];
    for (int64_t k = 0; k < l->table.inputs && l->first_input + k < self->base.info.visible; k++)
        if (hol_bits_get(words, l->first_input + k, lane)) field += l->weights[k * l->table.stride + unit - l->first];
    return (double)field * (double)l->table.scale;
}

/* values = -F with the unit flipped, minus -F as it is: first the visible units' part, then the hidden ones' */
static void pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    const int64_t lanes = x->blocks * HOL_LANES, visible = model->info.visible;
    const int32_t *fields = population->expected;
#pragma omp parallel for default(none) shared(self, population, x, lanes, visible, values, key)
    for (int64_t r = 0; r < lanes; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const int64_t unit = hol_choose_unit(population, r, key, visible);
        const double field = (self->listed ? listed_log_odds : log_odds)(self, words, unit, (int)(r % HOL_LANES));
        values[r] = hol_bits_get(words, unit, (int)(r % HOL_LANES)) ? -field : field;
    }
    for (const layer *l = self->layers + visible_layers(self); l < self->layers + self->layer_count; l++) {
        const hol_layer *table = &l->table;
        const hol_states inputs = layer_inputs(l, population);
        hol_layer_fields(table, &inputs, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(l, table, population, x, lanes, visible, fields, values, key)
        for (int64_t r = 0; r < lanes; r++) {
            const int64_t unit = hol_choose_unit(population, r, key, visible), k = unit - l->first_input;
            const bool on = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES));
            const int32_t *row = fields + r * table->stride;
            if (k < 0 || k >= table->inputs) continue;
            values[r] = values[r] + hol_layer_softplus_sum(table, row, l->weights + k * table->stride, on ? -1 : 1) -
                        hol_layer_softplus_sum(table, row, NULL, 0);
        }
    }
    for (int64_t r = 0; r < lanes; r++) values[r] = -hol_softplus(values[r]);
}

static void reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    const hol_draw draw = {.key = key};
    const int64_t lanes = x->blocks * HOL_LANES;
    const int32_t *expected = population->expected;
    model->ops->infer(model, population, &draw, true);
    for (int64_t r = 0; r < lanes; r++) values[r] = 0;
    for (const layer *l = self->layers; l < self->layers + visible_layers(self); l++) {
        const hol_states inputs = layer_inputs(l, population), own = layer_outputs(l, population);
        const double share = (double)l->units / (double)model->info.visible;
        hol_layer_probabilities(&l->table, &inputs, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(l, own, lanes, share, expected, values)
        for (int64_t r = 0; r < lanes; r++)
            values[r] += share * hol_layer_mean_square(&l->table, own.words + r / HOL_LANES * own.stride,
                                                       (int)(r % HOL_LANES), expected + r * l->table.stride);
    }
}

/* of lists; nothing is hidden, so that there is nothing to draw */
static void listed_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    const int64_t units = model->info.visible;
    (void)key;
#pragma omp parallel for default(none) shared(self, x, units, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        double sum = 0;
        for (int64_t i = 0; i < units; i++) {
            const double field = listed_log_odds(self, words, i, (int)(r % HOL_LANES));
            const double miss = hol_logistic(hol_bits_get(words, i, (int)(r % HOL_LANES)) ? -field : field);
            sum += miss * miss;
        }
        values[r] = sum / (double)units;
    }
}

/* ---- annealing ---------------------------------------------------------------------------------------------------
 *
 * The start has visible biases a0 alone, so that at beta the hidden fields are beta f, f those of the end, and the
 * visible ones beta (g + (1 / beta - 1) a0): the end's tables at another scale, with other biases. One product for v
 * gives F at any beta, and h at the next:
 *
 *     F_beta(v) = -v.(a0 + beta (a - a0)) - sum_j softplus(beta f_j)          all over tau */

static hol_status anneal_begin(hol_model *model, const float *start, const float *end) {
    network *self = (network *)model;
    const int64_t visible = model->info.visible, stride = self->layers[0].table.stride;
    hol_status status = HOL_OK;
    double most = 0;
    if (!self->path_bias) HOL_TRY(HOL_ALLOCATE(self->path_bias, stride, "annealing"));
    if (!self->path_drift) HOL_TRY(HOL_ALLOCATE(self->path_drift, stride, "annealing"));
    if (!self->path_start) HOL_TRY(HOL_ALLOCATE(self->path_start, stride, "annealing"));
    for (int64_t i = 0; i < visible; i++) most = fmax(most, fabs((double)start[i]));
    HOL_TRY(hol_network_round_tables(self, end, most / HOL_ANNEAL_BETA_MIN));
    const double unit = (double)self->layers[0].table.scale * model->temperature;
    for (int64_t i = 0; i < visible; i++) {
        self->path_start[i] = (double)start[i] / unit;
        self->path_drift[i] = (int32_t)round(((double)end[i] - (double)start[i]) / unit);
    }
cleanup:
    return status;
}

static void sample_visible(const network *self, hol_population *population, const hol_draw *draw, double beta) {
    const hol_states hidden = layer_outputs(&self->layers[1], population);
    hol_layer table = self->layers[0].table;
    table.bias = self->path_bias;
    table.site_fields = population->expected;
    table.scale = (float)((double)table.scale * beta);
    for (int64_t i = 0; i < table.outputs; i++)
        self->path_bias[i] = self->layers[0].biases[i] + (int32_t)round((1 / beta - 1) * self->path_start[i]);
    hol_layer_sample(&table, &hidden, draw, &population->states, NULL, population->scratch);
}

/* sum_j softplus(to f_j) - softplus(from f_j) */
static double hidden_gain(const hol_layer *hidden, const int32_t *fields, double from, double to) {
    enum { PIECE = 512 };
    const double from_scale = from * (double)hidden->scale, to_scale = to * (double)hidden->scale;
    double sum = 0, x[PIECE];
    for (int64_t first = 0; first < hidden->outputs; first += PIECE) {
        const int64_t left = hidden->outputs - first, count = left < PIECE ? left : PIECE;
        for (int64_t j = 0; j < count; j++) x[j] = to_scale * (double)fields[first + j];
        sum += hidden->kernels->softplus_sum(x, count);
        for (int64_t j = 0; j < count; j++) x[j] = from_scale * (double)fields[first + j];
        sum -= hidden->kernels->softplus_sum(x, count);
    }
    return sum;
}

static void anneal(const hol_model *model, hol_population *population, const hol_draw *draw, double from, double to,
                   double *gains) {
    const network *self = as_network(model);
    const hol_layer *to_hidden = &self->layers[1].table;
    const hol_states *x = &population->states, hidden = layer_outputs(&self->layers[1], population);
    const int32_t *fields = population->expected;
    const double scale = (double)self->layers[0].table.scale;
    assert(!to_hidden->narrow);
    hol_layer_fields(to_hidden, x, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(self, to_hidden, x, fields, from, to, scale, gains)
    for (int64_t b = 0; b < x->blocks; b++) {
        int64_t drifts[HOL_LANES];
        hol_layer_sum_units(x->words + b * x->stride, self->path_drift, self->base.info.visible, drifts);
        for (int64_t l = 0; l < HOL_LANES; l++) {
            const int64_t r = b * HOL_LANES + l;
            gains[r] = (to - from) * scale * (double)drifts[l] +
                       hidden_gain(to_hidden, fields + r * to_hidden->stride, from, to);
        }
    }
    if (!draw) return;
    hol_draw now = *draw;
    hol_layer_sample_fields(to_hidden, fields, (float)(to * (double)to_hidden->scale), &now, &hidden);
    now.sweep++;
    sample_visible(self, population, &now, to);
}

void hol_network_add_values(network *self) {
    hol_model_ops *ops = &self->ops;
    ops->energy = self->listed ? listed_energy : energy;
    ops->reconstruction = self->listed ? listed_reconstruction : reconstruction;
    if (!self->hidden_coupled) {
        ops->free_energy = self->listed ? listed_energy : free_energy;
        ops->pseudo_likelihood = pseudo_likelihood;
    }
    if (hol_network_is_pair(self) && self->base.info.first_order > 0) {
        ops->anneal_begin = anneal_begin;
        ops->anneal = anneal;
    }
}
