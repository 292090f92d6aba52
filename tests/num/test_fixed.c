/* fixed: bounds against double sums, rounding in exact arithmetic, no overflow in the worst state. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <float.h>
#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "num/elementary.h"
#include "num/fixed.h"
#include "num/row_tiles.h"

enum { ROWS_MAX = 300, COLUMNS_MAX = 200 };

typedef struct table {
    int64_t rows, columns;
    float *weights, *column_bias, *row_bias;
} table;

static table make_table(int64_t rows, int64_t columns, double spread, uint64_t seed) {
    const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_INITIAL_WEIGHTS);
    table t = {.rows = rows, .columns = columns};
    t.weights = hol_allocate(rows * columns, sizeof(float));
    t.column_bias = hol_allocate(columns, sizeof(float));
    t.row_bias = hol_allocate(rows, sizeof(float));
    assert_true(t.weights && t.column_bias && t.row_bias);
    uint32_t n = 0;
    for (int64_t i = 0; i < rows * columns; i++)
        t.weights[i] = (float)(spread * hol_normal_quantile(hol_rng_uniform(key, n++, 0, 0, 0)));
    for (int64_t j = 0; j < columns; j++)
        t.column_bias[j] = (float)(3 * spread * hol_normal_quantile(hol_rng_uniform(key, n++, 0, 0, 0)));
    for (int64_t i = 0; i < rows; i++)
        t.row_bias[i] = (float)(3 * spread * hol_normal_quantile(hol_rng_uniform(key, n++, 0, 0, 0)));
    return t;
}

static void free_table(table *t) {
    hol_free(t->weights);
    hol_free(t->column_bias);
    hol_free(t->row_bias);
}

/* by bands of the usual length */
static double row_bound(const table *t) {
    return hol_fixed_row_bound(t->weights, t->row_bias, t->rows, t->columns, hol_row_tile_rows(t->rows), NULL);
}

static double column_bound(const table *t) {
    static float sums[HOL_ROW_TILES_MAX * COLUMNS_MAX];
    const int64_t band = hol_row_tile_rows(t->rows), bands = hol_row_tile_count(t->rows);
    for (int64_t i = 0; i < bands * t->columns; i++) sums[i] = 1e30f; /* whatever is there counts for nothing */
    (void)hol_fixed_row_bound(t->weights, t->row_bias, t->rows, t->columns, band, sums);
    return hol_fixed_column_bound(sums, t->column_bias, bands, t->columns);
}

static double naive_column_bound(const table *t) {
    double bound = 0;
    for (int64_t j = 0; j < t->columns; j++) {
        double sum = fabs((double)t->column_bias[j]);
        for (int64_t i = 0; i < t->rows; i++) sum += fabs((double)t->weights[i * t->columns + j]);
        bound = fmax(bound, sum);
    }
    return bound;
}

static double naive_row_bound(const table *t) {
    double bound = 0;
    for (int64_t i = 0; i < t->rows; i++) {
        double sum = fabs((double)t->row_bias[i]);
        for (int64_t j = 0; j < t->columns; j++) sum += fabs((double)t->weights[i * t->columns + j]);
        bound = fmax(bound, sum);
    }
    return bound;
}

static const int64_t shapes[][2] = {{1, 1}, {3, 5}, {7, 15}, {20, 16}, {17, 17}, {64, 63}, {65, 130}, {300, 200}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void test_bounds_are_the_largest_sums(void **state) {
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        table t = make_table(shapes[s][0], shapes[s][1], 0.3, (uint64_t)s);
        const double columns = column_bound(&t);
        const double rows = row_bound(&t);
        /* float sums of 300 terms: each addition errs by 2^-24 at most */
        assert_true(fabs(columns / naive_column_bound(&t) - 1) < 300 * 0x1p-24);
        assert_true(fabs(rows / naive_row_bound(&t) - 1) < 300 * 0x1p-24);
        free_table(&t);
    }
}

static void test_bounds_see_what_is_not_finite(void **state) {
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int s = 0; s < SHAPES - 1; s++)
        for (int b = 0; b < 3; b++) {
            table t = make_table(shapes[s][0], shapes[s][1], 0.3, 5);
            const int64_t count = t.rows * t.columns;
            for (int64_t at = 0; at < count; at += 1 + count / 40) {
                const float kept = t.weights[at];
                t.weights[at] = bad[b];
                assert_true(isinf(column_bound(&t)));
                assert_true(isinf(row_bound(&t)));
                t.weights[at] = kept;
            }
            t.column_bias[t.columns - 1] = t.row_bias[t.rows - 1] = bad[b];
            assert_true(isinf(column_bound(&t)));
            assert_true(isinf(row_bound(&t)));
            free_table(&t);
        }
}

