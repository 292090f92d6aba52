/* rbm: everything against enumeration of an energy written out here, in double, at several temperatures. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "center.h"

#include <float.h>
#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "model/model.h"
#include "num/elementary.h"
#include "sample/population.h"

/* ---- a model, its parameters, and the energy in its plainest form ------------------------------------------------ */

typedef struct machine {
    hol_model *model;
    float *theta;
    int64_t visible, hidden;
    double temperature;
} machine;

static double normal(uint32_t i, uint32_t salt) {
    return hol_normal_quantile(hol_rng_uniform((hol_rng_key){{161, 803}}, i, salt, 0, 0));
}

static machine make_machine(int64_t visible, int64_t hidden, double temperature, double spread, uint32_t salt) {
    machine m = {.visible = visible, .hidden = hidden, .temperature = temperature};
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = temperature};
    assert_ok(hol_model_create(&options, &m.model));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta, "theta");
    assert_non_null(m.theta);
    for (int64_t i = 0; i < m.model->info.parameters; i++) m.theta[i] = (float)(spread * normal((uint32_t)i, salt));
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

static void free_machine(machine *m) {
    hol_model_destroy(m->model);
    hol_free(m->theta);
}

/* -E(v, h) of states given as bits; parameters in double, so that they can be shifted by little */
static double goodness(const machine *m, const double *theta, uint64_t v, uint64_t h) {
    const double *a = theta, *b = theta + m->visible, *w = b + m->hidden;
    double sum = 0;
    for (int64_t i = 0; i < m->visible; i++) {
        if (!(v >> i & 1)) continue;
        sum += a[i];
        for (int64_t j = 0; j < m->hidden; j++)
            if (h >> j & 1) sum += w[i * m->hidden + j];
    }
    for (int64_t j = 0; j < m->hidden; j++)
        if (h >> j & 1) sum += b[j];
    return sum;
}

static double *in_double(const machine *m) {
    double *theta = hol_allocate(m->model->info.parameters, sizeof *theta, "theta");
    assert_non_null(theta);
    for (int64_t i = 0; i < m->model->info.parameters; i++) theta[i] = (double)m->theta[i];
    return theta;
}

/* exp(-E / tau) of every state: (2^visible, 2^hidden); the sum is Z */
static double *enumerate(const machine *m, const double *theta, double temperature, double *ret_z) {
    const uint64_t vs = UINT64_C(1) << m->visible, hs = UINT64_C(1) << m->hidden;
    double *p = hol_allocate((int64_t)(vs * hs), sizeof *p, "probabilities");
    assert_non_null(p);
    *ret_z = 0;
    for (uint64_t v = 0; v < vs; v++)
        for (uint64_t h = 0; h < hs; h++) *ret_z += p[v * hs + h] = exp(goodness(m, theta, v, h) / temperature);
    return p;
}

static hol_population *make_population(const machine *m, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(m->model, count, 0, 1, &population));
    return population;
}

/* sets and reads units [first, first + units) of a chain as a number */
static void set_state(hol_population *population, int64_t first, int64_t units, int64_t chain, uint64_t value) {
    uint8_t bytes[64];
    for (int64_t i = 0; i < units; i++) bytes[i] = (uint8_t)(value >> i & 1);
    hol_population_set_bytes(population, first, units, chain, 1, bytes);
}

static uint64_t get_state(const hol_population *population, int64_t first, int64_t units, int64_t chain) {
    uint8_t bytes[64];
    uint64_t value = 0;
    hol_population_get_bytes(population, first, units, chain, 1, bytes);
    for (int64_t i = 0; i < units; i++) value |= (uint64_t)bytes[i] << i;
    return value;
}

static const double temperatures[] = {1, 0.6, 2.5};
enum { TEMPERATURES = 3 };

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void test_create_describes_the_parameters(void **state) {
    (void)state;
    machine m = make_machine(7, 3, 1, 1, 0);
    const hol_model_info *info = &m.model->info;
    assert_int_equal(info->parameters, 7 + 3 + 21);
    assert_int_equal(info->first_order, 10);
    assert_int_equal(info->group_count, 3);
    int64_t next = 0; /* the groups cover theta without gaps */
    for (int g = 0; g < 3; g++) {
        assert_int_equal(info->groups[g].offset, next);
        next += info->groups[g].rows * info->groups[g].columns;
    }
    assert_int_equal(next, info->parameters);
    assert_true(hol_model_find_group(m.model, "weights")->decays);
    assert_int_equal(hol_model_find_group(m.model, "weights")->rows, 7);
    assert_int_equal(hol_model_find_group(m.model, "weights")->columns, 3);
    assert_int_equal(hol_model_find_group(m.model, "hidden_bias")->columns, 3);
    assert_false(hol_model_find_group(m.model, "visible_bias")->decays);
    assert_null(hol_model_find_group(m.model, "couplings"));
    assert_int_equal(m.model->ops->exact_units(m.model), 3);
    free_machine(&m);
    hol_model_destroy(NULL);
}

