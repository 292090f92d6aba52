/* picture: tiles to pixels, a PNG, and base64 (RFC 4648). */
#include "result/picture.h"

#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "io/png.h"
#include "io/replace.h"
#include "picture_parts.h"
#include "result/html.h"

enum { PIXELS_MOST = 1 << 24 };

/* The fewest columns by which the picture is at least as wide as high. */
static int64_t choose_columns(const hol_picture *picture) {
    int64_t columns = 1;
    while (columns * (picture->width + 1) < (picture->count + columns - 1) / columns * (picture->height + 1)) columns++;
    return columns < picture->count ? columns : picture->count;
}

/* Each pixel scale x scale; between tiles one of nothing. pixels is (height, width, HOL_PIXEL), zero. */
static void draw(const hol_picture *picture, int64_t columns, int64_t scale, int64_t width, uint8_t *pixels) {
    for (int64_t t = 0; t < picture->count; t++) {
        const int64_t top = t / columns * (picture->height + 1), left = t % columns * (picture->width + 1);
        for (int64_t y = 0; y < picture->height * scale; y++)
            for (int64_t x = 0; x < picture->width * scale; x++)
                hol_picture_paint(
                    (double)picture->values[(t * picture->height + y / scale) * picture->width + x / scale] /
                        picture->largest,
                    picture->colors, pixels + HOL_PIXEL * ((top * scale + y) * width + left * scale + x));
    }
}

/* The picture as a PNG, of *ret_height x *ret_width pixels; `enlarges`: as hol_picture_write says. */
static hol_status encode(const hol_picture *picture, bool enlarges, int64_t *ret_height, int64_t *ret_width,
                         uint8_t **ret_bytes, int64_t *ret_size) {
    hol_status status = HOL_OK;
    uint8_t *pixels = NULL;
    const int64_t columns = picture->columns > 0 ? picture->columns : choose_columns(picture);
    const int64_t rows = (picture->count + columns - 1) / columns;
    int64_t width = columns * (picture->width + 1) - 1, height = rows * (picture->height + 1) - 1;
    const int64_t longer = width > height ? width : height;
    const int64_t scale = enlarges && picture->side > longer ? picture->side / longer : 1;
    width *= scale;
    height *= scale;
    if (picture->axes) hol_picture_axes_size(picture, &height, &width);
    if (HOL_PRODUCT(width, height) > PIXELS_MOST)
        return hol_error(HOL_FAILURE, "picture: found %lld x %lld pixels, expected at most %d in all", (long long)width,
                         (long long)height, PIXELS_MOST);
    HOL_TRY(HOL_ALLOCATE(pixels, width * height * HOL_PIXEL, "picture"));
    if (picture->axes) hol_picture_axes_draw(picture, height, width, pixels);
    else draw(picture, columns, scale, width, pixels);
    HOL_TRY(hol_png_encode(pixels, height, width, ret_bytes, ret_size));
    *ret_height = height;
    *ret_width = width;
cleanup:
    hol_free(pixels);
    return status;
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
    uint8_t *bytes = NULL;
    int64_t size = 0, height = 0, width = 0;
    HOL_TRY(encode(picture, false, &height, &width, &bytes, &size));
    const int64_t longer = width > height ? width : height, side = picture->axes ? longer : picture->side;
    (void)fprintf(to, "<img class=\"pixels\" style=\"width:%lldpx\" width=\"%lld\" height=\"%lld\" alt=\"",
                  (long long)(side * width / longer), (long long)width, (long long)height);
    hol_html_text(to, picture->title);
    (void)fputs("\" src=\"data:image/png;base64,", to);
    print_base64(to, bytes, size);
    (void)fputs("\"/>\n", to);
cleanup:
    hol_free(bytes);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

typedef struct encoded {
    uint8_t *bytes;
    int64_t size;
} encoded;

static void write_bytes(FILE *stream, const void *context) {
    const encoded *png = context;
    (void)fwrite(png->bytes, 1, (size_t)png->size, stream);
}

hol_status hol_picture_write(const char *path, const hol_picture *picture) {
    hol_status status = HOL_OK;
    encoded png = {0};
    int64_t height = 0, width = 0;
    HOL_TRY(encode(picture, true, &height, &width, &png.bytes, &png.size));
    HOL_TRY(hol_replace_with_text(path, write_bytes, &png));
cleanup:
    hol_free(png.bytes);
    return status;
}
