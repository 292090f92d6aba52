/* bar: ln Z by Bennett's acceptance ratio between the neighbours of a tempering ladder (Bennett 1976; with parallel
 * tempering for RBMs: Krause, Fischer & Igel 2020).
 *
 * Between levels l and l + 1 of a path, with w = (beta_l+1 - beta_l) D(x), Delta = ln Z_l+1 - ln Z_l solves
 *
 *     sum over x of level l of 1 / (1 + exp(w + Delta))  =  sum over x of level l + 1 of 1 / (1 + exp(-w - Delta))
 *
 * which has the least variance of all estimates from both levels' samples. Sums are of whole numbers, so the digits are
 * the same on any number of ranks and threads.
 *
 * Chains of different numbers never meet, so those whose numbers leave the same remainder by HOL_BAR_GROUPS are an
 * experiment of their own: errors come from solving the equations again for each such group, however long its chains
 * remember. Half of the groups begin at states of the caller's, half at random; where these disagree, one of them has
 * not reached the model. */
#ifndef HOL_ESTIMATE_BAR_H
#define HOL_ESTIMATE_BAR_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/tempering.h"

enum { HOL_BAR_GROUPS = 16 };

typedef struct hol_bar_options {
    int64_t levels; /* >= 2 */
    int64_t chains; /* of each level, >= HOL_BAR_GROUPS */
    int64_t rounds; /* of exchanges and sweeps that count, >= 2 */
    int64_t settle; /* rounds before those */
    uint64_t seed;
    const double *betas;          /* (levels), borrowed: from 0 to 1 */
    const double *visible_means;  /* borrowed; NULL: fair */
    const hol_population *starts; /* borrowed: states that all levels of the even groups begin at; the others at fair
                                   * bits, with NULL all */
} hol_bar_options;

typedef struct hol_bar_result {
    double log_partition;
    double standard_error;     /* over groups */
    double least_rate;         /* of exchanges between two neighbours: near 0, the ladder is cut there */
    double starts_gap;         /* mean of the groups that began at the caller's states less that of the others */
    double starts_gap_error;   /* its standard error */
    double drift, drift_error; /* the last half of the rounds less the first, and its standard error */
} hol_bar_result;

/* HOL_USAGE when the model can't be tempered or options are out of range. Memory: levels * rounds * this rank's lanes
 * numbers. Collective. */
hol_status hol_bar_estimate(hol_comm *comm, hol_model *model, const float *theta, const hol_bar_options *options,
                            hol_bar_result *ret_result) HOL_MUST_USE;

#endif
