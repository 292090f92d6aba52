/* network: first parameters and sampling, and all that a network is put together from. network_parts.c: its layers and
 * blocks; network_tables.c: what sampling goes by; network_spins.c: many chains of equal couplings at once;
 * network_sites.c: categorical units; network_pairs.c: those that are coupled among themselves;
 * network_statistics.c: T and centring; network_values.c: what a state is worth; network_exact.c: enumeration. */
#include "network.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/elementary.h"
#include "num/scan.h"

/* what a layer needs is enough for a scan of it */
static int64_t scratch_bytes(const hol_model *model, int64_t blocks) {
    const network *self = as_network(model);
    const int64_t visible = model->info.visible;
    const hol_sites *sites = self->layers[0].sites;
    int64_t most = hol_layer_scratch_bytes_with(visible, sites ? sites->count : 0, blocks),
            levels = hol_levels_scratch_bytes(visible, blocks);
    if (levels > most) most = levels;
    for (int l = 0; l < self->layer_count; l++) {
        const int64_t bytes = hol_layer_scratch_bytes(self->layers[l].table.inputs, blocks);
        if (bytes > most) most = bytes;
        const int64_t pairs = self->layers[l].pairs ? hol_network_pairs_bytes(&self->layers[l], blocks) : 0;
        if (pairs > most) most = pairs;
    }
    return most;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* The bias of a layer's uncoupled unit that is on with probability `mean`. */
static float bias_of_mean(const network *self, const layer *l, double mean) {
    return hol_model_bias_of_mean(mean, self->base.temperature) / (float)step_of(l);
}

/* Of visible units whose means are given; a shared one by the mean of all. */
static void set_biases(const network *self, const double *visible_means, float *theta) {
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++) {
        float *bias = theta + l->bias.offset;
        const double *means = visible_means + l->first;
        double sum = 0;
        if (!l->has_bias || l->hidden) continue;
        for (int64_t i = 0; i < l->units; i++) sum += means[i];
        if (l->shares_bias) bias[0] = bias_of_mean(self, l, sum / (double)l->units);
        else
            for (int64_t i = 0; i < l->units; i++) bias[i] = bias_of_mean(self, l, means[i]);
        hol_network_set_site_biases(self, l, means, bias);
    }
}

/* What files say of units and of edges; couplings that are not the graph's become 0. */
static void set_given(const network *self, float *theta) {
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (self->initial_fields && l->has_bias && !l->shares_bias)
            memcpy(theta + l->bias.offset, self->initial_fields + l->first, (size_t)l->units * sizeof *theta);
    for (int64_t k = 0; self->kept && k < self->base.info.parameters; k++)
        if (!self->kept[k]) theta[k] = 0;
    for (int64_t e = 0; self->initial && e < self->graph->edges; e++) {
        int64_t mirror = 0;
        theta[hol_network_place(self, e, &mirror)] = self->initial[e];
        theta[mirror] = self->initial[e];
    }
}

static float draw_coupling(hol_rng_key key, int64_t i, int64_t j, uint32_t number, double spread) {
    return (float)(spread * hol_normal_quantile(hol_rng_uniform(key, (uint32_t)j, (uint32_t)i, number, 0)));
}

static void draw_couplings(const block *b, hol_rng_key key, double spread, float *couplings) {
    const int64_t columns = b->columns->units;
    for (int64_t i = 0; i < b->rows->units; i++)
        for (int64_t j = 0; j < (b->rows == b->columns ? i : columns); j++) {
            couplings[i * columns + j] = draw_coupling(key, i, j, b->number, spread);
            if (b->rows == b->columns) couplings[j * columns + i] = couplings[i * columns + j];
        }
    for (int64_t i = 0; b->rows == b->columns && i < columns; i++) couplings[i * columns + i] = 0;
}

/* Of states on lists, which hidden ones among them would else all be alike. */
static void draw_listed(const network *self, const block *b, hol_rng_key key, double spread, float *theta) {
    for (int64_t e = b->first_edge; e < b->first_edge + b->edges; e++) {
        int64_t mirror = 0;
        const int64_t at = hol_network_place(self, e, &mirror);
        theta[at] = theta[mirror] = draw_coupling(key, (at < mirror ? at : mirror) - b->at, 0, b->number, spread);
    }
}

