/* pseudo, moments, mixing: against enumeration, plain counts, and processes whose autocorrelation is known. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "estimate/mixing.h"
#include "estimate/moments.h"
#include "estimate/pseudo.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

static double normal(uint32_t i, uint32_t j) {
    return hol_normal_quantile(hol_rng_uniform((hol_rng_key){{61, 62}}, i, j, 0, 0));
}

static hol_model *make_model(const char *kind, int64_t visible, int64_t hidden, float **ret_theta) {
    hol_model *model = NULL;
    const hol_model_options options = {.kind = kind, .visible = visible, .hidden = hidden, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    *ret_theta = hol_allocate(model->info.parameters, sizeof **ret_theta);
    assert_non_null(*ret_theta);
    for (int64_t i = 0; i < model->info.parameters; i++) (*ret_theta)[i] = (float)(0.7 * normal((uint32_t)i, 0));
    static const char *const symmetric[] = {"visible_couplings", "hidden_couplings"};
    for (int k = 0; k < 2; k++) {
        const hol_parameter_group *g = hol_model_find_group(model, symmetric[k]);
        for (int64_t i = 0; g && i < g->rows; i++)
            for (int64_t j = 0; j <= i; j++)
                (*ret_theta)[g->offset + i * g->rows + j] = i == j ? 0 : (*ret_theta)[g->offset + j * g->rows + i];
    }
    assert_ok(model->ops->prepare(model, *ret_theta));
    return model;
}

static hol_population *make_population(const hol_model *model, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(model, count, hol_comm_rank(test_comm), hol_comm_size(test_comm), &population));
    hol_population_randomize(model, population, (hol_rng_key){{8, 9}});
    return population;
}

/* the same states as every rank can make them */
static void get_states(const hol_model *model, int64_t count, uint8_t *bytes) {
    hol_population *whole = NULL;
    assert_ok(hol_population_create(model, count, 0, 1, &whole));
    hol_population_randomize(model, whole, (hol_rng_key){{8, 9}});
    hol_population_get_bytes(whole, 0, model->info.visible, 0, count, bytes);
    hol_population_destroy(whole);
}

/* every conditional from two exact free energies; those of coupled hidden units are enumerated, and none is drawn */
static void test_pseudo_equals_the_conditionals(void **state) {
    (void)state;
    enum { V = 6, COUNT = 150 };
    for (int k = 0; k < 3; k++) {
        float *theta = NULL;
        hol_model *model = make_model(k ? "boltzmann" : "rbm", V, k == 0 ? 4 : k == 1 ? 0 : 3, &theta);
        hol_population *data = make_population(model, COUNT);
        uint8_t states[COUNT * V];
        double mean = 0, values[COUNT], squares = 0;
        get_states(model, COUNT, states);
        for (int r = 0; r < COUNT; r++) {
            values[r] = 0;
            for (int i = 0; i < V; i++) {
                uint8_t *v = states + r * V;
                const double here = -model->ops->exact_free_energy(model, theta, v);
                v[i] ^= 1;
                const double there = -model->ops->exact_free_energy(model, theta, v);
                v[i] ^= 1;
                values[r] += (here - log(exp(here) + exp(there))) / V;
            }
            mean += values[r] / COUNT;
        }
        for (int r = 0; r < COUNT; r++) squares += (values[r] - mean) * (values[r] - mean);
        hol_pseudo_result all, drawn;
        assert_ok(hol_pseudo_all(test_comm, model, theta, data, &all));
        assert_all(fabs(all.mean - mean) < 1e-5);
        assert_all(fabs(all.standard_error - sqrt(squares / (COUNT - 1) / COUNT)) < 1e-5);
        assert_ok(hol_pseudo_drawn(test_comm, model, data, (hol_rng_key){{1, 2}}, &drawn));
        assert_all(k == 2 ? isnan(drawn.mean)
                          : fabs(drawn.mean - mean) < 5 * drawn.standard_error); /* false alarm 6e-7 */
        hol_population_destroy(data);
        hol_model_destroy(model);
        hol_free(theta);
    }
}

/* 2^24 states of hidden units, for 151 states of visible ones each */
static void test_pseudo_leaves_what_is_too_much(void **state) {
    (void)state;
    float *theta = NULL;
    hol_model *model = make_model("boltzmann", 150, 24, &theta);
    hol_population *data = make_population(model, 64);
    hol_pseudo_result all;
    assert_ok(hol_pseudo_all(test_comm, model, theta, data, &all));
    assert_true(isnan(all.mean));
    hol_population_destroy(data);
    hol_model_destroy(model);
    hol_free(theta);
}

