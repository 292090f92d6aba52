/* counts: popcounts, and the product of bits and levels. Threads own units or columns: no sum is shared. */
#include "num/counts.h"

#include <omp.h>
#include <string.h>

#include "num/bits.h"
#include "num/clones.h"
#include "num/split.h"
#include "num/threads.h"

enum {
    TILE_UNITS = 1024, /* whose sums with a strip, 32 KB, stay in a cache */
    STRIPS_MAX = 4,    /* at a time */
    LEVEL_SHARE = 16,  /* units that are on in fewer than 1/16 of the lanes are listed: there tables and lists meet */
    LIST_UNITS = 64,   /* an index tile of numbers */
    APART = 4,
    APART_ENTRIES = 1024,
    LIST_RANGE_BLOCKS = HOL_LIST_ROWS / HOL_LANES,
    LINE = 2 * HOL_STRIP, /* levels in 16 bits, of which 512 lanes' add up to them */
};

static int64_t clip(int64_t left, int64_t most) { return left < most ? left : most; }

HOL_CLONES static int32_t count_unit(const hol_states *x, int64_t i, int64_t count) {
    int32_t on = 0;
    for (int64_t b = 0; b < x->blocks; b++)
        on += __builtin_popcountll(x->words[b * x->stride + i] & hol_bits_lane_mask(count, x->first_block + b));
    return on;
}

void hol_counts_units(const hol_states *x, int64_t units, int64_t count, int32_t times, hol_sums counts) {
#pragma omp parallel for default(none)                                                                                 \
    shared(x, units, count, times, counts) if (hol_worth_threads(units * x->blocks, 1))
    for (int64_t i = 0; i < units; i++) hol_sums_add(counts, i, times * count_unit(x, i, count));
}

void hol_counts_clear_idle(const hol_states *x, int64_t count) {
    for (int64_t b = 0; b < x->blocks; b++) {
        const uint64_t mask = hol_bits_lane_mask(count, x->first_block + b);
        if (mask == ~UINT64_C(0)) continue;
        for (int64_t i = 0; i < x->stride; i++) x->words[b * x->stride + i] &= mask;
    }
}

void hol_levels_clear_idle(const hol_states *x, int64_t count, uint8_t *levels, int64_t stride) {
    for (int64_t b = 0; b < x->blocks; b++) {
        const int64_t left = count - (x->first_block + b) * HOL_LANES, used = left < 0 ? 0 : left;
        for (int64_t j = 0; used < HOL_LANES && j < stride; j++)
            memset(levels + (b * stride + j) * HOL_LANES + used, 0, (size_t)(HOL_LANES - used));
    }
}

HOL_CLONES static int32_t sum_lanes(const uint8_t levels[HOL_LANES]) {
    int32_t sum = 0;
    for (int l = 0; l < HOL_LANES; l++) sum += levels[l];
    return sum;
}

void hol_levels_add(const uint8_t *levels, int64_t blocks, int64_t stride, int64_t units, hol_sums sums) {
#pragma omp parallel for default(none)                                                                                 \
    shared(levels, blocks, stride, units, sums) if (hol_worth_threads(blocks * units, HOL_LANES / 8))
    for (int64_t j = 0; j < units; j++) {
        int32_t sum = 0;
        for (int64_t b = 0; b < blocks; b++) sum += sum_lanes(levels + (b * stride + j) * HOL_LANES);
        hol_sums_add(sums, j, sum);
    }
}

/* ---- pairs of states: squares of 64 x 64 popcounts, one per thread at a time ---------------------------------------
 *
 * Of a symmetric matrix one half is counted. */

static void count_square(const hol_kernels *kernels, const hol_states *x, int64_t row, int64_t rows,
                         const hol_states *y, int64_t column, int64_t columns,
                         int32_t square[LIST_UNITS * LIST_UNITS]) {
    kernels->pairs(x->words + row, x->stride, y->words + column, y->stride, x->blocks, rows, columns, square,
                   LIST_UNITS);
}

