/* mrf_pairs: fields whose cliques have one or two variables each, Potts models above all, sampled and counted by
 * num/pairwise. Variables are drawn in their order. */
#include <string.h>

#include "base/alloc.h"
#include "mrf.h"
#include "num/elementary.h"
#include "num/pairwise.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The other variable of clique q; v where it has none. */
static int32_t other_of(const mrf *self, int64_t q, int32_t v) {
    const int32_t *scope = self->scopes + self->scope_starts[q];
    return scope_size(self, q) == 1 ? v : scope[0] == v ? scope[1] : scope[0];
}

/* Whether no clique has more than two variables, no two have the same, and some conditional has too many entries for a
 * table; seen is (variables), zeros. */
static bool is_of_pairs(const mrf *self, int32_t *seen) {
    bool large = false;
    for (int64_t q = 0; q < self->cliques; q++)
        if (scope_size(self, q) < 1 || scope_size(self, q) > 2) return false;
    for (int32_t v = 0; v < self->variables; v++) {
        int64_t entries = self->cardinalities[v];
        for (int64_t i = self->incidence_starts[v]; i < self->incidence_starts[v + 1]; i++) {
            const int32_t other = other_of(self, self->incidences[i].clique, v);
            if (seen[other] == v + 1) return false;
            seen[other] = v + 1;
            if (other != v && entries <= HOL_MRF_ENTRIES_MAX) entries *= self->cardinalities[other];
        }
        large = large || entries > HOL_MRF_ENTRIES_MAX;
    }
    return large;
}

static void describe(const mrf *self, int32_t *ends, int64_t *couplings, int64_t *fields, hol_pairwise_graph *graph) {
    int64_t pairs = 0;
    for (int64_t v = 0; v < self->variables; v++) fields[v] = -1;
    for (int64_t q = 0; q < self->cliques; q++) {
        const int32_t *scope = self->scopes + self->scope_starts[q];
        if (scope_size(self, q) == 1) fields[scope[0]] = self->table_starts[q];
        if (scope_size(self, q) != 2) continue;
        memcpy(ends + 2 * pairs, scope, 2 * sizeof *ends);
        couplings[pairs++] = self->table_starts[q];
    }
    *graph = (hol_pairwise_graph){.sites = self->variables,
                                  .pairs = pairs,
                                  .parameters = self->table_starts[self->cliques],
                                  .states = self->cardinalities,
                                  .ends = ends,
                                  .couplings = couplings,
                                  .fields = fields};
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static hol_status prepare(hol_model *model, const float *theta) {
    return hol_pairwise_prepare(as_mrf(model)->pairs, theta, model->temperature);
}

static hol_status prepare_training(hol_model *model, const float *theta) {
    return hol_pairwise_prepare_training(as_mrf(model)->pairs, theta, model->temperature);
}

/* unpacked states, then what num/pairwise needs */
static int64_t scratch_bytes(const hol_model *model, int64_t blocks) {
    const mrf *self = as_mrf(model);
    return blocks * unpacked_bytes(self) + hol_pairwise_scratch_bytes(self->pairs, blocks);
}

static void *rest_of(const mrf *self, const hol_population *population) {
    return (uint8_t *)population->scratch + population->states.blocks * unpacked_bytes(self);
}

static hol_pairwise_states unpack(const mrf *self, const hol_population *population) {
    const hol_states *x = &population->states;
    uint8_t *states = population->scratch;
#pragma omp parallel for default(none) shared(self, x, states)
    for (int64_t b = 0; b < x->blocks; b++)
        hol_mrf_unpack(self, x->words + b * x->stride, states + b * unpacked_bytes(self));
    return (hol_pairwise_states){.states = states, .blocks = x->blocks, .first_block = x->first_block};
}

static void sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const mrf *self = as_mrf(model);
    const hol_states *x = &population->states;
    hol_pairwise_states states = unpack(self, population);
    states.held = population->held;
    states.held_places = self->first_units;
    states.held_stride = x->stride;
    hol_pairwise_sweep(self->pairs, &states, draw, sweeps, rest_of(self, population));
#pragma omp parallel for default(none) shared(self, x, states)
    for (int64_t b = 0; b < x->blocks; b++)
        hol_mrf_pack(self, states.states + b * unpacked_bytes(self), x->words + b * x->stride);
}

static void count(const hol_model *model, const hol_population *population, int64_t first, int64_t end,
                  hol_sums counts) {
    const mrf *self = as_mrf(model);
    const hol_pairwise_states states = unpack(self, population);
    hol_pairwise_count(self->pairs, &states, population->count, first, end, counts, rest_of(self, population));
}

static void accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    count(model, population, 0, model->info.parameters, (hol_sums){.wide = statistics});
}

static void accumulate_part(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                            int32_t *statistics) {
    count(model, population, first, end, (hol_sums){.wide = statistics});
}

static void accumulate_narrow(const hol_model *model, hol_population *population, int64_t first, int64_t end,
                              int16_t *statistics) {
    count(model, population, first, end, (hol_sums){.narrow = statistics});
}

static void energy(const hol_model *model, hol_population *population, double *values) {
    const mrf *self = as_mrf(model);
    const hol_pairwise_states states = unpack(self, population);
#pragma omp parallel for default(none) shared(self, states, values)
    for (int64_t b = 0; b < states.blocks; b++)
        hol_pairwise_energies(self->pairs, states.states + b * unpacked_bytes(self), values + b * HOL_LANES);
}

