/* kernels: the inner loops, one list of operations, a folder of src/num/ for each instruction set, chosen at run time.
 *
 * All of them compute whole numbers or follow one fixed order of IEEE operations: the tables of all instruction sets
 * give the same bits. HOLODE_ISA=amx|avx512|avx2|generic forces one. Nothing here is threaded: num/layer,
 * num/counts and their kin give the pieces to threads. */
#ifndef HOL_NUM_KERNELS_H
#define HOL_NUM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

enum {
    HOL_STRIP = 16,       /* columns of one strip: a cache line of 32-bit numbers */
    HOL_GROUP = 5,        /* rows of one table, of few lanes' fewer: 2^5 subset sums */
    HOL_RANGE_GROUPS = 8, /* groups whose numbers lie together */
    HOL_RANGE_ROWS = HOL_GROUP * HOL_RANGE_GROUPS,
    HOL_INDEX_TILE = 64 * 8, /* bytes: what 64 lanes have on of one range */
    HOL_LIST_ROWS =
        512,          /* rows that lists are made of at a time: their strip, 32 KB, is added from a first-level cache */
    HOL_LIST_PAD = 4, /* lists are filled up to a multiple of this with the number of a row of zeros */
    HOL_PROBABILITY_BITS = 15, /* fractional bits of probabilities, and of the dither of levels */
    HOL_LEVELS = 15,           /* the level of a unit that is on for sure */
    HOL_LEVEL_TILE = 1024,     /* bytes: the numbers of 64 units in one block, for products with levels */
    HOL_LEVEL_BLOCKS = 68,     /* as many blocks' levels add up to 16 bits */
    HOL_NARROW_STRIP = 32, /* columns of one strip of 16-bit couplings (num/narrow.h): a cache line, too */
    HOL_NARROW_ROWS = 64,  /* the most rows that are summed in 16 bits */
};

/* Sets that rows fill, and list_ranges of lists. */
static inline int64_t hol_index_range_count(int64_t rows) { return (rows + HOL_RANGE_ROWS - 1) / HOL_RANGE_ROWS; }
static inline int64_t hol_list_range_count(int64_t rows) { return (rows + HOL_LIST_ROWS - 1) / HOL_LIST_ROWS; }

/* Random numbers for the units of one layer in one half-sweep. The number for (unit, chain) is half of word (chain % 8)
 * / 2 of Philox(key; unit, chain / 8, step, sweep): the low half for even chains, the high half for odd ones.
 *
 * A unit's probability p, to 15 bits, enters statistics as its level, p rounded up or down at random to a whole number
 * of fifteenths, so that 4 bits hold it and its expectation is p:
 *
 *     level = (15 p + u) >> 15     u(unit, chain) = (offset(unit) + chain * HOL_DITHER_STEP) mod 2^15
 *
 * offset is the upper 15 bits of word 0 of Philox(key; unit, 2^32 - 1, step, sweep), a counter that no chain reaches.
 * It makes each u uniform; the golden ratio's steps spread the u of a unit's chains as evenly as can be, so that the
 * errors of chains with like probabilities cancel. */
enum { HOL_DITHER_STEP = 20251 }; /* the odd number next to 2^15 / 1.618 */

typedef struct hol_draw {
    hol_rng_key key;
    uint32_t step;
    uint32_t sweep;
} hol_draw;

struct hol_spin_rule; /* num/spins.h */
struct hol_sparse;    /* num/sparse.h */
struct hol_pairwise_tile; /* num/pairwise.h */

/* One block's strip of units that are coupled among themselves, drawn one after the other. fields (64, 16) are those
 * of the states as they stand in words (width <= 16), which get the new ones; once unit l is drawn, the chains in
 * which it flipped have inner[l * inner_stride + m] added to, or taken from, the fields of the units m > l. held
 * (width): a bit for each chain in which the unit is not drawn; or NULL. */
typedef void hol_scan_kernel(const int32_t *fields, float scale, const int32_t *inner, int64_t inner_stride,
                             int64_t width, const uint64_t *held, const hol_draw *draw, int64_t unit, int64_t block,
                             uint64_t *words);

/* Draws `count` units that are not coupled with each other, of `blocks` blocks, in place: unit i of the b-th is
 * words[b * stride + i]. */
typedef void hol_sparse_kernel(const struct hol_sparse *sparse, const int32_t *units, int64_t count,
                               const hol_draw *draw, uint64_t *words, int64_t stride, int64_t blocks,
                               int64_t first_block);

