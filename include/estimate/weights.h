/* weights: what the log-weights of many walks say about a ratio of partition functions.
 *
 * ln of the mean weight, its standard error by the delta method, and what else tells whether to believe it. All from
 * the chains' log-weights gathered in global order: the same digits on any number of ranks and threads. */
#ifndef HOL_ESTIMATE_WEIGHTS_H
#define HOL_ESTIMATE_WEIGHTS_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

typedef struct hol_weights_summary {
    double log_mean;       /* ln((1/n) sum w); -infinity when every weight is 0 */
    double standard_error; /* of log_mean: sd(w) / (mean(w) sqrt(n)) */
    double low, high;      /* ln(mean(w) -+ 3 standard errors); low may be -infinity (Salakhutdinov & Murray 2008) */
    double effective;      /* effective sample size, (sum w)^2 / sum w^2: n when all are equal, 1 when one has all */
    int64_t walks;         /* n */
    int64_t dead;          /* walks of weight 0 */
} hol_weights_summary;

/* log_weights (count) in order. Not collective. */
hol_weights_summary hol_weights_summarize(const double *log_weights, int64_t count);

/* Of a population's chains: log_weights holds this rank's lanes. *ret_all, when not NULL, gets all chains' log-weights
 * on rank 0 (owned by the caller, to hol_free; NULL elsewhere). Collective. */
hol_status hol_weights_gather(hol_comm *comm, const hol_population *population, const double *log_weights,
                              hol_weights_summary *ret_summary, double **ret_all) HOL_MUST_USE;

#endif
