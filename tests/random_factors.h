/* random_factors: small products of tables at random, and their states one after the other, for tests with enumeration
 * as their oracle. */
#ifndef HOL_TESTS_RANDOM_FACTORS_H
#define HOL_TESTS_RANDOM_FACTORS_H

#include <math.h>

#include "base/rng.h"
#include "state/factors.h"

static inline uint32_t random_below(uint32_t salt, uint32_t i, uint32_t j, uint32_t most) {
    const hol_rng_key key = {{0x6d7266u, salt}};
    return (uint32_t)((uint64_t)hol_rng_draw(key, i, j, 0, 0).word[0] * most >> 32);
}

/* `count` factors of 0 to 3 variables with 1 to 4 states each; one entry in `zeros` is forbidden (0: none), but never
 * the first one of a table. log-potentials lie in (-2, 2). */
static inline hol_factors *random_factors(uint32_t salt, int64_t variables, int64_t count, uint32_t zeros) {
    int32_t cardinalities[16];
    hol_factors *factors = NULL;
    for (int64_t v = 0; v < variables; v++) cardinalities[v] = 1 + (int32_t)random_below(salt, 1, (uint32_t)v, 4);
    assert_ok(hol_factors_create(variables, cardinalities, &factors));
    for (int64_t f = 0; f < count; f++) {
        int32_t scope[3];
        int64_t size = 0;
        double *table = NULL;
        const int64_t wish = f == 0 ? 0 : 1 + random_below(salt, 2, (uint32_t)f, 3);
        for (uint32_t k = 0; size < wish && size < variables; k++) {
            const int32_t v = (int32_t)random_below(salt, 3 + (uint32_t)f * 64, k, (uint32_t)variables);
            bool there = false;
            for (int64_t m = 0; m < size; m++) there |= scope[m] == v;
            if (!there) scope[size++] = v;
        }
        assert_ok(hol_factors_add(factors, size, scope, &table));
        const int64_t entries = hol_factors_entries(cardinalities, size, scope);
        for (int64_t i = 0; i < entries; i++) {
            table[i] = (double)(float)((double)random_below(salt, 4 + (uint32_t)f * 64, (uint32_t)i, 4000) * 1e-3 - 2);
            if (i > 0 && zeros > 0 && random_below(salt, 5 + (uint32_t)f * 64, (uint32_t)i, zeros) == 0)
                table[i] = -(double)INFINITY;
        }
    }
    return factors;
}

/* ln of the weight of a state, straight from the definition */
static inline double log_weight_of(const hol_factors *factors, const uint8_t *states) {
    double sum = 0;
    for (int64_t f = 0; f < factors->count; f++) {
        int64_t entry = 0;
        for (int64_t i = factors->scope_starts[f]; i < factors->scope_starts[f + 1]; i++)
            entry = entry * factors->cardinalities[factors->scopes[i]] + states[factors->scopes[i]];
        sum += factors->tables[factors->table_starts[f] + entry];
    }
    return sum;
}

/* The next state, the last variable fastest; false after the last one. Begin with zeros. */
static inline bool next_state(const hol_factors *factors, uint8_t *states) {
    for (int64_t v = factors->variables - 1; v >= 0; v--) {
        if (++states[v] < factors->cardinalities[v]) return true;
        states[v] = 0;
    }
    return false;
}

/* ln Z and, in marginals (16 x 4), p(x_v = s), by enumeration in long double */
static inline double enumerate_factors(const hol_factors *factors, double marginals[16][4]) {
    uint8_t states[16] = {0};
    long double z = 0, sums[16][4] = {{0}};
    do {
        const long double weight = expl((long double)log_weight_of(factors, states));
        z += weight;
        for (int64_t v = 0; v < factors->variables; v++) sums[v][states[v]] += weight;
    } while (next_state(factors, states));
    for (int64_t v = 0; v < factors->variables; v++)
        for (int s = 0; s < 4; s++) marginals[v][s] = (double)(sums[v][s] / z);
    return (double)logl(z);
}

#endif
