/* product: registers as tables, a lane of a vector per chain.
 *
 * A column's 32 subset sums of a group of 5 inputs (generic/product.h) are two registers, and one permutation
 * (vpermi2d) looks up 16 lanes. It reaches two look-ups per cycle where loads by computed addresses reach hardly more
 * than one, and the sums of 4 columns by 64 lanes stay in 16 registers.
 *
 * An index tile is (2 halves, 4 vectors, 16) words of 32 bits, a byte for each of a half's 4 groups. Lane 4 i + j of
 * vector q belongs to chain 16 i + 4 q + j: so unpacking, which works within 128 bits, leaves them. */
#include "backend.h"
#include "transpose.h"

enum { HALF_GROUPS = HOL_RANGE_GROUPS / 2, HALF_ROWS = HOL_RANGE_ROWS / 2 };
enum { VECTORS = 4, QUARTER = 4, SQUARE = QUARTER * VECTORS, TILES = 8, TILE_HALVES = 8 /* halves */ };

static inline int place_of(int chain) { return chain % 16 / 4 * 16 + chain / 16 * 4 + chain % 4; }

/* numbers of 64 lanes for 4 groups: a unit's word is a mask over lanes, which has its bit added to theirs */
static inline void index_half(const uint64_t *words, int64_t first, int64_t available, __m512i *to) {
    __m512i g[HALF_GROUPS];
    for (int t = 0; t < HALF_GROUPS; t++) {
        g[t] = _mm512_setzero_si512();
        for (int k = 0; k < HOL_GROUP; k++) {
            const int64_t input = first + t * HOL_GROUP + k;
            const __mmask64 mask = input < available ? words[input] : 0;
            g[t] = _mm512_or_si512(g[t], _mm512_maskz_set1_epi8(mask, (char)(1 << k)));
        }
    }
    const __m512i low[2] = {_mm512_unpacklo_epi8(g[0], g[1]), _mm512_unpacklo_epi8(g[2], g[3])};
    const __m512i high[2] = {_mm512_unpackhi_epi8(g[0], g[1]), _mm512_unpackhi_epi8(g[2], g[3])};
    to[0] = _mm512_unpacklo_epi16(low[0], low[1]);
    to[1] = _mm512_unpackhi_epi16(low[0], low[1]);
    to[2] = _mm512_unpacklo_epi16(high[0], high[1]);
    to[3] = _mm512_unpackhi_epi16(high[0], high[1]);
}

static inline void index_range(const uint64_t *words, int64_t available, uint8_t *index_tile) {
    __m512i numbers[2][VECTORS];
    index_half(words, 0, available, numbers[0]);
    index_half(words, HALF_ROWS, available, numbers[1]);
    memcpy(index_tile, numbers, sizeof numbers);
}

/* one column's subset sums of five rows of a strip */
static inline void build_table(const int32_t *rows, __m512i table[2]) {
    __m512i t = _mm512_maskz_set1_epi32(0xaaaa, rows[0]);
    t = _mm512_mask_add_epi32(t, 0xcccc, t, _mm512_set1_epi32(rows[HOL_STRIP]));
    t = _mm512_mask_add_epi32(t, 0xf0f0, t, _mm512_set1_epi32(rows[2 * HOL_STRIP]));
    table[0] = _mm512_mask_add_epi32(t, 0xff00, t, _mm512_set1_epi32(rows[3 * HOL_STRIP]));
    table[1] = _mm512_add_epi32(table[0], _mm512_set1_epi32(rows[4 * HOL_STRIP]));
}

/* a register's value is settled here: GCC would add up looked-up numbers in other orders, and run out of registers */
#define SETTLE(x) __asm__("" : "+v"(x))

/* square (4 columns, 4 vectors) += the sums that an index tile's lanes select, over `halves` half ranges. Tables are
 * (halves, 4 groups, 4 columns, 2); when not `built`, each is made for this tile alone, from the strip (halves * 20,
 * 16). */
static inline __attribute__((always_inline)) void add_square(const bool built, const __m512i *tables,
                                                             const int32_t *strip, const uint8_t *index_tile,
                                                             int64_t range_stride, int64_t halves, __m512i *square) {
    __m512i sums[SQUARE], table[2];
    memcpy(sums, square, sizeof sums);
    for (int64_t h = 0; h < halves; h++) {
        __m512i numbers[VECTORS];
        memcpy(numbers, index_tile + h / 2 * range_stride + h % 2 * HOL_INDEX_TILE / 2, sizeof numbers);
#pragma GCC unroll 4
        for (int t = 0; t < HALF_GROUPS; t++) {
#pragma GCC unroll 4
            for (int c = 0; c < QUARTER; c++) {
                if (built) memcpy(table, tables + 2 * c, sizeof table);
                else build_table(strip + c, table);
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) {
                    __m512i found = _mm512_permutex2var_epi32(table[0], numbers[v], table[1]);
                    SETTLE(found);
                    sums[c * VECTORS + v] = _mm512_add_epi32(sums[c * VECTORS + v], found);
                    SETTLE(sums[c * VECTORS + v]);
                }
            }
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) numbers[v] = _mm512_srli_epi32(numbers[v], 8);
            if (built) tables += 2 * QUARTER;
            else strip += HOL_GROUP * HOL_STRIP;
        }
    }
    memcpy(square, sums, sizeof sums);
}

