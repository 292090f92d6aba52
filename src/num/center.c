/* center: row by row. */
#include "num/center.h"

#include <string.h>

#include "num/clones.h"

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

/* sums += m row */
HOL_CLONES static void add_row(const float *row, float m, int64_t columns, float *restrict sums) {
    for (int64_t j = 0; j < columns; j++) sums[j] += m * row[j];
}

/* as center_row, of the entries that there are */
static double center_kept(float *row, const float *c, const float *l, float m, float r, const uint8_t *kept,
                          int64_t columns) {
    double sum = 0;
    for (int64_t j = 0; j < columns; j++) {
        row[j] = kept[j] ? row[j] - (m * c[j] + r * l[j]) : 0;
        sum += (double)(row[j] * l[j]);
    }
    return sum;
}

void hol_center_rows(float *matrix, int64_t rows, int64_t columns, const float *m, const float *r, const float *l,
                     const float *c, int64_t diagonal, const uint8_t *kept, float *row_bias, float *sums) {
    if (sums) memset(sums, 0, (size_t)columns * sizeof *sums);
    for (int64_t i = 0; i < rows; i++) {
        float *row = matrix + i * columns;
        double dot = kept ? center_kept(row, c, l, m[i], r[i], kept + i * columns, columns)
                          : center_row(row, c, l, m[i], r[i], columns);
        if (diagonal >= 0) {
            dot -= (double)(row[diagonal + i] * l[diagonal + i]);
            row[diagonal + i] = 0;
        }
        row_bias[i] = (float)((double)row_bias[i] - dot);
        if (sums) add_row(row, m[i], columns, sums);
    }
}

HOL_CLONES void hol_center_columns(const float *sums, int64_t tiles, int64_t columns, int64_t count,
                                   float *restrict column_bias) {
    for (int64_t b = 0; b < tiles; b++)
        for (int64_t j = 0; j < count; j++) column_bias[j] -= sums[b * columns + j];
}
