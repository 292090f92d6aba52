/* kernels of AVX2: the generic bodies with parts in 32-byte vectors. */
#include "backend.h"
#include "lanes.h"
#include "transpose.h"

#include "num/bits.h"

static inline uint16_t *append_bits(uint64_t bits, int first, uint16_t *to) {
    for (; bits; bits &= bits - 1) *to++ = (uint16_t)(64 * (first + __builtin_ctzll(bits)));
    return to;
}

static inline lanes64 join(lanes64 even, lanes64 odd) {
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

#include "../generic/philox_lanes.h"

#include "clamp.h"

/* lanes in which a < b, and in which they are equal */
static inline void compare_lanes(v16i a, v16i b, uint32_t *ret_less, uint32_t *ret_equal) {
    __m256i x[2], y[2];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    *ret_less = *ret_equal = 0;
    for (int h = 0; h < 2; h++) {
        const __m256i less = _mm256_cmpgt_epi32(y[h], x[h]), equal = _mm256_cmpeq_epi32(x[h], y[h]);
        *ret_less |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(less)) << (8 * h);
        *ret_equal |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) << (8 * h);
    }
}


/* by halves: GCC takes comparisons of 64-byte vectors apart into single numbers where the machine has none */
typedef __m256i flips[4]; /* all ones in lanes that went up, and down */
static inline void set_flips(flips f, uint32_t on, uint32_t old) {
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128), next = _mm256_slli_epi32(bit, 8);
    const __m256i up = _mm256_set1_epi32((int)(on & ~old)), down = _mm256_set1_epi32((int)(old & ~on));
    f[0] = _mm256_cmpeq_epi32(_mm256_and_si256(up, bit), bit);
    f[1] = _mm256_cmpeq_epi32(_mm256_and_si256(up, next), next);
    f[2] = _mm256_cmpeq_epi32(_mm256_and_si256(down, bit), bit);
    f[3] = _mm256_cmpeq_epi32(_mm256_and_si256(down, next), next);
}
static inline v16i add_flips(v16i field, const flips f, int32_t coupling) {
    const __m256i c = _mm256_set1_epi32(coupling);
    __m256i half[2];
    memcpy(half, &field, sizeof half);
    for (int h = 0; h < 2; h++) {
        half[h] = _mm256_add_epi32(half[h], _mm256_and_si256(f[h], c));
        half[h] = _mm256_sub_epi32(half[h], _mm256_and_si256(f[2 + h], c));
    }
    memcpy(&field, half, sizeof field);
    return field;
}

/* field + coupling in the lanes of mask */
static inline v16i add_where(v16i field, uint32_t mask, int32_t coupling) {
    flips f;
    set_flips(f, mask, 0);
    return add_flips(field, f, coupling);
}

#include "../generic/lists.h"
#include "../generic/probabilities.h"

static void turn_strip(const int32_t *fields, int32_t *turned) {
    for (int c = 0; c < LANES; c += 8)
        for (int h = 0; h < HOL_STRIP; h += 8) {
            __m256i rows[8];
            for (int k = 0; k < 8; k++)
                rows[k] = _mm256_load_si256((const __m256i *)(const void *)(fields + (c + k) * HOL_STRIP + h));
            transpose_eight(rows);
            for (int k = 0; k < 8; k++)
                _mm256_store_si256((__m256i *)(void *)(turned + (h + k) * LANES + c), rows[k]);
        }
}

static inline vni largest(vni a, vni b) { return (vni)_mm256_max_epi32((__m256i)a, (__m256i)b); }
typedef uint32_t unsigned_vector __attribute__((vector_size(32)));
static inline unsigned_vector smallest(unsigned_vector a, unsigned_vector b) {
    return (unsigned_vector)_mm256_min_epu32((__m256i)a, (__m256i)b);
}

#include "../generic/sites.h"

static void turn_site(const int32_t *fields, int64_t width, int32_t *turned) {
    turn_eights(fields, width, turned);
}

#include "../generic/pairwise.h"

#include "../generic/places.h"

#include "../generic/sparse.h"

#include "../generic/softplus.h"

#include "../generic/add_lines.h"

static bool runs_here(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

#define SCAN HOL_BACKEND(scan)
#define SPARSE_FEW HOL_BACKEND(sparse_few)
const hol_kernels HOL_BACKEND(kernels) = {
#include "../generic/operations.h"
};
