/* indicators: a state's indicator is the AND of its digits, or of their opposites. */
#include "indicators.h"

#include <string.h>

#include "base/alloc.h"
#include "model/variable.h"
#include "num/bits.h"

static int64_t indicators_of(const hol_variable *v) { return v->states > 2 ? v->states : v->states - 1; }

hol_status hol_indicators_create(const hol_model *model, hol_indicators *ret) {
    hol_status status = HOL_OK;
    hol_indicators *self = ret;
    *self = (hol_indicators){.model = model, .columns = hol_model_columns(model)};
    HOL_TRY(HOL_ALLOCATE(self->firsts, self->columns + 1, "columns"));
    for (int64_t c = 0; c < self->columns; c++) {
        const hol_variable v = hol_variable_get(model, c);
        self->firsts[c + 1] = self->firsts[c] + indicators_of(&v);
        if (indicators_of(&v) > self->most) self->most = indicators_of(&v);
    }
    self->count = self->firsts[self->columns];
    HOL_TRY(HOL_ALLOCATE(self->nexts, self->count, "columns"));
    HOL_TRY(HOL_ALLOCATE(self->inverses, self->count, "columns"));
    HOL_TRY(HOL_ALLOCATE(self->factors, self->count, "columns"));
    for (int64_t c = 0; c < self->columns; c++) {
        const hol_variable v = hol_variable_get(model, c);
        for (int64_t i = self->firsts[c]; i < self->firsts[c + 1]; i++) {
            self->nexts[i] = self->firsts[c + 1];
            self->inverses[i] = 1 / (double)v.states;
            self->factors[i] = v.states == 2 ? 2 : 1;
        }
    }
cleanup:
    return status;
}

void hol_indicators_clear(hol_indicators *indicators) {
    hol_free(indicators->firsts);
    hol_free(indicators->nexts);
    hol_free(indicators->inverses);
    hol_free(indicators->factors);
    *indicators = (hol_indicators){0};
}

/* words are a block's */
static uint64_t indicate(const hol_variable *v, int64_t state, const uint64_t *words) {
    uint64_t on = ~UINT64_C(0);
    if (v->is_site) return words[v->first + state];
    for (int64_t k = 0; k < v->units; k++) on &= state >> k & 1 ? words[v->first + k] : ~words[v->first + k];
    return on;
}

void hol_indicators_fill(const hol_indicators *indicators, const hol_states *from, int64_t count, uint64_t lanes,
                         hol_states *to) {
    const hol_indicators *self = indicators;
    for (int64_t c = 0; c < self->columns; c++) {
        const hol_variable v = hol_variable_get(self->model, c);
        const int64_t first = self->firsts[c], states = self->firsts[c + 1] - first, least = states == 1;
        for (int64_t b = 0; b < from->blocks; b++) {
            const uint64_t mask = lanes & hol_bits_lane_mask(count, from->first_block + b);
            for (int64_t s = 0; s < states; s++)
                to->words[b * to->stride + first + s] = mask & indicate(&v, least + s, from->words + b * from->stride);
        }
    }
}

void hol_indicators_to_bytes(const hol_indicators *indicators, const hol_states *bits, uint8_t *bytes) {
    const hol_indicators *self = indicators;
    memset(bytes, 0, (size_t)(bits->blocks * self->columns * HOL_LANES));
    for (int64_t b = 0; b < bits->blocks; b++)
        for (int64_t c = 0; c < self->columns; c++, bytes += HOL_LANES)
            for (int64_t i = self->firsts[c]; i < self->firsts[c + 1]; i++)
                for (uint64_t on = bits->words[b * bits->stride + i]; on; on &= on - 1)
                    bytes[__builtin_ctzll(on)] = (uint8_t)(i - self->firsts[c] + 1);
}
