/* tiles: AMX's instructions as Intel's manual describes them, in plain C: each source file that includes this has tiles
 * of its own. */
#ifndef HOL_TESTS_EMULATE_TILES_H
#define HOL_TESTS_EMULATE_TILES_H

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* the right to use them is given */
#define syscall(...) 0

static _Thread_local struct {
    uint8_t shape[64]; /* palette, ..., from 16 on bytes of a row in 16 bits, from 48 on rows */
    uint8_t data[8][16][64];
} hol_tiles;

static inline int hol_tile_rows(int t) { return hol_tiles.shape[48 + t]; }
static inline int hol_tile_row_bytes(int t) { return hol_tiles.shape[16 + 2 * t] | hol_tiles.shape[17 + 2 * t] << 8; }

static inline void hol_tile_configure(const void *shape) {
    memset(&hol_tiles, 0, sizeof hol_tiles);
    memcpy(hol_tiles.shape, shape, 64);
    assert(hol_tiles.shape[0] == 1 && hol_tiles.shape[1] == 0);
    for (int t = 0; t < 8; t++) assert(hol_tile_rows(t) <= 16 && hol_tile_row_bytes(t) <= 64);
}

static inline void hol_tile_zero(int t) {
    assert(hol_tiles.shape[0] == 1);
    memset(hol_tiles.data[t], 0, sizeof hol_tiles.data[t]);
}

static inline void hol_tile_load(int t, const void *from, int64_t stride) {
    hol_tile_zero(t);
    for (int r = 0; r < hol_tile_rows(t); r++)
        memcpy(hol_tiles.data[t][r], (const char *)from + r * stride, (size_t)hol_tile_row_bytes(t));
}

static inline void hol_tile_store(int t, void *to, int64_t stride) {
    assert(hol_tiles.shape[0] == 1);
    for (int r = 0; r < hol_tile_rows(t); r++)
        memcpy((char *)to + r * stride, hol_tiles.data[t][r], (size_t)hol_tile_row_bytes(t));
}

/* c[m][n] += sum of four bytes of a, unsigned, times four of b, for each four of a row of a */
static inline void hol_tile_multiply(int c, int a, int b, int b_signed) {
    assert(c != a && c != b && a != b && hol_tile_rows(c) == hol_tile_rows(a) &&
           hol_tile_row_bytes(c) == hol_tile_row_bytes(b) && hol_tile_row_bytes(a) == 4 * hol_tile_rows(b));
    for (int m = 0; m < hol_tile_rows(c); m++) {
        uint32_t sums[16];
        memcpy(sums, hol_tiles.data[c][m], sizeof sums);
        for (int k = 0; k < hol_tile_row_bytes(a); k++) {
            const uint8_t x = hol_tiles.data[a][m][k], *y = hol_tiles.data[b][k / 4] + k % 4;
            for (int n = 0; x && n < hol_tile_row_bytes(c) / 4; n++)
                sums[n] += (uint32_t)(x * (b_signed ? (int8_t)y[4 * n] : y[4 * n]));
        }
        memcpy(hol_tiles.data[c][m], sums, sizeof sums);
    }
}

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbuud
#undef _tile_dpbusd
#define _tile_loadconfig(shape) hol_tile_configure(shape)
#define _tile_release() memset(&hol_tiles, 0, sizeof hol_tiles)
#define _tile_zero(t) hol_tile_zero(t)
#define _tile_loadd(t, from, stride) hol_tile_load(t, from, stride)
#define _tile_stored(t, to, stride) hol_tile_store(t, to, stride)
#define _tile_dpbuud(c, a, b) hol_tile_multiply(c, a, b, 0)
#define _tile_dpbusd(c, a, b) hol_tile_multiply(c, a, b, 1)

#endif
