/* moments: counts of ones and of pairs. */
#include "estimate/moments.h"

#include <math.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"

enum { BLOCKS = 256 };

/* What is on in these lanes, and what is known there. */
static void count(void *context, int64_t lanes, int32_t *part) {
    const hol_moments *self = context;
    const hol_rows_counter *c = &self->counter;
    const hol_kernels *kernels = self->model->options.kernels;
    const int64_t units = self->units, blocks = hol_bits_blocks(lanes);
    const hol_states x = {.words = c->words, .blocks = blocks, .stride = c->stride};
    const hol_states known = {.words = c->words + c->stride / 2, .blocks = blocks, .stride = c->stride};
    hol_counts_units(&x, units, lanes, 1, (hol_sums){.wide = part});
    hol_pairs_add_symmetric(kernels, &x, units, 1, part + (self->pairs - self->ones));
    if (!self->known) return;
    hol_counts_units(&known, units, lanes, 1, (hol_sums){.wide = part + (self->known - self->ones)});
    hol_pairs_add_symmetric(kernels, &known, units, 1, part + (self->known_pairs - self->ones));
    hol_pairs_add(kernels, &x, units, &known, units, 1, part + (self->known_ones - self->ones));
}

hol_status hol_moments_create(const hol_model *model, int64_t units, bool has_missing, hol_moments *ret) {
    hol_status status = HOL_OK;
    const int64_t squared = HOL_PRODUCT(units, units), stride = model->info.visible + model->info.hidden;
    hol_rows_counter *c = &ret->counter;
    *ret = (hol_moments){.model = model, .units = units};
    *c = (hol_rows_counter){.count = count, .blocks = BLOCKS, .copies = 1, .largest = 1};
    c->stride = has_missing ? 2 * stride : stride;
    c->entries = HOL_PRODUCT(has_missing ? 3 : 1, units + squared);
    HOL_TRY(HOL_ALLOCATE(c->words, HOL_PRODUCT(BLOCKS, c->stride), "moments"));
    HOL_TRY(HOL_ALLOCATE(c->part, c->entries, "moments"));
    HOL_TRY(HOL_ALLOCATE(c->sums, c->entries, "moments"));
    ret->ones = c->sums;
    ret->pairs = ret->ones + units;
    if (!has_missing) return HOL_OK;
    ret->known = ret->pairs + squared;
    ret->known_pairs = ret->known + units;
    ret->known_ones = ret->known_pairs + squared + units;
cleanup:
    return status;
}

void hol_moments_clear(hol_moments *moments) {
    hol_free(moments->counter.words);
    hol_free(moments->counter.part);
    hol_free(moments->counter.sums);
    *moments = (hol_moments){0};
}

void hol_moments_add(hol_moments *moments, const hol_population *population) {
    const hol_rows rows = hol_rows_of_population(population, moments->known);
    moments->counter.context = moments;
    moments->samples += hol_rows_total(&rows);
    hol_rows_count(&rows, &moments->counter);
}

hol_status hol_moments_reduce(hol_moments *moments, hol_comm *comm) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_comm_sum_i64(comm, &moments->samples, 1));
    HOL_TRY(hol_comm_sum_i64(comm, moments->counter.sums, moments->counter.entries));
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
