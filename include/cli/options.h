/* options: argp for a parallel program: rank 0 speaks, nobody exits, all ranks get the same answer. */
#ifndef HOL_CLI_OPTIONS_H
#define HOL_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Parses argv. A parser in `argp` reports the user's mistake by hol_error(HOL_USAGE, ...) and returns EINVAL.
 * *ret_done is true when --help or the like was served and the command shall return HOL_OK at once. HOL_USAGE with a
 * message otherwise. Not collective; every rank gets the same result from the same argv. */
hol_status hol_options_parse(const struct argp *argp, int argc, char **argv, void *input, bool *ret_done) HOL_MUST_USE;

/* For ARGP_KEY_ARG of a command that takes one argument: *place is argument, or EINVAL when it had been given
 * before. */
error_t hol_options_place(const char *argument, const char *name, const char **place) HOL_MUST_USE;

/* "found \"x\", expected a whole number from MIN to MAX" as HOL_USAGE when text is not one; `name` is the option. */
hol_status hol_options_integer(const char *name, const char *text, int64_t min, int64_t max, int64_t *ret) HOL_MUST_USE;
hol_status hol_options_number(const char *name, const char *text, double min, double max, double *ret) HOL_MUST_USE;

#endif
