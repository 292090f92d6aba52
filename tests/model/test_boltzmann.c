/* boltzmann: everything against enumeration of an energy written out here, in double: fully visible, latent, with parts
 * off, at several temperatures; and a machine without inner couplings against the rbm, bit for bit. */
#define HOL_TEST_COLLECTIVE "test_exact_"
#include "support.h"

#include "estimate/exact.h"
#include "machine_checks.h"

enum { A = HOL_MODEL_BIASES, W = HOL_MODEL_WEIGHTS, V = HOL_MODEL_VISIBLE_COUPLINGS, U = HOL_MODEL_HIDDEN_COUPLINGS };
enum { SWEEPS = 60 }; /* from fair bits to the distribution: a sweep leaves less than 0.9 of what is away from it */

static machine make_machine(int64_t visible, int64_t hidden, unsigned without, double temperature, double spread,
                            uint32_t salt) {
    const hol_model_options options = {.kind = "boltzmann",
                                       .visible = visible,
                                       .hidden = hidden,
                                       .temperature = temperature,
                                       .without = without,
                                       .settings = {{"positive_sweeps", SWEEPS}}};
    machine m = make_model(&options);
    draw_theta(&m, spread, salt);
    return m;
}

/* The machines that the tests go through. */
static const struct {
    int64_t visible, hidden;
    unsigned without;
    double temperature;
} kinds[] = {
    {6, 0, 0, 1},         {6, 0, A, 1.6},         {4, 3, V | U, 0.7}, {4, 3, 0, 1}, {4, 3, 0, 1.8},
    {3, 4, A, 1},         {4, 3, U, 1.3},         {3, 4, V, 1},       {3, 3, W, 1}, {4, 2, A | V | U, 2},
    {5, 2, V | W | U, 1}, {3, 2, W | V | U, 0.5}, {1, 1, 0, 1},       {5, 1, V, 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static machine make_kind(int k, double spread) {
    return make_machine(kinds[k].visible, kinds[k].hidden, kinds[k].without, kinds[k].temperature,
                        spread * kinds[k].temperature, (uint32_t)k);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void test_create_describes_the_parameters(void **state) {
    (void)state;
    static const char *const names[] = {"visible_bias", "hidden_bias", "weights", "visible_couplings",
                                        "hidden_couplings"};
    for (unsigned without = 0; without < 16; without++)
        for (int64_t hidden = 0; hidden <= 3; hidden += 3) {
            const hol_model_options o = {
                .kind = "boltzmann", .visible = 5, .hidden = hidden, .temperature = 1, .without = without};
            hol_model *model = NULL;
            if ((without & (A | V)) == (A | V) && (hidden == 0 || without == 15)) {
                assert_refused(hol_model_create(&o, &model), HOL_USAGE, "expected one of them on");
                assert_null(model);
                continue;
            }
            assert_ok(hol_model_create(&o, &model));
            const bool on[] = {!(without & A), !(without & A) && hidden, !(without & W) && hidden, !(without & V),
                               !(without & U) && hidden};
            int64_t next = 0;
            for (int g = 0; g < model->info.group_count; g++) { /* the groups cover theta without gaps */
                assert_int_equal(model->info.groups[g].offset, next);
                next += model->info.groups[g].rows * model->info.groups[g].columns;
            }
            assert_int_equal(next, model->info.parameters);
            for (int n = 0; n < 5; n++) assert_true(on[n] == (hol_model_find_group(model, names[n]) != NULL));
            for (int n = 2; n < 5; n++) assert_true(!on[n] || hol_model_find_group(model, names[n])->decays);
            assert_int_equal(model->info.first_order, without & A ? 0 : 5 + hidden);
            assert_true((model->ops->center != NULL) == !(without & A));
            assert_true(model->info.infer_draws == on[4]);
            assert_true((model->ops->free_energy != NULL) == !on[4]);
            hol_model_destroy(model);
        }
    hol_model *model = NULL;
    const hol_model_options none = {.kind = "boltzmann", .hidden = 3, .temperature = 1};
    assert_refused(hol_model_create(&none, &model), HOL_USAGE, "found 0 visible and 3 hidden");
}

static void test_initialize_is_symmetric_and_takes_biases_from_means(void **state) {
    (void)state;
    machine m = make_machine(40, 30, 0, 1.5, 0, 0);
    double means[40], sum = 0;
    for (int i = 0; i < 40; i++) means[i] = i / 39.0;
    m.model->ops->initialize(m.model, means, 0.02, 5, m.theta);
    for (int i = 0; i < 40; i++)
        assert_true(fabs(1 / (1 + exp(-(double)m.theta[i] / 1.5)) - fmin(fmax(means[i], 1e-3), 0.999)) < 1e-6);
    const char *const names[] = {"visible_couplings", "hidden_couplings"};
    for (int n = 0; n < 2; n++) {
        const hol_parameter_group *g = hol_model_find_group(m.model, names[n]);
        const float *c = m.theta + g->offset;
        for (int64_t i = 0; i < g->rows; i++)
            for (int64_t j = 0; j < g->rows; j++) {
                assert_true(c[i * g->rows + j] == c[j * g->rows + i]);
                assert_true((c[i * g->rows + j] == 0) == (i == j));
                sum += pow((double)c[i * g->rows + j] / 0.02, 2) / 2;
            }
    }
    assert_true(fabs(sum / (40 * 39 / 2 + 30 * 29 / 2) - 1) < 5.5 * sqrt(2.0 / 1215)); /* false alarm 4e-8 */
    free_machine(&m);
}

static void test_prepare_refuses_what_is_not_finite_or_huge(void **state) {
    (void)state;
    machine m = make_machine(5, 4, 0, 1, 0.1, 1);
    check_prepare_refuses(&m, 2e6f);
    free_machine(&m);
}

/* ---- the sampler ------------------------------------------------------------------------------------------------- */

/* p(v_i = 1 | all others) of every state, from the ratio of two enumerated probabilities */
static void test_project_equals_enumerated_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        double z = 0, *p = enumerate(&m, in_double(&m), &z);
        hol_population *all = all_states(&m, m.units);
        m.model->ops->project(m.model, all);
        for (int64_t x = 0; x < all->count; x++)
            for (int64_t i = 0; i < m.visible; i++) {
                const double found = all->expected[x * 16 + i] * 0x1p-15;
                assert_true(fabs(found - conditional(p, (uint64_t)x, i)) < 0x1p-16 + 1e-6);
            }
        hol_population_destroy(all);
        hol_free(p);
        free_machine(&m);
    }
}

/* moves one coupling of each matrix by 0.5 tau: the chains must show it */
static void assert_wrong_couplings_show(const machine *m, const hol_population *population, double *theta) {
    const char *const names[] = {"weights", "visible_couplings", "hidden_couplings"};
    for (int n = 0; n < 3 && m->units > 2; n++) {
        const hol_parameter_group *g = hol_model_find_group(m->model, names[n]);
        if (!g) continue;
        const int64_t at = g->offset + (n ? 1 : 0);
        const double kept = theta[at];
        double z = 0;
        move(m, theta, at, kept + 0.5 * m->temperature);
        double *p = enumerate(m, theta, &z);
        if (!is_told_from(m, population, p, z)) fail_msg("%s: too weak", names[n]);
        move(m, theta, at, kept);
        hol_free(p);
    }
}

/* Every chain starts from fair bits and is looked at once, so the statistic is a true chi-square: false alarm below
 * 1e-6 per machine. */
static void test_sweep_reaches_the_joint_distribution(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        hol_population *population = run_chains(&m, 40000, SWEEPS); /* the last block is half full */
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, &z);
        assert_drawn_from(&m, population, p, z, "swept");
        assert_wrong_couplings_show(&m, population, theta);
        hol_population_destroy(population);
        hol_free(p);
        free_machine(&m);
    }
}

