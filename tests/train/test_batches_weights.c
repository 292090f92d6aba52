/* batches with weights: which rows are shown how often, against the definition; layouts; drawn bits; fingerprints. */
#include "batches_support.h"

#include <math.h>

static hol_sample_weights *make_weights(int64_t rows, const double *numbers) {
    hol_sample_weights *weights = NULL;
    assert_ok(hol_sample_weights_create("w", rows, numbers, &weights));
    return weights;
}

/* Small, large, zero, in runs; of kind 1 one row has most of the weight, of kind 2 half of the rows have none. */
static void draw_numbers(int64_t rows, int kind, double *numbers) {
    for (int64_t r = 0; r < rows; r++) {
        const uint32_t random = hol_rng_draw((hol_rng_key){{3, 8}}, (uint32_t)r, (uint32_t)kind, 0, 0).word[0];
        numbers[r] = random % 7 == 0 ? 0 : random % 11 == 0 ? 40 : 0.1 + (random >> 8) * 0x1p-24;
        if (kind == 2 && r % 4 < 2) numbers[r] = 0;
        if (kind == 1 && r == rows / 3) numbers[r] = 3.0 * (double)rows;
    }
}

/* All places of all visits at all offsets are those of the interval, each once: so that over the offsets a row of q
 * places has q K / L visits exactly; and at each offset a run of places has its share, rounded down or up. */
static void test_places_are_systematic_samples(void **state) {
    (void)state;
    for (int64_t places = 1; places <= 60; places++)
        for (int64_t visits = 1; visits <= 45; visits++) {
            int64_t seen[60] = {0}, last = -1;
            for (int64_t offset = 0; offset < places; offset++) {
                int64_t before[61] = {0};
                for (int64_t k = 0; k < visits; k++) {
                    const int64_t place = hol_batches_find_place(k, visits, places, offset);
                    assert_true(place >= 0 && place < places && (k == 0 || place >= last));
                    last = place;
                    seen[place]++;
                    before[place + 1]++;
                }
                for (int64_t p = 0; p < places; p++) before[p + 1] += before[p];
                for (int64_t from = 0; from < places; from += 3)
                    for (int64_t to = from; to <= places; to += 2) {
                        const int64_t shown = before[to] - before[from], share = (to - from) * visits;
                        assert_true(shown * places > share - places && shown * places < share + places);
                    }
            }
            for (int64_t p = 0; p < places; p++) assert_int_equal(seen[p], visits);
        }
    /* and where 128 bits would be needed */
    const int64_t places = (INT64_C(1) << 62) - 1, visits = (INT64_C(1) << 31) - 1;
    for (int64_t k = 0; k < visits; k += visits / 1000)
        for (int64_t offset = 0; offset < places && offset >= 0; offset += places / 7)
            assert_true(hol_batches_find_place(k, visits, places, offset) ==
                        (int64_t)(((__int128)k * places + offset) / visits));
}

enum { PASSES = 60 };

/* A shard by its definition. */
typedef struct interval {
    int64_t block, lanes, visits, begin, end;
} interval;

static interval make_interval(const hol_sample_weights *weights, int64_t batch, int64_t b) {
    const int64_t end = 64 * b + 64 < batch ? 64 * b + 64 : batch, samples = weights->rows;
    return (interval){.block = b,
                      .lanes = end - 64 * b,
                      .visits = samples * end / batch - samples * 64 * b / batch,
                      .begin = (int64_t)((__int128)weights->sum * 64 * b / batch),
                      .end = (int64_t)((__int128)weights->sum * end / batch)};
}

/* How often each row appears in a pass. words are those of step *step, one block's rows UNITS apart. */
static void count_visits(const hol_batches *batches, const interval *s, int64_t pass, int64_t *step, uint64_t *words,
                         int64_t *times) {
    for (int64_t k = 0, at = pass * s->visits; k < s->visits; k++, at++) {
        if (at / s->lanes != *step) {
            *step = at / s->lanes;
            hol_batches_fill(batches, *step, words, UNITS);
        }
        times[sample_at(words + s->block * UNITS, (int)(at % s->lanes))]++;
    }
}

/* In each pass over a shard a row appears as often as its part of the shard's weight says, rounded down or up; over
 * all passes, as that says to within what rounding leaves: their sum is off by at most 6 standard deviations of
 * independent coins (false alarm 2e-9 each, 4e-6 in all). */
