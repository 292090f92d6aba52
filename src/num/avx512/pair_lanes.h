/* pair_lanes: sites that are coupled in pairs, with a lane for each chain (num/pairwise.h). How much each state of a
 * neighbour adds to one of the site's is a register of up to 32 numbers, which the states of 32 chains look up: both
 * bytes of each by vpermb, or by vpermw where the processor has no VBMI; Intel's take one operation for the first and
 * two for the second.
 *
 * What bounds it, counted from the compiled loops, as it could not be timed: the look-ups, on the one port that Intel
 * has for them, while additions go to the other: 22 cycles for 11 states of the site, 64 chains and a neighbour
 * (tests/README.md has those of a whole update). */
#ifndef HOL_SRC_NUM_AVX512_PAIR_LANES_H
#define HOL_SRC_NUM_AVX512_PAIR_LANES_H

#include <immintrin.h>

#include "num/pairwise.h"

enum { STATES_AT_ONCE = 12 /* whose sums of 64 chains stay in registers */ };

/* sums, of even chains and of odd ones, of those halves of pairs that `ones` picks */
static inline void widen_into(int32_t *sums, __m512i even, __m512i odd, int32_t ones) {
    const __m512i wide[2] = {_mm512_madd_epi16(even, _mm512_set1_epi32(ones)),
                             _mm512_madd_epi16(odd, _mm512_set1_epi32(ones))};
    for (int k = 0; k < 2; k++)
        _mm512_store_si512(sums + 16 * k, _mm512_add_epi32(_mm512_load_si512(sums + 16 * k), wide[k]));
}

/* a register's value is settled here: GCC would look up all numbers before it adds them, and run out of registers */
#define SETTLE(x) __asm__("" : "+v"(x))

/* what 64 chains' states look up, even ones and odd ones: vpermw takes 5 bits of each 16, and a register of bytes has
 * those of its even ones */
static inline void list_words(const uint8_t *states, __m512i places[2]) {
    places[0] = _mm512_loadu_si512(states);
    places[1] = _mm512_srli_epi16(places[0], 8);
}

/* the places of a number's two bytes */
static inline void list_bytes(const uint8_t *states, __m512i places[2]) {
    const __m512i both = _mm512_loadu_si512(states), twice = _mm512_set1_epi16(0x0202);
    const __m512i even = _mm512_and_si512(both, _mm512_set1_epi16(0xff)), odd = _mm512_srli_epi16(both, 8);
    places[0] = _mm512_add_epi16(_mm512_mullo_epi16(even, twice), _mm512_set1_epi16(0x0100));
    places[1] = _mm512_add_epi16(_mm512_mullo_epi16(odd, twice), _mm512_set1_epi16(0x0100));
}

/* the fewest runs of at most STATES_AT_ONCE states, about as many in each; `some` adds those of one run */
#define ADD_RUNS(some)                                                                                                 \
    int64_t runs = (tile->width + STATES_AT_ONCE - 1) / STATES_AT_ONCE;                                                \
    for (int64_t first = 0, count; runs > 0; runs--, first += count) {                                                 \
        count = (tile->width - first) / runs;                                                                          \
        switch (count) {                                                                                               \
        case 1: some(1, tile, first, places, sums); break;                                                             \
        case 2: some(2, tile, first, places, sums); break;                                                             \
        case 3: some(3, tile, first, places, sums); break;                                                             \
        case 4: some(4, tile, first, places, sums); break;                                                             \
        case 5: some(5, tile, first, places, sums); break;                                                             \
        case 6: some(6, tile, first, places, sums); break;                                                             \
        case 7: some(7, tile, first, places, sums); break;                                                             \
        case 8: some(8, tile, first, places, sums); break;                                                             \
        case 9: some(9, tile, first, places, sums); break;                                                             \
        case 10: some(10, tile, first, places, sums); break;                                                           \
        case 11: some(11, tile, first, places, sums); break;                                                           \
        default: some(12, tile, first, places, sums);                                                                  \
        }                                                                                                              \
    }

/* `name` adds a tile, name_some `count` of the site's states from `first` on */
#define ADD_PAIR_LANES(name, list, look_up, ...)                                                                       \
    __VA_ARGS__ static inline __attribute__((always_inline)) void name##_some(                                         \
        const int count, const struct hol_pairwise_tile *tile, int64_t first, __m512i (*places)[2], int32_t *sums) {   \
        __m512i even[STATES_AT_ONCE], odd[STATES_AT_ONCE];                                                             \
        _Pragma("GCC unroll 12") for (int s = 0; s < count; s++) even[s] = odd[s] = _mm512_setzero_si512();            \
        for (int64_t k = 0; k < tile->groups; k++) {                                                                   \
            const int64_t numbers = tile->row[k + 1] - tile->row[k];                                                   \
            const int16_t *row = tile->narrow + tile->row[k] * tile->width + first * numbers;                          \
            const __m512i evens = places[k][0], odds = places[k][1];                                                   \
            _Pragma("GCC unroll 12") for (int s = 0; s < count; s++, row += numbers) {                                 \
                __m512i of_state = _mm512_loadu_si512(row);                                                            \
                SETTLE(of_state);                                                                                      \
                even[s] = _mm512_add_epi16(even[s], look_up(evens, of_state));                                         \
                odd[s] = _mm512_add_epi16(odd[s], look_up(odds, of_state));                                            \
                SETTLE(even[s]);                                                                                       \
                SETTLE(odd[s]);                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        sums += first * LANES;                                                                                         \
        _Pragma("GCC unroll 12") for (int s = 0; s < count; s++, sums += LANES) {                                      \
            widen_into(sums, even[s], odd[s], 1);                                                                      \
            widen_into(sums + LANES / 2, even[s], odd[s], 1 << 16);                                                    \
        }                                                                                                              \
    }                                                                                                                  \
    __VA_ARGS__ static void name(const struct hol_pairwise_tile *tile, const uint8_t *index, int32_t *sums) {          \
        __m512i places[HOL_PAIRWISE_RANGE][2];                                                                         \
        for (int64_t k = 0; k < tile->groups; k++) list(index + (int64_t)tile->group[k] * LANES, places[k]);           \
        ADD_RUNS(name##_some)                                                                                          \
    }
ADD_PAIR_LANES(add_pair_words, list_words, _mm512_permutexvar_epi16)
ADD_PAIR_LANES(add_pair_bytes, list_bytes, _mm512_permutexvar_epi8, __attribute__((target("avx512vbmi"))))

static void add_pair_lanes(const struct hol_pairwise_tile *tile, const uint8_t *index, int32_t *sums) {
    (__builtin_cpu_supports("avx512vbmi") ? add_pair_bytes : add_pair_words)(tile, index, sums);
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