/* Draws `count` units of one colour and one degree in one block: neighbour m of the k-th is neighbours[m * count +
 * k]. */
typedef void hol_spin_kernel(uint64_t *words, const int32_t *units, const int32_t *neighbours, int64_t count,
                             const struct hol_spin_rule *rule, const hol_draw *draw, int64_t block);

/* What product needs to know of words[0 .. inputs) of one block: for each of `ranges` ranges of 40 inputs an index tile
 * of HOL_INDEX_TILE bytes, `range_stride` bytes apart: which are on in each of the 64 lanes. How is the instruction
 * set's own: tiles are for the same kernels' product. */
typedef void hol_index_lanes_kernel(const uint64_t *words, int64_t inputs, int64_t ranges, int64_t range_stride,
                                    uint8_t *index_tiles);

/* sums[r][0..15] += sum of the rows of `weights` that r's numbers select, for one strip of 16 columns: input k is row
 * rows[k] of weights (stride), rows NULL for k itself; weights points at the strip's first column. index_tiles is
 * (ranges, count) of HOL_INDEX_TILE bytes, with range_stride bytes between ranges; sums (count * 64, 16), 64-byte
 * aligned. */
typedef void hol_product_kernel(const int32_t *weights, int64_t stride, const int32_t *rows, int64_t inputs,
                                const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums);

/* ---- 16-bit couplings, by ranges of at most HOL_NARROW_ROWS rows, any sum of which fits 16 bits (num/narrow.h).
 *
 * index_narrow: what product_narrow needs to know of words[0 .. inputs) of one block, inputs <= HOL_NARROW_ROWS, in
 * HOL_INDEX_TILE bytes, the instruction set's own.
 *
 * product_narrow: sums[b][c / 16][l][c % 16] += the sum in column c of the rows that are on in lane l of block b, for
 * one strip of 32 columns: strip is (.., 32), of which range s takes rows[ends[s - 1]] .. rows[ends[s] - 1], ends[-1]
 * standing for 0. index_tiles is (ranges, count) of HOL_INDEX_TILE bytes, with range_stride bytes between ranges; sums
 * (count, 2, 64, 16), 64-byte aligned. */
typedef void hol_index_narrow_kernel(const uint64_t *words, int64_t inputs, uint8_t *index_tile);
typedef void hol_product_narrow_kernel(const int16_t *strip, const int32_t *rows, const int32_t *ends, int64_t ranges,
                                       const uint8_t *index_tiles, int64_t range_stride, int64_t count, int32_t *sums);

/* add_rows for them: sums[c / 16][l][c % 16] += the sum of the rows in list l, of which any HOL_LIST_PAD together fit
 * 16 bits. strip is (HOL_LIST_ROWS + 1, 32) with a last row of zeros, lengths (64), sums (2, 64, 16). */
typedef const uint16_t *hol_add_rows_narrow_kernel(const int16_t *strip, const uint16_t *list, const int32_t *lengths,
                                                   int32_t *sums);

/* ---- categorical units (num/sites.h), of which each selects one row of 16-bit couplings in each chain.
 *
 * list_site: which row each lane of a block selects of a site's rows, which begin at `row`, as lists have it: list[l] =
 * 64 (row + s) for unit s, of words[0 .. states), that is on, and 64 HOL_LIST_ROWS where none is. list is (64).
 *
 * add_sites: sums[c / 16][l][c % 16] += the sum of the rows lists[k * 64 + l] of k < sites, which all fit 16 bits
 * together, given as those of add_rows_narrow. strip is (HOL_LIST_ROWS + 1, 32), sums (2, 64, 16).
 *
 * turn_strip: fields (64, 16) to turned (16, 64), both 64-byte aligned.
 *
 * sample_site, weigh_site: one site's fields (states, 64), 64-byte aligned, in units of `scale` > 0, to samples
 * (states), or to weights (states, 64) and their sums, totals (64). unit is the number of the site's first unit. */
typedef void hol_list_site_kernel(const uint64_t *words, int64_t states, int64_t row, uint16_t *list);
typedef void hol_add_sites_kernel(const int16_t *strip, const uint16_t *lists, int64_t sites, int32_t *sums);
typedef void hol_turn_strip_kernel(const int32_t *fields, int32_t *turned);
typedef void hol_sample_site_kernel(const int32_t *fields, int64_t states, float scale, const hol_draw *draw,
                                    int64_t unit, int64_t block, uint64_t *samples);
