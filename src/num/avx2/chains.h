/* chains: one unit of all 64 chains as 16-bit numbers, in vectors [half][pair]: number 4 m + q is chain 8 g + 4 half +
 * q, where g is the m-th of the chain groups 0, 1, 4, 5 in pair 0, and of 2, 3, 6, 7 in pair 1. So random numbers lie
 * as Philox leaves them, and bytes that are unpacked or packed keep the order of chains. */
#ifndef HOL_SRC_NUM_AVX2_CHAINS_H
#define HOL_SRC_NUM_AVX2_CHAINS_H

#include "../generic/philox_start.h"
#include "estimate.h"

enum { PAIRS = 2 };
typedef __m256i chains[2][PAIRS];

static inline __m256i set_number(uint32_t x) { return _mm256_set1_epi32((int)x); }

/* a bit for each chain whose number is all ones, not 0 */
static inline uint64_t pack_chains(const chains numbers) {
    const __m256i low = _mm256_packs_epi16(numbers[0][0], numbers[0][1]),
                  high = _mm256_packs_epi16(numbers[1][0], numbers[1][1]);
    return _pdep_u64((uint32_t)_mm256_movemask_epi8(low), UINT64_C(0x0f0f0f0f0f0f0f0f)) |
           _pdep_u64((uint32_t)_mm256_movemask_epi8(high), UINT64_C(0xf0f0f0f0f0f0f0f0));
}

/* Fields in units of 2^shift / UNITS_PER_NAT nats, which are not INT16_MIN, to estimates. */
static inline void estimate_chains(const quadratics *q, chains x, int shift) {
    const __m256i end = _mm256_set1_epi16((short)(INT16_MAX >> shift));
    const __m256i start = _mm256_sub_epi16(_mm256_setzero_si256(), end);
    for (int half = 0; half < 2; half++) {
        for (int pair = 0; shift && pair < PAIRS; pair++)
            x[half][pair] = _mm256_sll_epi16(_mm256_max_epi16(_mm256_min_epi16(x[half][pair], end), start),
                                             _mm_cvtsi32_si128(shift));
        estimate_fields(q, x[half], x[half]);
    }
}

/* A bit for each chain that is on, whose number is less than 2^16 (p - 1/2), and in ret_open for each where they are
 * equal: probabilities are the upper 16 bits of p. */
static inline uint64_t compare_chains(const chains probabilities, const chains numbers, uint64_t *ret_open) {
    chains on, equal;
    __m256i any = _mm256_setzero_si256();
    for (int v = 0; v < 2 * PAIRS; v++) {
        const __m256i p = probabilities[v / PAIRS][v % PAIRS], r = numbers[v / PAIRS][v % PAIRS];
        on[v / PAIRS][v % PAIRS] = _mm256_cmpgt_epi16(p, r);
        equal[v / PAIRS][v % PAIRS] = _mm256_cmpeq_epi16(p, r);
        any = _mm256_or_si256(any, equal[v / PAIRS][v % PAIRS]);
    }
    *ret_open = __builtin_expect(_mm256_testz_si256(any, any), 1) ? 0 : pack_chains(equal);
    return pack_chains(on);
}

/* The same with estimates of p, which leave open where they are nearer than `tolerance`; on: all ones, or 0. */
static inline uint64_t compare_estimates(const chains estimates, const chains numbers, uint16_t tolerance, chains on,
                                         uint64_t *ret_open) {
    const __m256i nearest = _mm256_set1_epi16((short)tolerance), zero = _mm256_setzero_si256();
    chains open;
    __m256i any = zero;
    for (int v = 0; v < 2 * PAIRS; v++) {
        const __m256i difference =
            _mm256_subs_epi16(estimates[v / PAIRS][v % PAIRS], numbers[v / PAIRS][v % PAIRS]);
        on[v / PAIRS][v % PAIRS] = _mm256_cmpgt_epi16(difference, zero);
        open[v / PAIRS][v % PAIRS] = _mm256_subs_epu16(nearest, _mm256_abs_epi16(difference));
        any = _mm256_or_si256(any, open[v / PAIRS][v % PAIRS]);
    }
    *ret_open = 0;
    if (__builtin_expect(!_mm256_testz_si256(any, any), 0)) {
        for (int v = 0; v < 2 * PAIRS; v++)
            open[v / PAIRS][v % PAIRS] = _mm256_cmpeq_epi16(open[v / PAIRS][v % PAIRS], zero);
        *ret_open = ~pack_chains(open);
    }
    return pack_chains(on);
}

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

typedef struct stream {
    __m256i keys[PHILOX_FULL_ROUNDS][2];
    __m256i groups[PAIRS][2]; /* what philox_start_b leaves, for the chain groups of each pair */
} stream;

static void start_stream(stream *s, const hol_draw *draw, int64_t block) {
    for (uint32_t round = 0; round < PHILOX_FULL_ROUNDS; round++)
        for (int word = 0; word < 2; word++) s->keys[round][word] = set_number(philox_key(draw, word, round + 3));
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        uint64_t words[2][4];
        for (uint32_t m = 0; m < 4; m++) {
            uint32_t b[2];
            philox_start_b(draw, (uint32_t)(block * 8) + 2 * pair + m % 2 + m / 2 * 4, b);
            for (int w = 0; w < 2; w++) words[w][m] = b[w];
        }
        memcpy(s->groups[pair], words, sizeof words);
    }
}

/* two words' lower halves side by side */
static inline __m256i join(__m256i first, __m256i second) {
    return _mm256_blend_epi32(first, _mm256_slli_epi64(second, 32), 0xaa);
}

/* The random numbers of two units, less 2^15; starts are theirs by philox_start_a. Each round waits for the one before,
 * and two units' fill the waits. */
static inline void draw_numbers(const stream *s, const uint32_t *const starts[2], chains numbers[2]) {
    const __m256i m0 = _mm256_set1_epi64x(PHILOX_M0), m1 = _mm256_set1_epi64x(PHILOX_M1);
    __m256i c0[2 * PAIRS], c1[2 * PAIRS], c2[2 * PAIRS], c3[2 * PAIRS];
    for (int p = 0; p < 2 * PAIRS; p++) {
        const uint32_t *a = starts[p / PAIRS];
        c1[p] = _mm256_mul_epu32(_mm256_xor_si256(s->groups[p % PAIRS][0], set_number(a[0])), m1);
        c0[p] = _mm256_xor_si256(_mm256_srli_epi64(c1[p], 32), set_number(a[1]));
        c2[p] = _mm256_xor_si256(s->groups[p % PAIRS][1], set_number(a[2]));
        c3[p] = set_number(a[3]);
    }
#pragma GCC unroll 7
    for (int round = 0; round < PHILOX_FULL_ROUNDS; round++)
        for (int p = 0; p < 2 * PAIRS; p++) {
            const __m256i p0 = _mm256_mul_epu32(c0[p], m0), p1 = _mm256_mul_epu32(c2[p], m1);
            c0[p] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[p]), s->keys[round][0]);
            c2[p] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[p]), s->keys[round][1]);
            c1[p] = p1;
            c3[p] = p0;
        }
    const __m256i half = _mm256_set1_epi16((short)0x8000);
    for (int p = 0; p < 2 * PAIRS; p++) {
        numbers[p / PAIRS][0][p % PAIRS] = _mm256_xor_si256(join(c0[p], c1[p]), half);
        numbers[p / PAIRS][1][p % PAIRS] = _mm256_xor_si256(join(c2[p], c3[p]), half);
    }
}

#endif
