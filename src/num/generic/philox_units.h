/* philox_units: Philox4x32-10 for the same units and one chain group after another: counters (unit, group, step,
 * sweep). The first three rounds mix the units with the group by exclusive or alone: what they make of the units is
 * kept, and what they make of the group is scalar, which saves a quarter of the work. Only the lower 32 bits of a
 * 64-bit lane count. For a backend that has lanes64, set_lanes, multiply, upper_half and exclusive_or. */
#include "philox_start.h"

typedef struct philox_keys {
    lanes64 round[PHILOX_ROUNDS][2];
} philox_keys;

static inline philox_keys make_philox_keys(const hol_draw *draw) {
    philox_keys keys;
    for (uint32_t r = 0; r < PHILOX_ROUNDS; r++) {
        keys.round[r][0] = set_lanes(philox_key(draw, 0, r));
        keys.round[r][1] = set_lanes(philox_key(draw, 1, r));
    }
    return keys;
}

typedef struct philox_units {
    lanes64 second, third; /* word and key that the upper half of a product is combined with in rounds 2 and 3 */
    lanes64 product;       /* of round 3, of the first word */
} philox_units;

static inline philox_units make_philox_units(const hol_draw *draw, const philox_keys *keys, lanes64 units) {
    const lanes64 m0 = set_lanes(PHILOX_M0), m1 = set_lanes(PHILOX_M1);
    const lanes64 p0 = multiply(units, m0), of_step = multiply(set_lanes(draw->step), m1);
    const lanes64 p1 = multiply(exclusive_or(upper_half(p0), set_lanes(draw->sweep), keys->round[0][1]), m1);
    const lanes64 c0 = exclusive_or(upper_half(p1), of_step, keys->round[1][0]);
    return (philox_units){
        .second = p0 ^ keys->round[1][1], .third = p1 ^ keys->round[2][0], .product = multiply(c0, m0)};
}

/* the four words of chain group `group` and `count` vectors of units: several at a time, since each round waits for
 * the one before */
static inline __attribute__((always_inline)) void draw_words(const philox_units *units, int count, const hol_draw *draw,
                                                             const philox_keys *keys, uint32_t group,
                                                             lanes64 words[][4]) {
    const lanes64 m0 = set_lanes(PHILOX_M0), m1 = set_lanes(PHILOX_M1);
    const uint32_t of_step = (uint32_t)((uint64_t)PHILOX_M1 * draw->step >> 32);
    const uint64_t of_group = (uint64_t)PHILOX_M0 * (of_step ^ group ^ draw->key.word[0]);
#pragma GCC unroll 4
    for (int n = 0; n < count; n++) {
        const lanes64 p0 = units[n].product;
        const lanes64 p1 = multiply(units[n].second ^ set_lanes((uint32_t)(of_group >> 32)), m1);
        words[n][0] = upper_half(p1) ^ units[n].third;
        words[n][1] = p1;
        words[n][2] = exclusive_or(upper_half(p0), set_lanes((uint32_t)of_group), keys->round[2][1]);
        words[n][3] = p0;
    }
#pragma GCC unroll 7
    for (int r = 3; r < PHILOX_ROUNDS; r++)
#pragma GCC unroll 4
        for (int n = 0; n < count; n++) {
            const lanes64 p0 = multiply(words[n][0], m0), p1 = multiply(words[n][2], m1);
            words[n][0] = exclusive_or(upper_half(p1), words[n][1], keys->round[r][0]);
            words[n][2] = exclusive_or(upper_half(p0), words[n][3], keys->round[r][1]);
            words[n][1] = p1;
            words[n][3] = p0;
        }
}
