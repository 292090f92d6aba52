/* decide: samples and levels from 16-bit estimates of the probabilities, the same as those from the probabilities
 * themselves. For a backend that has place_unit(k), the unit of bit k of 32 decisions, bit k being of chain k % 2; and
 * what probability.h needs.
 *
 * A unit is on where 16 random bits r are below its probability p times 2^16. Both are shifted by 2^15 to signed
 * numbers: y estimates 2^16 (p - 1/2), and where y and r - 2^15 are at least TOLERANCE apart, they decide as p would.
 * The rest, 4 in 10,000, are decided by p. y comes from 16 quadratics in |x|, x being the field in nats, one for each
 * half nat; t runs from -1 to 1 in it:
 *
 *     y = centre + t (slope - t bend)
 *
 * How far y is from 2^16 (p - 1/2), for any field and any scale:
 *   - x is rounded to units of 2^-12 nats. The field becomes a float and is multiplied: relative errors of 2^-24 each,
 *     0.004 units at 8 nats; and is rounded, 0.5 units. p changes by at most 1/4 of that, which makes y err by 2.02.
 *   - The quadratics with their rounded numbers are off by 5.44 at most (at 0 nats; found by trying all x).
 *   - |x| ends at 8 nats, where 2^16 (1 - p) is 22; far beyond it is 0. The last centre is 11 higher than fits best:
 *     from 7.5 nats on, y is off by 11 at both ends, and by the roundings of the last row, below 1.5.
 *   - p itself is computed in float, and is off by 3e-7, which is 0.02 here.
 * In all less than HOL_ESTIMATE_ERROR = 13. A difference of 14 between whole numbers then leaves r at least 1 from
 * 2^16 p: it is below or above the upper 16 bits of p, and not equal to them.
 *
 * A level, (15 p + u) / 2^15 rounded down, where p has 15 bits (num/kernels.h), is estimated with 12 fractional bits as
 * z = P - P / 16 + u / 8, where P = y + 2^15 and quotients are rounded down. The error of P counts 15/16, its rounding
 * to 15 bits 0.94, and those of the quotients partly cancel and leave less than 1: in all less than LEVEL_TOLERANCE.
 * Levels are certain where z is as far as that from a multiple of 2^12. The rest, 7 in 1,000, are made from p. */
#include "probability.h"

enum { SEGMENTS = 16, SEGMENT_BITS = 11, TOLERANCE = HOL_ESTIMATE_ERROR + 1, LEVEL_BITS = 12, LEVEL_TOLERANCE = 15 };
#define UNITS_PER_NAT 4096.0f

static const int16_t centres[SEGMENTS] = {4074,  11742, 18173, 23065, 26519, 28830, 30322, 31262,
                                          31846, 32205, 32426, 32560, 32642, 32691, 32722, 32751};
static const int16_t slopes[SEGMENTS] = {4018, 3561, 2835, 2070, 1419, 930, 593, 370, 229, 140, 86, 52, 32, 19, 12, 7};
static const int16_t bends[SEGMENTS] = {61, 158, 196, 181, 143, 102, 69, 44, 27, 16, 11, 6, 4, 2, 2, 1};

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
