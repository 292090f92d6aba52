/* cutset: against enumeration in long double, and against elimination; conditioned tables, too. */
#include "support.h"

#include "estimate/cutset.h"
#include "estimate/elimination.h"
#include "random_factors.h"

/* of one and two variables alone, of 1 to 4 states */
static hol_factors *random_pairs(uint32_t salt, int64_t variables, int64_t count) {
    int32_t cardinalities[16];
    hol_factors *factors = NULL;
    for (int64_t v = 0; v < variables; v++) cardinalities[v] = 1 + (int32_t)random_below(salt, 1, (uint32_t)v, 4);
    assert_ok(hol_factors_create(variables, cardinalities, &factors));
    for (int64_t f = 0; f < count; f++) {
        int32_t scope[2];
        double *table = NULL;
        scope[0] = (int32_t)random_below(salt, 2, (uint32_t)f, (uint32_t)variables);
        scope[1] = (int32_t)random_below(salt, 3, (uint32_t)f, (uint32_t)variables);
        const int64_t size = scope[0] == scope[1] ? (f + 1) % 2 : 2;
        assert_ok(hol_factors_add(factors, size, scope, &table));
        for (int64_t i = 0; i < hol_factors_entries(cardinalities, size, scope); i++)
            table[i] = (double)random_below(salt, 4 + (uint32_t)f * 64, (uint32_t)i, 4000) * 1e-3 - 2;
    }
    return factors;
}

static double by_cutset(const hol_factors *factors) {
    hol_cutset *cutset = NULL;
    double found = 0;
    assert_ok(hol_cutset_create(factors, hol_kernels_get(), &cutset));
    assert_true(isfinite(hol_cutset_work(cutset)));
    assert_ok(hol_cutset_log_partition(cutset, &found));
    hol_cutset_destroy(cutset);
    return found;
}

static void test_log_partition_equals_enumeration(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 80; salt++) {
        double marginals[16][4];
        hol_factors *factors = random_pairs(salt, 1 + salt % 8, salt % 17);
        assert_true(fabs(by_cutset(factors) - enumerate_factors(factors, marginals)) < 1e-11);
        hol_factors_destroy(factors);
    }
}

/* 40 binary units coupled with 9 others: the others are enumerated, and Z is what elimination says. */
static void test_two_layers_are_enumerated_by_the_smaller(void **state) {
    (void)state;
    enum { FEW = 9, MANY = 40 };
    hol_factors *factors = NULL;
    hol_cutset *cutset = NULL;
    hol_elimination *elimination = NULL;
    double expected = 0;
    assert_ok(hol_factors_create(FEW + MANY, NULL, &factors));
    for (int32_t i = 0; i < FEW + MANY; i++)
        assert_ok(hol_factors_add_field(factors, i, (double)random_below(7, 1, (uint32_t)i, 2000) * 1e-3 - 1));
    for (int32_t i = 0; i < FEW; i++)
        for (int32_t j = FEW; j < FEW + MANY; j++)
            assert_ok(hol_factors_add_coupling(factors, i, j,
                                               (double)random_below(8, (uint32_t)i, (uint32_t)j, 1000) * 1e-3 - 0.5));
    assert_ok(hol_cutset_create(factors, hol_kernels_get(), &cutset));
    assert_true(hol_cutset_work(cutset) == (1 << FEW) * (1 + MANY + FEW));
    hol_cutset_destroy(cutset);
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_ok(hol_elimination_log_partition(elimination, &expected));
    assert_true(fabs(by_cutset(factors) - expected) < 1e-10);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
}

static void test_zeros_and_larger_tables_have_no_cutset(void **state) {
    (void)state;
    for (int64_t size = 1; size <= 3; size++) {
        hol_factors *factors = NULL;
        hol_cutset *cutset = NULL;
        double *table = NULL, found = 0;
        assert_ok(hol_factors_create(3, NULL, &factors));
        assert_ok(hol_factors_add(factors, size, (const int32_t[]){0, 1, 2}, &table));
        if (size < 3) table[1] = -(double)INFINITY;
        assert_ok(hol_cutset_create(factors, hol_kernels_get(), &cutset));
        assert_true(isinf(hol_cutset_work(cutset)));
        assert_refused(hol_cutset_log_partition(cutset, &found), HOL_USAGE, "cutset: found tables");
        hol_cutset_destroy(cutset);
        hol_factors_destroy(factors);
    }
}

/* Z of what is left, for all states of some variables, adds up to Z. */
static void test_conditioned_tables_add_up(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 40; salt++) {
        double marginals[16][4];
        hol_factors *factors = random_factors(salt, 2 + salt % 6, 2 + salt % 11, salt % 4 == 0 ? 5 : 0);
        const double all = enumerate_factors(factors, marginals);
        const int32_t v = (int32_t)(salt % (uint32_t)factors->variables);
        int32_t states[16];
        long double sum = 0;
        for (int64_t u = 0; u < factors->variables; u++) states[u] = -1;
        for (int32_t s = 0; s < factors->cardinalities[v]; s++) {
            hol_factors *left = NULL;
            states[v] = s;
            assert_ok(hol_factors_condition(factors, states, &left));
            assert_int_equal(left->variables, factors->variables - 1);
            const double part = enumerate_factors(left, (double[16][4]){{0}});
            sum += expl((long double)part);
            hol_factors_destroy(left);
        }
        assert_true(fabs((double)logl(sum) - all) < 1e-12 * 100);
        hol_factors_destroy(factors);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_partition_equals_enumeration),
        cmocka_unit_test(test_two_layers_are_enumerated_by_the_smaller),
        cmocka_unit_test(test_zeros_and_larger_tables_have_no_cutset),
        cmocka_unit_test(test_conditioned_tables_add_up),
    };
    return hol_test_main(argc, argv, "cutset", tests, HOL_TEST_COUNT(tests));
}
