/* comm: what ranks say to each other, on any number of them. Expected sums are written as formulas of the rank. */
#include "support.h"

#include "base/alloc.h"

static int rank_(void) { return hol_comm_rank(test_comm); }
static int size_(void) { return hol_comm_size(test_comm); }

static void test_agree_all_well(void **state) {
    (void)state;
    for (int i = 0; i < 10; i++) assert_ok(hol_comm_agree(test_comm, HOL_OK));
}

/* one failing rank, each in turn: all get its status and its message */
static void test_agree_tells_one_rank_s_failure_to_all(void **state) {
    (void)state;
    for (int failing = 0; failing < size_(); failing++) {
        char own[64], prefix[64];
        (void)snprintf(own, sizeof own, "disk %d is full", failing);
        (void)snprintf(prefix, sizeof prefix, "rank %d on ", failing);
        const hol_status local = rank_() == failing ? hol_error(HOL_BAD_INPUT, "%s", own) : HOL_OK;
        const hol_status common = hol_comm_agree(test_comm, local);
        bool good = test_take(common) == HOL_BAD_INPUT && strstr(test_message, own);
        if (failing == 0) good = good && strcmp(test_message, own) == 0;
        else good = good && strncmp(test_message, prefix, strlen(prefix)) == 0;
        assert_all(good);
        assert_ok(hol_comm_agree(test_comm, HOL_OK)); /* and the next step starts clean */
    }
}

static void test_agree_takes_the_lowest_of_several(void **state) {
    (void)state;
    for (int lowest = 0; lowest < size_(); lowest++) {
        const hol_status local = rank_() >= lowest
                                     ? hol_error(rank_() == lowest ? HOL_NUMERICAL : HOL_FAILURE, "mine is %d", rank_())
                                     : HOL_OK;
        const hol_status common = hol_comm_agree(test_comm, local);
        char expected[64];
        (void)snprintf(expected, sizeof expected, "mine is %d", lowest);
        assert_all(test_take(common) == HOL_NUMERICAL && strstr(test_message, expected));
    }
}

static void test_agree_keeps_long_messages(void **state) {
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const int last = size_() - 1;
    const hol_status common = hol_comm_agree(test_comm, rank_() == last ? hol_error(HOL_FAILURE, "%s", text) : HOL_OK);
    assert_all(test_take(common) == HOL_FAILURE && strlen(test_message) >= 999 && strlen(test_message) <= 1023);
}

static void test_sum_i64_adds_over_ranks(void **state) {
    (void)state;
    const int64_t counts[] = {0, 1, 2, 1000, 100003};
    const int n = size_();
    int64_t *values = hol_allocate(100003, sizeof *values);
    assert_all(values != NULL);
    for (int c = 0; c < 5; c++) {
        for (int64_t i = 0; i < counts[c]; i++) values[i] = i * (rank_() + 1) - 7 * rank_();
        assert_ok(hol_comm_sum_i64(test_comm, values, counts[c]));
        bool good = true;
        for (int64_t i = 0; i < counts[c]; i++) good = good && values[i] == i * n * (n + 1) / 2 - 7 * n * (n - 1) / 2;
        assert_all(good);
    }
    hol_free(values);
}

static void test_sum_i64_passes_32_bits(void **state) {
    (void)state;
    const int n = size_();
    int64_t values[3] = {INT64_C(3000000000) * (rank_() + 1), -(INT64_C(1) << 40), rank_()};
    assert_ok(hol_comm_sum_i64(test_comm, values, 3));
    assert_all(values[0] == INT64_C(3000000000) * n * (n + 1) / 2 && values[1] == -n * (INT64_C(1) << 40) &&
               values[2] == n * (n - 1) / 2);
}

/* more than a piece of them; each rank brings what only 128 bits hold, of either sign */
static void test_sum_wide_adds_128_bits(void **state) {
    (void)state;
    enum { COUNT = 150 };
    hol_wide values[COUNT], expected[COUNT];
    for (int i = 0; i < COUNT; i++) {
        expected[i] = 0;
        for (int r = 0; r < size_(); r++) {
            const hol_wide value = ((hol_wide)(r + 1) << (i % 120)) * (i % 3 == 0 ? -1 : 1) - i;
            if (r == rank_()) values[i] = value;
            expected[i] += value;
        }
    }
    assert_ok(hol_comm_sum_wide(test_comm, values, COUNT));
    assert_all(memcmp(values, expected, sizeof values) == 0);
}

static void test_max_takes_each_element_s_largest(void **state) {
    (void)state;
    const int n = size_();
    int64_t whole[3] = {rank_(), -rank_() - 5, INT64_C(1) << (40 + rank_())};
    assert_ok(hol_comm_max_i64(test_comm, whole, 3));
    assert_all(whole[0] == n - 1 && whole[1] == -5 && whole[2] == INT64_C(1) << (39 + n));
    double real[3] = {-1.5 - rank_(), 0.25 * rank_(), -1e300};
    assert_ok(hol_comm_max_f64(test_comm, real, 3));
    assert_all(real[0] == -1.5 && real[1] == 0.25 * (n - 1) && real[2] == -1e300);
}

