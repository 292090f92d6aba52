/* start: parameters of another run, or of an import, at which training begins. */
#ifndef HOL_CLI_START_H
#define HOL_CLI_START_H

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* The parameters in `file`, a checkpoint or a run's directory, for `model`: those of the same kind, columns, letters
 * (where both have some), hidden units, structure and temperature. Of pairs of sites each has those that it has: a pair
 * that the file lacks begins at 0, one that the model lacks is left out, which the log tells. HOL_BAD_INPUT where the
 * two don't fit. The caller gives back *ret_theta, (parameters), by hol_free. Collective. */
hol_status hol_cli_read_start(hol_comm *comm, const char *file, const hol_model *model, float **ret_theta) HOL_MUST_USE;

#endif
