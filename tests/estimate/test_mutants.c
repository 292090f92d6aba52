/* mutants, rank: changes of energy against energies written out, of models of pairs and others; correlations of ranks
 * by hand. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "estimate/mutants.h"
#include "estimate/rank.h"

enum { SITES = 5, STATES = 3, PAIRS = SITES * (SITES - 1) / 2, ENTRIES = STATES * STATES };

/* numbers from -1 to 1, the same everywhere */
static double draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)(*state >> 11) / (double)(INT64_C(1) << 52) - 1;
}

static double energy_of(const float *theta, const uint8_t *x, double temperature) {
    double sum = 0;
    const float *couplings = theta + SITES * STATES;
    for (int i = 0; i < SITES; i++) {
        sum += (double)theta[i * STATES + x[i]];
        for (int j = i + 1; j < SITES; j++, couplings += ENTRIES) sum += (double)couplings[x[i] * STATES + x[j]];
    }
    return -sum / temperature;
}

static void test_changes_of_pairs(void **state) {
    (void)state;
    uint64_t seed = 1;
    int32_t cardinalities[SITES];
    float theta[SITES * STATES + PAIRS * ENTRIES];
    double changes[SITES * STATES];
    uint8_t units[2 * SITES];
    hol_model *model = NULL;
    for (int i = 0; i < SITES; i++) cardinalities[i] = STATES;
    const hol_model_options options = {
        .kind = "potts",
        .visible = 2 * SITES,
        .temperature = 0.5,
        .structure_count = 1,
        .structures = {{.name = "cardinalities", .rows = 1, .columns = SITES, .values = cardinalities}}};
    assert_ok(hol_model_create(&options, &model));
    for (int k = 0; k < SITES * STATES + PAIRS * ENTRIES; k++) theta[k] = (float)draw(&seed);
    for (int trial = 0; trial < 10; trial++) {
        uint8_t x[SITES];
        for (int i = 0; i < SITES; i++) x[i] = (uint8_t)((trial + i * i) % STATES);
        const double energy = energy_of(theta, x, 0.5);
        assert_true(fabs(hol_mutants_energy(model, theta, x, units) - energy) < 1e-12);
        assert_ok(hol_mutants_find(model, theta, x, changes));
        for (int i = 0; i < SITES; i++)
            for (int a = 0; a < STATES; a++) {
                const uint8_t own = x[i];
                x[i] = (uint8_t)a;
                assert_true(fabs(changes[i * STATES + a] - (energy_of(theta, x, 0.5) - energy)) < 1e-12);
                x[i] = own;
            }
    }
    enum { ROWS = 1300 }; /* some blocks, the last one in part */
    static uint8_t rows[ROWS * SITES];
    static double energies[ROWS];
    for (int k = 0; k < ROWS * SITES; k++) rows[k] = (uint8_t)((draw(&seed) + 1) * 1.4999);
    assert_ok(hol_mutants_energies(model, theta, rows, ROWS, energies));
    for (int r = 0; r < ROWS; r++)
        assert_true(energies[r] == hol_mutants_energy(model, theta, rows + r * SITES, units));
    hol_model_destroy(model);
}

/* F(v) = -b v - sum_j ln(1 + exp(c_j + v w_j)) */
static void test_changes_with_hidden_units(void **state) {
    (void)state;
    enum { VISIBLE = 3, HIDDEN = 2 };
    uint64_t seed = 2;
    hol_model *model = NULL;
    float theta[VISIBLE * HIDDEN + VISIBLE + HIDDEN];
    double changes[2 * VISIBLE], energies[1 << VISIBLE];
    const hol_model_options options = {.kind = "rbm", .visible = VISIBLE, .hidden = HIDDEN, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    for (size_t k = 0; k < sizeof theta / sizeof *theta; k++) theta[k] = (float)draw(&seed);
    const float *w = theta + hol_model_find_group(model, "weights")->offset,
                *b = theta + hol_model_find_group(model, "visible_bias")->offset,
                *c = theta + hol_model_find_group(model, "hidden_bias")->offset;
    for (int n = 0; n < 1 << VISIBLE; n++) {
        energies[n] = 0;
        for (int i = 0; i < VISIBLE; i++) energies[n] -= (n >> i & 1) * (double)b[i];
        for (int j = 0; j < HIDDEN; j++) {
            double field = (double)c[j];
            for (int i = 0; i < VISIBLE; i++) field += (n >> i & 1) * (double)w[i * HIDDEN + j];
            energies[n] -= log1p(exp(field));
        }
    }
    for (int n = 0; n < 1 << VISIBLE; n++) {
        const uint8_t x[VISIBLE] = {n & 1, n >> 1 & 1, n >> 2 & 1};
        assert_int_equal(hol_mutants_states(model), 2);
        assert_ok(hol_mutants_find(model, theta, x, changes));
        for (int i = 0; i < VISIBLE; i++) {
            assert_true(changes[2 * i + x[i]] == 0);
            assert_true(fabs(changes[2 * i + !x[i]] - (energies[n ^ 1 << i] - energies[n])) < 1e-6);
        }
    }
    hol_model_destroy(model);
}

static void test_rank_correlation_by_hand(void **state) {
    (void)state;
    double rho = 0;
    /* without equal values 1 - 6 sum d^2 / (n (n^2 - 1)): d = 0 1 1 0 0 */
    assert_ok(hol_rank_correlation((const double[]){1, 2, 3, 4, 50}, (const double[]){-3, 5, 2, 7, 8}, 5, &rho));
    assert_true(fabs(rho - (1 - 6 * 2.0 / (5 * 24))) < 1e-15);
    /* ranks 1 2.5 2.5 4 and 1.5 1.5 3 4: less 2.5: -1.5 0 0 1.5 and -1 -1 0.5 1.5: 3.75 / sqrt(4.5 * 4.5) */
    assert_ok(hol_rank_correlation((const double[]){0, 7, 7, 9}, (const double[]){1, 1, 2, 3}, 4, &rho));
    assert_true(fabs(rho - 3.75 / 4.5) < 1e-15);
    assert_ok(hol_rank_correlation((const double[]){1, 1}, (const double[]){1, 2}, 2, &rho));
    assert_true(isnan(rho));
    assert_ok(hol_rank_correlation(NULL, NULL, 0, &rho));
    assert_true(isnan(rho));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_of_pairs),
        cmocka_unit_test(test_changes_with_hidden_units),
        cmocka_unit_test(test_rank_correlation_by_hand),
    };
    return hol_test_main(argc, argv, "mutants", tests, HOL_TEST_COUNT(tests));
}
