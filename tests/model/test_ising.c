/* ising: everything against enumeration of an energy written out here, in double, on lattices and graphs, signed and
 * not, shared and not; and a lattice of 64 x 64 against Kaufman's exact energy. */
#define HOL_TEST_COLLECTIVE "test_exact_"
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "estimate/exact.h"
#include "model/graph.h"
#include "model/model.h"
#include "num/bits.h"
#include "num/counts.h"
#include "num/elementary.h"
#include "num/lanes.h"
#include "sample/population.h"

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

typedef struct machine {
    hol_model *model;
    hol_graph *graph;
    float *theta;
    const kind *kind;
    int64_t units;
} machine;

static double normal(uint32_t i, uint32_t salt) {
    return hol_normal_quantile(hol_rng_uniform((hol_rng_key){{314, 159}}, i, salt, 0, 0));
}

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
    machine m = {.kind = k, .units = k->units};
    hol_model_options options = {.kind = "ising",
                                 .visible = k->units,
                                 .temperature = k->temperature,
                                 .without = k->fields ? 0 : HOL_MODEL_BIASES,
                                 .signed_spins = k->is_signed,
                                 .shared = k->shared,
                                 .coupling = 0.3,
                                 .field = 0.25};
    add_structure(k, &options);
    assert_ok(hol_model_create(&options, &m.model));
    if (k->dimensions > 0)
        assert_ok(hol_graph_create_lattice(k->dimensions, k->lattice, k->lattice + k->dimensions, &m.graph));
    else assert_ok(hol_graph_create(k->units, options.structures[0].rows, options.structures[0].values, &m.graph));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta, "theta");
    assert_non_null(m.theta);
    /* many equal couplings hold a unit as fast as few large ones */
    const double reach = spread * k->temperature / (m.graph->degree > 4 ? 4 : 1);
    for (int64_t i = 0; i < m.model->info.parameters; i++)
        m.theta[i] = (float)(reach * normal((uint32_t)i, (uint32_t)k->units));
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

static void free_machine(machine *m) {
    hol_model_destroy(m->model);
    hol_graph_destroy(m->graph);
    hol_free(m->theta);
}

static double spin(const machine *m, uint64_t x, int64_t i) { return x >> i & 1 ? 1 : m->kind->is_signed ? -1 : 0; }

/* weight times T to sums, theta's gradient of -E: of a shared entry the sum */
static void add_statistics(const machine *m, uint64_t x, double weight, double *sums) {
    const hol_parameter_group *field = hol_model_find_group(m->model, "field");
    const hol_parameter_group *couplings = hol_model_find_group(m->model, "couplings");
    for (int64_t i = 0; field && i < m->units; i++)
        sums[field->offset + (field->columns > 1 ? i : 0)] += weight * spin(m, x, i);
    for (int64_t e = 0; e < m->graph->edges; e++)
        sums[couplings->offset + (couplings->columns > 1 ? e : 0)] +=
            weight * spin(m, x, m->graph->ends[2 * e]) * spin(m, x, m->graph->ends[2 * e + 1]);
}

static double goodness(const machine *m, const double *theta, uint64_t x) {
    double statistics[64] = {0}, sum = 0;
    add_statistics(m, x, 1, statistics);
    for (int64_t i = 0; i < m->model->info.parameters; i++) sum += theta[i] * statistics[i];
    return sum;
}

static double *in_double(const machine *m) {
    static double theta[64];
    assert_true(m->model->info.parameters <= 64);
    for (int64_t i = 0; i < m->model->info.parameters; i++) theta[i] = (double)m->theta[i];
    return theta;
}

/* exp(-E / tau) of all states, and their sum */
static double *enumerate(const machine *m, const double *theta, double *ret_z) {
    const uint64_t states = UINT64_C(1) << m->units;
    double *p = hol_allocate((int64_t)states, sizeof *p, "probabilities");
    assert_non_null(p);
    *ret_z = 0;
    for (uint64_t x = 0; x < states; x++) *ret_z += p[x] = exp(goodness(m, theta, x) / m->kind->temperature);
    return p;
}

