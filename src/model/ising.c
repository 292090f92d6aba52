/* ising: spins on a lattice, or on any graph (Lenz 1920; Ising 1925).
 *
 *     E(s) = - sum_<ij> J_ij s_i s_j - sum_i h_i s_i          s = -1, 1 (signed) or 0, 1
 *     p(s_i = 1 | neighbours) = logistic(f (sum_j J_ij s_j + h_i) / tau)          f = 2 for signed spins, else 1
 *
 * theta = (h, J): fields, where there are any, and couplings in the order of the edges; or shared: one of each. A
 * unit's bit is 1 where its spin is up. T = (s, s s'). Of a shared field or coupling, T is the mean over units or
 * edges: the gradient is then that of ln p per unit and per edge, and what a learning rate means does not hang on the
 * size of the lattice.
 *
 * Contents: making, sampling, statistics. ising_tables.c: what sampling works on; ising_values.c: what a state is
 * worth; ising_exact.c: enumeration. */
#include "ising.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "num/threads.h"

/* what sums are in units of where couplings are shared: means over units and edges */
enum { MEAN_UNIT = 1 << 15 };

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void destroy(hol_model *model) {
    ising *self = (ising *)model;
    hol_graph_destroy(self->graph);
    hol_free(self->lattice);
    hol_free(self->initial);
    hol_free(self->initial_fields);
    hol_free(self->bias);
    hol_free(self->couplings);
    hol_free(self->rules);
    hol_free(self->lists);
    hol_free(self->neighbours);
    hol_free(self->colour_starts);
    hol_free(self->units);
    hol_free(self);
}

static hol_status make_lattice(ising *self, const hol_structure *lattice) {
    hol_status status = HOL_OK;
    if (lattice->rows != 2)
        HOL_TRY(hol_error(HOL_USAGE, "structure lattice: found %lld rows, expected 2", (long long)lattice->rows));
    self->dimensions = lattice->columns;
    HOL_TRY(HOL_ALLOCATE(self->lattice, HOL_PRODUCT(2, lattice->columns), "lattice"));
    memcpy(self->lattice, lattice->values, (size_t)(2 * lattice->columns) * sizeof *self->lattice);
    HOL_TRY(
        hol_graph_create_lattice(lattice->columns, lattice->values, lattice->values + lattice->columns, &self->graph));
cleanup:
    return status;
}

/* a lattice, or a list of edges */
static hol_status make_graph(ising *self, const hol_model_options *options) {
    const hol_structure *lattice = hol_model_find_structure(options, "lattice"),
                        *edges = hol_model_find_structure(options, "edges");
    if (lattice) return make_lattice(self, lattice);
    if (!edges || edges->columns != 2)
        return hol_error(HOL_USAGE, "model ising: found neither a lattice nor edges, expected one of the two");
    return hol_graph_create(options->visible, edges->rows, edges->values, &self->graph);
}

static void describe(ising *self) {
    const hol_graph *graph = self->graph;
    hol_model_info *info = &self->base.info;
    const int64_t fields = self->shared ? 1 : graph->units, couplings = self->shared ? 1 : graph->edges;
    *info = (hol_model_info){.visible = graph->units, .unit = self->shared ? MEAN_UNIT : 1};
    info->largest = info->unit;
    info->is_signed = self->signed_spins;
    if (self->fields)
        info->groups[info->group_count++] =
            (hol_parameter_group){.name = "field",
                                  .axes = {"1 or units"},
                                  .text = "h: the field, one for all units or each its own",
                                  .rows = 1,
                                  .columns = fields};
    self->at_couplings = info->parameters = self->fields ? fields : 0;
    info->groups[info->group_count++] =
        (hol_parameter_group){.name = "couplings",
                              .axes = {"1 or edges"},
                              .text = "J: the coupling, one for all edges or each its own",
                              .rows = 1,
                              .columns = couplings,
                              .offset = info->parameters,
                              .decays = true};
    info->parameters += couplings;
    info->structures[info->structure_count++] = (hol_structure){
        .name = "form",
        .rows = 1,
        .columns = 2,
        .values = self->form,
        .text = "1 where spins are -1 and 1, 0 where they are 0 and 1; 1 where all edges share one coupling, else 0"};
    if (self->lattice)
        info->structures[info->structure_count++] =
            (hol_structure){.name = "lattice",
                            .rows = 2,
                            .columns = self->dimensions,
                            .values = self->lattice,
                            .axes = {NULL, "dimensions"},
                            .text = "a lattice's lengths, and 1 where it is periodic, else 0"};
    /* of a lattice with couplings of its own, too: who is joined by the e-th of them */
    if (!self->lattice || !self->shared) info->structures[info->structure_count++] = hol_graph_get_edges(graph);
}

