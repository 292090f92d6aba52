/* population: who owns what, bytes in and out, exact means over ranks. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "num/bits.h"
#include "sample/population.h"

static hol_model *make_model(int64_t visible, int64_t hidden) {
    hol_model *model = NULL;
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    return model;
}

/* the bit of a unit of a chain in these tests */
static uint8_t pattern(int64_t chain, int64_t unit) {
    return (uint8_t)((chain * 7919 + unit * 104729 + chain * unit) % 5 < 2);
}

static const int64_t counts[] = {1, 63, 64, 65, 128, 300, 1000};
enum { COUNTS = 7 };

static void test_create_shares_out_the_blocks(void **state) {
    (void)state;
    hol_model *model = make_model(5, 3);
    for (int c = 0; c < COUNTS; c++)
        for (int ranks = 1; ranks <= 20; ranks += 3) { /* also more ranks than blocks */
            int64_t next = 0;
            for (int rank = 0; rank < ranks; rank++) {
                hol_population *p = NULL;
                assert_ok(hol_population_create(model, counts[c], rank, ranks, &p));
                int64_t first = -1, chains = -1;
                hol_population_get_owned(p, &first, &chains);
                assert_int_equal(p->count, counts[c]);
                assert_int_equal(first % 64, 0);
                if (chains > 0) assert_int_equal(first, next);
                assert_true(chains <= p->states.blocks * 64 && chains > (p->states.blocks - 1) * 64);
                assert_int_equal(p->states.first_block * 64, first);
                assert_true(hol_population_bytes(model, counts[c], rank, ranks) >=
                            p->states.blocks * (8 * 8 + 64 * 16 * 4));
                for (int64_t w = 0; w < p->states.blocks * 8; w++) assert_true(p->states.words[w] == 0);
                next += chains;
                hol_population_destroy(p);
            }
            assert_int_equal(next, counts[c]);
        }
    hol_population_destroy(NULL);
    hol_model_destroy(model);
}

enum { V = 70, H = 9 };

/* units [first_unit, first_unit + units) of owned chains `skip` to `skip` + chains, as their pattern */
static void assert_pattern(const hol_population *p, int64_t first_unit, int64_t units, int64_t skip, int64_t chains,
                           uint8_t *bytes) {
    int64_t first = 0, owned = 0;
    hol_population_get_owned(p, &first, &owned);
    hol_population_get_bytes(p, first_unit, units, first + skip, chains, bytes);
    for (int64_t k = 0; k < chains; k++)
        for (int64_t i = 0; i < units; i++)
            assert_int_equal(bytes[k * units + i], pattern(first + skip + k, first_unit + i));
}

/* chain k of the rank is lane k % 64 of its block k / 64; units beyond and lanes beyond stay 0 */
static void assert_lanes(const hol_population *p) {
    int64_t first = 0, chains = 0;
    hol_population_get_owned(p, &first, &chains);
    for (int64_t b = 0; b < p->states.blocks; b++)
        for (int64_t i = 0; i < V + H; i++)
            for (int l = 0; l < 64; l++) {
                const int64_t k = b * 64 + l;
                const int expected = k < chains ? pattern(first + k, i) : 0;
                assert_int_equal(p->states.words[b * p->states.stride + i] >> l & 1, expected);
            }
}

/* 450 sweeps in pieces of 3 and at once: the same states and levels */
static void test_sweeps_in_pieces_are_the_same(void **state) {
    (void)state;
    enum { CHAINS = 100, SWEEPS = 450 };
    hol_model *model = make_model(V, H);
    float theta[V + H + V * H];
    hol_population *p[2];
    const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_SAMPLE), .step = 2, .sweep = 10};
    for (int k = 0; k < V + H + V * H; k++) theta[k] = (float)(k % 13 - 6) / 6;
    assert_ok(model->ops->prepare(model, theta));
    for (int k = 0; k < 2; k++) {
        assert_ok(hol_population_create(model, CHAINS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &p[k]));
        assert_ok(hol_population_add_levels(model, p[k]));
        hol_population_randomize(model, p[k], hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
    }
    model->ops->sweep(model, p[0], &draw, SWEEPS);
    hol_population_settle(test_comm, model, p[1], &draw, SWEEPS);
    const int64_t blocks = p[0]->states.blocks;
    assert_true(blocks == 0 || memcmp(p[0]->states.words, p[1]->states.words,
                                      (size_t)(blocks * p[0]->states.stride) * sizeof *p[0]->states.words) == 0);
    assert_true(blocks == 0 ||
                memcmp(p[0]->levels, p[1]->levels, (size_t)(blocks * HOL_LANES * p[0]->hidden_stride)) == 0);
    for (int k = 0; k < 2; k++) hol_population_destroy(p[k]);
    hol_model_destroy(model);
}

