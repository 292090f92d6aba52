/* storage: what a data set of an HDF5 file says of its size, against the bytes that are there for it.
 *
 * HDF5 gives fill values for what was never written, so a file of 2 kB may say that it has 2^60 rows. */
#ifndef HOL_IO_STORAGE_H
#define HOL_IO_STORAGE_H

#include "io/h5.h"

/* HOL_BAD_INPUT, naming FILE:PATH and both sizes, when `set` is not written in full, or has more values than a file of
 * this size can hold, compressed or not. The work is bounded by the file's size. Not collective. */
hol_status hol_storage_check(hid_t set, const char *file, const char *path) HOL_MUST_USE;

#endif
