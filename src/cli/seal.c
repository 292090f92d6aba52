/* seal: checksums anew, after a deliberate change by another program. */

#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "io/guard.h"
#include "io/recognize.h"
#include "io/seal.h"
#include "train/state.h"

typedef struct arguments {
    const char *file;
} arguments;

static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), HOL_AT(arguments, file), HOL_TEXT(NULL, "a checkpoint or a data set")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help =
        "Writes the checksums of FILE anew, a checkpoint or a data set of holode's that another program has changed "
        "on purpose, once all that it holds has the shape and the type that it should have. FILE is replaced whole.",
};

/* Whether the config of a checkpoint still makes the model that its parameters are of. A trailer that does not agree
 * tells of damage, and is not replaced. */
static hol_status check(hol_comm *comm, const char *file) {
    hol_guard_found found = HOL_GUARD_NONE;
    hol_file_kind kind = HOL_FILE_HDF5;
    const bool was_unchecked = hol_guard_is_unchecked(comm);
    hol_status status = hol_comm_agree(comm, hol_guard_look(comm, file, &found));
    if (status != HOL_OK) return status;
    hol_guard_set_unchecked(comm, true);
    status = hol_file_recognize(comm, file, &kind);
    if (status == HOL_OK && kind == HOL_FILE_CHECKPOINT) status = hol_cli_check_checkpoint(comm, file);
    hol_guard_set_unchecked(comm, was_unchecked);
    return status;
}

hol_status hol_command_seal(hol_comm *comm, hol_result *result, int argc, char **argv) {
    arguments a;
    bool done = false;
    int64_t sets = 0;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &a, &done);
    if (status != HOL_OK || done) return status;
    status = check(comm, a.file);
    if (status == HOL_OK) status = hol_seal_file(comm, hol_state_outline, a.file, &sets);
    if (status == HOL_OK)
        hol_result_line(result, NULL, "%s: sealed, %lld data set%s", a.file, (long long)sets, sets == 1 ? "" : "s");
    return status;
}
