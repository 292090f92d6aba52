/* factors: growing arrays. */
#include "state/factors.h"

#include <string.h>

#include "base/alloc.h"

hol_status hol_factors_create(int64_t variables, const int32_t *cardinalities, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    hol_factors *self = NULL;
    *ret_factors = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "factors"));
    self->variables = variables;
    self->room = 1;
    HOL_TRY(HOL_ALLOCATE(self->cardinalities, variables, "factors"));
    for (int64_t v = 0; v < variables; v++) self->cardinalities[v] = cardinalities ? cardinalities[v] : 2;
    HOL_TRY(HOL_ALLOCATE(self->scope_starts, 1, "factors"));
    HOL_TRY(HOL_ALLOCATE(self->table_starts, 1, "factors"));
    HOL_TRY(HOL_ALLOCATE(self->scopes, 0, "factors"));
    HOL_TRY(HOL_ALLOCATE(self->tables, 0, "factors"));
    *ret_factors = self;
    return HOL_OK;
cleanup:
    hol_factors_destroy(self);
    return status;
}

void hol_factors_destroy(hol_factors *factors) {
    if (!factors) return;
    hol_free(factors->cardinalities);
    hol_free(factors->scope_starts);
    hol_free(factors->scopes);
    hol_free(factors->table_starts);
    hol_free(factors->tables);
    hol_free(factors);
}

int64_t hol_factors_entries(const int32_t *cardinalities, int64_t size, const int32_t *scope) {
    int64_t entries = 1;
    for (int64_t k = 0; k < size; k++) {
        entries *= cardinalities[scope[k]];
        if (entries > HOL_FACTOR_ENTRIES_MAX) return -1;
    }
    return entries;
}

static hol_status make_room(hol_factors *self, int64_t size, int64_t entries) {
    hol_status status = HOL_OK;
    const int64_t starts = self->count + 1, scopes = self->scope_starts[self->count];
    const int64_t tables = self->table_starts[self->count];
    int64_t room = self->room; /* of either list of starts */
    HOL_TRY(HOL_GROW(self->scope_starts, starts, starts + 1, &room, "factors"));
    HOL_TRY(HOL_GROW(self->table_starts, starts, starts + 1, &self->room, "factors"));
    HOL_TRY(HOL_GROW(self->scopes, scopes, scopes + size, &self->scope_room, "factors"));
    HOL_TRY(HOL_GROW(self->tables, tables, tables + entries, &self->table_room, "factors"));
cleanup:
    return status;
}

static hol_status check_scope(const hol_factors *self, int64_t size, const int32_t *scope) {
    if (size > HOL_FACTOR_SCOPE_MAX)
        return hol_error(HOL_USAGE, "clique %lld: found %lld variables, expected at most %d", (long long)self->count,
                         (long long)size, HOL_FACTOR_SCOPE_MAX);
    for (int64_t k = 0; k < size; k++) {
        if (scope[k] < 0 || scope[k] >= self->variables)
            return hol_error(HOL_USAGE, "clique %lld: found variable %d, expected one from 0 to %lld",
                             (long long)self->count, scope[k], (long long)self->variables - 1);
        for (int64_t m = 0; m < k; m++)
            if (scope[m] == scope[k])
                return hol_error(HOL_USAGE, "clique %lld: found variable %d twice, expected once",
                                 (long long)self->count, scope[k]);
    }
    if (hol_factors_entries(self->cardinalities, size, scope) < 0)
        return hol_error(HOL_USAGE, "clique %lld: found a table of more than %d entries, expected fewer",
                         (long long)self->count, HOL_FACTOR_ENTRIES_MAX);
    return HOL_OK;
}

hol_status hol_factors_add(hol_factors *factors, int64_t size, const int32_t *scope, double **ret_table) {
    hol_status status = HOL_OK;
    hol_factors *self = factors;
    HOL_TRY(check_scope(self, size, scope));
    const int64_t scope_used = self->scope_starts[self->count], table_used = self->table_starts[self->count];
    const int64_t entries = hol_factors_entries(self->cardinalities, size, scope);
    HOL_TRY(make_room(self, size, entries));
    if (size > 0) memcpy(self->scopes + scope_used, scope, (size_t)size * sizeof *scope);
    self->count++;
    self->scope_starts[self->count] = scope_used + size;
    self->table_starts[self->count] = table_used + entries;
    *ret_table = self->tables + table_used;
cleanup:
    return status;
}

