/* sites: networks with categorical visible units, rbm and one with couplings among hidden units, against enumeration of
 * the states in which one unit of each site is on. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "estimate/ais.h"
#include "estimate/exact.h"
#include "estimate/pseudo.h"
#include "machine_checks.h"
#include "num/sites.h"

static const int32_t cardinalities[] = {3, 2, 4};
enum { COLUMNS = 3, VISIBLE = 8, HIDDEN = 3 };

static machine make_machine(const char *kind, double temperature, double spread, uint32_t salt) {
    const hol_model_options options = {
        .kind = kind,
        .visible = COLUMNS,
        .hidden = HIDDEN,
        .temperature = temperature,
        .without = HOL_MODEL_VISIBLE_COUPLINGS,
        .settings = {{"positive_sweeps", 20}},
        .structure_count = 1,
        .structures = {{.name = "cardinalities", .rows = 1, .columns = COLUMNS, .values = cardinalities}}};
    machine m = make_model(&options);
    draw_theta(&m, spread, salt);
    return m;
}

static const double temperatures[] = {1, 0.6, 2.5};
enum { TEMPERATURES = 3 };

static void test_create_lays_out_columns(void **state) {
    (void)state;
    machine m = make_machine("rbm", 1, 1, 0);
    const hol_model_info *info = &m.model->info;
    const int64_t firsts[] = {0, 3, 4, 8};
    assert_int_equal(info->visible, VISIBLE);
    assert_int_equal(info->columns.count, COLUMNS);
    assert_memory_equal(info->columns.first_units, firsts, sizeof firsts);
    assert_int_equal(info->parameters, VISIBLE + HIDDEN + VISIBLE * HIDDEN);
    assert_int_equal(info->first_order, VISIBLE + HIDDEN);
    assert_string_equal(info->structures[0].name, "cardinalities");
    assert_int_equal(m.model->ops->exact_units(m.model), HIDDEN);
    assert_int_equal(hol_model_columns(m.model), COLUMNS);
    hol_model *clone = NULL;
    assert_ok(hol_model_clone(m.model, &clone));
    assert_int_equal(clone->info.visible, VISIBLE);
    hol_model_destroy(clone);
    free_machine(&m);
}

static void test_create_refuses_what_it_cannot_draw(void **state) {
    (void)state;
    hol_model *model = NULL;
    int32_t states[2] = {3, 1};
    hol_model_options o = {.kind = "boltzmann",
                           .visible = 2,
                           .hidden = 2,
                           .temperature = 1,
                           .structure_count = 1,
                           .structures = {{.name = "cardinalities", .rows = 1, .columns = 2, .values = states}}};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "column 1 (from 0): found 1 states, expected 2 to 256");
    states[1] = 257;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found 257 states");
    states[1] = 4;
    o.structures[o.structure_count++] =
        (hol_structure){.name = "edges", .rows = 1, .columns = 2, .values = (int32_t[]){0, 1}};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found edges and columns of states");
    assert_null(model);
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static void test_biases_follow_frequencies(void **state) {
    (void)state;
    const double means[VISIBLE] = {0.2, 0.5, 0.3, 0.9, 0, 0.25, 0.75, 0};
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine("rbm", temperatures[t], 1, 0);
        m.model->ops->initialize(m.model, means, 0, 1, m.theta);
        double z = 0, *p = enumerate(&m, in_double(&m), &z), found[VISIBLE] = {0};
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++)
            for (int i = 0; i < VISIBLE; i++) found[i] += (double)(x >> i & 1) * p[x] / z;
        for (int i = 0; i < VISIBLE; i++) /* states that never occur count as one in 1,000 */
            assert_true(fabs(found[i] - (i < 4 ? means[i] : fmax(means[i], 1e-3) / 1.002)) < 1e-6);
        hol_free(p);
        const double log_z = m.model->ops->independent(m.model, means, m.theta);
        p = enumerate(&m, in_double(&m), &z);
        assert_true(fabs(log_z - log(z)) < 1e-10);
        hol_free(p);
        free_machine(&m);
    }
}

/* ---- conditionals ------------------------------------------------------------------------------------------------ */

