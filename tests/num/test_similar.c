/* test_similar: agreements of rows against counting one column after the other; counts and clusters of all pairs, in
 * several parts. */
#include "support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "num/similar.h"

/* Rows that are copies of a few, with some states drawn anew. */
static uint8_t *make_rows(int64_t rows, int64_t columns, int64_t cardinality, int families) {
    uint8_t *states = hol_allocate(rows * columns, 1);
    const hol_rng_key key = hol_rng_key_make(9, HOL_STREAM_DATA_SPLIT);
    assert_non_null(states);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            const int64_t from = r < families ? r : r % families;
            const uint32_t other = hol_rng_draw(key, (uint32_t)r, (uint32_t)c, 0, 0).word[0];
            const bool is_own = r < families || other % 8 == 0;
            const uint32_t state = hol_rng_draw(key, (uint32_t)(is_own ? r : from), (uint32_t)c, 1, 0).word[0];
            states[r * columns + c] = (uint8_t)(state % (uint32_t)cardinality);
        }
    return states;
}

static int64_t agree(const uint8_t *a, const uint8_t *b, int64_t columns) {
    int64_t count = 0;
    for (int64_t c = 0; c < columns; c++) count += a[c] == b[c];
    return count;
}

static void test_least_is_as_a_decimal_number_says(void **state) {
    (void)state;
    assert_int_equal(hol_similar_least(0.8, 160), 128);
    assert_int_equal(hol_similar_least(0.8, 136), 109);
    assert_int_equal(hol_similar_least(0.7, 10), 7);
    assert_int_equal(hol_similar_least(0.1, 30), 3);
    assert_int_equal(hol_similar_least(0.6604, 53), 36);
    assert_int_equal(hol_similar_least(1, 53), 53);
    assert_int_equal(hol_similar_least(0, 53), 0);
}

/* Every number of columns that sums of bits may be cut at, and every threshold. */
static void test_find_agrees_with_counting(void **state) {
    (void)state;
    enum { TILE_ROWS = 1000, MOST = 70 };
    _Alignas(32) uint64_t bits[HOL_SIMILAR_WORDS];
    for (int64_t columns = 1; columns <= MOST; columns += columns < 18 ? 1 : 13) {
        const int64_t cardinality = columns % 3 == 0 ? 21 : 2;
        uint8_t *states = make_rows(TILE_ROWS + 1, columns, cardinality, 4);
        uint64_t *tile = hol_allocate(columns * cardinality * HOL_SIMILAR_WORDS, sizeof *tile);
        hol_similar_turn(states, TILE_ROWS, columns, cardinality, tile);
        for (int64_t least = 0; least <= columns; least++) {
            const uint8_t *row = states + TILE_ROWS * columns;
            hol_similar_find(row, tile, columns, cardinality, least, bits);
            for (int64_t r = 0; r < TILE_ROWS; r++)
                assert_int_equal(bits[r / 64] >> r % 64 & 1, agree(states + r * columns, row, columns) >= least);
        }
        hol_free(tile);
        hol_free(states);
    }
}

static void test_count_and_join_are_of_all_pairs(void **state) {
    (void)state;
    enum { MANY = 2500, COLUMNS = 33 };
    static int64_t counts[MANY], expected[MANY], roots[MANY], clusters[MANY];
    uint8_t *states = make_rows(MANY, COLUMNS, 5, 900);
    const hol_similar similar = {states, MANY, COLUMNS, 5, 26};
    int64_t pairs = 0;
    for (int64_t r = 0; r < MANY; r++) roots[r] = clusters[r] = r;
    for (int64_t i = 0; i < MANY; i++)
        for (int64_t j = 0; j < i; j++) {
            if (agree(states + i * COLUMNS, states + j * COLUMNS, COLUMNS) < similar.least) continue;
            expected[i]++;
            expected[j]++;
            pairs++;
            const int64_t from = clusters[i] > clusters[j] ? clusters[i] : clusters[j],
                          to = clusters[i] + clusters[j] - from;
            for (int64_t r = 0; r < MANY && from != to; r++)
                if (clusters[r] == from) clusters[r] = to;
        }
    assert_true(pairs > 500);
    for (int part = 0; part < 3; part++) {
        assert_ok(hol_similar_count(&similar, part, 3, counts));
        assert_ok(hol_similar_join(&similar, part, 3, roots));
    }
    for (int64_t r = 0; r < MANY; r++) {
        assert_int_equal(counts[r], expected[r]);
        assert_int_equal(hol_similar_root(roots, r), clusters[r]);
    }
    hol_free(states);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_least_is_as_a_decimal_number_says),
                                       cmocka_unit_test(test_find_agrees_with_counting),
                                       cmocka_unit_test(test_count_and_join_are_of_all_pairs)};
    return hol_test_main(argc, argv, "similar", tests, HOL_TEST_COUNT(tests));
}
