/* test_dataset_states: how many states columns have, by the file's word or by a look at all values. */
#include "support.h"

#include "io/dataset.h"
#include "io/dataset_notes.h"

enum { ROWS = 1000, COLUMNS = 3 };

/* Column c has c + 2 states, the largest in one row; a note of other numbers where one is given. */
static const char *write_file(hol_dataset_kind kind, const int32_t *cardinalities, const int32_t *counts) {
    static uint8_t values[ROWS * COLUMNS];
    static const char *const names[] = {"amber", "blue", "", "red", "white"};
    const char *path = test_path("states.h5");
    const hol_dataset_split split = {.name = "train", .columns = COLUMNS, .kind = kind, .maximum = 7};
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_comm_barrier(test_comm));
    if (hol_comm_rank(test_comm) == 0) {
        for (int64_t r = 0; r < ROWS; r++)
            for (int64_t c = 0; c < COLUMNS; c++)
                values[r * COLUMNS + c] = kind == HOL_DATASET_BINARY ? 0 : r == 997 - 400 * c ? (uint8_t)(c + 1) : 0;
        assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
        assert_ok(hol_dataset_writer_begin(writer, &split));
        assert_ok(hol_dataset_writer_append_bytes(writer, ROWS, values));
        if (cardinalities) assert_ok(hol_dataset_writer_add_states(writer, COLUMNS, cardinalities, counts, names));
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
    }
    assert_ok(hol_comm_barrier(test_comm));
    return path;
}

static hol_status find(const char *path, int32_t *cardinalities) {
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
    const hol_status status = hol_dataset_find_cardinalities(test_comm, dataset, cardinalities);
    hol_dataset_close(dataset);
    return status;
}

static void test_cardinalities_are_found(void **state) {
    (void)state;
    static const int32_t counts[] = {0, 5, 0};
    int32_t found[COLUMNS] = {0};
    assert_ok(find(write_file(HOL_DATASET_STATES, NULL, NULL), found));
    assert_true(found[0] == 2 && found[1] == 3 && found[2] == 4);
    assert_ok(find(write_file(HOL_DATASET_BYTES, NULL, NULL), found));
    assert_true(found[0] == 2 && found[1] == 3 && found[2] == 4);
    assert_ok(find(write_file(HOL_DATASET_BINARY, NULL, NULL), found));
    assert_true(found[0] == 2 && found[1] == 2 && found[2] == 2);
    assert_ok(find(write_file(HOL_DATASET_STATES, (const int32_t[]){2, 5, 256}, counts), found));
    assert_true(found[0] == 2 && found[1] == 5 && found[2] == 256);
}

static void test_names_are_read_again(void **state) {
    (void)state;
    hol_dataset_states states = {0};
    const char *path = write_file(HOL_DATASET_STATES, (const int32_t[]){3, 2, 4}, (const int32_t[]){3, 2, 0});
    assert_ok(hol_dataset_read_states(NULL, path, &states));
    assert_true(states.columns == 3 && states.cardinalities[2] == 4);
    assert_true(states.first_names[0] == 0 && states.first_names[1] == 3 && states.first_names[2] == 5 &&
                states.first_names[3] == 5);
    assert_string_equal(states.names[1], "blue");
    assert_string_equal(states.names[2], "");
    assert_string_equal(states.names[4], "white");
    hol_dataset_states_clear(&states);
    path = write_file(HOL_DATASET_STATES, NULL, NULL);
    assert_ok(hol_dataset_read_states(NULL, path, &states));
    assert_int_equal(states.columns, 0);
}

static void test_wrong_notes_are_refused(void **state) {
    (void)state;
    int32_t found[COLUMNS] = {0};
    const int32_t none[COLUMNS] = {0};
    assert_refused(find(write_file(HOL_DATASET_STATES, (const int32_t[]){2, 1, 4}, none), found), HOL_BAD_INPUT,
                   "/states/cardinalities: column 1 (from 0): found 1, expected 2 to 256");
    assert_refused(find(write_file(HOL_DATASET_STATES, (const int32_t[]){2, 257, 4}, none), found), HOL_BAD_INPUT,
                   "/states/cardinalities: column 1 (from 0): found 257, expected 2 to 256");
    assert_refused(find(write_file(HOL_DATASET_STATES, (const int32_t[]){2, 3, 4}, (const int32_t[]){0, 0, 5}), found),
                   HOL_BAD_INPUT, "/states/counts: column 2 (from 0): found 5, expected 0 to 4");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cardinalities_are_found),
                                       cmocka_unit_test(test_names_are_read_again),
                                       cmocka_unit_test(test_wrong_notes_are_refused)};
    return hol_test_main(argc, argv, "dataset_states", tests, HOL_TEST_COUNT(tests));
}