static void test_bytes_come_back(void **state) {
    (void)state;
    hol_model *model = make_model(V, H);
    for (int c = 0; c < COUNTS; c++)
        for (int rank = 0; rank < 3; rank++) {
            hol_population *p = NULL;
            assert_ok(hol_population_create(model, counts[c], rank, 3, &p));
            int64_t first = 0, chains = 0;
            hol_population_get_owned(p, &first, &chains);
            uint8_t *bytes = hol_allocate(chains * (V + H) + 1, 1);
            assert_non_null(bytes);
            /* visible in two pieces, hidden at once */
            const int64_t half = chains / 2;
            for (int64_t k = 0; k < chains; k++)
                for (int64_t i = 0; i < V; i++) bytes[k * V + i] = pattern(first + k, i);
            hol_population_set_bytes(p, 0, V, first + half, chains - half, bytes + half * V);
            hol_population_set_bytes(p, 0, V, first, half, bytes);
            for (int64_t k = 0; k < chains; k++)
                for (int64_t j = 0; j < H; j++) bytes[k * H + j] = pattern(first + k, V + j);
            hol_population_set_bytes(p, V, H, first, chains, bytes);
            memset(bytes, 9, (size_t)(chains * (V + H) + 1));
            assert_pattern(p, 0, V + H, 0, chains, bytes);
            assert_int_equal(bytes[chains * (V + H)], 9);
            assert_lanes(p);
            if (chains > 2) assert_pattern(p, V - 3, 6, 1, chains - 2, bytes); /* a middle piece, of some units */
            hol_free(bytes);
            hol_population_destroy(p);
        }
    hol_model_destroy(model);
}

static void test_randomize_depends_on_global_chains_only(void **state) {
    (void)state;
    enum { CHAINS = 1000, UNITS = 20 + 11 };
    hol_model *model = make_model(20, 11);
    const hol_rng_key key = hol_rng_key_make(5, HOL_STREAM_INITIAL_CHAINS);
    hol_population *whole = NULL;
    assert_ok(hol_population_create(model, CHAINS, 0, 1, &whole));
    hol_population_randomize(model, whole, key);
    const int ranks[] = {hol_comm_size(test_comm), 5, 40};
    for (int r = 0; r < 3; r++)
        for (int rank = 0; rank < ranks[r]; rank++) {
            hol_population *part = NULL;
            assert_ok(hol_population_create(model, CHAINS, rank, ranks[r], &part));
            hol_population_randomize(model, part, key);
            if (part->states.blocks)
                assert_memory_equal(part->states.words, whole->states.words + part->states.first_block * UNITS,
                                    (size_t)(part->states.blocks * UNITS) * 8);
            hol_population_destroy(part);
        }
    /* fair: 16 blocks * 64 * 31 bits, 5.5 standard deviations, false alarm 4e-8; and no two words equal */
    int64_t on = 0;
    for (int64_t w = 0; w < 16 * UNITS; w++) {
        on += __builtin_popcountll(whole->states.words[w]);
        for (int64_t u = 0; u < w; u++) assert_true(whole->states.words[u] != whole->states.words[w]);
    }
    const double bits = 16 * 64 * UNITS;
    assert_true(fabs((double)on - bits / 2) < 5.5 * sqrt(bits / 4));
    hol_population_destroy(whole);
    hol_model_destroy(model);
}

static void test_copy_takes_all_units(void **state) {
    (void)state;
    hol_model *model = make_model(20, 11);
    hol_population *from = NULL, *to = NULL;
    assert_ok(hol_population_create(model, 200, 1, 2, &from));
    assert_ok(hol_population_create(model, 200, 1, 2, &to));
    hol_population_randomize(model, from, (hol_rng_key){{1, 2}});
    hol_population_copy(from, to);
    assert_memory_equal(from->states.words, to->states.words, (size_t)(2 * 31) * 8);
    hol_population_destroy(from);
    hol_population_destroy(to);
    hol_model_destroy(model);
}

/* values that are whole numbers of 2^-24: the mean is exact. Lanes beyond the count hold NaN. */
static void test_mean_is_exact_over_ranks(void **state) {
    (void)state;
    hol_model *model = make_model(2, 2);
    for (int c = 0; c < COUNTS; c++) {
        hol_population *p = NULL;
        assert_ok(hol_population_create(model, counts[c], hol_comm_rank(test_comm), hol_comm_size(test_comm), &p));
        double *values = hol_allocate(p->states.blocks * 64, sizeof *values);
        assert_all(values != NULL);
        int64_t first = 0, chains = 0, sum = 0;
        hol_population_get_owned(p, &first, &chains);
        for (int64_t k = 0; k < p->states.blocks * 64; k++) values[k] = NAN;
        for (int64_t k = 0; k < counts[c]; k++) {
            const int64_t whole = (k * 123456789 % 1000003 - 500000) * 4001;
            sum += whole;
            if (k >= first && k < first + chains) values[k - first] = (double)whole * 0x1p-24;
        }
        double mean = 0;
        assert_ok(hol_population_mean(test_comm, p, values, &mean));
        assert_all(mean == (double)sum * 0x1p-24 / (double)counts[c]);
        /* other values are rounded to the nearest 2^-24, either sign */
        for (int64_t k = 0; k < chains; k++) values[k] = (first + k) % 2 ? 0.6 * 0x1p-24 : -1.6 * 0x1p-24;
        assert_ok(hol_population_mean(test_comm, p, values, &mean));
        const double expected =
            ((double)(counts[c] / 2) - 2 * (double)((counts[c] + 1) / 2)) * 0x1p-24 / (double)counts[c];
        assert_all(mean == expected);
        hol_free(values);
        hol_population_destroy(p);
    }
    hol_model_destroy(model);
}

