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
    assert_true(hol_dataset_is_note("/alphabet") && hol_dataset_is_note("/names/train"));
    assert_false(hol_dataset_is_note("/train") || hol_dataset_is_note("/labelsx") || hol_dataset_is_note("/names"));
    assert_true(hol_dataset_is_ours(test_comm, write_notes(NULL, NULL, NULL)));
    assert_false(hol_dataset_is_ours(test_comm, test_path("nothing.h5")));
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_dataset_writer_create(test_comm, own_path(), &writer));
    assert_refused(hol_dataset_writer_begin(writer, &(hol_dataset_split){.name = "labels", .columns = 1}), HOL_USAGE,
                   "found the name \"labels\" of a split, which holds the rows' labels");
    hol_dataset_writer_destroy(writer);
}

/* As write_notes, of two rows of two states each, with an alphabet, cardinalities and names; NULL for none. */
static const char *write_sequences(const hol_alphabet *alphabet, int32_t cardinality, int64_t rows,
                                   const char *const *names) {
    static const uint8_t states[] = {0, 2, 1, 0};
    const int32_t cardinalities[] = {cardinality, cardinality}, counts[] = {0, 0};
    const hol_dataset_split split = {.name = "train", .columns = 2, .kind = HOL_DATASET_STATES, .maximum = 2};
    const char *path = own_path();
    hol_dataset_writer *writer = NULL;
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &split));
    assert_ok(hol_dataset_writer_append_bytes(writer, 2, states));
    assert_ok(hol_dataset_writer_add_states(writer, 2, cardinalities, counts, NULL));
    if (alphabet) assert_ok(hol_dataset_writer_add_alphabet(writer, alphabet));
    if (names) assert_ok(hol_dataset_writer_add_names(writer, "train", rows, names));
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
    return path;
}

static void test_alphabet_is_read_again(void **state) {
    (void)state;
    hol_alphabet alphabet, found;
    assert_ok(hol_alphabet_parse("it", "-ab", &alphabet));
    assert_ok(hol_dataset_read_alphabet(test_comm, write_sequences(&alphabet, 3, 0, NULL), &found));
    assert_int_equal(found.count, 3);
    assert_string_equal(found.letters, "-ab");
    assert_ok(hol_dataset_read_alphabet(test_comm, write_sequences(NULL, 3, 0, NULL), &found));
    assert_int_equal(found.count, 0);
    assert_refused(hol_dataset_read_alphabet(test_comm, write_sequences(&alphabet, 4, 0, NULL), &found), HOL_BAD_INPUT,
                   "/alphabet: found 3 letters, expected 4, the states of column 0");
    alphabet.letters[2] = '-';
    assert_refused(hol_dataset_read_alphabet(test_comm, write_sequences(&alphabet, 3, 0, NULL), &found), HOL_BAD_INPUT,
                   "/alphabet: found a letter twice, expected the letters of an alphabet");
    assert_int_equal(found.count, 0);
}

/* More of them than are written at a time. */
static void test_names_are_read_again(void **state) {
    (void)state;
    enum { MANY = 5000, SIZE = 8 };
    static char texts[MANY][SIZE];
    static const char *names[MANY];
    char **found = NULL;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], SIZE, "r%d", i * i % 10007);
        names[i] = texts[i];
    }
    names[1] = "";
    const char *path = write_sequences(NULL, 3, MANY, names);
    assert_ok(hol_dataset_read_names(test_comm, path, "/train", MANY, &found));
    for (int i = 0; i < MANY; i++) assert_string_equal(found[i], names[i]);
    hol_free(found);
    assert_refused(hol_dataset_read_names(test_comm, path, "/train", 2, &found), HOL_BAD_INPUT,
                   "/names/train: found 5000 names, expected 2, one a row");
    assert_ok(hol_dataset_read_names(test_comm, path, "/valid", 2, &found));
    assert_null(found);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_read_again), cmocka_unit_test(test_labels_are_read_again),
        cmocka_unit_test(test_alphabet_is_read_again), cmocka_unit_test(test_names_are_read_again),
        cmocka_unit_test(test_notes_are_no_samples)};
    return hol_test_main(argc, argv, "dataset_notes", tests, HOL_TEST_COUNT(tests));
}