static void test_create_refuses_bad_options(void **state) {
    (void)state;
    hol_model *model = NULL;
    hol_model_options options = {.kind = "rbm", .visible = 0, .hidden = 3, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "0 visible");
    assert_null(model);
    options = (hol_model_options){.kind = "rbm", .visible = 3, .hidden = 0, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "0 hidden");
    options = (hol_model_options){.kind = "rbm", .visible = INT64_C(1) << 40, .hidden = 5, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "visible");
    options =
        (hol_model_options){.kind = "rbm", .visible = 3, .hidden = 5, .temperature = 1, .without = HOL_MODEL_WEIGHTS};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "weights off");
    options = (hol_model_options){.kind = "abacus", .visible = 3, .hidden = 3, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "found \"abacus\", expected one of");
    assert_non_null(strstr(hol_error_message(), "rbm"));
    assert_null(model);
}

/* the energy is -v'W h, and nothing centred; test_boltzmann has the rest of that machine */
static void test_create_without_biases(void **state) {
    (void)state;
    const hol_model_options o = {
        .kind = "rbm", .visible = 3, .hidden = 2, .temperature = 2, .without = HOL_MODEL_BIASES};
    hol_model *model = NULL;
    assert_ok(hol_model_create(&o, &model));
    assert_string_equal(model->ops->kind, "rbm");
    assert_int_equal(model->info.parameters, 6);
    assert_int_equal(model->info.first_order, 0);
    assert_null(model->ops->center);
    const float theta[6] = {1, -2, 0.5f, 3, -1, 4};
    const uint8_t visible[3] = {1, 0, 1};
    const double expected = -log(1 + exp((1.0 - 1) / 2)) - log(1 + exp((-2.0 + 4) / 2));
    assert_true(fabs(model->ops->exact_free_energy(model, theta, visible) - expected) < 1e-12);
    hol_model_destroy(model);
}

/* Weights: mean, variance and fourth moment of a normal, each within 5.5 standard deviations: false alarm 4e-8 each. */
static void test_initialize_draws_weights_and_takes_biases_from_means(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(300, 100, temperatures[t], 0, 0);
        double means[300];
        for (int i = 0; i < 300; i++) means[i] = i / 299.0; /* 0 and 1 among them */
        for (int64_t i = 0; i < m.model->info.parameters; i++) m.theta[i] = NAN;
        m.model->ops->initialize(m.model, means, 0.02, 5, m.theta);
        const int64_t n = 300 * 100;
        double sums[5] = {0};
        for (int64_t i = 0; i < n; i++)
            for (int k = 1; k < 5; k++) sums[k] += pow((double)m.theta[400 + i] / 0.02, k);
        assert_true(fabs(sums[1] / (double)n) < 5.5 * sqrt(1.0 / (double)n));
        assert_true(fabs(sums[2] / (double)n - 1) < 5.5 * sqrt(2.0 / (double)n));
        assert_true(fabs(sums[3] / (double)n) < 5.5 * sqrt(15.0 / (double)n));
        assert_true(fabs(sums[4] / (double)n - 3) < 5.5 * sqrt(96.0 / (double)n));
        for (int j = 0; j < 100; j++) assert_true(m.theta[300 + j] == 0);
        for (int i = 0; i < 300; i++) { /* without couplings the model's mean is the data's */
            const double p = 1 / (1 + exp(-(double)m.theta[i] / m.temperature));
            assert_true(fabs(p - fmin(fmax(means[i], 1e-3), 0.999)) < 1e-6);
        }
        /* the seed, and nothing else */
        float *other = hol_allocate(m.model->info.parameters, sizeof *other, "theta");
        assert_non_null(other);
        m.model->ops->initialize(m.model, means, 0.02, 5, other);
        assert_memory_equal(other, m.theta, (size_t)m.model->info.parameters * sizeof *other);
        m.model->ops->initialize(m.model, means, 0.02, 6, other);
        int same = 0;
        for (int64_t i = 0; i < n; i++) same += other[400 + i] == m.theta[400 + i];
        assert_true(same < 10);
        hol_free(other);
        free_machine(&m);
    }
}

static void test_prepare_refuses_what_is_not_finite_or_huge(void **state) {
    (void)state;
    machine m = make_machine(20, 18, 1, 0.1, 1);
    const float bad[] = {NAN, INFINITY, -INFINITY, 2e6f, -2e6f, FLT_MAX};
    for (int64_t at = 0; at < m.model->info.parameters; at += at < 38 ? 1 : 7)
        for (int b = 0; b < 6; b++) {
            const float kept = m.theta[at];
            m.theta[at] = bad[b];
            assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
            m.theta[at] = kept;
        }
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    /* many moderate couplings of one unit, which add up: 18 * 1e5 > 2^20 */
    for (int64_t j = 0; j < 18; j++) m.theta[38 + 3 * 18 + j] = 1e5f;
    assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
    free_machine(&m);
    /* the field counts in units of the temperature */
    m = make_machine(2, 2, 1e-3, 0.1, 1);
    m.theta[0] = 2000;
    assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
    free_machine(&m);
}

/* ---- conditionals ------------------------------------------------------------------------------------------------ */

