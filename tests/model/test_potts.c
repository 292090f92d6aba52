/* potts: a dense model and one on edges, against enumeration of all states by the definition. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "estimate/exact.h"
#include "model/means.h"
#include "num/bits.h"
#include "sample/population.h"

enum { SITES_MAX = 4, STATES_MAX = 5, ENTRIES_MAX = 1000 };

typedef struct machine {
    hol_model *model;
    hol_model_pairs pairs;
    float *theta;
    double temperature;
} machine;

/* parameters at random in (-1, 1) */
static machine make(int32_t sites, int32_t states, int64_t edges, const int32_t *ends, double temperature) {
    machine m = {.temperature = temperature};
    int32_t cardinalities[SITES_MAX];
    for (int32_t i = 0; i < sites; i++) cardinalities[i] = states;
    hol_model_options options = {
        .kind = "potts",
        .temperature = temperature,
        .structure_count = edges > 0 ? 2 : 1,
        .structures = {{.name = "cardinalities", .rows = 1, .columns = sites, .values = cardinalities},
                       {.name = "edges", .rows = edges, .columns = 2, .values = ends}}};
    assert_ok(hol_model_create(&options, &m.model));
    m.pairs = m.model->ops->pairs(m.model);
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta);
    for (uint32_t i = 0; i < m.model->info.parameters; i++)
        m.theta[i] = (float)(2 * hol_rng_uniform((hol_rng_key){{9, (uint32_t)sites}}, i, 0, 0, 0) - 1);
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

static void destroy(machine *m) {
    hol_free(m->theta);
    hol_model_destroy(m->model);
}

static const int32_t list[] = {2, 0, 1, 3, 3, 2};
static machine dense(void) { return make(3, 5, 0, NULL, 0.8); }
static machine on_edges(void) { return make(4, 4, 3, list, 1); }
static machine of_two_states(void) { return make(4, 2, 0, NULL, 1); }
static machine (*const makers[])(void) = {dense, on_edges, of_two_states};
enum { MAKERS = sizeof makers / sizeof *makers };

static int64_t count_states(const machine *m) {
    int64_t count = 1;
    for (int64_t i = 0; i < m->pairs.sites; i++) count *= m->pairs.states;
    return count;
}

static void nth_state(const machine *m, int64_t n, uint8_t *x) {
    for (int64_t i = 0; i < m->pairs.sites; i++, n /= m->pairs.states) x[i] = (uint8_t)(n % m->pairs.states);
}

/* Which entries of theta a state counts: of its fields and its pairs; `each` (sites + pairs). */
static int64_t list_entries(const machine *m, const uint8_t *x, int64_t *each) {
    const hol_model_pairs *p = &m->pairs;
    int64_t count = 0;
    for (int64_t i = 0; i < p->sites; i++) each[count++] = p->fields + i * p->states + x[i];
    for (int64_t k = 0; k < p->count; k++)
        each[count++] = p->couplings + (k * p->states + x[p->ends[2 * k]]) * p->states + x[p->ends[2 * k + 1]];
    return count;
}

static double energy_of(const machine *m, const uint8_t *x) {
    int64_t each[16];
    double sum = 0;
    const int64_t count = list_entries(m, x, each);
    for (int64_t k = 0; k < count; k++) sum -= (double)m->theta[each[k]];
    return sum / m->temperature;
}

/* ln Z, and E[T] into expected (parameters) */
static double enumerate(const machine *m, double *expected) {
    uint8_t x[SITES_MAX];
    int64_t each[16];
    double z = 0;
    for (int64_t n = 0; n < count_states(m); n++) {
        nth_state(m, n, x);
        const double weight = exp(-energy_of(m, x));
        z += weight;
        for (int64_t k = list_entries(m, x, each); k-- > 0;) expected[each[k]] += weight;
    }
    for (int64_t i = 0; i < m->model->info.parameters; i++) expected[i] /= z;
    return log(z);
}

/* chains, every state one of them */
static hol_population *all_states(const machine *m, int64_t copies) {
    hol_population *chains = NULL;
    const int rank = hol_comm_rank(test_comm), ranks = hol_comm_size(test_comm);
    assert_ok(hol_population_create(m->model, copies * count_states(m), rank, ranks, &chains));
    int64_t first = 0, owned = 0;
    hol_population_get_owned(chains, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        uint8_t x[SITES_MAX], units[64];
        nth_state(m, c % count_states(m), x);
        hol_columns_to_units(&m->model->info.columns, 1, x, units);
        hol_population_set_bytes(chains, 0, m->model->info.visible, c, 1, units);
    }
    return chains;
}

