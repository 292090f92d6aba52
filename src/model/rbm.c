/* rbm: the restricted Boltzmann machine (Smolensky 1986; Hinton 2002).
 *
 *     E(v, h) = -a.v - b.h - v' W h      p(h_j = 1 | v) = logistic((b_j + sum_i v_i W_ij) / tau), and so for v given h
 *     F(v)    = -a.v / tau - sum_j softplus((b_j + sum_i v_i W_ij) / tau)
 *
 * theta = (a, b, W): visible biases, hidden biases, weights (visible, hidden) row by row. T = (v, h, v h'). */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "means.h"
#include "model/model.h"
#include "num/bits.h"
#include "num/center.h"
#include "num/counts.h"
#include "num/elementary.h"
#include "num/fixed.h"

typedef struct rbm {
    hol_model base;
    int32_t *weights;            /* owned, as the next four, and the team's: (visible, hidden_stride) */
    int32_t *weights_transposed; /* (hidden, visible_stride) */
    int32_t *visible_bias;       /* (visible_stride) */
    int32_t *hidden_bias;        /* (hidden_stride) */
    float *sums;                 /* (bands of visible units, hidden): what is summed over them */
    hol_layer to_hidden;         /* views of the above */
    hol_layer to_visible;
    int32_t *path_bias;  /* owned, as the next two: (visible_stride); annealing's biases over beta at one beta */
    int32_t *path_drift; /* the end's biases less the start's */
    double *path_start;  /* the start's biases over tau */
} rbm;

static const rbm *as_rbm(const hol_model *model) { return (const rbm *)model; }

static int64_t at_hidden_bias(const hol_model *m) { return m->info.visible; }
static int64_t at_weights(const hol_model *m) { return m->info.visible + m->info.hidden; }

static void destroy(hol_model *model) {
    rbm *self = (rbm *)model;
    hol_team_free(model->team, self->weights);
    hol_team_free(model->team, self->weights_transposed);
    hol_team_free(model->team, self->visible_bias);
    hol_team_free(model->team, self->hidden_bias);
    hol_team_free(model->team, self->sums);
    hol_free(self->path_bias);
    hol_free(self->path_drift);
    hol_free(self->path_start);
    hol_free(self);
}

static void describe(rbm *self, int64_t visible, int64_t hidden) {
    self->base.info = (hol_model_info){
        .visible = visible,
        .hidden = hidden,
        .parameters = visible + hidden + visible * hidden,
        .first_order = visible + hidden,
        .group_count = 3,
        .groups = {{.name = "visible_bias", .rows = 1, .columns = visible, .offset = 0},
                   {.name = "hidden_bias", .rows = 1, .columns = hidden, .offset = visible},
                   {.name = "weights",
                    .rows = visible,
                    .columns = hidden,
                    .offset = visible + hidden,
                    .decays = true,
                    .matrix = true}},
    };
}

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    const int64_t visible = options->visible, hidden = options->hidden;
    if (visible < 1 || hidden < 1 || visible > INT32_MAX || hidden > INT32_MAX)
        return hol_error(HOL_USAGE, "model rbm: found %lld visible and %lld hidden units, expected at least 1 of each",
                         (long long)visible, (long long)hidden);
    if (options->without & HOL_MODEL_WEIGHTS) return hol_error(HOL_USAGE, "model rbm: found weights off, expected on");
    if (options->without & HOL_MODEL_BIASES) { /* the general machine goes without; this one keeps to the usual case */
        hol_model_options general = *options;
        general.without |= HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS;
        return hol_model_boltzmann.create(&general, ret_model);
    }
    hol_status status = HOL_OK;
    const int64_t visible_stride = hol_round_up(visible, HOL_STRIP), hidden_stride = hol_round_up(hidden, HOL_STRIP);
    rbm *self = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "model"));
    self->base.ops = &hol_model_rbm;
    self->base.temperature = options->temperature;
    self->base.team = options->team;
    describe(self, visible, hidden);
    HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->weights, visible * hidden_stride, "weights"));
    HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->weights_transposed, hidden * visible_stride, "weights"));
    HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->visible_bias, visible_stride, "visible biases"));
    HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->hidden_bias, hidden_stride, "hidden biases"));
    HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->sums, hol_band_count(visible) * hidden, "sums by columns"));
    self->to_hidden = (hol_layer){.weights = self->weights,
                                  .bias = self->hidden_bias,
                                  .inputs = visible,
                                  .outputs = hidden,
                                  .stride = hidden_stride};
    self->to_visible = (hol_layer){.weights = self->weights_transposed,
                                   .bias = self->visible_bias,
                                   .inputs = hidden,
                                   .outputs = visible,
                                   .stride = visible_stride};
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    if (self) destroy(&self->base);
    return status;
}

