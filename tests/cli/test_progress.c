/* progress: what fits a terminal's line, and what is left out. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "cli/progress.h"

static const char *const fields[] = {"step 120/12000", "4.2 s left", "log-likelihood -5.9904 (valid -5.9156)",
                                     "143338/s"};

static void test_fit_drops_whole_fields_from_the_right(void **state) {
    (void)state;
    const struct {
        int columns;
        const char *text;
    } cases[] = {
        {13, ""},
        {14, "step 120/12000"},
        {25, "step 120/12000"},
        {26, "step 120/12000  4.2 s left"},
        {65, "step 120/12000  4.2 s left"},
        {66, "step 120/12000  4.2 s left  log-likelihood -5.9904 (valid -5.9156)"},
        {75, "step 120/12000  4.2 s left  log-likelihood -5.9904 (valid -5.9156)"},
        {76, "step 120/12000  4.2 s left  log-likelihood -5.9904 (valid -5.9156)  143338/s"},
        {1000, "step 120/12000  4.2 s left  log-likelihood -5.9904 (valid -5.9156)  143338/s"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[256] = "before";
        hol_progress_fit(fields, 4, cases[k].columns, text, sizeof text);
        assert_string_equal(text, cases[k].text);
    }
}

static void test_fit_keeps_within_the_text(void **state) {
    (void)state;
    char text[27];
    hol_progress_fit(fields, 4, 1000, text, sizeof text);
    assert_string_equal(text, "step 120/12000  4.2 s left");
    hol_progress_fit(fields, 4, 1000, text, sizeof text - 1);
    assert_string_equal(text, "step 120/12000");
    hol_progress_fit(fields, 0, 1000, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_plain_lines_come_by_time_ever_more_rarely(void **state) {
    (void)state;
    hol_progress progress = {.steps = 1000000, .batch_size = 64, .samples = 640, .began_at = 5, .drawn_at = 5};
    const int64_t step = 3;
    assert_false(hol_progress_is_due(&progress, step, 14.9));
    assert_true(hol_progress_is_due(&progress, step, 15.1));
    int lines = 0;
    for (double now = 5; now < 5 + 86400; now += 1) {
        if (!hol_progress_is_due(&progress, step, now)) continue;
        assert_true(now - progress.drawn_at <= 601);
        progress.drawn_at = now;
        lines++;
    }
    assert_in_range(lines, 100, 250); /* of a day */
    assert_false(hol_progress_is_due(&progress, progress.steps, 5 + 2e5));
    progress.is_terminal = true;
    progress.drawn_at = 100;
    assert_false(hol_progress_is_due(&progress, step, 100.05));
    assert_true(hol_progress_is_due(&progress, step, 100.15));
    assert_true(hol_progress_is_due(&progress, progress.steps, 100.05));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit_drops_whole_fields_from_the_right),
        cmocka_unit_test(test_fit_keeps_within_the_text),
        cmocka_unit_test(test_plain_lines_come_by_time_ever_more_rarely),
    };
    return hol_test_main(argc, argv, "progress", tests, HOL_TEST_COUNT(tests));
}