static void test_layout_is_sites_then_pairs(void **state) {
    (void)state;
    machine m = on_edges();
    const hol_model_info *info = &m.model->info;
    assert_int_equal(info->parameters, 4 * 4 + 3 * 16);
    assert_int_equal(info->visible, 8);
    assert_string_equal(info->groups[0].name, "fields");
    assert_int_equal(info->groups[0].rows, 4);
    assert_int_equal(info->groups[0].columns, 4);
    assert_false(info->groups[0].decays);
    assert_string_equal(info->groups[1].name, "couplings");
    assert_int_equal(info->groups[1].rows, 3);
    assert_int_equal(info->groups[1].columns, 16);
    assert_int_equal(info->groups[1].offset, 16);
    assert_true(info->groups[1].decays);
    assert_memory_equal(m.pairs.ends, ((const int32_t[]){0, 2, 1, 3, 2, 3}), 6 * sizeof(int32_t));
    hol_model *clone = NULL;
    assert_ok(hol_model_clone(m.model, &clone));
    assert_memory_equal(clone->ops->pairs(clone).ends, m.pairs.ends, 6 * sizeof(int32_t));
    hol_model_destroy(clone);
    destroy(&m);
    m = of_two_states();
    assert_int_equal(m.pairs.count, 6);
    assert_memory_equal(m.pairs.ends, ((const int32_t[]){0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3}), 12 * sizeof(int32_t));
    destroy(&m);
}

static void test_energies_and_log_partition_equal_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        hol_population *chains = all_states(&m, 1);
        double *values = hol_allocate(chains->states.blocks * HOL_LANES, sizeof *values), found = 0;
        double expected[ENTRIES_MAX] = {0};
        int64_t first = 0, owned = 0;
        hol_population_get_owned(chains, &first, &owned);
        m.model->ops->energy(m.model, chains, values);
        for (int64_t c = 0; c < owned; c++) {
            uint8_t x[SITES_MAX], units[64];
            nth_state(&m, first + c, x);
            hol_columns_to_units(&m.model->info.columns, 1, x, units);
            assert_true(fabs(values[c] - energy_of(&m, x)) < 1e-5);
            assert_true(fabs(m.model->ops->exact_free_energy(m.model, m.theta, units) - energy_of(&m, x)) < 1e-12);
        }
        assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
        assert_all(fabs(found - enumerate(&m, expected)) < 1e-11);
        hol_free(values);
        hol_population_destroy(chains);
        destroy(&m);
    }
}

/* the mean over sites of ln p(x_i | all others), from the energies of all states of a site */
static void test_conditionals_equal_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        hol_population *chains = all_states(&m, 1);
        double *values = hol_allocate(chains->states.blocks * HOL_LANES, sizeof *values);
        int64_t first = 0, owned = 0;
        hol_population_get_owned(chains, &first, &owned);
        m.model->ops->pseudo_likelihood_all(m.model, chains, values);
        for (int64_t c = 0; c < owned; c++) {
            uint8_t x[SITES_MAX];
            double sum = 0;
            nth_state(&m, first + c, x);
            const double own = energy_of(&m, x);
            for (int64_t i = 0; i < m.pairs.sites; i++) {
                const uint8_t kept = x[i];
                double z = 0;
                for (x[i] = 0; x[i] < m.pairs.states; x[i]++) z += exp(own - energy_of(&m, x));
                x[i] = kept;
                sum -= log(z) / (double)m.pairs.sites;
            }
            assert_true(fabs(values[c] - sum) < 1e-5);
        }
        hol_free(values);
        hol_population_destroy(chains);
        destroy(&m);
    }
}

/* E[T] by enumeration is the gradient of ln Z, which differences of ln Z show; and what accumulate counts of states is
 * T by the definition. */
static void test_gradient_equals_enumeration(void **state) {
    (void)state;
    const float step = 0x1p-10f;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        const int64_t parameters = m.model->info.parameters;
        double expected[ENTRIES_MAX] = {0}, up = 0, down = 0;
        (void)enumerate(&m, expected);
        for (int64_t i = 0; i < parameters; i += 1 + i / 8) {
            const float kept = m.theta[i];
            m.theta[i] = kept + step;
            const double plus = (double)m.theta[i];
            assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &up));
            m.theta[i] = kept - step;
            const double minus = (double)m.theta[i];
            assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &down));
            m.theta[i] = kept;
            assert_all(fabs((up - down) / (plus - minus) - expected[i] / m.temperature) < 1e-6);
        }
        destroy(&m);
    }
}

static void test_accumulate_counts_states(void **state) {
    (void)state;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        hol_population *chains = all_states(&m, 1);
        int64_t first = 0, owned = 0, each[16];
        int32_t found[ENTRIES_MAX] = {0}, plain[ENTRIES_MAX] = {0};
        hol_population_get_owned(chains, &first, &owned);
        for (int64_t c = first; c < first + owned; c++) {
            uint8_t x[SITES_MAX];
            nth_state(&m, c, x);
            for (int64_t n = list_entries(&m, x, each); n-- > 0;) plain[each[n]]++;
        }
        m.model->ops->accumulate(m.model, chains, found);
        assert_memory_equal(found, plain, sizeof found);
        hol_population_destroy(chains);
        destroy(&m);
    }
}

/* Marginals of sites and pairs after sweeps from all states, n chains: of some 100 means in units of their standard
 * errors at most, none is beyond 5, false in 1 of 15,000 runs; with one seed: never again. */
