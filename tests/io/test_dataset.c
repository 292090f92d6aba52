/* test_dataset: files written with HDF5's C interface in the manner of h5py, our own writer, and one rank that
 * fails. */
#include "support.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "io/dataset.h"
#include "io/h5.h"
#include "io/replace.h"

static bool is_first(void) { return hol_comm_rank(test_comm) == 0; }

/* Rank 0 adds a data set to a file, which it creates when missing. The type in the file may differ from that of
 * values. */
static void add_set(const char *path, const char *name, hid_t file_type, hid_t memory_type, int dimensions,
                    const hsize_t *sizes, const void *values, bool compressed) {
    assert_ok(hol_h5_start(test_comm));
    hid_t file = access(path, F_OK) == 0 ? H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT)
                                         : H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(dimensions, sizes, NULL), layout = H5Pcreate(H5P_DATASET_CREATE);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    assert_true(H5Pset_create_intermediate_group(links, 1) >= 0);
    if (compressed) {
        hsize_t chunk[4];
        for (int d = 0; d < dimensions; d++) chunk[d] = sizes[d] < 3 ? sizes[d] : 3;
        assert_true(H5Pset_chunk(layout, dimensions, chunk) >= 0);
        assert_true(H5Pset_shuffle(layout) >= 0 && H5Pset_deflate(layout, 6) >= 0);
    }
    hid_t set = H5Dcreate2(file, name, file_type, space, links, layout, H5P_DEFAULT);
    assert_true(set >= 0);
    if (values) assert_true(H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    hol_h5_close(&set);
    hol_h5_close(&links);
    hol_h5_close(&layout);
    hol_h5_close(&space);
    assert_true(H5Fclose(file) >= 0);
}

/* h5py's bool: an enumeration over int8. */
static hid_t bool_type(void) {
    const int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    assert_true(H5Tenum_insert(type, "FALSE", &no) >= 0 && H5Tenum_insert(type, "TRUE", &yes) >= 0);
    return type;
}

/* NumPy's float16. */
static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    assert_true(H5Tset_fields(type, 15, 10, 5, 0, 10) >= 0 && H5Tset_size(type, 2) >= 0 && H5Tset_ebias(type, 15) >= 0);
    return type;
}

static void add_attribute(const char *path, const char *name, const char *attribute, const int64_t *values, int count) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    assert_ok(hol_h5_write_i64(set, attribute, values, count));
    hol_h5_close(&set);
    assert_true(H5Fclose(file) >= 0);
}

static void wait_for_file(void) { assert_ok(hol_comm_barrier(test_comm)); }

/* Opens on all ranks, reads on each its own share and everything, compares with the expected levels. */
static void check_levels(const char *reference, int64_t rows, int64_t columns, hol_dataset_kind kind,
                         const uint16_t *expected) {
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open(test_comm, reference, "train", &dataset));
    assert_int_equal(hol_dataset_get_rows(dataset), rows);
    assert_int_equal(hol_dataset_get_columns(dataset), columns);
    assert_int_equal(hol_dataset_get_kind(dataset), kind);
    assert_int_equal(hol_dataset_is_binary(dataset), kind == HOL_DATASET_BINARY);
    uint16_t *levels = calloc((size_t)(rows * columns), sizeof *levels);
    assert_non_null(levels);
    assert_ok(hol_dataset_read(dataset, 0, rows, levels));
    assert_memory_equal(levels, expected, (size_t)(rows * columns) * sizeof *levels);
    int64_t first = 0, owned = 0;
    hol_comm_share(rows, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &owned);
    assert_ok(hol_dataset_read(dataset, first, owned, levels));
    assert_memory_equal(levels, expected + first * columns, (size_t)(owned * columns) * sizeof *levels);
    free(levels);
    hol_dataset_close(dataset);
}

static void refused(const char *reference, const char *part) {
    hol_dataset *dataset = NULL;
    assert_refused(hol_dataset_open(test_comm, reference, "train", &dataset), HOL_BAD_INPUT, part);
    assert_null(dataset);
    assert_null(strchr(test_message, '\n'));
}

