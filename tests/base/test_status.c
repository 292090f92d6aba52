/* status: codes and messages, failures in place of others. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

static void test_error_has_code_and_message(void **state) {
    (void)state;
    const hol_status one = hol_error(HOL_BAD_INPUT, "%s:%d: found %c", "a.csv", 7, 'x');
    const hol_status other = hol_error(HOL_USAGE, "other");
    assert_int_equal(hol_error_code(one), HOL_BAD_INPUT);
    assert_string_equal(hol_error_message(one), "a.csv:7: found x");
    assert_int_equal(hol_error_code(other), HOL_USAGE);
    assert_string_equal(hol_error_message(other), "other");
    assert_true(hol_error_drop(one) && hol_error_drop(other));
}

static void test_ok_has_neither(void **state) {
    (void)state;
    assert_null(HOL_OK);
    assert_int_equal(hol_error_code(HOL_OK), 0);
    assert_string_equal(hol_error_message(HOL_OK), "");
    assert_false(hol_error_drop(HOL_OK));
}

static void test_error_replace_takes_the_old_message_as_argument(void **state) {
    (void)state;
    hol_status status = hol_error(HOL_FAILURE, "inner");
    status =
        hol_error_replace(status, HOL_USAGE, "outer: %s (%s)", hol_error_message(status), hol_error_message(status));
    assert_refused(status, HOL_USAGE, "outer: inner (inner)");
    assert_refused(hol_error_replace(HOL_OK, HOL_FAILURE, "new"), HOL_FAILURE, "new");
}

static void test_error_first_keeps_what_failed_first(void **state) {
    (void)state;
    assert_ok(hol_error_first(HOL_OK, HOL_OK));
    assert_refused(hol_error_first(hol_error(HOL_USAGE, "one"), HOL_OK), HOL_USAGE, "one");
    assert_refused(hol_error_first(HOL_OK, hol_error(HOL_USAGE, "two")), HOL_USAGE, "two");
    assert_refused(hol_error_first(hol_error(HOL_USAGE, "one"), hol_error(HOL_FAILURE, "two")), HOL_USAGE, "one");
}

static void test_error_cuts_long_messages(void **state) {
    (void)state;
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const hol_status status = hol_error(HOL_FAILURE, "%s", text);
    text[1023] = '\0';
    assert_string_equal(hol_error_message(status), text);
    assert_true(hol_error_drop(status));
}

static hol_status attempt(int failing_step, int *ret_reached) {
    hol_status status = HOL_OK;
    *ret_reached = 0;
    HOL_TRY(failing_step == 1 ? hol_error(HOL_BAD_INPUT, "first") : HOL_OK);
    *ret_reached = 1;
    HOL_TRY(failing_step == 2 ? hol_error(HOL_NUMERICAL, "second") : HOL_OK);
    *ret_reached = 2;
cleanup:
    return status;
}

static void test_try_leaves_at_the_first_failure(void **state) {
    (void)state;
    int reached = -1;
    assert_ok(attempt(0, &reached));
    assert_int_equal(reached, 2);
    assert_refused(attempt(1, &reached), HOL_BAD_INPUT, "first");
    assert_int_equal(reached, 0);
    assert_refused(attempt(2, &reached), HOL_NUMERICAL, "second");
    assert_int_equal(reached, 1);
}

/* they are exit codes: a change would break users' job scripts */
static void test_status_values_are_exit_codes(void **state) {
    (void)state;
    assert_int_equal(HOL_FAILURE, 1);
    assert_int_equal(HOL_USAGE, 2);
    assert_int_equal(HOL_BAD_INPUT, 3);
    assert_int_equal(HOL_NUMERICAL, 4);
    assert_int_equal(HOL_STOPPED, 75);
    assert_int_equal(HOL_STALLED, 76);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_has_code_and_message),
        cmocka_unit_test(test_ok_has_neither),
        cmocka_unit_test(test_error_replace_takes_the_old_message_as_argument),
        cmocka_unit_test(test_error_first_keeps_what_failed_first),
        cmocka_unit_test(test_error_cuts_long_messages),
        cmocka_unit_test(test_try_leaves_at_the_first_failure),
        cmocka_unit_test(test_status_values_are_exit_codes),
    };
    return hol_test_main(argc, argv, "status", tests, HOL_TEST_COUNT(tests));
}