hol_status hol_factors_add_field(hol_factors *factors, int64_t i, double field) {
    double *table = NULL;
    if (field == 0) return HOL_OK;
    const hol_status status = hol_factors_add(factors, 1, (const int32_t[]){(int32_t)i}, &table);
    if (status == HOL_OK) table[1] = field;
    return status;
}

hol_status hol_factors_add_coupling(hol_factors *factors, int64_t i, int64_t j, double coupling) {
    double *table = NULL;
    if (coupling == 0) return HOL_OK;
    const hol_status status = hol_factors_add(factors, 2, (const int32_t[]){(int32_t)i, (int32_t)j}, &table);
    if (status == HOL_OK) table[3] = coupling;
    return status;
}

/* ---- conditioning ------------------------------------------------------------------------------------------------ */

/* One factor, as it goes over to the free variables. */
typedef struct reduction {
    int64_t size; /* of the free variables */
    int32_t scope[HOL_FACTOR_SCOPE_MAX], cardinalities[HOL_FACTOR_SCOPE_MAX];
    int64_t strides[HOL_FACTOR_SCOPE_MAX]; /* in its table */
    int64_t first;                         /* entry at which all of them are 0 */
} reduction;

/* numbers is (variables): the free ones' new numbers */
static reduction reduce(const hol_factors *self, int64_t f, const int32_t *states, const int32_t *numbers) {
    const int64_t size = hol_factors_scope_size(self, f);
    const int32_t *scope = self->scopes + self->scope_starts[f];
    reduction r = {.first = self->table_starts[f]};
    int64_t stride = 1;
    for (int64_t k = size - 1; k >= 0; k--) { /* the last is fastest */
        if (states[scope[k]] < 0) r.strides[r.size++] = stride;
        else r.first += states[scope[k]] * stride;
        stride *= self->cardinalities[scope[k]];
    }
    for (int64_t k = 0, n = 0; k < size; k++) {
        if (states[scope[k]] >= 0) continue;
        r.cardinalities[n] = self->cardinalities[scope[k]];
        r.scope[n++] = numbers[scope[k]];
    }
    for (int64_t n = 0; n < r.size / 2; n++) {
        const int64_t other = r.strides[n];
        r.strides[n] = r.strides[r.size - 1 - n];
        r.strides[r.size - 1 - n] = other;
    }
    return r;
}

static void add_table(const hol_factors *self, const reduction *r, int64_t entries, double *table) {
    int64_t digits[HOL_FACTOR_SCOPE_MAX] = {0}, at = r->first;
    for (int64_t n = 0; n < entries; n++) {
        table[n] += self->tables[at];
        for (int64_t k = r->size - 1; k >= 0; k--) {
            at += r->strides[k];
            if (++digits[k] < r->cardinalities[k]) break;
            at -= digits[k] * r->strides[k];
            digits[k] = 0;
        }
    }
}

hol_status hol_factors_condition(const hol_factors *factors, const int32_t *states, hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    hol_factors *left = NULL;
    int32_t *numbers = NULL, *cardinalities = NULL, free = 0;
    double *table = NULL;
    *ret_factors = NULL;
    HOL_TRY(HOL_ALLOCATE(numbers, factors->variables, "factors"));
    HOL_TRY(HOL_ALLOCATE(cardinalities, factors->variables, "factors"));
    for (int64_t v = 0; v < factors->variables; v++)
        if (states[v] < 0) {
            cardinalities[free] = factors->cardinalities[v];
            numbers[v] = free++;
        }
    HOL_TRY(hol_factors_create(free, cardinalities, &left));
    HOL_TRY(hol_factors_add(left, 0, NULL, &table));
    for (int32_t v = 0; v < free; v++) HOL_TRY(hol_factors_add(left, 1, &v, &table));
    for (int64_t f = 0; f < factors->count; f++) {
        const reduction r = reduce(factors, f, states, numbers);
        const int64_t own = r.size == 0 ? 0 : 1 + r.scope[0]; /* of what is added up */
        if (r.size > 1) HOL_TRY(hol_factors_add(left, r.size, r.scope, &table));
        else table = left->tables + left->table_starts[own];
        add_table(factors, &r, hol_factors_entries(cardinalities, r.size, r.scope), table);
    }
    *ret_factors = left;
    left = NULL;
cleanup:
    hol_factors_destroy(left);
    hol_free(numbers);
    hol_free(cardinalities);
    return status;
}