static hol_population *make_population(const hol_model *model, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(model, count, 0, 1, &population));
    return population;
}

static uint64_t get_state(const hol_population *population, int64_t units, int64_t chain) {
    uint8_t bytes[64];
    uint64_t value = 0;
    hol_population_get_bytes(population, 0, units, chain, 1, bytes);
    for (int64_t i = 0; i < units; i++) value |= (uint64_t)bytes[i] << i;
    return value;
}

static void set_state(hol_population *population, int64_t units, int64_t chain, uint64_t value) {
    uint8_t bytes[64];
    for (int64_t i = 0; i < units; i++) bytes[i] = (uint8_t)(value >> i & 1);
    hol_population_set_bytes(population, 0, units, chain, 1, bytes);
}

/* every state once, chain x in state x */
static hol_population *all_states(const machine *m) {
    hol_population *population = make_population(m->model, INT64_C(1) << m->units);
    for (int64_t x = 0; x < population->count; x++) set_state(population, m->units, x, (uint64_t)x);
    return population;
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
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            const float kept = m.theta[i];
            const float bad[] = {NAN, INFINITY, -INFINITY, 1e8f};
            for (int b = 0; b < 4; b++) {
                m.theta[i] = bad[b];
                assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
            }
            m.theta[i] = kept;
        }
        assert_ok(m.model->ops->prepare(m.model, m.theta));
        free_machine(&m);
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void test_energies_equal_the_formula(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        hol_population *x = all_states(&m);
        double *theta = in_double(&m), *values = hol_allocate(x->states.blocks * HOL_LANES, sizeof *values, "values");
        assert_non_null(values);
        m.model->ops->energy(m.model, x, values);
        for (uint64_t c = 0; c < (uint64_t)x->count; c++) {
            const double expected = -goodness(&m, theta, c) / kinds[k].temperature;
            uint8_t bytes[64];
            for (int i = 0; i < m.units; i++) bytes[i] = c >> i & 1;
            assert_true(fabs(m.model->ops->exact_free_energy(m.model, m.theta, bytes) - expected) < 1e-12);
            if (!(fabs(values[c] - expected) < 1e-5))
                fail_msg("%s: %g, expected %g", kinds[k].name, values[c], expected);
        }
        hol_free(values);
        hol_population_destroy(x);
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

/* p(x_i = 1 | others) from two energies */
static double conditional(const machine *m, const double *theta, uint64_t x, int64_t i) {
    const uint64_t bit = UINT64_C(1) << i;
    const double up = goodness(m, theta, x | bit), down = goodness(m, theta, x & ~bit);
    return 1 / (1 + exp((down - up) / m->kind->temperature));
}

static void test_pseudo_likelihood_and_reconstruction_equal_the_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        const hol_rng_key key = hol_rng_key_make(4, HOL_STREAM_PSEUDO_LIKELIHOOD);
        hol_population *x = all_states(&m);
        double *theta = in_double(&m), *values = hol_allocate(x->states.blocks * HOL_LANES, sizeof *values, "values");
        assert_non_null(values);
        m.model->ops->pseudo_likelihood(m.model, x, key, values);
        for (uint32_t c = 0; c < (uint32_t)x->count; c++) {
            const int64_t i = (int64_t)(hol_rng_uniform(key, c, 0, 0, 0) * (double)m.units);
            const double p = conditional(&m, theta, c, i);
            assert_true(fabs(values[c] - log(c >> i & 1 ? p : 1 - p)) < 1e-5);
        }
        m.model->ops->reconstruction(m.model, x, key, values);
        for (uint32_t c = 0; c < (uint32_t)x->count; c++) {
            double sum = 0;
            for (int64_t i = 0; i < m.units; i++) sum += pow((c >> i & 1) - conditional(&m, theta, c, i), 2);
            assert_true(fabs(values[c] - sum / (double)m.units) < 1e-5);
        }
        hol_free(values);
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
    if (!m->kind->shared) return 1;
    const hol_parameter_group *couplings = hol_model_find_group(m->model, "couplings");
    return (double)(i == couplings->offset ? m->graph->edges : m->units);
}

