/* kernels of AVX-512 (F, BW, VL, DQ): the generic bodies with parts in 64-byte vectors and masks. */
#include "backend.h"
#include "lanes.h"
#include "../avx2/transpose.h"
#include "transpose.h"

#include "num/bits.h"

/* 16 numbers at a time, squeezed together in a register (a squeezing store is slow on some processors) */
static inline uint16_t *append_bits(uint64_t bits, int first, uint16_t *to) {
    const __m512i lanes =
        _mm512_setr_epi32(0, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960);
    for (; bits; bits >>= 16, first += 16) {
        const __mmask16 mask = (__mmask16)bits;
        const __m512i all = _mm512_add_epi32(lanes, _mm512_set1_epi32(64 * first));
        _mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(mask, all)));
        to += __builtin_popcount(mask);
    }
    return to;
}

static inline lanes64 join(lanes64 even, lanes64 odd) {
    return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}

#include "../generic/philox_lanes.h"

#include "clamp.h"

/* lanes in which a < b, and in which they are equal */
static inline void compare_lanes(v16i a, v16i b, uint32_t *ret_less, uint32_t *ret_equal) {
    *ret_less = _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b);
    *ret_equal = _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b);
}

static inline void turn_fields(const int32_t *fields, v16i turned[HOL_STRIP][QUARTERS]) {
    for (int w = 0; w < QUARTERS; w++) {
        __m512i rows[16];
        for (int p = 0; p < 16; p++) rows[p] = _mm512_load_si512(fields + place_chain(16 * w + p) * HOL_STRIP);
        transpose_square(rows);
        for (int l = 0; l < HOL_STRIP; l++) turned[l][w] = (v16i)rows[l];
    }
}

typedef uint32_t flips[2]; /* lanes that went up, and down */
static inline void set_flips(flips f, uint32_t on, uint32_t old) {
    f[0] = on & ~old;
    f[1] = old & ~on;
}
static inline v16i add_flips(v16i field, const flips f, int32_t coupling) {
    const __m512i c = _mm512_set1_epi32(coupling);
    const __m512i up = _mm512_mask_add_epi32((__m512i)field, (__mmask16)f[0], (__m512i)field, c);
    return (v16i)_mm512_mask_sub_epi32(up, (__mmask16)f[1], up, c);
}

/* field + coupling in the lanes of mask */
static inline v16i add_where(v16i field, uint32_t mask, int32_t coupling) {
    return (v16i)_mm512_mask_add_epi32((__m512i)field, (__mmask16)mask, (__m512i)field, _mm512_set1_epi32(coupling));
}

#include "../generic/lists.h"
#include "../generic/probabilities.h"

static void turn_strip(const int32_t *fields, int32_t *turned) {
    for (int c = 0; c < LANES; c += 16) {
        __m512i rows[16];
        for (int k = 0; k < 16; k++) rows[k] = _mm512_load_si512(fields + (c + k) * HOL_STRIP);
        transpose_square(rows);
        for (int l = 0; l < HOL_STRIP; l++) _mm512_store_si512(turned + l * LANES + c, rows[l]);
    }
}

static inline vni largest(vni a, vni b) { return (vni)_mm512_max_epi32((__m512i)a, (__m512i)b); }
typedef uint32_t unsigned_vector __attribute__((vector_size(NATIVE)));
static inline unsigned_vector smallest(unsigned_vector a, unsigned_vector b) {
    return (unsigned_vector)_mm512_min_epu32((__m512i)a, (__m512i)b);
}

#include "../generic/sites.h"

static void turn_site(const int32_t *fields, int64_t width, int32_t *turned) {
    turn_eights(fields, width, turned);
}

#include "../generic/pairwise.h"
#include "pair_lanes.h"

#include "../generic/places.h"
#include "../generic/scan.h"

#include "../generic/sparse.h"

#include "../generic/softplus.h"

#include "../generic/add_lines.h"

static bool runs_here(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

#define SCAN scan
#define SPARSE_FEW HOL_BACKEND(sparse_few)
const hol_kernels HOL_BACKEND(kernels) = {
#include "../generic/operations.h"
    .add_pair_lanes = add_pair_lanes,
    .draw_lanes = draw_lanes,
};

#ifdef HOL_AMX
/* AMX: the same with some of its own */
static bool amx_runs_here(void) { return runs_here() && hol_amx_has_tiles(); }

#pragma GCC diagnostic ignored "-Woverride-init"
const hol_kernels hol_amx_kernels = {
#include "../generic/operations.h"
    .add_pair_lanes = add_pair_lanes,
    .draw_lanes = draw_lanes,
    .isa = "amx",
    .runs_here = amx_runs_here,
    .index_levels = hol_amx_index_levels,
    .level_product = hol_amx_level_product,
    .product_narrow = hol_amx_product_narrow,
};
#endif
