/* replace: how a file appears whole or not at all.
 *
 * It is written under a temporary name in the folder of its destination, then committed: fsync, rename over the
 * destination, fsync of the folder. A crash or a full disk at any moment leaves the former file as it was. Nothing here
 * is collective; one rank does it. */
#ifndef HOL_IO_REPLACE_H
#define HOL_IO_REPLACE_H

#include <stdio.h>

#include "base/status.h"

/* *ret_temporary is a name beside `path` ("PATH.partial-PID"), which the caller writes to, commits or abandons, and
 * gives back with hol_free. HOL_FAILURE, in one line, when `path` exists and is no regular file (a rename would destroy
 * a device such as /dev/full), or its folder is missing or cannot be written to. Creates nothing. */
hol_status hol_replace_begin(const char *path, char **ret_temporary) HOL_MUST_USE;

/* Makes the closed file `temporary` durable and lets it take the place of `path`. On failure (HOL_FAILURE) the
 * temporary file is gone and `path` is what it was before; only when the last step, the folder's fsync, fails is it the
 * new one. */
hol_status hol_replace_commit(const char *temporary, const char *path) HOL_MUST_USE;

/* Removes the temporary file if it is there; keeps the recorded error message. NULL is fine. */
void hol_replace_abandon(const char *temporary);

/* The whole of it for a text file: `print` writes what `context` holds to the stream. */
hol_status hol_replace_with_text(const char *path, void (*print)(FILE *stream, const void *context),
                                 const void *context) HOL_MUST_USE;

/* A cell of a table of comma-separated values: quoted where it has the separator in it. */
void hol_replace_print_cell(FILE *stream, const char *text);

#endif
