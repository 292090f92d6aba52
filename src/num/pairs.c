/* pairs: squares of 64 x 64 popcounts, one per thread at a time; of a symmetric matrix one half is counted. */
#include "num/pairs.h"

#include "num/counts.h"

enum { SIDE = 64, WORTH_THREADS = 1 << 17 };

static int64_t side_of(int64_t units, int64_t first) { return units - first < SIDE ? units - first : SIDE; }

static void count(const hol_states *x, int64_t row, int64_t rows, const hol_states *y, int64_t column, int64_t columns,
                  int32_t square[SIDE * SIDE]) {
    hol_kernels_get()->pairs(x->words + row, x->stride, y->words + column, y->stride, x->blocks, rows, columns, square,
                             SIDE);
}

void hol_pairs_add(const hol_states *x, int64_t rows, const hol_states *y, int64_t columns, int32_t *sums) {
    (void)hol_kernels_get(); /* chosen before the threads begin */
#pragma omp parallel for collapse(2) schedule(static) default(none)                                                    \
    shared(x, rows, y, columns, sums) if (rows * columns * x->blocks > WORTH_THREADS)
    for (int64_t row = 0; row < rows; row += SIDE)
        for (int64_t column = 0; column < columns; column += SIDE) {
            int32_t square[SIDE * SIDE];
            const int64_t height = side_of(rows, row), width = side_of(columns, column);
            count(x, row, height, y, column, width, square);
            for (int64_t i = 0; i < height; i++)
                for (int64_t j = 0; j < width; j++)
                    sums[(row + i) * columns + column + j] += square[i * SIDE + j] << HOL_PROBABILITY_BITS;
        }
}

void hol_pairs_add_symmetric(const hol_states *x, int64_t units, int32_t *sums) {
    (void)hol_kernels_get();
#pragma omp parallel for schedule(dynamic) default(none)                                                               \
    shared(x, units, sums) if (units * units * x->blocks > WORTH_THREADS)
    for (int64_t row = 0; row < units; row += SIDE)
        for (int64_t column = row; column < units; column += SIDE) {
            int32_t square[SIDE * SIDE];
            const int64_t height = side_of(units, row), width = side_of(units, column);
            count(x, row, height, x, column, width, square);
            for (int64_t i = row; i < row + height; i++)
                for (int64_t j = column > i ? column : i + 1; j < column + width; j++) {
                    const int32_t sum = square[(i - row) * SIDE + j - column] << HOL_PROBABILITY_BITS;
                    sums[i * units + j] += sum;
                    sums[j * units + i] += sum;
                }
        }
}
