/* elementary: against libm in long double, in units of the last place of a double. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "num/elementary.h"

static double uniform(uint32_t i, double low, double high) {
    const hol_rng_key key = {{17, 4}};
    return low + (high - low) * hol_rng_uniform(key, i, 0, 0, 0);
}

/* |found - truth| in ulps of a double of truth's size */
static double error(double found, long double truth) {
    if ((long double)found == truth) return 0;
    double size = fabs((double)truth);
    if (!(size <= DBL_MAX)) return found == (double)truth ? 0 : INFINITY;
    if (size == DBL_MAX) size = nextafter(size, 0);
    return (double)(fabsl((long double)found - truth) / ((long double)nextafter(size, INFINITY) - (long double)size));
}

#define assert_near(found, truth, x) assert_within(2, found, truth, x)
#define assert_within(ulps, found, truth, x)                                                                           \
    do {                                                                                                               \
        const double ulps_ = error((found), (truth));                                                                  \
        if (!(ulps_ <= (ulps))) fail_msg("%s at %.17g: %.17g, %g ulp away", #found, (x), (found), ulps_);              \
    } while (0)

static void check_exp(double x) { assert_near(hol_exp(x), expl((long double)x), x); }

static void test_exp_is_within_two_ulp(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        check_exp(uniform(i, -708, 709.78));
        check_exp(uniform(i, -1, 1));
        check_exp(uniform(i, -745.1, -700)); /* down through the subnormal numbers */
        check_exp(uniform(i, -1, 1) * pow(2, uniform(i + 7, -60, 0)));
    }
    for (int n = -1070; n <= 1020; n++) /* at the seams of the reduction */
        for (int s = -1; s <= 1; s++) check_exp(((double)n + 0.5) * 0.69314718055994531 + s * 1e-13);
    const double edges[] = {0,        -0.0,   709.78, 709.782, 0x1.62e42fefa39eep9, -745, -708.4, -744.44, DBL_MIN,
                            -DBL_MIN, 5e-324, 1,      -1};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) check_exp(edges[i]);
}

static void test_exp_keeps_its_edges(void **state) {
    (void)state;
    assert_true(hol_exp(0) == 1);
    assert_true(hol_exp(-746) == 0 && hol_exp(-1e300) == 0 && hol_exp(-INFINITY) == 0);
    assert_true(isinf(hol_exp(709.79)) && isinf(hol_exp(1e6)) && isinf(hol_exp(INFINITY)));
    assert_true(isnan(hol_exp(NAN)));
}

static void check_ln(double x) { assert_near(hol_ln(x), logl((long double)x), x); }

static void test_ln_is_within_two_ulp(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        check_ln(uniform(i, 0, 3));
        check_ln(uniform(i, 0.99, 1.01));
        check_ln(1 + uniform(i, -1, 1) * pow(2, uniform(i + 7, -52, -1)));
        check_ln(ldexp(uniform(i, 0.5, 1), (int)uniform(i + 9, -1073, 1024)));
    }
    const double edges[] = {
        5e-324,      DBL_MIN, DBL_MAX, 1.4142135623730951, 1.4142135623730949, 0.70710678118654746, 1 - 0x1p-53,
        1 + 0x1p-52, 2,       0.5};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) check_ln(edges[i]);
}

static void test_ln_keeps_its_edges(void **state) {
    (void)state;
    assert_true(hol_ln(1) == 0);
    assert_true(hol_ln(0) == -INFINITY && hol_ln(INFINITY) == INFINITY);
    assert_true(isnan(hol_ln(-1)) && isnan(hol_ln(NAN)));
}

static void test_log1p_is_within_two_ulp(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        double y = uniform(i, 0, 2);
        assert_near(hol_log1p(y), log1pl((long double)y), y);
        y = pow(10, uniform(i, -320, 307));
        assert_near(hol_log1p(y), log1pl((long double)y), y);
        y = pow(2, uniform(i, -60, 60));
        assert_near(hol_log1p(y), log1pl((long double)y), y);
    }
    assert_true(hol_log1p(0) == 0);
    assert_true(isinf(hol_log1p(INFINITY)));
}

static void test_softplus_is_within_two_ulp(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        const double xs[] = {uniform(i, -10, 10), uniform(i, -745, 745), uniform(i, -1e6, 1e6)};
        for (int k = 0; k < 3; k++) {
            const long double x = (long double)xs[k];
            const long double truth = x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
            assert_near(hol_softplus(xs[k]), xs[k] < -746 ? 0.0L : truth, xs[k]);
        }
    }
    assert_true(hol_softplus(-INFINITY) == 0 && isinf(hol_softplus(INFINITY)) && isnan(hol_softplus(NAN)));
    assert_near(hol_softplus(0), logl(2.0L), 0.0);
}

static void test_logistic_is_within_three_ulp(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        const double xs[] = {uniform(i, -5, 5), uniform(i, -708, 708)};
        for (int k = 0; k < 2; k++) assert_within(3, hol_logistic(xs[k]), 1 / (1 + expl(-(long double)xs[k])), xs[k]);
    }
    assert_true(hol_logistic(0) == 0.5 && hol_logistic(1e9) == 1 && hol_logistic(-1e9) == 0);
}

