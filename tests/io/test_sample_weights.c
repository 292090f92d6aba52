/* sample_weights: the rule by its definition; what is no weight is refused; what a data set has itself is found. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "io/dataset_notes.h"
#include "io/sample_weights.h"

static hol_sample_weights *make(int64_t rows, const double *numbers) {
    hol_sample_weights *weights = NULL;
    assert_ok(hol_sample_weights_create("w", rows, numbers, &weights));
    return weights;
}

/* Whole numbers and binary fractions keep their ratios; the scale of all does not matter to the last bit. */
static void test_ratios_of_binary_fractions_are_exact(void **state) {
    (void)state;
    const double numbers[] = {1, 2, 3, 0, 0.125, 1000, 77.75};
    enum { ROWS = sizeof numbers / sizeof *numbers };
    for (int shift = -1000; shift <= 900; shift += 380) {
        double scaled[ROWS];
        for (int r = 0; r < ROWS; r++) scaled[r] = ldexp(numbers[r], shift);
        hol_sample_weights *weights = make(ROWS, scaled);
        int64_t sum = 0;
        for (int r = 0; r < ROWS; r++) {
            assert_true((double)weights->values[r] == numbers[r] * 0x1p21); /* 1000 lies below 2^10 */
            sum += weights->values[r];
        }
        assert_true(weights->sum == sum && weights->zeros == 1);
        hol_sample_weights_destroy(weights);
    }
}

/* Any others: within 2^-31 of the largest, relative to it; and those that are less become 0. */
static void test_others_are_rounded(void **state) {
    (void)state;
    enum { ROWS = 4000 };
    static double numbers[ROWS];
    double sum = 0, squares = 0, largest = 0;
    for (int r = 0; r < ROWS; r++) {
        const double u = hol_rng_uniform((hol_rng_key){{1, 9}}, (uint32_t)r, 0, 0, 0);
        numbers[r] = r % 9 == 0 ? 0 : -log(u) * (r % 10 == 0 ? 1e-12 : 3);
        sum += numbers[r];
        squares += numbers[r] * numbers[r];
        if (numbers[r] > largest) largest = numbers[r];
    }
    hol_sample_weights *weights = make(ROWS, numbers);
    uint32_t most = 0;
    int64_t zeros = 0;
    for (int r = 0; r < ROWS; r++)
        if (weights->values[r] > most) most = weights->values[r];
    assert_true(most >= 1u << 30 && most <= 1u << 31);
    for (int r = 0; r < ROWS; r++) {
        const double off = (double)weights->values[r] / (double)most - numbers[r] / largest;
        assert_true(fabs(off) <= 0x1p-30);
        zeros += weights->values[r] == 0;
        if (numbers[r] < largest * 0x1p-33) assert_int_equal(weights->values[r], 0);
        if (numbers[r] > largest * 0x1p-30) assert_true(weights->values[r] > 0);
    }
    assert_int_equal(weights->zeros, zeros);
    assert_true(fabs(weights->effective / (sum * sum / squares) - 1) < 1e-6);
    assert_true(weights->total == sum && weights->largest == largest);
    hol_sample_weights_destroy(weights);
}

static void test_what_is_no_weight_is_refused(void **state) {
    (void)state;
    hol_sample_weights *weights = NULL;
    const double bad[] = {-1, -1e-300, NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 5; k++) {
        const double numbers[] = {0, 1, bad[k], 2};
        assert_refused(hol_sample_weights_create("w", 4, numbers, &weights), HOL_BAD_INPUT,
                       "w: row 2 (from 0): found ");
        assert_null(weights);
    }
    const double none[] = {0, 0};
    assert_refused(hol_sample_weights_create("w", 2, none, &weights), HOL_BAD_INPUT, "all 0");
}

/* A file of three rows with these weights of its split, and such bits of missing values and labels; NULL: none. Each
 * rank has its own, but reads rank 0's. */
static hol_dataset *open_all(const double *numbers, int64_t rows, const uint8_t *missing, const int32_t *labels) {
    static const uint8_t bits[] = {0, 1, 1, 1, 0, 0};
    const hol_dataset_split split = {.name = "train", .columns = 2, .kind = HOL_DATASET_BINARY};
    char name[64];
    (void)snprintf(name, sizeof name, "%d-weights.h5", hol_comm_rank(test_comm));
    const char *path = test_path(name);
    hol_dataset_writer *writer = NULL;
    hol_dataset *dataset = NULL;
    assert_ok(hol_dataset_writer_create(test_comm, path, &writer));
    assert_ok(hol_dataset_writer_begin(writer, &split));
    assert_ok(hol_dataset_writer_append_bytes(writer, 3, bits));
    if (missing) assert_ok(hol_dataset_writer_add_missing(writer, 0, 3, missing));
    if (labels) assert_ok(hol_dataset_writer_add_labels(writer, "train", 3, labels, 0, NULL));
    if (numbers) assert_ok(hol_dataset_writer_add_weights(writer, "train", rows, numbers));
    assert_ok(hol_dataset_writer_finish(writer));
    hol_dataset_writer_destroy(writer);
    assert_ok(hol_dataset_open(test_comm, path, "train", &dataset));
    return dataset;
}

static hol_dataset *open_data(const double *numbers, int64_t rows) { return open_all(numbers, rows, NULL, NULL); }

