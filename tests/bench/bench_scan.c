/* bench_scan: a dense Boltzmann machine's sequential Gibbs sweep, all chains, on one core, in one run:
 *
 *   holode   strips of 16 units by table products (num/scan), on every instruction set that the CPU has
 *   sgemm    the same scan in blocks of 16 to 256 units: outside fields by OpenBLAS's sgemm, rank-one corrections
 * inside, with vectorized logistic and a cheaper generator than ours; the best block size counts plain    unit by unit,
 * chain by chain, a full sum each, in C, the compiler's vectors
 *
 * Rounds go in turn and a ratio is the median of the rounds' ratios. Times are of this thread's processor time.
 *
 *   bench_scan [UNITS [CHAINS]]     default 784 512 */
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#else
#include <cblas.h>
#endif
#undef I /* complex.h's, which cblas.h brings along */

#include "base/rng.h"
#include "bench.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/scan.h"

enum { ROUNDS = 7, ISAS = 4, SIZES = 5, SWEEPS = 4, SETTLE = 30 };
static const char *const isas[ISAS] = {"amx", "avx512", "avx2", "generic"};
static const int64_t sizes[SIZES] = {16, 32, 64, 128, 256};

/* All owned. */
typedef struct bench {
    int64_t units, chains, stride;
    hol_layer layer;
    hol_states x;
    int32_t *weights, *bias, *masks;
    void *scratch;
    float *float_weights, *float_bias; /* (units, units), symmetric */
    float *float_states;               /* (units, chains) */
    float *fields;                     /* (256, chains) */
    float *change;                     /* (chains) */
    uint32_t *generators;              /* (chains) */
} bench;

static void make(bench *self) {
    const int64_t n = self->units, blocks = hol_bits_blocks(self->chains);
    self->stride = hol_round_up(n, HOL_STRIP);
    self->weights = get(n * self->stride, 4);
    self->bias = get(self->stride, 4);
    self->masks = get(n, 4);
    self->scratch = get(hol_scan_scratch_bytes(n, blocks), 1);
    self->float_weights = get(n * n, 4);
    self->float_bias = get(n, 4);
    self->float_states = get(n * self->chains, 4);
    self->fields = get(256 * self->chains, 4);
    self->change = get(self->chains, 4);
    self->generators = get(self->chains, 4);
    self->x = (hol_states){.words = get(blocks * n, 8), .stride = n, .blocks = blocks};
    self->layer = (hol_layer){.kernels = hol_kernels_get(),
                              .weights = self->weights,
                              .bias = self->bias,
                              .inputs = n,
                              .outputs = n,
                              .stride = self->stride,
                              .scale = 0x1p-20f};
    const hol_rng_key key = {{3, 1}};
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            /* a spin glass at moderate temperature */
            const double w = 2 * (hol_rng_uniform(key, (uint32_t)i, (uint32_t)j, 0, 0) - 0.5) / sqrt((double)n);
            self->weights[i * self->stride + j] = self->weights[j * self->stride + i] = (int32_t)(w * 0x1p20);
            self->float_weights[i * n + j] = self->float_weights[j * n + i] = (float)w;
        }
    for (int64_t i = 0; i < n; i++) self->float_bias[i] = -0.5f, self->bias[i] = -(1 << 19);
}

/* both sides' states from the same bits */
static void start(bench *self) {
    for (int64_t b = 0; b < self->x.blocks; b++)
        for (int64_t i = 0; i < self->units; i++) {
            const hol_rng_words r = hol_rng_draw((hol_rng_key){{5, 9}}, (uint32_t)i, (uint32_t)b, 0, 0);
            self->x.words[b * self->units + i] = (uint64_t)r.word[0] << 32 | r.word[1];
        }
    for (int64_t i = 0; i < self->units; i++)
        for (int64_t c = 0; c < self->chains; c++)
            self->float_states[i * self->chains + c] =
                hol_bits_get(self->x.words + c / 64 * self->units, i, (int)(c % 64)) ? 1.0f : 0.0f;
    for (int64_t c = 0; c < self->chains; c++)
        self->generators[c] = hol_rng_draw((hol_rng_key){{7, 9}}, (uint32_t)c, 0, 0, 0).word[0] | 1;
}

