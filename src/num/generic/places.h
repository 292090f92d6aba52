/* places: random numbers and ties of one unit of all chains, by places (vectors.h). */
/* 16 numbers of 16 bits: those of one unit's quarter w, from the eight words of its chain groups */
static inline v16i quarter_of(const v16u *random, int w, int odd) {
    typedef uint32_t v8u __attribute__((vector_size(32)));
    v8u words, halves[2];
    memcpy(&words, (const uint32_t *)(random + w) + 8 * odd, sizeof words);
    halves[0] = words & 0xffffu;
    halves[1] = words >> 16;
    v16i numbers;
    memcpy(&numbers, halves, sizeof numbers);
    return numbers;
}

/* break_ties for one unit and 16 places */
static uint32_t break_place_ties(uint32_t ties, v16u p, const hol_draw *draw, int64_t unit, int64_t block, int w) {
    uint32_t on = 0;
    for (; ties; ties &= ties - 1) {
        const int l = __builtin_ctz(ties);
        on |= (uint32_t)hol_kernels_sample_ref(p[l], draw, unit, block * LANES + place_chain(16 * w + l)) << l;
    }
    return on;
}
