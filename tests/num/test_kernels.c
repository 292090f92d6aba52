/* kernels: every instruction set that this CPU has, against what the header says, one bit at a time. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "num/elementary.h"
#include "num/kernels.h"

enum { LANES = 64 };

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4 };

static uint64_t random_word(uint32_t i, uint32_t salt) {
    const hol_rng_words r = hol_rng_draw((hol_rng_key){{31, 41}}, i, salt, 0, 0);
    return (uint64_t)r.word[0] << 32 | r.word[1];
}

static void test_find_knows_the_names(void **state) {
    (void)state;
    assert_non_null(hol_kernels_find("generic"));
    assert_null(hol_kernels_find("abacus"));
    assert_null(hol_kernels_find(""));
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (k) assert_string_equal(k->isa, names[n]);
        if (!k && hol_comm_rank(test_comm) == 0) printf("kernels: %s is not tested here\n", names[n]);
    }
    assert_non_null(hol_kernels_get());
}

static const int64_t input_counts[] = {1, 4, 5, 6, 7, 23, 24, 25, 39, 40, 41, 48, 63, 64, 65, 80, 100, 784};
enum { INPUT_COUNTS = sizeof input_counts / sizeof *input_counts };

/* A product: (784, 48) weights, of which a strip of 16 columns is summed up. */
enum { ROWS = 784, COLUMNS = 48 };

static int32_t *make_weights(void) {
    int32_t *weights = hol_allocate(ROWS * COLUMNS, sizeof *weights);
    assert_non_null(weights);
    for (uint32_t i = 0; i < ROWS * COLUMNS; i++) weights[i] = (int32_t)(random_word(i, 3) >> 42) - (1 << 21);
    return weights;
}

static void set_sums(int32_t *sums, int64_t count) {
    for (int64_t i = 0; i < count * HOL_STRIP; i++) sums[i] = (int32_t)(i * 1000 - 7);
}

static int64_t range_count(int64_t inputs) { return (inputs + HOL_RANGE_ROWS - 1) / HOL_RANGE_ROWS; }

static void test_product_sums_the_rows_of_units_that_are_on(void **state) {
    (void)state;
    enum { BLOCKS = 11, SETS = 20, STRIDE = BLOCKS * HOL_INDEX_TILE + 64 };
    static uint64_t words[BLOCKS][ROWS];
    static uint8_t index_tiles[SETS * STRIDE];
    int32_t *weights = make_weights(), *sums = hol_allocate(BLOCKS * LANES * HOL_STRIP, sizeof *sums);
    int32_t rows[ROWS]; /* a list of rows in another order */
    for (int i = 0; i < ROWS; i++) rows[i] = i * 5 % ROWS;
    for (uint32_t i = 0; i < BLOCKS * ROWS; i++) words[i / ROWS][i % ROWS] = random_word(i, 1);
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        /* and a range of each size, of as few blocks as go by smaller groups, and one more */
        for (int c = 0; c < INPUT_COUNTS + 2 * HOL_RANGE_ROWS; c++) {
            const bool listed = c < INPUT_COUNTS;
            const int64_t inputs = listed ? input_counts[c] : (c - INPUT_COUNTS) / 2 + 1;
            const int64_t blocks = !listed ? 1 + c % 2 : c % 3 == 0 ? 1 : c % 3 == 1 ? 2 : BLOCKS;
            const int32_t *const strip = weights + 16 * (c % 3), *const list = c % 2 ? rows : NULL;
            memset(index_tiles, 0xee, sizeof index_tiles);
            for (int64_t b = 0; b < blocks; b++)
                k->index_lanes(words[b], inputs, range_count(inputs), STRIDE, index_tiles + b * HOL_INDEX_TILE);
            for (int64_t s = 0; s < range_count(inputs); s++)
                for (int64_t i = blocks * HOL_INDEX_TILE; i < STRIDE; i++)
                    assert_int_equal(index_tiles[s * STRIDE + i], 0xee);
            set_sums(sums, blocks * LANES);
            k->product(strip, COLUMNS, list, inputs, index_tiles, STRIDE, blocks, sums);
            for (int64_t r = 0; r < blocks * LANES; r++)
                for (int64_t j = 0; j < HOL_STRIP; j++) {
                    int64_t expected = (r * HOL_STRIP + j) * 1000 - 7;
                    for (int64_t i = 0; i < inputs; i++)
                        if (words[r / LANES][i] >> (r % LANES) & 1)
                            expected += strip[(list ? list[i] : i) * COLUMNS + j];
                    assert_int_equal(sums[r * HOL_STRIP + j], expected);
                }
        }
    }
    hol_free(weights);
    hol_free(sums);
}

