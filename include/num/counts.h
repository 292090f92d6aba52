/* counts: integer statistics of populations.
 *
 * What is summed over chains, threads and ranks is integer: counts of states, and conditional probabilities in units of
 * 2^-15. Sums of at most 65,535 chains fit 32 bits; larger populations are counted in pieces (train/statistics). */
#ifndef HOL_NUM_COUNTS_H
#define HOL_NUM_COUNTS_H

#include <stdint.h>

#include "num/layer.h"

enum { HOL_PROBABILITY_BITS = 15, HOL_COUNT_CHAINS_MAX = 65535 };

/* counts[i] += 2^15 times the number of lanes in which unit i is on; count is the number of chains of the whole
 * population: lanes beyond it are left out. counts is (units). */
void hol_counts_units(const hol_states *x, int64_t units, int64_t count, int32_t *counts);

/* Sets what lanes beyond the population's `count` chains hold to 0: x has `stride` units. */
void hol_counts_clear_idle(const hol_states *x, int64_t count);

/* Sets the probabilities (blocks * 64, stride) of lanes beyond the population's `count` chains to 0. */
void hol_counts_mask(const hol_states *x, int64_t count, int32_t *probabilities, int64_t stride);

/* sums[j] += sum over lanes of probabilities[lane][j]; probabilities is (blocks * 64, stride), sums (outputs). */
void hol_counts_probabilities(const int32_t *probabilities, int64_t blocks, int64_t stride, int64_t outputs,
                              int32_t *sums);

/* sums[i * columns + j] += 2^15 times the number of lanes in which x's unit i and y's unit j are both on; x and y have
 * the same blocks, and what lanes beyond the population hold must be 0 in one of them. sums is (rows, columns),
 * dense. */
void hol_pairs_add(const hol_kernels *kernels, const hol_states *x, int64_t rows, const hol_states *y, int64_t columns,
                   int32_t *sums);

/* The same for the units of x with each other: sums is (units, units), symmetric; its diagonal is left as it is. */
void hol_pairs_add_symmetric(const hol_kernels *kernels, const hol_states *x, int64_t units, int32_t *sums);

/* Bytes of scratch for hol_counts_weighted. */
int64_t hol_counts_scratch_bytes(int64_t units, int64_t blocks);

/* products[i * outputs + j] += sum over lanes of x[lane][i] probabilities[lane][j]: (units, outputs), dense. The table
 * product of num/kernels with the roles exchanged: tables of probability rows, numbers from five lanes of a unit's
 * word. */
void hol_counts_weighted(const hol_kernels *kernels, const hol_states *x, int64_t units, const int32_t *probabilities,
                         int64_t stride, int64_t outputs, int32_t *products, void *scratch);
void hol_counts_weighted_ref(const hol_states *x, int64_t units, const int32_t *probabilities, int64_t stride,
                             int64_t outputs, int32_t *products);

#endif
