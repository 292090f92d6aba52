/* rbm: everything against enumeration of an energy written out here, in double, at several temperatures. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <omp.h>

#include "machine_checks.h"

static const double temperatures[] = {1, 0.6, 2.5};
enum { TEMPERATURES = 3 };

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void test_create_describes_the_parameters(void **state) {
    (void)state;
    machine m = make_rbm(7, 3, 1, 1, 0);
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
    assert_non_null(strstr(test_message, "rbm"));
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
        machine m = make_rbm(300, 100, temperatures[t], 0, 0);
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
        float *other = hol_allocate(m.model->info.parameters, sizeof *other);
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
    machine m = make_rbm(20, 18, 1, 0.1, 1);
    check_prepare_refuses(&m, 2e6f);
    /* many moderate couplings of one unit, which add up: 18 * 1e5 > 2^20 */
    for (int64_t j = 0; j < 18; j++) m.theta[38 + 3 * 18 + j] = 1e5f;
    assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
    assert_refused(hol_model_prepare_training(m.model, m.theta), HOL_NUMERICAL, "diverged");
    free_machine(&m);
    /* the field counts in units of the temperature */
    m = make_rbm(2, 2, 1e-3, 0.1, 1);
    m.theta[0] = 2000;
    assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
    free_machine(&m);
}

/* ---- conditionals ------------------------------------------------------------------------------------------------ */

/* p of units [first, first + units) of each chain, in `expected` in 2^-15: rounded by half a unit, and float */
static void assert_expected(const machine *m, const hol_population *x, const double *p, int64_t first, int64_t units) {
    for (int64_t c = 0; c < x->count; c++)
        for (int64_t i = 0; i < units; i++) {
            const double found = x->expected[c * hol_round_up(units, 16) + i] * 0x1p-15;
            assert_true(fabs(found - conditional(p, get_state(x, m->units, c), first + i)) < 0x1p-16 + 1e-6);
        }
}

/* all states of one layer, one per chain, and p of the other layer's units */
static void test_conditionals_equal_enumeration(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{4, 3}, {6, 2}, {7, 5}, {2, 8}};
    for (int s = 0; s < 4; s++)
        for (int t = 0; t < TEMPERATURES; t++) {
            machine m = make_rbm(shapes[s][0], shapes[s][1], temperatures[t], 1.5, (uint32_t)s);
            double z = 0, *p = enumerate(&m, in_double(&m), &z);
            hol_population *all = all_states(&m, m.visible), *back = make_population(&m, INT64_C(1) << m.hidden);
            for (int64_t h = 0; h < back->count; h++) set_state(back, m.units, h, (uint64_t)h << m.visible);
            m.model->ops->expect(m.model, all);
            m.model->ops->project(m.model, back);
            assert_expected(&m, all, p, m.visible, m.hidden);
            assert_expected(&m, back, p, 0, m.visible);
            for (int64_t v = 0; v < all->count; v++) /* nothing is sampled */
                assert_int_equal(get_state(all, m.units, v), v);
            hol_population_destroy(all);
            hol_population_destroy(back);
            hol_free(p);
            free_machine(&m);
        }
}

/* Hidden samples of one visible state in 2^16 chains: joint frequencies against enumeration. 8 cells; chi-square above
 * 45 with 7 degrees of freedom has probability 1.4e-7. */
static void test_infer_samples_the_conditional(void **state) {
    (void)state;
    enum { CHAINS = 1 << 16 };
    machine m = make_rbm(5, 3, 1.3, 0.8, 3);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    hol_population *population = make_population(&m, CHAINS);
    for (int64_t c = 0; c < CHAINS; c++) set_state(population, 5, c, 0x15);
    const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4, .sweep = 0};
    m.model->ops->infer(m.model, population, &draw, true);
    double seen[8] = {0}, sum = 0, chi = 0;
    for (int64_t c = 0; c < CHAINS; c++) {
        const uint64_t x = get_state(population, 8, c);
        assert_int_equal(x & 0x1f, 0x15);
        seen[x >> 5]++;
    }
    for (int h = 0; h < 8; h++) sum += p[h << 5 | 0x15];
    for (int h = 0; h < 8; h++) {
        const double expected = CHAINS * p[h << 5 | 0x15] / sum;
        assert_true(expected > 50);
        chi += pow(seen[h] - expected, 2) / expected;
    }
    assert_true(chi < 45);
    hol_population_destroy(population);
    hol_free(p);
    free_machine(&m);
}

/* ---- the sampler ------------------------------------------------------------------------------------------------- */

