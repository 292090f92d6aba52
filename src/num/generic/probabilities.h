/* probabilities: of a strip. For a backend that has what probability.h needs. */
#include "probability.h"

/* to 15 bits */
static inline v16u round_probability(v16u p) { return (p >> 17) + ((p >> 16) & 1u); }

static void probabilities(const int32_t *fields, float scale, int32_t *to, int64_t stride) {
    /* fields is (64, 16); to (64, stride) */
    for (int lane = 0; lane < LANES; lane++) {
        const v16i field = *(const v16i *)(const void *)(fields + lane * HOL_STRIP);
        const v16u rounded = round_probability(probability(field, scale));
        memcpy(to + lane * stride, &rounded, sizeof rounded);
    }
}
