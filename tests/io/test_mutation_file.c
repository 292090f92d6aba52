/* mutation_file: names of variants, columns by headings and without, and every mistake. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "io/mutation_file.h"

static const char *write_file(const char *text) {
    const char *path = test_path("scan.csv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static void test_parse_names_of_variants(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t count;
        hol_mutation first, last;
    } names[] = {{"A123G", 1, {123, 'A', 'G'}, {123, 'A', 'G'}},
                 {"123G", 1, {123, 0, 'G'}, {123, 0, 'G'}},
                 {"A-5G", 1, {-5, 'A', 'G'}, {-5, 'A', 'G'}},
                 {"p.Ala123Gly", 1, {123, 'A', 'G'}, {123, 'A', 'G'}},
                 {"p.(Trp7Ter)", 1, {7, 'W', '*'}, {7, 'W', '*'}},
                 {"p.Trp7=", 1, {7, 'W', 'W'}, {7, 'W', 'W'}},
                 {"p.[Ala1Gly;Asp2Cys]", 2, {1, 'A', 'G'}, {2, 'D', 'C'}},
                 {"A1G:D2E", 2, {1, 'A', 'G'}, {2, 'D', 'E'}},
                 {"A1G, D2-", 2, {1, 'A', 'G'}, {2, 'D', '-'}},
                 {"", -1, {0}, {0}},
                 {"wt", -1, {0}, {0}},
                 {"A12", -1, {0}, {0}},
                 {"12", -1, {0}, {0}},
                 {"A12GG", -1, {0}, {0}},
                 {"A1G:D2E:A3G:A4G:A5G", -1, {0}, {0}}};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        hol_mutation found[4];
        const int64_t count = hol_mutation_parse(names[k].text, found, 4);
        if (count != names[k].count) fail_msg("%s: %d mutations", names[k].text, (int)count);
        if (count < 0) continue;
        assert_memory_equal(&found[0], &names[k].first, sizeof *found);
        assert_memory_equal(&found[count - 1], &names[k].last, sizeof *found);
    }
}

/* the same two lines, whatever they look like */
static void test_read_finds_columns(void **state) {
    (void)state;
    static const char *const texts[] = {
        "mutant,DMS_score\nA12G,0.5\n\"C3D\",-2\n",
        "x;Fitness;Mutation\r\n1;0.5;A12G\r\n2;-2;C3D\r\n",
        "# a scan\nposition\twt\tmutant\tscore\n12\tA\tG\t0.5\n3\tC\tD\t-2\n",
        "A12G,0.5\nC3D,-2",
        "A12G, x, 0.5, 9\nC3D,y,-2,9\n",
        "A,12,G,0.5\nC,3,D,-2\n",
        "hgvs_pro,a \"b\",score\np.Ala12Gly,\"x,\"\"y\"\"\",0.5\np.Cys3Asp,,-2\n",
    };
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        hol_measurements m;
        assert_ok(hol_measurements_read(write_file(texts[k]), NULL, &m));
        assert_int_equal(m.count, 2);
        assert_int_equal(m.mutation_count, 2);
        assert_true(m.lines[0].score == 0.5 && m.lines[1].score == -2);
        assert_true(m.mutations[0].number == 12 && m.mutations[0].from == 'A' && m.mutations[0].to == 'G');
        assert_true(m.mutations[1].number == 3 && m.mutations[1].from == 'C' && m.mutations[1].to == 'D');
        hol_measurements_clear(&m);
    }
}

static void test_read_keeps_lines_that_say_nothing(void **state) {
    (void)state;
    hol_measurements m;
    assert_ok(hol_measurements_read(write_file("mutant,score,other\nwt,1,7\nA1G:C2D,NA,8\nA1G,3,9\n"), "other", &m));
    assert_int_equal(m.count, 3);
    assert_int_equal(m.lines[0].count, 0);
    assert_int_equal(m.lines[1].count, 2);
    assert_true(m.lines[1].score == 8);
    assert_string_equal(m.taken, "mutant, scores other");
    hol_measurements_clear(&m);
    assert_ok(hol_measurements_read(write_file("mutant,score,other\nwt,1,7\nA1G:C2D,NA,8\nA1G,3,9\n"), NULL, &m));
    assert_true(isnan(m.lines[1].score));
    hol_measurements_clear(&m);
}

static void test_read_refuses(void **state) {
    (void)state;
    static const struct {
        const char *text, *score, *says;
        hol_code code;
    } wrong[] = {
        {"mutant,x,y\nA1G,1,2\n", NULL, ":1: found columns mutant, x, y, expected one of scores", HOL_BAD_INPUT},
        {"a,score\nA1G,1\n", NULL, ":1: found columns a, score, expected one of mutations", HOL_BAD_INPUT},
        {"mutant,score\nA1G,1\n", "z", "--score-column: found z, expected a column of", HOL_USAGE},
        {"mutant,score\nwt,1\n", NULL, "found no mutations in 1 lines, expected some as A123G", HOL_BAD_INPUT},
        {"", NULL, "found no mutations in 0 lines", HOL_BAD_INPUT},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        hol_measurements m;
        assert_refused(hol_measurements_read(write_file(wrong[k].text), wrong[k].score, &m), wrong[k].code,
                       wrong[k].says);
        hol_measurements_clear(&m);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_names_of_variants),
        cmocka_unit_test(test_read_finds_columns),
        cmocka_unit_test(test_read_keeps_lines_that_say_nothing),
        cmocka_unit_test(test_read_refuses),
    };
    return hol_test_main(argc, argv, "mutation_file", tests, HOL_TEST_COUNT(tests));
}
