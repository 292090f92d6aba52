/* schedule: the four curves at their ends and in between, from their formulas; the warm-up and the cooldown. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "train/schedule.h"

static void assert_rate(const hol_schedule *schedule, int64_t step, double expected) {
    const double found = hol_schedule_rate(schedule, step);
    if (!(fabs(found - expected) <= 1e-14 * fabs(expected)))
        fail_msg("step %d: %.17g, expected %.17g", (int)step, found, expected);
}

static void test_constant_stays(void **state) {
    (void)state;
    const hol_schedule s = {
        .kind = HOL_SCHEDULE_CONSTANT, .rate = 0.05, .final_rate = 7, .decay_steps = 1, .steps = 100};
    for (int64_t step = 0; step < 100; step++) assert_true(hol_schedule_rate(&s, step) == 0.05);
}

static void test_linear_goes_straight(void **state) {
    (void)state;
    const hol_schedule s = {.kind = HOL_SCHEDULE_LINEAR, .rate = 0.08, .final_rate = 0.02, .steps = 101};
    assert_rate(&s, 0, 0.08);
    assert_rate(&s, 50, 0.05);
    assert_rate(&s, 25, 0.065);
    assert_rate(&s, 100, 0.02);
    const hol_schedule to_zero = {.kind = HOL_SCHEDULE_LINEAR, .rate = 0.5, .final_rate = 0, .steps = 11};
    assert_rate(&to_zero, 5, 0.25);
    assert_true(fabs(hol_schedule_rate(&to_zero, 10)) < 1e-16);
    const hol_schedule one = {.kind = HOL_SCHEDULE_LINEAR, .rate = 0.5, .final_rate = 0.1, .steps = 1};
    assert_rate(&one, 0, 0.5);
}

static void test_exponential_has_a_constant_factor(void **state) {
    (void)state;
    const hol_schedule s = {.kind = HOL_SCHEDULE_EXPONENTIAL, .rate = 0.1, .final_rate = 0.001, .steps = 201};
    assert_rate(&s, 0, 0.1);
    assert_rate(&s, 100, 0.01);
    assert_rate(&s, 200, 0.001);
    for (int64_t step = 0; step < 200; step++) /* 0.01^(1/200) each time */
        assert_true(fabs(hol_schedule_rate(&s, step + 1) / hol_schedule_rate(&s, step) - 0.97723722095581068) < 1e-12);
    const hol_schedule one = {.kind = HOL_SCHEDULE_EXPONENTIAL, .rate = 0.1, .final_rate = 0.001, .steps = 1};
    assert_rate(&one, 0, 0.1);
}

static void test_inverse_time_halves_after_decay_steps(void **state) {
    (void)state;
    const hol_schedule s = {.kind = HOL_SCHEDULE_INVERSE_TIME, .rate = 0.3, .decay_steps = 40, .steps = 10000};
    assert_rate(&s, 0, 0.3);
    assert_rate(&s, 40, 0.15);
    assert_rate(&s, 20, 0.2);
    assert_rate(&s, 9960, 0.3 / 250);
    /* the length of the run doesn't matter */
    const hol_schedule longer = {.kind = HOL_SCHEDULE_INVERSE_TIME, .rate = 0.3, .decay_steps = 40, .steps = 99999};
    for (int64_t step = 0; step < 100; step++)
        assert_true(hol_schedule_rate(&s, step) == hol_schedule_rate(&longer, step));
}

static void test_warmup_grows_to_the_curve(void **state) {
    (void)state;
    for (int kind = HOL_SCHEDULE_CONSTANT; kind <= HOL_SCHEDULE_INVERSE_TIME; kind++) {
        hol_schedule plain = {
            .kind = (hol_schedule_kind)kind, .rate = 0.1, .final_rate = 0.01, .decay_steps = 30, .steps = 50};
        hol_schedule warm = plain;
        warm.warmup_steps = 4;
        for (int64_t step = 0; step < 50; step++) {
            const double expected = hol_schedule_rate(&plain, step) * (step < 4 ? (double)(step + 1) / 5 : 1);
            assert_rate(&warm, step, expected);
        }
    }
}

/* from the curve, which its first step still has, in equal parts to the last step's, one of which is left */
static void test_cooldown_falls_from_the_curve(void **state) {
    (void)state;
    static const double shares[] = {1, 0.8, 0.6, 0.4, 0.2};
    for (int kind = HOL_SCHEDULE_CONSTANT; kind <= HOL_SCHEDULE_INVERSE_TIME; kind++) {
        const hol_schedule plain = {
            .kind = (hol_schedule_kind)kind, .rate = 0.1, .final_rate = 0.01, .decay_steps = 30, .steps = 50};
        hol_schedule cooled = plain;
        cooled.cooldown_steps = 5;
        for (int64_t step = 0; step < 45; step++)
            assert_true(hol_schedule_rate(&cooled, step) == hol_schedule_rate(&plain, step));
        for (int64_t step = 45; step < 50; step++)
            assert_rate(&cooled, step, hol_schedule_rate(&plain, step) * shares[step - 45]);
    }
}

/* all of a run, and over the warm-up */
static void test_cooldown_may_be_all_of_the_run(void **state) {
    (void)state;
    const hol_schedule s = {
        .kind = HOL_SCHEDULE_CONSTANT, .rate = 0.6, .warmup_steps = 2, .cooldown_steps = 4, .steps = 4};
    assert_rate(&s, 0, 0.6 * 1 / 3);
    assert_rate(&s, 1, 0.6 * 2 / 3 * 3 / 4);
    assert_rate(&s, 2, 0.6 * 2 / 4);
    assert_rate(&s, 3, 0.6 * 1 / 4);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_stays),
        cmocka_unit_test(test_linear_goes_straight),
        cmocka_unit_test(test_exponential_has_a_constant_factor),
        cmocka_unit_test(test_inverse_time_halves_after_decay_steps),
        cmocka_unit_test(test_warmup_grows_to_the_curve),
        cmocka_unit_test(test_cooldown_falls_from_the_curve),
        cmocka_unit_test(test_cooldown_may_be_all_of_the_run),
    };
    return hol_test_main(argc, argv, "schedule", tests, HOL_TEST_COUNT(tests));
}
