/* levels: bits times levels, which are bytes as they are.
 *
 * A unit's 64 lanes are a row of A, and a block of one column's levels stands four by four in B: all blocks go into the
 * four tiles of sums of 64 units by 16 columns.
 *
 * What bounds it, counted, as there was no such processor to time it on: 64 units by 16 columns by a block are four
 * products of 16 cycles; writing the units' bits as bytes takes about a hundred cycles beside them: 650 products a
 * cycle, two and a half times AVX-512's. An index tile has the words themselves. */
#include "tiles.h"

#include "../avx512/transpose.h"

enum { TILE_UNITS = 64, BLOCK_BYTES = TILE_UNITS * LANES };

void HOL_BACKEND(index_levels)(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks,
                               uint8_t *index_tiles) {
    for (int64_t b = 0; b < blocks; b++, words += stride, index_tiles += HOL_LEVEL_TILE) {
        memcpy(index_tiles, words, (size_t)units * sizeof *words);
        memset(index_tiles + units * (int64_t)sizeof *words, 0, (size_t)(TILE_UNITS - units) * sizeof *words);
    }
}

/* (16 columns, 64 lanes) to (16 fours of lanes, 16 columns, 4) */
static inline void lay_out(const uint8_t *levels, uint8_t *fours) {
    __m512i rows[HOL_STRIP];
    for (int l = 0; l < HOL_STRIP; l++) rows[l] = _mm512_load_si512(levels + l * LANES);
    transpose_square(rows);
    for (int k = 0; k < 16; k++) _mm512_store_si512(fours + k * 64, rows[k]);
}

/* sums (64, 16) += those of a tile's units over all blocks */
static void add_tile(const uint8_t *fours, const uint8_t *index_tiles, int64_t blocks, uint16_t *sums) {
    _Alignas(64) uint8_t units[BLOCK_BYTES];
    _Alignas(64) int32_t found[TILE_UNITS][HOL_STRIP];
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t b = 0; b < blocks; b++, fours += TILE, index_tiles += HOL_LEVEL_TILE) {
        expand_bits((const uint64_t *)(const void *)index_tiles, TILE_UNITS, units);
        settle_memory();
        _tile_loadd(4, fours, 64);
        _tile_loadd(5, units, 64);
        _tile_dpbuud(0, 5, 4);
        _tile_loadd(6, units + TILE, 64);
        _tile_dpbuud(1, 6, 4);
        _tile_loadd(5, units + 2 * TILE, 64);
        _tile_dpbuud(2, 5, 4);
        _tile_loadd(6, units + 3 * TILE, 64);
        _tile_dpbuud(3, 6, 4);
        settle_memory();
    }
    _tile_stored(0, found[0], 64);
    _tile_stored(1, found[TILE_ROWS], 64);
    _tile_stored(2, found[2 * TILE_ROWS], 64);
    _tile_stored(3, found[3 * TILE_ROWS], 64);
    settle_memory();
    for (int i = 0; i < TILE_UNITS; i++) {
        __m256i *to = (__m256i *)(void *)(sums + i * HOL_STRIP);
        const __m256i row = _mm512_cvtepi32_epi16(_mm512_load_si512(found[i]));
        _mm256_store_si256(to, _mm256_add_epi16(_mm256_load_si256(to), row));
    }
}

void HOL_BACKEND(level_product)(const uint8_t *levels, int64_t level_stride, int64_t blocks, const uint8_t *index_tiles,
                                int64_t tile_stride, int64_t tiles, uint16_t *sums) {
    enum { BLOCKS = 16 /* at a time */ };
    _Alignas(64) uint8_t fours[BLOCKS * TILE];
    configure_tiles();
    for (int64_t first = 0; first < blocks; first += BLOCKS) {
        const int64_t count = blocks - first < BLOCKS ? blocks - first : BLOCKS;
        for (int64_t b = 0; b < count; b++) lay_out(levels + (first + b) * level_stride, fours + b * TILE);
        for (int64_t t = 0; t < tiles; t++)
            add_tile(fours, index_tiles + t * tile_stride + first * HOL_LEVEL_TILE, count,
                     sums + t * TILE_UNITS * HOL_STRIP);
    }
    release_tiles();
}
