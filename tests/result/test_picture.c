/* picture: the PNG that stands in the page, read back with libpng. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <png.h>

#include "result/picture.h"

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    return c && at ? (int)(at - digits) : -1;
}

/* Bytes of base64 up to a quote, malloc'd. */
static uint8_t *decode(const char *text, size_t *ret_size) {
    uint8_t *bytes = malloc(strlen(text));
    uint32_t kept = 0;
    int bits = 0;
    *ret_size = 0;
    assert_non_null(bytes);
    for (; digit_of(*text) >= 0; text++) {
        kept = (kept << 6 | (uint32_t)digit_of(*text)) & 0xffffff;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes[(*ret_size)++] = (uint8_t)(kept >> bits);
    }
    assert_int_equal(strspn(text, "="), (3 - *ret_size % 3) % 3);
    return bytes;
}

/* The pixels (height, width, 4) of what is printed, malloc'd. */
static uint8_t *draw(const hol_picture *picture, int64_t *height, int64_t *width) {
    static const char begins[] = "src=\"data:image/png;base64,";
    char *html = NULL;
    size_t size = 0;
    png_image image = {.version = PNG_IMAGE_VERSION};
    FILE *to = open_memstream(&html, &size);
    assert_non_null(to);
    assert_ok(hol_picture_print(to, picture));
    assert_int_equal(fclose(to), 0);
    const char *at = strstr(html, begins);
    assert_non_null(at);
    uint8_t *bytes = decode(at + strlen(begins), &size);
    assert_true(png_image_begin_read_from_memory(&image, bytes, size));
    image.format = PNG_FORMAT_RGBA;
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    *height = image.height;
    *width = image.width;
    free(bytes);
    free(html);
    return pixels;
}

static void assert_pixel(const uint8_t *pixels, int64_t at, int red, int green, int blue, int opaque) {
    assert_int_equal(pixels[4 * at], red);
    assert_int_equal(pixels[4 * at + 1], green);
    assert_int_equal(pixels[4 * at + 2], blue);
    assert_int_equal(pixels[4 * at + 3], opaque);
}

static void test_grey_tiles_stand_side_by_side(void **state) {
    (void)state;
    const float values[3 * 2] = {0, 0.5f, 1, 2, -1, NAN};
    const hol_picture picture = {
        .title = "<b>", .count = 3, .height = 1, .width = 2, .columns = 2, .values = values, .largest = 1, .side = 100};
    int64_t height = 0, width = 0;
    uint8_t *pixels = draw(&picture, &height, &width);
    assert_int_equal(height, 3); /* two rows of tiles, and what is between them */
    assert_int_equal(width, 5);
    assert_pixel(pixels, 0, 0, 0, 0, 255);
    assert_pixel(pixels, 1, 128, 128, 128, 255);
    assert_pixel(pixels, 2, 0, 0, 0, 0); /* nothing */
    assert_pixel(pixels, 3, 255, 255, 255, 255);
    assert_pixel(pixels, 4, 255, 255, 255, 255); /* cut off */
    assert_pixel(pixels, 10, 0, 0, 0, 255);
    assert_pixel(pixels, 11, 0, 0, 0, 255);
    assert_pixel(pixels, 14, 0, 0, 0, 0);
    free(pixels);
}

static void test_signs_have_colours(void **state) {
    (void)state;
    const float values[] = {-3, 0, 1.5f, 3};
    const hol_picture picture = {
        .title = "", .count = 1, .height = 2, .width = 2, .values = values, .largest = 3, .colors = HOL_PICTURE_SIGNED};
    int64_t height = 0, width = 0;
    uint8_t *pixels = draw(&picture, &height, &width);
    assert_true(height == 2 && width == 2);
    assert_pixel(pixels, 0, 0, 90, 160, 255);
    assert_pixel(pixels, 1, 255, 255, 255, 255);
    assert_pixel(pixels, 2, 230, 165, 128, 255); /* half way to the end */
    assert_pixel(pixels, 3, 205, 75, 0, 255);
    free(pixels);
}

static void test_titles_are_escaped_and_sizes_bounded(void **state) {
    (void)state;
    const float value = 1;
    char *html = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&html, &size);
    assert_non_null(to);
    hol_picture picture = {.title = "\"><script>", .count = 1, .height = 1, .width = 1, .values = &value, .largest = 1};
    assert_ok(hol_picture_print(to, &picture));
    picture.height = 1 << 20;
    picture.width = 1 << 20;
    assert_refused(hol_picture_print(to, &picture), HOL_FAILURE, "1048576 x 1048576 pixels");
    assert_int_equal(fclose(to), 0);
    assert_null(strstr(html, "<script>"));
    assert_non_null(strstr(html, "alt=\"&quot;&gt;&lt;script&gt;\""));
    free(html);
}

