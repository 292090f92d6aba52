/* layer: fields, probabilities and samples of all instruction sets and threads against the plain references, and those
 * against sums made here. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/layer.h"
#include "num/narrow.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4, GUARD = 3 };

/* which inputs are on in some chain: all; two in three, with a gap; one; none. Kernels may leave the others out. Or all
 * of them, but in one lane of 16; or every other input so: kernels may take rare ones by lists. */
typedef enum activity { ALL, SOME, ONE, NONE, RARE, MIXED, ACTIVITIES } activity;

/* a layer on states that hold inputs, then outputs, then guard words that nobody may touch */
typedef struct setting {
    hol_layer layer;
    hol_states x;
    int32_t *weights, *bias, *reach;
    int16_t *narrow;
    void *scratch;
} setting;

static uint32_t random_number(uint32_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{27, 18}}, i, salt, 0, 0).word[0];
}

static bool is_active(activity how, int64_t input, int64_t inputs) {
    if (how == ALL || how == RARE || how == MIXED) return true;
    if (how == SOME) return input % 3 != 1 && !(input >= 20 && input < 45);
    return how == ONE && input == inputs / 2;
}

static setting make_setting(int64_t inputs, int64_t outputs, int64_t blocks, int64_t first_block, activity how) {
    setting s = {0};
    const int64_t stride = hol_round_up(outputs, 16), words = inputs + outputs + GUARD;
    s.weights = hol_allocate(inputs * stride, sizeof *s.weights);
    s.bias = hol_allocate(stride, sizeof *s.bias);
    s.scratch = hol_allocate(hol_layer_scratch_bytes(inputs, blocks), 1);
    s.x = (hol_states){.stride = words, .blocks = blocks, .first_block = first_block};
    s.x.words = hol_allocate(blocks * words, sizeof *s.x.words);
    assert_true(s.weights && s.bias && s.scratch && s.x.words);
    /* fields of a few nats at 20 bits, whatever the number of inputs */
    const double reach = 4 * 0x1p20 / sqrt((double)inputs);
    for (int64_t i = 0; i < inputs; i++)
        for (int64_t j = 0; j < outputs; j++)
            s.weights[i * stride + j] =
                (int32_t)(((double)random_number((uint32_t)(i * outputs + j), 1) * 0x1p-31 - 1) * reach);
    for (int64_t j = 0; j < outputs; j++) s.bias[j] = (int32_t)random_number((uint32_t)j, 2) >> 10;
    for (int64_t w = 0; w < blocks * words; w++)
        if (w % words >= inputs || is_active(how, w % words, inputs))
            s.x.words[w] = (uint64_t)random_number((uint32_t)w, 3) << 32 | random_number((uint32_t)w, 4);
    for (int64_t w = 0; w < blocks * words && (how == RARE || how == MIXED); w++)
        for (uint32_t k = 5; k < 8 && w % words < inputs && (how == RARE || w % 2); k++)
            s.x.words[w] &= (uint64_t)random_number((uint32_t)w, k) << 32 | random_number((uint32_t)w, k + 5);
    s.layer = (hol_layer){.kernels = hol_kernels_get(),
                          .weights = s.weights,
                          .bias = s.bias,
                          .inputs = inputs,
                          .outputs = outputs,
                          .stride = stride,
                          .scale = 0x1p-20f};
    return s;
}

/* The same with couplings in 16 bits: those of one range in eight, the third one, add up to as much as 16 bits hold, so
 * that it can't be joined with others. */
static void make_narrow(setting *s) {
    hol_layer *layer = &s->layer;
    const int64_t ranges = hol_narrow_range_count(layer->inputs);
    s->narrow = hol_allocate(hol_narrow_table_size(layer->inputs, layer->outputs), sizeof *s->narrow);
    s->reach = hol_allocate(ranges, sizeof *s->reach);
    assert_true(s->narrow && s->reach);
    for (int64_t i = 0; i < layer->inputs; i++)
        for (int64_t j = 0; j < layer->outputs; j++) {
            const bool large = i / HOL_NARROW_ROWS % 8 == 2;
            const int32_t w = s->weights[i * layer->stride + j] >> (large ? 0 : 4);
            s->narrow[(j / HOL_NARROW_STRIP * layer->inputs + i) * HOL_NARROW_STRIP + j % HOL_NARROW_STRIP] =
                (int16_t)(large ? (w > 0 ? 511 : -511) : w % 100);
        }
    for (int64_t r = 0; r < ranges; r++) s->reach[r] = HOL_NARROW_ROWS * (r % 8 == 2 ? 511 : 99);
    for (int64_t j = 0; j < layer->stride; j++) s->bias[j] >>= 10;
    layer->weights = NULL;
    layer->narrow = s->narrow;
    layer->reach = s->reach;
    layer->scale = 0x1p-10f;
}

