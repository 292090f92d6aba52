/* field_checks: what chains of a field are drawn from, for tests with enumeration as their oracle. */
#ifndef HOL_TESTS_FIELD_CHECKS_H
#define HOL_TESTS_FIELD_CHECKS_H

#include "field.h"
#include "machine.h"

/* The weight of each state, and their sum; the caller frees it. */
static inline double *weigh_all(const hol_factors *factors, double temperature, double *ret_z) {
    double *p = hol_allocate(states_of(factors), sizeof *p);
    uint8_t states[16] = {0};
    *ret_z = 0;
    assert_non_null(p);
    do *ret_z += p[number_of(factors, states)] = exp(log_weight_of(factors, states) / temperature);
    while (next_state(factors, states));
    return p;
}

/* The chains' states over all ranks; the caller frees them. */
static inline double *count_states(const field *f) {
    const int64_t all = states_of(f->factors);
    int64_t first = 0, owned = 0, *counts = hol_allocate(all, sizeof *counts);
    double *seen = hol_allocate(all, sizeof *seen);
    uint8_t states[16];
    assert_true(counts && seen);
    hol_population_get_owned(f->chains, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        get_states(f, c, states);
        counts[number_of(f->factors, states)]++;
    }
    assert_ok(hol_comm_sum_i64(test_comm, counts, all));
    for (int64_t n = 0; n < all; n++) seen[n] = (double)counts[n];
    hol_free(counts);
    return seen;
}

/* Chains that know nothing of each other against the enumerated distribution, by a chi-squared test: at most mean + 5
 * standard deviations, which fails by chance once in 10,000. */
static inline void assert_distributed(const field *f, double temperature) {
    double z = 0, freedom = 0, *p = weigh_all(f->factors, temperature, &z), *seen = count_states(f);
    const double chi = chi_square(seen, p, z, (uint64_t)states_of(f->factors), (double)f->chains->count, &freedom);
    assert_all(chi < freedom + 5 * sqrt(2 * freedom + 2));
    hol_free(seen);
    hol_free(p);
}

#endif
