/* likelihood: models whose every state can be counted, on rows that are known: enumerated here. */
#include "support.h"

#include <math.h>

#include "cli/likelihood.h"
#include "io/dataset.h"

/* spins 0 and 1 on a ring */
enum { UNITS = 8, STATES = 1 << UNITS, ROWS = 150 };

#define assert_near(found, expected, within)                                                                           \
    do {                                                                                                               \
        const double found_ = (found), expected_ = (expected);                                                         \
        if (!(fabs(found_ - expected_) <= (within))) fail_msg("%s: %.9g, expected %.9g", #found, found_, expected_);   \
    } while (0)

static const double couplings[] = {0.8, 0.3}; /* of the two models */

/* rows with more and less of equal neighbours, unit by unit */
static int bit(int64_t row, int64_t unit) {
    return (int)((row * 37 + (row >> 2) * (unit / 3) + row % 5 * unit) >> 3 & 1);
}

static void write_config(const char *name, double coupling) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s", test_path(name));
    if (hol_comm_rank(test_comm) == 0) {
        FILE *to = fopen(path, "w");
        assert_non_null(to);
        (void)fprintf(
            to,
            "model: {kind: ising, lattice: 8, periodic: true, spins: binary, couplings: shared, coupling: %g, "
            "biases: false}\nseed: 3\n",
            coupling);
        assert_int_equal(fclose(to), 0);
    }
    assert_ok(hol_comm_barrier(test_comm));
}

/* a data set of the rows' first `columns` */
static void write_rows(const char *name, int columns) {
    uint8_t bits[ROWS * UNITS];
    hol_dataset_writer *writer = NULL;
    if (hol_comm_rank(test_comm) == 0) {
        for (int r = 0; r < ROWS; r++)
            for (int i = 0; i < columns; i++) bits[r * columns + i] = (uint8_t)bit(r, i);
        assert_ok(hol_dataset_writer_create(test_comm, test_path(name), &writer));
        assert_ok(hol_dataset_writer_begin(
            writer, &(hol_dataset_split){.name = "test", .columns = columns, .kind = HOL_DATASET_BINARY}));
        assert_ok(hol_dataset_writer_append_bytes(writer, ROWS, bits));
        assert_ok(hol_dataset_writer_finish(writer));
        hol_dataset_writer_destroy(writer);
    }
    assert_ok(hol_comm_barrier(test_comm));
}

/* ---- what is true ------------------------------------------------------------------------------------------------ */

static double score_state(int state, double coupling) {
    int pairs = 0;
    for (int i = 0; i < UNITS; i++) pairs += (state >> i & 1) & (state >> (i + 1) % UNITS & 1);
    return coupling * pairs;
}

static double true_log_partition(double coupling) {
    double sum = 0;
    for (int s = 0; s < STATES; s++) sum += exp(score_state(s, coupling));
    return log(sum);
}

static int state_of(int64_t row) {
    int state = 0;
    for (int i = 0; i < UNITS; i++) state |= bit(row, i) << i;
    return state;
}

/* of `count` rows, every (ROWS / count)-th: mean ln p, of the difference to independent columns, its standard error */
static void judge(double coupling, int count, double *ret_mean, double *ret_gain, double *ret_error) {
    double on[UNITS] = {0}, gains[ROWS], mean = 0, gain = 0, squares = 0;
    for (int r = 0; r < count; r++)
        for (int i = 0; i < UNITS; i++) on[i] += bit((int64_t)r * ROWS / count, i);
    for (int r = 0; r < count; r++) {
        const int64_t row = (int64_t)r * ROWS / count;
        const double score = score_state(state_of(row), coupling) - true_log_partition(coupling);
        double columns = 0;
        for (int i = 0; i < UNITS; i++) columns += log(((bit(row, i) ? on[i] : count - on[i]) + 1) / (count + 2));
        mean += score / count;
        gains[r] = score - columns;
        gain += gains[r] / count;
    }
    for (int r = 0; r < count; r++) squares += (gains[r] - gain) * (gains[r] - gain);
    *ret_mean = mean;
    *ret_gain = gain;
    *ret_error = sqrt(squares / count / (count - 1));
}

static const hol_likelihood_options exactly = {.settle_sweeps = -1, .exact_work = HOL_LIKELIHOOD_EXACT_WORK, .seed = 5};
/* short walks: seconds are for other tests */
static const hol_likelihood_options by_walks = {.walks = 200, .temperatures = 200, .settle_sweeps = 50, .seed = 5};

