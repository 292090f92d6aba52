/* logo: how high letters are, and what stands in the SVG. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "result/logo.h"

static void test_weigh_takes_information_of_letters(void **state) {
    (void)state;
    enum { SITES = 4, STATES = 5 };                                /* a gap and four letters */
    const double f[SITES * STATES] = {0,   1,    0,    0,    0,    /* two bits */
                                      0,   0.25, 0.25, 0.25, 0.25, /* none */
                                      0.5, 0.25, 0.25, 0,    0,    /* one bit of the half that are letters */
                                      1,   0,    0,    0,    0};
    const double expected[SITES * STATES] = {0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.25, 0, 0, 0, 0, 0, 0, 0};
    double heights[SITES * STATES];
    assert_true(fabs(hol_logo_weigh(SITES, STATES, 0, f, heights) - 2) < 1e-12);
    for (int k = 0; k < SITES * STATES; k++) assert_true(fabs(heights[k] - expected[k]) < 1e-12);
    assert_true(fabs(hol_logo_weigh(1, STATES, -1, f, heights) - log2(5)) < 1e-12);
    assert_true(fabs(heights[1] - log2(5)) < 1e-12);
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) count++;
    return count;
}

static void test_print_stacks_letters_on_lines(void **state) {
    (void)state;
    const double heights[] = {1, 0.5, 0, 0, 0.01, 2, 0, 0, 2};
    const hol_logo logo = {.title = "a < b",
                           .sites = 3,
                           .states = 3,
                           .letters = "AC<",
                           .stack_count = 1,
                           .names = {"data"},
                           .heights = {heights},
                           .most = 2,
                           .line = 2};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    hol_logo_print(to, &logo);
    assert_int_equal(fclose(to), 0);
    assert_non_null(strstr(text, "aria-label=\"a &lt; b\""));
    assert_int_equal(count_of(text, ">data</text>"), 2); /* two lines */
    assert_int_equal(count_of(text, "textLength"), 4);   /* 0.01 is too low */
    assert_int_equal(count_of(text, ">&lt;</text>"), 2);
    const char *low = strstr(text, ">C</text>"), *high = strstr(text, ">A</text>");
    assert_true(low && high && low < high); /* from below */
    assert_null(strstr(text, "nan"));
    free(text);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weigh_takes_information_of_letters),
        cmocka_unit_test(test_print_stacks_letters_on_lines),
    };
    return hol_test_main(argc, argv, "logo", tests, HOL_TEST_COUNT(tests));
}