/* all visible states, one per chain, and p(h_j = 1 | v) by summing over h; then the other way round */
static void test_conditionals_equal_enumeration(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{4, 3}, {6, 2}, {7, 5}, {2, 8}};
    for (int s = 0; s < 4; s++)
        for (int t = 0; t < TEMPERATURES; t++) {
            machine m = make_machine(shapes[s][0], shapes[s][1], temperatures[t], 1.5, (uint32_t)s);
            const uint64_t vs = UINT64_C(1) << m.visible, hs = UINT64_C(1) << m.hidden;
            double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
            hol_population *all = make_population(&m, (int64_t)vs), *back = make_population(&m, (int64_t)hs);
            for (uint64_t v = 0; v < vs; v++) set_state(all, 0, m.visible, (int64_t)v, v);
            for (uint64_t h = 0; h < hs; h++) set_state(back, m.visible, m.hidden, (int64_t)h, h);
            m.model->ops->infer(m.model, all, NULL);
            m.model->ops->project(m.model, back);
            for (uint64_t v = 0; v < vs; v++)
                for (int64_t j = 0; j < m.hidden; j++) {
                    double on = 0, sum = 0;
                    for (uint64_t h = 0; h < hs; h++) {
                        sum += p[v * hs + h];
                        if (h >> j & 1) on += p[v * hs + h];
                    }
                    /* half a unit of 2^-15, and float */
                    assert_true(fabs(all->expected[(int64_t)v * all->expected_stride + j] * 0x1p-15 - on / sum) <
                                0x1p-16 + 1e-6);
                }
            const int64_t stride = hol_round_up(m.visible, 16);
            for (uint64_t h = 0; h < hs; h++)
                for (int64_t i = 0; i < m.visible; i++) {
                    double on = 0, sum = 0;
                    for (uint64_t v = 0; v < vs; v++) {
                        sum += p[v * hs + h];
                        if (v >> i & 1) on += p[v * hs + h];
                    }
                    assert_true(fabs(back->expected[(int64_t)h * stride + i] * 0x1p-15 - on / sum) < 0x1p-16 + 1e-6);
                }
            for (uint64_t v = 0; v < vs; v++) { /* without a draw nothing is sampled */
                assert_int_equal(get_state(all, m.visible, m.hidden, (int64_t)v), 0);
                assert_int_equal(get_state(all, 0, m.visible, (int64_t)v), v);
            }
            hol_population_destroy(all);
            hol_population_destroy(back);
            hol_free(theta);
            hol_free(p);
            free_machine(&m);
        }
}

/* Hidden samples of one visible state in 2^16 chains: joint frequencies against enumeration. 8 cells; chi-square above
 * 45 with 7 degrees of freedom has probability 1.4e-7. */
static void test_infer_samples_the_conditional(void **state) {
    (void)state;
    enum { CHAINS = 1 << 16 };
    machine m = make_machine(5, 3, 1.3, 0.8, 3);
    double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
    hol_population *population = make_population(&m, CHAINS);
    for (int64_t c = 0; c < CHAINS; c++) set_state(population, 0, 5, c, 0x15);
    const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4, .sweep = 0};
    m.model->ops->infer(m.model, population, &draw);
    double seen[8] = {0}, sum = 0, chi = 0;
    for (int64_t c = 0; c < CHAINS; c++) {
        assert_int_equal(get_state(population, 0, 5, c), 0x15);
        seen[get_state(population, 5, 3, c)]++;
    }
    for (int h = 0; h < 8; h++) sum += p[0x15 * 8 + h];
    for (int h = 0; h < 8; h++) {
        const double expected = CHAINS * p[0x15 * 8 + h] / sum;
        assert_true(expected > 50);
        chi += pow(seen[h] - expected, 2) / expected;
    }
    assert_true(chi < 45);
    hol_population_destroy(population);
    hol_free(theta);
    hol_free(p);
    free_machine(&m);
}

/* ---- the sampler ------------------------------------------------------------------------------------------------- */

/* chi-square of final states of independent chains against exp(-E / tau) / Z; cells below 5 expected are thrown
 * together */
static double chi_square(const machine *m, const hol_population *population, double temperature, double *ret_freedom) {
    const uint64_t hs = UINT64_C(1) << m->hidden, cells = (UINT64_C(1) << m->visible) * hs;
    double z = 0, *theta = in_double(m), *p = enumerate(m, theta, temperature, &z);
    double *seen = hol_allocate((int64_t)cells, sizeof *seen, "cells");
    assert_non_null(seen);
    for (int64_t c = 0; c < population->count; c++)
        seen[get_state(population, 0, m->visible, c) * hs + get_state(population, m->visible, m->hidden, c)]++;
    double chi = 0, rest_seen = 0, rest_expected = 0;
    *ret_freedom = -1;
    for (uint64_t x = 0; x < cells; x++) {
        const double expected = (double)population->count * p[x] / z;
        if (expected < 5) {
            rest_seen += seen[x];
            rest_expected += expected;
            continue;
        }
        chi += pow(seen[x] - expected, 2) / expected;
        *ret_freedom += 1;
    }
    if (rest_expected > 1) {
        chi += pow(rest_seen - rest_expected, 2) / rest_expected;
        *ret_freedom += 1;
    }
    hol_free(theta);
    hol_free(p);
    hol_free(seen);
    return chi;
}

/* The quantile of 1 - 1e-6 after Wilson & Hilferty (z = 4.75), with some room for cells of few counts. */
static double chi_limit(double freedom) {
    return freedom * pow(1 - 2 / (9 * freedom) + 5.2 * sqrt(2 / (9 * freedom)), 3);
}

