/* product: the generic one, with numbers of groups by one instruction. */
#include "backend.h"

static inline void index_unit(uint64_t lanes, int unit, uint8_t *page) {
    const uint64_t numbers = _pdep_u64(lanes, UINT64_C(0xf8f8f8f8f8f8f8f8));
    memcpy(page + unit * HOL_SET, &numbers, sizeof numbers);
}

#include "../generic/product.h"
