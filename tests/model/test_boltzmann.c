/* boltzmann: everything against enumeration of an energy written out here, in double: fully visible, latent, with parts
 * off, at several temperatures; and a machine without inner couplings against the rbm, bit for bit. */
#define HOL_TEST_COLLECTIVE "test_exact_"
#include "support.h"

#include "center.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "estimate/exact.h"
#include "model/model.h"
#include "num/elementary.h"
#include "num/scan.h"
#include "sample/population.h"

/* ---- a machine, and the energy in its plainest form -------------------------------------------------------------- */

enum { A = HOL_MODEL_BIASES, W = HOL_MODEL_WEIGHTS, V = HOL_MODEL_VISIBLE_COUPLINGS, U = HOL_MODEL_HIDDEN_COUPLINGS };

typedef struct machine {
    hol_model *model;
    float *theta;
    int64_t visible, hidden, units;
    double temperature;
} machine;

static double normal(uint32_t i, uint32_t salt) {
    return hol_normal_quantile(hol_rng_uniform((hol_rng_key){{271, 828}}, i, salt, 0, 0));
}

static void symmetrize(machine *m, float *theta, const char *name) {
    const hol_parameter_group *g = hol_model_find_group(m->model, name);
    if (!g) return;
    float *c = theta + g->offset;
    for (int64_t i = 0; i < g->rows; i++)
        for (int64_t j = 0; j <= i; j++) c[i * g->rows + j] = i == j ? 0 : c[j * g->rows + i];
}

static machine make_machine(int64_t visible, int64_t hidden, unsigned without, double temperature, double spread,
                            uint32_t salt) {
    machine m = {.visible = visible, .hidden = hidden, .units = visible + hidden, .temperature = temperature};
    const hol_model_options options = {.kind = "boltzmann",
                                       .visible = visible,
                                       .hidden = hidden,
                                       .temperature = temperature,
                                       .without = without,
                                       .positive_sweeps = 200};
    assert_ok(hol_model_create(&options, &m.model));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta, "theta");
    assert_non_null(m.theta);
    for (int64_t i = 0; i < m.model->info.parameters; i++) m.theta[i] = (float)(spread * normal((uint32_t)i, salt));
    symmetrize(&m, m.theta, "visible_couplings");
    symmetrize(&m, m.theta, "hidden_couplings");
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

static void free_machine(machine *m) {
    hol_model_destroy(m->model);
    hol_free(m->theta);
}

/* T of the state x (bit i is unit i) times weight, into sums (parameters) */
static void add_statistics(const machine *m, uint64_t x, double weight, double *sums) {
    const uint64_t v = x & ((UINT64_C(1) << m->visible) - 1), h = x >> m->visible;
    const struct {
        const char *name;
        uint64_t row, column; /* states of the units */
    } parts[] = {{"visible_bias", 1, v},
                 {"hidden_bias", 1, h},
                 {"weights", v, h},
                 {"visible_couplings", v, v},
                 {"hidden_couplings", h, h}};
    for (int p = 0; p < 5; p++) {
        const hol_parameter_group *g = hol_model_find_group(m->model, parts[p].name);
        for (int64_t i = 0; g && i < g->rows; i++)
            for (int64_t j = 0; j < g->columns; j++)
                if ((p < 3 || i != j) && (parts[p].row >> i & 1) && (parts[p].column >> j & 1))
                    sums[g->offset + i * g->columns + j] += weight;
    }
}

/* -E: each symmetric pair counts once */
static double goodness(const machine *m, const double *theta, uint64_t x) {
    double sum = 0, t[256] = {0};
    assert_true(m->model->info.parameters <= 256);
    add_statistics(m, x, 1, t);
    for (int g = 0; g < m->model->info.group_count; g++) {
        const hol_parameter_group *group = &m->model->info.groups[g];
        const double share = strstr(group->name, "couplings") ? 0.5 : 1;
        for (int64_t k = group->offset; k < group->offset + group->rows * group->columns; k++)
            sum += share * theta[k] * t[k];
    }
    return sum;
}

static double *in_double(const machine *m) {
    double *theta = hol_allocate(m->model->info.parameters, sizeof *theta, "theta");
    assert_non_null(theta);
    for (int64_t i = 0; i < m->model->info.parameters; i++) theta[i] = (double)m->theta[i];
    return theta;
}

/* exp(-E / tau) of every state: (2^units); the sum is Z */
static double *enumerate(const machine *m, const double *theta, double temperature, double *ret_z) {
    const uint64_t states = UINT64_C(1) << m->units;
    double *p = hol_allocate((int64_t)states, sizeof *p, "probabilities");
    assert_non_null(p);
    *ret_z = 0;
    for (uint64_t x = 0; x < states; x++) *ret_z += p[x] = exp(goodness(m, theta, x) / temperature);
    return p;
}

