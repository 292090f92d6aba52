/* vectors: what the kernels of all instruction sets are made from. A folder's backend.h, which comes before, says how
 * wide the machine's own vectors are (NATIVE, in bytes). */
#ifndef HOL_SRC_NUM_VECTORS_H
#define HOL_SRC_NUM_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "num/kernels.h"

/* a strip's line of 16 numbers as the machine's own vectors: GCC keeps wider ones in memory across a loop */
enum { PARTS = 64 / NATIVE };
typedef int32_t vni __attribute__((vector_size(NATIVE)));
typedef uint16_t vnh __attribute__((vector_size(NATIVE))); /* of 32 in 16 bits */

/* 16 numbers at a time, which the compiler cuts to what the machine has */
typedef int32_t v16i __attribute__((vector_size(64)));
typedef uint32_t v16u __attribute__((vector_size(64)));
typedef float v16f __attribute__((vector_size(64)));

enum { LANES = 64 };

/* line, of vectors of either kind, += the 64 bytes at table + offset */
#define HOL_ADD_LINE(line, table, offset)                                                                              \
    do {                                                                                                               \
        const __typeof__(*(line)) *from_ = (const void *)((table) + (offset));                                         \
        for (int part_ = 0; part_ < PARTS; part_++) (line)[part_] += from_[part_];                                     \
    } while (0)

/* ---- places --------------------------------------------------------------------------------------------------------
 *
 * Where a unit of all 64 chains is drawn at once, place 16 w + 8 half + g stands for chain 8 g + 2 w + half: then
 * Philox words need no shuffling (num/kernels.h has their order), and words of states turn by transposing 8 x 8 bits.
 */

enum { QUARTERS = 4 }; /* vectors of 16 chains */

static inline int place_chain(int place) { return place % 8 * 8 + place / 8; }

/* bit 8 i + j to bit 8 j + i (Warren, Hacker's Delight, 7-3) */
static inline uint64_t transpose_bytes(uint64_t x) {
    uint64_t t = (x ^ x >> 7) & UINT64_C(0x00aa00aa00aa00aa);
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & UINT64_C(0x0000cccc0000cccc);
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & UINT64_C(0x00000000f0f0f0f0);
    return x ^ t ^ t << 28;
}

#endif