/* every pixel 3 x 3, as 10 / 3 is; the same colours as in a page */
static void test_write_enlarges(void **state) {
    (void)state;
    const float values[2 * 3] = {1, 0, -1, 0.5f, -2, NAN};
    const hol_picture picture = {.title = "",
                                 .count = 1,
                                 .height = 2,
                                 .width = 3,
                                 .columns = 1,
                                 .values = values,
                                 .largest = 1,
                                 .colors = HOL_PICTURE_SIGNED,
                                 .side = 10};
    int64_t height = 0, width = 0;
    const char *path = test_path("map.png");
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (hol_comm_rank(test_comm) != 0) return;
    uint8_t *small = draw(&picture, &height, &width);
    assert_ok(hol_picture_write(path, &picture));
    assert_true(png_image_begin_read_from_file(&image, path));
    image.format = PNG_FORMAT_RGBA;
    assert_int_equal(image.height, 3 * height);
    assert_int_equal(image.width, 3 * width);
    uint8_t *large = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(large);
    assert_true(png_image_finish_read(&image, NULL, large, 0, NULL));
    for (int64_t y = 0; y < 3 * height; y++)
        for (int64_t x = 0; x < 3 * width; x++)
            assert_memory_equal(large + 4 * (y * 3 * width + x), small + 4 * (y / 3 * width + x / 3), 4);
    assert_pixel(large, 0, 205, 75, 0, 255);
    free(large);
    free(small);
}

/* Two rows of twelve cells of 8 x 6 pixels: their colours, the rows' letters, a number below the tenth column, and what
 * the colours mean. */
static void test_axes_and_legend(void **state) {
    (void)state;
    enum { LEFT = 6 + 12 + 6 + 6, TOP = 6 + 14 + 6, H = 8, W = 6, BOTTOM = TOP + 2 * H };
    float values[2 * 12] = {0};
    const hol_picture_axes axes = {.cell_height = H,
                                   .cell_width = W,
                                   .x_label = "SITE",
                                   .y_label = "",
                                   .letters = "IL",
                                   .legend_count = 1,
                                   .legend = {{-1, "LOW"}}};
    const hol_picture picture = {.title = "",
                                 .count = 1,
                                 .height = 2,
                                 .width = 12,
                                 .columns = 1,
                                 .values = values,
                                 .largest = 2,
                                 .colors = HOL_PICTURE_SIGNED,
                                 .axes = &axes};
    int64_t height = 0, width = 0, ink = 0;
    values[11] = 2;
    values[12] = -2;
    uint8_t *pixels = draw(&picture, &height, &width);
    assert_int_equal(width, LEFT + 12 * W + 30);
    for (int y = 0; y < H; y++) {
        assert_pixel(pixels, (TOP + y) * width + LEFT + 12 * W - 1, 205, 75, 0, 255);
        assert_pixel(pixels, (TOP + H + y) * width + LEFT, 0, 90, 160, 255);
        assert_pixel(pixels, (TOP + y) * width + LEFT, 255, 255, 255, 255);
    }
    assert_pixel(pixels, (BOTTOM + 2) * width + LEFT + 9 * W + W / 2, 40, 40, 40, 255); /* the tick of site 10 */
    for (int64_t y = BOTTOM + 12; y < BOTTOM + 26; y++)
        for (int64_t x = LEFT + 7 * W; x < LEFT + 12 * W; x++) ink += pixels[4 * (y * width + x)] == 40;
    assert_true(ink > 40);                                                    /* its number */
    assert_pixel(pixels, (TOP + H / 2 - 7) * width + 6 + 4, 40, 40, 40, 255); /* of the I its middle, of the L not */
    assert_pixel(pixels, (TOP + H + H / 2) * width + 6 + 4, 255, 255, 255, 255);
    assert_pixel(pixels, (height - 6 - 14) * width + LEFT + 4, 0, 90, 160, 255); /* the legend's colour */
    free(pixels);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grey_tiles_stand_side_by_side),
        cmocka_unit_test(test_signs_have_colours),
        cmocka_unit_test(test_titles_are_escaped_and_sizes_bounded),
        cmocka_unit_test(test_write_enlarges),
        cmocka_unit_test(test_axes_and_legend),
    };
    return hol_test_main(argc, argv, "picture", tests, HOL_TEST_COUNT(tests));
}