static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    const hol_model_info *info = &model->info;
    for (int64_t i = 0; i < info->visible; i++) theta[i] = hol_model_bias_of_mean(visible_means[i], model->temperature);
    const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_INITIAL_WEIGHTS);
    float *weights = theta + at_weights(model);
    for (int64_t j = 0; j < info->hidden; j++) theta[at_hidden_bias(model) + j] = 0;
    for (int64_t i = 0; i < info->visible; i++)
        for (int64_t j = 0; j < info->hidden; j++) {
            const double uniform = hol_rng_uniform(key, (uint32_t)j, (uint32_t)i, 0, 0);
            weights[i * info->hidden + j] = (float)(spread * hol_normal_quantile(uniform));
        }
}

/* tables for theta, with room for fields that reach `more` (times tau) further; each rank of the team has some visible
 * units' rows, and some hidden units' biases */
static hol_status round_tables(rbm *self, const float *theta, double more) {
    const hol_model *model = &self->base;
    const int64_t visible = model->info.visible, hidden = model->info.hidden, band = hol_band_rows(visible);
    const float *a = theta, *b = theta + at_hidden_bias(model), *w = theta + at_weights(model);
    const hol_slice v = hol_model_rows(model, visible), h = hol_model_rows(model, hidden);
    const double of_visible =
        hol_team_max(model->team, hol_fixed_row_bound(w + v.first * hidden, a + v.first, v.count, hidden, band,
                                                      self->sums + v.first / band * hidden));
    const double of_hidden = hol_fixed_column_bound(self->sums, b, hol_band_count(visible), hidden);
    const double bound = (fmax(of_visible, of_hidden) + more) / model->temperature;
    const hol_status status = hol_fixed_check(bound);
    if (status != HOL_OK) return status;
    const int bits = hol_fixed_choose_bits(bound);
    const float factor = (float)((double)(INT64_C(1) << bits) / model->temperature);
    const int64_t to_hidden = self->to_hidden.stride, to_visible = self->to_visible.stride;
    hol_fixed_round_both(w + v.first * hidden, v.count, hidden, factor, self->weights + v.first * to_hidden, to_hidden,
                         self->weights_transposed + v.first, to_visible);
    hol_fixed_round(a + v.first, 1, v.count, factor, self->visible_bias + v.first, v.count);
    hol_fixed_round(b + h.first, 1, h.count, factor, self->hidden_bias + h.first, h.count);
    self->to_hidden.scale = self->to_visible.scale = 1.0f / (float)(INT64_C(1) << bits);
    hol_team_meet(model->team);
    return HOL_OK;
}

static hol_status prepare(hol_model *model, const float *theta) { return round_tables((rbm *)model, theta, 0); }

static hol_states hidden_states(const hol_model *model, const hol_population *population) {
    hol_states states = population->states;
    states.words += model->info.visible;
    return states;
}

/* p(h | v) into expected, samples into the hidden units when there is a draw */
static void infer(const hol_model *model, hol_population *population, const hol_draw *draw) {
    const hol_states hidden = hidden_states(model, population);
    const hol_layer to_hidden = hol_layer_holding(&as_rbm(model)->to_hidden, population->held, model->info.visible);
    hol_layer_sample(&to_hidden, &population->states, draw, draw ? &hidden : NULL, population->expected,
                     population->scratch);
}

