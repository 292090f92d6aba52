/* bar: ln Z by Bennett's acceptance ratio between the neighbours of a tempering ladder (Bennett 1976; with parallel tempering
 * for RBMs: Krause, Fischer & Igel 2020).
 *
 * Between levels l and l + 1 of a path, with w = (beta_l+1 - beta_l) D(x), Delta = ln Z_l+1 - ln Z_l solves
 *
 *     sum over x of level l of 1 / (1 + exp(w + Delta))  =  sum over x of level l + 1 of 1 / (1 + exp(-w - Delta))
 *
 * which has the least variance of all estimates from both levels' samples. Sums are of whole numbers, so the digits are the
 * same on any number of ranks and threads. Errors come from solving it again for each of HOL_BAR_PIECES successive pieces of
 * the run: that takes care of samples that are correlated, as long as a piece is longer than what the chains remember. */
#ifndef HOL_ESTIMATE_BAR_H
#define HOL_ESTIMATE_BAR_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/tempering.h"

enum { HOL_BAR_PIECES = 20 };

typedef struct hol_bar_options {
    int64_t levels; /* >= 2 */
    int64_t chains; /* of each level */
    int64_t rounds; /* of exchanges and sweeps that count, rounded up to a multiple of HOL_BAR_PIECES */
    int64_t settle; /* rounds before those */
    uint64_t seed;
    const double *betas;          /* (levels), borrowed: from 0 to 1 */
    const double *visible_means;  /* borrowed; NULL: fair */
    const hol_population *starts; /* borrowed: states that all levels begin at; NULL: fair bits */
} hol_bar_options;

typedef struct hol_bar_result {
    double log_partition;
    double standard_error;
    double least_rate; /* of exchanges between two neighbours: near 0, the ladder is cut there */
    double drift;      /* last half of the pieces less the first one, in its own standard errors */
    int64_t rounds;
} hol_bar_result;

/* HOL_USAGE when the model can't be tempered. Memory: levels * rounds * this rank's lanes numbers. Collective. */
hol_status hol_bar_estimate(hol_comm *comm, hol_model *model, const float *theta, const hol_bar_options *options,
                            hol_bar_result *ret_result) HOL_MUST_USE;

#endif
