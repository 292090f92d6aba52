/* penalty: its slope against differences of the penalty itself, which is written out here. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "train/penalty.h"

enum { V = 5, H = 4, U = V + H, P = U + V * H };

static hol_model *make_model(int64_t visible, int64_t hidden) {
    hol_model *model = NULL;
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    return model;
}

static double value(const hol_penalty *p, const double *theta) {
    double sum = 0;
    for (int k = U; k < P; k++) sum += p->l2 / 2 * theta[k] * theta[k] + p->l1 * fabs(theta[k]);
    return sum;
}

static void test_subtract_takes_the_slope_of_the_decay(void **state) {
    (void)state;
    const struct { double l2, l1; } cases[] = {{0.3, 0}, {0, 0.2}, {0.1, 0.7}, {0, 0}};
    hol_model *model = make_model(V, H);
    for (size_t n = 0; n < 4; n++) {
        const hol_penalty penalty = {.l2 = cases[n].l2, .l1 = cases[n].l1};
        float theta[P], gradient[P];
        double exact[P], means[U] = {0};
        for (int k = 0; k < P; k++) {
            exact[k] = (k * 7 % 11 - 5.25) / 4; /* never 0: the slope of l1 is a sign */
            theta[k] = (float)exact[k];
            gradient[k] = 1;
        }
        hol_penalty_subtract(&penalty, model, means, theta, (hol_range){0, P}, gradient);
        for (int k = 0; k < P; k++) {
            const double h = 1e-4, middle = exact[k];
            exact[k] = middle + h;
            const double up = value(&penalty, exact);
            exact[k] = middle - h;
            const double down = value(&penalty, exact);
            exact[k] = middle;
            assert_true(fabs((double)gradient[k] - (1 - (up - down) / (2 * h))) < 1e-6);
        }
    }
    hol_model_destroy(model);
}

static void test_subtract_leaves_a_zero_parameter(void **state) {
    (void)state;
    const hol_penalty penalty = {.l2 = 1, .l1 = 1};
    const float theta[P] = {0};
    const double means[U] = {0};
    float gradient[P] = {0};
    hol_model *model = make_model(V, H);
    hol_penalty_subtract(&penalty, model, means, theta, (hol_range){0, P}, gradient);
    for (int k = 0; k < P; k++) assert_true(gradient[k] == 0);
    hol_model_destroy(model);
}

/* -d/dx of -(t ln q + (1 - t) ln(1 - q)) with q = 1 / (1 + e^-x) is t - q: hidden biases alone */
static void test_subtract_draws_hidden_biases_to_the_target(void **state) {
    (void)state;
    const hol_penalty penalty = {.sparsity_target = 0.2, .sparsity_cost = 0.5};
    const float theta[P] = {0};
    float gradient[P] = {0};
    double means[U];
    for (int i = 0; i < U; i++) means[i] = (i + 0.5) / U;
    hol_model *model = make_model(V, H);
    hol_penalty_subtract(&penalty, model, means, theta, (hol_range){0, P}, gradient);
    for (int k = 0; k < P; k++) {
        double expected = 0;
        if (k >= V && k < U) {
            const double h = 1e-5, x = log(means[k] / (1 - means[k]));
            const double up = 1 / (1 + exp(-x - h)), down = 1 / (1 + exp(-x + h));
            expected = 0.5 * (0.2 * log(up / down) + 0.8 * log((1 - up) / (1 - down))) / (2 * h);
        }
        assert_true(fabs((double)gradient[k] - expected) < 1e-6);
    }
    hol_model_destroy(model);
}

static void test_subtract_does_not_depend_on_threads(void **state) {
    (void)state;
    enum { BV = 300, BH = 130, BP = BV + BH + BV * BH };
    const hol_penalty penalty = {.l2 = 0.01, .l1 = 0.02};
    hol_model *model = make_model(BV, BH);
    float *theta = NULL, *gradient[3] = {0};
    double *means = NULL;
    assert_ok(HOL_ALLOCATE(theta, BP, "theta"));
    assert_ok(HOL_ALLOCATE(means, BV + BH, "means"));
    for (int k = 0; k < BP; k++) theta[k] = (float)(k * 13 % 29 - 14) / 8;
    for (int n = 0; n < 3; n++) {
        assert_ok(HOL_ALLOCATE(gradient[n], BP, "gradient"));
        omp_set_num_threads(n + 1);
        hol_penalty_subtract(&penalty, model, means, theta, (hol_range){0, BP}, gradient[n]);
        assert_memory_equal(gradient[0], gradient[n], BP * sizeof *theta);
    }
    omp_set_num_threads(2);
    for (int n = 0; n < 3; n++) hol_free(gradient[n]);
    hol_free(theta);
    hol_free(means);
    hol_model_destroy(model);
}

/* ranges cut anywhere, within groups too, take together what the whole does */
static void test_subtract_goes_by_slices(void **state) {
    (void)state;
    const hol_penalty penalty = {.l2 = 0.3, .l1 = 0.2, .sparsity_target = 0.2, .sparsity_cost = 0.5};
    hol_model *model = make_model(V, H);
    float theta[P], whole[P] = {0}, cut[P] = {0};
    double means[U];
    for (int i = 0; i < U; i++) means[i] = (i + 0.5) / U;
    for (int k = 0; k < P; k++) theta[k] = (float)(k * 7 % 11 - 5) / 4;
    hol_penalty_subtract(&penalty, model, means, theta, (hol_range){0, P}, whole);
    for (int first = 0; first < P; first += 5) {
        const int count = P - first < 5 ? P - first : 5;
        hol_penalty_subtract(&penalty, model, means, theta, (hol_range){first, count}, cut);
        for (int k = 0; k < P; k++) assert_true(cut[k] == (k < first + count ? whole[k] : 0));
    }
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subtract_takes_the_slope_of_the_decay),
        cmocka_unit_test(test_subtract_leaves_a_zero_parameter),
        cmocka_unit_test(test_subtract_draws_hidden_biases_to_the_target),
        cmocka_unit_test(test_subtract_does_not_depend_on_threads),
        cmocka_unit_test(test_subtract_goes_by_slices),
    };
    return hol_test_main(argc, argv, "penalty", tests, HOL_TEST_COUNT(tests));
}
