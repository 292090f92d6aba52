/* test_array_file: files written byte by byte, and MNIST's own. Not collective: every rank reads the same files, which
 * each rank writes under its own name. */
#include "support.h"

#include <math.h>

#include "array_support.h"

/* ------------------------------------------------------------------ text */

static void test_text_reads_commas_blanks_comments(void **state) {
    (void)state;
    const float expected[] = {0, 1, 0.5F, -2, 30, 1e-3F};
    check_values(write_text("a.csv", "0,1,0.5\n-2,30,1e-3\n"), 2, 3, expected);
    check_values(write_text("b.txt", "# head\n\n 0 1\t.5 # half\r\n\n  \n-2   3e1 0.001"), 2, 3, expected);
    check_values(write_text("c.data.gz", "\xEF\xBB\xBF"
                                         "0 , 1 ,0.5\n\n-2, +30, 0.001\n#end"),
                 2, 3, expected);
    check_values(write_text("d.txt", "7"), 1, 1, (const float[]){7});
}

static void test_text_refuses_by_line_and_column(void **state) {
    (void)state;
    refused(write_text("a", "0,1\n1,0.1x\n"), ":2:3: found \"0.1x\", expected a number");
    refused(write_text("a", "0 1\n\n# c\n1 nan\n"), ":4:3: found \"nan\"");
    refused(write_text("a", "0 1\ninf 1\n"), ":2:1: found \"inf\"");
    refused(write_text("a", "0 1\n1 1e99\n"), ":2:3: found \"1e99\"");
    refused(write_text("a", "0 0x10\n"), ":1:3: found \"0x10\"");
    refused(write_text("a", "0,1\n1\n"), ":2:2: found 1 number(s), expected 2 as in line 1");
    refused(write_text("a", "#\n0,1\n1,0,1\n"), ":3:5: found 3 number(s), expected 2 as in line 2");
    refused(write_text("a", "0,1\n1,,0\n"), ":2:3: found an empty field");
    refused(write_text("a", "0,1\n0,\n"),
            ":2:3: found an empty field, expected a number (--missing '' of holode data import or fit takes");
    refused(write_text("a", ",1\n"), ":1:1: found an empty field");
    refused(write_text("a", "1-2 3\n"), ":1:1: found \"1-2\"");
    refused(write_text("a", "1;2\n1;2|3\n"), ":2:3: found \"2|3\", expected a number");
    refused(write_text("a", ""), ":1:1: found the end of the file, expected a row");
    refused(write_text("a", "# nothing\n\n"), "found the end of the file, expected a row");
    refused(write_file("a", "1 2\n3 \0\n", 8), ":2:3: found \"?\"");
}

static void test_text_reads_long_lines(void **state) {
    (void)state;
    enum { COLUMNS = 200000, ROWS = 3 };
    char *text = malloc(ROWS * COLUMNS * 4);
    float *values = malloc(sizeof(float) * COLUMNS * (ROWS + 2));
    assert_true(text && values);
    size_t used = 0;
    for (int i = 0; i < ROWS * COLUMNS; i++)
        used += (size_t)sprintf(text + used, "%d%c", i % 97, (i + 1) % COLUMNS ? ',' : '\n');
    assert_ok(read_all(write_file("long.csv.gz", text, used), values, COLUMNS * (ROWS + 2)));
    for (int i = 0; i < ROWS * COLUMNS; i++) assert_true(values[i] == (float)(i % 97));
    free(text);
    free(values);
}

/* 80 MB of one digit in 80 kB: the line is given up at its limit. */
static void test_text_bounds_lines(void **state) {
    (void)state;
    char own[64], *ones = malloc(1 << 20);
    (void)snprintf(own, sizeof own, "%d-line.gz", hol_comm_rank(test_comm));
    const char *path = test_path(own);
    assert_non_null(ones);
    memset(ones, '1', 1 << 20);
    gzFile file = gzopen(path, "wb");
    for (int i = 0; i < 80; i++) assert_int_equal(gzwrite(file, ones, 1 << 20), 1 << 20);
    assert_int_equal(gzclose(file), Z_OK);
    free(ones);
    refused(path, ":1:1: found a line of more than 67108864 bytes, expected at most that");
}