/* On lists there is no symmetry to break, so that couplings begin equal, but for those of hidden states. */
static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    const network *self = as_network(model);
    const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_INITIAL_WEIGHTS);
    for (int64_t k = 0; k < model->info.parameters; k++) theta[k] = (float)self->bias;
    for (const block *b = self->blocks; b < self->blocks + self->block_count; b++) {
        if (b->form == DENSE) draw_couplings(b, key, spread, theta + b->at);
        else
            for (int64_t e = 0; e < hol_network_listed(b); e++) theta[b->at + e] = (float)self->coupling;
        if (b->form != DENSE && b->columns->hidden && (b->rows->sites || b->columns->sites))
            draw_listed(self, b, key, spread, theta);
    }
    if (visible_means) set_biases(self, visible_means, theta);
    set_given(self, theta);
}

/* ln of the sum over a variable's states, with its biases alone */
static double sum_alone(const network *self, const layer *l, const float *theta, const hol_variable *v) {
    double fields[HOL_SITE_STATES_MAX];
    for (int64_t s = 0; s < v->units; s++)
        fields[s] = hol_network_bias(l, theta, v->first - l->first + s) / self->base.temperature;
    return v->is_site ? hol_sites_sum_states(fields, v->states)
                      : hol_softplus(step_of(l) * fields[0]) - l->spin * fields[0];
}

/* hidden units, and without biases all units, are fair */
static double independent(const hol_model *model, const double *visible_means, float *theta) {
    const network *self = as_network(model);
    double sum = 0;
    int64_t bits = 0;
    memset(theta, 0, (size_t)model->info.parameters * sizeof *theta);
    if (visible_means) set_biases(self, visible_means, theta);
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->hidden && !l->sites) bits += l->units;
    sum = (double)bits * hol_softplus(0);
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        for (int64_t i = 0; (!l->hidden || l->sites) && i < l->units;) {
            const hol_variable v = hol_network_variable(l, i);
            sum += sum_alone(self, l, theta, &v);
            i += v.units;
        }
    return sum;
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* The random numbers of the k-th layer of a sweep, which has two numbers: later layers have keys of their own. */
static hol_draw draw_of(const hol_draw *draw, int64_t k) {
    hol_draw own = *draw;
    own.key.word[0] ^= (uint32_t)(k / 2);
    own.sweep += (uint32_t)(k % 2);
    return own;
}

/* Each unit of the layer from its conditional, unless only levels are wanted; those only of independent units. */
static void sample_layer(const network *self, const layer *l, hol_population *population, const hol_draw *draw,
                         bool samples, uint8_t *levels) {
    const hol_states inputs = layer_inputs(l, population), outputs = layer_outputs(l, population);
    hol_layer table = hol_layer_holding(&l->table, population->held, l->first);
    table.site_fields = population->expected;
    if (self->multi_spin) hol_spins_sample(&self->lists, &population->states, population->held, draw);
    else if (l->pairs) hol_network_sweep_pairs(self, l, population, draw, 1);
    else if (l->by_colours) hol_sparse_sample(&l->sparse, &population->states, population->held, draw);
    else if (l->coupled) hol_scan_sample(&table, &inputs, l->first - l->first_input, NULL, draw, population->scratch);
    else hol_layer_sample(&table, &inputs, draw, samples ? &outputs : NULL, levels, population->scratch);
}

static void randomize(const hol_model *model, hol_population *population, hol_rng_key key) {
    hol_network_randomize(as_network(model), population, &(hol_draw){.key = key}, false);
}

/* fair states under a sweep's number that no sweep reaches */
static void randomize_hidden(const network *self, hol_population *population, const hol_draw *draw) {
    const hol_draw own = {.key = draw->key, .step = draw->step, .sweep = UINT32_MAX};
    hol_network_randomize(self, population, &own, true);
}

/* Sweeps over one layer that is coupled among itself alone: what others contribute to its fields is summed once. */
static void scan_hidden(const network *self, const layer *l, hol_population *population, const hol_draw *draw) {
    const hol_states own = layer_outputs(l, population), inputs = layer_inputs(l, population);
    hol_layer others = l->table, among = hol_layer_holding(&l->table, population->held, l->first);
    hol_draw now = *draw;
    others.inputs = l->first - l->first_input;
    among.inputs = l->units;
    among.weights += others.inputs * among.stride;
    hol_layer_fields(&others, &inputs, population->expected, population->scratch);
    for (int64_t s = 0; s < self->positive_sweeps; s++, now.sweep++)
        hol_scan_sample(&among, &own, 0, population->expected, &now, population->scratch);
}

