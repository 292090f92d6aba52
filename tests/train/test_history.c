/* history: rows come back in order, however many; names. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <ctype.h>
#include <math.h>

#include "train/history.h"

static void test_append_keeps_all_rows(void **state) {
    (void)state;
    hol_history history = {0};
    for (int64_t r = 0; r < 1000; r++) {
        double row[HOL_METRICS];
        for (int m = 0; m < HOL_METRICS; m++) row[m] = (double)(r * 100 + m);
        assert_ok(hol_history_append(&history, row));
        assert_int_equal(history.rows, r + 1);
        assert_true(history.capacity >= history.rows);
    }
    for (int64_t r = 0; r < 1000; r++)
        for (int m = 0; m < HOL_METRICS; m++) assert_true(history.values[r * HOL_METRICS + m] == (double)(r * 100 + m));
    hol_history_clear(&history);
    assert_int_equal(history.rows, 0);
    assert_int_equal(history.capacity, 0);
    assert_null(history.values);
    const double row[HOL_METRICS] = {5}; /* and can be used again */
    assert_ok(hol_history_append(&history, row));
    assert_true(history.rows == 1 && history.values[0] == 5);
    hol_history_clear(&history);
    hol_history_clear(&history);
}

/* The first of the largest; rows without a number neither are it nor count after it. */
static void test_best_and_rows_since(void **state) {
    (void)state;
    const double values[] = {(double)NAN, -5, -3, (double)NAN, -3, -4};
    const int64_t best[] = {-1, 1, 2, 2, 2, 2}, since[] = {0, 0, 0, 0, 1, 2};
    hol_history history = {0};
    assert_int_equal(hol_history_best(&history, HOL_METRIC_VALID_LOG_LIKELIHOOD), -1);
    for (int r = 0; r < 6; r++) {
        double row[HOL_METRICS] = {0};
        row[HOL_METRIC_VALID_LOG_LIKELIHOOD] = values[r];
        assert_ok(hol_history_append(&history, row));
        assert_int_equal(hol_history_best(&history, HOL_METRIC_VALID_LOG_LIKELIHOOD), best[r]);
        assert_int_equal(hol_history_since_best(&history, HOL_METRIC_VALID_LOG_LIKELIHOOD), since[r]);
    }
    hol_history_clear(&history);
}

/* A history of these steps, NULL: 0, 100, ..., 100 (count - 1), with the error of each ln Z. */
static bool climbs_at(const double *steps, const double *values, double error, int count, hol_climb *ret) {
    hol_history history = {0};
    for (int r = 0; r < count; r++) {
        double row[HOL_METRICS] = {0};
        row[HOL_METRIC_STEP] = steps ? steps[r] : 100.0 * r;
        row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD] = values[r];
        row[HOL_METRIC_LOG_PARTITION_ERROR] = error;
        assert_ok(hol_history_append(&history, row));
    }
    const bool found = hol_history_climbs(&history, HOL_METRIC_TRAIN_LOG_LIKELIHOOD, ret);
    hol_history_clear(&history);
    return found;
}

static bool climbs(const double *values, int count, hol_climb *ret) {
    return climbs_at(NULL, values, (double)NAN, count, ret);
}

static void test_climbs_by_a_line_through_the_last_third(void **state) {
    (void)state;
    hol_climb climb;
    const double straight[] = {-10, -9, -8, -7, -6, -5, -4, -3, -2, -1}; /* 9 in all, 3 in each third */
    assert_true(climbs(straight, 10, &climb));
    assert_true(fabs(climb.total - 9) < 1e-12 && fabs(climb.late - 3) < 1e-12 && climb.error < 1e-12);
    const double level[] = {-10, -5, -3, -2, -2, -2, -2, -1.99, -1.98, -1.97}; /* 0.03 of 8.03 */
    assert_false(climbs(level, 10, &climb));
    const double noisy[] = {-10, -5, -3, -2, -2, -2, -2.3, -1.7, -2.3, -1.9}; /* the slope is noise */
    assert_false(climbs(noisy, 10, &climb));
    const double steady[] = {-10, -5, -3, -2.9, -2.8, -2.7, -2.6, -2.51, -2.38, -2.31};
    assert_true(climbs(steady, 10, &climb));
    const double falls[] = {-10, -5, -3, -2, -1, -1, -1, -1.1, -1.2, -1.3};
    assert_false(climbs(falls, 10, &climb));
}