/* Every chain starts from fair bits and is looked at once, after 150 sweeps: the chains are independent, so the
 * statistic is a true chi-square. False alarm below 1e-6 per temperature. The slowest mode of these models decays by
 * more than a tenth per sweep. A temperature 8 % off must be told from the right one. */
static void test_sweep_reaches_the_joint_distribution(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(4, 3, temperatures[t], 1.1 * temperatures[t], 7 + (uint32_t)t);
        hol_population *population = make_population(&m, 40000); /* the last block is half full */
        hol_population_randomize(m.model, population, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1, .sweep = 0};
        double freedom = 0;
        assert_true(chi_square(&m, population, m.temperature, &freedom) > 5 * chi_limit(freedom)); /* not there yet */
        m.model->ops->sweep(m.model, population, &draw, 150);
        const double chi = chi_square(&m, population, m.temperature, &freedom);
        if (!(chi < chi_limit(freedom)))
            fail_msg("tau %g: chi-square %g, %g degrees of freedom", m.temperature, chi, freedom);
        assert_true(freedom > 40);
        assert_true(chi_square(&m, population, m.temperature * 1.08, &freedom) > chi_limit(freedom));
        assert_true(chi_square(&m, population, m.temperature / 1.08, &freedom) > chi_limit(freedom));
        /* expected belongs to the last visible state */
        hol_population *copy = make_population(&m, 40000);
        hol_population_copy(population, copy);
        m.model->ops->infer(m.model, copy, NULL);
        for (int64_t c = 0; c < 40000; c++)
            assert_memory_equal(copy->expected + c * copy->expected_stride,
                                population->expected + c * population->expected_stride, 3 * sizeof(int32_t));
        hol_population_destroy(copy);
        hol_population_destroy(population);
        free_machine(&m);
    }
}

/* stationary already after one sweep when started there: one sweep from exact samples keeps the distribution. Starts
 * are drawn from the enumerated joint by inversion. False alarm below 1e-6. */
static void test_sweep_keeps_the_joint_distribution(void **state) {
    (void)state;
    enum { CHAINS = 60000 };
    machine m = make_machine(4, 3, 1, 1.4, 11);
    double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, 1, &z);
    hol_population *population = make_population(&m, CHAINS);
    for (uint32_t c = 0; c < CHAINS; c++) {
        double left = hol_rng_uniform((hol_rng_key){{5, 5}}, c, 0, 0, 0) * z;
        uint64_t x = 0;
        while (x < 127 && left >= p[x]) left -= p[x++];
        set_state(population, 0, 4, c, x >> 3);
        set_state(population, 4, 3, c, x & 7);
    }
    const hol_draw draw = {.key = hol_rng_key_make(8, HOL_STREAM_NEGATIVE), .step = 2, .sweep = 0};
    for (uint32_t k = 0; k < 3; k++) {
        double freedom = 0;
        assert_true(chi_square(&m, population, 1, &freedom) < chi_limit(freedom));
        hol_draw now = draw;
        now.sweep += 2 * k;
        m.model->ops->sweep(m.model, population, &now, 1);
    }
    hol_population_destroy(population);
    hol_free(theta);
    hol_free(p);
    free_machine(&m);
}

static void test_sweep_continues_where_it_was_cut(void **state) {
    (void)state;
    machine m = make_machine(30, 20, 1, 0.5, 2);
    hol_population *once = make_population(&m, 200), *twice = make_population(&m, 200);
    hol_population_randomize(m.model, once, (hol_rng_key){{1, 1}});
    hol_population_copy(once, twice);
    hol_draw draw = {.key = {{2, 2}}, .step = 3, .sweep = 10};
    m.model->ops->sweep(m.model, once, &draw, 5);
    m.model->ops->sweep(m.model, twice, &draw, 2);
    draw.sweep += 4;
    m.model->ops->sweep(m.model, twice, &draw, 3);
    assert_memory_equal(once->states.words, twice->states.words, (size_t)(4 * 50) * 8);
    assert_memory_equal(once->expected, twice->expected, (size_t)(256 * once->expected_stride) * 4);
    hol_population_destroy(once);
    hol_population_destroy(twice);
    free_machine(&m);
}

/* any number of owners of the blocks, any number of threads: the same states */
static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    enum { CHAINS = 700, UNITS = 300 + 130 };
    machine m = make_machine(300, 130, 1, 0.2, 2);
    hol_population *whole = make_population(&m, CHAINS);
    hol_population_randomize(m.model, whole, (hol_rng_key){{1, 1}});
    const hol_draw draw = {.key = {{2, 2}}, .step = 3, .sweep = 0};
    m.model->ops->sweep(m.model, whole, &draw, 3);
    for (int ranks = 2; ranks <= 15; ranks += 13) /* 11 blocks: some ranks have none */
        for (int rank = 0; rank < ranks; rank++) {
            omp_set_num_threads(1 + rank % 3);
            hol_population *part = NULL;
            assert_ok(hol_population_create(m.model, CHAINS, rank, ranks, &part));
            hol_population_randomize(m.model, part, (hol_rng_key){{1, 1}});
            m.model->ops->sweep(m.model, part, &draw, 3);
            const int64_t blocks = part->states.blocks, first = part->states.first_block;
            if (blocks)
                assert_memory_equal(part->states.words, whole->states.words + first * UNITS,
                                    (size_t)(blocks * UNITS) * 8);
            hol_population_destroy(part);
        }
    omp_set_num_threads(2);
    hol_population_destroy(whole);
    free_machine(&m);
}

