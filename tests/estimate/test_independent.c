/* independent columns: against their definition, written out; gains against a t statistic by hand. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "estimate/independent.h"

/* 5 rows of 3 units, dealt out over the ranks one after the other */
static const uint8_t rows[5][3] = {{0, 1, 1}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}, {0, 0, 1}};

static hol_independent *make(const hol_columns *columns, const uint32_t *weights) {
    hol_independent *independent = NULL;
    assert_ok(hol_independent_create(columns, 3, &independent));
    for (int r = 0; r < 5; r++)
        if (r % hol_comm_size(test_comm) == hol_comm_rank(test_comm))
            hol_independent_add(independent, 1, rows[r], NULL, weights ? &weights[r] : NULL);
    assert_ok(hol_independent_finish(test_comm, independent));
    return independent;
}

static void assert_near(double found, double expected) {
    if (!(fabs(found - expected) < 1e-12)) fail_msg("found %.15g, expected %.15g", found, expected);
}

static void test_units_have_one_more_row_of_each_state(void **state) {
    (void)state;
    hol_independent *independent = make(NULL, NULL);
    assert_int_equal(hol_independent_columns(independent), 3);
    assert_near(hol_independent_score(independent, rows[0], NULL, NULL), log(6 / 7.0) + log(4 / 7.0) + log(5 / 7.0));
    const uint8_t never[3] = {1, 0, 0};
    assert_near(hol_independent_score(independent, never, NULL, NULL), log(1 / 7.0) + log(3 / 7.0) + log(2 / 7.0));
    hol_independent_destroy(independent);
}

static void test_counts_are_as_good_as_rows(void **state) {
    (void)state;
    const hol_wide counts[3] = {0, 3 << 16, 4 << 16}, none[3] = {0}, known[3] = {5, 5, 5};
    hol_independent *by_rows = make(NULL, NULL), *by_counts = NULL;
    assert_ok(hol_independent_create(NULL, 3, &by_counts));
    const bool first = hol_comm_rank(test_comm) == 0;
    hol_independent_add_counts(by_counts, first ? 5 : 0, first ? 5 : 0, first ? counts : none, first ? known : none);
    assert_ok(hol_independent_finish(test_comm, by_counts));
    for (int r = 0; r < 5; r++)
        assert_near(hol_independent_score(by_counts, rows[r], NULL, NULL),
                    hol_independent_score(by_rows, rows[r], NULL, NULL));
    hol_independent_destroy(by_rows);
    hol_independent_destroy(by_counts);
}

/* units 0 and 1 are the digits of a variable of 3 states, unit 2 one of 2 */
static void test_columns_of_states(void **state) {
    (void)state;
    const int32_t cardinalities[2] = {3, 2};
    const int64_t firsts[3] = {0, 2, 3};
    const hol_columns columns = {.count = 2, .cardinalities = cardinalities, .first_units = firsts};
    hol_independent *independent = make(&columns, NULL);
    assert_int_equal(hol_independent_columns(independent), 2);
    assert_near(hol_independent_score(independent, rows[0], NULL, NULL),
                log(4 / 8.0) + log(5 / 7.0)); /* state 2 of 3 */
    assert_near(hol_independent_score(independent, rows[1], NULL, NULL), log(3 / 8.0) + log(5 / 7.0)); /* state 0 */
    const uint8_t never[3] = {1, 0, 0};
    assert_near(hol_independent_score(independent, never, NULL, NULL), log(1 / 8.0) + log(2 / 7.0)); /* state 1 */
    hol_independent_destroy(independent);
}

static void test_gain_is_paired(void **state) {
    (void)state;
    const double model[4] = {-3, -5, -2, -4}, baseline[4] = {-4, -7, -4, -7};
    double own_model[4], own_baseline[4];
    int64_t own = 0;
    for (int r = 0; r < 4; r++)
        if (r % hol_comm_size(test_comm) == hol_comm_rank(test_comm)) {
            own_model[own] = model[r];
            own_baseline[own++] = baseline[r];
        }
    hol_gain gain;
    assert_ok(hol_gain_measure(test_comm, own, NULL, own_model, own_baseline, &gain));
    assert_true(fabs(gain.independent + 5.5) < 1e-6 && fabs(gain.mean - 2) < 1e-6); /* 1, 2, 2, 3 */
    assert_true(fabs(gain.error - sqrt(2 / 3.0 / 4)) < 1e-6);
}

/* weights 1, 3, 0, 2, 2 */
static void test_weights_are_parts_of_the_number_of_rows(void **state) {
    (void)state;
    const uint32_t weights[5] = {1 << 28, 3 << 28, 0, 2 << 28, 2 << 28};
    hol_independent *independent = make(NULL, weights);
    const double n = 4, all = n + 2; /* unit 1 is on in 3 of 8, unit 2 in 6 of 8 */
    assert_near(hol_independent_score(independent, rows[0], NULL, NULL),
                log((n + 1) / all) + log((n * 3 / 8 + 1) / all) + log((n * 6 / 8 + 1) / all));
    hol_independent_destroy(independent);
}

static void test_gain_is_weighted(void **state) {
    (void)state;
    const double model[5] = {-3, -5, -2, -4, -INFINITY}, baseline[5] = {-4, -7, -4, -7, -1};
    const uint32_t weights[5] = {1 << 20, 2 << 20, 3 << 20, 2 << 20, 0};
    double own_model[5], own_baseline[5];
    uint32_t own_weights[5];
    int64_t own = 0;
    for (int r = 0; r < 5; r++)
        if (r % hol_comm_size(test_comm) == hol_comm_rank(test_comm)) {
            own_model[own] = model[r];
            own_baseline[own] = baseline[r];
            own_weights[own++] = weights[r];
        }
    hol_gain gain;
    assert_ok(hol_gain_measure(test_comm, own, own_weights, own_model, own_baseline, &gain));
    /* differences 1, 2, 2, 3 of weights 1, 2, 3, 2; what has none may be anything */
    const double mean = 17 / 8.0, square = (81 / 64.0 + 5 / 64.0 + 2 * 49 / 64.0) / 8, effective = 64 / 18.0;
    assert_near(gain.independent, -(4 + 14 + 12 + 14) / 8.0);
    assert_near(gain.mean, mean);
    if (fabs(gain.error - sqrt(square / (effective - 1))) > 1e-6) fail_msg("found %.9g", gain.error);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_have_one_more_row_of_each_state),
        cmocka_unit_test(test_counts_are_as_good_as_rows),
        cmocka_unit_test(test_columns_of_states),
        cmocka_unit_test(test_gain_is_paired),
        cmocka_unit_test(test_weights_are_parts_of_the_number_of_rows),
        cmocka_unit_test(test_gain_is_weighted),
    };
    return hol_test_main(argc, argv, "independent", tests, HOL_TEST_COUNT(tests));
}
