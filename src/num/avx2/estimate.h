/* estimate: probabilities of 32 fields of 16 bits, 16 quadratics looked up by byte shuffles (generic/estimate.h). */
#ifndef HOL_SRC_NUM_AVX2_ESTIMATE_H
#define HOL_SRC_NUM_AVX2_ESTIMATE_H

#include "../generic/estimate.h"

/* estimate.h's numbers, low and high bytes apart, for vpshufb to look up */
typedef struct quadratics {
    __m256i centre_low, centre_high, slope_low, slope_high, bend;
} quadratics;

static inline __m256i load(const void *from) { return _mm256_loadu_si256((const __m256i *)from); }
static inline __m256i set_bytes(const uint8_t bytes[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

static __m256i load_bytes(const int16_t numbers[SEGMENTS], int shift) {
    uint8_t bytes[SEGMENTS];
    for (int s = 0; s < SEGMENTS; s++) bytes[s] = (uint8_t)(numbers[s] >> shift);
    return set_bytes(bytes);
}

static quadratics load_quadratics(void) {
    return (quadratics){load_bytes(centres, 0), load_bytes(centres, 8), load_bytes(slopes, 0), load_bytes(slopes, 8),
                        load_bytes(bends, 0)};
}

/* t is what x has beyond its segment's number: from -2^15 to 2^15, as vpmulhrsw takes it */
static inline __m256i evaluate(__m256i magnitude, __m256i centre, __m256i slope, __m256i bend) {
    const __m256i t = _mm256_slli_epi16(magnitude, 16 - SEGMENT_BITS) ^ _mm256_set1_epi16(INT16_MIN);
    return _mm256_add_epi16(centre, _mm256_mulhrs_epi16(t, _mm256_sub_epi16(slope, _mm256_mulhrs_epi16(t, bend))));
}

/* the estimates of 32 fields; one byte numbers the segment of each, so that a look-up serves all */
static inline void estimate_fields(const quadratics *q, const __m256i x[2], __m256i estimates[2]) {
    const __m256i a = _mm256_abs_epi16(x[0]), b = _mm256_abs_epi16(x[1]), zero = _mm256_setzero_si256();
    const __m256i s = _mm256_packus_epi16(_mm256_srli_epi16(a, SEGMENT_BITS), _mm256_srli_epi16(b, SEGMENT_BITS));
    const __m256i c0 = _mm256_shuffle_epi8(q->centre_low, s), c1 = _mm256_shuffle_epi8(q->centre_high, s);
    const __m256i s0 = _mm256_shuffle_epi8(q->slope_low, s), s1 = _mm256_shuffle_epi8(q->slope_high, s);
    const __m256i bend = _mm256_shuffle_epi8(q->bend, s);
    const __m256i of_a = evaluate(a, _mm256_unpacklo_epi8(c0, c1), _mm256_unpacklo_epi8(s0, s1),
                                  _mm256_unpacklo_epi8(bend, zero));
    const __m256i of_b = evaluate(b, _mm256_unpackhi_epi8(c0, c1), _mm256_unpackhi_epi8(s0, s1),
                                  _mm256_unpackhi_epi8(bend, zero));
    estimates[0] = _mm256_sign_epi16(of_a, x[0]);
    estimates[1] = _mm256_sign_epi16(of_b, x[1]);
}

#endif
