/* ais: ln Z by annealed importance sampling, from either side.
 *
 * Forward (Neal 2001; Salakhutdinov & Murray 2008): walks from exact samples of independent units up to the model.
 * E[w] = Z / Z_0, so ln Z_0 + ln mean(w) is, by Jensen's inequality, below ln Z on average: what it says of a
 * log-likelihood is too good, if anything.
 *
 * Reverse: walks from samples of the model down to the independent units. E[w] = Z_0 / Z if those are exact samples,
 * and ln Z_0 - ln mean(w) is above ln Z on average: a log-likelihood from it is too low, if anything (Burda, Grosse &
 * Salakhutdinov 2015 on why both sides are needed). With samples that are not exact (chains run long), it is a bound
 * only as far as they are good: if they miss modes of the model, it may lie below ln Z, and if forward walks miss the
 * same modes, both may agree on a wrong value. So the starts should not come from the forward walks.
 *
 * Either one's gap to the truth falls with the number of intervals. Where both agree within their errors, ln Z is
 * known. */
#ifndef HOL_ESTIMATE_AIS_H
#define HOL_ESTIMATE_AIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/weights.h"
#include "model/model.h"

typedef struct hol_ais_options {
    int64_t chains;    /* walks, over all ranks */
    int64_t intervals; /* of the ladder, >= 1 */
    bool adaptive;     /* spacing by a pilot run's spread of log-weights; else the classic one */
    uint64_t seed;
    const double *visible_means; /* borrowed: where the path begins; NULL: at fair units */
} hol_ais_options;

typedef struct hol_ais_result {
    double log_partition; /* ln Z */
    double standard_error;
    double low, high; /* ln Z at the mean weight -+ 3 standard errors */
    hol_weights_summary weights;
} hol_ais_result;

/* The ladder that options ask for: betas is (intervals + 1). Collective. */
hol_status hol_ais_ladder(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                          double *betas) HOL_MUST_USE;

/* Forward along betas. Collective. */
hol_status hol_ais_forward(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                           const double *betas, hol_ais_result *ret_result) HOL_MUST_USE;

/* Reverse along betas, from `starts`, a population of the model's samples, which is used up; its number of chains is
 * that of the walks. Collective. */
hol_status hol_ais_reverse(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                           const double *betas, hol_population *starts, hol_ais_result *ret_result) HOL_MUST_USE;

#endif