static void test_conditionals_equal_enumeration(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine("rbm", temperatures[t], 1.5, (uint32_t)t);
        double z = 0, *p = enumerate(&m, in_double(&m), &z);
        hol_population *x = run_chains(&m, 500, 3);
        m.model->ops->project(m.model, x);
        for (int64_t c = 0; c < 500; c++)
            for (int64_t i = 0; i < VISIBLE; i++) {
                const double found = x->expected[c * 16 + i] * 0x1p-15;
                assert_true(fabs(found - conditional_of(&m, p, get_state(x, m.units, c), i)) < 0x1p-16 + 2e-6);
            }
        m.model->ops->expect(m.model, x);
        for (int64_t c = 0; c < 500; c++)
            for (int64_t j = 0; j < HIDDEN; j++) {
                const double found = x->expected[c * 16 + j] * 0x1p-15;
                assert_true(fabs(found - conditional(p, get_state(x, m.units, c), VISIBLE + j)) < 0x1p-16 + 1e-6);
            }
        hol_population_destroy(x);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_chains_have_the_distribution(void **state) {
    (void)state;
    for (int b = 0; b < 2; b++)
        for (int t = 0; t < TEMPERATURES; t++) {
            machine m = make_machine(b ? "boltzmann" : "rbm", temperatures[t], 0.8, 5);
            check_sweep_keeps_the_distribution(&m);
            free_machine(&m);
        }
}

/* from randomized states, which hold all sites' rule, and in 16 bits, too */
static void test_chains_reach_the_distribution(void **state) {
    (void)state;
    machine m = make_machine("rbm", 1, 0.5, 6);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    for (int narrow = 0; narrow < 2; narrow++) {
        if (narrow) assert_ok(hol_model_prepare_training(m.model, m.theta));
        hol_population *x = run_chains(&m, 60000, 0);
        for (int64_t c = 0; c < 60000; c += 7) assert_true(is_state(&m, get_state(x, m.units, c)));
        const hol_draw draw = {.key = {{1, 2}}, .step = 3};
        m.model->ops->sweep(m.model, x, &draw, 40);
        assert_drawn_from(&m, x, p, z, narrow ? "narrow" : "wide");
        hol_population_destroy(x);
    }
    hol_free(p);
    free_machine(&m);
}

static void test_layouts_do_not_matter(void **state) {
    (void)state;
    machine m = make_machine("rbm", 1, 1, 2);
    check_layouts(&m);
    free_machine(&m);
}

/* Columns 0 and 2 are held in half of the chains, at what they began with. */
static void test_held_columns_stay(void **state) {
    (void)state;
    machine m = make_machine("rbm", 1, 0.7, 4);
    hol_population *x = run_chains(&m, 640, 1), *before = make_population(&m, 640);
    assert_ok(hol_population_add_held(m.model, x));
    for (int64_t b = 0; b < x->states.blocks; b++)
        for (int64_t i = 0; i < VISIBLE; i++)
            if (i != 3) x->held[b * x->states.stride + i] = UINT64_C(0x5555555555555555);
    hol_population_copy(x, before);
    const hol_draw draw = {.key = {{9, 9}}};
    m.model->ops->sweep(m.model, x, &draw, 5);
    int64_t moved = 0;
    for (int64_t c = 0; c < 640; c++) {
        const uint64_t now = get_state(x, VISIBLE, c), then = get_state(before, VISIBLE, c);
        assert_true(is_state(&m, now));
        if (c % 2 == 0) assert_int_equal(now & 0xf7, then & 0xf7);
        else moved += (now & 0xf7) != (then & 0xf7);
    }
    assert_true(moved > 160);
    hol_population_destroy(x);
    hol_population_destroy(before);
    free_machine(&m);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void test_values_equal_enumeration(void **state) {
    (void)state;
    for (int b = 0; b < 2; b++)
        for (int t = 0; t < TEMPERATURES; t++) {
            machine m = make_machine(b ? "boltzmann" : "rbm", temperatures[t], 1, 7);
            check_energy(&m);
            check_free_energy(&m);
            double z = 0, *p = enumerate(&m, in_double(&m), &z), log_z = 0, marginals[9 + 2 * HIDDEN];
            assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &log_z));
            assert_true(fabs(log_z - log(z)) < 1e-10);
            assert_int_equal(hol_exact_marginal_count(m.model), 9 + 2 * HIDDEN);
            assert_ok(hol_exact_marginals(test_comm, m.model, m.theta, &log_z, marginals));
            double expected[9 + 2 * HIDDEN] = {0};
            for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++)
                for (int64_t i = 0, at = 0; i < m.units; i++) {
                    const bool site = i < 3 || (i > 3 && i < 8);
                    if (!site) expected[at++] += (double)(~x >> i & 1) * p[x] / z;
                    expected[at++] += (double)(x >> i & 1) * p[x] / z;
                }
            for (int i = 0; i < 9 + 2 * HIDDEN; i++) assert_true(fabs(marginals[i] - expected[i]) < 1e-9);
            hol_free(p);
            free_machine(&m);
        }
}