/* ---- sampling --------------------------------------------------------------------------------------------------- */

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static void test_probability_is_the_logistic(void **state) {
    (void)state;
    const float scales[] = {0x1p-24f, 0x1p-20f, 0x1p-16f, 0x1p-9f, 1.0f};
    for (int s = 0; s < 5; s++)
        for (uint32_t i = 0; i < 200000; i++) {
            /* fields up to 32 nats, and of any size */
            const double reach = i % 4 ? fmin(32 / (double)scales[s], 2147483000.0) : 2147483000.0;
            const int32_t field = (int32_t)(((double)(random_word(i, 5) >> 11) * 0x1p-52 - 1) * reach);
            const uint32_t p = hol_kernels_probability_ref(field, scales[s]);
            assert_true(fabs((double)p * 0x1p-32 - logistic((double)field * (double)scales[s])) < 3e-7);
            /* the smaller side keeps its relative precision, down to the unit of 2^-31 */
            const double q = logistic(-fabs((double)field * (double)scales[s]));
            const double found = field < 0 ? (double)p : (double)(0xffffffffu - p);
            assert_true(fabs(found - q * 0x1p32) <= 2 + q * 0x1p32 * 6e-6);
        }
    assert_int_equal(hol_kernels_probability_ref(0, 0x1p-20f), 0x7fffffff);
    assert_int_equal(hol_kernels_probability_ref(INT32_MAX, 1.0f), 0xffffffff);
    assert_int_equal(hol_kernels_probability_ref(-INT32_MAX, 1.0f), 0);
}

/* the random half-word of (unit, chain), as the header says it */
static uint32_t half_word(const hol_draw *draw, int64_t unit, int64_t chain) {
    const hol_rng_words r = hol_rng_draw(draw->key, (uint32_t)unit, (uint32_t)(chain / 8), draw->step, draw->sweep);
    const uint32_t word = r.word[chain % 8 / 2];
    return chain % 2 == 0 ? word & 0xffff : word >> 16;
}

static void test_sample_ref_compares_with_the_named_half_word(void **state) {
    (void)state;
    const hol_draw draw = {.key = {{3, 4}}, .step = 77, .sweep = 5};
    for (int64_t unit = 0; unit < 20; unit++)
        for (int64_t chain = 0; chain < 200; chain++) {
            const uint32_t r = half_word(&draw, unit, chain);
            if (r > 0) assert_int_equal(hol_kernels_sample_ref((r << 16) - 1, &draw, unit, chain), 0);
            if (r < 0xffff) assert_int_equal(hol_kernels_sample_ref((r + 1) << 16, &draw, unit, chain), 1);
            assert_int_equal(hol_kernels_sample_ref(r << 16, &draw, unit, chain), 0); /* a tie, lower half 0 */
        }
}

/* 15 p + u over 2^15, rounded down, has the mean 15 p over all 2^15 offsets u, which the chains of a unit have one
 * after the other, each once */
