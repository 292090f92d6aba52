/* expectation: the positive phase where nothing is hidden: E_data[T], a constant, found once over the whole data set.
 *
 *     E_data[T_i] = sum_r q_r T_i(x_r) / sum_r q_r          q_r: the rows' weights, whole numbers; 1 without weights
 *
 * The sum is of whole numbers and exact, so that it depends neither on ranks and threads nor on the order of the rows,
 * and a row of weight 2 is the row twice. What is rounded is the quotient, and before it, in units of 2^-21, each row's
 * T_i where that is a mean over sites or edges. */
#ifndef HOL_TRAIN_EXPECTATION_H
#define HOL_TRAIN_EXPECTATION_H

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "train/batches.h"

/* expectation is (parameters), the team's memory. The model has no hidden units; its tables need not be prepared. The
 * batches' bits are fixed, their rows the whole data set's over comm's ranks. Collective. */
hol_status hol_expectation_find(hol_comm *comm, const hol_model *model, const hol_batches *batches,
                                double *expectation) HOL_MUST_USE;

#endif
