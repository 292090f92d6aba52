/* components: against eigenvalues of the covariance matrix itself, by Jacobi's rotations. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/rng.h"
#include "estimate/components.h"

enum { ROWS = 300, SITES = 5, STATES = 4, ENTRIES = SITES * STATES };

static uint8_t values[ROWS * SITES];
static uint32_t weights[ROWS];

/* Two groups of rows that differ in most sites, and within one of them two that differ in one. */
static void make(void) {
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t i = 0; i < SITES; i++) {
            const double u = hol_rng_uniform((hol_rng_key){{5, 6}}, r, i, 0, 0);
            const uint32_t group = r % 3, kept = group == 2 && i == SITES - 1 ? 3 : group == 0 ? i % STATES : 1;
            values[r * SITES + i] = (uint8_t)(u < 0.7 ? kept : (uint32_t)(u * 1000) % STATES);
            weights[r] = 1 + r % 4;
        }
}

static double of_row(int r, int e) { return values[r * SITES + e / STATES] == e % STATES; }

static double make_covariance(const uint32_t *w, double c[ENTRIES][ENTRIES]) {
    double all = 0, means[ENTRIES] = {0}, trace = 0;
    for (int r = 0; r < ROWS; r++) all += w ? w[r] : 1;
    for (int e = 0; e < ENTRIES; e++)
        for (int r = 0; r < ROWS; r++) means[e] += (w ? w[r] : 1) * of_row(r, e) / all;
    for (int a = 0; a < ENTRIES; a++)
        for (int b = 0; b < ENTRIES; b++) {
            c[a][b] = 0;
            for (int r = 0; r < ROWS; r++)
                c[a][b] += (w ? w[r] : 1) * (of_row(r, a) - means[a]) * (of_row(r, b) - means[b]) / all;
        }
    for (int e = 0; e < ENTRIES; e++) trace += c[e][e];
    return trace;
}

/* The largest two eigenvalues; c is destroyed. */
static void rotate(double c[ENTRIES][ENTRIES], double largest[2]) {
    for (int round = 0; round < 50; round++)
        for (int p = 0; p < ENTRIES; p++)
            for (int q = p + 1; q < ENTRIES; q++) {
                const double angle = 0.5 * atan2(2 * c[p][q], c[q][q] - c[p][p]), s = sin(angle), k = cos(angle);
                for (int e = 0; e < ENTRIES; e++) {
                    const double x = c[e][p], y = c[e][q];
                    c[e][p] = k * x - s * y;
                    c[e][q] = s * x + k * y;
                }
                for (int e = 0; e < ENTRIES; e++) {
                    const double x = c[p][e], y = c[q][e];
                    c[p][e] = k * x - s * y;
                    c[q][e] = s * x + k * y;
                }
            }
    largest[0] = largest[1] = -1;
    for (int e = 0; e < ENTRIES; e++) {
        if (c[e][e] > largest[0]) {
            largest[1] = largest[0];
            largest[0] = c[e][e];
        } else largest[1] = fmax(largest[1], c[e][e]);
    }
}

static void test_find_gives_the_largest_eigenvalues(void **state) {
    (void)state;
    make();
    for (int weighted = 0; weighted < 2; weighted++) {
        const hol_state_rows rows = {ROWS, SITES, STATES, values, weighted ? weights : NULL};
        double c[ENTRIES][ENTRIES], again[ENTRIES][ENTRIES], largest[2], coordinates[ROWS];
        hol_components found;
        assert_ok(hol_components_find(&rows, &found));
        assert_true(fabs(make_covariance(rows.weights, c) - found.variance) < 1e-9);
        memcpy(again, c, sizeof c);
        rotate(again, largest);
        for (int k = 0; k < HOL_COMPONENTS; k++) {
            assert_true(fabs(found.variances[k] - largest[k]) < 1e-6 * largest[0]);
            double sum = 0, squares = 0, all = 0, off = 0, along = 0;
            for (int a = 0; a < ENTRIES; a++) {
                double product = 0;
                for (int b = 0; b < ENTRIES; b++) product += c[a][b] * found.axes[k][b];
                off = fmax(off, fabs(product - largest[k] * found.axes[k][a]));
                along += found.axes[0][a] * found.axes[k][a];
            }
            assert_true(off < 1e-4 * largest[0]);
            assert_true(fabs(along - (k == 0)) < 1e-9);
            hol_components_project(&found, k, &rows, coordinates);
            for (int r = 0; r < ROWS; r++) {
                const double w = weighted ? weights[r] : 1;
                all += w;
                sum += w * coordinates[r];
                squares += w * coordinates[r] * coordinates[r];
            }
            assert_true(fabs(sum / all) < 1e-9);
            assert_true(fabs(squares / all - largest[k]) < 1e-5 * largest[0]);
        }
        hol_components_clear(&found);
    }
}

static void test_find_of_equal_rows_has_no_spread(void **state) {
    (void)state;
    const hol_state_rows rows = {ROWS, SITES, STATES, memset(values, 2, sizeof values), NULL};
    double coordinates[ROWS];
    hol_components found;
    assert_ok(hol_components_find(&rows, &found));
    assert_true(!(found.variance > 1e-12) && !(found.variances[0] > 0) && !(found.variances[1] > 0));
    hol_components_project(&found, 0, &rows, coordinates);
    for (int r = 0; r < ROWS; r++) assert_true(!(fabs(coordinates[r]) > 0));
    hol_components_clear(&found);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_gives_the_largest_eigenvalues),
        cmocka_unit_test(test_find_of_equal_rows_has_no_spread),
    };
    return hol_test_main(argc, argv, "components", tests, HOL_TEST_COUNT(tests));
}
