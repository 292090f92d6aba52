/* product: bits times whole numbers of 32 bits, by look-ups (lookup.h), a line of 16 columns each.
 *
 * What bounds it are loads: two of 32 bytes a look-up with AVX2. A range's tables, 16 KB, lie in the first-level cache
 * beside the sums of a few blocks, which are touched once a range. */
#include "lookup.h"

enum { TABLES_BYTES = HOL_RANGE_GROUPS * 64 << HOL_GROUP }; /* of groups of 5; of 4 they are smaller */

static inline void index_range(const uint64_t *words, int64_t available, uint8_t *index_tile) {
    index_words(words, available < HOL_RANGE_ROWS ? available : HOL_RANGE_ROWS, index_tile);
}

/* Rows of a strip are a large stride apart, where no processor foresees the next line: the next strip's are asked for
 * meanwhile. rows NULL: from row `first` on. */
static inline __attribute__((always_inline)) void build_tables(const int group, const int32_t *weights, int64_t stride,
                                                               const int32_t *rows, int64_t first, int64_t count,
                                                               char *tables) {
    static const int32_t off[HOL_STRIP] __attribute__((aligned(64)));
    for (int64_t at = 0; at < count; at += group, tables += 64 << group) {
        const int32_t *from[HOL_GROUP];
#pragma GCC unroll 8
        for (int k = 0; k < group; k++) {
            const bool any = at + k < count;
            from[k] = any ? weights + (rows ? rows[at + k] : first + at + k) * stride : off;
            __builtin_prefetch(from[k] + HOL_STRIP);
        }
        for (int p = 0; p < PARTS; p++) {
            part row[HOL_GROUP];
#pragma GCC unroll 8
            for (int k = 0; k < group; k++) row[k] = ((const part *)(const void *)from[k])[p];
            build_part(group, row, (part *)(void *)tables + p);
        }
    }
}

static inline __attribute__((always_inline)) void add_range(const int group, const int groups, const char *tables,
                                                            const uint64_t *words, int64_t lanes, int32_t *sums) {
    part *sum = (part *)(void *)sums;
    for (int64_t l = 0; l < lanes; l++, sum += PARTS) {
        part x[2][PARTS] = {{{0}}};
        for (int p = 0; p < PARTS; p++) x[0][p] = sum[p];
        look_up(group, groups, tables, words[l], x);
        for (int p = 0; p < PARTS; p++) sum[p] = x[0][p] + x[1][p];
    }
}

#define ADD(group, groups)                                                                                             \
    case groups: add_range(group, groups, tables, words, lanes, sums); break

static void add_fours(int64_t groups, const char *tables, const uint64_t *words, int64_t lanes, int32_t *sums) {
    switch (groups) {
        HOL_GROUPS_1_TO_8(ADD, 4);
        ADD(4, 9);
        ADD(4, 10);
    }
}

static void add_fives(int64_t groups, const char *tables, const uint64_t *words, int64_t lanes, int32_t *sums) {
    switch (groups) { HOL_GROUPS_1_TO_8(ADD, 5); }
}

enum { BLOCKS_OF_FIVES = 2 }; /* where their times cross on Zen 3 */

void HOL_BACKEND(product)(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t inputs,
                          const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    /* weights is (.., stride); index_tiles (ranges, count) of HOL_INDEX_TILE bytes; sums (count * 64, 16) */
    _Alignas(64) char tables[TABLES_BYTES];
    for (int64_t first = 0; first < inputs; first += HOL_RANGE_ROWS, index_tiles += range_stride) {
        const int64_t left = inputs - first, height = left < HOL_RANGE_ROWS ? left : HOL_RANGE_ROWS;
        const int32_t *here = rows ? rows + first : NULL;
        const uint64_t *words = (const uint64_t *)(const void *)index_tiles;
        if (count < BLOCKS_OF_FIVES) {
            build_tables(4, weights, stride, here, first, height, tables);
            add_fours((height + 3) / 4, tables, words, count * LANES, sums);
        } else {
            build_tables(5, weights, stride, here, first, height, tables);
            add_fives((height + 4) / 5, tables, words, count * LANES, sums);
        }
    }
}

#include "indexing.h"
