/* decide: samples and levels from estimates of the probabilities (estimate.h), the same as those from the probabilities
 * themselves. For a backend that has place_unit(k), the unit of bit k of 32 decisions, bit k being of chain k % 2; and
 * what probability.h needs.
 *
 * A level, (15 p + u) / 2^15 rounded down, where p has 15 bits (num/kernels.h), is estimated with 12 fractional bits as
 * z = P - P / 16 + u / 8, where P = y + 2^15 and quotients are rounded down. The error of P counts 15/16, its rounding
 * to 15 bits 0.94, and those of the quotients partly cancel and leave less than 1: in all less than LEVEL_TOLERANCE.
 * Levels are certain where z is as far as that from a multiple of 2^12. The rest, 7 in 1,000, are made from p. */
#include "estimate.h"
#include "probability.h"

enum { LEVEL_BITS = 12, LEVEL_TOLERANCE = 15 };

/* Decides, by their probabilities, those of 32 decisions, of fields (2, 16), whose bits are set in `open`. Returns the
 * bits of those that are on. */
static __attribute__((noinline)) uint32_t decide_exactly(uint32_t open, const int32_t *fields, float scale,
                                                         const hol_draw *draw, int64_t unit, int64_t chain) {
    uint32_t on = 0;
    for (; open; open &= open - 1) {
        const int k = __builtin_ctz(open), u = place_unit(k), c = k % 2;
        const uint32_t p = hol_kernels_probability_ref(fields[c * HOL_STRIP + u], scale);
        on |= (uint32_t)hol_kernels_sample_ref(p, draw, unit + u, chain + c) << k;
    }
    return on;
}

/* Sets, by their probabilities, those levels of a strip whose bits are set in `open`: open[p] of chains 2 p and
 * 2 p + 1. offsets are those of the units' dither. */
static __attribute__((noinline)) void set_open_levels(const uint32_t open[LANES / 2], const int32_t *fields,
                                                      float scale, const uint16_t offsets[HOL_STRIP], int64_t block,
                                                      uint8_t *levels) {
    _Alignas(64) int32_t chosen[LANES * HOL_STRIP];
    uint16_t places[LANES * HOL_STRIP];
    int count = 0;
    for (int p = 0; p < LANES / 2; p++)
        for (uint32_t bits = open[p]; bits; bits &= bits - 1) {
            const int k = __builtin_ctz(bits), place = (2 * p + k % 2) * HOL_STRIP + place_unit(k);
            chosen[count] = fields[place];
            places[count++] = (uint16_t)place;
        }
    for (int k = count; k % 16; k++) chosen[k] = 0;
    for (int first = 0; first < count; first += 16) {
        const v16u p = probability(*(const v16i *)(const void *)(chosen + first), scale);
        for (int l = 0; l < 16 && first + l < count; l++) {
            const int chain = places[first + l] / HOL_STRIP, u = places[first + l] % HOL_STRIP;
            levels[u * LANES + chain] = hol_kernels_level(p[l], offsets[u], block * LANES + chain);
        }
    }
}
