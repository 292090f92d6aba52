/* edge_file: what is read, and every mistake with its line. */
#define HOL_TEST_COLLECTIVE ""
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

/* the same graph, a path of four units with couplings 1, -1, 0.5 and a field of 0.25 on the last, in all formats */
static void test_read_takes_the_usual_formats(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    static const struct {
        const char *text, *note;
        int64_t units;
    } files[] = {
        {"0 1 1\n1 2 -1\n2 3 .5\n3 3 .25\n", "4 units, numbered from 0, 3 edges, fields", 0},
        {"1 2 1\n2 3 -1\n3 4 .5\n4 4 .25\n", "4 units, numbered from 1, 3 edges, fields", 0},
        {"1 2 1\n2 3 -1\n3 4 .5\n4 4 .25\n", "4 units, numbered from 1, 3 edges, fields", 4},
        {"4 4\n1 2 1\n2 3 -1\n3 4 .5\n4 4 .25\n",
         "4 units, numbered from 1, 3 edges, fields, rudy's format (weights to be cut are -J)", 0},
        {"4 4\n0 1 1\n1 2 -1\n2 3 .5\n3 3 .25\n", "4 units, numbered from 0, 3 edges, fields", 4},
        {"\xEF\xBB\xBFsource;target;J\r\n0;1;1\r\n1;2;-1\r\n2;3;0.5 // last\r\n3;3;0.25\r\n",
         "4 units, numbered from 0, 3 edges, fields, without line 1, of headings", 0},
        {"%%MatrixMarket matrix coordinate real symmetric\n% comment\n4 4 5\n2 1 1\n3 2 -1\n4 3 .5\n4 4 .25\n1 1 0\n",
         "4 units, numbered from 1, 3 edges, fields, Matrix Market", 0},
        {"%%matrixmarket MATRIX Coordinate Real General\n4 4 7\n1 2 1\n2 1 1\n2 3 -1\n3 2 -1\n3 4 .5\n4 3 .5\n4 4 "
         ".25\n",
         "4 units, numbered from 1, 3 edges, fields, Matrix Market", 4},
        {"c comment\np edge 4 3\ne 1 2 1\ne 2 3 -1\ne 3 4 .5\ne 4 4 .25\n",
         "4 units, numbered from 1, 3 edges, fields, DIMACS", 0},
        {"c comment\np qubo 0 4 1 3\n3 3 .25\n0 1 1\n1 2 -1\n2 3 .5\n",
         "4 units, numbered from 0, 3 edges, fields, qubo", 0},
    };
    const float fields[] = {0, 0, 0, 0.25f}, couplings[] = {1, -1, 0.5f};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        hol_edge_list list;
        assert_ok(hol_edge_file_read(write_file(files[f].text), files[f].units, &list));
        assert_int_equal(list.units, 4);
        assert_int_equal(list.edges, 3);
        for (int32_t e = 0; e < 3; e++) {
            const int32_t a = list.ends[2 * e], b = list.ends[2 * e + 1];
            assert_true((a == e && b == e + 1) || (a == e + 1 && b == e));
        }
        assert_memory_equal(list.couplings, couplings, sizeof couplings);
        assert_memory_equal(list.fields, fields, sizeof fields);
        assert_true(strncmp(list.note, files[f].note, strlen(files[f].note)) == 0);
        hol_edge_list_clear(&list);
    }
}

/* counts alone say that the last unit has no edge; a lone 1 where 0 is meant is told */
static void test_read_takes_the_number_of_units_from_a_head(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    static const struct {
        const char *text, *note;
        int64_t units, given;
        int32_t first;
    } files[] = {
        {"5 2\n1 2\n2 3\n", "5 units, numbered from 1, 2 edges", 5, 0, 0},
        {"%%MatrixMarket matrix coordinate pattern symmetric\n5 5 2\n2 1\n3 2\n", "5 units, numbered from 1", 5, 0, 1},
        {"p col 5 9\ne 1 2\ne 2 3\n", "5 units, numbered from 1", 5, 0, 0},
        {"1 2\n2 3\n", "5 units, numbered from 0, 2 edges; unit 0 has none", 5, 5, 1},
        {"0 1\n1 2\n", "", 5, 5, 0},
        {"65600 1\n1 65600\n", "65600 units, numbered from 1, 1 edge", 65600, 0, 0},
        {"3 3\n1 2\n2 3\n3 1\n", "3 units, numbered from 1, 3 edges", 3, 0, 0},
    };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        hol_edge_list list = {0};
        assert_ok(hol_edge_file_read(write_file(files[f].text), files[f].given, &list));
        assert_int_equal(list.units, files[f].units);
        assert_int_equal(list.ends[0], files[f].first);
        assert_null(list.fields);
        assert_null(list.couplings);
        assert_true(strncmp(list.note, files[f].note, strlen(files[f].note)) == 0 && !*files[f].note == !*list.note);
        hol_edge_list_clear(&list);
    }
}

