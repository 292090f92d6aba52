/* center: one coupling matrix's part of the centred gradient (Montavon & Mueller 2012; Melchior, Fischer & Wiskott
 * 2016).
 *
 * With the gradients g (matrix), r and c (biases of rows and columns) of plain statistics and the offsets m and l:
 *
 *     g_ij -= m_i c_j + r_i l_j          row_bias_i -= sum_j g_ij l_j          column_bias_j -= sum_i g_ij m_i
 *
 * In one fixed order of operations: the same bits for any number of threads and instruction set. */
#ifndef HOL_NUM_CENTER_H
#define HOL_NUM_CENTER_H

#include <stdbool.h>
#include <stdint.h>

/* matrix is (rows, columns). r may be row_bias itself, and c column_bias. symmetric: rows and columns are the same
 * units; the diagonal becomes 0 and column_bias, which is not used, may be NULL. */
void hol_center(float *matrix, int64_t rows, int64_t columns, const float *m, const float *r, const float *l,
                const float *c, bool symmetric, float *row_bias, float *column_bias);

#endif