static void infer(const hol_model *model, hol_population *population, const hol_draw *draw, bool samples) {
    const network *self = as_network(model);
    const layer *first = self->layers, *end = first + self->layer_count;
    hol_draw now = *draw;
    while (first < end && !first->hidden) first++;
    if (self->hidden_coupled && !population->continues) randomize_hidden(self, population, draw);
    if (end - first == 1 && first->coupled && !first->by_colours) {
        if (first->pairs) hol_network_sweep_pairs(self, first, population, draw, self->positive_sweeps);
        else scan_hidden(self, first, population, draw);
        return;
    }
    for (int64_t s = 0; s < (self->hidden_coupled ? self->positive_sweeps : 1); s++) {
        for (const layer *l = first; l < end; l++) {
            const hol_draw own = draw_of(&now, l - first);
            sample_layer(self, l, population, &own, samples || model->info.infer_draws, population->levels);
        }
        now.sweep += end - first > 1 ? 2 : 1;
    }
}

static void expect(const hol_model *model, hol_population *population) {
    const network *self = as_network(model);
    const layer *l = &self->layers[self->layer_count - 1];
    const hol_states inputs = layer_inputs(l, population);
    hol_layer_probabilities(&l->table, &inputs, population->expected, population->scratch);
}

/* Of one visible layer of several, a block at a time: its probabilities lie among those of all. */
static void project_layer(const network *self, const layer *l, hol_population *population) {
    const int64_t width = hol_round_up(self->base.info.visible, HOL_STRIP);
    hol_states inputs = layer_inputs(l, population);
    int32_t *to = population->expected + l->first;
    const int64_t blocks = inputs.blocks;
    inputs.blocks = 1;
    for (int64_t b = 0; b < blocks; b++, inputs.words += inputs.stride) {
        hol_layer_probabilities(&l->table, &inputs, self->projected, population->scratch);
        for (int64_t lane = 0; lane < HOL_LANES; lane++)
            memcpy(to + (b * HOL_LANES + lane) * width, self->projected + lane * l->table.stride,
                   (size_t)l->units * sizeof *to);
    }
}

static void project(const hol_model *model, hol_population *population) {
    const network *self = as_network(model);
    const layer *l = self->layers;
    const hol_states inputs = layer_inputs(l, population);
    if (!self->projected) hol_layer_probabilities(&l->table, &inputs, population->expected, population->scratch);
    else
        for (; l < self->layers + self->layer_count && !l->hidden; l++) project_layer(self, l, population);
}

/* Only the last sweep's levels are wanted. */
static void sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const network *self = as_network(model);
    hol_draw now = *draw;
    for (int64_t s = 0; s < sweeps; s++, now.sweep += 2)
        for (int l = 0; l < self->layer_count; l++) {
            const hol_draw own = draw_of(&now, l);
            const bool levels = self->layers[l].hidden && s + 1 == sweeps;
            sample_layer(self, &self->layers[l], population, &own, true, levels ? population->levels : NULL);
        }
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void add_operations(network *self) {
    const hol_model_info *info = &self->base.info;
    hol_model_ops *ops = &self->ops;
    ops->initialize = initialize;
    ops->independent = independent;
    ops->infer = infer;
    ops->sweep = sweep;
    if (info->hidden > 0 && !info->infer_draws) ops->expect = expect;
    if (!self->listed || self->sites) ops->scratch_bytes = scratch_bytes;
    if (!self->listed) ops->project = project;
    for (const layer *l = self->layers; l < self->layers + self->layer_count; l++)
        if (l->sites) ops->randomize = randomize; /* fair bits are none of its states */
}

hol_status hol_network_finish(network *self, const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    const hol_model_info *info = &self->base.info;
    const int64_t units = info->visible + info->hidden;
    hol_network_describe(self);
    if (info->parameters == 0)
        HOL_TRY(hol_error(HOL_USAGE, "model %s: found biases and all couplings off, expected one of them on",
                          self->ops.kind));
    self->positive_sweeps = (int64_t)hol_model_get(options, "positive_sweeps", HOL_MODEL_POSITIVE_SWEEPS);
    self->bias = hol_model_get(options, "field", 0);
    self->coupling = hol_model_get(options, "coupling", 0);
    self->base.team = options->team;
    self->team = self->graph || self->spins ? NULL : options->team;
    add_operations(self);
    HOL_TRY(hol_copy_floats(options->initial, self->graph ? self->graph->edges : 0, "couplings", &self->initial));
    HOL_TRY(hol_copy_floats(options->initial_fields, units, "biases", &self->initial_fields));
    HOL_TRY(hol_network_add_values(self));
    hol_network_add_exact(self);
    HOL_TRY(hol_network_list_variables(self));
    HOL_TRY(hol_network_add_tables(self, options));
    HOL_TRY(hol_network_add_statistics(self));
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    hol_network_destroy(&self->base);
    return status;
}
