/* sites: every instruction set's kernels of categorical units against the scalar rule, that against exp; layers that
 * have them among inputs and outputs against the plain references; and drawn states against their probabilities. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/layer.h"
#include "num/narrow.h"
#include "num/sites.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4, LANES = 64, MOST = HOL_SITE_STATES_MAX };

static uint32_t random_number(int64_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{31, 41}}, (uint32_t)i, salt, 0, 0).word[0];
}

static void *get(int64_t count, size_t size) {
    void *memory = hol_allocate(count, size);
    assert_non_null(memory);
    return memory;
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

typedef enum filling { EVEN, NEAR, FAR, ALIKE, ENDS, FILLINGS } filling;

/* fields of a few nats at 20 bits; of hundreds; all alike; at both ends of what fields may be */
static int32_t fill(filling how, int64_t k) {
    const int32_t x = (int32_t)random_number(k, 1);
    if (how == EVEN) return x >> 10;
    if (how == NEAR) return x >> 20;
    if (how == FAR) return x >> 4;
    if (how == ALIKE) return -12345;
    return x % 3 ? -0x3fffffff : 0x3fffffff;
}

static const int64_t state_counts[] = {2, 3, 4, 5, 8, 15, 16, 17, 20, 21, 31, 32, 33, 64, 100, 255, 256};
enum { STATE_COUNTS = 17 };

static void check_site(const hol_kernels *k, int64_t states, filling how, float scale) {
    static int32_t fields[MOST * LANES] __attribute__((aligned(64)));
    static uint32_t weights[MOST * LANES] __attribute__((aligned(64))), totals[LANES] __attribute__((aligned(64)));
    uint64_t samples[MOST];
    const hol_draw draw = {.key = {{5, 6}}, .step = 7, .sweep = (uint32_t)states};
    for (int64_t i = 0; i < states * LANES; i++) fields[i] = fill(how, i);
    k->weigh_site(fields, states, scale, weights, totals);
    k->sample_site(fields, states, scale, &draw, 1000, 33, samples);
    for (int64_t l = 0; l < LANES; l++) {
        int32_t most = INT32_MIN;
        uint32_t expected[MOST], total = 0;
        for (int64_t s = 0; s < states; s++)
            if (fields[s * LANES + l] > most) most = fields[s * LANES + l];
        for (int64_t s = 0; s < states; s++) {
            expected[s] = hol_sites_weight_ref((uint32_t)most - (uint32_t)fields[s * LANES + l], scale);
            total += expected[s];
            assert_int_equal(weights[s * LANES + l], expected[s]);
        }
        assert_int_equal(totals[l], total);
        const int32_t state = hol_sites_choose_ref(expected, states, hol_sites_number_ref(&draw, 1000, 33 * LANES + l));
        for (int64_t s = 0; s < states; s++) assert_int_equal(samples[s] >> l & 1, s == state);
    }
}

static void test_kernels_follow_the_rule(void **state) {
    (void)state;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        for (int c = 0; k && c < STATE_COUNTS; c++)
            for (int how = 0; how < FILLINGS; how++) {
                check_site(k, state_counts[c], (filling)how, 0x1p-20f);
                check_site(k, state_counts[c], (filling)how, 0.7f * 0x1p-10f);
                check_site(k, state_counts[c], (filling)how, 0x1p-31f);
            }
    }
}

static void test_weights_are_those_of_exp(void **state) {
    (void)state;
    assert_int_equal(hol_sites_weight_ref(0, 0x1p-16f), 1 << HOL_SITE_BITS);
    for (uint32_t below = 0; below < 30u << 16; below += 97) {
        const double exact = ldexp(exp(-(double)below * 0x1p-16), HOL_SITE_BITS);
        /* half a unit by rounding, and what float operations err by */
        assert_true(fabs((double)hol_sites_weight_ref(below, 0x1p-16f) - exact) < 0.51 + 2e-6 * exact);
    }
    assert_int_equal(hol_sites_weight_ref(UINT32_MAX, 0x1p-16f), 0);
}

