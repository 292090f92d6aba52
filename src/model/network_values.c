/* network_values: what a state is worth, from the prepared tables, where hidden units are independent given it; how
 * well it is foretold; and annealing.
 *
 *     F(v) = E(v, 0) / tau - sum_j softplus(field_j)          fields of bits, over tau */
#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "model/variable.h"
#include "network.h"
#include "num/bits.h"
#include "num/elementary.h"

enum { PART_BLOCKS = 8 }; /* that are scored at a time */

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
            values[r] -= hol_layer_log_sum(&l->table, fields + r * l->table.stride, NULL, NULL);
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

/* The field of a visible unit's bit in one lane, over tau, from the other visible ones: by lists, and by tables. */
static double listed_field(const network *self, const uint64_t *words, int64_t unit, int lane) {
    if (self->multi_spin) return hol_network_shared_log_odds(self, words, unit, lane);
    const hol_graph *graph = self->graph;
    int64_t field = self->edge_bias[unit];
    for (int64_t k = graph->starts[unit]; k < graph->starts[unit + 1]; k++)
        if (hol_bits_get(words, graph->neighbours[k], lane)) field += self->edge_couplings[k];
    return (double)field * (double)self->layers[0].table.scale;
}

static double field_of(const network *self, const uint64_t *words, int64_t unit, int lane) {
    if (self->listed) return listed_field(self, words, unit, lane);
    const layer *l = hol_network_layer_of(self, unit);
    int64_t field = l->biases[unit - l->first];
    for (int64_t k = 0; k < l->table.inputs && l->first_input + k < self->base.info.visible; k++)
        if (hol_bits_get(words, l->first_input + k, lane)) field += l->weights[k * l->table.stride + unit - l->first];
    return (double)field * (double)l->table.scale;
}

/* Lanes of some blocks, and a column of each: its states' scores are F(v) - F(v with that state instead), so that
 *
 *     ln p(x_c | all others) = -ln sum_s exp(score_s) */
typedef struct scoring {
    const network *self;
    const hol_population *population;
    const hol_rng_key *key; /* columns are drawn; NULL: `column` in all lanes */
    int64_t column;
    int64_t first;         /* lane of the population */
    hol_states x;          /* of the blocks */
    const int32_t *fields; /* of a hidden layer */
} scoring;

/* In the k-th lane: the column; the number of its state, and of another one s the couplings of a hidden layer that go
 * with it and come with s, NULL: none. */
static hol_variable variable_of(const scoring *s, int64_t k, int64_t *ret_state) {
    const hol_model *model = &s->self->base;
    const hol_columns *columns = &model->info.columns;
    const hol_variable v = hol_variable_get(
        model, s->key ? hol_choose_column(s->population, s->first + k, *s->key, hol_model_columns(model),
                                          columns->count > 0 ? columns->first_units : NULL)
                      : s->column);
    *ret_state = 0;
    for (int64_t i = 0; i < v.units; i++)
        if (hol_bits_get(s->x.words + k / HOL_LANES * s->x.stride, v.first + i, (int)(k % HOL_LANES)))
            *ret_state = v.is_site ? i : 1;
    return v;
}

static const int32_t *row_of(const layer *l, const hol_variable *v, int64_t state) {
    const int64_t unit = v->first + (v->is_site ? state : 0);
    return v->is_site || state == 1 ? l->weights + (unit - l->first_input) * l->table.stride : NULL;
}

/* by the visible units */
static void begin_scores(const scoring *s, int64_t k, double *scores) {
    int64_t now = 0;
    const hol_variable v = variable_of(s, k, &now);
    const uint64_t *words = s->x.words + k / HOL_LANES * s->x.stride;
    const int lane = (int)(k % HOL_LANES);
    const double field = field_of(s->self, words, v.first + (v.is_site ? now : 0), lane);
    for (int64_t i = 0; i < v.states; i++)
        scores[i] = i == now    ? 0
                    : v.is_site ? field_of(s->self, words, v.first + i, lane) - field
                    : now       ? -field
                                : field;
}

/* by the units of a hidden layer */
static void add_scores(const scoring *s, const layer *l, int64_t k, double *scores) {
    int64_t now = 0;
    const hol_variable v = variable_of(s, k, &now);
    const int32_t *fields = s->fields + k * l->table.stride;
    if (v.first < l->first_input || v.first >= l->first_input + l->table.inputs) return;
    const double as_is = hol_layer_log_sum(&l->table, fields, NULL, NULL);
    for (int64_t i = 0; i < v.states; i++)
        if (i != now)
            scores[i] = scores[i] + hol_layer_log_sum(&l->table, fields, row_of(l, &v, now), row_of(l, &v, i)) - as_is;
}

static double finish_scores(const scoring *s, int64_t k, const double *scores) {
    int64_t now = 0;
    const hol_variable v = variable_of(s, k, &now);
    return v.states == 2 ? -hol_softplus(scores[1 - now]) : -hol_sites_sum_states(scores, v.states);
}

