/* plot: read back as pixels; heights and places are compared with the values that they stand for. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <png.h>

#include "io/plot.h"

enum { BLUE, ORANGE };
static const uint8_t inks[][3] = {{0, 114, 178}, {230, 159, 0}};

static png_image image;
static uint8_t *pixels;

static void draw_and_read(const hol_plot_panel *panels, int count) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/plot.png", test_directory());
    assert_ok(hol_plot_write(path, panels, count));
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_file(&image, path) != 0);
    image.format = PNG_FORMAT_RGB;
    pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL) != 0);
}

static bool is_ink(int x, int y, int ink) {
    return memcmp(pixels + 3 * ((size_t)y * image.width + (size_t)x), inks[ink], 3) == 0;
}

/* the pixels of an ink in a column, above the legend */
static int height_at(int x, int ink) {
    int count = 0;
    for (int y = 0; y < (int)image.height - 120; y++) count += is_ink(x, y, ink);
    return count;
}

/* the columns where an ink is highest: first and last */
static int mean_row(int x0, int x1, int ink) {
    long sum = 0, count = 0;
    for (int x = x0; x < x1; x++)
        for (int y = 0; y < (int)image.height - 120; y++)
            if (is_ink(x, y, ink)) sum += y, count++;
    return count ? (int)(sum / count) : -1;
}

static void test_bars_are_as_high_as_their_values(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    const double x[] = {1, 2}, low[] = {1, 3}, high[] = {2, NAN};
    const hol_plot_panel panel = {.title = "bars",
                                  .x_label = "cores",
                                  .x = x,
                                  .points = 2,
                                  .bars = true,
                                  .series_count = 2,
                                  .series = {{"a", low, false}, {"b", high, false}}};
    draw_and_read(&panel, 1);
    const int first = 76 + (560 - 96) / 4, second = 76 + 3 * (560 - 96) / 4;
    const int unit = height_at(first, BLUE);
    assert_in_range(unit, 50, 200);
    assert_in_range(height_at(first, ORANGE), 2 * unit - 2, 2 * unit + 2);
    assert_in_range(height_at(second, BLUE), 3 * unit - 3, 3 * unit + 3);
    assert_int_equal(height_at(second, ORANGE), 0); /* what isn't there isn't drawn */
    free(pixels);
}

static void test_doubling_axis_puts_powers_at_even_distances(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    const double x[] = {1, 2, 4}, y[] = {1, 2, 4};
    const hol_plot_panel panel = {.title = "lines",
                                  .x_label = "cores",
                                  .x = x,
                                  .points = 3,
                                  .doubling = true,
                                  .series_count = 1,
                                  .series = {{"a", y, false}}};
    draw_and_read(&panel, 1);
    const int width = 560 - 96;
    int rows[3];
    for (int i = 0; i < 3; i++)
        rows[i] = mean_row(76 + width * (2 * i + 1) / 6 - 2, 76 + width * (2 * i + 1) / 6 + 3, BLUE);
    assert_true(rows[0] > rows[1] && rows[1] > rows[2] && rows[2] > 0);
    assert_in_range(rows[0] - rows[1], rows[1] - rows[2] - 3, rows[1] - rows[2] + 3);
    free(pixels);
}

static void test_panels_stand_side_by_side(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    const double x[] = {1}, y[] = {1}, none[] = {NAN};
    const hol_plot_panel panels[] = {
        {.title = "", .x_label = "", .x = x, .points = 1, .series_count = 1, .series = {{"a", y, false}}},
        {.title = "nothing",
         .x_label = "",
         .x = x,
         .points = 1,
         .doubling = true,
         .series_count = 1,
         .series = {{"b", none, false}}},
    };
    draw_and_read(panels, 2);
    assert_int_equal(image.width, 2 * 560);
    assert_int_equal(image.height, 480);
    free(pixels);
}

static void test_unwritable_path_is_an_error(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    const double x[] = {1}, y[] = {1};
    const hol_plot_panel panel = {
        .title = "", .x_label = "", .x = x, .points = 1, .series_count = 1, .series = {{"a", y, false}}};
    assert_refused(hol_plot_write("/nowhere/plot.png", &panel, 1), HOL_FAILURE, "/nowhere/plot.png");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars_are_as_high_as_their_values),
        cmocka_unit_test(test_doubling_axis_puts_powers_at_even_distances),
        cmocka_unit_test(test_panels_stand_side_by_side),
        cmocka_unit_test(test_unwritable_path_is_an_error),
    };
    return hol_test_main(argc, argv, "plot", tests, HOL_TEST_COUNT(tests));
}