/* chi-square of the chains' states against the distribution at a temperature, and what it may be */
static double chi_at(machine *m, const hol_population *population, double temperature, double *ret_limit) {
    double z = 0, freedom = 0, *p = enumerate_at(m, in_double(m), temperature, &z);
    const double chi = chi_of(m, population, p, z, &freedom);
    assert_true(freedom > 40);
    *ret_limit = chi_limit(freedom);
    hol_free(p);
    return chi;
}

/* Every chain starts from fair bits and is looked at once, after 150 sweeps: the chains are independent, so the
 * statistic is a true chi-square. False alarm below 1e-6 per temperature. The slowest mode of these models decays by
 * more than a tenth per sweep. A temperature 8 % off must be told from the right one. */
static void test_sweep_reaches_the_joint_distribution(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(4, 3, temperatures[t], 1.1 * temperatures[t], 7 + (uint32_t)t);
        hol_population *population = make_population(&m, 40000); /* the last block is half full */
        hol_population_randomize(m.model, population, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1, .sweep = 0};
        double limit = 0;
        assert_true(chi_at(&m, population, m.temperature, &limit) > 5 * limit); /* not there yet */
        m.model->ops->sweep(m.model, population, &draw, 150);
        const double chi = chi_at(&m, population, m.temperature, &limit);
        if (!(chi < limit)) fail_msg("tau %g: chi-square %g, limit %g", m.temperature, chi, limit);
        assert_true(chi_at(&m, population, m.temperature * 1.08, &limit) > limit);
        assert_true(chi_at(&m, population, m.temperature / 1.08, &limit) > limit);
        /* levels belong to the last visible state */
        const hol_draw last = {.key = draw.key, .step = 1, .sweep = 2 * 150 - 1};
        hol_population *copy = make_population(&m, 40000);
        hol_population_copy(population, copy);
        m.model->ops->infer(m.model, copy, &last, false);
        assert_memory_equal(copy->levels, population->levels, (size_t)(625 * copy->hidden_stride * 64));
        hol_population_destroy(copy);
        hol_population_destroy(population);
        free_machine(&m);
    }
}

static void test_sweep_keeps_the_joint_distribution(void **state) {
    (void)state;
    machine m = make_rbm(4, 3, 1, 1.4, 11);
    check_sweep_keeps_the_distribution(&m);
    free_machine(&m);
}

static void test_sweep_continues_where_it_was_cut(void **state) {
    (void)state;
    machine m = make_rbm(30, 20, 1, 0.5, 2);
    hol_population *once = make_population(&m, 200), *twice = make_population(&m, 200);
    hol_population_randomize(m.model, once, (hol_rng_key){{1, 1}});
    hol_population_copy(once, twice);
    hol_draw draw = {.key = {{2, 2}}, .step = 3, .sweep = 10};
    m.model->ops->sweep(m.model, once, &draw, 5);
    m.model->ops->sweep(m.model, twice, &draw, 2);
    draw.sweep += 4;
    m.model->ops->sweep(m.model, twice, &draw, 3);
    assert_memory_equal(once->states.words, twice->states.words, (size_t)(4 * 50) * 8);
    assert_memory_equal(once->levels, twice->levels, (size_t)(256 * once->hidden_stride));
    hol_population_destroy(once);
    hol_population_destroy(twice);
    free_machine(&m);
}

static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    machine m = make_rbm(300, 130, 1, 0.2, 2);
    check_layouts(&m);
    free_machine(&m);
}

/* ---- statistics and gradient ------------------------------------------------------------------------------------- */

