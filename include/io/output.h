/* output: which file a command may write to, and which it may put another in the place of.
 *
 * One rule for all commands: the name ends as the command's formats do, and a file of that name is replaced only when
 * it is empty or of the kind that the command writes: never a file that the command reads, a checkpoint, or a data set
 * with splits that would be lost. So a command can be run again, and a slip in a name costs nothing. */
#ifndef HOL_IO_OUTPUT_H
#define HOL_IO_OUTPUT_H

#include <stdbool.h>

#include "base/comm.h"
#include "base/status.h"

enum { HOL_OUTPUT_MEMBERS_MAX = 24 };

/* A kind of file, with what tells an earlier one from a stranger's. Strings are borrowed. */
typedef struct hol_output_kind {
    const char *ending; /* ".h5" */
    const char *begins; /* a text file: its first characters; NULL: any. Of .h5, .npy and .png the formats' own count */
    const char *format; /* of .h5: the root's attribute */
    const char *members[HOL_OUTPUT_MEMBERS_MAX]; /* of .h5: what may be in its root, up to a NULL or all */
} hol_output_kind;

/* Whether `path` may be written: by (input_count) `inputs`, the files that the command reads ("FILE:SPLIT" too; NULL is
 * skipped), and (kind_count) `kinds` that it writes. HOL_USAGE: "-o: found FILE, a text file, expected another name",
 * or what its name should end in. Rank 0 looks, all ranks get the answer. Collective. */
hol_status hol_output_check(hol_comm *comm, const char *path, const hol_output_kind *kinds, int kind_count,
                            const char *const *inputs, int input_count) HOL_MUST_USE;

/* Whether a name, NULL for none, has something before this ending, in any case of letters; .hdf5 and .hdf are .h5,
 * too. */
bool hol_output_ends_with(const char *path, const char *ending);

#endif
