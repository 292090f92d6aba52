/* factor_file: both formats' order of entries, from files written by hand; round trips; every mistake by its place. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "io/factor_file.h"
#include "io/text_file.h"
#include "random_factors.h"

/* phi(a, b) = 10 a + b + 1 with a of 2 states, b of 3 */
static const char uai[] = "MARKOV\n2\n2 3\n2\n2 0 1\n1 1\n\n6\n 1 2 3 11 12 13\n3\n 0.5 0 0.25\n";
static const char fg[] =
    "# by hand\n2\n\n2\n3 7\n2 3\n6\n0 1\n1 11\n2 2\n3 12\n4 3\n5 13\n\n1\n7\n3\n2\n0 0.5\n2 0.25 # the other is 0\n";

static void check_by_hand(const hol_factors *factors) {
    assert_int_equal(factors->variables, 2);
    assert_int_equal(factors->cardinalities[0], 2);
    assert_int_equal(factors->cardinalities[1], 3);
    assert_int_equal(factors->count, 2);
    assert_int_equal(factors->scopes[0], 0);
    assert_int_equal(factors->scopes[1], 1);
    assert_int_equal(factors->scopes[2], 1);
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 3; b++) assert_true(fabs(factors->tables[3 * a + b] - log(10 * a + b + 1)) < 1e-14);
    assert_true(fabs(factors->tables[6] - log(0.5)) < 1e-14);
    assert_true(isinf(factors->tables[7]) && factors->tables[7] < 0);
    assert_true(fabs(factors->tables[8] - log(0.25)) < 1e-14);
}

static void test_parse_uai_last_variable_is_fastest(void **state) {
    (void)state;
    hol_factors *factors = NULL;
    assert_ok(hol_factor_file_parse("x.uai", uai, &factors));
    check_by_hand(factors);
    hol_factors_destroy(factors);
    assert_ok(hol_factor_file_parse("X.UAI", "BAYES\n1\n2\n1\n1 0\n2 0.25 0.75", &factors));
    hol_factors_destroy(factors);
}

static void test_parse_fg_first_variable_is_fastest(void **state) {
    (void)state;
    hol_factors *factors = NULL;
    assert_ok(hol_factor_file_parse("x.fg", fg, &factors));
    check_by_hand(factors);
    hol_factors_destroy(factors);
}

static void check_round_trip(const hol_factors *factors, const char *path) {
    char *text = NULL;
    int64_t length = 0;
    hol_factors *again = NULL;
    assert_ok(hol_factor_file_write(path, factors));
    assert_ok(hol_text_file_load(path, &text, &length));
    assert_ok(hol_factor_file_parse(path, text, &again));
    assert_int_equal(again->variables, factors->variables);
    assert_true(again->count >= factors->count); /* .fg may need more, for variables that no factor has */
    assert_memory_equal(again->cardinalities, factors->cardinalities, (size_t)factors->variables * sizeof(int32_t));
    assert_memory_equal(again->scopes, factors->scopes,
                        (size_t)factors->scope_starts[factors->count] * sizeof(int32_t));
    for (int64_t i = 0; i < factors->table_starts[factors->count]; i++) {
        const double a = factors->tables[i], b = again->tables[i];
        /* a float's value has the digits that a float needs */
        assert_true(a == b || fabs(a - b) < 1e-11 || (a == (double)(float)a && (float)a == (float)b));
    }
    hol_factors_destroy(again);
    hol_free(text);
}

static void test_write_and_parse_give_the_same_factors(void **state) {
    (void)state;
    char path[64];
    for (uint32_t salt = 0; salt < 20; salt++) {
        hol_factors *factors = random_factors(salt, 1 + salt % 8, 2 + salt % 9, salt % 2 ? 3 : 0);
        (void)snprintf(path, sizeof path, "rank%d.uai", hol_comm_rank(test_comm));
        check_round_trip(factors, test_path(path));
        (void)snprintf(path, sizeof path, "rank%d.fg", hol_comm_rank(test_comm));
        check_round_trip(factors, test_path(path));
        hol_factors_destroy(factors);
    }
}

