/* mrf: conditionals, counts and values against enumeration of small fields. */
#include "support.h"

#include "estimate/exact.h"
#include "estimate/pseudo.h"
#include "field.h"
#include "model/means.h"
#include "num/counts.h"

static bool has_units(const hol_factors *factors) { return states_of(factors) > 1; }

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void check_values(uint32_t salt, double temperature) {
    hol_factors *factors = random_factors(salt, 2 + salt % 5, 2 + salt % 9, salt % 2 ? 4 : 0);
    if (!has_units(factors)) {
        hol_factors_destroy(factors);
        return;
    }
    field f = make_field(factors, temperature, states_of(factors));
    double *values = hol_allocate(f.chains->states.blocks * HOL_LANES, sizeof *values);
    double truth[16][4], log_partition = 0, enumerated = enumerate_factors(factors, truth);
    uint8_t states[16] = {0}, units[64];
    int64_t first = 0, owned = 0, chain = 0;
    hol_population_get_owned(f.chains, &first, &owned);
    do {
        if (chain >= first && chain < first + owned) set_states(&f, chain, states);
        chain++;
    } while (next_state(factors, states));
    f.model->ops->energy(f.model, f.chains, values);
    for (int64_t c = 0; c < owned; c++) {
        get_states(&f, first + c, states);
        assert_int_equal(number_of(factors, states), first + c);
        const double energy = -log_weight_of(factors, states) / temperature;
        assert_true(values[c] == energy || fabs(values[c] - energy) < 1e-12);
        hol_columns_to_units(&f.model->info.columns, 1, states, units);
        const double exact = f.model->ops->exact_free_energy(f.model, f.theta, units);
        assert_true(exact == energy || fabs(exact - energy) < 1e-12);
    }
    if (temperature == 1) {
        assert_ok(hol_exact_log_partition(test_comm, f.model, f.theta, &log_partition));
        assert_all(fabs(log_partition - enumerated) < 1e-11);
    }
    hol_free(values);
    free_field(&f);
}

static void test_energy_and_log_partition_equal_enumeration(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 20; salt++) check_values(salt, salt % 3 == 0 ? 1 : 0.6);
}

/* p(x_v = s | all others), from the weights of all states that agree elsewhere */
static double conditional_of(const hol_factors *factors, const uint8_t *states, int64_t v, int32_t s,
                             double temperature) {
    uint8_t other[16];
    long double sum = 0, own = 0;
    memcpy(other, states, sizeof other);
    for (int32_t t = 0; t < factors->cardinalities[v]; t++) {
        other[v] = (uint8_t)t;
        const long double weight = expl((long double)(log_weight_of(factors, other) / temperature));
        sum += weight;
        if (t == s) own = weight;
    }
    return sum > 0 ? (double)(own / sum) : (double)NAN;
}

/* Any states, of which some break constraints: the mean over variables of ln p(x_v | all others), against enumeration;
 * and the mean over the samples. */
static void test_pseudo_likelihood_of_all_variables_equals_conditionals(void **state) {
    (void)state;
    enum { COUNT = 100 };
    int64_t impossible_in_all = 0;
    for (uint32_t salt = 0; salt < 12; salt++) {
        hol_factors *factors = random_factors(salt + 100, 6, 8, salt % 2 ? 9 : 0);
        field f = make_field(factors, 0.8, COUNT);
        double *values = hol_allocate(f.chains->states.blocks * HOL_LANES, sizeof *values);
        double expected[COUNT] = {0}, mean = 0;
        int64_t first = 0, owned = 0, impossible = 0;
        hol_population_get_owned(f.chains, &first, &owned);
        for (uint32_t c = 0; c < COUNT; c++) {
            uint8_t states[16] = {0};
            for (uint32_t v = 0; v < 6; v++)
                states[v] = (uint8_t)random_below(salt, 900 + c, v, (uint32_t)factors->cardinalities[v]);
            for (int64_t v = 0; v < 6; v++) {
                const double p = conditional_of(factors, states, v, states[v], 0.8);
                expected[c] += p > 0 ? log(p) / 6 : -INFINITY;
            }
            if (isinf(expected[c])) impossible++;
            mean += expected[c] / COUNT;
            if (c >= first && c < first + owned) set_states(&f, c, states);
        }
        f.model->ops->pseudo_likelihood_all(f.model, f.chains, values);
        for (int64_t c = 0; c < owned; c++)
            assert_true(values[c] == expected[first + c] || fabs(values[c] - expected[first + c]) < 1e-10);
        hol_pseudo_result all;
        assert_ok(hol_pseudo_all(test_comm, f.model, f.theta, f.chains, &all));
        assert_all(all.impossible == impossible);
        impossible_in_all += impossible;
        assert_all(all.mean == mean || fabs(all.mean - mean) < 1e-6);
        hol_free(values);
        free_field(&f);
    }
    assert_all(impossible_in_all > 0 && impossible_in_all < 12 * COUNT);
}

