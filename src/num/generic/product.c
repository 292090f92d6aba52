/* product: numbers of groups by shifts. */
#include "backend.h"

static inline void index_unit(uint64_t lanes, int unit, uint8_t *page) {
    for (int t = 0; t < HOL_SET; t++)
        page[unit * HOL_SET + t] = (uint8_t)((lanes >> (HOL_GROUP * t) & ((1 << HOL_GROUP) - 1)) << 3);
}

#include "product.h"
