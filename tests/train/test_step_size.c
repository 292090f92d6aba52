/* step_size: angles that are known, and a quadratic hill on which the factor must find its way. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "train/step_size.h"

static void test_dot_is_the_sum_of_products(void **state) {
    (void)state;
    float a[100], b[100];
    for (int i = 0; i < 100; i++) {
        a[i] = (float)(i * 7 % 13 - 6) / 8;
        b[i] = (float)(i * 5 % 17 - 8) / 8;
    }
    for (int64_t count = 0; count <= 100; count++) {
        double sum = 0; /* eighths: exact in any order */
        for (int64_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
        assert_true(hol_step_size_dot(a, b, count) == sum);
    }
}

static void test_follow_knows_the_angle(void **state) {
    (void)state;
    const struct {
        float now[2];
        double cosine; /* with (1, 0) */
    } cases[] = {{{2, 0}, 1}, {{-3, 0}, -1}, {{0, 1}, 0}, {{1, 1}, sqrt(0.5)}, {{0, 0}, 0}};
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        float previous[2] = {1, 0};
        const double factor = hol_step_size_follow(2, 0.1, cases[n].now, previous, 2);
        assert_true(fabs(factor - 2 * (1 + 0.1 * cases[n].cosine)) < 1e-12);
        assert_memory_equal(previous, cases[n].now, sizeof previous);
    }
}

static void test_follow_starts_without_an_angle(void **state) {
    (void)state;
    const float gradient[3] = {1, -2, 3};
    float previous[3] = {0};
    assert_true(hol_step_size_follow(1, 0.5, gradient, previous, 3) == 1);
    assert_true(hol_step_size_follow(1, 0.5, gradient, previous, 3) > 1.4999999);
}

static void test_follow_keeps_within_bounds(void **state) {
    (void)state;
    float gradient[1] = {1}, previous[1] = {1};
    double factor = 1;
    for (int t = 0; t < 100; t++) factor = hol_step_size_follow(factor, 0.5, gradient, previous, 1);
    assert_true(factor == HOL_STEP_FACTOR_MAX);
    for (int t = 0; t < 100; t++) {
        gradient[0] = -gradient[0];
        factor = hol_step_size_follow(factor, 0.5, gradient, previous, 1);
    }
    assert_true(factor == 1 / HOL_STEP_FACTOR_MAX);
}

/* ascent on -sum c_i x_i^2 / 2 with a rate 100 times too small, then 10 times too large: the factor mends both */
static void test_follow_mends_a_wrong_rate(void **state) {
    (void)state;
    const double curvature[2] = {1, 0.5}, rates[2] = {0.005, 20};
    for (int n = 0; n < 2; n++) {
        double x[2] = {1, 1}, factor = 1;
        float previous[2] = {0};
        for (int t = 0; t < 400; t++) {
            float gradient[2];
            for (int i = 0; i < 2; i++) gradient[i] = (float)(-curvature[i] * x[i]);
            factor = hol_step_size_follow(factor, 0.2, gradient, previous, 2);
            for (int i = 0; i < 2; i++) x[i] += rates[n] * factor * (double)gradient[i];
        }
        assert_true(fabs(x[0]) + fabs(x[1]) < 1e-3); /* the plain rates leave 0.5, and diverge */
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dot_is_the_sum_of_products),     cmocka_unit_test(test_follow_knows_the_angle),
        cmocka_unit_test(test_follow_starts_without_an_angle), cmocka_unit_test(test_follow_keeps_within_bounds),
        cmocka_unit_test(test_follow_mends_a_wrong_rate),
    };
    return hol_test_main(argc, argv, "step_size", tests, HOL_TEST_COUNT(tests));
}
