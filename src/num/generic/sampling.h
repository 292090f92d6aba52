/* sampling: probabilities and samples of a strip. For a backend that has philox (16 counters), clamp, compare_lanes and
 * transpose_samples. */
#include "probability.h"

/* 16 bits decide unless they equal the probability's upper half (1 in 65,536); then the lower half is compared with 16
 * more */
static uint32_t break_ties(uint32_t ties, v16u p, const hol_draw *draw, int64_t unit, int64_t chain) {
    uint32_t on = 0;
    for (; ties; ties &= ties - 1) {
        const int l = __builtin_ctz(ties);
        on |= (uint32_t)hol_kernels_sample_ref(p[l], draw, unit + l, chain) << l;
    }
    return on;
}

static void sample(const int32_t *fields, float scale, const hol_draw *draw, int64_t unit, int64_t block,
                   uint64_t *samples, int32_t *probabilities, int64_t probability_stride) {
    /* fields is (64, 16); samples (16); probabilities (64, probability_stride) */
    const v16u units = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + (uint32_t)unit;
    _Alignas(64) uint16_t rows[LANES];
    for (int first = 0; first < LANES; first += 8) {
        v16u random[4];
        if (samples) philox(draw, units, (v16u){0} + (uint32_t)(block * 8 + first / 8), random);
#pragma GCC unroll 2
        for (int c = 0; c < 8; c++) {
            const v16i field = *(const v16i *)(const void *)(fields + (first + c) * HOL_STRIP);
            const v16u p = probability(field, scale);
            if (probabilities) {
                const v16u rounded = (p >> 17) + ((p >> 16) & 1u);
                memcpy(probabilities + (first + c) * probability_stride, &rounded, sizeof rounded);
            }
            if (!samples) continue;
            const v16i r = (v16i)(c % 2 ? random[c / 2] >> 16 : random[c / 2] & 0xffffu);
            uint32_t on, ties;
            compare_lanes(r, (v16i)(p >> 16), &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_ties(ties, p, draw, unit, block * LANES + first + c);
            rows[first + c] = (uint16_t)on;
        }
    }
    if (samples) transpose_samples(rows, samples);
}