static void free_setting(setting *s) {
    hol_free(s->narrow);
    hol_free(s->reach);
    hol_free(s->weights);
    hol_free(s->bias);
    hol_free(s->scratch);
    hol_free(s->x.words);
}

static const int64_t input_counts[] = {1, 5, 6, 7, 23, 24, 25, 39, 40, 41, 63, 64, 65, 100, 784};
static const int64_t output_counts[] = {1, 15, 16, 17, 33, 500};
static const int64_t block_counts[] = {1, 2, 3, 9, 17};
enum { INPUTS = 15, OUTPUTS = 6, BLOCKS = 5 };

static void check_fields(int64_t inputs, int64_t outputs, int64_t blocks, activity how, bool narrow) {
    setting s = make_setting(inputs, outputs, blocks, 5, how);
    if (narrow) make_narrow(&s);
    const int64_t count = blocks * 64 * s.layer.stride;
    int32_t *expected = hol_allocate(count, sizeof *expected), *found = hol_allocate(count, sizeof *found);
    assert_true(expected && found);
    hol_layer_fields_ref(&s.layer, &s.x, expected);
    for (int n = 0; n < NAMES; n++) {
        if (!hol_kernels_find(names[n])) continue;
        s.layer.kernels = hol_kernels_find(names[n]);
        memset(found, 0xee, (size_t)count * sizeof *found);
        hol_layer_fields(&s.layer, &s.x, found, s.scratch);
        if (memcmp(expected, found, (size_t)count * sizeof *found) != 0)
            fail_msg("%s: %s fields of %d inputs, %d outputs, %d blocks differ", names[n], narrow ? "narrow" : "wide",
                     (int)inputs, (int)outputs, (int)blocks);
    }
    /* the reference itself, some entries */
    for (uint32_t t = 0; t < 50; t++) {
        const int64_t r = random_number(t, 5) % (blocks * 64), j = random_number(t, 6) % outputs;
        int64_t sum = s.bias[j];
        for (int64_t i = 0; i < inputs; i++)
            if (s.x.words[r / 64 * s.x.stride + i] >> (r % 64) & 1)
                sum += narrow ? s.narrow[(j / 32 * inputs + i) * 32 + j % 32] : s.weights[i * s.layer.stride + j];
        assert_int_equal(expected[r * s.layer.stride + j], sum);
    }
    hol_free(expected);
    hol_free(found);
    free_setting(&s);
}

static void check_all_fields(bool narrow) {
    for (int i = 0; i < INPUTS; i++)
        for (int o = 0; o < OUTPUTS; o++)
            for (int b = 0; b < BLOCKS; b++)
                check_fields(input_counts[i], output_counts[o], block_counts[b], (activity)((i + o + b) % ACTIVITIES),
                             narrow);
    for (int how = ALL; how < ACTIVITIES; how++) check_fields(784, 33, 9, (activity)how, narrow);
    for (int how = RARE; how <= MIXED; how++)
        check_fields(1300, 20, 17, (activity)how, narrow); /* lists in several list_ranges */
}

static void test_fields_equal_the_reference(void **state) {
    (void)state;
    check_all_fields(false);
}

static void test_narrow_fields_equal_the_reference(void **state) {
    (void)state;
    check_all_fields(true);
}

/* a unit of a block is held in all chains, in none, or in some: (blocks, stride of the states) */
static uint64_t *hold_some(const hol_states *x) {
    uint64_t *held = hol_allocate(x->blocks * x->stride, sizeof *held);
    assert_non_null(held);
    for (uint32_t w = 0; w < (uint32_t)(x->blocks * x->stride); w++) {
        const uint64_t some = (uint64_t)random_number(w, 21) << 32 | random_number(w, 22);
        held[w] = random_number(w, 23) % 3 == 0 ? ~UINT64_C(0) : random_number(w, 23) % 3 == 1 ? some : 0;
    }
    return held;
}

