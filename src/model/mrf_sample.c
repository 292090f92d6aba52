/* mrf_sample: chromatic Gibbs sweeps and counts.
 *
 * A variable's new state is the number of thresholds that a random number of 32 bits reaches: threshold s is the
 * probability of the states 0 .. s in units of 2^-32, rounded down, so that a state of probability 0 is never taken.
 * Where the neighbours have few states together the thresholds stand in a table, otherwise each lane's are computed: by
 * the same operations, so that what is tabulated changes the time, never the result. */
#include <string.h>

#include "mrf.h"
#include "num/clones.h"
#include "num/counts.h"
#include "num/elementary.h"

enum { NEIGHBOURS_MAX = 12 }; /* of a tabulated variable: each has two states or more */
_Static_assert(1 << NEIGHBOURS_MAX >= HOL_MRF_ENTRIES_MAX, "a tabulated variable can have more neighbours");

#define KEEP UINT64_MAX /* the first threshold where all states are forbidden: the variable stays as it is */

/* logits (states) to thresholds (states) */
static void make_thresholds(const double *logits, int64_t states, uint64_t *thresholds) {
    double largest = -(double)INFINITY, total = 0, sum = 0, weights[HOL_STATES_MAX];
    for (int64_t s = 0; s < states; s++) largest = logits[s] > largest ? logits[s] : largest;
    if (largest == -(double)INFINITY) {
        for (int64_t s = 0; s < states; s++) thresholds[s] = KEEP;
        return;
    }
    for (int64_t s = 0; s < states; s++) total += weights[s] = hol_exp(logits[s] - largest);
    for (int64_t s = 0; s < states; s++) {
        sum += weights[s];
        thresholds[s] = (uint64_t)(sum / total * 0x1p32);
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* Adds a clique's entries to the logits (configurations, states) of variable v: the configurations of its neighbours
 * one after the other, as mrf.weights numbers them. */
static void add_clique(const mrf *self, int64_t v, const incidence *in, double *logits) {
    const conditional *c = &self->conditionals[v];
    const int32_t *neighbours = self->neighbours + self->neighbour_starts[v];
    const int64_t count = self->neighbour_starts[v + 1] - self->neighbour_starts[v];
    int64_t strides[NEIGHBOURS_MAX] = {0}, digits[NEIGHBOURS_MAX] = {0}, entry = self->table_starts[in->clique];
    for (int64_t i = self->scope_starts[in->clique]; i < self->scope_starts[in->clique + 1]; i++)
        for (int64_t k = 0; k < count; k++)
            if (neighbours[k] == self->scopes[i]) strides[k] = self->strides[i];
    for (int64_t n = 0; n < c->configurations; n++) {
        for (int64_t s = 0; s < self->cardinalities[v]; s++)
            logits[n * self->cardinalities[v] + s] += self->tables[entry + s * in->stride];
        for (int64_t k = 0; k < count; k++) {
            entry += strides[k];
            if (++digits[k] < self->cardinalities[neighbours[k]]) break;
            entry -= digits[k] * strides[k];
            digits[k] = 0;
        }
    }
}

static void tabulate_one(const mrf *self, int64_t v) {
    const conditional *c = &self->conditionals[v];
    const int64_t states = self->cardinalities[v];
    double logits[HOL_MRF_ENTRIES_MAX];
    for (int64_t i = 0; i < c->configurations * states; i++) logits[i] = 0;
    for (int64_t i = self->incidence_starts[v]; i < self->incidence_starts[v + 1]; i++)
        add_clique(self, v, &self->incidences[i], logits);
    for (int64_t n = 0; n < c->configurations; n++)
        make_thresholds(logits + n * states, states, self->thresholds + c->thresholds + n * states);
}

void hol_mrf_tabulate(mrf *self) {
#pragma omp parallel for schedule(dynamic, 8) default(none) shared(self) if (self->variables > 32)
    for (int64_t v = 0; v < self->variables; v++)
        if (self->conditionals[v].thresholds >= 0) tabulate_one(self, v);
}

/* ---- sweeps ------------------------------------------------------------------------------------------------------ */

/* numbers[l] += states[l] * weight */
HOL_CLONES static void add_weighted(const uint8_t *states, int32_t weight, int32_t *numbers) {
    for (int l = 0; l < HOL_LANES; l++) numbers[l] += states[l] * weight;
}

/* The number for (variable, chain) is word chain % 4 of Philox(key; variable, chain / 4, step, sweep). */
static void draw_numbers(const hol_draw *draw, uint32_t sweep, int64_t v, int64_t block, uint32_t numbers[HOL_LANES]) {
    for (int l = 0; l < HOL_LANES; l += 4) {
        const uint32_t quad = (uint32_t)(block * (HOL_LANES / 4) + l / 4);
        const hol_rng_words r = hol_rng_draw(draw->key, (uint32_t)v, quad, draw->step, sweep);
        memcpy(numbers + l, r.word, sizeof r.word);
    }
}

static uint8_t choose(const uint64_t *thresholds, int64_t states, uint32_t number, uint8_t now) {
    if (thresholds[0] == KEEP) return now;
    uint8_t state = 0;
    for (int64_t s = 0; s + 1 < states; s++) state = (uint8_t)(state + (number >= thresholds[s]));
    return state;
}

static void draw_tabulated(const mrf *self, int64_t v, const uint32_t *numbers, uint8_t *states) {
    const conditional *c = &self->conditionals[v];
    const int64_t count = self->cardinalities[v];
    const uint64_t *table = self->thresholds + c->thresholds;
    int32_t rows[HOL_LANES] = {0};
    uint8_t *own = states + v * HOL_LANES;
    for (int64_t k = self->neighbour_starts[v]; k < self->neighbour_starts[v + 1]; k++)
        add_weighted(states + self->neighbours[k] * HOL_LANES, (int32_t)self->weights[k], rows);
    for (int l = 0; l < HOL_LANES; l++) own[l] = choose(table + rows[l] * count, count, numbers[l], own[l]);
}

static void draw_computed(const mrf *self, int64_t v, const uint32_t *numbers, uint8_t *states) {
    const int64_t count = self->cardinalities[v];
    double logits[HOL_STATES_MAX];
    uint64_t thresholds[HOL_STATES_MAX];
    uint8_t *own = states + v * HOL_LANES;
    for (int l = 0; l < HOL_LANES; l++) {
        hol_mrf_logits(self, v, states + l, HOL_LANES, logits);
        make_thresholds(logits, count, thresholds);
        own[l] = choose(thresholds, count, numbers[l], own[l]);
    }
}

/* One sweep of a block, colour after colour. states is (variables, 64); held (units), or NULL. */
static void sweep_block(const mrf *self, const uint64_t *held, const hol_draw *draw, uint32_t sweep, int64_t block,
                        uint8_t *states) {
    uint32_t numbers[HOL_LANES];
    uint8_t stood[HOL_LANES];
    for (int64_t i = 0; i < self->variables; i++) {
        const int64_t v = self->order[i];
        if (self->cardinalities[v] == 1) continue;
        uint64_t kept = held ? held[self->first_units[v]] : 0;
        if (kept == ~UINT64_C(0)) continue;
        memcpy(stood, states + v * HOL_LANES, sizeof stood);
        draw_numbers(draw, sweep, v, block, numbers);
        if (self->conditionals[v].thresholds >= 0) draw_tabulated(self, v, numbers, states);
        else draw_computed(self, v, numbers, states);
        for (; kept; kept &= kept - 1) states[v * HOL_LANES + __builtin_ctzll(kept)] = stood[__builtin_ctzll(kept)];
    }
}

void hol_mrf_sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    const mrf *self = as_mrf(model);
    const hol_states *x = &population->states;
    uint8_t *scratch = population->scratch;
    const uint64_t *held = population->held;
#pragma omp parallel for default(none) shared(self, x, scratch, held, draw, sweeps)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint8_t *states = scratch + b * block_scratch(self);
        hol_mrf_unpack(self, x->words + b * x->stride, states);
        for (int64_t s = 0; s < sweeps; s++) /* a sweep of any model has two numbers */
            sweep_block(self, held ? held + b * x->stride : NULL, draw, draw->sweep + 2 * (uint32_t)s,
                        x->first_block + b, states);
        hol_mrf_pack(self, states, x->words + b * x->stride);
    }
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

/* How often each configuration of clique q is there; states is (blocks, variables, 64). */
static void count_clique(const mrf *self, int64_t q, const uint8_t *states, const hol_states *x, int64_t count,
                         int32_t *statistics) {
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint64_t mask = hol_bits_lane_mask(count, x->first_block + b);
        int32_t entries[HOL_LANES] = {0};
        for (int64_t i = self->scope_starts[q]; i < self->scope_starts[q + 1]; i++)
            add_weighted(states + b * unpacked_bytes(self) + self->scopes[i] * HOL_LANES, (int32_t)self->strides[i],
                         entries);
        for (int l = 0; l < HOL_LANES; l++) statistics[self->table_starts[q] + entries[l]] += (int32_t)(mask >> l & 1);
    }
}

