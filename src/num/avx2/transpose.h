/* transpose: 16 x 16 numbers of 16 bits in registers, for AVX-512 too. */
#ifndef HOL_SRC_NUM_AVX2_TRANSPOSE_H
#define HOL_SRC_NUM_AVX2_TRANSPOSE_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

/* the two 8 x 8 squares of eight rows */
static inline void transpose_squares(__m256i rows[8]) {
    for (int stage = 0; stage < 3; stage++) {
        __m256i mixed[8];
        for (int k = 0; k < 4; k++) {
            mixed[2 * k] = _mm256_unpacklo_epi16(rows[k], rows[k + 4]);
            mixed[2 * k + 1] = _mm256_unpackhi_epi16(rows[k], rows[k + 4]);
        }
        memcpy(rows, mixed, sizeof mixed);
    }
}

static inline void transpose_rows(__m256i rows[16]) {
    transpose_squares(rows);
    transpose_squares(rows + 8);
    for (int k = 0; k < 8; k++) {
        const __m256i a = rows[k], b = rows[k + 8];
        rows[k] = _mm256_permute2x128_si256(a, b, 0x20);
        rows[k + 8] = _mm256_permute2x128_si256(a, b, 0x31);
    }
}

/* 8 x 8 numbers of 32 bits */
static inline void transpose_eight(__m256i rows[8]) {
    __m256i mixed[8];
    for (int k = 0; k < 8; k += 2) {
        mixed[k] = _mm256_unpacklo_epi32(rows[k], rows[k + 1]);
        mixed[k + 1] = _mm256_unpackhi_epi32(rows[k], rows[k + 1]);
    }
    for (int k = 0; k < 8; k += 4) {
        rows[k] = _mm256_unpacklo_epi64(mixed[k], mixed[k + 2]);
        rows[k + 1] = _mm256_unpackhi_epi64(mixed[k], mixed[k + 2]);
        rows[k + 2] = _mm256_unpacklo_epi64(mixed[k + 1], mixed[k + 3]);
        rows[k + 3] = _mm256_unpackhi_epi64(mixed[k + 1], mixed[k + 3]);
    }
    for (int k = 0; k < 4; k++) {
        const __m256i a = rows[k], b = rows[k + 4];
        rows[k] = _mm256_permute2x128_si256(a, b, 0x20);
        rows[k + 4] = _mm256_permute2x128_si256(a, b, 0x31);
    }
}

/* fields (64, width), width a multiple of 8, to turned (width, 64), 32-byte aligned */
static inline void turn_eights(const int32_t *fields, int64_t width, int32_t *turned) {
    for (int64_t c = 0; c < 64; c += 8)
        for (int64_t s = 0; s < width; s += 8) {
            __m256i rows[8];
            for (int k = 0; k < 8; k++)
                rows[k] = _mm256_load_si256((const __m256i *)(const void *)(fields + (c + k) * width + s));
            transpose_eight(rows);
            for (int k = 0; k < 8; k++) _mm256_store_si256((__m256i *)(void *)(turned + (s + k) * 64 + c), rows[k]);
        }
}

/* of each pair of chains the levels of 16 units, chain by chain in turns, to (16 units, 64 chains), 32-byte aligned */
static inline void store_levels(__m256i pairs[32], uint8_t *levels) {
    for (int k = 0; k < 2; k++) {
        transpose_rows(pairs + 16 * k);
        for (int u = 0; u < 16; u++)
            _mm256_store_si256((__m256i *)(void *)(levels + 64 * u + 32 * k), pairs[16 * k + u]);
    }
}

#endif
