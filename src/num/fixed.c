/* fixed: bounds and rounding. Threads own columns or rows, so that no sum's order depends on their number. */
#include "num/fixed.h"

#include <math.h>

#include "num/clones.h"

enum { TILE = 64, WORTH_THREADS = 1 << 15 };

static double largest(double bound, double sum) {
    if (!(sum <= 0x1.fffffep127)) return (double)INFINITY; /* catches NaN too */
    return sum > bound ? sum : bound;
}

HOL_CLONES static void add_magnitudes(const float *weights, int64_t rows, int64_t columns, int64_t width, float *sums) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) sums[j] += fabsf(weights[i * columns + j]);
}

double hol_fixed_column_bound(const float *weights, const float *bias, int64_t rows, int64_t columns) {
    double bound = 0;
#pragma omp parallel for default(none) shared(weights, bias, rows, columns)                                            \
    reduction(max                                                                                                      \
              : bound) if (rows * columns > WORTH_THREADS)
    for (int64_t first = 0; first < columns; first += TILE) {
        const int64_t width = columns - first < TILE ? columns - first : TILE;
        float sums[TILE];
        for (int64_t j = 0; j < width; j++) sums[j] = fabsf(bias[first + j]);
        add_magnitudes(weights + first, rows, columns, width, sums);
        for (int64_t j = 0; j < width; j++) bound = largest(bound, (double)sums[j]);
    }
    return bound;
}

/* 16 partial sums in a fixed pattern, which any vector width can follow */
HOL_CLONES static double sum_magnitudes(const float *row, int64_t columns, float bias) {
    float sums[16] = {fabsf(bias)};
    int64_t j = 0;
    for (; j + 16 <= columns; j += 16)
        for (int64_t l = 0; l < 16; l++) sums[l] += fabsf(row[j + l]);
    for (; j < columns; j++) sums[0] += fabsf(row[j]);
    double sum = 0;
    for (int l = 0; l < 16; l++) sum += (double)sums[l];
    return sum;
}

double hol_fixed_row_bound(const float *weights, const float *bias, int64_t rows, int64_t columns) {
    double bound = 0;
#pragma omp parallel for default(none) shared(weights, bias, rows, columns)                                            \
    reduction(max                                                                                                      \
              : bound) if (rows * columns > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i++) bound = largest(bound, sum_magnitudes(weights + i * columns, columns, bias[i]));
    return bound;
}

hol_status hol_fixed_check(double bound) {
    if (bound < HOL_FIXED_LIMIT) return HOL_OK;
    return hol_error(
        HOL_NUMERICAL,
        "a unit's field can reach %g, expected less than %g: parameters diverged, or too low a temperature", bound,
        HOL_FIXED_LIMIT);
}

int hol_fixed_choose_bits(double bound) {
    /* the float bound may be low by its own rounding, and each of n terms may round up by half: 30, not 31, leaves
     * room */
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

HOL_CLONES static void round_row(const float *row, int64_t columns, float factor, int32_t *out) {
    for (int64_t j = 0; j < columns; j++) out[j] = round_half_away(row[j] * factor);
}

void hol_fixed_round(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out, int64_t stride) {
#pragma omp parallel for default(none)                                                                                 \
    shared(weights, rows, columns, factor, out, stride) if (rows * columns > WORTH_THREADS)
    for (int64_t i = 0; i < rows; i++) {
        round_row(weights + i * columns, columns, factor, out + i * stride);
        for (int64_t j = columns; j < stride; j++) out[i * stride + j] = 0;
    }
}

/* 16 rows by `width` <= 16 columns: rounded in rows, written in columns */
HOL_CLONES static void round_square(const float *weights, int64_t columns, int64_t width, float factor, int32_t *out,
                                    int64_t stride) {
    int32_t square[16][16];
    for (int64_t i = 0; i < 16; i++)
        for (int64_t j = 0; j < width; j++) square[i][j] = round_half_away(weights[i * columns + j] * factor);
    for (int64_t j = 0; j < width; j++)
        for (int64_t i = 0; i < 16; i++) out[j * stride + i] = square[i][j];
}

void hol_fixed_round_transposed(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out,
                                int64_t stride) {
#pragma omp parallel for default(none)                                                                                 \
    shared(weights, rows, columns, factor, out, stride) if (rows * columns > WORTH_THREADS)
    for (int64_t first = 0; first < columns; first += 16) {
        const int64_t width = columns - first < 16 ? columns - first : 16;
        int64_t i = 0;
        for (; i + 16 <= rows; i += 16)
            round_square(weights + i * columns + first, columns, width, factor, out + first * stride + i, stride);
        for (int64_t j = first; j < first + width; j++) {
            for (int64_t k = i; k < rows; k++) out[j * stride + k] = round_half_away(weights[k * columns + j] * factor);
            for (int64_t k = rows; k < stride; k++) out[j * stride + k] = 0;
        }
    }
}