static void sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const hol_states hidden = hidden_states(model, population);
    const hol_layer to_hidden = hol_layer_holding(&as_rbm(model)->to_hidden, population->held, model->info.visible);
    const hol_layer to_visible = hol_layer_holding(&as_rbm(model)->to_visible, population->held, 0);
    hol_draw now = *draw;
    for (int64_t s = 0; s < sweeps; s++) {
        hol_layer_sample(&to_visible, &hidden, &now, &population->states, NULL, population->scratch);
        now.sweep++;
        /* only the last sweep's probabilities are wanted */
        hol_layer_sample(&to_hidden, &population->states, &now, &hidden, s + 1 == sweeps ? population->expected : NULL,
                         population->scratch);
        now.sweep++;
    }
}

static void project(const hol_model *model, hol_population *population) {
    const hol_states hidden = hidden_states(model, population);
    hol_layer_sample(&as_rbm(model)->to_visible, &hidden, NULL, NULL, population->expected, population->scratch);
}

/* rows of weights too: hol_counts_weighted takes any run of visible units */
static void accumulate_part(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                            int32_t *statistics) {
    const int64_t hidden = model->info.hidden, biases = at_hidden_bias(model), weights = at_weights(model);
    const hol_layer *layer = &as_rbm(model)->to_hidden;
    hol_counts_mask(&population->states, population->count, population->expected, layer->stride);
    if (first < biases) hol_counts_units(&population->states, model->info.visible, population->count, statistics);
    if (first <= biases && end > biases)
        hol_counts_probabilities(population->expected, population->states.blocks, layer->stride, hidden,
                                 statistics + biases);
    if (end <= weights) return;
    hol_states visible = population->states;
    const int64_t row = first > weights ? (first - weights) / hidden : 0, rows = (end - weights) / hidden - row;
    visible.words += row;
    hol_counts_weighted(&visible, rows, population->expected, layer->stride, hidden,
                        statistics + weights + row * hidden, population->scratch);
}

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    accumulate_part(model, population, 0, model->info.parameters, statistics);
}

/* With offsets m (visible) and l (hidden): dW = <(v-m)(h-l)'>, da = dv - dW l, db = dh - dW' m. */
static void center(const hol_model *model, int group, hol_slice rows, const hol_centering *about, float *gradient) {
    const int64_t visible = model->info.visible, hidden = model->info.hidden, first = rows.first;
    const float *m = about->offsets + first, *dv = about->plain + first;
    (void)group; /* there is one matrix */
    hol_center_rows(gradient + at_weights(model) + first * hidden, rows.count, hidden, m, dv, about->offsets + visible,
                    about->plain + visible, -1, NULL, gradient + first,
                    as_rbm(model)->sums + first / hol_band_rows(visible) * hidden);
}

static void center_biases(const hol_model *model, float *gradient) {
    const int64_t hidden = model->info.hidden;
    const hol_slice h = hol_model_rows(model, hidden);
    hol_center_columns(as_rbm(model)->sums + h.first, hol_band_count(model->info.visible), hidden, h.count,
                       gradient + at_hidden_bias(model) + h.first);
}

/* ---- what a state is worth, from the prepared tables ------------------------------------------------------------ */

static double visible_part(const rbm *self, const uint64_t *words, int lane) {
    int64_t sum = 0;
    for (int64_t i = 0; i < self->base.info.visible; i++)
        if (hol_bits_get(words, i, lane)) sum += self->visible_bias[i];
    return (double)sum * (double)self->to_visible.scale;
}

static void free_energy(const hol_model *model, hol_population *population, double *values) {
    const rbm *self = as_rbm(model);
    const hol_states *x = &population->states;
    int32_t *fields = population->expected;
    hol_layer_fields(&self->to_hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = -visible_part(self, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES)) -
                    hol_layer_softplus_sum(&self->to_hidden, fields + r * self->to_hidden.stride, NULL, 0);
}