/* ---- values of all conditionals, from fields of up to 24 bits ---------------------------------------------------- */

typedef struct valuation {
    const mrf *self;
    hol_pairwise_states states;
    double *values;    /* per lane */
    int32_t *expected; /* (lanes, stride) */
    int64_t stride;
} valuation;

static void visit_all(const hol_model *model, hol_population *population, hol_pairwise_visitor *visit, valuation *v) {
    v->self = as_mrf(model);
    v->states = unpack(v->self, population);
    const int64_t lanes = population->states.blocks * HOL_LANES;
    for (int64_t r = 0; v->values && r < lanes; r++) v->values[r] = 0;
    hol_pairwise_visit(v->self->pairs, &v->states, visit, v, rest_of(v->self, population));
    for (int64_t r = 0; v->values && r < lanes; r++) v->values[r] /= (double)v->self->variables;
}

static uint8_t state_of(const valuation *v, int64_t site, int64_t block, int lane) {
    return v->states.states[(block * v->self->variables + site) * HOL_LANES + lane];
}

/* fields of one lane, 64 apart, to p(state | all others); returns the logarithm of the sum of their exponentials */
static double softmax(const double *fields, int64_t states, double *p) {
    double largest = fields[0], total = 0;
    for (int64_t s = 1; s < states; s++) largest = fmax(largest, fields[s * HOL_LANES]);
    for (int64_t s = 0; s < states; s++) total += p[s] = hol_exp(fields[s * HOL_LANES] - largest);
    for (int64_t s = 0; s < states; s++) p[s] /= total;
    return largest + hol_ln(total);
}

static void add_log_conditionals(void *context, int64_t site, int64_t block, const double *fields) {
    valuation *v = context;
    double p[HOL_STATES_MAX];
    for (int l = 0; l < HOL_LANES; l++)
        v->values[block * HOL_LANES + l] +=
            fields[state_of(v, site, block, l) * HOL_LANES + l] - softmax(fields + l, v->self->cardinalities[site], p);
}

static void pseudo_likelihood_all(const hol_model *model, hol_population *population, double *values) {
    valuation v = {.values = values};
    visit_all(model, population, add_log_conditionals, &v);
}

/* (1/2) sum_s ([x = s] - p(s | all others))^2 */
static void add_errors(void *context, int64_t site, int64_t block, const double *fields) {
    valuation *v = context;
    double p[HOL_STATES_MAX];
    for (int l = 0; l < HOL_LANES; l++) {
        (void)softmax(fields + l, v->self->cardinalities[site], p);
        p[state_of(v, site, block, l)] -= 1;
        for (int64_t s = 0; s < v->self->cardinalities[site]; s++)
            v->values[block * HOL_LANES + l] += 0.5 * p[s] * p[s];
    }
}

static void reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    (void)key;
    valuation v = {.values = values};
    visit_all(model, population, add_errors, &v);
}

/* p(unit on | all others): of a binary digit, the sum over the states that have it */
static void set_expected(void *context, int64_t site, int64_t block, const double *fields) {
    valuation *v = context;
    const int64_t first = v->self->first_units[site];
    double p[HOL_STATES_MAX];
    for (int l = 0; l < HOL_LANES; l++) {
        (void)softmax(fields + l, v->self->cardinalities[site], p);
        for (int64_t u = first; u < v->self->first_units[site + 1]; u++) {
            double sum = 0;
            for (int64_t s = 0; s < v->self->cardinalities[site]; s++)
                if (s >> (u - first) & 1) sum += p[s];
            v->expected[(block * HOL_LANES + l) * v->stride + u] = (int32_t)(sum * (1 << HOL_PROBABILITY_BITS) + 0.5);
        }
    }
}

static void project(const hol_model *model, hol_population *population) {
    valuation v = {.expected = population->expected, .stride = hol_round_up(model->info.visible, HOL_STRIP)};
    visit_all(model, population, set_expected, &v);
}

hol_status hol_mrf_pairs_create(mrf *self) {
    hol_status status = HOL_OK;
    hol_pairwise_graph graph;
    int32_t *seen = NULL, *ends = NULL;
    int64_t *couplings = NULL, *fields = NULL;
    HOL_TRY(HOL_ALLOCATE(seen, self->variables, "variables"));
    if (self->zeros || !is_of_pairs(self, seen)) goto cleanup;
    HOL_TRY(HOL_ALLOCATE(ends, HOL_PRODUCT(2, self->cliques), "cliques"));
    HOL_TRY(HOL_ALLOCATE(couplings, self->cliques, "cliques"));
    HOL_TRY(HOL_ALLOCATE(fields, self->variables, "variables"));
    describe(self, ends, couplings, fields, &graph);
    HOL_TRY(hol_pairwise_create(&graph, self->kernels, self->base.team, &self->pairs));
    self->ops.prepare = prepare;
    self->ops.prepare_training = prepare_training;
    self->ops.scratch_bytes = scratch_bytes;
    self->ops.sweep = sweep;
    self->ops.accumulate = accumulate;
    self->ops.accumulate_part = accumulate_part;
    self->ops.accumulate_narrow = accumulate_narrow;
    self->ops.energy = self->ops.free_energy = energy;
    self->ops.pseudo_likelihood_all = pseudo_likelihood_all;
    self->ops.reconstruction = reconstruction;
    self->ops.project = project;
cleanup:
    hol_free(seen);
    hol_free(ends);
    hol_free(couplings);
    hol_free(fields);
    return status;
}