/* the published value of AS 241 and of tables */
static void test_normal_quantile_gives_known_values(void **state) {
    (void)state;
    const double known[][2] = {{0.25, -0.67448975019608174},
                               {0.001, -3.0902323061678132},
                               {1e-20, -9.262340089798408},
                               {0.975, 1.9599639845400545},
                               {0.5, 0},
                               {0.995, 2.5758293035489004}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(fabs(hol_normal_quantile(known[i][0]) - known[i][1]) <= 2e-15 * (1 + fabs(known[i][1])));
}

/* Phi(quantile(p)) = p, by erfcl; an error d of the quantile moves Phi by phi(x) d */
static void check_quantile(double p) {
    const double x = hol_normal_quantile(p);
    const long double lx = (long double)x;
    const long double reached = 0.5L * erfcl(-lx / sqrtl(2.0L));
    const long double density = expl(-lx * lx / 2) / sqrtl(2 * 3.14159265358979323846264338327950288L);
    const double off = (double)fabsl((reached - (long double)p) / density);
    /* 1e-15 relative, and for p near 1/2 and above the rounding of 1 - p, of 0.425 and of x itself */
    if (!(off <= 4e-15 * fabs(x) + 1e-17)) fail_msg("quantile of %.17g: %.17g is %g away", p, x, off);
}

static void test_normal_quantile_inverts_the_distribution(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 50000; i++) {
        check_quantile(uniform(i, 0, 1));
        check_quantile(pow(10, uniform(i, -300, -0.5)));
    }
    for (int i = 1; i < 4096; i++) check_quantile((double)i / 4096); /* seams: 0.075 and 0.925 among their neighbours */
    check_quantile(0.075);
    check_quantile(0.925);
    check_quantile(exp(-25));
}

static void test_normal_quantile_is_symmetric(void **state) {
    (void)state;
    for (int i = 1; i < 8192; i++) { /* 1 - p is exact */
        const double p = (double)i / 8192;
        assert_true(hol_normal_quantile(1 - p) == -hol_normal_quantile(p));
    }
}

static void check_log_sum(double low, double high, int order) {
    enum { TERMS = 2000 };
    double x[TERMS];
    for (uint32_t i = 0; i < TERMS; i++) x[i] = uniform(i, low, high);
    for (int a = 1; order && a < TERMS; a++) /* insertion sort, up or down */
        for (int b = a; b > 0 && (x[b] - x[b - 1]) * order < 0; b--) {
            const double swap = x[b];
            x[b] = x[b - 1];
            x[b - 1] = swap;
        }
    hol_log_sum sum = hol_log_sum_empty();
    long double direct = 0;
    for (int i = 0; i < TERMS; i++) {
        if (i % 3 == 0) hol_log_sum_add(&sum, -INFINITY); /* neutral */
        hol_log_sum_add(&sum, x[i]);
        direct += expl((long double)(x[i] - high));
    }
    const double truth = (double)(logl(direct) + (long double)high);
    assert_true(fabs(hol_log_sum_get(&sum) - truth) <= 1e-12 + 1e-15 * fabs(truth));
}

static void test_log_sum_adds_in_any_order(void **state) {
    (void)state;
    for (int order = -1; order <= 1; order++) {
        check_log_sum(-5, 5, order);
        check_log_sum(-3000, 3000, order);
        check_log_sum(99990, 100000, order);
        check_log_sum(-100000, -99990, order);
    }
}

static void test_log_sum_keeps_its_edges(void **state) {
    (void)state;
    hol_log_sum sum = hol_log_sum_empty();
    assert_true(hol_log_sum_get(&sum) == -INFINITY);
    hol_log_sum_add(&sum, -INFINITY);
    assert_true(hol_log_sum_get(&sum) == -INFINITY);
    hol_log_sum_add(&sum, -1234.5);
    assert_true(hol_log_sum_get(&sum) == -1234.5);
    hol_log_sum_add(&sum, -1234.5);
    assert_true(fabs(hol_log_sum_get(&sum) - (-1234.5 + log(2))) < 1e-12);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_is_within_two_ulp),
        cmocka_unit_test(test_exp_keeps_its_edges),
        cmocka_unit_test(test_ln_is_within_two_ulp),
        cmocka_unit_test(test_ln_keeps_its_edges),
        cmocka_unit_test(test_log1p_is_within_two_ulp),
        cmocka_unit_test(test_softplus_is_within_two_ulp),
        cmocka_unit_test(test_logistic_is_within_three_ulp),
        cmocka_unit_test(test_normal_quantile_gives_known_values),
        cmocka_unit_test(test_normal_quantile_inverts_the_distribution),
        cmocka_unit_test(test_normal_quantile_is_symmetric),
        cmocka_unit_test(test_log_sum_adds_in_any_order),
        cmocka_unit_test(test_log_sum_keeps_its_edges),
    };
    return hol_test_main(argc, argv, "elementary", tests, HOL_TEST_COUNT(tests));
}
