/* transpose: 16 x 16 numbers in registers. */
#ifndef HOL_SRC_NUM_AVX512_TRANSPOSE_H
#define HOL_SRC_NUM_AVX512_TRANSPOSE_H

#include <immintrin.h>

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
