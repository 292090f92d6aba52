/* state_model: the model of a checkpoint; for train/state.c. */
#ifndef HOL_SRC_TRAIN_STATE_MODEL_H
#define HOL_SRC_TRAIN_STATE_MODEL_H

#include "train/state.h"

/* HOL_BAD_INPUT when the file is of another kind of model, of other sizes or made from other structures. */
hol_status hol_state_check_model(const hol_checkpoint_info *info, const hol_model *model) HOL_MUST_USE;

/* The model that a file says it is of, as far as its list of fields depends on it. HOL_BAD_INPUT when there is none
 * such. The caller owns *ret_model. */
hol_status hol_state_create_model(const hol_checkpoint_file *file, hol_model **ret_model) HOL_MUST_USE;

#endif
