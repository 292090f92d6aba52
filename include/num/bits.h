/* bits: states as bits, 64 chains or samples to a word.
 *
 * A block holds 64 chains (lanes); unit i of block b is one word, words[b * stride + i], and lane l is its bit l. So a
 * population is (blocks, units) words, counts are popcounts of ANDed words, and a partly filled last block is a
 * mask. */
#ifndef HOL_NUM_BITS_H
#define HOL_NUM_BITS_H

#include <stdbool.h>
#include <stdint.h>

enum { HOL_LANES = 64 };

/* The lanes in use of block `block` of a population of `count` chains: all ones but for the last block. 0 beyond it. */
static inline uint64_t hol_bits_lane_mask(int64_t count, int64_t block) {
    const int64_t left = count - block * HOL_LANES;
    if (left >= HOL_LANES) return ~UINT64_C(0);
    return left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
}

static inline int64_t hol_bits_blocks(int64_t count) { return (count + HOL_LANES - 1) / HOL_LANES; }

static inline bool hol_bits_get(const uint64_t *words, int64_t unit, int lane) { return words[unit] >> lane & 1; }

static inline void hol_bits_set(uint64_t *words, int64_t unit, int lane, bool on) {
    words[unit] = (words[unit] & ~(UINT64_C(1) << lane)) | (uint64_t)on << lane;
}

/* What was drawn, but where `held` has bits what stood there. */
static inline uint64_t hol_bits_hold(uint64_t drawn, uint64_t stood, uint64_t held) {
    return (drawn & ~held) | (stood & held);
}

/* Transposes a 64 x 64 bit matrix in place: bit l of word i becomes bit i of word l. */
void hol_bits_transpose(uint64_t words[64]);

/* One lane of a block to bytes of 0 and 1 and back: bytes is (units); words is the block's (units). */
void hol_bits_to_bytes(const uint64_t *words, int64_t units, int lane, uint8_t *bytes);
void hol_bits_from_bytes(const uint8_t *bytes, int64_t units, int lane, uint64_t *words);

/* counts[l] += number of words with bit l; counts is (64). */
void hol_lanes_add(const uint64_t *words, int64_t count, int64_t counts[HOL_LANES]);

#endif
