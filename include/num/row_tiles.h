/* tiles: a matrix's rows in at most 256 runs of equal length. What is summed over rows is summed tile by tile, and the
 * tiles' sums in their order: a sum is then the same whichever thread or rank has which tiles. */
#ifndef HOL_NUM_ROW_TILES_H
#define HOL_NUM_ROW_TILES_H

#include <stdint.h>

#include "base/alloc.h"

enum { HOL_ROW_TILES_MAX = 256, HOL_ROW_TILE_GRAIN = 16 };

/* Rows of a tile of a matrix of `rows` rows, a multiple of HOL_ROW_TILE_GRAIN; the last one may have fewer. */
static inline int64_t hol_row_tile_rows(int64_t rows) {
    const int64_t least = (rows + HOL_ROW_TILES_MAX - 1) / HOL_ROW_TILES_MAX;
    return least <= HOL_ROW_TILE_GRAIN ? HOL_ROW_TILE_GRAIN : hol_round_up(least, HOL_ROW_TILE_GRAIN);
}

static inline int64_t hol_row_tile_count(int64_t rows) {
    return (rows + hol_row_tile_rows(rows) - 1) / hol_row_tile_rows(rows);
}

#endif