/* ------------------------------------------------------------------ IDX */

static void test_idx_reads_every_type(void **state) {
    (void)state;
    const unsigned char u1[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 128, 255};
    const float expected[] = {0, 1, 128, 255}, small[] = {1, -2};
    check_values(write_file("a-idx3-ubyte", u1, sizeof u1), 2, 2, expected);
    check_values(write_file("a-idx3-ubyte.gz", u1, sizeof u1), 2, 2, expected);
    hol_array_file *file = NULL;
    const int64_t *shape = NULL;
    assert_ok(hol_array_file_open(write_file("a", u1, sizeof u1), false, &file));
    assert_int_equal(hol_array_file_get_shape(file, &shape), 2);
    assert_true(shape[0] == 2 && shape[1] == 1);
    hol_array_file_close(file);
    const unsigned char i1[] = {0, 0, 9, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0xfe};
    const unsigned char i2[] = {0, 0, 0xb, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0xff, 0xfe};
    const unsigned char i4[] = {0, 0, 0xc, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe};
    const unsigned char f4[] = {0, 0, 0xd, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0};
    const unsigned char f8[] = {0, 0, 0xe, 1, 0, 0, 0, 2, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0};
    check_values(write_file("a", i1, sizeof i1), 1, 2, small);
    check_values(write_file("a", i2, sizeof i2), 1, 2, small);
    check_values(write_file("a", i4, sizeof i4), 1, 2, small);
    check_values(write_file("a", f4, sizeof f4), 1, 2, small);
    check_values(write_file("a", f8, sizeof f8), 2, 1, small);
}

static void test_idx_refuses_by_byte(void **state) {
    (void)state;
    const unsigned char good[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 128, 255, 9};
    refused(write_file("a", good, 15),
            "byte 15: found the end of the file, expected 1 more byte(s) of 2 rows of 2 bytes");
    refused(write_file("a.gz", good, 13), "byte 13: found the end of the file, expected 3 more byte(s)");
    refused(write_file("a", good, 17), "byte 16: found more data, expected the end of the file");
    refused(write_file("a", good, 6), "byte 6: found the end of the file, expected 2 more byte(s) of the IDX header");
    refused(write_file("a", "\0\0\x0a\x02", 4), "byte 2: found element type 0x0a");
    refused(write_file("a", "\0\0\x08\0", 4), "byte 3: found 0 dimensions");
    refused(write_file("a", "\0\0\x08\x02\0\0\0\0\0\0\0\x02", 12), "byte 4: found dimension 1 of size 0");
    refused(write_file("a-idx3-ubyte", "ab", 2), "byte 2: found the end of the file");
    refused(write_file("a-idx3-ubyte", "abcdef", 6), "byte 0: found 0x6162, expected 0x0000");
    /* 15 dimensions of 2^32 - 1: their product must not wrap around */
    unsigned char huge[64];
    memset(huge, 255, sizeof huge);
    memcpy(huge, "\0\0\x0e\x0f", 4);
    refused(write_file("a", huge, 64), "byte 4: found rows of more than 16777216 elements, expected at most that");
}

static void test_gzip_damage_is_refused(void **state) {
    (void)state;
    unsigned char idx[4096 + 12] = {0, 0, 8, 2, 0, 0, 16, 0, 0, 0, 0, 1};
    for (size_t i = 12; i < sizeof idx; i++) idx[i] = (unsigned char)(i * 2654435761U >> 13);
    const char *path = write_file("d.gz", idx, sizeof idx);
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    assert_int_equal(truncate(path, whole.st_size / 2), 0);
    float values[5000];
    assert_refused(read_all(path, values, 5000), HOL_BAD_INPUT, "found damaged data (unexpected end of file)");
    path = write_file("d.gz", idx, sizeof idx);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -6, SEEK_END), 0); /* in the check sum */
    assert_int_equal(fputc(0x55, file), 0x55);
    assert_int_equal(fclose(file), 0);
    assert_refused(read_all(path, values, 5000), HOL_BAD_INPUT, "found damaged data (incorrect data check)");
}

