/* batches: which sample stands where, decoded from the bits themselves; layouts; drawn bits; fingerprints. */
#include "batches_support.h"

#include <math.h>

static const int64_t sizes[][2] = {/* samples, batch */
                                   {1000, 128}, {1000, 100}, {37, 64}, {50, 200}, {130, 65}, {3, 129},
                                   {2, 65},     {320, 300},  {1, 1},   {1, 64},   {777, 10}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The samples of block b's lanes in all steps, one lane after the other, to stream: (steps * lanes), none below `next`.
 * Returns the end of its shard. Nothing may lie beyond the lanes. */
static int64_t get_stream(const uint64_t *words, int64_t steps, int64_t blocks, int64_t b, int64_t lanes, int64_t next,
                          int64_t *stream) {
    int64_t end = next;
    for (int64_t t = 0; t < steps; t++)
        for (int l = 0; l < 64; l++) {
            const int64_t sample = sample_at(words + (t * blocks + b) * UNITS, l);
            if (l >= lanes) {
                assert_int_equal(sample, -1);
                continue;
            }
            stream[t * lanes + l] = sample;
            assert_true(sample >= next);
            if (sample >= end) end = sample + 1;
        }
    return end;
}

/* each run of `count` samples of the stream is a permutation, another one in each pass */
static void assert_passes(const int64_t *stream, int64_t length, int64_t count, int64_t samples) {
    uint8_t *seen = hol_allocate(samples, 1);
    assert_non_null(seen);
    for (int64_t pass = 0; (pass + 1) * count <= length; pass++) {
        memset(seen, 0, (size_t)samples);
        for (int64_t k = 0; k < count; k++) {
            const int64_t sample = stream[pass * count + k];
            assert_true(sample < samples && !seen[sample]);
            seen[sample] = 1;
        }
        /* another order than the pass before: the same by chance in 1 of 20! and less */
        if (pass > 0 && count >= 20)
            assert_memory_not_equal(stream + pass * count, stream + (pass - 1) * count, (size_t)count * sizeof *stream);
    }
    hol_free(seen);
}

/* Every block's shard: a contiguous run, all shards together the data set, in proportion to the lanes. */
static void test_fill_sees_every_sample_once_a_pass(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        const int64_t samples = sizes[s][0], batch = sizes[s][1], blocks = hol_bits_blocks(batch);
        hol_batches *batches = make_batches(make_options(samples, batch, false), 0, 1);
        int64_t first_row = -1, rows = -1, next = 0;
        hol_batches_get_owned(batches, &first_row, &rows);
        assert_int_equal(first_row, 0);
        assert_int_equal(rows, samples);
        const int64_t steps = 4 * (samples / batch + 2);
        uint64_t *words = hol_allocate(steps * blocks * UNITS, sizeof *words);
        int64_t *stream = hol_allocate(steps * 64, sizeof *stream);
        assert_true(words && stream);
        for (int64_t t = 0; t < steps; t++) hol_batches_fill(batches, t, words + t * blocks * UNITS, UNITS);
        for (int64_t b = 0; b < blocks; b++) {
            const int64_t lanes = b + 1 < blocks ? 64 : batch - 64 * b;
            const int64_t end = get_stream(words, steps, blocks, b, lanes, next, stream), count = end - next;
            assert_true(fabs((double)count - (double)samples * (double)lanes / (double)batch) < 1);
            assert_true(steps * lanes >= 2 * count);
            assert_passes(stream, steps * lanes, count, samples);
            next = end;
        }
        assert_int_equal(next, samples);
        hol_free(words);
        hol_free(stream);
        hol_batches_destroy(batches);
    }
}