/* Sites and edges are of a lattice or from a file. */
static const char *check(const hol_model_options *options, bool is_new, const char **ret_key) {
    (void)is_new;
    *ret_key = "model.kind";
    const bool lattice = hol_model_get(options, "lattice", 0) > 0, edges = hol_model_get(options, "edges", 0) > 0;
    if (lattice && edges) return "found ising with both a lattice and edges, expected model.lattice or model.edges";
    if (lattice || edges) return NULL;
    return "found ising with neither a lattice nor edges, expected model.lattice or model.edges";
}

static hol_status check_sizes(const ising *self, const hol_model_options *options) {
    if (options->hidden != 0)
        return hol_error(HOL_USAGE, "model ising: found %lld hidden units, expected none", (long long)options->hidden);
    if (options->visible != 0 && options->visible != self->graph->units)
        return hol_error(HOL_USAGE,
                         "data.train: found %lld columns, expected %lld as model.lattice or model.edges has sites",
                         (long long)options->visible, (long long)self->graph->units);
    if (self->graph->edges == 0) return hol_error(HOL_USAGE, "model ising: found no edges, expected at least one");
    return HOL_OK;
}

static hol_status create(const hol_model_options *options, hol_model **ret_model) {
    hol_status status = HOL_OK;
    ising *self = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "model"));
    self->base.ops = &hol_model_ising;
    self->base.temperature = options->temperature;
    const hol_structure *form = hol_model_find_structure(options, "form");
    const bool known = form && form->rows == 1 && form->columns == 2;
    self->form[0] = self->signed_spins =
        known ? form->values[0] : hol_model_get(options, "spins", HOL_MODEL_SPINS_BINARY) == HOL_MODEL_SPINS_SIGNED;
    self->form[1] = self->shared =
        known ? form->values[1]
              : hol_model_get(options, "couplings", HOL_MODEL_COUPLINGS_PER_EDGE) == HOL_MODEL_COUPLINGS_SHARED;
    self->fields = !(options->without & HOL_MODEL_BIASES);
    self->coupling = hol_model_get(options, "coupling", 0);
    self->field = hol_model_get(options, "field", 0);
    HOL_TRY(make_graph(self, options));
    HOL_TRY(check_sizes(self, options));
    describe(self);
    HOL_TRY(hol_copy_floats(options->initial, self->graph->edges, "couplings", &self->initial));
    HOL_TRY(hol_copy_floats(options->initial_fields, self->graph->units, "fields", &self->initial_fields));
    HOL_TRY(hol_ising_make_tables(self, options->kernels));
    *ret_model = &self->base;
    return HOL_OK;
cleanup:
    if (self) destroy(&self->base);
    return status;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* the field of an uncoupled unit that is up with probability `mean` */
static float field_of_mean(const ising *self, double mean) {
    return hol_model_bias_of_mean(mean, self->base.temperature) * (self->signed_spins ? 0.5f : 1.0f);
}

static void set_fields(const ising *self, const double *visible_means, float *field) {
    const int64_t units = self->base.info.visible;
    double sum = 0;
    if (!self->fields) return;
    for (int64_t i = 0; !self->shared && i < units; i++) field[i] = field_of_mean(self, visible_means[i]);
    for (int64_t i = 0; self->shared && i < units; i++) sum += visible_means[i];
    if (self->shared) field[0] = field_of_mean(self, sum / (double)units);
}

/* There is no symmetry to break, so that couplings begin equal, and `spread` and seed play no part. */
static void initialize(const hol_model *model, const double *visible_means, double spread, uint64_t seed,
                       float *theta) {
    const ising *self = as_ising(model);
    (void)spread, (void)seed;
    for (int64_t i = 0; i < self->at_couplings; i++) theta[i] = (float)self->field;
    if (visible_means) set_fields(self, visible_means, theta);
    if (self->initial_fields && self->fields && !self->shared)
        memcpy(theta, self->initial_fields, (size_t)self->at_couplings * sizeof *theta);
    for (int64_t e = self->at_couplings; e < model->info.parameters; e++)
        theta[e] = self->initial && !self->shared ? self->initial[e - self->at_couplings] : (float)self->coupling;
}

static double independent(const hol_model *model, const double *visible_means, float *theta) {
    const ising *self = as_ising(model);
    const int64_t units = model->info.visible;
    double log_partition = 0;
    for (int64_t k = 0; k < model->info.parameters; k++) theta[k] = 0;
    if (visible_means) set_fields(self, visible_means, theta);
    for (int64_t i = 0; i < units; i++) {
        const double h = self->fields ? (double)theta[self->shared ? 0 : i] / model->temperature : 0;
        log_partition += self->signed_spins ? hol_softplus(2 * h) - h : hol_softplus(h);
    }
    return log_partition;
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

static void sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const ising *self = as_ising(model);
    hol_draw now = *draw;
    for (int64_t s = 0; s < sweeps; s++, now.sweep += 2)
        if (self->multi_spin) hol_spins_sample(&self->spins, &population->states, population->held, &now);
        else hol_sparse_sample(&self->sparse, &population->states, population->held, &now);
}

