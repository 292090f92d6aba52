/* meter: waiting and exposed time of made-up steps, against formulas of the rank. */
#include "support.h"

#include <math.h>

#include "train/waiting.h"

/* Rank r computes for r + 1 seconds and communicates for `size - r + 1`: all but 2 seconds of that is waiting. */
static void check_steps(hol_waiting *meter, int steps) {
    const int r = hol_comm_rank(test_comm), n = hol_comm_size(test_comm);
    for (int s = 0; s < steps; s++) assert_ok(hol_waiting_add(meter, r + 1, n - r - 1 + 2));
    double waiting = -1, exposed = -1;
    assert_ok(hol_waiting_settle(meter, &waiting, &exposed));
    assert_all(fabs(waiting - steps * (n - 1) / 2.0) <= 1e-6 * steps && fabs(exposed - 2.0 * steps) <= 1e-6 * steps);
}

static void test_settle_tells_waiting_from_transfer(void **state) {
    (void)state;
    hol_waiting *meter = NULL;
    assert_ok(hol_waiting_create(test_comm, &meter));
    check_steps(meter, 0);
    check_steps(meter, 1);
    check_steps(meter, 7); /* and begins anew */
    check_steps(meter, 3 * HOL_WAITING_STEPS + 5);
    check_steps(meter, HOL_WAITING_STEPS);
    hol_waiting_destroy(meter);
    hol_waiting_destroy(NULL);
}

/* each rank the slowest in its turn: waiting, though all compute as long in the mean */
static void test_settle_sees_changing_turns(void **state) {
    (void)state;
    const int r = hol_comm_rank(test_comm), n = hol_comm_size(test_comm);
    hol_waiting *meter = NULL;
    assert_ok(hol_waiting_create(test_comm, &meter));
    for (int s = 0; s < 12 * n; s++) assert_ok(hol_waiting_add(meter, s % n == r ? 3 : 1, s % n == r ? 0 : 2));
    double waiting = -1, exposed = -1;
    assert_ok(hol_waiting_settle(meter, &waiting, &exposed));
    assert_all(fabs(waiting - 12.0 * (n - 1) * 2) < 1e-5 && exposed < 1e-5);
    hol_waiting_destroy(meter);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle_tells_waiting_from_transfer),
        cmocka_unit_test(test_settle_sees_changing_turns),
    };
    return hol_test_main(argc, argv, "meter", tests, HOL_TEST_COUNT(tests));
}
