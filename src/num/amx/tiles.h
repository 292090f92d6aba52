/* tiles: eight registers of 16 rows of 64 bytes, and sums of 32 bits of products of bytes,
 *
 *     C[m][n] += sum over k < 64 of A[m][k] B[k / 4][4 n + k % 4]
 *
 * of which a processor does one in 16 cycles: 1,024 products a cycle, sixteen times what its vector units do in single
 * precision. In A a bit is a byte of 0 or 1. */
#ifndef HOL_SRC_NUM_AMX_TILES_H
#define HOL_SRC_NUM_AMX_TILES_H

#include "backend.h"

enum { TILE = 1024, TILE_ROWS = 16 };

/* The compiler does not know which bytes the instructions read and write. */
static inline void settle_memory(void) { __asm__ volatile("" ::: "memory"); }

/* all tiles whole: until release_tiles, as what is in them costs at every change of threads */
static inline void configure_tiles(void) {
    _Alignas(64) struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        shape.row_bytes[t] = 64;
        shape.rows[t] = TILE_ROWS;
    }
    settle_memory();
    _tile_loadconfig(&shape);
}
static inline void release_tiles(void) { _tile_release(); }

/* bit k of words[m] to byte (m, k) */
static inline void expand_bits(const uint64_t *words, int count, uint8_t *bytes) {
    for (int m = 0; m < count; m++) _mm512_store_si512(bytes + m * 64, _mm512_maskz_set1_epi8(words[m], 1));
}

#endif