/* ------------------------------------------------------------------ npy */

static void test_npy_reads_versions_and_types(void **state) {
    (void)state;
    const float expected[] = {0, 1, 1, 0}, small[] = {1, -2};
    const unsigned char bools[] = {0, 1, 1, 0};
    check_values(write_npy("a.npy", 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2), }   \n", bools, 4), 2,
                 2, expected);
    check_values(write_npy("a.npy.gz", 2, "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n", bools, 4), 4,
                 1, expected);
    check_values(write_npy("a", 3, "{\"shape\": (2,1,2), \"descr\": \"|u1\", \"fortran_order\": False}", bools, 4), 2,
                 2, expected);
    const struct {
        const char *descr;
        unsigned char bytes[16];
        size_t size;
    } types[] = {{"|i1", {1, 0xfe}, 2},
                 {"<i2", {1, 0, 0xfe, 0xff}, 4},
                 {"<i4", {1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff}, 8},
                 {"<i8", {1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 16},
                 {"<f2", {0, 0x3c, 0, 0xc0}, 4},
                 {"<f4", {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}, 8},
                 {"<f8", {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}, 16},
                 {">i2", {0, 1, 0xff, 0xfe}, 4},
                 {">i4", {0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe}, 8},
                 {">f2", {0x3c, 0, 0xc0, 0}, 4},
                 {">f4", {0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0}, 8},
                 {">f8", {0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0}, 16},
                 {"=i2", {1, 0, 0xfe, 0xff}, 4}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        char header[128];
        (void)snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1, 2), }\n",
                       types[t].descr);
        check_values(write_npy("t.npy", 1, header, types[t].bytes, types[t].size), 1, 2, small);
    }
    const unsigned char unsigned4[] = {1, 0, 0, 0, 0, 0, 1, 0}, halves[] = {0x66, 0x2e, 1, 0}; /* 0.1 and 2^-24 */
    check_values(write_npy("t.npy", 1, "{'descr': '<u4', 'fortran_order': False, 'shape': (1, 2), }\n", unsigned4, 8),
                 1, 2, (const float[]){1, 65536});
    check_values(write_npy("t.npy", 1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }\n", halves, 4), 1,
                 2, (const float[]){0.0999755859375F, 5.9604644775390625e-8F});
}

/* Element (r, h, w) of shape (3, 2, 4) holds 100 r + 10 h + w; in Fortran order r runs fastest, then h. */
static void test_npy_reads_fortran_order(void **state) {
    (void)state;
    enum { ROWS = 3, HEIGHT = 2, WIDTH = 4, ALL = ROWS * HEIGHT * WIDTH };
    static const char header[] = "{'descr': '>i2', 'fortran_order': True, 'shape': (3, 2, 4), }\n";
    unsigned char bytes[2 * ALL];
    float expected[ALL];
    for (int r = 0, c = 0; r < ROWS; r++)
        for (int h = 0; h < HEIGHT; h++)
            for (int w = 0; w < WIDTH; w++) {
                const int value = 100 * r + 10 * h + w, f = r + ROWS * (h + HEIGHT * w);
                expected[c++] = (float)value;
                bytes[2 * f] = (unsigned char)(value >> 8);
                bytes[2 * f + 1] = (unsigned char)(value & 255);
            }
    check_values(write_npy("f.npy", 1, header, bytes, sizeof bytes), ROWS, HEIGHT * WIDTH, expected);
    check_values(write_npy("f.npy.gz", 1, header, bytes, sizeof bytes), ROWS, HEIGHT * WIDTH, expected);
    check_values(write_npy("f.npy", 1, "{'descr': '|u1', 'fortran_order': True, 'shape': (3,), }\n", "\1\2\3", 3), 3, 1,
                 (const float[]){1, 2, 3});
}

