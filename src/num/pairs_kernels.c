/* pairs_kernels: how often two units are both on; compiled once per instruction set.
 *
 * Popcounts of ANDed words, in rectangles whose sums stay in registers over all blocks. What bounds it: three
 * operations on 8 pairs of words (and, count, add), and for few blocks the writing of the counts. */
#include "vectors.h"

#define pairs HOL_JOIN(hol_pairs_, HOL_ISA)
hol_pairs_kernel pairs;

#if defined(__AVX512F__)
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

void pairs(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks, int64_t rows,
           int64_t columns, int32_t *counts, int64_t count_stride) {
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

#else
#if defined(__AVX2__)
enum { HEIGHT = 4, WIDTH = 4 };

static inline __m256i count_nibbles(__m256i x) {
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i bytes = _mm256_add_epi8(_mm256_shuffle_epi8(table, _mm256_and_si256(x, low)),
                                          _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
    return _mm256_sad_epu8(bytes, _mm256_setzero_si256());
}

static void rectangle(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                      int32_t *counts, int64_t count_stride) {
    const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    __m256i sums[HEIGHT] = {{0}};
    for (int64_t b = 0; b < blocks; b++) {
        const __m256i yq = _mm256_loadu_si256((const __m256i *)(const void *)(y + b * y_stride));
        for (int i = 0; i < HEIGHT; i++) {
            const __m256i xi = _mm256_set1_epi64x((long long)x[b * x_stride + i]);
            sums[i] = _mm256_add_epi64(sums[i], count_nibbles(_mm256_and_si256(xi, yq)));
        }
    }
    for (int i = 0; i < HEIGHT; i++)
        _mm_storeu_si128((__m128i *)(void *)(counts + i * count_stride),
                         _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(sums[i], low_halves)));
}
#else
enum { HEIGHT = 1, WIDTH = 1 };

static void rectangle(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                      int32_t *counts, int64_t count_stride) {
    (void)count_stride;
    *counts = 0;
    for (int64_t b = 0; b < blocks; b++) *counts += __builtin_popcountll(x[b * x_stride] & y[b * y_stride]);
}
#endif

void pairs(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks, int64_t rows,
           int64_t columns, int32_t *counts, int64_t count_stride) {
    const int64_t whole_rows = rows - rows % HEIGHT, whole_columns = columns - columns % WIDTH;
    for (int64_t i = 0; i < whole_rows; i += HEIGHT)
        for (int64_t j = 0; j < whole_columns; j += WIDTH)
            rectangle(x + i, x_stride, y + j, y_stride, blocks, counts + i * count_stride + j, count_stride);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; j++) {
            int32_t sum = 0;
            for (int64_t b = 0; b < blocks; b++) sum += __builtin_popcountll(x[b * x_stride + i] & y[b * y_stride + j]);
            counts[i * count_stride + j] = sum;
        }
}
#endif