static void test_broadcast_gives_rank_0_s_bytes(void **state) {
    (void)state;
    uint8_t bytes[257];
    for (int i = 0; i < 257; i++) bytes[i] = (uint8_t)(rank_() == 0 ? i * 31 : 0xee);
    assert_ok(hol_comm_broadcast(test_comm, bytes, 256));
    bool good = bytes[256] == (uint8_t)(rank_() == 0 ? 256 * 31 : 0xee); /* and no byte more */
    for (int i = 0; i < 256; i++) good = good && bytes[i] == (uint8_t)(i * 31);
    assert_all(good);
    assert_ok(hol_comm_broadcast(test_comm, bytes, 0));
}

/* rank r brings sizes[r] bytes, some none */
static void gather(const int64_t *sizes) {
    uint8_t local[5000];
    const int64_t count = sizes[rank_() % 4];
    for (int64_t i = 0; i < count; i++) local[i] = (uint8_t)(rank_() * 100 + i);
    void *all = &sizes;
    int64_t total = -1;
    assert_ok(hol_comm_gather(test_comm, count ? local : NULL, count, &all, &total));
    bool good = true;
    if (rank_() == 0) {
        int64_t at = 0;
        for (int r = 0; r < size_(); r++)
            for (int64_t i = 0; i < sizes[r % 4]; i++, at++)
                good = good && ((uint8_t *)all)[at] == (uint8_t)(r * 100 + i);
        good = good && at == total && all != NULL;
        hol_free(all);
    } else {
        good = all == NULL && total == 0;
    }
    assert_all(good);
}

static void test_gather_keeps_the_ranks_order(void **state) {
    (void)state;
    gather((const int64_t[]){3, 0, 4999, 1});
    gather((const int64_t[]){0, 17, 1, 2});
    gather((const int64_t[]){0, 0, 0, 0});
    gather((const int64_t[]){8, 8, 8, 8});
}

static void test_share_covers_in_order(void **state) {
    (void)state;
    for (int64_t count = 0; count < 70; count++)
        for (int size = 1; size < 20; size++) {
            int64_t next = 0, shortest = count + 1, longest = 0;
            for (int r = 0; r < size; r++) {
                int64_t first = -1, owned = -1;
                hol_comm_share(count, r, size, &first, &owned);
                assert_int_equal(first, next);
                assert_true(owned >= 0);
                next = first + owned;
                if (owned < shortest) shortest = owned;
                if (owned > longest) longest = owned;
            }
            assert_int_equal(next, count);
            assert_true(longest - shortest <= 1);
        }
    int64_t first = 0, owned = 0; /* counts beyond 32 bits */
    hol_comm_share(INT64_C(1) << 40, 2, 3, &first, &owned);
    assert_int_equal(first + owned, INT64_C(1) << 40);
    assert_int_equal(owned, (INT64_C(1) << 40) / 3);
}

/* A communicator that measures is of the same process, with the same files. */
static void test_files_are_the_process_s(void **state) {
    (void)state;
    hol_memory *memory = NULL;
    hol_comm *measuring = NULL;
    assert_ok(hol_memory_create(&memory));
    assert_ok(hol_comm_create_measuring(test_comm, memory, 0, 4, 2, &measuring));
    assert_ptr_equal(hol_comm_files(measuring), hol_comm_files(test_comm));
    assert_false(hol_comm_files(test_comm)->is_unchecked);
    assert_null(hol_comm_files(NULL));
    hol_comm_destroy(measuring);
    hol_memory_destroy(memory);
}

static void test_barrier_waits_for_all(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) assert_ok(hol_comm_barrier(test_comm));
    assert_true(rank_() >= 0 && rank_() < size_());
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree_all_well),
        cmocka_unit_test(test_agree_tells_one_rank_s_failure_to_all),
        cmocka_unit_test(test_agree_takes_the_lowest_of_several),
        cmocka_unit_test(test_agree_keeps_long_messages),
        cmocka_unit_test(test_sum_i64_adds_over_ranks),
        cmocka_unit_test(test_sum_i64_passes_32_bits),
        cmocka_unit_test(test_sum_wide_adds_128_bits),
        cmocka_unit_test(test_max_takes_each_element_s_largest),
        cmocka_unit_test(test_broadcast_gives_rank_0_s_bytes),
        cmocka_unit_test(test_gather_keeps_the_ranks_order),
        cmocka_unit_test(test_share_covers_in_order),
        cmocka_unit_test(test_files_are_the_process_s),
        cmocka_unit_test(test_barrier_waits_for_all),
    };
    return hol_test_main(argc, argv, "comm", tests, HOL_TEST_COUNT(tests));
}