static void test_bounds_do_not_depend_on_threads(void **state) {
    (void)state;
    table t = make_table(300, 200, 0.7, 9); /* 60,000 > WORTH_THREADS */
    double columns[3], rows[3];
    for (int n = 1; n <= 3; n++) {
        omp_set_num_threads(n);
        columns[n - 1] = column_bound(&t);
        rows[n - 1] = row_bound(&t);
    }
    omp_set_num_threads(2);
    assert_true(columns[0] == columns[1] && columns[0] == columns[2] && rows[0] == rows[1] && rows[0] == rows[2]);
    free_table(&t);
}

static void test_choose_bits_uses_the_room(void **state) {
    (void)state;
    int before = HOL_FIXED_MAX_BITS;
    for (double bound = 0; bound < HOL_FIXED_LIMIT; bound = bound * 1.07 + 0.01) {
        const int bits = hol_fixed_choose_bits(bound);
        assert_true(bits >= 0 && bits <= HOL_FIXED_MAX_BITS && bits <= before);
        assert_true(ldexp(bound, bits) < 0x1p31);
        /* not more than two bits are given away, but by the cap */
        assert_true(bits == HOL_FIXED_MAX_BITS || ldexp(bound + 1, bits) >= 0x1p29);
        before = bits;
    }
    assert_int_equal(hol_fixed_choose_bits(1), HOL_FIXED_MAX_BITS);
    assert_true(hol_fixed_choose_bits(HOL_FIXED_LIMIT * (1 - DBL_EPSILON)) > 0);
}

/* the state that selects all weights of one sign gives the largest |field| */
static void test_worst_state_fits_31_bits(void **state) {
    (void)state;
    for (int s = 0; s < SHAPES; s++)
        for (double spread = 1e-4; spread < 2000; spread *= 7) {
            table t = make_table(shapes[s][0], shapes[s][1], spread, (uint64_t)s + 50);
            const double bound = column_bound(&t);
            if (!(bound < HOL_FIXED_LIMIT)) {
                free_table(&t);
                continue;
            }
            const float factor = (float)ldexp(1, hol_fixed_choose_bits(bound));
            const int64_t stride = hol_round_up(t.columns, 16);
            int32_t *out = hol_allocate((t.rows + 1) * stride, sizeof *out);
            assert_non_null(out);
            hol_fixed_round(t.weights, t.rows, t.columns, factor, out, stride);
            hol_fixed_round(t.column_bias, 1, t.columns, factor, out + t.rows * stride, stride);
            for (int64_t j = 0; j < t.columns; j++) {
                int64_t up = 0, down = 0;
                for (int64_t i = 0; i <= t.rows; i++) {
                    const int64_t w = out[i * stride + j];
                    if (w > 0) up += w;
                    else down += w;
                }
                assert_true(up < INT64_C(1) << 31 && down > -(INT64_C(1) << 31));
                /* as a table look-up and a flip also see partial sums in other orders */
                assert_true(up - down < INT64_C(1) << 31);
            }
            hol_free(out);
            free_table(&t);
        }
}

/* |out - weight * factor| <= 1/2, all exact in double; factor is a power of two here */
static void check_rounding(const float *weights, int64_t rows, int64_t columns, float factor) {
    const int64_t stride = hol_round_up(columns, 16) + 16, stride_transposed = hol_round_up(rows, 16);
    int32_t *out = hol_allocate(rows * stride, sizeof *out);
    int32_t *transposed = hol_allocate(columns * stride_transposed, sizeof *out);
    assert_true(out && transposed);
    memset(out, 0xee, (size_t)(rows * stride) * sizeof *out);
    memset(transposed, 0xee, (size_t)(columns * stride_transposed) * sizeof *out);
    hol_fixed_round_both(weights, rows, columns, factor, out, stride, transposed, stride_transposed);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < stride; j++) {
            if (j >= columns) {
                assert_int_equal(out[i * stride + j], 0);
                continue;
            }
            const double exact = (double)weights[i * columns + j] * (double)factor;
            if (!(fabs((double)out[i * stride + j] - exact) <= 0.5))
                fail_msg("%.9g * %g = %.9g rounds to %d", (double)weights[i * columns + j], (double)factor, exact,
                         out[i * stride + j]);
            assert_int_equal(transposed[j * stride_transposed + i], out[i * stride + j]);
        }
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = rows; i < stride_transposed; i++) assert_int_equal(transposed[j * stride_transposed + i], 0);
    hol_free(out);
    hol_free(transposed);
}

static void test_round_is_within_half_a_unit(void **state) {
    (void)state;
    for (int s = 0; s < SHAPES; s++)
        for (int bits = 0; bits <= HOL_FIXED_MAX_BITS; bits += 4) {
            table t = make_table(shapes[s][0], shapes[s][1], 0.8, (uint64_t)s);
            check_rounding(t.weights, t.rows, t.columns, (float)ldexp(1, bits));
            free_table(&t);
        }
}