static void pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const rbm *self = as_rbm(model);
    const hol_states *x = &population->states;
    int32_t *fields = population->expected;
    hol_layer_fields(&self->to_hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, x, fields, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const int64_t chain = x->first_block * HOL_LANES + r;
        const double uniform = hol_rng_uniform(key, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 0, 0);
        const int64_t unit = (int64_t)(uniform * (double)self->base.info.visible);
        const bool on = hol_bits_get(x->words + r / HOL_LANES * x->stride, unit, (int)(r % HOL_LANES));
        const int32_t *row = fields + r * self->to_hidden.stride;
        const double bias = (double)self->visible_bias[unit] * (double)self->to_visible.scale;
        /* -F with the unit flipped, minus -F as it is */
        const double gain =
            (on ? -bias : bias) +
            hol_layer_softplus_sum(&self->to_hidden, row, self->weights + unit * self->to_hidden.stride, on ? -1 : 1) -
            hol_layer_softplus_sum(&self->to_hidden, row, NULL, 0);
        values[r] = -hol_softplus(gain);
    }
}

static void reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const rbm *self = as_rbm(model);
    const hol_states *x = &population->states, hidden = hidden_states(model, population);
    const hol_draw draw = {.key = key};
    hol_layer_sample(&self->to_hidden, x, &draw, &hidden, NULL, population->scratch);
    project(model, population);
    const int32_t *expected = population->expected;
#pragma omp parallel for default(none) shared(self, x, expected, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        values[r] = hol_layer_mean_square(&self->to_visible, x->words + r / HOL_LANES * x->stride, (int)(r % HOL_LANES),
                                          expected + r * self->to_visible.stride);
}

/* -(a.v + sum_j h_j field_j): W stands in the hidden units' fields alone */
static void energy(const hol_model *model, hol_population *population, double *values) {
    const rbm *self = as_rbm(model);
    const hol_states *x = &population->states;
    int32_t *fields = population->expected;
    hol_layer_fields(&self->to_hidden, x, fields, population->scratch);
#pragma omp parallel for default(none) shared(self, x, fields, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride, *hidden = words + self->base.info.visible;
        const int32_t *row = fields + r * self->to_hidden.stride;
        int64_t sum = 0;
        for (int64_t j = 0; j < self->base.info.hidden; j++)
            if (hol_bits_get(hidden, j, (int)(r % HOL_LANES))) sum += row[j];
        values[r] = -visible_part(self, words, (int)(r % HOL_LANES)) - (double)sum * (double)self->to_hidden.scale;
    }
}

static double independent(const hol_model *model, const double *visible_means, float *theta) {
    const hol_model_info *info = &model->info;
    memset(theta, 0, (size_t)info->parameters * sizeof *theta);
    double sum = (double)info->hidden * hol_softplus(0);
    for (int64_t i = 0; i < info->visible; i++) {
        if (visible_means) theta[i] = hol_model_bias_of_mean(visible_means[i], model->temperature);
        sum += hol_softplus((double)theta[i] / model->temperature);
    }
    return sum;
}

/* ---- annealing ---------------------------------------------------------------------------------------------------
 *
 * The start has visible biases a0 alone, so that at beta the hidden fields are beta f, f those of the end, and the
 * visible ones beta (g + (1 / beta - 1) a0): the end's tables at another scale, with other biases. One product for v
 * gives F at any beta, and h at the next:
 *
 *     F_beta(v) = -v.(a0 + beta (a - a0)) - sum_j softplus(beta f_j)          all over tau */

static hol_status anneal_begin(hol_model *model, const float *start, const float *end) {
    rbm *self = (rbm *)model;
    const int64_t visible = model->info.visible, stride = self->to_visible.stride;
    hol_status status = HOL_OK;
    double most = 0;
    if (!self->path_bias) HOL_TRY(HOL_ALLOCATE(self->path_bias, stride, "annealing"));
    if (!self->path_drift) HOL_TRY(HOL_ALLOCATE(self->path_drift, stride, "annealing"));
    if (!self->path_start) HOL_TRY(HOL_ALLOCATE(self->path_start, stride, "annealing"));
    for (int64_t i = 0; i < visible; i++) most = fmax(most, fabs((double)start[i]));
    HOL_TRY(round_tables(self, end, most / HOL_ANNEAL_BETA_MIN));
    const double unit = (double)self->to_visible.scale * model->temperature;
    for (int64_t i = 0; i < visible; i++) {
        self->path_start[i] = (double)start[i] / unit;
        self->path_drift[i] = (int32_t)round(((double)end[i] - (double)start[i]) / unit);
    }
cleanup:
    return status;
}

