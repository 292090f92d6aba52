/* narrow: 16-bit couplings by tables in memory (generic/narrow_lines.h), a register of 32 columns a look-up.
 *
 * Registers as tables, with a lane for each chain (product.c), were counted beside it, from tables of instructions, as
 * neither could be timed. vpermw looks up 5 rows for 32 chains by one operation on the only port that Intel has for it,
 * and an addition; vpermi2w 6 rows by three there. Both need tables of each column, some five operations each, where a
 * line serves 32 columns: with 64 chains that is more than the look-ups, with 1,024 a tenth. A look-up of a line is an
 * addition, its load, and three scalar operations for its number: 64 chains, 32 columns and 5 rows take 64 cycles of an
 * Ice Lake, which issues five operations a cycle, or 54 where there are six; with vpermw 64 on both. */
#include "backend.h"

#include "num/bits.h"

typedef int16_t part __attribute__((vector_size(NATIVE)));

/* 32 columns of a row in pairs (c, c + 16): widening them pair by pair leaves 16 columns in a register in order */
static inline part load_pairs(const int16_t *row) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i order = _mm512_or_si512(lane, _mm512_slli_epi32(_mm512_or_si512(lane, _mm512_set1_epi32(16)), 16));
    return (part)_mm512_permutexvar_epi16(order, _mm512_load_si512(row));
}

static inline void add_to(int32_t *sums, __m512i x) {
    _mm512_store_si512(sums, _mm512_add_epi32(_mm512_load_si512(sums), x));
}

/* the lower and the upper numbers of the pairs */
static inline void widen_pairs(part x, int p, int32_t *sums) {
    (void)p;
    add_to(sums, _mm512_madd_epi16((__m512i)x, _mm512_set1_epi32(1)));
    add_to(sums + LANES * HOL_STRIP, _mm512_madd_epi16((__m512i)x, _mm512_set1_epi32(1 << 16)));
}

static inline void widen_in_order(part x, int p, int32_t *sums) {
    (void)p;
    add_to(sums, _mm512_cvtepi16_epi32(_mm512_castsi512_si256((__m512i)x)));
    add_to(sums + LANES * HOL_STRIP, _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64((__m512i)x, 1)));
}

#include "../generic/narrow_lines.h"