static hol_population *make_population(const machine *m, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(m->model, count, 0, 1, &population));
    return population;
}

static void set_state(hol_population *population, int64_t units, int64_t chain, uint64_t value) {
    uint8_t bytes[64];
    for (int64_t i = 0; i < units; i++) bytes[i] = (uint8_t)(value >> i & 1);
    hol_population_set_bytes(population, 0, units, chain, 1, bytes);
}

static uint64_t get_state(const hol_population *population, int64_t units, int64_t chain) {
    uint8_t bytes[64];
    uint64_t value = 0;
    hol_population_get_bytes(population, 0, units, chain, 1, bytes);
    for (int64_t i = 0; i < units; i++) value |= (uint64_t)bytes[i] << i;
    return value;
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
    const float bad[] = {NAN, INFINITY, -INFINITY, 2e6f, -2e6f};
    for (int64_t at = 0; at < m.model->info.parameters; at++)
        for (int b = 0; b < 5; b++) {
            const float kept = m.theta[at];
            m.theta[at] = bad[b];
            assert_refused(m.model->ops->prepare(m.model, m.theta), HOL_NUMERICAL, "diverged");
            m.theta[at] = kept;
        }
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    free_machine(&m);
}

/* ---- the sampler ------------------------------------------------------------------------------------------------- */

/* p(v_i = 1 | all others) of every state, from the ratio of two enumerated probabilities */
static void test_project_equals_enumerated_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
        hol_population *all = make_population(&m, INT64_C(1) << m.units);
        for (int64_t x = 0; x < all->count; x++) set_state(all, m.units, x, (uint64_t)x);
        m.model->ops->project(m.model, all);
        for (int64_t x = 0; x < all->count; x++)
            for (int64_t i = 0; i < m.visible; i++) {
                const double on = p[x | INT64_C(1) << i], off = p[x & ~(INT64_C(1) << i)];
                assert_true(fabs(all->expected[x * 16 + i] * 0x1p-15 - on / (on + off)) < 0x1p-16 + 1e-6);
            }
        hol_population_destroy(all);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* chi-square of counts (cells) of `count` draws against p / z; cells below 5 expected are thrown together */
static double chi_square(const double *seen, const double *p, double z, uint64_t cells, double count,
                         double *ret_freedom) {
    double chi = 0, rest_seen = 0, rest_expected = 0;
    *ret_freedom = -1;
    for (uint64_t x = 0; x < cells; x++) {
        const double expected = count * p[x] / z;
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
    return chi;
}

/* The quantile of 1 - 1e-6 after Wilson & Hilferty (z = 4.75), with some room for cells of few counts. */
static double chi_limit(double freedom) {
    return freedom * pow(1 - 2 / (9 * freedom) + 5.2 * sqrt(2 / (9 * freedom)), 3);
}

static double chi_of(const machine *m, const hol_population *population, const double *p, double z,
                     double *ret_freedom) {
    double *seen = hol_allocate(INT64_C(1) << m->units, sizeof *seen, "cells");
    assert_non_null(seen);
    for (int64_t c = 0; c < population->count; c++) seen[get_state(population, m->units, c)]++;
    const double chi = chi_square(seen, p, z, UINT64_C(1) << m->units, (double)population->count, ret_freedom);
    hol_free(seen);
    return chi;
}

/* Every chain starts from fair bits and is looked at once, after 150 sweeps, so the statistic is a true chi-square:
 * false alarm below 1e-6 per machine. Machines that are wrong must fail: one coupling of each matrix moved by 0.5
 * tau. */
static void test_sweep_reaches_the_joint_distribution(void **state) {
    (void)state;
    const char *const names[] = {"weights", "visible_couplings", "hidden_couplings"};
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        hol_population *population = make_population(&m, 40000); /* the last block is half full */
        hol_population_randomize(m.model, population, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1, .sweep = 0};
        m.model->ops->sweep(m.model, population, &draw, 150);
        double z = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
        const double chi = chi_of(&m, population, p, z, &freedom);
        if (!(chi < chi_limit(freedom))) fail_msg("machine %d: chi-square %g, %g degrees of freedom", k, chi, freedom);
        hol_free(p);
        for (int n = 0; n < 3 && m.units > 2; n++) { /* a wrong coupling */
            const hol_parameter_group *g = hol_model_find_group(m.model, names[n]);
            if (!g) continue;
            const int64_t at = g->offset + (n ? 1 : 0), mirrored = g->offset + g->columns;
            theta[at] += 0.5 * m.temperature;
            if (n) theta[mirrored] += 0.5 * m.temperature;
            p = enumerate(&m, theta, m.temperature, &z);
            if (!(chi_of(&m, population, p, z, &freedom) > chi_limit(freedom)))
                fail_msg("machine %d: %s: too weak", k, names[n]);
            theta[at] = (double)m.theta[at];
            if (n) theta[mirrored] = (double)m.theta[mirrored];
            hol_free(p);
        }
        hol_population_destroy(population);
        hol_free(theta);
        free_machine(&m);
    }
}