void hol_pairs_add(const hol_kernels *kernels, const hol_states *x, int64_t rows, const hol_states *y, int64_t columns,
                   int32_t times, int32_t *sums) {
#pragma omp parallel for collapse(2) schedule(static) default(none)                                                    \
    shared(kernels, x, rows, y, columns, times, sums) if (hol_worth_threads(rows * columns * x->blocks, 1))
    for (int64_t row = 0; row < rows; row += LIST_UNITS)
        for (int64_t column = 0; column < columns; column += LIST_UNITS) {
            int32_t square[LIST_UNITS * LIST_UNITS];
            const int64_t height = clip(rows - row, LIST_UNITS), width = clip(columns - column, LIST_UNITS);
            count_square(kernels, x, row, height, y, column, width, square);
            for (int64_t i = 0; i < height; i++)
                for (int64_t j = 0; j < width; j++)
                    sums[(row + i) * columns + column + j] += times * square[i * LIST_UNITS + j];
        }
}

void hol_pairs_add_symmetric(const hol_kernels *kernels, const hol_states *x, int64_t units, int32_t times,
                             int32_t *sums) {
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(kernels, x, units, times, sums) if (hol_worth_threads(units * units * x->blocks, 1))
    for (int64_t row = 0; row < units; row += LIST_UNITS)
        for (int64_t column = row; column < units; column += LIST_UNITS) {
            int32_t square[LIST_UNITS * LIST_UNITS];
            const int64_t height = clip(units - row, LIST_UNITS), width = clip(units - column, LIST_UNITS);
            count_square(kernels, x, row, height, x, column, width, square);
            for (int64_t i = row; i < row + height; i++)
                for (int64_t j = column > i ? column : i + 1; j < column + width; j++) {
                    const int32_t sum = times * square[(i - row) * LIST_UNITS + j - column];
                    sums[i * units + j] += sum;
                    sums[j * units + i] += sum;
                }
        }
}

/* One lane after the other: of few entries several times apart, as a sum waits for itself. */
void hol_pairs_add_bytes(const uint8_t *x, int64_t rows, const uint8_t *y, int64_t columns, int64_t stride,
                         int64_t lanes, const uint32_t *weights, hol_sums sums) {
    const int64_t all = rows * columns;
    const bool apart = !weights && all <= APART_ENTRIES;
    const int32_t width = (int32_t)columns;
    int32_t parts[APART * APART_ENTRIES];
    if (apart) memset(parts, 0, (size_t)(APART * all) * sizeof *parts);
    for (int64_t first = 0; first < lanes; first += HOL_LANES, x += stride, y += stride) {
        const int64_t count = clip(lanes - first, HOL_LANES);
        uint16_t entries[HOL_LANES];
        for (int l = 0; l < HOL_LANES; l++) entries[l] = (uint16_t)(x[l] * width + y[l]);
        if (apart && count == HOL_LANES)
            for (int l = 0; l < HOL_LANES; l += APART)
                for (int k = 0; k < APART; k++) parts[k * all + entries[l + k]]++;
        else
            for (int64_t l = 0; l < count; l++) hol_sums_add(sums, entries[l], weights ? weights[first + l] : 1);
    }
    for (int64_t e = 0; apart && e < all; e++)
        hol_sums_add(sums, e, parts[e] + parts[all + e] + parts[2 * all + e] + parts[3 * all + e]);
}

/* ---- states and levels ------------------------------------------------------------------------------------------- */

static int64_t tile_count(int64_t units) { return (units + LIST_UNITS - 1) / LIST_UNITS; }

/* Sparse units' lanes are listed in ranges of 8 blocks: index tiles are (tiles of 64 dense units, blocks) of
 * HOL_LEVEL_TILE bytes, lists (list_ranges, sparse units). */
static int64_t cut(hol_split *p, int64_t units, int64_t blocks, char *scratch) {
    const int64_t list_ranges = hol_list_range_count(blocks * HOL_LANES), tiles = tile_count(units);
    return hol_split_cut(p, units, blocks, blocks * tiles * (HOL_LEVEL_TILE / HOL_INDEX_TILE), list_ranges * tiles,
                         list_ranges * units, scratch);
}