/* False alarm below 1e-6 for each kind, group and phase. */
static void test_held_units_condition_the_others(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        check_held_units(&m, SWEEPS, true);
        free_machine(&m);
    }
}

/* Hidden states that go on from step to step, a sweep each, reach their distribution given the data; those that begin
 * at fair bits in each step do not, so that the test would see the difference. False alarm below 1e-6. */
static void test_infer_goes_on_where_it_stood(void **state) {
    (void)state;
    enum { VISIBLE = 3, HIDDEN = 5, STEPS = 60, DATA = 5 };
    machine m = make_machine(VISIBLE, HIDDEN, 0, 0.5, 1, 41);
    hol_model_options options = m.model->options;
    hol_model *slow = NULL;
    hol_model_set(&options, "positive_sweeps", 1);
    assert_ok(hol_model_create(&options, &slow));
    assert_ok(slow->ops->prepare(slow, m.theta));
    hol_population *population = make_population(&m, 40000);
    for (int64_t c = 0; c < population->count; c++) set_state(population, m.units, c, DATA);
    double z = 0, given = 0, *p = enumerate(&m, in_double(&m), &z);
    for (uint64_t x = 0; x < 1 << (VISIBLE + HIDDEN); x++) given += p[x] *= (x & 7) == DATA;
    for (uint32_t step = 0; step <= STEPS; step++) {
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_POSITIVE), .step = step};
        population->continues = step > 0 && step < STEPS;
        slow->ops->infer(slow, population, &draw, true);
        if (step + 1 < STEPS) continue;
        if (population->continues) assert_drawn_from(&m, population, p, given, "goes on");
        else assert_true(is_told_from(&m, population, p, given));
    }
    hol_population_destroy(population);
    hol_free(p);
    hol_model_destroy(slow);
    free_machine(&m);
}