/* Every third unit held, every second of these on: the conditional distribution of the others, after sweeps and after
 * infer from there. False alarm below 1e-6 each. */
static void test_held_units_condition_the_others(void **state) {
    (void)state;
    uint8_t held[64];
    for (int i = 0; i < 64; i++) held[i] = i % 3 == 1;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        hol_population *population = make_population(&m, 40000);
        hol_population_randomize(m.model, population, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
        for (int64_t c = 0; c < population->count; c++)
            set_state(population, m.units, c, (get_state(population, m.units, c) & ~UINT64_C(0x92)) | 0x10);
        population->held = held;
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1};
        double z = 0, given = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++)
            given += p[x] *= (x & 0x92 & ((UINT64_C(1) << m.units) - 1)) == (0x10 & ((UINT64_C(1) << m.units) - 1));
        for (int infer = 0; infer < 2; infer++) {
            const hol_draw next = {.key = hol_rng_key_make(3, HOL_STREAM_POSITIVE), .step = 2};
            if (infer) m.model->ops->infer(m.model, population, &next);
            else m.model->ops->sweep(m.model, population, &draw, 150);
            const double chi = chi_of(&m, population, p, given, &freedom);
            if (freedom > 0 && !(chi < chi_limit(freedom)))
                fail_msg("machine %d, %d: chi-square %g, %g degrees of freedom", k, infer, chi, freedom);
        }
        hol_population_destroy(population);
        hol_free(theta);
        hol_free(p);
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
    options.positive_sweeps = 1;
    assert_ok(hol_model_create(&options, &slow));
    assert_ok(slow->ops->prepare(slow, m.theta));
    hol_population *population = make_population(&m, 40000);
    for (int64_t c = 0; c < population->count; c++) set_state(population, m.units, c, DATA);
    double z = 0, given = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
    for (uint64_t x = 0; x < 1 << (VISIBLE + HIDDEN); x++) given += p[x] *= (x & 7) == DATA;
    for (uint32_t step = 0; step <= STEPS; step++) {
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_POSITIVE), .step = step};
        population->goes_on = step > 0 && step < STEPS;
        slow->ops->infer(slow, population, &draw);
        if (step + 1 < STEPS) continue;
        const double chi = chi_of(&m, population, p, given, &freedom);
        if ((chi < chi_limit(freedom)) != population->goes_on)
            fail_msg("step %u: chi-square %g, %g degrees of freedom", step, chi, freedom);
    }
    hol_population_destroy(population);
    hol_free(theta);
    hol_free(p);
    hol_model_destroy(slow);
    free_machine(&m);
}

