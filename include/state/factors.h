/* factors: a distribution over discrete variables as a product of tables, in logarithms.
 *
 *     ln p(x) + ln Z = sum_f table_f(x_f)          x_f: the states of the variables in factor f's scope
 *
 * What files of factor graphs hold, what a Markov random field is made from, and what variable elimination works on.
 * A table is laid out with the last variable of its scope fastest; -infinity forbids a configuration. Nothing here is
 * collective. */
#ifndef HOL_STATE_FACTORS_H
#define HOL_STATE_FACTORS_H

#include <stdint.h>

#include "base/status.h"

/* more than 26 variables have some of one state among them, which say nothing */
enum { HOL_FACTOR_ENTRIES_MAX = 1 << 26, HOL_FACTOR_SCOPE_MAX = 64 };

/* All arrays are owned. */
typedef struct hol_factors {
    int64_t variables;
    int32_t *cardinalities; /* (variables), each at least 1 */
    int64_t count;
    int64_t *scope_starts; /* (count + 1): factor f's scope is scopes[scope_starts[f]] ... */
    int32_t *scopes;
    int64_t *table_starts; /* (count + 1): factor f's table is tables[table_starts[f]] ... */
    double *tables;
    int64_t room, scope_room, table_room; /* what the arrays have space for */
} hol_factors;

/* No factors yet over variables of these cardinalities (copied; NULL: all binary). The caller owns *ret_factors. */
hol_status hol_factors_create(int64_t variables, const int32_t *cardinalities, hol_factors **ret_factors) HOL_MUST_USE;
/* NULL is fine. */
void hol_factors_destroy(hol_factors *factors);

/* Appends a factor over `size` variables (0: a constant); *ret_table, all zero, is to be filled in before the next
 * call. HOL_USAGE for more than HOL_FACTOR_SCOPE_MAX variables, for one out of range or named twice, and for a table of
 * more than HOL_FACTOR_ENTRIES_MAX entries. */
hol_status hol_factors_add(hol_factors *factors, int64_t size, const int32_t *scope, double **ret_table) HOL_MUST_USE;

/* A binary unit's field, and the coupling of two: x_i field and x_i x_j coupling, states 0 and 1. Zeros are left
 * out. */
hol_status hol_factors_add_field(hol_factors *factors, int64_t i, double field) HOL_MUST_USE;
hol_status hol_factors_add_coupling(hol_factors *factors, int64_t i, int64_t j, double coupling) HOL_MUST_USE;

/* What is left of them where variables stand in known states: states is (variables), -1 for those that are free, which
 * keep their order. A constant comes first, then a table for each free variable, then those over more of them. The
 * caller owns *ret_factors. */
hol_status hol_factors_condition(const hol_factors *factors, const int32_t *states,
                                 hol_factors **ret_factors) HOL_MUST_USE;

/* Entries of a table over these variables; -1 beyond HOL_FACTOR_ENTRIES_MAX. */
int64_t hol_factors_entries(const int32_t *cardinalities, int64_t size, const int32_t *scope);

static inline int64_t hol_factors_scope_size(const hol_factors *factors, int64_t f) {
    return factors->scope_starts[f + 1] - factors->scope_starts[f];
}

#endif
