/* mrf of cliques of one and two variables, too large for tables: sampled distributions, energies, conditionals and
 * counts against enumeration of all states; the same bits on every layout. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "estimate/exact.h"
#include "field_checks.h"

enum { VARIABLES_MAX = 14 };

/* All pairs of `variables` variables of `states` states, the tables in order of the pairs or, `turned`, of their second
 * variables first, and a table for each variable. 4,096 entries are the most of a conditional that is tabulated. */
static hol_factors *make_pairs(int32_t variables, int32_t states, bool turned) {
    hol_factors *factors = NULL;
    int32_t cardinalities[VARIABLES_MAX] = {0};
    double *table = NULL;
    uint32_t n = 0;
    for (int32_t v = 0; v < variables; v++) cardinalities[v] = states;
    assert_ok(hol_factors_create(variables, cardinalities, &factors));
    for (int32_t i = 0; i < variables; i++)
        for (int32_t j = i; j < variables; j++) {
            const int32_t scope[] = {turned ? j : i, turned ? i : j};
            assert_ok(hol_factors_add(factors, i == j ? 1 : 2, scope, &table));
            for (int32_t k = 0; k < (i == j ? states : states * states); k++)
                table[k] =
                    (double)(float)(1.6 * hol_rng_uniform((hol_rng_key){{4, (uint32_t)states}}, n++, 0, 0, 0) - 0.8);
        }
    return factors;
}

static const int32_t sizes[][2] = {{13, 2}, {8, 3}, {6, 5}, {4, 9}, {3, 17}, {2, 70}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* By the tables of training and by those of values. */
static void check_distribution(const int32_t size[2], bool training, double temperature) {
    enum { CHAINS = 20000, SWEEPS = 40 };
    field f = make_field(make_pairs(size[0], size[1], training), temperature, CHAINS);
    const hol_draw draw = {.key = {{7, (uint32_t)size[1]}}};
    assert_true(f.model->ops->prepare_training != NULL);
    if (training) assert_ok(hol_model_prepare_training(f.model, f.theta));
    hol_population_randomize(f.model, f.chains, draw.key);
    f.model->ops->sweep(f.model, f.chains, &draw, SWEEPS);
    assert_distributed(&f, temperature);
    free_field(&f);
}

static void test_sweeps_sample_the_distribution(void **state) {
    (void)state;
    for (int k = 0; k < SIZES; k++) check_distribution(sizes[k], true, 1), check_distribution(sizes[k], false, 0.8);
}

/* p(v = s | all others) of each s, from enumerated states */
static void condition(const hol_factors *factors, const double *weights, const uint8_t *states, int64_t v, double *p) {
    uint8_t other[VARIABLES_MAX];
    double sum = 0;
    memcpy(other, states, sizeof other);
    for (int32_t s = 0; s < factors->cardinalities[v]; s++) {
        other[v] = (uint8_t)s;
        sum += p[s] = weights[number_of(factors, other)];
    }
    for (int32_t s = 0; s < factors->cardinalities[v]; s++) p[s] /= sum;
}

/* of the population's chain r, of which everything is compared; conditionals go by fields of 24 bits */
static bool is_right(const field *f, const double *weights, int64_t chain, int64_t r, double *const values[3]) {
    const hol_columns *columns = &f->model->info.columns;
    const int64_t stride = hol_round_up(f->model->info.visible, HOL_STRIP);
    uint8_t states[VARIABLES_MAX] = {0};
    double logarithms = 0, errors = 0, p[HOL_STATES_MAX];
    bool right = true;
    get_states(f, chain, states);
    for (int64_t v = 0; v < columns->count; v++) {
        condition(f->factors, weights, states, v, p);
        logarithms += log(p[states[v]]) / (double)columns->count;
        for (int64_t u = columns->first_units[v]; u < columns->first_units[v + 1]; u++) {
            double on = 0;
            for (int32_t s = 0; s < columns->cardinalities[v]; s++)
                if (s >> (u - columns->first_units[v]) & 1) on += p[s];
            right = right && fabs((double)f->chains->expected[r * stride + u] * 0x1p-15 - on) < 0x1p-15;
        }
        p[states[v]] -= 1;
        for (int32_t s = 0; s < columns->cardinalities[v]; s++) errors += p[s] * p[s] / 2 / (double)columns->count;
    }
    return right && fabs(values[0][r] + log(weights[number_of(f->factors, states)])) < 1e-10 &&
           fabs(values[1][r] - logarithms) < 1e-6 && fabs(values[2][r] - errors) < 1e-6;
}

static void check_values(const int32_t size[2], double temperature) {
    enum { CHAINS = 300 };
    hol_factors *factors = make_pairs(size[0], size[1], false);
    field f = make_field(factors, temperature, CHAINS);
    double z = 0, *weights = weigh_all(factors, temperature, &z), *values[3];
    int64_t first = 0, owned = 0;
    for (int k = 0; k < 3; k++) values[k] = hol_allocate(f.chains->states.blocks * HOL_LANES, sizeof(double));
    hol_population_randomize(f.model, f.chains, (hol_rng_key){{1, 2}});
    f.model->ops->energy(f.model, f.chains, values[0]);
    f.model->ops->pseudo_likelihood_all(f.model, f.chains, values[1]);
    f.model->ops->reconstruction(f.model, f.chains, (hol_rng_key){{0, 0}}, values[2]);
    f.model->ops->project(f.model, f.chains);
    hol_population_get_owned(f.chains, &first, &owned);
    bool right = true;
    for (int64_t c = first; c < first + owned; c++) right = right && is_right(&f, weights, c, c - first, values);
    assert_all(right);
    for (int k = 0; k < 3; k++) hol_free(values[k]);
    hol_free(weights);
    free_field(&f);
}

static void test_energies_and_conditionals_equal_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < SIZES; k++) check_values(sizes[k], 0.9);
}