/* ---- with sgemm -------------------------------------------------------------------------------------------------- */

/* draws a unit of all chains and leaves by how much it changed: xorshift32, 1 / (1 + 2^-x) by a polynomial */
HOL_CLONES static void draw_unit(const float *restrict field, float bias, int64_t chains, uint32_t *restrict generators,
                                 float *restrict state, float *restrict change) {
    for (int64_t c = 0; c < chains; c++) {
        uint32_t g = generators[c];
        g ^= g << 13;
        g ^= g >> 17;
        g ^= g << 5;
        generators[c] = g;
        const float x = (field[c] + bias) * -1.44269504f;
        const float t = x < -60.0f ? -60.0f : x > 60.0f ? 60.0f : x;
        const float biased = t + 128.0f;
        const int32_t whole = (int32_t)biased; /* t > -128 */
        const float f = biased - (float)whole;
        const float power =
            ((((0.0018775767f * f + 0.0089893397f) * f + 0.055826318f) * f + 0.24015361f) * f + 0.69315308f) * f + 1.0f;
        const int32_t exponent = whole - 1 < 0 ? 0 : (whole - 1) << 23;
        float scale;
        memcpy(&scale, &exponent, sizeof scale);
        const float uniform = (float)(int32_t)(g >> 8) * 0x1p-24f;
        const float next = uniform * (1.0f + power * scale) < 1.0f ? 1.0f : 0.0f;
        change[c] = next - state[c];
        state[c] = next;
    }
}

HOL_CLONES static void add_scaled(float *restrict field, const float *restrict change, float coupling, int64_t chains) {
    for (int64_t c = 0; c < chains; c++) field[c] += coupling * change[c];
}

static void sweep_sgemm(bench *self, int64_t size) {
    const int64_t n = self->units, chains = self->chains;
    for (int64_t first = 0; first < n; first += size) {
        const int64_t width = n - first < size ? n - first : size;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)width, (int)chains, (int)n, 1.0f,
                    self->float_weights + first * n, (int)n, self->float_states, (int)chains, 0.0f, self->fields,
                    (int)chains);
        for (int64_t l = 0; l < width; l++) {
            draw_unit(self->fields + l * chains, self->float_bias[first + l], chains, self->generators,
                      self->float_states + (first + l) * chains, self->change);
            for (int64_t m = l + 1; m < width; m++)
                add_scaled(self->fields + m * chains, self->change, self->float_weights[(first + l) * n + first + m],
                           chains);
        }
    }
}

/* ---- plain ------------------------------------------------------------------------------------------------------- */

HOL_CLONES static int32_t sum_masked(const int32_t *weights, const int32_t *masks, int64_t n) {
    int32_t sum = 0;
    for (int64_t i = 0; i < n; i++) sum += weights[i] & masks[i];
    return sum;
}

