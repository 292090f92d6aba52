/* ising: everything against enumeration of an energy written out here, in double, on lattices and graphs, signed and
 * not, shared and not. */
#define HOL_TEST_COLLECTIVE "test_exact_"
#include "support.h"

#include "estimate/exact.h"
#include "machine_checks.h"

/* ---- models ------------------------------------------------------------------------------------------------------ */

typedef struct kind {
    const char *name;
    int32_t lattice[6]; /* lengths, then 1 where periodic */
    int dimensions;     /* 0: edges */
    int units;
    bool is_signed, shared, fields;
    double temperature;
} kind;

/* odd rings need a third colour; the complete graph has too many neighbours for multi-spin coding */
static const kind kinds[] = {
    {"torus", {3, 4, 1, 1}, 2, 12, true, true, true, 1.5},
    {"odd torus", {3, 3, 1, 1}, 2, 9, true, true, false, 1},
    {"open sheet", {3, 4, 0, 0}, 2, 12, true, true, true, 1},
    {"cylinder", {2, 5, 0, 1}, 2, 10, false, true, true, 1.3},
    {"cube", {2, 2, 3, 0, 0, 1}, 3, 12, true, true, true, 2},
    {"chain", {9, 0}, 1, 9, false, true, false, 1},
    {"ring, each", {8, 1}, 1, 8, true, false, true, 1.2},
    {"sheet, each", {3, 3, 0, 0}, 2, 9, false, false, true, 1},
    {"graph", {0}, 0, 10, true, true, true, 1},
    {"graph, each", {0}, 0, 10, true, false, false, 0.8},
    {"graph, each, 0/1", {0}, 0, 10, false, false, true, 1.4},
    {"complete", {0}, 0, 9, true, true, true, 3},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* unit 9 is alone */
static const int32_t graph_ends[] = {0, 1, 2, 1, 3, 0, 0, 4, 5, 4, 6, 7, 8, 6, 7, 8, 2, 8, 0, 8};

static void add_structure(const kind *k, hol_model_options *options) {
    static int32_t complete[2 * 36];
    hol_structure *s = &options->structures[options->structure_count++];
    if (k->dimensions > 0) {
        *s = (hol_structure){.name = "lattice", .rows = 2, .columns = k->dimensions, .values = k->lattice};
        return;
    }
    *s = (hol_structure){.name = "edges", .rows = 10, .columns = 2, .values = graph_ends};
    if (strcmp(k->name, "complete") != 0) return;
    int at = 0;
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < i; j++) complete[at++] = i, complete[at++] = j;
    s->rows = 36;
    s->values = complete;
}

static machine make_machine(const kind *k, double spread) {
    hol_model_options options = {.kind = "ising",
                                 .visible = k->units,
                                 .temperature = k->temperature,
                                 .without = k->fields ? 0 : HOL_MODEL_BIASES,
                                 .settings = {{"coupling", 0.3}, {"field", 0.25}}};
    hol_model_set(&options, "spins", k->is_signed ? HOL_MODEL_SPINS_SIGNED : HOL_MODEL_SPINS_BINARY);
    hol_model_set(&options, "couplings", k->shared ? HOL_MODEL_COUPLINGS_SHARED : HOL_MODEL_COUPLINGS_PER_EDGE);
    add_structure(k, &options);
    machine m = make_model(&options);
    if (k->dimensions > 0)
        assert_ok(hol_graph_create_lattice(k->dimensions, k->lattice, k->lattice + k->dimensions, &m.graph));
    else assert_ok(hol_graph_create(k->units, options.structures[0].rows, options.structures[0].values, &m.graph));
    /* many equal couplings hold a unit as fast as few large ones */
    draw_theta(&m, spread * k->temperature / (m.graph->degree > 4 ? 4 : 1), (uint32_t)k->units);
    return m;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void test_colours_keep_neighbours_apart(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 1);
        const hol_graph *g = m.graph;
        int32_t colour[64];
        for (int64_t c = 0; c < g->colours; c++)
            for (int64_t at = g->colour_starts[c]; at < g->colour_starts[c + 1]; at++)
                colour[g->order[at]] = (int32_t)c;
        assert_int_equal(g->colour_starts[g->colours], m.units);
        for (int64_t e = 0; e < g->edges; e++) assert_true(colour[g->ends[2 * e]] != colour[g->ends[2 * e + 1]]);
        free_machine(&m);
    }
}

