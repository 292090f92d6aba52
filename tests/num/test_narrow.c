/* narrow: how many fraction bits parameters get, against sums taken one by one; rounded tables of both orientations;
 * and every instruction set's kernels against plain sums, at the ends of 16 bits, too. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "num/fixed.h"
#include "num/narrow.h"
#include "num/row_tiles.h"

enum { LANES = 64, STRIP = HOL_NARROW_STRIP, ROWS = HOL_NARROW_ROWS, GRAIN = HOL_ROW_TILE_GRAIN };

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4 };

static uint32_t random_number(uint32_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{16, 32}}, i, salt, 0, 0).word[0];
}

static void *get(int64_t count, size_t size) {
    void *memory = hol_allocate(count, size);
    assert_non_null(memory);
    return memory;
}

/* ---- the rule ---------------------------------------------------------------------------------------------------- */

/* A matrix, its biases, what was measured of it, and tables. */
typedef struct matrix {
    int64_t rows, columns;
    float *weights, *row_bias, *column_bias, *records;
    hol_narrow_bounds bounds;
} matrix;

static matrix make_matrix(int64_t rows, int64_t columns, double spread) {
    matrix m = {.rows = rows, .columns = columns};
    m.weights = get(rows * columns, sizeof(float));
    m.row_bias = get(rows, sizeof(float));
    m.column_bias = get(columns, sizeof(float));
    m.records = get((rows + GRAIN - 1) / GRAIN * hol_narrow_record_size(columns), sizeof(float));
    m.bounds.to_rows = get(hol_narrow_range_count(columns), sizeof(float));
    m.bounds.to_columns = get(hol_narrow_range_count(rows), sizeof(float));
    for (int64_t k = 0; k < rows * columns; k++) /* unlike from range to range, and more often up than down */
        m.weights[k] = (float)(((double)random_number((uint32_t)k, 1) * 0x1p-32 - 0.4) * spread *
                               (1 + (double)(k / columns / ROWS % 3)));
    for (int64_t i = 0; i < rows; i++) m.row_bias[i] = (float)(i % 7) - 3;
    for (int64_t j = 0; j < columns; j++) m.column_bias[j] = (float)(j % 5) - 2;
    return m;
}

static void free_matrix(matrix *m) {
    float *const owned[] = {m->weights, m->row_bias,       m->column_bias,
                            m->records, m->bounds.to_rows, m->bounds.to_columns};
    for (int i = 0; i < 6; i++) hol_free(owned[i]);
}

static void measure(matrix *m) {
    /* tile by tile, as threads and ranks do */
    const int64_t tile = 2 * GRAIN, size = hol_narrow_record_size(m->columns);
    for (int64_t first = 0; first < m->rows; first += tile)
        hol_narrow_measure(m->weights + first * m->columns, m->row_bias + first,
                           m->rows - first < tile ? m->rows - first : tile, m->columns,
                           m->records + first / GRAIN * size);
    hol_narrow_bound(m->records, m->column_bias, m->rows, m->columns, &m->bounds);
}

/* the largest sum that any of `count` numbers, `step` apart, have, up or down; in reach's units where factor > 0 */
static double reach_of(const float *weights, int64_t step, int64_t count, double factor) {
    double up = 0, down = 0;
    for (int64_t k = 0; k < count; k++) {
        const double w = (double)weights[k * step], x = factor > 0 ? round(w * factor) : w;
        *(x > 0 ? &up : &down) += fabs(x);
    }
    return fmax(up, down);
}

static int64_t clip(int64_t left, int64_t most) { return left < most ? left : most; }

/* whether all sums fit when rounded with so many bits, and all that the rule promises beside them */
static bool all_fit(const matrix *m, int bits) {
    const double factor = ldexp(1, bits);
    bool good = true;
    for (int64_t i = 0; i < m->rows; i++)
        for (int64_t j = 0; j < m->columns; j += ROWS)
            good = good && reach_of(m->weights + i * m->columns + j, 1, clip(m->columns - j, ROWS), factor) <= 32767;
    for (int64_t j = 0; j < m->columns; j++)
        for (int64_t i = 0; i < m->rows; i += ROWS)
            good =
                good && reach_of(m->weights + i * m->columns + j, m->columns, clip(m->rows - i, ROWS), factor) <= 32767;
    for (int64_t k = 0; k < m->rows * m->columns; k++)
        good = good && HOL_LIST_PAD * fabs(round((double)m->weights[k] * factor)) <= 32767;
    return good;
}