static void test_sweep_keeps_the_joint_distribution(void **state) {
    (void)state;
    for (int k = 3; k < 9; k++) {
        machine m = make_kind(k, 1.3);
        check_sweep_keeps_the_distribution(&m);
        free_machine(&m);
    }
}

/* Hidden samples of one visible state: joint frequencies given it against enumeration, false alarm below 1e-6 each; and
 * not those given another visible state. */
static void test_infer_samples_the_conditional(void **state) {
    (void)state;
    enum { CHAINS = 40000 };
    for (int k = 2; k < 9; k++) {
        machine m = make_kind(k, 1);
        double z = 0, freedom = 0, *p = enumerate(&m, in_double(&m), &z), seen[32] = {0};
        hol_population *population = make_population(&m, CHAINS);
        for (int64_t c = 0; c < CHAINS; c++) set_state(population, m.visible, c, 0x5);
        const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4};
        m.model->ops->infer(m.model, population, &draw, true);
        for (int64_t c = 0; c < CHAINS; c++) {
            const uint64_t x = get_state(population, m.units, c);
            assert_int_equal(x & ((1u << m.visible) - 1), 0x5);
            seen[x >> m.visible]++;
        }
        const uint64_t cells = UINT64_C(1) << m.hidden;
        for (uint64_t v = 5; v >= 4; v--) {
            double given[32], sum = 0;
            for (uint64_t h = 0; h < cells; h++) sum += given[h] = p[h << m.visible | v];
            const double chi = chi_square(seen, given, sum, cells, CHAINS, &freedom);
            if (v == 5 && !(chi < chi_limit(freedom))) fail_msg("machine %d: chi-square %g of %g", k, chi, freedom);
            if (v == 4 && hol_model_find_group(m.model, "weights")) assert_true(chi > chi_limit(freedom));
        }
        hol_population_destroy(population);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    const int64_t shapes[][3] = {{150, 70, 0}, {100, 33, U}, {60, 50, V}, {130, 0, 0}};
    for (int s = 0; s < 4; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], (unsigned)shapes[s][2], 1, 0.2, 2);
        check_layouts(&m);
        free_machine(&m);
    }
}

/* the rbm, and the same without inner couplings */
enum { VISIBLE = 45, HIDDEN = 37, UNITS = VISIBLE + HIDDEN, PARAMETERS = UNITS + VISIBLE * HIDDEN };

