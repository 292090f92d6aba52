/* bits: transposes between lanes and units. */
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
    const uint64_t bit = UINT64_C(1) << lane;
    for (int64_t i = 0; i < units; i++) words[i] = bytes[i] ? words[i] | bit : words[i] & ~bit;
}