/* One sweep from exact samples keeps the distribution. Starts are drawn by inversion. False alarm below 1e-6. */
static void test_sweep_keeps_the_joint_distribution(void **state) {
    (void)state;
    enum { CHAINS = 60000 };
    for (int k = 3; k < 9; k++) {
        machine m = make_kind(k, 1.3);
        double z = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
        hol_population *population = make_population(&m, CHAINS);
        for (uint32_t c = 0; c < CHAINS; c++) {
            double left = hol_rng_uniform((hol_rng_key){{5, 5}}, c, 0, 0, 0) * z;
            uint64_t x = 0;
            while (x + 1 < UINT64_C(1) << m.units && left >= p[x]) left -= p[x++];
            set_state(population, m.units, c, x);
        }
        for (uint32_t s = 0; s < 3; s++) {
            assert_true(chi_of(&m, population, p, z, &freedom) < chi_limit(freedom));
            const hol_draw draw = {.key = hol_rng_key_make(8, HOL_STREAM_NEGATIVE), .step = 2, .sweep = 2 * s};
            m.model->ops->sweep(m.model, population, &draw, 1);
        }
        hol_population_destroy(population);
        hol_free(theta);
        hol_free(p);
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
        double z = 0, freedom = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), seen[32] = {0};
        hol_population *population = make_population(&m, CHAINS);
        for (int64_t c = 0; c < CHAINS; c++) set_state(population, m.visible, c, 0x5);
        const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4};
        m.model->ops->infer(m.model, population, &draw);
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
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* any number of owners of the blocks, any number of threads, any instruction set, any cut: the same states */
static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    enum { CHAINS = 700 };
    static const char *const isas[] = {"generic", "avx2", "avx512"};
    const int64_t shapes[][3] = {{150, 70, 0}, {100, 33, U}, {60, 50, V}, {130, 0, 0}};
    for (int s = 0; s < 4; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], (unsigned)shapes[s][2], 1, 0.2, 2);
        hol_population *whole = make_population(&m, CHAINS);
        hol_population_randomize(m.model, whole, (hol_rng_key){{1, 1}});
        const hol_draw draw = {.key = {{2, 2}}, .step = 3, .sweep = 0};
        m.model->ops->sweep(m.model, whole, &draw, 3);
        m.model->ops->infer(m.model, whole, &draw);
        for (int ranks = 1; ranks <= 15; ranks += 7) /* 11 blocks: some ranks have none */
            for (int rank = 0; rank < ranks; rank++) {
                omp_set_num_threads(1 + rank % 3);
                hol_kernels_set(hol_kernels_find(isas[rank % 3])); /* NULL: the best */
                hol_population *part = NULL;
                assert_ok(hol_population_create(m.model, CHAINS, rank, ranks, &part));
                hol_population_randomize(m.model, part, (hol_rng_key){{1, 1}});
                hol_draw rest = draw;
                rest.sweep = 2;
                m.model->ops->sweep(m.model, part, &draw, 1);
                m.model->ops->sweep(m.model, part, &rest, 2);
                m.model->ops->infer(m.model, part, &draw);
                const int64_t blocks = part->states.blocks, first = part->states.first_block;
                if (blocks)
                    assert_memory_equal(part->states.words, whole->states.words + first * m.units,
                                        (size_t)(blocks * m.units) * 8);
                hol_population_destroy(part);
            }
        hol_kernels_set(NULL);
        omp_set_num_threads(2);
        hol_population_destroy(whole);
        free_machine(&m);
    }
}

/* without inner couplings it is the rbm: parameters at the start, states, probabilities, statistics, to the last bit */
static void test_weights_alone_are_the_rbm(void **state) {
    (void)state;
    enum { VISIBLE = 45, HIDDEN = 37, CHAINS = 300, PARAMETERS = VISIBLE + HIDDEN + VISIBLE * HIDDEN };
    hol_model *models[2];
    hol_population *populations[2];
    int32_t *counts[2];
    float *theta[2];
    double means[VISIBLE], values[2][320];
    for (int i = 0; i < VISIBLE; i++) means[i] = (i + 1) / 50.0;
    for (int k = 0; k < 2; k++) {
        const hol_model_options o = {.kind = k ? "boltzmann" : "rbm",
                                     .visible = VISIBLE,
                                     .hidden = HIDDEN,
                                     .temperature = 1.2,
                                     .without = k ? V | U : 0};
        assert_ok(hol_model_create(&o, &models[k]));
        const hol_model_ops *ops = models[k]->ops;
        assert_int_equal(models[k]->info.parameters, PARAMETERS);
        theta[k] = hol_allocate(PARAMETERS, sizeof **theta, "theta");
        counts[k] = hol_allocate(PARAMETERS, sizeof **counts, "counts");
        assert_true(theta[k] && counts[k]);
        ops->initialize(models[k], means, 0.3, 5, theta[k]);
        assert_ok(ops->prepare(models[k], theta[k]));
        assert_ok(hol_population_create(models[k], CHAINS, 0, 1, &populations[k]));
        hol_population_randomize(models[k], populations[k], (hol_rng_key){{1, 1}});
        const hol_draw draw = {.key = {{2, 2}}, .step = 3};
        ops->sweep(models[k], populations[k], &draw, 3);
        ops->accumulate(models[k], populations[k], counts[k]);
        ops->free_energy(models[k], populations[k], values[k]);
    }
    assert_memory_equal(theta[0], theta[1], PARAMETERS * sizeof **theta);
    assert_memory_equal(counts[0], counts[1], PARAMETERS * sizeof **counts);
    for (int c = 0; c < CHAINS; c++) assert_true(fabs(values[0][c] - values[1][c]) < 1e-9);
    /* and with some units held, which are held against enumeration above */
    uint8_t held[VISIBLE + HIDDEN];
    for (int i = 0; i < VISIBLE + HIDDEN; i++) held[i] = i % 3 == 0;
    const size_t bytes = (size_t)(populations[0]->states.blocks * (VISIBLE + HIDDEN)) * sizeof(uint64_t);
    hol_population_copy(populations[0], populations[1]); /* idle lanes, too */
    for (int k = 0; k < 2; k++) {
        const hol_draw draw = {.key = {{2, 2}}, .step = 4};
        populations[k]->held = held;
        models[k]->ops->sweep(models[k], populations[k], &draw, 2);
        models[k]->ops->infer(models[k], populations[k], &draw);
    }
    assert_memory_equal(populations[0]->states.words, populations[1]->states.words, bytes);
    for (int k = 0; k < 2; k++) {
        hol_population_destroy(populations[k]);
        hol_model_destroy(models[k]);
        hol_free(theta[k]);
        hol_free(counts[k]);
    }
}

