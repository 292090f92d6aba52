/* kernels: compiled once per instruction set, with -DHOL_ISA=avx512, avx2 or generic, as the other *kernels.c of this
 * room are. Vectors are mostly generic ones of 64 bytes, which the compiler cuts to what the machine has. */
#include "exp_series.h"
#include "vectors.h"

#include "num/bits.h"
#include "num/elementary.h"

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* appends 64 k for each bit k of `bits`, counted from `first` */
static inline uint16_t *append_bits(uint64_t bits, int first, uint16_t *to) {
#if defined(__AVX512F__)
    /* 16 numbers at a time, squeezed together in a register (a squeezing store is slow on some processors) */
    const __m512i lanes =
        _mm512_setr_epi32(0, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960);
    for (; bits; bits >>= 16, first += 16) {
        const __mmask16 mask = (__mmask16)bits;
        const __m512i all = _mm512_add_epi32(lanes, _mm512_set1_epi32(64 * first));
        _mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(mask, all)));
        to += __builtin_popcount(mask);
    }
#else
    for (; bits; bits &= bits - 1) *to++ = (uint16_t)(64 * (first + __builtin_ctzll(bits)));
#endif
    return to;
}

static inline uint16_t *fill_up(uint16_t *to, const uint16_t *begin, int32_t *length) {
    while ((to - begin) % HOL_LIST_PAD) *to++ = 64 * HOL_LIST_ROWS;
    *length = (int32_t)(to - begin);
    return to;
}

static int64_t list_lanes(const uint64_t *words, int64_t inputs, uint16_t *list, int32_t *lengths) {
    enum { SQUARES = HOL_LIST_ROWS / LANES };
    uint64_t square[SQUARES][LANES]; /* bit k of square[q][l]: input 64 q + k of lane l */
    const int64_t squares = (inputs + LANES - 1) / LANES;
    for (int64_t q = 0; q < squares; q++) {
        for (int64_t k = 0; k < LANES; k++) square[q][k] = q * LANES + k < inputs ? words[q * LANES + k] : 0;
        hol_bits_transpose(square[q]);
    }
    uint16_t *to = list;
    for (int l = 0; l < LANES; l++) {
        const uint16_t *begin = to;
        for (int64_t q = 0; q < squares; q++) to = append_bits(square[q][l], (int)q * LANES, to);
        to = fill_up(to, begin, &lengths[l]);
    }
    return to - list;
}

static int64_t list_units(const uint64_t *words, int64_t stride, int64_t units, int64_t blocks, uint16_t *list,
                          int32_t *lengths) {
    uint16_t *to = list;
    for (int64_t i = 0; i < units; i++) {
        const uint16_t *begin = to;
        for (int64_t b = 0; b < blocks; b++) to = append_bits(words[b * stride + i], (int)b * LANES, to);
        to = fill_up(to, begin, &lengths[i]);
    }
    return to - list;
}

static const uint16_t *add_rows(const int32_t *strip, const uint16_t *list, const int32_t *lengths, int64_t count,
                                int32_t *sums) {
    const char *rows = (const char *)strip;
    vni *sum = (vni *)(void *)sums;
    for (int64_t r = 0; r < count; r++, sum += PARTS) {
        vni x[PARTS], y[PARTS] = {{0}};
        for (int part = 0; part < PARTS; part++) x[part] = sum[part];
        for (const uint16_t *end = list + lengths[r]; list < end; list += HOL_LIST_PAD) {
            uint64_t a;
            memcpy(&a, list, sizeof a);
            HOL_ADD_LINE(x, rows, a & 0xffff);
            HOL_ADD_LINE(y, rows, a >> 16 & 0xffff);
            HOL_ADD_LINE(x, rows, a >> 32 & 0xffff);
            HOL_ADD_LINE(y, rows, a >> 48);
        }
        for (int part = 0; part < PARTS; part++) sum[part] = x[part] + y[part];
    }
    return list;
}

/* ---- sampling --------------------------------------------------------------------------------------------------- */