static void test_choosing_takes_each_state_by_its_weight(void **state) {
    (void)state;
    const uint32_t weights[] = {0, 3, 0, 1, 4, 0};
    int32_t found[8];
    for (uint32_t k = 0; k < 8; k++) found[k] = hol_sites_choose_ref(weights, 6, k << 29);
    const int32_t expected[] = {1, 1, 1, 3, 4, 4, 4, 4};
    assert_memory_equal(found, expected, sizeof expected);
    assert_int_equal(hol_sites_choose_ref(weights, 6, UINT32_MAX), 4);
}

static void test_strips_turn(void **state) {
    (void)state;
    static int32_t fields[LANES * HOL_STRIP] __attribute__((aligned(64)));
    static int32_t turned[LANES * HOL_STRIP] __attribute__((aligned(64)));
    for (int32_t i = 0; i < LANES * HOL_STRIP; i++) fields[i] = i;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        memset(turned, 0xee, sizeof turned);
        k->turn_strip(fields, turned);
        for (int32_t i = 0; i < LANES * HOL_STRIP; i++)
            assert_int_equal(turned[i % HOL_STRIP * LANES + i / HOL_STRIP], i);
    }
}

static void test_lists_have_the_rows_that_are_on(void **state) {
    (void)state;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        for (int c = 0; k && c < STATE_COUNTS; c++) {
            uint64_t words[MOST] = {0};
            uint16_t list[LANES], expected[LANES];
            for (int64_t l = 0; l < LANES; l++) {
                const uint32_t s = random_number(l + c * LANES, 2) % (uint32_t)(state_counts[c] + 1);
                const bool none = s == (uint32_t)state_counts[c]; /* of some lanes */
                if (!none) words[s] |= UINT64_C(1) << l;
                expected[l] = (uint16_t)(64 * (none ? HOL_LIST_ROWS : 100 + (int64_t)s));
            }
            k->list_site(words, state_counts[c], 100, list);
            assert_memory_equal(list, expected, sizeof list);
        }
    }
}

static void test_selected_rows_are_added(void **state) {
    (void)state;
    static int16_t strip[(HOL_LIST_ROWS + 1) * HOL_NARROW_STRIP] __attribute__((aligned(64)));
    static uint16_t lists[16 * LANES];
    static int32_t sums[2 * LANES * HOL_STRIP] __attribute__((aligned(64)));
    for (int64_t i = 0; i < HOL_LIST_ROWS * HOL_NARROW_STRIP; i++) strip[i] = i % 2 ? 2047 : -2048; /* 16 of them fit */
    for (int64_t i = 0; i < 16 * LANES; i++) lists[i] = (uint16_t)(64 * (random_number(i, 3) % (HOL_LIST_ROWS + 1)));
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        for (int64_t sites = 0; k && sites <= 16; sites++) {
            for (int32_t r = 0; r < 2 * LANES * HOL_STRIP; r++) sums[r] = r;
            k->add_sites(strip, lists, sites, sums);
            for (int64_t r = 0; r < 2 * LANES * HOL_STRIP; r++) {
                const int64_t column = r / (LANES * HOL_STRIP) * HOL_STRIP + r % HOL_STRIP;
                int64_t expected = r;
                for (int64_t s = 0; s < sites; s++)
                    expected += strip[lists[s * LANES + r / HOL_STRIP % LANES] / 64 * HOL_NARROW_STRIP + column];
                assert_int_equal(sums[r], expected);
            }
        }
    }
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

/* Sites of these states one after the other, `gap` units of their own before each and after the last. */
typedef struct shape {
    int64_t count, gap;
    int32_t states[6];
} shape;

static hol_sites *make_sites(const shape *s, int64_t *ret_units) {
    int32_t first[6];
    int64_t units = s->gap;
    for (int64_t k = 0; k < s->count; k++) {
        first[k] = (int32_t)units;
        units += s->states[k] + s->gap;
    }
    hol_sites *sites = NULL;
    assert_ok(hol_sites_create(s->count, first, s->states, units, &sites));
    *ret_units = units;
    return sites;
}

static int64_t site_of(const hol_sites *sites, int64_t unit) {
    const int64_t k = hol_sites_find(sites, unit);
    return k < sites->count && sites->first[k] <= unit ? k : -1;
}

