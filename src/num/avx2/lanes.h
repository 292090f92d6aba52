/* lanes: random numbers, four 64-bit lanes at a time. */
#ifndef HOL_SRC_NUM_AVX2_LANES_H
#define HOL_SRC_NUM_AVX2_LANES_H

#include <immintrin.h>
#include <stdint.h>

typedef __m256i lanes64;
static inline lanes64 set_lanes(uint32_t x) { return _mm256_set1_epi64x(x); }
static inline lanes64 multiply(lanes64 x, lanes64 y) { return _mm256_mul_epu32(x, y); }
static inline lanes64 upper_half(lanes64 x) { return _mm256_srli_epi64(x, 32); }
static inline lanes64 exclusive_or(lanes64 x, lanes64 y, lanes64 z) {
    return _mm256_xor_si256(_mm256_xor_si256(x, y), z);
}

#endif
