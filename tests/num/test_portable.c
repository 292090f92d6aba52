/* portable: the kernels' bits on this machine equal those of other machines. The digest below came out the same on
 * x86-64 (AVX-512, AVX2 and plain code) and on an emulated 64-bit Arm, with different compilers' builds; the other
 * tests say that the values are right, this one that every machine has them. It changes when a numerical rule changes,
 * and only then. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "num/counts.h"
#include "num/elementary.h"
#include "num/fixed.h"
#include "num/layer.h"

enum { INPUTS = 100, OUTPUTS = 45, STRIDE = 48, BLOCKS = 3, NUMBERS = 300 };

static uint64_t add(uint64_t digest, const void *bytes, size_t count) { /* FNV-1a */
    for (const unsigned char *b = bytes; count > 0; count--) digest = (digest ^ *b++) * UINT64_C(1099511628211);
    return digest;
}

static uint64_t digest_layer(const hol_kernels *kernels, uint64_t digest, hol_rng_key key) {
    float *w = hol_allocate(INPUTS * OUTPUTS, sizeof *w), *b = hol_allocate(OUTPUTS, sizeof *b);
    int32_t *fixed = hol_allocate(INPUTS * STRIDE, 4), *bias = hol_allocate(STRIDE, 4);
    uint64_t *x = hol_allocate(INPUTS * BLOCKS, 8), *h = hol_allocate(STRIDE * BLOCKS, 8);
    int32_t *p = hol_allocate(BLOCKS * 64 * STRIDE, 4), *s = hol_allocate(INPUTS * OUTPUTS, 4);
    void *scratch = hol_allocate(hol_layer_scratch_bytes(INPUTS, BLOCKS) + hol_levels_scratch_bytes(INPUTS, BLOCKS), 1);
    uint8_t *levels = hol_allocate(BLOCKS * STRIDE, 64);
    assert_true(w && b && fixed && bias && x && h && p && s && levels && scratch);
    for (uint32_t i = 0; i < INPUTS * OUTPUTS; i++)
        w[i] = (float)hol_normal_quantile(hol_rng_uniform(key, i, 0, 0, 0)) * 0.3f;
    float zeros[INPUTS] = {0}, sums[OUTPUTS];
    (void)hol_fixed_row_bound(w, zeros, INPUTS, OUTPUTS, INPUTS, sums); /* one band */
    const double bound = hol_fixed_column_bound(sums, b, 1, OUTPUTS);
    const int bits = hol_fixed_choose_bits(bound);
    hol_fixed_round(w, INPUTS, OUTPUTS, (float)(1 << bits), fixed, STRIDE);
    digest = add(add(digest, &bound, sizeof bound), fixed, INPUTS * STRIDE * sizeof *fixed);
    for (uint32_t i = 0; i < INPUTS * BLOCKS; i++) {
        const hol_rng_words r = hol_rng_draw(key, i, 1, 0, 0);
        x[i] = (uint64_t)r.word[0] << 32 | r.word[1];
    }
    const hol_layer layer = {.kernels = kernels,
                             .weights = fixed,
                             .bias = bias,
                             .inputs = INPUTS,
                             .outputs = OUTPUTS,
                             .stride = STRIDE,
                             .scale = 1.0f / (float)(1 << bits)};
    const hol_states from = {.words = x, .stride = INPUTS, .blocks = BLOCKS, .first_block = 5};
    const hol_states to = {.words = h, .stride = STRIDE, .blocks = BLOCKS, .first_block = 5};
    const hol_draw draw = {.key = key, .step = 7, .sweep = 8};
    hol_layer_sample(&layer, &from, &draw, &to, levels, scratch);
    hol_layer_probabilities(&layer, &from, p, scratch);
    digest = add(digest, h, STRIDE * BLOCKS * sizeof *h);
    for (int r = 0; r < BLOCKS * 64; r++) digest = add(digest, p + r * STRIDE, OUTPUTS * sizeof *p);
    digest = add(digest, levels, BLOCKS * STRIDE * 64);
    hol_levels_product(kernels, &from, INPUTS, levels, STRIDE, OUTPUTS, (hol_sums){.wide = s}, scratch);
    digest = add(digest, s, INPUTS * OUTPUTS * sizeof *s);
    void *const all[] = {w, b, fixed, bias, x, h, p, s, levels, scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) hol_free(all[i]);
    return digest;
}

static double log_add(double a, double b) {
    const double high = a > b ? a : b, low = a > b ? b : a;
    return high + hol_log1p(hol_exp(low - high));
}

static uint64_t digest_functions(const hol_kernels *kernels, uint64_t digest, hol_rng_key key) {
    double x[NUMBERS];
    for (uint32_t i = 0; i < NUMBERS; i++) {
        x[i] = (hol_rng_uniform(key, i, 2, 0, 0) - 0.5) * 90;
        const double values[] = {hol_exp(x[i]), hol_ln(x[i] * x[i]), hol_softplus(x[i]), log_add(x[i], 1)};
        digest = add(digest, values, sizeof values);
    }
    const double sum = kernels->softplus_sum(x, NUMBERS);
    return add(digest, &sum, sizeof sum);
}

static void test_bits_are_those_of_other_machines(void **state) {
    (void)state;
    const hol_rng_key key = {{3, 4}};
    const char *const names[] = {"generic", "avx2", "avx512", "amx"};
    for (int n = 0; n < 4; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        assert_int_equal(digest_functions(k, digest_layer(k, UINT64_C(1469598103934665603), key), key),
                         UINT64_C(0x8d4cce97792ea861));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bits_are_those_of_other_machines)};
    return hol_test_main(argc, argv, "portable", tests, HOL_TEST_COUNT(tests));
}
