/* test_dataset_missing: bits of missing values against an array of bool, over pieces, gaps and chunks. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "io/h5.h"
#include "io/seal.h"
#include "io/survey.h"

enum { ROWS = 9000, COLUMNS = 13, BYTES = 2, FIRST = 5, END = 8200 }; /* nothing is missing before FIRST and from END */

static bool is_first(void) { return hol_comm_rank(test_comm) == 0; }

/* By arithmetic: about one value of five, in about half of the rows. */
static bool is_missing(int64_t row, int64_t column) {
    return row >= FIRST && row < END && row % 7 < 4 && (row * 31 + column * 17) % 11 < 4;
}

static uint8_t value_of(int64_t row, int64_t column) {
    return !is_missing(row, column) && (row * 5 + column * 3) % 4 < 2;
}

static void fill(int64_t first, int64_t rows, uint8_t *values, uint8_t *bits) {
    memset(bits, 0, (size_t)(rows * BYTES));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < COLUMNS; c++) {
            values[r * COLUMNS + c] = value_of(first + r, c);
            if (is_missing(first + r, c)) bits[r * BYTES + c / 8] |= (uint8_t)(1 << c % 8);
        }
}

/* Pieces of 700 rows, some of whose rows alone are said to be missing; and a split without. */
static const char *write_file(void) {
    static uint8_t values[ROWS * COLUMNS], bits[ROWS * BYTES];
    const char *path = test_path("missing.h5");
    hol_dataset_writer *writer = NULL;
    hol_dataset_split split = {.name = "train", .columns = COLUMNS, .kind = HOL_DATASET_BINARY};
    if (!is_first()) return path;
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &split));
    for (int64_t first = 0; first < ROWS; first += 700) {
        const int64_t rows = ROWS - first < 700 ? ROWS - first : 700;
        fill(first, rows, values, bits);
        assert_ok(hol_dataset_writer_append_bytes(writer, rows, values));
        if (first + rows <= FIRST || first >= END) continue;
        const int64_t skipped = first < FIRST ? FIRST - first : 0;
        assert_ok(hol_dataset_writer_add_missing(writer, first + skipped, rows - skipped, bits + skipped * BYTES));
    }
    split.name = "test";
    fill(0, FIRST, values, bits);
    assert_ok(hol_dataset_writer_begin(writer, &split));
    assert_ok(hol_dataset_writer_append_bytes(writer, FIRST, values));
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
    return path;
}

static hol_dataset *open_split(const char *file, const char *split) {
    hol_dataset *dataset = NULL;
    char reference[4096];
    (void)snprintf(reference, sizeof reference, "%s:%s", file, split);
    assert_ok(hol_comm_barrier(test_comm));
    assert_ok(hol_dataset_open(test_comm, reference, "train", &dataset));
    return dataset;
}

static void test_missing_values_are_read_by_ranges(void **state) {
    (void)state;
    static uint8_t values[ROWS * COLUMNS], expected[ROWS * BYTES], bits[ROWS * BYTES];
    static float numbers[200 * COLUMNS];
    hol_dataset *dataset = open_split(write_file(), "train");
    assert_true(hol_dataset_has_missing(dataset));
    assert_int_equal(hol_dataset_get_kind(dataset), HOL_DATASET_BINARY);
    const int64_t pieces[][2] = {{0, ROWS}, {0, 1}, {4, 3}, {4095, 2}, {8190, 20}, {ROWS - 1, 1}, {17, 0}};
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        const int64_t first = pieces[p][0], rows = pieces[p][1];
        fill(first, rows, values, expected);
        memset(bits, 0xff, sizeof bits);
        assert_ok(hol_dataset_read_missing(dataset, first, rows, bits));
        assert_memory_equal(bits, expected, (size_t)(rows * BYTES));
    }
    assert_ok(hol_dataset_read_numbers(dataset, 8100, 200, numbers));
    for (int64_t r = 0; r < 200; r++)
        for (int64_t c = 0; c < COLUMNS; c++) {
            const float number = numbers[r * COLUMNS + c];
            assert_true(is_missing(8100 + r, c) ? isnan(number) : number == (float)value_of(8100 + r, c));
        }
    const hol_status refused = hol_dataset_refuse_missing(dataset, "a model of tests");
    assert_refused(refused, HOL_BAD_INPUT, ":/train: found missing values, which a model of tests cannot take");
    hol_dataset_close(dataset);
}

static void test_split_without_missing_values_has_none(void **state) {
    (void)state;
    uint8_t bits[FIRST * BYTES];
    hol_dataset *dataset = open_split(write_file(), "test");
    assert_false(hol_dataset_has_missing(dataset));
    assert_ok(hol_dataset_refuse_missing(dataset, "nothing"));
    memset(bits, 0xff, sizeof bits);
    assert_ok(hol_dataset_read_missing(dataset, 0, FIRST, bits));
    for (size_t i = 0; i < sizeof bits; i++) assert_int_equal(bits[i], 0);
    hol_dataset_close(dataset);
}