static void test_parse_names_the_place_of_every_mistake(void **state) {
    (void)state;
    static const struct {
        const char *path, *text, *message;
    } bad[] = {
        {"x.uai", "", "x.uai:1:1: found the end of the file, expected MARKOV or BAYES"},
        {"x.uai", "MARKOW 1 2", "x.uai:1:1: found \"MARKOW\", expected MARKOV or BAYES"},
        {"x.uai", "MARKOV\n0", "x.uai:2:1: found \"0\", expected the number of variables"},
        {"x.uai", "MARKOV\n2\n2 0", "x.uai:3:3: found \"0\", expected a cardinality"},
        {"x.uai", "MARKOV\n2\n2 257", "x.uai:3:3: found \"257\", expected a cardinality, a whole number from 1 to 256"},
        {"x.uai", "MARKOV\n2\n2 2\n1\n2 0 2",
         "x.uai:5:5: found \"2\", expected a variable of clique 0, a whole number from 0 to 1"},
        {"x.uai", "MARKOV\n2\n2 2\n1\n2 1 1", "x.uai:5:5: found \"1\", expected each variable of a clique once"},
        {"x.uai", "MARKOV\n2\n2 2\n1\n2 0 1\n3 1 1 1",
         "x.uai:6:1: found \"3\", expected the length of clique 0's table, 4"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 -1", "x.uai:6:5: found \"-1\", expected a potential, a number from 0"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 nan", "x.uai:6:5: found \"nan\", expected a potential"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 1e999999", "x.uai:6:5: found \"1e999999\", expected a potential"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 -1e-999", "x.uai:6:5: found \"-1e-999\", expected a potential, a number"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 1e-400x", "x.uai:6:5: found \"1e-400x\", expected a potential"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1", "x.uai:6:4: found the end of the file, expected a potential"},
        {"x.uai", "MARKOV\n1\n2\n1\n1 0\n2 1 1 1", "x.uai:6:7: found \"1\", expected the end of the file"},
        {"x.fg", "1\n\n2\n0 0\n", "x.fg:4:3: found \"0\", expected each variable of a factor once"},
        {"x.fg", "2\n\n1\n0\n2\n1\n0 1\n\n1\n0\n3\n0\n",
         "x.fg:11:1: found \"3\", expected variable 0 to have 2 states, as above"},
        {"x.fg", "1\n\n1\n0\n2\n3\n",
         "x.fg:6:1: found \"3\", expected the number of a factor's entries, a whole number from 0 to 2"},
        {"x.fg", "1\n\n1\n0\n2\n1\n2 1\n",
         "x.fg:7:1: found \"2\", expected an entry's index, a whole number from 0 to 1"},
        {"x.fg", "1\n\n1\n0\n2\n1\n0 -0.5\n", "x.fg:7:3: found \"-0.5\", expected a potential, a number from 0"},
        {"x.fg", "1\n\n1\n0\n2\n2\n1 0.5\n1 0.25\n",
         "x.fg:8:1: found \"1\", expected an index that this factor has not had yet"},
        {"x.fg", "1\n\n1\n0\n2\n2\n0 1 # cut\n", "x.fg:8:1: found the end of the file, expected an entry's index"},
    };
    hol_factors *factors = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(hol_factor_file_parse(bad[i].path, bad[i].text, &factors), HOL_BAD_INPUT, bad[i].message);
        assert_null(factors);
    }
    assert_refused(hol_factor_file_parse("x.txt", "", &factors), HOL_USAGE, "expected one that ends in .uai or .fg");
}

