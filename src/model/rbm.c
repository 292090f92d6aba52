/* rbm: the restricted Boltzmann machine (Smolensky 1986; Hinton 2002).
 *
 *     E(v, h) = -a.v - b.h - v' W h      p(h_j = 1 | v) = logistic((b_j + sum_i v_i W_ij) / tau), and so for v given h
 *     F(v)    = -a.v / tau - sum_j softplus((b_j + sum_i v_i W_ij) / tau)
 *
 * theta = (a, b, W): visible biases, hidden biases, weights (visible, hidden) row by row. T = (v, h, v h').
 *
 * The Boltzmann machine without couplings among visible or hidden units; here is what can be had for less then. */
#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "boltzmann.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/elementary.h"

/* rows of weights too: hol_levels_product takes any run of visible units */
static void add_part(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                     hol_sums statistics) {
    const boltzmann *self = as_boltzmann(model);
    const int64_t hidden = model->info.hidden, biases = self->at_hidden_bias, weights = self->at_weights;
    const int64_t stride = population->hidden_stride;
    hol_levels_clear_idle(&population->states, population->count, population->levels, stride);
    if (first < biases)
        hol_counts_units(&population->states, model->info.visible, population->count, HOL_LEVELS, statistics);
    if (first <= biases && end > biases)
        hol_levels_add(population->levels, population->states.blocks, stride, hidden,
                       hol_sums_from(statistics, biases));
    if (end <= weights) return;
    hol_states visible = population->states;
    const int64_t row = first > weights ? (first - weights) / hidden : 0, rows = (end - weights) / hidden - row;
    visible.words += row;
    hol_levels_product(model->options.kernels, &visible, rows, population->levels, stride, hidden,
                       hol_sums_from(statistics, weights + row * hidden), population->scratch);
}

static void accumulate_part(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                            int32_t *statistics) {
    add_part(model, population, first, end, (hol_sums){.wide = statistics});
}

static void accumulate_narrow(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                              int16_t *statistics) {
    add_part(model, population, first, end, (hol_sums){.narrow = statistics});
}

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    accumulate_part(model, population, 0, model->info.parameters, statistics);
}

static void pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const boltzmann *self = as_boltzmann(model);
    const hol_states *x = &population->states;
    const hol_layer *hidden = &self->hidden.layer;
    int32_t *fields = population->expected;
    assert(!hidden->narrow);
    hol_layer_fields(hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, hidden, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t unit = hol_choose_unit(x, r, key, self->base.info.visible);
        const bool on = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES));
        const int32_t *row = fields + r * hidden->stride;
        const double bias = (double)self->visible.bias[unit] * (double)self->visible.layer.scale;
        /* -F with the unit flipped, minus -F as it is */
        const double gain = (on ? -bias : bias) +
                            hol_layer_softplus_sum(hidden, row, hidden->weights + unit * hidden->stride, on ? -1 : 1) -
                            hol_layer_softplus_sum(hidden, row, NULL, 0);
        values[r] = -hol_softplus(gain);
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
    boltzmann *self = (boltzmann *)model;
    const int64_t visible = model->info.visible, stride = self->visible.layer.stride;
    hol_status status = HOL_OK;
    double most = 0;
    if (!self->path_bias) HOL_TRY(HOL_ALLOCATE(self->path_bias, stride, "annealing"));
    if (!self->path_drift) HOL_TRY(HOL_ALLOCATE(self->path_drift, stride, "annealing"));
    if (!self->path_start) HOL_TRY(HOL_ALLOCATE(self->path_start, stride, "annealing"));
    for (int64_t i = 0; i < visible; i++) most = fmax(most, fabs((double)start[i]));
    HOL_TRY(hol_boltzmann_round_tables(self, end, most / HOL_ANNEAL_BETA_MIN));
    const double unit = (double)self->visible.layer.scale * model->temperature;
    for (int64_t i = 0; i < visible; i++) {
        self->path_start[i] = (double)start[i] / unit;
        self->path_drift[i] = (int32_t)round(((double)end[i] - (double)start[i]) / unit);
    }
cleanup:
    return status;
}

static void sample_visible(const boltzmann *self, hol_population *population, const hol_draw *draw, double beta) {
    const hol_states hidden = half_outputs(&self->hidden, population);
    hol_layer layer = self->visible.layer;
    layer.bias = self->path_bias;
    layer.scale = (float)((double)layer.scale * beta);
    for (int64_t i = 0; i < layer.outputs; i++)
        self->path_bias[i] = self->visible.bias[i] + (int32_t)round((1 / beta - 1) * self->path_start[i]);
    hol_layer_sample(&layer, &hidden, draw, &population->states, NULL, population->scratch);
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
    const boltzmann *self = as_boltzmann(model);
    const hol_layer *to_hidden = &self->hidden.layer;
    const hol_states *x = &population->states, hidden = half_outputs(&self->hidden, population);
    const int32_t *fields = population->expected;
    const double scale = (double)self->visible.layer.scale;
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

/* ---- making ------------------------------------------------------------------------------------------------------ */

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    const int64_t visible = options->visible, hidden = options->hidden;
    if (visible < 1 || hidden < 1 || visible > INT32_MAX || hidden > INT32_MAX)
        return hol_error(HOL_USAGE, "model rbm: found %lld visible and %lld hidden units, expected at least 1 of each",
                         (long long)visible, (long long)hidden);
    if (options->without & HOL_MODEL_WEIGHTS) return hol_error(HOL_USAGE, "model rbm: found weights off, expected on");
    hol_model_options general = *options;
    general.without |= HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS;
    const hol_status status = hol_model_boltzmann.create(&general, ret_model);
    if (status != HOL_OK) return status;
    hol_model_ops *ops = &((boltzmann *)*ret_model)->ops;
    ops->kind = hol_model_rbm.kind;
    if (options->without & HOL_MODEL_BIASES) return HOL_OK; /* what is above takes them for granted */
    ops->accumulate = accumulate;
    ops->accumulate_part = accumulate_part;
    ops->accumulate_narrow = accumulate_narrow;
    ops->pseudo_likelihood = pseudo_likelihood;
    ops->anneal_begin = anneal_begin;
    ops->anneal = anneal;
    return HOL_OK;
}

static const char *check(const hol_model_options *options, bool is_new, const char **ret_key) {
    (void)is_new;
    *ret_key = "model.hidden";
    if (options->hidden == 0) return "found 0, expected at least 1 for model.kind rbm (boltzmann may have none)";
    *ret_key = "model.weights";
    return options->without & HOL_MODEL_WEIGHTS ? "found false, expected true for model.kind rbm" : NULL;
}

static const hol_model_options example = {.kind = "rbm", .visible = 2, .hidden = 2, .temperature = 1};

const hol_model_ops hol_model_rbm = {
    .kind = "rbm",
    .summary = "is the restricted Boltzmann machine, E(v, h) = -a.v - b.h - v W h",
    .keys = "model.hidden model.biases model.weights train.initial_weights",
    .centers = true,
    .check = check,
    .example = &example,
    .create = create,
};
