/* sample: estimates of all probabilities first, then random numbers and decisions, 8 chains of 16 units at a time.
 *
 * 16-bit numbers lie as Philox gives them (num/kernels.h): a vector has the two chains of one word, of 8 units, in
 * turns. Vectors of 16 units' decisions, in bytes, have the units 0-3, 8-11, 4-7, 12-15, as instructions pack them.
 *
 * What bounds it is the number of instructions: 1.9 a decision for random numbers, 1.7 for estimates, 0.5 for the rest;
 * 1.1 a level. On Zen 3 at 3.2 GHz a sample takes 0.56 ns (from 32-bit probabilities: 2.01), a level by itself 0.48
 * (1.37), both 0.79 (2.60); random numbers are 0.21 of that, estimates 0.21, what is open 0.03 of samples and 0.08 of
 * levels. */
#include "backend.h"
#include "clamp.h"
#include "estimate.h"
#include "lanes.h"
#include "transpose.h"

#include "../generic/philox_units.h"

/* the unit of bit k of 32 decisions */
static inline int place_unit(int k) {
    static const int8_t first[4] = {0, 8, 4, 12};
    return first[k / 8] + k % 8 / 2;
}

#include "../generic/decide.h"

enum { GROUP_CHAINS = 8, WORDS = 4, PAIRS = LANES / 2 };

/* field * scale of 8 fields; below -2^31 it becomes -2^31 */
static inline __m256i scale_fields(const int32_t *fields, __m256 scale) {
    const __m256 x = _mm256_cvtepi32_ps(load(fields)) * scale;
    return _mm256_cvtps_epi32(_mm256_min_ps(x, _mm256_set1_ps(INT16_MAX)));
}

/* fields (64, 16) to estimates: chains 2 p and 2 p + 1 of units 8 h to 8 h + 7 in estimates[p][h] */
static inline void estimate_strip(const int32_t *fields, float scale, __m256i estimates[PAIRS][2]) {
    const quadratics q = load_quadratics();
    const __m256 units = _mm256_set1_ps(scale * UNITS_PER_NAT);
    const __m256i in_turns = set_bytes((const uint8_t[]){0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15});
    for (int p = 0; p < PAIRS; p++) {
        const int32_t *even = fields + 2 * p * HOL_STRIP, *odd = even + HOL_STRIP;
        __m256i x[2];
        for (int h = 0; h < 2; h++) {
            const __m256i both =
                _mm256_packs_epi32(scale_fields(even + 8 * h, units), scale_fields(odd + 8 * h, units));
            x[h] = _mm256_max_epi16(_mm256_shuffle_epi8(both, in_turns), _mm256_set1_epi16(-INT16_MAX));
        }
        estimate_fields(&q, x, estimates[p]);
    }
}

/* the two chains' bits of units 8 h to 8 h + 7 in word w; words has those of units 0, 1, 4, 5, then 2, 3, 6, 7, then
 * the same of the next 8 units */
static inline __m256i join_words(lanes64 words[4][WORDS], int h, int w) {
    const __m256 a = _mm256_castsi256_ps(words[2 * h][w]), b = _mm256_castsi256_ps(words[2 * h + 1][w]);
    return _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)); /* lower halves of 64-bit lanes */
}

/* y - (r - 2^15) of 32 decisions, saturated to bytes */
static inline __m256i compare(const __m256i estimates[2], lanes64 words[4][WORDS], int w) {
    __m256i difference[2];
    for (int h = 0; h < 2; h++) {
        const __m256i r = join_words(words, h, w) ^ _mm256_set1_epi16(INT16_MIN);
        difference[h] = _mm256_subs_epi16(estimates[h], r);
    }
    return _mm256_packs_epi16(difference[0], difference[1]);
}

/* bytes that are not 0 where a difference, or the smallest of several, is less than TOLERANCE */
static inline __m256i find_open(__m256i distance) { return _mm256_subs_epu8(_mm256_set1_epi8(TOLERANCE), distance); }

