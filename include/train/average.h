/* average: the mean of the iterates, which is nearer to the optimum than the last of them while the rate is not small
 * (Polyak & Juditsky 1992).
 *
 *     average_t = average_(t-1) + w_t (theta_t - average_(t-1))        w_t = max(1 / t, 1 / horizon)
 *
 * The plain mean of the first `horizon` iterates, from then on an exponentially forgetting one. */
#ifndef HOL_TRAIN_AVERAGE_H
#define HOL_TRAIN_AVERAGE_H

#include <stdint.h>

/* Takes in the iterate after step t, t >= 1; average and theta are (count), horizon >= 1 steps. The same bits for any
 * number of threads. Not collective. */
void hol_average_follow(float *average, const float *theta, int64_t count, int64_t t, int64_t horizon);

#endif
