/* replace: how a file appears whole or not at all.
 *
 * It is written under a temporary name in the folder of its destination, then committed: fsync, rename over the
 * destination, fsync of the folder. A crash or a full disk at any moment leaves the former file as it was. Nothing here
 * is collective; one rank does it. */
#ifndef HOL_IO_REPLACE_H
#define HOL_IO_REPLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* Creates an empty file whose name nobody can foretell: prefix, 16 random hexadecimal digits, suffix, in `temporary`
 * (of `size` bytes). Whatever lies there already is not opened, nor is a link followed; the umask says who may read it.
 * *ret_descriptor, for writing only, is the caller's to close. HOL_FAILURE, in one line about `named`; `temporary` is
 * "" then. All temporary files are created here. */
hol_status hol_replace_create(const char *prefix, const char *suffix, const char *named, char *temporary, size_t size,
                              int *ret_descriptor) HOL_MUST_USE;

/* A number that nobody can foretell, or, without random numbers, the time's and this process's. */
uint64_t hol_replace_random(void);

/* Creates the file to write beside `path` ("PATH.partial-RANDOM"). *ret_temporary is its name, which the caller commits
 * or abandons, and gives back with hol_free; *ret_descriptor the caller's to close before that. HOL_FAILURE, in one
 * line, when `path` exists and is no regular file (a rename would destroy a device such as /dev/full), or its folder is
 * missing or cannot be written to; nothing is created then. */
hol_status hol_replace_begin(const char *path, char **ret_temporary, int *ret_descriptor) HOL_MUST_USE;

/* The same with a stream, the caller's to fclose. */
hol_status hol_replace_begin_stream(const char *path, char **ret_temporary, FILE **ret_stream) HOL_MUST_USE;

/* Whether all of the bytes could be written at an offset, in however many pieces; else errno says why not. */
bool hol_replace_write_at(int descriptor, const void *buffer, int64_t bytes, int64_t offset) HOL_MUST_USE;

/* Makes the closed file `temporary` durable and lets it take the place of `path`. On failure (HOL_FAILURE) the
 * temporary file is gone and `path` is what it was before; only when the last step, the folder's fsync, fails is it the
 * new one. */
hol_status hol_replace_commit(const char *temporary, const char *path) HOL_MUST_USE;

/* Removes the temporary file if it is there; keeps the recorded error message. NULL is fine. */
void hol_replace_abandon(const char *temporary);

/* The whole of it: `print` writes what `context` holds to the stream; where it fails, nothing has changed. */
hol_status hol_replace_print(const char *path, hol_status (*print)(FILE *stream, const void *context),
                             const void *context) HOL_MUST_USE;

/* A text. */
hol_status hol_replace_text(const char *path, const char *text) HOL_MUST_USE;

/* The same of what can only fail to be written. */
hol_status hol_replace_with_text(const char *path, void (*print)(FILE *stream, const void *context),
                                 const void *context) HOL_MUST_USE;

/* A cell of a table of comma-separated values: quoted where it has the separator in it. */
void hol_replace_print_cell(FILE *stream, const char *text);

#endif
