/* narrow: 16-bit couplings as two planes of bytes, of which the upper one has the sign.
 *
 * A range of at most 64 inputs is what one instruction sums over. Its planes are laid out as B of 16 columns, a chain's
 * bits as a row of A; 32 chains by 16 columns by two planes are four tiles of sums, into which all ranges go before
 * they are put together, lower + 256 upper, in 32 bits: exact, as that is what a field has.
 *
 * What bounds it, counted, as there was no such processor to time it on: 64 chains by 64 inputs by 32 columns are 16
 * products of 16 cycles; loading their tiles takes half of it, and writing a chain's bits as bytes a third, on other
 * ports. So 512 products a cycle at most, three times AVX-512's. The index tiles are AVX-512's, too. */
#include "tiles.h"

enum { RANGES = 16 /* at a time: their planes, and a block's bytes, 64 KB each */, PLANES = 2, HALVES = 2 };
enum { RANGE_BYTES = PLANES * HALVES * TILE, BLOCK_BYTES = LANES * HOL_NARROW_ROWS };

/* Four rows' lower and upper bytes, column by column: each is four bytes of B. planes is (plane, half, 16 fours, 64).
 */
static inline void lay_out_four(const __m512i rows[4], uint8_t *planes) {
    const __m512i low = _mm512_set1_epi16(0xff),
                  lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i pairs[PLANES][2] = {
        {_mm512_or_si512(_mm512_and_si512(rows[0], low), _mm512_slli_epi16(rows[1], 8)),
         _mm512_or_si512(_mm512_and_si512(rows[2], low), _mm512_slli_epi16(rows[3], 8))},
        {_mm512_or_si512(_mm512_srli_epi16(rows[0], 8), _mm512_andnot_si512(low, rows[1])),
         _mm512_or_si512(_mm512_srli_epi16(rows[2], 8), _mm512_andnot_si512(low, rows[3]))}};
    for (int half = 0; half < HALVES; half++) {
        /* column c of the first pair, then of the second */
        const __m512i from = _mm512_add_epi32(lane, _mm512_set1_epi32(half * HOL_STRIP));
        const __m512i order =
            _mm512_or_si512(from, _mm512_slli_epi32(_mm512_add_epi32(from, _mm512_set1_epi32(32)), 16));
        for (int plane = 0; plane < PLANES; plane++)
            _mm512_store_si512(planes + (plane * HALVES + half) * TILE,
                               _mm512_permutex2var_epi16(pairs[plane][0], order, pairs[plane][1]));
    }
}

static void lay_out_range(const int16_t *strip, const int32_t *rows, int64_t inputs, uint8_t *planes) {
    for (int64_t k = 0; k < HOL_NARROW_ROWS; k += 4) {
        __m512i four[4];
        for (int64_t i = 0; i < 4; i++)
            four[i] = k + i < inputs ? _mm512_load_si512(strip + (int64_t)rows[k + i] * HOL_NARROW_STRIP)
                                     : _mm512_setzero_si512();
        lay_out_four(four, planes + k / 4 * 64);
    }
}

/* 32 lanes by 16 columns: sums (32, 16) += those of all ranges; planes and lanes point at the first range's */
static void add_tiles(const uint8_t *planes, const uint8_t *lanes, int64_t ranges, int32_t *sums) {
    _Alignas(64) int32_t found[2][PLANES][TILE_ROWS][HOL_STRIP];
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    settle_memory();
    for (int64_t s = 0; s < ranges; s++, planes += RANGE_BYTES, lanes += BLOCK_BYTES) {
        _tile_loadd(4, lanes, 64);
        _tile_loadd(5, lanes + TILE, 64);
        _tile_loadd(6, planes, 64);
        _tile_loadd(7, planes + HALVES * TILE, 64);
        _tile_dpbuud(0, 4, 6);
        _tile_dpbusd(1, 4, 7);
        _tile_dpbuud(2, 5, 6);
        _tile_dpbusd(3, 5, 7);
    }
    _tile_stored(0, found[0][0], 64);
    _tile_stored(1, found[0][1], 64);
    _tile_stored(2, found[1][0], 64);
    _tile_stored(3, found[1][1], 64);
    settle_memory();
    for (int r = 0; r < 2 * TILE_ROWS; r++, sums += HOL_STRIP) {
        const __m512i lower = _mm512_load_si512(found[r / TILE_ROWS][0][r % TILE_ROWS]),
                      upper = _mm512_load_si512(found[r / TILE_ROWS][1][r % TILE_ROWS]);
        const __m512i both = _mm512_add_epi32(lower, _mm512_slli_epi32(upper, 8));
        _mm512_store_si512(sums, _mm512_add_epi32(_mm512_load_si512(sums), both));
    }
}

/* at most RANGES ranges, of which the first one begins with row `first` */
static void add_ranges(const int16_t *strip, const int32_t *rows, const int32_t *ends, int32_t first, int64_t ranges,
                       const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    _Alignas(64) uint8_t planes[RANGES * RANGE_BYTES], lanes[RANGES * BLOCK_BYTES];
    for (int64_t s = 0; s < ranges; first = ends[s++])
        lay_out_range(strip, rows + first, ends[s] - first, planes + s * RANGE_BYTES);
    for (int64_t b = 0; b < count; b++) {
        for (int64_t s = 0; s < ranges; s++)
            expand_bits((const uint64_t *)(const void *)(index_tiles + s * range_stride + b * HOL_INDEX_TILE), LANES,
                        lanes + s * BLOCK_BYTES);
        for (int half = 0; half < HALVES; half++, sums += LANES * HOL_STRIP)
            for (int l = 0; l < LANES; l += 2 * TILE_ROWS)
                add_tiles(planes + half * TILE, lanes + l * 64, ranges, sums + l * HOL_STRIP);
    }
}

void HOL_BACKEND(product_narrow)(const int16_t *strip, const int32_t *rows, const int32_t *ends, int64_t ranges,
                                 const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    configure_tiles();
    for (int64_t s = 0; s < ranges; s += RANGES)
        add_ranges(strip, rows, ends + s, s > 0 ? ends[s - 1] : 0, ranges - s < RANGES ? ranges - s : RANGES,
                   index_tiles + s * range_stride, range_stride, count, sums);
    release_tiles();
}
