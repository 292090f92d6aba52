/* network_pairs: layers of categorical units that are coupled among themselves, swept by num/pairwise: variables one
 * after the other, each given all others. Their couplings are read from theta as it is, by matrices, edges, or one for
 * all edges; what other layers add to their fields comes from the tables. */
#include <string.h>

#include "base/alloc.h"
#include "network.h"
#include "num/bits.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static hol_status list_variables(layer *l) {
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(l->states, l->units, "variables"));
    HOL_TRY(HOL_ALLOCATE(l->places, l->units + 1, "variables"));
    for (int64_t i = 0; i < l->units;) {
        const hol_variable v = hol_network_variable(l, i);
        l->places[l->variables] = i;
        l->states[l->variables++] = (int32_t)v.states;
        i += v.units;
    }
cleanup:
    return status;
}

/* The number of the variable that begins with this unit of the layer; -1: none does. */
static int64_t find_variable(const layer *l, int64_t unit) {
    int64_t low = 0, high = l->variables;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (l->places[middle] < unit) low = middle + 1;
        else high = middle;
    }
    return low < l->variables && l->places[low] == unit ? low : -1;
}

/* Pairs of variables that are coupled, and where theta has their couplings; ends and couplings NULL: only counted. */
static int64_t list_pairs(const network *self, const layer *l, const block *b, int32_t *ends, int64_t *couplings) {
    int64_t count = 0;
    for (int64_t i = 0; b->form == DENSE && i < l->variables; i++)
        for (int64_t j = i + 1; j < l->variables; j++, count++) {
            if (!ends) continue;
            ends[2 * count] = (int32_t)i, ends[2 * count + 1] = (int32_t)j;
            couplings[count] = b->at + l->places[i] * l->units + l->places[j];
        }
    for (int64_t e = b->first_edge; b->form != DENSE && e < b->first_edge + b->edges; e++) {
        const int64_t i = find_variable(l, self->graph->ends[2 * e] - l->first),
                      j = find_variable(l, self->graph->ends[2 * e + 1] - l->first);
        if (i < 0 || j < 0) continue; /* an edge of later states of the same two */
        if (ends) {
            ends[2 * count] = (int32_t)i, ends[2 * count + 1] = (int32_t)j;
            couplings[count] = hol_network_place(self, e, NULL);
        }
        count++;
    }
    return count;
}

hol_status hol_network_make_pairs(network *self, layer *l, const hol_kernels *kernels) {
    hol_status status = HOL_OK;
    int32_t *ends = NULL;
    int64_t *couplings = NULL;
    const block *b = self->blocks;
    while (b->rows != l || b->columns != l) b++;
    HOL_TRY(list_variables(l));
    const int64_t pairs = list_pairs(self, l, b, NULL, NULL);
    HOL_TRY(HOL_ALLOCATE(ends, HOL_PRODUCT(2, pairs), "pairs"));
    HOL_TRY(HOL_ALLOCATE(couplings, pairs, "pairs"));
    (void)list_pairs(self, l, b, ends, couplings);
    const hol_pairwise_graph graph = {.sites = l->variables,
                                      .pairs = pairs,
                                      .parameters = self->base.info.parameters,
                                      .states = l->states,
                                      .ends = ends,
                                      .couplings = couplings,
                                      .stride = b->form == DENSE ? l->units : 0,
                                      .single = true};
    HOL_TRY(hol_pairwise_create(&graph, kernels, self->team, &l->pairs));
cleanup:
    hol_free(ends);
    hol_free(couplings);
    return status;
}

/* ---- sweeps ------------------------------------------------------------------------------------------------------ */

static int64_t unpacked_bytes(const layer *l, int64_t blocks) { return blocks * l->variables * HOL_LANES; }

int64_t hol_network_pairs_bytes(const layer *l, int64_t blocks) {
    const int64_t fields = hol_layer_scratch_bytes(l->table.inputs, blocks),
                  sweep = hol_pairwise_scratch_bytes(l->pairs, blocks);
    return unpacked_bytes(l, blocks) + (fields > sweep ? fields : sweep);
}

/* words of the layer's units of one block to states (variables, 64), and back */
static void unpack(const layer *l, const uint64_t *words, uint8_t *states) {
    memset(states, 0, (size_t)unpacked_bytes(l, 1));
    for (int64_t v = 0; v < l->variables; v++, states += HOL_LANES)
        for (int64_t s = l->states[v] > 2 ? 0 : 1, unit = l->places[v]; s < l->states[v]; s++, unit++)
            for (int lane = 0; lane < HOL_LANES; lane++)
                states[lane] = (uint8_t)(states[lane] | (words[unit] >> lane & 1) * (uint64_t)s);
}

static void pack(const layer *l, const uint8_t *states, uint64_t *words) {
    for (int64_t v = 0; v < l->variables; v++, states += HOL_LANES)
        for (int64_t s = l->states[v] > 2 ? 0 : 1, unit = l->places[v]; s < l->states[v]; s++, unit++) {
            uint64_t word = 0;
            for (int lane = 0; lane < HOL_LANES; lane++) word |= (uint64_t)(states[lane] == s) << lane;
            words[unit] = word;
        }
}

/* Biases, and what units of other layers add; the layer's own are off, for they may lie between these. */
static void sum_others(const layer *l, const hol_population *population, int32_t *fields, void *scratch) {
    hol_states inputs = layer_inputs(l, population);
    hol_layer others = l->table;
    const int64_t before = l->first - l->first_input;
    if (before + l->units == others.inputs) others.inputs = before;
    else if (before == 0) {
        inputs.words += l->units;
        others.weights += l->units * others.stride;
        others.inputs -= l->units;
    }
    hol_layer_fields(&others, &inputs, fields, scratch);
}

void hol_network_sweep_pairs(const network *self, const layer *l, hol_population *population, const hol_draw *draw,
                             int64_t sweeps) {
    const hol_states own = layer_outputs(l, population);
    const bool alone = l->table.inputs == l->units;
    const int32_t *bias = self->listed ? self->edge_bias + l->first : l->biases;
    uint8_t *states = population->scratch, *rest = states + unpacked_bytes(l, own.blocks);
    const hol_pairwise_states x = {.states = states,
                                   .blocks = own.blocks,
                                   .first_block = own.first_block,
                                   .held = population->held ? population->held + l->first : NULL,
                                   .held_places = l->places,
                                   .held_stride = own.stride,
                                   .base = alone ? bias : population->expected,
                                   .base_stride = alone ? 0 : l->table.stride};
    hol_draw now = *draw;
#pragma omp parallel for default(none) shared(l, own, states)
    for (int64_t b = 0; b < own.blocks; b++) {
        unpack(l, own.words + b * own.stride, states + b * unpacked_bytes(l, 1));
        memset(own.words + b * own.stride, 0, (size_t)l->units * sizeof *own.words);
    }
    if (!alone) sum_others(l, population, population->expected, rest);
    for (int64_t s = 0; s < sweeps; s++, now.sweep++) hol_pairwise_sweep(l->pairs, &x, &now, 1, rest);
#pragma omp parallel for default(none) shared(l, own, states)
    for (int64_t b = 0; b < own.blocks; b++) pack(l, states + b * unpacked_bytes(l, 1), own.words + b * own.stride);
}