static void check_shard(const hol_batches *batches, const hol_sample_weights *weights, const interval *s,
                        uint64_t *words) {
    enum { ROWS_MOST = 300 };
    int64_t sums[ROWS_MOST] = {0}, step = -1;
    for (int64_t pass = 0; pass < PASSES; pass++) {
        int64_t times[ROWS_MOST] = {0}, place = 0;
        count_visits(batches, s, pass, &step, words, times);
        for (int64_t r = 0; r < weights->rows; place += weights->values[r++]) {
            const int64_t low = place > s->begin ? place : s->begin,
                          high = place + weights->values[r] < s->end ? place + weights->values[r] : s->end;
            const double all = (double)(s->end - s->begin),
                         share = high > low ? (double)(high - low) * (double)s->visits / all : 0,
                         part = share - floor(share), deviation = sqrt(part * (1 - part) * PASSES);
            sums[r] += times[r];
            if (!((double)times[r] > share - 1 && (double)times[r] < share + 1))
                fail_msg("row %lld: %lld times, share %g", (long long)r, (long long)times[r], share);
            if (pass + 1 == PASSES && !(fabs((double)sums[r] - share * PASSES) <= 6 * deviation + 1e-6))
                fail_msg("row %lld: %lld times, share %g", (long long)r, (long long)sums[r], share * PASSES);
        }
    }
}

static void check_visits(int64_t samples, int64_t batch, int kind) {
    const int64_t blocks = hol_bits_blocks(batch);
    double *numbers = hol_allocate(samples, sizeof *numbers);
    uint64_t *words = hol_allocate(blocks * UNITS, 8);
    assert_true(numbers && words);
    draw_numbers(samples, kind, numbers);
    hol_sample_weights *weights = make_weights(samples, numbers);
    hol_batches_options options = make_options(samples, batch, false);
    options.weights = weights;
    hol_batches *batches = make_batches(options, 0, 1);
    assert_true(hol_batches_get_total(batches) == weights->sum);
    for (int64_t b = 0; b < blocks; b++) {
        const interval s = make_interval(weights, batch, b);
        check_shard(batches, weights, &s, words);
    }
    hol_batches_destroy(batches);
    hol_sample_weights_destroy(weights);
    hol_free(numbers);
    hol_free(words);
}

static void test_rows_appear_in_proportion_to_their_weight(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        check_visits(300, 128, kind);
        check_visits(200, 150, kind);
        check_visits(40, 64, kind);
        check_visits(7, 200, kind);
    }
}

/* A row given twice, or once with weight 2: the places are the same, and so are the visits of the two together. */
static void test_a_row_given_twice_is_a_row_of_weight_2(void **state) {
    (void)state;
    enum { ROWS = 37, TWICE = 11, BATCH = 64 };
    double once[ROWS], twice[ROWS + 1];
    for (int r = 0; r < ROWS; r++) once[r] = r == TWICE ? 2 : r % 5 ? 1 : 2;
    for (int r = 0; r <= ROWS; r++) twice[r] = r == TWICE || r == TWICE + 1 ? 1 : once[r > TWICE ? r - 1 : r];
    hol_sample_weights *of_once = make_weights(ROWS, once), *of_twice = make_weights(ROWS + 1, twice);
    assert_true(of_once->sum == of_twice->sum && of_once->values[TWICE] == 2 * of_twice->values[TWICE]);
    /* per pass and offset: the visits of the two rows are those of places [q, q + 2q') of the same interval */
    const int64_t places = of_once->sum, visits = ROWS;
    int64_t place = 0;
    for (int r = 0; r < TWICE; r++) place += of_once->values[r];
    for (int64_t offset = 0; offset < places; offset += places / 997) {
        int64_t of_one = 0, of_two = 0;
        for (int64_t k = 0; k < visits; k++) {
            const int64_t at = hol_batches_find_place(k, visits, places, offset) - place;
            of_one += at >= 0 && at < of_once->values[TWICE];
            of_two += at >= 0 && at < (int64_t)of_twice->values[TWICE] + of_twice->values[TWICE + 1];
        }
        assert_int_equal(of_one, of_two);
    }
    hol_sample_weights_destroy(of_once);
    hol_sample_weights_destroy(of_twice);
}

/* The weight with which each unit is on, by the definition. */
static void assert_counts(const hol_sample_weights *weights, const hol_wide *counts) {
    for (int i = 0; i < UNITS; i++) {
        hol_wide sum = 0;
        for (int64_t n = 0; n < weights->rows; n++)
            sum += (hol_wide)weights->values[n] * (level_of(n, i) >= 32768) * 65536;
        assert_true(sum == counts[i]);
    }
}

