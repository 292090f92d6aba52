/* narrow: couplings as whole numbers of 16 bits, for sampling in training.
 *
 * Half as wide as num/fixed's, they let a kernel take twice as many at a time. A coupling becomes round(w *
 * 2^fraction_bits). Fields are sums in 32 bits, and exact; kernels may add up in 16 bits what certainly fits: the sum
 * over any units of one range, which is HOL_NARROW_ROWS inputs in a row, and over any few. So the number of fraction
 * bits is the largest for which all such sums of all outputs fit: it follows from the parameters alone, and results
 * from it alone, not from what is added up where. Below HOL_NARROW_BITS_MIN, which takes couplings of tens of nats, the
 * caller uses num/fixed's numbers instead.
 *
 * A matrix (rows, columns) couples both ways: rows are inputs of columns' fields, columns of rows'. It is measured,
 * then rounded, some of its rows at a time, from a multiple of HOL_ROW_TILE_GRAIN on, by whoever has them: threads, or
 * ranks of a team in one memory. */
#ifndef HOL_NUM_NARROW_H
#define HOL_NUM_NARROW_H

#include <stdbool.h>
#include <stdint.h>

#include "num/kernels.h"

enum { HOL_NARROW_BITS_MIN = 10 };

static inline int64_t hol_narrow_range_count(int64_t inputs) {
    return (inputs + HOL_NARROW_ROWS - 1) / HOL_NARROW_ROWS;
}
static inline int64_t hol_narrow_strip_count(int64_t outputs) {
    return (outputs + HOL_NARROW_STRIP - 1) / HOL_NARROW_STRIP;
}

/* Numbers of the table of so many inputs and outputs, (strips, inputs, 32): strips follow each other, each with all
 * inputs' couplings to its 32 outputs, beyond the last one 0. */
static inline int64_t hol_narrow_table_size(int64_t inputs, int64_t outputs) {
    return hol_narrow_strip_count(outputs) * inputs * HOL_NARROW_STRIP;
}

/* What is known of a matrix's rows, HOL_ROW_TILE_GRAIN by HOL_ROW_TILE_GRAIN: a grain's record is
 *
 *     the largest |weight|; the largest |bias| + sum of |weights| of a row;
 *     of each range of columns, the largest sum that any of them have in a row, up or down;
 *     of each column, the sum of |weights| and that of weights.
 *
 * Largest values are +infinity where something is not finite. */
static inline int64_t hol_narrow_record_size(int64_t columns) {
    return 2 + hol_narrow_range_count(columns) + 2 * columns;
}

/* Whether a grain's rows, as measured, have nothing that 16 bits can't hold. */
static inline bool hol_narrow_fits(const float *record, float factor) {
    return record[0] * factor < (float)INT16_MAX && record[1] <= 0x1.fffffep127f;
}

/* records is those of the rows given, (grains, record size); weights is (rows, columns), bias (rows). Not threaded. */
void hol_narrow_measure(const float *weights, const float *bias, int64_t rows, int64_t columns, float *records);

/* What follows for the whole matrix. */
typedef struct hol_narrow_bounds {
    double largest;    /* |weight| */
    double field;      /* no field of a row or a column is larger */
    double sum;        /* nor a sum over a range's inputs */
    float *to_rows;    /* borrowed: (ranges of columns): the largest sum over each range's inputs */
    float *to_columns; /* borrowed: (ranges of rows) */
} hol_narrow_bounds;

/* From all rows' records; bias is (columns). to_rows and to_columns are the caller's to set before. */
void hol_narrow_bound(const float *records, const float *bias, int64_t rows, int64_t columns,
                      hol_narrow_bounds *bounds);

/* The fraction bits for couplings and biases over tau, or -1 where they are fewer than HOL_NARROW_BITS_MIN.
 * bounds.field is finite. */
int hol_narrow_choose_bits(const hol_narrow_bounds *bounds, double temperature);

/* reach[r] = no sum over range r's inputs is larger when rounded, sums being (ranges) of couplings. */
void hol_narrow_reach(const float *sums, int64_t ranges, float factor, int32_t *reach);

/* round(weights * factor) of rows [first, first + count) into both tables: to_columns for inputs the rows, to_rows for
 * inputs the columns. weights is all (rows, columns). Not threaded. */
void hol_narrow_round(const float *weights, int64_t rows, int64_t columns, int64_t first, int64_t count, float factor,
                      int16_t *to_columns, int16_t *to_rows);

#endif