static void test_lattices_are_checkerboards(void **state) {
    (void)state;
    const int32_t lengths[][6] = {{64, 64, 1, 1}, {5, 7, 0, 0}, {4, 6, 8, 1, 1, 1}, {10, 1}};
    const int dimensions[] = {2, 2, 3, 1};
    const int64_t edges[] = {2 * 64 * 64, 4 * 7 + 5 * 6, 3 * 4 * 6 * 8, 10};
    for (int k = 0; k < 4; k++) {
        hol_graph *graph = NULL;
        assert_ok(hol_graph_create_lattice(dimensions[k], lengths[k], lengths[k] + dimensions[k], &graph));
        assert_int_equal(graph->colours, 2);
        assert_int_equal(graph->edges, edges[k]);
        hol_graph_destroy(graph);
    }
}

static void test_bad_graphs_are_refused(void **state) {
    (void)state;
    hol_graph *graph = NULL;
    assert_refused(hol_graph_create(3, 1, (int32_t[]){0, 3}, &graph), HOL_USAGE,
                   "edge 0 (from 0): found units 0 and 3");
    assert_refused(hol_graph_create(3, 2, (int32_t[]){0, 1, 2, 2}, &graph), HOL_USAGE, "unit 2 joined to itself");
    assert_refused(hol_graph_create(3, 2, (int32_t[]){0, 1, 1, 0}, &graph), HOL_USAGE, "joined twice");
    assert_refused(hol_graph_create_lattice(2, (int32_t[]){4, 2}, (int32_t[]){1, 1}, &graph), HOL_USAGE, "at least 3");
    assert_refused(hol_graph_create_lattice(4, (int32_t[]){4, 4, 4, 4}, (int32_t[]){0, 0, 0, 0}, &graph), HOL_USAGE,
                   "4 dimensions");
    assert_null(graph);
    hol_model *model = NULL;
    hol_model_options options = {.kind = "ising", .visible = 15, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "neither a lattice nor edges");
    add_structure(&kinds[0], &options);
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "data.train: found 15 columns, expected 12");
    assert_null(model);
}

static void test_initialize_takes_fields_from_means(void **state) {
    (void)state;
    double means[12];
    for (int i = 0; i < 12; i++) means[i] = 0.1 + 0.06 * i;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 1);
        const hol_parameter_group *field = hol_model_find_group(m.model, "field");
        const hol_parameter_group *couplings = hol_model_find_group(m.model, "couplings");
        const double factor = kinds[k].temperature * (kinds[k].is_signed ? 0.5 : 1);
        double mean = 0;
        for (int i = 0; i < m.units; i++) mean += means[i] / (double)m.units;
        m.model->ops->initialize(m.model, means, 0.1, 1, m.theta);
        for (int64_t i = 0; field && i < field->columns; i++) {
            const double p = field->columns > 1 ? means[i] : mean;
            assert_true(fabs((double)m.theta[i] - factor * log(p / (1 - p))) < 1e-6);
        }
        assert_true(fabs((double)m.theta[couplings->offset] - 0.3) < 1e-7);
        m.model->ops->initialize(m.model, NULL, 0.1, 1, m.theta);
        if (field) assert_true(fabs((double)m.theta[0] - 0.25) < 1e-7);
        free_machine(&m);
    }
}

static void test_prepare_refuses_what_is_not_finite_or_huge(void **state) {
    (void)state;
    const int some[] = {0, 6};
    for (int k = 0; k < 2; k++) {
        machine m = make_machine(&kinds[some[k]], 1);
        check_prepare_refuses(&m, 1e8f);
        free_machine(&m);
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void test_energies_equal_the_formula(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        check_energy(&m);
        const double *theta = in_double(&m);
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) {
            uint8_t bytes[64];
            bytes_of(x, m.units, bytes);
            const double found = m.model->ops->exact_free_energy(m.model, m.theta, bytes);
            assert_true(fabs(found + goodness(&m, theta, x) / m.temperature) < 1e-12);
        }
        free_machine(&m);
    }
}

