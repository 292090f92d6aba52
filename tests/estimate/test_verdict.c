/* verdict: either side of each threshold. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "estimate/verdict.h"

static hol_verdict_reason reason;

/* The verdict, and a part of its reason; "": there is none. */
#define assert_verdict(call, expected, part)                                                                           \
    do {                                                                                                               \
        assert_int_equal(call, expected);                                                                              \
        if (*(part) ? !strstr(reason, part) : *reason) fail_msg("%s: \"%s\", expected \"%s\"", #call, reason, part);   \
    } while (0)

static void test_words_are_read_again(void **state) {
    (void)state;
    for (int v = HOL_VERDICT_GOOD; v <= HOL_VERDICT_UNKNOWN; v++)
        assert_int_equal(hol_verdict_from_word(hol_verdict_word((hol_verdict)v)), v);
    assert_int_equal(hol_verdict_from_word("agreed"), HOL_VERDICT_GOOD);
    assert_int_equal(hol_verdict_from_word("do not trust"), HOL_VERDICT_BAD);
    assert_int_equal(hol_verdict_from_word("perhaps"), HOL_VERDICT_UNKNOWN);
}

static void test_sides_agree_within_errors_up_to_a_nat(void **state) {
    (void)state;
    assert_verdict(hol_verdict_of_sides(0.09, 0.001, 50, reason), HOL_VERDICT_GOOD, ""); /* too near to matter */
    assert_verdict(hol_verdict_of_sides(-0.29, 0.1, 50, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_sides(0.31, 0.1, 50, reason), HOL_VERDICT_BAD, "more than their errors");
    assert_verdict(hol_verdict_of_sides(1.01, 10, 50, reason), HOL_VERDICT_BAD, "1.0 nats apart");
    assert_verdict(hol_verdict_of_sides(0, 0, 9.9, reason), HOL_VERDICT_BAD, "a few walks carry all the weight");
    assert_verdict(hol_verdict_of_sides((double)NAN, 1, 50, reason), HOL_VERDICT_BAD, "apart");
    assert_verdict(hol_verdict_of_sides(0, 0, (double)NAN, reason), HOL_VERDICT_BAD, "a few walks");
}

static void test_tempering_names_the_first_trouble(void **state) {
    (void)state;
    assert_verdict(hol_verdict_of_tempering(0.06, 0.05, 0.01, 0.05, 0.01, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_tempering(0.04, 9, 0.01, 9, 0.01, reason), HOL_VERDICT_BAD, "hardly exchange");
    assert_verdict(hol_verdict_of_tempering(0.06, -0.2, 0.01, 9, 0.01, reason), HOL_VERDICT_BAD, "still shows");
    assert_verdict(hol_verdict_of_tempering(0.06, 0, 0.01, 0.2, 0.01, reason), HOL_VERDICT_BAD, "drifts");
    assert_true(hol_verdict_are_enough(64, 256));
    assert_false(hol_verdict_are_enough(63.9, 256));
    assert_false(hol_verdict_are_enough((double)NAN, 256));
}

static void test_gain_is_judged_by_error_and_share(void **state) {
    (void)state;
    hol_gain gain = {.independent = -5.5, .mean = 2, .error = 0.6};
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_GOOD, "");
    gain.error = 0.7; /* below 3 errors */
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_CAUTION, "learned little");
    gain = (hol_gain){.independent = -100, .mean = 0.9, .error = 0.01}; /* below 1 % */
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_CAUTION, "learned little");
    gain.mean = 1.1;
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_GOOD, "");
    gain.mean = -0.9; /* 1 % to either side is hardly anything */
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_CAUTION, "learned little");
    gain.mean = -1.1;
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_BAD, "diverged");
    gain.error = 0.4; /* within 3 errors */
    assert_verdict(hol_verdict_of_gain(&gain, reason), HOL_VERDICT_CAUTION, "learned little");
    assert_string_equal(hol_verdict_describe_gain(HOL_VERDICT_GOOD), "better than independent columns");
    assert_string_equal(hol_verdict_describe_gain(HOL_VERDICT_CAUTION), "hardly better than independent columns");
    assert_string_equal(hol_verdict_describe_gain(HOL_VERDICT_BAD), "worse than independent columns");
}

