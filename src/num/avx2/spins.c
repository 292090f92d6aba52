/* spins: parts of the lattice's inner loop. */
#include "backend.h"

enum { WIDTH = NATIVE / 8 };
typedef uint64_t words __attribute__((vector_size(NATIVE)));

/* the 64-bit product of each lane's lower 32 bits and a constant */
static inline words multiply(words a, uint32_t constant) {
    return (words)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x((long long)constant));
}

/* a ^ b ^ constant */
static inline words mix(words a, words b, uint32_t constant) { return a ^ b ^ constant; }

static inline int any(words a) { return !_mm256_testz_si256((__m256i)a, (__m256i)a); }

#include "../generic/gather.h"

#include "../generic/spins.h"
