/* picture: pixels within an HTML page, or a PNG file: a grid of small images, or a raster of rows of units. Not
 * collective. */
#ifndef HOL_RESULT_PICTURE_H
#define HOL_RESULT_PICTURE_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef enum hol_picture_colors {
    HOL_PICTURE_GREY,  /* 0 black, `largest` white */
    HOL_PICTURE_SIGNED /* -largest blue, 0 white, largest red: told apart by people with any colour vision */
} hol_picture_colors;

enum { HOL_PICTURE_LEGEND_MAX = 5 };

/* Numbers along one tile, a tick for each ten cells, and what its colours mean. All borrowed. */
typedef struct hol_picture_axes {
    int64_t cell_height, cell_width; /* pixels of a value; at least 1 */
    const char *x_label, *y_label;
    const char *letters; /* (height) the rows' names; NULL: numbers, from first_row on. Columns are numbered from 1 */
    int64_t first_row;
    int legend_count;
    struct {
        double value; /* in parts of `largest` */
        char text[64];
    } legend[HOL_PICTURE_LEGEND_MAX];
} hol_picture_axes;

/* All borrowed. */
typedef struct hol_picture {
    const char *title;            /* for readers who can't see it */
    int64_t count, height, width; /* of the tiles; at least 1 each */
    int64_t columns;              /* tiles in a row; 0: nearly a square */
    const float *values;          /* (count, height, width); what is beyond the colours' ends is cut off, NaN is 0 */
    double largest;               /* above 0 */
    hol_picture_colors colors;
    int64_t side;                 /* of the whole picture's longer side on the page, where there is room for it */
    const hol_picture_axes *axes; /* of one tile, which is then drawn as large as they say; NULL: none */
} hol_picture;

/* <img>, with the picture as a PNG in it. HOL_FAILURE when memory is short or the picture has more than 16 million
 * pixels; a failure to write shows in the stream. */
hol_status hol_picture_print(FILE *to, const hol_picture *picture) HOL_MUST_USE;

/* The same as a PNG file, whole or not at all (io/replace.h), each pixel enlarged to so many that the longer side comes
 * close to `side`. */
hol_status hol_picture_write(const char *path, const hol_picture *picture) HOL_MUST_USE;

#endif
