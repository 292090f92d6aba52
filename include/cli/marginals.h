/* marginals: exact marginals of a model's variables or units, printed or to a file. */
#ifndef HOL_CLI_MARGINALS_H
#define HOL_CLI_MARGINALS_H

#include <stdbool.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/checkpoint.h"
#include "model/model.h"

/* A line per variable, with the probability of each of its states; of a model without columns, per unit, with that
 * of 1. Names are those of cli/names.h. json: ", "marginals": {...}" inside of an object that has been begun. `output`,
 * unless NULL, is a .csv or .npy that gets the same in place of the terminal: a row per variable, as many columns as
 * the largest has states, NaN (an empty cell) beyond its own. HOL_USAGE when the model can be neither enumerated nor
 * eliminated. Collective. */
hol_status hol_cli_print_marginals(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                   const float *theta, bool json, const char *output) HOL_MUST_USE;

#endif
