/* boltzmann: the Boltzmann machine (Ackley, Hinton & Sejnowski 1985), fully visible or with latent units.
 *
 *     E(v, h) = -a.v - b.h - v'W h - 1/2 v'V v - 1/2 h'U h          V and U symmetric, their diagonals 0
 *     p(x_i = 1 | all others) = logistic(field_i / tau)             field of v_i: a_i + (V v)_i + (W h)_i
 *
 * theta = (a, b, W, V, U), as far as they are on; W is (visible, hidden), V and U whole matrices. T = (v, h, vh', vv',
 * hh') without the diagonals: the two entries of a symmetric pair have the same statistic and the same gradient, which
 * is that of the one coupling that they stand for, so that they stay equal to the last bit.
 *
 * Contents: making, sampling, statistics, centring. boltzmann_tables.c: what sampling goes by; boltzmann_values.c: what
 * a state is worth; boltzmann_exact.c: enumeration. */
#include "boltzmann.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/center.h"
#include "num/counts.h"
#include "num/elementary.h"
#include "num/scan.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void destroy(hol_model *model) {
    boltzmann *self = (boltzmann *)model;
    half *const halves[] = {&self->visible, &self->hidden};
    for (int i = 0; i < 2; i++) {
        hol_team_free(self->team, halves[i]->weights);
        hol_team_free(self->team, halves[i]->bias);
        hol_free(halves[i]->reach);
        hol_free(halves[i]->order);
        hol_free(halves[i]->colour_starts);
    }
    hol_graph_destroy(self->graph);
    hol_free(self->kept);
    hol_free(self->initial);
    hol_free(self->initial_fields);
    hol_free(self->edge_couplings);
    hol_free(self->edge_bias);
    hol_free(self->zeros);
    hol_free(self->path_bias);
    hol_free(self->path_drift);
    hol_free(self->path_start);
    hol_free(self->bounds.to_rows);
    hol_free(self->bounds.to_columns);
    hol_team_free(self->team, self->records);
    hol_team_free(self->base.team, self->sums);
    hol_free(self);
}

/* Appends a group when it is on; returns its offset in theta. What has two axes couples units. */
static int64_t add_group(hol_model_info *info, bool on, hol_parameter_group group) {
    if (!on) return -1;
    group.offset = info->parameters;
    group.decays = group.matrix = group.axes[1] != NULL;
    info->groups[info->group_count++] = group;
    info->parameters += group.rows * group.columns;
    return group.offset;
}

static void add_groups(boltzmann *self, int64_t visible, int64_t hidden) {
    hol_model_info *info = &self->base.info;
    hol_parameter_group group = {
        .name = "visible_bias", .axes = {"visible"}, .text = "a: visible units' biases", .rows = 1, .columns = visible};
    self->at_visible_bias = add_group(info, self->biases, group);
    group = (hol_parameter_group){
        .name = "hidden_bias", .axes = {"hidden"}, .text = "b: hidden units' biases", .rows = 1, .columns = hidden};
    self->at_hidden_bias = add_group(info, self->biases && hidden > 0, group);
    group = (hol_parameter_group){.name = "weights", .axes = {"visible", "hidden"}, .rows = visible, .columns = hidden};
    group.text = "W: couplings of visible and hidden units";
    self->at_weights = add_group(info, self->weights, group);
    group = (hol_parameter_group){.name = "visible_couplings", .axes = {"visible", "visible"}};
    group.text = "V: couplings of visible units, symmetric, 0 on the diagonal";
    group.rows = group.columns = visible;
    self->at_visible_couplings = add_group(info, self->visible_couplings, group);
    group = (hol_parameter_group){.name = "hidden_couplings", .axes = {"hidden", "hidden"}};
    group.text = "U: couplings of hidden units, symmetric, 0 on the diagonal";
    group.rows = group.columns = hidden;
    self->at_hidden_couplings = add_group(info, self->hidden_couplings, group);
}