static void test_accumulate_sums_states_and_levels(void **state) {
    (void)state;
    machine m = make_rbm(21, 19, 1, 0.5, 4);
    const int64_t parameters = m.model->info.parameters;
    for (int64_t count = 1; count < 300; count += 47) {
        hol_population *population = make_population(&m, count);
        hol_population_randomize(m.model, population, (hol_rng_key){{9, (uint32_t)count}});
        const hol_draw draw = {.key = {{7, (uint32_t)count}}};
        m.model->ops->infer(m.model, population, &draw, false);
        int32_t found[21 + 19 + 21 * 19];
        int64_t expected[21 + 19 + 21 * 19];
        for (int64_t i = 0; i < parameters; i++) expected[i] = found[i] = (int32_t)i; /* it adds */
        for (int64_t c = 0; c < count; c++) {
            const uint64_t v = get_state(population, 21, c);
            for (int64_t i = 0; i < 21; i++) expected[i] += 15 * (int64_t)(v >> i & 1);
            for (int64_t j = 0; j < 19; j++) {
                const int64_t q = population->levels[(c / 64 * population->hidden_stride + j) * 64 + c % 64];
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

/* Probabilities are rounded to 2^-16 at worst. Of each of 5 samples, an odd number, there are 2^15 chains, which have
 * all offsets of the dither once: the mean of the levels is exact. */
static void test_gradient_equals_finite_differences(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(5, 4, temperatures[t], 1, 5);
        const hol_draw draw = {.key = hol_rng_key_make(6, HOL_STREAM_POSITIVE), .step = (uint32_t)t};
        check_gradient(&m, 5, 1 << 15, &draw, 0x1p-16 + 2e-6);
        free_machine(&m);
    }
}

static void test_center_follows_its_definition(void **state) {
    (void)state;
    machine data = make_rbm(4, 3, 1, 1, 21), model = make_rbm(4, 3, 1, 1, 22);
    check_center(&data, &model, 2e-6);
    free_machine(&data);
    free_machine(&model);
}

/* a size of several bands, against the formula in double */
static void test_center_takes_large_models(void **state) {
    (void)state;
    enum { V = 250, H = 170 };
    machine m = make_rbm(V, H, 1, 1, 6);
    const int64_t parameters = m.model->info.parameters;
    double *means = hol_allocate(V + H, sizeof *means), *w = hol_allocate(V * H, sizeof *w);
    float *one = hol_allocate(parameters, sizeof *one);
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

static void test_free_energy_equals_enumeration(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(7, 5, temperatures[t], 1.5, 8);
        check_free_energy(&m);
        free_machine(&m);
    }
}

static void test_free_energy_equals_exact_free_energy(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{784, 100}, {33, 1500}, {1, 1}};
    for (int s = 0; s < 3; s++) {
        machine m = make_rbm(shapes[s][0], shapes[s][1], 1.5, 0.1, 9);
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

/* All units must get their share: chi-square with 4 degrees of freedom above 35 has probability 5e-7. */
static void test_pseudo_likelihood_is_a_unit_s_conditional(void **state) {
    (void)state;
    enum { CHAINS = 4000, V = 5 };
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(V, 4, temperatures[t], 1.2, 10);
        double drawn[V] = {0}, chi = 0;
        const double clear = check_pseudo_likelihood(&m, CHAINS, (hol_rng_key){{8, (uint32_t)t}}, drawn);
        assert_true(clear > 0.99 * CHAINS);
        for (int i = 0; i < V; i++) chi += pow(drawn[i] - clear / V, 2) / (clear / V);
        assert_true(chi < 35);
        free_machine(&m);
    }
}

/* and h is what the sampler of h, tested above, makes of the same key */
static void test_reconstruction_is_the_mean_squared_difference(void **state) {
    (void)state;
    enum { CHAINS = 200, UNITS = 6 + 4 };
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(6, 4, temperatures[t], 1.2, 12);
        hol_population *population = check_reconstruction(&m, CHAINS), *inferred = make_population(&m, CHAINS);
        for (int64_t c = 0; c < CHAINS; c++) set_state(inferred, UNITS, c, get_state(population, 6, c));
        const hol_draw draw = {.key = {{8, 8}}};
        m.model->ops->infer(m.model, inferred, &draw, true);
        for (int64_t c = 0; c < CHAINS; c++)
            assert_int_equal(get_state(population, UNITS, c), get_state(inferred, UNITS, c));
        hol_population_destroy(population);
        hol_population_destroy(inferred);
        free_machine(&m);
    }
}

static void test_energy_equals_its_definition(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(6, 4, temperatures[t], 1.5, 14);
        check_energy(&m);
        free_machine(&m);
    }
}

static void test_independent_units_have_the_means(void **state) {
    (void)state;
    const double means[5] = {0.3, 0, 1, 0.5, 0.999}, kept[5] = {0.3, 0.001, 0.999, 0.5, 0.999};
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_rbm(5, 3, temperatures[t], 1.5, 15);
        check_independent(&m, means, kept);
        check_independent(&m, NULL, NULL);
        free_machine(&m);
    }
}

/* a clone has the same parameters' meaning and tables of its own */
static void test_clone_is_another_model_of_the_same_kind(void **state) {
    (void)state;
    machine m = make_rbm(9, 7, 1.3, 0.8, 16);
    hol_model *clone = NULL;
    assert_ok(hol_model_clone(m.model, &clone));
    assert_string_equal(clone->ops->kind, "rbm");
    assert_true(clone->info.visible == 9 && clone->info.hidden == 7 && clone->temperature == m.model->temperature);
    hol_population *one = make_population(&m, 64), *two = make_population(&m, 64);
    const hol_draw draw = {.key = {{2, 3}}};
    float *zeros = hol_allocate(m.model->info.parameters, sizeof *zeros);
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
    machine m = make_rbm(40, 30, 1, 0.5, 13);
    double *whole = hol_allocate(3 * LANES_ALL, sizeof *whole), *part = hol_allocate(LANES_ALL, sizeof *part);
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
        cmocka_unit_test(test_accumulate_sums_states_and_levels),
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