static void test_units_know_their_site(void **state) {
    (void)state;
    const shape s = {4, 3, {2, 17, 256, 5}};
    int64_t units;
    hol_sites *sites = make_sites(&s, &units);
    int64_t unit = 0;
    for (int64_t k = 0; k < 4; k++) {
        for (int64_t i = 0; i < 3; i++, unit++) assert_int_equal(site_of(sites, unit), -1);
        for (int64_t i = 0; i < s.states[k]; i++, unit++) assert_int_equal(site_of(sites, unit), k);
    }
    for (unit = 0; unit < units; unit++)
        assert_int_equal(hol_sites_columns(sites, unit) >> unit % 16 & 1, site_of(sites, unit) >= 0);
    assert_int_equal(hol_sites_columns(NULL, 3), 0);
    hol_sites_destroy(sites);
}

/* inputs, then outputs, then guard words */
typedef struct setting {
    hol_layer layer;
    hol_sites *inputs, *outputs;
    hol_states x;
    uint64_t *held;
    void *scratch;
} setting;

static void fill_states(setting *s) {
    const int64_t inputs = s->layer.inputs, all = s->x.stride;
    for (int64_t w = 0; w < s->x.blocks * all; w++)
        s->x.words[w] = (uint64_t)random_number(w, 4) << 32 | random_number(w, 5);
    for (int64_t b = 0; b < s->x.blocks; b++)
        for (int which = 0; which < 2; which++) {
            const hol_sites *sites = which ? s->outputs : s->inputs;
            uint64_t *words = s->x.words + b * all + which * inputs;
            for (int64_t k = 0; k < sites->count; k++) {
                memset(words + sites->first[k], 0, (size_t)sites->states[k] * sizeof *words);
                for (int l = 0; l < LANES; l++) /* in two lanes of one block no input of any site is on */
                    if (which || b != 1 || l > 1) {
                        const uint32_t r = random_number(b * 9999 + k * LANES + l, 6);
                        hol_bits_set(words, sites->first[k] + (int64_t)(r % (uint32_t)sites->states[k]), l, true);
                    }
            }
        }
    /* every third unit, and every second site, is held in some lanes */
    for (int64_t b = 0; b < s->x.blocks; b++)
        for (int64_t j = 0; j < s->layer.outputs; j++) {
            const int64_t k = site_of(s->outputs, j), what = k < 0 ? j : k + 7000;
            if (k < 0 ? j % 3 == 0 : k % 2 == 0) s->held[b * all + inputs + j] = random_number(what + 100 * b, 7);
        }
}

static setting make_setting(const shape *inputs, const shape *outputs, int64_t blocks, bool narrow) {
    setting s = {0};
    hol_layer *layer = &s.layer;
    s.inputs = make_sites(inputs, &layer->inputs);
    s.outputs = make_sites(outputs, &layer->outputs);
    const int64_t units = layer->inputs + layer->outputs + 3, strips = hol_narrow_strip_count(layer->outputs);
    layer->stride = hol_round_up(layer->outputs, HOL_STRIP);
    s.x = (hol_states){.words = get(blocks * units, 8), .stride = units, .blocks = blocks, .first_block = 11};
    s.held = get(blocks * units, 8);
    s.scratch = get(hol_layer_scratch_bytes_with(layer->inputs, s.inputs->count, blocks), 1);
    fill_states(&s);
    int16_t *small = get(strips * layer->inputs * HOL_NARROW_STRIP, 2);
    int32_t *wide = narrow ? NULL : get(layer->inputs * layer->stride, 4), *bias = get(layer->stride, 4);
    int32_t *reach = get(hol_narrow_range_count(layer->inputs), 4), *site_reach = get(s.inputs->count, 4);
    for (int64_t i = 0; i < layer->inputs; i++)
        for (int64_t j = 0; j < layer->outputs; j++) {
            const int32_t w = (int32_t)(random_number(i * 1000 + j, 8) % 1001) - 500;
            const bool large = site_of(s.inputs, i) == 1; /* as large as may be */
            const int64_t at = (j / HOL_NARROW_STRIP * layer->inputs + i) * HOL_NARROW_STRIP + j % HOL_NARROW_STRIP;
            small[at] = (int16_t)(large ? w % 2 ? 8191 : -8191 : w);
            if (wide) wide[i * layer->stride + j] = w * 1024;
        }
    for (int64_t r = 0; r < hol_narrow_range_count(layer->inputs); r++) reach[r] = INT16_MAX;
    for (int64_t j = 0; j < layer->outputs; j++) bias[j] = (int32_t)random_number(j, 9) >> (narrow ? 22 : 12);
    hol_sites_reach(s.inputs, small, layer->inputs, layer->outputs, site_reach);
    layer->weights = wide;
    layer->narrow = narrow ? small : NULL;
    if (!narrow) hol_free(small);
    layer->reach = reach;
    layer->site_reach = site_reach;
    layer->bias = bias;
    layer->scale = narrow ? 0x1p-10f : 0x1p-20f;
    layer->input_sites = s.inputs;
    layer->sites = s.outputs;
    layer->site_fields = get(blocks * layer->stride * LANES, 4);
    return s;
}

