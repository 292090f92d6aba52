/* kernels of every machine: what no vector instructions are known for. The headers beside it are the kernels' bodies,
 * which other instruction sets' kernels.c give faster parts. */
#include "backend.h"

#include "num/bits.h"

static inline uint16_t *append_bits(uint64_t bits, int first, uint16_t *to) {
    for (; bits; bits &= bits - 1) *to++ = (uint16_t)(64 * (first + __builtin_ctzll(bits)));
    return to;
}

/* low and high halves of 32 x 32 bit products, lane by lane */
static inline void multiply(v16u a, uint32_t constant, v16u *ret_low, v16u *ret_high) {
    for (int l = 0; l < 16; l++) {
        const uint64_t p = (uint64_t)a[l] * constant;
        (*ret_low)[l] = (uint32_t)p;
        (*ret_high)[l] = (uint32_t)(p >> 32);
    }
}

static inline void philox(const hol_draw *draw, v16u units, v16u chain_groups, v16u out[4]) {
    v16u c0 = units, c1 = chain_groups, c2 = (v16u){0} + draw->step, c3 = (v16u){0} + draw->sweep;
    uint32_t k0 = draw->key.word[0], k1 = draw->key.word[1];
    for (int round = 0; round < 10; round++) {
        v16u low0, high0, low1, high1;
        multiply(c0, 0xD2511F53u, &low0, &high0);
        multiply(c2, 0xCD9E8D57u, &low1, &high1);
        c0 = high1 ^ c1 ^ k0;
        c2 = high0 ^ c3 ^ k1;
        c1 = low1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* min(t, limit) of 16 numbers that are not NaN */
static inline v16f clamp(v16f t, float limit) {
    const v16i large = t > limit;
    return (v16f)(((v16i)t & ~large) | ((v16i)((v16f){0} + limit) & large));
}

/* lanes in which a < b, and in which they are equal */
static inline void compare_lanes(v16i a, v16i b, uint32_t *ret_less, uint32_t *ret_equal) {
    const v16i less = a < b, equal = a == b;
    *ret_less = *ret_equal = 0;
    for (int l = 0; l < 16; l++) {
        *ret_less |= ((uint32_t)less[l] & 1u) << l;
        *ret_equal |= ((uint32_t)equal[l] & 1u) << l;
    }
}

/* bit l of rows[c] becomes bit c of words[l] */
static inline void transpose_samples(const uint16_t rows[LANES], uint64_t words[HOL_STRIP]) {
    for (int l = 0; l < HOL_STRIP; l++) words[l] = 0;
    for (int c = 0; c < LANES; c++)
        for (int l = 0; l < HOL_STRIP; l++) words[l] |= (uint64_t)(rows[c] >> l & 1) << c;
}

#include "turn.h"

typedef v16i flips[2]; /* all ones in lanes that went up, and down */
static inline void set_flips(flips f, uint32_t on, uint32_t old) {
    const v16i bit = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    f[0] = (bit & (int32_t)(on & ~old)) != 0;
    f[1] = (bit & (int32_t)(old & ~on)) != 0;
}
static inline v16i add_flips(v16i field, const flips f, int32_t coupling) {
    return field + (f[0] & coupling) - (f[1] & coupling);
}

/* field + coupling in the lanes of mask */
static inline v16i add_where(v16i field, uint32_t mask, int32_t coupling) {
    flips f;
    set_flips(f, mask, 0);
    return add_flips(field, f, coupling);
}

#include "lists.h"
#include "probabilities.h"

#include "sample.h"

void HOL_BACKEND(estimate)(const int32_t *fields, float scale, int16_t *estimates) {
    for (int c = 0; c < LANES * HOL_STRIP; c++)
        estimates[c] = (int16_t)((int32_t)(hol_kernels_probability_ref(fields[c], scale) >> 16) - 32768);
}

static void turn_strip(const int32_t *fields, int32_t *turned) {
    for (int l = 0; l < HOL_STRIP; l++)
        for (int c = 0; c < LANES; c++) turned[l * LANES + c] = fields[c * HOL_STRIP + l];
}

static inline vni largest(vni a, vni b) {
    const vni more = a > b;
    return (a & more) | (b & ~more);
}
typedef uint32_t unsigned_vector __attribute__((vector_size(NATIVE)));
static inline unsigned_vector smallest(unsigned_vector a, unsigned_vector b) {
    const unsigned_vector less = (unsigned_vector)(a < b);
    return (a & less) | (b & ~less);
}

#include "sites.h"

/* fields (64, width) to turned (width, 64) */
static void turn_site(const int32_t *fields, int64_t width, int32_t *turned) {
    for (int64_t s = 0; s < width; s++)
        for (int c = 0; c < LANES; c++) turned[s * LANES + c] = fields[c * width + s];
}

#include "pairwise.h"

#include "places.h"
#include "scan.h"

#include "sparse.h"

#include "softplus.h"

#include "add_lines.h"

static bool runs_here(void) { return true; }

#define SCAN scan
#define SPARSE_FEW NULL
enum { FEW = -1 };
const hol_kernels HOL_BACKEND(kernels) = {
#include "operations.h"
};