static void test_exact_equals_the_sum_over_states(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        double z = 0, found = 0, *p = enumerate(&m, in_double(&m), &z);
        assert_all(hol_exact_log_partition(test_comm, m.model, m.theta, &found) == HOL_OK);
        assert_true(fabs(found - log(z)) < 1e-10);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_pseudo_likelihood_and_reconstruction_equal_the_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        const hol_rng_key key = hol_rng_key_make(4, HOL_STREAM_PSEUDO_LIKELIHOOD);
        hol_population *x = all_states(&m, m.units);
        double z = 0, *p = enumerate(&m, in_double(&m), &z), *values = make_values(x);
        m.model->ops->pseudo_likelihood(m.model, x, key, values);
        for (uint32_t c = 0; c < (uint32_t)x->count; c++) {
            const int64_t i = (int64_t)(hol_rng_uniform(key, c, 0, 0, 0) * (double)m.units);
            const double on = conditional(p, c, i);
            assert_true(fabs(values[c] - log(c >> i & 1 ? on : 1 - on)) < 1e-5);
        }
        m.model->ops->reconstruction(m.model, x, key, values);
        for (uint32_t c = 0; c < (uint32_t)x->count; c++) {
            double sum = 0;
            for (int64_t i = 0; i < m.units; i++) sum += pow((c >> i & 1) - conditional(p, c, i), 2);
            assert_true(fabs(values[c] - sum / (double)m.units) < 1e-5);
        }
        hol_free(values);
        hol_free(p);
        hol_population_destroy(x);
        free_machine(&m);
    }
}

static void test_independent_knows_its_partition_function(void **state) {
    (void)state;
    double means[12];
    for (int i = 0; i < 12; i++) means[i] = 0.1 + 0.06 * i;
    for (int k = 0; k < KINDS; k++)
        for (int fair = 0; fair < 2; fair++) {
            machine m = make_machine(&kinds[k], 0.8);
            const double found = m.model->ops->independent(m.model, fair ? NULL : means, m.theta);
            double z = 0, *p = enumerate(&m, in_double(&m), &z);
            assert_true(fabs(found - log(z)) < 1e-10);
            hol_free(p);
            free_machine(&m);
        }
}

/* ---- statistics and gradients ------------------------------------------------------------------------------------ */

/* how much a shared entry's sum is more than its mean */
static double share_of(const machine *m, int64_t i) {
    if (hol_model_get(&m->model->options, "couplings", -1) > HOL_MODEL_COUPLINGS_SHARED) return 1;
    const hol_parameter_group *couplings = hol_model_find_group(m->model, "couplings");
    return (double)(i == couplings->offset ? m->graph->edges : m->units);
}

