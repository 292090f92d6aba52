/* spins: parts of the lattice's inner loop. */
#include "backend.h"

enum { WIDTH = NATIVE / 8 };
typedef uint64_t words __attribute__((vector_size(NATIVE)));

/* the 64-bit product of each lane's lower 32 bits and a constant */
static inline words multiply(words a, uint32_t constant) {
    return (words)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64((long long)constant));
}

/* a ^ b ^ constant */
static inline words mix(words a, words b, uint32_t constant) {
    return (words)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, _mm512_set1_epi64((long long)constant), 0x96);
}

static inline int any(words a) { return _mm512_test_epi64_mask((__m512i)a, (__m512i)a) != 0; }

/* words[at[0]], words[at[1]] ... of WIDTH units */
static inline words gather(const uint64_t *x, const int32_t *at) {
    return (words)_mm512_i32gather_epi64(_mm256_loadu_si256((const __m256i *)(const void *)at), x, 8);
}

static inline words numbers_of(const int32_t *units) {
    return (words)_mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)units));
}

#include "../generic/spins.h"