static void check_sample(int64_t inputs, int64_t outputs, int64_t blocks, int64_t first_block, activity how,
                         bool narrow, bool holding) {
    setting s = make_setting(inputs, outputs, blocks, first_block, how);
    uint64_t *held = hold_some(&s.x);
    if (narrow) make_narrow(&s);
    if (holding) s.layer.held = held + inputs;
    const int64_t words = blocks * s.x.stride, count = blocks * 64 * s.layer.stride;
    const size_t state_bytes = (size_t)words * sizeof *s.x.words;
    uint64_t *start = hol_allocate(words, 8), *expected = hol_allocate(words, 8);
    int32_t *p = hol_allocate(count, 4), *p_expected = hol_allocate(count, 4);
    uint8_t *levels = hol_allocate(count, 1), *levels_expected = hol_allocate(count, 1);
    assert_true(start && expected && p && p_expected && levels && levels_expected);
    memcpy(start, s.x.words, state_bytes);
    hol_states outputs_view = s.x;
    outputs_view.words += inputs;
    const hol_draw draw = {.key = {{1, (uint32_t)inputs}}, .step = 9, .sweep = (uint32_t)outputs};
    hol_layer_probabilities_ref(&s.layer, &s.x, p_expected);
    hol_layer_sample_ref(&s.layer, &s.x, &draw, &outputs_view, levels_expected);
    memcpy(expected, s.x.words, state_bytes);
    for (int64_t w = 0; holding && w < words; w++) assert_true(((start[w] ^ expected[w]) & held[w]) == 0);
    for (int n = 0; n < NAMES; n++) {
        if (!hol_kernels_find(names[n])) continue;
        s.layer.kernels = hol_kernels_find(names[n]);
        for (int what = 0; what < 3; what++) { /* both, samples only, levels only */
            memcpy(s.x.words, start, state_bytes);
            memset(levels, 0xee, (size_t)count);
            hol_layer_probabilities(&s.layer, &s.x, p, s.scratch);
            hol_layer_sample(&s.layer, &s.x, &draw, what == 2 ? NULL : &outputs_view, what == 1 ? NULL : levels,
                             s.scratch);
            /* guard words and inputs included */
            bool good = memcmp(s.x.words, what == 2 ? start : expected, state_bytes) == 0;
            for (int64_t r = 0; r < blocks * 64; r++)
                good =
                    good && memcmp(p + r * s.layer.stride, p_expected + r * s.layer.stride, (size_t)outputs * 4) == 0;
            for (int64_t b = 0; what != 1 && b < blocks; b++)
                good = good && memcmp(levels + b * s.layer.stride * 64, levels_expected + b * s.layer.stride * 64,
                                      (size_t)outputs * 64) == 0;
            if (!good) fail_msg("%s: %d to %d units, %d blocks", names[n], (int)inputs, (int)outputs, (int)blocks);
        }
    }
    for (int k = 0; k < 7; k++)
        hol_free((void *const[]){start, expected, p, p_expected, levels, levels_expected, held}[k]);
    free_setting(&s);
}

static void test_sample_equals_the_reference(void **state) {
    (void)state;
    for (int i = 0; i < INPUTS; i++)
        for (int o = 0; o < OUTPUTS; o++)
            for (int b = 0; b < BLOCKS; b++) /* the reference is slow: large in one direction at a time */
                if (input_counts[i] * output_counts[o] * block_counts[b] <= 500000)
                    check_sample(input_counts[i], output_counts[o], block_counts[b], (i + o) % 2 ? 0 : 1000003,
                                 (activity)((i + o + b) % ACTIVITIES), (i + o + b) % 2, (i + o) % 3 == 0);
}

