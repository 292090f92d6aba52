/* estimate: 16-bit estimates of probabilities, which make the same samples as the probabilities themselves.
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
 * 2^16 p: it is below or above the upper 16 bits of p, and not equal to them. */
#ifndef HOL_SRC_NUM_GENERIC_ESTIMATE_H
#define HOL_SRC_NUM_GENERIC_ESTIMATE_H

#include "num/kernels.h"

enum { SEGMENTS = 16, SEGMENT_BITS = 11, TOLERANCE = HOL_ESTIMATE_ERROR + 1 };
#define UNITS_PER_NAT 4096.0f

static const int16_t centres[SEGMENTS] = {4074,  11742, 18173, 23065, 26519, 28830, 30322, 31262,
                                          31846, 32205, 32426, 32560, 32642, 32691, 32722, 32751};
static const int16_t slopes[SEGMENTS] = {4018, 3561, 2835, 2070, 1419, 930, 593, 370,
                                         229,  140,  86,   52,   32,   19,  12,  7};
static const int16_t bends[SEGMENTS] = {61, 158, 196, 181, 143, 102, 69, 44, 27, 16, 11, 6, 4, 2, 2, 1};

/* Fields and couplings in 16 bits, in units of 2^shift / UNITS_PER_NAT nats: the smallest shift with which sums of
 * `terms` of them that reach to `reach` nats stay within 15 bits. */
static inline int choose_shift(float reach, int64_t terms) {
    int shift = 0;
    for (float units = reach * UNITS_PER_NAT; units > (float)(INT16_MAX - terms); units /= 2) shift++;
    return shift;
}

/* How near to a random number the estimate of such a sum leaves it open. Each term was rounded by half a unit at most,
 * of 4 in the estimate at shift 0; one of them TOLERANCE counts with. Before that it was a float of up to 2^15 such
 * units, from two roundings of 2^-24: another 0.004 of a unit, for which 1/64 is more than enough. */
static inline uint16_t tolerance_of(int64_t terms, int shift) {
    const float rounding = 4 * (0.5f + 0x1p-6f) * (float)terms * (float)(UINT64_C(1) << shift);
    return rounding < INT16_MAX - TOLERANCE ? (uint16_t)(rounding + TOLERANCE) : UINT16_MAX;
}

#endif
