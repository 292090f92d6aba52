/* binarize: grey levels beside a label become the bits that they are without one, and the label its state's unit. */
#include "support.h"

#include "base/alloc.h"
#include "io/dataset_notes.h"
#include "num/bits.h"
#include "train/binarize.h"

enum { ROWS = 300, COLUMNS = 24, ID_BITS = 9, CLASSES = 3, UNITS = COLUMNS + CLASSES, BATCH = 150, STEPS = 5 };

/* The first columns show the row's number for sure; the others are grey. */
static uint8_t byte_of(int64_t row, int64_t column) {
    if (column < ID_BITS) return row >> column & 1 ? 255 : 0;
    return (uint8_t)((row * 37 + column * 53) % 256);
}
static bool is_labelled(int64_t row) { return row % 4 != 1; }
static int label_of(int64_t row) { return (int)(row * row % CLASSES); }

static const char *write_file(void) {
    const char *path = test_path("grey.h5");
    const hol_dataset_split split = {.name = "train", .columns = COLUMNS, .kind = HOL_DATASET_BYTES};
    hol_dataset_writer *writer = NULL;
    static uint8_t bytes[ROWS * COLUMNS];
    static int32_t labels[ROWS];
    assert_ok(hol_comm_barrier(test_comm));
    for (int64_t i = 0; i < ROWS * COLUMNS; i++) bytes[i] = byte_of(i / COLUMNS, i % COLUMNS);
    for (int64_t r = 0; r < ROWS; r++) labels[r] = is_labelled(r) ? label_of(r) : HOL_LABEL_MISSING;
    if (hol_comm_rank(test_comm) == 0) {
        assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
        assert_ok(hol_dataset_writer_begin(writer, &split));
        assert_ok(hol_dataset_writer_append_bytes(writer, ROWS, bytes));
        assert_ok(hol_dataset_writer_add_labels(writer, "train", ROWS, labels, 0, NULL));
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
    }
    assert_ok(hol_comm_barrier(test_comm));
    return path;
}

/* Columns of two states, a unit each, and the label's. */
typedef struct layout {
    int32_t cardinalities[COLUMNS + 1];
    int64_t first_units[COLUMNS + 2];
    hol_columns columns;
} layout;

static void make_layout(layout *l) {
    for (int64_t c = 0; c <= COLUMNS; c++) {
        l->cardinalities[c] = c < COLUMNS ? 2 : CLASSES;
        l->first_units[c] = c;
    }
    l->first_units[COLUMNS + 1] = UNITS;
    l->columns = (hol_columns){COLUMNS + 1, l->cardinalities, l->first_units};
}

/* with the label, or without */
static hol_dataset *open_data(const char *path, bool with_label) {
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
    if (with_label) assert_ok(hol_dataset_add_labels(test_comm, dataset, false));
    return dataset;
}

static hol_binarizer make_binarizer(const layout *l, bool resample, uint16_t threshold) {
    return (hol_binarizer){.resample = resample,
                           .threshold = threshold,
                           .seed = 11,
                           .columns = l ? &l->columns : NULL,
                           .units = l ? UNITS : COLUMNS,
                           .takes_missing = true};
}

/* The label's units of a row, and what is known of them. */
static void check_label(int64_t row, const uint8_t *units, const uint8_t *known) {
    for (int s = 0; s < CLASSES; s++) {
        assert_int_equal(known[s], is_labelled(row));
        assert_int_equal(units[s], is_labelled(row) && label_of(row) == s);
    }
}

/* By threshold, 0 among them, and drawn. */
static void test_bytes_are_those_without_a_label(void **state) {
    (void)state;
    static const uint16_t thresholds[] = {0, 1, 257 * 90, 32768, 65535};
    const char *path = write_file();
    hol_dataset *plain = open_data(path, false), *labelled = open_data(path, true);
    static uint8_t bytes[ROWS * COLUMNS], units[ROWS * UNITS], known[ROWS * UNITS];
    layout l;
    make_layout(&l);
    for (int k = 0; k < 6; k++) {
        const bool resample = k == 5;
        const hol_binarizer one = make_binarizer(NULL, resample, thresholds[k % 5]);
        const hol_binarizer other = make_binarizer(&l, resample, thresholds[k % 5]);
        assert_ok(hol_binarize_bytes(plain, &one, 0, ROWS, bytes, NULL));
        assert_ok(hol_binarize_bytes(labelled, &other, 0, ROWS, units, known));
        for (int64_t r = 0; r < ROWS; r++) {
            assert_memory_equal(bytes + r * COLUMNS, units + r * UNITS, COLUMNS);
            check_label(r, units + r * UNITS + COLUMNS, known + r * UNITS + COLUMNS);
        }
    }
    hol_dataset_close(plain);
    hol_dataset_close(labelled);
}

