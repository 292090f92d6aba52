/* a boltzmann machine whose couplings are those of a graph: other ones stay 0, and its sweeps go by colours. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "machine_checks.h"

enum { EDGES = 9 };
/* units 0 to 4 are visible, 5 to 7 hidden: edges of all three parts, and unit 4 alone */
static const int32_t graph_ends[2 * EDGES] = {0, 1, 2, 1, 2, 3, 0, 5, 6, 1, 3, 7, 5, 6, 7, 6, 2, 5};

static bool is_edge(int64_t a, int64_t b) {
    for (int e = 0; e < EDGES; e++)
        if ((graph_ends[2 * e] == a && graph_ends[2 * e + 1] == b) ||
            (graph_ends[2 * e] == b && graph_ends[2 * e + 1] == a))
            return true;
    return false;
}

/* checks that values (parameters) are 0 but for biases and edges; returns how many of these are not */
static int count_kept(const hol_model *model, const float *values) {
    const char *const names[] = {"weights", "visible_couplings", "hidden_couplings"};
    int count = 0;
    for (int n = 0; n < 3; n++) {
        const hol_parameter_group *g = hol_model_find_group(model, names[n]);
        for (int64_t k = 0; k < g->rows * g->columns; k++) {
            const int64_t a = (n == 2 ? 5 : 0) + k / g->columns, b = (n == 1 ? 0 : 5) + k % g->columns;
            const bool is_zero = !(values[g->offset + k] < 0) && !(values[g->offset + k] > 0);
            if (!is_edge(a, b)) assert_true(is_zero);
            else count += !is_zero;
        }
    }
    return count;
}

static machine make_graph_machine(const float *initial) {
    const hol_model_options options = {
        .kind = "boltzmann",
        .visible = 5,
        .hidden = 3,
        .temperature = 1.2,
        .settings = {{"positive_sweeps", 60}},
        .initial = initial,
        .structure_count = 1,
        .structures = {{.name = "edges", .rows = EDGES, .columns = 2, .values = graph_ends}}};
    return make_model(&options);
}

/* couplings that there are not count for no bias either; values (parameters) before and after centring */
static void assert_centred(const machine *m, const float *plain, const float *gradient, const double *offsets) {
    for (int i = 0; i < 8; i++) {
        double bias = (double)plain[i];
        for (int j = 0; j < 8; j++) {
            if (!is_edge(i, j)) continue;
            const double both = pair_of(m, plain, i, j) - offsets[i] * (double)plain[j] - offsets[j] * (double)plain[i];
            assert_true(fabs(pair_of(m, gradient, i, j) - both) < 1e-6);
            bias -= both * offsets[j];
        }
        assert_true(fabs((double)gradient[i] - bias) < 1e-6);
    }
}

static void test_graph_keeps_other_couplings_zero(void **state) {
    (void)state;
    const double means[] = {0.1, 0.3, 0.5, 0.7, 0.9};
    machine m = make_graph_machine(NULL);
    const hol_model_ops *ops = m.model->ops;
    assert_int_equal(m.model->info.structure_count, 1);
    ops->initialize(m.model, means, 0.5, 3, m.theta);
    assert_int_equal(count_kept(m.model, m.theta), 14); /* edges inside a side stand there twice */
    assert_ok(ops->prepare(m.model, m.theta));
    hol_population *population = make_population(&m, 200);
    hol_population_randomize(m.model, population, (hol_rng_key){{1, 2}});
    int32_t counts[64] = {0};
    float gradient[64];
    double offsets[8] = {0.5, 0.2, 0.3, 0.4, 0.1, 0.6, 0.5, 0.3};
    ops->accumulate(m.model, population, counts);
    for (int64_t k = 0; k < m.model->info.parameters; k++) gradient[k] = (float)counts[k] / 200;
    assert_int_equal(count_kept(m.model, gradient), 14);
    float plain[64];
    memcpy(plain, gradient, sizeof plain);
    center_all(m.model, offsets, gradient);
    assert_int_equal(count_kept(m.model, gradient), 14);
    assert_centred(&m, plain, gradient, offsets);
    hol_population_destroy(population);
    free_machine(&m);
    const float initial[EDGES] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    m = make_graph_machine(initial);
    m.model->ops->initialize(m.model, means, 0.5, 3, m.theta);
    const hol_parameter_group *v = hol_model_find_group(m.model, "visible_couplings");
    assert_true(m.theta[v->offset + 1 * 5 + 2] == 2.0f && m.theta[v->offset + 2 * 5 + 1] == 2.0f);
    assert_true(m.theta[hol_model_find_group(m.model, "weights")->offset + 1 * 3 + 1] == 5.0f);
    free_machine(&m);
}

/* sweeps by colours, and the clamped ones, against enumeration: false alarm below 1e-6 each. theta outside the edges,
 * here not 0 as in training, must not count. */
static void test_graph_is_sampled_by_colours(void **state) {
    (void)state;
    machine m = make_graph_machine(NULL);
    draw_theta(&m, 1, 77);
    double z = 0, *theta = in_double(&m);
    const char *const names[] = {"weights", "visible_couplings", "hidden_couplings"};
    for (int n = 0; n < 3; n++) {
        const hol_parameter_group *g = hol_model_find_group(m.model, names[n]);
        for (int64_t k = 0; k < g->rows * g->columns; k++)
            if (!is_edge((n == 2 ? 5 : 0) + k / g->columns, (n == 1 ? 0 : 5) + k % g->columns))
                theta[g->offset + k] = 0;
    }
    double *p = enumerate(&m, theta, &z);
    hol_population *population = run_chains(&m, 40000, 150);
    assert_drawn_from(&m, population, p, z, "swept");
    const hol_draw next = {.key = hol_rng_key_make(3, HOL_STREAM_POSITIVE), .step = 1};
    m.model->ops->infer(m.model, population, &next, true);
    assert_drawn_from(&m, population, p, z, "inferred");
    hol_population_destroy(population);
    hol_free(p);
    free_machine(&m);
}

static void test_graph_refuses_edges_of_parts_that_are_off(void **state) {
    (void)state;
    hol_model *model = NULL;
    hol_model_options options = {.kind = "boltzmann",
                                 .visible = 5,
                                 .hidden = 3,
                                 .temperature = 1,
                                 .without = HOL_MODEL_WEIGHTS,
                                 .structure_count = 1,
                                 .structures = {{.name = "edges", .rows = EDGES, .columns = 2, .values = graph_ends}}};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "edge 3 (from 0): found units 0 and 5");
    options.without = 0;
    options.hidden = 2;
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "edge 5 (from 0): found units 3 and 7");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph_keeps_other_couplings_zero),
        cmocka_unit_test(test_graph_is_sampled_by_colours),
        cmocka_unit_test(test_graph_refuses_edges_of_parts_that_are_off),
    };
    return hol_test_main(argc, argv, "boltzmann_graph", tests, HOL_TEST_COUNT(tests));
}
