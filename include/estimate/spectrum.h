/* spectrum: the singular values of a matrix of couplings, which tell how many directions a model has learned: those
 * that stand out from the bulk of a random matrix. */
#ifndef HOL_ESTIMATE_SPECTRUM_H
#define HOL_ESTIMATE_SPECTRUM_H

#include <stdint.h>

#include "base/status.h"

/* Sides from which on it would take too long: the smaller one; and rows times columns times the smaller one. */
enum { HOL_SPECTRUM_SIDE_MAX = 1024 };
#define HOL_SPECTRUM_WORK_MAX 4e9

/* How many singular values a matrix has; 0 when it is too large. */
int64_t hol_spectrum_count(int64_t rows, int64_t columns);

/* All of them, the largest first, into values (hol_spectrum_count): square roots of the eigenvalues of the product of
 * the matrix, (rows, columns), and its transpose, by Householder's tridiagonal form and the QL algorithm with implicit
 * shifts (Golub & Van Loan, 8.3). Small ones are good to 1e-7 of the largest. HOL_FAILURE when memory is short, or
 * entries are not finite. Not collective. */
hol_status hol_spectrum_find(const float *matrix, int64_t rows, int64_t columns, double *values) HOL_MUST_USE;

#endif