static void describe(boltzmann *self, const hol_model_options *options) {
    const int64_t visible = options->visible, hidden = options->hidden;
    hol_model_info *info = &self->base.info;
    const unsigned on = self->joined & ~options->without;
    self->biases = !(options->without & HOL_MODEL_BIASES);
    self->weights = hidden > 0 && (on & HOL_MODEL_WEIGHTS);
    self->visible_couplings = visible > 1 && (on & HOL_MODEL_VISIBLE_COUPLINGS);
    self->hidden_couplings = hidden > 1 && (on & HOL_MODEL_HIDDEN_COUPLINGS);
    *info = (hol_model_info){.visible = visible,
                             .hidden = hidden,
                             .infer_draws = self->hidden_couplings,
                             .unit = self->hidden_couplings || hidden == 0 ? 1 : HOL_LEVELS,
                             .first_order = self->biases ? visible + hidden : 0};
    info->largest = info->unit;
    add_groups(self, visible, hidden);
}

static void choose_operations(boltzmann *self) {
    self->ops = hol_model_boltzmann;
    self->base.ops = &self->ops;
    if (self->hidden_couplings || self->base.info.hidden == 0) self->ops.expect = NULL;
    if (self->hidden_couplings) {
        self->ops.free_energy = NULL;
        self->ops.pseudo_likelihood = NULL;
    }
    if (!self->biases) self->ops.center = NULL;
}

static hol_status make_half(half *h, boltzmann *self, const hol_model_options *options, bool is_hidden) {
    hol_status status = HOL_OK;
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    const bool from_visible = is_hidden ? self->weights : self->visible_couplings;
    const bool from_hidden = is_hidden ? self->hidden_couplings : self->weights;
    h->first_unit = is_hidden ? visible : 0;
    h->first_input = from_visible ? 0 : visible;
    h->coupled = is_hidden ? self->hidden_couplings : self->visible_couplings;
    const int64_t inputs = (from_visible ? visible : 0) + (from_hidden ? hidden : 0);
    HOL_TRY(hol_boltzmann_make_half(h, self->team, inputs, is_hidden ? hidden : visible));
    h->layer.kernels = options->kernels;
    h->layer.fields_seconds = options->fields_seconds ? options->fields_seconds : &self->base.fields_seconds;
cleanup:
    return status;
}

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    const int64_t visible = options->visible, hidden = options->hidden;
    if (visible < 1 || hidden < 0 || visible > INT32_MAX || hidden > INT32_MAX)
        return hol_error(HOL_USAGE,
                         "model boltzmann: found %lld visible and %lld hidden units, expected at least 1 visible",
                         (long long)visible, (long long)hidden);
    hol_status status = HOL_OK;
    boltzmann *self = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "model"));
    HOL_TRY(hol_boltzmann_make_graph(self, options));
    self->base.team = options->team;
    self->team = self->graph ? NULL : options->team;
    describe(self, options);
    if (self->base.info.parameters == 0)
        HOL_TRY(hol_error(HOL_USAGE, "model boltzmann: found biases and all couplings off, expected one of them on"));
    self->base.temperature = options->temperature;
    self->positive_sweeps = (int64_t)hol_model_get(options, "positive_sweeps", HOL_MODEL_POSITIVE_SWEEPS);
    choose_operations(self);
    HOL_TRY(make_half(&self->visible, self, options, false));
    HOL_TRY(make_half(&self->hidden, self, options, true));
    HOL_TRY(hol_boltzmann_make_orders(self, options->initial));
    HOL_TRY(hol_copy_floats(options->initial_fields, visible + hidden, "biases", &self->initial_fields));
    HOL_TRY(HOL_ALLOCATE(self->zeros, visible + hidden, "biases"));
    if (self->weights)
        HOL_TRY(HOL_TEAM_ALLOCATE(options->team, self->sums, hol_row_tile_count(visible) * hidden, "sums by columns"));
    HOL_TRY(hol_boltzmann_make_narrow(self));
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    if (self) destroy(&self->base);
    return status;
}