typedef void hol_weigh_site_kernel(const int32_t *fields, int64_t states, float scale, uint32_t *weights,
                                   uint32_t *totals);

/* ---- sites that are coupled in pairs (num/pairwise.h)
 *
 * add_pair_rows: sums[l][0 .. width) += the sum of the tile's rows that lane l's states select: of group k row[k] +
 * index[group[k] * 64 + l]. Any of its rows that can be selected together fit 16 bits together, where they are narrow.
 *
 * draw_site: one site's fields to states (64), by sample_site's rule. fields is (strips, 64, width): strips of 32
 * states, but for the last one, which is as wide as its states ask for, in parts of 8. 64-byte aligned. */
typedef void hol_add_pair_rows_kernel(const struct hol_pairwise_tile *tile, const uint8_t *index, int32_t *sums);
typedef void hol_draw_site_kernel(const int32_t *fields, int64_t states, float scale, const hol_draw *draw,
                                  int64_t unit, int64_t block, uint8_t *drawn);

/* The same two with a lane for each chain, for tiles of lanes: their sums and fields are (states, 64), of which lane
 * 16 r + k is chain 4 k + r's. NULL, both, where nothing looks up numbers in a register. */

/* counts[i * count_stride + j] = number of lanes in which x's unit i and y's unit j are both on, for i < rows and
 * j < columns: popcounts of ANDed words. x word (b, i) is x[b * x_stride + i], y likewise. */
typedef void hol_pairs_kernel(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                              int64_t rows, int64_t columns, int32_t *counts, int64_t count_stride);

/* Numbers of groups of lanes, of `units` units, at most 64, in `blocks` blocks, words[b * stride + i]: an index tile of
 * HOL_LEVEL_TILE bytes for each block, one after the other, filled up with units that are off. What is in them is the
 * instruction set's own, for the same kernels' level_product. */
typedef void hol_index_levels_kernel(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks,
                                     uint8_t *index_tiles);

/* sums[i][0..15] += sum over the lanes in which unit i is on of the levels of one strip's units; modulo 2^16: at most
 * HOL_LEVEL_BLOCKS blocks fit. levels is (16, 64) bytes of block 0, level_stride bytes between blocks, 64-byte aligned;
 * index_tiles (tiles, blocks) with tile_stride bytes between tiles; sums (tiles * 64, 16), 64-byte aligned. */
typedef void hol_level_product_kernel(const uint8_t *levels, int64_t level_stride, int64_t blocks,
                                      const uint8_t *index_tiles, int64_t tile_stride, int64_t tiles, uint16_t *sums);

/* One block's strip of fields (64, 16), in units of `scale` > 0, to samples and levels of its units. unit is the number
 * of the strip's first unit, block the global number of the block. samples: 16 words, or NULL. levels: (16, 64) bytes,
 * a unit's 64 lanes after the other's, 64-byte aligned, or NULL. */
typedef void hol_sample_kernel(const int32_t *fields, float scale, const hol_draw *draw, int64_t unit, int64_t block,
                               uint64_t *samples, uint8_t *levels);

/* What sample goes by where the random number is far enough from it, for tests: 2^16 (p - 1/2) for the probability p of
 * each of (64, 16) fields, off by less than HOL_ESTIMATE_ERROR. */
typedef void hol_estimate_kernel(const int32_t *fields, float scale, int16_t *estimates);
enum { HOL_ESTIMATE_ERROR = 13 };