static void sample_visible(const rbm *self, hol_population *population, const hol_draw *draw, double beta) {
    const hol_states hidden = hidden_states(&self->base, population);
    hol_layer layer = self->to_visible;
    layer.bias = self->path_bias;
    layer.scale = (float)((double)layer.scale * beta);
    for (int64_t i = 0; i < layer.outputs; i++)
        self->path_bias[i] = self->visible_bias[i] + (int32_t)round((1 / beta - 1) * self->path_start[i]);
    hol_layer_sample(&layer, &hidden, draw, &population->states, NULL, population->scratch);
}

/* sum_j softplus(to f_j) - softplus(from f_j) */
static double hidden_gain(const rbm *self, const int32_t *fields, double from, double to) {
    enum { PIECE = 512 };
    const double from_scale = from * (double)self->to_hidden.scale, to_scale = to * (double)self->to_hidden.scale;
    double sum = 0, x[PIECE];
    for (int64_t first = 0; first < self->base.info.hidden; first += PIECE) {
        const int64_t left = self->base.info.hidden - first, count = left < PIECE ? left : PIECE;
        for (int64_t j = 0; j < count; j++) x[j] = to_scale * (double)fields[first + j];
        sum += hol_kernels_get()->softplus_sum(x, count);
        for (int64_t j = 0; j < count; j++) x[j] = from_scale * (double)fields[first + j];
        sum -= hol_kernels_get()->softplus_sum(x, count);
    }
    return sum;
}

static void anneal(const hol_model *model, hol_population *population, const hol_draw *draw, double from, double to,
                   double *gains) {
    const rbm *self = as_rbm(model);
    const hol_states *x = &population->states, hidden = hidden_states(model, population);
    const int32_t *fields = population->expected;
    hol_layer_fields(&self->to_hidden, x, population->expected, population->scratch);
#pragma omp parallel for default(none) shared(self, x, fields, from, to, gains)
    for (int64_t b = 0; b < x->blocks; b++) {
        int64_t drifts[HOL_LANES];
        hol_layer_sum_units(x->words + b * x->stride, self->path_drift, self->base.info.visible, drifts);
        for (int64_t l = 0; l < HOL_LANES; l++) {
            const int64_t r = b * HOL_LANES + l;
            gains[r] = (to - from) * (double)self->to_visible.scale * (double)drifts[l] +
                       hidden_gain(self, fields + r * self->to_hidden.stride, from, to);
        }
    }
    if (!draw) return;
    hol_draw now = *draw;
    hol_layer_sample_fields(&self->to_hidden, fields, (float)(to * (double)self->to_hidden.scale), &now, &hidden);
    now.sweep++;
    sample_visible(self, population, &now, to);
}

/* ---- exact, in double ------------------------------------------------------------------------------------------- */

static double exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const hol_model_info *info = &model->info;
    const float *b = theta + at_hidden_bias(model), *w = theta + at_weights(model);
    double sum = 0;
    for (int64_t i = 0; i < info->visible; i++)
        if (visible[i]) sum += (double)theta[i];
    sum /= model->temperature;
    for (int64_t j = 0; j < info->hidden; j++) {
        double field = (double)b[j];
        for (int64_t i = 0; i < info->visible; i++)
            if (visible[i]) field += (double)w[i * info->hidden + j];
        sum += hol_softplus(field / model->temperature);
    }
    return -sum;
}

static int64_t exact_units(const hol_model *model) {
    return model->info.visible < model->info.hidden ? model->info.visible : model->info.hidden;
}