static void test_level_ref_is_the_probability_in_expectation(void **state) {
    (void)state;
    const hol_draw draw = {.key = {{3, 4}}, .step = 77, .sweep = 5};
    const uint32_t wishes[] = {0, 1, 2, 3, 1000, 2184, 2185, 8192, 16384, 21845, 30000, 32766, 32767, 32768};
    for (int w = 0; w < 14; w++) {
        const uint32_t p = wishes[w] == 32768 ? UINT32_MAX : wishes[w] << 17;
        int64_t sum = 0;
        assert_int_equal(hol_kernels_round_ref(p), wishes[w]);
        for (int64_t chain = 100; chain < 100 + 32768; chain++) {
            const int level = hol_kernels_level_ref(p, &draw, 3 + w, chain);
            const int below = 15 * (int)wishes[w] / 32768;
            assert_true(level == below || (level == below + 1 && level <= 15));
            sum += level;
        }
        assert_int_equal(sum, 15 * wishes[w]);
    }
}

/* sums[k] = sum of the levels of one unit of probability p over the chains that are on, if its offset were k larger */
static void sum_levels(uint32_t p, const uint64_t *on, int64_t chains, double *sums) {
    const hol_draw draw = {.key = {{5, 6}}};
    uint8_t *levels = hol_allocate(32768 + chains, 1);
    assert_non_null(levels);
    /* chains one step further have offsets that are one step larger: all there are, once, in some order */
    for (int64_t c = 0; c < 32768 + chains; c++) levels[c] = hol_kernels_level_ref(p << 17, &draw, 7, c);
    for (int64_t k = 0; k < 32768; k++) {
        sums[k] = 0;
        for (int64_t c = 0; c < chains; c++)
            if (on[c / 64] >> c % 64 & 1) sums[k] += levels[k + c];
    }
    hol_free(levels);
}

/* Units that are hardly ever on, over all offsets, exactly: the sum over 512 chains, of which some are on, is right in
 * the mean; and its variance, over 24 choices of those chains at random, is that of independent roundings, f (1 - f) a
 * chain for f = 15 p, times the share of chains that are off: of the others the roundings are spread evenly, and only
 * which of them are looked at is chance. Six standard errors, and what even spreading leaves, less than 1 a sum. */
static void test_levels_of_rare_units_are_unbiased(void **state) {
    (void)state;
    enum { CHAINS = 512, CHOICES = 24 };
    const uint32_t wishes[] = {1, 33}; /* 2^-15 and 1e-3 */
    double *sums = hol_allocate(32768, sizeof *sums);
    assert_non_null(sums);
    for (int w = 0; w < 2; w++) {
        double ratio = 0, square = 0;
        for (uint32_t t = 0; t < CHOICES; t++) {
            uint64_t on[CHAINS / 64];
            double count = 0, mean = 0, variance = 0;
            for (uint32_t b = 0; b < CHAINS / 64; b++) {
                on[b] = random_word(b, 50 + t);
                count += __builtin_popcountll(on[b]);
            }
            sum_levels(wishes[w], on, CHAINS, sums);
            for (int k = 0; k < 32768; k++) mean += sums[k] / 32768;
            for (int k = 0; k < 32768; k++) variance += (sums[k] - mean) * (sums[k] - mean) / 32768;
            const double f = 15.0 * wishes[w] / 32768, found = variance / (count * f * (1 - f));
            assert_true(fabs(mean - count * f) < 1e-9 * count);
            ratio += found / CHOICES;
            square += found * found / CHOICES;
        }
        const double error = sqrt((square - ratio * ratio) / (CHOICES - 1));
        const double left = 0.25 / (CHAINS * 15.0 * wishes[w] / 32768); /* half of the chains' share of 1/4 */
        if (!(ratio > 0.5 - 6 * error - 0.02 && ratio < 0.5 + 6 * error + 0.02 + left))
            fail_msg("p %u: variance %g of independent roundings', +- %g", wishes[w], ratio, error);
    }
    hol_free(sums);
}