/* ---- statistics and gradient ------------------------------------------------------------------------------------- */

static void test_accumulate_sums_states_and_expectations(void **state) {
    (void)state;
    machine m = make_machine(21, 19, 1, 0.5, 4);
    const int64_t parameters = m.model->info.parameters;
    for (int64_t count = 1; count < 300; count += 47) {
        hol_population *population = make_population(&m, count);
        hol_population_randomize(m.model, population, (hol_rng_key){{9, (uint32_t)count}});
        m.model->ops->infer(m.model, population, NULL);
        int32_t found[21 + 19 + 21 * 19];
        int64_t expected[21 + 19 + 21 * 19];
        for (int64_t i = 0; i < parameters; i++) expected[i] = found[i] = (int32_t)i; /* it adds */
        for (int64_t c = 0; c < count; c++) {
            const uint64_t v = get_state(population, 0, 21, c);
            for (int64_t i = 0; i < 21; i++) expected[i] += (int64_t)(v >> i & 1) << 15;
            for (int64_t j = 0; j < 19; j++) {
                const int64_t q = population->expected[c * population->expected_stride + j];
                expected[21 + j] += q;
                for (int64_t i = 0; i < 21; i++)
                    if (v >> i & 1) expected[40 + i * 19 + j] += q;
            }
        }
        m.model->ops->accumulate(m.model, population, found);
        for (int64_t i = 0; i < parameters; i++) assert_int_equal(found[i], expected[i]);
        hol_population_destroy(population);
    }
    free_machine(&m);
}

/* mean over the data of ln p(v), all by enumeration */
static double log_likelihood(const machine *m, const double *theta, const uint64_t *data, int64_t count) {
    const uint64_t hs = UINT64_C(1) << m->hidden;
    double z = 0, *p = enumerate(m, theta, m->temperature, &z), sum = 0;
    for (int64_t c = 0; c < count; c++) {
        double pv = 0;
        for (uint64_t h = 0; h < hs; h++) pv += p[data[c] * hs + h];
        sum += log(pv / z);
    }
    hol_free(p);
    return sum / (double)count;
}

/* T(v, h) into statistics, times weight */
static void add_statistics(const machine *m, uint64_t v, uint64_t h, double weight, double *statistics) {
    for (int64_t i = 0; i < m->visible; i++) statistics[i] += weight * (double)(v >> i & 1);
    for (int64_t j = 0; j < m->hidden; j++) statistics[m->visible + j] += weight * (double)(h >> j & 1);
    for (int64_t i = 0; i < m->visible; i++)
        for (int64_t j = 0; j < m->hidden; j++)
            statistics[m->visible + m->hidden + i * m->hidden + j] += weight * (double)(v >> i & h >> j & 1);
}

static void test_gradient_equals_finite_differences(void **state) {
    (void)state;
    enum { COUNT = 150 };
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(5, 4, temperatures[t], 1, 5);
        const int64_t parameters = m.model->info.parameters;
        hol_population *population = make_population(&m, COUNT);
        uint64_t data[COUNT];
        for (uint32_t c = 0; c < COUNT; c++) {
            data[c] = hol_rng_draw((hol_rng_key){{3, 3}}, c, 0, 0, 0).word[0] % 32 | (c % 2); /* not uniform */
            set_state(population, 0, 5, c, data[c]);
        }
        int32_t counts[5 + 4 + 20] = {0};
        m.model->ops->infer(m.model, population, NULL);
        m.model->ops->accumulate(m.model, population, counts);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), model[5 + 4 + 20] = {0};
        for (uint64_t x = 0; x < 512; x++) add_statistics(&m, x >> 4, x & 15, p[x] / z, model);
        for (int64_t k = 0; k < parameters; k++) {
            const double step = 1e-4, kept = theta[k];
            theta[k] = kept + step;
            const double above = log_likelihood(&m, theta, data, COUNT);
            theta[k] = kept - step;
            const double below = log_likelihood(&m, theta, data, COUNT);
            theta[k] = kept;
            const double gradient = (counts[k] * 0x1p-15 / COUNT - model[k]) / m.temperature;
            /* probabilities are rounded to 2^-16 at worst; the difference quotient errs by 1e-8 */
            assert_true(fabs((above - below) / (2 * step) - gradient) < (0x1p-16 + 2e-6) / m.temperature + 1e-7);
        }
        hol_population_destroy(population);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* The gradient of centred statistics by its definition: two distributions enumerated, <(v-m)(h-l)'> of one minus the
 * other; and what it does to the energies: for any state, v.da + h.db + v'dW h must be the centred features' change, up
 * to a constant. */
