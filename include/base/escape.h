/* escape: text from elsewhere (names, attributes, configs in files) made safe to print. */
#ifndef HOL_BASE_ESCAPE_H
#define HOL_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

enum { HOL_ESCAPE_GROWTH = 4 }; /* bytes out for a byte in, at most */

/* Copies text, cut to `size` bytes with its NUL at a whole character. Control characters (also the 8-bit ones) and
 * bytes that are not UTF-8 become \xNN: a terminal obeys none of them. Letters of any language stay. `lines` keeps
 * newlines and tabs. Returns the bytes written, without the NUL. size is at least 1. */
size_t hol_escape(const char *text, bool lines, char *ret, size_t size);

#endif
