/* bits: transposes between lanes and units, and counts by lane. */
#include "num/bits.h"

void hol_bits_transpose(uint64_t words[64]) {
    /* swap ever smaller off-diagonal quadrants (Warren, Hacker's Delight, 7-3) */
    uint64_t mask = UINT64_C(0x00000000ffffffff);
    for (int width = 32; width != 0; width >>= 1, mask ^= mask << width)
        for (int k = 0; k < 64; k = ((k | width) + 1) & ~width) {
            const uint64_t swap = ((words[k] >> width) ^ words[k | width]) & mask;
            words[k] ^= swap << width;
            words[k | width] ^= swap;
        }
}

void hol_bits_to_bytes(const uint64_t *words, int64_t units, int lane, uint8_t *bytes) {
    for (int64_t i = 0; i < units; i++) bytes[i] = (uint8_t)(words[i] >> lane & 1);
}

void hol_bits_from_bytes(const uint8_t *bytes, int64_t units, int lane, uint64_t *words) {
    for (int64_t i = 0; i < units; i++) hol_bits_set(words, i, lane, bytes[i]);
}

/* ---- counts by lane ------------------------------------------------------------------------------------------------
 *
 * Words are added digit by digit, eight to a carry of the third place (Harley & Seal's tree; Warren, Hacker's Delight,
 * 5-1), so that most of them touch three words only. */

enum { PLACES = 16, BATCH = 8 << 10 };

/* the sum of three bits: the low digit stays in *a, the carry is returned */
static inline uint64_t add_three(uint64_t *a, uint64_t b, uint64_t c) {
    const uint64_t half = *a ^ b, carry = (*a & b) | (half & c);
    *a = half ^ c;
    return carry;
}

/* adds 2^place in the lanes of carry */
static inline void ripple(uint64_t digits[PLACES], int place, uint64_t carry) {
    for (; carry; place++) {
        const uint64_t next = digits[place] & carry;
        digits[place] ^= carry;
        carry = next;
    }
}

static void spill(const uint64_t digits[PLACES], int64_t counts[HOL_LANES]) {
    for (int place = 0; place < PLACES; place++)
        for (int l = 0; l < HOL_LANES; l++) counts[l] += (int64_t)(digits[place] >> l & 1) << place;
}

void hol_lanes_add(const uint64_t *words, int64_t count, int64_t counts[HOL_LANES]) {
    for (int64_t first = 0; first < count; first += BATCH) {
        const int64_t end = count - first < BATCH ? count : first + BATCH;
        uint64_t digits[PLACES] = {0};
        int64_t k = first;
        for (; k + 8 <= end; k += 8) {
            const uint64_t *w = words + k;
            const uint64_t a = add_three(&digits[0], w[0], w[1]), b = add_three(&digits[0], w[2], w[3]);
            const uint64_t c = add_three(&digits[0], w[4], w[5]), d = add_three(&digits[0], w[6], w[7]);
            const uint64_t e = add_three(&digits[1], a, b), f = add_three(&digits[1], c, d);
            ripple(digits, 3, add_three(&digits[2], e, f));
        }
        for (; k < end; k++) ripple(digits, 0, words[k]);
        spill(digits, counts);
    }
}
