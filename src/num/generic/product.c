/* product: numbers of groups by shifts. */
#include "backend.h"

static inline void index_unit(uint64_t lanes, int unit, uint8_t *index_tile) {
    for (int t = 0; t < HOL_RANGE_GROUPS; t++)
        index_tile[unit * HOL_RANGE_GROUPS + t] = (uint8_t)((lanes >> (HOL_GROUP * t) & ((1 << HOL_GROUP) - 1)) << 3);
}

#include "product.h"
