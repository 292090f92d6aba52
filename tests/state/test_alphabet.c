/* test_alphabet: names, letters, and what letters are likely of. */
#include "support.h"

#include <string.h>

#include "state/alphabet.h"

static void test_parse_knows_names_and_letters(void **state) {
    (void)state;
    hol_alphabet a;
    assert_ok(hol_alphabet_parse("it", "rna", &a));
    assert_string_equal(a.letters, "-ACGU");
    assert_string_equal(hol_alphabet_name(&a), "rna");
    assert_true(hol_alphabet_find(&a, 'U') == 4 && hol_alphabet_find(&a, 'T') == -1 && hol_alphabet_find(&a, 0) == -1);
    assert_ok(hol_alphabet_parse("it", "HPx", &a));
    assert_true(a.count == 3 && hol_alphabet_has_lower(&a) && hol_alphabet_find(&a, 'x') == 2);
    assert_string_equal(hol_alphabet_name(&a), "HPx");
    assert_ok(hol_alphabet_parse("it", "protein", &a));
    assert_true(a.count == 21 && !hol_alphabet_has_lower(&a));
}

static void test_parse_refuses(void **state) {
    (void)state;
    hol_alphabet a;
    assert_refused(hol_alphabet_parse("--alphabet", "A", &a), HOL_USAGE, "--alphabet: found \"A\": fewer than two");
    assert_refused(hol_alphabet_parse("it", "ABA", &a), HOL_USAGE, "a letter twice");
    assert_refused(hol_alphabet_parse("it", "rnaa", &a), HOL_USAGE, "as -ACGU; did you mean rna?");
    assert_refused(hol_alphabet_parse("it", "proteinn", &a), HOL_USAGE, "did you mean protein?");
    assert_refused(hol_alphabet_parse("it", "A B", &a), HOL_USAGE, "blank");
    assert_refused(hol_alphabet_parse("it", "A\xC3\xB6", &a), HOL_USAGE, "no printable one of ASCII");
    assert_refused(hol_alphabet_of_codes("it", 2, (const int32_t[]){'A', 300}, &a), HOL_BAD_INPUT, "it: found a char");
    assert_ok(hol_alphabet_of_codes("it", 2, (const int32_t[]){'A', '-'}, &a));
    assert_string_equal(a.letters, "A-");
}

static const char *guess(const char *letters) {
    int64_t counts[256] = {0};
    for (const char *at = letters; *at; at++) counts[(unsigned char)*at]++;
    return hol_alphabet_guess(counts);
}

static void test_guess(void **state) {
    (void)state;
    assert_string_equal(guess("--ACGGTAN-"), "dna");
    assert_string_equal(guess("--ACGGUACU-"), "rna");
    assert_string_equal(guess("MISLIAALAVDRVIGMENAMPWNLPADLX"), "protein");
    assert_null(guess("--..--"));
    assert_null(guess("BBOOJJXX"));
}

static void test_unknown(void **state) {
    (void)state;
    const char *const cases[][2] = {{"rna", "NRYSWKMBDHVX?"},
                                    {"dna", "NRYSWKMBDHVX?"},
                                    {"ACGT", "NRYSWKMBDHVX?"},
                                    {"protein", "XBZJOU*?"},
                                    {"ACDEFGHIKLMNPQRSTVWY", "XBZJOU*?"},
                                    {"-AC", "XN?"},
                                    {"-ACGE", "XN?"}};
    for (size_t i = 0; i < HOL_TEST_COUNT(cases); i++) {
        hol_alphabet a;
        assert_ok(hol_alphabet_parse("it", cases[i][0], &a));
        assert_string_equal(hol_alphabet_unknown(&a), cases[i][1]);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_knows_names_and_letters),
                                       cmocka_unit_test(test_parse_refuses), cmocka_unit_test(test_guess),
                                       cmocka_unit_test(test_unknown)};
    return hol_test_main(argc, argv, "alphabet", tests, HOL_TEST_COUNT(tests));
}