/* All configurations of a clique are as likely then. */
void hol_mrf_add_fair(const hol_model *model, double share, double *expectation) {
    const mrf *self = as_mrf(model);
    for (int64_t q = 0; q < self->cliques; q++) {
        const double fair = 1 / (double)(self->table_starts[q + 1] - self->table_starts[q]);
        for (int64_t i = self->table_starts[q]; i < self->table_starts[q + 1]; i++)
            expectation[i] = (1 - share) * expectation[i] + share * fair;
    }
}

/* What is forbidden is not learned, whatever the data have. */
static void clear_forbidden(const mrf *self, int64_t q, int32_t *statistics) {
    for (int64_t i = self->table_starts[q]; i < self->table_starts[q + 1]; i++)
        if (self->forbidden[i]) statistics[i] = 0;
}

void hol_mrf_accumulate(const hol_model *model, hol_population *population, int32_t *statistics) {
    const mrf *self = as_mrf(model);
    const hol_states *x = &population->states;
    const int64_t count = population->count;
    uint8_t *states = population->scratch;
#pragma omp parallel default(none) shared(self, x, count, states, statistics)
    {
#pragma omp for
        for (int64_t b = 0; b < x->blocks; b++)
            hol_mrf_unpack(self, x->words + b * x->stride, states + b * unpacked_bytes(self));
#pragma omp for schedule(dynamic)
        for (int64_t q = 0; q < self->cliques; q++) {
            count_clique(self, q, states, x, count, statistics);
            if (self->zeros) clear_forbidden(self, q, statistics);
        }
    }
}
