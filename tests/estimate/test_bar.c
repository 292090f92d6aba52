/* bar: ln Z against enumeration, errors calibrated over seeds, the same digits at any number of threads. */
#include "support.h"

#include <omp.h>

#include "estimate/bar.h"
#include "estimate/exact.h"
#include "machine.h"

enum { LEVELS = 5 };

static machine make_machine(const char *kind, int64_t visible, int64_t hidden, double temperature) {
    const hol_model_options options = {.kind = kind, .visible = visible, .hidden = hidden, .temperature = temperature};
    machine m = make_model(&options);
    draw_theta(&m, 1, 0);
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &m.log_partition));
    return m;
}

static hol_bar_result estimate(const machine *m, uint64_t seed, int64_t rounds) {
    double betas[LEVELS];
    hol_bar_result result;
    hol_tempering_equal_ladder(LEVELS, betas);
    const hol_bar_options o = {
        .levels = LEVELS, .chains = 64, .rounds = rounds, .settle = 40, .seed = seed, .betas = betas};
    assert_ok(hol_bar_estimate(test_comm, m->model, m->theta, &o, &result));
    return result;
}

/* 40 seeds each. Errors from 16 groups make t-distributed z: the sum of their squares has mean 40 * 15/13 = 46 and a
 * standard deviation of about 13; it leaves [12, 115] with probability below 1e-4, and the mean of z leaves +-0.8 with
 * 5e-6. The gap between starts and the drift are 0 but for chance: their own z leave +-6.5 (t, 14 degrees of freedom or
 * more) in none of 160 with probability below 0.003. */
static void test_errors_are_calibrated(void **state) {
    (void)state;
    omp_set_num_threads(1);
    for (int k = 0; k < 2; k++) {
        machine m = k ? make_machine("boltzmann", 4, 3, 1.3) : make_machine("rbm", 5, 4, 1);
        double sum = 0, squares = 0;
        for (uint64_t seed = 0; seed < 40; seed++) {
            const hol_bar_result r = estimate(&m, seed, 100);
            const double z = (r.log_partition - m.log_partition) / r.standard_error;
            assert_all(r.standard_error < 0.1 && r.least_rate > 0.1);
            assert_all(fabs(r.starts_gap) < 6.5 * r.starts_gap_error && fabs(r.drift) < 6.5 * r.drift_error);
            sum += z;
            squares += z * z;
        }
        assert_all(fabs(sum / 40) < 0.8);
        assert_all(squares > 12 && squares < 115);
        free_machine(&m);
    }
    omp_set_num_threads(2);
}

static void test_digits_do_not_depend_on_threads_or_ranks(void **state) {
    (void)state;
    machine m = make_machine("rbm", 9, 7, 1);
    hol_bar_result r[3];
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        r[threads - 1] = estimate(&m, 4, 40);
    }
    omp_set_num_threads(2);
    assert_all(memcmp(&r[0], &r[1], sizeof *r) == 0 && memcmp(&r[0], &r[2], sizeof *r) == 0);
    hol_bar_result first = r[0];
    assert_ok(hol_comm_broadcast(test_comm, &first, sizeof first));
    assert_all(memcmp(&first, &r[0], sizeof first) == 0);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_calibrated),
        cmocka_unit_test(test_digits_do_not_depend_on_threads_or_ranks),
    };
    return hol_test_main(argc, argv, "bar", tests, HOL_TEST_COUNT(tests));
}