/* rows arrive whole: the other units belong to the sample that the first ones name */
static void test_fill_gives_the_sample_s_bits(void **state) {
    (void)state;
    const uint16_t thresholds[] = {1, 32768, 65535, 0};
    for (int k = 0; k < 4; k++) {
        hol_batches_options options = make_options(500, 150, false);
        options.threshold = thresholds[k];
        hol_batches *batches = make_batches(options, 0, 1);
        uint64_t words[3 * (UNITS + 2)];
        memset(words, 0x77, sizeof words);
        for (int64_t t = 0; t < 9; t++) {
            hol_batches_fill(batches, t, words, UNITS + 2);
            for (int64_t b = 0; b < 3; b++) {
                for (int l = 0; l < (b < 2 ? 64 : 150 - 128); l++) {
                    const uint64_t *block = words + b * (UNITS + 2);
                    const int64_t sample = thresholds[k] ? sample_at(block, l) : 0;
                    for (int i = 0; i < UNITS; i++)
                        assert_int_equal(block[i] >> l & 1, !thresholds[k] || level_of(sample, i) >= thresholds[k]);
                }
                assert_true(words[b * (UNITS + 2) + UNITS] ==
                            UINT64_C(0x7777777777777777)); /* the stride's rest is not its own */
            }
        }
        hol_batches_destroy(batches);
    }
}

static void check_layout(int64_t samples, int64_t batch, bool resample, int ranks) {
    const int64_t blocks = hol_bits_blocks(batch);
    hol_batches *whole = make_batches(make_options(samples, batch, resample), 0, 1);
    uint64_t *expected = hol_allocate(blocks * UNITS, 8), *found = hol_allocate(blocks * UNITS, 8);
    assert_true(expected && found);
    int64_t next = 0;
    for (int rank = 0; rank < ranks; rank++) {
        hol_batches *part = make_batches(make_options(samples, batch, resample), rank, ranks);
        int64_t first = 0, rows = 0, first_block = 0, own = 0;
        hol_batches_get_owned(part, &first, &rows);
        if (rows) assert_int_equal(first, next);
        next += rows;
        hol_comm_share(blocks, rank, ranks, &first_block, &own);
        for (int64_t t = 0; t < 40; t += 1 + t / 3) {
            hol_batches_fill(whole, t, expected, UNITS);
            hol_batches_fill(part, t, found, UNITS);
            if (own) assert_memory_equal(found, expected + first_block * UNITS, (size_t)(own * UNITS) * 8);
        }
        hol_batches_destroy(part);
    }
    assert_int_equal(next, samples);
    hol_free(expected);
    hol_free(found);
    hol_batches_destroy(whole);
}

static void test_fill_does_not_depend_on_the_layout(void **state) {
    (void)state;
    for (int resample = 0; resample < 2; resample++)
        for (int ranks = 1; ranks <= 7; ranks++) {
            check_layout(1000, 300, resample, ranks);
            check_layout(40, 130, resample, ranks);
        }
}

/* the ranks of this run, over messages: the gathered fill is the single rank's */
static void test_fill_over_real_ranks_gathers_to_one_batch(void **state) {
    (void)state;
    enum { SAMPLES = 700, BATCH = 333, BLOCKS = 6 };
    hol_batches *part =
        make_batches(make_options(SAMPLES, BATCH, true), hol_comm_rank(test_comm), hol_comm_size(test_comm));
    uint64_t words[BLOCKS * UNITS], expected[BLOCKS * UNITS];
    for (int64_t t = 0; t < 6; t++) {
        hol_batches_fill(part, t, words, UNITS);
        int64_t first = 0, own = 0, bytes = 0;
        hol_comm_share(BLOCKS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &own);
        void *all = NULL;
        assert_ok(hol_comm_gather(test_comm, words, own * UNITS * 8, &all, &bytes));
        bool good = true;
        if (hol_comm_rank(test_comm) == 0) {
            hol_batches *whole = make_batches(make_options(SAMPLES, BATCH, true), 0, 1);
            hol_batches_fill(whole, t, expected, UNITS);
            good = bytes == (int64_t)sizeof expected && memcmp(all, expected, sizeof expected) == 0;
            hol_batches_destroy(whole);
        }
        assert_all(good);
        hol_free(all);
    }
    hol_batches_destroy(part);
}

