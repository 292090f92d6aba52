/* fixed: bounds and rounding. Threads own columns or rows, so that no sum's order depends on their number. */
#include "num/fixed.h"

#include <math.h>
#include <string.h>

#include "num/clones.h"
#include "num/row_tiles.h"
#include "num/threads.h"

enum { TILE = 64, GRAIN = HOL_ROW_TILE_GRAIN };

static double largest(double bound, double sum) {
    if (!(sum <= 0x1.fffffep127)) return (double)INFINITY; /* catches NaN too */
    return sum > bound ? sum : bound;
}

/* |row|'s sum, in 16 partial sums in a fixed pattern that any vector width can follow */
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

HOL_CLONES static void add_magnitudes(const float *row, int64_t columns, float *restrict sums) {
    for (int64_t j = 0; j < columns; j++) sums[j] += fabsf(row[j]);
}

double hol_fixed_row_bound(const float *weights, const float *bias, int64_t rows, int64_t columns, int64_t tile,
                           float *sums) {
    double bound = 0;
#pragma omp parallel for default(none) shared(weights, bias, rows, columns, tile, sums)                                \
    reduction(max                                                                                                      \
              : bound) if (hol_worth_threads(rows * columns, 4))
    for (int64_t first = 0; first < rows; first += tile) {
        float *sum = sums ? sums + first / tile * columns : NULL;
        if (sum) memset(sum, 0, (size_t)columns * sizeof *sum);
        for (int64_t i = first; i < rows && i < first + tile; i++) {
            const float *row = weights + i * columns;
            bound = largest(bound, sum_magnitudes(row, columns, bias[i]));
            if (sum) add_magnitudes(row, columns, sum);
        }
    }
    return bound;
}

double hol_fixed_column_bound(const float *sums, const float *bias, int64_t tiles, int64_t columns) {
    double bound = 0;
    for (int64_t first = 0; first < columns; first += TILE) {
        const int64_t width = columns - first < TILE ? columns - first : TILE;
        float all[TILE];
        for (int64_t j = 0; j < width; j++) all[j] = fabsf(bias[first + j]);
        for (int64_t b = 0; b < tiles; b++)
            for (int64_t j = 0; j < width; j++) all[j] += sums[b * columns + first + j];
        for (int64_t j = 0; j < width; j++) bound = largest(bound, (double)all[j]);
    }
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

static void round_padded(const float *row, int64_t columns, float factor, int32_t *out, int64_t stride) {
    round_row(row, columns, factor, out);
    for (int64_t j = columns; j < stride; j++) out[j] = 0;
}

void hol_fixed_round(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out, int64_t stride) {
#pragma omp parallel for default(none)                                                                                 \
    shared(weights, rows, columns, factor, out, stride) if (hol_worth_threads(rows * columns, 4))
    for (int64_t i = 0; i < rows; i++) round_padded(weights + i * columns, columns, factor, out + i * stride, stride);
}

typedef int32_t four __attribute__((vector_size(16), aligned(4), may_alias));
#if defined(__clang__)
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (four){__VA_ARGS__})
#endif

/* 4 rows, `stride` apart, of 4 columns into 4 rows of 4 */
static inline void turn_four(const int32_t *from, int64_t stride, int32_t *to, int64_t stride_to) {
    const four a = *(const four *)from, b = *(const four *)(from + stride), c = *(const four *)(from + 2 * stride),
               d = *(const four *)(from + 3 * stride);
    const four ab = MIX(a, b, 0, 4, 1, 5), AB = MIX(a, b, 2, 6, 3, 7);
    const four cd = MIX(c, d, 0, 4, 1, 5), CD = MIX(c, d, 2, 6, 3, 7);
    *(four *)to = MIX(ab, cd, 0, 1, 4, 5);
    *(four *)(to + stride_to) = MIX(ab, cd, 2, 3, 6, 7);
    *(four *)(to + 2 * stride_to) = MIX(AB, CD, 0, 1, 4, 5);
    *(four *)(to + 3 * stride_to) = MIX(AB, CD, 2, 3, 6, 7);
}

/* rows, at most 16, that lie in out, to transposed, whose rows have room for 16 */
static void turn_rows(const int32_t *out, int64_t rows, int64_t columns, int64_t stride, int32_t *transposed,
                      int64_t stride_transposed) {
    int64_t j = 0;
    for (; j + 4 <= columns && rows == GRAIN; j += 4)
        for (int64_t i = 0; i < GRAIN; i += 4)
            turn_four(out + i * stride + j, stride, transposed + j * stride_transposed + i, stride_transposed);
    for (; j < columns; j++)
        for (int64_t i = 0; i < GRAIN; i++) transposed[j * stride_transposed + i] = i < rows ? out[i * stride + j] : 0;
}

void hol_fixed_round_both(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out,
                          int64_t stride, int32_t *transposed, int64_t stride_transposed) {
#pragma omp parallel for default(none)                                                                                 \
    shared(weights, rows, columns, factor, out, stride, transposed, stride_transposed)                                 \
        schedule(static) if (hol_worth_threads(rows * columns, 4))
    for (int64_t first = 0; first < rows; first += GRAIN) {
        const int64_t count = rows - first < GRAIN ? rows - first : GRAIN;
        for (int64_t i = first; i < first + count; i++)
            round_padded(weights + i * columns, columns, factor, out + i * stride, stride);
        turn_rows(out + first * stride, count, columns, stride, transposed + first, stride_transposed);
    }
}