/* the offset of (unit, chain), as the header says it */
static void test_level_ref_follows_the_named_dither(void **state) {
    (void)state;
    const hol_draw draw = {.key = {{30, 40}}, .step = 7, .sweep = 50};
    for (int64_t unit = 0; unit < 20; unit++)
        for (int64_t chain = INT64_C(1) << 33; chain < (INT64_C(1) << 33) + 200; chain++) {
            const hol_rng_words r = hol_rng_draw(draw.key, (uint32_t)unit, UINT32_MAX, draw.step, draw.sweep);
            const int64_t u = ((int64_t)(r.word[0] >> 17) + chain % 32768 * HOL_DITHER_STEP) % 32768;
            for (int64_t p = 0; p < 32768; p += 331)
                assert_int_equal(hol_kernels_level_ref((uint32_t)p << 17, &draw, unit, chain), (15 * p + u) / 32768);
        }
}

/* one strip of one block against the reference */
static void check_sample(const hol_kernels *k, const int32_t *fields, float scale, const hol_draw *draw, int64_t unit,
                         int64_t block) {
    enum { STRIDE = 32 };
    uint64_t words[HOL_STRIP + 1], alone[HOL_STRIP];
    int32_t probabilities[LANES * STRIDE];
    _Alignas(64) uint8_t levels[(HOL_STRIP + 1) * LANES], only[HOL_STRIP * LANES];
    memset(probabilities, 0xee, sizeof probabilities);
    memset(levels, 0xee, sizeof levels);
    words[HOL_STRIP] = 12345;
    k->sample(fields, scale, draw, unit, block, words, levels);
    k->sample(fields, scale, draw, unit, block, alone, NULL);
    k->sample(fields, scale, draw, unit, block, NULL, only);
    k->probabilities(fields, scale, probabilities, STRIDE);
    assert_memory_equal(words, alone, sizeof alone);
    assert_memory_equal(levels, only, sizeof only);
    for (int l = 0; l < LANES; l++) assert_int_equal(levels[HOL_STRIP * LANES + l], 0xee);
    assert_true(words[HOL_STRIP] == 12345);
    for (int l = 0; l < LANES; l++)
        for (int j = 0; j < STRIDE; j++) {
            if (j >= HOL_STRIP) {
                assert_int_equal(probabilities[l * STRIDE + j], (int32_t)0xeeeeeeeeu);
                continue;
            }
            const uint32_t p = hol_kernels_probability_ref(fields[l * HOL_STRIP + j], scale);
            assert_int_equal(words[j] >> l & 1, hol_kernels_sample_ref(p, draw, unit + j, block * LANES + l));
            assert_int_equal(levels[j * LANES + l], hol_kernels_level_ref(p, draw, unit + j, block * LANES + l));
            /* 15 bits, nearest */
            assert_true(fabs((double)probabilities[l * STRIDE + j] - (double)p * 0x1p-17) <= 0.5);
        }
}

/* a scale between 2^-30 and 2^10, of all sizes alike; every third is a power of two */
static float random_scale(uint32_t i) {
    const uint64_t r = random_word(i, 7);
    const double fraction = i % 3 ? 1 + (double)(r >> 11) * 0x1p-53 : 1;
    return (float)ldexp(fraction, (int)(r % 40) - 30);
}

