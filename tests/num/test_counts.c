/* counts: whole-number statistics against sums over one chain at a time. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4 };

static uint32_t random_number(uint32_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{14, 142}}, i, salt, 0, 0).word[0];
}

static hol_states make_states(int64_t units, int64_t blocks, int64_t first_block) {
    hol_states x = {.stride = units + 2, .blocks = blocks, .first_block = first_block};
    x.words = hol_allocate(blocks * x.stride, sizeof *x.words);
    assert_non_null(x.words);
    for (int64_t w = 0; w < blocks * x.stride; w++)
        x.words[w] = (uint64_t)random_number((uint32_t)w, 1) << 32 | random_number((uint32_t)w, 2);
    return x;
}

/* (blocks, stride, 64) */
static uint8_t *make_levels(int64_t blocks, int64_t stride) {
    uint8_t *levels = hol_allocate(blocks * 64 * stride, 1);
    assert_non_null(levels);
    for (int64_t i = 0; i < blocks * 64 * stride; i++) levels[i] = (uint8_t)(random_number((uint32_t)i, 3) % 16);
    return levels;
}

static int level(const uint8_t *levels, int64_t stride, int64_t chain, int64_t unit) {
    return levels[(chain / 64 * stride + unit) * 64 + chain % 64];
}

static int bit(const hol_states *x, int64_t chain, int64_t unit) { /* chain: local */
    return (int)(x->words[chain / 64 * x->stride + unit] >> (chain % 64) & 1);
}

static const int64_t unit_counts[] = {1, 5, 6, 7, 23, 24, 25, 63, 64, 65, 100, 784};
static const int64_t output_counts[] = {1, 15, 16, 17, 33, 500};
static const int64_t block_counts[] = {1, 2, 3, 5, 9, 17};

static void test_units_counts_lanes_in_use(void **state) {
    (void)state;
    for (int u = 0; u < 12; u++)
        for (int b = 0; b < 6; b++)
            for (int64_t first_block = 0; first_block < 6; first_block += 5)
                for (int64_t missing = 0; missing < 150; missing += 37) {
                    const int64_t units = unit_counts[u], blocks = block_counts[b];
                    hol_states x = make_states(units, blocks, first_block);
                    const int64_t count = (first_block + blocks) * 64 - missing;
                    int32_t counts[784];
                    for (int i = 0; i < 784; i++) counts[i] = i * 3;
                    const int32_t times = b % 2 ? 15 : 1;
                    hol_counts_units(&x, units, count, times, (hol_sums){.wide = counts});
                    for (int64_t i = 0; i < 784; i++) {
                        int64_t expected = i * 3;
                        for (int64_t c = 0; i < units && c < blocks * 64; c++)
                            if (first_block * 64 + c < count) expected += times * bit(&x, c, i);
                        assert_int_equal(counts[i], expected);
                    }
                    hol_free(x.words);
                }
}

static void test_units_fit_32_bits_at_the_limit(void **state) {
    (void)state;
    uint64_t word = ~UINT64_C(0);
    const hol_states x = {.words = &word, .stride = 0, .blocks = HOL_COUNT_CHAINS_MAX / 64}; /* all blocks are one */
    int32_t counts[1] = {0};
    hol_counts_units(&x, 1, HOL_COUNT_CHAINS_MAX, HOL_LEVELS, (hol_sums){.wide = counts});
    assert_int_equal(counts[0], INT64_C(15) << 27);
}

static void test_clear_idle_clears_levels_beyond_the_count(void **state) {
    (void)state;
    for (int64_t first_block = 0; first_block < 4; first_block++)
        for (int64_t count = first_block * 64; count <= (first_block + 3) * 64; count += 13) {
            const hol_states x = {.blocks = 3, .first_block = first_block};
            uint8_t *levels = make_levels(3, 32), *before = make_levels(3, 32);
            hol_levels_clear_idle(&x, count, levels, 32);
            for (int64_t r = 0; r < 3 * 64; r++)
                for (int64_t j = 0; j < 32; j++)
                    assert_int_equal(level(levels, 32, r, j),
                                     first_block * 64 + r < count ? level(before, 32, r, j) : 0);
            hol_free(levels);
            hol_free(before);
        }
}