/* What is read of a data set: the three rows' values, in units of 2^29. */
static void check_read(hol_dataset *dataset, const char *reference, int64_t unknown, bool are_alike,
                       const int *values) {
    hol_sample_weights *weights = NULL;
    assert_ok(hol_sample_weights_read(test_comm, reference, dataset, &weights));
    assert_non_null(weights);
    for (int r = 0; r < 3; r++) assert_int_equal(weights->values[r], (uint32_t)values[r] << 29);
    assert_int_equal(weights->unknown, unknown);
    assert_int_equal(weights->are_alike, are_alike);
    hol_sample_weights_destroy(weights);
}

/* Rows of two columns, the bits of which are missing: of 3 both. */
static void test_rows_of_which_nothing_is_known_do_not_count(void **state) {
    (void)state;
    const double numbers[] = {3, 3, 1}, equal[] = {7, 7, 7}, only[] = {0, 1, 0};
    const int32_t labels[] = {1, 0, HOL_LABEL_MISSING};
    const uint8_t missing[] = {1, 3, 2}, all[] = {3, 3, 3}, two[] = {1, 3, 3};
    hol_sample_weights *weights = NULL;
    hol_dataset *dataset = open_all(NULL, 0, missing, NULL);
    check_read(dataset, "", 1, true, (const int[]){2, 0, 2});
    check_read(dataset, "none", 1, true, (const int[]){2, 0, 2});
    hol_dataset_close(dataset);
    dataset = open_all(numbers, 3, missing, NULL);
    check_read(dataset, "", 1, false, (const int[]){3, 0, 1});
    hol_dataset_close(dataset);
    dataset = open_all(equal, 3, missing, NULL);
    check_read(dataset, "none", 1, true, (const int[]){2, 0, 2});
    assert_ok(hol_sample_weights_read(test_comm, "", dataset, &weights));
    assert_true(weights && weights->are_alike && weights->values[0] == weights->values[2] && weights->values[1] == 0);
    hol_sample_weights_destroy(weights);
    hol_dataset_close(dataset);
    dataset = open_all(only, 3, missing, NULL);
    assert_refused(hol_sample_weights_read(test_comm, "", dataset, &weights), HOL_BAD_INPUT, "all 0");
    hol_dataset_close(dataset);
    dataset = open_all(NULL, 0, all, NULL); /* as they are: there is nothing else */
    assert_ok(hol_sample_weights_read(test_comm, "", dataset, &weights));
    assert_null(weights);
    hol_dataset_close(dataset);
    dataset = open_all(NULL, 0, two, labels); /* a label is something */
    check_read(dataset, "", 2, true, (const int[]){2, 0, 0});
    assert_ok(hol_dataset_add_labels(test_comm, dataset, false));
    check_read(dataset, "", 1, true, (const int[]){2, 2, 0});
    hol_dataset_close(dataset);
}

static void test_own_weights_are_found(void **state) {
    (void)state;
    const double numbers[] = {3, 0, 1}, equal[] = {0.3, 0.3, 0.3}, negative[] = {1, 2, -3};
    hol_sample_weights *weights = NULL;
    hol_dataset *dataset = open_data(numbers, 3);
    assert_true(hol_dataset_has_weights(test_comm, hol_dataset_get_file(dataset), "/train"));
    assert_ok(hol_sample_weights_read(test_comm, "", dataset, &weights));
    assert_non_null(weights);
    assert_true(weights->values[0] == 3u << 29 && weights->values[1] == 0 && weights->values[2] == 1u << 29);
    hol_sample_weights_destroy(weights);
    assert_ok(hol_sample_weights_read(test_comm, hol_dataset_get_file(dataset), dataset, &weights)); /* FILE alone */
    assert_true(weights && weights->values[2] == 1u << 29);
    hol_sample_weights_destroy(weights);
    assert_ok(hol_sample_weights_read(test_comm, "none", dataset, &weights));
    assert_null(weights);
    hol_dataset_close(dataset);
    dataset = open_data(NULL, 0);
    assert_ok(hol_sample_weights_read(test_comm, "", dataset, &weights));
    assert_null(weights);
    hol_dataset_close(dataset);
    dataset = open_data(equal, 3);
    assert_ok(hol_sample_weights_read(test_comm, "", dataset, &weights));
    assert_null(weights);
    hol_dataset_close(dataset);
    dataset = open_data(negative, 3);
    assert_refused(hol_sample_weights_read(test_comm, "", dataset, &weights), HOL_BAD_INPUT,
                   "/weights/train: row 2 (from 0): found -3, expected a weight");
    hol_dataset_close(dataset);
    dataset = open_data(numbers, 2);
    assert_refused(hol_sample_weights_read(test_comm, "", dataset, &weights), HOL_BAD_INPUT,
                   "/weights/train: found 2 weights, expected 3, one for each row of ");
    hol_dataset_close(dataset);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratios_of_binary_fractions_are_exact),
        cmocka_unit_test(test_others_are_rounded),
        cmocka_unit_test(test_what_is_no_weight_is_refused),
        cmocka_unit_test(test_own_weights_are_found),
        cmocka_unit_test(test_rows_of_which_nothing_is_known_do_not_count),
    };
    return hol_test_main(argc, argv, "sample_weights", tests, HOL_TEST_COUNT(tests));
}