/* ---- a graph ----------------------------------------------------------------------------------------------------- */

enum { EDGES = 9 };
/* units 0 to 4 are visible, 5 to 7 hidden: edges of all three parts, and unit 4 alone */
static const int32_t graph_ends[2 * EDGES] = {0, 1, 2, 1, 2, 3, 0, 5, 6, 1, 3, 7, 5, 6, 7, 6, 2, 5};

/* The coupling of two units in a gradient-like vector; the pair's groups are told by the units. */
static double pair_of(const machine *m, const float *g, int64_t i, int64_t j) {
    const hol_model *model = m->model;
    const bool vi = i < m->visible, vj = j < m->visible;
    if (vi != vj && !vi) return pair_of(m, g, j, i);
    const hol_parameter_group *group = hol_model_find_group(model, vi && vj ? "visible_couplings"
                                                                   : vi     ? "weights"
                                                                            : "hidden_couplings");
    if (!group) return 0;
    return (double)g[group->offset + (vi ? i : i - m->visible) * group->columns + (vj ? j : j - m->visible)];
}

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
    machine m = {.visible = 5, .hidden = 3, .units = 8, .temperature = 1.2};
    const hol_model_options options = {
        .kind = "boltzmann",
        .visible = 5,
        .hidden = 3,
        .temperature = 1.2,
        .positive_sweeps = 200,
        .initial = initial,
        .structure_count = 1,
        .structures = {{.name = "edges", .rows = EDGES, .columns = 2, .values = graph_ends}}};
    assert_ok(hol_model_create(&options, &m.model));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta, "theta");
    assert_non_null(m.theta);
    return m;
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
    for (int64_t k = 0; k < m.model->info.parameters; k++) gradient[k] = (float)counts[k] / (200 * 32768.0f);
    assert_int_equal(count_kept(m.model, gradient), 14);
    float plain[64];
    memcpy(plain, gradient, sizeof plain);
    center_all(m.model, offsets, gradient);
    assert_int_equal(count_kept(m.model, gradient), 14);
    /* couplings that there are not count for no bias either */
    for (int i = 0; i < 8; i++) {
        double bias = (double)plain[i];
        for (int j = 0; j < 8; j++) {
            if (!is_edge(i, j)) continue;
            const double both =
                pair_of(&m, plain, i, j) - offsets[i] * (double)plain[j] - offsets[j] * (double)plain[i];
            assert_true(fabs(pair_of(&m, gradient, i, j) - both) < 1e-6);
            bias -= both * offsets[j];
        }
        assert_true(fabs((double)gradient[i] - bias) < 1e-6);
    }
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
    for (int64_t k = 0; k < m.model->info.parameters; k++) m.theta[k] = (float)normal((uint32_t)k, 77);
    symmetrize(&m, m.theta, "visible_couplings");
    symmetrize(&m, m.theta, "hidden_couplings");
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    double z = 0, freedom = 0, *theta = in_double(&m);
    const char *const names[] = {"weights", "visible_couplings", "hidden_couplings"};
    for (int n = 0; n < 3; n++) {
        const hol_parameter_group *g = hol_model_find_group(m.model, names[n]);
        for (int64_t k = 0; k < g->rows * g->columns; k++)
            if (!is_edge((n == 2 ? 5 : 0) + k / g->columns, (n == 1 ? 0 : 5) + k % g->columns))
                theta[g->offset + k] = 0;
    }
    double *p = enumerate(&m, theta, m.temperature, &z);
    hol_population *population = make_population(&m, 40000);
    hol_population_randomize(m.model, population, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
    const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1};
    m.model->ops->sweep(m.model, population, &draw, 150);
    double chi = chi_of(&m, population, p, z, &freedom);
    if (!(chi < chi_limit(freedom))) fail_msg("chi-square %g, %g degrees of freedom", chi, freedom);
    const hol_draw next = {.key = hol_rng_key_make(3, HOL_STREAM_POSITIVE), .step = 1};
    m.model->ops->infer(m.model, population, &next);
    chi = chi_of(&m, population, p, z, &freedom);
    if (!(chi < chi_limit(freedom))) fail_msg("infer: chi-square %g, %g degrees of freedom", chi, freedom);
    hol_population_destroy(population);
    hol_free(theta);
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

