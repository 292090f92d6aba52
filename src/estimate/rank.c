/* rank: ranks by sorting. */
#include "estimate/rank.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

typedef struct ranked {
    double value;
    int64_t at;
} ranked;

static int compare(const void *a, const void *b) {
    const double left = ((const ranked *)a)->value, right = ((const ranked *)b)->value;
    return left < right ? -1 : left > right;
}

/* from 0, less their mean */
static void find_ranks(const double *values, int64_t count, ranked *sorted, double *ranks) {
    for (int64_t k = 0; k < count; k++) sorted[k] = (ranked){values[k], k};
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    for (int64_t k = 0, end = 0; k < count; k = end) {
        for (end = k + 1; end < count && !(sorted[end].value > sorted[k].value);) end++;
        for (int64_t l = k; l < end; l++) ranks[sorted[l].at] = 0.5 * (double)(k + end - 1) - 0.5 * (double)(count - 1);
    }
}

hol_status hol_rank_correlation(const double *a, const double *b, int64_t count, double *ret) {
    hol_status status = HOL_OK;
    ranked *sorted = NULL;
    double *ranks = NULL, both = 0, of_a = 0, of_b = 0;
    HOL_TRY(HOL_ALLOCATE(sorted, count, "ranks"));
    HOL_TRY(HOL_ALLOCATE(ranks, HOL_PRODUCT(2, count), "ranks"));
    find_ranks(a, count, sorted, ranks);
    find_ranks(b, count, sorted, ranks + count);
    for (int64_t k = 0; k < count; k++) {
        both += ranks[k] * ranks[count + k];
        of_a += ranks[k] * ranks[k];
        of_b += ranks[count + k] * ranks[count + k];
    }
    *ret = of_a > 0 && of_b > 0 ? both / sqrt(of_a * of_b) : (double)NAN;
cleanup:
    hol_free(sorted);
    hol_free(ranks);
    return status;
}