/* of the first 100 states, so that idle lanes (ones, here) must not count */
static void test_accumulate_sums_states(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        hol_population *x = make_population(m.model, 100);
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
            const double scaled = expected[i] * 32768 / share_of(&m, i), room = m.kind->shared ? 1.01 : 0;
            if (!(fabs(found[i] - scaled) <= room))
                fail_msg("%s: %d: %d, expected %g", m.kind->name, (int)i, found[i], scaled);
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
        hol_population *x = all_states(&m);
        for (int64_t c = 0; c < x->count; c++) { /* T from the model, of one state at a time */
            if (p[c] / z < 1e-9) continue;
            int32_t t[64] = {0};
            hol_population *one = make_population(m.model, 1);
            set_state(one, m.units, 0, (uint64_t)c);
            m.model->ops->accumulate(m.model, one, t);
            for (int64_t i = 0; i < m.model->info.parameters; i++) sums[i] += p[c] / z * t[i] / 32768;
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
            const double gradient = (log(side[1]) - log(side[0])) / 2e-5 * m.kind->temperature / share_of(&m, i);
            assert_true(fabs(sums[i] - gradient) < 4e-5); /* rounding of shared ones: 2^-16 */
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* chi-square of the chains' states against p / z; cells below 5 expected are thrown together */
static double chi_square(const machine *m, const hol_population *x, const double *p, double z, double *ret_freedom) {
    const int64_t cells = INT64_C(1) << m->units;
    double *seen = hol_allocate(cells, sizeof *seen, "cells"), chi = 0, rest_seen = 0, rest_expected = 0;
    assert_non_null(seen);
    for (int64_t c = 0; c < x->count; c++) seen[get_state(x, m->units, c)]++;
    *ret_freedom = -1;
    for (int64_t s = 0; s < cells; s++) {
        const double expected = (double)x->count * p[s] / z;
        if (expected < 5) {
            rest_seen += seen[s];
            rest_expected += expected;
            continue;
        }
        chi += pow(seen[s] - expected, 2) / expected;
        *ret_freedom += 1;
    }
    if (rest_expected > 1) {
        chi += pow(rest_seen - rest_expected, 2) / rest_expected;
        *ret_freedom += 1;
    } else if (rest_expected < 1e-9) {
        assert_true(rest_seen < 1);
    }
    hol_free(seen);
    return chi;
}

/* The quantile of 1 - 1e-6 after Wilson & Hilferty (z = 4.75), with some room for cells of few counts. */
static double chi_limit(double freedom) {
    return freedom * pow(1 - 2 / (9 * freedom) + 5.2 * sqrt(2 / (9 * freedom)), 3);
}

static hol_population *run_chains(const machine *m, int64_t chains, int64_t sweeps, const uint8_t *held) {
    hol_population *x = make_population(m->model, chains);
    hol_population_randomize(m->model, x, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
    for (int64_t b = 0; held && b < x->states.blocks; b++)
        for (int64_t i = 0; i < m->units; i++)
            if (held[i]) x->states.words[b * x->states.stride + i] = i % 2 ? ~UINT64_C(0) : 0;
    x->held = held;
    const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1};
    m->model->ops->sweep(m->model, x, &draw, sweeps);
    return x;
}

/* Chains start from fair bits and are looked at once: a true chi-square, false alarm below 1e-6 per model. A coupling
 * or field that is off by 0.3 tau must show. */
static void test_sweep_reaches_the_distribution(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.4);
        hol_population *x = run_chains(&m, 40000, 100, NULL);
        double z = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, &z);
        const double chi = chi_square(&m, x, p, z, &freedom);
        if (!(chi < chi_limit(freedom)))
            fail_msg("%s: chi-square %g, %g degrees of freedom", kinds[k].name, chi, freedom);
        hol_free(p);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            theta[i] += 0.3 * kinds[k].temperature;
            p = enumerate(&m, theta, &z);
            if (!(chi_square(&m, x, p, z, &freedom) > chi_limit(freedom)))
                fail_msg("%s: %d: too weak", kinds[k].name, (int)i);
            theta[i] -= 0.3 * kinds[k].temperature;
            hol_free(p);
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* Every third unit held, odd ones up: the conditional distribution of the others. False alarm below 1e-6 per model. */
static void test_held_units_condition_the_others(void **state) {
    (void)state;
    uint8_t held[64];
    for (int i = 0; i < 64; i++) held[i] = i % 3 == 1;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.6);
        hol_population *x = run_chains(&m, 30000, 100, held);
        double z = 0, freedom = 0, *p = enumerate(&m, in_double(&m), &z);
        z = 0;
        for (int64_t s = 0; s < INT64_C(1) << m.units; s++) {
            bool fits = true;
            for (int64_t i = 0; i < m.units; i++) fits = fits && (!held[i] || (s >> i & 1) == i % 2);
            z += p[s] *= fits;
        }
        const double chi = chi_square(&m, x, p, z, &freedom);
        if (!(chi < chi_limit(freedom)))
            fail_msg("%s: chi-square %g, %g degrees of freedom", kinds[k].name, chi, freedom);
        hol_free(p);
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* two ranks' halves on two and one threads are the whole */
static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    const int some[] = {0, 6, 11};
    for (int k = 0; k < 3; k++) {
        machine m = make_machine(&kinds[some[k]], 0.6);
        hol_population *whole = run_chains(&m, 300, 5, NULL);
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

/* ---- 64 x 64 against the exact solution -------------------------------------------------------------------------- */

/* ln Z of a periodic lattice of m x n spins, J = 1, at inverse temperature k (Kaufman 1949) */
static long double kaufman(int m, int n, long double k) {
    const long double pi = acosl(-1.0L);
    long double logs[4] = {0}, signs = 1;
    for (int l = 0; l < 2 * n; l++) {
        long double gamma = 2 * k + logl(tanhl(k));
        if (l > 0) gamma = acoshl(coshl(2 * k) / tanhl(2 * k) - cosl(pi * l / n));
        const long double half = m * gamma / 2;
        logs[l % 2 ? 0 : 2] += fabsl(half) + log1pl(expl(-2 * fabsl(half)));  /* ln 2 cosh */
        logs[l % 2 ? 1 : 3] += fabsl(half) + log1pl(-expl(-2 * fabsl(half))); /* ln 2 |sinh| */
        if (half < 0 && l % 2 == 0) signs = -signs;
    }
    long double largest = logs[0], sum = 0;
    for (int i = 1; i < 4; i++) largest = fmaxl(largest, logs[i]);
    for (int i = 0; i < 4; i++) sum += (i == 3 ? signs : 1) * expl(logs[i] - largest);
    return 0.5L * m * n * logl(2 * sinhl(2 * k)) + largest + logl(sum) - logl(2);
}

static double kaufman_energy(int m, int n, double temperature) {
    const long double k = 1 / (long double)temperature, step = 1e-5L;
    return (double)(-(kaufman(m, n, k + step) - kaufman(m, n, k - step)) / (2 * step) / (m * n));
}

/* the oracle itself: a lattice of 3 x 4 by enumeration */
static void test_kaufman_equals_enumeration(void **state) {
    (void)state;
    const kind torus = {"", {3, 4, 1, 1}, 2, 12, true, true, false, 1.7};
    machine m = make_machine(&torus, 0);
    double z = 0, theta = 1, *p = enumerate(&m, &theta, &z);
    assert_true(fabs(log(z) - (double)kaufman(3, 4, 1 / 1.7L)) < 1e-12);
    hol_free(p);
    free_machine(&m);
}

/* energies of the chains as they stand, per spin, added to sums; returns the mean of |m| */
static double measure(const hol_model *model, hol_population *x, double *values, double *sums) {
    const int64_t units = model->info.visible;
    double magnetisation = 0;
    model->ops->energy(model, x, values);
    for (int64_t c = 0; c < x->count; c++) sums[c] += values[c] * model->temperature / (double)units;
    for (int64_t b = 0; b < x->states.blocks; b++) {
        int64_t up[HOL_LANES] = {0};
        hol_lanes_add(x->states.words + b * units, units, up);
        for (int l = 0; l < HOL_LANES; l++)
            magnetisation += fabs((double)(2 * up[l] - units)) / (double)units / (double)x->count;
    }
    return magnetisation;
}

/* 256 chains from all spins up; their means are independent, so that autocorrelation does not matter. |z| < 5.5 of t
 * with 255 degrees of freedom: false alarm below 1e-6 in all. */
static void test_lattice_has_the_exact_energy(void **state) {
    (void)state;
    enum { L = 64, CHAINS = 256 };
    const struct {
        double temperature;
        int64_t settle, measures, apart;
    } runs[] = {{2.0, 300, 40, 25}, {2.269, 3000, 40, 100}, {3.0, 200, 40, 25}};
    for (int r = 0; r < 3; r++) {
        const int32_t lattice[] = {L, L, 1, 1};
        hol_model *model = NULL;
        const hol_model_options options = {
            .kind = "ising",
            .visible = L * L,
            .temperature = runs[r].temperature,
            .signed_spins = true,
            .shared = true,
            .coupling = 1,
            .without = HOL_MODEL_BIASES,
            .structure_count = 1,
            .structures = {{.name = "lattice", .rows = 2, .columns = 2, .values = lattice}}};
        assert_ok(hol_model_create(&options, &model));
        float theta[1];
        model->ops->initialize(model, NULL, 0, 0, theta);
        assert_ok(model->ops->prepare(model, theta));
        hol_population *x = make_population(model, CHAINS);
        memset(x->states.words, 0xff, (size_t)(x->states.blocks * x->states.stride) * 8);
        hol_draw draw = {.key = hol_rng_key_make(6, HOL_STREAM_NEGATIVE)};
        double values[CHAINS], sums[CHAINS] = {0}, mean = 0, square = 0, magnetisation = 0;
        model->ops->sweep(model, x, &draw, runs[r].settle);
        for (int64_t k = 0; k < runs[r].measures; k++) {
            draw.step++;
            model->ops->sweep(model, x, &draw, runs[r].apart);
            magnetisation += measure(model, x, values, sums) / (double)runs[r].measures;
        }
        for (int c = 0; c < CHAINS; c++) mean += sums[c] / (double)runs[r].measures / CHAINS;
        for (int c = 0; c < CHAINS; c++) square += pow(sums[c] / (double)runs[r].measures - mean, 2);
        const double error = sqrt(square / (CHAINS - 1.0) / CHAINS), exact = kaufman_energy(L, L, runs[r].temperature);
        print_message("T = %g: energy per spin %.6f +- %.6f, exact %.6f; |m| %.5f\n", runs[r].temperature, mean, error,
                      exact, magnetisation);
        if (!(fabs(mean - exact) < 5.5 * error))
            fail_msg("T = %g: %g standard errors", runs[r].temperature, (mean - exact) / error);
        assert_true(error < 2e-3);
        /* Yang's magnetisation, below the critical point, where 64 is long: to five errors of a run this long */
        if (r == 0) assert_true(fabs(magnetisation - pow(1 - pow(sinh(2 / 2.0), -4), 0.125)) < 5e-4);
        hol_population_destroy(x);
        hol_model_destroy(model);
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
        cmocka_unit_test(test_kaufman_equals_enumeration),
        cmocka_unit_test(test_lattice_has_the_exact_energy),
    };
    return hol_test_main(argc, argv, "ising", tests, HOL_TEST_COUNT(tests));
}