static void test_runs_climb_and_fall(void **state) {
    (void)state;
    assert_true(hol_verdict_is_climbing(0.3, 0.09, 10, 4));
    assert_false(hol_verdict_is_climbing(0.3, 0.11, 10, 4));
    assert_false(hol_verdict_is_climbing(0.19, 0, 10, 4));
    assert_false(hol_verdict_is_climbing(0.49, 0, 10, 3)); /* of few rows more is asked */
    assert_true(hol_verdict_is_climbing(0.51, 0, 10, 3));
    assert_false(hol_verdict_is_climbing(0.51, 0, -0.1, 3));
    assert_true(hol_verdict_is_past_best(0.21, 10, 0.06));
    assert_false(hol_verdict_is_past_best(0.19, 10, 0));
    assert_false(hol_verdict_is_past_best(0.21, 10, 0.08));
    assert_true(hol_verdict_is_lagging(5.1));
    assert_false(hol_verdict_is_lagging(-9));
}

static void test_chains_are_judged(void **state) {
    (void)state;
    assert_verdict(hol_verdict_of_rhat(1.009, 1.01, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_rhat((double)NAN, 1.01, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_rhat((double)INFINITY, 1.02, reason), HOL_VERDICT_CAUTION, "R-hat above 1.02");
    assert_verdict(hol_verdict_of_difference(-3.9, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_difference(-4.1, reason), HOL_VERDICT_BAD, "end elsewhere");
    assert_verdict(hol_verdict_of_approach(3.4, 2, 8, 0.1, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_approach(3.5, 2, 8, 0.1, reason), HOL_VERDICT_CAUTION, "after 8 sweeps");
    assert_verdict(hol_verdict_of_times(100, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_times(99, reason), HOL_VERDICT_UNKNOWN, "too few sweeps");
    assert_verdict(hol_verdict_of_times(9, reason), HOL_VERDICT_CAUTION, "too few sweeps");
}

static void test_samples_are_judged_beside_data(void **state) {
    (void)state;
    hol_comparison pairs = {.pearson = 0.5, .slope = 0.5, .rms = 0.014};
    assert_verdict(hol_verdict_of_pairs(&pairs, 0.01, reason), HOL_VERDICT_GOOD, ""); /* by chance */
    assert_verdict(hol_verdict_of_pairs(&pairs, 0.009, reason), HOL_VERDICT_BAD, "not as in the data");
    assert_verdict(hol_verdict_of_pairs(&pairs, 0, reason), HOL_VERDICT_BAD, "not as in the data");
    pairs = (hol_comparison){.pearson = 0.946, .slope = 1.19, .rms = 1};
    assert_verdict(hol_verdict_of_pairs(&pairs, 0.01, reason), HOL_VERDICT_GOOD, "");
    pairs.slope = 1.21;
    assert_verdict(hol_verdict_of_pairs(&pairs, 0.01, reason), HOL_VERDICT_CAUTION, "roughly");
    assert_verdict(hol_verdict_of_fall(0.95, 0.9451, 0.001, true, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_fall(0.95, 0.97, 0.001, true, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_fall(0.95, 0.9449, 0.0018, true, reason), HOL_VERDICT_CAUTION,
                   "by 0.0051 +- 0.0018: more train.chains");
    assert_verdict(hol_verdict_of_fall(0.95, 0.9449, 0.0016, true, reason), HOL_VERDICT_BAD,
                   "to 0.9449 in fresh chains: use more");
    assert_verdict(hol_verdict_of_fall(0.95, 0.7, 0.001, false, reason), HOL_VERDICT_BAD, "in more sweeps");
    assert_verdict(hol_verdict_of_fall(0.95, (double)NAN, 0.001, true, reason), HOL_VERDICT_BAD, "fresh chains");
    assert_verdict(hol_verdict_of_arrival(0.95, 0.9451, 64, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_arrival(0.95, 0.9449, 64, reason), HOL_VERDICT_CAUTION,
                   "come to Pearson 0.9449 in 64 sweeps and still change, where the run's have 0.9500");
    assert_verdict(hol_verdict_of_energies(0.9, 0.1, reason), HOL_VERDICT_GOOD, ""); /* a nat is none */
    assert_verdict(hol_verdict_of_energies(2.4, 10, reason), HOL_VERDICT_GOOD, "");
    assert_verdict(hol_verdict_of_energies(-2.6, 10, reason), HOL_VERDICT_CAUTION, "more probable");
    assert_verdict(hol_verdict_of_energies(21, 10, reason), HOL_VERDICT_BAD, "less probable");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_read_again),
        cmocka_unit_test(test_sides_agree_within_errors_up_to_a_nat),
        cmocka_unit_test(test_tempering_names_the_first_trouble),
        cmocka_unit_test(test_gain_is_judged_by_error_and_share),
        cmocka_unit_test(test_runs_climb_and_fall),
        cmocka_unit_test(test_chains_are_judged),
        cmocka_unit_test(test_samples_are_judged_beside_data),
    };
    return hol_test_main(argc, argv, "verdict", tests, HOL_TEST_COUNT(tests));
}
