/* spins, sparse, lanes: the fast scans equal the plain ones bit for bit, on every instruction set and any number of
 * threads. That they draw from the right distribution is tested with the model. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/fixed.h"
#include "num/sparse.h"
#include "num/spins.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4, FIRST_BLOCK = 5 };

static uint32_t number(int64_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{27, 18}}, (uint32_t)i, salt, 0, 0).word[0];
}

static hol_states make_states(int64_t units, int64_t blocks) {
    hol_states x = {.stride = units, .blocks = blocks, .first_block = FIRST_BLOCK};
    x.words = hol_allocate(blocks * units, sizeof *x.words);
    assert_non_null(x.words);
    for (int64_t w = 0; w < blocks * units; w++) x.words[w] = (uint64_t)number(w, 1) << 32 | number(w, 2);
    return x;
}

/* runs `draw` on copies of the same states for each instruction set and number of threads, against `plain` */
typedef void scan(const void *tables, const hol_kernels *kernels, const hol_states *x, const uint64_t *held,
                  const hol_draw *draw);
static void compare(scan *fast, scan *plain, const void *tables, hol_states x, const uint64_t *held, const char *what) {
    const size_t bytes = (size_t)(x.blocks * x.stride) * sizeof *x.words;
    uint64_t *start = malloc(bytes + 1), *expected = malloc(bytes + 1);
    assert_true(start && expected);
    memcpy(start, x.words, bytes);
    const hol_draw draws[2] = {{.key = {{1, 2}}, .step = 3, .sweep = 8}, {.key = {{1, 2}}, .step = 3, .sweep = 10}};
    for (int k = 0; k < 2; k++) plain(tables, NULL, &x, held, &draws[k]);
    memcpy(expected, x.words, bytes);
    for (int n = 0; n < NAMES; n++)
        for (int threads = 1; threads <= 3; threads++) {
            const hol_kernels *kernels = hol_kernels_find(names[n]);
            if (!kernels) continue;
            omp_set_num_threads(threads);
            memcpy(x.words, start, bytes);
            for (int k = 0; k < 2; k++) fast(tables, kernels, &x, held, &draws[k]);
            if (memcmp(expected, x.words, bytes) != 0) fail_msg("%s, %s, %d threads: differs", what, names[n], threads);
        }
    for (int64_t w = 0; held && w < x.blocks * x.stride; w++) assert_true(((x.words[w] ^ start[w]) & held[w]) == 0);
    omp_set_num_threads(2);
    memcpy(x.words, start, bytes);
    free(start);
    free(expected);
}

/* a unit of a block in all chains, in none, or in some; a few units in all chains of all blocks */
static uint64_t *hold_some(const hol_states *x) {
    uint64_t *held = hol_allocate(x->blocks * x->stride, sizeof *held);
    assert_non_null(held);
    for (int64_t w = 0; w < x->blocks * x->stride; w++) {
        const uint64_t some = (uint64_t)number(w, 15) << 32 | number(w, 16);
        const uint32_t kind = number(w % x->stride, 3) % 4 == 0 ? 0 : number(w, 14) % 3;
        held[w] = kind == 0 ? ~UINT64_C(0) : kind == 1 ? some : 0;
    }
    return held;
}

/* ---- multi-spin -------------------------------------------------------------------------------------------------- */

static void spins_fast(const void *tables, const hol_kernels *kernels, const hol_states *x, const uint64_t *held,
                       const hol_draw *draw) {
    hol_spins of = *(const hol_spins *)tables;
    of.kernels = kernels;
    hol_spins_sample(&of, x, held, draw);
}
static void spins_plain(const void *tables, const hol_kernels *kernels, const hol_states *x, const uint64_t *held,
                        const hol_draw *draw) {
    (void)kernels;
    hol_spins_sample_ref(tables, x, held, draw);
}

/* Units 0 .. count - 1, of one colour, have `degree` neighbours each among the `others` units behind them, which are
 * never drawn, and stand in the lists in disorder. */
