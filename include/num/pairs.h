/* pairs: statistics of pairs of units from states alone, in units of 2^-15 like those of num/counts. What lanes beyond
 * the population hold must be 0. Threaded; the result does not depend on the threads. */
#ifndef HOL_NUM_PAIRS_H
#define HOL_NUM_PAIRS_H

#include <stdint.h>

#include "num/layer.h"

/* sums[i * columns + j] += 2^15 times the number of lanes in which x's unit i and y's unit j are both on; x and y have
 * the same blocks. sums is (rows, columns), dense. */
void hol_pairs_add(const hol_states *x, int64_t rows, const hol_states *y, int64_t columns, int32_t *sums);

/* The same for the units of x with each other: sums is (units, units), symmetric; its diagonal is left as it is. */
void hol_pairs_add_symmetric(const hol_states *x, int64_t units, int32_t *sums);

#endif
