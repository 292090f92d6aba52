/* pairs: how often two units are both on: popcounts of ANDed words, in rectangles whose sums stay in registers over all
 * blocks. What bounds it: three operations on 8 pairs of words (and, count, add), and for few blocks the writing of the
 * counts. */
#include "backend.h"

enum { HEIGHT = 8, WIDTH = 16 };

/* AVX-512's own popcount came years after its first processors: asked for at run time */
__attribute__((target("avx512vpopcntdq"))) static inline __m512i count_hardware(__m512i x) {
    return _mm512_popcnt_epi64(x);
}
static inline __m512i count_nibbles(__m512i x) {
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i bytes = _mm512_add_epi8(_mm512_shuffle_epi8(table, _mm512_and_si512(x, low)),
                                          _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(x, 4), low)));
    return _mm512_sad_epu8(bytes, _mm512_setzero_si512());
}

/* a rectangle of `height` rows by 16 columns, of which those of `mask` are there */
#define RECTANGLE(name, height, count, ...)                                                                            \
    __VA_ARGS__ static void name(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride,             \
                                 int64_t blocks, uint32_t mask, int32_t *counts, int64_t count_stride) {               \
        const __m512i low_halves = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);       \
        const __mmask8 left = (__mmask8)mask, right = (__mmask8)(mask >> 8);                                           \
        __m512i sums[height][2] = {{{0}}};                                                                             \
        for (int64_t b = 0; b < blocks; b++, x += x_stride, y += y_stride) {                                           \
            const __m512i y0 = _mm512_maskz_loadu_epi64(left, y), y1 = _mm512_maskz_loadu_epi64(right, y + 8);         \
            _Pragma("GCC unroll 8") for (int i = 0; i < height; i++) {                                                 \
                const __m512i xi = _mm512_set1_epi64((long long)x[i]);                                                 \
                sums[i][0] = _mm512_add_epi64(sums[i][0], count(_mm512_and_si512(xi, y0)));                            \
                sums[i][1] = _mm512_add_epi64(sums[i][1], count(_mm512_and_si512(xi, y1)));                            \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("GCC unroll 8") for (int i = 0; i < height; i++)                                                       \
            _mm512_mask_storeu_epi32(counts + i * count_stride, (__mmask16)mask,                                       \
                                     _mm512_permutex2var_epi32(sums[i][0], low_halves, sums[i][1]));                   \
    }
RECTANGLE(tall_hardware, HEIGHT, count_hardware, __attribute__((target("avx512vpopcntdq"))))
RECTANGLE(flat_hardware, 1, count_hardware, __attribute__((target("avx512vpopcntdq"))))
RECTANGLE(tall_nibbles, HEIGHT, count_nibbles)
RECTANGLE(flat_nibbles, 1, count_nibbles)

void HOL_BACKEND(pairs)(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                        int64_t rows, int64_t columns, int32_t *counts, int64_t count_stride) {
    const int hardware = __builtin_cpu_supports("avx512vpopcntdq") != 0;
    for (int64_t i = 0; i < rows;) {
        const int height = rows - i >= HEIGHT ? HEIGHT : 1;
        for (int64_t j = 0; j < columns; j += WIDTH) {
            const uint32_t mask = columns - j < WIDTH ? (UINT32_C(1) << (columns - j)) - 1 : 0xffff;
            (hardware      ? height == 1 ? flat_hardware : tall_hardware
             : height == 1 ? flat_nibbles
                           : tall_nibbles)(x + i, x_stride, y + j, y_stride, blocks, mask,
                                           counts + i * count_stride + j, count_stride);
        }
        i += height;
    }
}
