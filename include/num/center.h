/* center: one coupling matrix's part of the centred gradient (Montavon & Mueller 2012; Melchior, Fischer & Wiskott
 * 2016).
 *
 * With the gradients g (matrix), r and c (biases of rows and columns) of plain statistics and the offsets m and l:
 *
 *     g_ij -= m_i c_j + r_i l_j          row_bias_i -= sum_j g_ij l_j          column_bias_j -= sum_i g_ij m_i
 *
 * In one fixed order of operations, tile by tile (num/row_tiles.h), on any instruction set. */
#ifndef HOL_NUM_CENTER_H
#define HOL_NUM_CENTER_H

#include <stdint.h>

/* A tile of rows: matrix is (rows, columns), from the first of them on, as are m, r and row_bias. Entries that there
 * are not become 0 and count for nothing: with diagonal >= 0 the first row's one at that column, the next row's at the
 * next one ..., in a matrix whose rows and columns are the same units; and those whose kept (rows, columns) is 0, where
 * it is not NULL. sums (columns) gets the tile's sum_i g_ij m_i; NULL where it is not wanted, as in a symmetric matrix,
 * whose rows are its columns. */
void hol_center_rows(float *matrix, int64_t rows, int64_t columns, const float *m, const float *r, const float *l,
                     const float *c, int64_t diagonal, const uint8_t *kept, float *row_bias, float *sums);

/* Some columns' biases, when the sums (tiles, columns) of all rows are there; both from the first of `count` columns
 * on, sums with rows `columns` apart. */
void hol_center_columns(const float *sums, int64_t tiles, int64_t columns, int64_t count, float *column_bias);

#endif