static void check_spins(int64_t count, int32_t degree, int64_t blocks, const uint32_t *thresholds) {
    const int64_t others = 50, pieces = (count + HOL_SPIN_PIECE - 1) / HOL_SPIN_PIECE;
    hol_spin_rule *rules = calloc(HOL_SPIN_DEGREE_MAX + 1, sizeof *rules);
    hol_spin_list *lists = calloc((size_t)pieces, sizeof *lists);
    int32_t *units = malloc((size_t)count * sizeof *units);
    int32_t *neighbours = malloc((size_t)(count * degree + 1) * sizeof *neighbours);
    assert_true(rules && lists && units && neighbours);
    rules[degree].degree = degree;
    for (int n = 0; n <= degree; n++) rules[degree].thresholds[n] = thresholds ? thresholds[n] : number(n, 4);
    hol_spin_rule_spread(&rules[degree]);
    for (int64_t k = 0; k < count; k++) units[k] = (int32_t)(count - 1 - k);
    for (int64_t k = 0; k < count * degree; k++) neighbours[k] = (int32_t)(count + number(k, 5) % others);
    for (int64_t l = 0; l < pieces; l++) {
        const int64_t first = l * HOL_SPIN_PIECE, left = count - first;
        lists[l] = (hol_spin_list){.first = first,
                                   .count = left < HOL_SPIN_PIECE ? left : HOL_SPIN_PIECE,
                                   .at = first * degree,
                                   .degree = degree};
    }
    const int64_t colour_starts[] = {0, pieces};
    const hol_spins spins = {.rules = rules,
                             .units = units,
                             .neighbours = neighbours,
                             .lists = lists,
                             .colour_starts = colour_starts,
                             .colours = 1};
    hol_states x = make_states(count + others, blocks);
    uint64_t *held = hold_some(&x);
    char what[64];
    (void)snprintf(what, sizeof what, "%d units of degree %d, %d blocks", (int)count, degree, (int)blocks);
    compare(spins_fast, spins_plain, &spins, x, NULL, what);
    compare(spins_fast, spins_plain, &spins, x, held, what);
    hol_free(x.words);
    hol_free(held);
    free(rules);
    free(lists);
    free(units);
    free(neighbours);
}

/* around the ends of groups of units and of pieces, for every degree */
static void test_spins_equal_the_plain_ones(void **state) {
    (void)state;
    const int64_t counts[] = {1, 7, 8, 15, 16, 17, 33, 100};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        for (int32_t degree = 0; degree <= HOL_SPIN_DEGREE_MAX; degree++) check_spins(counts[k], degree, 1, NULL);
    check_spins(HOL_SPIN_PIECE + 3, 4, 2, NULL);
    check_spins(2 * HOL_SPIN_PIECE, 6, 1, NULL);
}

/* where all 32 digits are needed, and where none is */
static void test_spins_equal_the_plain_ones_at_the_ends(void **state) {
    (void)state;
    const uint32_t thresholds[] = {0, 1, 0x80000000u, UINT32_MAX, 0x7fffffffu, 2, 0xfffffffeu, 0};
    check_spins(64, 7, 3, thresholds);
}

/* ---- couplings that differ --------------------------------------------------------------------------------------- */

static void sparse_fast(const void *tables, const hol_kernels *kernels, const hol_states *x, const uint64_t *held,
                        const hol_draw *draw) {
    hol_sparse of = *(const hol_sparse *)tables;
    of.kernels = kernels;
    hol_sparse_sample(&of, x, held, draw);
}
static void sparse_plain(const void *tables, const hol_kernels *kernels, const hol_states *x, const uint64_t *held,
                         const hol_draw *draw) {
    (void)kernels;
    hol_sparse_sample_ref(tables, x, held, draw);
}

typedef struct ring {
    hol_sparse sparse;
    int64_t starts[2000], colour_starts[4];
    int32_t neighbours[4000], couplings[4000], bias[2000], order[2000];
} ring;

