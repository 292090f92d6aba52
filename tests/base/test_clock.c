/* clock: it runs forward, at the speed of the system's own clocks. */
#include "support.h"

#include <time.h>

#include "base/clock.h"

static void test_clock_now_never_goes_back(void **state) {
    (void)state;
    double before = hol_clock_now();
    for (int i = 0; i < 100000; i++) {
        const double now = hol_clock_now();
        assert_true(now >= before);
        before = now;
    }
}

static void test_clock_now_measures_a_sleep(void **state) {
    (void)state;
    const double before = hol_clock_now();
    const struct timespec pause = {.tv_nsec = 50000000};
    assert_int_equal(nanosleep(&pause, NULL), 0);
    const double passed = hol_clock_now() - before;
    assert_true(passed >=
                0.0499); /* a sleep is never short; how long a busy machine makes it is not asserted tightly */
    assert_true(passed < 30);
}

static void test_clock_wall_is_the_epoch(void **state) {
    (void)state;
    const double before = (double)time(NULL), now = hol_clock_wall(), after = (double)time(NULL) + 1;
    /* time() may read a clock that is a tick (10 ms at most) behind */
    assert_true(now >= before - 0.02 && now <= after + 0.02);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_now_never_goes_back),
        cmocka_unit_test(test_clock_now_measures_a_sleep),
        cmocka_unit_test(test_clock_wall_is_the_epoch),
    };
    return hol_test_main(argc, argv, "clock", tests, HOL_TEST_COUNT(tests));
}
