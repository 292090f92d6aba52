/* Rounds of which the values are given: when chains stand still, and what is said of them. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "cli/agreement.h"

/* fresh chains of this standard error; the run's stay at `own` */
static hol_agreement make(int count, const int64_t *sweeps, const double *fresh, double error, double own) {
    hol_agreement a = {.count = count, .fresh_error = error, .on_error = 1e-4, .own = own, .own_error = 1e-4};
    for (int k = 0; k < count; k++) {
        a.sweeps[k] = sweeps[k];
        a.fresh[k] = fresh[k];
        a.on[k] = own;
    }
    a.is_like = true;
    a.is_stationary = hol_agreement_is_stationary(&a);
    return a;
}

static void assert_judged(const hol_agreement *a, hol_verdict verdict, const char *part) {
    char text[HOL_AGREEMENT_TEXT];
    assert_int_equal(hol_agreement_judge(a, text), verdict);
    if (!strstr(text, part)) fail_msg("found \"%s\", expected \"%s\" in it", text, part);
}

/* 0.85, 0.88, 0.90: still on their way. One sweep more tells nothing of it; a doubling does. */
static void test_a_last_round_cut_short_is_no_doubling(void **state) {
    (void)state;
    const int64_t sweeps[] = {8, 16, 32, 64, 65}, doubled[] = {8, 16, 32, 64, 128};
    const double fresh[] = {0.82, 0.85, 0.88, 0.90, 0.90};
    const hol_agreement before = make(4, sweeps, fresh, 0.02, 0.998), cut = make(5, sweeps, fresh, 0.02, 0.998),
                        whole = make(5, doubled, fresh, 0.02, 0.998);
    assert_false(before.is_stationary);
    assert_false(cut.is_stationary);
    assert_true(whole.is_stationary);
    assert_judged(&cut, HOL_VERDICT_CAUTION, "have come to Pearson 0.9000 in 65 sweeps and still change");
    assert_judged(&whole, HOL_VERDICT_BAD, "Pearson falls from 0.9980 to 0.9000 in fresh chains");
}

/* 0.002 a doubling, of which the last is not one: 0.0024 since half of the sweeps, 0.0044 since a quarter */
static void test_slow_chains_are_not_there_where_sweeps_end(void **state) {
    (void)state;
    const int64_t sweeps[] = {1024, 2048, 4096, 8192, 10000};
    const double fresh[] = {0.9460, 0.9480, 0.9500, 0.9520, 0.9524};
    const hol_agreement slow = make(5, sweeps, fresh, 1e-4, 0.998), at_8192 = make(4, sweeps, fresh, 1e-4, 0.998);
    assert_false(at_8192.is_stationary);
    assert_false(slow.is_stationary);
    assert_judged(&slow, HOL_VERDICT_CAUTION, "0.9524 in 10000 sweeps and still change");
}

/* Chains that have met need one doubling; few rounds, few sweeps or values that are none tell nothing. */
static void test_chains_that_have_met(void **state) {
    (void)state;
    const int64_t sweeps[] = {16, 32, 64, 100};
    const double fresh[] = {0.95, 0.996, 0.997, 0.997}, none[] = {NAN, NAN, NAN, NAN};
    const hol_agreement met = make(3, sweeps, fresh, 1e-4, 0.998), longer = make(4, sweeps, fresh, 1e-4, 0.998);
    assert_true(met.is_stationary && longer.is_stationary);
    assert_judged(&met, HOL_VERDICT_GOOD, "fresh chains show what the run's do, a model at Pearson 0.9970");
    for (int count = 0; count < 3; count++) assert_false(make(count, sweeps, fresh, 1e-4, 0.998).is_stationary);
    assert_false(make(4, sweeps, none, 1e-4, 0.998).is_stationary);
    assert_false(make(1, (int64_t[]){64}, fresh, 1e-4, 0.998).is_stationary);
}

/* Noise holds the coefficient of few chains down: only a fall of the run's own chains tells anything. */
static void test_other_numbers_of_chains_are_not_compared(void **state) {
    (void)state;
    const int64_t sweeps[] = {16, 32, 64};
    const double low[] = {0.78, 0.78, 0.78}, high[] = {0.998, 0.998, 0.998};
    hol_agreement fewer = make(3, sweeps, low, 1e-3, 0.98), more = make(3, sweeps, high, 1e-4, 0.98);
    fewer.is_like = more.is_like = false;
    assert_judged(&fewer, HOL_VERDICT_CAUTION, "can't be compared: leave out --chains");
    assert_judged(&more, HOL_VERDICT_CAUTION, "can't be compared: leave out --chains");
    fewer.on[2] = 0.9;
    assert_judged(&fewer, HOL_VERDICT_BAD, "Pearson falls from 0.9800 to 0.9000 in more sweeps");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_last_round_cut_short_is_no_doubling),
        cmocka_unit_test(test_slow_chains_are_not_there_where_sweeps_end),
        cmocka_unit_test(test_chains_that_have_met),
        cmocka_unit_test(test_other_numbers_of_chains_are_not_compared),
    };
    return hol_test_main(argc, argv, "agreement", tests, HOL_TEST_COUNT(tests));
}