/* Philox4x32-10 on 16 counters that differ in their first two words */
#if defined(__AVX2__)
/* counters in 64-bit lanes, even and odd ones apart: only the lower 32 bits of a lane count, so products need no
 * unpacking */
#if defined(__AVX512F__)
typedef __m512i lanes64;
static inline lanes64 set_lanes(uint32_t x) { return _mm512_set1_epi64(x); }
static inline lanes64 multiply(lanes64 x, lanes64 y) { return _mm512_mul_epu32(x, y); }
static inline lanes64 upper_half(lanes64 x) { return _mm512_srli_epi64(x, 32); }
static inline lanes64 exclusive_or(lanes64 x, lanes64 y, lanes64 z) { return _mm512_ternarylogic_epi64(x, y, z, 0x96); }
static inline lanes64 join(lanes64 even, lanes64 odd) {
    return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}
#else
typedef __m256i lanes64;
static inline lanes64 set_lanes(uint32_t x) { return _mm256_set1_epi64x(x); }
static inline lanes64 multiply(lanes64 x, lanes64 y) { return _mm256_mul_epu32(x, y); }
static inline lanes64 upper_half(lanes64 x) { return _mm256_srli_epi64(x, 32); }
static inline lanes64 exclusive_or(lanes64 x, lanes64 y, lanes64 z) {
    return _mm256_xor_si256(_mm256_xor_si256(x, y), z);
}
static inline lanes64 join(lanes64 even, lanes64 odd) {
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}
#endif

static inline void philox(const hol_draw *draw, v16u units, v16u chain_groups, v16u out[4]) {
    const lanes64 m0 = set_lanes(0xD2511F53u), m1 = set_lanes(0xCD9E8D57u);
    lanes64 first[PARTS], second[PARTS];
    memcpy(first, &units, sizeof first);
    memcpy(second, &chain_groups, sizeof second);
    for (int part = 0; part < PARTS; part++) {
        lanes64 c0[2] = {first[part], upper_half(first[part])}, c1[2] = {second[part], upper_half(second[part])};
        lanes64 c2[2] = {set_lanes(draw->step), set_lanes(draw->step)};
        lanes64 c3[2] = {set_lanes(draw->sweep), set_lanes(draw->sweep)};
        uint32_t k0 = draw->key.word[0], k1 = draw->key.word[1];
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
            for (int odd = 0; odd < 2; odd++) {
                const lanes64 p0 = multiply(c0[odd], m0), p1 = multiply(c2[odd], m1);
                c0[odd] = exclusive_or(upper_half(p1), c1[odd], set_lanes(k0));
                c2[odd] = exclusive_or(upper_half(p0), c3[odd], set_lanes(k1));
                c1[odd] = p1;
                c3[odd] = p0;
            }
        const lanes64 joined[4] = {join(c0[0], c0[1]), join(c1[0], c1[1]), join(c2[0], c2[1]), join(c3[0], c3[1])};
        for (int w = 0; w < 4; w++) memcpy((char *)&out[w] + part * NATIVE, &joined[w], NATIVE);
    }
}
#else
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
#endif

/* 2^-f for 0 <= f < 1, relative error 3e-7: a minimax polynomial, in Horner's order */
#define EXP2_POLYNOMIAL(f)                                                                                             \
    (((((-0.000944902712944895f * (f) + 0.00920579582452774f) * (f) + -0.055297356098890305f) * (f) +                  \
       0.2401801347732544f) *                                                                                          \
          (f) +                                                                                                        \
      -0.6931437253952026f) *                                                                                          \
         (f) +                                                                                                         \
     1.0f)

/* min(t, limit) of 16 numbers that are not NaN */
static inline v16f clamp(v16f t, float limit) {
#if defined(__AVX512F__)
    return (v16f)_mm512_min_ps((__m512)t, _mm512_set1_ps(limit));
#elif defined(__AVX2__)
    __m256 half[2];
    memcpy(half, &t, sizeof half);
    for (int h = 0; h < 2; h++) half[h] = _mm256_min_ps(half[h], _mm256_set1_ps(limit));
    memcpy(&t, half, sizeof t);
    return t;
#else
    const v16i large = t > limit;
    return (v16f)(((v16i)t & ~large) | ((v16i)((v16f){0} + limit) & large));
#endif
}