static void test_center_follows_its_definition(void **state) {
    (void)state;
    machine data = make_machine(4, 3, 1, 1, 21), model = make_machine(4, 3, 1, 1, 22);
    double zd = 0, zm = 0, *td = in_double(&data), *tm = in_double(&model);
    double *pd = enumerate(&data, td, 1, &zd), *pm = enumerate(&model, tm, 1, &zm);
    double means[7], plain[19] = {0}, centred[12] = {0}, first[7] = {0};
    for (uint32_t i = 0; i < 7; i++) means[i] = hol_rng_uniform((hol_rng_key){{4, 4}}, i, 0, 0, 0);
    for (uint64_t x = 0; x < 128; x++) {
        const double change = pd[x] / zd - pm[x] / zm;
        const uint64_t v = x >> 3, h = x & 7;
        add_statistics(&data, v, h, change, plain);
        for (int i = 0; i < 7; i++) first[i] += change * ((double)((i < 4 ? v >> i : h >> (i - 4)) & 1) - means[i]);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 3; j++)
                centred[i * 3 + j] +=
                    change * ((double)(v >> i & 1) - means[i]) * ((double)(h >> j & 1) - means[4 + j]);
    }
    float gradient[19];
    for (int k = 0; k < 19; k++) gradient[k] = (float)plain[k];
    center_all(data.model, means, gradient);
    for (int k = 0; k < 12; k++) assert_true(fabs((double)gradient[7 + k] - centred[k]) < 1e-6);
    double constant = 0;
    for (uint64_t x = 0; x < 128; x++) {
        const uint64_t v = x >> 3, h = x & 7;
        double moved[19], energy = 0, features = 0;
        memset(moved, 0, sizeof moved);
        add_statistics(&data, v, h, 1, moved);
        for (int k = 0; k < 19; k++) energy += moved[k] * (double)gradient[k];
        for (int i = 0; i < 7; i++) features += first[i] * ((double)((i < 4 ? v >> i : h >> (i - 4)) & 1) - means[i]);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 3; j++)
                features +=
                    centred[i * 3 + j] * ((double)(v >> i & 1) - means[i]) * ((double)(h >> j & 1) - means[4 + j]);
        if (x == 0) constant = energy - features;
        assert_true(fabs(energy - features - constant) < 2e-6);
    }
    hol_free(td);
    hol_free(tm);
    hol_free(pd);
    hol_free(pm);
    free_machine(&data);
    free_machine(&model);
}

/* a size of several bands, against the formula in double */
static void test_center_takes_large_models(void **state) {
    (void)state;
    enum { V = 250, H = 170 };
    machine m = make_machine(V, H, 1, 1, 6);
    const int64_t parameters = m.model->info.parameters;
    double *means = hol_allocate(V + H, sizeof *means, "means"), *w = hol_allocate(V * H, sizeof *w, "weights");
    float *one = hol_allocate(parameters, sizeof *one, "gradient");
    assert_true(means && w && one);
    for (uint32_t i = 0; i < V + H; i++) means[i] = hol_rng_uniform((hol_rng_key){{4, 4}}, i, 0, 0, 0);
    memcpy(one, m.theta, (size_t)parameters * sizeof *one);
    center_all(m.model, means, one);
    const float *dv = m.theta, *dh = m.theta + V, *dw = m.theta + V + H;
    for (int i = 0; i < V; i++)
        for (int j = 0; j < H; j++) {
            w[i * H + j] = (double)dw[i * H + j] - means[i] * (double)dh[j] - (double)dv[i] * means[V + j];
            assert_true(fabs((double)one[V + H + i * H + j] - w[i * H + j]) < 2e-6);
        }
    for (int i = 0; i < V; i++) {
        double expected = (double)dv[i];
        for (int j = 0; j < H; j++) expected -= w[i * H + j] * means[V + j];
        assert_true(fabs((double)one[i] - expected) <
                    2e-4); /* 170 float errors of 3e-7 and the rounding of the result */
    }
    for (int j = 0; j < H; j++) {
        double expected = (double)dh[j];
        for (int i = 0; i < V; i++) expected -= w[i * H + j] * means[i];
        assert_true(fabs((double)one[V + j] - expected) < 2e-4);
    }
    hol_free(means);
    hol_free(w);
    hol_free(one);
    free_machine(&m);
}

/* ---- what a state is worth --------------------------------------------------------------------------------------- */

static double enumerated_free_energy(const machine *m, const double *theta, uint64_t v) {
    double sum = 0;
    for (uint64_t h = 0; h < UINT64_C(1) << m->hidden; h++) sum += exp(goodness(m, theta, v, h) / m->temperature);
    return -log(sum);
}

static void test_free_energy_equals_enumeration(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(7, 5, temperatures[t], 1.5, 8);
        double *theta = in_double(&m), values[128];
        hol_population *population = make_population(&m, 128);
        for (uint64_t v = 0; v < 128; v++) set_state(population, 0, 7, (int64_t)v, v);
        m.model->ops->free_energy(m.model, population, values);
        for (uint64_t v = 0; v < 128; v++) {
            uint8_t bytes[7];
            for (int i = 0; i < 7; i++) bytes[i] = (uint8_t)(v >> i & 1);
            const double truth = enumerated_free_energy(&m, theta, v);
            assert_true(fabs(m.model->ops->exact_free_energy(m.model, m.theta, bytes) - truth) <
                        1e-12 * (1 + fabs(truth)));
            assert_true(fabs(values[v] - truth) < 1e-5);
        }
        hol_population_destroy(population);
        hol_free(theta);
        free_machine(&m);
    }
}