static void test_sample_equals_the_reference(void **state) {
    (void)state;
    int32_t *fields = hol_allocate(LANES * HOL_STRIP, sizeof *fields);
    assert_non_null(fields);
    const float scales[] = {0x1p-24f, 0x1p-20f, 0x1p-12f, 1.0f};
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        for (uint32_t trial = 0; trial < 400; trial++) {
            const float scale = trial < 200 ? scales[trial % 4] : random_scale(trial);
            const double reach = fmin(trial % 8 < 4 ? 8 / (double)scale : 100 / (double)scale, 2147483000.0);
            for (uint32_t i = 0; i < LANES * HOL_STRIP; i++)
                fields[i] = (int32_t)(((double)(random_word(i, 100 + trial) >> 11) * 0x1p-52 - 1) * reach);
            fields[0] = 0;
            fields[1] = INT32_MAX;
            fields[2] = -INT32_MAX;
            fields[3] = INT32_MIN;
            const hol_draw draw = {.key = {{trial, ~trial}}, .step = trial * 1000003u, .sweep = trial};
            check_sample(k, fields, scale, &draw, 16 * (int64_t)trial, trial % 3 ? trial : INT64_C(400000000) + trial);
        }
    }
    hol_free(fields);
}

/* Fields chosen so that every draw's 16 bits equal the upper half of the probability: all 16 * 64 samples are decided
 * by the second draw. Their sum against the sum of the lower halves: 5.5 standard deviations, false alarm 4e-8. */
static void test_sample_breaks_ties_by_a_second_draw(void **state) {
    (void)state;
    int32_t *fields = hol_allocate(LANES * HOL_STRIP, sizeof *fields);
    assert_non_null(fields);
    const float scale = 0x1p-18f;
    double on = 0, expected = 0, variance = 0;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        int ties = 0;
        for (uint32_t trial = 0; trial < 50; trial++) {
            const hol_draw draw = {.key = {{trial, 9}}, .step = 1, .sweep = trial};
            const int64_t unit = 16 * (trial % 7), block = trial;
            for (int l = 0; l < LANES; l++)
                for (int j = 0; j < HOL_STRIP; j++) {
                    const uint32_t r = half_word(&draw, unit + j, block * LANES + l);
                    const double where = ((double)r + 0.05 +
                                          0.9 * (double)(random_word((uint32_t)(l * 16 + j), trial) >> 11) * 0x1p-53) /
                                         65536;
                    const int32_t field = (int32_t)lrint(log(where / (1 - where)) / (double)scale);
                    fields[l * HOL_STRIP + j] = field;
                    const uint32_t p = hol_kernels_probability_ref(field, scale);
                    if (p >> 16 != r) continue;
                    ties++;
                    if (n > 0) continue;
                    const double q = (double)(p & 0xffff) / 65536;
                    on += hol_kernels_sample_ref(p, &draw, unit + j, block * LANES + l);
                    expected += q;
                    variance += q * (1 - q);
                }
            check_sample(k, fields, scale, &draw, unit, block);
        }
        assert_true(ties > 50 * LANES * HOL_STRIP * 95 / 100); /* the rest fell over a seam in float */
    }
    assert_true(fabs(on - expected) < 5.5 * sqrt(variance));
    hol_free(fields);
}

/* 16 bits are compared with an estimate of the probability before the probability itself is: here r is never further
 * than 20 units of 2^-16 from it, on both sides, which the estimate can't tell. */
static void test_sample_decides_what_is_near(void **state) {
    (void)state;
    int32_t *fields = hol_allocate(LANES * HOL_STRIP, sizeof *fields);
    assert_non_null(fields);
    for (uint32_t trial = 0; trial < 200; trial++) {
        const hol_draw draw = {.key = {{trial, 8}}, .step = trial, .sweep = 3};
        const double scale = (double)random_scale(trial);
        const int64_t unit = 16 * (trial % 5), block = trial;
        for (int l = 0; l < LANES; l++)
            for (int j = 0; j < HOL_STRIP; j++) {
                const uint64_t w = random_word((uint32_t)(l * HOL_STRIP + j), 500 + trial);
                const double far = (double)(w >> 11) * 0x1p-53 * 40 - 20,
                             r = half_word(&draw, unit + j, block * LANES + l);
                const double where = fmin(fmax((r + 0.5 + far) / 65536, 1e-6), 1 - 1e-6);
                const double field = log(where / (1 - where)) / scale;
                fields[l * HOL_STRIP + j] = (int32_t)lrint(fmin(fmax(field, -INT32_MAX), INT32_MAX));
            }
        for (int n = 0; n < NAMES; n++) {
            const hol_kernels *k = hol_kernels_find(names[n]);
            if (k) check_sample(k, fields, (float)scale, &draw, unit, block);
        }
    }
    hol_free(fields);
}

