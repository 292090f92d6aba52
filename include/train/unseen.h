/* unseen: parameters that the data do not bound, where the positive phase is exact (train/expectation.h).
 *
 * A coupling of two binary units has a finite maximum of the likelihood only where samples show all four of their joint
 * states; so has an entry of a table only where some sample shows it. Else it grows without bound as a run goes on, as
 * the logarithm of the steps, and the likelihood's maximum is a limit. A penalty on the parameters bounds it. */
#ifndef HOL_TRAIN_UNSEEN_H
#define HOL_TRAIN_UNSEEN_H

#include "base/comm.h"
#include "model/model.h"

/* Of one group of parameters: how many of `all` are such. Pairs count once; those of units that never change, and
 * entries that are not learned, not at all. */
typedef struct hol_unseen {
    int64_t count, all;
    int64_t row, column; /* of the first */
} hol_unseen;

/* expectation is (parameters), of a model without hidden units. 0 of groups that don't decay, of couplings between
 * layers or of categorical units, and of parameters that many pairs share. Not collective. */
hol_unseen hol_unseen_find(const hol_model *model, int group, const double *expectation);

/* A warning for each group that has such. What bounds nothing in the data is not an error: a run is as long as it
 * is. */
void hol_unseen_warn(hol_comm *comm, const hol_model *model, const double *expectation);

#endif
