/* pair_lanes: sites that are coupled in pairs, with a lane for each chain (num/pairwise.h). How much each state of a
 * neighbour adds to one of the site's is a register of up to 32 numbers, which vpermw looks up by the states of 32
 * chains. It takes 5 bits of each 16: a register of 64 chains' bytes has the even ones' as it is, the odd ones' when it
 * is shifted. */
#ifndef HOL_SRC_NUM_AVX512_PAIR_LANES_H
#define HOL_SRC_NUM_AVX512_PAIR_LANES_H

#include <immintrin.h>

#include "num/pairwise.h"

enum { STATES_AT_ONCE = 12 /* whose sums of 64 chains stay in registers */ };

static inline void widen_into(int32_t *sums, __m512i narrow, int half) {
    const __m512i wide = _mm512_madd_epi16(narrow, _mm512_set1_epi32(half ? 1 << 16 : 1));
    _mm512_store_si512(sums, _mm512_add_epi32(_mm512_load_si512(sums), wide));
}

/* a register's value is settled here: GCC would look up all numbers before it adds them, and run out of registers */
#define SETTLE(x) __asm__("" : "+v"(x))

/* `count` states of the site's, from `first` on */
static inline __attribute__((always_inline)) void add_some_lanes(const int count, const struct hol_pairwise_tile *tile,
                                                                 int64_t first, const uint8_t *index, int32_t *sums) {
    __m512i even[STATES_AT_ONCE], odd[STATES_AT_ONCE];
#pragma GCC unroll 12
    for (int s = 0; s < count; s++) even[s] = odd[s] = _mm512_setzero_si512();
    for (int64_t k = 0; k < tile->groups; k++) {
        const int64_t numbers = tile->row[k + 1] - tile->row[k];
        const int16_t *row = tile->narrow + tile->row[k] * tile->width + first * numbers;
        const __m512i evens = _mm512_loadu_si512(index + (int64_t)tile->group[k] * LANES);
        const __m512i odds = _mm512_srli_epi16(evens, 8);
#pragma GCC unroll 12
        for (int s = 0; s < count; s++, row += numbers) {
            __m512i of_state = _mm512_loadu_si512(row);
            SETTLE(of_state);
            even[s] = _mm512_add_epi16(even[s], _mm512_permutexvar_epi16(evens, of_state));
            odd[s] = _mm512_add_epi16(odd[s], _mm512_permutexvar_epi16(odds, of_state));
            SETTLE(even[s]);
            SETTLE(odd[s]);
        }
    }
    sums += first * LANES;
#pragma GCC unroll 12
    for (int s = 0; s < count; s++, sums += LANES)
        for (int half = 0; half < 2; half++) {
            widen_into(sums + half * 32, even[s], half);
            widen_into(sums + half * 32 + 16, odd[s], half);
        }
}

#define ADD_LANES(count)                                                                                               \
    case count: add_some_lanes(count, tile, first, index, sums); break

static void add_pair_lanes(const struct hol_pairwise_tile *tile, const uint8_t *index, int32_t *sums) {
    int64_t runs = (tile->width + STATES_AT_ONCE - 1) / STATES_AT_ONCE;
    for (int64_t first = 0, count; runs > 0; runs--, first += count) {
        count = (tile->width - first) / runs;
        switch (count) {
            ADD_LANES(1);
            ADD_LANES(2);
            ADD_LANES(3);
            ADD_LANES(4);
            ADD_LANES(5);
            ADD_LANES(6);
            ADD_LANES(7);
            ADD_LANES(8);
            ADD_LANES(9);
            ADD_LANES(10);
            ADD_LANES(11);
            ADD_LANES(12);
        }
    }
}

/* numbers of chains in order to those of lanes: chain 4 k + r's to 16 r + k */
static inline void spread_numbers(const uint32_t numbers[LANES], uint32_t spread[LANES]) {
    __m512i of_chains[4];
    memcpy(of_chains, numbers, sizeof of_chains);
    for (int r = 0; r < 4; r++) {
        const __m512i at = _mm512_setr_epi32(r, r + 4, r + 8, r + 12, r + 16, r + 20, r + 24, r + 28, 0, 0, 0, 0, 0, 0,
                                             0, 0);
        const __m512i low = _mm512_permutex2var_epi32(of_chains[0], at, of_chains[1]);
        const __m512i high = _mm512_permutex2var_epi32(of_chains[2], at, of_chains[3]);
        _mm512_store_si512(spread + 16 * r, _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1));
    }
}

static void draw_lanes(const int32_t *fields, int64_t states, float scale, const hol_draw *draw, int64_t unit,
                       int64_t block, uint8_t *drawn) {
    _Alignas(64) uint32_t numbers[LANES], spread[LANES], chosen[LANES];
    v16u quarters[4];
    draw_site_numbers(draw, unit, block, numbers);
    spread_numbers(numbers, spread);
    choose_states(fields, states, scale, spread, chosen);
    memcpy(quarters, chosen, sizeof quarters);
    quarters[0] |= quarters[1] << 8 | quarters[2] << 16 | quarters[3] << 24; /* chain 4 k + r is byte r of k */
    memcpy(drawn, quarters, LANES);
}

#endif
