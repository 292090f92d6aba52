/* pace: waiting and exposed time of made-up steps, against formulas of the rank. */
#include "support.h"

#include <math.h>

#include "train/pace.h"

/* Rank r computes for r + 1 seconds and communicates for `size - r + 1`: all but 2 seconds of that is waiting. */
static void check_steps(hol_pace *pace, int steps) {
    const int r = hol_comm_rank(test_comm), n = hol_comm_size(test_comm);
    for (int s = 0; s < steps; s++) assert_ok(hol_pace_add(pace, r + 1, n - r - 1 + 2));
    double waiting = -1, exposed = -1;
    assert_ok(hol_pace_settle(pace, &waiting, &exposed));
    assert_all(fabs(waiting - steps * (n - 1) / 2.0) <= 1e-6 * steps && fabs(exposed - 2.0 * steps) <= 1e-6 * steps);
}

static void test_settle_tells_waiting_from_transfer(void **state) {
    (void)state;
    hol_pace *pace = NULL;
    assert_ok(hol_pace_create(test_comm, &pace));
    check_steps(pace, 0);
    check_steps(pace, 1);
    check_steps(pace, 7); /* and begins anew */
    check_steps(pace, 3 * HOL_PACE_STEPS + 5);
    check_steps(pace, HOL_PACE_STEPS);
    hol_pace_destroy(pace);
    hol_pace_destroy(NULL);
}

/* each rank the slowest in its turn: waiting, though all compute as long in the mean */
static void test_settle_sees_changing_turns(void **state) {
    (void)state;
    const int r = hol_comm_rank(test_comm), n = hol_comm_size(test_comm);
    hol_pace *pace = NULL;
    assert_ok(hol_pace_create(test_comm, &pace));
    for (int s = 0; s < 12 * n; s++) assert_ok(hol_pace_add(pace, s % n == r ? 3 : 1, s % n == r ? 0 : 2));
    double waiting = -1, exposed = -1;
    assert_ok(hol_pace_settle(pace, &waiting, &exposed));
    assert_all(fabs(waiting - 12.0 * (n - 1) * 2) < 1e-5 && exposed < 1e-5);
    hol_pace_destroy(pace);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle_tells_waiting_from_transfer),
        cmocka_unit_test(test_settle_sees_changing_turns),
    };
    return hol_test_main(argc, argv, "pace", tests, HOL_TEST_COUNT(tests));
}