static void test_moments_are_counts(void **state) {
    (void)state;
    enum { V = 5, COUNT = 333 };
    float *theta = NULL;
    hol_model *model = make_model("rbm", V, 2, &theta);
    hol_population *population = make_population(model, COUNT);
    uint8_t states[COUNT * V];
    double means[V], correlations[V * V];
    hol_moments moments;
    get_states(model, COUNT, states);
    assert_ok(hol_moments_create(model, V, false, &moments));
    hol_moments_add(&moments, population);
    hol_moments_add(&moments, population); /* twice the samples, the same moments */
    assert_ok(hol_moments_reduce(&moments, test_comm));
    assert_all(moments.samples == 2 * COUNT);
    hol_moments_get(&moments, means, correlations);
    for (int i = 0; i < V; i++)
        for (int j = 0; j < V; j++) {
            double mi = 0, mj = 0, mij = 0;
            for (int r = 0; r < COUNT; r++) {
                mi += states[r * V + i] / (double)COUNT;
                mj += states[r * V + j] / (double)COUNT;
                mij += states[r * V + i] * states[r * V + j] / (double)COUNT;
            }
            assert_all(fabs(means[i] - mi) < 1e-12 && fabs(correlations[i * V + j] - (mij - mi * mj)) < 1e-12);
        }
    hol_moments_clear(&moments);
    hol_population_destroy(population);
    hol_model_destroy(model);
    hol_free(theta);
}

enum { V_KNOWN = 5, ROWS_KNOWN = 333 };

/* moments of unit i where j is known, and j where i is, from all rows, row r counting r % 4 times, or once */
static void check_pair(const uint8_t *states, const uint8_t *known, bool weighted, int i, int j, const double *means,
                       const double *correlations) {
    enum { V = V_KNOWN };
    double n = 0, si = 0, sj = 0, sij = 0;
    for (int r = 0; r < ROWS_KNOWN; r++) {
        const double w = (weighted ? r % 4 : 1) * known[r * V + i] * known[r * V + j];
        n += w;
        si += w * states[r * V + i];
        sj += w * states[r * V + j];
        sij += w * states[r * V + i] * states[r * V + j];
    }
    const double c = sij / n - si / n * (sj / n), found = correlations[i * V + j];
    if (i == 3 || j == 3) assert_all(isnan(found));
    else assert_all(i == j ? fabs(means[i] - si / n) < 1e-12 : fabs(found - c) < 1e-12);
}

/* Where some are missing: a mean over the rows that know the unit, a pair's moments over those that know both; with
 * weights a row so many times; NaN of what is never known, which comparisons leave out. */
static void check_known(const hol_model *model, const uint8_t *states, const uint8_t *known, bool weighted) {
    enum { V = V_KNOWN };
    hol_population *x = make_population(model, ROWS_KNOWN);
    double means[V], correlations[V * V];
    int64_t first = 0, owned = 0;
    hol_moments moments;
    hol_population_get_owned(x, &first, &owned);
    assert_ok(hol_population_add_held(model, x));
    hol_population_set_bytes(x, 0, V, first, owned, states + first * V);
    hol_population_hold_bytes(x, 0, V, first, owned, known + first * V);
    if (weighted) assert_ok(HOL_ALLOCATE(x->weights, x->states.blocks * HOL_LANES, "weights"));
    for (int64_t c = 0; weighted && c < owned; c++) x->weights[c] = (uint32_t)((first + c) % 4);
    assert_ok(hol_moments_create(model, V, true, &moments));
    hol_moments_add(&moments, x);
    assert_ok(hol_moments_reduce(&moments, test_comm));
    hol_moments_get(&moments, means, correlations);
    for (int i = 0; i < V; i++)
        for (int j = 0; j < V; j++) check_pair(states, known, weighted, i, j, means, correlations);
    const hol_comparison same = hol_moments_compare(means, means, V);
    assert_all(fabs(same.slope - 1) < 1e-12 && same.rms < 1e-12);
    hol_moments_clear(&moments);
    hol_population_destroy(x);
}

