/* test_generate: bars and stripes against their definition. */
#include "support.h"

#include "base/alloc.h"
#include "io/generate.h"

/* Whether an image is made of full rows (or, transposed, of full columns). */
static bool has_full_rows(const uint8_t *image, int64_t size, bool transposed) {
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++)
            if (image[transposed ? x * size + y : y * size + x] != image[transposed ? y : y * size]) return false;
    return true;
}

static void test_bars_and_stripes_are_all_distinct(void **state) {
    (void)state;
    for (int64_t size = 2; size <= 6; size++) {
        uint8_t *images = NULL;
        int64_t rows = 0;
        assert_ok(hol_generate_bars_and_stripes(size, &images, &rows));
        assert_int_equal(rows, (2 << size) - 2);
        const size_t bytes = (size_t)(size * size);
        for (int64_t r = 0; r < rows; r++) {
            const uint8_t *image = images + r * size * size;
            assert_true(has_full_rows(image, size, false) || has_full_rows(image, size, true));
            for (size_t i = 0; i < bytes; i++) assert_true(image[i] <= 1);
            for (int64_t q = 0; q < r; q++) assert_true(memcmp(images + q * size * size, image, bytes) != 0);
        }
        hol_free(images);
    }
}

static void test_bars_and_stripes_have_their_order(void **state) {
    (void)state;
    const uint8_t expected[6][4] = {{0, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 1}, {1, 1, 1, 1}, {1, 0, 1, 0}, {0, 1, 0, 1}};
    uint8_t *images = NULL;
    int64_t rows = 0;
    assert_ok(hol_generate_bars_and_stripes(2, &images, &rows));
    assert_int_equal(rows, 6);
    assert_memory_equal(images, expected, sizeof expected);
    hol_free(images);
}

static void test_bars_and_stripes_refuse_sizes(void **state) {
    (void)state;
    uint8_t *images = NULL;
    int64_t rows = 0;
    assert_refused(hol_generate_bars_and_stripes(1, &images, &rows), HOL_USAGE, "found size 1, expected 2 to 16");
    assert_refused(hol_generate_bars_and_stripes(17, &images, &rows), HOL_USAGE, "found size 17");
    assert_ok(hol_generate_bars_and_stripes(16, &images, &rows));
    assert_int_equal(rows, 131070);
    hol_free(images);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars_and_stripes_are_all_distinct),
        cmocka_unit_test(test_bars_and_stripes_have_their_order),
        cmocka_unit_test(test_bars_and_stripes_refuse_sizes),
    };
    return hol_test_main(argc, argv, "generate", tests, HOL_TEST_COUNT(tests));
}