static void test_exact_samples_have_the_distribution(void **state) {
    (void)state;
    machine m = make_machine("rbm", 1, 1, 8);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    hol_population *x = make_population(&m, 20000);
    assert_ok(hol_exact_draw(test_comm, m.model, m.theta, (hol_rng_key){{2, 4}}, x));
    assert_drawn_from(&m, x, p, z, "exact");
    hol_population_destroy(x);
    hol_free(p);
    free_machine(&m);
}

static void test_pseudo_likelihood_is_of_columns(void **state) {
    (void)state;
    machine m = make_machine("rbm", 0.8, 1, 9);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    hol_population *x = run_chains(&m, 640, 2);
    double *all = make_values(x), *drawn = make_values(x);
    m.model->ops->pseudo_likelihood_all(m.model, x, all);
    m.model->ops->pseudo_likelihood(m.model, x, (hol_rng_key){{6, 6}}, drawn);
    for (int64_t r = 0; r < 640; r++) {
        const uint64_t v = get_state(x, VISIBLE, r);
        const double here = exp(-enumerated_free_energy(&m, p, v));
        double sum = 0;
        bool is_one = false;
        for (int64_t c = 0; c < COLUMNS; c++) {
            const int64_t first = m.model->info.columns.first_units[c], end = m.model->info.columns.first_units[c + 1];
            const uint64_t others = v & ~(((UINT64_C(1) << (end - first)) - 1) << first);
            double total = c == 1 ? exp(-enumerated_free_energy(&m, p, others)) : 0;
            for (int64_t s = first; s < end; s++)
                total += exp(-enumerated_free_energy(&m, p, others | UINT64_C(1) << s));
            sum += log(here / total);
            is_one = is_one || fabs(drawn[r] - log(here / total)) < 1e-5;
        }
        assert_true(fabs(all[r] - sum / COLUMNS) < 1e-5);
        assert_true(is_one);
    }
    hol_population_destroy(x);
    hol_free(all);
    hol_free(drawn);
    hol_free(p);
    free_machine(&m);
}

/* where hidden units are coupled, too: from free energies by enumeration */
static void test_pseudo_likelihood_of_coupled_hidden_units_is_of_columns(void **state) {
    (void)state;
    machine m = make_machine("boltzmann", 0.8, 1, 9);
    double z = 0, *p = enumerate(&m, in_double(&m), &z), sum = 0;
    hol_population *x = run_chains(&m, 100, 2);
    hol_pseudo_result found;
    for (int64_t r = 0; r < 100; r++) {
        const uint64_t v = get_state(x, VISIBLE, r);
        for (int64_t c = 0; c < COLUMNS; c++) {
            const hol_variable column = hol_variable_get(m.model, c);
            double total = 0;
            for (int64_t s = 0; s < column.states; s++)
                total += exp(-enumerated_free_energy(&m, p, with_state(&column, v, s)));
            sum += -enumerated_free_energy(&m, p, v) - log(total);
        }
    }
    assert_ok(hol_pseudo_all(test_comm, m.model, m.theta, x, &found));
    assert_true(fabs(found.mean - sum / (100 * COLUMNS)) < 1e-6);
    hol_population_destroy(x);
    hol_free(p);
    free_machine(&m);
}