static void test_moments_of_what_is_known(void **state) {
    (void)state;
    float *theta = NULL;
    hol_model *model = make_model("rbm", V_KNOWN, 2, &theta);
    uint8_t states[ROWS_KNOWN * V_KNOWN], known[ROWS_KNOWN * V_KNOWN];
    get_states(model, ROWS_KNOWN, states);
    for (int i = 0; i < ROWS_KNOWN * V_KNOWN; i++) {
        known[i] = i % V_KNOWN != 3 && i * 37 % 11 > 3; /* unit 3 never */
        states[i] &= known[i];
    }
    check_known(model, states, known, false);
    check_known(model, states, known, true);
    hol_model_destroy(model);
    hol_free(theta);
}

static void test_compare_is_regression(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {1, 3, 2, 6}; /* by hand: xx 5, xy 7, yy 14 */
    const hol_comparison c = hol_moments_compare(x, y, 4);
    assert_true(fabs(c.slope - 1.4) < 1e-12 && fabs(c.pearson - 7 / sqrt(70)) < 1e-12 &&
                fabs(c.rms - sqrt(6 / 4.0)) < 1e-12);
    const double a[] = {9, 1, 2, 9, 9, 3, 9, 9, 9}, b[] = {0, 2, 4, 0, 0, 6, 0, 0, 0};
    hol_comparison pairs;
    assert_ok(hol_moments_compare_pairs(a, b, 3, &pairs));
    assert_true(fabs(pairs.slope - 2) < 1e-12 && fabs(pairs.pearson - 1) < 1e-12);
}

/* what is equal but for rounding has no correlation; of one unit there are no pairs */
static void test_compare_of_constants_is_nan(void **state) {
    (void)state;
    const double x[] = {1.0 / 3, 1 - 2.0 / 3, 1.0 / 3}, y[] = {0.1, 0.2, 0.4};
    hol_comparison c = hol_moments_compare(x, y, 3);
    assert_true(c.x_is_constant && !c.y_is_constant && isnan(c.pearson) && isnan(c.slope) && c.rms > 0.1);
    c = hol_moments_compare(y, x, 3);
    assert_true(!c.x_is_constant && c.y_is_constant && isnan(c.pearson) && fabs(c.slope) < 1e-12);
    assert_ok(hol_moments_compare_pairs(x, y, 1, &c));
    assert_true(isnan(c.pearson) && isnan(c.slope) && !(c.rms > 0));
}

/* chains that stand still, each elsewhere, have not met; all at one value they say nothing */
static void test_split_rhat_of_constants(void **state) {
    (void)state;
    double series[4 * 10], rhat = 0;
    for (int k = 0; k < 40; k++) series[k] = k / 10;
    assert_ok(hol_mixing_split_rhat(series, 4, 10, &rhat));
    assert_true(isinf(rhat) && rhat > 0);
    for (int k = 0; k < 40; k++) series[k] = 2;
    assert_ok(hol_mixing_split_rhat(series, 4, 10, &rhat));
    assert_true(isnan(rhat));
}

/* first-order autoregression of coefficient a: the time is (1 + a) / (1 - a). 100 chains of 2,000: within 10% with
 * ease */
static void test_autocorrelation_time_of_a_known_process(void **state) {
    (void)state;
    enum { CHAINS = 100, LENGTH = 2000 };
    const double coefficients[] = {0, 0.5, 0.9};
    double *series = hol_allocate(CHAINS * LENGTH, sizeof *series);
    assert_non_null(series);
    for (int k = 0; k < 3; k++) {
        const double a = coefficients[k];
        for (uint32_t c = 0; c < CHAINS; c++) {
            double x = normal(c, 1000000) / sqrt(1 - a * a);
            for (uint32_t s = 0; s < LENGTH; s++) series[c * LENGTH + s] = x = a * x + normal(c, s + 1);
        }
        const double expected = (1 + a) / (1 - a), found = hol_mixing_autocorrelation_time(series, CHAINS, LENGTH);
        assert_true(fabs(found - expected) < 0.1 * expected);
    }
    for (int i = 0; i < 100; i++) series[i] = 3;
    assert_true(isnan(hol_mixing_autocorrelation_time(series, 10, 10)));
    hol_free(series);
}

/* Stationary autoregressions over few of their times (15 to 300) are as far apart as such runs are: 1 in a million
 * above it. The same about means of their own, three standard deviations wide, are farther. */