int64_t hol_levels_scratch_bytes(int64_t units, int64_t blocks) {
    hol_split p;
    return cut(&p, units, blocks, NULL);
}

/* where each tile's lists of each list_range begin: as far apart as its ones and the slack ask for */
static void place_lists(hol_split *p, const hol_states *x) {
    const int64_t tiles = tile_count(p->sparse_count);
    int64_t at = 0;
    for (int64_t first = 0; first < x->blocks; first += LIST_RANGE_BLOCKS)
        for (int64_t tile = 0; tile < tiles; tile++) {
            p->starts[first / LIST_RANGE_BLOCKS * tiles + tile] = at;
            at += HOL_LIST_SLACK;
            const int64_t begin = tile * LIST_UNITS, count = clip(p->sparse_count - begin, LIST_UNITS);
            for (int64_t k = begin; k < begin + count; k++)
                at += hol_split_count_on(x->words + first * x->stride + p->sparse[k], x->stride,
                                         clip(x->blocks - first, LIST_RANGE_BLOCKS));
        }
}

static hol_split make_split(const hol_states *x, int64_t units, void *scratch) {
    hol_split p;
    (void)cut(&p, units, x->blocks, scratch);
    hol_split_units_by(&p, x, units, LEVEL_SHARE);
    const int64_t lists = p.sparse_count * hol_list_range_count(x->blocks * HOL_LANES);
    if (p.sparse_ones + lists * HOL_LIST_COST > p.sparse_count * x->blocks * HOL_LANES / LEVEL_SHARE)
        hol_split_units_by(&p, x, units, x->blocks * HOL_LANES); /* so few are not worth lists */
    place_lists(&p, x);
    return p;
}

static void pack(const hol_states *x, const int32_t *rows, int64_t first, int64_t count, uint64_t *packed,
                 int64_t stride) {
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t k = first; k < first + count; k++) packed[b * stride + k] = x->words[b * x->stride + rows[k]];
}

static void index_all(const hol_kernels *kernels, const hol_split *p, const hol_states *x) {
    const int64_t tiles = tile_count(p->sparse_count);
#pragma omp for schedule(static) nowait
    for (int64_t first = 0; first < p->dense_count; first += LIST_UNITS) {
        const int64_t count = clip(p->dense_count - first, LIST_UNITS);
        pack(x, p->dense, first, count, p->packed, p->dense_count);
        kernels->index_levels(p->packed + first, p->dense_count, count, x->blocks,
                              p->index_tiles + first / LIST_UNITS * x->blocks * HOL_LEVEL_TILE);
    }
    uint64_t *packed = p->packed + p->dense_count * x->blocks;
#pragma omp for schedule(static)
    for (int64_t tile = 0; tile < tiles; tile++) {
        const int64_t first = tile * LIST_UNITS, count = clip(p->sparse_count - first, LIST_UNITS);
        pack(x, p->sparse, first, count, packed, p->sparse_count);
        for (int64_t b = 0; b < x->blocks; b += LIST_RANGE_BLOCKS) {
            const int64_t list_range = b / LIST_RANGE_BLOCKS;
            (void)kernels->list_units(
                packed + b * p->sparse_count + first, p->sparse_count, count, clip(x->blocks - b, LIST_RANGE_BLOCKS),
                p->lists + p->starts[list_range * tiles + tile], p->lengths + list_range * p->sparse_count + first);
        }
    }
}

/* vectors that every processor has: a compiler makes scalars of loops of 16, which it unrolls first */
typedef uint16_t four_sums __attribute__((vector_size(8)));
typedef int32_t four_wide __attribute__((vector_size(16)));
typedef uint16_t eight_sums __attribute__((vector_size(16)));

