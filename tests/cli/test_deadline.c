/* deadline: durations in all their forms, and the reserve kept before the end. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "base/clock.h"
#include "base/stop.h"
#include "cli/deadline.h"

static void test_parse_takes_every_form(void **state) {
    (void)state;
    const struct {
        const char *text;
        double seconds;
    } good[] = {
        {"90", 90},          {"0.5", 0.5},           {"1:30", 90},      {"300:00", 18000},
        {"3:55:00", 14100},  {"100:00:00", 360000},  {"0:00:01", 1},    {"1-00", 86400},
        {"2-03:04", 183840}, {"2-03:04:05", 183845}, {"0-00:30", 1800}, {"0010", 10},
        {"0:07", 7},         {"7-23:59:59", 691199},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double seconds = -1;
        assert_ok(hol_deadline_parse("--max-time", good[i].text, &seconds));
        if (seconds < good[i].seconds || seconds > good[i].seconds) fail_msg("%s: %g", good[i].text, seconds);
    }
}

static void test_parse_refuses_nonsense(void **state) {
    (void)state;
    const char *const bad[] = {
        "",      "0",       "0:00",       "0-00",          "soon",    "-5",  "1-",     "-1:00",   "1:5",
        "1:60",  "1:005",   "1:00:60",    "1:60:00",       "1-24:00", "1-2", "1-02:3", "1::00",   ":30",
        "1:00:", "1:2:3:4", "1:00:00:00", "1-00:00:00:00", "1-00-00", "1e3", "inf",    "nan",     "0x10",
        "1:30s", " 1:30",   "1:30 ",      "1.5:00",        "1.2.3",   ".",   "+5",     "1-02:60", "1 2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double seconds = -1;
        if (test_take(hol_deadline_parse("--max-time", bad[i], &seconds)) != HOL_USAGE)
            fail_msg("\"%s\" gave %g", bad[i], seconds);
        assert_non_null(strstr(test_message, bad[i]));
    }
}

static double remaining(const hol_deadline *deadline) { return deadline->at - hol_clock_now(); }

static void test_slurm_end_is_taken_when_no_time_is_given(void **state) {
    (void)state;
    hol_deadline deadline;
    char text[32];
    (void)unsetenv("SLURM_JOB_END_TIME");
    hol_deadline_start(&deadline, test_comm, hol_clock_now(), 0, 0);
    assert_true(remaining(&deadline) > 1e18);
    (void)snprintf(text, sizeof text, "%.0f", hol_clock_wall() + 1000);
    (void)setenv("SLURM_JOB_END_TIME", text, 1);
    hol_deadline_start(&deadline, test_comm, hol_clock_now(), 0, 0);
    assert_true(remaining(&deadline) > 990 && remaining(&deadline) < 1001);
    hol_deadline_start(&deadline, test_comm, hol_clock_now() - 20, 50, 0);
    assert_true(remaining(&deadline) > 25 && remaining(&deadline) < 31);
    /* what is over or no number is another job's, or nobody's */
    const char *const other[] = {"1000", "", "tomorrow", "12x", "NONE"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        (void)setenv("SLURM_JOB_END_TIME", other[i], 1);
        hol_deadline_start(&deadline, test_comm, hol_clock_now(), 0, 0);
        assert_true(remaining(&deadline) > 1e18);
    }
    (void)unsetenv("SLURM_JOB_END_TIME");
}

/* steps of 10 s and checkpoints of 30 s, as the module sees them */
static bool stops_with(double left) {
    hol_deadline deadline;
    hol_deadline_start(&deadline, test_comm, hol_clock_now(), 1e6, 0);
    deadline.stepped_at -= 10 + 30;
    hol_deadline_checkpointed(&deadline, 30);
    deadline.at = hol_clock_now() + left;
    hol_deadline_stepped(&deadline);
    return hol_stop_requested();
}

static void test_reserve_holds_two_steps_and_two_checkpoints(void **state) {
    (void)state;
    assert_false(stops_with(90));
    assert_true(stops_with(80)); /* 2 x 10 + 2 x 30 + 1 */
    assert_string_equal(hol_stop_reason(), "time limit");
}

static void test_watchdog_takes_times_and_words(void **state) {
    (void)state;
    const struct {
        const char *text;
        double seconds;
    } good[] = {{"auto", -1}, {"off", 0}, {"0", 0}, {"1", 1}, {"600", 600}, {"2:30", 150}, {"1:00:00", 3600}};
    const char *const bad[] = {"", "0.5", "on", "Auto", "-1", "5 min", "0:00", "off ", "inf", "00"};
    double seconds = -7;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(hol_deadline_parse_watchdog(good[i].text, &seconds));
        if (seconds < good[i].seconds || seconds > good[i].seconds) fail_msg("%s: %g", good[i].text, seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hol_deadline_parse_watchdog(bad[i], &seconds)) fail_msg("\"%s\" gave %g", bad[i], seconds);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_takes_every_form),
        cmocka_unit_test(test_parse_refuses_nonsense),
        cmocka_unit_test(test_watchdog_takes_times_and_words),
        cmocka_unit_test(test_slurm_end_is_taken_when_no_time_is_given),
        cmocka_unit_test(test_reserve_holds_two_steps_and_two_checkpoints),
    };
    return hol_test_main(argc, argv, "deadline", tests, HOL_TEST_COUNT(tests));
}