/* a ring of units, its last one a third colour when their number is odd */
static void make_ring(ring *r, int32_t units) {
    int64_t place = 0;
    const int64_t last = units % 2 ? units - 1 : units;
    for (int32_t i = 0; i <= units; i++) r->starts[i] = 2 * i;
    for (int32_t i = 0; i < units; i++) {
        r->bias[i] = (int32_t)number(i, 6) >> 10;
        r->neighbours[2 * i] = (i + units - 1) % units;
        r->neighbours[2 * i + 1] = (i + 1) % units;
        r->couplings[2 * i] = (int32_t)number((i + units - 1) % units, 7) >> 10;
        r->couplings[2 * i + 1] = (int32_t)number(i, 7) >> 10;
    }
    for (int c = 0; c < 3; c++) {
        r->colour_starts[c] = place;
        for (int32_t i = 0; i < units; i++)
            if ((i < last ? i % 2 : 2) == c) r->order[place++] = i;
    }
    r->colour_starts[3] = place;
    r->sparse = (hol_sparse){.units = units,
                             .starts = r->starts,
                             .neighbours = r->neighbours,
                             .couplings = r->couplings,
                             .bias = r->bias,
                             .scale = 0x1p-20f,
                             .order = r->order,
                             .colour_starts = r->colour_starts,
                             .colours = 3};
}

static void test_sparse_equals_the_plain_one(void **state) {
    (void)state;
    static ring r;
    const int32_t sizes[] = {3, 4, 17, 1999};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        make_ring(&r, sizes[k]);
        /* ties of the upper 16 bits take another path: 1999 units of 192 chains see a handful of them */
        hol_states x = make_states(sizes[k], 3);
        uint64_t *held = hold_some(&x);
        compare(sparse_fast, sparse_plain, &r.sparse, x, NULL, "ring");
        compare(sparse_fast, sparse_plain, &r.sparse, x, held, "ring, some held");
        hol_free(held);
        hol_free(x.words);
    }
}

/* Units 0 .. count - 1, of one colour, have from `lowest` to `highest` neighbours among the `others` units behind them,
 * which are never drawn. The magnitudes of a unit's bias and couplings sum up to at most `reach` nats. */
static void check_sparse(int64_t count, int64_t lowest, int64_t highest, int64_t blocks, double reach) {
    const int64_t others = 70, units = count + others;
    const int bits = hol_fixed_choose_bits(reach);
    const double factor = reach * (double)(1 << bits);
    int64_t *starts = calloc((size_t)units + 1, sizeof *starts);
    int32_t *neighbours = malloc((size_t)(count * highest + 1) * 4);
    int32_t *couplings = malloc((size_t)(count * highest + 1) * 4);
    int32_t *bias = calloc((size_t)units, 4), *order = malloc((size_t)count * 4);
    assert_true(starts && neighbours && couplings && bias && order);
    for (int64_t i = 0; i < units; i++) {
        const int64_t degree = i < count ? lowest + number(i, 10) % (highest - lowest + 1) : 0;
        starts[i + 1] = starts[i] + degree;
        for (int64_t k = starts[i]; k < starts[i + 1]; k++) {
            neighbours[k] = (int32_t)(count + number(k, 11) % others);
            couplings[k] = (int32_t)((number(k, 12) * 0x1p-31 - 1) * factor / (double)(degree + 1));
        }
        bias[i] = (int32_t)((number(i, 13) * 0x1p-31 - 1) * factor / (double)(degree + 1));
        if (i < count) order[i] = (int32_t)(count - 1 - i);
    }
    const int64_t colour_starts[] = {0, count};
    const hol_sparse sparse = {.units = units,
                               .starts = starts,
                               .neighbours = neighbours,
                               .couplings = couplings,
                               .bias = bias,
                               .scale = 1.0f / (float)(1 << bits),
                               .order = order,
                               .colour_starts = colour_starts,
                               .colours = 1};
    hol_states x = make_states(units, blocks);
    uint64_t *held = hold_some(&x);
    char what[100];
    (void)snprintf(what, sizeof what, "%d units of degree %d to %d, %d blocks, fields up to %g", (int)count,
                   (int)lowest, (int)highest, (int)blocks, reach);
    compare(sparse_fast, sparse_plain, &sparse, x, NULL, what);
    compare(sparse_fast, sparse_plain, &sparse, x, held, what);
    hol_free(x.words);
    hol_free(held);
    free(starts);
    free(neighbours);
    free(couplings);
    free(bias);
    free(order);
}

