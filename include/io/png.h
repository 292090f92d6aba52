/* png: samples and filters as one picture. */
#ifndef HOL_IO_PNG_H
#define HOL_IO_PNG_H

#include <stdint.h>

#include "base/status.h"

/* Writes a grey-level PNG of `count` tiles, row after row of `columns` tiles, with one pixel of mid-grey between
 * neighbours and in the cells that stay empty.
 *   levels    (count, height * width), 0 black to 255 white, borrowed
 *   columns   tiles in a row; 0 chooses a picture that is nearly square
 *   scale     each pixel, the gaps' too, becomes scale x scale; 0 chooses one by which small tiles can be seen: a side
 *             of about 56 pixels for a tile, and at most about 2,000 for the picture
 * The file appears whole or not at all (io/replace.h). HOL_FAILURE when it cannot be written; HOL_USAGE when the
 * picture would be more than 1,000,000 pixels wide or high, or count, height or width are not positive. Not
 * collective. */
hol_status hol_png_write_grid(const char *path, const uint8_t *levels, int64_t count, int64_t height, int64_t width,
                              int64_t columns, int64_t scale) HOL_MUST_USE;

/* A PNG in memory, in colours and how opaque they are: pixels is (height, width, 4), borrowed, at most 2^29 bytes.
 * *ret_bytes, of *ret_size, is the caller's to hol_free. HOL_FAILURE when memory is short. Not collective. */
hol_status hol_png_encode(const uint8_t *pixels, int64_t height, int64_t width, uint8_t **ret_bytes,
                          int64_t *ret_size) HOL_MUST_USE;

#endif
