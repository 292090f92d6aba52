/* held: free energies of rows by annealing with their known units held, against sums over all states, seeded: within 5
 * of their standard errors, which is wrong by chance less than once in 10^5 of such runs. */
#include "support.h"

#include "estimate/held.h"
#include "estimate/known.h"
#include "machine.h"

enum { ROWS = 24 };

static double truth(const machine *m, const double *p, uint64_t v, uint64_t known) {
    double sum = 0;
    for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++)
        if (((x ^ v) & known) == 0) sum += p[x];
    return log(sum);
}

static void check(const char *kind, int64_t visible, int64_t hidden, unsigned without, int64_t walks) {
    const hol_model_options options = {
        .kind = kind, .visible = visible, .hidden = hidden, .temperature = 1.2, .without = without};
    const hol_held_options o = {.walks = walks, .intervals = 200, .seed = 5};
    machine m = make_model(&options);
    uint8_t bytes[ROWS * 16], known[ROWS * 16];
    double scores[ROWS], expected[ROWS], z = 0, sum = 0, squares = 0;
    int64_t first = 0, owned = 0;
    hol_held_result found;
    draw_theta(&m, 0.7, 11);
    double *p = enumerate(&m, in_double(&m), &z);
    for (uint64_t r = 0; r < ROWS; r++) {
        const uint64_t mask = r * 37 % 61, v = r * 29 % 64 & mask;
        bytes_of(v, (int)visible, bytes + r * (uint64_t)visible);
        bytes_of(mask, (int)visible, known + r * (uint64_t)visible);
        expected[r] = truth(&m, p, v, mask & ((UINT64_C(1) << visible) - 1));
    }
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &owned);
    for (int64_t r = 0; r < owned; r++) scores[r] = (first + r) % 8 == 7 ? 1.5 : (double)NAN; /* one of 8 is there */
    const hol_exact_rows rows = {
        .states = bytes + first * visible, .known = known + first * visible, .first = first, .count = owned};
    assert_ok(hol_held_scores(test_comm, m.model, m.theta, &rows, &o, scores, &found));
    assert_all(found.rows == ROWS - ROWS / 8 && found.effective > 0.5 * (double)walks);
    for (int64_t r = 0; r < owned; r++) {
        if ((first + r) % 8 == 7) assert_true(scores[r] > 1.4 && scores[r] < 1.6);
        const double off = (first + r) % 8 == 7 ? 0 : scores[r] - expected[first + r];
        sum += off;
        squares += off * off;
    }
    int64_t whole = (int64_t)(sum * 0x1p30);
    assert_ok(hol_comm_sum_i64(test_comm, &whole, 1));
    assert_all(found.error > 0 && found.error < 0.1);
    assert_all(fabs((double)whole * 0x1p-30 / ROWS) < 5 * found.error + 1e-5);
    assert_all(squares < 25.0 * ROWS * ROWS * found.error * found.error + 1e-6);
    hol_free(p);
    free_machine(&m);
}

static void test_free_energies_of_rows_within_their_errors(void **state) {
    (void)state;
    check("rbm", 6, 4, 0, 16);
    check("rbm", 6, 4, 0, 64);
    check("boltzmann", 6, 0, 0, 32);
    check("boltzmann", 5, 3, 0, 16); /* hidden units coupled, too */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_free_energies_of_rows_within_their_errors)};
    return hol_test_main(argc, argv, "held", tests, HOL_TEST_COUNT(tests));
}
