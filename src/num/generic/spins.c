/* spins: parts of the lattice's inner loop. */
#include "backend.h"

enum { WIDTH = NATIVE / 8 };
typedef uint64_t words __attribute__((vector_size(NATIVE)));

/* the 64-bit product of each lane's lower 32 bits and a constant */
static inline words multiply(words a, uint32_t constant) {
    for (int l = 0; l < WIDTH; l++) a[l] = (uint64_t)(uint32_t)a[l] * constant;
    return a;
}

/* a ^ b ^ constant */
static inline words mix(words a, words b, uint32_t constant) { return a ^ b ^ constant; }

static inline int any(words a) {
    uint64_t all = 0;
    for (int l = 0; l < WIDTH; l++) all |= a[l];
    return all != 0;
}

#include "gather.h"

#include "spins.h"