/* one value of one chain, on whichever rank: all ranks get NaN */
static void test_mean_shows_what_is_not_finite(void **state) {
    (void)state;
    enum { CHAINS = 300 };
    hol_model *model = make_model(2, 2);
    hol_population *p = NULL;
    assert_ok(hol_population_create(model, CHAINS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &p));
    double values[5 * 64];
    int64_t first = 0, chains = 0;
    hol_population_get_owned(p, &first, &chains);
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e300, -0x1p38 / CHAINS};
    for (int b = 0; b < 5; b++)
        for (int64_t at = 0; at < CHAINS; at += 299) {
            for (int64_t k = 0; k < chains; k++) values[k] = first + k == at ? bad[b] : 1;
            double mean = 0;
            assert_ok(hol_population_mean(test_comm, p, values, &mean));
            assert_all(isnan(mean));
        }
    for (int64_t k = 0; k < chains; k++) values[k] = 0x1p37 / CHAINS; /* large, but allowed */
    double mean = 0;
    assert_ok(hol_population_mean(test_comm, p, values, &mean));
    assert_all(fabs(mean - 0x1p37 / CHAINS) < 1e-6);
    hol_population_destroy(p);
    hol_model_destroy(model);
}

/* Weighted means, the effective number, and picks in proportion, against their definitions over all chains. */
static void test_weights_of_chains(void **state) {
    (void)state;
    enum { CHAINS = 300, PICKS = 77 };
    hol_model *model = make_model(2, 2);
    hol_population *p = NULL;
    assert_ok(hol_population_create(model, CHAINS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &p));
    double values[5 * 64], mean = 0, effective = 0;
    int64_t first = 0, chains = 0, times[5 * 64], all[CHAINS] = {0};
    hol_wide sum = 0, squares = 0, total = 0;
    hol_population_get_owned(p, &first, &chains);
    assert_ok(hol_population_effective(test_comm, p, &effective));
    assert_all(effective == CHAINS);
    p->weights = hol_allocate(p->states.blocks * 64, sizeof *p->weights);
    assert_non_null(p->weights);
    for (int64_t c = 0; c < CHAINS; c++) {
        const uint32_t weight = c % 7 == 0 ? 0 : (uint32_t)(c * 2654435761u % 1000003) << (c % 11);
        sum += weight;
        squares += (hol_wide)weight * weight;
        total += (hol_wide)weight * (c - 150);
        if (c < first || c >= first + chains) continue;
        p->weights[c - first] = weight;
        values[c - first] = weight > 0 ? (double)(c - 150) : (double)NAN; /* of no weight: it does not matter */
    }
    assert_ok(hol_population_mean(test_comm, p, values, &mean));
    assert_all(mean == (double)(total << 24) * 0x1p-24 / (double)sum);
    assert_ok(hol_population_effective(test_comm, p, &effective));
    assert_all(fabs(effective / ((double)sum * (double)sum / (double)squares) - 1) < 1e-15);
    assert_ok(hol_spread_over_ranks(test_comm, p->weights, chains, PICKS, times));
    for (int64_t c = 0; c < chains; c++) all[first + c] = times[c];
    assert_ok(hol_comm_sum_i64(test_comm, all, CHAINS));
    int64_t picks = 0;
    for (int64_t c = 0; c < CHAINS; c++) {
        const uint32_t weight = c % 7 == 0 ? 0 : (uint32_t)(c * 2654435761u % 1000003) << (c % 11);
        const double share = (double)weight * PICKS / (double)sum;
        assert_true((double)all[c] > share - 1 && (double)all[c] < share + 1);
        picks += all[c];
    }
    assert_int_equal(picks, PICKS);
    hol_population_destroy(p);
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_of_chains),
        cmocka_unit_test(test_create_shares_out_the_blocks),
        cmocka_unit_test(test_sweeps_in_pieces_are_the_same),
        cmocka_unit_test(test_bytes_come_back),
        cmocka_unit_test(test_randomize_depends_on_global_chains_only),
        cmocka_unit_test(test_copy_takes_all_units),
        cmocka_unit_test(test_mean_is_exact_over_ranks),
        cmocka_unit_test(test_mean_shows_what_is_not_finite),
    };
    return hol_test_main(argc, argv, "population", tests, HOL_TEST_COUNT(tests));
}