/* ---- statistics and gradient ------------------------------------------------------------------------------------- */

/* Sampled statistics against chain by chain counting; hidden units by expectation are the rbm's, above. */
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
            for (int64_t c = 0; c < count; c++) add_statistics(&m, get_state(population, m.units, c), 32768, expected);
            m.model->ops->accumulate(m.model, population, found);
            for (int64_t i = 0; i < parameters; i++) assert_true(found[i] == expected[i]);
            hol_population_destroy(population);
            free_machine(&m);
        }
}

/* mean over the data of ln p(v), by enumeration */
static double log_likelihood(const machine *m, const double *theta, const uint64_t *data, int64_t count) {
    double z = 0, *p = enumerate(m, theta, m->temperature, &z), sum = 0;
    for (int64_t c = 0; c < count; c++) {
        double pv = 0;
        for (uint64_t h = 0; h < UINT64_C(1) << m->hidden; h++) pv += p[h << m->visible | data[c]];
        sum += log(pv / z);
    }
    hol_free(p);
    return sum / (double)count;
}

/* moves a parameter, and its mirror image */
static void move(const machine *m, double *theta, int64_t k, double to) {
    theta[k] = to;
    for (int g = 0; g < m->model->info.group_count; g++) {
        const hol_parameter_group *group = &m->model->info.groups[g];
        const int64_t at = k - group->offset;
        if (strstr(group->name, "couplings") && at >= 0 && at < group->rows * group->columns)
            theta[group->offset + at % group->rows * group->rows + at / group->rows] = to;
    }
}

/* The model's statistics come from enumeration. The data's come from infer and accumulate: exactly where hidden units
 * are independent; with sampled hidden units within 6 standard deviations of their mean over 120,000 samples (false
 * alarm 2e-9 per parameter). */
static void test_gradient_equals_finite_differences(void **state) {
    (void)state;
    enum { DATA = 15, CHAINS = DATA * 8000 };
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 0.8);
        const int64_t parameters = m.model->info.parameters;
        hol_population *population = make_population(&m, CHAINS);
        uint64_t data[DATA];
        for (uint32_t c = 0; c < DATA; c++)
            data[c] = (hol_rng_draw((hol_rng_key){{3, 3}}, c, 0, 0, 0).word[0] | (c % 2)) % (1u << m.visible);
        for (int64_t c = 0; c < CHAINS; c++) set_state(population, m.visible, c, data[c % DATA]);
        int32_t counts[64] = {0};
        int64_t sums[64] = {0};
        const hol_draw draw = {.key = hol_rng_key_make(1, HOL_STREAM_POSITIVE), .step = 4};
        m.model->ops->infer(m.model, population, &draw);
        for (int64_t first = 0; first < population->states.blocks; first += 1000) { /* 64,000 chains fit 32 bits */
            hol_population piece = *population;
            piece.states.words += first * piece.states.stride;
            piece.states.first_block += first;
            piece.states.blocks = piece.states.blocks - first < 1000 ? piece.states.blocks - first : 1000;
            piece.expected += first * 64 * piece.expected_stride;
            memset(counts, 0, sizeof counts);
            m.model->ops->accumulate(m.model, &piece, counts);
            for (int64_t i = 0; i < parameters; i++) sums[i] += counts[i];
        }
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), model[64] = {0};
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) add_statistics(&m, x, p[x] / z, model);
        for (int64_t i = 0; i < parameters; i++) {
            const double step = 1e-4, kept = theta[i];
            move(&m, theta, i, kept + step);
            const double above = log_likelihood(&m, theta, data, DATA);
            move(&m, theta, i, kept - step);
            const double below = log_likelihood(&m, theta, data, DATA);
            move(&m, theta, i, kept);
            const double gradient = ((double)sums[i] * 0x1p-15 / CHAINS - model[i]) / m.temperature;
            const double noise = m.model->info.infer_draws ? 6 * 0.5 / sqrt(CHAINS) : 0x1p-16 + 2e-6;
            if (!(fabs((above - below) / (2 * step) - gradient) < noise / m.temperature + 1e-7))
                fail_msg("machine %d, parameter %d: %g, gradient %g", k, (int)i, (above - below) / (2 * step),
                         gradient);
        }
        hol_population_destroy(population);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* By its definition: two enumerated distributions, <(x_i-m_i)(x_j-m_j)> of one minus the other for every coupling; and
 * the energy that the result adds must be that of the centred features, up to a constant. */
