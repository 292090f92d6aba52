/* product: the generic one, with numbers of groups by one instruction. */
#include "backend.h"

static inline void index_unit(uint64_t lanes, int unit, uint8_t *index_tile) {
    const uint64_t numbers = _pdep_u64(lanes, UINT64_C(0xf8f8f8f8f8f8f8f8));
    memcpy(index_tile + unit * HOL_RANGE_GROUPS, &numbers, sizeof numbers);
}

#include "../generic/product.h"
