/* spectrum: singular values that are known by construction. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "estimate/spectrum.h"

enum { SIDE = 60 };

/* An orthogonal matrix's entry: the discrete sine transform's. */
static double sine(int i, int j, int n) { return sqrt(2.0 / (n + 1)) * sin(M_PI * (i + 1) * (j + 1) / (n + 1)); }

/* U diag(s) V^T with U (rows, rows) and V (columns, columns) orthogonal. */
static void make(int rows, int columns, const double *s, int rank, float *matrix) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            double sum = 0;
            for (int k = 0; k < rank; k++) sum += sine(i, k, rows) * s[k] * sine(j, k, columns);
            matrix[i * columns + j] = (float)sum;
        }
}

static void test_values_come_back(void **state) {
    (void)state;
    static const int shapes[][2] = {{SIDE, SIDE}, {SIDE, 17}, {17, SIDE}, {1, SIDE}, {SIDE, 1}, {1, 1}};
    static float matrix[SIDE * SIDE];
    double s[SIDE], found[SIDE];
    for (size_t k = 0; k < HOL_TEST_COUNT(shapes); k++) {
        const int rows = shapes[k][0], columns = shapes[k][1], side = rows < columns ? rows : columns;
        for (int i = 0; i < side; i++) s[i] = 10.0 * (side - i) / side; /* all different */
        make(rows, columns, s, side, matrix);
        assert_int_equal(hol_spectrum_count(rows, columns), side);
        assert_ok(hol_spectrum_find(matrix, rows, columns, found));
        for (int i = 0; i < side; i++) assert_true(fabs(found[i] - s[i]) < 1e-4);
    }
}

static void test_equal_and_missing_values(void **state) {
    (void)state;
    static float matrix[SIDE * SIDE];
    const double s[] = {3, 3, 3, 1};
    double found[SIDE];
    make(SIDE, SIDE, s, 4, matrix);
    assert_ok(hol_spectrum_find(matrix, SIDE, SIDE, found));
    for (int i = 0; i < SIDE; i++) assert_true(fabs(found[i] - (i < 4 ? s[i] : 0)) < 1e-3);
    memset(matrix, 0, sizeof matrix);
    assert_ok(hol_spectrum_find(matrix, SIDE, SIDE, found));
    for (int i = 0; i < SIDE; i++) assert_true(!(found[i] > 0));
    matrix[5] = NAN;
    assert_refused(hol_spectrum_find(matrix, SIDE, SIDE, found), HOL_FAILURE, "not finite");
}

static void test_large_matrices_are_left_alone(void **state) {
    (void)state;
    assert_int_equal(hol_spectrum_count(784, 500), 500);
    assert_int_equal(hol_spectrum_count(2000, 2000), 0);
    assert_int_equal(hol_spectrum_count(INT64_C(1) << 40, 1000), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_equal_and_missing_values),
        cmocka_unit_test(test_large_matrices_are_left_alone),
    };
    return hol_test_main(argc, argv, "spectrum", tests, HOL_TEST_COUNT(tests));
}