/* the logistic of field * scale in units of 2^-32: e = exp(-|x|), q = e / (1 + e), p = q or 1 - q by the sign */
static inline v16u probability(v16i field, float scale) {
    const v16i sign = field >> 31;
    const v16i magnitude = (field ^ sign) - sign;
    const v16f t = clamp(__builtin_convertvector(magnitude, v16f) * (scale * 1.44269504f), 60.0f);
    const v16i whole = __builtin_convertvector(t, v16i);
    const v16f f = t - __builtin_convertvector(whole, v16f);
    const v16f e = (v16f)((v16i)EXP2_POLYNOMIAL(f) - (whole << 23));
    const v16f q = e / (1.0f + e);
    const v16u q32 = (v16u) __builtin_convertvector(q * 0x1p31f, v16i) << 1;
    return q32 ^ ~(v16u)sign; /* 1 - q is ~q32 */
}

/* lanes in which a < b, and in which they are equal */
static inline void compare_lanes(v16i a, v16i b, uint32_t *ret_less, uint32_t *ret_equal) {
#if defined(__AVX512F__)
    *ret_less = _mm512_cmplt_epi32_mask((__m512i)a, (__m512i)b);
    *ret_equal = _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    __m256i x[2], y[2];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    *ret_less = *ret_equal = 0;
    for (int h = 0; h < 2; h++) {
        const __m256i less = _mm256_cmpgt_epi32(y[h], x[h]), equal = _mm256_cmpeq_epi32(x[h], y[h]);
        *ret_less |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(less)) << (8 * h);
        *ret_equal |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) << (8 * h);
    }
#else
    const v16i less = a < b, equal = a == b;
    *ret_less = *ret_equal = 0;
    for (int l = 0; l < 16; l++) {
        *ret_less |= ((uint32_t)less[l] & 1u) << l;
        *ret_equal |= ((uint32_t)equal[l] & 1u) << l;
    }
#endif
}

/* 16 bits decide unless they equal the probability's upper half (1 in 65,536); then the lower half is compared with 16
 * more */
static uint32_t break_ties(uint32_t ties, v16u p, const hol_draw *draw, int64_t unit, int64_t chain) {
    uint32_t on = 0;
    for (; ties; ties &= ties - 1) {
        const int l = __builtin_ctz(ties);
        on |= (uint32_t)hol_kernels_sample_ref(p[l], draw, unit + l, chain) << l;
    }
    return on;
}

/* bit l of rows[c] becomes bit c of words[l] */
static inline void transpose_samples(const uint16_t rows[LANES], uint64_t words[HOL_STRIP]) {
#if defined(__AVX512BW__)
    const __m512i low = _mm512_load_si512(rows), high = _mm512_load_si512(rows + 32);
    for (int l = 0; l < HOL_STRIP; l++) {
        const __m512i bit = _mm512_set1_epi16((short)(1 << l));
        words[l] = (uint64_t)_mm512_test_epi16_mask(low, bit) | (uint64_t)_mm512_test_epi16_mask(high, bit) << 32;
    }
#elif defined(__AVX2__)
    /* bytes of 32 chains, then their top bits eight times */
    for (int byte = 0; byte < 2; byte++) {
        __m256i chains[2];
        for (int h = 0; h < 2; h++) {
            __m256i a = _mm256_load_si256((const __m256i *)(const void *)(rows + 32 * h));
            __m256i b = _mm256_load_si256((const __m256i *)(const void *)(rows + 32 * h + 16));
            if (byte) {
                a = _mm256_srli_epi16(a, 8);
                b = _mm256_srli_epi16(b, 8);
            }
            const __m256i keep = _mm256_set1_epi16(0xff);
            chains[h] = _mm256_permute4x64_epi64(
                _mm256_packus_epi16(_mm256_and_si256(a, keep), _mm256_and_si256(b, keep)), 0xd8);
        }
        for (int bit = 7; bit >= 0; bit--) {
            words[8 * byte + bit] = (uint64_t)(uint32_t)_mm256_movemask_epi8(chains[0]) |
                                    (uint64_t)(uint32_t)_mm256_movemask_epi8(chains[1]) << 32;
            chains[0] = _mm256_add_epi8(chains[0], chains[0]);
            chains[1] = _mm256_add_epi8(chains[1], chains[1]);
        }
    }
#else
    for (int l = 0; l < HOL_STRIP; l++) words[l] = 0;
    for (int c = 0; c < LANES; c++)
        for (int l = 0; l < HOL_STRIP; l++) words[l] |= (uint64_t)(rows[c] >> l & 1) << c;
#endif
}

