/* average: the plain mean at first, then the exponentially forgetting one, done again in double. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "train/average.h"

enum { COUNT = 50000 };

static float iterate(int64_t i, int64_t t) { return (float)((i * 31 + t * 17) % 101 - 50) / 64; }

static void test_follow_is_the_mean_then_forgets(void **state) {
    (void)state;
    enum { N = 9, HORIZON = 6 };
    float average[N] = {3, 3, 3}; /* what stood there before the first step does not count */
    double sum[N] = {0}, slow[N] = {0};
    for (int64_t t = 1; t <= 40; t++) {
        float theta[N];
        for (int i = 0; i < N; i++) theta[i] = iterate(i, t);
        hol_average_follow(average, theta, N, t, HORIZON);
        for (int i = 0; i < N; i++) {
            sum[i] += (double)theta[i];
            slow[i] = t <= HORIZON ? sum[i] / (double)t : (1 - 1.0 / HORIZON) * slow[i] + (double)theta[i] / HORIZON;
            assert_true(fabs((double)average[i] - slow[i]) < 1e-6);
        }
    }
}

static void test_follow_does_not_depend_on_threads(void **state) {
    (void)state;
    float *theta = NULL, *average[3] = {0};
    assert_ok(HOL_ALLOCATE(theta, COUNT, "theta"));
    for (int n = 0; n < 3; n++) {
        assert_ok(HOL_ALLOCATE(average[n], COUNT, "average"));
        omp_set_num_threads(n + 1);
        for (int64_t t = 1; t <= 4; t++) {
            for (int64_t i = 0; i < COUNT; i++) theta[i] = iterate(i, t);
            hol_average_follow(average[n], theta, COUNT, t, 3);
        }
        assert_memory_equal(average[0], average[n], COUNT * sizeof *theta);
    }
    omp_set_num_threads(2);
    for (int n = 0; n < 3; n++) hol_free(average[n]);
    hol_free(theta);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follow_is_the_mean_then_forgets),
        cmocka_unit_test(test_follow_does_not_depend_on_threads),
    };
    return hol_test_main(argc, argv, "average", tests, HOL_TEST_COUNT(tests));
}
