/* distance_file: which column is taken, what is not known, and every mistake with its place. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "io/distance_file.h"

static void test_read_takes_the_fourth_column(void **state) {
    (void)state;
    hol_distance_table t;
    assert_ok(
        hol_distance_table_read("x", "# head\ni j w d\n4.2e+01 9.0e+01 0.5 2.5 # near\n7,8;0,NA\n1 2 3 -1\n", 0, &t));
    assert_int_equal(t.count, 3);
    assert_int_equal(t.column, 4);
    assert_true(t.entries[0].i == 42 && t.entries[0].j == 90 && t.entries[0].value == 2.5);
    assert_true(t.entries[1].i == 7 && isnan(t.entries[1].value));
    assert_true(isnan(t.entries[2].value));
    hol_distance_table_clear(&t);
    assert_ok(hol_distance_table_read("x", "1 2 3.5\n", 0, &t));
    assert_true(t.column == 3 && t.entries[0].value == 3.5);
    hol_distance_table_clear(&t);
    assert_ok(hol_distance_table_read("x", "i,j,score,norm,Distance\n1,2,3,4,5\n", 0, &t));
    assert_true(t.column == 5 && t.entries[0].value == 5);
    hol_distance_table_clear(&t);
    assert_ok(hol_distance_table_read("x", "1 2 3 4 5\n", 5, &t));
    assert_true(t.column == 5 && t.entries[0].value == 5);
    hol_distance_table_clear(&t);
}

static void test_read_refuses(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
        int64_t column;
        hol_code code;
    } wrong[] = {
        {"1 2\n", "x: found lines of 2 columns, expected two sites and a distance", 0, HOL_BAD_INPUT},
        {"1 2 3\n1 2\n", "x:2: found 2 columns, expected 3", 0, HOL_BAD_INPUT},
        {"1 2 3\nA 2 3\n", "x:2:1: found \"A\", expected a site", 0, HOL_BAD_INPUT},
        {"1 2.5 3\n", "x:1:3: found \"2.5\", expected a site", 0, HOL_BAD_INPUT},
        {"1 2 x\n", "x:1:5: found \"x\", expected a distance", 0, HOL_BAD_INPUT},
        {"i j d\nk l m\n", "x:2:1: found \"k\", expected a site", 0, HOL_BAD_INPUT},
        {"", "x: found no distances, expected a PDB or mmCIF file, or a table", 0, HOL_BAD_INPUT},
        {"1 2 3\n", "--distance-column: found 4, expected 3 to 3", 4, HOL_USAGE},
    };
    hol_distance_table t;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_refused(hol_distance_table_read("x", wrong[k].text, wrong[k].column, &t), wrong[k].code, wrong[k].says);
        hol_distance_table_clear(&t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_takes_the_fourth_column),
        cmocka_unit_test(test_read_refuses),
    };
    return hol_test_main(argc, argv, "distance_file", tests, HOL_TEST_COUNT(tests));
}
