/* narrow: bounds of sums, and rounding into strips. Rows are taken a grain of 16 at a time, which is what a tile of any
 * layout consists of: nothing here depends on who has which tiles. */
#include "num/narrow.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/clones.h"
#include "num/fixed.h"
#include "num/row_tiles.h"

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

/* Sums of a grain's rows in the columns of one range: down the columns, and along the rows in 8 partial sums each. The
 * order of all additions is given, whatever the vectors. */
enum { LANES = 8 };

typedef float eight_floats __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t eight_words __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

typedef struct square {
    float magnitudes[RANGE], sums[RANGE];
    float largest[2 * LANES]; /* of all ranges so far */
    float row_magnitudes[GRAIN][LANES], row_sums[GRAIN][LANES];
} square;

/* macros, for functions of such vectors would be of the clones' own calling conventions */
#define LOAD(x) (*(const eight_floats *)(x))
#define STORE(to, x) (*(eight_floats *)(to) = (x))
#define MAGNITUDE(x) ((eight_floats)((eight_words)(x)&INT32_MAX))
#define LARGER(a, b) ((eight_floats)(((eight_words)(a) & ((a) > (b))) | ((eight_words)(b) & ~((a) > (b)))))

/* 16 columns from `first` on; the first ones begin the rows' sums; s->largest goes on */
static inline __attribute__((always_inline)) void add_columns(const float *weights, int64_t rows, int64_t stride,
                                                              bool begins, square *s, int64_t first) {
    const eight_floats zero = {0};
    eight_floats m0 = zero, m1 = zero, s0 = zero, s1 = zero;
    eight_floats l0 = LOAD(s->largest), l1 = LOAD(s->largest + LANES);
    for (int64_t i = 0; i < rows; i++, weights += stride) {
        const eight_floats x0 = LOAD(weights), x1 = LOAD(weights + LANES);
        const eight_floats a0 = MAGNITUDE(x0), a1 = MAGNITUDE(x1);
        m0 += a0;
        m1 += a1;
        s0 += x0;
        s1 += x1;
        l0 = LARGER(a0, l0);
        l1 = LARGER(a1, l1);
        STORE(s->row_magnitudes[i], begins ? a0 + a1 : LOAD(s->row_magnitudes[i]) + (a0 + a1));
        STORE(s->row_sums[i], begins ? x0 + x1 : LOAD(s->row_sums[i]) + (x0 + x1));
    }
    STORE(s->magnitudes + first, m0);
    STORE(s->magnitudes + first + LANES, m1);
    STORE(s->sums + first, s0);
    STORE(s->sums + first + LANES, s1);
    STORE(s->largest, l0);
    STORE(s->largest + LANES, l1);
}

HOL_CLONES static void measure_square(const float *weights, int64_t rows, int64_t columns, int64_t width, square *s) {
    float whole[GRAIN * RANGE];
    if (width < RANGE) {
        memset(whole, 0, sizeof whole);
        for (int64_t i = 0; i < rows; i++)
            memcpy(whole + i * RANGE, weights + i * columns, (size_t)width * sizeof *whole);
        weights = whole;
        columns = RANGE;
    }
    add_columns(weights, rows, columns, true, s, 0);
    for (int64_t first = 2 * LANES; first < RANGE; first += 2 * LANES)
        add_columns(weights + first, rows, columns, false, s, first);
}

static inline float fold(const float x[LANES]) {
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

static void measure_grain(const float *weights, const float *bias, int64_t rows, int64_t columns, record to) {
    float fields[GRAIN];
    square s;
    memset(s.largest, 0, sizeof s.largest);
    *to.largest = *to.field = 0;
    for (int64_t i = 0; i < rows; i++) fields[i] = fabsf(bias[i]);
    for (int64_t r = 0; r * RANGE < columns; r++) {
        const int64_t first = r * RANGE, width = columns - first < RANGE ? columns - first : RANGE;
        measure_square(weights + first, rows, columns, width, &s);
        memcpy(to.magnitudes + first, s.magnitudes, (size_t)width * sizeof *s.magnitudes);
        memcpy(to.sums + first, s.sums, (size_t)width * sizeof *s.sums);
        to.reach[r] = 0;
        for (int64_t i = 0; i < rows; i++) {
            const float magnitude = fold(s.row_magnitudes[i]);
            fields[i] += magnitude;
            to.reach[r] = larger(reach_of(magnitude, fold(s.row_sums[i])), to.reach[r]);
        }
    }
    for (int l = 0; l < 2 * LANES; l++) *to.largest = larger(s.largest[l], *to.largest);
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

/* round(x) of |x| < 2^22: a half less its last bit, so that the largest number below a half isn't rounded up to 1 */
static inline int32_t round_small(float x) { return (int32_t)(x + copysignf(0x1.fffffep-2f, x)); }

typedef int16_t eight __attribute__((vector_size(16), aligned(2), may_alias));
#if defined(__clang__)
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIX(a, b, ...) __builtin_shuffle(a, b, (eight){__VA_ARGS__})
#endif

/* 8 rows of 8 numbers, 32 apart, into 8 rows as far apart: three times, every row is interleaved with the one four
 * below  */
static inline void turn_eight(const int16_t *from, int16_t *to) {
    eight a[8], b[8];
    for (int k = 0; k < 8; k++) a[k] = *(const eight *)(from + k * STRIP);
    for (int round = 0; round < 3; round++) {
        for (int k = 0; k < 4; k++) {
            b[2 * k] = MIX(a[k], a[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
            b[2 * k + 1] = MIX(a[k], a[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
        }
        for (int k = 0; k < 8; k++) a[k] = b[k];
    }
    for (int k = 0; k < 8; k++) *(eight *)(to + k * STRIP) = a[k];
}

/* A grain's rows in one strip of columns, in both tables, pointed at where they begin. */
HOL_CLONES static void round_square(const float *weights, int64_t rows, int64_t columns, int64_t width, float factor,
                                    int16_t *to_columns, int16_t *to_rows) {
    int16_t rounded[GRAIN * STRIP];
    float row[STRIP];
    if (rows < GRAIN) memset(rounded, 0, sizeof rounded);
    if (width < STRIP) memset(row, 0, sizeof row);
    for (int64_t i = 0; i < rows; i++) {
        const float *from = weights + i * columns;
        if (width < STRIP) from = memcpy(row, from, (size_t)width * sizeof *row);
        for (int j = 0; j < STRIP; j++) rounded[i * STRIP + j] = (int16_t)round_small(from[j] * factor);
    }
    memcpy(to_columns, rounded, (size_t)(rows * STRIP) * sizeof *rounded);
    int64_t j = 0;
    for (; j + 8 <= width; j += 8)
        for (int64_t i = 0; i < GRAIN; i += 8) turn_eight(rounded + i * STRIP + j, to_rows + j * STRIP + i);
    for (; j < width; j++)
        for (int64_t i = 0; i < GRAIN; i++) to_rows[j * STRIP + i] = rounded[i * STRIP + j];
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