static void test_bits_are_as_many_as_sums_allow(void **state) {
    (void)state;
    const struct {
        int64_t rows, columns;
        double spread;
    } cases[] = {{1, 1, 0.3}, {784, 500, 0.1}, {16, 33, 9}, {130, 64, 0.7}, {65, 129, 3}, {20, 7, 0.001}};
    for (int c = 0; c < 6; c++) {
        matrix m = make_matrix(cases[c].rows, cases[c].columns, cases[c].spread);
        measure(&m);
        const int bits = hol_narrow_choose_bits(&m.bounds, 1);
        const int most = hol_fixed_choose_bits(m.bounds.field);
        assert_true(bits == -1 || (bits >= HOL_NARROW_BITS_MIN && bits <= most));
        if (bits > 0) assert_true(all_fit(&m, bits));
        /* one more does not, but for half a unit for each number */
        const double bound = fmax(m.bounds.sum, HOL_LIST_PAD * m.bounds.largest);
        if (bits > 0 && bits < most) assert_true(bound * ldexp(1, bits + 1) * (1 + 1e-4) + ROWS / 2 > 32767);
        if (bits == -1) assert_true(bound * ldexp(1, HOL_NARROW_BITS_MIN) * (1 + 1e-4) + ROWS / 2 > 32767);
        /* twice as hot has a bit more, or all */
        const int hot = hol_narrow_choose_bits(&m.bounds, 2);
        if (bits > 0) assert_true(hot == bits + 1 || (hot >= bits && hot == hol_fixed_choose_bits(m.bounds.field / 2)));
        free_matrix(&m);
    }
}

static void test_bounds_are_those_of_sums(void **state) {
    (void)state;
    matrix m = make_matrix(147, 90, 1);
    measure(&m);
    double field = 0, largest = 0, sum = 0;
    float to_rows[2] = {0}, to_columns[3] = {0};
    for (int64_t i = 0; i < 147; i++) {
        double all = fabs((double)m.row_bias[i]);
        for (int64_t j = 0; j < 90; j++) all += fabs((double)m.weights[i * 90 + j]);
        field = fmax(field, all);
        for (int r = 0; r < 2; r++)
            to_rows[r] = fmaxf(to_rows[r], (float)reach_of(m.weights + i * 90 + r * ROWS, 1, r ? 26 : 64, 0));
    }
    for (int64_t j = 0; j < 90; j++) {
        double all = fabs((double)m.column_bias[j]);
        for (int64_t i = 0; i < 147; i++) all += fabs((double)m.weights[i * 90 + j]);
        field = fmax(field, all);
        for (int r = 0; r < 3; r++)
            to_columns[r] =
                fmaxf(to_columns[r], (float)reach_of(m.weights + r * ROWS * 90 + j, 90, clip(147 - r * ROWS, ROWS), 0));
    }
    for (int64_t k = 0; k < 147 * 90; k++) { /* fmax of it ends GCC 12 for aarch64 in an internal error */
        const double size = fabs((double)m.weights[k]);
        if (size > largest) largest = size;
    }
    for (int r = 0; r < 2; r++) sum = fmax(sum, (double)to_rows[r]);
    for (int r = 0; r < 3; r++) sum = fmax(sum, (double)to_columns[r]);
    assert_true(fabs(m.bounds.field - field) < 1e-5 * field && fabs(m.bounds.sum - sum) < 1e-5 * sum);
    assert_true(m.bounds.largest == largest);
    int32_t reach[3];
    hol_narrow_reach(m.bounds.to_columns, 3, 1024, reach);
    for (int r = 0; r < 2; r++) assert_true(fabsf(m.bounds.to_rows[r] - to_rows[r]) < 1e-5f * to_rows[r]);
    for (int r = 0; r < 3; r++) {
        assert_true(fabsf(m.bounds.to_columns[r] - to_columns[r]) < 1e-5f * to_columns[r]);
        for (int64_t j = 0; j < 90; j++)
            assert_true(reach_of(m.weights + r * ROWS * 90 + j, 90, clip(147 - r * ROWS, ROWS), 1024) <= reach[r]);
    }
    free_matrix(&m);
}

