/* narrow: bounds of sums, and rounding into strips. Rows are taken a grain of 16 at a time, which is what a tile of any
 * layout consists of: nothing here depends on who has which tiles. */
#include "num/narrow.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/clones.h"
#include "num/fixed.h"
#include "num/row_tiles.h"
#include "rounding.h"

enum { GRAIN = HOL_ROW_TILE_GRAIN, RANGE = HOL_NARROW_ROWS, STRIP = HOL_NARROW_STRIP, RANGE_GRAINS = RANGE / GRAIN };

static inline float larger(float a, float b) { return a > b ? a : b; }

/* ---- records ----------------------------------------------------------------------------------------------------- */

typedef struct record {
    float *largest, *field, *reach, *magnitudes, *sums;
} record;

static record record_at(float *records, int64_t grain, int64_t columns) {
    float *at = records + grain * hol_narrow_record_size(columns);
    float *reach = at + 2, *magnitudes = reach + hol_narrow_range_count(columns);
    return (record){at, at + 1, reach, magnitudes, magnitudes + columns};
}

/* what numbers of this sum of magnitudes and this sum can add up to, any of them, up or down */
static inline float reach_of(float magnitudes, float sum) { return 0.5f * (magnitudes + fabsf(sum)); }

/* the sum of 16 numbers, in pairs */
static inline float fold(float x[16]) {
    for (int width = 8; width > 0; width /= 2)
        for (int l = 0; l < width; l++) x[l] += x[l + width];
    return x[0];
}

/* `width` columns of one row, at most a range: added to the columns' sums; the row's own sums */
static inline void add_row(const float *row, int64_t width, float *restrict magnitudes, float *restrict sums,
                           float largest[16], float *ret_magnitude, float *ret_sum) {
    float magnitude[16] = {0}, sum[16] = {0};
    for (int64_t first = 0; first < width; first += 16) {
        const int64_t count = width - first < 16 ? width - first : 16;
        for (int64_t l = 0; l < count; l++) {
            const float w = row[first + l], a = fabsf(w);
            magnitudes[first + l] += a;
            sums[first + l] += w;
            magnitude[l] += a;
            sum[l] += w;
            largest[l] = larger(a, largest[l]);
        }
    }
    *ret_magnitude = fold(magnitude);
    *ret_sum = fold(sum);
}

HOL_CLONES static void measure_grain(const float *weights, const float *bias, int64_t rows, int64_t columns,
                                     record to) {
    float fields[GRAIN], largest[16] = {0};
    memset(to.magnitudes, 0, (size_t)(2 * columns) * sizeof *to.magnitudes);
    for (int64_t i = 0; i < rows; i++) fields[i] = fabsf(bias[i]);
    for (int64_t r = 0; r * RANGE < columns; r++) {
        const int64_t first = r * RANGE, width = columns - first < RANGE ? columns - first : RANGE;
        float reach = 0;
        for (int64_t i = 0; i < rows; i++) {
            float magnitude, sum;
            add_row(weights + i * columns + first, width, to.magnitudes + first, to.sums + first, largest, &magnitude,
                    &sum);
            fields[i] += magnitude;
            reach = larger(reach_of(magnitude, sum), reach);
        }
        to.reach[r] = reach;
    }
    *to.largest = *to.field = 0;
    for (int l = 0; l < 16; l++) *to.largest = larger(largest[l], *to.largest);
    for (int64_t i = 0; i < rows; i++) /* written so that NaN, too, makes it infinite */
        *to.field = fields[i] <= 0x1.fffffep127f ? larger(fields[i], *to.field) : (float)INFINITY;
}

void hol_narrow_measure(const float *weights, const float *bias, int64_t rows, int64_t columns, float *records) {
    for (int64_t first = 0; first < rows; first += GRAIN)
        measure_grain(weights + first * columns, bias + first, rows - first < GRAIN ? rows - first : GRAIN, columns,
                      record_at(records, first / GRAIN, columns));
}

/* ---- the whole matrix -------------------------------------------------------------------------------------------- */

/* `width` columns from `first` on: the largest sums over each range of rows, and the largest field */
HOL_CLONES static float bound_columns(const float *records, const float *bias, int64_t grains, int64_t columns,
                                      int64_t first, int64_t width, float *to_columns) {
    float fields[RANGE], most = 0;
    for (int64_t j = 0; j < width; j++) fields[j] = fabsf(bias[first + j]);
    for (int64_t r = 0; r * RANGE_GRAINS < grains; r++) {
        float magnitudes[RANGE] = {0}, sums[RANGE] = {0};
        for (int64_t g = r * RANGE_GRAINS; g < (r + 1) * RANGE_GRAINS && g < grains; g++) {
            const record from = record_at((float *)(uintptr_t)records, g, columns);
            for (int64_t j = 0; j < width; j++) magnitudes[j] += from.magnitudes[first + j];
            for (int64_t j = 0; j < width; j++) sums[j] += from.sums[first + j];
        }
        for (int64_t j = 0; j < width; j++) fields[j] += magnitudes[j];
        for (int64_t j = 0; j < width; j++) to_columns[r] = larger(reach_of(magnitudes[j], sums[j]), to_columns[r]);
    }
    for (int64_t j = 0; j < width; j++) most = fields[j] <= 0x1.fffffep127f ? larger(fields[j], most) : (float)INFINITY;
    return most;
}