static void sample(const int32_t *fields, float scale, const hol_draw *draw, int64_t unit, int64_t block,
                   uint64_t *samples, int32_t *probabilities, int64_t probability_stride) {
    /* fields is (64, 16); samples (16); probabilities (64, probability_stride) */
    const v16u units = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + (uint32_t)unit;
    _Alignas(64) uint16_t rows[LANES];
    for (int first = 0; first < LANES; first += 8) {
        v16u random[4];
        if (samples) philox(draw, units, (v16u){0} + (uint32_t)(block * 8 + first / 8), random);
#pragma GCC unroll 2
        for (int c = 0; c < 8; c++) {
            const v16i field = *(const v16i *)(const void *)(fields + (first + c) * HOL_STRIP);
            const v16u p = probability(field, scale);
            if (probabilities) {
                const v16u rounded = (p >> 17) + ((p >> 16) & 1u);
                memcpy(probabilities + (first + c) * probability_stride, &rounded, sizeof rounded);
            }
            if (!samples) continue;
            const v16i r = (v16i)(c % 2 ? random[c / 2] >> 16 : random[c / 2] & 0xffffu);
            uint32_t on, ties;
            compare_lanes(r, (v16i)(p >> 16), &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_ties(ties, p, draw, unit, block * LANES + first + c);
            rows[first + c] = (uint16_t)on;
        }
    }
    if (samples) transpose_samples(rows, samples);
}

/* ---- a strip of coupled units, one after the other ---------------------------------------------------------------
 *
 * Fields are turned to (unit, chain), so that a unit of all chains is decided at once and its flips move the later
 * units' fields. Place 16 w + 8 half + g of the 64 stands for chain 8 g + 2 w + half: then Philox words need no
 * shuffling (kernels.h has their order), and words of states turn by transposing 8 x 8 bits. */

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

#if defined(__AVX512F__)
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
#else
static inline void turn_fields(const int32_t *fields, v16i turned[HOL_STRIP][QUARTERS]) {
    int32_t *to = (int32_t *)turned;
    for (int p = 0; p < LANES; p++)
        for (int l = 0; l < HOL_STRIP; l++) to[l * LANES + p] = fields[place_chain(p) * HOL_STRIP + l];
}

#if defined(__AVX2__)
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
#else
typedef v16i flips[2]; /* all ones in lanes that went up, and down */
static inline void set_flips(flips f, uint32_t on, uint32_t old) {
    const v16i bit = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    f[0] = (bit & (int32_t)(on & ~old)) != 0;
    f[1] = (bit & (int32_t)(old & ~on)) != 0;
}
static inline v16i add_flips(v16i field, const flips f, int32_t coupling) {
    return field + (f[0] & coupling) - (f[1] & coupling);
}
#endif
#endif

/* 16 numbers of 16 bits: those of one unit's quarter w, from the eight words of its chain groups */
static inline v16i quarter_of(const v16u *random, int w, int odd) {
    typedef uint32_t v8u __attribute__((vector_size(32)));
    v8u words, halves[2];
    memcpy(&words, (const uint32_t *)(random + w) + 8 * odd, sizeof words);
    halves[0] = words & 0xffffu;
    halves[1] = words >> 16;
    v16i numbers;
    memcpy(&numbers, halves, sizeof numbers);
    return numbers;
}

/* break_ties for one unit and 16 places */
static uint32_t break_place_ties(uint32_t ties, v16u p, const hol_draw *draw, int64_t unit, int64_t block, int w) {
    uint32_t on = 0;
    for (; ties; ties &= ties - 1) {
        const int l = __builtin_ctz(ties);
        on |= (uint32_t)hol_kernels_sample_ref(p[l], draw, unit, block * LANES + place_chain(16 * w + l)) << l;
    }
    return on;
}

static void scan(const int32_t *fields, float scale, const int32_t *inner, int64_t inner_stride, int64_t width,
                 const uint8_t *held, const hol_draw *draw, int64_t unit, int64_t block, uint64_t *words) {
    /* fields is (64, 16); inner (width, inner_stride); words (width) */
    const v16u pair = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    const v16u groups = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7} + (uint32_t)(block * 8);
    v16i turned[HOL_STRIP][QUARTERS];
    v16u random[QUARTERS];
    turn_fields(fields, turned);
    for (int64_t l = 0; l < width; l++) {
        if (l % 2 == 0) philox(draw, pair + (uint32_t)(unit + l), groups, random);
        if (held && held[l]) continue;
        const uint64_t old = transpose_bytes(words[l]);
        uint64_t all = 0;
        flips moved[QUARTERS];
        for (int w = 0; w < QUARTERS; w++) {
            const v16u p = probability(turned[l][w], scale);
            const v16i r = quarter_of(random, w, (int)(l % 2)), upper = (v16i)(p >> 16);
            uint32_t on, ties;
            compare_lanes(r, upper, &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_place_ties(ties, p, draw, unit + l, block, w);
            all |= (uint64_t)on << (16 * w);
            set_flips(moved[w], on, (uint32_t)(old >> (16 * w)) & 0xffffu);
        }
        words[l] = transpose_bytes(all);
        for (int64_t m = l + 1; m < width; m++) {
            const int32_t coupling = inner[l * inner_stride + m];
            for (int w = 0; w < QUARTERS; w++) turned[m][w] = add_flips(turned[m][w], moved[w], coupling);
        }
    }
}

/* ---- units with few neighbours ---------------------------------------------------------------------------------- */

/* field + coupling in the lanes of mask */
static inline v16i add_where(v16i field, uint32_t mask, int32_t coupling) {
#if defined(__AVX512F__)
    return (v16i)_mm512_mask_add_epi32((__m512i)field, (__mmask16)mask, (__m512i)field, _mm512_set1_epi32(coupling));
#else
    flips f;
    set_flips(f, mask, 0);
    return add_flips(field, f, coupling);
#endif
}

/* places as in scan */
static inline void sparse_fields(const int32_t *neighbours, const int32_t *couplings, int64_t count, int32_t bias,
                                 const uint64_t *words, v16i fields[QUARTERS]) {
    for (int w = 0; w < QUARTERS; w++) fields[w] = (v16i){0} + bias;
    for (int64_t k = 0; k < count; k++) {
        const uint64_t x = transpose_bytes(words[neighbours[k]]);
        for (int w = 0; w < QUARTERS; w++)
            fields[w] = add_where(fields[w], (uint32_t)(x >> (16 * w)) & 0xffffu, couplings[k]);
    }
}

static void sparse(const int32_t *units, int64_t count, const int64_t *starts, const int32_t *neighbours,
                   const int32_t *couplings, const int32_t *bias, float scale, const hol_draw *draw, int64_t block,
                   uint64_t *words) {
    const v16u groups = (v16u){0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7} + (uint32_t)(block * 8);
    v16u random[QUARTERS];
    for (int64_t k = 0; k < count; k++) {
        const int32_t i = units[k];
        if (k % 2 == 0) {
            const uint32_t a = (uint32_t)i, b = (uint32_t)(k + 1 < count ? units[k + 1] : i);
            philox(draw, (v16u){a, a, a, a, a, a, a, a, b, b, b, b, b, b, b, b}, groups, random);
        }
        v16i fields[QUARTERS];
        sparse_fields(neighbours + starts[i], couplings + starts[i], starts[i + 1] - starts[i], bias[i], words, fields);
        uint64_t all = 0;
        for (int w = 0; w < QUARTERS; w++) {
            const v16u p = probability(fields[w], scale);
            uint32_t on, ties;
            compare_lanes(quarter_of(random, w, (int)(k % 2)), (v16i)(p >> 16), &on, &ties);
            if (__builtin_expect(ties != 0, 0)) on |= break_place_ties(ties, p, draw, i, block, w);
            all |= (uint64_t)on << (16 * w);
        }
        words[i] = transpose_bytes(all);
    }
}

/* ---- ln(1 + e^x) ------------------------------------------------------------------------------------------------ */

typedef double v8d __attribute__((vector_size(64)));
typedef int64_t v8l __attribute__((vector_size(64)));

/* e^-t for 0 <= t <= 700: 2^-n e^r with |r| <= 0.347, Taylor to r^13 */
static inline v8d exp_minus(v8d t) {
    const double to_integer = 0x1.8p52; /* adding it leaves the nearest whole number in the low bits */
    const v8d n = (t * -1.4426950408889634074 + to_integer) - to_integer;
    const v8d r = (-t - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    v8d sum = (v8d){0} + exp_last;
    for (int i = 0; i < EXP_TERMS; i++) sum = sum * r + exp_terms[i];
    sum = 1.0 + (r + r * r * sum);
    return (v8d)((v8l)sum + ((v8l)(n + to_integer) << 52)); /* n's low bits, moved to the exponent */
}

static double softplus_sum(const double *x, int64_t count) {
    /* sum max(x, 0) + ln prod (1 + e^-|x|): one logarithm for many terms; a lane's product of 512 stays below 2^512 */
    enum { WIDTH = 8, FOLD = 512 };
    v8d positive = {0}, product = (v8d){0} + 1.0;
    double sum = 0;
    int64_t terms = 0;
    for (int64_t k = 0; k < count; k += WIDTH) {
        v8d value;
        if (k + WIDTH <= count) {
            memcpy(&value, x + k, sizeof value);
        } else {
            value = (v8d){0} - 1000.0; /* adds e^-700, that is nothing */
            for (int64_t l = 0; k + l < count; l++) value[l] = x[k + l];
        }
        const v8l above = value > 0.0;
        positive += (v8d)((v8l)value & above);
        v8d t = (v8d)((v8l)value & INT64_MAX);
        const v8l far = t > 700.0;
        t = (v8d)(((v8l)t & ~far) | ((v8l)((v8d){0} + 700.0) & far));
        product *= 1.0 + exp_minus(t);
        if (++terms < FOLD) continue;
        for (int l = 0; l < WIDTH; l++) sum += hol_ln(product[l]);
        product = (v8d){0} + 1.0;
        terms = 0;
    }
    for (int l = 0; l < WIDTH; l++) sum += positive[l] + hol_ln(product[l]);
    return sum;
}

extern hol_spin_kernel HOL_JOIN(hol_spin_kernel_, HOL_ISA);
extern hol_index_lanes_kernel HOL_JOIN(hol_index_lanes_, HOL_ISA);
extern hol_index_units_kernel HOL_JOIN(hol_index_units_, HOL_ISA);
extern hol_product_kernel HOL_JOIN(hol_product_, HOL_ISA);
extern hol_pairs_kernel HOL_JOIN(hol_pairs_, HOL_ISA);
extern const hol_kernels HOL_JOIN(hol_kernels_, HOL_ISA);
const hol_kernels HOL_JOIN(hol_kernels_, HOL_ISA) = {
    .isa = HOL_TEXT(HOL_ISA),
    .index_lanes = HOL_JOIN(hol_index_lanes_, HOL_ISA),
    .index_units = HOL_JOIN(hol_index_units_, HOL_ISA),
    .product = HOL_JOIN(hol_product_, HOL_ISA),
    .list_lanes = list_lanes,
    .list_units = list_units,
    .add_rows = add_rows,
    .sample = sample,
    .scan = scan,
    .sparse = sparse,
    .spins = HOL_JOIN(hol_spin_kernel_, HOL_ISA),
    .pairs = HOL_JOIN(hol_pairs_, HOL_ISA),
    .softplus_sum = softplus_sum,
};