static void test_pseudo_likelihood_and_reconstruction_equal_conditionals(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 12; salt++) {
        hol_factors *factors = random_factors(salt + 100, 6, 8, salt % 2 ? 5 : 0);
        field f = make_field(factors, 0.8, 100);
        double *values = hol_allocate(f.chains->states.blocks * HOL_LANES, sizeof *values);
        const hol_rng_key key = {{salt, 5}};
        int64_t first = 0, owned = 0;
        hol_population_randomize(f.model, f.chains, key);
        hol_population_get_owned(f.chains, &first, &owned);
        f.model->ops->pseudo_likelihood(f.model, f.chains, key, values);
        for (int64_t c = 0; c < owned; c++) {
            uint8_t states[16];
            bool found = false;
            get_states(&f, first + c, states);
            for (int64_t v = 0; v < 6; v++) /* one of the variables' */
                found |= fabs(values[c] - log(conditional_of(factors, states, v, states[v], 0.8))) < 1e-10;
            assert_true(found);
        }
        f.model->ops->reconstruction(f.model, f.chains, key, values);
        for (int64_t c = 0; c < owned; c++) {
            uint8_t states[16];
            double sum = 0;
            get_states(&f, first + c, states);
            for (int64_t v = 0; v < 6; v++)
                for (int32_t s = 0; s < factors->cardinalities[v]; s++) {
                    const double error = (s == states[v]) - conditional_of(factors, states, v, s, 0.8);
                    sum += 0.5 * error * error / 6;
                }
            assert_true(fabs(values[c] - sum) < 1e-12);
        }
        hol_free(values);
        free_field(&f);
    }
}

static void test_independent_is_what_its_log_partition_says(void **state) {
    (void)state;
    hol_factors *factors = random_factors(7, 6, 9, 0);
    field f = make_field(factors, 0.7, 64);
    double means[64], enumerated = 0;
    for (int64_t u = 0; u < hol_means_count(f.model); u++) means[u] = 0.1 + 0.05 * (double)u;
    for (int with = 0; with < 2; with++) {
        const double said = f.model->ops->independent(f.model, with ? means : NULL, f.theta);
        assert_ok(hol_exact_log_partition(test_comm, f.model, f.theta, &enumerated));
        assert_all(fabs(said - enumerated) < 1e-10);
    }
    free_field(&f);
}

