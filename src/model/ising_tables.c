/* ising_tables: what sampling works on, from the graph once, and from theta before each use.
 *
 * With bits x for spins s = 2 x - 1, f = 2: a field of 2 (sum_j J_ij s_j + h_i) is sum_j 4 J_ij x_j + 2 (h_i - sum_j
 * J_ij). Rounded are 2 J and 2 h, so that the tables are exactly those of an Ising model near by. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "ising.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "num/fixed.h"

/* ---- lists of units, once ---------------------------------------------------------------------------------------- */

static int64_t degree_of(const hol_graph *graph, int64_t i) { return graph->starts[i + 1] - graph->starts[i]; }

/* Appends the units of `order` from `first` to `end` that have this degree, in lists; returns where the lists' next
 * unit and neighbours go. With lists NULL only counts them. */
static int64_t add_lists(ising *self, int64_t first, int64_t end, int64_t degree, hol_spin_list *lists, int64_t count,
                         int64_t *unit, int64_t *neighbour) {
    const hol_graph *graph = self->graph;
    hol_spin_list *list = NULL;
    for (int64_t k = first; k < end; k++) {
        const int32_t i = graph->order[k];
        if (degree_of(graph, i) != degree) continue;
        if (!list || list->count == HOL_SPIN_PIECE) {
            list = &lists[count++];
            *list = (hol_spin_list){.first = *unit, .at = *neighbour, .degree = (int32_t)degree};
        }
        self->units[(*unit)++] = i;
        *neighbour += degree;
        list->count++;
    }
    return count;
}

static void fill_neighbours(ising *self, const hol_spin_list *list) {
    for (int64_t k = 0; k < list->count; k++)
        for (int64_t m = 0; m < list->degree; m++)
            self->neighbours[list->at + m * list->count + k] =
                self->graph->neighbours[self->graph->starts[self->units[list->first + k]] + m];
}

static hol_status make_lists(ising *self, const hol_kernels *kernels) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    /* whole ones, and for each colour and degree one that is not */
    const int64_t most = graph->units / HOL_SPIN_PIECE + graph->colours * (HOL_SPIN_DEGREE_MAX + 1);
    int64_t count = 0, unit = 0, neighbour = 0;
    HOL_TRY(HOL_ALLOCATE(self->rules, HOL_SPIN_DEGREE_MAX + 1, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->lists, most, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->colour_starts, graph->colours + 1, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->units, graph->units, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->neighbours, HOL_PRODUCT(2, graph->edges), "spins"));
    for (int64_t c = 0; c < graph->colours; c++) {
        self->colour_starts[c] = count;
        for (int64_t degree = 0; degree <= graph->degree; degree++)
            count = add_lists(self, graph->colour_starts[c], graph->colour_starts[c + 1], degree, self->lists, count,
                              &unit, &neighbour);
    }
    self->colour_starts[graph->colours] = count;
    for (int64_t l = 0; l < count; l++) fill_neighbours(self, &self->lists[l]);
    self->spins = (hol_spins){.kernels = kernels,
                              .rules = self->rules,
                              .units = self->units,
                              .neighbours = self->neighbours,
                              .lists = self->lists,
                              .colour_starts = self->colour_starts,
                              .colours = graph->colours};
cleanup:
    return status;
}

hol_status hol_ising_make_tables(ising *self, const hol_kernels *kernels) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    self->multi_spin = self->shared && graph->degree <= HOL_SPIN_DEGREE_MAX;
    if (self->multi_spin) return make_lists(self, kernels);
    HOL_TRY(HOL_ALLOCATE(self->bias, graph->units, "fields"));
    HOL_TRY(HOL_ALLOCATE(self->couplings, HOL_PRODUCT(2, graph->edges), "couplings"));
    self->sparse = hol_sparse_of(kernels, graph, self->couplings, self->bias, graph->order, graph->colour_starts);
cleanup:
    return status;
}

/* ---- tables from theta ------------------------------------------------------------------------------------------- */

static double coupling_of(const ising *self, const float *theta, int64_t edge) {
    return (double)theta[self->at_couplings + (self->shared ? 0 : edge)] / self->base.temperature;
}