/* every degree alone, and many together; fields of a few nats, and far beyond where probabilities are 0 or 1 */
static void test_sparse_equals_the_plain_one_for_every_degree(void **state) {
    (void)state;
    const double reaches[] = {0.01, 6, 40, 900, 0x1p19};
    for (size_t r = 0; r < sizeof reaches / sizeof *reaches; r++) {
        for (int64_t degree = 0; degree <= 10; degree++) check_sparse(21, degree, degree, 2, reaches[r]);
        check_sparse(150, 0, 20, 1, reaches[r]);
        check_sparse(9, 60, 700, 1, reaches[r]);
    }
    check_sparse(600, 0, 12, 9, 6);
}

/* where each chain has the same probability, and 1 in 65,536 is a tie of the upper 16 bits: a hundred of them */
static void test_sparse_breaks_ties_as_the_plain_one(void **state) {
    (void)state;
    check_sparse(900, 0, 4, 60, 0);
    check_sparse(100, 5, 9, 60, 0);
}

static void test_sparse_sum_equals_a_sum_by_chain(void **state) {
    (void)state;
    static ring r;
    int64_t sums[3 * HOL_LANES];
    make_ring(&r, 117);
    hol_states x = make_states(117, 3);
    hol_sparse_sum(&r.sparse, &x, sums);
    for (int64_t c = 0; c < x.blocks * HOL_LANES; c++) {
        const uint64_t *words = x.words + c / HOL_LANES * x.stride;
        int64_t expected = 0;
        for (int32_t i = 0; i < 117; i++) {
            if (!hol_bits_get(words, i, (int)(c % HOL_LANES))) continue;
            expected += r.bias[i];
            if (hol_bits_get(words, (i + 1) % 117, (int)(c % HOL_LANES))) expected += r.couplings[2 * i + 1];
        }
        assert_int_equal(sums[c], expected);
    }
    hol_free(x.words);
}

static void test_no_blocks_are_no_work(void **state) {
    (void)state;
    static ring r;
    make_ring(&r, 4);
    hol_states x = make_states(4, 1);
    const uint64_t first = x.words[0];
    x.blocks = 0;
    hol_sparse_sample(&r.sparse, &x, NULL, &(hol_draw){0});
    assert_true(x.words[0] == first);
    hol_free(x.words);
}

/* ---- counts by lane ---------------------------------------------------------------------------------------------- */

static void test_lanes_are_counted_one_by_one(void **state) {
    (void)state;
    const int64_t counts[] = {0, 1, 7, 8, 9, 1000, 8192, 20001};
    static uint64_t words[20001];
    for (int64_t k = 0; k < 20001; k++) words[k] = ((uint64_t)number(k, 8) << 32 | number(k, 9)) | 1;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        int64_t found[HOL_LANES] = {3};
        hol_lanes_add(words, counts[c], found);
        for (int l = 0; l < HOL_LANES; l++) {
            int64_t expected = l == 0 ? 3 : 0;
            for (int64_t k = 0; k < counts[c]; k++) expected += (int64_t)(words[k] >> l & 1);
            assert_int_equal(found[l], expected);
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spins_equal_the_plain_ones),
        cmocka_unit_test(test_spins_equal_the_plain_ones_at_the_ends),
        cmocka_unit_test(test_sparse_equals_the_plain_one),
        cmocka_unit_test(test_sparse_equals_the_plain_one_for_every_degree),
        cmocka_unit_test(test_sparse_breaks_ties_as_the_plain_one),
        cmocka_unit_test(test_sparse_sum_equals_a_sum_by_chain),
        cmocka_unit_test(test_no_blocks_are_no_work),
        cmocka_unit_test(test_lanes_are_counted_one_by_one),
    };
    return hol_test_main(argc, argv, "spins", tests, HOL_TEST_COUNT(tests));
}
