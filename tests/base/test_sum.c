/* sum: totals against formulas of the rank, in every width, in ranges, over many cycles. With HOLODE_NODE_RANKS=1 or 2
 * in the environment the same goes over MPI (tests/cli/nodes.sh). */
#include "support.h"

#include "few_files.h"

#include "base/alloc.h"
#include "base/sum.h"

enum { COUNT = 30011 };

static int rank_(void) { return hol_comm_rank(test_comm); }
static int size_(void) { return hol_comm_size(test_comm); }

/* what rank r adds to entry i in cycle c; fits 16 bits for 8 ranks */
static int64_t addend(int64_t i, int r, int c) { return (i * 7 + c * 13 + r * 31) % 4001 - 2000; }

static int64_t expected(int64_t i, int c) {
    int64_t sum = 0;
    for (int r = 0; r < size_(); r++) sum += addend(i, r, c);
    return sum;
}

static void put(void *values, int width, int64_t i, int64_t value) {
    if (width == 2) ((int16_t *)values)[i] = (int16_t)value;
    else if (width == 4) ((int32_t *)values)[i] = (int32_t)value;
    else ((int64_t *)values)[i] = value * (INT64_C(1) << 33);
}

static int64_t get(const void *values, int width, int64_t i) {
    if (width == 2) return ((const int16_t *)values)[i];
    return width == 4 ? ((const int32_t *)values)[i] : ((const int64_t *)values)[i] / (INT64_C(1) << 33);
}

/* the largest addend, as it is put */
static int64_t bound_of(int width) { return width == 8 ? 2000 * (INT64_C(1) << 33) : 2000; }

/* cycles of `ranges` ranges each, written and started one after the other */
static void cycle(hol_sum *sum, int width, int ranges, int c) {
    for (int k = 0; k < ranges; k++) {
        const int64_t first = (int64_t)COUNT * k / ranges, end = (int64_t)COUNT * (k + 1) / ranges;
        for (int64_t i = first; i < end; i++) put(hol_sum_get_part(sum), width, i, addend(i, rank_(), c));
        assert_ok(hol_sum_start(sum, first, end - first));
        hol_sum_poll(sum);
    }
    assert_ok(hol_sum_finish(sum));
    bool good = true;
    for (int64_t i = 0; i < COUNT; i++) good = good && get(hol_sum_get_total(sum), width, i) == expected(i, c);
    assert_all(good);
}

static void test_sum_adds_over_ranks(void **state) {
    (void)state;
    const int widths[] = {2, 4, 8};
    for (int w = 0; w < 3; w++)
        for (int ranges = 1; ranges <= HOL_SUM_RANGES_MAX; ranges *= 4) {
            hol_sum *sum = NULL;
            assert_ok(hol_sum_create(test_comm, COUNT, widths[w], bound_of(widths[w]), 0, &sum));
            for (int c = 0; c < 5; c++) cycle(sum, widths[w], ranges, c);
            hol_sum_destroy(sum);
        }
}

/* more than one call may hold: cut, as 2^31 and more are with the default */
static void test_sum_cuts_what_is_too_long_for_a_call(void **state) {
    (void)state;
    hol_sum *sum = NULL;
    assert_ok(hol_sum_create(test_comm, COUNT, 4, 2000, 1000, &sum)); /* 31 calls */
    for (int c = 0; c < 3; c++) cycle(sum, 4, 1, c);
    hol_sum_destroy(sum);
    assert_ok(hol_sum_create(test_comm, COUNT, 4, 2000, 100, &sum));
    assert_refused(hol_sum_start(sum, 0, COUNT), HOL_FAILURE, "more than 64 ranges");
    assert_ok(hol_sum_finish(sum));
    hol_sum_destroy(sum);
}

/* Two at a time, their ranges started in turn: a total must not be touched before everyone is done with it. Unequal
 * work between the calls makes each rank the slowest now and then. */
static void test_sums_in_flight_do_not_disturb_each_other(void **state) {
    (void)state;
    hol_sum *sums[2] = {NULL, NULL};
    for (int k = 0; k < 2; k++) assert_ok(hol_sum_create(test_comm, COUNT, 4, 2000, 0, &sums[k]));
    bool good = true;
    for (int c = 0; c < 40; c++) {
        for (int half = 0; half < 2; half++)
            for (int k = 0; k < 2; k++) {
                const int64_t first = half ? COUNT / 2 : 0, end = half ? COUNT : COUNT / 2;
                for (int64_t i = first; i < end; i++) put(hol_sum_get_part(sums[k]), 4, i, addend(i, rank_(), c + k));
                if ((c + k) % size_() == rank_()) (void)usleep(200);
                assert_ok(hol_sum_start(sums[k], first, end - first));
                hol_sum_poll(sums[!k]);
            }
        for (int k = 0; k < 2; k++) assert_ok(hol_sum_finish(sums[k]));
        if ((c + 1) % size_() == rank_()) (void)usleep(200);
        for (int k = 0; k < 2; k++)
            for (int64_t i = 0; i < COUNT; i++)
                good = good && get(hol_sum_get_total(sums[k]), 4, i) == expected(i, c + k);
    }
    assert_all(good);
    for (int k = 0; k < 2; k++) hol_sum_destroy(sums[k]);
}

static void test_sum_of_one_process_is_its_part(void **state) {
    (void)state;
    hol_sum *sum = NULL;
    assert_ok(hol_sum_create(NULL, 10, 8, 5, 0, &sum));
    assert_ptr_equal(hol_sum_get_total(sum), hol_sum_get_part(sum));
    ((int64_t *)hol_sum_get_part(sum))[9] = 5;
    assert_ok(hol_sum_finish(sum)); /* nothing was started */
    assert_true(((const int64_t *)hol_sum_get_total(sum))[9] == 5);
    hol_sum_destroy(sum);
    hol_sum_destroy(NULL);
}

/* made and given back many times: more than there are communicators for at a time */
static void test_sums_can_be_made_again(void **state) {
    (void)state;
    for (int k = 0; k < 30; k++) {
        hol_sum *sum = NULL;
        assert_ok(hol_sum_create(test_comm, COUNT, 2, 2000, 0, &sum));
        if (k % 10 == 0) cycle(sum, 2, 3, k);
        hol_sum_destroy(sum);
    }
}

/* one rank that may open no more files can share nothing: then each exchanges for itself, to the same sums */
static void test_sum_of_ranks_that_cannot_share(void **state) {
    (void)state;
    hol_sum *sum = NULL;
    const struct rlimit before = forbid_files();
    const hol_status status = hol_sum_create(test_comm, COUNT, 4, 2000, 0, &sum);
    allow_files(before);
    assert_all(status == HOL_OK);
    for (int c = 0; c < 5; c++) cycle(sum, 4, 4, c);
    assert_all(hol_sum_get_part(sum) == hol_sum_get_total(sum)); /* each is alone */
    hol_sum_destroy(sum);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_adds_over_ranks),
        cmocka_unit_test(test_sum_cuts_what_is_too_long_for_a_call),
        cmocka_unit_test(test_sums_in_flight_do_not_disturb_each_other),
        cmocka_unit_test(test_sum_of_one_process_is_its_part),
        cmocka_unit_test(test_sums_can_be_made_again),
        cmocka_unit_test(test_sum_of_ranks_that_cannot_share),
    };
    return hol_test_main(argc, argv, "sum", tests, HOL_TEST_COUNT(tests));
}