/* not inlined, so that each has all registers */
static __attribute__((noinline)) void add_from_tables(const __m512i *tables, const uint8_t *index_tile,
                                                      int64_t range_stride, int64_t halves, __m512i *square) {
    add_square(true, tables, NULL, index_tile, range_stride, halves, square);
}
static __attribute__((noinline)) void add_from_strip(const int32_t *strip, const uint8_t *index_tile,
                                                     int64_t range_stride, int64_t halves, __m512i *square) {
    add_square(false, NULL, strip, index_tile, range_stride, halves, square);
}

/* The rows of a tile, one after the other and filled up with zeros. Strips are a large stride apart, where no
 * processor foresees the next line: the next strip's are asked for meanwhile. */
static void gather(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t first, int64_t inputs,
                   int64_t halves, int32_t *strip) {
    const int64_t left = inputs - first, count = left < halves * HALF_ROWS ? left : halves * HALF_ROWS;
    for (int64_t r = 0; r < count; r++) {
        const int32_t *row = weights + (rows ? rows[first + r] : first + r) * stride;
        memcpy(strip + r * HOL_STRIP, row, HOL_STRIP * sizeof *row);
        __builtin_prefetch(row + HOL_STRIP);
    }
    memset(strip + count * HOL_STRIP, 0, (size_t)(halves * HALF_ROWS - count) * HOL_STRIP * sizeof *strip);
}

static void add_turned(const __m512i squares[HOL_STRIP / QUARTER][SQUARE], int32_t *sums) {
    for (int q = 0; q < VECTORS; q++) {
        __m512i rows[HOL_STRIP];
        for (int j = 0; j < HOL_STRIP; j++) rows[j] = squares[j / QUARTER][j % QUARTER * VECTORS + q];
        transpose_square(rows);
        for (int l = 0; l < 16; l++) {
            int32_t *to = sums + (l / 4 * 16 + 4 * q + l % 4) * HOL_STRIP;
            _mm512_store_si512(to, _mm512_add_epi32(_mm512_load_si512(to), rows[l]));
        }
    }
}

/* at most TILES tiles: their sums, 4 KB each, and a tile's tables for four columns, 16 KB, stay near */
static void add_tiles(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t inputs,
                      const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    _Alignas(64) int32_t strip[TILE_HALVES * HALF_ROWS * HOL_STRIP];
    __m512i tables[TILE_HALVES * HALF_GROUPS * QUARTER * 2], squares[TILES][HOL_STRIP / QUARTER][SQUARE];
    memset(squares, 0, (size_t)count * sizeof *squares);
    for (int64_t first = 0; first < inputs;
         first += TILE_HALVES * HALF_ROWS, index_tiles += TILE_HALVES / 2 * range_stride) {
        const int64_t all = (inputs - first + HALF_ROWS - 1) / HALF_ROWS,
                      halves = all < TILE_HALVES ? all : TILE_HALVES;
        gather(weights, stride, rows, first, inputs, halves, strip);
        for (int q = 0; q < HOL_STRIP / QUARTER; q++) {
            const int32_t *quarter = strip + q * QUARTER;
            if (count == 1) {
                add_from_strip(quarter, index_tiles, range_stride, halves, squares[0][q]);
                continue;
            }
            for (int64_t g = 0; g < halves * HALF_GROUPS; g++)
                for (int c = 0; c < QUARTER; c++)
                    build_table(quarter + g * HOL_GROUP * HOL_STRIP + c, tables + (g * QUARTER + c) * 2);
            for (int64_t p = 0; p < count; p++)
                add_from_tables(tables, index_tiles + p * HOL_INDEX_TILE, range_stride, halves, squares[p][q]);
        }
    }
    for (int64_t p = 0; p < count; p++) add_turned(squares[p], sums + p * LANES * HOL_STRIP);
}

void HOL_BACKEND(product)(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t inputs,
                          const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    /* weights is (.., stride); index_tiles (ranges, count) of HOL_INDEX_TILE bytes; sums (count * 64, 16) */
    for (int64_t p = 0; p < count; p += TILES)
        add_tiles(weights, stride, rows, inputs, index_tiles + p * HOL_INDEX_TILE, range_stride,
                  count - p < TILES ? count - p : TILES, sums + p * LANES * HOL_STRIP);
}

#include "../generic/indexing.h"
