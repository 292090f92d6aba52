/* narrow: 16-bit couplings by tables in memory (generic/narrow_lines.h), a cache line of 32 columns a look-up.
 *
 * What bounds it are loads: two of 32 bytes a look-up, of which Zen 3 does two a cycle. A group's number is therefore
 * cut from a lane's word by a shift and a mask, never loaded; all of a range's look-ups are in one stretch of code,
 * with the 16-bit sums in registers, and 32-bit sums are touched once a range. A table costs the stores of 2^rows
 * lines, so that the more lanes look it up, the more rows a group has: look-ups alone took 1.3 cycles (5 rows, 26 KB
 * of tables) and 1.7 (6 rows, 44 KB, beyond the first-level cache), 370 GMAC/s both at 3.2 GHz. */
#include "backend.h"

#include "num/bits.h"

typedef int16_t part __attribute__((vector_size(NATIVE)));

/* 16 columns of a row in pairs (c, c + 8): widening them pair by pair leaves 8 columns in a register in order */
static inline part load_pairs(const int16_t *row) {
    const __m256i pairs = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10,
                                           11, 4, 5, 12, 13, 6, 7, 14, 15);
    const __m256i quarters = _mm256_permute4x64_epi64(_mm256_load_si256((const __m256i *)(const void *)row), 0xd8);
    return (part)_mm256_shuffle_epi8(quarters, pairs);
}

static inline void add_to(__m256i *sums, __m256i x) { *sums = _mm256_add_epi32(*sums, x); }

/* 8 columns in each register of a part, which is a half: the lower and the upper numbers of its pairs */
static inline void widen_pairs(part x, int p, int32_t *sums) {
    __m256i *to = (__m256i *)(void *)(sums + p * LANES * HOL_STRIP);
    add_to(to, _mm256_madd_epi16((__m256i)x, _mm256_set1_epi32(1)));
    add_to(to + 1, _mm256_madd_epi16((__m256i)x, _mm256_set1_epi32(1 << 16)));
}

static inline void widen_in_order(part x, int p, int32_t *sums) {
    __m256i *to = (__m256i *)(void *)(sums + p * LANES * HOL_STRIP);
    add_to(to, _mm256_cvtepi16_epi32(_mm256_castsi256_si128((__m256i)x)));
    add_to(to + 1, _mm256_cvtepi16_epi32(_mm256_extracti128_si256((__m256i)x, 1)));
}

#include "../generic/narrow_lines.h"