/* what a layer needs is enough for a scan of it */
static int64_t scratch_bytes(const hol_model *model, int64_t blocks) {
    const boltzmann *self = as_boltzmann(model);
    const int64_t sizes[] = {hol_layer_scratch_bytes(self->visible.layer.inputs, blocks),
                             hol_layer_scratch_bytes(self->hidden.layer.inputs, blocks),
                             hol_layer_scratch_bytes(model->info.visible, blocks),
                             hol_levels_scratch_bytes(model->info.visible, blocks)};
    int64_t most = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] > most) most = sizes[i];
    return most;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* number `part` keeps the matrices' numbers apart; W has those of the rbm's */
static float draw_coupling(hol_rng_key key, int64_t i, int64_t j, uint32_t part, double spread) {
    return (float)(spread * hol_normal_quantile(hol_rng_uniform(key, (uint32_t)j, (uint32_t)i, part, 0)));
}

static void initialize_symmetric(hol_rng_key key, int64_t units, uint32_t part, double spread, float *couplings) {
    for (int64_t i = 0; i < units; i++) {
        couplings[i * units + i] = 0;
        for (int64_t j = 0; j < i; j++)
            couplings[i * units + j] = couplings[j * units + i] = draw_coupling(key, i, j, part, spread);
    }
}

static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    const boltzmann *self = as_boltzmann(model);
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_INITIAL_WEIGHTS);
    for (int64_t i = 0; self->biases && i < visible; i++)
        theta[self->at_visible_bias + i] = hol_model_bias_of_mean(visible_means[i], model->temperature);
    for (int64_t j = 0; self->biases && j < hidden; j++) theta[self->at_hidden_bias + j] = 0;
    for (int64_t i = 0; self->biases && self->initial_fields && i < visible + hidden; i++)
        theta[i < visible ? self->at_visible_bias + i : self->at_hidden_bias + i - visible] = self->initial_fields[i];
    for (int64_t i = 0; self->weights && i < visible; i++)
        for (int64_t j = 0; j < hidden; j++)
            theta[self->at_weights + i * hidden + j] = draw_coupling(key, i, j, 0, spread);
    if (self->visible_couplings) initialize_symmetric(key, visible, 1, spread, theta + self->at_visible_couplings);
    if (self->hidden_couplings) initialize_symmetric(key, hidden, 2, spread, theta + self->at_hidden_couplings);
    hol_boltzmann_begin_edges(self, theta);
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* One half-sweep: each unit of the half from its conditional, unless only levels are wanted; those only where units are
 * independent. */
static void sample_half(const half *h, hol_population *population, const hol_draw *draw, bool samples,
                        uint8_t *levels) {
    const hol_states inputs = half_inputs(h, population), outputs = half_outputs(h, population);
    const hol_layer layer = hol_layer_holding(&h->layer, population->held, h->first_unit);
    if (h->layer.outputs == 0) return;
    if (h->coupled && h->order) hol_sparse_sample(&h->sparse, &population->states, population->held, draw);
    else if (h->coupled)
        hol_scan_sample(&layer, &inputs, h->first_unit - h->first_input, NULL, draw, population->scratch);
    else hol_layer_sample(&layer, &inputs, draw, samples ? &outputs : NULL, levels, population->scratch);
}

/* fair bits under a sweep's number that no sweep reaches */
static void randomize_hidden(const half *h, hol_population *population, const hol_draw *draw) {
    const hol_states x = half_outputs(h, population);
    for (int64_t b = 0; b < x.blocks; b++)
        for (int64_t j = 0; j < h->layer.outputs; j++) {
            const hol_rng_words r =
                hol_rng_draw(draw->key, (uint32_t)j, (uint32_t)(x.first_block + b), draw->step, UINT32_MAX);
            const int64_t at = b * x.stride + j;
            const uint64_t held = population->held ? population->held[at + h->first_unit] : 0;
            x.words[at] = hol_bits_hold((uint64_t)r.word[1] << 32 | r.word[0], x.words[at], held);
        }
}

