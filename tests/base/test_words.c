/* Words that were meant, and paths as a shell makes them. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "base/alloc.h"
#include "base/words.h"

static void test_distance_counts_mistakes(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {{"steps", "steps", 0}, {"Steps", "steps", 0}, {"step", "steps", 1},     {"stesp", "steps", 1},
                 {"stops", "steps", 1}, {"", "abc", 3},        {"kitten", "sitting", 3}, {"ab", "ba", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hol_words_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(hol_words_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char longest[65];
    memset(longest, 'x', 64);
    longest[64] = '\0';
    assert_int_equal(hol_words_distance(longest, "x"), 64);
}

static void test_near_takes_the_nearest(void **state) {
    (void)state;
    size_t best = SIZE_MAX;
    assert_true(hol_words_are_near("trian", "train", &best));
    assert_int_equal(best, 1);
    assert_false(hol_words_are_near("trian", "train", &best)); /* no nearer than before */
    best = SIZE_MAX;
    assert_false(hol_words_are_near("k", "l1", &best)); /* every letter another */
    assert_false(hol_words_are_near("fit", "plan", &best));
}

static void test_contain_takes_whole_words(void **state) {
    (void)state;
    assert_true(hol_words_contain("lr eta step_size", "lr"));
    assert_true(hol_words_contain("lr eta step_size", "step-size"));
    assert_true(hol_words_contain("lr eta step_size", "ETA"));
    assert_false(hol_words_contain("lr eta step_size", "step"));
    assert_false(hol_words_contain("lr eta step_size", ""));
    assert_false(hol_words_contain(NULL, "lr"));
}

static void assert_expands(const char *text, const char *expected) {
    char *path = NULL;
    assert_ok(hol_words_expand_path(text, &path));
    assert_string_equal(path, expected);
    hol_free(path);
}

static void test_expand_path(void **state) {
    (void)state;
    assert_int_equal(setenv("HOME", "/home/ada", 1), 0);
    assert_int_equal(setenv("HOL_TEST_PLACE", "/scratch", 1), 0);
    assert_int_equal(unsetenv("HOL_TEST_NONE"), 0);
    assert_expands("data.h5:train", "data.h5:train");
    assert_expands("", "");
    assert_expands("~", "/home/ada");
    assert_expands("~/runs/a~b", "/home/ada/runs/a~b");
    assert_expands("./~/runs", "./~/runs");
    assert_expands("$HOL_TEST_PLACE/x", "/scratch/x");
    assert_expands("${HOL_TEST_PLACE}x/$HOL_TEST_PLACE", "/scratchx//scratch");
    assert_expands("a$$b", "a$b");
    assert_expands("cost in $", "cost in $");
    assert_expands("$1/${/$-", "$1/${/$-");
    char *path = NULL;
    assert_refused(hol_words_expand_path("~bob/x", &path), HOL_USAGE,
                   "found \"~bob/x\", whose beginning only a shell knows, expected the whole path (or ./~bob/x)");
    assert_null(path);
    assert_refused(hol_words_expand_path("$HOL_TEST_NONE/x", &path), HOL_USAGE,
                   "found \"$HOL_TEST_NONE/x\", but the environment has no HOL_TEST_NONE, expected one that it has");
    assert_null(path);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_refused(hol_words_expand_path("~/x", &path), HOL_USAGE, "the environment has no HOME");
}

static void assert_folds(const char *text, int columns, int used, int indent, const char *expected) {
    char *folded = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&folded, &size);
    assert_non_null(stream);
    hol_words_fold(stream, text, columns, used, indent);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(folded, expected);
    free(folded);
}

static void test_fold_breaks_between_words(void **state) {
    (void)state;
    static const char text[] = "file: found 3, expected 4";
    assert_folds(text, 0, 0, 4, text);
    assert_folds(text, 25, 0, 4, text);
    assert_folds(text, 24, 0, 4, "file: found 3, expected\n    4");
    assert_folds(text, 25, 1, 4, "file: found 3, expected\n    4");
    assert_folds(text, 14, 0, 2, "file: found 3,\n  expected 4");
    assert_folds("abcdefghijklm no", 10, 0, 2, "abcdefghijklm\n  no"); /* a long word stays whole */
    assert_folds("a abcdefghijklm no", 10, 0, 2, "a\n  abcdefghijklm\n  no");
    assert_folds("value           1 and 2\n", 20, 0, 16, "value           1\n          and 2\n"); /* half, at most */
    assert_folds("  a b\n  c d\n\ne", 5, 0, 1, "  a b\n  c d\n\ne");
    assert_folds("\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9", 5, 0, 1, "\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9");
    assert_folds("", 5, 0, 1, "");
}

static void test_fold_keeps_fields_together(void **state) {
    (void)state;
    assert_folds("step 12/12  epoch 3  F gap -1.25", 28, 0, 4, "step 12/12  epoch 3\n    F gap -1.25");
    assert_folds("a label   of words that go on", 26, 0, 10, "a label   of words that go\n          on");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_counts_mistakes),
        cmocka_unit_test(test_near_takes_the_nearest),
        cmocka_unit_test(test_contain_takes_whole_words),
        cmocka_unit_test(test_expand_path),
        cmocka_unit_test(test_fold_breaks_between_words),
        cmocka_unit_test(test_fold_keeps_fields_together),
    };
    return hol_test_main(argc, argv, "words", tests, HOL_TEST_COUNT(tests));
}
