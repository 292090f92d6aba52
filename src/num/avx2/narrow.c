/* narrow: 16-bit couplings by tables in memory (generic/narrow.h), a cache line of 32 columns a look-up.
 *
 * What bounds it are loads: two of 32 bytes a look-up, of which Zen 3 does two a cycle. A group's number is therefore
 * cut from a lane's word by a shift and a mask, never loaded; all of a range's look-ups are in one stretch of code,
 * with the 16-bit sums in registers, and 32-bit sums are touched once a range. A table costs the stores of 2^rows
 * lines, so that the more lanes look it up, the more rows a group has: look-ups alone took 1.3 cycles (5 rows, 26 KB
 * of tables) and 1.7 (6 rows, 44 KB, beyond the first-level cache), 370 GMAC/s both at 3.2 GHz. */
#include "backend.h"

#include "num/bits.h"

typedef __m256i v16s; /* 16 numbers of 16 bits */

enum { TABLES_BYTES = 11 * 64 * 64 }; /* of the groups of a full range, which 11 of 6 rows need most for */

void HOL_BACKEND(index_narrow)(const uint64_t *words, int64_t inputs, uint8_t *index_tile) {
    uint64_t square[LANES];
    for (int64_t k = 0; k < LANES; k++) square[k] = k < inputs ? words[k] : 0;
    hol_bits_transpose(square);
    memcpy(index_tile, square, sizeof square);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* 16 columns of a row in pairs (c, c + 8): widening them pair by pair leaves 8 columns in a register in order */
static inline v16s load_pairs(const int16_t *row) {
    const __m256i pairs = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10,
                                           11, 4, 5, 12, 13, 6, 7, 14, 15);
    const __m256i quarters = _mm256_permute4x64_epi64(_mm256_load_si256((const __m256i *)(const void *)row), 0xd8);
    return _mm256_shuffle_epi8(quarters, pairs);
}

/* The half lines of 16 columns of a table of 2^group: line m is the sum of the rows k with bit k of m. Stores are what
 * it waits for: the sums of the first three rows stay in registers. */
static inline __attribute__((always_inline)) void build_half(const int group, const int16_t *strip, const int32_t *rows,
                                                             int64_t count, v16s *table) {
    v16s row[6], low[8] = {_mm256_setzero_si256()};
    for (int k = 0; k < group; k++)
        row[k] = k < count ? load_pairs(strip + (int64_t)rows[k] * HOL_NARROW_STRIP) : _mm256_setzero_si256();
    for (int k = 0; k < 3; k++)
        for (int m = 0; m < 1 << k; m++) low[(1 << k) + m] = _mm256_add_epi16(low[m], row[k]);
    for (int h = 0; h < 1 << (group - 3); h++) {
        v16s high = _mm256_setzero_si256();
        for (int k = 3; k < group; k++)
            if (h >> (k - 3) & 1) high = _mm256_add_epi16(high, row[k]);
        for (int m = 0; m < 8; m++) table[2 * (8 * h + m)] = _mm256_add_epi16(low[m], high);
    }
}

static inline __attribute__((always_inline)) void build_tables(const int group, const int16_t *strip,
                                                               const int32_t *rows, int64_t count, char *tables) {
    for (int64_t first = 0; first < count; first += group, tables += 64 << group) {
        v16s *table = (v16s *)(void *)tables;
        build_half(group, strip, rows + first, count - first, table);
        build_half(group, strip + HOL_STRIP, rows + first, count - first, table + 1);
    }
}

/* ---- look-ups ---------------------------------------------------------------------------------------------------- */

/* 8 columns in each register of a half: the lower and the upper numbers of its pairs */
static inline void widen(v16s x, int32_t *sums) {
    const __m256i lower = _mm256_set1_epi32(1), upper = _mm256_set1_epi32(1 << 16);
    __m256i *to = (__m256i *)(void *)sums;
    to[0] = _mm256_add_epi32(to[0], _mm256_madd_epi16(x, lower));
    to[1] = _mm256_add_epi32(to[1], _mm256_madd_epi16(x, upper));
}

/* 8 times number t of the groups in a word */
static inline __attribute__((always_inline)) uint64_t number_of(const int group, int t, uint64_t word) {
    const uint64_t mask = ((UINT64_C(1) << group) - 1) << 3;
    return (t == 0 ? word << 3 : word >> (group * t - 3)) & mask;
}

