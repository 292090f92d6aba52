/* network_spins: one layer whose couplings, few for each unit, are all equal, by multi-spin coding (num/spins.h). */
#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"
#include "num/elementary.h"

static int64_t degree_of(const hol_graph *graph, int64_t i) { return graph->starts[i + 1] - graph->starts[i]; }

/* Pieces of at most HOL_SPIN_PIECE units of one colour and degree; returns how many. */
static int64_t list_units(network *self) {
    const hol_graph *graph = self->graph;
    int64_t count = 0, unit = 0, neighbour = 0;
    for (int64_t c = 0; c < graph->colours; c++) {
        self->piece_starts[c] = count;
        for (int64_t degree = 0; degree <= graph->degree; degree++) {
            hol_spin_list *list = NULL;
            for (int64_t k = graph->colour_starts[c]; k < graph->colour_starts[c + 1]; k++) {
                if (degree_of(graph, graph->order[k]) != degree) continue;
                if (!list || list->count == HOL_SPIN_PIECE) {
                    list = &self->pieces[count++];
                    *list = (hol_spin_list){.first = unit, .at = neighbour, .degree = (int32_t)degree};
                }
                self->piece_units[unit++] = graph->order[k];
                neighbour += degree;
                list->count++;
            }
        }
    }
    self->piece_starts[graph->colours] = count;
    return count;
}

hol_status hol_network_make_lists(network *self, const hol_kernels *kernels) {
    hol_status status = HOL_OK;
    const hol_graph *graph = self->graph;
    /* whole ones, and for each colour and degree one that is not */
    const int64_t most = graph->units / HOL_SPIN_PIECE + graph->colours * (HOL_SPIN_DEGREE_MAX + 1);
    HOL_TRY(HOL_ALLOCATE(self->rules, HOL_SPIN_DEGREE_MAX + 1, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->pieces, most, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->piece_starts, graph->colours + 1, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->piece_units, graph->units, "spins"));
    HOL_TRY(HOL_ALLOCATE(self->neighbours, HOL_PRODUCT(2, graph->edges), "spins"));
    const int64_t count = list_units(self);
    for (const hol_spin_list *list = self->pieces; list < self->pieces + count; list++)
        for (int64_t k = 0; k < list->count; k++)
            for (int64_t m = 0; m < list->degree; m++)
                self->neighbours[list->at + m * list->count + k] =
                    graph->neighbours[graph->starts[self->piece_units[list->first + k]] + m];
    self->lists = (hol_spins){.kernels = kernels,
                              .rules = self->rules,
                              .units = self->piece_units,
                              .neighbours = self->neighbours,
                              .lists = self->pieces,
                              .colour_starts = self->piece_starts,
                              .colours = graph->colours};
cleanup:
    return status;
}

/* ---- from theta -------------------------------------------------------------------------------------------------- */

/* With so many neighbours on. */
static double log_odds(const network *self, int64_t degree, int64_t on) {
    if (!self->spins) return self->shared_coupling * (double)on + self->shared_bias;
    return 2 * (self->shared_coupling * (double)(2 * on - degree) + self->shared_bias);
}

void hol_network_make_rules(network *self, const float *theta) {
    self->shared_coupling = (double)theta[self->blocks[0].at] / self->base.temperature;
    self->shared_bias = hol_network_bias(&self->layers[0], theta, 0) / self->base.temperature;
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

double hol_network_shared_log_odds(const network *self, const uint64_t *words, int64_t unit, int lane) {
    const hol_graph *graph = self->graph;
    int64_t on = 0;
    for (int64_t k = graph->starts[unit]; k < graph->starts[unit + 1]; k++)
        on += hol_bits_get(words, graph->neighbours[k], lane);
    return log_odds(self, degree_of(graph, unit), on);
}

void hol_network_shared_energy(const network *self, const uint64_t *words, double values[HOL_LANES]) {
    enum { TILE = 1024 };
    const int64_t units = self->graph->units, edges = self->graph->edges;
    const int32_t *ends = self->graph->ends;
    int64_t pairs[HOL_LANES] = {0}, up[HOL_LANES] = {0}; /* pairs of spins: those that differ */
    uint64_t tile[TILE];
    for (int64_t first = 0; first < edges; first += TILE) {
        const int64_t count = edges - first < TILE ? edges - first : TILE;
        for (int64_t e = 0; e < count; e++) {
            const uint64_t a = words[ends[2 * (first + e)]], b = words[ends[2 * (first + e) + 1]];
            tile[e] = self->spins ? a ^ b : a & b;
        }
        hol_lanes_add(tile, count, pairs);
    }
    hol_lanes_add(words, units, up);
    for (int l = 0; l < HOL_LANES; l++) {
        const int64_t sum_of_pairs = self->spins ? edges - 2 * pairs[l] : pairs[l];
        const int64_t sum_of_spins = self->spins ? 2 * up[l] - units : up[l];
        values[l] = -(self->shared_coupling * (double)sum_of_pairs + self->shared_bias * (double)sum_of_spins);
    }
}
