/* narrow: 16-bit couplings in plain C, by tables in memory. */
#include "backend.h"

#include "num/bits.h"

typedef int16_t part __attribute__((vector_size(NATIVE)));

enum { COLUMNS = NATIVE / 2 }; /* of a part */

static inline part load_pairs(const int16_t *row) {
    part x;
    memcpy(&x, row, sizeof x);
    return x;
}

static inline void widen_in_order(part x, int p, int32_t *sums) {
    int32_t *to = sums + p * COLUMNS / HOL_STRIP * LANES * HOL_STRIP + p * COLUMNS % HOL_STRIP;
    for (int c = 0; c < COLUMNS; c++) to[c] += x[c];
}

static inline void widen_pairs(part x, int p, int32_t *sums) { widen_in_order(x, p, sums); }

#include "narrow_lines.h"
