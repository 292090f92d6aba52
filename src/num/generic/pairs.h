/* pairs: how often two units are both on: popcounts of ANDed words, in rectangles whose sums stay in registers over all
 * blocks. For a backend that has rectangle, of HEIGHT x WIDTH pairs. */
void HOL_BACKEND(pairs)(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                        int64_t rows, int64_t columns, int32_t *counts, int64_t count_stride) {
    const int64_t whole_rows = rows - rows % HEIGHT, whole_columns = columns - columns % WIDTH;
    for (int64_t i = 0; i < whole_rows; i += HEIGHT)
        for (int64_t j = 0; j < whole_columns; j += WIDTH)
            rectangle(x + i, x_stride, y + j, y_stride, blocks, counts + i * count_stride + j, count_stride);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; j++) {
            int32_t sum = 0;
            for (int64_t b = 0; b < blocks; b++) sum += __builtin_popcountll(x[b * x_stride + i] & y[b * y_stride + j]);
            counts[i * count_stride + j] = sum;
        }
}