static char *refer(const char *file, const char *path) {
    static char text[4][1024];
    static int turn;
    (void)snprintf(text[turn % 4], sizeof text[0], "%s:%s", file, path);
    return text[turn++ % 4];
}

/* ------------------------------------------------------------------ reading */

enum { ROWS = 7, COLUMNS = 6, COUNT = ROWS * COLUMNS };
static const hsize_t sizes[] = {ROWS, COLUMNS};

static void test_open_reads_binary_of_every_type(void **state) {
    (void)state;
    const char *path = test_path("binary.h5");
    int bits[COUNT];
    int8_t bytes[COUNT];
    uint16_t expected[COUNT];
    for (int i = 0; i < COUNT; i++) {
        bytes[i] = (int8_t)(bits[i] = i * 7 % 3 == 0);
        expected[i] = bits[i] ? 65535 : 0;
    }
    hid_t boolean = bool_type(), half = half_type();
    const struct {
        const char *name;
        hid_t type;
    } types[] = {{"u1", H5T_STD_U8LE},  {"i1", H5T_STD_I8LE},   {"i2", H5T_STD_I16BE}, {"u2", H5T_STD_U16LE},
                 {"i4", H5T_STD_I32LE}, {"u4", H5T_STD_U32BE},  {"i8", H5T_STD_I64LE}, {"u8", H5T_STD_U64LE},
                 {"f2", half},          {"f4", H5T_IEEE_F32LE}, {"f8", H5T_IEEE_F64BE}};
    const size_t count = sizeof types / sizeof *types;
    if (is_first()) {
        add_set(path, "bool", boolean, boolean, 2, sizes, bytes, false);
        add_set(path, "deep/er/bool", boolean, boolean, 2, sizes, bytes, true);
        for (size_t t = 0; t < count; t++)
            add_set(path, types[t].name, types[t].type, H5T_NATIVE_INT, 2, sizes, bits, t % 2);
    }
    wait_for_file();
    check_levels(refer(path, "bool"), ROWS, COLUMNS, HOL_DATASET_BINARY, expected);
    check_levels(refer(path, "deep/er/bool"), ROWS, COLUMNS, HOL_DATASET_BINARY, expected);
    check_levels(refer(path, "/deep/er/bool"), ROWS, COLUMNS, HOL_DATASET_BINARY, expected);
    for (size_t t = 0; t < count; t++)
        check_levels(refer(path, types[t].name), ROWS, COLUMNS, HOL_DATASET_BINARY, expected);
    hol_h5_close(&boolean);
    hol_h5_close(&half);
}

static void test_open_reads_bytes_and_floats(void **state) {
    (void)state;
    const char *path = test_path("grey.h5");
    uint8_t bytes[COUNT];
    uint16_t grey[COUNT], fine[COUNT], coarse[COUNT];
    double floats[COUNT], halves[COUNT];
    for (int i = 0; i < COUNT; i++) {
        bytes[i] =
            (uint8_t)(i == COUNT - 1 ? 2 : i % 2); /* one value in the last rank's share tells that these are bytes */
        grey[i] = (uint16_t)(257 * bytes[i]);
        floats[i] = i / (double)(COUNT - 1);
        halves[i] = i / 64.0; /* exact in half precision */
        fine[i] = (uint16_t)lround(65535 * floats[i]);
        coarse[i] = (uint16_t)lround(65535 * halves[i]);
    }
    hid_t half = half_type();
    if (is_first()) {
        add_set(path, "bytes", H5T_STD_U8LE, H5T_NATIVE_UINT8, 2, sizes, bytes, true);
        add_set(path, "long", H5T_STD_I64BE, H5T_NATIVE_UINT8, 2, sizes, bytes, false);
        add_set(path, "double", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, sizes, floats, true);
        add_set(path, "half", half, H5T_NATIVE_DOUBLE, 2, sizes, halves, false);
    }
    wait_for_file();
    check_levels(refer(path, "bytes"), ROWS, COLUMNS, HOL_DATASET_BYTES, grey);
    check_levels(refer(path, "long"), ROWS, COLUMNS, HOL_DATASET_BYTES, grey);
    check_levels(refer(path, "double"), ROWS, COLUMNS, HOL_DATASET_FLOATS, fine);
    check_levels(refer(path, "half"), ROWS, COLUMNS, HOL_DATASET_FLOATS, coarse);
    hol_h5_close(&half);
}