/* Small files that claim much: nothing is allocated on their word. */
static void test_parse_bounds_sizes_by_the_file(void **state) {
    (void)state;
    static char text[4096];
    hol_factors *factors = NULL;
    assert_refused(hol_factor_file_parse("x.uai", "MARKOV\n16000000\n2 2\n1\n", &factors), HOL_BAD_INPUT,
                   "x.uai:2:1: found room for 3 more numbers behind \"16000000\", expected 16000000 cardinalities");
    int used = sprintf(text, "MARKOV\n26\n");
    for (int v = 0; v < 26; v++) used += sprintf(text + used, "2 ");
    used += sprintf(text + used, "\n1\n26");
    for (int v = 0; v < 26; v++) used += sprintf(text + used, " %d", v);
    assert_refused(hol_factor_file_parse("x.uai", text, &factors), HOL_BAD_INPUT, "expected 67108864 potentials");
    /* 2^26 entries, none of them given */
    used = sprintf(text, "1\n\n26\n");
    for (int v = 0; v < 26; v++) used += sprintf(text + used, "%d ", v);
    for (int v = 0; v < 26; v++) used += sprintf(text + used, "2 ");
    used += sprintf(text + used, "\n0\n");
    assert_refused(hol_factor_file_parse("x.fg", text, &factors), HOL_BAD_INPUT,
                   "found tables of 67108864 entries in all up to here, expected at most ");
    assert_refused(hol_factor_file_parse("x.fg", "1\n65\n", &factors), HOL_BAD_INPUT, "a whole number from 0 to 64");
}

/* Names in any order are the variables in their order; many of them, descending, are no trouble. */
static void test_parse_fg_orders_names(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    hol_factors *factors = NULL;
    char *text = malloc(COUNT * 32);
    assert_non_null(text);
    int used = sprintf(text, "%d\n", COUNT);
    for (int f = 0; f < COUNT; f++) {
        const int name = 7 * (COUNT - f);
        used += sprintf(text + used, "1 %d %d 1 1 0.5\n", name, 2 + name % 3);
    }
    assert_ok(hol_factor_file_parse("x.fg", text, &factors));
    assert_int_equal(factors->variables, COUNT);
    for (int v = 0; v < COUNT; v++) assert_int_equal(factors->cardinalities[v], 2 + 7 * (v + 1) % 3);
    for (int f = 0; f < COUNT; f++) assert_int_equal(factors->scopes[f], COUNT - 1 - f);
    hol_factors_destroy(factors);
    free(text);
}

/* Every beginning of a good file is an error, none a crash. */
static void test_parse_refuses_files_cut_short(void **state) {
    (void)state;
    char cut[sizeof uai + sizeof fg];
    hol_factors *factors = NULL;
    for (int f = 0; f < 2; f++) {
        const char *whole = f ? fg : uai;
        const size_t needed = strlen(whole) - (f ? sizeof "0.25 # the other is 0\n" - 1 : sizeof "0.25\n" - 1);
        for (size_t length = 0; length < needed; length++) {
            (void)snprintf(cut, sizeof cut, "%.*s", (int)length, whole);
            assert_refused(hol_factor_file_parse(f ? "x.fg" : "x.uai", cut, &factors), HOL_BAD_INPUT, "expected");
        }
    }
}

/* what stands between the words, and at the beginning, changes nothing */
static void test_parse_skips_comments(void **state) {
    (void)state;
    static const char *const texts[] = {
        "c a comment\nMARKOV # one\n2\n2 3 // two\n2\n2 0 1\nc\n1 1\n\n6\n 1 2 3\n% three\n11 12 13\n3\n 0.5 0 0.25\n# "
        "end",
        "markov\r\n2\r\n2 3\r\n2\r\n2 0 1\r\n1 1\r\n6\r\n1 2 3 11 12 13\r\n3\r\n0.5 0 0.25#\r\n",
        "Bayes 2 2 3 2 2 0 1 1 1 6 1 2 3 11 12 13 3 .5 0 2.5e-1\n c the first word of its line",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hol_factors *factors = NULL;
        assert_ok(hol_factor_file_parse("x.uai.gz", texts[i], &factors));
        check_by_hand(factors);
        hol_factors_destroy(factors);
    }
    hol_factors *factors = NULL;
    assert_refused(hol_factor_file_parse("x.uai", "MARKOV 2 c 2", &factors), HOL_BAD_INPUT,
                   "x.uai:1:10: found \"c\", expected a cardinality");
    assert_refused(hol_factor_file_parse("x.uai", "c\nc\n\n #\n MARKOW", &factors), HOL_BAD_INPUT,
                   "x.uai:5:2: found \"MARKOW\", expected MARKOV or BAYES");
}