static void test_sweeps_have_the_marginals(void **state) {
    (void)state;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        const int64_t copies = 40000 / count_states(&m), parameters = m.model->info.parameters;
        hol_population *chains = all_states(&m, copies);
        const double n = (double)(copies * count_states(&m));
        double expected[ENTRIES_MAX] = {0};
        int32_t counts[ENTRIES_MAX] = {0};
        int64_t sums[ENTRIES_MAX] = {0};
        const hol_draw draw = {.key = {{5, (uint32_t)k}}, .step = 1};
        (void)enumerate(&m, expected);
        if (k == 1) assert_ok(hol_model_prepare_training(m.model, m.theta));
        m.model->ops->sweep(m.model, chains, &draw, 20);
        m.model->ops->accumulate(m.model, chains, counts);
        for (int64_t i = 0; i < parameters; i++) sums[i] = counts[i];
        assert_ok(hol_comm_sum_i64(test_comm, sums, parameters));
        for (int64_t i = 0; i < parameters; i++) {
            const double error = sqrt(expected[i] * (1 - expected[i]) / n);
            assert_all(fabs((double)sums[i] / n - expected[i]) < 5 * error);
        }
        hol_population_destroy(chains);
        destroy(&m);
    }
}

/* Fields begin where the sites' states are as frequent as in data that show each state so often, and couplings at 0;
 * independent sites are these fields, and their ln Z is right. */
static void test_fields_begin_at_the_frequencies(void **state) {
    (void)state;
    for (int k = 0; k < MAKERS; k++) {
        machine m = makers[k]();
        const int64_t q = m.pairs.states, sites = m.pairs.sites, count = hol_means_count(m.model);
        double means[SITES_MAX * STATES_MAX], expected[ENTRIES_MAX] = {0}, again[ENTRIES_MAX] = {0};
        hol_wide counts[SITES_MAX * STATES_MAX] = {0}, all[SITES_MAX * STATES_MAX] = {0};
        double weights[SITES_MAX][STATES_MAX] = {{0}}, total = 0;
        assert_int_equal(count, q > 2 ? sites * q : sites);
        for (int64_t row = 0; row < 20; row++) {
            uint8_t x[SITES_MAX], units[64];
            nth_state(&m, row * row * 7 % count_states(&m), x);
            hol_columns_to_units(&m.model->info.columns, 1, x, units);
            hol_means_add(m.model, units, NULL, 1 + row, counts, all);
            for (int64_t i = 0; i < sites; i++) weights[i][x[i]] += 1 + (double)row;
            total += 1 + (double)row;
        }
        hol_means_get(m.model, counts, all, 0.25, means);
        m.model->ops->initialize(m.model, means, 0.01, 1, m.theta);
        (void)enumerate(&m, expected);
        for (int64_t i = 0; i < sites; i++)
            for (int64_t s = 0; s < q; s++)
                assert_true(fabs(expected[i * q + s] - (0.75 * weights[i][s] / total + 0.25 / (double)q)) < 1e-6);
        for (int64_t i = m.pairs.couplings; i < m.model->info.parameters; i++) assert_true(fabsf(m.theta[i]) <= 0);
        const double said = m.model->ops->independent(m.model, means, m.theta);
        assert_true(fabs(said - enumerate(&m, again)) < 1e-6);
        for (int64_t i = 0; i < m.model->info.parameters; i++) assert_true(fabs(expected[i] - again[i]) < 1e-6);
        destroy(&m);
    }
}

static void test_create_refuses_what_is_no_potts_model(void **state) {
    (void)state;
    hol_model *model = NULL;
    hol_model_options options = {.kind = "potts", .visible = 1, .temperature = 1};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "found 1 column, expected at least 2");
    options.visible = 3;
    options.hidden = 2;
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "found 2 hidden units");
    options.hidden = 0;
    options.structure_count = 1;
    options.structures[0] =
        (hol_structure){.name = "edges", .rows = 2, .columns = 2, .values = (const int32_t[]){0, 1, 1, 0}};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "joined twice");
    options.structures[0].values = (const int32_t[]){0, 1, 1, 3};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "expected numbers from 0 to 2");
    options.structures[0] = (hol_structure){.name = "alphabet", .rows = 1, .columns = 3, .values = list};
    assert_refused(hol_model_create(&options, &model), HOL_USAGE, "found 3 letters, expected 2");
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_is_sites_then_pairs),
        cmocka_unit_test(test_energies_and_log_partition_equal_enumeration),
        cmocka_unit_test(test_conditionals_equal_enumeration),
        cmocka_unit_test(test_gradient_equals_enumeration),
        cmocka_unit_test(test_accumulate_counts_states),
        cmocka_unit_test(test_sweeps_have_the_marginals),
        cmocka_unit_test(test_fields_begin_at_the_frequencies),
        cmocka_unit_test(test_create_refuses_what_is_no_potts_model),
    };
    return hol_test_main(argc, argv, "potts", tests, HOL_TEST_COUNT(tests));
}
