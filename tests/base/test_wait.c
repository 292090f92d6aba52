/* wait: flags that count on, sleepers that are woken, waiting that takes no processor. Between processes these flags
 * are tested by test_sum and test_team, and with a stopped rank by tests/cli/busy.sh. */
#include "support.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "base/wait.h"

static double processor_seconds(void) {
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void test_flag_is_up_from_its_value_on(void **state) {
    (void)state;
    hol_flag flag = {0};
    assert_true(hol_flag_is_up(&flag, 0));
    assert_false(hol_flag_is_up(&flag, 1));
    hol_flag_raise(&flag, 3);
    assert_true(hol_flag_is_up(&flag, 1) && hol_flag_is_up(&flag, 3));
    assert_false(hol_flag_is_up(&flag, 4));
    assert_true(hol_flag_wait(&flag, 3, 0));
}

static void test_flag_wraps(void **state) {
    (void)state;
    hol_flag flag = {0};
    hol_flag_raise(&flag, UINT_MAX - 1);
    assert_true(hol_flag_is_up(&flag, UINT_MAX - 1));
    assert_false(hol_flag_is_up(&flag, UINT_MAX));
    assert_false(hol_flag_is_up(&flag, 1));
    hol_flag_raise(&flag, 1);
    assert_true(hol_flag_is_up(&flag, UINT_MAX) && hol_flag_is_up(&flag, 1));
}

/* nobody raises it: the wait ends by itself, after a sleep and not after spinning */
static void test_wait_sleeps(void **state) {
    (void)state;
    hol_flag flag = {0};
    const double began = hol_clock_now(), used = processor_seconds();
    assert_false(hol_flag_wait(&flag, 1, 0));
    assert_true(hol_clock_now() - began >= 0.9 * HOL_WAIT_SLEEP);
    assert_true(processor_seconds() - used < 0.3 * HOL_WAIT_SLEEP);
    assert_int_equal(atomic_load(&flag.sleepers), 0);
}

typedef struct pair {
    hol_flag there, back;
    unsigned rounds, early;
    double spin;
} pair;

static void *answer(void *context) {
    pair *p = context;
    for (unsigned round = 1; round <= p->rounds; round++) {
        while (!hol_flag_wait(&p->there, round, p->spin)) continue;
        hol_flag_raise(&p->back, round);
    }
    return NULL;
}

/* waits for a flag that the other one raises only as an answer */
static void exchange(pair *p) {
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, answer, p), 0);
    for (unsigned round = 1; round <= p->rounds; round++) {
        if (hol_flag_is_up(&p->back, round)) p->early++;
        hol_flag_raise(&p->there, round);
        while (!hol_flag_wait(&p->back, round, p->spin)) continue;
    }
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(p->early, 0);
    assert_int_equal(atomic_load(&p->there.sleepers) + atomic_load(&p->back.sleepers), 0);
}

static void test_exchange_spinning_or_sleeping(void **state) {
    (void)state;
    pair spinning = {.rounds = 2000, .spin = 60e-6}, sleeping = {.rounds = 2000};
    exchange(&spinning);
    exchange(&sleeping);
}

/* Each round begins when the other one sleeps. One that is not woken would sleep to the end of its time: 300 rounds
 * would then take 30 s. */
static void test_raise_wakes_sleepers(void **state) {
    (void)state;
    pair p = {.rounds = 300};
    pthread_t other;
    const double began = hol_clock_now();
    assert_int_equal(pthread_create(&other, NULL, answer, &p), 0);
    for (unsigned round = 1; round <= p.rounds; round++) {
        while (atomic_load(&p.there.sleepers) == 0) (void)sched_yield();
        hol_flag_raise(&p.there, round);
        while (!hol_flag_is_up(&p.back, round)) (void)sched_yield();
    }
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_true(hol_clock_now() - began < 0.5 * HOL_WAIT_SLEEP * p.rounds);
}

/* waiting for a message: at most one look in 50 microseconds, and at least one in 500 (and what a busy core adds) */
static void test_poll_sleeps_between_looks(void **state) {
    (void)state;
    hol_poll poll = {.spin = 0};
    const double began = hol_clock_now(), used = processor_seconds();
    int looks = 0;
    for (; hol_clock_now() - began < 0.2; looks++) hol_poll_wait(&poll);
    assert_true(looks <= 4001);
    assert_true(processor_seconds() - used < 0.1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_flag_is_up_from_its_value_on),
    cmocka_unit_test(test_flag_wraps),
    cmocka_unit_test(test_wait_sleeps),
    cmocka_unit_test(test_exchange_spinning_or_sleeping),
    cmocka_unit_test(test_raise_wakes_sleepers),
    cmocka_unit_test(test_poll_sleeps_between_looks),
};

int main(int argc, char **argv) { return hol_test_main(argc, argv, "wait", tests, HOL_TEST_COUNT(tests)); }
