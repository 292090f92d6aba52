/* fixed: bounds and rounding. Threads own columns or rows, so that no sum's order depends on their number. */
#include "num/fixed.h"

#include <math.h>

enum { TILE = 64, WORTH_THREADS = 1 << 15 };

static double largest(double bound, double sum) {
    if (!(sum <= 0x1.fffffep127)) return (double)INFINITY; /* catches NaN too */
    return sum > bound ? sum : bound;
}

double hol_fixed_column_bound(const float *weights, const float *bias, int64_t rows, int64_t columns) {
    double bound = 0;
#pragma omp parallel for default(none) shared(weights, bias, rows, columns) reduction(max : bound)                     \
    if (rows * columns > WORTH_THREADS)
    for (int64_t first = 0; first < columns; first += TILE) {
        const int64_t width = columns - first < TILE ? columns - first : TILE;
        float sums[TILE];
        for (int64_t j = 0; j < width; j++) sums[j] = fabsf(bias[first + j]);
        for (int64_t i = 0; i < rows; i++) {
            const float *row = weights + i * columns + first;
            for (int64_t j = 0; j < width; j++) sums[j] += fabsf(row[j]);
        }
        for (int64_t j = 0; j < width; j++) bound = largest(bound, (double)sums[j]);
    }
    return bound;
}

double hol_fixed_row_bound(const float *weights, const float *bias, int64_t rows, int64_t columns) {
    double bound = 0;
#pragma omp parallel for default(none) shared(weights, bias, rows, columns) reduction(max : bound)                     \
    if (rows * columns > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i++) {
        /* 16 partial sums in a fixed pattern, which any vector width can follow */
        float sums[16] = {fabsf(bias[i])};
        const float *row = weights + i * columns;
        int64_t j = 0;
        for (; j + 16 <= columns; j += 16)
            for (int64_t l = 0; l < 16; l++) sums[l] += fabsf(row[j + l]);
        for (; j < columns; j++) sums[0] += fabsf(row[j]);
        double sum = 0;
        for (int l = 0; l < 16; l++) sum += (double)sums[l];
        bound = largest(bound, sum);
    }
    return bound;
}

int hol_fixed_choose_bits(double bound) {
    /* the float bound may be low by its own rounding, and each of n terms may round up by half: 30, not 31, leaves room */
    int bits = 30;
    while (bits > 0 && (bound + 1.0) * (double)(INT64_C(1) << bits) >= 0x1p30) bits--;
    return bits < HOL_FIXED_MAX_BITS ? bits : HOL_FIXED_MAX_BITS;
}

/* x + 1/2 would itself be rounded for odd x beyond 2^23: cut, and look at the exact rest */
static inline int32_t round_half_away(float x) {
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

void hol_fixed_round(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out, int64_t stride) {
#pragma omp parallel for default(none) shared(weights, rows, columns, factor, out, stride)                             \
    if (rows * columns > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i++) {
        const float *row = weights + i * columns;
        int32_t *to = out + i * stride;
        for (int64_t j = 0; j < columns; j++) to[j] = round_half_away(row[j] * factor);
        for (int64_t j = columns; j < stride; j++) to[j] = 0;
    }
}

void hol_fixed_round_transposed(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out,
                                int64_t stride) {
#pragma omp parallel for default(none) shared(weights, rows, columns, factor, out, stride)                             \
    if (rows * columns > WORTH_THREADS)
    for (int64_t first = 0; first < columns; first += 16) {
        const int64_t width = columns - first < 16 ? columns - first : 16;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = first; j < first + width; j++)
                out[j * stride + i] = round_half_away(weights[i * columns + j] * factor);
        for (int64_t j = first; j < first + width; j++)
            for (int64_t i = rows; i < stride; i++) out[j * stride + i] = 0;
    }
}