static void test_open_flattens_images(void **state) {
    (void)state;
    const char *path = test_path("images.h5");
    const hsize_t three[] = {4, 3, 5}, four[] = {4, 1, 3, 5}, colour[] = {2, 3, 5, 2};
    uint8_t bytes[60];
    uint16_t expected[60];
    for (int i = 0; i < 60; i++) expected[i] = (uint16_t)(257 * (bytes[i] = (uint8_t)(i * 4)));
    if (is_first()) {
        add_set(path, "three", H5T_STD_U8LE, H5T_NATIVE_UINT8, 3, three, bytes, true);
        add_set(path, "four", H5T_STD_U8LE, H5T_NATIVE_UINT8, 4, four, bytes, true);
        add_set(path, "colour", H5T_STD_U8LE, H5T_NATIVE_UINT8, 4, colour, bytes, true);
        add_set(path, "flat", H5T_STD_U8LE, H5T_NATIVE_UINT8, 2, (const hsize_t[]){4, 15}, bytes, false);
        add_attribute(path, "flat", "shape", (const int64_t[]){5, 3}, 2);
    }
    wait_for_file();
    check_levels(refer(path, "three"), 4, 15, HOL_DATASET_BYTES, expected);
    check_levels(refer(path, "four"), 4, 15, HOL_DATASET_BYTES, expected);
    check_levels(refer(path, "colour"), 2, 30, HOL_DATASET_BYTES, expected);
    const struct {
        const char *name;
        int64_t height, width;
    } shapes[] = {{"three", 3, 5}, {"four", 3, 5}, {"colour", 0, 0}, {"flat", 5, 3}};
    for (int i = 0; i < 4; i++) {
        hol_dataset *dataset = NULL;
        int64_t height = -1, width = -1;
        assert_ok(hol_dataset_open(test_comm, refer(path, shapes[i].name), "train", &dataset));
        assert_int_equal(hol_dataset_get_shape(dataset, &height, &width), shapes[i].height > 0);
        assert_true(height == shapes[i].height && width == shapes[i].width);
        hol_dataset_close(dataset);
    }
}

static void write_bad_sets(const char *path) {
    int numbers[COUNT] = {0};
    double floats[COUNT] = {0};
    numbers[3 * COLUMNS + 5] = 256;
    add_set(path, "above", H5T_STD_I32LE, H5T_NATIVE_INT, 2, sizes, numbers, false);
    numbers[3 * COLUMNS + 5] = -1;
    add_set(path, "below", H5T_STD_I8LE, H5T_NATIVE_INT, 2, sizes, numbers, true);
    numbers[3 * COLUMNS + 5] = 3;
    add_set(path, "lies", H5T_STD_U8LE, H5T_NATIVE_INT, 2, sizes, numbers, true);
    add_attribute(path, "lies", "maximum", (const int64_t[]){1}, 1);
    floats[6 * COLUMNS + 1] = NAN;
    add_set(path, "nan", H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, 2, sizes, floats, false);
    floats[6 * COLUMNS + 1] = 1.5;
    add_set(path, "great", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, sizes, floats, false);
    add_set(path, "line", H5T_STD_U8LE, H5T_NATIVE_INT, 1, sizes, numbers, false);
    add_set(path, "none", H5T_STD_U8LE, H5T_NATIVE_INT, 2, (const hsize_t[]){0, 5}, NULL, false);
    add_set(path, "text", H5T_C_S1, H5T_C_S1, 2, sizes, NULL, false);
    add_set(path, "group/set", H5T_STD_U8LE, H5T_NATIVE_INT, 2, sizes, numbers, false);
    FILE *file = fopen(test_path("text.h5"), "w");
    assert_true(file && fputs("0,1\n", file) >= 0 && fclose(file) == 0);
}