static machine make_either(int k) {
    const hol_model_options o = {.kind = k ? "boltzmann" : "rbm",
                                 .visible = VISIBLE,
                                 .hidden = HIDDEN,
                                 .temperature = 1.2,
                                 .without = k ? V | U : 0};
    machine m = make_model(&o);
    double means[VISIBLE];
    for (int i = 0; i < VISIBLE; i++) means[i] = (i + 1) / 50.0;
    assert_int_equal(m.model->info.parameters, PARAMETERS);
    m.model->ops->initialize(m.model, means, 0.3, 5, m.theta);
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

/* parameters at the start, states, probabilities, statistics, to the last bit */
static void test_weights_alone_are_the_rbm(void **state) {
    (void)state;
    enum { CHAINS = 300 };
    machine m[2];
    hol_population *populations[2];
    int32_t counts[2][PARAMETERS] = {{0}};
    double values[2][320];
    uint8_t held[UNITS]; /* these are held against enumeration above */
    for (int k = 0; k < 2; k++) {
        m[k] = make_either(k);
        populations[k] = make_population(&m[k], CHAINS);
        hol_population_randomize(m[k].model, populations[k], (hol_rng_key){{1, 1}});
        const hol_draw draw = {.key = {{2, 2}}, .step = 3};
        m[k].model->ops->sweep(m[k].model, populations[k], &draw, 3);
        m[k].model->ops->accumulate(m[k].model, populations[k], counts[k]);
        m[k].model->ops->free_energy(m[k].model, populations[k], values[k]);
    }
    assert_memory_equal(m[0].theta, m[1].theta, PARAMETERS * sizeof(float));
    assert_memory_equal(counts[0], counts[1], sizeof *counts);
    for (int c = 0; c < CHAINS; c++) assert_true(fabs(values[0][c] - values[1][c]) < 1e-9);
    for (int i = 0; i < UNITS; i++) held[i] = i % 3 == 0;
    hol_population_copy(populations[0], populations[1]); /* idle lanes, too */
    for (int k = 0; k < 2; k++) {
        const hol_draw draw = {.key = {{2, 2}}, .step = 4};
        hold_units(m[k].model, populations[k], held);
        m[k].model->ops->sweep(m[k].model, populations[k], &draw, 2);
        m[k].model->ops->infer(m[k].model, populations[k], &draw, true);
    }
    assert_part_of(populations[0], populations[1], UNITS);
    for (int k = 0; k < 2; k++) {
        hol_population_destroy(populations[k]);
        free_machine(&m[k]);
    }
}

/* ---- statistics and gradient ------------------------------------------------------------------------------------- */

/* Sampled statistics against chain by chain counting; hidden units by levels are the rbm's, above. */
static void test_accumulate_sums_states(void **state) {
    (void)state;
    for (int k = 3; k < 6; k++)
        for (int64_t count = 1; count < 300; count += 97) {
            machine m = make_kind(k, 1);
            const int64_t parameters = m.model->info.parameters;
            hol_population *population = make_population(&m, count);
            hol_population_randomize(m.model, population, (hol_rng_key){{9, (uint32_t)count}});
            int32_t found[64];
            double expected[64];
            for (int64_t i = 0; i < parameters; i++) expected[i] = found[i] = (int32_t)i; /* it adds */
            for (int64_t c = 0; c < count; c++) add_statistics(&m, get_state(population, m.units, c), 1, expected);
            m.model->ops->accumulate(m.model, population, found);
            for (int64_t i = 0; i < parameters; i++) assert_true(found[i] == expected[i]);
            hol_population_destroy(population);
            free_machine(&m);
        }
}

/* Exact where hidden units are independent: the levels of 2^15 chains of each of an odd number of samples have all
 * offsets of the dither once. With sampled ones within 6 standard deviations of their mean over 120,000 samples
 * (false alarm 2e-9 per parameter). */
static void test_gradient_equals_finite_differences(void **state) {
    (void)state;
    enum { DATA = 15, COPIES = 8000, FEW = 5 };
    const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4};
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        const bool draws = m.model->info.infer_draws;
        check_gradient(&m, draws ? DATA : FEW, draws ? COPIES : 1 << HOL_PROBABILITY_BITS, &draw,
                       draws ? 6 * 0.5 / sqrt(DATA * COPIES) : 0x1p-16 + 2e-6);
        free_machine(&m);
    }
}

static void test_center_follows_its_definition(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        if (kinds[k].without & A) continue;
        machine data = make_kind(k, 1),
                model = make_machine(kinds[k].visible, kinds[k].hidden, kinds[k].without, 1, 1, 99);
        check_center(&data, &model, 3e-6);
        free_machine(&data);
        free_machine(&model);
    }
}

/* ---- what a state is worth, and enumeration ---------------------------------------------------------------------- */

static void test_free_energy_equals_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        check_free_energy(&m);
        free_machine(&m);
    }
}

static void test_energy_equals_its_definition(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        check_energy(&m);
        free_machine(&m);
    }
}

/* without biases all are fair */
static void test_independent_units_have_the_means(void **state) {
    (void)state;
    const double means[6] = {0.3, 0, 1, 0.5, 0.999, 0.7}, kept[6] = {0.3, 0.001, 0.999, 0.5, 0.999, 0.7};
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        check_independent(&m, means, kinds[k].without & A ? NULL : kept);
        free_machine(&m);
    }
}

/* where units differ enough to be told apart, each has a share of 1 / visible within 6 standard deviations */
static void test_pseudo_likelihood_is_a_unit_s_conditional(void **state) {
    (void)state;
    enum { CHAINS = 3000 };
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        double drawn[8] = {0};
        if (m.model->ops->pseudo_likelihood) {
            const double clear = check_pseudo_likelihood(&m, CHAINS, (hol_rng_key){{8, (uint32_t)k}}, drawn);
            const double share = clear / (double)m.visible;
            for (int i = 0; clear > 0.99 * CHAINS && i < m.visible; i++)
                assert_true(fabs(drawn[i] - share) < 6 * sqrt(share));
        }
        free_machine(&m);
    }
}

static void test_reconstruction_is_the_mean_squared_difference(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        hol_population_destroy(check_reconstruction(&m, 200));
        free_machine(&m);
    }
}

