/* moments: counts of ones and of pairs. */
#include "estimate/moments.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"
#include "sample/population.h"

hol_status hol_moments_create(int64_t units, bool has_missing, hol_moments *ret) {
    hol_status status = HOL_OK;
    *ret = (hol_moments){.units = units};
    HOL_TRY(HOL_ALLOCATE(ret->ones, units, "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->pairs, HOL_PRODUCT(units, units), "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->room, HOL_PRODUCT(units, units), "moments"));
    if (!has_missing) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(ret->known, units, "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->known_pairs, HOL_PRODUCT(units, units), "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->known_ones, HOL_PRODUCT(units, units), "moments"));
cleanup:
    return status;
}

void hol_moments_clear(hol_moments *moments) {
    hol_free(moments->ones);
    hol_free(moments->pairs);
    hol_free(moments->room);
    hol_free(moments->known);
    hol_free(moments->known_pairs);
    hol_free(moments->known_ones);
    *moments = (hol_moments){0};
}

/* Of x's units, and of their pairs, or x's with y's; few enough blocks for 32-bit sums. */
static void add_units(hol_moments *self, const hol_states *x, int64_t count, int64_t *ones) {
    memset(self->room, 0, (size_t)self->units * sizeof *self->room);
    hol_counts_units(x, self->units, count, 1, (hol_sums){.wide = self->room});
    for (int64_t i = 0; i < self->units; i++) ones[i] += self->room[i];
}

static void add_pairs(hol_moments *self, const hol_states *x, const hol_states *y, int64_t *pairs) {
    memset(self->room, 0, (size_t)(self->units * self->units) * sizeof *self->room);
    if (y) hol_pairs_add(hol_kernels_get(), x, self->units, y, self->units, 1, self->room);
    else hol_pairs_add_symmetric(hol_kernels_get(), x, self->units, 1, self->room);
    for (int64_t k = 0; k < self->units * self->units; k++) pairs[k] += self->room[k];
}

static void add_part(hol_moments *self, const hol_population *part) {
    hol_states known = part->states;
    add_units(self, &part->states, part->count, self->ones);
    add_pairs(self, &part->states, NULL, self->pairs);
    if (!self->known) return;
    known.words = part->held;
    hol_counts_clear_idle(&known, part->count);
    add_units(self, &known, part->count, self->known);
    add_pairs(self, &known, NULL, self->known_pairs);
    add_pairs(self, &part->states, &known, self->known_ones);
}

/* The units whose bit is on in a lane. */
static int64_t list_units(const uint64_t *words, int64_t units, int64_t lane, int32_t *list) {
    int64_t count = 0;
    for (int64_t i = 0; i < units; i++)
        if (words[i] >> lane & 1) list[count++] = (int32_t)i;
    return count;
}

static void add_list(hol_moments *self, int64_t weight, const int32_t *list, int64_t count, int64_t *ones,
                     int64_t *pairs) {
    for (int64_t a = 0; a < count; a++) ones[list[a]] += weight;
    for (int64_t a = 0; a < count; a++)
        for (int64_t b = 0; b < count; b++)
            if (a != b) pairs[list[a] * self->units + list[b]] += weight;
}

/* A row at a time, by the units that are on in it, and by those that are known. */
static void add_weighted(hol_moments *self, const hol_population *population, int64_t chains) {
    int32_t *list = self->room;
    for (int64_t c = 0; c < chains; c++) {
        const int64_t at = c / HOL_LANES * population->states.stride, weight = population->weights[c];
        const int64_t lane = c % HOL_LANES, ones = list_units(population->states.words + at, self->units, lane, list);
        self->samples += weight;
        add_list(self, weight, list, ones, self->ones, self->pairs);
        if (!self->known) continue;
        for (int64_t i = 0; i < self->units; i++)
            for (int64_t a = 0; a < ones && population->held[at + i] >> lane & 1; a++)
                self->known_ones[list[a] * self->units + i] += weight;
        const int64_t count = list_units(population->held + at, self->units, lane, list);
        add_list(self, weight, list, count, self->known, self->known_pairs);
    }
}

