/* connected: eight sums a row, element k to the k modulo 8-th, and these in order. */
#include "num/connected.h"

#include "num/clones.h"
#include "num/threads.h"

enum { SUMS = 8, COST = 4 };

HOL_CLONES static hol_connected_sums add_row(const hol_connected_pairs *p, int64_t row) {
    double xy[SUMS] = {0}, xx[SUMS] = {0}, yy[SUMS] = {0};
    const int64_t begin = p->begins[row], count = p->columns - begin;
    const int32_t *restrict counts = p->counts + row * p->columns + begin;
    const float *restrict target = p->target + row * p->columns + begin;
    const double *restrict means = p->column_means + begin, *restrict factors = p->column_factors + begin;
    const double mean = p->row_means[row], scale = 1 / p->total;
    hol_connected_sums sums = {0};
    for (int64_t k = 0; k < count; k += SUMS)
        for (int64_t l = 0; l < (count - k < SUMS ? count - k : SUMS); l++) {
            const double x = (double)counts[k + l] * scale - mean * means[k + l], y = (double)target[k + l];
            xy[l] += factors[k + l] * (x * y);
            xx[l] += factors[k + l] * (x * x);
            yy[l] += factors[k + l] * (y * y);
        }
    for (int l = 0; l < SUMS; l++) {
        sums.xy += xy[l];
        sums.xx += xx[l];
        sums.yy += yy[l];
    }
    sums.xy *= p->row_factors[row];
    sums.xx *= p->row_factors[row];
    sums.yy *= p->row_factors[row];
    return sums;
}

void hol_connected_add_up(const hol_connected_pairs *pairs, hol_connected_sums *sums) {
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(pairs, sums) if (hol_worth_threads(pairs->rows * pairs->columns, COST))
    for (int64_t row = 0; row < pairs->rows; row++) sums[row] = add_row(pairs, row);
}