static void check_layer(setting *s) {
    const int64_t stride = s->layer.stride, rows = s->x.blocks * LANES, words = s->x.blocks * s->x.stride;
    const hol_draw draw = {.key = {{3, 4}}, .step = 1, .sweep = 2};
    int32_t *expected = get(rows * stride, 4), *found = get(rows * stride, 4);
    uint64_t *kept = get(words, 8), *drawn = get(words, 8);
    uint8_t *levels[2] = {get(rows * stride, 1), get(rows * stride, 1)};
    const hol_states outputs = {s->x.words + s->layer.inputs, s->x.stride, s->x.blocks, s->x.first_block};
    memcpy(kept, s->x.words, (size_t)words * 8);
    hol_layer_fields_ref(&s->layer, &s->x, expected);
    hol_layer_fields(&s->layer, &s->x, found, s->scratch);
    for (int64_t r = 0; r < rows * stride; r++) assert_int_equal(found[r], expected[r]);
    hol_layer_probabilities_ref(&s->layer, &s->x, expected);
    hol_layer_probabilities(&s->layer, &s->x, found, s->scratch);
    for (int64_t r = 0; r < rows * stride; r++)
        if (r % stride < s->layer.outputs) assert_int_equal(found[r], expected[r]);
    hol_layer_sample_ref(&s->layer, &s->x, &draw, &outputs, levels[0]);
    memcpy(drawn, s->x.words, (size_t)words * 8);
    memcpy(s->x.words, kept, (size_t)words * 8);
    hol_layer_sample(&s->layer, &s->x, &draw, &outputs, levels[1], s->scratch);
    assert_memory_equal(s->x.words, drawn, (size_t)words * 8);
    for (int64_t b = 0; b < s->x.blocks; b++) {
        assert_int_equal(hol_sites_find_broken(s->outputs, outputs.words + b * outputs.stride, UINT64_MAX), -1);
        assert_memory_equal(levels[0] + b * stride * LANES, levels[1] + b * stride * LANES,
                            (size_t)(s->layer.outputs * LANES));
    }
    memcpy(s->x.words, kept, (size_t)words * 8);
    void *const owned[] = {expected, found, kept, drawn, levels[0], levels[1]};
    for (int i = 0; i < 6; i++) hol_free(owned[i]);
}

static void test_layers_are_their_references(void **state) {
    (void)state;
    const shape shapes[] = {{6, 0, {21, 21, 21, 21, 21, 21}},
                            {1, 40, {10}},
                            {5, 1, {2, 3, 256, 4, 29}},
                            {2, 0, {256, 256}},
                            {3, 70, {2, 2, 250}},
                            {6, 0, {5, 2, 9, 16, 32, 33}}};
    const int threads = omp_get_max_threads();
    for (int i = 0; i < 6; i++)
        for (int narrow = 0; narrow < 2; narrow++) {
            setting s = make_setting(&shapes[i], &shapes[(i + 2) % 6], i == 5 && narrow ? 18 : 2, narrow);
            for (int n = 0; n < NAMES; n++)
                for (int t = 1; t <= 3 && hol_kernels_find(names[n]); t += 2) {
                    s.layer.kernels = hol_kernels_find(names[n]);
                    s.layer.held = t == 3 ? s.held + s.layer.inputs : NULL;
                    omp_set_num_threads(t);
                    check_layer(&s);
                }
            omp_set_num_threads(threads);
            hol_sites_destroy(s.inputs);
            hol_sites_destroy(s.outputs);
            const void *const owned[] = {s.x.words,          s.held,       s.scratch,     s.layer.narrow,
                                         s.layer.weights,    s.layer.bias, s.layer.reach, s.layer.site_reach,
                                         s.layer.site_fields};
            for (int k = 0; k < 9; k++) hol_free((void *)(uintptr_t)owned[k]);
        }
}

