/* help: `holode help`, the manual. Its pages lie in src/cli/manual, a file for each command and topic, and are compiled
 * in. Nothing here is collective, and MPI need not run. */
#ifndef HOL_CLI_HELP_H
#define HOL_CLI_HELP_H

#include <stddef.h>

#include "base/status.h"
#include "cli/commands.h"
#include "result/result.h"

/* A page as the Makefile makes it from src/cli/manual/NAME.txt. A line of its text is printed as it stands, but for
 * "## Heading", printed in capitals, and comments, which are left out or stand for more:
 *   <!-- usage: data import -->   what `holode data import --help` prints
 *   <!-- keys -->                 every key of a config with what it takes and its default
 *   <!-- fields -->               every data set of a checkpoint (hol_help_fields)
 *   <!-- run ... -->              the block below is run by tests/cli/documents.sh */
typedef struct hol_manual_page {
    const char *name, *summary, *text;
} hol_manual_page;

extern const hol_manual_page hol_manual_pages[];
extern const size_t hol_manual_page_count;

/* Prints the page argv[1], the commands (count) being those that pages show the options of; or what is known of a key
 * of configs, as train.sweeps, or by its last word, or as other programs call it; without argv[1] a list of the pages.
 * HOL_USAGE for another name. */
hol_status hol_help(const hol_command *commands, size_t count, hol_result *result, int argc, char **argv) HOL_MUST_USE;

/* Every field that a checkpoint of some model may hold, as its owner describes it (state/fields.h). HOL_FAILURE, by its
 * path, when one has no text. */
hol_status hol_help_fields(hol_result *result) HOL_MUST_USE;

#endif