static void test_center_follows_its_definition(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        if (kinds[k].without & A) continue;
        machine data = make_kind(k, 1),
                model = make_machine(kinds[k].visible, kinds[k].hidden, kinds[k].without, 1, 1, 99);
        const int64_t n = data.units, parameters = data.model->info.parameters, states = INT64_C(1) << n;
        double zd = 0, zm = 0, *td = in_double(&data), *tm = in_double(&model);
        double *pd = enumerate(&data, td, 1, &zd), *pm = enumerate(&model, tm, 1, &zm);
        double means[8], plain[64] = {0}, first[8] = {0}, second[8][8] = {{0}};
        for (uint32_t i = 0; i < 8; i++) means[i] = hol_rng_uniform((hol_rng_key){{4, 4}}, i, 0, 0, 0);
        for (int64_t x = 0; x < states; x++) {
            const double change = pd[x] / zd - pm[x] / zm;
            add_statistics(&data, (uint64_t)x, change, plain);
            for (int i = 0; i < n; i++) {
                first[i] += change * ((double)(x >> i & 1) - means[i]);
                for (int j = 0; j < n; j++)
                    if (i != j)
                        second[i][j] += change * ((double)(x >> i & 1) - means[i]) * ((double)(x >> j & 1) - means[j]);
            }
        }
        float gradient[64];
        double wide[64];
        for (int64_t i = 0; i < parameters; i++) gradient[i] = (float)plain[i];
        center_all(data.model, means, gradient);
        for (int64_t i = 0; i < parameters; i++) wide[i] = (double)gradient[i];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                const double found = pair_of(&data, gradient, i, j);
                if (i == j) assert_true(found == 0 || n == 1);
                else assert_true(found == 0 || fabs(found - second[i][j]) < 1e-6);
                assert_true(found == pair_of(&data, gradient, j, i)); /* symmetric to the last bit */
            }
        double constant = 0;
        for (int64_t x = 0; x < states; x++) {
            double features = 0;
            for (int i = 0; i < n; i++) {
                features += first[i] * ((double)(x >> i & 1) - means[i]);
                for (int j = 0; j < i; j++)
                    if (pair_of(&data, data.theta, i, j) != 0)
                        features +=
                            second[i][j] * ((double)(x >> i & 1) - means[i]) * ((double)(x >> j & 1) - means[j]);
            }
            const double energy = goodness(&data, wide, (uint64_t)x);
            if (x == 0) constant = energy - features;
            assert_true(fabs(energy - features - constant) < 3e-6);
        }
        hol_free(td);
        hol_free(tm);
        hol_free(pd);
        hol_free(pm);
        free_machine(&data);
        free_machine(&model);
    }
}

/* ---- what a state is worth, and enumeration ---------------------------------------------------------------------- */

static double enumerated_free_energy(const machine *m, const double *p, uint64_t v) {
    double sum = 0;
    for (uint64_t h = 0; h < UINT64_C(1) << m->hidden; h++) sum += p[h << m->visible | v];
    return -log(sum);
}

static void test_free_energy_equals_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        const int64_t count = INT64_C(1) << m.visible;
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), values[64] = {0};
        hol_population *population = make_population(&m, count);
        for (int64_t v = 0; v < count; v++) set_state(population, m.visible, v, (uint64_t)v);
        if (m.model->ops->free_energy) m.model->ops->free_energy(m.model, population, values);
        for (int64_t v = 0; v < count; v++) {
            uint8_t bytes[8];
            for (int i = 0; i < m.visible; i++) bytes[i] = (uint8_t)(v >> i & 1);
            const double truth = enumerated_free_energy(&m, p, (uint64_t)v);
            assert_true(fabs(m.model->ops->exact_free_energy(m.model, m.theta, bytes) - truth) <
                        1e-12 * (1 + fabs(truth)));
            if (m.model->ops->free_energy) assert_true(fabs(values[v] - truth) < 1e-5);
        }
        hol_population_destroy(population);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_energy_equals_its_definition(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        const int64_t count = INT64_C(1) << m.units;
        double *theta = in_double(&m), *values = hol_allocate(count + 63, sizeof *values, "values");
        assert_non_null(values);
        hol_population *population = make_population(&m, count);
        for (int64_t x = 0; x < count; x++) set_state(population, m.units, x, (uint64_t)x);
        m.model->ops->energy(m.model, population, values);
        for (int64_t x = 0; x < count; x++)
            assert_true(fabs(values[x] + goodness(&m, theta, (uint64_t)x) / m.temperature) < 1e-5);
        hol_population_destroy(population);
        hol_free(values);
        hol_free(theta);
        free_machine(&m);
    }
}

