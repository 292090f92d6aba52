/* rng: Random123's published answers, and what a permutation and a uniform number must be. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"

static void assert_words(hol_rng_words found, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    assert_int_equal(found.word[0], a);
    assert_int_equal(found.word[1], b);
    assert_int_equal(found.word[2], c);
    assert_int_equal(found.word[3], d);
}

/* Random123's kat_vectors, philox4x32 10 */
static void test_draw_gives_known_answers(void **state) {
    (void)state;
    const uint32_t f = 0xffffffffu;
    assert_words(hol_rng_draw((hol_rng_key){{0, 0}}, 0, 0, 0, 0), 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u);
    assert_words(hol_rng_draw((hol_rng_key){{f, f}}, f, f, f, f), 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu);
    assert_words(
        hol_rng_draw((hol_rng_key){{0xa4093822u, 0x299f31d0u}}, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u),
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u);
}

static void test_key_make_separates_seeds_and_streams(void **state) {
    (void)state;
    enum { SEEDS = 40 };
    uint64_t seen[SEEDS * (HOL_STREAM_SAMPLE + 1)];
    int count = 0;
    for (int s = 0; s < SEEDS; s++)
        for (int stream = 0; stream <= HOL_STREAM_SAMPLE; stream++) {
            /* seeds that differ in the low half, in the high half */
            const uint64_t seed = s % 2 ? (uint64_t)s : (uint64_t)s << 32;
            const hol_rng_key key = hol_rng_key_make(seed, (hol_stream)stream);
            const hol_rng_key again = hol_rng_key_make(seed, (hol_stream)stream);
            assert_memory_equal(&key, &again, sizeof key);
            seen[count] = (uint64_t)key.word[1] << 32 | key.word[0];
            for (int i = 0; i < count; i++) assert_true(seen[i] != seen[count]);
            count++;
        }
}

static void test_uniform_is_in_the_open_interval(void **state) {
    (void)state;
    enum { DRAWS = 1 << 20, CELLS = 64 };
    const hol_rng_key key = hol_rng_key_make(7, HOL_STREAM_EVALUATION);
    double sum = 0, squares = 0, chi = 0;
    int64_t cells[CELLS] = {0};
    for (uint32_t i = 0; i < DRAWS; i++) {
        const double u = hol_rng_uniform(key, i, 1, 2, 3);
        assert_true(u > 0 && u < 1);
        sum += u;
        squares += u * u;
        cells[(int)(u * CELLS)]++;
    }
    /* each bound is 5.5 standard deviations: false alarm 4e-8. sd of u is 1/sqrt(12), of u^2 2/sqrt(45) */
    assert_true(fabs(sum / DRAWS - 0.5) < 5.5 * sqrt(1.0 / 12 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1.0 / 3) < 5.5 * sqrt(4.0 / 45 / DRAWS));
    for (int c = 0; c < CELLS; c++) chi += pow((double)cells[c] - (double)DRAWS / CELLS, 2) * CELLS / DRAWS;
    assert_true(chi < 130); /* 63 degrees of freedom: false alarm 2e-6 */
}

/* 52 bits, centred: the number times 2^52 lies half-way between whole numbers */
static void test_uniform_takes_its_bits_from_the_draw(void **state) {
    (void)state;
    const hol_rng_key key = {{1, 2}};
    for (uint32_t i = 0; i < 100; i++) {
        const hol_rng_words w = hol_rng_draw(key, i, 9, 8, 7);
        const long double whole = floorl(((long double)w.word[0] * 0x1p32L + (long double)w.word[1]) / 0x1p12L);
        assert_true((long double)hol_rng_uniform(key, i, 9, 8, 7) * 0x1p52L - 0.5L == whole);
    }
}

static void test_permute_is_a_bijection(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(3, HOL_STREAM_DATA_ORDER);
    const int64_t more[] = {1000, 4096, 4097, 65535, 65537};
    uint8_t *seen = hol_allocate(65537, 1);
    assert_non_null(seen);
    for (int64_t c = 1; c <= 300 + 5; c++) {
        const int64_t count = c <= 300 ? c : more[c - 301];
        for (uint64_t number = 0; number < 3; number++) {
            const hol_permutation p = hol_rng_permutation(key, number << 31, (uint32_t)c, count);
            memset(seen, 0, 65537);
            for (int64_t i = 0; i < count; i++) {
                const int64_t to = hol_rng_permute(&p, i);
                assert_true(to >= 0 && to < count);
                assert_false(seen[to]);
                seen[to] = 1;
            }
        }
    }
    hol_free(seen);
}

/* counts for which no table could be kept: two places, two images, all inside */
static void test_permute_takes_large_counts(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(3, HOL_STREAM_DATA_ORDER);
    const int64_t counts[] = {(INT64_C(1) << 32) + 1, INT64_C(1000000007) * 1000, INT64_C(1) << 62};
    for (int c = 0; c < 3; c++) {
        const hol_permutation p = hol_rng_permutation(key, 5, 6, counts[c]);
        int64_t images[200];
        for (int i = 0; i < 200; i++) {
            images[i] = hol_rng_permute(&p, i < 100 ? i : counts[c] - 1 - (i - 100));
            assert_true(images[i] >= 0 && images[i] < counts[c]);
            for (int k = 0; k < i; k++) assert_true(images[k] != images[i]);
        }
    }
}

