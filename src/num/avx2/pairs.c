/* pairs: popcounts by halves of bytes, looked up in a register. */
#include "backend.h"

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

#include "../generic/pairs.h"
