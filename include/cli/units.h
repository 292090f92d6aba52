/* units: whether data suit a model's units: as many columns; and a word on units that can't be what was meant, constant
 * once they are bits, or a label beside bits. */
#ifndef HOL_CLI_UNITS_H
#define HOL_CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "train/binarize.h"

/* Joins what the ranks' binarizer->survey, not NULL, got, and warns in a line each of units that are the same in all
 * rows, and of columns that look like no unit. `what` is the key and the data set ("data.train: x.h5"). Where `refuse`
 * says so, HOL_BAD_INPUT when no unit differs between any two rows. Collective. */
hol_status hol_cli_check_units(hol_comm *comm, const char *what, const hol_binarizer *binarizer,
                               bool refuse) HOL_MUST_USE;

/* Whether data of `found` columns, `what`, have one for each visible unit of the model, or for each variable where it
 * has such; `of` says whose model, "run/checkpoint-000000100.h5". HOL_BAD_INPUT. Not collective. */
hol_status hol_cli_check_columns(const char *what, int64_t found, const hol_model *model, const char *of) HOL_MUST_USE;

#endif