static void add_wide(const uint16_t *sums, int64_t line, const int32_t *rows, int64_t units, int64_t width,
                     int32_t *products, int64_t outputs) {
    for (int64_t i = 0; i < units; i++, sums += line) {
        int32_t *to = products + rows[i] * outputs;
        int64_t j = 0;
        for (; j + 4 <= width; j += 4) {
            four_sums some;
            four_wide all;
            memcpy(&some, sums + j, sizeof some);
            memcpy(&all, to + j, sizeof all);
            all += __builtin_convertvector(some, four_wide);
            memcpy(to + j, &all, sizeof all);
        }
        for (; j < width; j++) to[j] += sums[j];
    }
}

static void add_narrow(const uint16_t *sums, int64_t line, const int32_t *rows, int64_t units, int64_t width,
                       int16_t *products, int64_t outputs) {
    for (int64_t i = 0; i < units; i++, sums += line) {
        int16_t *to = products + rows[i] * outputs;
        int64_t j = 0;
        for (; j + 8 <= width; j += 8) {
            eight_sums some, all;
            memcpy(&some, sums + j, sizeof some);
            memcpy(&all, to + j, sizeof all);
            all += some;
            memcpy(to + j, &all, sizeof all);
        }
        for (; j < width; j++) to[j] = (int16_t)(to[j] + sums[j]);
    }
}

/* products rows[i] += sums i, of lines of so many, over the columns [0, width) */
static void add_tile(const uint16_t *sums, int64_t line, const int32_t *rows, int64_t units, int64_t width,
                     hol_sums products, int64_t outputs) {
    if (products.wide) add_wide(sums, line, rows, units, width, products.wide, outputs);
    else add_narrow(sums, line, rows, units, width, products.narrow, outputs);
}

/* The same of several strips, each `apart` behind the one before: a few rows at a time, whose columns then are some
 * cache lines in one place, and not one in each of many pages. */
static void add_tiles(const uint16_t *sums, int64_t apart, const int32_t *rows, int64_t units, int64_t width,
                      hol_sums products, int64_t outputs) {
    enum { ROWS = 16 };
    for (int64_t i = 0; i < units; i += ROWS)
        for (int64_t c = 0; c < width; c += HOL_STRIP)
            add_tile(sums + c / HOL_STRIP * apart + i * HOL_STRIP, HOL_STRIP, rows + i, clip(units - i, ROWS),
                     clip(width - c, HOL_STRIP), hol_sums_from(products, c), outputs);
}

/* the dense units' sums of a few strips, a tile at a time; levels and products point at the first strip's first unit */
static void add_dense(const hol_kernels *kernels, const hol_split *p, int64_t blocks, const uint8_t *levels,
                      int64_t stride, int64_t width, hol_sums products, int64_t outputs) {
    _Alignas(64) uint16_t sums[STRIPS_MAX * TILE_UNITS * HOL_STRIP];
    for (int64_t first = 0; first < p->dense_count; first += TILE_UNITS) {
        const int64_t count = clip(p->dense_count - first, TILE_UNITS), tiles = tile_count(count);
        const uint8_t *index_tiles = p->index_tiles + first / LIST_UNITS * blocks * HOL_LEVEL_TILE;
        const int64_t apart = tiles * LIST_UNITS * HOL_STRIP;
        for (int64_t b = 0; b < blocks; b += HOL_LEVEL_BLOCKS) {
            for (int64_t c = 0; c < width; c += HOL_STRIP) {
                uint16_t *to = sums + c / HOL_STRIP * apart;
                memset(to, 0, (size_t)apart * sizeof *to);
                kernels->level_product(levels + (b * stride + c) * HOL_LANES, stride * HOL_LANES,
                                       clip(blocks - b, HOL_LEVEL_BLOCKS), index_tiles + b * HOL_LEVEL_TILE,
                                       blocks * HOL_LEVEL_TILE, tiles, to);
            }
            add_tiles(sums, apart, p->dense + first, count, width, products, outputs);
        }
    }
}

