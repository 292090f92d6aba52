/* Arrays for other programs: the bytes of npy and of comma-separated values, as their definitions say. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "io/array_file.h"
#include "io/array_output.h"

static char *read_bytes(const char *path, size_t *ret_count) {
    static char bytes[4096];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *ret_count = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[*ret_count] = '\0';
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static bool is_first(void) { return hol_comm_rank(test_comm) == 0; }

static void assert_text(const hol_array_output *array, const char *expected) {
    size_t count = 0;
    if (!is_first()) return;
    assert_ok(hol_array_output_write(test_path("a.csv"), array));
    assert_string_equal(read_bytes(test_path("a.csv"), &count), expected);
}

static void test_csv_has_headings_and_rows(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0, 1, 255, 7, 0, 1};
    static const float floats[] = {0.1F, 1e-30F, 16777217.0F, 0.5F};
    static const double doubles[] = {0.1, 1.0 / 3, (double)NAN, 1e300};
    static const char *const names[] = {"a", "b,c", "d\"e"};
    assert_text(&(hol_array_output){.rows = 2, .columns = 3, .bytes = bytes, .names = names},
                "a,\"b,c\",\"d\"\"e\"\n0,1,255\n7,0,1\n");
    assert_text(&(hol_array_output){.rows = 3, .columns = 2, .bytes = bytes}, "0,1\n255,7\n0,1\n");
    assert_text(&(hol_array_output){.rows = 2, .columns = 2, .floats = floats}, "0.1,1e-30\n16777216,0.5\n");
    assert_text(&(hol_array_output){.rows = 2, .columns = 2, .doubles = doubles, .names = names, .row_names = names},
                "name,a,\"b,c\"\na,0.1,0.3333333333333333\n\"b,c\",,1e+300\n");
    assert_text(&(hol_array_output){.rows = 0, .columns = 1, .bytes = bytes, .names = names}, "a\n");
}

/* numpy.lib.format: magic, version, length, a dictionary that ends at a multiple of 64 bytes, elements */
static void test_npy_has_header_and_elements(void **state) {
    (void)state;
    static const double doubles[] = {1, -2, 0.5, (double)NAN, 4, 5};
    size_t count = 0;
    if (!is_first()) return;
    assert_ok(
        hol_array_output_write(test_path("a.npy"), &(hol_array_output){.rows = 2, .columns = 3, .doubles = doubles}));
    const char *bytes = read_bytes(test_path("a.npy"), &count);
    assert_int_equal(count, 128 + sizeof doubles);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_memory_equal(bytes + 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }   ", 62);
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, doubles, sizeof doubles);
}

/* what is written can be read */
static void test_arrays_are_read_back(void **state) {
    (void)state;
    static const float floats[] = {0.1F, 0.2F, 0.3F, 0.25F, 1e-7F, 0.99999F};
    static const char *const files[] = {"b.csv", "b.npy"};
    if (!is_first()) return;
    for (size_t f = 0; f < 2; f++) {
        hol_array_file *file = NULL;
        float back[6] = {0};
        int64_t rows = 0;
        const char *path = test_path(files[f]);
        assert_ok(hol_array_output_write(path, &(hol_array_output){.rows = 2, .columns = 3, .floats = floats}));
        assert_ok(hol_array_file_open(path, false, &file));
        assert_int_equal(hol_array_file_get_rows(file), 2);
        assert_int_equal(hol_array_file_get_columns(file), 3);
        assert_ok(hol_array_file_read(file, 2, back, NULL, &rows));
        assert_int_equal(rows, 2);
        assert_memory_equal(back, floats, sizeof floats);
        hol_array_file_close(file);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_has_headings_and_rows),
        cmocka_unit_test(test_npy_has_header_and_elements),
        cmocka_unit_test(test_arrays_are_read_back),
    };
    return hol_test_main(argc, argv, "array_output", tests, HOL_TEST_COUNT(tests));
}
