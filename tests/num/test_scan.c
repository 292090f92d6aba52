/* scan: the fast scan equals the plain one bit for bit, on every instruction set and any number of threads; what a
 * sequence of conditionals must do is tested with the models. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "num/scan.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4 };

typedef struct setting {
    hol_layer layer;
    hol_states x;
    int32_t *weights, *bias;
    uint64_t *held;
    void *scratch;
} setting;

static uint32_t number(int64_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{14, 92}}, (uint32_t)i, salt, 0, 0).word[0];
}

/* outputs are inputs own .. own + outputs - 1, not coupled to themselves; each block has a word behind the inputs */
static setting make_setting(int64_t inputs, int64_t own, int64_t outputs, int64_t blocks) {
    setting s = {0};
    const int64_t stride = hol_round_up(outputs, 16), words = inputs + 1;
    s.weights = hol_allocate(inputs * stride, sizeof *s.weights);
    s.bias = hol_allocate(stride, sizeof *s.bias);
    s.scratch = hol_allocate(hol_scan_scratch_bytes(inputs, blocks), 1);
    s.x = (hol_states){.stride = words, .blocks = blocks, .first_block = 3};
    s.x.words = hol_allocate(blocks * words, sizeof *s.x.words);
    s.held = hol_allocate(blocks * words, sizeof *s.held);
    assert_true(s.weights && s.bias && s.scratch && s.x.words && s.held);
    const double reach = 4 * 0x1p20 / sqrt((double)inputs); /* fields of a few nats at 20 bits */
    for (int64_t i = 0; i < inputs; i++)
        for (int64_t j = 0; j < outputs; j++)
            if (i != own + j)
                s.weights[i * stride + j] = (int32_t)(((double)number(i * outputs + j, 1) * 0x1p-31 - 1) * reach);
    for (int64_t j = 0; j < outputs; j++) s.bias[j] = (int32_t)number(j, 2) >> 12;
    for (int64_t w = 0; w < blocks * words; w++) s.x.words[w] = (uint64_t)number(w, 3) << 32 | number(w, 4);
    for (int64_t w = 0; w < blocks * words; w++) { /* a unit of a block in all chains, in none, or in some */
        const uint64_t some = (uint64_t)number(w, 7) << 32 | number(w, 8);
        s.held[w] = number(w, 6) % 3 == 0 ? ~UINT64_C(0) : number(w, 6) % 3 == 1 ? some : 0;
    }
    s.layer = (hol_layer){.weights = s.weights,
                          .bias = s.bias,
                          .inputs = inputs,
                          .outputs = outputs,
                          .stride = stride,
                          .scale = 0x1p-20f};
    return s;
}

static void free_setting(setting *s) {
    hol_free(s->weights);
    hol_free(s->bias);
    hol_free(s->held);
    hol_free(s->scratch);
    hol_free(s->x.words);
}

/* with_base: fields begin with others than the bias; holding: of two thirds of the units some chains or all stay as
 * they are */
