/* colors: values as pixels. */
#include <math.h>

#include "picture_parts.h"

typedef struct color {
    double red, green, blue;
} color;

/* How the ends of the signed scale look: a blue and a red-orange (Okabe & Ito 2008). */
static const color below = {0, 90, 160}, above = {205, 75, 0};

void hol_picture_paint(double value, hol_picture_colors colors, uint8_t pixel[HOL_PIXEL]) {
    const double size = fmin(fabs(value), 1);
    color c = {255 * size, 255 * size, 255 * size};
    if (colors == HOL_PICTURE_GREY && !(value > 0)) c = (color){0, 0, 0};
    if (colors == HOL_PICTURE_SIGNED) {
        const color end = value < 0 ? below : above;
        c = isnan(value)
                ? (color){255, 255, 255}
                : (color){255 + size * (end.red - 255), 255 + size * (end.green - 255), 255 + size * (end.blue - 255)};
    }
    pixel[0] = (uint8_t)lrint(c.red);
    pixel[1] = (uint8_t)lrint(c.green);
    pixel[2] = (uint8_t)lrint(c.blue);
    pixel[3] = 255;
}