static void test_levels_are_summed_over_lanes(void **state) {
    (void)state;
    for (int o = 0; o < 6; o++)
        for (int b = 0; b < 6; b++) {
            const int64_t outputs = output_counts[o], blocks = block_counts[b], stride = hol_round_up(outputs, 16);
            uint8_t *levels = make_levels(blocks, stride);
            int32_t sums[501];
            for (int threads = 1; threads <= 2; threads++) {
                omp_set_num_threads(threads);
                for (int j = 0; j < 501; j++) sums[j] = -j;
                hol_levels_add(levels, blocks, stride, outputs, (hol_sums){.wide = sums});
                for (int64_t j = 0; j < 501; j++) {
                    int64_t expected = -j;
                    for (int64_t r = 0; j < outputs && r < blocks * 64; r++) expected += level(levels, stride, r, j);
                    assert_int_equal(sums[j], expected);
                }
            }
            hol_free(levels);
        }
}

static void check_product(int64_t units, int64_t outputs, int64_t blocks, int64_t off) {
    const int64_t stride = hol_round_up(outputs, 16) + (units % 2 ? 16 : 0), count = units * outputs;
    hol_states x = make_states(units, blocks, 7);
    for (int64_t i = 0; i < units && off > 0;
         i += off) /* units that are on in no chain: every off-th, none for 0; without rare ones for 2 */
        for (int64_t b = 0; b < blocks; b++) x.words[b * x.stride + i] = 0;
    for (int64_t w = 0; w < blocks * x.stride && off != 2; w++) /* rare units, which may go by lists: two in three */
        for (uint32_t k = 5; k < 8 && w % x.stride % 3 < 2; k++)
            x.words[w] &= (uint64_t)random_number((uint32_t)w, k) << 32 | random_number((uint32_t)w, k + 5);
    uint8_t *levels = make_levels(blocks, stride);
    int32_t *expected = hol_allocate(count + 1, 4), *found = hol_allocate(count + 1, 4);
    void *scratch = hol_allocate(hol_levels_scratch_bytes(units, blocks), 1);
    assert_true(expected && found && scratch);
    for (int64_t i = 0; i <= count; i++) expected[i] = (int32_t)i;
    hol_levels_product_ref(&x, units, levels, stride, outputs, expected);
    for (uint32_t t = 0; t < 30; t++) { /* the reference itself, some entries */
        const int64_t i = random_number(t, 8) % units, j = random_number(t, 9) % outputs;
        int64_t sum = i * outputs + j;
        for (int64_t c = 0; c < blocks * 64; c++) sum += bit(&x, c, i) * level(levels, stride, c, j);
        assert_int_equal(expected[i * outputs + j], sum);
    }
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        for (int threads = 1; threads <= 2; threads++) {
            omp_set_num_threads(threads);
            for (int64_t i = 0; i <= count; i++) found[i] = (int32_t)i;
            hol_levels_product(k, &x, units, levels, stride, outputs, (hol_sums){.wide = found}, scratch);
            if (memcmp(expected, found, (size_t)(count + 1) * 4) != 0)
                fail_msg("%s: products of %d units, %d outputs, %d blocks differ", names[n], (int)units, (int)outputs,
                         (int)blocks);
        }
    }
    hol_free(x.words);
    hol_free(levels);
    hol_free(expected);
    hol_free(found);
    hol_free(scratch);
}

/* the largest sums there are: all units on, all levels 15, as many blocks as 16 bits hold, and more */
static void test_product_holds_the_largest_sums(void **state) {
    (void)state;
    enum { UNITS = 70, BLOCKS = 2 * HOL_LEVEL_BLOCKS + 3 };
    hol_states x = make_states(UNITS, BLOCKS, 0);
    uint8_t *levels = make_levels(BLOCKS, 16);
    void *scratch = hol_allocate(hol_levels_scratch_bytes(UNITS, BLOCKS), 1);
    assert_non_null(scratch);
    memset(x.words, 0xff, (size_t)(BLOCKS * x.stride) * sizeof *x.words);
    memset(levels, HOL_LEVELS, BLOCKS * 16 * 64);
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        int32_t products[UNITS * 16] = {0};
        if (!k) continue;
        hol_levels_product(k, &x, UNITS, levels, 16, 16, (hol_sums){.wide = products}, scratch);
        for (int i = 0; i < UNITS * 16; i++) assert_int_equal(products[i], BLOCKS * 64 * 15);
    }
    hol_free(x.words);
    hol_free(levels);
    hol_free(scratch);
}

