/* sparse: units with few neighbours. For a backend that has, beside what scan.h needs, add_where: field + coupling in
 * the lanes of a mask. */
#include "num/sparse.h"

/* places as in scan */
static inline void sparse_fields(const int32_t *neighbours, const int32_t *couplings, int64_t count, int32_t bias,
                                 const uint64_t *words, v16i fields[QUARTERS]) {
    for (int w = 0; w < QUARTERS; w++) fields[w] = (v16i){0} + bias;
    for (int64_t k = 0; k < count; k++) {
        const uint64_t x = transpose_bytes(words[neighbours[k]]);
        for (int w = 0; w < QUARTERS; w++)
            fields[w] = add_where(fields[w], (uint32_t)(x >> (16 * w)) & 0xffffu, couplings[k]);
    }
}

static void sparse_block(const hol_sparse *s, const int32_t *units, int64_t count, const hol_draw *draw,
                         uint64_t *words, int64_t block) {
    const v16u groups = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7} + (uint32_t)(block * 8);
    v16u random[QUARTERS];
    for (int64_t k = 0; k < count; k++) {
        const int32_t i = units[k];
        if (k % 2 == 0) {
            const uint32_t a = (uint32_t)i, b = (uint32_t)(k + 1 < count ? units[k + 1] : i);
            philox(draw, (v16u){a, a, a, a, a, a, a, a, b, b, b, b, b, b, b, b}, groups, random);
        }
        v16i fields[QUARTERS];
        sparse_fields(s->neighbours + s->starts[i], s->couplings + s->starts[i], s->starts[i + 1] - s->starts[i],
                      s->bias[i], words, fields);
        uint64_t all = 0;
        for (int w = 0; w < QUARTERS; w++) {
            const v16u p = probability(fields[w], s->scale);
            uint32_t on, ties;
            compare_lanes(quarter_of(random, w, (int)(k % 2)), (v16i)(p >> 16), &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_place_ties(ties, p, draw, i, block, w);
            all |= (uint64_t)on << (16 * w);
        }
        words[i] = transpose_bytes(all);
    }
}

static void sparse(const hol_sparse *s, const int32_t *units, int64_t count, const hol_draw *draw, uint64_t *words,
                   int64_t stride, int64_t blocks, int64_t first_block) {
    for (int64_t b = 0; b < blocks; b++)
        sparse_block(s, units, count, draw, words + b * stride, first_block + b);
}