static hol_batches *load(hol_dataset *dataset, const hol_binarizer *binarizer) {
    const hol_batches_options o = {.samples = ROWS,
                                   .units = binarizer->units,
                                   .batch_size = BATCH,
                                   .seed = binarizer->seed,
                                   .resample = binarizer->resample,
                                   .threshold = binarizer->columns ? 1 : binarizer->threshold,
                                   .blocks = hol_bits_blocks(BATCH),
                                   .missing = hol_dataset_has_missing(dataset)};
    hol_batches *batches = NULL;
    assert_ok(hol_batches_create(&o, &batches));
    assert_ok(hol_binarize_batches(dataset, binarizer, batches));
    return batches;
}

/* In each pass anew, where they are drawn. */
static void test_batches_are_those_without_a_label(void **state) {
    (void)state;
    enum { BLOCKS = (BATCH + 63) / 64 };
    const char *path = write_file();
    hol_dataset *plain = open_data(path, false), *labelled = open_data(path, true);
    static uint64_t one[BLOCKS * UNITS], other[BLOCKS * UNITS], known[BLOCKS * UNITS];
    layout l;
    make_layout(&l);
    for (int resample = 0; resample < 2; resample++) {
        const hol_binarizer a = make_binarizer(NULL, resample, 30000), b = make_binarizer(&l, resample, 30000);
        hol_batches *without = load(plain, &a), *with = load(labelled, &b);
        for (int64_t step = 0; step < STEPS; step++) {
            hol_batches_fill(without, step, one, UNITS);
            hol_batches_fill(with, step, other, UNITS);
            hol_batches_fill_known(with, step, known, UNITS);
            for (int64_t lane = 0; lane < BATCH; lane++) {
                const int64_t at = lane / 64 * UNITS;
                uint8_t units[CLASSES], is_known[CLASSES];
                int64_t row = 0;
                for (int64_t i = 0; i < ID_BITS; i++) row |= (int64_t)(other[at + i] >> lane % 64 & 1) << i;
                for (int64_t i = 0; i < COLUMNS; i++)
                    assert_int_equal(one[at + i] >> lane % 64 & 1, other[at + i] >> lane % 64 & 1);
                for (int64_t i = 0; i < CLASSES; i++) {
                    units[i] = other[at + COLUMNS + i] >> lane % 64 & 1;
                    is_known[i] = known[at + COLUMNS + i] >> lane % 64 & 1;
                }
                check_label(row, units, is_known);
            }
        }
        hol_batches_destroy(without);
        hol_batches_destroy(with);
    }
    hol_dataset_close(plain);
    hol_dataset_close(labelled);
}

/* Constant columns are told by the bits, the label by its states. */
static void test_survey_tells_bits_and_labels_apart(void **state) {
    (void)state;
    hol_dataset *labelled = open_data(write_file(), true);
    static uint8_t units[ROWS * UNITS], known[ROWS * UNITS];
    layout l;
    make_layout(&l);
    for (int k = 0; k < 2; k++) {
        hol_binarizer b = make_binarizer(&l, false, k == 0 ? 30000 : 65535);
        int64_t constant = -1, expected = 0;
        assert_ok(hol_survey_create(COLUMNS + 1, &b.survey));
        assert_ok(hol_binarize_bytes(labelled, &b, 0, ROWS, units, known));
        assert_ok(hol_survey_join(test_comm, b.survey));
        assert_ok(hol_binarize_check_survey(&b, "d", &constant));
        for (int64_t c = 0; c < COLUMNS; c++) {
            int64_t ones = 0;
            for (int64_t r = 0; r < ROWS; r++) ones += units[r * UNITS + c];
            expected += ones == 0 || ones == ROWS;
        }
        assert_int_equal(constant, expected);
        assert_int_equal(b.survey->most[COLUMNS], 1); /* squares are 0 or 1 modulo 3 */
        hol_survey_destroy(b.survey);
    }
    hol_dataset_close(labelled);
}

/* Of a column that has three states, as of a field. */
static void test_grey_levels_are_no_states(void **state) {
    (void)state;
    hol_dataset *labelled = open_data(write_file(), true);
    layout l;
    make_layout(&l);
    l.cardinalities[4] = 3;
    const hol_binarizer b = make_binarizer(&l, false, 30000);
    assert_refused(hol_binarize_check(labelled, &b), HOL_BAD_INPUT,
                   ":/train: found grey levels, expected states, as column 4 (from 0) has 3");
    hol_dataset_close(labelled);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes_are_those_without_a_label),
                                       cmocka_unit_test(test_batches_are_those_without_a_label),
                                       cmocka_unit_test(test_survey_tells_bits_and_labels_apart),
                                       cmocka_unit_test(test_grey_levels_are_no_states)};
    return hol_test_main(argc, argv, "binarize", tests, HOL_TEST_COUNT(tests));
}
