/* scan: a strip of coupled units, drawn one after the other. Fields are turned to (unit, chain), so that a unit of all
 * chains is decided at once and its flips move the later units' fields. For a backend that has philox (16 counters),
 * compare_lanes, turn_fields, flips, set_flips and add_flips, and what probability.h needs. */
static void scan(const int32_t *fields, float scale, const int32_t *inner, int64_t inner_stride, int64_t width,
                 const uint64_t *held, const hol_draw *draw, int64_t unit, int64_t block, uint64_t *words) {
    /* fields is (64, 16); inner (width, inner_stride); words (width) */
    const v16u pair = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    const v16u groups = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7} + (uint32_t)(block * 8);
    v16i turned[HOL_STRIP][QUARTERS];
    v16u random[QUARTERS];
    turn_fields(fields, turned);
    for (int64_t l = 0; l < width; l++) {
        if (l % 2 == 0) philox(draw, pair + (uint32_t)(unit + l), groups, random);
        const uint64_t old = transpose_bytes(words[l]), kept = held ? transpose_bytes(held[l]) : 0;
        if (kept == ~UINT64_C(0)) continue;
        uint64_t all = 0;
        flips moved[QUARTERS];
        for (int w = 0; w < QUARTERS; w++) {
            const v16u p = probability(turned[l][w], scale);
            const v16i r = quarter_of(random, w, (int)(l % 2)), upper = (v16i)(p >> 16);
            uint32_t on, ties;
            compare_lanes(r, upper, &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_place_ties(ties, p, draw, unit + l, block, w);
            on = (uint32_t)hol_bits_hold(on, old >> (16 * w), kept >> (16 * w)) & 0xffffu;
            all |= (uint64_t)on << (16 * w);
            set_flips(moved[w], on, (uint32_t)(old >> (16 * w)) & 0xffffu);
        }
        words[l] = transpose_bytes(all);
        for (int64_t m = l + 1; m < width; m++) {
            const int32_t coupling = inner[l * inner_stride + m];
            for (int w = 0; w < QUARTERS; w++) turned[m][w] = add_flips(turned[m][w], moved[w], coupling);
        }
    }
}
