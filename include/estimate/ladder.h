/* ladder: the temperatures of annealing and tempering, as betas from 0 to 1 along a path (sample/path.h). */
#ifndef HOL_ESTIMATE_LADDER_H
#define HOL_ESTIMATE_LADDER_H

#include <stdint.h>

/* The classic one (Salakhutdinov & Murray 2008): of 14,500 intervals 500 reach to 0.5, 4,000 to 0.9 and 10,000 to 1, or
 * any other number in these proportions. betas is (intervals + 1), intervals >= 1. */
void hol_ladder_classic(int64_t intervals, double *betas);

/* Equal steps of the integral of `spread` over beta: where log-weights spread more, the steps are shorter. spread
 * (count) is the measured standard deviation of a log-weight's change per unit of beta, in each of the intervals
 * between from[0] = 0 < from[1] < ... < from[count] = 1; it is kept to at least a tenth of its mean, so that no stretch
 * is left bare. betas is (intervals + 1). */
void hol_ladder_from_spread(const double *from, const double *spread, int64_t count, int64_t intervals, double *betas);

#endif
