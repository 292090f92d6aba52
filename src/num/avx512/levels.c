/* levels: bits times levels by permutations of bytes.
 *
 * A byte of a register is one of 64 units. Of a group of lanes all subset sums of one column's levels stand in a
 * register, and a permutation looks up, for each unit, that of its lanes that are on: of six lanes at a time (vpermb)
 * where the processor has VBMI, of four (vpshufb) where it has not. Bytes hold two or three sums of six lanes (90 at
 * most), or four of four (60); then they are added into 16 bits. The bytes of even units need no unpacking for it:
 * added up as they stand, in pairs, they carry 256 times the sum of the odd ones, which is taken away at the end.
 *
 * What bounds it, counted from tables of instructions, as it could not be timed: on Intel two operations a cycle of 64
 * bytes, the permutations on one port of the two. 64 units, 64 lanes and a column take 32 operations (11 permutations,
 * 6 additions, 15 for widening), or 40 (16, 12, 12): 256 and 205 products a cycle. Tables of six lanes put together
 * from those of three take 9 operations each, a tenth of the time at 784 units. */
#include "backend.h"
#include "transpose.h"

#include <stdbool.h>

enum { TILE_UNITS = 64, TILES = 16 /* whose sums, 32 KB, are kept while blocks pass */ };
enum { SIX = 6, SIXES = 11, FOUR = 4, FOURS = 16, TABLES_BYTES = HOL_STRIP * SIXES * 64 };

/* sums of one column by 64 units: by pairs of units, even + 256 odd; and odd ones */
typedef struct level_sums {
    __m512i both, odd;
} level_sums;

static inline void add_bytes(level_sums *sums, __m512i bytes) {
    sums->both = _mm512_add_epi16(sums->both, bytes);
    sums->odd = _mm512_add_epi16(sums->odd, _mm512_srli_epi16(bytes, 8));
}

/* ---- six lanes: tables are (16 columns, 11 groups, 64), the last group of four lanes ----------------------------- */

#define VBMI __attribute__((target("avx512vbmi")))

/* 8 tables of three lanes, from lane 24 `h` on, 8 bytes each */
VBMI static inline __m512i build_threes(__m512i levels, int h) {
    const __m512i first =
        _mm512_set_epi64(0x1515151515151515, 0x1212121212121212, 0x0f0f0f0f0f0f0f0f, 0x0c0c0c0c0c0c0c0c,
                         0x0909090909090909, 0x0606060606060606, 0x0303030303030303, 0);
    const uint64_t there = h < 2 ? UINT64_MAX : UINT64_MAX >> 16; /* lanes from 64 on are not */
    const __m512i lane = _mm512_add_epi8(first, _mm512_set1_epi8((char)(24 * h))), one = _mm512_set1_epi8(1);
    const __m512i next = _mm512_add_epi8(lane, one), last = _mm512_add_epi8(next, one);
    const uint64_t below = h < 2 ? UINT64_MAX : UINT64_MAX >> 24;
    return _mm512_add_epi8(
        _mm512_maskz_permutexvar_epi8(UINT64_C(0xaaaaaaaaaaaaaaaa) & there, lane, levels),
        _mm512_add_epi8(_mm512_maskz_permutexvar_epi8(UINT64_C(0xcccccccccccccccc) & below, next, levels),
                        _mm512_maskz_permutexvar_epi8(UINT64_C(0xf0f0f0f0f0f0f0f0) & below, last, levels)));
}

VBMI static void build_sixes(const uint8_t *levels, __m512i *tables) {
    const __m512i lower = _mm512_set1_epi64(0x0706050403020100);
    const __m512i upper =
        _mm512_set_epi64(0x0f0f0f0f0f0f0f0f, 0x0e0e0e0e0e0e0e0e, 0x0d0d0d0d0d0d0d0d, 0x0c0c0c0c0c0c0c0c,
                         0x0b0b0b0b0b0b0b0b, 0x0a0a0a0a0a0a0a0a, 0x0909090909090909, 0x0808080808080808);
    for (int l = 0; l < HOL_STRIP; l++, levels += LANES) {
        const __m512i column = _mm512_load_si512(levels);
        for (int g = 0; g < SIXES; g++) {
            const __m512i threes = build_threes(column, g / 4), from = _mm512_set1_epi8((char)(g % 4 * 16));
            *tables++ = _mm512_add_epi8(_mm512_permutexvar_epi8(_mm512_add_epi8(lower, from), threes),
                                        _mm512_permutexvar_epi8(_mm512_add_epi8(upper, from), threes));
        }
    }
}

VBMI static void add_sixes(const __m512i *tables, const uint8_t *index_tile, level_sums *sums) {
    __m512i numbers[SIXES];
#pragma GCC unroll 11
    for (int g = 0; g < SIXES; g++) numbers[g] = _mm512_load_si512(index_tile + g * TILE_UNITS);
    for (int l = 0; l < HOL_STRIP; l++, tables += SIXES) {
        __m512i found[SIXES];
#pragma GCC unroll 11
        for (int g = 0; g < SIXES; g++) found[g] = _mm512_permutexvar_epi8(numbers[g], tables[g]);
        for (int g = 0; g < SIXES - 3; g += 2) add_bytes(&sums[l], _mm512_add_epi8(found[g], found[g + 1]));
        add_bytes(&sums[l], _mm512_add_epi8(_mm512_add_epi8(found[8], found[9]), found[10]));
    }
}

/* ---- four lanes: tables are (16 columns, 16 groups, 16) ---------------------------------------------------------- */