static void test_round_keeps_whole_numbers_and_edges(void **state) {
    (void)state;
    /* odd numbers of 23 and 24 bits: x + 1/2 is not a float there; and the number just below 1/2 */
    const float edges[] = {8388609.0f,    -8388609.0f,    16777215.0f, -16777215.0f, 8388607.5f, 4194303.25f,
                           0.49999997f,   -0.49999997f,   0.5f,        -0.5f,        0.0f,       -0.0f,
                           1073741760.0f, -1073741760.0f, 2.5f,        -3.5f,        1e-30f,     8388611.0f};
    check_rounding(edges, 1, sizeof edges / sizeof *edges, 1.0f);
    check_rounding(edges, sizeof edges / sizeof *edges, 1, 1.0f);
    const float half[] = {0.5f + 0x1p-24f, 0.75f + 0x1p-24f}; /* a weight of about 1/2 at 24 bits */
    check_rounding(half, 1, 2, 0x1p24f);
}

static void test_bands_cover_the_rows(void **state) {
    (void)state;
    const int64_t rows[] = {1, 15, 16, 17, 784, 4096, 4097, 20000, 1000003};
    for (int k = 0; k < 9; k++) {
        const int64_t band = hol_row_tile_rows(rows[k]), count = hol_row_tile_count(rows[k]);
        assert_true(band % HOL_ROW_TILE_GRAIN == 0 && count >= 1 && count <= HOL_ROW_TILES_MAX);
        assert_true((count - 1) * band < rows[k] && rows[k] <= count * band);
    }
    assert_int_equal(hol_row_tile_rows(784), 16);
    assert_int_equal(hol_row_tile_rows(20000), 80);
}

/* rows bounded and rounded some at a time, in whole bands, are as all at once */
static void test_rows_go_some_at_a_time(void **state) {
    (void)state;
    enum { BAND = 32 };
    for (int s = 0; s < SHAPES; s++) {
        table t = make_table(shapes[s][0], shapes[s][1], 0.8, (uint64_t)s);
        const int64_t bands = (t.rows + BAND - 1) / BAND, stride = hol_round_up(t.columns, 16),
                      turned = hol_round_up(t.rows, 16);
        int32_t *out[2] = {0}, *transposed[2] = {0};
        float *sums[2] = {0};
        double bound = 0;
        for (int k = 0; k < 2; k++) {
            assert_ok(HOL_ALLOCATE(out[k], t.rows * stride, "fixed"));
            assert_ok(HOL_ALLOCATE(transposed[k], t.columns * turned, "fixed"));
            assert_ok(HOL_ALLOCATE(sums[k], bands * t.columns, "sums"));
        }
        const double whole = hol_fixed_row_bound(t.weights, t.row_bias, t.rows, t.columns, BAND, sums[0]);
        hol_fixed_round_both(t.weights, t.rows, t.columns, 1024, out[0], stride, transposed[0], turned);
        for (int64_t first = 0, count = BAND; first < t.rows; first += count, count += BAND) {
            if (count > t.rows - first) count = t.rows - first;
            const float *w = t.weights + first * t.columns;
            bound = fmax(bound, hol_fixed_row_bound(w, t.row_bias + first, count, t.columns, BAND,
                                                    sums[1] + first / BAND * t.columns));
            hol_fixed_round_both(w, count, t.columns, 1024, out[1] + first * stride, stride, transposed[1] + first,
                                 turned);
        }
        assert_true(bound == whole);
        assert_memory_equal(sums[0], sums[1], (size_t)(bands * t.columns) * sizeof **sums);
        assert_memory_equal(out[0], out[1], (size_t)(t.rows * stride) * sizeof **out);
        assert_memory_equal(transposed[0], transposed[1], (size_t)(t.columns * turned) * sizeof **out);
        for (int k = 0; k < 2; k++) {
            hol_free(out[k]);
            hol_free(transposed[k]);
            hol_free(sums[k]);
        }
        free_table(&t);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_are_the_largest_sums),
        cmocka_unit_test(test_bounds_see_what_is_not_finite),
        cmocka_unit_test(test_bounds_do_not_depend_on_threads),
        cmocka_unit_test(test_choose_bits_uses_the_room),
        cmocka_unit_test(test_worst_state_fits_31_bits),
        cmocka_unit_test(test_round_is_within_half_a_unit),
        cmocka_unit_test(test_bands_cover_the_rows),
        cmocka_unit_test(test_rows_go_some_at_a_time),
        cmocka_unit_test(test_round_keeps_whole_numbers_and_edges),
    };
    return hol_test_main(argc, argv, "fixed", tests, HOL_TEST_COUNT(tests));
}
