/* split: the units of a population by how often they are on. Those that are off everywhere cost the products nothing,
 * those that are rarely on are worth lists, the others tables (num/kernels.h). Sums are of whole numbers: what a unit
 * is counted as changes the time, never the result. */
#ifndef HOL_NUM_SPLIT_H
#define HOL_NUM_SPLIT_H

#include <stdint.h>

#include "num/layer.h"

typedef struct hol_split {
    int32_t *dense;  /* borrowed: numbers of the units for tables, ascending */
    int32_t *sparse; /* borrowed: numbers of the units for lists, ascending */
    int64_t dense_count;
    int64_t sparse_count;
    int64_t sparse_ones; /* lanes in which a sparse unit is on, over all sparse units */
} hol_split;

/* Measured crossover: with tables a unit costs each chain a fifth of a look-up, whether it is on or not; in a list a
 * line to add when it is on, and lists cost something of their own. At one eighth they meet. */
enum { HOL_SPLIT_SHARE = 8 };

/* A unit that is on in fewer than 1/HOL_SPLIT_SHARE of the lanes is sparse. room is (units), the split's memory. */
hol_split hol_split_units(const hol_states *x, int64_t units, int32_t *room);

/* Counts every unit as dense (but those that are off everywhere), when lists would not pay as a whole. */
void hol_split_merge(hol_split *split);

#endif