/* ---- statistics -------------------------------------------------------------------------------------------------- */

/* The sum of s over the lanes of mask in which bit `on` says so, and that of s s'. */
static inline int64_t sum_spins(bool is_signed, uint64_t on, uint64_t mask) {
    const int64_t up = __builtin_popcountll(on & mask);
    return is_signed ? 2 * up - __builtin_popcountll(mask) : up;
}
static inline int64_t sum_pairs(bool is_signed, uint64_t a, uint64_t b, uint64_t mask) {
    return sum_spins(is_signed, is_signed ? ~(a ^ b) : a & b, mask);
}

static void accumulate_each(const ising *self, const hol_population *population, int32_t *statistics) {
    const hol_states *x = &population->states;
    const hol_graph *graph = self->graph;
    int32_t *pairs = statistics + self->at_couplings;
#pragma omp parallel default(none)                                                                                     \
    shared(self, population, statistics, x, graph, pairs) if (hol_worth_threads(graph->edges * x->blocks, 8))
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < self->at_couplings; i++)
            for (int64_t b = 0; b < x->blocks; b++) {
                const uint64_t mask = hol_bits_lane_mask(population->count, x->first_block + b);
                const int64_t sum = sum_spins(self->signed_spins, x->words[b * x->stride + i], mask);
                statistics[i] += (int32_t)sum;
            }
#pragma omp for schedule(static)
        for (int64_t e = 0; e < graph->edges; e++)
            for (int64_t b = 0; b < x->blocks; b++) {
                const uint64_t mask = hol_bits_lane_mask(population->count, x->first_block + b);
                const uint64_t *words = x->words + b * x->stride;
                const int64_t sum =
                    sum_pairs(self->signed_spins, words[graph->ends[2 * e]], words[graph->ends[2 * e + 1]], mask);
                pairs[e] += (int32_t)sum;
            }
    }
}

/* sum / count in units of 1 / MEAN_UNIT, to the nearest */
static int32_t mean_of(int64_t sum, int64_t count) {
    const int64_t doubled = 2 * sum * MEAN_UNIT;
    return (int32_t)((doubled + (sum < 0 ? -count : count)) / (2 * count));
}

/* Rounded once per block: whose blocks these are changes nothing. */
static void accumulate_shared(const ising *self, const hol_population *population, int32_t *statistics) {
    const hol_states *x = &population->states;
    const hol_graph *graph = self->graph;
    int32_t field = 0, coupling = 0;
#pragma omp parallel for default(none) shared(self, population, x, graph) reduction(+ : field, coupling)
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint64_t mask = hol_bits_lane_mask(population->count, x->first_block + b);
        const uint64_t *words = x->words + b * x->stride;
        int64_t spins = 0, pairs = 0;
        for (int64_t i = 0; i < graph->units; i++) spins += sum_spins(self->signed_spins, words[i], mask);
        for (int64_t e = 0; e < graph->edges; e++)
            pairs += sum_pairs(self->signed_spins, words[graph->ends[2 * e]], words[graph->ends[2 * e + 1]], mask);
        field += mean_of(spins, graph->units);
        coupling += mean_of(pairs, graph->edges);
    }
    if (self->fields) statistics[0] += field;
    statistics[self->at_couplings] += coupling;
}

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    const ising *self = as_ising(model);
    if (self->shared) accumulate_shared(self, population, statistics);
    else accumulate_each(self, population, statistics);
}

static const int32_t example_lattice[] = {3, 1};
static const hol_model_options example = {
    .kind = "ising",
    .visible = 3,
    .temperature = 1,
    .structure_count = 1,
    .structures = {{.name = "lattice", .rows = 2, .columns = 1, .values = example_lattice}}};

const hol_model_ops hol_model_ising = {
    .kind = "ising",
    .summary = "has spins on a lattice or graph, - sum J s s' over its edges - sum h s",
    .keys = "model.biases model.lattice model.periodic model.edges model.fields model.spins model.couplings "
            "model.coupling model.field",
    .self_contained = true,
    .check = check,
    .example = &example,
    .create = create,
    .destroy = destroy,
    .initialize = initialize,
    .prepare = hol_ising_prepare,
    .infer = hol_infer_nothing,
    .sweep = sweep,
    .accumulate = accumulate,
    .free_energy = hol_ising_energy,
    .pseudo_likelihood = hol_ising_pseudo_likelihood,
    .reconstruction = hol_ising_reconstruction,
    .energy = hol_ising_energy,
    .independent = independent,
    .exact_free_energy = hol_ising_exact_free_energy,
    .exact_units = hol_ising_exact_units,
    .exact_chunk = hol_ising_exact_chunk,
    .factors = hol_ising_factors,
};