static void test_fill_depends_on_the_seed(void **state) {
    (void)state;
    hol_batches_options options = make_options(1000, 64, false);
    uint64_t words[2][UNITS];
    for (int s = 0; s < 2; s++) {
        options.seed = (uint64_t)s + 1;
        hol_batches *batches = make_batches(options, 0, 1);
        hol_batches_fill(batches, 0, words[s], UNITS);
        hol_batches_destroy(batches);
    }
    int same = 0;
    for (int l = 0; l < 64; l++) same += sample_at(words[0], l) == sample_at(words[1], l);
    assert_true(same < 8); /* Poisson of mean 0.064: 1e-14 */
}

static void test_create_refuses_empty_shards(void **state) {
    (void)state;
    hol_batches *batches = NULL;
    hol_batches_options options = make_options(2, 129, false);
    assert_refused(hol_batches_create(&options, &batches), HOL_USAGE,
                   "train.batch_size: found 129, expected at most 128");
    assert_null(batches);
    options = make_options(0, 1, false);
    assert_refused(hol_batches_create(&options, &batches), HOL_USAGE, "train.batch_size");
    hol_batches_destroy(NULL);
    /* the least that is taken: no shard is empty, for any batch of 1 to 5 blocks */
    for (int64_t batch = 1; batch <= 320; batch++) {
        const int64_t blocks = hol_bits_blocks(batch);
        for (int64_t samples = blocks; samples < blocks + 4; samples++) {
            options = make_options(samples, batch, false);
            int64_t next = 0;
            for (int64_t b = 0; b < blocks; b++) {
                options.first_block = b;
                options.blocks = 1;
                assert_ok(hol_batches_create(&options, &batches));
                int64_t first = 0, rows = 0;
                hol_batches_get_owned(batches, &first, &rows);
                assert_int_equal(first, next);
                assert_true(rows >= 1);
                next = first + rows;
                hol_batches_destroy(batches);
            }
            assert_int_equal(next, samples);
        }
    }
}

/* ---- drawn bits -------------------------------------------------------------------------------------------------- */

/* Frequencies over passes and samples: within 2^-16 and 5.5 standard deviations (false alarm 4e-8 each, 8 levels). */
static void test_draw_bit_follows_the_level(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(4, HOL_STREAM_DATA_BITS);
    const uint16_t levels[] = {1, 2, 100, 20000, 32768, 50000, 65533, 65534};
    for (int k = 0; k < 8; k++) {
        int64_t on = 0, draws = 0;
        for (int64_t sample = 0; sample < 100; sample++)
            for (int64_t unit = 0; unit < 20; unit++)
                for (int64_t epoch = 0; epoch < 200; epoch++, draws++)
                    on += hol_batches_draw_bit(key, levels[k], sample, unit, epoch);
        const double p = levels[k] / 65535.0, n = (double)draws;
        assert_true(fabs((double)on / n - p) < 0x1p-16 + 5.5 * sqrt((p * (1 - p) + 0x1p-16) / n));
    }
    for (int64_t sample = 0; sample < 1000; sample++)
        for (int64_t unit = 0; unit < 100; unit++) {
            assert_int_equal(hol_batches_draw_bit(key, 0, sample, unit, sample % 7), 0);
            assert_int_equal(hol_batches_draw_bit(key, 65535, sample, unit, sample % 7), 1);
        }
}

/* Bits of neighbouring units, samples and passes: the four joint outcomes at level 1/2. Chi-square with 3 degrees of
 * freedom above 33 has probability 3e-7. */
static void test_draw_bit_is_independent_of_its_neighbours(void **state) {
    (void)state;
    const hol_rng_key key = hol_rng_key_make(4, HOL_STREAM_DATA_BITS);
    const int64_t offsets[][3] = {{0, 1, 0}, {0, 2, 0}, {0, 8, 0}, {1, 0, 0}, {0, 0, 1}, {INT64_C(1) << 32, 0, 0}};
    for (int k = 0; k < 6; k++) {
        double cells[4] = {0}, chi = 0;
        const int64_t *o = offsets[k];
        for (int64_t n = 0; n < 40000; n++) {
            const int64_t sample = n / 400 * 3, unit = n % 20 * 3, epoch = n / 20 % 20 * 3;
            cells[hol_batches_draw_bit(key, 32768, sample, unit, epoch) * 2 +
                  hol_batches_draw_bit(key, 32768, sample + o[0], unit + o[1], epoch + o[2])]++;
        }
        for (int c = 0; c < 4; c++) chi += pow(cells[c] - 10000, 2) / 10000;
        assert_true(chi < 33);
    }
}