/* into 16 bits what 32 hold, of dense and rare units, and not more than the columns there are */
static void test_narrow_sums_are_the_wide_ones(void **state) {
    (void)state;
    enum { UNITS = 90, BLOCKS = 34, OUTPUTS = 37, STRIDE = 48, COUNT = UNITS * OUTPUTS };
    hol_states x = make_states(UNITS, BLOCKS, 0);
    uint8_t *levels = make_levels(BLOCKS, STRIDE);
    void *scratch = hol_allocate(hol_levels_scratch_bytes(UNITS, BLOCKS), 1);
    assert_non_null(scratch);
    for (int64_t w = 0; w < BLOCKS * x.stride; w++)
        if (w % x.stride % 3 == 0) x.words[w] &= UINT64_C(1) << w % 64;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        int32_t wide[COUNT + 2 * OUTPUTS + UNITS] = {0};
        int16_t narrow[COUNT + 2 * OUTPUTS + UNITS] = {0};
        if (!k) continue;
        for (int way = 0; way < 2; way++) {
            const hol_sums to = way ? (hol_sums){.narrow = narrow} : (hol_sums){.wide = wide};
            hol_levels_product(k, &x, UNITS, levels, STRIDE, OUTPUTS, to, scratch);
            hol_levels_add(levels, BLOCKS, STRIDE, OUTPUTS, hol_sums_from(to, COUNT));
            hol_counts_units(&x, UNITS, BLOCKS * 64 - 5, HOL_LEVELS, hol_sums_from(to, COUNT + OUTPUTS));
        }
        for (int i = 0; i < COUNT + 2 * OUTPUTS + UNITS; i++) assert_int_equal(narrow[i], wide[i]);
        assert_true(wide[0] > 0 && wide[COUNT] > 10000 && wide[COUNT + OUTPUTS + 1] > 10000);
    }
    hol_free(x.words);
    hol_free(levels);
    hol_free(scratch);
}

/* few entries, which are counted apart, and many; whole blocks and parts of one; what is there stays */
static void test_pairs_of_bytes_equal_a_sum_over_lanes(void **state) {
    (void)state;
    enum { STRIDE = 192, LANES_MOST = 3 * 64, ENTRIES_MOST = 40 * 37 };
    static const int64_t sizes[][2] = {{1, 3}, {11, 21}, {32, 32}, {40, 37}}, lanes[] = {0, 1, 63, 64, 130, LANES_MOST};
    uint8_t states[3 * STRIDE + 64];
    uint32_t weights[LANES_MOST];
    int64_t counts[ENTRIES_MOST], sums[ENTRIES_MOST], whole[ENTRIES_MOST];
    int32_t wide[ENTRIES_MOST];
    int16_t narrow[ENTRIES_MOST];
    for (uint32_t l = 0; l < LANES_MOST; l++) weights[l] = random_number(3, l) >> 1;
    for (size_t k = 0; k < HOL_TEST_COUNT(sizes); k++)
        for (size_t n = 0; n < HOL_TEST_COUNT(lanes); n++) {
            const int64_t rows = sizes[k][0], columns = sizes[k][1];
            uint8_t *x = states, *y = states + 64;
            for (uint32_t i = 0; i < sizeof states; i++)
                states[i] = (uint8_t)(random_number((uint32_t)k, i) % (uint32_t)(i / 64 % 3 ? columns : rows));
            for (int64_t e = 0; e < ENTRIES_MOST; e++) {
                counts[e] = sums[e] = whole[e] = e % 7;
                wide[e] = (int32_t)whole[e];
                narrow[e] = (int16_t)whole[e];
            }
            for (int64_t l = 0; l < lanes[n]; l++) {
                const int64_t at = l / 64 * STRIDE + l % 64, e = x[at] * columns + y[at];
                counts[e]++;
                sums[e] += weights[l];
            }
            hol_pairs_add_bytes(x, rows, y, columns, STRIDE, lanes[n], NULL, (hol_sums){.wide = wide});
            hol_pairs_add_bytes(x, rows, y, columns, STRIDE, lanes[n], NULL, (hol_sums){.narrow = narrow});
            hol_pairs_add_bytes(x, rows, y, columns, STRIDE, lanes[n], weights, (hol_sums){.whole = whole});
            for (int64_t e = 0; e < ENTRIES_MOST; e++)
                assert_true(wide[e] == counts[e] && narrow[e] == counts[e] && whole[e] == sums[e]);
        }
}