static void test_broken_sites_are_found(void **state) {
    (void)state;
    const shape s = {2, 1, {3, 4}};
    int64_t units;
    hol_sites *sites = make_sites(&s, &units);
    uint64_t words[10] = {0, UINT64_MAX, 0, 0, 0, 5, ~UINT64_C(5), 0, 0, 0};
    assert_int_equal(hol_sites_find_broken(sites, words, UINT64_MAX), -1);
    words[8] = 1; /* twice on in lane 0 */
    assert_int_equal(hol_sites_find_broken(sites, words, UINT64_MAX), 1);
    assert_int_equal(hol_sites_find_broken(sites, words, UINT64_MAX - 1), -1);
    words[1] = UINT64_MAX >> 1; /* none in lane 63 */
    assert_int_equal(hol_sites_find_broken(sites, words, UINT64_MAX), 0);
    hol_sites_destroy(sites);
}

/* Chi-square of 64,000 draws of 6 states from fixed fields, 5 degrees of freedom: above 30.9 by chance once in 100,000;
 * and of pairs of sites, 35 degrees, above 87: they must not share numbers. Seeded. */
static void test_draws_have_their_probabilities(void **state) {
    (void)state;
    enum { STATES = 6, BLOCKS = 1000 };
    static int32_t fields[STATES * LANES] __attribute__((aligned(64)));
    const hol_kernels *k = hol_kernels_get();
    double p[STATES], total = 0, chi_square = 0, of_pairs = 0;
    int64_t counts[STATES] = {0}, pairs[STATES][STATES] = {{0}};
    for (int s = 0; s < STATES; s++) {
        p[s] = exp(-0.7 * s);
        total += p[s];
        for (int l = 0; l < LANES; l++) fields[s * LANES + l] = (int32_t)lrint(-0.7 * s * 0x1p20);
    }
    const hol_draw draw = {.key = {{1, 2}}, .step = 3, .sweep = 4};
    for (int64_t b = 0; b < BLOCKS; b++) {
        uint64_t one[STATES], other[STATES];
        k->sample_site(fields, STATES, 0x1p-20f, &draw, 50, b, one);
        k->sample_site(fields, STATES, 0x1p-20f, &draw, 56, b, other);
        for (int s = 0; s < STATES; s++) {
            counts[s] += __builtin_popcountll(one[s]);
            for (int t = 0; t < STATES; t++) pairs[s][t] += __builtin_popcountll(one[s] & other[t]);
        }
    }
    for (int s = 0; s < STATES; s++) {
        const double expected = BLOCKS * LANES * p[s] / total;
        chi_square += ((double)counts[s] - expected) * ((double)counts[s] - expected) / expected;
        for (int t = 0; t < STATES; t++) {
            const double both = expected * p[t] / total;
            of_pairs += ((double)pairs[s][t] - both) * ((double)pairs[s][t] - both) / both;
        }
    }
    assert_true(chi_square < 30.9);
    assert_true(of_pairs < 87);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_follow_the_rule),
        cmocka_unit_test(test_weights_are_those_of_exp),
        cmocka_unit_test(test_choosing_takes_each_state_by_its_weight),
        cmocka_unit_test(test_strips_turn),
        cmocka_unit_test(test_lists_have_the_rows_that_are_on),
        cmocka_unit_test(test_selected_rows_are_added),
        cmocka_unit_test(test_units_know_their_site),
        cmocka_unit_test(test_layers_are_their_references),
        cmocka_unit_test(test_broken_sites_are_found),
        cmocka_unit_test(test_draws_have_their_probabilities),
    };
    return hol_test_main(argc, argv, "sites", tests, HOL_TEST_COUNT(tests));
}
