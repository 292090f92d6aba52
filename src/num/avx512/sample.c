/* sample: as avx2/sample.c, with the two chains of 16 units in a vector and their decisions in a mask. */
#include "../avx2/transpose.h"
#include "backend.h"
#include "clamp.h"
#include "estimate.h"
#include "lanes.h"

#include "../generic/philox_units.h"

/* the unit of bit k of 32 decisions */
static inline int place_unit(int k) { return k / 2; }

#include "../generic/decide.h"

enum { GROUP_CHAINS = 8, WORDS = 4, PAIRS = LANES / 2 };

/* field * scale of 16 fields; below -2^31 it becomes -2^31 */
static inline __m512i scale_fields(const int32_t *fields, __m512 scale) {
    const __m512 x = _mm512_cvtepi32_ps(_mm512_loadu_si512(fields)) * scale;
    return _mm512_cvtps_epi32(_mm512_min_ps(x, _mm512_set1_ps(INT16_MAX)));
}

/* fields (64, 16) to estimates: chains 2 p and 2 p + 1 in turns in estimates[p] */
static inline void estimate_strip(const int32_t *fields, float scale, __m512i estimates[PAIRS]) {
    const quadratics q = load_quadratics();
    const __m512 units = _mm512_set1_ps(scale * UNITS_PER_NAT);
    const __m512i in_turns =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    for (int p = 0; p < PAIRS; p++) {
        const int32_t *even = fields + 2 * p * HOL_STRIP;
        const __m512i both = _mm512_packs_epi32(scale_fields(even, units), scale_fields(even + HOL_STRIP, units));
        estimates[p] = estimate_fields(&q, _mm512_shuffle_epi8(both, in_turns));
    }
}

/* the 32 bits of words of units 0, 1, 4, 5 ... and of 2, 3, 6, 7 ... */
static inline __m512i join_words(lanes64 a, lanes64 b) {
    return _mm512_castps_si512(_mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), 0x88));
}

/* chains[k][u]: unit u's bits of chains 16 k to 16 k + 15 */
static inline void store_words(uint16_t chains[4][HOL_STRIP], uint64_t words[HOL_STRIP]) {
    for (int u = 0; u < HOL_STRIP; u++) {
        words[u] = 0;
        for (int k = 3; k >= 0; k--) words[u] = words[u] << 16 | chains[k][u];
    }
}

/* a strip's fields and what its random numbers are made from */
typedef struct strip {
    const int32_t *fields; /* (64, 16), borrowed */
    float scale;
    const hol_draw *draw; /* borrowed */
    int64_t unit, block;
    philox_keys keys;
    philox_units units[2];
    __m512i estimates[PAIRS];
} strip;

static inline void make_strip(strip *s, const int32_t *fields, float scale, const hol_draw *draw, int64_t unit,
                              int64_t block) {
    s->fields = fields;
    s->scale = scale;
    s->draw = draw;
    s->unit = unit;
    s->block = block;
    s->keys = make_philox_keys(draw);
    const __m512i first = _mm512_add_epi64(_mm512_setr_epi64(0, 1, 4, 5, 8, 9, 12, 13), _mm512_set1_epi64(unit));
    s->units[0] = make_philox_units(draw, &s->keys, first);
    s->units[1] = make_philox_units(draw, &s->keys, _mm512_add_epi64(first, _mm512_set1_epi64(2)));
    estimate_strip(fields, scale, s->estimates);
}

