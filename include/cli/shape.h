/* shape: "28x28" on the command line, and pictures in a terminal. */
#ifndef HOL_CLI_SHAPE_H
#define HOL_CLI_SHAPE_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* Height and width of an image of `units` pixels; HOL_USAGE when text is no HxW, or the product is another. */
hol_status hol_shape_parse(const char *text, int64_t units, int64_t *ret_height, int64_t *ret_width) HOL_MUST_USE;

/* Lengths of a lattice, "64", "64x64" or "16x16x16": returns how many, or 0 when text is something else. */
enum { HOL_SHAPE_LENGTHS = 3 };
int hol_shape_parse_lengths(const char *text, int32_t lengths[HOL_SHAPE_LENGTHS]);

/* Writes `count` images (count, height * width) of 0 to 255, side by side in rows of at most 78 characters; levels from
 * 128 on are filled. */
void hol_shape_write(FILE *stream, const uint8_t *levels, int64_t count, int64_t height, int64_t width);

#endif