/* differences of either sign, far from 0, for those that are open */
static __attribute__((noinline)) __m256i replace_open(__m256i difference, const int32_t *fields, float scale,
                                                      const hol_draw *draw, int64_t unit, int64_t chain) {
    const __m256i decided = _mm256_cmpeq_epi8(find_open(_mm256_abs_epi8(difference)), _mm256_setzero_si256());
    uint32_t open = ~(uint32_t)_mm256_movemask_epi8(decided);
    if (open == 0) return difference;
    const uint32_t on = decide_exactly(open, fields, scale, draw, unit, chain);
    int8_t bytes[32];
    memcpy(bytes, &difference, sizeof bytes);
    for (; open; open &= open - 1) bytes[__builtin_ctz(open)] = on & open & -open ? 1 : -1;
    return load(bytes);
}

/* Bit c of unit u is byte 2 u' + c % 2 of bits[c / 8], bit c % 8, u' being u's place; the other bits of the two bytes
 * are 0. words[u] gets the bits of all chains. */
static inline void store_words(const __m256i bits[LANES / GROUP_CHAINS], uint64_t words[HOL_STRIP]) {
    __m256i chains[4]; /* 16 chains of each unit */
    for (int k = 0; k < 4; k++) {
        const __m256i low = bits[2 * k] | _mm256_srli_epi16(bits[2 * k], 8);
        const __m256i high = bits[2 * k + 1] | _mm256_slli_epi16(bits[2 * k + 1], 8);
        chains[k] = _mm256_blendv_epi8(low, high, _mm256_set1_epi16((short)0xff00));
    }
    const __m256i halves[2][2] = {
        {_mm256_unpacklo_epi16(chains[0], chains[1]), _mm256_unpacklo_epi16(chains[2], chains[3])},
        {_mm256_unpackhi_epi16(chains[0], chains[1]), _mm256_unpackhi_epi16(chains[2], chains[3])}};
    for (int h = 0; h < 2; h++) {
        const __m256i a = _mm256_unpacklo_epi32(halves[h][0], halves[h][1]); /* units 0, 1, 4, 5 */
        const __m256i b = _mm256_unpackhi_epi32(halves[h][0], halves[h][1]); /* units 2, 3, 6, 7 */
        _mm256_storeu_si256((__m256i *)(void *)(words + 8 * h), _mm256_permute2x128_si256(a, b, 0x20));
        _mm256_storeu_si256((__m256i *)(void *)(words + 8 * h + 4), _mm256_permute2x128_si256(a, b, 0x31));
    }
}

/* a strip's fields and what its random numbers are made from */
typedef struct strip {
    const int32_t *fields; /* (64, 16), borrowed */
    float scale;
    const hol_draw *draw; /* borrowed */
    int64_t unit, block;
    philox_keys keys;
    philox_units units[4];
    __m256i estimates[PAIRS][2];
} strip;

static inline void make_strip(strip *s, const int32_t *fields, float scale, const hol_draw *draw, int64_t unit,
                              int64_t block) {
    s->fields = fields;
    s->scale = scale;
    s->draw = draw;
    s->unit = unit;
    s->block = block;
    s->keys = make_philox_keys(draw);
    for (int n = 0; n < 4; n++) {
        const uint32_t u = (uint32_t)unit + (uint32_t)(n / 2 * 8 + n % 2 * 2);
        s->units[n] = make_philox_units(draw, &s->keys, _mm256_setr_epi64x(u, u + 1, u + 4, u + 5));
    }
    estimate_strip(fields, scale, s->estimates);
}

static inline void draw_samples(const strip *s, uint64_t *samples) {
    __m256i bits[LANES / GROUP_CHAINS];
    for (int g = 0; g < LANES / GROUP_CHAINS; g++) {
        lanes64 words[4][WORDS];
        draw_words(s->units, 4, s->draw, &s->keys, (uint32_t)(s->block * (LANES / GROUP_CHAINS) + g), words);
        __m256i difference[WORDS], nearest = _mm256_set1_epi8(INT8_MAX);
        for (int w = 0; w < WORDS; w++) {
            difference[w] = compare(s->estimates[WORDS * g + w], words, w);
            nearest = _mm256_min_epu8(nearest, _mm256_abs_epi8(difference[w]));
        }
        const __m256i open = find_open(nearest);
        if (__builtin_expect(!_mm256_testz_si256(open, open), 0))
            for (int w = 0; w < WORDS; w++) {
                const int chain = GROUP_CHAINS * g + 2 * w;
                difference[w] = replace_open(difference[w], s->fields + chain * HOL_STRIP, s->scale, s->draw, s->unit,
                                             s->block * LANES + chain);
            }
        bits[g] = _mm256_setzero_si256();
        for (int w = 0; w < WORDS; w++) {
            const __m256i bit = _mm256_set1_epi16((short)(0x0201 << (2 * w)));
            bits[g] |= _mm256_cmpgt_epi8(difference[w], _mm256_setzero_si256()) & bit;
        }
    }
    store_words(bits, samples);
}

