/* moments: counts of ones and of pairs. */
#include "estimate/moments.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"
#include "sample/population.h"

hol_status hol_moments_create(int64_t units, hol_moments *ret) {
    hol_status status = HOL_OK;
    *ret = (hol_moments){.units = units};
    HOL_TRY(HOL_ALLOCATE(ret->ones, units, "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->pairs, HOL_PRODUCT(units, units), "moments"));
    HOL_TRY(HOL_ALLOCATE(ret->room, HOL_PRODUCT(units, units), "moments"));
cleanup:
    return status;
}

void hol_moments_clear(hol_moments *moments) {
    hol_free(moments->ones);
    hol_free(moments->pairs);
    hol_free(moments->room);
    *moments = (hol_moments){0};
}

/* few enough blocks for 32-bit sums */
static void add_part(hol_moments *self, const hol_population *part) {
    memset(self->room, 0, (size_t)self->units * sizeof *self->room);
    hol_counts_units(&part->states, self->units, part->count, 1, (hol_sums){.wide = self->room});
    for (int64_t i = 0; i < self->units; i++) self->ones[i] += self->room[i];
    memset(self->room, 0, (size_t)(self->units * self->units) * sizeof *self->room);
    hol_pairs_add_symmetric(hol_kernels_get(), &part->states, self->units, 1, self->room);
    for (int64_t k = 0; k < self->units * self->units; k++) self->pairs[k] += self->room[k];
}

/* A row at a time, by the units that are on in it, of which list has room for all. */
static void add_weighted(hol_moments *self, const hol_population *population, int64_t chains, int32_t *list) {
    for (int64_t c = 0; c < chains; c++) {
        const uint64_t *words = population->states.words + c / HOL_LANES * population->states.stride;
        const int64_t weight = population->weights[c];
        int64_t count = 0;
        for (int64_t i = 0; i < self->units; i++)
            if (words[i] >> c % HOL_LANES & 1) list[count++] = (int32_t)i;
        self->samples += weight;
        for (int64_t a = 0; a < count; a++) self->ones[list[a]] += weight;
        for (int64_t a = 0; a < count; a++)
            for (int64_t b = 0; b < count; b++)
                if (a != b) self->pairs[list[a] * self->units + list[b]] += weight;
    }
}

void hol_moments_add(hol_moments *moments, hol_population *population) {
    enum { PART_BLOCKS = HOL_COUNT_CHAINS_MAX / HOL_LANES };
    int64_t first = 0, chains = 0;
    hol_population_get_owned(population, &first, &chains);
    if (population->weights) {
        add_weighted(moments, population, chains, moments->room);
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
cleanup:
    return status;
}

void hol_moments_get(const hol_moments *moments, double *means, double *correlations) {
    const int64_t units = moments->units;
    const double samples = (double)moments->samples;
    for (int64_t i = 0; i < units; i++) means[i] = (double)moments->ones[i] / samples;
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = 0; j < units; j++)
            correlations[i * units + j] = i == j
                                              ? means[i] * (1 - means[i])
                                              : (double)moments->pairs[i * units + j] / samples - means[i] * means[j];
}

hol_comparison hol_moments_compare(const double *x, const double *y, int64_t count) {
    double mx = 0, my = 0, xx = 0, xy = 0, yy = 0, off = 0;
    if (count == 0) return (hol_comparison){.pearson = (double)NAN, .slope = (double)NAN};
    for (int64_t i = 0; i < count; i++) {
        mx += x[i] / (double)count;
        my += y[i] / (double)count;
    }
    for (int64_t i = 0; i < count; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
        yy += (y[i] - my) * (y[i] - my);
        off += (y[i] - x[i]) * (y[i] - x[i]);
    }
    const double rounding = (double)count * HOL_MOMENTS_ROUNDING * HOL_MOMENTS_ROUNDING;
    hol_comparison c = {.x_is_constant = xx <= rounding, .y_is_constant = yy <= rounding};
    c.pearson = c.x_is_constant || c.y_is_constant ? (double)NAN : xy / sqrt(xx * yy);
    c.slope = c.x_is_constant ? (double)NAN : xy / xx;
    c.rms = sqrt(off / (double)count);
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