static void test_open_refuses_by_place(void **state) {
    (void)state;
    const char *path = test_path("bad.h5");
    if (is_first()) write_bad_sets(path);
    wait_for_file();
    refused(refer(path, "above"),
            "bad.h5:/above: row 3, column 5 (from 0): found 256, expected a whole number from 0 to 255");
    refused(refer(path, "below"), "row 3, column 5 (from 0): found -1, expected a whole number from 0 to 255");
    refused(refer(path, "nan"), "row 6, column 1 (from 0): found ");
    refused(refer(path, "great"), "row 6, column 1 (from 0): found 1.5, expected a number from 0 to 1");
    refused(refer(path, "line"), "found 1 dimension(s), expected two");
    refused(refer(path, "none"), "found no rows or no columns");
    refused(refer(path, "text"), "found strings, expected integers");
    refused(refer(path, "group"), "found a group or a type, expected a data set");
    refused(refer(path, "group/other"),
            "found no data set /group/other, expected /above, /below, /great, /group/set, /lies, /line, /nan, /none or "
            "/text");
    refused(path, "found no data set /train");
    refused(test_path("missing.h5"), "missing.h5: No such file or directory");
    refused(test_path("text.h5"), "text.h5: found a text file, expected an HDF5 file");
    hol_dataset *dataset = NULL;
    uint16_t levels[COUNT];
    assert_ok(hol_dataset_open(test_comm, refer(path, "lies"), "train", &dataset));
    assert_ok(hol_dataset_read(dataset, 0, 3, levels));
    assert_refused(hol_dataset_read(dataset, 2, 2, levels), HOL_BAD_INPUT,
                   "/lies: row 3, column 5 (from 0): found 3, expected 0 or 1");
    hol_dataset_close(dataset);
}

static void test_open_fails_on_all_ranks_when_one_fails(void **state) {
    (void)state;
    const char *path = test_path("shared.h5");
    const int size = hol_comm_size(test_comm);
    int bits[COUNT] = {0};
    if (is_first()) {
        add_set(path, "train", H5T_STD_U8LE, H5T_NATIVE_INT, 2, sizes, bits, true);
        add_set(path, "other", H5T_STD_U8LE, H5T_NATIVE_INT, 2, (const hsize_t[]){ROWS - 1, COLUMNS}, bits, true);
        bits[COUNT - 1] = 1000; /* in the last rank's share only */
        add_set(path, "last", H5T_STD_U16LE, H5T_NATIVE_INT, 2, sizes, bits, true);
    }
    wait_for_file();
    for (int failing = 0; failing < size; failing++) {
        hol_dataset *dataset = NULL;
        const bool mine = hol_comm_rank(test_comm) == failing;
        const char *reference = mine ? test_path("elsewhere.h5") : path;
        hol_status status = hol_dataset_open(test_comm, reference, "train", &dataset);
        assert_all(test_take(status) == HOL_BAD_INPUT && !dataset &&
                   strstr(test_message, "elsewhere.h5: No such file"));
        if (size == 1) continue;
        status = hol_dataset_open(test_comm, refer(path, mine ? "other" : "train"), "train", &dataset);
        assert_all(test_take(status) == HOL_BAD_INPUT && !dataset &&
                   strstr(test_message, "the same file on every node"));
    }
    refused(refer(path, "last"), "/last: row 6, column 5 (from 0): found 1000");
}