typedef struct hol_kernels {
    const char *isa;         /* the name of the instruction set and of its folder */
    bool (*runs_here)(void); /* whether this processor has it */

    hol_index_lanes_kernel *index_lanes;
    hol_product_kernel *product;

    hol_index_narrow_kernel *index_narrow;
    hol_product_narrow_kernel *product_narrow;
    hol_add_rows_narrow_kernel *add_rows_narrow;

    hol_list_site_kernel *list_site;
    hol_add_sites_kernel *add_sites;
    hol_turn_strip_kernel *turn_strip;
    hol_sample_site_kernel *sample_site;
    hol_weigh_site_kernel *weigh_site;

    hol_add_pair_rows_kernel *add_pair_rows;
    hol_draw_site_kernel *draw_site;
    hol_add_pair_rows_kernel *add_pair_lanes;
    hol_draw_site_kernel *draw_lanes;

    /* For sparse states, lists instead of tables. Writes, one after the other, the list of each of the 64 lanes of one
     * block: 64 times the numbers of its inputs that are on, of at most HOL_LIST_ROWS inputs words[0 .. inputs), filled
     * up to a multiple of HOL_LIST_PAD by 64 * HOL_LIST_ROWS. lengths is (64). Up to 16 elements behind the last list
     * are overwritten. Returns the number of elements written. */
    int64_t (*list_lanes)(const uint64_t *words, int64_t inputs, uint16_t *list, int32_t *lengths);

    /* The same with the roles exchanged: for each of `units` units the lanes that are on, of at most HOL_LIST_ROWS / 64
     * blocks. */
    int64_t (*list_units)(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks, uint16_t *list,
                          int32_t *lengths);

    /* sums[r][0..15] += sum of strip's rows in list r. strip is (HOL_LIST_ROWS + 1, 16) with a last row of zeros, sums
     * (count, 16); both 64-byte aligned. Returns the end of the lists used. */
    const uint16_t *(*add_rows)(const int32_t *strip, const uint16_t *list, const int32_t *lengths, int64_t count,
                                int32_t *sums);

    /* The same of levels, whose sums fit 16 bits: strip is (HOL_LIST_ROWS + 1, 32), sums (count, 32). */
    const uint16_t *(*add_level_rows)(const uint16_t *strip, const uint16_t *list, const int32_t *lengths,
                                      int64_t count, uint16_t *sums);

    hol_sample_kernel *sample;
    hol_estimate_kernel *estimate;

    /* The same fields to conditional probabilities, (64, stride) with 15 fractional bits, pointing at the strip's first
     * column. */
    void (*probabilities)(const int32_t *fields, float scale, int32_t *probabilities, int64_t stride);

    hol_index_levels_kernel *index_levels;
    hol_level_product_kernel *level_product;

    hol_scan_kernel *scan;

    hol_sparse_kernel *sparse;
    hol_sparse_kernel *sparse_few; /* a faster one, for units of at most `few` neighbours; NULL, and few -1: none */
    int64_t few;

    hol_spin_kernel *spins;

    hol_pairs_kernel *pairs;

    /* sum_k ln(1 + exp(x[k])), in one fixed order of additions; x is (count), finite. Each term's
     * error is below 1e-15 absolute, whatever its size. */
    double (*softplus_sum)(const double *x, int64_t count);

    /* Loads `bytes` bytes, a multiple of 512, aligned as cache lines are, `repeats` times into sums and does nothing
     * else: what benchmarks hold the product against. */
    int32_t (*add_lines)(const char *lines, int64_t bytes, int64_t repeats);
} hol_kernels;

/* The best that the CPU has, or those that HOLODE_ISA names. They are looked for at each call: ask once, and pass them
 * on. */
const hol_kernels *hol_kernels_get(void);

/* The kernels of one instruction set ("amx", "avx512", "avx2", "generic"); NULL when the CPU or the build lacks it. */
const hol_kernels *hol_kernels_find(const char *isa);

/* "amx, avx512, avx2, generic", those that the processor has (or, `built`, that the program has), best first, into text
 * of `size` bytes. */
void hol_kernels_list(bool built, char *text, size_t size);

/* 2^-t of 0 <= t <= 60 in a written order of operations, which the kernels' vectors follow to the bit. */
float hol_kernels_power_ref(float t);

/* The scalar reference of `sample` for one unit of one chain: the probability of 1 in units of 2^-32 (0xffffffff stands
 * for 1), the same to 15 bits, the sample, and the level. */
uint32_t hol_kernels_probability_ref(int32_t field, float scale);
static inline int32_t hol_kernels_round_ref(uint32_t probability) {
    return (int32_t)((probability >> 17) + (probability >> 16 & 1));
}
/* the level, by the dither that begins with the unit's offset */
static inline uint8_t hol_kernels_level(uint32_t probability, uint32_t offset, int64_t chain) {
    const uint32_t u = (offset + (uint32_t)chain * HOL_DITHER_STEP) & ((1u << HOL_PROBABILITY_BITS) - 1);
    return (uint8_t)((HOL_LEVELS * (uint32_t)hol_kernels_round_ref(probability) + u) >> HOL_PROBABILITY_BITS);
}
int hol_kernels_sample_ref(uint32_t probability, const hol_draw *draw, int64_t unit, int64_t chain);
uint8_t hol_kernels_level_ref(uint32_t probability, const hol_draw *draw, int64_t unit, int64_t chain);

#endif