/* Sweeps over the hidden units alone: what the visible ones contribute to their fields is summed once. */
static void sample_clamped(const boltzmann *self, hol_population *population, const hol_draw *draw) {
    const hol_states hidden = half_outputs(&self->hidden, population);
    hol_layer from_visible = self->hidden.layer;
    hol_layer from_hidden = hol_layer_holding(&self->hidden.layer, population->held, self->base.info.visible);
    const int32_t *base = NULL;
    hol_draw now = *draw;
    if (self->graph) {
        for (int64_t s = 0; s < self->positive_sweeps; s++, now.sweep++)
            hol_sparse_sample(&self->hidden.sparse, &population->states, population->held, &now);
        return;
    }
    from_hidden.inputs = self->base.info.hidden;
    if (self->weights) {
        from_visible.inputs = self->base.info.visible;
        from_hidden.weights += self->base.info.visible * from_hidden.stride;
        hol_layer_fields(&from_visible, &population->states, population->expected, population->scratch);
        base = population->expected;
    }
    for (int64_t s = 0; s < self->positive_sweeps; s++, now.sweep++)
        hol_scan_sample(&from_hidden, &hidden, 0, base, &now, population->scratch);
}

static void infer(const hol_model *model, hol_population *population, const hol_draw *draw, bool samples) {
    const boltzmann *self = as_boltzmann(model);
    if (!self->hidden_couplings) {
        sample_half(&self->hidden, population, draw, samples, population->levels);
        return;
    }
    if (!population->continues) randomize_hidden(&self->hidden, population, draw);
    sample_clamped(self, population, draw);
}

static void sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const boltzmann *self = as_boltzmann(model);
    hol_draw now = *draw;
    for (int64_t s = 0; s < sweeps; s++) {
        sample_half(&self->visible, population, &now, true, NULL);
        now.sweep++;
        /* only the last sweep's levels are wanted */
        sample_half(&self->hidden, population, &now, true, s + 1 == sweeps ? population->levels : NULL);
        now.sweep++;
    }
}

static void find_probabilities(const half *h, hol_population *population) {
    const hol_states inputs = half_inputs(h, population);
    hol_layer_probabilities(&h->layer, &inputs, population->expected, population->scratch);
}

static void expect(const hol_model *model, hol_population *population) {
    find_probabilities(&as_boltzmann(model)->hidden, population);
}

static void project(const hol_model *model, hol_population *population) {
    find_probabilities(&as_boltzmann(model)->visible, population);
}

/* ---- statistics -------------------------------------------------------------------------------------------------- */

/* hidden units by their levels */
static void accumulate_levels(const boltzmann *self, hol_population *population, int32_t *statistics) {
    const hol_states *x = &population->states;
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden,
                  stride = population->hidden_stride;
    hol_levels_clear_idle(x, population->count, population->levels, stride);
    if (self->biases)
        hol_levels_add(population->levels, x->blocks, stride, hidden,
                       (hol_sums){.wide = statistics + self->at_hidden_bias});
    if (self->weights)
        hol_levels_product(self->base.options.kernels, x, visible, population->levels, stride, hidden,
                           (hol_sums){.wide = statistics + self->at_weights}, population->scratch);
}