static void check_estimates(const int32_t *fields, float scale) {
    int16_t estimates[LANES * HOL_STRIP];
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        k->estimate(fields, scale, estimates);
        for (int i = 0; i < LANES * HOL_STRIP; i++) {
            const double p = (double)hol_kernels_probability_ref(fields[i], scale) * 0x1p-32;
            if (!(fabs(estimates[i] - 65536 * (p - 0.5)) < HOL_ESTIMATE_ERROR))
                fail_msg("%s, field %d, scale %a: %d, expected %.2f", k->isa, fields[i], (double)scale, estimates[i],
                         65536 * (p - 0.5));
        }
    }
}

/* Every field in steps of a quarter of the unit that estimates round to, to both ends of what they tell apart; any
 * field at any scale; the largest. */
static void test_estimate_errs_by_no_more_than_it_may(void **state) {
    (void)state;
    int32_t *fields = hol_allocate(LANES * HOL_STRIP, sizeof *fields);
    assert_non_null(fields);
    for (int32_t first = -140000; first < 140000; first += LANES * HOL_STRIP) {
        for (int i = 0; i < LANES * HOL_STRIP; i++) fields[i] = first + i;
        check_estimates(fields, 0x1p-14f);
    }
    for (uint32_t trial = 0; trial < 300; trial++) {
        const float scale = random_scale(trial);
        const double reach = fmin((trial % 2 ? 9 : 100) / (double)scale, INT32_MAX);
        for (uint32_t i = 0; i < LANES * HOL_STRIP; i++)
            fields[i] = (int32_t)(((double)(random_word(i, 900 + trial) >> 11) * 0x1p-52 - 1) * reach);
        const int32_t ends[] = {0, 1, -1, INT32_MAX, -INT32_MAX, INT32_MIN};
        memcpy(fields + 100, ends, sizeof ends);
        check_estimates(fields, scale);
    }
    hol_free(fields);
}

/* how many of `calls` * 1024 samples are on, all fields equal */
static int64_t count_on(int32_t field, float scale, uint32_t calls) {
    const hol_kernels *k = hol_kernels_get();
    int32_t *fields = hol_allocate(LANES * HOL_STRIP, sizeof *fields);
    assert_non_null(fields);
    for (int i = 0; i < LANES * HOL_STRIP; i++) fields[i] = field;
    int64_t on = 0;
    for (uint32_t call = 0; call < calls; call++) {
        const hol_draw draw = {.key = {{123, 456}}, .step = call / 64, .sweep = 0};
        uint64_t words[HOL_STRIP];
        k->sample(fields, scale, &draw, 16 * (call % 8), call / 8 % 8, words, NULL);
        for (int j = 0; j < HOL_STRIP; j++) on += __builtin_popcountll(words[j]);
    }
    hol_free(fields);
    return on;
}

/* Frequencies of probabilities whose upper 16 bits say nothing, and others: 5.5 standard deviations of a binomial (its
 * Poisson tail at 256 expected is a little heavier): false alarm below 2e-7 each. 2^-18 is far below what 16 bits
 * resolve. */
static void test_sample_draws_small_probabilities(void **state) {
    (void)state;
    const double wishes[] = {0x1p-18, 1 - 0x1p-18, 1.5 / 65536, 0.01, 0.3, 0.5, 0.9};
    const float scale = 0x1p-20f;
    for (int w = 0; w < 7; w++) {
        const int32_t field = (int32_t)lrint(log(wishes[w] / (1 - wishes[w])) / (double)scale);
        const double p = logistic((double)field * (double)scale);
        const uint32_t calls = w < 2 ? 1 << 16 : 1 << 13;
        const double draws = (double)calls * 1024, on = (double)count_on(field, scale, calls);
        if (!(fabs(on - p * draws) < 5.5 * sqrt(draws * p * (1 - p)) + 1))
            fail_msg("p %g: %g of %g on, expected %g", p, on, draws, p * draws);
    }
}

