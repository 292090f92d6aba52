/* rank: correlation of ranks. Not collective. */
#ifndef HOL_ESTIMATE_RANK_H
#define HOL_ESTIMATE_RANK_H

#include <stdint.h>

#include "base/status.h"

/* Spearman's rank correlation of a and b (count), all finite: Pearson's of their ranks, equal values having the mean of
 * the ranks that they share. NaN for fewer than two, or where all of a or all of b are equal. */
hol_status hol_rank_correlation(const double *a, const double *b, int64_t count, double *ret) HOL_MUST_USE;

#endif
