/* distances: by site. */
#include "estimate/distances.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

static hol_status begin(int64_t sites, hol_distances *self) {
    hol_status status = HOL_OK;
    const int64_t count = HOL_PRODUCT(sites, sites);
    *self = (hol_distances){.sites = sites, .first = INT64_MAX, .last = INT64_MIN};
    HOL_TRY(HOL_ALLOCATE(self->values, count, "distances"));
    for (int64_t k = 0; k < count; k++) self->values[k] = NAN;
cleanup:
    return status;
}

static void see(hol_distances *self, int64_t number) {
    if (number < self->first) self->first = number;
    if (number > self->last) self->last = number;
}

static void set(hol_distances *self, int64_t i, int64_t j, double value) {
    const float distance = (float)value;
    float *to = &self->values[i * self->sites + j];
    if (isnan(distance) || *to <= distance) return;
    self->known += isnan(*to);
    *to = self->values[j * self->sites + i] = distance;
}

static hol_status check_offset(const hol_distances *self, int64_t offset, bool found, const char *what) {
    if (found) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "--offset: found %lld, by which sites 1 to %lld are %lld to %lld, expected some of the %s: they "
                     "are numbered %lld to %lld",
                     (long long)offset, (long long)self->sites, (long long)(1 + offset),
                     (long long)(self->sites + offset), what, (long long)self->first, (long long)self->last);
}

/* ---- residues ---------------------------------------------------------------------------------------------------- */

static double square(const hol_atom *a, const hol_atom *b) {
    double sum = 0;
    for (int d = 0; d < 3; d++) sum += (a->at[d] - b->at[d]) * (a->at[d] - b->at[d]);
    return sum;
}

/* NaN where a residue lacks the atom */
static double measure(const hol_molecule *m, const hol_residue *a, const hol_residue *b, hol_distance_kind kind) {
    double least = INFINITY;
    if (kind == HOL_DISTANCE_CB) {
        if (a->center < 0 || b->center < 0) return (double)NAN;
        return sqrt(square(&m->atoms[a->center], &m->atoms[b->center]));
    }
    for (int64_t k = a->first_atom; k < a->first_atom + a->atoms; k++)
        for (int64_t l = b->first_atom; l < b->first_atom + b->atoms; l++)
            least = fmin(least, square(&m->atoms[k], &m->atoms[l]));
    return isinf(least) ? (double)NAN : sqrt(least);
}

/* residues is (sites), out: at each site, or NULL */
static void place(const hol_molecule *m, int64_t offset, hol_distances *self, const hol_residue **residues) {
    for (int64_t r = 0; r < m->count; r++) {
        const hol_residue *residue = &m->residues[r];
        const int64_t site = (int64_t)residue->number - 1 - offset;
        see(self, residue->number);
        if (residue->insertion != ' ') self->inserted++;
        else if (site < 0 || site >= self->sites) self->outside++;
        else if (!residues[site]) {
            residues[site] = residue;
            self->letters[site] = residue->letter;
        }
    }
}

hol_status hol_distances_of_molecule(const hol_molecule *molecule, hol_distance_kind kind, int64_t offset,
                                     int64_t sites, hol_distances *ret) {
    hol_status status = HOL_OK;
    const hol_residue **residues = NULL;
    bool found = false;
    HOL_TRY(begin(sites, ret));
    HOL_TRY(HOL_ALLOCATE(ret->letters, sites, "residues"));
    HOL_TRY(HOL_ALLOCATE(residues, sites, "residues"));
    place(molecule, offset, ret, residues);
    for (int64_t i = 0; i < sites; i++) {
        if (residues[i]) found = true;
        for (int64_t j = i + 1; j < sites; j++)
            if (residues[i] && residues[j]) set(ret, i, j, measure(molecule, residues[i], residues[j], kind));
    }
    HOL_TRY(check_offset(ret, offset, found, "residues"));
cleanup:
    hol_free(residues);
    return status;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

hol_status hol_distances_of_table(const hol_distance_table *table, int64_t offset, int64_t sites, hol_distances *ret) {
    hol_status status = HOL_OK;
    bool found = false;
    HOL_TRY(begin(sites, ret));
    for (int64_t k = 0; k < table->count; k++) {
        const hol_distance *d = &table->entries[k];
        const int64_t i = (int64_t)d->i - 1 - offset, j = (int64_t)d->j - 1 - offset;
        see(ret, d->i);
        see(ret, d->j);
        if (i < 0 || j < 0 || i >= sites || j >= sites) {
            ret->outside++;
            continue;
        }
        found = true;
        if (i != j) set(ret, i, j, d->value);
    }
    HOL_TRY(check_offset(ret, offset, found, "table's sites"));
cleanup:
    return status;
}

void hol_distances_clear(hol_distances *distances) {
    hol_free(distances->values);
    hol_free(distances->letters);
    *distances = (hol_distances){0};
}