static void sweep_plain(bench *self, const hol_draw *draw, int64_t chains) {
    for (int64_t c = 0; c < chains; c++) {
        uint64_t *words = self->x.words + c / 64 * self->units;
        const int lane = (int)(c % 64);
        for (int64_t i = 0; i < self->units; i++) self->masks[i] = -(int32_t)(words[i] >> lane & 1);
        for (int64_t i = 0; i < self->units; i++) { /* the couplings are symmetric: row i is column i */
            const int32_t field =
                self->bias[i] + sum_masked(self->weights + i * self->stride, self->masks, self->units);
            const uint32_t p = hol_kernels_probability_ref(field, self->layer.scale);
            const uint64_t on = (uint64_t)hol_kernels_sample_ref(p, draw, i, c);
            self->masks[i] = -(int32_t)on;
            words[i] = (words[i] & ~(UINT64_C(1) << lane)) | on << lane;
        }
    }
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static void sweep_fast(bench *self, uint32_t sweep) {
    const hol_draw draw = {.key = {{1, 2}}, .step = 1, .sweep = sweep};
    hol_scan_sample(&self->layer, &self->x, 0, NULL, &draw, self->scratch);
}

/* fails when the three ways are not the same machine: bits of the plain one, means of the other within 1 % */
static void compare(bench *self) {
    const hol_draw draw = {.key = {{1, 2}}, .step = 1};
    const int64_t words = self->x.blocks * self->units;
    uint64_t *expected = get(words, 8);
    start(self);
    sweep_plain(self, &draw, self->chains);
    memcpy(expected, self->x.words, (size_t)words * 8);
    start(self);
    sweep_fast(self, 0);
    if (memcmp(expected, self->x.words, (size_t)words * 8) != 0) {
        (void)fprintf(stderr, "bench_scan: the sweeps differ\n");
        exit(1);
    }
    hol_free(expected);
    double ours = 0, theirs = 0;
    start(self);
    for (uint32_t s = 0; s < SETTLE; s++) {
        sweep_fast(self, s);
        sweep_sgemm(self, 64);
    }
    for (int64_t w = 0; w < words; w++) ours += __builtin_popcountll(self->x.words[w]);
    for (int64_t k = 0; k < self->units * self->chains; k++) theirs += (double)self->float_states[k];
    if (fabs(ours / theirs - 1) < 0.01) return;
    (void)fprintf(stderr, "bench_scan: %g units on, with sgemm %g\n", ours, theirs);
    exit(1);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS]) {
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

static void use_one_core(void) {
    openblas_set_num_threads(1);
    omp_set_num_threads(1);
}

int main(int argc, char **argv) {
    bench self = {.units = argc > 1 ? atoll(argv[1]) : 784, .chains = argc > 2 ? atoll(argv[2]) : 512};
    if (self.units < 1 || self.chains < 64 || self.chains % 64 != 0) {
        (void)fprintf(stderr, "usage: bench_scan [UNITS [CHAINS]], chains a multiple of 64\n");
        return 2;
    }
    use_one_core();
    make(&self);
    compare(&self);
    double gemm[ROUNDS], plain[ROUNDS], fast[ISAS][ROUNDS], ratio[ROUNDS];
    int64_t best = 0;
    const double updates = (double)(self.units * self.chains);
    for (int r = 0; r < ROUNDS; r++) {
        gemm[r] = INFINITY;
        for (int s = 0; s < SIZES; s++) {
            const double begin = now();
            for (int k = 0; k < SWEEPS; k++) sweep_sgemm(&self, sizes[s]);
            const double seconds = (now() - begin) / SWEEPS;
            if (seconds < gemm[r]) gemm[r] = seconds, best = sizes[s];
        }
        for (int i = 0; i < ISAS; i++) {
            if (!hol_kernels_find(isas[i])) continue;
            self.layer.kernels = hol_kernels_find(isas[i]);
            const double begin = now();
            for (uint32_t k = 0; k < SWEEPS; k++) sweep_fast(&self, 100 + k);
            fast[i][r] = (now() - begin) / SWEEPS;
        }
        const double begin = now();
        sweep_plain(&self, &(hol_draw){.step = 2}, 64);
        plain[r] = (now() - begin) * (double)self.chains / 64;
    }
    printf("%lld units, %lld chains, 1 core; million updates per second, and times faster than sgemm blocks\n",
           (long long)self.units, (long long)self.chains);
    for (int i = 0; i < ISAS; i++) {
        if (!hol_kernels_find(isas[i])) continue;
        for (int r = 0; r < ROUNDS; r++) ratio[r] = gemm[r] / fast[i][r];
        const double times = median(ratio);
        printf("  holode %-8s %8.1f  %6.2f\n", isas[i], updates / median(fast[i]) * 1e-6, times);
    }
    for (int r = 0; r < ROUNDS; r++) ratio[r] = gemm[r] / plain[r];
    printf("  plain C         %8.1f  %6.2f\n", updates / median(plain) * 1e-6, median(ratio));
    printf("  sgemm blocks    %8.1f  %6.2f  (%lld units a block, %s)\n", updates / median(gemm) * 1e-6, 1.0,
           (long long)best, openblas_get_corename());
    return 0;
}
