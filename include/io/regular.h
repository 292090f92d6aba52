/* regular: opening what should be a regular file, without ever waiting for what is none. */
#ifndef HOL_IO_REGULAR_H
#define HOL_IO_REGULAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

/* Opens an existing regular file for reading; the caller closes *ret_descriptor. A pipe, device, socket or folder is
 * refused by that name and not opened: a pipe would wait for a writer, for ever. With `follow` false a symbolic link is
 * refused too. *ret_found (may be NULL) says whether anything of that name is there. HOL_BAD_INPUT; HOL_FAILURE when
 * this process may open no more files. Not collective. */
hol_status hol_regular_open(const char *path, bool follow, int *ret_descriptor, bool *ret_found) HOL_MUST_USE;

/* The same without a message: the descriptor, or -1 with errno; errno 0 says that *ret_mode is that of something else.
 * Any thread may call it. */
int hol_regular_try(const char *path, bool follow, mode_t *ret_mode);

/* "a pipe", "a folder" ... for messages. */
const char *hol_regular_word(mode_t mode);

/* Whether `bytes` bytes could be read at an offset; errno is 0 when the file ends before. */
bool hol_regular_read(int descriptor, void *buffer, int64_t bytes, int64_t offset);

#endif