static void test_expected_rhat_knows_the_length(void **state) {
    (void)state;
    enum { CHAINS = 100, LENGTH = 900 };
    const double coefficients[] = {0.5, 0.9, 0.967};
    double *series = hol_allocate(CHAINS * LENGTH, sizeof *series);
    assert_non_null(series);
    for (int k = 0; k < 6; k++) {
        const double a = coefficients[k / 2], deviation = 1 / sqrt(1 - a * a);
        double rhat = 0;
        for (uint32_t c = 0; c < CHAINS; c++) {
            const double mean = k % 2 == 0 ? 0 : 3 * deviation * normal(c, 2000000);
            double x = normal(c, 1000000) * deviation;
            for (uint32_t s = 0; s < LENGTH; s++) series[c * LENGTH + s] = mean + (x = a * x + normal(c, s + 1));
        }
        const double limit = hol_mixing_expected_rhat(hol_mixing_whole_time(series, CHAINS, LENGTH), CHAINS, LENGTH);
        assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &rhat));
        if (k % 2 == 0) assert_true(rhat <= limit && limit < 1.2);
        else assert_true(rhat > limit);
    }
    hol_free(series);
}

/* A twentieth of the variance is slow: 0.95 (time 3) + 0.05 (time 199), 12.8 in all. The window ends before it, and an
 * R-hat that the short time does not explain is no sign of anything. */
static void test_slow_parts_count(void **state) {
    (void)state;
    enum { CHAINS = 400, LENGTH = 600 };
    double *series = hol_allocate(CHAINS * LENGTH, sizeof *series), rhat = 0;
    assert_non_null(series);
    for (uint32_t c = 0; c < CHAINS; c++) {
        double fast = normal(c, 3000000) / sqrt(1 - 0.5 * 0.5), slow = normal(c, 4000000) / sqrt(1 - 0.99 * 0.99);
        for (uint32_t s = 0; s < LENGTH; s++) {
            fast = 0.5 * fast + normal(c, s + 1);
            slow = 0.99 * slow + normal(c, s + 1000000);
            series[c * LENGTH + s] = sqrt(0.95 * (1 - 0.5 * 0.5)) * fast + sqrt(0.05 * (1 - 0.99 * 0.99)) * slow;
        }
    }
    const double windowed = hol_mixing_autocorrelation_time(series, CHAINS, LENGTH),
                 whole = hol_mixing_whole_time(series, CHAINS, LENGTH);
    assert_true(windowed < 8 && fabs(whole - 12.8) < 2.5);
    assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &rhat));
    assert_true(rhat > hol_mixing_expected_rhat(windowed, CHAINS, LENGTH));
    assert_true(rhat < hol_mixing_expected_rhat(whole, CHAINS, LENGTH));
    for (int i = 0; i < 100; i++) series[i] = 3;
    assert_true(isnan(hol_mixing_whole_time(series, 10, 10)));
    hol_free(series);
}

/* alike: near 1. One chain elsewhere, or all drifting: far above. Only ranks count: exp of all values changes
 * nothing. */
static void test_rhat_tells_chains_that_have_not_met(void **state) {
    (void)state;
    enum { CHAINS = 8, LENGTH = 400 };
    double series[CHAINS * LENGTH], alike = 0, shifted = 0, drifting = 0, monotone = 0;
    for (uint32_t i = 0; i < CHAINS * LENGTH; i++) series[i] = normal(i, 7);
    assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &alike));
    for (int i = 0; i < CHAINS * LENGTH; i++) series[i] = exp(series[i]);
    assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &monotone));
    for (int i = 0; i < LENGTH; i++) series[i] += 5;
    assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &shifted));
    for (int i = 0; i < CHAINS * LENGTH; i++) series[i] = normal((uint32_t)i, 7) + 3.0 * (i % LENGTH) / LENGTH;
    assert_ok(hol_mixing_split_rhat(series, CHAINS, LENGTH, &drifting));
    assert_true(alike > 0.995 && alike < 1.01 && fabs(alike - monotone) < 1e-12);
    assert_true(shifted > 1.1 && drifting > 1.1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pseudo_equals_the_conditionals),
        cmocka_unit_test(test_pseudo_leaves_what_is_too_much),
        cmocka_unit_test(test_moments_are_counts),
        cmocka_unit_test(test_moments_of_what_is_known),
        cmocka_unit_test(test_compare_is_regression),
        cmocka_unit_test(test_compare_of_constants_is_nan),
        cmocka_unit_test(test_split_rhat_of_constants),
        cmocka_unit_test(test_autocorrelation_time_of_a_known_process),
        cmocka_unit_test(test_rhat_tells_chains_that_have_not_met),
        cmocka_unit_test(test_expected_rhat_knows_the_length),
        cmocka_unit_test(test_slow_parts_count),
    };
    return hol_test_main(argc, argv, "looks", tests, HOL_TEST_COUNT(tests));
}
