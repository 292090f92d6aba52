/* test_dataset_labels: labels as a column of states behind the others, against the rows as they were written. */
#include "support.h"

#include "io/dataset.h"
#include "io/dataset_notes.h"

enum { ROWS = 9001, COLUMNS = 16, ALL = COLUMNS + 1, BYTES = 2, ALL_BYTES = 3 };

static int64_t value_of(int64_t row, int64_t column, int64_t states) { return (row * 7 + column * column) % states; }
static int32_t label_of(int64_t row) { return (int32_t)(row * 13 % 5); }
static bool is_labelled(int64_t row, bool some) { return !some || row * row % 7 != 2; }

/* A split of bits, states or grey levels with labels, in all rows or some, and one with a label more. */
static const char *write_labels(hol_dataset_kind kind, int32_t more, int32_t least, bool missing, bool some) {
    static uint8_t values[ROWS * COLUMNS];
    static int32_t labels[ROWS];
    const char *path = test_path("labels.h5");
    hol_dataset_split split = {
        .name = "train", .columns = COLUMNS, .kind = kind, .maximum = 2, .height = 4, .width = 4};
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_comm_barrier(test_comm));
    if (hol_comm_rank(test_comm) == 0) {
        for (int64_t i = 0; i < ROWS * COLUMNS; i++)
            values[i] = (uint8_t)value_of(i / COLUMNS, i % COLUMNS, kind == HOL_DATASET_BINARY ? 2 : 3);
        for (int64_t r = 0; r < ROWS; r++) labels[r] = is_labelled(r, some) ? label_of(r) : HOL_LABEL_MISSING;
        labels[1] += least;
        assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
        assert_ok(hol_dataset_writer_begin(writer, &split));
        assert_ok(hol_dataset_writer_append_bytes(writer, ROWS, values));
        if (missing) assert_ok(hol_dataset_writer_add_missing(writer, 5, 1, (const uint8_t[]){0x81, 0x80}));
        assert_ok(hol_dataset_writer_add_labels(writer, "train", ROWS, labels, 0, NULL));
        split.name = "test";
        assert_ok(hol_dataset_writer_begin(writer, &split));
        assert_ok(hol_dataset_writer_append_bytes(writer, 1, values));
        assert_ok(hol_dataset_writer_add_labels(writer, "test", 1, &more, 0, NULL));
        split.name = "plain";
        assert_ok(hol_dataset_writer_begin(writer, &split));
        assert_ok(hol_dataset_writer_append_bytes(writer, 1, values));
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
    }
    assert_ok(hol_comm_barrier(test_comm));
    return path;
}

static const char *write_file(hol_dataset_kind kind, int32_t more, int32_t least, bool missing) {
    return write_labels(kind, more, least, missing, false);
}

/* one: the level of a state, or byte, 1 */
static void check_some(hol_dataset *dataset, int64_t first, int64_t rows, int64_t states, int missing_row, int one,
                       bool some) {
    static uint16_t levels[ROWS * ALL];
    static uint8_t bits[ROWS * ALL_BYTES];
    assert_ok(hol_dataset_read(dataset, first, rows, levels));
    memset(bits, 0xff, sizeof bits);
    assert_ok(hol_dataset_read_missing(dataset, first, rows, bits));
    for (int64_t r = 0; r < rows; r++) {
        const bool has_label = is_labelled(first + r, some);
        for (int64_t c = 0; c < COLUMNS; c++)
            assert_int_equal(levels[r * ALL + c], one * value_of(first + r, c, states));
        assert_int_equal(levels[r * ALL + COLUMNS], has_label ? label_of(first + r) : 0);
        for (int64_t c = 0; c < ALL; c++) {
            const bool expected = c == COLUMNS ? !has_label : first + r == missing_row && (c == 0 || c == 7 || c == 15);
            assert_int_equal(hol_dataset_is_missing(bits + r * ALL_BYTES, c), expected);
        }
    }
}

static void check(hol_dataset *dataset, int64_t first, int64_t rows, int64_t states, int missing_row) {
    check_some(dataset, first, rows, states, missing_row, 1, false);
}

/* Of bits, states and grey bytes, with other missing values and without. */
static void test_rows_may_have_no_label(void **state) {
    (void)state;
    static const hol_dataset_kind kinds[] = {HOL_DATASET_BINARY, HOL_DATASET_STATES, HOL_DATASET_BYTES};
    for (int k = 0; k < 6; k++) {
        const hol_dataset_kind kind = kinds[k / 2];
        const int missing = k % 2, row = missing ? 5 : -1, one = kind == HOL_DATASET_BYTES ? 257 : 1;
        const int64_t states = kind == HOL_DATASET_BINARY ? 2 : 3;
        hol_dataset *dataset = NULL;
        int64_t lacking = 0;
        hol_dataset_labels found;
        const char *path = write_labels(kind, 7, 0, missing, true);
        assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
        assert_int_equal(hol_dataset_has_missing(dataset), missing);
        assert_ok(hol_dataset_add_labels(test_comm, dataset, false));
        assert_true(hol_dataset_has_missing(dataset) && !hol_dataset_lacks_labels(dataset));
        check_some(dataset, 0, ROWS, states, row, one, true);
        check_some(dataset, 4090, 20, states, -1, one, true);
        hol_dataset_close(dataset);
        for (int64_t r = 0; r < ROWS; r++) lacking += !is_labelled(r, true);
        assert_ok(hol_dataset_read_labels(test_comm, path, "/labels/train", &found));
        assert_true(found.missing == lacking && found.least == 0 && found.most == 4 && found.rows == ROWS);
    }
}