/* Of two rows of weights 3 and 1, what is not known left out: a variable of three states and one of two. */
static void test_means_are_of_what_is_known(void **state) {
    (void)state;
    static const int32_t cardinalities[] = {3, 2}, scope[] = {0, 1};
    static const uint8_t states[2][2] = {{2, 1}, {0, 0}};
    hol_factors *factors = NULL;
    double *table = NULL, means[4];
    assert_ok(hol_factors_create(2, cardinalities, &factors));
    assert_ok(hol_factors_add(factors, 2, scope, &table));
    field f = make_field(factors, 1, 64);
    assert_int_equal(hol_means_count(f.model), 4);
    for (int lacking = -1; lacking < 2; lacking++) { /* no value; the first row's of a variable */
        hol_wide counts[4] = {0}, all[4] = {0};
        for (int r = 0; r < 2; r++) {
            uint8_t units[3], known[3] = {1, 1, 1};
            hol_columns_to_units(&f.model->info.columns, 1, states[r], units);
            for (int u = 0; u < 3 && r == 0; u++) {
                if (lacking >= 0 && (u == 2) == lacking) known[u] = units[u] = 0;
            }
            hol_means_add(f.model, units, known, r == 0 ? 3 : 1, counts, all);
        }
        hol_means_get(f.model, counts, all, 0, means);
        const double expected[3][4] = {{0.25, 0, 0.75, 0.75}, {1, 0, 0, 0.75}, {0.25, 0, 0.75, 0}};
        for (int k = 0; k < 4; k++) assert_true(fabs(means[k] - expected[lacking + 1][k]) < 1e-15);
    }
    free_field(&f);
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

static void test_accumulate_counts_configurations(void **state) {
    (void)state;
    hol_factors *factors = random_factors(11, 7, 12, 6);
    field f = make_field(factors, 1, 150);
    const int64_t parameters = f.model->info.parameters;
    int32_t *found = hol_allocate(parameters, sizeof *found), *plain = hol_allocate(parameters, sizeof *plain);
    int64_t first = 0, owned = 0;
    hol_population_randomize(f.model, f.chains, (hol_rng_key){{3, 4}});
    hol_population_get_owned(f.chains, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        uint8_t states[16];
        get_states(&f, c, states);
        for (int64_t q = 0; q < factors->count; q++) {
            int64_t entry = 0;
            for (int64_t i = factors->scope_starts[q]; i < factors->scope_starts[q + 1]; i++)
                entry = entry * factors->cardinalities[factors->scopes[i]] + states[factors->scopes[i]];
            plain[factors->table_starts[q] + entry] += 1;
        }
    }
    f.model->ops->accumulate(f.model, f.chains, found);
    assert_memory_equal(found, plain, (size_t)parameters * sizeof *found);
    hol_free(found);
    hol_free(plain);
    free_field(&f);
}

/* The gradient of ln Z over theta is E[T]: a central difference of the enumerated ln Z against the exact expectations
 * that the counts of every state, weighted, would have. */
static void test_gradient_equals_enumeration(void **state) {
    (void)state;
    const double tau = 0.8, step = 1e-3;
    hol_factors *factors = random_factors(21, 5, 6, 0);
    field f = make_field(factors, tau, states_of(factors));
    const int64_t parameters = f.model->info.parameters, all = states_of(factors);
    double *expected = hol_allocate(parameters, sizeof *expected);
    long double z = 0;
    for (int64_t n = 0; n < all; n++) { /* every state is a chain of its own, counted alone */
        uint8_t states[16] = {0};
        int64_t rest = n;
        for (int64_t v = factors->variables - 1; v >= 0; v--) {
            states[v] = (uint8_t)(rest % factors->cardinalities[v]);
            rest /= factors->cardinalities[v];
        }
        const long double weight = expl((long double)(log_weight_of(factors, states) / tau));
        z += weight;
        for (int64_t q = 0; q < factors->count; q++) {
            int64_t entry = factors->table_starts[q], at = 0;
            for (int64_t i = factors->scope_starts[q]; i < factors->scope_starts[q + 1]; i++)
                at = at * factors->cardinalities[factors->scopes[i]] + states[factors->scopes[i]];
            expected[entry + at] += (double)weight;
        }
    }
    for (int64_t i = 0; i < parameters; i++) {
        const float kept = f.theta[i];
        double up = 0, down = 0;
        f.theta[i] = kept + (float)step;
        const double plus = (double)f.theta[i];
        assert_ok(hol_exact_log_partition(test_comm, f.model, f.theta, &up));
        f.theta[i] = kept - (float)step;
        const double minus = (double)f.theta[i];
        assert_ok(hol_exact_log_partition(test_comm, f.model, f.theta, &down));
        f.theta[i] = kept;
        assert_all(fabs((up - down) / (plus - minus) - (double)((long double)expected[i] / z) / tau) < 1e-6);
    }
    hol_free(expected);
    free_field(&f);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static hol_status create_from(const hol_factors *factors, hol_model **ret_model) {
    hol_cliques description;
    hol_model_options options = {.kind = "mrf", .temperature = 1};
    hol_status status = hol_cliques_from_factors(factors, &description);
    hol_cliques_apply(&description, &options);
    if (status == HOL_OK) status = hol_model_create(&options, ret_model);
    hol_cliques_clear(&description);
    return status;
}

static void test_create_refuses_what_is_no_field(void **state) {
    (void)state;
    hol_factors *factors = NULL;
    hol_model *model = NULL;
    double *table = NULL;
    assert_ok(hol_factors_create(2, (const int32_t[]){2, 257}, &factors));
    assert_refused(create_from(factors, &model), HOL_USAGE, "found 0 cliques");
    assert_refused(hol_factors_add(factors, 2, (const int32_t[]){1, 1}, &table), HOL_USAGE, "found variable 1 twice");
    assert_refused(hol_factors_add(factors, 1, (const int32_t[]){2}, &table), HOL_USAGE,
                   "found variable 2, expected one from 0 to 1");
    assert_ok(hol_factors_add(factors, 1, (const int32_t[]){0}, &table));
    assert_refused(create_from(factors, &model), HOL_USAGE, "variable 1: found 257 states");
    hol_factors_destroy(factors);
    assert_ok(hol_factors_create(2, (const int32_t[]){2, 2}, &factors));
    assert_ok(hol_factors_add(factors, 1, (const int32_t[]){0}, &table));
    table[1] = (double)NAN;
    assert_refused(create_from(factors, &model), HOL_USAGE, "clique 0, entry 1: found a log-potential of nan");
    table[0] = table[1] = -(double)INFINITY;
    assert_refused(create_from(factors, &model), HOL_USAGE, "forbid every state");
    hol_factors_destroy(factors);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_energy_and_log_partition_equal_enumeration),
        cmocka_unit_test(test_pseudo_likelihood_of_all_variables_equals_conditionals),
        cmocka_unit_test(test_pseudo_likelihood_and_reconstruction_equal_conditionals),
        cmocka_unit_test(test_independent_is_what_its_log_partition_says),
        cmocka_unit_test(test_means_are_of_what_is_known),
        cmocka_unit_test(test_accumulate_counts_configurations),
        cmocka_unit_test(test_gradient_equals_enumeration),
        cmocka_unit_test(test_create_refuses_what_is_no_field),
    };
    return hol_test_main(argc, argv, "mrf", tests, HOL_TEST_COUNT(tests));
}