/* ln Z by chunks, shared out over ranks, against all states; and the likelihoods of all visible states must add up
 * to 1. Collective. */
static void test_exact_equals_brute_force(void **state) {
    (void)state;
    const int64_t more[][3] = {{11, 0, 0}, {5, 8, 0},     {9, 4, 0}, {12, 3, U},
                               {4, 9, V},  {9, 3, V | U}, {7, 6, A}, {6, 6, W}};
    for (int k = 0; k < KINDS + 8; k++) {
        machine m =
            k < KINDS ? make_kind(k, 1.5)
                      : make_machine(more[k - KINDS][0], more[k - KINDS][1], (unsigned)more[k - KINDS][2], 0.9, 0.8, 3);
        double z = 0, *p = enumerate(&m, in_double(&m), &z), found = 0, total = 0;
        const int64_t units = m.model->ops->exact_units(m.model);
        assert_true(units <= m.units);
        assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
        if (!(fabs(found - log(z)) < 1e-11 * (1 + fabs(log(z)))))
            fail_msg("machine %d: ln Z %.15g, found %.15g", k, log(z), found);
        for (uint64_t v = 0; v < UINT64_C(1) << m.visible; v++) {
            uint8_t bytes[16];
            bytes_of(v, m.visible, bytes);
            total += exp(-m.model->ops->exact_free_energy(m.model, m.theta, bytes) - found);
        }
        assert_true(fabs(total - 1) < 1e-10);
        hol_free(p);
        free_machine(&m);
    }
}

/* couplings so strong that sums of products would leave the doubles: the plain way is taken. Two states carry all. */
static void test_exact_takes_strong_couplings(void **state) {
    (void)state;
    machine m = make_machine(10, 0, 0, 1, 0, 0);
    for (int64_t i = 0; i < 10; i++)
        for (int64_t j = 0; j < 10; j++) m.theta[10 + i * 10 + j] = i == j ? 0 : 50;
    for (int64_t i = 0; i < 10; i++) m.theta[i] = -225; /* all on: -2250 + 45 * 50 = 0 = all off */
    double found = 0;
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
    assert_true(fabs(found - log(2)) < 1e-12);
    free_machine(&m);
}

static void test_exact_units_is_the_cheapest_side(void **state) {
    (void)state;
    const int64_t expected[][4] = {{20, 0, 0, 20},    {20, 5, 0, 25}, {20, 5, U, 20}, {20, 5, V, 5}, {20, 5, V | U, 5},
                                   {5, 20, V | U, 5}, {5, 20, U, 5},  {5, 20, V, 20}, {5, 20, W, 25}};
    for (int k = 0; k < 9; k++) {
        machine m = make_machine(expected[k][0], expected[k][1], (unsigned)expected[k][2], 1, 0, 0);
        assert_int_equal(m.model->ops->exact_units(m.model), expected[k][3]);
        free_machine(&m);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_describes_the_parameters),
        cmocka_unit_test(test_initialize_is_symmetric_and_takes_biases_from_means),
        cmocka_unit_test(test_prepare_refuses_what_is_not_finite_or_huge),
        cmocka_unit_test(test_project_equals_enumerated_conditionals),
        cmocka_unit_test(test_sweep_reaches_the_joint_distribution),
        cmocka_unit_test(test_held_units_condition_the_others),
        cmocka_unit_test(test_infer_goes_on_where_it_stood),
        cmocka_unit_test(test_sweep_keeps_the_joint_distribution),
        cmocka_unit_test(test_infer_samples_the_conditional),
        cmocka_unit_test(test_sweep_does_not_depend_on_the_layout),
        cmocka_unit_test(test_weights_alone_are_the_rbm),
        cmocka_unit_test(test_accumulate_sums_states),
        cmocka_unit_test(test_gradient_equals_finite_differences),
        cmocka_unit_test(test_center_follows_its_definition),
        cmocka_unit_test(test_free_energy_equals_enumeration),
        cmocka_unit_test(test_energy_equals_its_definition),
        cmocka_unit_test(test_independent_units_have_the_means),
        cmocka_unit_test(test_pseudo_likelihood_is_a_unit_s_conditional),
        cmocka_unit_test(test_reconstruction_is_the_mean_squared_difference),
        cmocka_unit_test(test_exact_equals_brute_force),
        cmocka_unit_test(test_exact_takes_strong_couplings),
        cmocka_unit_test(test_exact_units_is_the_cheapest_side),
    };
    return hol_test_main(argc, argv, "boltzmann", tests, HOL_TEST_COUNT(tests));
}
