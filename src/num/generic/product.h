/* product: bits times whole numbers by the method of four Russians.
 *
 * Inputs are taken in groups of 5. All 32 subset sums of a group's rows are built once, and each lane then adds one of
 * them, which its five bits number, instead of up to five rows. Here a strip's 32 sums of 16 columns are 32 cache
 * lines, and each lane loads one: tables in memory, a chain after the other.
 *
 * An index tile is (64 lanes, 8 groups) bytes. A number is kept as 8 times itself: addresses scale by 8 for
 * nothing. For a backend that has index_unit, the eight numbers of one unit. */
enum { ENTRIES = 1 << HOL_GROUP };

/* bit k of byte b to byte k of a word of 0 and 1: the classic multiply-and-mask spread, in two halves of four bits */
static inline uint64_t spread_bits(uint64_t byte) {
    const uint64_t low = ((byte & 0x0f) * UINT64_C(0x00204081)) & UINT64_C(0x01010101);
    const uint64_t high = ((byte >> 4) * UINT64_C(0x00204081)) & UINT64_C(0x01010101);
    return low | high << 32;
}

static void index_range(const uint64_t *words, int64_t available, uint8_t *index_tile) {
    for (int first = 0; first < LANES; first += 8)
        for (int t = 0; t < HOL_RANGE_GROUPS; t++) {
            uint64_t numbers = 0; /* 8 lanes, a byte each */
            for (int k = 0; k < HOL_GROUP; k++) {
                const int64_t input = t * HOL_GROUP + k;
                if (input < available) numbers |= spread_bits(words[input] >> first & 0xff) << (3 + k);
            }
            for (int l = 0; l < 8; l++) index_tile[(first + l) * HOL_RANGE_GROUPS + t] = (uint8_t)(numbers >> (8 * l));
        }
}

/* line m of the table = sum of inputs k with bit k of m; inputs beyond `available` count as 0 */
static inline void build_table(char *table, const int32_t *weights, int64_t stride, const int32_t *rows, int64_t first,
                               int64_t available) {
    vni *restrict lines = (vni *)(void *)table;
    for (int part = 0; part < PARTS; part++) lines[part] = (vni){0};
    for (int k = 0; k < HOL_GROUP; k++) {
        vni row[PARTS] = {{0}};
        if (k < available) memcpy(row, weights + (rows ? rows[first + k] : first + k) * stride, sizeof row);
        for (int m = 0; m < 1 << k; m++)
            for (int part = 0; part < PARTS; part++)
                lines[((1 << k) + m) * PARTS + part] = lines[m * PARTS + part] + row[part];
    }
}

void HOL_BACKEND(product)(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t inputs,
                          const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums) {
    /* weights is (.., stride); index_tiles (ranges, count) of HOL_INDEX_TILE bytes; sums (count * 64, 16) */
    enum { TABLE = ENTRIES * 64 };
    _Alignas(64) char tables[HOL_RANGE_GROUPS * TABLE];
    for (int64_t first = 0; first < inputs; first += HOL_RANGE_ROWS, index_tiles += range_stride) {
        for (int t = 0; t < HOL_RANGE_GROUPS; t++)
            build_table(tables + t * TABLE, weights, stride, rows, first + t * HOL_GROUP,
                        inputs - first - t * HOL_GROUP);
        const uint8_t *at = index_tiles;
        vni *sum = (vni *)(void *)sums;
        for (int64_t r = 0; r < count * LANES; r++, at += HOL_RANGE_GROUPS, sum += PARTS) {
            /* one load instead of eight of a byte: the load ports are what the loop waits for */
            uint64_t n;
            memcpy(&n, at, sizeof n);
            vni x[PARTS], y[PARTS] = {{0}};
            for (int part = 0; part < PARTS; part++) x[part] = sum[part];
            HOL_ADD_LINE(x, tables, 8 * (n & 0xff));
            HOL_ADD_LINE(y, tables + TABLE, 8 * (n >> 8 & 0xff));
            HOL_ADD_LINE(x, tables + 2 * TABLE, 8 * (n >> 16 & 0xff));
            HOL_ADD_LINE(y, tables + 3 * TABLE, 8 * (n >> 24 & 0xff));
            HOL_ADD_LINE(x, tables + 4 * TABLE, 8 * (n >> 32 & 0xff));
            HOL_ADD_LINE(y, tables + 5 * TABLE, 8 * (n >> 40 & 0xff));
            HOL_ADD_LINE(x, tables + 6 * TABLE, 8 * (n >> 48 & 0xff));
            HOL_ADD_LINE(y, tables + 7 * TABLE, 8 * (n >> 56));
            for (int part = 0; part < PARTS; part++) sum[part] = x[part] + y[part];
        }
    }
}

#include "indexing.h"