void hol_moments_add(hol_moments *moments, hol_population *population) {
    enum { PART_BLOCKS = HOL_COUNT_CHAINS_MAX / HOL_LANES };
    int64_t first = 0, chains = 0;
    hol_population_get_owned(population, &first, &chains);
    if (population->weights) {
        add_weighted(moments, population, chains);
        return;
    }
    moments->samples += chains;
    hol_counts_clear_idle(&population->states, population->count);
    for (int64_t b = 0; b < population->states.blocks; b += PART_BLOCKS) {
        const hol_population part = hol_population_get_part(population, b, PART_BLOCKS);
        add_part(moments, &part);
    }
}

hol_status hol_moments_reduce(hol_moments *moments, hol_comm *comm) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_comm_sum_i64(comm, &moments->samples, 1));
    HOL_TRY(hol_comm_sum_i64(comm, moments->ones, moments->units));
    HOL_TRY(hol_comm_sum_i64(comm, moments->pairs, moments->units * moments->units));
    if (!moments->known) return HOL_OK;
    HOL_TRY(hol_comm_sum_i64(comm, moments->known, moments->units));
    HOL_TRY(hol_comm_sum_i64(comm, moments->known_pairs, moments->units * moments->units));
    HOL_TRY(hol_comm_sum_i64(comm, moments->known_ones, moments->units * moments->units));
cleanup:
    return status;
}

/* Of a pair where both are known. */
static double correlation_of_known(const hol_moments *self, int64_t i, int64_t j) {
    const double n = (double)self->known_pairs[i * self->units + j];
    return (double)self->pairs[i * self->units + j] / n -
           (double)self->known_ones[i * self->units + j] / n * ((double)self->known_ones[j * self->units + i] / n);
}

static void get_of_known(const hol_moments *self, double *means, double *correlations) {
    const int64_t units = self->units;
    for (int64_t i = 0; i < units; i++) means[i] = (double)self->ones[i] / (double)self->known[i];
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = 0; j < units; j++)
            correlations[i * units + j] = i == j ? means[i] * (1 - means[i]) : correlation_of_known(self, i, j);
}

void hol_moments_get(const hol_moments *moments, double *means, double *correlations) {
    const int64_t units = moments->units;
    const double samples = (double)moments->samples;
    if (moments->known) {
        get_of_known(moments, means, correlations);
        return;
    }
    for (int64_t i = 0; i < units; i++) means[i] = (double)moments->ones[i] / samples;
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = 0; j < units; j++)
            correlations[i * units + j] = i == j
                                              ? means[i] * (1 - means[i])
                                              : (double)moments->pairs[i * units + j] / samples - means[i] * means[j];
}

static bool are_known(double x, double y) { return !isnan(x) && !isnan(y); }

hol_comparison hol_moments_compare(const double *x, const double *y, int64_t count) {
    double mx = 0, my = 0, xx = 0, xy = 0, yy = 0, off = 0;
    int64_t known = 0;
    for (int64_t i = 0; i < count; i++) known += are_known(x[i], y[i]);
    if (known == 0) return (hol_comparison){.pearson = (double)NAN, .slope = (double)NAN};
    for (int64_t i = 0; i < count; i++) {
        if (!are_known(x[i], y[i])) continue;
        mx += x[i] / (double)known;
        my += y[i] / (double)known;
    }
    for (int64_t i = 0; i < count; i++) {
        if (!are_known(x[i], y[i])) continue;
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
        yy += (y[i] - my) * (y[i] - my);
        off += (y[i] - x[i]) * (y[i] - x[i]);
    }
    const double rounding = (double)known * HOL_MOMENTS_ROUNDING * HOL_MOMENTS_ROUNDING;
    hol_comparison c = {.x_is_constant = xx <= rounding, .y_is_constant = yy <= rounding};
    c.pearson = c.x_is_constant || c.y_is_constant ? (double)NAN : xy / sqrt(xx * yy);
    c.slope = c.x_is_constant ? (double)NAN : xy / xx;
    c.rms = sqrt(off / (double)known);
    return c;
}

hol_status hol_moments_compare_pairs(const double *x, const double *y, int64_t units, hol_comparison *ret) {
    hol_status status = HOL_OK;
    double *upper = NULL;
    const int64_t count = units * (units - 1) / 2;
    int64_t at = 0;
    HOL_TRY(HOL_ALLOCATE(upper, HOL_PRODUCT(2, count), "correlations"));
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = i + 1; j < units; j++, at++) {
            upper[at] = x[i * units + j];
            upper[count + at] = y[i * units + j];
        }
    *ret = hol_moments_compare(upper, upper + count, count);
cleanup:
    hol_free(upper);
    return status;
}
