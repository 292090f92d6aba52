/* center: rows, then columns, shared out over threads. */
#include "num/center.h"

#include <stddef.h>

#include "num/clones.h"

enum { TILE = 64, WORTH_THREADS = 1 << 15 };

/* row -= m c + r l, element by element; returns row . l, in 16 partial sums that any vector width can follow */
HOL_CLONES static double center_row(float *restrict row, const float *c, const float *l, float m, float r,
                                    int64_t columns) {
    float sums[16] = {0};
    int64_t j = 0;
    for (; j + 16 <= columns; j += 16)
        for (int64_t k = 0; k < 16; k++) {
            row[j + k] -= m * c[j + k] + r * l[j + k];
            sums[k] += row[j + k] * l[j + k];
        }
    for (; j < columns; j++) {
        row[j] -= m * c[j] + r * l[j];
        sums[0] += row[j] * l[j];
    }
    double sum = 0;
    for (int k = 0; k < 16; k++) sum += (double)sums[k];
    return sum;
}

/* sums[j] += sum_i m[i] matrix[i][j], in the order of i */
HOL_CLONES static void sum_columns(const float *matrix, const float *m, int64_t rows, int64_t columns, int64_t width,
                                   float sums[TILE]) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) sums[j] += m[i] * matrix[i * columns + j];
}

void hol_center(float *matrix, int64_t rows, int64_t columns, const float *m, const float *r, const float *l,
                const float *c, bool symmetric, float *row_bias, float *column_bias) {
#pragma omp parallel default(none)                                                                                     \
    shared(matrix, rows, columns, m, r, l, c, symmetric, row_bias, column_bias) if (rows * columns > WORTH_THREADS)
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < rows; i++) {
            float *row = matrix + i * columns;
            double sum = center_row(row, c, l, m[i], r[i], columns);
            if (symmetric) {
                sum -= (double)(row[i] * l[i]);
                row[i] = 0;
            }
            row_bias[i] = (float)((double)row_bias[i] - sum);
        }
#pragma omp for schedule(static)
        for (int64_t first = 0; first < (symmetric ? 0 : columns); first += TILE) {
            const int64_t width = columns - first < TILE ? columns - first : TILE;
            float sums[TILE] = {0};
            sum_columns(matrix + first, m, rows, columns, width, sums);
            for (int64_t j = 0; j < width; j++) column_bias[first + j] -= sums[j];
        }
    }
}