static void test_what_is_not_finite_has_no_bound(void **state) {
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    for (int b = 0; b < 4; b++)
        for (int where = 0; where < 3; where++) {
            matrix m = make_matrix(40, 70, 1);
            *(where == 0 ? &m.weights[17 * 70 + 66] : where == 1 ? &m.row_bias[39] : &m.column_bias[69]) = bad[b];
            if (b == 3 && where == 0) m.weights[17 * 70 + 3] = bad[b]; /* overflows when summed */
            measure(&m);
            assert_true(b == 3 ? m.bounds.field > 1e38 : isinf(m.bounds.field));
            free_matrix(&m);
        }
}

static void check_rounding(int64_t rows, int64_t columns) {
    matrix m = make_matrix(rows, columns, 0.5);
    const int64_t to_columns_size = hol_narrow_table_size(rows, columns),
                  to_rows_size = hol_narrow_table_size(columns, rows);
    int16_t *to_columns = get(to_columns_size, 2), *to_rows = get(to_rows_size, 2);
    memset(to_columns, 0xee, (size_t)to_columns_size * 2);
    memset(to_rows, 0xee, (size_t)to_rows_size * 2);
    for (int64_t first = 0; first < rows; first += 3 * GRAIN)
        hol_narrow_round(m.weights, rows, columns, first, clip(rows - first, 3 * GRAIN), 2048, to_columns, to_rows);
    for (int64_t i = 0; i < hol_narrow_strip_count(rows) * STRIP; i++)
        for (int64_t j = 0; j < hol_narrow_strip_count(columns) * STRIP; j++) {
            const bool inside = i < rows && j < columns;
            const double expected = inside ? round((double)m.weights[i * columns + j] * 2048) : 0;
            if (i < rows) assert_true(to_columns[(j / STRIP * rows + i) * STRIP + j % STRIP] == expected);
            if (j < columns) assert_true(to_rows[(i / STRIP * columns + j) * STRIP + i % STRIP] == expected);
        }
    hol_free(to_columns);
    hol_free(to_rows);
    free_matrix(&m);
}

static void test_rounding_fills_both_tables(void **state) {
    (void)state;
    const int64_t sizes[] = {1, 7, 15, 16, 17, 31, 32, 33, 48, 64, 100, 147};
    for (int r = 0; r < 12; r++)
        for (int c = 0; c < 12; c++) check_rounding(sizes[r], sizes[c]);
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

/* how weights are: random; all as large as 64 together can be; that with rows of both signs; so that the sum of all is
 * 32767 in even columns and -32768 in odd ones */
typedef enum filling { RANDOM, LARGE, MIXED, EXACT, FILLINGS } filling;

static int16_t fill(filling how, int64_t row, int64_t column) {
    const uint32_t r = random_number((uint32_t)(row * STRIP + column), 2);
    if (how == RANDOM) return (int16_t)((int32_t)(r >> 22) - 512);
    if (how == LARGE) return column % 2 ? 511 : -511;
    if (how == MIXED) return r % 2 ? 1023 : -1023; /* halves of either sign: within 16 bits */
    return column % 2 ? -512 : row % ROWS == 5 ? 511 : 512;
}

enum { INPUTS = 300, BLOCKS = 13 };

/* ranges of these lengths, one after the other, of rows in ascending order with gaps */
static void check_product(const hol_kernels *k, const int32_t *lengths, int64_t ranges, int64_t count, filling how) {
    static int16_t strip[INPUTS * STRIP] __attribute__((aligned(64)));
    static uint64_t words[BLOCKS][INPUTS];
    static int32_t sums[BLOCKS * 2 * LANES * HOL_STRIP] __attribute__((aligned(64)));
    int32_t rows[INPUTS], ends[INPUTS], used = 0;
    const int64_t range_stride = count * HOL_INDEX_TILE + 64;
    for (int64_t i = 0; i < INPUTS; i++)
        for (int64_t j = 0; j < STRIP; j++) strip[i * STRIP + j] = fill(how, i, j);
    for (int64_t s = 0; s < ranges; s++) {
        for (int32_t i = 0; i < lengths[s]; i++, used++) rows[used] = how == EXACT ? used : used + (int32_t)s;
        ends[s] = used;
    }
    for (uint32_t b = 0; b < count; b++)
        for (uint32_t i = 0; i < (uint32_t)used; i++) {
            words[b][i] = (uint64_t)random_number(b * 1000 + i, 3) << 32 | random_number(b * 1000 + i, 4);
            words[b][i] |= 1; /* lane 0 has all of them on, lane 1 none */
            words[b][i] &= ~UINT64_C(2);
        }
    uint8_t *tiles = get(ranges * range_stride, 1);
    for (int64_t b = 0; b < count; b++)
        for (int64_t s = 0; s < ranges; s++)
            k->index_narrow(words[b] + ends[s] - lengths[s], lengths[s], tiles + s * range_stride + b * HOL_INDEX_TILE);
    for (int64_t r = 0; r < count * 2 * LANES * HOL_STRIP; r++) sums[r] = (int32_t)r * 1000 - 7;
    k->product_narrow(strip, rows, ends, ranges, tiles, range_stride, count, sums);
    for (int64_t b = 0; b < count; b++)
        for (int64_t l = 0; l < LANES; l++)
            for (int64_t j = 0; j < STRIP; j++) {
                const int64_t at = ((b * 2 + j / HOL_STRIP) * LANES + l) * HOL_STRIP + j % HOL_STRIP;
                int64_t expected = at * 1000 - 7;
                for (int32_t i = 0; i < used; i++)
                    if (words[b][i] >> l & 1) expected += strip[rows[i] * STRIP + j];
                if (sums[at] != expected)
                    fail_msg("%s: block %d, lane %d, column %d: %d, expected %d", k->isa, (int)b, (int)l, (int)j,
                             (int)sums[at], (int)expected);
            }
    hol_free(tiles);
}

static void test_product_sums_the_rows_that_are_on(void **state) {
    (void)state;
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        for (int32_t length = 1; length <= ROWS; length++) /* in groups of any size */
            for (int64_t count = 1; count <= BLOCKS; count += 1 + 10 * (count == 2))
                check_product(k, &length, 1, count, RANDOM);
        const int32_t all[] = {64, 64, 64, 64}, some[] = {1, 64, 5, 33};
        for (int how = RANDOM; how < FILLINGS; how++)
            for (int64_t count = 1; count <= BLOCKS; count++) {
                check_product(k, all, 4, count, (filling)how);
                check_product(k, some, 4, count, (filling)how);
            }
        check_product(k, all, 0, 2, RANDOM);
    }
}

