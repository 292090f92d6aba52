/* connected: sums over connected correlations of two sets of pairs, for Pearson's coefficient of one with the other.
 *
 *     c(i, j) = n(i, j) / N - m(i) m(j)        x: of counts n of N samples with means m; y: given
 *
 * Every row of pairs is added up in one written order, so that the sums are the same on any number of threads. */
#ifndef HOL_NUM_CONNECTED_H
#define HOL_NUM_CONNECTED_H

#include <stdint.h>

typedef struct hol_connected_sums {
    double xy, xx, yy;
} hol_connected_sums;

/* All borrowed. */
typedef struct hol_connected_pairs {
    int64_t rows, columns;
    const int64_t *begins;                      /* (rows): the first column that a row is paired with */
    const int32_t *counts;                      /* (rows, columns) */
    double total;                               /* N */
    const double *row_means, *column_means;     /* (rows), (columns) */
    const double *row_factors, *column_factors; /* the same: a pair counts by the product of its two */
    const float *target;                        /* (rows, columns): y */
} hol_connected_pairs;

/* sums is (rows): those of each row. */
void hol_connected_add_up(const hol_connected_pairs *pairs, hol_connected_sums *sums);

#endif
