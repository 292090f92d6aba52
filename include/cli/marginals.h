/* marginals: exact marginals of a model's variables or units, in a result or a file. */
#ifndef HOL_CLI_MARGINALS_H
#define HOL_CLI_MARGINALS_H

#include "base/comm.h"
#include "base/status.h"
#include "io/checkpoint.h"
#include "model/model.h"
#include "result/result.h"

/* A line per variable, with the probability of each of its states; of a model without columns, per unit, with that
 * of 1. Names are those of cli/names.h; in JSON they are members of "marginals". `output`, unless NULL, is a .csv
 * or .npy that gets the same in place of the result: a row per variable, as many columns as the largest has states, NaN
 * (an empty cell) beyond its own. HOL_USAGE when the model can be neither enumerated nor eliminated. Collective. */
hol_status hol_cli_find_marginals(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                  const float *theta, hol_result *result, const char *output) HOL_MUST_USE;

#endif