static double field_of(const ising *self, const float *theta, int64_t i) {
    return self->fields ? (double)theta[self->shared ? 0 : i] / self->base.temperature : 0;
}

/* No partial sum of a field, and no field, is larger; +infinity where theta is not finite. */
static double bound_fields(const ising *self, const float *theta) {
    const hol_graph *graph = self->graph;
    double bound = 0;
    if (self->shared)
        bound = fabs(field_of(self, theta, 0)) + 3 * (double)graph->degree * fabs(coupling_of(self, theta, 0));
    if (!(bound <= 0x1p100)) return (double)INFINITY; /* or NaN */
    for (int64_t i = 0; !self->shared && i < graph->units; i++) {
        double sum = fabs(field_of(self, theta, i));
        for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++)
            sum += 3 * fabs(coupling_of(self, theta, graph->edge_of[k]));
        if (!(sum <= 0x1p100)) return (double)INFINITY;
        if (sum > bound) bound = sum;
    }
    return self->signed_spins ? 2 * bound : bound;
}

static int32_t round_number(double x) { return (int32_t)(x + (x < 0 ? -0.5 : 0.5)); }

/* With s = 2 x - 1: E = - sum_<ij> 4 J_ij x_i x_j - sum_i 2 (h_i - sum_j J_ij) x_i + sum_i h_i - sum_<ij> J_ij */
static void round_tables(ising *self, const float *theta, int bits) {
    const hol_graph *graph = self->graph;
    const double factor = (double)(INT64_C(1) << bits);
    const int32_t f = self->signed_spins ? 2 : 1;
    self->doubled_constant = 0;
    for (int64_t i = 0; i < graph->units; i++) {
        const int32_t h = round_number(f * factor * field_of(self, theta, i));
        self->bias[i] = h;
        if (self->signed_spins) self->doubled_constant += h;
        for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++) {
            const int32_t j = round_number(f * factor * coupling_of(self, theta, graph->edge_of[k]));
            self->couplings[k] = f * j;
            if (!self->signed_spins) continue;
            self->bias[i] -= j;
            if (graph->neighbours[k] < i) self->doubled_constant -= j;
        }
    }
    self->sparse.scale = 1.0f / (float)(INT64_C(1) << bits);
}

static double log_odds(const ising *self, int64_t degree, int64_t on) {
    if (!self->signed_spins) return self->shared_coupling * (double)on + self->shared_field;
    return 2 * (self->shared_coupling * (double)(2 * on - degree) + self->shared_field);
}

static void make_rules(ising *self) {
    for (int64_t degree = 0; degree <= self->graph->degree; degree++) {
        hol_spin_rule *rule = &self->rules[degree];
        rule->degree = degree;
        for (int64_t n = 0; n <= degree; n++) {
            const double p = hol_logistic(log_odds(self, degree, n)) * 0x1p32 + 0.5;
            rule->thresholds[n] = p < 0x1p32 ? (uint32_t)p : UINT32_MAX;
        }
        hol_spin_rule_spread(rule);
    }
}

hol_status hol_ising_prepare(hol_model *model, const float *theta) {
    ising *self = (ising *)model;
    const double bound = bound_fields(self, theta);
    const hol_status status = hol_fixed_check(bound);
    if (status != HOL_OK) return status;
    self->shared_coupling = coupling_of(self, theta, 0);
    self->shared_field = field_of(self, theta, 0);
    if (self->multi_spin) make_rules(self);
    else round_tables(self, theta, hol_fixed_choose_bits(bound));
    return HOL_OK;
}

double hol_ising_log_odds(const ising *self, const uint64_t *words, int64_t i, int lane) {
    const hol_graph *graph = self->graph;
    const hol_sparse *s = &self->sparse;
    int64_t on = 0, field = 0;
    for (int64_t k = graph->starts[i]; k < graph->starts[i + 1]; k++)
        if (hol_bits_get(words, graph->neighbours[k], lane)) {
            on++;
            if (!self->multi_spin) field += s->couplings[k];
        }
    if (self->multi_spin) return log_odds(self, degree_of(graph, i), on);
    return (double)(field + s->bias[i]) * (double)s->scale;
}
