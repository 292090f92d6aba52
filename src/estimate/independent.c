/* independent: tables of ln p(state), column by column. */
#include "estimate/independent.h"

#include <math.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "num/elementary.h"
#include "sample/population.h"

#define ONE 65536.0 /* a row, in counts */

struct hol_independent {
    const hol_columns *columns; /* borrowed; NULL: every unit is a column */
    int64_t units, count;
    int64_t *firsts;   /* owned: (count + 1), where each column's states begin */
    hol_wide *numbers; /* owned: (states), weights of the rows that have each; in 1/65536 */
    double *logs;      /* owned: (states) */
    int64_t rows;      /* of a weight above 0 */
    hol_wide weight;   /* of them all */
};

static int64_t cardinality(const hol_independent *self, int64_t column) {
    return self->columns ? self->columns->cardinalities[column] : 2;
}

hol_status hol_independent_create(const hol_columns *columns, int64_t units, hol_independent **ret) {
    hol_status status = HOL_OK;
    hol_independent *self = NULL;
    *ret = NULL;
    HOL_TRY(HOL_ALLOCATE(self, 1, "independent columns"));
    self->columns = columns && columns->count > 0 ? columns : NULL;
    self->units = units;
    self->count = self->columns ? columns->count : units;
    HOL_TRY(HOL_ALLOCATE(self->firsts, self->count + 1, "independent columns"));
    for (int64_t c = 0; c < self->count; c++) self->firsts[c + 1] = self->firsts[c] + cardinality(self, c);
    HOL_TRY(HOL_ALLOCATE(self->numbers, self->firsts[self->count], "independent columns"));
    HOL_TRY(HOL_ALLOCATE(self->logs, self->firsts[self->count], "independent columns"));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_independent_destroy(self);
    return status;
}

void hol_independent_destroy(hol_independent *independent) {
    if (!independent) return;
    hol_free(independent->firsts);
    hol_free(independent->numbers);
    hol_free(independent->logs);
    hol_free(independent);
}

int64_t hol_independent_columns(const hol_independent *independent) { return independent->count; }

/* where the state of column c that a row of units has stands in the tables */
static int64_t find_state(const hol_independent *self, const uint8_t *bytes, int64_t c) {
    if (!self->columns) return 2 * c + bytes[c];
    const hol_variable variable = hol_columns_get(self->columns, c);
    return self->firsts[c] + hol_variable_state(&variable, bytes);
}

/* a column of one state, without units, is always known */
static bool is_known(const hol_independent *self, const uint8_t *known, int64_t c) {
    if (!known) return true;
    if (!self->columns) return known[c];
    return self->columns->cardinalities[c] == 1 || known[self->columns->first_units[c]];
}

void hol_independent_add(hol_independent *independent, int64_t rows, const uint8_t *bytes, const uint8_t *known,
                         const uint32_t *weights) {
    for (int64_t r = 0; r < rows; r++) {
        const hol_wide weight = weights ? weights[r] : 1;
        const int64_t row = r * independent->units;
        for (int64_t c = 0; c < independent->count; c++)
            if (is_known(independent, known ? known + row : NULL, c))
                independent->numbers[find_state(independent, bytes + row, c)] += weight * (int64_t)ONE;
        independent->weight += weight;
        independent->rows += weight > 0;
    }
}

void hol_independent_add_counts(hol_independent *independent, int64_t rows, hol_wide weight, const hol_wide *counts,
                                const hol_wide *known) {
    for (int64_t c = 0; c < independent->count; c++) {
        hol_wide *numbers = independent->numbers + independent->firsts[c];
        const hol_columns *columns = independent->columns;
        const bool is_site = columns && hol_columns_is_site(columns, c);
        const int64_t first = columns ? columns->first_units[c] : c;
        for (int64_t s = 0; s < cardinality(independent, c) && is_site; s++) numbers[s] += counts[first + s];
        if (is_site || (columns && columns->cardinalities[c] == 1)) continue;
        numbers[0] += known[first] * (int64_t)ONE - counts[first];
        numbers[1] += counts[first];
    }
    independent->weight += weight;
    independent->rows += rows;
}

hol_status hol_independent_finish(hol_comm *comm, hol_independent *independent) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_comm_sum_wide(comm, independent->numbers, independent->firsts[independent->count]));
    HOL_TRY(hol_comm_sum_wide(comm, &independent->weight, 1));
    HOL_TRY(hol_comm_sum_i64(comm, &independent->rows, 1));
    const double rows = (double)independent->rows, weight = (double)independent->weight;
    const double scale = rows > 0 ? rows / weight : 0; /* 1 without weights */
    for (int64_t c = 0; c < independent->count; c++) {
        hol_wide known = 0;
        for (int64_t s = independent->firsts[c]; s < independent->firsts[c + 1]; s++) known += independent->numbers[s];
        const bool is_whole = known == independent->weight * (hol_wide)ONE; /* rows to the last bit then */
        const double known_rows = is_whole ? rows : (double)known / ONE * scale;
        const double all = hol_ln(known_rows + (double)cardinality(independent, c));
        for (int64_t s = independent->firsts[c]; s < independent->firsts[c + 1]; s++)
            independent->logs[s] = hol_ln((double)independent->numbers[s] / ONE * scale + 1) - all;
    }
cleanup:
    return status;
}

double hol_independent_score(const hol_independent *independent, const uint8_t *bytes, const uint8_t *known,
                             int64_t *ret_columns) {
    double sum = 0;
    int64_t columns = 0;
    for (int64_t c = 0; c < independent->count; c++) {
        if (!is_known(independent, known, c)) continue;
        sum += independent->logs[find_state(independent, bytes, c)];
        columns++;
    }
    if (ret_columns) *ret_columns = columns;
    return sum;
}

/* ---- gains ------------------------------------------------------------------------------------------------------- */

hol_status hol_gain_measure(hol_comm *comm, int64_t rows, const uint32_t *weights, const double *model,
                            const double *baseline, hol_gain *ret) {
    hol_status status = HOL_OK;
    double *values = NULL, square = (double)NAN, effective = 0;
    int64_t all = rows;
    *ret = (hol_gain){(double)NAN, (double)NAN, (double)NAN};
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(values, rows, "likelihoods")));
    HOL_TRY(hol_comm_sum_i64(comm, &all, 1));
    if (all == 0) goto cleanup;
    HOL_TRY(hol_effective_over_ranks(comm, weights, rows, &effective));
    HOL_TRY(hol_mean_over_ranks(comm, baseline, weights, rows, all, &ret->independent));
    for (int64_t r = 0; r < rows; r++) values[r] = model[r] - baseline[r];
    HOL_TRY(hol_mean_over_ranks(comm, values, weights, rows, all, &ret->mean));
    for (int64_t r = 0; r < rows; r++) values[r] = (values[r] - ret->mean) * (values[r] - ret->mean);
    HOL_TRY(hol_mean_over_ranks(comm, values, weights, rows, all, &square));
    if (effective > 1) ret->error = sqrt(square / (effective - 1));
cleanup:
    hol_free(values);
    return status;
}
