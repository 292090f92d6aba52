/* pairs: against counting chain by chain, on every instruction set. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/counts.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4 };

static hol_states make_states(int64_t units, int64_t blocks, uint32_t salt) {
    hol_states x = {.stride = units + 3, .blocks = blocks};
    x.words = hol_allocate(blocks * x.stride, sizeof *x.words);
    assert_non_null(x.words);
    for (int64_t w = 0; w < blocks * x.stride; w++) {
        const hol_rng_words r = hol_rng_draw((hol_rng_key){{6, 28}}, (uint32_t)w, salt, 0, 0);
        x.words[w] = (uint64_t)r.word[0] << 32 | r.word[1];
    }
    return x;
}

static int32_t both(const hol_states *x, int64_t i, const hol_states *y, int64_t j) {
    int32_t sum = 0;
    for (int64_t b = 0; b < x->blocks; b++)
        for (int l = 0; l < 64; l++)
            sum += hol_bits_get(x->words + b * x->stride, i, l) && hol_bits_get(y->words + b * y->stride, j, l);
    return sum;
}

/* columns 0: symmetric */
static void check(int64_t rows, int64_t columns, int64_t blocks) {
    const int64_t width = columns ? columns : rows;
    const int32_t times = rows % 2 ? 15 : 1;
    hol_states x = make_states(rows, blocks, 1), y = make_states(width, blocks, 2);
    int32_t *expected = hol_allocate(rows * width, 4), *found = hol_allocate(rows * width, 4);
    assert_true(expected && found);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            expected[i * width + j] = (int32_t)(i + j) + times * (columns  ? both(&x, i, &y, j)
                                                                  : i == j ? 0
                                                                           : both(&x, i, &x, j));
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *kernels = hol_kernels_find(names[n]);
        if (!kernels) continue;
        omp_set_num_threads(1 + n);
        for (int64_t k = 0; k < rows * width; k++) found[k] = (int32_t)(k / width + k % width); /* it adds */
        if (columns) hol_pairs_add(kernels, &x, rows, &y, columns, times, found);
        else hol_pairs_add_symmetric(kernels, &x, rows, times, found);
        assert_memory_equal(expected, found, (size_t)(rows * width) * 4);
    }
    omp_set_num_threads(2);
    hol_free(x.words);
    hol_free(y.words);
    hol_free(expected);
    hol_free(found);
}

static void test_add_counts_lanes(void **state) {
    (void)state;
    check(1, 1, 1);
    check(5, 70, 2);
    check(64, 64, 3);
    check(130, 33, 2);
}

static void test_add_symmetric_counts_each_pair_once_and_no_diagonal(void **state) {
    (void)state;
    check(1, 0, 1);
    check(16, 0, 3);
    check(64, 0, 1);
    check(65, 0, 2);
    check(150, 0, 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_counts_lanes),
        cmocka_unit_test(test_add_symmetric_counts_each_pair_once_and_no_diagonal),
    };
    return hol_test_main(argc, argv, "pairs", tests, HOL_TEST_COUNT(tests));
}
