/* shape: images as text. */
#include "cli/shape.h"

#include <stdlib.h>

enum { LINE = 78 };

hol_status hol_shape_parse(const char *text, int64_t units, int64_t *ret_height, int64_t *ret_width) {
    char *end = NULL;
    const long long height = strtoll(text, &end, 10);
    long long width = 0;
    if (end != text && (*end == 'x' || *end == 'X')) {
        const char *second = end + 1;
        width = strtoll(second, &end, 10);
        if (end == second || *end != '\0') width = 0;
    }
    if (height < 1 || width < 1 || height > units || width > units || height * width != units)
        return hol_error(HOL_USAGE, "--shape: found \"%s\", expected HEIGHTxWIDTH with a product of %lld", text,
                         (long long)units);
    *ret_height = height;
    *ret_width = width;
    return HOL_OK;
}

int hol_shape_parse_lengths(const char *text, int32_t lengths[HOL_SHAPE_LENGTHS]) {
    for (int count = 0; count < HOL_SHAPE_LENGTHS; text++) {
        char *end = NULL;
        const long length = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
        if (length < 1 || length > INT32_MAX) return 0;
        lengths[count++] = (int32_t)length;
        if (*end == '\0') return count;
        if (*end != 'x' && *end != 'X') return 0;
        text = end;
    }
    return 0;
}

void hol_shape_write(FILE *stream, const uint8_t *levels, int64_t count, int64_t height, int64_t width) {
    int64_t per_row = (LINE + 2) / (2 * width + 2); /* a pixel is two characters wide, a gap two */
    if (per_row < 1) per_row = 1;
    for (int64_t first = 0; first < count; first += per_row) {
        const int64_t tiles = count - first < per_row ? count - first : per_row;
        for (int64_t y = 0; y < height; y++) {
            for (int64_t t = 0; t < tiles; t++) {
                const uint8_t *row = levels + ((first + t) * height + y) * width;
                for (int64_t x = 0; x < width; x++)
                    fputs(row[x] >= 128 ? "\xe2\x96\x88\xe2\x96\x88" : "\xc2\xb7 ", stream);
                if (t + 1 < tiles) fputs("  ", stream);
            }
            fputs("\n", stream);
        }
        if (first + tiles < count) fputs("\n", stream);
    }
}
