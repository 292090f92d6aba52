/* edge_file: what is read, and every mistake with its line. */
#include "support.h"

#include "io/edge_file.h"

static const char *write_file(const char *text) {
    const char *path = test_path("edges.txt");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static void test_read_takes_blanks_commas_and_comments(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    hol_edge_list list;
    assert_ok(hol_edge_file_read(write_file("# i j J\n\n3 1 0.5\r\n  0,\t2 ,-1e-1 # here\n2 4 7"), 0, &list));
    const int32_t ends[] = {3, 1, 0, 2, 2, 4};
    assert_int_equal(list.units, 5);
    assert_int_equal(list.edges, 3);
    assert_memory_equal(list.ends, ends, sizeof ends);
    assert_true(list.couplings[0] == 0.5f && list.couplings[1] == -0.1f && list.couplings[2] == 7.0f);
    hol_edge_list_clear(&list);
}

static void test_read_without_couplings(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    hol_edge_list list;
    assert_ok(hol_edge_file_read(write_file("0 1\n1 2\n"), 10, &list));
    assert_int_equal(list.units, 10);
    assert_null(list.couplings);
    hol_edge_list_clear(&list);
}

/* both halves of a symmetric matrix are the same edges, where they stood first */
static void test_read_unites_the_two_orders(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    hol_edge_list list;
    assert_ok(hol_edge_file_read(write_file("2 1 3\n0 1 5\n1 0 5\n1 2 3\n"), 0, &list));
    const int32_t ends[] = {2, 1, 0, 1};
    assert_int_equal(list.edges, 2);
    assert_memory_equal(list.ends, ends, sizeof ends);
    assert_true(list.couplings[0] == 3.0f && list.couplings[1] == 5.0f);
    hol_edge_list_clear(&list);
}

static void test_read_refuses_mistakes_with_their_line(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    static const struct {
        const char *text, *part;
        int64_t units;
    } cases[] = {
        {"", "edges.txt: found no edge", 0},
        {"# nothing\n", "edges.txt: found no edge", 0},
        {"0 1\n2\n", ":2: found 1 fields, expected two units, as in the lines before", 0},
        {"0\n", ":1: found 1 fields, expected two units, or two units and a coupling", 0},
        {"0 1 2 3\n", ":1: found more than 3 fields", 0},
        {"0 1 1\n1 2\n", ":2: found 2 fields, expected two units and a coupling", 0},
        {"0 -1\n", ":1: found \"-1\", expected a unit from 0 to", 0},
        {"0 1.5\n", ":1: found \"1.5\", expected a unit", 0},
        {"0 1\n1 5\n", ":2: found \"5\", expected a unit from 0 to 4", 5},
        {"0 1 nan\n", ":1: found \"nan\", expected a coupling", 0},
        {"0 1 1x\n", ":1: found \"1x\", expected a coupling", 0},
        {"0 1\n\n2 2\n", ":3: found unit 2 joined to itself", 0},
        {"0 1\n1 2\n0 1\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 1)",
         0},
        {"0 1\n1 0\n0 1\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 1)",
         0},
        {"0 1\n1 0\n1 0\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 2)",
         0},
        {"1 2\n2 3\n", ":2: found unit 3, but no edge of unit 0, expected edges of all units from 0 on", 0},
        {"0 1\n70 1\n3 4\n", ":2: found unit 70, but no edge of unit 2, expected edges of all units from 0 on", 0},
        {"0 1 1\n1 0 2\n", ":2: found 2 for units 0 and 1, expected 1 as in line 1: couplings are symmetric", 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hol_edge_list list;
        assert_refused(hol_edge_file_read(write_file(cases[c].text), cases[c].units, &list), HOL_BAD_INPUT,
                       cases[c].part);
        hol_edge_list_clear(&list);
    }
    hol_edge_list list;
    assert_refused(hol_edge_file_read(test_path("missing.txt"), 0, &list), HOL_BAD_INPUT, "No such file");
    /* without an end, and without a new line */
    assert_refused(hol_edge_file_read("/dev/zero", 0, &list), HOL_BAD_INPUT,
                   "/dev/zero:1: found a line of more than 65535 bytes, expected an edge a line");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_takes_blanks_commas_and_comments),
        cmocka_unit_test(test_read_without_couplings),
        cmocka_unit_test(test_read_unites_the_two_orders),
        cmocka_unit_test(test_read_refuses_mistakes_with_their_line),
    };
    return hol_test_main(argc, argv, "edge_file", tests, HOL_TEST_COUNT(tests));
}