/* More pieces than one: chunks cut by pieces and by the ranges that are asked for. */
static void test_read_by_ranges_equals_the_whole(void **state) {
    (void)state;
    const char *path = test_path("large.h5");
    enum { LARGE_ROWS = 3000, LARGE_COLUMNS = 1201 };
    const int64_t count = (int64_t)LARGE_ROWS * LARGE_COLUMNS;
    uint16_t *expected = malloc((size_t)count * sizeof *expected), *levels = malloc((size_t)count * sizeof *levels);
    uint8_t *bytes = malloc((size_t)count);
    assert_true(expected && levels && bytes);
    for (int64_t i = 0; i < count; i++)
        expected[i] = (uint16_t)(257 * (bytes[i] = (uint8_t)((uint64_t)i * 2654435761U >> 20)));
    if (is_first()) {
        hol_dataset_writer *writer = NULL;
        const hol_dataset_split split = {.name = "train", .columns = LARGE_COLUMNS, .kind = HOL_DATASET_BYTES};
        assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
        assert_ok(hol_dataset_writer_begin(writer, &split));
        for (int64_t row = 0, rows; row < LARGE_ROWS; row += rows) {
            rows = row + 701 < LARGE_ROWS ? 701 : LARGE_ROWS - row;
            assert_ok(hol_dataset_writer_append_bytes(writer, rows, bytes + row * LARGE_COLUMNS));
        }
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
        add_set(path, "wide", H5T_STD_I16LE, H5T_NATIVE_UINT8, 2, (const hsize_t[]){LARGE_ROWS, LARGE_COLUMNS}, bytes,
                false);
    }
    wait_for_file();
    check_levels(path, LARGE_ROWS, LARGE_COLUMNS, HOL_DATASET_BYTES, expected);
    check_levels(refer(path, "wide"), LARGE_ROWS, LARGE_COLUMNS, HOL_DATASET_BYTES, expected);
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
    for (int64_t first = 0, rows; first < LARGE_ROWS; first += rows) {
        rows = first + 113 < LARGE_ROWS ? 113 : LARGE_ROWS - first;
        assert_ok(hol_dataset_read(dataset, first, rows, levels));
        assert_memory_equal(levels, expected + first * LARGE_COLUMNS, (size_t)(rows * LARGE_COLUMNS) * sizeof *levels);
    }
    hol_dataset_close(dataset);
    free(expected);
    free(levels);
    free(bytes);
}

static void test_parse_reference_finds_the_last_colon(void **state) {
    (void)state;
    const char *colon = test_path("with:colon.h5");
    char in_colon[600];
    (void)snprintf(in_colon, sizeof in_colon, "%s:valid", colon);
    if (is_first()) {
        FILE *made = fopen(colon, "w");
        assert_true(made && fclose(made) == 0);
    }
    wait_for_file();
    const struct {
        const char *reference, *split, *file, *path;
    } cases[] = {{"a.h5", "train", "a.h5", "/train"},       {"a.h5", NULL, "a.h5", NULL},
                 {"a.h5:valid", "train", "a.h5", "/valid"}, {"d/a.h5:/g/x", "train", "d/a.h5", "/g/x"},
                 {"a.h5:g/x", NULL, "a.h5", "/g/x"},        {colon, "train", colon, "/train"},
                 {in_colon, "train", colon, "/valid"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *file = NULL, *path = NULL;
        assert_ok(hol_dataset_parse_reference(cases[i].reference, cases[i].split, &file, &path));
        assert_string_equal(file, cases[i].file);
        if (cases[i].path) assert_string_equal(path, cases[i].path);
        else assert_null(path);
        hol_free(file);
        hol_free(path);
    }
    const char *const bad[] = {"", ":train", "a.h5:", "a.h5:/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *file = NULL, *path = NULL;
        assert_refused(hol_dataset_parse_reference(bad[i], "train", &file, &path), HOL_USAGE,
                       "expected FILE, FILE:SPLIT");
        assert_true(!file && !path);
    }
}

/* ------------------------------------------------------------------ writing */

static void write_small(const char *path) {
    hol_dataset_writer *writer = NULL;
    const uint8_t bits[] = {0, 1, 1, 0, 1, 1}, bytes[] = {0, 255, 17};
    const float floats[] = {0.25F, 1, 0};
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &(hol_dataset_split){"train", 3, 0, 0, HOL_DATASET_BINARY, 0}));
    assert_ok(hol_dataset_writer_append_bytes(writer, 1, bits));
    assert_ok(hol_dataset_writer_append_bytes(writer, 0, bits));
    assert_ok(hol_dataset_writer_append_bytes(writer, 1, bits + 3));
    assert_refused(hol_dataset_writer_begin(writer, &(hol_dataset_split){"train", 3, 0, 0, HOL_DATASET_BINARY, 0}),
                   HOL_USAGE, "found two splits named \"train\"");
    assert_refused(hol_dataset_writer_begin(writer, &(hol_dataset_split){"a/b", 3, 0, 0, HOL_DATASET_BINARY, 0}),
                   HOL_USAGE, "found the name \"a/b\"");
    assert_ok(hol_dataset_writer_begin(writer, &(hol_dataset_split){"grey", 3, 3, 1, HOL_DATASET_BYTES, 0}));
    assert_ok(hol_dataset_writer_append_bytes(writer, 1, bytes));
    assert_ok(hol_dataset_writer_begin(writer, &(hol_dataset_split){"fine", 3, 1, 3, HOL_DATASET_FLOATS, 0}));
    assert_ok(hol_dataset_writer_append_floats(writer, 1, floats));
    assert_ok(hol_dataset_writer_begin(writer, &(hol_dataset_split){"few", 3, 0, 0, HOL_DATASET_STATES, 4}));
    assert_ok(hol_dataset_writer_append_bytes(writer, 1, (const uint8_t[]){4, 0, 2}));
    assert_true(access(path, F_OK) != 0);
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
}

