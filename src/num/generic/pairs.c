/* pairs: one after the other. */
#include "backend.h"

enum { HEIGHT = 1, WIDTH = 1 };

static void rectangle(const uint64_t *x, int64_t x_stride, const uint64_t *y, int64_t y_stride, int64_t blocks,
                      int32_t *counts, int64_t count_stride) {
    (void)count_stride;
    *counts = 0;
    for (int64_t b = 0; b < blocks; b++) *counts += __builtin_popcountll(x[b * x_stride] & y[b * y_stride]);
}

#include "pairs.h"
