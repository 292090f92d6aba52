/* ising_values: what states are worth, from the prepared tables. */
#include "ising.h"
#include "num/bits.h"
#include "num/elementary.h"

/* ---- energy ------------------------------------------------------------------------------------------------------ */

/* counts[l] += edges of one block on which both spins are up, or where spins are signed on which they differ */
static void count_edges(const ising *self, const uint64_t *words, int64_t counts[HOL_LANES]) {
    enum { TILE = 1024 };
    const int32_t *ends = self->graph->ends;
    uint64_t tile[TILE];
    for (int64_t first = 0; first < self->graph->edges; first += TILE) {
        const int64_t count = self->graph->edges - first < TILE ? self->graph->edges - first : TILE;
        for (int64_t e = 0; e < count; e++) {
            const uint64_t a = words[ends[2 * (first + e)]], b = words[ends[2 * (first + e) + 1]];
            tile[e] = self->signed_spins ? a ^ b : a & b;
        }
        hol_lanes_add(tile, count, counts);
    }
}

static void shared_energy(const ising *self, const uint64_t *words, double values[HOL_LANES]) {
    const int64_t units = self->graph->units, edges = self->graph->edges;
    int64_t pairs[HOL_LANES] = {0}, up[HOL_LANES] = {0};
    count_edges(self, words, pairs);
    hol_lanes_add(words, units, up);
    for (int l = 0; l < HOL_LANES; l++) {
        const int64_t sum_of_pairs = self->signed_spins ? edges - 2 * pairs[l] : pairs[l];
        const int64_t sum_of_spins = self->signed_spins ? 2 * up[l] - units : up[l];
        values[l] = -(self->shared_coupling * (double)sum_of_pairs + self->shared_field * (double)sum_of_spins);
    }
}

static void sparse_energy(const ising *self, const hol_states *block, double values[HOL_LANES]) {
    int64_t sums[HOL_LANES];
    hol_sparse_sum(&self->sparse, block, sums);
    for (int l = 0; l < HOL_LANES; l++)
        values[l] = 0.5 * (double)(self->doubled_constant - 2 * sums[l]) * (double)self->sparse.scale;
}

void hol_ising_energy(const hol_model *model, hol_population *population, double *values) {
    const ising *self = as_ising(model);
    const hol_states *x = &population->states;
#pragma omp parallel for default(none) shared(self, x, values)
    for (int64_t b = 0; b < x->blocks; b++) {
        const hol_states block = {.words = x->words + b * x->stride, .stride = x->stride, .blocks = 1};
        if (self->multi_spin) shared_energy(self, block.words, values + b * HOL_LANES);
        else sparse_energy(self, &block, values + b * HOL_LANES);
    }
}

/* ---- how well units are foretold by their neighbours ------------------------------------------------------------- */

void hol_ising_pseudo_likelihood(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const ising *self = as_ising(model);
    const hol_states *x = &population->states;
#pragma omp parallel for default(none) shared(self, x, values, key)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const int64_t unit = hol_choose_unit(x, r, key, self->graph->units);
        const double field = hol_ising_log_odds(self, words, unit, (int)(r % HOL_LANES));
        values[r] = -hol_softplus(hol_bits_get(words, unit, (int)(r % HOL_LANES)) ? -field : field);
    }
}

void hol_ising_reconstruction(const hol_model *model, hol_population *population, hol_rng_key key, double *values) {
    const ising *self = as_ising(model);
    const hol_states *x = &population->states;
    (void)key; /* nothing is hidden */
#pragma omp parallel for default(none) shared(self, x, values)
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        double sum = 0;
        for (int64_t i = 0; i < self->graph->units; i++) {
            const double field = hol_ising_log_odds(self, words, i, (int)(r % HOL_LANES));
            const double miss = hol_logistic(hol_bits_get(words, i, (int)(r % HOL_LANES)) ? -field : field);
            sum += miss * miss;
        }
        values[r] = sum / (double)self->graph->units;
    }
}