/* and by their states */
static void accumulate_sampled(const boltzmann *self, hol_population *population, int32_t *statistics) {
    const hol_states h = half_outputs(&self->hidden, population);
    const int64_t visible = self->base.info.visible, hidden = self->base.info.hidden;
    if (self->biases)
        hol_counts_units(&h, hidden, population->count, 1, (hol_sums){.wide = statistics + self->at_hidden_bias});
    if (self->weights)
        hol_pairs_add(self->base.options.kernels, &population->states, visible, &h, hidden, 1,
                      statistics + self->at_weights);
    hol_pairs_add_symmetric(self->base.options.kernels, &h, hidden, 1, statistics + self->at_hidden_couplings);
}

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    const boltzmann *self = as_boltzmann(model);
    hol_counts_clear_idle(&population->states, population->count);
    if (self->biases)
        hol_counts_units(&population->states, model->info.visible, population->count, model->info.unit,
                         (hol_sums){.wide = statistics + self->at_visible_bias});
    if (self->visible_couplings)
        hol_pairs_add_symmetric(model->options.kernels, &population->states, model->info.visible, model->info.unit,
                                statistics + self->at_visible_couplings);
    if (self->hidden_couplings) accumulate_sampled(self, population, statistics);
    else if (model->info.hidden > 0) accumulate_levels(self, population, statistics);
    hol_boltzmann_keep_sums(self, statistics);
}

/* With the couplings of all units as one symmetric matrix C and offsets m: dC = <(x - m)(x - m)'>, dbias = dx - dC
 * m. Units' biases come first in theta. */
static void center(const hol_model *model, int group, hol_range rows, const hol_centering *centering, float *gradient) {
    const boltzmann *self = as_boltzmann(model);
    const int64_t visible = model->info.visible, at = model->info.groups[group].offset, first = rows.first;
    const int64_t columns = model->info.groups[group].columns;
    const bool weights = at == self->at_weights, of_hidden = at == self->at_hidden_couplings;
    const int64_t row = first + (of_hidden ? visible : 0), column = weights || of_hidden ? visible : 0; /* as units */
    hol_center_rows(gradient + at + first * columns, rows.count, columns, centering->offsets + row,
                    centering->plain + row, centering->offsets + column, centering->plain + column,
                    weights ? -1 : first, self->kept ? self->kept + at + first * columns : NULL, gradient + row,
                    weights ? self->sums + first / hol_row_tile_rows(visible) * columns : NULL);
}

static void center_biases(const hol_model *model, float *gradient) {
    const boltzmann *self = as_boltzmann(model);
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    const hol_range h = hol_model_rows(model, hidden);
    if (self->weights)
        hol_center_columns(self->sums + h.first, hol_row_tile_count(visible), hidden, h.count,
                           gradient + visible + h.first);
}

static const int32_t example_edges[] = {0, 1, 0, 2, 1, 3, 2, 3};
static const hol_model_options example = {
    .kind = "boltzmann",
    .visible = 2,
    .hidden = 2,
    .temperature = 1,
    .structure_count = 1,
    .structures = {{.name = "edges", .rows = 4, .columns = 2, .values = example_edges}}};

const hol_model_ops hol_model_boltzmann = {
    .kind = "boltzmann",
    .summary = "has couplings among visible and among hidden units too, - v V v / 2 - h U h / 2",
    .keys = "model.hidden model.biases model.weights model.visible_couplings model.hidden_couplings "
            "model.positive_sweeps model.positive_persistent model.edges model.fields train.initial_weights",
    .centers = true,
    .example = &example,
    .create = create,
    .destroy = destroy,
    .initialize = initialize,
    .prepare = hol_boltzmann_prepare,
    .prepare_training = hol_boltzmann_prepare_training,
    .scratch_bytes = scratch_bytes,
    .infer = infer,
    .expect = expect,
    .sweep = sweep,
    .project = project,
    .accumulate = accumulate,
    .center = center,
    .center_biases = center_biases,
    .free_energy = hol_boltzmann_free_energy,
    .pseudo_likelihood = hol_boltzmann_pseudo_likelihood,
    .reconstruction = hol_boltzmann_reconstruction,
    .energy = hol_boltzmann_energy,
    .independent = hol_boltzmann_independent,
    .exact_free_energy = hol_boltzmann_exact_free_energy,
    .exact_units = hol_boltzmann_exact_units,
    .exact_chunk = hol_boltzmann_exact_chunk,
    .exact_means = hol_boltzmann_exact_means,
    .factors = hol_boltzmann_factors,
};
