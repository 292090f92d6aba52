/* vectors: what the kernels of one instruction set have in common. For the *kernels.c of this room only, which are
 * compiled with -DHOL_ISA=avx512, avx2 or generic. */
#ifndef HOL_NUM_VECTORS_H
#define HOL_NUM_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "num/kernels.h"

#define HOL_JOIN_(a, b) a##b
#define HOL_JOIN(a, b) HOL_JOIN_(a, b)
#define HOL_TEXT_(a) #a
#define HOL_TEXT(a) HOL_TEXT_(a)

/* a strip's line of 16 numbers as the machine's own vectors: GCC keeps wider ones in memory across a loop */
#if defined(__AVX512F__)
enum { NATIVE = 64 };
#elif defined(__AVX2__)
enum { NATIVE = 32 };
#else
enum { NATIVE = 16 };
#endif
enum { PARTS = 64 / NATIVE };
typedef int32_t vni __attribute__((vector_size(NATIVE)));

/* 16 numbers at a time, which the compiler cuts to what the machine has */
typedef int32_t v16i __attribute__((vector_size(64)));
typedef uint32_t v16u __attribute__((vector_size(64)));
typedef float v16f __attribute__((vector_size(64)));

enum { LANES = 64 };

/* line += the 64 bytes at table + offset */
#define HOL_ADD_LINE(line, table, offset)                                                                              \
    do {                                                                                                               \
        const vni *from_ = (const vni *)(const void *)((table) + (offset));                                            \
        for (int part_ = 0; part_ < PARTS; part_++) (line)[part_] += from_[part_];                                     \
    } while (0)

#if defined(__AVX512F__)
/* one stage of a 16 x 16 transpose: swaps the off-diagonal squares of `width` */
static inline void swap_squares(__m512i rows[16], int width, __m512i low, __m512i high) {
    for (int i = 0; i < 16; i++) {
        if (i & width) continue;
        const __m512i a = rows[i], b = rows[i + width];
        rows[i] = _mm512_permutex2var_epi32(a, low, b);
        rows[i + width] = _mm512_permutex2var_epi32(a, high, b);
    }
}

static inline void transpose_square(__m512i rows[16]) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#pragma GCC unroll 4
    for (int width = 8; width > 0; width /= 2) {
        const __mmask16 upper = _mm512_test_epi32_mask(lane, _mm512_set1_epi32(width));
        const __m512i shift = _mm512_set1_epi32(width), other = _mm512_set1_epi32(16);
        /* lane j of the first row: its own, or the other's j - width; of the second: the first's j + width, or its
         * own */
        swap_squares(rows, width, _mm512_mask_add_epi32(lane, upper, _mm512_sub_epi32(lane, shift), other),
                     _mm512_mask_add_epi32(_mm512_add_epi32(lane, shift), upper, lane, other));
    }
}
#endif

#endif
