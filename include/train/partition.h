/* partition: ln Z carried along a run, by walks that follow the parameters from evaluation to evaluation.
 *
 * From independent units, whose ln Z is known, the walks follow the run as in sequential Monte Carlo (Del Moral, Doucet
 * & Jasra 2006), with the parameters that training passes through in place of temperatures; they are walks of their
 * own, apart from the chains of the gradient, whose errors the next parameters depend on. Between the parameters that
 * they stand at and the new ones they go in legs along the straight line:
 *
 *     ln w += u_s(x) - u_t(x)        then x moves by Gibbs sweeps at t        (u as in estimate/annealing.h)
 *
 * A leg is as long as leaves the conditional effective sample size (Zhou, Johansen & Aston 2016)
 *
 *     (sum_c W_c g_c)^2 / sum_c W_c g_c^2        W: weights before, of sum 1; g: the leg's factors
 *
 * at or above HOL_PARTITION_LEG. Walks that are not there after HOL_PARTITION_LEGS begin anew at the next evaluation.
 *
 * The walks are islands of 64, one block each, that know nothing of each other: where the effective size of an island
 * falls below half, its walks are resampled in proportion to their weights (systematically) and share them. E[mean w] =
 * Z for each island alone, however badly the moves mix, so the spread over islands is an error that counts all that
 * resampling does.
 *
 * Training with persistent chains makes modes that walks which stand elsewhere never find; all would then agree on a ln
 * Z that is too low, by many nats. Against that each half of the islands in turn begins anew at an evaluation, and
 * comes all the way from independent units, as in annealed importance sampling, in legs of the same kind. The walk from
 * there may miss what those that were carried along hold, or the reverse: the half that found more outweighs the other
 * one, and the effective number of walks and the error show it. ln of a mean is too low, if anything, so a likelihood
 * by it is too high.
 *
 * All numbers are the same on any number of ranks and threads; walks, weights and the parameters that they stand at are
 * state, which a checkpoint has. */
#ifndef HOL_TRAIN_PARTITION_H
#define HOL_TRAIN_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/path.h"
#include "state/fields.h"

enum { HOL_PARTITION_WALKS_MIN = 256, HOL_PARTITION_LEGS = 1000 };
#define HOL_PARTITION_LEG 0.95

typedef struct hol_partition {
    int64_t count;         /* walks, over all ranks */
    hol_population *walks; /* owned: each rank its blocks */
    double *log_weights;   /* owned: (count), equal on all ranks; Z at path->start is estimated by the weights' mean */
    hol_path *path;        /* owned: its start is where the walks stand, equal on all ranks */
    float *origin;         /* owned: parameters of independent units, where walks begin */
    double origin_log_partition;
    hol_model *model;       /* owned: prepared along the path */
    double *before, *after; /* owned: (count), u of the walks at two places */
    double *lanes;          /* owned: of local lanes */
} hol_partition;

typedef struct hol_partition_estimate {
    bool arrived;          /* whether the walks came to the parameters asked for */
    double effective;      /* effective number of walks, (sum w)^2 / sum w^2 */
    double log_partition;  /* ln Z; NaN when they did not arrive, or too few are effective (estimate/verdict.h) */
    double standard_error; /* of ln Z, by the spread over islands; likewise */
} hol_partition_estimate;

/* Walks for models like `model`, that begin at units of these means (model/means.h, in [0, 1]; NULL: fair): a
 * multiple of 64, at least HOL_PARTITION_WALKS_MIN. HOL_USAGE for other numbers, or when the kind can't be annealed.
 * The caller owns *ret. Not collective. */
hol_status hol_partition_create(const hol_model *model, const double *visible_means, int64_t walks, int rank, int ranks,
                                hol_partition **ret) HOL_MUST_USE;
void hol_partition_destroy(hol_partition *partition);

/* The walks, what they weigh and where they stand; partition may be NULL; none with no walks. */
void hol_partition_list_fields(const hol_partition *partition, const hol_model_info *info, int64_t walks,
                               hol_field_list *list);

/* All walks to where they begin. Not collective. */
hol_status hol_partition_start(hol_partition *partition, uint64_t seed) HOL_MUST_USE;

/* Follows to theta (parameters); (seed, step) keys what is drawn. With an even `round` (>= 0) the first half of the
 * islands begins anew, with an odd one the other half. With `stay` the walks come back afterwards to where they stood,
 * as if nothing had been. HOL_NUMERICAL as in hol_model_ops.prepare. Collective. */
hol_status hol_partition_follow(hol_partition *partition, hol_comm *comm, const float *theta, uint64_t seed,
                                int64_t step, int64_t round, bool stay, hol_partition_estimate *ret) HOL_MUST_USE;

#endif
