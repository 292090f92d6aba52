/* bits: transposes and masks against one bit at a time. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "base/rng.h"
#include "num/bits.h"

static void fill(uint64_t *words, int64_t count, uint32_t salt) {
    const hol_rng_key key = hol_rng_key_make(1, HOL_STREAM_EVALUATION);
    for (int64_t i = 0; i < count; i++) {
        const hol_rng_words r = hol_rng_draw(key, (uint32_t)i, salt, 0, 0);
        words[i] = (uint64_t)r.word[0] << 32 | r.word[1];
    }
}

static void test_transpose_moves_each_bit(void **state) {
    (void)state;
    for (uint32_t salt = 0; salt < 20; salt++) {
        uint64_t before[64], after[64];
        fill(before, 64, salt);
        memcpy(after, before, sizeof after);
        hol_bits_transpose(after);
        for (int i = 0; i < 64; i++)
            for (int l = 0; l < 64; l++) assert_int_equal(before[i] >> l & 1, after[l] >> i & 1);
        hol_bits_transpose(after);
        assert_memory_equal(before, after, sizeof after);
    }
    uint64_t one[64] = {0}; /* a single bit */
    one[3] = UINT64_C(1) << 61;
    hol_bits_transpose(one);
    for (int i = 0; i < 64; i++) assert_true(one[i] == (i == 61 ? UINT64_C(1) << 3 : 0));
}

static void test_to_bytes_reads_a_lane(void **state) {
    (void)state;
    uint64_t words[130];
    fill(words, 130, 99);
    for (int lane = 0; lane < 64; lane++) {
        uint8_t bytes[131];
        memset(bytes, 7, sizeof bytes);
        hol_bits_to_bytes(words, 130, lane, bytes);
        for (int i = 0; i < 130; i++) {
            assert_int_equal(bytes[i], words[i] / (UINT64_C(1) << lane) % 2);
            assert_int_equal(hol_bits_get(words, i, lane), bytes[i]);
        }
        assert_int_equal(bytes[130], 7);
    }
}

static void test_from_bytes_writes_only_its_lane(void **state) {
    (void)state;
    uint64_t words[70], before[70];
    fill(before, 70, 5);
    for (int lane = 0; lane < 64; lane++) {
        memcpy(words, before, sizeof words);
        uint8_t bytes[70], back[70];
        for (int i = 0; i < 70; i++) bytes[i] = (uint8_t)(i * i * (lane + 1) % 3 == 1);
        hol_bits_from_bytes(bytes, 69, lane, words);
        hol_bits_to_bytes(words, 69, lane, back);
        assert_memory_equal(bytes, back, 69);
        const uint64_t others = ~(UINT64_C(1) << lane);
        for (int i = 0; i < 69; i++) assert_true((words[i] & others) == (before[i] & others));
        assert_true(words[69] == before[69]);
    }
}

static void test_lane_mask_covers_the_count(void **state) {
    (void)state;
    for (int64_t count = 0; count < 300; count++) {
        int64_t blocks = 0;
        for (int64_t block = 0; block < 7; block++) {
            const uint64_t mask = hol_bits_lane_mask(count, block);
            for (int l = 0; l < 64; l++) assert_int_equal(mask >> l & 1, block * 64 + l < count);
            blocks += mask != 0;
        }
        assert_int_equal(hol_bits_blocks(count), blocks);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transpose_moves_each_bit),
        cmocka_unit_test(test_to_bytes_reads_a_lane),
        cmocka_unit_test(test_from_bytes_writes_only_its_lane),
        cmocka_unit_test(test_lane_mask_covers_the_count),
    };
    return hol_test_main(argc, argv, "bits", tests, HOL_TEST_COUNT(tests));
}