static void test_free_energy_equals_exact_free_energy(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{784, 100}, {33, 1500}, {1, 1}};
    for (int s = 0; s < 3; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], 1.5, 0.1, 9);
        double values[128];
        uint8_t bytes[784];
        hol_population *population = make_population(&m, 100);
        hol_population_randomize(m.model, population, (hol_rng_key){{6, 6}});
        m.model->ops->free_energy(m.model, population, values);
        for (int64_t c = 0; c < 100; c++) {
            hol_population_get_bytes(population, 0, m.visible, c, 1, bytes);
            assert_true(fabs(values[c] - m.model->ops->exact_free_energy(m.model, m.theta, bytes)) < 1e-4);
        }
        hol_population_destroy(population);
        free_machine(&m);
    }
}

/* Each value must be ln p(v_i | the other visible units) of one unit i, and all units must get their share: chi-square
 * with 4 degrees of freedom above 35 has probability 5e-7. */
static void test_pseudo_likelihood_is_a_unit_s_conditional(void **state) {
    (void)state;
    enum { CHAINS = 4000, V = 5 };
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(V, 4, temperatures[t], 1.2, 10);
        double *theta = in_double(&m), *values = hol_allocate(CHAINS + 63, sizeof *values, "values"), drawn[V] = {0};
        assert_non_null(values);
        hol_population *population = make_population(&m, CHAINS);
        hol_population_randomize(m.model, population, (hol_rng_key){{7, 7}});
        m.model->ops->pseudo_likelihood(m.model, population, (hol_rng_key){{8, (uint32_t)t}}, values);
        double clear = 0;
        for (int64_t c = 0; c < CHAINS; c++) {
            const uint64_t v = get_state(population, 0, V, c);
            const double here = enumerated_free_energy(&m, theta, v);
            int matches = 0, last = 0;
            for (int i = 0; i < V; i++) {
                const double there = enumerated_free_energy(&m, theta, v ^ UINT64_C(1) << i);
                const double conditional = -log(1 + exp(here - there)); /* p(v) / (p(v) + p(v flipped)) */
                if (fabs(values[c] - conditional) > 1e-5) continue;
                matches++;
                last = i;
            }
            assert_true(matches > 0);
            if (matches > 1) continue;
            drawn[last]++;
            clear++;
        }
        assert_true(clear > 0.99 * CHAINS);
        double chi = 0;
        for (int i = 0; i < V; i++) chi += pow(drawn[i] - clear / V, 2) / (clear / V);
        assert_true(chi < 35);
        hol_population_destroy(population);
        hol_free(values);
        hol_free(theta);
        free_machine(&m);
    }
}

static void test_reconstruction_is_the_mean_squared_difference(void **state) {
    (void)state;
    enum { CHAINS = 200, V = 6, H = 4 };
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(V, H, temperatures[t], 1.2, 12);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), values[256];
        hol_population *population = make_population(&m, CHAINS), *inferred = make_population(&m, CHAINS);
        hol_population_randomize(m.model, population, (hol_rng_key){{7, 7}});
        hol_population_copy(population, inferred);
        const hol_draw draw = {.key = {{8, 8}}};
        m.model->ops->reconstruction(m.model, population, draw.key, values);
        m.model->ops->infer(m.model, inferred, &draw); /* the sampler of h, tested above */
        for (int64_t c = 0; c < CHAINS; c++) {
            const uint64_t v = get_state(population, 0, V, c), h = get_state(population, V, H, c);
            assert_int_equal(v, get_state(inferred, 0, V, c));
            assert_int_equal(h, get_state(inferred, V, H, c));
            double sum = 0, total = 0, on[V] = {0};
            for (uint64_t x = 0; x < 1 << V; x++) {
                total += p[x << H | h];
                for (int i = 0; i < V; i++) on[i] += (double)(x >> i & 1) * p[x << H | h];
            }
            for (int i = 0; i < V; i++) sum += pow((double)(v >> i & 1) - on[i] / total, 2);
            assert_true(fabs(values[c] - sum / V) < 5e-5); /* 2^-16 per probability, twice */
        }
        hol_population_destroy(population);
        hol_population_destroy(inferred);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_energy_equals_its_definition(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine(6, 4, temperatures[t], 1.5, 14);
        double *theta = in_double(&m), *values = hol_allocate(1024, sizeof *values, "values");
        assert_non_null(values);
        hol_population *population = make_population(&m, 1024);
        for (uint64_t x = 0; x < 1024; x++) {
            set_state(population, 0, 6, (int64_t)x, x >> 4);
            set_state(population, 6, 4, (int64_t)x, x & 15);
        }
        m.model->ops->energy(m.model, population, values);
        for (uint64_t x = 0; x < 1024; x++)
            assert_true(fabs(values[x] + goodness(&m, theta, x >> 4, x & 15) / m.temperature) < 1e-5);
        hol_population_destroy(population);
        hol_free(values);
        hol_free(theta);
        free_machine(&m);
    }
}

/* ln Z and the visible means of theta's independent units, enumerated; the energy must not couple anything: each
 * state's is then the sum of its units' own */
