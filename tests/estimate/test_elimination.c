/* elimination: against enumeration in long double, and the known values of public factor graphs. */
#include "support.h"

#include "base/alloc.h"
#include "estimate/elimination.h"
#include "io/factor_file.h"
#include "io/text_file.h"
#include "random_factors.h"

static void check(const hol_factors *factors) {
    double truth[16][4], found = 0, marginals[64];
    hol_elimination *elimination = NULL;
    const double log_partition = enumerate_factors(factors, truth);
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_ok(hol_elimination_log_partition(elimination, &found));
    assert_true(fabs(found - log_partition) < 1e-11);
    assert_ok(hol_elimination_marginals(elimination, marginals));
    for (int64_t v = 0, at = 0; v < factors->variables; v++)
        for (int32_t s = 0; s < factors->cardinalities[v]; s++, at++)
            assert_true(fabs(marginals[at] - truth[v][s]) < 1e-11);
    hol_elimination_destroy(elimination);
}

static void test_log_partition_and_marginals_equal_enumeration(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 60; salt++) {
        hol_factors *factors = random_factors(salt, 1 + salt % 8, 1 + salt % 13, salt % 3 == 0 ? 4 : 0);
        check(factors);
        hol_factors_destroy(factors);
    }
}

static void test_everything_forbidden_is_minus_infinity(void **state) {
    (void)state;
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    double *table = NULL, found = 0;
    assert_ok(hol_factors_create(2, (const int32_t[]){2, 2}, &factors));
    assert_ok(hol_factors_add(factors, 1, (const int32_t[]){0}, &table));
    table[0] = -(double)INFINITY;
    assert_ok(hol_factors_add(factors, 2, (const int32_t[]){0, 1}, &table));
    table[2] = table[3] = -(double)INFINITY;
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_ok(hol_elimination_log_partition(elimination, &found));
    assert_true(isinf(found) && found < 0);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
}

/* A chain of n binary units: Z by the transfer matrix [[1, 1], [1, e^J]]. */
static void test_long_chain_equals_transfer_matrix(void **state) {
    (void)state;
    enum { UNITS = 1000 };
    int32_t cardinalities[UNITS];
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    double found = 0;
    long double off = 1, on = 1, scale = 0;
    for (int i = 0; i < UNITS; i++) cardinalities[i] = 2;
    assert_ok(hol_factors_create(UNITS, cardinalities, &factors));
    for (int i = 0; i + 1 < UNITS; i++) {
        const double coupling = i % 2 ? 0.7 : -1.3;
        assert_ok(hol_factors_add_coupling(factors, i, i + 1, coupling));
        const long double next_off = off + on, next_on = off + on * expl((long double)coupling);
        scale += logl(next_off);
        off = 1;
        on = next_on / next_off;
    }
    assert_ok(hol_elimination_create(factors, &elimination));
    /* from the ends: a table of a unit and its neighbour each, and the last unit's own */
    assert_true(fabs(hol_elimination_entries(elimination) - (4 * (UNITS - 1) + 2)) < 0.5);
    assert_ok(hol_elimination_log_partition(elimination, &found));
    assert_true(fabs(found - (double)(scale + logl(off + on))) < 1e-9);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
}

static void test_dense_couplings_are_refused_at_once(void **state) {
    (void)state;
    enum { UNITS = 200 };
    int32_t cardinalities[UNITS];
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    double found = 0;
    for (int i = 0; i < UNITS; i++) cardinalities[i] = 2;
    assert_ok(hol_factors_create(UNITS, cardinalities, &factors));
    for (int i = 0; i < UNITS; i++)
        for (int j = 0; j < i; j++) assert_ok(hol_factors_add_coupling(factors, i, j, 0.01));
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_true(isinf(hol_elimination_entries(elimination)));
    assert_refused(hol_elimination_log_partition(elimination, &found), HOL_USAGE, "expected fewer");
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
}

/* Known values from another program (the data's README) */
static void check_graph(const char *name, double log_partition) {
    const char *path = test_data(name);
    char *text = NULL;
    int64_t length = 0;
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    double found = 0;
    assert_ok(hol_text_file_load(path, &text, &length));
    assert_ok(hol_factor_file_parse(path, text, &factors));
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_ok(hol_elimination_log_partition(elimination, &found));
    if (!(fabs(found - log_partition) < 1e-8)) fail_msg("%s: ln Z %.12f, expected %.12f", name, found, log_partition);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    hol_free(text);
}

static void test_public_graphs_have_their_known_values(void **state) {
    (void)state;
    if (!test_data("graphs/alarm.fg")) test_skip("graphs/ is not there: ln Z of public factor graphs");
    check_graph("graphs/testfast.fg", 14.328233281);
    check_graph("graphs/hoi1.fg", 5.530780894);
    check_graph("graphs/alarm.fg", -0.000199920);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_partition_and_marginals_equal_enumeration),
        cmocka_unit_test(test_everything_forbidden_is_minus_infinity),
        cmocka_unit_test(test_long_chain_equals_transfer_matrix),
        cmocka_unit_test(test_dense_couplings_are_refused_at_once),
        cmocka_unit_test(test_public_graphs_have_their_known_values),
    };
    return hol_test_main(argc, argv, "elimination", tests, HOL_TEST_COUNT(tests));
}