/* enumerated: ln Z, and every state's probability is the product of its units'; without biases all are fair */
static void test_independent_units_have_the_means(void **state) {
    (void)state;
    const double means[6] = {0.3, 0, 1, 0.5, 0.999, 0.7}, kept[6] = {0.3, 0.001, 0.999, 0.5, 0.999, 0.7};
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.5);
        const double log_z = m.model->ops->independent(m.model, means, m.theta);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z);
        assert_true(fabs(log_z - log(z)) < 1e-10);
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) {
            double product = pow(0.5, (double)m.hidden);
            for (int i = 0; i < m.visible; i++) {
                const double on = kinds[k].without & A ? 0.5 : kept[i];
                product *= x >> i & 1 ? on : 1 - on;
            }
            assert_true(fabs(p[x] / z - product) < 1e-6);
        }
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* each value must be ln p(v_i | the other visible units) of one unit i, and units differ enough to be told apart */
static void test_pseudo_likelihood_is_a_unit_s_conditional(void **state) {
    (void)state;
    enum { CHAINS = 3000 };
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        if (!m.model->ops->pseudo_likelihood) {
            free_machine(&m);
            continue;
        }
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), drawn[8] = {0}, clear = 0;
        double *values = hol_allocate(CHAINS + 63, sizeof *values, "values");
        hol_population *population = make_population(&m, CHAINS);
        hol_population_randomize(m.model, population, (hol_rng_key){{7, 7}});
        m.model->ops->pseudo_likelihood(m.model, population, (hol_rng_key){{8, (uint32_t)k}}, values);
        for (int64_t c = 0; c < CHAINS; c++) {
            const uint64_t v = get_state(population, m.visible, c);
            const double here = enumerated_free_energy(&m, p, v);
            int matches = 0, last = 0;
            for (int i = 0; i < m.visible; i++) {
                const double there = enumerated_free_energy(&m, p, v ^ UINT64_C(1) << i);
                if (fabs(values[c] + log(1 + exp(here - there))) > 1e-5) continue;
                matches++;
                last = i;
            }
            assert_true(matches > 0);
            drawn[last] += matches == 1;
            clear += matches == 1;
        }
        /* a share of 1 / visible within 6 standard deviations */
        const double share = clear / (double)m.visible;
        for (int i = 0; clear > 0.99 * CHAINS && i < m.visible; i++)
            assert_true(fabs(drawn[i] - share) < 6 * sqrt(share));
        hol_population_destroy(population);
        hol_free(values);
        hol_free(theta);
        hol_free(p);
        free_machine(&m);
    }
}

/* From the conditionals of each visible unit given all others, h as it was drawn and stands in the population. */
static void test_reconstruction_is_the_mean_squared_difference(void **state) {
    (void)state;
    enum { CHAINS = 200 };
    for (int k = 0; k < KINDS; k++) {
        machine m = make_kind(k, 1.2);
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), values[256];
        hol_population *population = make_population(&m, CHAINS), *before = make_population(&m, CHAINS);
        hol_population_randomize(m.model, population, (hol_rng_key){{7, 7}});
        hol_population_copy(population, before);
        m.model->ops->reconstruction(m.model, population, (hol_rng_key){{8, 8}}, values);
        for (int64_t c = 0; c < CHAINS; c++) {
            const uint64_t x = get_state(population, m.units, c);
            assert_int_equal(x % (1u << m.visible), get_state(before, m.visible, c));
            double sum = 0;
            for (int64_t i = 0; i < m.visible; i++) {
                const double on = p[x | UINT64_C(1) << i], off = p[x & ~(UINT64_C(1) << i)];
                sum += pow((double)(x >> i & 1) - on / (on + off), 2);
            }
            assert_true(fabs(values[c] - sum / (double)m.visible) < 5e-5); /* 2^-16 per probability, twice */
        }
        hol_population_destroy(population);
        hol_population_destroy(before);
        hol_free(theta);
        hol_free(p);
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
        double z = 0, *theta = in_double(&m), *p = enumerate(&m, theta, m.temperature, &z), found = 0, total = 0;
        const int64_t units = m.model->ops->exact_units(m.model);
        assert_true(units <= m.units);
        assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
        if (!(fabs(found - log(z)) < 1e-11 * (1 + fabs(log(z)))))
            fail_msg("machine %d: ln Z %.15g, found %.15g", k, log(z), found);
        for (uint64_t v = 0; v < UINT64_C(1) << m.visible; v++) {
            uint8_t bytes[16];
            for (int i = 0; i < m.visible; i++) bytes[i] = (uint8_t)(v >> i & 1);
            total += exp(-m.model->ops->exact_free_energy(m.model, m.theta, bytes) - found);
        }
        assert_true(fabs(total - 1) < 1e-10);
        hol_free(theta);
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
        cmocka_unit_test(test_graph_keeps_other_couplings_zero),
        cmocka_unit_test(test_graph_is_sampled_by_colours),
        cmocka_unit_test(test_graph_refuses_edges_of_parts_that_are_off),
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
