/* fixed: couplings as whole numbers.
 *
 * Fields are sums over hundreds of units, taken by several kernels in several orders. In floating point each order
 * would round differently; in fixed point every order gives the same 32 bits, so that table look-ups, row additions,
 * flips and any instruction set agree by construction. A coupling becomes round(w * 2^fraction_bits); the number of
 * fraction bits is chosen per step from the largest possible |field|, as many as 32-bit sums allow, and at most 24: the
 * sampled model differs from the float one by less than a float sum's own rounding would make it. */
#ifndef HOL_NUM_FIXED_H
#define HOL_NUM_FIXED_H

#include <stdint.h>

#include "base/status.h"

enum { HOL_FIXED_MAX_BITS = 24 };

/* The largest |field| that fixed point takes; beyond it a model counts as diverged. */
#define HOL_FIXED_LIMIT 0x1p20

/* max over rows i of |bias[i]| + sum_j |weights[i][j]|: no field of any state is larger. +infinity when anything is not
 * finite. Some rows, beginning and ending with tiles of `tile` rows (num/row_tiles.h): weights is (rows, columns),
 * dense, bias (rows), from the first of them on. sums, of the first tile on, is (tiles, columns) and gets each tile's
 * sum_i |weights[i][j]|; NULL where it is not wanted. */
double hol_fixed_row_bound(const float *weights, const float *bias, int64_t rows, int64_t columns, int64_t tile,
                           float *sums);

/* The same for all columns, from the sums (tiles, columns) of all rows; bias is (columns). */
double hol_fixed_column_bound(const float *sums, const float *bias, int64_t tiles, int64_t columns);

/* HOL_NUMERICAL, in words for a user, unless a bound of fields is below HOL_FIXED_LIMIT. */
hol_status hol_fixed_check(double bound) HOL_MUST_USE;

/* The fraction bits for a bound below HOL_FIXED_LIMIT, such that sums stay below 2^31. */
int hol_fixed_choose_bits(double bound);

/* out[i][j] = round(weights[i][j] * factor): out is (rows, stride); padding is set to 0. */
void hol_fixed_round(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out, int64_t stride);

/* The same, and transposed[j][i] as well: transposed is (columns, stride_transposed). Some of the rows may be rounded
 * at a time, from a multiple of HOL_ROW_TILE_GRAIN on, out and transposed then being at the first of them; the last
 * ones set transposed's padding to 0. */
void hol_fixed_round_both(const float *weights, int64_t rows, int64_t columns, float factor, int32_t *out,
                          int64_t stride, int32_t *transposed, int64_t stride_transposed);

#endif
