/* options: a command's options as a table, read by argp for a parallel program: rank 0 speaks, nobody exits, all ranks
 * get the same answer.
 *
 * A new option is one row in its command's file and one member of what the command keeps its options in; --help and the
 * errors come from the row. A command that is told what to work on has rows for that, too, HOL_ARGUMENT. */
#ifndef HOL_CLI_OPTIONS_H
#define HOL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/value.h"
#include "result/result.h"

typedef struct hol_option {
    hol_value value;      /* its name without --; a BOOLEAN takes no argument, WORDS may be given often */
    char letter;          /* -o, or 0 */
    const char *alias;    /* another name, which --help has beside the first; NULL: none */
    bool is_argument;     /* no option, but what stands without one, as FILE */
    bool may_be_bare;     /* the argument may be left out */
    int group;            /* where it stands in --help */
    const char *argument; /* what stands for the argument in --help */
    const char *excludes; /* names of options that can't be given beside it, blanks between; NULL: none */
    const char *sets;     /* the key of the config that it stands for: --set of that can't be given beside it; NULL */
} hol_option;

/* For rows: `letter` 0 for none, `argument_` NULL for none. */
#define HOL_OPTION(name_, letter_, argument_, group_, help_)                                                           \
    .value.name = (name_), .letter = (letter_), .argument = (argument_), .group = (group_), .value.help = (help_)
#define HOL_ARGUMENT(name_) .value.name = (name_), .is_argument = true, .value.required = true
#define HOL_GIVEN .value.type = HOL_VALUE_BOOLEAN
#define HOL_WORDS(words_) .value.type = HOL_VALUE_WORDS, .value.expects = (words_)

typedef struct hol_options {
    const hol_option *rows;
    size_t count;      /* at most HOL_OPTIONS_MAX */
    const char *usage; /* "FILE -o OUT"; a line for each way */
    const char *help;  /* what the command does; behind \v what --help says after the options */
    /* What rows can't say: takes texts apart, sets what options imply, checks them together. Called before needs are
     * checked; NULL: nothing. */
    hol_status (*settle)(void *values);
} hol_options;

enum { HOL_OPTIONS_MAX = 32 };
#define HOL_ROWS(rows_) .rows = (rows_), .count = sizeof(rows_) / sizeof *(rows_)

/* Sets all defaults in `values`, then reads argv. *ret_done is true when --help or the like was added to the result and
 * the command shall return HOL_OK at once. HOL_USAGE with a message otherwise. Words are borrowed from argv, which is
 * reordered. --unchecked is comm's to keep (io/guard.h); comm is NULL for --help alone. Not collective; every rank gets
 * the same result from the same argv. */
hol_status hol_options_parse(hol_comm *comm, const hol_options *options, hol_result *result, int argc, char **argv,
                             void *values, bool *ret_done) HOL_MUST_USE;

/* A number of `text` from low to high; `label` is the option's name for errors. */
hol_status hol_options_number(const char *label, const char *text, double low, double high, double *ret) HOL_MUST_USE;

#endif