static void test_permute_depends_on_number_and_part(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(3, HOL_STREAM_DATA_ORDER),
                      other = hol_rng_key_make(4, HOL_STREAM_DATA_ORDER);
    const hol_permutation p[] = {hol_rng_permutation(key, 0, 0, 1000), hol_rng_permutation(key, 1, 0, 1000),
                                 hol_rng_permutation(key, 0, 1, 1000),
                                 hol_rng_permutation(key, UINT64_C(1) << 32, 0, 1000),
                                 hol_rng_permutation(other, 0, 0, 1000)};
    for (int a = 0; a < 5; a++)
        for (int b = 0; b < a; b++) {
            int same = 0;
            for (int64_t i = 0; i < 1000; i++) same += hol_rng_permute(&p[a], i) == hol_rng_permute(&p[b], i);
            assert_true(same < 20); /* fixed points of a random permutation: Poisson of mean 1; 20 has chance 1e-19 */
        }
}

/* Where a place goes over many epochs: every image equally often. Chi-square at mean + 6 standard deviations and more:
 * the false-alarm rate of each is below 1e-6 (Wilson-Hilferty), 24 of them below 3e-5. */
static void test_permute_sends_each_place_everywhere(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(11, HOL_STREAM_DATA_ORDER);
    const int64_t counts[] = {2, 3, 4, 5, 7, 16, 37, 100};
    for (size_t c = 0; c < 8; c++)
        for (int which = 0; which < 3; which++) {
            const int64_t count = counts[c], place = which == 0 ? 0 : which == 1 ? count / 2 : count - 1;
            const double expected = 2000, freedom = (double)(count - 1);
            int64_t images[100] = {0};
            for (uint64_t epoch = 0; epoch < (uint64_t)(2000 * count); epoch++) {
                const hol_permutation p = hol_rng_permutation(key, epoch, 2, count);
                images[hol_rng_permute(&p, place)]++;
            }
            double chi = 0;
            for (int64_t i = 0; i < count; i++) chi += pow((double)images[i] - expected, 2) / expected;
            /* the quantile of 1 - 1e-6 (z = 4.75) after Wilson & Hilferty, which errs on the safe side for few
             * degrees */
            const double limit = freedom * pow(1 - 2 / (9 * freedom) + 4.9 * sqrt(2 / (9 * freedom)), 3);
            assert_true(chi < limit);
        }
}

/* The images of two places together: all ordered pairs equally often, for a domain that the network fills and one it
 * doesn't. False alarm below 1e-6 each. */
static void test_permute_sends_pairs_everywhere(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(12, HOL_STREAM_DATA_ORDER);
    const int64_t counts[] = {5, 8, 16};
    for (int c = 0; c < 3; c++) {
        const int64_t count = counts[c], pairs = count * (count - 1);
        const double expected = 500, freedom = (double)(pairs - 1);
        int64_t seen[256] = {0};
        for (uint64_t epoch = 0; epoch < (uint64_t)(500 * pairs); epoch++) {
            const hol_permutation p = hol_rng_permutation(key, epoch, 3, count);
            seen[hol_rng_permute(&p, 0) * count + hol_rng_permute(&p, 1)]++;
        }
        double chi = 0;
        for (int64_t a = 0; a < count; a++)
            for (int64_t b = 0; b < count; b++)
                if (a != b) chi += pow((double)seen[a * count + b] - expected, 2) / expected;
                else assert_int_equal(seen[a * count + b], 0);
        const double limit = freedom * pow(1 - 2 / (9 * freedom) + 4.9 * sqrt(2 / (9 * freedom)), 3);
        assert_true(chi < limit);
    }
}

/* Places that differ in one half of their bits only, where a network of too few rounds shows: the difference of their
 * images takes every value equally often. 255 cells of 400: false alarm below 1e-6 each. */
static void test_permute_mixes_both_halves(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(13, HOL_STREAM_DATA_ORDER);
    const int64_t others[] = {1, 15, 16, 128, 240};
    for (int o = 0; o < 5; o++) {
        int64_t seen[256] = {0};
        for (uint64_t epoch = 0; epoch < 400 * 255; epoch++) {
            const hol_permutation p = hol_rng_permutation(key, epoch, (uint32_t)o, 256);
            seen[(hol_rng_permute(&p, 0) - hol_rng_permute(&p, others[o])) & 255]++;
        }
        double chi = 0;
        assert_int_equal(seen[0], 0);
        for (int d = 1; d < 256; d++) chi += pow((double)seen[d] - 400, 2) / 400;
        const double freedom = 254, limit = freedom * pow(1 - 2 / (9 * freedom) + 4.9 * sqrt(2 / (9 * freedom)), 3);
        assert_true(chi < limit);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draw_gives_known_answers),
        cmocka_unit_test(test_key_make_separates_seeds_and_streams),
        cmocka_unit_test(test_uniform_is_in_the_open_interval),
        cmocka_unit_test(test_uniform_takes_its_bits_from_the_draw),
        cmocka_unit_test(test_permute_is_a_bijection),
        cmocka_unit_test(test_permute_takes_large_counts),
        cmocka_unit_test(test_permute_depends_on_number_and_part),
        cmocka_unit_test(test_permute_sends_each_place_everywhere),
        cmocka_unit_test(test_permute_sends_pairs_everywhere),
        cmocka_unit_test(test_permute_mixes_both_halves),
    };
    return hol_test_main(argc, argv, "rng", tests, HOL_TEST_COUNT(tests));
}
