/* sampling: probabilities and samples of a strip. For a backend that has philox (16 counters), clamp, compare_lanes and
 * transpose_samples. */
/* 2^-f for 0 <= f < 1, relative error 3e-7: a minimax polynomial, in Horner's order */
#define EXP2_POLYNOMIAL(f)                                                                                             \
    (((((-0.000944902712944895f * (f) + 0.00920579582452774f) * (f) + -0.055297356098890305f) * (f) +                  \
       0.2401801347732544f) *                                                                                          \
          (f) +                                                                                                        \
      -0.6931437253952026f) *                                                                                          \
         (f) +                                                                                                         \
     1.0f)

/* the logistic of field * scale in units of 2^-32: e = exp(-|x|), q = e / (1 + e), p = q or 1 - q by the sign */
static inline v16u probability(v16i field, float scale) {
    const v16i sign = field >> 31;
    const v16i magnitude = (field ^ sign) - sign;
    const v16f t = clamp(__builtin_convertvector(magnitude, v16f) * (scale * 1.44269504f), 60.0f);
    const v16i whole = __builtin_convertvector(t, v16i);
    const v16f f = t - __builtin_convertvector(whole, v16f);
    const v16f e = (v16f)((v16i)EXP2_POLYNOMIAL(f) - (whole << 23));
    const v16f q = e / (1.0f + e);
    const v16u q32 = (v16u) __builtin_convertvector(q * 0x1p31f, v16i) << 1;
    return q32 ^ ~(v16u)sign; /* 1 - q is ~q32 */
}

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
