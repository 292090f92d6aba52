/* mrf_states: states as bits and as bytes, and what the tables say of them. */
#include <string.h>

#include "mrf.h"
#include "num/pairwise.h"

enum { SOME = 8 }; /* lanes at a time: a byte of a word, and 8 bytes of states */
static const uint64_t ones = UINT64_C(0x0101010101010101);

/* bit k of a byte to byte k, 0 or 1 (Warren, Hacker's Delight, 7-4): each byte keeps its own of 8 copies */
static uint64_t spread_bits(uint64_t byte) {
    const uint64_t own = (byte & 0xff) * ones & UINT64_C(0x8040201008040201);
    return (own + 127 * ones) >> 7 & ones;
}

/* and back, from bytes of 0 and 1: no two of the products that are added have a bit in common */
static uint64_t join_bits(uint64_t bytes) { return bytes * UINT64_C(0x0102040810204080) >> 56; }

void hol_mrf_unpack(const mrf *self, const uint64_t *words, uint8_t *states) {
    for (int64_t v = 0; v < self->variables; v++) {
        uint8_t *to = states + v * HOL_LANES;
        const int64_t first = self->first_units[v], digits = self->first_units[v + 1] - first;
        const uint8_t last = (uint8_t)(self->cardinalities[v] - 1);
        for (int lane = 0; lane < HOL_LANES; lane += SOME) {
            uint64_t some = 0;
            for (int64_t d = 0; d < digits; d++) some |= spread_bits(words[first + d] >> lane) << d;
            for (int k = 0; k < SOME; k++) to[lane + k] = (uint8_t)(some >> (8 * k));
        }
        for (int lane = 0; lane < HOL_LANES; lane++) to[lane] = to[lane] < last ? to[lane] : last;
    }
}

void hol_mrf_pack(const mrf *self, const uint8_t *states, uint64_t *words) {
    for (int64_t v = 0; v < self->variables; v++) {
        const uint8_t *from = states + v * HOL_LANES;
        const int64_t first = self->first_units[v], digits = self->first_units[v + 1] - first;
        for (int64_t d = 0; d < digits; d++) words[first + d] = 0;
        for (int lane = 0; lane < HOL_LANES; lane += SOME) {
            uint64_t some = 0;
            for (int k = 0; k < SOME; k++) some |= (uint64_t)from[lane + k] << (8 * k);
            for (int64_t d = 0; d < digits; d++) words[first + d] |= join_bits(some >> d & ones) << lane;
        }
    }
}

int64_t hol_mrf_entry(const mrf *self, int64_t q, const uint8_t *states, int64_t stride) {
    int64_t entry = self->table_starts[q];
    for (int64_t i = self->scope_starts[q]; i < self->scope_starts[q + 1]; i++)
        entry += self->strides[i] * states[self->scopes[i] * stride];
    return entry;
}

void hol_mrf_logits(const mrf *self, int64_t v, const uint8_t *states, int64_t stride, double *logits) {
    const int64_t count = self->cardinalities[v], state = states[v * stride];
    if (self->pairs) {
        hol_pairwise_fields(self->pairs, v, states, logits);
        return;
    }
    for (int64_t s = 0; s < count; s++) logits[s] = 0;
    for (int64_t i = self->incidence_starts[v]; i < self->incidence_starts[v + 1]; i++) {
        const incidence *in = &self->incidences[i];
        const double *row = self->tables + hol_mrf_entry(self, in->clique, states, stride) - state * in->stride;
        for (int64_t s = 0; s < count; s++) logits[s] += row[s * in->stride];
    }
}