/* More rows than a piece holds, so that runs of columns are cut. */
static void test_npy_reads_long_fortran_order(void **state) {
    (void)state;
    enum { ROWS = 3000000, COLUMNS = 2 };
    unsigned char *data = malloc((size_t)ROWS * COLUMNS * 4 + 128);
    float values[2 * 512];
    assert_non_null(data);
    memcpy(data, "\x93NUMPY\1\0\x76\0", 10);
    memset(data + 10, ' ', 118);
    memcpy(data + 10, "{'descr': '<i4', 'fortran_order': True, 'shape': (3000000, 2), }", 64);
    for (int32_t c = 0; c < COLUMNS; c++)
        for (int32_t r = 0; r < ROWS; r++) {
            const int32_t value = c ? -r : r;
            memcpy(data + 128 + 4 * ((size_t)c * ROWS + (size_t)r), &value, 4);
        }
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(write_file("long.npy", data, (size_t)ROWS * COLUMNS * 4 + 128), false, &file));
    int64_t wrong = 0;
    for (int64_t row = 0, rows = 0;; row += rows) {
        assert_ok(hol_array_file_read(file, 512, values, NULL, &rows));
        if (rows == 0) break;
        for (int64_t r = 0; r < rows; r++)
            wrong += values[2 * r] != (float)(row + r) || values[2 * r + 1] != -(float)(row + r);
    }
    assert_int_equal(wrong, 0);
    hol_array_file_close(file);
    free(data);
}

static void test_npy_takes_nan_and_numbers_for_missing(void **state) {
    (void)state;
    static const float data[] = {1, NAN, -7, 0.5F};
    static const struct {
        const char *codes;
        int64_t good; /* rows that are read before one is refused */
        bool missing[4];
    } cases[] = {
        {"nan", 4, {0, 1, 0, 0}}, {"NaN,-7", 4, {0, 1, 1, 0}}, {"-7.0,nan,1", 4, {1, 1, 1, 0}}, {"-7", 1, {0}}};
    const char *path = write_npy("a", 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1), }\n",
                                 (const unsigned char *)data, sizeof data);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hol_array_file *file = NULL;
        float value = 0;
        int64_t rows = 0;
        assert_ok(hol_array_file_open(path, false, &file));
        assert_ok(hol_array_file_select(file, &(hol_array_selection){.missing = cases[k].codes}));
        for (int64_t r = 0; r < cases[k].good; r++) {
            assert_ok(hol_array_file_read(file, 1, &value, NULL, &rows));
            assert_true(cases[k].missing[r] ? isnan(value) : value == data[r]);
        }
        if (cases[k].good < 4)
            assert_refused(hol_array_file_read(file, 1, &value, NULL, &rows), HOL_BAD_INPUT,
                           "found nan, expected a finite number (`holode data import --missing nan` takes it for");
        hol_array_file_close(file);
    }
}

static void test_npy_refuses_by_byte(void **state) {
    (void)state;
    const unsigned char data[] = {0, 0, 0xc0, 0x7f, 0, 0, 0, 0};
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': Maybe, 'shape': (2, 2), }\n", data, 4),
            "byte 44: found \"Maybe, 'shape': (2, 2), }\", expected True or False");
    refused(write_npy("a", 1, "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }\n", data, 8),
            "expected numbers, not Python objects");
    refused(write_npy("a", 1, "{'descr': '<U5', 'fortran_order': False, 'shape': (1, 2), }\n", data, 8),
            "expected numbers, not strings");
    refused(write_npy("a", 1, "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,), }\n",
                      data, 8),
            "not records");
    refused(write_npy("a", 1, "{'descr': '>x4', 'fortran_order': False, 'shape': (1, 2), }\n", data, 8),
            "byte 20: found \"'>x4', ");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }\n", data, 5),
            "found more data");
    refused(write_npy("a", 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", data, 8),
            "found nan, expected a finite number");
    refused(write_npy("a", 1, "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2), }\n", data, 8), "'<c8'");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", data, 1),
            "at least one dimension");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4), }\n", data, 0), "of size 0");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 4), }\n", data, 0), "\"-1, 4)");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, }\n", data, 0), "with the key 'shape'");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }\n", data, 5),
            "found the end of the file, expected 1 more byte(s) of 3 rows of 2 bytes");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n", data, 5),
            "found more data");
    refused(write_npy("a", 4, "{}", data, 0), "byte 6: found npy version 4");
    /* a claim is not believed: 2^60 rows of 16, and more than a gzip file of this size can hold */
    refused(
        write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1152921504606846976, 16), }\n", data, 8),
        "found the end of the file, expected 1152921504606846976 rows of 16 bytes");
    refused(write_npy("a", 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 2), }\n", data, 8),
            "found the end of the file, expected 15999999992 more byte(s) of 1000000000 rows of 16 bytes");
    refused(write_npy("a.gz", 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 2), }\n", data, 8),
            "found a claim of 1000000000 rows of 16 bytes, expected at most the ");
    refused(write_npy("a", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4000000000), }\n", data, 8),
            "found rows of more than 16777216 elements, expected at most that");
    refused(write_text("a.npy", "1 2 3 4 5"), "byte 0: found another beginning");
    refused(write_text("a.npy", "1 2"), "byte 3: found the end of the file");
}

