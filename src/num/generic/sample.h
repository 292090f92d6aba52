/* sample: samples and levels of a strip, from the probabilities themselves. Other backends have theirs from
 * decide.h. For a backend that has philox (16 counters), compare_lanes and transpose_samples. */

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

static inline void set_levels(v16u p, v16u dither, int lane, uint8_t *levels) {
    const v16u level = (round_probability(p) * (uint32_t)HOL_LEVELS + dither) >> HOL_PROBABILITY_BITS;
    for (int l = 0; l < HOL_STRIP; l++) levels[l * LANES + lane] = (uint8_t)level[l];
}

void HOL_BACKEND(sample)(const int32_t *fields, float scale, const hol_draw *draw, int64_t unit, int64_t block,
                         uint64_t *samples, uint8_t *levels) {
    /* fields is (64, 16); samples (16); levels (16, 64) */
    const v16u units = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + (uint32_t)unit;
    _Alignas(64) uint16_t rows[LANES];
    v16u random[4], offsets = {0};
    if (levels) {
        philox(draw, units, (v16u){0} + UINT32_MAX, random);
        offsets = random[0] >> 17;
    }
    for (int first = 0; first < LANES; first += 8) {
        if (samples) philox(draw, units, (v16u){0} + (uint32_t)(block * 8 + first / 8), random);
#pragma GCC unroll 2
        for (int c = 0; c < 8; c++) {
            const v16i field = *(const v16i *)(const void *)(fields + (first + c) * HOL_STRIP);
            const v16u p = probability(field, scale);
            if (levels) {
                const uint32_t steps = (uint32_t)(block * LANES + first + c) * HOL_DITHER_STEP;
                set_levels(p, (offsets + steps) & ((1u << HOL_PROBABILITY_BITS) - 1), first + c, levels);
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