static void test_independent_units_have_the_means(void **state) {
    (void)state;
    const double means[5] = {0.3, 0, 1, 0.5, 0.999}, kept[5] = {0.3, 0.001, 0.999, 0.5, 0.999};
    for (int t = 0; t < TEMPERATURES; t++)
        for (int fair = 0; fair < 2; fair++) {
            machine m = make_machine(5, 3, temperatures[t], 1.5, 15);
            const double log_z = m.model->ops->independent(m.model, fair ? NULL : means, m.theta);
            double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
            assert_true(fabs(log_z - log(z)) < 1e-10);
            for (uint64_t x = 0; x < 256; x++) {
                double product = 1.0 / 8;
                for (int i = 0; i < 5; i++) {
                    const double on = fair ? 0.5 : kept[i];
                    product *= x >> (3 + i) & 1 ? on : 1 - on;
                }
                assert_true(fabs(p[x] / z - product) < 1e-6);
            }
            hol_free(theta);
            hol_free(p);
            free_machine(&m);
        }
}

/* a clone has the same parameters' meaning and tables of its own */
static void test_clone_is_another_model_of_the_same_kind(void **state) {
    (void)state;
    machine m = make_machine(9, 7, 1.3, 0.8, 16);
    hol_model *clone = NULL;
    assert_ok(hol_model_clone(m.model, &clone));
    assert_string_equal(clone->ops->kind, "rbm");
    assert_true(clone->info.visible == 9 && clone->info.hidden == 7 && clone->temperature == m.model->temperature);
    hol_population *one = make_population(&m, 64), *two = make_population(&m, 64);
    const hol_draw draw = {.key = {{2, 3}}};
    float *zeros = hol_allocate(m.model->info.parameters, sizeof *zeros, "theta");
    assert_non_null(zeros);
    assert_ok(clone->ops->prepare(clone, zeros)); /* does not reach the first model's tables */
    m.model->ops->sweep(m.model, one, &draw, 3);
    assert_ok(clone->ops->prepare(clone, m.theta));
    clone->ops->sweep(clone, two, &draw, 3);
    assert_memory_equal(one->states.words, two->states.words, 16 * sizeof(uint64_t));
    hol_model_destroy(clone);
    hol_population_destroy(one);
    hol_population_destroy(two);
    hol_free(zeros);
    free_machine(&m);
}

/* per-lane values do not depend on who owns the block */
static void test_values_do_not_depend_on_the_layout(void **state) {
    (void)state;
    enum { CHAINS = 700, LANES_ALL = 704 };
    machine m = make_machine(40, 30, 1, 0.5, 13);
    double *whole = hol_allocate(3 * LANES_ALL, sizeof *whole, "values"),
           *part = hol_allocate(LANES_ALL, sizeof *part, "values");
    assert_true(whole && part);
    const hol_rng_key key = {{9, 9}};
    for (int ranks = 1; ranks <= 5; ranks += 2)
        for (int rank = 0; rank < ranks; rank++) {
            omp_set_num_threads(1 + rank % 2);
            hol_population *population = NULL;
            assert_ok(hol_population_create(m.model, CHAINS, rank, ranks, &population));
            const int64_t lanes = population->states.blocks * 64, first = population->states.first_block * 64;
            for (int what = 0; what < 3; what++) {
                hol_population_randomize(m.model, population, (hol_rng_key){{1, 1}});
                double *to = ranks == 1 ? whole + what * LANES_ALL : part;
                if (what == 0) m.model->ops->free_energy(m.model, population, to);
                if (what == 1) m.model->ops->pseudo_likelihood(m.model, population, key, to);
                if (what == 2) m.model->ops->reconstruction(m.model, population, key, to);
                if (ranks > 1)
                    assert_memory_equal(part, whole + what * LANES_ALL + first, (size_t)lanes * sizeof *part);
            }
            hol_population_destroy(population);
        }
    omp_set_num_threads(2);
    hol_free(whole);
    hol_free(part);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_describes_the_parameters),
        cmocka_unit_test(test_create_refuses_bad_options),
        cmocka_unit_test(test_create_without_biases),
        cmocka_unit_test(test_initialize_draws_weights_and_takes_biases_from_means),
        cmocka_unit_test(test_prepare_refuses_what_is_not_finite_or_huge),
        cmocka_unit_test(test_conditionals_equal_enumeration),
        cmocka_unit_test(test_infer_samples_the_conditional),
        cmocka_unit_test(test_sweep_reaches_the_joint_distribution),
        cmocka_unit_test(test_sweep_keeps_the_joint_distribution),
        cmocka_unit_test(test_sweep_continues_where_it_was_cut),
        cmocka_unit_test(test_sweep_does_not_depend_on_the_layout),
        cmocka_unit_test(test_accumulate_sums_states_and_expectations),
        cmocka_unit_test(test_gradient_equals_finite_differences),
        cmocka_unit_test(test_center_follows_its_definition),
        cmocka_unit_test(test_center_takes_large_models),
        cmocka_unit_test(test_free_energy_equals_enumeration),
        cmocka_unit_test(test_free_energy_equals_exact_free_energy),
        cmocka_unit_test(test_pseudo_likelihood_is_a_unit_s_conditional),
        cmocka_unit_test(test_reconstruction_is_the_mean_squared_difference),
        cmocka_unit_test(test_energy_equals_its_definition),
        cmocka_unit_test(test_independent_units_have_the_means),
        cmocka_unit_test(test_clone_is_another_model_of_the_same_kind),
        cmocka_unit_test(test_values_do_not_depend_on_the_layout),
    };
    return hol_test_main(argc, argv, "rbm", tests, HOL_TEST_COUNT(tests));
}