/* ---- ln(1 + e^x) ------------------------------------------------------------------------------------------------ */

/* the order of operations, in scalars: 8 sums and 8 products, of which a logarithm is taken with the 512th eight */
static double add_softplus(const double *x, int64_t count) {
    double positive[8] = {0}, product[8] = {1, 1, 1, 1, 1, 1, 1, 1}, sum = 0;
    for (int64_t k = 0; k < count; k++) {
        const double size = fabs(x[k]);
        positive[k % 8] += x[k] > 0 ? x[k] : 0;
        product[k % 8] *= 1 + hol_exp(size < 700 ? -size : -700);
        const bool last = k % 8 == 7 || k + 1 == count;
        for (int l = 0; last && k / 8 % 512 == 511 && l < 8; l++) {
            sum += hol_ln(product[l]);
            product[l] = 1;
        }
    }
    for (int l = 0; l < 8; l++) sum += positive[l] + hol_ln(product[l]);
    return sum;
}

/* Against libm in long double: each term errs by some 5e-16 absolutely (it is a factor 1 + e^-|x| of a product), the
 * sum by its own rounding. All instruction sets give the bits of the scalars. */
static void test_softplus_sum_adds_in_one_order(void **state) {
    (void)state;
    enum { MOST = 9000 };
    double *x = hol_allocate(MOST, sizeof *x);
    assert_non_null(x);
    const int64_t counts[] = {0, 1, 7, 8, 9, 100, 784, 4080, 4081, 4088, 4089, 4095, 4096, 4097, MOST};
    const double reaches[] = {0, 1, 40, 800, 1e6};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int s = 0; s < 5; s++) {
            long double truth = 0;
            for (int64_t i = 0; i < counts[c]; i++) {
                x[i] = ((double)(random_word((uint32_t)i, 60) >> 11) * 0x1p-52 - 1) * reaches[s];
                truth += fmaxl((long double)x[i], 0) + log1pl(expl(-fabsl((long double)x[i])));
            }
            const double found = add_softplus(x, counts[c]);
            assert_true(fabs(found - (double)truth) <= (double)counts[c] * 5e-16 + 5e-15 * (double)truth);
            for (int n = 0; n < NAMES; n++) {
                const hol_kernels *k = hol_kernels_find(names[n]);
                const double other = k ? k->softplus_sum(x, counts[c]) : found;
                assert_memory_equal(&other, &found, sizeof found);
            }
        }
    hol_free(x);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_knows_the_names),
        cmocka_unit_test(test_product_sums_the_rows_of_units_that_are_on),
        cmocka_unit_test(test_probability_is_the_logistic),
        cmocka_unit_test(test_sample_ref_compares_with_the_named_half_word),
        cmocka_unit_test(test_level_ref_is_the_probability_in_expectation),
        cmocka_unit_test(test_level_ref_follows_the_named_dither),
        cmocka_unit_test(test_levels_of_rare_units_are_unbiased),
        cmocka_unit_test(test_sample_equals_the_reference),
        cmocka_unit_test(test_sample_breaks_ties_by_a_second_draw),
        cmocka_unit_test(test_sample_decides_what_is_near),
        cmocka_unit_test(test_estimate_errs_by_no_more_than_it_may),
        cmocka_unit_test(test_sample_draws_small_probabilities),
        cmocka_unit_test(test_softplus_sum_adds_in_one_order),
    };
    return hol_test_main(argc, argv, "kernels", tests, HOL_TEST_COUNT(tests));
}
