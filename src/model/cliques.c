/* cliques: from factors to structures. */
#include "model/cliques.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/fixed.h"

void hol_cliques_clear(hol_cliques *description) {
    hol_free(description->cardinalities);
    hol_free(description->cliques);
    hol_free(description->zeros);
    hol_free(description->start);
    *description = (hol_cliques){0};
}

void hol_cliques_apply(const hol_cliques *description, hol_model_options *options) {
    options->structure_count = description->structure_count;
    memcpy(options->structures, description->structures, sizeof description->structures);
    options->initial = description->start;
}

static hol_status copy_cliques(const hol_factors *factors, int64_t width, int32_t *rows) {
    for (int64_t q = 0; q < factors->count; q++)
        for (int64_t k = 0; k < width; k++)
            rows[q * width + k] =
                k < hol_factors_scope_size(factors, q) ? factors->scopes[factors->scope_starts[q] + k] : -1;
    return HOL_OK;
}

/* counts the zeros first, then notes them */
static hol_status copy_tables(const hol_factors *factors, hol_cliques *d, int64_t *ret_zeros) {
    hol_status status = HOL_OK;
    int64_t zeros = 0;
    for (int64_t q = 0; q < factors->count; q++)
        for (int64_t i = factors->table_starts[q]; i < factors->table_starts[q + 1]; i++) {
            const double value = factors->tables[i];
            zeros += value == -(double)INFINITY;
            if (!(value < HOL_FIXED_LIMIT) || (value < -HOL_FIXED_LIMIT && value != -(double)INFINITY))
                return hol_error(HOL_USAGE,
                                 "clique %lld, entry %lld: found a log-potential of %g, expected one that exp takes",
                                 (long long)q, (long long)(i - factors->table_starts[q]), value);
        }
    HOL_TRY(HOL_ALLOCATE(d->zeros, zeros, "cliques"));
    *ret_zeros = zeros;
    zeros = 0;
    for (int64_t i = 0; i < factors->table_starts[factors->count]; i++) {
        const bool zero = factors->tables[i] == -(double)INFINITY;
        if (zero) d->zeros[zeros++] = (int32_t)i;
        else d->start[i] = (float)factors->tables[i];
    }
cleanup:
    return status;
}

hol_status hol_cliques_from_factors(const hol_factors *factors, hol_cliques *ret) {
    hol_status status = HOL_OK;
    int64_t width = 1, zeros = 0;
    *ret = (hol_cliques){0};
    if (factors->count == 0 || factors->table_starts[factors->count] > INT32_MAX)
        return hol_error(HOL_USAGE,
                         "model mrf: found %lld cliques with %lld entries, expected from 1 to 2147483647 entries",
                         (long long)factors->count, (long long)factors->table_starts[factors->count]);
    for (int64_t q = 0; q < factors->count; q++)
        if (hol_factors_scope_size(factors, q) > width) width = hol_factors_scope_size(factors, q);
    HOL_TRY(HOL_ALLOCATE(ret->cardinalities, factors->variables, "variables"));
    HOL_TRY(HOL_ALLOCATE(ret->cliques, HOL_PRODUCT(factors->count, width), "cliques"));
    HOL_TRY(HOL_ALLOCATE(ret->start, factors->table_starts[factors->count], "cliques"));
    memcpy(ret->cardinalities, factors->cardinalities, (size_t)factors->variables * sizeof *ret->cardinalities);
    HOL_TRY(copy_cliques(factors, width, ret->cliques));
    HOL_TRY(copy_tables(factors, ret, &zeros));
    ret->structures[0] = (hol_structure){
        .name = "cardinalities", .rows = 1, .columns = factors->variables, .values = ret->cardinalities};
    ret->structures[1] =
        (hol_structure){.name = "cliques", .rows = factors->count, .columns = width, .values = ret->cliques};
    ret->structures[2] = (hol_structure){.name = "zeros", .rows = zeros, .columns = 1, .values = ret->zeros};
    ret->structure_count = zeros > 0 ? 3 : 2;
cleanup:
    return status;
}
