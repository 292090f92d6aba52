/* status: codes, the message buffer, messages made of the old message. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

static void test_error_returns_code_and_message(void **state) {
    (void)state;
    assert_int_equal(hol_error(HOL_BAD_INPUT, "%s:%d: found %c", "a.csv", 7, 'x'), HOL_BAD_INPUT);
    assert_string_equal(hol_error_message(), "a.csv:7: found x");
    assert_int_equal(hol_error(HOL_USAGE, "other"), HOL_USAGE);
    assert_string_equal(hol_error_message(), "other");
}

static void test_error_takes_old_message_as_argument(void **state) {
    (void)state;
    (void)hol_error(HOL_FAILURE, "inner");
    assert_int_equal(hol_error(HOL_FAILURE, "outer: %s (%s)", hol_error_message(), hol_error_message()), HOL_FAILURE);
    assert_string_equal(hol_error_message(), "outer: inner (inner)");
}

static void test_error_cuts_long_messages(void **state) {
    (void)state;
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)hol_error(HOL_FAILURE, "%s", text);
    assert_int_equal(strlen(hol_error_message()), 1023);
    text[1023] = '\0';
    assert_string_equal(hol_error_message(), text);
}

static void test_error_clear_forgets(void **state) {
    (void)state;
    (void)hol_error(HOL_FAILURE, "something");
    hol_error_clear();
    assert_string_equal(hol_error_message(), "");
}

static hol_status attempt(int failing_step, int *ret_reached) {
    hol_status status = HOL_OK;
    *ret_reached = 0;
    HOL_TRY(failing_step == 1 ? HOL_BAD_INPUT : HOL_OK);
    *ret_reached = 1;
    HOL_TRY(failing_step == 2 ? HOL_NUMERICAL : HOL_OK);
    *ret_reached = 2;
cleanup:
    return status;
}

static void test_try_leaves_at_the_first_failure(void **state) {
    (void)state;
    int reached = -1;
    assert_int_equal(attempt(0, &reached), HOL_OK);
    assert_int_equal(reached, 2);
    assert_int_equal(attempt(1, &reached), HOL_BAD_INPUT);
    assert_int_equal(reached, 0);
    assert_int_equal(attempt(2, &reached), HOL_NUMERICAL);
    assert_int_equal(reached, 1);
}

/* they are exit codes: a change would break users' job scripts */
static void test_status_values_are_exit_codes(void **state) {
    (void)state;
    assert_int_equal(HOL_OK, 0);
    assert_int_equal(HOL_FAILURE, 1);
    assert_int_equal(HOL_USAGE, 2);
    assert_int_equal(HOL_BAD_INPUT, 3);
    assert_int_equal(HOL_NUMERICAL, 4);
    assert_int_equal(HOL_STOPPED, 75);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_returns_code_and_message),
        cmocka_unit_test(test_error_takes_old_message_as_argument),
        cmocka_unit_test(test_error_cuts_long_messages),
        cmocka_unit_test(test_error_clear_forgets),
        cmocka_unit_test(test_try_leaves_at_the_first_failure),
        cmocka_unit_test(test_status_values_are_exit_codes),
    };
    return hol_test_main(argc, argv, "status", tests, HOL_TEST_COUNT(tests));
}