static const struct {
    const char *text, *part;
    int64_t units;
} mistakes[] = {
    {"", "edges.txt: found no edge", 0},
    {"# nothing\n", "edges.txt: found no edge", 0},
    {"0 1\n2\n", ":2: found 1 fields, expected two units, as in the lines before", 0},
    {"0\n", ":1: found 1 fields, expected two units, or two units and a coupling", 0},
    {"0 1 2 3\n", ":1: found more than 3 fields", 0},
    {"0 1 1\n1 2\n", ":2: found 2 fields, expected two units and a coupling", 0},
    {"0 -1\n", ":1:3: found \"-1\", expected a unit from 0 to", 0},
    {"0 1.5\n", ":1:3: found \"1.5\", expected a unit", 0},
    {"0 1\n1 5\n", ":2: found \"5\", expected a unit from 0 to 4", 5},
    {"0 1 nan\n", ":1:5: found \"nan\", expected a coupling", 0},
    {"0 1 1x\n", ":1:5: found \"1x\", expected a coupling", 0},
    {"0 1\n\n2 2\n", ":3: found unit 2 joined to itself", 0},
    {"0 1\n1 2\n0 1\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 1)", 0},
    {"0 1\n1 0\n0 1\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 1)", 0},
    {"0 1\n1 0\n1 0\n", ":3: found the edge of units 0 and 1 a second time, expected once (the first is in line 2)", 0},
    {"2 3\n3 4\n", ":2: found unit 4, but no edge of unit 0, expected edges of all units from 0 or 1 on", 0},
    {"1 2\n4 5\n", ":2: found unit 5, but no edge of unit 3, expected edges of all units from 0 or 1 on", 0},
    {"0 1\n70 1\n3 4\n", ":2: found unit 70, but no edge of unit 2, expected edges of all units from 0 or 1 on", 0},
    {"1 2\n2 6\n", ":2: found \"6\", expected a unit from 0 to 4", 5},
    {"0 1 1\n1 1 2\n1 1 2\n", ":3: found the field of unit 1 a second time, expected once (the first is in line 2)", 0},
    {"0 0 1\n", "edges.txt: found no edge", 0},
    /* heads */
    {"4 3\n1 2 1\n2 3 1\n", ":1: found 4 units and 3 edges, but 2 edges follow, expected as many", 0},
    {"3 2\n1 2 1\n2 4 1\n", ":3: found \"4\", expected a unit from 1 to 3", 0},
    {"3 2\n1 2 1\n2 3 1\n", "edges.txt: found 3 units in its head, expected the model's 5", 5},
    {"2 1\n1 0\n", ":1: found what may be the numbers of units and edges, or an edge, expected", 0},
    {"3 3 2\n1 2 1\n2 3 1\n", ":1: found what may be the numbers of units and edges, or a unit's field", 0},
    /* 64 units an edge and 65,536 more */
    {"65602 1\n1 2 1\n", "edges.txt: found 65602 units in its head, but 1 edge(s), expected at most 65600", 0},
    {"p edge 2147483646 1\ne 1 2\n", "found 2147483646 units in its head, but 1 edge(s)", 0},
    {"%%MatrixMarket matrix coordinate real general\n500000000 500000000 1\n1 2 1\n",
     "found 500000000 units in its head, but 1 edge(s), expected at most 65600", 0},
    {"%%MatrixMarket matrix array real general\n", ":1:23: found \"array\", expected coordinate", 0},
    {"%%MatrixMarket matrix coordinate complex general\n", ":1:34: found \"complex\", expected real, integer or", 0},
    {"%%MatrixMarket matrix coordinate real skew-symmetric\n", ":1:39: found \"skew-symmetric\", expected", 0},
    {"%%MatrixMarket matrix coordinate real\n", ":1: found the end of the line, expected symmetric or general", 0},
    {"%%MatrixMarket matrix coordinate real general\n%\n2 3 1\n", ":3: found a matrix of 2 x 3, expected a square", 0},
    {"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n", "found 1 entries, expected 2 as its head", 0},
    {"%%MatrixMarket matrix coordinate real general\n2 2 1\n0 1 1\n", ":3: found \"0\", expected a unit from 1 to 2",
     0},
    {"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n2 1 3\n",
     ":4: found 3 for units 1 and 2, expected 1 as in line 3: couplings are symmetric", 0},
    {"%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 2\n", ":4: found unit 2 joined to itself", 0},
    {"p edge 2\ne 1 2\n", ":1:1: found \"p\", expected p FORMAT UNITS EDGES", 0},
    {"p edge 2 1\nn 1 2\n", ":2:1: found \"n\", expected a unit", 0},
    {"from,to\nx,1\n", ":2:1: found \"x\", expected a unit", 0},
    {"0 1 1\n1 0 2\n", ":2: found 2 for units 0 and 1, expected 1 as in line 1: couplings are symmetric", 0},
    {"0 1\n1 2\n2 1\n2 0\n",
     ":3: found the edge of units 1 and 2 in both orders (first in line 2), that of units 0 and 2 in one (line 4)", 0},
    {"%%MatrixMarket matrix coordinate real general\n3 3 3\n1 2 1\n2 1 1\n2 3 1\n",
     ":4: found the edge of units 1 and 2 in both orders (first in line 3), that of units 2 and 3 in one (line 5)", 0},
};

static void test_read_refuses_mistakes_with_their_line(void **state) {
    (void)state;
    if (hol_comm_rank(test_comm) != 0) return;
    for (size_t c = 0; c < sizeof mistakes / sizeof *mistakes; c++) {
        hol_edge_list list;
        assert_refused(hol_edge_file_read(write_file(mistakes[c].text), mistakes[c].units, &list), HOL_BAD_INPUT,
                       mistakes[c].part);
        hol_edge_list_clear(&list);
    }
    hol_edge_list list;
    assert_refused(hol_edge_file_read(test_path("missing.txt"), 0, &list), HOL_BAD_INPUT, "No such file");
    assert_refused(hol_edge_file_read("/dev/zero", 0, &list), HOL_BAD_INPUT, "/dev/zero: found a device");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_takes_blanks_commas_and_comments),
        cmocka_unit_test(test_read_without_couplings),
        cmocka_unit_test(test_read_unites_the_two_orders),
        cmocka_unit_test(test_read_takes_the_usual_formats),
        cmocka_unit_test(test_read_takes_the_number_of_units_from_a_head),
        cmocka_unit_test(test_read_refuses_mistakes_with_their_line),
    };
    return hol_test_main(argc, argv, "edge_file", tests, HOL_TEST_COUNT(tests));
}
