/* components: orthogonal iteration (Golub & Van Loan, 8.2), with C applied row by row: it is never made. */
#include "estimate/components.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

enum { ITERATIONS_MOST = 300 };
#define WORK_MOST 4e9 /* look-ups */
#define TOLERANCE 1e-6

static double weight_of(const hol_state_rows *rows, int64_t r) { return rows->weights ? (double)rows->weights[r] : 1; }

static double dot(const double *a, const double *b, int64_t count) {
    double sum = 0;
    for (int64_t k = 0; k < count; k++) sum += a[k] * b[k];
    return sum;
}

static void find_means(const hol_state_rows *rows, hol_components *self) {
    const int64_t sites = rows->sites, states = rows->states;
    double all = 0;
    for (int64_t r = 0; r < rows->rows; r++) {
        all += weight_of(rows, r);
        for (int64_t i = 0; i < sites; i++) self->means[i * states + rows->values[r * sites + i]] += weight_of(rows, r);
    }
    for (int64_t k = 0; k < sites * states; k++) self->means[k] /= all;
    self->variance = (double)sites - dot(self->means, self->means, sites * states);
}

void hol_components_project(const hol_components *self, int k, const hol_state_rows *rows, double *coordinates) {
    const double *axis = self->axes[k], origin = dot(axis, self->means, self->sites * self->states);
    for (int64_t r = 0; r < rows->rows; r++) {
        const uint8_t *row = rows->values + r * self->sites;
        double sum = 0;
        for (int64_t i = 0; i < self->sites; i++) sum += axis[i * self->states + row[i]];
        coordinates[r] = sum - origin;
    }
}

/* C times axis k, in its place; room is (rows). */
static void apply(const hol_state_rows *rows, int k, double *room, hol_components *self) {
    const int64_t sites = rows->sites, states = rows->states;
    double *axis = self->axes[k], all = 0;
    hol_components_project(self, k, rows, room);
    memset(axis, 0, (size_t)(sites * states) * sizeof *axis);
    for (int64_t r = 0; r < rows->rows; r++) {
        const double value = weight_of(rows, r) * room[r];
        all += weight_of(rows, r);
        for (int64_t i = 0; i < sites; i++) axis[i * states + rows->values[r * sites + i]] += value;
    }
    /* the coordinates' weighted mean is 0, and so is what m would take off */
    for (int64_t e = 0; e < sites * states; e++) axis[e] /= all;
}

/* Axis k to length 1 and orthogonal to those before it; its length before that. */
static double straighten(hol_components *self, int k) {
    const int64_t count = self->sites * self->states;
    double *axis = self->axes[k];
    for (int before = 0; before < k; before++) {
        const double along = dot(self->axes[before], axis, count);
        for (int64_t e = 0; e < count; e++) axis[e] -= along * self->axes[before][e];
    }
    const double length = sqrt(dot(axis, axis, count));
    const bool is_there = length > 1e-12 * (1 + self->variance);
    for (int64_t e = 0; e < count; e++) axis[e] = is_there ? axis[e] / length : 0;
    return is_there ? length : 0;
}

/* The same of any rows: numbers without a pattern, of no means. */
static void begin(hol_components *self) {
    uint64_t state = 1;
    for (int k = 0; k < HOL_COMPONENTS; k++) {
        for (int64_t e = 0; e < self->sites * self->states; e++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            self->axes[k][e] = (double)(state >> 33) * 0x1p-31 - 0.5;
        }
        (void)straighten(self, k);
    }
}

static void iterate(const hol_state_rows *rows, double *room, hol_components *self) {
    const double work = 2.0 * HOL_COMPONENTS * (double)rows->rows * (double)rows->sites;
    for (int i = 0; i < ITERATIONS_MOST && i * work <= WORK_MOST; i++) {
        double moved = 0;
        for (int k = 0; k < HOL_COMPONENTS; k++) {
            const double before = self->variances[k];
            apply(rows, k, room, self);
            self->variances[k] = straighten(self, k);
            moved = fmax(moved, fabs(self->variances[k] - before));
        }
        if (moved <= TOLERANCE * TOLERANCE * self->variances[0]) break;
    }
}

static void turn(hol_components *self) {
    for (int k = 0; k < HOL_COMPONENTS; k++) {
        const int64_t count = self->sites * self->states;
        double largest = 0;
        for (int64_t e = 0; e < count; e++)
            if (fabs(self->axes[k][e]) > fabs(largest)) largest = self->axes[k][e];
        for (int64_t e = 0; e < count && largest < 0; e++) self->axes[k][e] = -self->axes[k][e];
    }
}

hol_status hol_components_find(const hol_state_rows *rows, hol_components *ret) {
    hol_status status = HOL_OK;
    double *room = NULL;
    *ret = (hol_components){.sites = rows->sites, .states = rows->states};
    const int64_t count = HOL_PRODUCT(rows->sites, rows->states);
    HOL_TRY(HOL_ALLOCATE(ret->means, count, "components"));
    for (int k = 0; k < HOL_COMPONENTS; k++) HOL_TRY(HOL_ALLOCATE(ret->axes[k], count, "components"));
    HOL_TRY(HOL_ALLOCATE(room, rows->rows, "components"));
    find_means(rows, ret);
    begin(ret);
    iterate(rows, room, ret);
    turn(ret);
cleanup:
    hol_free(room);
    return status;
}

void hol_components_clear(hol_components *self) {
    hol_free(self->means);
    for (int k = 0; k < HOL_COMPONENTS; k++) hol_free(self->axes[k]);
    *self = (hol_components){0};
}