/* of the first 100 states, so that idle lanes (ones, here) must not count */
static void test_accumulate_sums_states(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        hol_population *x = make_population(&m, 100);
        double expected[64] = {0};
        int32_t found[64] = {0};
        for (int64_t c = 0; c < 100; c++) {
            set_state(x, m.units, c, (uint64_t)(5 * c));
            add_statistics(&m, (uint64_t)(5 * c) & ((UINT64_C(1) << m.units) - 1), 1, expected);
        }
        for (int64_t w = 0; w < m.units; w++) x->states.words[m.units + w] |= ~UINT64_C(0) << 36;
        m.model->ops->accumulate(m.model, x, found);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            /* shared ones are rounded once per block */
            const double scaled = expected[i] * m.model->info.unit / share_of(&m, i), room = kinds[k].shared ? 1.01 : 0;
            if (!(fabs(found[i] - scaled) <= room))
                fail_msg("%s: %d: %d, expected %g", kinds[k].name, (int)i, found[i], scaled);
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* the expectation of T under the model, which sampling estimates, is the gradient of ln Z: by differences */
static void test_statistics_are_the_gradient_of_ln_z(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.5);
        double z = 0, sums[64] = {0}, *theta = in_double(&m), *p = enumerate(&m, theta, &z);
        hol_population *x = all_states(&m, m.units);
        for (int64_t c = 0; c < x->count; c++) { /* T from the model, of one state at a time */
            if (p[c] / z < 1e-9) continue;
            int32_t t[64] = {0};
            hol_population *one = make_population(&m, 1);
            set_state(one, m.units, 0, (uint64_t)c);
            m.model->ops->accumulate(m.model, one, t);
            for (int64_t i = 0; i < m.model->info.parameters; i++) sums[i] += p[c] / z * t[i] / m.model->info.unit;
            hol_population_destroy(one);
        }
        hol_free(p);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            double side[2];
            for (int s = 0; s < 2; s++) {
                const double kept = theta[i];
                theta[i] += s ? 1e-5 : -1e-5;
                hol_free(enumerate(&m, theta, &side[s]));
                theta[i] = kept;
            }
            const double gradient = (log(side[1]) - log(side[0])) / 2e-5 * m.temperature / share_of(&m, i);
            assert_true(fabs(sums[i] - gradient) < 4e-5); /* rounding of shared ones: 2^-16 */
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* Chains start from fair bits and are looked at once: a true chi-square, false alarm below 1e-6 per model. A coupling
 * or field that is off by 0.3 tau must show. */
static void test_sweep_reaches_the_distribution(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.4);
        hol_population *x = run_chains(&m, 40000, 100);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, &z);
        assert_drawn_from(&m, x, p, z, kinds[k].name);
        hol_free(p);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            const double kept = theta[i];
            theta[i] += 0.3 * m.temperature;
            p = enumerate(&m, theta, &z);
            if (!is_told_from(&m, x, p, z)) fail_msg("%s: %d: too weak", kinds[k].name, (int)i);
            theta[i] = kept;
            hol_free(p);
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* False alarm below 1e-6 for each kind and group. */
static void test_held_units_condition_the_others(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.6);
        check_held_units(&m, 100, false);
        free_machine(&m);
    }
}

/* two ranks' halves on two and one threads are the whole */
static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    const int some[] = {0, 6, 11};
    for (int k = 0; k < 3; k++) {
        machine m = make_machine(&kinds[some[k]], 0.6);
        hol_population *whole = run_chains(&m, 300, 5);
        for (int rank = 0; rank < 2; rank++) {
            hol_population *part = NULL;
            assert_ok(hol_population_create(m.model, 300, rank, 2, &part));
            hol_population_randomize(m.model, part, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
            omp_set_num_threads(1 + rank);
            for (uint32_t s = 0; s < 5; s++) {
                const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1, .sweep = 2 * s};
                m.model->ops->sweep(m.model, part, &draw, 1);
            }
            assert_memory_equal(part->states.words, whole->states.words + part->states.first_block * m.units,
                                (size_t)(part->states.blocks * m.units) * sizeof *part->states.words);
            hol_population_destroy(part);
        }
        omp_set_num_threads(2);
        hol_population_destroy(whole);
        free_machine(&m);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours_keep_neighbours_apart),
        cmocka_unit_test(test_lattices_are_checkerboards),
        cmocka_unit_test(test_bad_graphs_are_refused),
        cmocka_unit_test(test_initialize_takes_fields_from_means),
        cmocka_unit_test(test_prepare_refuses_what_is_not_finite_or_huge),
        cmocka_unit_test(test_energies_equal_the_formula),
        cmocka_unit_test(test_exact_equals_the_sum_over_states),
        cmocka_unit_test(test_pseudo_likelihood_and_reconstruction_equal_the_conditionals),
        cmocka_unit_test(test_independent_knows_its_partition_function),
        cmocka_unit_test(test_accumulate_sums_states),
        cmocka_unit_test(test_statistics_are_the_gradient_of_ln_z),
        cmocka_unit_test(test_sweep_reaches_the_distribution),
        cmocka_unit_test(test_held_units_condition_the_others),
        cmocka_unit_test(test_sweep_does_not_depend_on_the_layout),
    };
    return hol_test_main(argc, argv, "ising", tests, HOL_TEST_COUNT(tests));
}