/* twice the dither of the units' chains 0 and 1, modulo 2^16 */
static inline void start_dither(const strip *s, uint16_t offsets[HOL_STRIP], __m256i dither[2]) {
    lanes64 words[4][WORDS];
    draw_words(s->units, 4, s->draw, &s->keys, UINT32_MAX, words);
    const uint32_t start = (uint32_t)(s->block * LANES) * HOL_DITHER_STEP;
    const __m256i both = _mm256_set1_epi32((int)((2 * start & 0xffff) | 2 * (start + HOL_DITHER_STEP) << 16));
    for (int h = 0; h < 2; h++) {
        uint32_t of_units[8];
        const __m256i offset = _mm256_srli_epi32(join_words(words, h, 0), 32 - HOL_PROBABILITY_BITS);
        memcpy(of_units, &offset, sizeof of_units);
        for (int u = 0; u < 8; u++) offsets[8 * h + u] = (uint16_t)of_units[u];
        dither[h] = _mm256_add_epi16(_mm256_slli_epi32(offset, 1) | _mm256_slli_epi32(offset, 17), both);
    }
}

static inline void set_levels(const strip *s, uint8_t *levels) {
    uint16_t offsets[HOL_STRIP];
    uint32_t open[PAIRS];
    __m256i dither[2], rows[PAIRS]; /* of each pair of chains the levels, unit by unit */
    start_dither(s, offsets, dither);
    for (int p = 0; p < PAIRS; p++) {
        __m256i level[2], near[2];
        for (int h = 0; h < 2; h++) {
            const __m256i probability = s->estimates[p][h] ^ _mm256_set1_epi16(INT16_MIN);
            const __m256i z = _mm256_add_epi16(_mm256_sub_epi16(probability, _mm256_srli_epi16(probability, 4)),
                                               _mm256_srli_epi16(dither[h], 16 - LEVEL_BITS));
            level[h] = _mm256_srli_epi16(z, LEVEL_BITS);
            const __m256i distance = _mm256_abs_epi16(_mm256_slli_epi16(z, 16 - LEVEL_BITS));
            near[h] = _mm256_cmpgt_epi16(_mm256_set1_epi16(LEVEL_TOLERANCE << (16 - LEVEL_BITS)), distance);
            dither[h] = _mm256_add_epi16(dither[h], _mm256_set1_epi16((short)(4 * HOL_DITHER_STEP)));
        }
        open[p] = (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(near[0], near[1]));
        rows[p] = _mm256_permute4x64_epi64(_mm256_packus_epi16(level[0], level[1]), 0xd8);
    }
    store_levels(rows, levels);
    set_open_levels(open, s->fields, s->scale, offsets, s->block, levels);
}

void HOL_BACKEND(sample)(const int32_t *fields, float scale, const hol_draw *draw, int64_t unit, int64_t block,
                         uint64_t *samples, uint8_t *levels) {
    strip s;
    make_strip(&s, fields, scale, draw, unit, block);
    if (samples) draw_samples(&s, samples);
    if (levels) set_levels(&s, levels);
}

void HOL_BACKEND(estimate)(const int32_t *fields, float scale, int16_t *estimates) {
    __m256i of_pairs[PAIRS][2];
    estimate_strip(fields, scale, of_pairs);
    int16_t numbers[PAIRS * 2 * 16];
    memcpy(numbers, of_pairs, sizeof numbers);
    for (int c = 0; c < LANES; c++)
        for (int u = 0; u < HOL_STRIP; u++) estimates[c * HOL_STRIP + u] = numbers[c / 2 * 32 + 2 * u + c % 2];
}
