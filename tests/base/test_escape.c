/* escape: what a terminal would obey, what is no UTF-8, and what stays. */
#include "support.h"

#include "base/escape.h"

static void check(const char *text, bool lines, const char *expected) {
    char found[64];
    const size_t length = hol_escape(text, lines, found, sizeof found);
    assert_string_equal(found, expected);
    assert_int_equal(length, strlen(expected));
}

static void test_escape_spells_controls_out(void **state) {
    (void)state;
    check("plain \"text\" \\", false, "plain \"text\" \\");
    check("\x1b[31mred\x7f\r", false, "\\x1b[31mred\\x7f\\x0d");
    check("a\tb\n", false, "a\\x09b\\x0a");
    check("a\tb\n", true, "a\tb\n");
    check("8-bit \xc2\x9b", true, "8-bit \\xc2\\x9b");
    check("größe Ω 統計 \xf0\x9f\x94\xa5", false, "größe Ω 統計 \xf0\x9f\x94\xa5");
    check("\xff\xc3", false, "\\xff\\xc3");                                                /* stray, cut */
    check("\xc0\xaf\xed\xa0\x80", false, "\\xc0\\xaf\\xed\\xa0\\x80");                     /* overlong, a surrogate */
    check("\xf4\x90\x80\x80 \xe0\x9f\xbf", false, "\\xf4\\x90\\x80\\x80 \\xe0\\x9f\\xbf"); /* beyond, overlong */
}

static void test_escape_cuts_at_whole_characters(void **state) {
    (void)state;
    char found[6];
    assert_int_equal(hol_escape("abcdΩ", false, found, sizeof found), 4);
    assert_string_equal(found, "abcd");
    assert_int_equal(hol_escape("ab\x1b", false, found, sizeof found), 2);
    assert_string_equal(found, "ab");
    assert_int_equal(hol_escape("x", false, found, 1), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escape_spells_controls_out),
                                       cmocka_unit_test(test_escape_cuts_at_whole_characters)};
    return hol_test_main(argc, argv, "escape", tests, HOL_TEST_COUNT(tests));
}
