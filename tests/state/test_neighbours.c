/* test_neighbours: weights and clusters of rows are those of all pairs, on any number of ranks. */
#include "support.h"

#include "base/rng.h"
#include "state/neighbours.h"

enum { MANY = 2300, COLUMNS = 20 };

/* Row r is r in columns of three states, those of a few digits drawn anew: chains of rows that agree with the next. */
static const uint8_t *make_rows(void) {
    static uint8_t states[MANY * COLUMNS];
    const hol_rng_key key = hol_rng_key_make(5, HOL_STREAM_DATA_SPLIT);
    for (uint32_t r = 0; r < MANY; r++)
        for (uint32_t c = 0; c < COLUMNS; c++)
            states[r * COLUMNS + c] = (uint8_t)(hol_rng_draw(key, r / (1 + c), c, 0, 0).word[0] % 3);
    return states;
}

static bool are_similar(const hol_similar *s, int64_t i, int64_t j) {
    int64_t count = 0;
    for (int64_t c = 0; c < COLUMNS; c++) count += s->states[i * COLUMNS + c] == s->states[j * COLUMNS + c];
    return count >= s->least;
}

static void test_weights_and_clusters_are_of_all_pairs(void **state) {
    (void)state;
    static double weights[MANY];
    static int64_t clusters[MANY], counts[MANY], expected[MANY];
    const hol_similar similar = {make_rows(), MANY, COLUMNS, 3, 17};
    bool good = true;
    int64_t firsts = 0;
    for (int64_t r = 0; r < MANY; r++) expected[r] = r;
    for (int64_t i = 0; i < MANY; i++)
        for (int64_t j = 0; j < MANY; j++) counts[i] += are_similar(&similar, i, j);
    for (int64_t i = 0; i < MANY; i++)
        for (int64_t j = 0; j < i; j++) {
            if (expected[i] == expected[j] || !are_similar(&similar, i, j)) continue;
            const int64_t from = expected[i] > expected[j] ? expected[i] : expected[j],
                          to = expected[i] + expected[j] - from;
            for (int64_t r = 0; r < MANY; r++)
                if (expected[r] == from) expected[r] = to;
        }
    assert_ok(hol_neighbours_weigh(test_comm, &similar, weights));
    assert_ok(hol_neighbours_cluster(test_comm, &similar, clusters));
    for (int64_t r = 0; r < MANY; r++) {
        good = good && weights[r] == 1.0 / (double)counts[r] && clusters[r] == expected[r];
        firsts += clusters[r] == r;
    }
    assert_all(good);
    if (firsts <= 5 || firsts >= MANY / 2) fail_msg("%d clusters", (int)firsts);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_weights_and_clusters_are_of_all_pairs)};
    return hol_test_main(argc, argv, "neighbours", tests, HOL_TEST_COUNT(tests));
}