/* sums of `lanes` lanes += those of a range of `groups` groups */
static inline __attribute__((always_inline)) void add_range(const int group, const int groups, const char *tables,
                                                            const uint64_t *words, int64_t blocks, int32_t *sums) {
    for (int64_t b = 0; b < blocks; b++, sums += LANES * HOL_STRIP)
        for (int l = 0; l < LANES; l++, sums += HOL_STRIP) {
            const uint64_t word = words[b * LANES + l];
            v16s x[2][2] = {{_mm256_setzero_si256(), _mm256_setzero_si256()},
                            {_mm256_setzero_si256(), _mm256_setzero_si256()}};
#pragma GCC unroll 16
            for (int t = 0; t < groups; t++) {
                const v16s *line =
                    (const v16s *)(const void *)(tables + (t << (group + 6)) + 8 * number_of(group, t, word));
                x[t % 2][0] = _mm256_add_epi16(x[t % 2][0], line[0]);
                x[t % 2][1] = _mm256_add_epi16(x[t % 2][1], line[1]);
            }
            widen(_mm256_add_epi16(x[0][0], x[1][0]), sums);
            widen(_mm256_add_epi16(x[0][1], x[1][1]), sums + LANES * HOL_STRIP);
        }
}

/* each number of groups is a function of its own, without a loop over them */
#define ADD(group, groups)                                                                                             \
    case groups:                                                                                                       \
        add_range(group, groups, tables, words, blocks, sums);                                                         \
        break
#define ADD_1_TO_8(g)                                                                                                  \
    ADD(g, 1);                                                                                                         \
    ADD(g, 2);                                                                                                         \
    ADD(g, 3);                                                                                                         \
    ADD(g, 4);                                                                                                         \
    ADD(g, 5);                                                                                                         \
    ADD(g, 6);                                                                                                         \
    ADD(g, 7);                                                                                                         \
    ADD(g, 8)

static void add_fours(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        ADD_1_TO_8(4);
        ADD(4, 9);
        ADD(4, 10);
        ADD(4, 11);
        ADD(4, 12);
        ADD(4, 13);
        ADD(4, 14);
        ADD(4, 15);
        ADD(4, 16);
    }
}

static void add_fives(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        ADD_1_TO_8(5);
        ADD(5, 9);
        ADD(5, 10);
        ADD(5, 11);
        ADD(5, 12);
        ADD(5, 13);
    }
}

static void add_sixes(int64_t groups, const char *tables, const uint64_t *words, int64_t blocks, int32_t *sums) {
    switch (groups) {
        ADD_1_TO_8(6);
        ADD(6, 9);
        ADD(6, 10);
        ADD(6, 11);
    }
}

static inline __attribute__((always_inline)) void add_by(const int group, const int16_t *strip, const int32_t *rows,
                                                         int64_t inputs, const uint64_t *words, int64_t blocks,
                                                         int32_t *sums) {
    _Alignas(64) char tables[TABLES_BYTES];
    const int64_t groups = (inputs + group - 1) / group;
    build_tables(group, strip, rows, inputs, tables);
    (group == 4 ? add_fours : group == 5 ? add_fives : add_sixes)(groups, tables, words, blocks, sums);
}

/* measured where their times cross */
enum { BLOCKS_OF_FIVES = 2, BLOCKS_OF_SIXES = 12 };

void HOL_BACKEND(product_narrow)(const int16_t *strip, const int32_t *rows, const int32_t *ends, int64_t ranges,
                                 const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    for (int64_t s = 0; s < ranges; s++, index_tiles += range_stride) {
        const int32_t first = s > 0 ? ends[s - 1] : 0, inputs = ends[s] - first;
        const uint64_t *words = (const uint64_t *)(const void *)index_tiles;
        if (count < BLOCKS_OF_FIVES) add_by(4, strip, rows + first, inputs, words, count, sums);
        else if (count < BLOCKS_OF_SIXES) add_by(5, strip, rows + first, inputs, words, count, sums);
        else add_by(6, strip, rows + first, inputs, words, count, sums);
    }
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/* 16 columns in order */
static inline void widen_in_order(v16s x, int32_t *sums) {
    __m256i *to = (__m256i *)(void *)sums;
    to[0] = _mm256_add_epi32(to[0], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(x)));
    to[1] = _mm256_add_epi32(to[1], _mm256_cvtepi16_epi32(_mm256_extracti128_si256(x, 1)));
}

const uint16_t *HOL_BACKEND(add_rows_narrow)(const int16_t *strip, const uint16_t *list, const int32_t *lengths,
                                             int32_t *sums) {
    for (int l = 0; l < LANES; l++, sums += HOL_STRIP)
        for (const uint16_t *end = list + lengths[l]; list < end; list += HOL_LIST_PAD) {
            v16s x[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
            for (int k = 0; k < HOL_LIST_PAD; k++) {
                const v16s *line = (const v16s *)(const void *)((const char *)strip + list[k]);
                x[0] = _mm256_add_epi16(x[0], line[0]);
                x[1] = _mm256_add_epi16(x[1], line[1]);
            }
            widen_in_order(x[0], sums);
            widen_in_order(x[1], sums + LANES * HOL_STRIP);
        }
    return list;
}
