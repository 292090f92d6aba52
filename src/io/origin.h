/* origin: where the values of an HDF5 data set come from. Not for others.
 *
 * HDF5 takes them from other files where this one says so, whatever they are, gives zeros for sources that are missing,
 * and loads code for filters that it lacks. All of it is found out before a value is read. */
#ifndef HOL_SRC_IO_ORIGIN_H
#define HOL_SRC_IO_ORIGIN_H

#include "io/h5.h"

/* HOL_BAD_INPUT, naming link and target, when the way to `path` (absolute) in an open file leads over an external link,
 * or ends at a link to what is not there. A path that is simply not there is HOL_OK. Not collective. */
hol_status hol_origin_check_links(hid_t file, const char *named, const char *path) HOL_MUST_USE;

/* Opens a data set of an open file; *ret_set is the caller's to close, also after an error. HOL_BAD_INPUT, naming what
 * it is, when it is not there, or its values are not to be had: as above; compressed by a filter that this HDF5 lacks;
 * stored outside the file; virtual, and a source is missing, too small or does not cover it. Not collective. */
hol_status hol_origin_open_set(hol_comm *comm, hid_t file, const char *named, const char *path,
                               hid_t *ret_set) HOL_MUST_USE;

/* What an open set says of its size against the bytes that are there for it: HDF5 gives fill values for what was never
 * written, so a file of 2 kB may say that it has 2^60 rows. HOL_BAD_INPUT, naming both sizes, when it is not written in
 * full, or has more values than a file of this size can hold, compressed or not. The work is bounded by the file's
 * size. Not collective. */
hol_status hol_origin_check_size(hid_t set, const char *named, const char *path) HOL_MUST_USE;

/* Whether a link of a group, as H5Lvisit gives it, leads out of the file or nowhere. */
bool hol_origin_is_astray(hid_t group, const char *name, const H5L_info_t *info);

#endif
