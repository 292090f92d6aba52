/* picture: tiles to pixels, a PNG, and base64 (RFC 4648). */
#include "result/picture.h"

#include <math.h>

#include "base/alloc.h"
#include "io/png.h"
#include "result/html.h"

enum { PIXELS_MOST = 1 << 24, PIXEL = 4 };

typedef struct color {
    double red, green, blue;
} color;

/* How the ends of the signed scale look: a blue and a red-orange (Okabe & Ito 2008). */
static const color below = {0, 90, 160}, above = {205, 75, 0};

static void paint(double value, hol_picture_colors colors, uint8_t pixel[PIXEL]) {
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

/* The fewest columns by which the picture is at least as wide as high. */
static int64_t choose_columns(const hol_picture *picture) {
    int64_t columns = 1;
    while (columns * (picture->width + 1) < (picture->count + columns - 1) / columns * (picture->height + 1)) columns++;
    return columns < picture->count ? columns : picture->count;
}

/* Between tiles one pixel of nothing. pixels is (height, width, PIXEL), zero. */
static void draw(const hol_picture *picture, int64_t columns, int64_t width, uint8_t *pixels) {
    for (int64_t t = 0; t < picture->count; t++) {
        const int64_t top = t / columns * (picture->height + 1), left = t % columns * (picture->width + 1);
        for (int64_t y = 0; y < picture->height; y++)
            for (int64_t x = 0; x < picture->width; x++)
                paint((double)picture->values[(t * picture->height + y) * picture->width + x] / picture->largest,
                      picture->colors, pixels + PIXEL * ((top + y) * width + left + x));
    }
}

static void print_base64(FILE *to, const uint8_t *bytes, int64_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int64_t k = 0; k < count; k += 3) {
        const uint32_t three = (uint32_t)bytes[k] << 16 | (k + 1 < count ? (uint32_t)bytes[k + 1] << 8 : 0) |
                               (k + 2 < count ? bytes[k + 2] : 0);
        (void)fputc(digits[three >> 18], to);
        (void)fputc(digits[three >> 12 & 63], to);
        (void)fputc(k + 1 < count ? digits[three >> 6 & 63] : '=', to);
        (void)fputc(k + 2 < count ? digits[three & 63] : '=', to);
    }
}

hol_status hol_picture_print(FILE *to, const hol_picture *picture) {
    hol_status status = HOL_OK;
    uint8_t *pixels = NULL, *bytes = NULL;
    int64_t size = 0;
    const int64_t columns = picture->columns > 0 ? picture->columns : choose_columns(picture);
    const int64_t rows = (picture->count + columns - 1) / columns;
    const int64_t width = columns * (picture->width + 1) - 1, height = rows * (picture->height + 1) - 1;
    const int64_t longer = width > height ? width : height;
    if (HOL_PRODUCT(width, height) > PIXELS_MOST)
        return hol_error(HOL_FAILURE, "picture: found %lld x %lld pixels, expected at most %d in all", (long long)width,
                         (long long)height, PIXELS_MOST);
    HOL_TRY(HOL_ALLOCATE(pixels, width * height * PIXEL, "picture"));
    draw(picture, columns, width, pixels);
    HOL_TRY(hol_png_encode(pixels, height, width, &bytes, &size));
    (void)fprintf(to, "<img class=\"pixels\" style=\"width:%lldpx\" width=\"%lld\" height=\"%lld\" alt=\"",
                  (long long)(picture->side * width / longer), (long long)width, (long long)height);
    hol_html_text(to, picture->title);
    (void)fputs("\" src=\"data:image/png;base64,", to);
    print_base64(to, bytes, size);
    (void)fputs("\"/>\n", to);
cleanup:
    hol_free(pixels);
    hol_free(bytes);
    return status;
}