/* Levels stay levels, of columns of two states. */
static void test_grey_levels_beside_labels(void **state) {
    (void)state;
    hol_dataset *dataset = NULL;
    int32_t found[ALL];
    assert_ok(hol_dataset_open(test_comm, write_file(HOL_DATASET_BYTES, 7, 0, true), "train", &dataset));
    assert_false(hol_dataset_is_labelled_grey(dataset));
    assert_ok(hol_dataset_add_labels(test_comm, dataset, false));
    assert_true(hol_dataset_is_labelled_grey(dataset));
    assert_int_equal(hol_dataset_get_kind(dataset), HOL_DATASET_STATES);
    assert_int_equal(hol_dataset_get_column_kind(dataset), HOL_DATASET_BYTES);
    check_some(dataset, 0, ROWS, 3, 5, 257, false);
    assert_ok(hol_dataset_find_cardinalities(test_comm, dataset, found));
    for (int c = 0; c < COLUMNS; c++) assert_int_equal(found[c], 2);
    assert_int_equal(found[COLUMNS], 8);
    hol_dataset_close(dataset);
}

static void test_labels_are_the_last_column(void **state) {
    (void)state;
    for (int states = 2; states <= 3; states++)
        for (int missing = 0; missing < 2; missing++) {
            const char *path = write_file(states == 2 ? HOL_DATASET_BINARY : HOL_DATASET_STATES, 7, 0, missing > 0);
            hol_dataset *dataset = NULL;
            int32_t found[ALL];
            int64_t height = 1, width = 1;
            assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
            assert_int_equal(hol_dataset_get_columns(dataset), COLUMNS);
            assert_ok(hol_dataset_add_labels(test_comm, dataset, false));
            assert_int_equal(hol_dataset_get_columns(dataset), ALL);
            assert_int_equal(hol_dataset_get_kind(dataset), HOL_DATASET_STATES);
            assert_false(hol_dataset_is_binary(dataset) || hol_dataset_get_shape(dataset, &height, &width));
            hol_dataset_begin_check(dataset);
            check(dataset, 0, ROWS, states, missing ? 5 : -1);
            hol_dataset_end_check(dataset);
            check(dataset, 4090, 20, states, -1);
            check(dataset, ROWS - 1, 1, states, -1);
            check(dataset, 5, 1, states, missing ? 5 : -1);
            assert_ok(hol_dataset_find_cardinalities(test_comm, dataset, found));
            for (int c = 0; c < COLUMNS; c++) assert_int_equal(found[c], states);
            assert_int_equal(found[COLUMNS], 8); /* the other split's 7, too */
            hol_dataset_close(dataset);
        }
}

/* By rows of 16 columns, whose bits of missing values fill two bytes, and the label's a third. */
static void test_labels_may_be_lacking(void **state) {
    (void)state;
    const char *path = write_file(HOL_DATASET_STATES, 0, 0, false);
    hol_dataset *dataset = NULL;
    uint16_t levels[ALL];
    uint8_t bits[ALL_BYTES];
    assert_ok(hol_dataset_open(test_comm, path, "plain", &dataset));
    assert_false(hol_dataset_has_missing(dataset));
    assert_ok(hol_dataset_add_labels(test_comm, dataset, true));
    assert_int_equal(hol_dataset_get_columns(dataset), ALL);
    assert_true(hol_dataset_has_missing(dataset));
    assert_ok(hol_dataset_read(dataset, 0, 1, levels));
    assert_ok(hol_dataset_read_missing(dataset, 0, 1, bits));
    for (int64_t c = 0; c < COLUMNS; c++) assert_int_equal(levels[c], value_of(0, c, 3));
    for (int64_t c = 0; c < ALL; c++) assert_int_equal(hol_dataset_is_missing(bits, c), c == COLUMNS);
    hol_dataset_close(dataset);
}

static void refuse(const char *path, const char *split, const char *part) {
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open(test_comm, path, split, &dataset));
    assert_refused(hol_dataset_add_labels(test_comm, dataset, false), HOL_BAD_INPUT, part);
    hol_dataset_close(dataset);
}

static void test_what_is_no_column_is_refused(void **state) {
    (void)state;
    refuse(write_file(HOL_DATASET_BINARY, 0, 0, false), "plain", ":/plain: found no labels, expected some");
    refuse(write_file(HOL_DATASET_BINARY, 256, 0, false), "train",
           ":/labels/test: found labels from 256 to 256, expected 0 to 255 for a column of states");
    refuse(write_file(HOL_DATASET_BINARY, 0, -9, false), "test",
           ":/labels/train: found labels from -6 to 4, expected 0 to 255 for a column of states");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_are_the_last_column), cmocka_unit_test(test_labels_may_be_lacking),
        cmocka_unit_test(test_rows_may_have_no_label), cmocka_unit_test(test_grey_levels_beside_labels),
        cmocka_unit_test(test_what_is_no_column_is_refused)};
    return hol_test_main(argc, argv, "dataset_labels", tests, HOL_TEST_COUNT(tests));
}