/* Parts of the ranks give the whole's bits; what is counted is each row once; the border's rows are in both. */
static void check_weighted_layout(int64_t samples, int64_t batch, int kind, bool resample, int ranks) {
    const int64_t blocks = hol_bits_blocks(batch);
    double *numbers = hol_allocate(samples, sizeof *numbers);
    uint64_t *expected = hol_allocate(blocks * UNITS, 8), *found = hol_allocate(blocks * UNITS, 8);
    hol_wide counts[UNITS] = {0}, all[UNITS] = {0}, known[UNITS] = {0};
    assert_true(numbers && expected && found);
    draw_numbers(samples, kind, numbers);
    hol_sample_weights *weights = make_weights(samples, numbers);
    hol_batches_options options = make_options(samples, batch, resample);
    options.weights = weights;
    hol_batches *whole = make_batches(options, 0, 1);
    int64_t next = 0;
    uint64_t fingerprint = 0;
    for (int rank = 0; rank < ranks; rank++) {
        hol_batches *part = make_batches(options, rank, ranks);
        int64_t first = 0, rows = 0, owned = 0, owned_rows = 0, first_block = 0, own = 0;
        hol_batches_get_counted(part, &first, &rows);
        hol_batches_get_owned(part, &owned, &owned_rows);
        hol_comm_share(blocks, rank, ranks, &first_block, &own);
        if (own) assert_true(first == next && owned + owned_rows == first + rows && first - owned <= 1);
        next += rows;
        for (int64_t r = first; r < first + rows; r++)
            assert_int_equal(hol_batches_get_weight(part, r), weights->values[r]);
        for (int64_t t = 0; t < 30; t += 1 + t / 3) {
            hol_batches_fill(whole, t, expected, UNITS);
            hol_batches_fill(part, t, found, UNITS);
            if (own) assert_memory_equal(found, expected + first_block * UNITS, (size_t)(own * UNITS) * 8);
        }
        hol_batches_add_counts(part, counts, known);
        fingerprint += hol_batches_fingerprint(part);
        hol_batches_destroy(part);
    }
    assert_int_equal(next, samples);
    hol_batches_add_counts(whole, all, known);
    assert_memory_equal(counts, all, sizeof counts);
    assert_true(fingerprint == hol_batches_fingerprint(whole));
    if (!resample) assert_counts(weights, counts);
    hol_batches_destroy(whole);
    hol_sample_weights_destroy(weights);
    hol_free(numbers);
    hol_free(expected);
    hol_free(found);
}

static void test_weighted_fill_does_not_depend_on_the_layout(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (int ranks = 1; ranks <= 7; ranks++) {
            check_weighted_layout(1000, 300, kind, ranks % 2, ranks);
            check_weighted_layout(40, 130, kind, ranks % 2, ranks);
            check_weighted_layout(5, 200, kind, false, ranks);
        }
}

/* Bits of grey levels are drawn for each visit: a row that appears several times in a pass is not always the same. */
static void test_weighted_fill_draws_its_bits_anew_each_visit(void **state) {
    (void)state;
    enum { SAMPLES = 64 };
    double numbers[SAMPLES] = {0};
    numbers[5] = 1, numbers[9] = 1e-3; /* one row nearly all the time */
    hol_sample_weights *weights = make_weights(SAMPLES, numbers);
    hol_batches_options options = make_options(SAMPLES, 64, true);
    options.weights = weights;
    hol_batches *batches = make_batches(options, 0, 1);
    uint64_t words[UNITS];
    hol_batches_fill(batches, 0, words, UNITS);
    for (int64_t i = ID_UNITS; i < UNITS; i++) {
        const double p = level_of(5, i) / 65535.0;
        const double on = __builtin_popcountll(words[i]) / 64.0;
        /* 64 draws, one of them maybe of another row: 6 standard deviations, 2e-9 each */
        assert_true(fabs(on - p) <= 6 * sqrt(p * (1 - p) / 64) + 1 / 64.0 + 1e-4);
    }
    hol_batches_destroy(batches);
    hol_sample_weights_destroy(weights);
}

static void test_fingerprint_tells_weights_apart(void **state) {
    (void)state;
    enum { SAMPLES = 50 };
    double numbers[SAMPLES];
    uint64_t seen[SAMPLES + 2];
    hol_batches_options options = make_options(SAMPLES, 64, false);
    for (int k = 0; k < SAMPLES + 2; k++) {
        hol_sample_weights *weights = NULL;
        for (int r = 0; r < SAMPLES; r++) numbers[r] = 1 + r % 3;
        if (k < SAMPLES) numbers[k] += 0.5;
        if (k <= SAMPLES) weights = make_weights(SAMPLES, numbers);
        options.weights = weights;
        hol_batches *batches = make_batches(options, 0, 1);
        seen[k] = hol_batches_fingerprint(batches);
        for (int other = 0; other < k; other++) assert_true(seen[other] != seen[k]);
        hol_batches_destroy(batches);
        hol_sample_weights_destroy(weights);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_are_systematic_samples),
        cmocka_unit_test(test_rows_appear_in_proportion_to_their_weight),
        cmocka_unit_test(test_a_row_given_twice_is_a_row_of_weight_2),
        cmocka_unit_test(test_weighted_fill_does_not_depend_on_the_layout),
        cmocka_unit_test(test_weighted_fill_draws_its_bits_anew_each_visit),
        cmocka_unit_test(test_fingerprint_tells_weights_apart),
    };
    return hol_test_main(argc, argv, "batches_weights", tests, HOL_TEST_COUNT(tests));
}
