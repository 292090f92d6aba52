/* guard: whether to let HDF5 read a file, decided before it does.
 *
 * HDF5 1.10 follows a file's pointers as they stand, and dies of some damaged or crafted files instead of refusing
 * them. So holode's own files (checkpoints, data sets) end in a trailer, behind the end of HDF5's part, where HDF5 and
 * other programs do not look. It says where the sets' data lie and has a checksum of all the rest, HDF5's structure;
 * the data have checksums of their own (io/checkpoint.h, io/dataset.h). The trailer, in little-endian 64-bit words:
 *
 *     (offset, bytes) of each run of data, in the order of the offsets; then HDF5's size, the number of runs, the
 *     checksum of the structure and of this trailer, and the mark, "holode:)"
 *
 * A program that changes a file through HDF5 cuts its trailer off. A checkpoint without one is refused, and
 * `holode seal` writes it anew (io/seal.h). A data set without one is read as any other HDF5 file is. */
#ifndef HOL_IO_GUARD_H
#define HOL_IO_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/memory.h"
#include "base/status.h"

/* --unchecked: neither trailers nor checksums are looked at from now on, in files that are opened with this comm. With
 * comm NULL they always are. Not collective. */
void hol_guard_set_unchecked(hol_comm *comm, bool unchecked);
bool hol_guard_is_unchecked(hol_comm *comm);

typedef enum hol_guard_found {
    HOL_GUARD_NONE,       /* no trailer: another program's file, or a data set */
    HOL_GUARD_CHECKPOINT, /* no trailer, though the text that every checkpoint begins with is there */
    HOL_GUARD_TRAILER     /* and it agrees with the structure */
} hol_guard_found;

/* Reads a file's trailer and structure. HOL_BAD_INPUT: it can't be opened, is no regular file, or has a trailer that
 * does not agree with its structure. Unchecked, what there is counts as agreeing. Not collective. */
hol_status hol_guard_look(hol_comm *comm, const char *path, hol_guard_found *ret_found) HOL_MUST_USE;

/* The error of a checkpoint without a trailer, with what to do. */
hol_status hol_guard_refuse(const char *path) HOL_MUST_USE;

/* ---- for io's own modules */

/* A run of bytes of the file that are data. */
typedef struct hol_run {
    int64_t offset;
    int64_t bytes;
} hol_run;

/* Bytes of the trailer for a file with these runs of data, which it sorts and joins. memory (or NULL) counts what it
 * takes to write it. */
int64_t hol_guard_measure(hol_memory *memory, hol_run *runs, int64_t count);

/* Appends the trailer to a closed file that has none; sorts and joins runs. Messages call the file `named`. */
hol_status hol_guard_append(const char *file, const char *named, hol_run *runs, int64_t count) HOL_MUST_USE;

/* The sum of the hashes of rows [first, first + rows), io/checkpoint.h's; bytes is (rows, row_bytes). */
uint64_t hol_rows_hash(const void *bytes, int64_t first, int64_t rows, int64_t row_bytes);

#endif