static void build_fours(const uint8_t *levels, __m512i *tables) {
    /* in each 16 bytes, those whose number has bit k take lane k of a group, the others nothing */
    const __m512i group = _mm512_set_epi64(0x0c0c0c0c0c0c0c0c, 0x0c0c0c0c0c0c0c0c, 0x0808080808080808,
                                           0x0808080808080808, 0x0404040404040404, 0x0404040404040404, 0, 0);
    const uint64_t with[FOUR] = {UINT64_C(0xaaaaaaaaaaaaaaaa), UINT64_C(0xcccccccccccccccc),
                                 UINT64_C(0xf0f0f0f0f0f0f0f0), UINT64_C(0xff00ff00ff00ff00)};
    for (int64_t q = 0; q < HOL_STRIP * LANES / 16; q++) { /* lanes of one column, four groups */
        const __m512i lanes = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)(const void *)(levels + 16 * q)));
        tables[q] = _mm512_setzero_si512();
        for (int k = 0; k < FOUR; k++)
            tables[q] = _mm512_add_epi8(
                tables[q],
                _mm512_maskz_shuffle_epi8(with[k], lanes, _mm512_add_epi8(group, _mm512_set1_epi8((char)k))));
    }
}

static void add_fours(const __m512i *tables, const uint8_t *index_tile, level_sums *sums) {
    __m512i numbers[FOURS];
#pragma GCC unroll 16
    for (int g = 0; g < FOURS; g++) numbers[g] = _mm512_load_si512(index_tile + g * TILE_UNITS);
    const __m128i *table = (const __m128i *)(const void *)tables;
    for (int l = 0; l < HOL_STRIP; l++, table += FOURS) {
        __m512i found[FOURS];
#pragma GCC unroll 16
        for (int g = 0; g < FOURS; g++)
            found[g] = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_load_si128(table + g)), numbers[g]);
        for (int g = 0; g < FOURS; g += 4)
            add_bytes(&sums[l], _mm512_add_epi8(_mm512_add_epi8(found[g], found[g + 1]),
                                                _mm512_add_epi8(found[g + 2], found[g + 3])));
    }
}

/* ------------------------------------------------------------------------------------------------------------------ */

static bool has_vbmi(void) { return __builtin_cpu_supports("avx512vbmi"); }

/* (groups, 64 units): a byte's upper bits are of the next group's lanes where vpermb does not see them */
void HOL_BACKEND(index_levels)(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks,
                               uint8_t *index_tiles) {
    const bool sixes = has_vbmi();
    const int group = sixes ? SIX : FOUR;
    const __m128i seen = _mm_set1_epi8(sixes ? -1 : 15);
    for (int64_t b = 0; b < blocks; b++, words += stride, index_tiles += HOL_LEVEL_TILE)
        for (int64_t i = 0; i < TILE_UNITS; i += 8) {
            const int64_t there = units > i + 8 ? 8 : units > i ? units - i : 0;
            const __m512i lanes = _mm512_maskz_loadu_epi64((__mmask8)((1 << there) - 1), words + i);
            uint8_t *to = index_tiles + i;
            for (int first = 0; first < LANES; first += group, to += TILE_UNITS) {
                const __m128i numbers = _mm512_cvtepi64_epi8(_mm512_srl_epi64(lanes, _mm_cvtsi32_si128(first)));
                _mm_storel_epi64((__m128i *)(void *)to, _mm_and_si128(numbers, seen));
            }
        }
}

/* sums (64, 16) += those of a tile's 16 columns: those of even units, then of odd ones, two units in 32 bits */
static void add_turned(const level_sums *tile, uint16_t *sums) {
    for (int odd = 0; odd < 2; odd++) {
        __m512i rows[HOL_STRIP];
        for (int l = 0; l < HOL_STRIP; l++)
            rows[l] = odd ? tile[l].odd : _mm512_sub_epi16(tile[l].both, _mm512_slli_epi16(tile[l].odd, 8));
        transpose_square(rows);
        for (int r = 0; r < 16; r++)
            for (int upper = 0; upper < 2; upper++) {
                __m256i *to = (__m256i *)(void *)(sums + (4 * r + 2 * upper + odd) * HOL_STRIP);
                const __m512i row = upper ? _mm512_srli_epi32(rows[r], 16) : rows[r];
                _mm256_store_si256(to, _mm256_add_epi16(_mm256_load_si256(to), _mm512_cvtepi32_epi16(row)));
            }
    }
}

void HOL_BACKEND(level_product)(const uint8_t *levels, int64_t level_stride, int64_t blocks, const uint8_t *index_tiles,
                                int64_t tile_stride, int64_t tiles, uint16_t *sums) {
    const bool sixes = has_vbmi();
    __m512i tables[TABLES_BYTES / 64];
    level_sums kept[TILES][HOL_STRIP];
    for (int64_t first = 0; first < tiles; first += TILES) {
        const int64_t count = tiles - first < TILES ? tiles - first : TILES;
        memset(kept, 0, (size_t)count * sizeof *kept);
        for (int64_t b = 0; b < blocks; b++) {
            (sixes ? build_sixes : build_fours)(levels + b * level_stride, tables);
            for (int64_t t = 0; t < count; t++)
                (sixes ? add_sixes : add_fours)(tables, index_tiles + (first + t) * tile_stride + b * HOL_LEVEL_TILE,
                                                kept[t]);
        }
        for (int64_t t = 0; t < count; t++) add_turned(kept[t], sums + (first + t) * TILE_UNITS * HOL_STRIP);
    }
}
