/* ising_exact: energies and ln Z by enumeration in Gray-code order, in double: each state differs from the last in one
 * spin, whose field is all that the energy changes by. */
#include "ising.h"
#include "num/elementary.h"

static double coupling_of(const ising *self, const float *theta, int64_t edge) {
    return (double)theta[self->at_couplings + (self->shared ? 0 : edge)];
}
static double field_of(const ising *self, const float *theta, int64_t i) {
    return self->fields ? (double)theta[self->shared ? 0 : i] : 0;
}
static double spin_of(const ising *self, bool on) { return on ? 1.0 : self->signed_spins ? -1.0 : 0.0; }

double hol_ising_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *visible) {
    const ising *self = as_ising(model);
    const hol_graph *graph = self->graph;
    double sum = 0;
    for (int64_t i = 0; i < graph->units; i++) sum += field_of(self, theta, i) * spin_of(self, visible[i]);
    for (int64_t e = 0; e < graph->edges; e++)
        sum += coupling_of(self, theta, e) * spin_of(self, visible[graph->ends[2 * e]]) *
               spin_of(self, visible[graph->ends[2 * e + 1]]);
    return -sum / model->temperature;
}

int64_t hol_ising_exact_units(const hol_model *model) { return model->info.visible; }

/* sum_j J_ij s_j + h_i */
static double local_field(const ising *self, const float *theta, uint64_t state, int64_t i) {
    const hol_graph *graph = self->graph;
    double sum = field_of(self, theta, i);
    for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++)
        sum += coupling_of(self, theta, graph->edge_of[k]) * spin_of(self, state >> graph->neighbours[k] & 1);
    return sum;
}

/* The energy of a chunk's first state is taken whole, so that errors of the additions don't pile up over chunks. */
double hol_ising_exact_chunk(const hol_model *model, const float *theta, int64_t chunk, int chunk_bits,
                             double *scratch) {
    const ising *self = as_ising(model);
    const uint64_t first = (uint64_t)chunk << chunk_bits, count = UINT64_C(1) << chunk_bits;
    const double step =
        (self->signed_spins ? 2 : 1) / model->temperature; /* what a spin grows by when its bit is set */
    uint64_t state = first ^ (first >> 1);
    hol_log_sum sum = hol_log_sum_empty();
    (void)scratch;
    uint8_t bytes[64];
    for (int64_t i = 0; i < self->graph->units; i++) bytes[i] = (uint8_t)(state >> i & 1);
    double linear = -hol_ising_exact_free_energy(model, theta, bytes);
    hol_log_sum_add(&sum, linear);
    for (uint64_t n = first + 1; n < first + count; n++) {
        const int bit = __builtin_ctzll(n); /* the one in which Gray codes n - 1 and n differ */
        const double change = step * local_field(self, theta, state, bit);
        state ^= UINT64_C(1) << bit;
        linear += state >> bit & 1 ? change : -change;
        hol_log_sum_add(&sum, linear);
    }
    return hol_log_sum_get(&sum);
}

hol_status hol_ising_factors(const hol_model *model, const float *theta, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const ising *self = as_ising(model);
    const hol_graph *graph = self->graph;
    hol_factors *factors = NULL;
    double *table = NULL;
    HOL_TRY(hol_factors_create(graph->units, NULL, &factors));
    for (int32_t i = 0; self->fields && i < graph->units; i++) {
        HOL_TRY(hol_factors_add(factors, 1, &i, &table));
        for (int s = 0; s < 2; s++) table[s] = field_of(self, theta, i) * spin_of(self, s) / model->temperature;
    }
    for (int64_t e = 0; e < graph->edges; e++) {
        HOL_TRY(hol_factors_add(factors, 2, graph->ends + 2 * e, &table));
        for (int s = 0; s < 4; s++)
            table[s] = coupling_of(self, theta, e) * spin_of(self, s >> 1) * spin_of(self, s & 1) / model->temperature;
    }
    *ret_factors = factors;
    return HOL_OK;
cleanup:
    hol_factors_destroy(factors);
    return status;
}
