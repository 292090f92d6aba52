/* sparse: units with few neighbours, all 64 chains of a block by look-ups of 16-bit numbers.
 *
 * The 32 numbers of a table of 5 neighbours are one register, and a permutation looks up 32 chains. A neighbour's word
 * is a mask, which adds its bit to the numbers of entries.
 *
 * The chains of a unit lie in two vectors [half] of 32 numbers: number 4 g + q is chain 8 g + 4 half + q. */
#include "backend.h"
#include "estimate.h"

#include <math.h>

enum { GROUP = 5, QUAD = 4 };

typedef __m512i chains[2];

typedef struct table {
    int16_t entries[1 << GROUP];
} table;

static inline void set_table(table *t, const v16i numbers[2]) {
    for (int p = 0; p < 2; p++)
        _mm256_storeu_si256((__m256i *)(void *)(t->entries + 16 * p), _mm512_cvtepi32_epi16((__m512i)numbers[p]));
}

#include "clamp.h"
#include "../generic/probability.h"
#include "../generic/sparse_run.h"

static const uint64_t halves_of_bytes[2] = {UINT64_C(0x0f0f0f0f0f0f0f0f), UINT64_C(0xf0f0f0f0f0f0f0f0)};

static inline __m512i set_number(uint32_t x) { return _mm512_set1_epi32((int)x); }

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

typedef struct stream {
    __m512i keys[PHILOX_FULL_ROUNDS][2];
    __m512i groups[2]; /* what philox_start_b leaves, for the chain groups of a block */
} stream;

static void start_stream(stream *s, const hol_draw *draw, int64_t block) {
    uint64_t words[2][8];
    for (uint32_t round = 0; round < PHILOX_FULL_ROUNDS; round++)
        for (int word = 0; word < 2; word++) s->keys[round][word] = set_number(philox_key(draw, word, round + 3));
    for (uint32_t g = 0; g < 8; g++) {
        uint32_t b[2];
        philox_start_b(draw, (uint32_t)(block * 8) + g, b);
        for (int w = 0; w < 2; w++) words[w][g] = b[w];
    }
    memcpy(s->groups, words, sizeof words);
}

/* two words' lower halves side by side */
static inline __m512i join(__m512i first, __m512i second) {
    return _mm512_mask_blend_epi32(0xaaaa, first, _mm512_slli_epi64(second, 32));
}

/* The random numbers of four units, less 2^15. Each round waits for the one before, and other units' fill the waits. */
static inline void draw_numbers(const stream *s, const drawn units[QUAD], chains numbers[QUAD]) {
    const __m512i m0 = _mm512_set1_epi64(PHILOX_M0), m1 = _mm512_set1_epi64(PHILOX_M1);
    __m512i c0[QUAD], c1[QUAD], c2[QUAD], c3[QUAD];
    for (int u = 0; u < QUAD; u++) {
        const uint32_t *a = units[u].philox;
        c1[u] = _mm512_mul_epu32(_mm512_xor_si512(s->groups[0], set_number(a[0])), m1);
        c0[u] = _mm512_xor_si512(_mm512_srli_epi64(c1[u], 32), set_number(a[1]));
        c2[u] = _mm512_xor_si512(s->groups[1], set_number(a[2]));
        c3[u] = set_number(a[3]);
    }
#pragma GCC unroll 7
    for (int round = 0; round < PHILOX_FULL_ROUNDS; round++)
        for (int u = 0; u < QUAD; u++) {
            const __m512i p0 = _mm512_mul_epu32(c0[u], m0), p1 = _mm512_mul_epu32(c2[u], m1);
            c0[u] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p1, 32), c1[u], s->keys[round][0], 0x96);
            c2[u] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p0, 32), c3[u], s->keys[round][1], 0x96);
            c1[u] = p1;
            c3[u] = p0;
        }
    const __m512i half = _mm512_set1_epi16((short)0x8000);
    for (int u = 0; u < QUAD; u++) {
        numbers[u][0] = _mm512_xor_si512(join(c0[u], c1[u]), half);
        numbers[u][1] = _mm512_xor_si512(join(c2[u], c3[u]), half);
    }
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

/* which entry of its group's table each chain wants */
static inline void find_entries(const hol_sparse *s, const drawn *d, int64_t group, const uint64_t *words,
                                chains entries) {
    int32_t at[GROUP];
    find_group(s, d->unit, group, at);
    for (int half = 0; half < 2; half++) {
        entries[half] = _mm512_setzero_si512();
        for (int k = 0; k < GROUP; k++) {
            const __mmask32 on = (__mmask32)_pext_u64(words[at[k]], halves_of_bytes[half]);
            entries[half] = _mm512_mask_add_epi16(entries[half], on, entries[half], _mm512_set1_epi16((short)(1 << k)));
        }
    }
}

/* fields in units of 2^shift / UNITS_PER_NAT nats to estimates */
static inline __m512i estimate_shifted(const quadratics *q, __m512i x, int shift) {
    const __m512i end = _mm512_set1_epi16((short)(INT16_MAX >> shift));
    const __m512i start = _mm512_sub_epi16(_mm512_setzero_si512(), end);
    return estimate_fields(
        q, _mm512_sll_epi16(_mm512_max_epi16(_mm512_min_epi16(x, end), start), _mm_cvtsi32_si128(shift)));
}

static inline uint64_t draw_unit(const run *r, const drawn *d, const quadratics *q, const chains numbers,
                                 const uint64_t *words, int64_t block) {
    chains x = {{0}};
    uint64_t on = 0, open = 0;
    for (int64_t g = 0; g < d->groups; g++) {
        const __m512i entries = _mm512_loadu_si512(r->table[d->first + g].entries);
        chains at;
        find_entries(r->sparse, d, g, words, at);
        for (int half = 0; half < 2; half++)
            x[half] = _mm512_add_epi16(x[half], _mm512_permutexvar_epi16(at[half], entries));
    }
    for (int half = 0; half < 2; half++) {
        if (d->groups > 1) x[half] = estimate_shifted(q, x[half], d->shift);
        const __m512i difference = _mm512_subs_epi16(x[half], numbers[half]);
        const __m512i nearest = _mm512_set1_epi16((short)d->tolerance);
        on |= _pdep_u64(_mm512_cmpgt_epi16_mask(difference, _mm512_setzero_si512()), halves_of_bytes[half]);
        open |= _pdep_u64(_mm512_cmplt_epu16_mask(_mm512_abs_epi16(difference), nearest), halves_of_bytes[half]);
    }
    return __builtin_expect(open != 0, 0) ? draw_exactly(r, d, words, open, on, block) : on;
}

static void draw_run(const run *r, uint64_t *words, int64_t block) {
    const quadratics q = load_quadratics();
    stream s;
    start_stream(&s, r->draw, block);
    for (const drawn *d = r->units; d < r->units + r->count; d += QUAD) {
        chains numbers[QUAD];
        draw_numbers(&s, d, numbers);
        for (int u = 0; u < QUAD; u++) words[d[u].unit] = draw_unit(r, &d[u], &q, numbers[u], words, block);
    }
}