/* Adds each lane's value to values, times share. Fields of a hidden layer stay while there is but one. */
static void score(scoring *s, hol_population *population, bool again, double share, double *values) {
    const network *self = s->self;
    const int64_t lanes = s->x.blocks * HOL_LANES, width = self->most_states;
    double *scores = self->scores;
#pragma omp parallel for default(none) shared(s, lanes, scores, width)
    for (int64_t k = 0; k < lanes; k++) begin_scores(s, k, scores + k * width);
    for (const layer *l = self->layers + visible_layers(self); l < self->layers + self->layer_count; l++) {
        hol_states inputs = s->x;
        inputs.words += l->first_input;
        if (!again || self->layer_count - visible_layers(self) > 1)
            hol_layer_fields(&l->table, &inputs, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(s, l, lanes, scores, width)
        for (int64_t k = 0; k < lanes; k++) add_scores(s, l, k, scores + k * width);
    }
#pragma omp parallel for default(none) shared(s, lanes, scores, width, share, values)
    for (int64_t k = 0; k < lanes; k++) values[s->first + k] += share * finish_scores(s, k, scores + k * width);
}

/* the mean over all columns of each lane, or with a key one that is drawn */
static void score_columns(const hol_model *model, hol_population *population, const hol_rng_key *key, double *values) {
    const int64_t columns = key ? 1 : hol_model_columns(model);
    for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++) values[r] = 0;
    for (int64_t b = 0; b < population->states.blocks; b += PART_BLOCKS) {
        scoring s = {as_network(model), population, key, .first = b * HOL_LANES, .x = population->states};
        s.fields = population->expected;
        s.x.words += b * s.x.stride;
        s.x.blocks = s.x.blocks - b < PART_BLOCKS ? s.x.blocks - b : PART_BLOCKS;
        for (; s.column < columns; s.column++) score(&s, population, s.column > 0, 1 / (double)columns, values);
    }
}

static void pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    score_columns(model, population, &key, values);
}

static void pseudo_likelihood_all(const hol_model *model, hol_population *population, double *values) {
    score_columns(model, population, NULL, values);
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

/* p (units of a variable): of each of its states given all others; of a bit that it is on */
static void listed_conditional(const network *self, const uint64_t *words, const hol_variable *v, int lane, double *p) {
    for (int64_t s = 0; s < v->units; s++) p[s] = listed_field(self, words, v->first + s, lane);
    const double all = v->is_site ? hol_sites_sum_states(p, v->states) : 0;
    for (int64_t s = 0; s < v->units; s++) p[s] = v->is_site ? hol_exp(p[s] - all) : hol_logistic(p[s]);
}

/* *sum += (x_i - p_i)^2, unit after unit of the layer */
static void add_misses(const network *self, const layer *l, const uint64_t *words, int lane, double *sum) {
    double p[HOL_SITE_STATES_MAX];
    for (int64_t i = l->first, end = l->first + l->units; i < end;) {
        if (!l->sites) {
            const double field = listed_field(self, words, i, lane);
            const double miss = hol_logistic(hol_bits_get(words, i++, lane) ? -field : field);
            *sum += miss * miss;
            continue;
        }
        const hol_variable v = hol_network_variable(l, i - l->first);
        listed_conditional(self, words, &v, lane, p);
        for (int64_t s = 0; s < v.units; s++, i++) {
            const double miss = hol_bits_get(words, i, lane) - p[s];
            *sum += miss * miss;
        }
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
        for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
            add_misses(self, l, words, (int)(r % HOL_LANES), &sum);
        values[r] = sum / (double)units;
    }
}

/* of states on lists */
static void listed_project(const hol_model *model, hol_population *population) {
    const network *self = as_network(model);
    const hol_states *x = &population->states;
    const int64_t units = model->info.visible, stride = hol_round_up(units, HOL_STRIP);
    int32_t *expected = population->expected;
#pragma omp parallel for default(none) shared(self, x, units, stride, expected)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        double p[HOL_SITE_STATES_MAX];
        for (int64_t i = 0; i < units;) {
            const layer *l = hol_network_layer_of(self, i);
            const hol_variable v = hol_network_variable(l, i - l->first);
            listed_conditional(self, words, &v, (int)(r % HOL_LANES), p);
            for (int64_t s = 0; s < v.units; s++, i++)
                expected[r * stride + i] = (int32_t)(p[s] * (1 << HOL_PROBABILITY_BITS) + 0.5);
        }
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

hol_status hol_network_add_values(network *self) {
    hol_model_ops *ops = &self->ops;
    bool sites = false;
    self->most_states = 2;
    for (const layer *l = self->layers; l < self->layers + visible_layers(self); l++)
        for (int64_t k = 0; l->sites && k < l->sites->count; k++, sites = true)
            if (l->sites->states[k] > self->most_states) self->most_states = l->sites->states[k];
    ops->energy = self->listed ? listed_energy : energy;
    ops->reconstruction = self->listed ? listed_reconstruction : reconstruction;
    if (self->listed && self->sites) ops->project = listed_project;
    if (!self->hidden_coupled) {
        ops->free_energy = self->listed ? listed_energy : free_energy;
        ops->pseudo_likelihood = pseudo_likelihood;
        if (sites) ops->pseudo_likelihood_all = pseudo_likelihood_all;
    }
    if (hol_network_is_pair(self) && self->base.info.first_order > 0) {
        ops->anneal_begin = anneal_begin;
        ops->anneal = anneal;
    }
    return self->hidden_coupled ? HOL_OK
                                : HOL_ALLOCATE(self->scores, PART_BLOCKS * HOL_LANES * self->most_states, "scores");
}