static void check_with(int64_t inputs, int64_t own, int64_t outputs, int64_t blocks, float scale, bool with_base,
                       bool holding) {
    setting s = make_setting(inputs, own, outputs, blocks);
    s.layer.scale = scale;
    if (holding) s.layer.held = s.held + own;
    const size_t bytes = (size_t)(blocks * s.x.stride) * 8;
    uint64_t *start = malloc(bytes), *expected = malloc(bytes);
    int32_t *base = with_base ? hol_allocate(blocks * 64 * s.layer.stride, 4) : NULL;
    assert_true(start && expected && (base || !with_base));
    for (int64_t k = 0; base && k < blocks * 64 * s.layer.stride; k++) base[k] = (int32_t)number(k, 5) >> 11;
    memcpy(start, s.x.words, bytes);
    const hol_draw draws[2] = {{.key = {{1, 2}}, .step = 3, .sweep = 8}, {.key = {{1, 2}}, .step = 3, .sweep = 9}};
    for (int k = 0; k < 2; k++) hol_scan_sample_ref(&s.layer, &s.x, own, base, &draws[k]);
    memcpy(expected, s.x.words, bytes);
    assert_true(memcmp(start, expected, bytes) != 0 || (holding && outputs < 3));
    for (int64_t w = 0; holding && w < blocks * s.x.stride; w++) {
        const int64_t output = w % s.x.stride - own;
        if (output >= 0 && output < outputs) assert_true(((start[w] ^ expected[w]) & s.held[w]) == 0);
    }
    for (int n = 0; n < NAMES; n++)
        for (int threads = 1; threads <= 3; threads++) {
            if (!hol_kernels_find(names[n])) continue;
            s.layer.kernels = hol_kernels_find(names[n]);
            omp_set_num_threads(threads);
            memcpy(s.x.words, start, bytes);
            memset(s.scratch, 0xee, (size_t)hol_scan_scratch_bytes(inputs, blocks));
            for (int k = 0; k < 2; k++) hol_scan_sample(&s.layer, &s.x, own, base, &draws[k], s.scratch);
            if (memcmp(expected, s.x.words, bytes) != 0)
                fail_msg("%s, %d threads: scan of %d of %d units from %d, %d blocks differs", names[n], threads,
                         (int)outputs, (int)inputs, (int)own, (int)blocks);
        }
    omp_set_num_threads(2);
    free(start);
    free(expected);
    hol_free(base);
    free_setting(&s);
}

static void check(int64_t inputs, int64_t own, int64_t outputs, int64_t blocks) {
    check_with(inputs, own, outputs, blocks, 0x1p-20f, false, false);
    check_with(inputs, own, outputs, blocks, 0x1p-20f, true, false);
    check_with(inputs, own, outputs, blocks, 0x1p-20f, true, true);
}

/* alone, before and behind other units, around the ends of strips (16) and sets (40) */
static void test_scan_equals_the_plain_one(void **state) {
    (void)state;
    const int64_t shapes[][3] = {{1, 0, 1},    {2, 1, 1},    {15, 0, 15}, {16, 0, 16},  {17, 0, 17},
                                 {24, 0, 16},  {24, 16, 8},  {39, 7, 32}, {40, 0, 40},  {41, 8, 33},
                                 {80, 40, 40}, {81, 33, 48}, {97, 0, 31}, {130, 79, 51}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int64_t blocks = 1; blocks <= 19; blocks += 6) check(shapes[s][0], shapes[s][1], shapes[s][2], blocks);
    check(300, 0, 300, 9);
    check_with(97, 20, 70, 7, 0x1p-13f, false, true);
}

/* from fields that make all units fair to those that make nearly all certain, whatever their bits */
static void test_scan_equals_the_plain_one_for_any_size_of_fields(void **state) {
    (void)state;
    const float scales[] = {0x1p-30f, 0x1.8p-22f, 0x1p-18f, 0x1p-16f, 0x1.8p-13f, 0x1p-10f, 0x1p-5f};
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) check_with(97, 20, 70, 7, scales[k], false, false);
}

/* Ties of the upper 16 bits, 1 in 65,536 draws, take another path: enough draws for a hundred of them. */
static void test_scan_breaks_ties_as_the_plain_one(void **state) {
    (void)state;
    check(40, 0, 40, 1280);
}

static void test_scan_takes_no_blocks(void **state) {
    (void)state;
    setting s = make_setting(20, 0, 20, 1);
    s.x.blocks = 0;
    const uint64_t first = s.x.words[0];
    hol_scan_sample(&s.layer, &s.x, 0, NULL, &(hol_draw){0}, s.scratch);
    assert_true(s.x.words[0] == first);
    assert_int_equal(hol_scan_scratch_bytes(20, 0), 0);
    free_setting(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_equals_the_plain_one),
        cmocka_unit_test(test_scan_equals_the_plain_one_for_any_size_of_fields),
        cmocka_unit_test(test_scan_breaks_ties_as_the_plain_one),
        cmocka_unit_test(test_scan_takes_no_blocks),
    };
    return hol_test_main(argc, argv, "scan", tests, HOL_TEST_COUNT(tests));
}