void hol_narrow_bound(const float *records, const float *bias, int64_t rows, int64_t columns,
                      hol_narrow_bounds *bounds) {
    const int64_t grains = (rows + GRAIN - 1) / GRAIN, ranges = hol_narrow_range_count(columns);
    float field = 0, largest = 0, sum = 0;
    memset(bounds->to_rows, 0, (size_t)ranges * sizeof *bounds->to_rows);
    memset(bounds->to_columns, 0, (size_t)hol_narrow_range_count(rows) * sizeof *bounds->to_columns);
    for (int64_t g = 0; g < grains; g++) {
        const record from = record_at((float *)(uintptr_t)records, g, columns);
        field = larger(*from.field, field);
        largest = larger(*from.largest, largest);
        for (int64_t r = 0; r < ranges; r++) bounds->to_rows[r] = larger(from.reach[r], bounds->to_rows[r]);
    }
    for (int64_t first = 0; first < columns; first += RANGE)
        field = larger(bound_columns(records, bias, grains, columns, first,
                                     columns - first < RANGE ? columns - first : RANGE, bounds->to_columns),
                       field);
    for (int64_t r = 0; r < ranges; r++) sum = larger(bounds->to_rows[r], sum);
    for (int64_t r = 0; r < hol_narrow_range_count(rows); r++) sum = larger(bounds->to_columns[r], sum);
    bounds->field = (double)field;
    bounds->largest = (double)largest;
    bounds->sum = (double)sum;
}

/* Sums in float err by less than a part in 2^17; each number that is rounded by a half. */
static const double slack = 1 + 0x1p-14;

static bool fits(const hol_narrow_bounds *bounds, double factor) {
    return bounds->sum * factor * slack + RANGE / 2 <= INT16_MAX &&
           HOL_LIST_PAD * (bounds->largest * factor * slack + 0.5) <= INT16_MAX;
}

int hol_narrow_choose_bits(const hol_narrow_bounds *bounds, double temperature) {
    int bits = hol_fixed_choose_bits(bounds->field / temperature);
    while (bits >= HOL_NARROW_BITS_MIN && !fits(bounds, (double)(INT64_C(1) << bits) / temperature)) bits--;
    return bits >= HOL_NARROW_BITS_MIN ? bits : -1;
}

void hol_narrow_reach(const float *sums, int64_t ranges, float factor, int32_t *reach) {
    for (int64_t r = 0; r < ranges; r++) reach[r] = (int32_t)ceil((double)sums[r] * (double)factor * slack) + RANGE / 2;
}

/* ---- rounding ---------------------------------------------------------------------------------------------------- */

typedef int16_t eight __attribute__((vector_size(16), aligned(2), may_alias));
#if defined(__clang__)
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (eight){__VA_ARGS__})
#endif

/* 8 rows of 8 numbers, 32 apart, into 8 rows `stride` apart: three times, every row is interleaved with the one four
 * below */
static inline void turn_eight(const int16_t *from, int16_t *to, int64_t stride) {
    eight a[8], b[8];
    for (int k = 0; k < 8; k++) a[k] = *(const eight *)(from + k * STRIP);
    for (int round = 0; round < 3; round++) {
        for (int k = 0; k < 4; k++) {
            b[2 * k] = MIX(a[k], a[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
            b[2 * k + 1] = MIX(a[k], a[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
        }
        memcpy(a, b, sizeof a);
    }
    for (int k = 0; k < 8; k++) *(eight *)(to + k * stride) = a[k];
}

/* A grain's rows in one strip of columns, in both tables, pointed at where they begin. */
HOL_CLONES static void round_square(const float *weights, int64_t rows, int64_t columns, int64_t width, float factor,
                                    int16_t *to_columns, int16_t *to_rows) {
    int16_t square[GRAIN * STRIP] = {0};
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < width; j++)
            square[i * STRIP + j] = (int16_t)round_half_away(weights[i * columns + j] * factor);
        memcpy(to_columns + i * STRIP, square + i * STRIP, STRIP * sizeof *square);
    }
    int64_t j = 0;
    for (; j + 8 <= width; j += 8)
        for (int64_t i = 0; i < GRAIN; i += 8) turn_eight(square + i * STRIP + j, to_rows + j * STRIP + i, STRIP);
    for (; j < width; j++)
        for (int64_t i = 0; i < GRAIN; i++) to_rows[j * STRIP + i] = square[i * STRIP + j];
}

void hol_narrow_round(const float *weights, int64_t rows, int64_t columns, int64_t first, int64_t count, float factor,
                      int16_t *to_columns, int16_t *to_rows) {
    assert(first % GRAIN == 0);
    for (int64_t i = first; i < first + count; i += GRAIN) {
        const int64_t height = first + count - i < GRAIN ? first + count - i : GRAIN;
        int16_t *turned = to_rows + i / STRIP * columns * STRIP + i % STRIP;
        for (int64_t j = 0; j < columns; j += STRIP)
            round_square(weights + i * columns + j, height, columns, columns - j < STRIP ? columns - j : STRIP, factor,
                         to_columns + (j * rows + i * STRIP), turned + j * STRIP);
        /* a strip's last half, which has no grain */
        for (int64_t j = 0; i + GRAIN >= rows && i % STRIP == 0 && j < columns; j++)
            memset(turned + j * STRIP + GRAIN, 0, GRAIN * sizeof *turned);
    }
}
