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

/* HOL_BAD_INPUT, naming the filter or the other file, when an open set is compressed by a filter that this HDF5 lacks,
 * has its values stored outside the file, or is virtual and a source is missing, too small or does not cover it.
 * Not collective. */
hol_status hol_origin_check_set(hid_t set, const char *named, const char *path) HOL_MUST_USE;

/* Whether a link of a group, as H5Lvisit gives it, leads out of the file or nowhere. */
bool hol_origin_is_astray(hid_t group, const char *name, const H5L_info_t *info);

#endif
