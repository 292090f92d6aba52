/* alloc: zeroing, alignment, sizes that overflow. */
#include "support.h"

#include "base/alloc.h"

static void test_allocate_is_zeroed_and_aligned(void **state) {
    (void)state;
    /* dirty memory first, so that what comes back was in use */
    for (int round = 0; round < 3; round++)
        for (int64_t count = 1; count < 5000; count = count * 2 + 1) {
            uint8_t *bytes = hol_allocate(count, 3);
            assert_non_null(bytes);
            assert_int_equal((uintptr_t)bytes % HOL_ALIGNMENT, 0);
            for (int64_t i = 0; i < 3 * count; i++) assert_int_equal(bytes[i], 0);
            memset(bytes, 0xff, (size_t)(3 * count));
            hol_free(bytes);
        }
}

static void test_allocate_zero_count_is_valid(void **state) {
    (void)state;
    void *a = hol_allocate(0, 8), *b = hol_allocate(0, 8);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    hol_free(a);
    hol_free(b);
    hol_free(NULL);
}

static void refuse(int64_t count, size_t size) {
    void *pointer = hol_allocate(count, size);
    assert_null(pointer);
    assert_refused(hol_allocate_error(count, size, "giant table"), HOL_FAILURE, "out of memory: giant table needs ");
}

static void test_allocate_refuses_overflow(void **state) {
    (void)state;
    refuse(-1, 1);
    refuse(INT64_MIN, 8);
    refuse(INT64_MAX, 8);              /* the product overflows */
    refuse(INT64_C(1) << 61, 8);       /* to exactly 0 */
    refuse((INT64_C(1) << 61) + 1, 8); /* to a small number */
    refuse(1, SIZE_MAX);               /* rounding up to the alignment overflows */
    refuse(1, SIZE_MAX - HOL_ALIGNMENT + 1);
}

static void test_product_saturates(void **state) {
    (void)state;
    const int64_t root = INT64_C(3037000499); /* its square is the largest below 2^63 */
    assert_true(HOL_PRODUCT(7) == 7);
    assert_true(HOL_PRODUCT(0, INT64_MAX) == 0);
    assert_true(HOL_PRODUCT(2, 3, 5, 7) == 210);
    assert_true(HOL_PRODUCT(root, root) == root * root);
    assert_true(HOL_PRODUCT(root + 1, root + 1) == INT64_MAX);
    assert_true(HOL_PRODUCT(INT64_C(1) << 60, 16) == INT64_MAX); /* to exactly 0 */
    assert_true(HOL_PRODUCT(INT64_C(1) << 32, INT64_C(1) << 32, 3) == INT64_MAX);
    assert_true(HOL_PRODUCT(-1, 5) == INT64_MAX);
    refuse(HOL_PRODUCT(INT64_C(1) << 60, 16), 1);
    refuse(INT64_MAX, 1);
}

static void test_allocate_macro_gives_status(void **state) {
    (void)state;
    double *values = NULL;
    assert_ok(HOL_ALLOCATE(values, 17, "values"));
    assert_non_null(values);
    assert_true(values[16] == 0);
    hol_free(values);
    assert_refused(HOL_ALLOCATE(values, -5, "values"), HOL_FAILURE, "out of memory: values needs -5");
    assert_null(values);
}

static void test_round_up_is_the_next_multiple(void **state) {
    (void)state;
    for (int64_t unit = 1; unit < 40; unit++)
        for (int64_t count = 0; count < 200; count++) {
            int64_t expected = 0;
            while (expected < count) expected += unit;
            assert_int_equal(hol_round_up(count, unit), expected);
        }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocate_is_zeroed_and_aligned), cmocka_unit_test(test_allocate_zero_count_is_valid),
        cmocka_unit_test(test_allocate_refuses_overflow),      cmocka_unit_test(test_product_saturates),
        cmocka_unit_test(test_allocate_macro_gives_status),
        cmocka_unit_test(test_round_up_is_the_next_multiple),
    };
    return hol_test_main(argc, argv, "alloc", tests, HOL_TEST_COUNT(tests));
}
