/* immintrin: stands before the compiler's header of this name where src/num/avx512 is compiled for processors without
 * AVX-512: SIMDe's portable functions in place of the instructions, the few that SIMDe has not, and an answer to the
 * kernels' questions what the processor has: all, but what HOLODE_LACKS names ("avx512vbmi avx512vpopcntdq").
 *
 * Slow, and of use to tests alone: `make tests` links tests/num with it (the Makefile's "emulated"). */
#ifndef HOL_TESTS_EMULATE_IMMINTRIN_H
#define HOL_TESTS_EMULATE_IMMINTRIN_H

#include_next <immintrin.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include "tiles.h"

static inline int hol_emulated(const char *feature) {
    const char *lacks = getenv("HOLODE_LACKS");
    return !lacks || !strstr(lacks, feature);
}

/* what names the real processor, or makes code for another */
#define __builtin_cpu_supports(feature) hol_emulated(feature)
#define target(features) unused
/* an operand in a register of 64 bytes; what follows __asm__ volatile stays */
#define __asm__(...)

/* ---- what SIMDe 0.7.4 has not: lanes are read and written through arrays ----------------------------------------- */

/* its name has four arguments there */
#undef _mm512_madd_epi16
#define _mm512_madd_epi16(a, b) simde_mm512_madd_epi16(a, b)

#define _mm512_cmplt_epi32_mask(a, b) _mm512_cmpgt_epi32_mask(b, a)

static inline __mmask32 hol_emulated_compare_epi16(__m512i a, __m512i b, int order) {
    int16_t x[32], y[32];
    __mmask32 mask = 0;
    memcpy(x, &a, sizeof a);
    memcpy(y, &b, sizeof b);
    for (int l = 0; l < 32; l++) mask |= (__mmask32)((x[l] > y[l]) - (x[l] < y[l]) == order) << l;
    return mask;
}
#define _mm512_cmplt_epi16_mask(a, b) hol_emulated_compare_epi16(a, b, -1)
#define _mm512_cmpeq_epi16_mask(a, b) hol_emulated_compare_epi16(a, b, 0)

/* lanes of one type to those of another; what is left of the result is 0 */
#define HOL_EMULATED_CONVERSION(name, lanes, from_vector, from_lane, to_vector, to_lane)                               \
    static inline to_vector hol_emulated_##name(from_vector a) {                                                       \
        from_lane from[sizeof a / sizeof(from_lane)];                                                                  \
        to_lane to[sizeof(to_vector) / sizeof(to_lane)] = {0};                                                         \
        to_vector b;                                                                                                   \
        memcpy(from, &a, sizeof a);                                                                                    \
        for (int l = 0; l < lanes; l++) to[l] = (to_lane)from[l];                                                      \
        memcpy(&b, to, sizeof b);                                                                                      \
        return b;                                                                                                      \
    }
HOL_EMULATED_CONVERSION(cvtepi16_epi32, 16, __m256i, int16_t, __m512i, int32_t)
HOL_EMULATED_CONVERSION(cvtepi32_epi16, 16, __m512i, int32_t, __m256i, int16_t)
HOL_EMULATED_CONVERSION(cvtepi32_epi64, 8, __m256i, int32_t, __m512i, int64_t)
HOL_EMULATED_CONVERSION(cvtepi64_epi8, 8, __m512i, int64_t, __m128i, int8_t)
#define _mm512_cvtepi16_epi32(a) hol_emulated_cvtepi16_epi32(a)
#define _mm512_cvtepi32_epi16(a) hol_emulated_cvtepi32_epi16(a)
#define _mm512_cvtepi32_epi64(a) hol_emulated_cvtepi32_epi64(a)
#define _mm512_cvtepi64_epi8(a) hol_emulated_cvtepi64_epi8(a)

static inline __m512i hol_emulated_i32gather_epi64(__m256i at, const void *base, int scale) {
    int32_t from[8];
    __m512i b;
    memcpy(from, &at, sizeof at);
    for (int l = 0; l < 8; l++) memcpy((char *)&b + 8 * l, (const char *)base + (int64_t)from[l] * scale, 8);
    return b;
}
#define _mm512_i32gather_epi64(at, base, scale) hol_emulated_i32gather_epi64(at, base, scale)

static inline uint32_t hol_emulated_cmpgt_epi16_mask(__m512i a, __m512i b) {
    int16_t x[32], y[32];
    uint32_t mask = 0;
    memcpy(x, &a, sizeof a);
    memcpy(y, &b, sizeof b);
    for (int l = 0; l < 32; l++) mask |= (uint32_t)(x[l] > y[l]) << l;
    return mask;
}
#define _mm512_cmpgt_epi16_mask(a, b) hol_emulated_cmpgt_epi16_mask(a, b)

/* a < b of unsigned numbers */
static inline uint32_t hol_emulated_cmplt_epu16_mask(__m512i a, __m512i b) {
    const __m512i half = _mm512_set1_epi16(INT16_MIN);
    return hol_emulated_cmpgt_epi16_mask(_mm512_xor_si512(b, half), _mm512_xor_si512(a, half));
}
#define _mm512_cmplt_epu16_mask(a, b) hol_emulated_cmplt_epu16_mask(a, b)

/* numbers beyond 32 bits become INT32_MIN, as they do there */
static inline __m512 hol_emulated_cvtepi32_ps(__m512i a) {
    __m256i half[2];
    __m512 b;
    memcpy(half, &a, sizeof a);
    for (int h = 0; h < 2; h++) {
        const __m256 to = _mm256_cvtepi32_ps(half[h]);
        memcpy((char *)&b + 32 * h, &to, sizeof to);
    }
    return b;
}
static inline __m512i hol_emulated_cvtps_epi32(__m512 a) {
    __m256 half[2];
    __m512i b;
    memcpy(half, &a, sizeof a);
    for (int h = 0; h < 2; h++) {
        const __m256i to = _mm256_cvtps_epi32(half[h]);
        memcpy((char *)&b + 32 * h, &to, sizeof to);
    }
    return b;
}
#define _mm512_cvtepi32_ps(a) hol_emulated_cvtepi32_ps(a)
#define _mm512_cvtps_epi32(a) hol_emulated_cvtps_epi32(a)

/* lanes that the mask leaves out are not touched, as their memory need not be there */
static inline __m512i hol_emulated_maskz_loadu(uint64_t mask, const void *from, int lane) {
    __m512i b;
    memset(&b, 0, sizeof b);
    for (int l = 0; l < 64 / lane; l++)
        if (mask >> l & 1) memcpy((char *)&b + lane * l, (const char *)from + lane * l, (size_t)lane);
    return b;
}
static inline void hol_emulated_mask_storeu(void *to, uint64_t mask, __m512i a, int lane) {
    for (int l = 0; l < 64 / lane; l++)
        if (mask >> l & 1) memcpy((char *)to + lane * l, (const char *)&a + lane * l, (size_t)lane);
}
#define _mm512_maskz_loadu_epi64(mask, from) hol_emulated_maskz_loadu(mask, from, 8)
#define _mm512_mask_storeu_epi32(to, mask, a) hol_emulated_mask_storeu(to, mask, a, 4)

#endif