/* Counts over all ranks: of each clique's entries as many as there are chains, each chain's at its states. */
static void test_counts_are_those_of_the_states(void **state) {
    (void)state;
    enum { CHAINS = 333 };
    for (int k = 0; k < SIZES; k++)
        for (int turned = 0; turned < 2; turned++) {
            hol_factors *factors = make_pairs(sizes[k][0], sizes[k][1], turned);
            field f = make_field(factors, 1, CHAINS);
            const int64_t parameters = f.model->info.parameters;
            int32_t *counts = hol_allocate(parameters, sizeof *counts);
            int64_t first = 0, owned = 0, *expected = hol_allocate(parameters, sizeof *expected);
            hol_population_randomize(f.model, f.chains, (hol_rng_key){{5, 6}});
            f.model->ops->accumulate(f.model, f.chains, counts);
            hol_population_get_owned(f.chains, &first, &owned);
            for (int64_t c = first; c < first + owned; c++) {
                uint8_t states[VARIABLES_MAX];
                get_states(&f, c, states);
                for (int64_t q = 0; q < factors->count; q++) {
                    int64_t entry = 0;
                    for (int64_t i = factors->scope_starts[q]; i < factors->scope_starts[q + 1]; i++)
                        entry = entry * sizes[k][1] + states[factors->scopes[i]];
                    entry += factors->table_starts[q];
                    expected[entry]++;
                }
            }
            bool right = true;
            for (int64_t i = 0; i < parameters; i++) right = right && counts[i] == expected[i];
            assert_all(right);
            hol_free(counts);
            hol_free(expected);
            free_field(&f);
        }
}

/* Statistics of all ranks after training's sweeps and after those of values, by one thread and by three: equal. */
static void test_threads_change_no_bit(void **state) {
    (void)state;
    hol_factors *factors = make_pairs(6, 5, false);
    field f = make_field(factors, 1, 700);
    const int64_t parameters = f.model->info.parameters;
    int32_t *counts[2] = {hol_allocate(parameters, 4), hol_allocate(parameters, 4)};
    for (int k = 0; k < 2; k++) {
        omp_set_num_threads(k ? 3 : 1);
        hol_population_randomize(f.model, f.chains, (hol_rng_key){{5, 6}});
        for (uint32_t step = 0; step < 2; step++) {
            const hol_draw draw = {.key = {{1, 1}}, .step = step};
            assert_ok(step ? f.model->ops->prepare(f.model, f.theta) : hol_model_prepare_training(f.model, f.theta));
            f.model->ops->sweep(f.model, f.chains, &draw, 3);
            f.model->ops->accumulate(f.model, f.chains, counts[k]);
        }
    }
    omp_set_num_threads(1);
    assert_all(memcmp(counts[0], counts[1], (size_t)parameters * 4) == 0);
    hol_free(counts[0]);
    hol_free(counts[1]);
    free_field(&f);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweeps_sample_the_distribution),
        cmocka_unit_test(test_energies_and_conditionals_equal_enumeration),
        cmocka_unit_test(test_counts_are_those_of_the_states),
        cmocka_unit_test(test_threads_change_no_bit),
    };
    return hol_test_main(argc, argv, "mrf_pairs", tests, HOL_TEST_COUNT(tests));
}