static void test_climbs_needs_a_row_between(void **state) {
    (void)state;
    hol_climb climb;
    const double two[] = {-10, -1}, four[] = {-10, -3, -2, -1};
    assert_false(climbs(two, 0, &climb));
    assert_false(climbs(two, 1, &climb));
    assert_false(climbs(two, 2, &climb));
    assert_true(climbs(four, 4, &climb)); /* 1 of 9 */
    const double missing[] = {-10, -5, -3, (double)NAN, -2, (double)NAN};
    assert_false(climbs(missing, 6, &climb) && isnan(climb.late));
}

/* the rise between the rows is over before the last, or is not */
static void test_climbs_by_the_last_of_few_rows(void **state) {
    (void)state;
    hol_climb climb;
    const double four[] = {-9.5, -6.3, -6.02, -6.02}, five[] = {-9.5, -8, -6.3, -6.02, -6.02};
    assert_false(climbs(four, 4, &climb));
    assert_false(climbs(five, 5, &climb)); /* a line through the last three rises by 0.19 in a third, of 3.48 */
    const double goes_on[] = {-9.5, -8, -6.3, -6.02, -5.8}; /* 0.22 in a quarter of the run */
    assert_true(climbs(goes_on, 5, &climb));
    assert_true(fabs(climb.late - 0.22 * 4 / 3) < 1e-12 && fabs(climb.total - 3.7) < 1e-12);
    const double noise[] = {-11.0908, -11.0917, -11.0912, -11.091}; /* below where it began */
    assert_false(climbs(noise, 4, &climb));
}

/* of the two rows that are compared, 3 sqrt(2) of it */
static void test_climbs_beyond_the_error_of_ln_z(void **state) {
    (void)state;
    hol_climb climb;
    const double values[] = {-9.5, -8, -6.3, -6.02, -5.8}; /* 0.22 = 3 sqrt(2) 0.0519 */
    assert_true(climbs_at(NULL, values, 0.051, 5, &climb));
    assert_false(climbs_at(NULL, values, 0.053, 5, &climb));
    assert_true(fabs(climb.error - 0.053 * sqrt(2) * 4 / 3) < 1e-12);
}

/* a last evaluation soon after the one before says nothing of how it goes on */
static void test_climbs_from_a_row_that_lies_apart(void **state) {
    (void)state;
    hol_climb climb;
    const double soon[] = {0, 250, 500, 510}, ends[] = {0, 250, 317}, at_once[] = {0, 500, 510};
    const double rises[] = {-10, -7, -6, -5.99}, levels[] = {-10, -6.1, -6, -5.99}, three[] = {-9.5, -7.4, -7.15};
    assert_true(climbs_at(soon, rises, 0, 4, &climb));
    assert_true(fabs(climb.late - 1.01 * 170 / 260) < 1e-12);
    assert_false(climbs_at(soon, levels, 0, 4, &climb));
    assert_true(climbs_at(ends, three, 0, 3, &climb)); /* 0.39 of 2.35 at that pace */
    assert_false(climbs_at(at_once, three, 0, 3, &climb));
    const double nowhere[] = {0, 0, 0, 0}, backwards[] = {0, -1, -2, -3}; /* of a file made by hand */
    assert_false(climbs_at(nowhere, rises, 0, 4, &climb));
    assert_false(climbs_at(backwards, rises, 0, 4, &climb));
}

static void test_metric_name_is_there_and_unique(void **state) {
    (void)state;
    for (int m = 0; m < HOL_METRICS; m++) {
        const char *name = hol_metric_name((hol_metric)m);
        assert_non_null(name);
        assert_true(strlen(name) > 2);
        for (const char *c = name; *c; c++) assert_true(islower((unsigned char)*c) || *c == '_');
        for (int other = 0; other < m; other++) assert_string_not_equal(name, hol_metric_name((hol_metric)other));
    }
    /* as they stand in checkpoints */
    assert_string_equal(hol_metric_name(HOL_METRIC_STEP), "step");
    assert_string_equal(hol_metric_name(HOL_METRIC_TRAIN_FREE_ENERGY), "train_free_energy");
    assert_string_equal(hol_metric_name(HOL_METRIC_SECONDS_EVALUATION), "seconds_evaluation");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_keeps_all_rows),
        cmocka_unit_test(test_best_and_rows_since),
        cmocka_unit_test(test_climbs_by_a_line_through_the_last_third),
        cmocka_unit_test(test_climbs_needs_a_row_between),
        cmocka_unit_test(test_climbs_by_the_last_of_few_rows),
        cmocka_unit_test(test_climbs_beyond_the_error_of_ln_z),
        cmocka_unit_test(test_climbs_from_a_row_that_lies_apart),
        cmocka_unit_test(test_metric_name_is_there_and_unique),
    };
    return hol_test_main(argc, argv, "history", tests, HOL_TEST_COUNT(tests));
}
