/* test_dataset_notes: what is written beside the splits is read again. Not collective: each rank has its own file. */
#include "support.h"

#include "base/alloc.h"
#include "io/dataset_notes.h"

static const char *own_path(void) {
    char name[64];
    (void)snprintf(name, sizeof name, "%d-notes.h5", hol_comm_rank(test_comm));
    return test_path(name);
}

/* A file of two rows of three bits, with these names and labels; NULL for none. */
static const char *write_notes(const char *const *columns, const int32_t *labels, const char *const *classes) {
    static const uint8_t bits[] = {0, 1, 1, 1, 0, 0};
    const hol_dataset_split split = {.name = "train", .columns = 3, .kind = HOL_DATASET_BINARY};
    const char *path = own_path();
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &split));
    assert_ok(hol_dataset_writer_add_seed(writer, 7));
    assert_ok(hol_dataset_writer_append_bytes(writer, 2, bits));
    if (labels) assert_ok(hol_dataset_writer_add_labels(writer, "train", 2, labels, classes ? 2 : 0, classes));
    if (columns) assert_ok(hol_dataset_writer_add_columns(writer, 3, columns));
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
    return path;
}

static void test_columns_are_read_again(void **state) {
    (void)state;
    static const char *const columns[] = {"a", "", "h\xC3\xB6he, cm"};
    char **names = NULL;
    int64_t count = 0;
    assert_ok(hol_dataset_read_columns(test_comm, write_notes(columns, NULL, NULL), &names, &count));
    assert_int_equal(count, 3);
    for (int c = 0; c < 3; c++) assert_string_equal(names[c], columns[c]);
    hol_free(names);
    assert_ok(hol_dataset_read_columns(test_comm, write_notes(NULL, NULL, NULL), &names, &count));
    assert_true(count == 0 && names == NULL);
}

static void test_labels_are_read_again(void **state) {
    (void)state;
    static const char *const classes[] = {"ash", "oak"};
    hol_dataset_labels labels;
    const char *path = write_notes(NULL, (const int32_t[]){1, 0}, classes);
    assert_ok(hol_dataset_read_labels(test_comm, path, "/labels/train", &labels));
    assert_true(labels.rows == 2 && labels.least == 0 && labels.most == 1 && labels.classes == 2);
    assert_string_equal(labels.names[1], "oak");
    hol_free(labels.names);
    assert_refused(hol_dataset_read_labels(test_comm, path, "/train", &labels), HOL_BAD_INPUT, "/train: found no list");
    path = write_notes(NULL, (const int32_t[]){-5, 300}, NULL);
    assert_ok(hol_dataset_read_labels(test_comm, path, "/labels/train", &labels));
    assert_true(labels.least == -5 && labels.most == 300 && labels.names == NULL);
}

static void test_notes_are_no_samples(void **state) {
    (void)state;
    assert_true(hol_dataset_is_note("/columns") && hol_dataset_is_note("/labels/train"));
    assert_false(hol_dataset_is_note("/train") || hol_dataset_is_note("/labelsx"));
    assert_true(hol_dataset_is_ours(test_comm, write_notes(NULL, NULL, NULL)));
    assert_false(hol_dataset_is_ours(test_comm, test_path("nothing.h5")));
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_dataset_writer_create(test_comm, own_path(), &writer));
    assert_refused(hol_dataset_writer_begin(writer, &(hol_dataset_split){.name = "labels", .columns = 1}), HOL_USAGE,
                   "found the name \"labels\" of a split, which holds the rows' labels");
    hol_dataset_writer_destroy(writer);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns_are_read_again),
                                       cmocka_unit_test(test_labels_are_read_again),
                                       cmocka_unit_test(test_notes_are_no_samples)};
    return hol_test_main(argc, argv, "dataset_notes", tests, HOL_TEST_COUNT(tests));
}