/* one block's levels of a strip (16, 64), as half a line of each lane: rows is (64, 32) */
HOL_CLONES static void turn_levels(const uint8_t *levels, uint16_t *rows) {
    for (int64_t r = 0; r < HOL_LANES; r++)
        for (int64_t l = 0; l < HOL_STRIP; l++) rows[r * LINE + l] = levels[l * HOL_LANES + r];
}

/* of at most two strips, `width` columns */
static void add_sparse(const hol_kernels *kernels, const hol_split *p, int64_t blocks, const uint8_t *levels,
                       int64_t stride, int64_t width, hol_sums products, int64_t outputs) {
    _Alignas(64) uint16_t lines[(HOL_LIST_ROWS + 1) * LINE], sums[LIST_UNITS * LINE];
    const int64_t tiles = tile_count(p->sparse_count);
    if (tiles == 0) return;
    memset(lines, 0, sizeof lines);
    for (int64_t b = 0; b < blocks; b += LIST_RANGE_BLOCKS) {
        const int64_t range_blocks = clip(blocks - b, LIST_RANGE_BLOCKS), list_range = b / LIST_RANGE_BLOCKS;
        for (int64_t k = 0; k < range_blocks; k++)
            for (int64_t c = 0; c < width; c += HOL_STRIP)
                turn_levels(levels + ((b + k) * stride + c) * HOL_LANES, lines + k * HOL_LANES * LINE + c);
        for (int64_t tile = 0; tile < tiles; tile++) {
            const int64_t first = tile * LIST_UNITS, count = clip(p->sparse_count - first, LIST_UNITS);
            memset(sums, 0, sizeof sums);
            (void)kernels->add_level_rows(lines, p->lists + p->starts[list_range * tiles + tile],
                                          p->lengths + list_range * p->sparse_count + first, count, sums);
            add_tile(sums, LINE, p->sparse + first, count, width, products, outputs);
        }
    }
}

/* Several strips' sums are added to a row of the products together, whose columns then are a few cache lines in one
 * place and not one in each of many pages; but each thread is to have strips. */
static int64_t strips_at_a_time(int64_t outputs, bool threaded) {
    const int64_t strips = (outputs + HOL_STRIP - 1) / HOL_STRIP;
    const int64_t each = strips / (2 * (threaded ? omp_get_max_threads() : 1));
    return each < 1 ? 1 : clip(each, STRIPS_MAX);
}

void hol_levels_product(const hol_kernels *kernels, const hol_states *x, int64_t units, const uint8_t *levels,
                        int64_t stride, int64_t outputs, hol_sums products, void *scratch) {
    if (x->blocks == 0) return;
    const hol_split p = make_split(x, units, scratch);
    const bool worth = hol_worth_threads(units * stride, x->blocks * HOL_LANES / 4);
    const int64_t columns = strips_at_a_time(outputs, worth) * HOL_STRIP;
#pragma omp parallel default(none) shared(kernels, x, levels, stride, outputs, products, p, columns, worth) if (worth)
    {
        index_all(kernels, &p, x);
#pragma omp for schedule(static)
        for (int64_t first = 0; first < outputs; first += columns) {
            const int64_t width = clip(outputs - first, columns);
            add_dense(kernels, &p, x->blocks, levels + first * HOL_LANES, stride, width, hol_sums_from(products, first),
                      outputs);
            for (int64_t c = first; c < first + width; c += LINE)
                add_sparse(kernels, &p, x->blocks, levels + c * HOL_LANES, stride, clip(first + width - c, LINE),
                           hol_sums_from(products, c), outputs);
        }
    }
}

void hol_levels_product_ref(const hol_states *x, int64_t units, const uint8_t *levels, int64_t stride, int64_t outputs,
                            int32_t *products) {
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t i = 0; i < units; i++)
            for (int64_t j = 0; j < outputs; j++)
                for (int lane = 0; lane < HOL_LANES; lane++)
                    if (hol_bits_get(x->words + b * x->stride, i, lane))
                        products[i * outputs + j] += levels[(b * stride + j) * HOL_LANES + lane];
}