/* Each rank's share, as commands read it. */
static hol_status check_all(hol_dataset *dataset) {
    static uint16_t levels[ROWS * COLUMNS];
    static uint8_t bits[ROWS * BYTES];
    int64_t first = 0, rows = 0;
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &rows);
    hol_dataset_begin_check(dataset);
    assert_ok(hol_dataset_read(dataset, first, rows, levels));
    assert_ok(hol_dataset_read_missing(dataset, first, rows, bits));
    hol_dataset_end_check(dataset);
    return hol_dataset_check(test_comm, dataset);
}

/* Rank 0 changes what is missing in the first row that has anything, leaving the checksum, and seals the file. */
static void change(const char *path, uint8_t with) {
    uint8_t bits[BYTES];
    assert_ok(hol_comm_barrier(test_comm)); /* none reads it any more */
    if (!is_first()) return;
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(file, "/missing/train", H5P_DEFAULT);
    assert_ok(hol_h5_read_rows(set, path, H5T_NATIVE_UINT8, FIRST, 1, bits));
    bits[1] ^= with;
    assert_ok(hol_h5_write_rows(set, path, H5T_NATIVE_UINT8, FIRST, 1, bits));
    hol_h5_close(&set);
    hol_h5_close(&file);
    assert_ok(hol_seal_append(test_comm, path, path));
}

static void test_damage_is_noticed(void **state) {
    (void)state;
    const char *path = write_file();
    uint8_t bits[BYTES];
    hol_dataset *dataset = open_split(path, "train");
    assert_ok(check_all(dataset));
    hol_dataset_close(dataset);
    change(path, 1);
    dataset = open_split(path, "train");
    assert_refused(check_all(dataset), HOL_BAD_INPUT, "/missing/train: checksum found");
    hol_dataset_close(dataset);
    change(path, 1 << COLUMNS % 8);
    dataset = open_split(path, "train");
    assert_refused(hol_dataset_read_missing(dataset, 0, 6, (uint8_t[6 * BYTES]){0}), HOL_BAD_INPUT,
                   "/missing/train: row 5 (from 0): found bits behind those of the 13 columns, expected none");
    assert_ok(hol_dataset_read_missing(dataset, 6, 1, bits));
    hol_dataset_close(dataset);
}

/* What says the bits of another data set. */
static void test_other_sizes_are_refused(void **state) {
    (void)state;
    const char *path = write_file();
    hol_dataset *dataset = NULL;
    if (is_first()) {
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(H5Ldelete(file, "/missing/train", H5P_DEFAULT) >= 0);
        assert_true(H5Lcreate_hard(file, "/test", file, "/missing/train", H5P_DEFAULT, H5P_DEFAULT) >= 0);
        hol_h5_close(&file);
    }
    assert_ok(hol_comm_barrier(test_comm));
    assert_refused(hol_dataset_open(test_comm, path, "train", &dataset), HOL_BAD_INPUT,
                   "/missing/train: found 5 rows of 13, expected 9000 of 2 bytes: a bit a column");
}

/* Missing values say nothing of a column. */
static void test_survey_leaves_missing_values_out(void **state) {
    (void)state;
    static const uint16_t levels[4][3] = {{0, 65535, 0}, {0, 0, 0}, {0, 65535, 0}, {65535, 65535, 0}};
    static const uint8_t bits[4] = {4, 7, 4,
                                    5}; /* column 0 is 0, ?, 0, ?; column 1 is 1, ?, 1, 1; column 2 is never known */
    hol_survey *survey = NULL;
    int64_t first = -1;
    assert_ok(hol_survey_create(3, &survey));
    hol_survey_add_levels(survey, HOL_DATASET_BINARY, 0, 4, &levels[0][0], bits);
    assert_int_equal(survey->unknown, 1);
    assert_true(survey->known[0] == 2 && survey->known[1] == 3 && survey->known[2] == 0);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, 0.5, &first), 3);
    hol_survey_add_levels(survey, HOL_DATASET_BINARY, 4, 1, (const uint16_t[]){65535, 65535, 0}, NULL);
    assert_int_equal(hol_survey_count_constant(survey, HOL_SURVEY_THRESHOLD, 0.5, &first), 2);
    assert_int_equal(first, 1);
    assert_ok(hol_survey_join(test_comm, survey));
    assert_int_equal(survey->known[1], 4 * hol_comm_size(test_comm));
    assert_int_equal(survey->unknown, hol_comm_size(test_comm));
    hol_survey_destroy(survey);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_values_are_read_by_ranges),
        cmocka_unit_test(test_split_without_missing_values_has_none), cmocka_unit_test(test_damage_is_noticed),
        cmocka_unit_test(test_other_sizes_are_refused), cmocka_unit_test(test_survey_leaves_missing_values_out)};
    return hol_test_main(argc, argv, "dataset_missing", tests, HOL_TEST_COUNT(tests));
}
