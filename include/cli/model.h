/* model: from a config or a checkpoint to the model that it means. */
#ifndef HOL_CLI_MODEL_H
#define HOL_CLI_MODEL_H

#include <stdint.h>

#include "base/status.h"
#include "cli/config.h"
#include "io/checkpoint.h"
#include "model/model.h"

/* The model of a config, on data of `visible` units. The kind's name is not the config's: it outlives it. */
hol_model_options hol_cli_model_options(const hol_config *config, int64_t visible);

/* The model of a checkpoint, by the config in it; at another temperature than its own when `temperature` is above 0.
 * HOL_BAD_INPUT when the config does not describe the model that the file has. The caller owns *ret_model. Not
 * collective. */
hol_status hol_cli_create_model(const hol_checkpoint_info *info, double temperature,
                                hol_model **ret_model) HOL_MUST_USE;

#endif
