/* mrf_states: states as bits and as bytes, and what the tables say of them. */
#include <string.h>

#include "mrf.h"
#include "num/pairwise.h"

void hol_mrf_unpack(const mrf *self, const uint64_t *words, uint8_t *states) {
    for (int64_t v = 0; v < self->variables; v++) {
        uint8_t *to = states + v * HOL_LANES;
        const int64_t first = self->first_units[v], digits = self->first_units[v + 1] - first;
        const uint8_t last = (uint8_t)(self->cardinalities[v] - 1);
        memset(to, 0, HOL_LANES);
        for (int64_t d = 0; d < digits; d++)
            for (int lane = 0; lane < HOL_LANES; lane++) to[lane] |= (uint8_t)((words[first + d] >> lane & 1) << d);
        for (int lane = 0; lane < HOL_LANES; lane++) to[lane] = to[lane] < last ? to[lane] : last;
    }
}

void hol_mrf_pack(const mrf *self, const uint8_t *states, uint64_t *words) {
    for (int64_t v = 0; v < self->variables; v++) {
        const uint8_t *from = states + v * HOL_LANES;
        for (int64_t u = self->first_units[v]; u < self->first_units[v + 1]; u++) {
            const int64_t digit = u - self->first_units[v];
            uint64_t word = 0;
            for (int lane = 0; lane < HOL_LANES; lane++) word |= (uint64_t)(from[lane] >> digit & 1) << lane;
            words[u] = word;
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
