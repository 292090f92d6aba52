/* contact_map: which pairs are marked, of scores that are given. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "cli/contact_map.h"

/* Ten sites: 1-2 is the strongest, but too near; of the others the L/5 = 2nd is full colour. */
static void test_first_pairs_are_marked_and_near_ones_left_out(void **state) {
    (void)state;
    int32_t ends[] = {0, 1, 0, 6, 2, 9, 3, 8, 4, 9};
    double scores[] = {9, 1, 4, 2, -1};
    int64_t order[] = {0, 2, 3, 1, 4};
    const hol_contacts contacts = {.sites = 10, .count = 5, .ends = ends, .scores = scores, .order = order};
    hol_contact_map map = {0};
    int marked = 0;
    assert_ok(hol_contact_map_make(&contacts, 5, 400, &map));
    for (int k = 0; k < 100; k++) marked += map.values[k] < 0;
    assert_int_equal(marked, 4);
    for (int k = 1; k < 5; k++) assert_true(map.values[ends[2 * k + 1] * 10 + ends[2 * k]] == -1);
    assert_true(map.values[0 * 10 + 1] == 0 && map.values[1 * 10 + 0] == 0);
    assert_true(map.values[2 * 10 + 9] == 2 && map.values[3 * 10 + 8] == 1 && map.values[0 * 10 + 6] == 0.5f);
    assert_true(map.values[4 * 10 + 9] == 0);
    assert_int_equal(map.axes.cell_width, 40);
    assert_string_equal(map.axes.legend[0].text, "SCORE 2 AND MORE");
    hol_contact_map_resize(&map, 5);
    assert_int_equal(map.axes.cell_height, 1);
    hol_contact_map_clear(&map);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_pairs_are_marked_and_near_ones_left_out)};
    return hol_test_main(argc, argv, "contact_map", tests, HOL_TEST_COUNT(tests));
}