static void check_threads(bool narrow) {
    setting s = make_setting(784, 500, 17, 3, SOME);
    if (narrow) make_narrow(&s);
    const int64_t words = s.x.blocks * s.x.stride, count = s.x.blocks * 64 * s.layer.stride;
    uint64_t *states[3] = {0};
    int32_t *p[3] = {0}, *fields[3] = {0};
    uint8_t *levels[3] = {0};
    const hol_draw draw = {.key = {{1, 2}}, .step = 3, .sweep = 4};
    for (int n = 0; n < 3; n++) {
        omp_set_num_threads(n < 2 ? n + 1 : 40); /* more of them than strips */
        states[n] = hol_allocate(words, 8);
        p[n] = hol_allocate(count, 4);
        fields[n] = hol_allocate(count, 4);
        levels[n] = hol_allocate(count, 1);
        assert_true(states[n] && p[n] && fields[n] && levels[n]);
        memcpy(states[n], s.x.words, (size_t)words * 8);
        hol_states x = s.x;
        x.words = states[n];
        hol_states out = x;
        out.words += 784;
        hol_layer_sample(&s.layer, &x, &draw, &out, levels[n], s.scratch);
        hol_layer_probabilities(&s.layer, &x, p[n], s.scratch);
        hol_layer_fields(&s.layer, &x, fields[n], s.scratch);
        assert_memory_equal(states[0], states[n], (size_t)words * 8);
        assert_memory_equal(p[0], p[n], (size_t)count * 4);
        assert_memory_equal(fields[0], fields[n], (size_t)count * 4);
        assert_memory_equal(levels[0], levels[n], (size_t)count);
    }
    assert_memory_not_equal(states[0], s.x.words, (size_t)words * 8);
    omp_set_num_threads(2);
    for (int n = 0; n < 3; n++) {
        hol_free(states[n]);
        hol_free(p[n]);
        hol_free(fields[n]);
        hol_free(levels[n]);
    }
    free_setting(&s);
}

static void test_sample_does_not_depend_on_threads(void **state) {
    (void)state;
    check_threads(false);
    check_threads(true);
}

/* blocks 3 .. 7 of a population alone give the bits that they give inside it */
static void check_part(bool narrow) {
    setting s = make_setting(30, 21, 9, 0, ALL);
    if (narrow) make_narrow(&s);
    uint64_t part[5 * (30 + 21 + GUARD)];
    const int64_t stride = s.x.stride;
    assert_int_equal(stride, 30 + 21 + GUARD);
    for (int64_t b = 3; b < 8; b++) s.x.words[b * stride + 11] = 0; /* an input that is on outside the part only */
    memcpy(part, s.x.words + 3 * stride, sizeof part);
    const hol_draw draw = {.key = {{5, 6}}, .step = 7, .sweep = 8};
    hol_states out = s.x;
    out.words += 30;
    hol_layer_sample(&s.layer, &s.x, &draw, &out, NULL, s.scratch);
    const hol_states x = {.words = part, .stride = stride, .blocks = 5, .first_block = 3};
    hol_states part_out = x;
    part_out.words += 30;
    hol_layer_sample(&s.layer, &x, &draw, &part_out, NULL, s.scratch);
    assert_memory_equal(part, s.x.words + 3 * stride, sizeof part);
    free_setting(&s);
}

static void test_sample_depends_on_global_blocks_only(void **state) {
    (void)state;
    check_part(false);
    check_part(true);
}

static void test_sum_units_adds_the_values_of_those_on(void **state) {
    (void)state;
    enum { UNITS = 300 };
    uint64_t words[UNITS];
    int32_t values[UNITS];
    int64_t sums[64];
    for (uint32_t i = 0; i < UNITS; i++) {
        words[i] = (uint64_t)random_number(i, 8) << 32 | random_number(i, 9);
        values[i] = i % 3 ? (int32_t)(random_number(i, 10) >> 1) : INT32_MIN; /* more than 32 bits together */
    }
    for (int64_t units = 0; units <= UNITS; units += 75) {
        hol_layer_sum_units(words, values, units, sums);
        for (int l = 0; l < 64; l++) {
            int64_t expected = 0;
            for (int64_t i = 0; i < units; i++)
                if (words[i] >> l & 1) expected += values[i];
            assert_true(sums[l] == expected);
        }
    }
}

static void test_no_blocks_is_no_work(void **state) {
    (void)state;
    setting s = make_setting(5, 5, 0, 2, ALL);
    int32_t untouched = 77;
    hol_layer_fields(&s.layer, &s.x, &untouched, s.scratch);
    hol_layer_probabilities(&s.layer, &s.x, &untouched, s.scratch);
    assert_int_equal(untouched, 77);
    free_setting(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_equal_the_reference),
        cmocka_unit_test(test_narrow_fields_equal_the_reference),
        cmocka_unit_test(test_sample_equals_the_reference),
        cmocka_unit_test(test_sample_does_not_depend_on_threads),
        cmocka_unit_test(test_sample_depends_on_global_blocks_only),
        cmocka_unit_test(test_sum_units_adds_the_values_of_those_on),
        cmocka_unit_test(test_no_blocks_is_no_work),
    };
    return hol_test_main(argc, argv, "layer", tests, HOL_TEST_COUNT(tests));
}
