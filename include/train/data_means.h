/* data_means: the means of a run's training data (model/means.h), by which its parameters begin. */
#ifndef HOL_TRAIN_DATA_MEANS_H
#define HOL_TRAIN_DATA_MEANS_H

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "train/batches.h"

/* Of the known values, weighted, over all ranks' rows; `share` as hol_means_get takes it. The caller owns *ret_means,
 * (means), also after an error. Collective. */
hol_status hol_data_means_find(hol_comm *comm, const hol_model *model, const hol_batches *batches, double share,
                               double **ret_means) HOL_MUST_USE;

#endif
