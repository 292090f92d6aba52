/* text_file: the whole text of a file, plain or compressed by gzip, and its lines and words. Not collective. */
#ifndef HOL_IO_TEXT_FILE_H
#define HOL_IO_TEXT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Of a text, after decompression. */
enum { HOL_TEXT_BYTES_MAX = 1 << 30 };

/* All of a regular file's text, without a byte-order mark; *ret_text ends with a zero byte and is the caller's to
 * hol_free. HOL_BAD_INPUT when it can't be read, is larger than HOL_TEXT_BYTES_MAX or holds a zero byte. */
hol_status hol_text_file_load(const char *path, char **ret_text, int64_t *ret_length) HOL_MUST_USE;

/* Whether the name ends in `suffix`, or in that and .gz, whatever the case. */
bool hol_text_file_is_named(const char *path, const char *suffix);

#endif
