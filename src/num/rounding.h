/* rounding: floats to whole numbers. */
#ifndef HOL_SRC_NUM_ROUNDING_H
#define HOL_SRC_NUM_ROUNDING_H

#include <stdint.h>

/* x + 1/2 would itself be rounded for odd x beyond 2^23: cut, and look at the exact rest */
static inline int32_t round_half_away(float x) {
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

#endif