static void test_product_equals_the_reference(void **state) {
    (void)state;
    for (int u = 0; u < 12; u++)
        for (int o = 0; o < 6; o++)
            for (int b = 0; b < 6; b++)
                check_product(unit_counts[u], output_counts[o], block_counts[b], (u + o + b) % 2 ? 0 : 2 + (u + b) % 2);
    check_product(1100, 20, 2, 0); /* three tiles of units */
    check_product(1700, 20, 2, 3);
    check_product(70, 20, 2, 1);
    check_product(70, 20, 2, 2);
    check_product(300, 33, 17, 2);
    check_product(300, 33, 17, 0);
    check_product(3, 3, 0, 0);
    omp_set_num_threads(2);
}

static void test_pairs_equals_a_sum_over_chains(void **state) {
    (void)state;
    const int64_t row_counts[] = {1, 3, 4, 5, 65, 130}, column_counts[] = {1, 15, 16, 17, 40, 101};
    for (int r = 0; r < 6; r++)
        for (int c = 0; c < 6; c++)
            for (int b = 0; b < 6; b++) {
                const int64_t rows = row_counts[r], columns = column_counts[c], blocks = block_counts[b];
                const int32_t times = r % 2 ? 15 : 1;
                const hol_states x = make_states(rows, blocks, 0), y = make_states(columns + 7, blocks, 0);
                int32_t *expected = hol_allocate(rows * columns, sizeof *expected);
                int32_t *found = hol_allocate(rows * columns, sizeof *found);
                assert_true(expected && found);
                for (int64_t i = 0; i < rows; i++)
                    for (int64_t j = 0; j < columns; j++) {
                        expected[i * columns + j] = 0;
                        for (int64_t chain = 0; chain < blocks * 64; chain++)
                            expected[i * columns + j] += (bit(&x, chain, i) & bit(&y, chain, j)) * times;
                    }
                for (int n = 0; n < NAMES; n++) {
                    const hol_kernels *k = hol_kernels_find(names[n]);
                    if (!k) continue;
                    memset(found, 0, (size_t)(rows * columns) * sizeof *found);
                    hol_pairs_add(k, &x, rows, &y, columns, times, found);
                    assert_memory_equal(expected, found, (size_t)(rows * columns) * sizeof *found);
                }
                hol_free(x.words);
                hol_free(y.words);
                hol_free(expected);
                hol_free(found);
            }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_counts_lanes_in_use),
        cmocka_unit_test(test_units_fit_32_bits_at_the_limit),
        cmocka_unit_test(test_clear_idle_clears_levels_beyond_the_count),
        cmocka_unit_test(test_levels_are_summed_over_lanes),
        cmocka_unit_test(test_pairs_equals_a_sum_over_chains),
        cmocka_unit_test(test_pairs_of_bytes_equal_a_sum_over_lanes),
        cmocka_unit_test(test_product_equals_the_reference),
        cmocka_unit_test(test_narrow_sums_are_the_wide_ones),
        cmocka_unit_test(test_product_holds_the_largest_sums),
    };
    return hol_test_main(argc, argv, "counts", tests, HOL_TEST_COUNT(tests));
}