/* Enumerates the smaller layer and sums the other out: Z = sum_s exp(c.s + sum_k softplus(d_k + s.W_k)), all over
 * tau. */
static double exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch) {
    const hol_model_info *info = &model->info;
    const bool over_hidden = info->hidden <= info->visible;
    const float *small_bias = theta + (over_hidden ? at_hidden_bias(model) : 0);
    const float *large_bias = theta + (over_hidden ? 0 : at_hidden_bias(model));
    const float *w = theta + at_weights(model);
    const int64_t small = over_hidden ? info->hidden : info->visible,
                  large = over_hidden ? info->visible : info->hidden;
    const int64_t small_step = over_hidden ? 1 : info->hidden, large_step = over_hidden ? info->hidden : 1;
    const double beta = 1 / model->temperature;
    double *fields = scratch, linear = 0;
    for (int64_t k = 0; k < large; k++) fields[k] = beta * (double)large_bias[k];
    uint64_t state = 0; /* the Gray code of the running number */
    const uint64_t first = (uint64_t)chunk << chunk_bits, count = UINT64_C(1) << chunk_bits;
    hol_log_sum sum = hol_log_sum_empty();
    for (uint64_t n = first; n < first + count; n++) {
        const uint64_t gray = n ^ (n >> 1);
        for (uint64_t changed = gray ^ state; changed; changed &= changed - 1) {
            const int64_t u = __builtin_ctzll(changed);
            const double sign = gray >> u & 1 ? beta : -beta;
            if (u >= small) continue;
            linear += sign * (double)small_bias[u];
            for (int64_t k = 0; k < large; k++) fields[k] += sign * (double)w[u * small_step + k * large_step];
        }
        state = gray;
        hol_log_sum_add(&sum, linear + hol_kernels_get()->softplus_sum(fields, large));
    }
    return hol_log_sum_get(&sum);
}

/* theta = (a, b): in the order of the units */
static double bias_of(const hol_model *model, const float *theta, int64_t i) { return (void)model, (double)theta[i]; }

static double coupling_of(const hol_model *model, const float *theta, int64_t i, int64_t j) {
    const int64_t visible = model->info.visible, v = i < j ? i : j, h = (i < j ? j : i) - visible;
    return v < visible && h >= 0 ? (double)theta[at_weights(model) + v * model->info.hidden + h] : 0;
}

static hol_pairwise pairwise(const hol_model *model) {
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    const bool over_hidden = hidden <= visible;
    return (hol_pairwise){.first = over_hidden ? visible : 0,
                          .units = over_hidden ? hidden : visible,
                          .summed = over_hidden ? 0 : visible,
                          .summed_units = over_hidden ? visible : hidden,
                          .bias = bias_of,
                          .coupling = coupling_of};
}

static double exact_means(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits, double *scratch,
                          double *means) {
    const hol_pairwise p = pairwise(model);
    return hol_pairwise_exact_means(&p, model, theta, chunk, chunk_bits, scratch, means);
}

static hol_status factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    const hol_pairwise p = pairwise(model);
    return hol_pairwise_factors(&p, model, theta, ret_factors);
}

const hol_model_ops hol_model_rbm = {
    .kind = "rbm",
    .summary = "restricted Boltzmann machine",
    .create = create,
    .destroy = destroy,
    .initialize = initialize,
    .prepare = prepare,
    .infer = infer,
    .sweep = sweep,
    .project = project,
    .accumulate = accumulate,
    .accumulate_part = accumulate_part,
    .center = center,
    .center_biases = center_biases,
    .free_energy = free_energy,
    .pseudo_likelihood = pseudo_likelihood,
    .reconstruction = reconstruction,
    .energy = energy,
    .independent = independent,
    .anneal_begin = anneal_begin,
    .anneal = anneal,
    .exact_free_energy = exact_free_energy,
    .exact_units = exact_units,
    .exact_chunk = exact_chunk,
    .exact_means = exact_means,
    .factors = factors,
};
