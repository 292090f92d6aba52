/* lanes: random numbers, eight 64-bit lanes at a time. */
#ifndef HOL_SRC_NUM_AVX512_LANES_H
#define HOL_SRC_NUM_AVX512_LANES_H

#include <immintrin.h>
#include <stdint.h>

typedef __m512i lanes64;
static inline lanes64 set_lanes(uint32_t x) { return _mm512_set1_epi64(x); }
static inline lanes64 multiply(lanes64 x, lanes64 y) { return _mm512_mul_epu32(x, y); }
static inline lanes64 upper_half(lanes64 x) { return _mm512_srli_epi64(x, 32); }
static inline lanes64 exclusive_or(lanes64 x, lanes64 y, lanes64 z) { return _mm512_ternarylogic_epi64(x, y, z, 0x96); }

#endif