static void measure(const char *config, int64_t most, const hol_likelihood_options *options, hol_likelihood *ret) {
    char file[512], data[512];
    (void)snprintf(file, sizeof file, "%s", test_path(config));
    (void)snprintf(data, sizeof data, "%s:test", test_path("rows.h5"));
    write_rows("rows.h5", UNITS);
    assert_ok(
        hol_likelihood_measure(test_comm, file, (hol_subject_data){.reference = data, .most = most}, options, ret));
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void check_exact(int64_t most, int count) {
    hol_likelihood l;
    double mean = 0, gain = 0, error = 0;
    write_config("one.yaml", couplings[0]);
    measure("one.yaml", most, &exactly, &l);
    judge(couplings[0], count, &mean, &gain, &error);
    assert_true(l.is_exact);
    assert_int_equal(l.rows, count);
    assert_near(l.log_partition_low, true_log_partition(couplings[0]), 1e-6); /* parameters are floats */
    assert_near(l.low, mean, 1e-6);
    assert_true(!(l.low < l.high) && !(l.low > l.high));
    assert_near(l.gain.mean, gain, 1e-6);
    assert_near(l.gain.error, error, 1e-6);
    assert_int_equal(l.verdict, HOL_VERDICT_GOOD);
    assert_string_equal(l.reason, "");
    hol_likelihood_clear(&l);
}

static void test_exact_is_as_enumerated(void **state) {
    (void)state;
    check_exact(0, ROWS);
    check_exact(ROWS + 1, ROWS);
}

static void test_fewer_rows_are_evenly_spread(void **state) {
    (void)state;
    check_exact(70, 70);
    check_exact(2, 2);
}

/* each side within 5 of its standard errors: by chance 1 in 2 million for a seed, which is fixed */
static void test_sides_hold_the_exact_value(void **state) {
    (void)state;
    hol_likelihood l;
    const double truth = true_log_partition(couplings[0]);
    write_config("one.yaml", couplings[0]);
    measure("one.yaml", 0, &by_walks, &l);
    assert_false(l.is_exact);
    assert_true(l.error > 0 && l.error < 0.05 && l.gap_error > l.error && l.effective > 50);
    assert_true(l.log_partition_low <= l.log_partition_high);
    assert_near(l.log_partition_high - l.log_partition_low, fabs(l.gap), 1e-9);
    assert_near(l.log_partition_low, truth, 5 * l.error);
    assert_near(l.log_partition_high, truth, 5 * l.error);
    assert_near(l.high - l.low, fabs(l.gap), 1e-9);
    assert_int_equal(l.verdict, HOL_VERDICT_GOOD);
    hol_likelihood_clear(&l);
}

/* a walk in two temperatures, its chains begun at fair bits: an ordered model is out of its reach */
static void test_sides_that_disagree_say_so(void **state) {
    (void)state;
    hol_likelihood l;
    const hol_likelihood_options o = {.walks = 64, .temperatures = 1, .settle_sweeps = 0, .seed = 5, .start = "random"};
    write_config("one.yaml", 8);
    measure("one.yaml", 0, &o, &l);
    assert_int_equal(l.verdict, HOL_VERDICT_BAD);
    assert_true(strlen(l.reason) > 0);
    hol_likelihood_clear(&l);
}

static void test_comparison_is_paired(void **state) {
    (void)state;
    hol_likelihood l[2], walked;
    double difference = 0, error = 0, mean = 0, squares = 0, by[ROWS];
    write_config("one.yaml", couplings[0]);
    write_config("two.yaml", couplings[1]);
    measure("one.yaml", 0, &exactly, &l[0]);
    measure("two.yaml", 0, &exactly, &l[1]);
    for (int r = 0; r < ROWS; r++) {
        by[r] = score_state(state_of(r), couplings[0]) - score_state(state_of(r), couplings[1]);
        mean += by[r] / ROWS;
    }
    for (int r = 0; r < ROWS; r++) squares += (by[r] - mean) * (by[r] - mean);
    const double partitions = true_log_partition(couplings[0]) - true_log_partition(couplings[1]);
    assert_ok(hol_likelihood_compare(test_comm, &l[0], &l[1], &difference, &error));
    assert_near(difference, mean - partitions, 1e-6);
    assert_near(error, sqrt(squares / ROWS / (ROWS - 1)), 1e-6);
    /* of one model with itself the rows' part is nothing, and ln Z's remains */
    measure("one.yaml", 0, &by_walks, &walked);
    assert_ok(hol_likelihood_compare(test_comm, &l[0], &walked, &difference, &error));
    assert_near(difference, l[0].low - walked.low, 1e-6);
    assert_near(error, walked.error, 1e-9);
    for (int k = 0; k < 2; k++) hol_likelihood_clear(&l[k]);
    hol_likelihood_clear(&walked);
}

static void test_comparison_refuses_other_rows(void **state) {
    (void)state;
    hol_likelihood a, b;
    double difference = 0, error = 0;
    write_config("one.yaml", couplings[0]);
    measure("one.yaml", 0, &exactly, &a);
    measure("one.yaml", 70, &exactly, &b);
    assert_refused(hol_likelihood_compare(test_comm, &a, &b, &difference, &error), HOL_USAGE,
                   "found 150 rows and 70, expected the same ones");
    hol_likelihood_clear(&a);
    hol_likelihood_clear(&b);
}

static void test_errors_leave_nothing_behind(void **state) {
    (void)state;
    static const struct {
        const char *data, *message;
    } cases[] = {{"none.h5", "none.h5"}, {"few.h5", "found 5 columns, expected 8, the visible units of "}};
    hol_likelihood l;
    char file[512], data[512];
    write_config("one.yaml", couplings[0]);
    write_rows("few.h5", 5);
    (void)snprintf(file, sizeof file, "%s", test_path("one.yaml"));
    for (int k = 0; k < 4; k++) {
        (void)snprintf(data, sizeof data, "%s", test_path(cases[k % 2].data));
        assert_refused(hol_likelihood_measure(test_comm, file, (hol_subject_data){.reference = data}, &exactly, &l),
                       HOL_BAD_INPUT, cases[k % 2].message);
        assert_null(l.scores);
        hol_likelihood_clear(&l);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_is_as_enumerated),      cmocka_unit_test(test_fewer_rows_are_evenly_spread),
        cmocka_unit_test(test_sides_hold_the_exact_value),  cmocka_unit_test(test_sides_that_disagree_say_so),
        cmocka_unit_test(test_comparison_is_paired),        cmocka_unit_test(test_comparison_refuses_other_rows),
        cmocka_unit_test(test_errors_leave_nothing_behind),
    };
    return hol_test_main(argc, argv, "likelihood", tests, HOL_TEST_COUNT(tests));
}