/* the product of the tables is the distribution */
static void test_factors_are_the_model(void **state) {
    (void)state;
    for (int b = 0; b < 2; b++) {
        machine m = make_machine(b ? "boltzmann" : "rbm", 0.7, 1, 10);
        hol_factors *f = NULL;
        assert_ok(m.model->ops->factors(m.model, m.theta, &f));
        assert_int_equal(f->variables, COLUMNS + HIDDEN);
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) {
            if (!is_state(&m, x)) continue;
            uint8_t bytes[16];
            int64_t states[COLUMNS + HIDDEN];
            double sum = 0;
            bytes_of(x, m.units, bytes);
            for (int64_t v = 0; v < COLUMNS; v++) {
                const hol_variable variable = hol_columns_get(&m.model->info.columns, v);
                states[v] = hol_variable_state(&variable, bytes);
            }
            for (int64_t j = 0; j < HIDDEN; j++) states[COLUMNS + j] = bytes[VISIBLE + j];
            for (int64_t k = 0; k < f->count; k++) {
                int64_t entry = 0;
                for (int64_t i = f->scope_starts[k]; i < f->scope_starts[k + 1]; i++)
                    entry = entry * f->cardinalities[f->scopes[i]] + states[f->scopes[i]];
                sum += f->tables[f->table_starts[k] + entry];
            }
            assert_true(fabs(sum - goodness(&m, in_double(&m), x) / m.temperature) < 1e-9);
        }
        hol_factors_destroy(f);
        free_machine(&m);
    }
}

/* ---- the gradient ------------------------------------------------------------------------------------------------ */

/* levels err by 1/15 at most, spread evenly: of 150 x 400 chains each mean by 0.005 in 5 standard deviations */
static void test_gradient_is_the_likelihoods(void **state) {
    (void)state;
    for (int t = 0; t < TEMPERATURES; t++) {
        machine m = make_machine("rbm", temperatures[t], 0.7, 11);
        const hol_draw draw = {.key = {{5, 6}}};
        check_gradient(&m, 150, 400, &draw, 0.003);
        free_machine(&m);
    }
}

/* 0 between units of the first column, which has three */
static void clear_site(const machine *m) {
    const hol_parameter_group *g = hol_model_find_group(m->model, "visible_couplings");
    for (int64_t k = 0; g && k < 9; k++) m->theta[g->offset + k / 3 * g->columns + k % 3] = 0;
}

static void test_centred_gradient_is_that_of_centred_features(void **state) {
    (void)state;
    const int32_t three[] = {3, 2};
    hol_model_options o = {.hidden = 2,
                           .visible = 2,
                           .temperature = 1,
                           .structure_count = 1,
                           .structures = {{.name = "cardinalities", .rows = 1, .columns = 2, .values = three}}};
    for (int b = 0; b < 2; b++) {
        o.kind = b ? "boltzmann" : "rbm";
        machine data = make_model(&o), model = make_model(&o);
        draw_theta(&data, 1, 12);
        draw_theta(&model, 1, 13);
        clear_site(&data);
        clear_site(&model);
        check_center(&data, &model, 1e-5);
        free_machine(&data);
        free_machine(&model);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_lays_out_columns),
        cmocka_unit_test(test_create_refuses_what_it_cannot_draw),
        cmocka_unit_test(test_biases_follow_frequencies),
        cmocka_unit_test(test_conditionals_equal_enumeration),
        cmocka_unit_test(test_chains_have_the_distribution),
        cmocka_unit_test(test_chains_reach_the_distribution),
        cmocka_unit_test(test_layouts_do_not_matter),
        cmocka_unit_test(test_held_columns_stay),
        cmocka_unit_test(test_values_equal_enumeration),
        cmocka_unit_test(test_exact_samples_have_the_distribution),
        cmocka_unit_test(test_pseudo_likelihood_is_of_columns),
        cmocka_unit_test(test_pseudo_likelihood_of_coupled_hidden_units_is_of_columns),
        cmocka_unit_test(test_factors_are_the_model),
        cmocka_unit_test(test_gradient_is_the_likelihoods),
        cmocka_unit_test(test_centred_gradient_is_that_of_centred_features),
    };
    return hol_test_main(argc, argv, "model sites", tests, HOL_TEST_COUNT(tests));
}