/* 255 is a state where the file says so, and a grey level in files from before they did */
static void test_kind_tells_states_from_bytes(void **state) {
    (void)state;
    const uint8_t bytes[] = {0, 255, 17};
    if (is_first()) {
        hol_dataset_writer *writer = NULL;
        assert_ok(hol_dataset_writer_create(test_comm, test_path("wide.h5"), &writer));
        assert_ok(hol_dataset_writer_begin(writer, &(hol_dataset_split){"train", 3, 0, 0, HOL_DATASET_STATES, 255}));
        assert_ok(hol_dataset_writer_append_bytes(writer, 1, bytes));
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
        const hsize_t size[2] = {1, 3};
        hid_t file = H5Fcreate(test_path("older.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        hid_t space = H5Screate_simple(2, size, NULL);
        hid_t set = H5Dcreate2(file, "train", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Dwrite(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0);
        assert_ok(hol_h5_write_string(file, "format", "holode data set"));
        assert_ok(hol_h5_write_i64(set, "maximum", &(int64_t){255}, 1));
        hol_h5_close(&set);
        hol_h5_close(&space);
        assert_true(H5Fclose(file) >= 0);
    }
    wait_for_file();
    check_levels(test_path("wide.h5"), 1, 3, HOL_DATASET_STATES, (const uint16_t[]){0, 255, 17});
    check_levels(test_path("older.h5"), 1, 3, HOL_DATASET_BYTES, (const uint16_t[]){0, 65535, 17 * 257});
}

static void test_writer_writes_the_documented_layout(void **state) {
    (void)state;
    const char *path = test_path("own.h5");
    if (is_first()) write_small(path);
    wait_for_file();
    check_levels(path, 2, 3, HOL_DATASET_BINARY, (const uint16_t[]){0, 65535, 65535, 0, 65535, 65535});
    check_levels(refer(path, "grey"), 1, 3, HOL_DATASET_BYTES, (const uint16_t[]){0, 65535, 17 * 257});
    check_levels(refer(path, "few"), 1, 3, HOL_DATASET_STATES, (const uint16_t[]){4, 0, 2});
    check_levels(refer(path, "fine"), 1, 3, HOL_DATASET_FLOATS, (const uint16_t[]){16384, 65535, 0});
    hid_t file = -1;
    char *format = NULL;
    int64_t maximum = 0, shape[2] = {0, 0};
    assert_ok(hol_h5_open(test_comm, path, false, &file));
    assert_ok(hol_h5_read_string(file, "format", &format));
    assert_string_equal(format, "holode data set");
    hol_free(format);
    hid_t set = H5Dopen2(file, "grey", H5P_DEFAULT);
    assert_ok(hol_h5_read_i64(set, "maximum", &maximum, 1));
    assert_ok(hol_h5_read_i64(set, "shape", shape, 2));
    assert_true(maximum == 255 && shape[0] == 3 && shape[1] == 1);
    assert_refused(hol_h5_read_i64(set, "nothing", &maximum, 1), HOL_BAD_INPUT,
                   "own.h5: /grey: attribute \"nothing\": found none, expected 1 whole number(s)");
    assert_refused(hol_h5_read_i64(set, "shape", shape, 1), HOL_BAD_INPUT, "found 2 value(s), expected 1");
    assert_refused(hol_h5_read_i64(file, "format", shape, 1), HOL_BAD_INPUT, "found another type");
    hol_h5_close(&set);
    hol_h5_close(&file);
    char **paths = NULL;
    int64_t count = 0;
    assert_ok(hol_dataset_list(test_comm, path, &paths, &count));
    assert_int_equal(count, 4);
    assert_string_equal(paths[0], "/few");
    assert_string_equal(paths[3], "/train");
    hol_free(paths);
}

static bool same_file(const char *path, const void *bytes, size_t size) {
    char read[65536];
    FILE *file = fopen(path, "rb");
    const size_t got = file ? fread(read, 1, sizeof read, file) : 0;
    return file && fclose(file) == 0 && got == size && memcmp(read, bytes, size) == 0;
}

/* A limit on the size of files stands for a full disk: every write beyond it fails. */
static void test_writer_keeps_the_former_file_when_the_disk_is_full(void **state) {
    (void)state;
    const char *path = test_path("full.h5");
    if (!is_first()) return;
    FILE *former = fopen(path, "w");
    assert_true(former && fputs("former", former) >= 0 && fclose(former) == 0);
    static uint8_t noise[400 * 100];
    uint32_t number = 1;
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)((number = number * 1664525U + 1013904223U) >> 24);
    (void)signal(SIGXFSZ, SIG_IGN);
    int failed = 0, rounds = 0;
    for (rlim_t most = 16; most < 60000; most = most * 5 / 4 + 1, rounds++) {
        hol_dataset_writer *writer = NULL;
        struct rlimit usual, limit;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
        limit = usual;
        limit.rlim_cur = most;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        hol_status status = hol_dataset_writer_create(test_comm, path, &writer);
        const hol_dataset_split split = {.name = "train", .columns = 100, .kind = HOL_DATASET_BYTES};
        if (status == HOL_OK) status = hol_dataset_writer_begin(writer, &split);
        if (status == HOL_OK) status = hol_dataset_writer_append_bytes(writer, 400, noise);
        if (status == HOL_OK) status = hol_dataset_writer_finish(writer);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
        hol_dataset_writer_destroy(writer);
        const hol_code code = test_take(status);
        assert_true(code == 0 || code == HOL_FAILURE);
        assert_int_equal(test_count_names(test_directory(), "full.h5."), 0);
        if (code == 0) break;
        failed++;
        assert_non_null(strstr(test_message, "File too large"));
        assert_true(same_file(path, "former", 6));
    }
    assert_true(failed == rounds && failed > 10 && rounds < 40);
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open_alone(NULL, path, "train", &dataset));
    hol_dataset_close(dataset);
}

static void test_writer_refuses_places(void **state) {
    (void)state;
    hol_dataset_writer *writer = NULL;
    assert_refused(hol_dataset_writer_create(test_comm, "/dev/full", &writer), HOL_FAILURE,
                   "/dev/full: found a device");
    assert_refused(hol_dataset_writer_create(test_comm, "/nowhere/a.h5", &writer), HOL_FAILURE,
                   "No such file or directory");
    assert_refused(hol_dataset_writer_create(test_comm, test_directory(), &writer), HOL_FAILURE, "found a folder");
    assert_refused(hol_dataset_writer_create(test_comm, "", &writer), HOL_FAILURE, "found an empty name");
    assert_null(writer);
}

/* ------------------------------------------------------------------ h5 */

static void test_h5_reads_what_it_wrote(void **state) {
    (void)state;
    const char *path = test_path("numbers.h5");
    hid_t file = -1;
    char *temporary = NULL;
    const double numbers[] = {0.1, -2};
    double read[2] = {0, 0};
    int64_t whole = 0;
    if (!is_first()) return;
    assert_ok(hol_h5_begin(test_comm, path, &temporary, &file));
    assert_ok(hol_h5_write_f64(file, "numbers", numbers, 2));
    assert_ok(hol_h5_write_i64(file, "whole", &(int64_t){-7}, 1));
    assert_ok(hol_h5_write_i64(file, "whole", &(int64_t){1LL << 60}, 1)); /* replaces */
    assert_ok(hol_h5_write_string(file, "text", ""));
    assert_true(H5Fclose(file) >= 0);
    assert_ok(hol_replace_commit(temporary, path));
    hol_free(temporary);
    assert_ok(hol_h5_open(test_comm, path, false, &file));
    assert_ok(hol_h5_read_f64(file, "numbers", read, 2));
    assert_ok(hol_h5_read_i64(file, "whole", &whole, 1));
    assert_true(read[0] == 0.1 && read[1] == -2 && whole == 1LL << 60);
    assert_true(hol_h5_exists(file, "/") && !hol_h5_exists(file, "/a/b") && !hol_h5_exists(file, ""));
    assert_true(H5Fclose(file) >= 0);
    assert_refused(hol_h5_open(test_comm, test_path("nothing.h5"), false, &file), HOL_BAD_INPUT,
                   "nothing.h5: No such file");
    assert_true(file < 0);
    assert_refused(hol_h5_begin(test_comm, "/nowhere/a.h5", &temporary, &file), HOL_FAILURE,
                   "/nowhere/a.h5: cannot write to");
    assert_true(file < 0 && !temporary);
    assert_refused(hol_h5_create(test_comm, -1, "nothing", &file), HOL_FAILURE,
                   "nothing: cannot be created: No such file");
    assert_true(file < 0);
}

/* After a failed start HDF5 is not called again. */
static void test_h5_is_not_called_after_a_failed_start(void **state) {
    (void)state;
    hol_files *files = hol_comm_files(test_comm);
    const hol_files before = *files;
    hid_t file = -1;
    char *temporary = NULL;
    *files = (hol_files){.is_unusable = true};
    assert_refused(hol_h5_open(test_comm, test_path("any.h5"), false, &file), HOL_FAILURE, "HDF5 cannot start");
    assert_refused(hol_h5_begin(test_comm, test_path("any.h5"), &temporary, &file), HOL_FAILURE, "HDF5 cannot start");
    assert_true(file < 0 && !temporary && !files->is_started);
    *files = before;
    assert_ok(hol_h5_start(test_comm));
    assert_true(files->is_started && !files->is_unusable);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_reads_binary_of_every_type),
        cmocka_unit_test(test_open_reads_bytes_and_floats),
        cmocka_unit_test(test_open_flattens_images),
        cmocka_unit_test(test_open_refuses_by_place),
        cmocka_unit_test(test_open_fails_on_all_ranks_when_one_fails),
        cmocka_unit_test(test_read_by_ranges_equals_the_whole),
        cmocka_unit_test(test_parse_reference_finds_the_last_colon),
        cmocka_unit_test(test_writer_writes_the_documented_layout),
        cmocka_unit_test(test_kind_tells_states_from_bytes),
        cmocka_unit_test(test_writer_keeps_the_former_file_when_the_disk_is_full),
        cmocka_unit_test(test_writer_refuses_places),
        cmocka_unit_test(test_h5_reads_what_it_wrote),
        cmocka_unit_test(test_h5_is_not_called_after_a_failed_start),
    };
    return hol_test_main(argc, argv, "dataset", tests, HOL_TEST_COUNT(tests));
}