/* potentials that a double can't hold are logarithms all the same; logarithms by the numbers' digits */
static void test_parse_takes_potentials_beyond_a_double(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double digits, exponent;
    } potentials[] = {
        {"4e-400", 4, -400},     {"0.0004e-396", 4, -400},
        {"1e-310", 1, -310},     {"2.5e-310", 2.5, -310},
        {"4e-323", 4, -323},     {"+12345678901234567890e-330", 1.2345678901234567890, -311},
        {"1e999", 1, 999},       {"123.25e+997", 1.2325, 999},
        {"2.2e-308", 2.2, -308}, {"000.00000000010e-400", 1, -410},
    };
    for (size_t i = 0; i < sizeof potentials / sizeof *potentials; i++) {
        char text[128];
        hol_factors *factors = NULL;
        (void)snprintf(text, sizeof text, "MARKOV 1 2 1 1 0 2 1 %s", potentials[i].text);
        assert_ok(hol_factor_file_parse("x.uai", text, &factors));
        const double expected = log(potentials[i].digits) + potentials[i].exponent * log(10);
        assert_true(fabs(factors->tables[1] - expected) < 1e-11);
        hol_factors_destroy(factors);
    }
    hol_factors *factors = NULL;
    assert_ok(hol_factor_file_parse("x.uai", "MARKOV 1 2 1 1 0 2 1 0.000e-400", &factors));
    assert_true(isinf(factors->tables[1]));
    hol_factors_destroy(factors);
}

/* parameters are floats: what a file gives, the file written from it gives again, to the last bit */
static void test_write_gives_floats_again(void **state) {
    (void)state;
    static const char *const potentials[] = {"0.6",  "0.1",   "1",         "4e-400",   "1e-310", "1e310",
                                             "0",    "3e-45", "1e300",     "7",        "0.0001", "2.5e8",
                                             "9.99", "1e-5",  "0.9999999", "1.0000001"};
    char name[32], text[512] = "MARKOV 1 16 1 1 0 16";
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), " %s", potentials[i]);
    for (int other = 0; other < 2; other++) {
        char *written = NULL;
        int64_t length = 0;
        hol_factors *factors = NULL, *again = NULL;
        assert_ok(hol_factor_file_parse("x.uai", text, &factors));
        for (int i = 0; i < 16; i++) factors->tables[i] = (double)(float)factors->tables[i];
        (void)snprintf(name, sizeof name, "floats%d.%s", hol_comm_rank(test_comm), other ? "fg" : "uai");
        const char *path = test_path(name);
        assert_ok(hol_factor_file_write(path, factors));
        assert_ok(hol_text_file_load(path, &written, &length));
        if (!other) assert_non_null(strstr(written, "\n0.6 0.1 1 ")); /* no more digits than are needed */
        assert_ok(hol_factor_file_parse(path, written, &again));
        for (int i = 0; i < 16; i++) assert_true((float)again->tables[i] == (float)factors->tables[i]);
        hol_factors_destroy(factors);
        hol_factors_destroy(again);
        hol_free(written);
    }
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_uai_last_variable_is_fastest),
        cmocka_unit_test(test_parse_fg_first_variable_is_fastest),
        cmocka_unit_test(test_write_and_parse_give_the_same_factors),
        cmocka_unit_test(test_parse_names_the_place_of_every_mistake),
        cmocka_unit_test(test_parse_bounds_sizes_by_the_file),
        cmocka_unit_test(test_parse_fg_orders_names),
        cmocka_unit_test(test_parse_refuses_files_cut_short),
        cmocka_unit_test(test_parse_skips_comments),
        cmocka_unit_test(test_parse_takes_potentials_beyond_a_double),
        cmocka_unit_test(test_write_gives_floats_again),
    };
    return hol_test_main(argc, argv, "factor_file", tests, HOL_TEST_COUNT(tests));
}