static inline void draw_samples(const strip *s, uint64_t *samples) {
    uint16_t chains[4][HOL_STRIP];
    __m512i bits = _mm512_setzero_si512(); /* of 16 chains: bit c of unit u in number 2 u + c % 2 */
    for (int g = 0; g < LANES / GROUP_CHAINS; g++) {
        lanes64 words[2][WORDS];
        draw_words(s->units, 2, s->draw, &s->keys, (uint32_t)(s->block * (LANES / GROUP_CHAINS) + g), words);
        for (int w = 0; w < WORDS; w++) {
            const __m512i r = join_words(words[0][w], words[1][w]) ^ _mm512_set1_epi16(INT16_MIN);
            const __m512i difference = _mm512_subs_epi16(s->estimates[WORDS * g + w], r);
            const uint32_t open = _mm512_cmplt_epu16_mask(_mm512_abs_epi16(difference), _mm512_set1_epi16(TOLERANCE));
            uint32_t on = _mm512_cmpgt_epi16_mask(difference, _mm512_setzero_si512()) & ~open;
            const int chain = GROUP_CHAINS * g + 2 * w;
            if (__builtin_expect(open != 0, 0))
                on |= decide_exactly(open, s->fields + chain * HOL_STRIP, s->scale, s->draw, s->unit,
                                     s->block * LANES + chain);
            bits = _mm512_mask_add_epi16(bits, on, bits, _mm512_set1_epi32((int)(UINT32_C(0x20001) << (chain % 16))));
        }
        if (g % 2 == 0) continue;
        const __m512i both = bits | _mm512_srli_epi32(bits, 16);
        _mm256_storeu_si256((__m256i *)(void *)chains[g / 2], _mm512_cvtepi32_epi16(both));
        bits = _mm512_setzero_si512();
    }
    store_words(chains, samples);
}

/* twice the dither of the units' chains 0 and 1, modulo 2^16 */
static inline __m512i start_dither(const strip *s, uint16_t offsets[HOL_STRIP]) {
    lanes64 words[2][WORDS];
    draw_words(s->units, 2, s->draw, &s->keys, UINT32_MAX, words);
    const uint32_t start = (uint32_t)(s->block * LANES) * HOL_DITHER_STEP;
    const __m512i both = _mm512_set1_epi32((int)((2 * start & 0xffff) | 2 * (start + HOL_DITHER_STEP) << 16));
    const __m512i offset = _mm512_srli_epi32(join_words(words[0][0], words[1][0]), 32 - HOL_PROBABILITY_BITS);
    _mm256_storeu_si256((__m256i *)(void *)offsets, _mm512_cvtepi32_epi16(offset));
    return _mm512_add_epi16(_mm512_slli_epi32(offset, 1) | _mm512_slli_epi32(offset, 17), both);
}

static inline void set_levels(const strip *s, uint8_t *levels) {
    uint16_t offsets[HOL_STRIP];
    uint32_t open[PAIRS];
    __m256i rows[PAIRS]; /* of each pair of chains the levels, unit by unit */
    __m512i dither = start_dither(s, offsets);
    for (int p = 0; p < PAIRS; p++) {
        const __m512i probability = s->estimates[p] ^ _mm512_set1_epi16(INT16_MIN);
        const __m512i z = _mm512_add_epi16(_mm512_sub_epi16(probability, _mm512_srli_epi16(probability, 4)),
                                           _mm512_srli_epi16(dither, 16 - LEVEL_BITS));
        const __m512i distance = _mm512_abs_epi16(_mm512_slli_epi16(z, 16 - LEVEL_BITS));
        open[p] = _mm512_cmplt_epu16_mask(distance, _mm512_set1_epi16(LEVEL_TOLERANCE << (16 - LEVEL_BITS)));
        rows[p] = _mm512_cvtepi16_epi8(_mm512_srli_epi16(z, LEVEL_BITS));
        dither = _mm512_add_epi16(dither, _mm512_set1_epi16((short)(4 * HOL_DITHER_STEP)));
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
    __m512i of_pairs[PAIRS];
    estimate_strip(fields, scale, of_pairs);
    int16_t numbers[PAIRS * 2 * HOL_STRIP];
    memcpy(numbers, of_pairs, sizeof numbers);
    for (int c = 0; c < LANES; c++)
        for (int u = 0; u < HOL_STRIP; u++)
            estimates[c * HOL_STRIP + u] = numbers[c / 2 * 2 * HOL_STRIP + 2 * u + c % 2];
}
