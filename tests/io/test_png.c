/* test_png: pictures read back with libpng. Each rank writes its own. */
#include "support.h"

#include <png.h>
#include <signal.h>
#include <sys/resource.h>

#include "io/png.h"

static const char *own_path(const char *name) {
    char own[128];
    (void)snprintf(own, sizeof own, "%d-%s", hol_comm_rank(test_comm), name);
    return test_path(own);
}

/* The picture's levels, malloc'd. */
static uint8_t *read_png(const char *path, int64_t *width, int64_t *height) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_file(&image, path));
    assert_int_equal(image.format, PNG_FORMAT_GRAY);
    uint8_t *levels = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(levels);
    assert_true(png_image_finish_read(&image, NULL, levels, 0, NULL));
    *width = image.width;
    *height = image.height;
    return levels;
}

static void test_write_grid_places_tiles(void **state) {
    (void)state;
    const uint8_t levels[3 * 2 * 2] = {0, 255, 7, 9, 10, 20, 30, 40, 1, 2, 3, 4};
    const uint8_t expected[5][5] = {{0, 255, 128, 10, 20},
                                    {7, 9, 128, 30, 40},
                                    {128, 128, 128, 128, 128},
                                    {1, 2, 128, 128, 128},
                                    {3, 4, 128, 128, 128}};
    const char *path = own_path("grid.png");
    for (int64_t scale = 1; scale <= 3; scale++) {
        int64_t width = 0, height = 0;
        assert_ok(hol_png_write_grid(path, levels, 3, 2, 2, 2, scale));
        uint8_t *read = read_png(path, &width, &height);
        assert_true(width == 5 * scale && height == 5 * scale);
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++) assert_int_equal(read[y * width + x], expected[y / scale][x / scale]);
        free(read);
    }
}

static void test_write_grid_chooses_columns_and_scale(void **state) {
    (void)state;
    static uint8_t levels[100 * 28 * 28];
    int64_t width = 0, height = 0;
    const char *path = own_path("choose.png");
    assert_ok(hol_png_write_grid(path, levels, 100, 28, 28, 0, 0));
    free(read_png(path, &width, &height));
    assert_true(width == (10 * 29 - 1) * 2 && height == width);
    assert_ok(hol_png_write_grid(path, levels, 30, 4, 4, 0, 0));
    free(read_png(path, &width, &height));
    assert_true(width == (6 * 5 - 1) * 14 && height == (5 * 5 - 1) * 14);
    assert_ok(hol_png_write_grid(path, levels, 1, 1, 16, 0, 0));
    free(read_png(path, &width, &height));
    assert_true(width == 48 && height == 3);
    assert_ok(hol_png_write_grid(path, levels, 3, 2, 2, 99, 1)); /* more columns than tiles */
    free(read_png(path, &width, &height));
    assert_true(width == 8 && height == 2);
}

static void test_write_grid_refuses(void **state) {
    (void)state;
    const uint8_t levels[4] = {0};
    assert_refused(hol_png_write_grid(own_path("x.png"), levels, 0, 2, 2, 0, 0), HOL_USAGE, "found 0 tiles");
    assert_refused(hol_png_write_grid(own_path("x.png"), levels, 1, 2, 2, 0, 600000), HOL_USAGE, "at most 1000000");
    assert_refused(hol_png_write_grid("/nowhere/x.png", levels, 1, 2, 2, 0, 0), HOL_FAILURE,
                   "cannot write to the folder /nowhere: No such file or directory");
    assert_refused(hol_png_write_grid("/dev/full", levels, 1, 2, 2, 0, 0), HOL_FAILURE, "found a device");
    assert_refused(hol_png_write_grid(test_directory(), levels, 1, 2, 2, 0, 0), HOL_FAILURE, "found a folder");
}

/* A limit on the size of files stands for a full disk: write() fails in the same places. */
static void test_write_grid_keeps_the_former_file_when_the_disk_is_full(void **state) {
    (void)state;
    static uint8_t levels[64 * 32 * 32];
    uint32_t noise = 1;
    for (size_t i = 0; i < sizeof levels; i++) levels[i] = (uint8_t)((noise = noise * 1664525U + 1013904223U) >> 24);
    char path[512];
    (void)snprintf(path, sizeof path, "%s", own_path("full.png"));
    assert_ok(hol_png_write_grid(path, levels, 1, 2, 2, 0, 1));
    struct rlimit former, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    limit = former;
    limit.rlim_cur = 20000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const hol_status status = hol_png_write_grid(path, levels, 64, 32, 32, 0, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    assert_int_equal(test_take(status), HOL_FAILURE);
    assert_non_null(strstr(test_message, "full.png: cannot be written: File too large"));
    assert_int_equal(test_count_names(test_directory(), strrchr(path, '/') + 1), 1); /* itself */
    int64_t width = 0, height = 0;
    free(read_png(path, &width, &height));
    assert_true(width == 2 && height == 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_grid_places_tiles),
        cmocka_unit_test(test_write_grid_chooses_columns_and_scale),
        cmocka_unit_test(test_write_grid_refuses),
        cmocka_unit_test(test_write_grid_keeps_the_former_file_when_the_disk_is_full),
    };
    return hol_test_main(argc, argv, "png", tests, HOL_TEST_COUNT(tests));
}
