/* split: the units of a population by how often they are on. Those that are off everywhere cost the products nothing,
 * those that are rarely on are worth lists, the others tables (num/kernels.h). Sums are of whole numbers: what a unit
 * is counted as changes the time, never the result. */
#ifndef HOL_NUM_SPLIT_H
#define HOL_NUM_SPLIT_H

#include <stdint.h>

#include "num/layer.h"

/* Measured crossover: with tables a unit costs each chain a fifth of a look-up, whether it is on or not; in a list a
 * line to add when it is on, and lists cost something of their own. At one eighth they meet. */
enum {
    HOL_SPLIT_SHARE = 8,
    HOL_LIST_COST = 14, /* lines: what a list costs beside its rows (a branch not foreseen) */
    HOL_LIST_SLACK = (HOL_LIST_PAD - 1) * 64 + 16, /* padding of 64 lists, and what the kernel writes behind them */
};

/* All of it borrowed: one call's scratch, cut up. */
typedef struct hol_split {
    int32_t *dense;  /* numbers of the units for tables, ascending */
    int32_t *sparse; /* numbers of the units for lists, ascending */
    int64_t dense_count;
    int64_t sparse_count;
    int64_t sparse_ones;  /* lanes in which a sparse unit is on, over all sparse units */
    uint64_t *packed;     /* (blocks, units): words of dense, then of sparse units */
    uint8_t *index_tiles; /* of HOL_INDEX_TILE bytes, for tables */
    uint16_t *lists;      /* one after the other */
    int64_t *starts;      /* of every 64 lists, in lists */
    int32_t *lengths;     /* of every list */
} hol_split;

/* Cuts scratch into a split for `units` units of `blocks` blocks, with room for so many index tiles, starts and lists;
 * with scratch NULL only measures. Returns the bytes taken. */
int64_t hol_split_cut(hol_split *split, int64_t units, int64_t blocks, int64_t index_tiles, int64_t starts,
                      int64_t lists, char *scratch);

/* Tells dense units from sparse ones: those that are on in fewer than 1/share of the lanes; those that are off
 * everywhere are neither. */
void hol_split_units_by(hol_split *split, const hol_states *x, int64_t units, int64_t share);
static inline void hol_split_units(hol_split *split, const hol_states *x, int64_t units) {
    hol_split_units_by(split, x, units, HOL_SPLIT_SHARE);
}

/* In how many lanes of all blocks the unit that words begins with is on. */
int64_t hol_split_count_on(const uint64_t *words, int64_t stride, int64_t blocks);

/* Takes sites' units out of both, for they go another way. */
void hol_split_leave_out(hol_split *split, const hol_states *x, const hol_sites *sites);

/* Counts every unit as dense (but those that are off everywhere) when so many lists would not pay as a whole. */
void hol_split_merge_unless_worth(hol_split *split, int64_t lists, int64_t blocks);

#endif
