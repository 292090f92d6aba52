/* philox_start: the rounds of Philox4x32-10 that most counters of a kernel have in common.
 *
 * Counters are (a, b, step, sweep). In the first two rounds and half of the third each word is a function of a alone or
 * of b alone, or the exclusive or of two such: where many b go with each a, those are taken once for each, by scalars,
 * and 7 rounds and a half are left. */
#ifndef HOL_SRC_NUM_PHILOX_START_H
#define HOL_SRC_NUM_PHILOX_START_H

#include "num/kernels.h"

enum { PHILOX_ROUNDS = 10, PHILOX_FULL_ROUNDS = 7 };
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u

static inline uint32_t philox_key(const hol_draw *draw, int word, uint32_t round) {
    return draw->key.word[word] + round * (word ? 0xBB67AE85u : 0x9E3779B9u);
}

/* a's part of the third round: the words that it reads and leaves are
 *
 *     c2 = b[0] ^ a[0];   c0 = upper(c2 M1) ^ a[1], c1 = lower(c2 M1), c2 = b[1] ^ a[2], c3 = a[3] */
static inline void philox_start_a(const hol_draw *draw, uint32_t a, uint32_t ret[4]) {
    const uint32_t shared = (uint32_t)((uint64_t)draw->step * PHILOX_M1);
    const uint64_t first = (uint64_t)a * PHILOX_M0;
    const uint64_t second =
        (uint64_t)((uint32_t)(first >> 32) ^ draw->sweep ^ philox_key(draw, 1, 0)) * PHILOX_M1;
    const uint64_t third = (uint64_t)((uint32_t)(second >> 32) ^ shared ^ philox_key(draw, 0, 1)) * PHILOX_M0;
    ret[0] = (uint32_t)first;
    ret[1] = (uint32_t)second ^ philox_key(draw, 0, 2);
    ret[2] = (uint32_t)(third >> 32) ^ philox_key(draw, 1, 2);
    ret[3] = (uint32_t)third;
}

static inline void philox_start_b(const hol_draw *draw, uint32_t b, uint32_t ret[2]) {
    const uint32_t shared = (uint32_t)((uint64_t)draw->step * PHILOX_M1 >> 32);
    const uint64_t second = (uint64_t)(shared ^ b ^ philox_key(draw, 0, 0)) * PHILOX_M0;
    ret[0] = (uint32_t)(second >> 32) ^ philox_key(draw, 1, 1);
    ret[1] = (uint32_t)second;
}

#endif
