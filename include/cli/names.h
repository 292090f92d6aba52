/* names: what a model's columns and units are called in results. */
#ifndef HOL_CLI_NAMES_H
#define HOL_CLI_NAMES_H

#include "base/status.h"
#include "cli/config.h"
#include "io/checkpoint.h"
#include "io/dataset_notes.h"
#include "model/model.h"

/* The names of all columns of states, where the model has such (an mrf's variables), else of visible units, and then of
 * hidden units: those of the config in info, where it has some, or of the columns of its training data, where these
 * are still there and have some; numbers for other columns; v0, v1 ..., h0, h1 ... for other units. *ret_names is one
 * block, the caller's to hol_free. Not collective. */
hol_status hol_cli_make_names(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                              char ***ret_names) HOL_MUST_USE;

/* How many these are. */
int64_t hol_cli_count_names(const hol_model *model);

/* HOL_BAD_INPUT when a data set has a column of the config's training data at another place, going by the names of
 * both, where both are there and have some. Not collective. */
hol_status hol_cli_check_order(hol_comm *comm, const hol_config *config, const char *reference,
                               const char *default_split) HOL_MUST_USE;

/* How many states the columns of the config's training data have, and the words for them, the label's too where
 * data.labels makes it a column: where the data are still there and have as many as the model; else *ret has no
 * columns. The caller clears it. Not collective. */
hol_status hol_cli_find_states(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                               hol_dataset_states *ret) HOL_MUST_USE;

/* HOL_BAD_INPUT when a data set of so many columns, with the label where there is one, has other words for states than
 * the config's training data, where both are there and have some. Not collective. */
hol_status hol_cli_check_words(hol_comm *comm, const hol_config *config, const char *reference,
                               const char *default_split, int64_t columns) HOL_MUST_USE;

#endif