/* each bit of a filled batch is draw_bit of the sample and the pass that stand in the lane */
static void test_fill_draws_its_bits_anew_each_pass(void **state) {
    (void)state;
    enum { SAMPLES = 90, BATCH = 64 };
    hol_batches *batches = make_batches(make_options(SAMPLES, BATCH, true), 0, 1);
    const hol_rng_key key = hol_rng_key_make(9, HOL_STREAM_DATA_BITS);
    int64_t changed = 0, compared = 0;
    uint64_t words[UNITS];
    uint8_t before[SAMPLES][UNITS];
    memset(before, 2, sizeof before);
    for (int64_t t = 0; t < 12; t++) {
        hol_batches_fill(batches, t, words, UNITS);
        for (int l = 0; l < BATCH; l++) {
            const int64_t sample = sample_at(words, l), epoch = (t * BATCH + l) / SAMPLES;
            assert_true(sample >= 0 && sample < SAMPLES);
            for (int64_t i = 0; i < UNITS; i++) {
                const uint16_t level = level_of(sample, i);
                const int bit = (int)(words[i] >> l & 1);
                assert_int_equal(bit, hol_batches_draw_bit(key, level, sample, i, epoch));
                if (level == 0 || level == 65535) {
                    assert_int_equal(bit, level == 65535);
                } else if (before[sample][i] != 2) {
                    changed += before[sample][i] != bit;
                    compared++;
                }
                before[sample][i] = (uint8_t)bit;
            }
        }
    }
    /* levels are uniform: two passes differ in 2 p (1 - p), a third on average */
    assert_true(changed > compared / 4 && changed < compared / 2);
    hol_batches_destroy(batches);
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static void test_add_counts_sums_over_ranks(void **state) {
    (void)state;
    enum { SAMPLES = 210, BATCH = 150 };
    for (int resample = 0; resample < 2; resample++) {
        hol_wide counts[UNITS], known[UNITS] = {0};
        int64_t expected[UNITS] = {0};
        for (int i = 0; i < UNITS; i++) counts[i] = i;
        for (int rank = 0; rank < 4; rank++) { /* three blocks: the last has nothing */
            hol_batches *part = make_batches(make_options(SAMPLES, BATCH, resample), rank, 4);
            hol_batches_add_counts(part, counts, known);
            hol_batches_destroy(part);
        }
        for (int i = 0; i < UNITS; i++) {
            double truth = i;
            for (int64_t n = 0; n < SAMPLES; n++) {
                const uint16_t level = level_of(n, i);
                expected[i] += level >= 32768;
                truth += level / 65535.0 * 65536;
            }
            if (resample) assert_true(fabs((double)counts[i] - truth) <= 0.5 * SAMPLES);
            else assert_true(counts[i] == expected[i] * 65536 + i);
        }
    }
}

static uint64_t fingerprint(const uint16_t *levels, hol_batches_options options, int ranks) {
    uint64_t sum = 0;
    for (int rank = 0; rank < ranks; rank++) {
        hol_comm_share(hol_bits_blocks(options.batch_size), rank, ranks, &options.first_block, &options.blocks);
        hol_batches *batches = NULL;
        assert_ok(hol_batches_create(&options, &batches));
        int64_t first = 0, rows = 0;
        hol_batches_get_owned(batches, &first, &rows);
        hol_batches_set_rows(batches, first, rows, levels + first * options.units, NULL);
        sum += hol_batches_fingerprint(batches);
        hol_batches_destroy(batches);
    }
    return sum;
}

static void test_fingerprint_tells_data_apart(void **state) {
    (void)state;
    enum { SAMPLES = 64 };
    for (int resample = 0; resample < 2; resample++)
        for (int64_t units = 3; units <= 130; units += 40) {
            hol_batches_options options = {.samples = SAMPLES,
                                           .units = units,
                                           .batch_size = 320,
                                           .seed = 1,
                                           .resample = resample,
                                           .threshold = 32768};
            uint16_t levels[SAMPLES * 130];
            for (int64_t k = 0; k < SAMPLES * units; k++)
                levels[k] = hol_rng_draw((hol_rng_key){{6, 6}}, (uint32_t)k, 0, 0, 0).word[0] % 2 ? 65535 : 0;
            const uint64_t truth = fingerprint(levels, options, 1);
            for (int ranks = 2; ranks < 8; ranks++) assert_true(fingerprint(levels, options, ranks) == truth);
            options.batch_size = 64; /* nor on how it is cut into shards */
            assert_true(fingerprint(levels, options, 1) == truth);
            options.batch_size = 320;
            /* one bit */
            for (int64_t k = 0; k < SAMPLES * units; k += 7) {
                levels[k] ^= 0xffff;
                assert_true(fingerprint(levels, options, 1) != truth);
                levels[k] ^= 0xffff;
            }
            /* two rows */
            for (int64_t a = 0; a < 20; a++)
                for (int64_t b = a + 1; b < 20; b++) {
                    uint16_t row[130];
                    const size_t bytes = (size_t)units * sizeof *row;
                    uint16_t *x = levels + a * units, *y = levels + b * units;
                    if (memcmp(x, y, bytes) == 0) continue;
                    memcpy(row, x, bytes), memcpy(x, y, bytes), memcpy(y, row, bytes);
                    assert_true(fingerprint(levels, options, 1) != truth);
                    memcpy(row, x, bytes), memcpy(x, y, bytes), memcpy(y, row, bytes);
                }
            /* a whole column */
            for (int64_t i = 0; i < units; i += 2) {
                for (int64_t n = 0; n < SAMPLES; n++) levels[n * units + i] ^= 0xffff;
                assert_true(fingerprint(levels, options, 1) != truth);
                for (int64_t n = 0; n < SAMPLES; n++) levels[n * units + i] ^= 0xffff;
            }
            assert_true(fingerprint(levels, options, 1) == truth);
        }
}

/* Columns that are the same in all rows: a place mixed in by "exclusive or" alone would only reorder the sum's
 * terms. */
static void test_fingerprint_sees_constant_columns(void **state) {
    (void)state;
    enum { SAMPLES = 64, FEW = 6 };
    const hol_batches_options options = {.samples = SAMPLES, .units = FEW, .batch_size = 64, .threshold = 1};
    uint64_t seen[1 << FEW];
    for (uint32_t on = 0; on < 1 << FEW; on++) {
        uint16_t levels[SAMPLES * FEW];
        for (int k = 0; k < SAMPLES * FEW; k++) levels[k] = on >> (k % FEW) & 1;
        seen[on] = fingerprint(levels, options, 1);
        for (uint32_t other = 0; other < on; other++) assert_true(seen[other] != seen[on]);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_sees_every_sample_once_a_pass),
        cmocka_unit_test(test_fill_gives_the_sample_s_bits),
        cmocka_unit_test(test_fill_does_not_depend_on_the_layout),
        cmocka_unit_test(test_fill_over_real_ranks_gathers_to_one_batch),
        cmocka_unit_test(test_fill_depends_on_the_seed),
        cmocka_unit_test(test_create_refuses_empty_shards),
        cmocka_unit_test(test_draw_bit_follows_the_level),
        cmocka_unit_test(test_draw_bit_is_independent_of_its_neighbours),
        cmocka_unit_test(test_fill_draws_its_bits_anew_each_pass),
        cmocka_unit_test(test_add_counts_sums_over_ranks),
        cmocka_unit_test(test_fingerprint_tells_data_apart),
        cmocka_unit_test(test_fingerprint_sees_constant_columns),
    };
    return hol_test_main(argc, argv, "batches", tests, HOL_TEST_COUNT(tests));
}