/* ------------------------------------------------------------------ files */

static void test_open_refuses_what_is_no_file(void **state) {
    (void)state;
    refused(test_path("missing"), "No such file or directory");
    refused(test_directory(), "found a folder, expected a regular file");
    refused("/dev/null", "found a device, expected a regular file");
    refused(write_file("a.h5", "\x89HDF\r\n\x1a\n0000", 12), "found an HDF5 file, expected IDX");
}

static void test_mnist_is_read_whole(void **state) {
    (void)state;
    const char *path = test_data("mnist/train-images-idx3-ubyte.gz");
    if (!path) test_skip("MNIST is not here");
    hol_array_file *file = NULL;
    const int64_t *shape = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    assert_int_equal(hol_array_file_get_rows(file), 60000);
    assert_int_equal(hol_array_file_get_columns(file), 784);
    assert_int_equal(hol_array_file_get_shape(file, &shape), 2);
    assert_true(shape[0] == 28 && shape[1] == 28);
    float *values = malloc(sizeof(float) * 1000 * 784);
    assert_non_null(values);
    int64_t sum = 0, above = 0, total = 0;
    for (int64_t rows = 1; rows > 0; total += rows) {
        assert_ok(hol_array_file_read(file, 1000, values, NULL, &rows));
        for (int64_t i = 0; i < rows * 784; i++) {
            sum += (int64_t)values[i];
            above += values[i] >= 128;
        }
    }
    assert_int_equal(total, 60000);
    assert_int_equal(sum, 1567298545); /* both by Python's gzip and sum() */
    assert_int_equal(above, 6221431);
    free(values);
    hol_array_file_close(file);
}

static void test_nltcs_is_read_whole(void **state) {
    (void)state;
    const char *path = test_data("debd/nltcs.train.data.gz");
    if (!path) test_skip("the binary density-estimation benchmarks are not here");
    hol_array_file *file = NULL;
    assert_ok(hol_array_file_open(path, false, &file));
    assert_int_equal(hol_array_file_get_rows(file), 16181);
    assert_int_equal(hol_array_file_get_columns(file), 16);
    hol_array_file_close(file);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_reads_commas_blanks_comments),
        cmocka_unit_test(test_text_refuses_by_line_and_column),
        cmocka_unit_test(test_text_reads_long_lines),
        cmocka_unit_test(test_text_bounds_lines),
        cmocka_unit_test(test_idx_reads_every_type),
        cmocka_unit_test(test_idx_refuses_by_byte),
        cmocka_unit_test(test_gzip_damage_is_refused),
        cmocka_unit_test(test_npy_reads_versions_and_types),
        cmocka_unit_test(test_npy_reads_fortran_order),
        cmocka_unit_test(test_npy_reads_long_fortran_order),
        cmocka_unit_test(test_npy_takes_nan_and_numbers_for_missing),
        cmocka_unit_test(test_npy_refuses_by_byte),
        cmocka_unit_test(test_open_refuses_what_is_no_file),
        cmocka_unit_test(test_mnist_is_read_whole),
        cmocka_unit_test(test_nltcs_is_read_whole),
    };
    return hol_test_main(argc, argv, "array_file", tests, HOL_TEST_COUNT(tests));
}
