/* columns: states as digits and as a unit each, there and back. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "state/columns.h"

/* of 5 states by digits, of 3 and of 2 by a unit each, of 2 by a digit, of 1 */
static const int32_t cardinalities[] = {5, 3, 2, 2, 1, 4};
static const int64_t first_units[] = {0, 3, 6, 8, 9, 9, 13};
static const hol_columns columns = {6, cardinalities, first_units};

static void test_columns_are_sites_where_each_state_has_a_unit(void **state) {
    (void)state;
    const bool expected[] = {false, true, true, false, false, true};
    for (int64_t c = 0; c < 6; c++) assert_int_equal(hol_columns_is_site(&columns, c), expected[c]);
}

static void test_states_become_units(void **state) {
    (void)state;
    const uint8_t states[] = {4, 0, 1, 1, 0, 3, 3, 2, 0, 0, 0, 0};
    const uint8_t expected[] = {0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0};
    uint8_t units[sizeof expected], back[sizeof states];
    hol_columns_to_units(&columns, 2, states, units);
    assert_memory_equal(units, expected, sizeof expected);
    hol_columns_from_units(&columns, 2, units, back);
    assert_memory_equal(back, states, sizeof states);
}

static void test_every_state_comes_back(void **state) {
    (void)state;
    for (int32_t count = 1; count <= HOL_STATES_MAX; count++) {
        const int64_t firsts[] = {0, count, count + hol_columns_digits(count)};
        const int32_t both[] = {count, count};
        const hol_columns two = {2, both, firsts};
        for (int32_t s = 0; s < count; s++) {
            const uint8_t states[] = {(uint8_t)s, (uint8_t)(count - 1 - s)};
            uint8_t units[HOL_STATES_MAX + 8], back[2];
            hol_columns_to_units(&two, 1, states, units);
            hol_columns_from_units(&two, 1, units, back);
            assert_memory_equal(back, states, 2);
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_sites_where_each_state_has_a_unit),
        cmocka_unit_test(test_states_become_units),
        cmocka_unit_test(test_every_state_comes_back),
    };
    return hol_test_main(argc, argv, "columns", tests, HOL_TEST_COUNT(tests));
}
