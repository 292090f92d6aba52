/* sparse: units with few neighbours, all 64 chains of a block by byte shuffles.
 *
 * The 16 numbers of a table of 4 neighbours are two registers, their lower and their upper bytes, and a shuffle of each
 * looks up 32 chains. Which entry a chain wants is a number of 4 bits: the words of the neighbours, those of 4 units
 * side by side, are mixed bit by bit.
 *
 * Bound by the vector ports: of some 190 instructions for 64 chains of a unit with 4 neighbours 130 are Philox. On
 * Zen 3 at 3.2 GHz a decision takes 0.44 ns with 8 blocks, random numbers 0.23 of it; tables take 0.4 divided by the
 * number of blocks. Each further group takes 0.1 to 0.2, and estimates 0.2. */
#include "backend.h"
#include "chains.h"

#include <math.h>

enum { GROUP = 4, QUAD = 4 };

/* lower bytes of 16 numbers, and upper ones */
typedef struct table {
    uint8_t low[16], high[16];
} table;

static inline void set_table(table *t, const v16i *numbers) {
    __m256i x[2];
    memcpy(x, numbers, sizeof x);
    const __m256i all = _mm256_packs_epi32(x[0], x[1]); /* 0 .. 3, 8 .. 11, 4 .. 7, 12 .. 15 */
    const __m256i bytes =
        _mm256_packus_epi16(_mm256_and_si256(all, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(all, 8));
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256((__m256i *)(void *)t, _mm256_permutevar8x32_epi32(bytes, order));
}

#include "clamp.h"
#include "../generic/probability.h"
#include "../generic/sparse_run.h"

static inline __m256i select_bits(__m256i a, __m256i b, __m256i mask) {
    return _mm256_or_si256(_mm256_and_si256(a, mask), _mm256_andnot_si256(mask, b));
}

/* ---- looking up -------------------------------------------------------------------------------------------------- */

static inline __m256i gather(const uint64_t *words, int32_t at[QUAD][GROUP], int k) {
    return _mm256_setr_epi64x((long long)words[at[0][k]], (long long)words[at[1][k]], (long long)words[at[2][k]],
                              (long long)words[at[3][k]]);
}

/* Which entry of its group's table each chain wants: byte 4 g + q of entries[u] has that of unit u's chain 8 g + q in
 * its lower half, and that of chain 8 g + 4 + q in its upper one. */
static inline void find_entries(const hol_sparse *s, const drawn *units, int64_t group, const uint64_t *words,
                                __m256i entries[QUAD]) {
    const __m256i one = _mm256_set1_epi8(0x55), two = _mm256_set1_epi8(0x33);
    int32_t at[QUAD][GROUP];
    for (int u = 0; u < QUAD; u++) find_group(s, units[u].unit, group, at[u]);
    __m256i couples[2][2]; /* of neighbours 0 and 1, and 2 and 3: the two bits of even chains, and of odd ones */
    for (int c = 0; c < 2; c++) {
        const __m256i x = gather(words, at, 2 * c), y = gather(words, at, 2 * c + 1);
        couples[c][0] = select_bits(x, _mm256_slli_epi64(y, 1), one);
        couples[c][1] = select_bits(_mm256_srli_epi64(x, 1), y, one);
    }
    __m256i fours[2][2]; /* all four bits of chains 0 and 4 of each byte, and of 2 and 6; of 1 and 5, and of 3 and 7 */
    for (int odd = 0; odd < 2; odd++) {
        const __m256i x = couples[0][odd], y = couples[1][odd];
        fours[odd][0] = select_bits(x, _mm256_slli_epi64(y, 2), two);
        fours[odd][1] = select_bits(_mm256_srli_epi64(x, 2), y, two);
    }
    for (int odd = 0; odd < 2; odd++) { /* units 0 and 2, then 1 and 3 */
        const __m256i x = odd ? _mm256_unpackhi_epi8(fours[0][0], fours[1][0])
                              : _mm256_unpacklo_epi8(fours[0][0], fours[1][0]);
        const __m256i y = odd ? _mm256_unpackhi_epi8(fours[0][1], fours[1][1])
                              : _mm256_unpacklo_epi8(fours[0][1], fours[1][1]);
        const __m256i low = _mm256_unpacklo_epi16(x, y), high = _mm256_unpackhi_epi16(x, y);
        entries[odd] = _mm256_permute2x128_si256(low, high, 0x20);
        entries[2 + odd] = _mm256_permute2x128_si256(low, high, 0x31);
    }
}

static inline void look_up(const table *t, __m256i entries, chains found) {
    const __m256i low = set_bytes(t->low), high = set_bytes(t->high), four = _mm256_set1_epi8(15);
    for (int half = 0; half < 2; half++) {
        const __m256i e = _mm256_and_si256(half ? _mm256_srli_epi16(entries, 4) : entries, four);
        const __m256i a = _mm256_shuffle_epi8(low, e), b = _mm256_shuffle_epi8(high, e);
        found[half][0] = _mm256_unpacklo_epi8(a, b);
        found[half][1] = _mm256_unpackhi_epi8(a, b);
    }
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

/* estimates of a unit of several groups; entries (groups, QUAD), at the unit's first */
static inline void estimate_unit(const run *r, const drawn *d, const quadratics *q, const __m256i *entries, chains x) {
    look_up(&r->table[d->first], entries[0], x);
    for (int64_t g = 1; g < d->groups; g++) {
        chains part;
        look_up(&r->table[d->first + g], entries[g * QUAD], part);
        for (int v = 0; v < 2 * PAIRS; v++)
            x[v / PAIRS][v % PAIRS] = _mm256_add_epi16(x[v / PAIRS][v % PAIRS], part[v / PAIRS][v % PAIRS]);
    }
    estimate_chains(q, x, d->shift);
}

static inline uint64_t draw_unit(const run *r, const drawn *d, const quadratics *q, const chains numbers,
                                 const __m256i *entries, const uint64_t *words, int64_t block) {
    chains x, on;
    uint64_t open, all;
    if (d->groups == 1) {
        look_up(&r->table[d->first], entries[0], x);
        all = compare_chains(x, numbers, &open);
    } else {
        estimate_unit(r, d, q, entries, x);
        all = compare_estimates(x, numbers, d->tolerance, on, &open);
    }
    return __builtin_expect(open != 0, 0) ? draw_exactly(r, d, words, open, all, block) : all;
}

static void draw_run(const run *r, uint64_t *words, int64_t block) {
    const quadratics q = load_quadratics();
    __m256i entries[GROUPS * QUAD];
    stream s;
    start_stream(&s, r->draw, block);
    for (const drawn *d = r->units; d < r->units + r->count; d += QUAD) {
        int32_t groups = 1;
        for (int u = 0; u < QUAD; u++) groups = d[u].groups > groups ? d[u].groups : groups;
        for (int64_t g = 0; g < groups; g++) find_entries(r->sparse, d, g, words, entries + g * QUAD);
        for (int u = 0; u < QUAD; u += 2) {
            chains numbers[2];
            draw_numbers(&s, (const uint32_t *const[2]){d[u].philox, d[u + 1].philox}, numbers);
            for (int k = u; k < u + 2; k++)
                words[d[k].unit] = draw_unit(r, &d[k], &q, numbers[k - u], entries + k, words, block);
        }
    }
}
