/* counts: integer statistics of populations.
 *
 * What is summed over chains, threads and ranks is integer: counts of states, and levels (num/kernels.h), which stand
 * for probabilities in units of 1/15. What has entries of both counts states 15 times: `times` below is 15 then, else
 * 1. Sums of at most 2^27 chains fit 32 bits so; larger populations are counted in pieces (train/statistics). */
#ifndef HOL_NUM_COUNTS_H
#define HOL_NUM_COUNTS_H

#include <stdint.h>

#include "num/layer.h"

enum { HOL_COUNT_CHAINS_MAX = 1 << 27 };

/* Where sums are added to, one of the three: `narrow` where 16 bits hold them, `whole` where weights are summed. */
typedef struct hol_sums {
    int32_t *wide;
    int16_t *narrow;
    int64_t *whole;
} hol_sums;

/* The sums from entry `at` on. */
static inline hol_sums hol_sums_from(hol_sums sums, int64_t at) {
    return (hol_sums){sums.wide ? sums.wide + at : NULL, sums.narrow ? sums.narrow + at : NULL,
                      sums.whole ? sums.whole + at : NULL};
}

static inline void hol_sums_add(hol_sums sums, int64_t at, int64_t value) {
    if (sums.wide) sums.wide[at] += (int32_t)value;
    else if (sums.narrow) sums.narrow[at] = (int16_t)(sums.narrow[at] + value);
    else sums.whole[at] += value;
}

/* counts[i] += `times` the number of lanes in which unit i is on; count is the number of chains of the whole
 * population: lanes beyond it are left out. counts is (units). */
void hol_counts_units(const hol_states *x, int64_t units, int64_t count, int32_t times, hol_sums counts);

/* Sets what lanes beyond the population's `count` chains hold to 0: x has `stride` units. */
void hol_counts_clear_idle(const hol_states *x, int64_t count);

/* Levels of units are bytes (blocks, stride, 64): those of a unit's 64 lanes lie together, stride is the number of
 * units rounded up to 16; 64-byte aligned. This sets those of lanes beyond the population's `count` chains to 0. */
void hol_levels_clear_idle(const hol_states *x, int64_t count, uint8_t *levels, int64_t stride);

/* sums[j] += sum over lanes of unit j's levels; sums is (units). */
void hol_levels_add(const uint8_t *levels, int64_t blocks, int64_t stride, int64_t units, hol_sums sums);

/* sums[i * columns + j] += `times` the number of lanes in which x's unit i and y's unit j are both on; x and y have
 * the same blocks, and what lanes beyond the population hold must be 0 in one of them. sums is (rows, columns),
 * dense. */
void hol_pairs_add(const hol_kernels *kernels, const hol_states *x, int64_t rows, const hol_states *y, int64_t columns,
                   int32_t times, int32_t *sums);

/* The same for the units of x with each other: sums is (units, units), symmetric; its diagonal is left as it is. */
void hol_pairs_add_symmetric(const hol_kernels *kernels, const hol_states *x, int64_t units, int32_t times,
                             int32_t *sums);

/* Pairs of states by their bits, as above, or by bytes, as below: of sites of at most so many states the former is the
 * faster (on Zen 3). */
enum { HOL_PAIRS_BITS_STATES = 10 };

/* sums[a * columns + b] += in how many of the first `lanes` lanes x is a < rows and y is b < columns; or the sum of
 * weights (lanes) there, to `whole` sums, unless it is NULL. x and y are states as bytes, the 64 of
 * block k at x + k * stride. */
void hol_pairs_add_bytes(const uint8_t *x, int64_t rows, const uint8_t *y, int64_t columns, int64_t stride,
                         int64_t lanes, const uint32_t *weights, hol_sums sums);

/* Bytes of scratch for hol_levels_product. */
int64_t hol_levels_scratch_bytes(int64_t units, int64_t blocks);

/* products[i * outputs + j] += sum over the lanes in which x's unit i is on of the levels (blocks, stride, 64) of unit
 * j: (units, outputs), dense. */
void hol_levels_product(const hol_kernels *kernels, const hol_states *x, int64_t units, const uint8_t *levels,
                        int64_t stride, int64_t outputs, hol_sums products, void *scratch);
void hol_levels_product_ref(const hol_states *x, int64_t units, const uint8_t *levels, int64_t stride, int64_t outputs,
                            int32_t *products);

#endif
