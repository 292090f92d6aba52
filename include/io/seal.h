/* seal: checksums and trailers for files that another program has changed on purpose, and for those just written. */
#ifndef HOL_IO_SEAL_H
#define HOL_IO_SEAL_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/checkpoint.h"

/* Appends the trailer (io/guard.h) to a closed HDF5 file that has none. The data sets with the attribute `checksum` are
 * data, whose bytes it leaves out; all else is structure. Messages call the file `named`. HOL_FAILURE. Not collective.
 */
hol_status hol_seal_append(hol_comm *comm, const char *file, const char *named) HOL_MUST_USE;

/* The same, and the file takes the place of `path` (io/replace.h), by which messages call it. */
hol_status hol_seal_commit(hol_comm *comm, const char *temporary, const char *path) HOL_MUST_USE;

/* Writes a file's checksums and trailer anew, after a deliberate change: a checkpoint of every part's shape and type,
 * or a data set of ours whose values can be read as samples. *ret_sets is how many sets got a checksum. The file is
 * replaced whole (io/replace.h), or stays what it was. HOL_BAD_INPUT: neither of the two, or not what its format asks
 * for; also a trailer that does not agree with its structure, which is damage and no change (unless unchecked).
 * outline lists a checkpoint's parts (io/checkpoint.h). Collective; the ranks share the reading. */
hol_status hol_seal_file(hol_comm *comm, hol_checkpoint_lister outline, const char *path,
                         int64_t *ret_sets) HOL_MUST_USE;

#endif