static void test_lists_add_their_rows(void **state) {
    (void)state;
    static int16_t strip[(HOL_LIST_ROWS + 1) * STRIP] __attribute__((aligned(64)));
    static uint64_t words[HOL_LIST_ROWS];
    static uint16_t list[HOL_LIST_ROWS * LANES + 4 * LANES + 16];
    static int32_t sums[2 * LANES * HOL_STRIP] __attribute__((aligned(64)));
    int32_t lengths[LANES];
    for (int64_t i = 0; i < HOL_LIST_ROWS; i++)
        for (int64_t j = 0; j < STRIP; j++) strip[i * STRIP + j] = (int16_t)(j % 3 ? 8191 : -8191); /* 4 of them fit */
    for (uint32_t i = 0; i < HOL_LIST_ROWS; i++)
        words[i] = i % 5 ? UINT64_C(1) << random_number(i, 5) % LANES | 8 : random_number(i, 6);
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *k = hol_kernels_find(names[n]);
        if (!k) continue;
        const int64_t used = k->list_lanes(words, HOL_LIST_ROWS, list, lengths);
        for (int64_t r = 0; r < 2 * LANES * HOL_STRIP; r++) sums[r] = (int32_t)r * 100 - 3;
        assert_true(k->add_rows_narrow(strip, list, lengths, sums) == list + used);
        for (int64_t l = 0; l < LANES; l++)
            for (int64_t j = 0; j < STRIP; j++) {
                const int64_t at = (j / HOL_STRIP * LANES + l) * HOL_STRIP + j % HOL_STRIP;
                int64_t expected = at * 100 - 3;
                for (int64_t i = 0; i < HOL_LIST_ROWS; i++)
                    if (words[i] >> l & 1) expected += strip[i * STRIP + j];
                assert_int_equal(sums[at], expected);
            }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_are_as_many_as_sums_allow),    cmocka_unit_test(test_bounds_are_those_of_sums),
        cmocka_unit_test(test_what_is_not_finite_has_no_bound),   cmocka_unit_test(test_rounding_fills_both_tables),
        cmocka_unit_test(test_product_sums_the_rows_that_are_on), cmocka_unit_test(test_lists_add_their_rows),
    };
    return hol_test_main(argc, argv, "narrow", tests, HOL_TEST_COUNT(tests));
}
