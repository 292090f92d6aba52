/* estimate: probabilities of 32 fields of 16 bits. A vector of 32 numbers is a table that vpermw looks up, so that both
 * signs have their own 16 quadratics (generic/estimate.h). */
#ifndef HOL_SRC_NUM_AVX512_ESTIMATE_H
#define HOL_SRC_NUM_AVX512_ESTIMATE_H

#include "../generic/estimate.h"

/* estimate.h's numbers for segments of x >> SEGMENT_BITS, modulo 32 */
typedef struct quadratics {
    __m512i centre, slope, bend;
} quadratics;

/* 16 numbers for x >= 0, and the same backwards, times `sign`, for x < 0 */
static __m512i load_both(const int16_t numbers[SEGMENTS], int16_t sign) {
    int16_t both[2 * SEGMENTS];
    for (int s = 0; s < SEGMENTS; s++) {
        both[s] = numbers[s];
        both[2 * SEGMENTS - 1 - s] = (int16_t)(sign * numbers[s]);
    }
    return _mm512_loadu_si512(both);
}

static quadratics load_quadratics(void) {
    return (quadratics){load_both(centres, -1), load_both(slopes, 1), load_both(bends, -1)};
}

static inline __m512i estimate_fields(const quadratics *q, __m512i x) {
    const __m512i s = _mm512_srai_epi16(x, SEGMENT_BITS);
    const __m512i t = _mm512_slli_epi16(x, 16 - SEGMENT_BITS) ^ _mm512_set1_epi16(INT16_MIN);
    const __m512i bent = _mm512_mulhrs_epi16(t, _mm512_permutexvar_epi16(s, q->bend));
    const __m512i change = _mm512_mulhrs_epi16(t, _mm512_sub_epi16(_mm512_permutexvar_epi16(s, q->slope), bent));
    return _mm512_add_epi16(_mm512_permutexvar_epi16(s, q->centre), change);
}

#endif
