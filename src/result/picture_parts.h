/* picture_parts: what the files of result/picture share; not for others. */
#ifndef HOL_SRC_RESULT_PICTURE_PARTS_H
#define HOL_SRC_RESULT_PICTURE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "result/picture.h"

enum { HOL_PIXEL = 4 }; /* red, green, blue, how opaque */

/* ---- colors.c: a value in parts of `largest` as a pixel. */
void hol_picture_paint(double value, hol_picture_colors colors, uint8_t pixel[HOL_PIXEL]);

/* ---- glyphs.c */
enum { HOL_GLYPH_WIDTH = 5, HOL_GLYPH_HEIGHT = 7 };

/* Whether a letter's pixel, x from the left and y from the top, is ink. Letters are capital ones. */
bool hol_glyph_has(char letter, int x, int y);

/* ---- picture_axes.c: one tile with axes and a legend */
void hol_picture_axes_size(const hol_picture *picture, int64_t *ret_height, int64_t *ret_width);
void hol_picture_axes_draw(const hol_picture *picture, int64_t height, int64_t width, uint8_t *pixels);

#endif
