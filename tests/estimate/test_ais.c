/* ais: ln Z from both sides against enumeration, for models with and without free energies, by the fast way and by the
 * plain one; calibration of the standard errors over 100 seeds; ladders; weights; the same digits on every layout. */
#include "support.h"

#include <omp.h>

#include "estimate/ais.h"
#include "estimate/annealing.h"
#include "estimate/exact.h"
#include "estimate/ladder.h"
#include "machine.h"

static const struct {
    const char *kind;
    int64_t visible, hidden;
    unsigned without;
    double temperature;
} kinds[] = {
    {"rbm", 8, 5, 0, 1},
    {"rbm", 7, 6, 0, 1.7},
    {"rbm", 6, 4, HOL_MODEL_BIASES, 1},                 /* the general machine, plain way */
    {"boltzmann", 7, 0, 0, 0.8},                        /* no hidden units */
    {"boltzmann", 6, 4, HOL_MODEL_HIDDEN_COUPLINGS, 1}, /* free energies, coupled visibles */
    {"boltzmann", 5, 4, 0, 1.2},                        /* complete states */
    {"boltzmann", 5, 4, HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS, 1}, /* the rbm, plain way */
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static machine make_machine(int k, double spread) {
    const hol_model_options options = {.kind = kinds[k].kind,
                                       .visible = kinds[k].visible,
                                       .hidden = kinds[k].hidden,
                                       .temperature = kinds[k].temperature,
                                       .without = kinds[k].without,
                                       /* so that h given v is drawn nearly exactly */
                                       .settings = {{"positive_sweeps", 100}}};
    machine m = make_model(&options);
    draw_theta(&m, spread * m.temperature, (uint32_t)k);
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &m.log_partition));
    return m;
}

static const double some_means[8] = {0.3, 0.6, 0.5, 0.8, 0.1, 0.5, 0.4, 0.7};

static hol_population *share_population(const machine *m, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(m->model, count, hol_comm_rank(test_comm), hol_comm_size(test_comm), &population));
    return population;
}

/* exact samples of v by the enumerated distribution, and of h given v where h counts */
static void draw_exactly(const machine *m, hol_population *population, uint32_t seed) {
    const int64_t visible = m->model->info.visible;
    int64_t first = 0, chains = 0;
    double cumulated[256], sum = 0;
    uint8_t bytes[8];
    for (int64_t v = 0; v < INT64_C(1) << visible; v++) {
        bytes_of((uint64_t)v, visible, bytes);
        cumulated[v] = sum += exp(-m->model->ops->exact_free_energy(m->model, m->theta, bytes) - m->log_partition);
    }
    hol_population_get_owned(population, &first, &chains);
    for (int64_t c = 0; c < chains; c++) {
        const double uniform = hol_rng_uniform((hol_rng_key){{seed, 99}}, (uint32_t)(first + c), 0, 0, 0);
        int64_t v = 0;
        while (cumulated[v] < uniform && v + 1 < INT64_C(1) << visible) v++;
        bytes_of((uint64_t)v, visible, bytes);
        hol_population_set_bytes(population, 0, visible, first + c, 1, bytes);
    }
    const hol_draw draw = {.key = {{seed, 7}}};
    assert_ok(m->model->ops->prepare(m->model, m->theta));
    if (m->model->info.hidden > 0) m->model->ops->infer(m->model, population, &draw, true);
}

static double z_score(const machine *m, const hol_ais_result *r) {
    return (r->log_partition - m->log_partition) / r->standard_error;
}

/* |z| < 5 in 28 estimates: false alarm below 2e-5 */
static void test_both_sides_agree_with_enumeration(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++)
        for (int adaptive = 0; adaptive < 2; adaptive++) {
            machine m = make_machine(k, 0.8);
            double betas[101];
            hol_ais_result r;
            const hol_ais_options o = {.chains = 1000,
                                       .intervals = 100,
                                       .adaptive = adaptive,
                                       .seed = 5,
                                       .visible_means = k % 2 ? some_means : NULL};
            assert_ok(hol_ais_ladder(test_comm, m.model, m.theta, &o, betas));
            assert_ok(hol_ais_forward(test_comm, m.model, m.theta, &o, betas, &r));
            assert_all(fabs(z_score(&m, &r)) < 5);
            assert_all(r.standard_error > 0 && r.standard_error < 0.05 && r.weights.effective > 300);
            assert_all(r.low < r.log_partition && r.log_partition < r.high);
            hol_population *starts = share_population(&m, o.chains);
            draw_exactly(&m, starts, 3);
            assert_ok(hol_ais_reverse(test_comm, m.model, m.theta, &o, betas, starts, &r));
            assert_all(fabs(z_score(&m, &r)) < 5);
            assert_all(r.standard_error > 0 && r.standard_error < 0.05 && r.low < r.high);
            hol_population_destroy(starts);
            free_machine(&m);
        }
}

/* 100 seeds, 128 walks each, on a ladder long enough for weights without heavy tails, which the delta method needs. If
 * errors are right, the z are near standard normal: their mean leaves +-0.45 with probability 7e-6, and their sum of
 * squares (chi-square, 100 degrees of freedom) leaves [52, 178] with probability 2e-5 in all; in four trials below
 * 2e-4. */
static void test_standard_errors_are_calibrated(void **state) {
    (void)state;
    const int which[] = {0, 5};
    omp_set_num_threads(1); /* little work at a time */
    for (int t = 0; t < 2; t++)
        for (int reverse = 0; reverse < 2; reverse++) {
            machine m = make_machine(which[t], 0.6);
            double betas[121], sum = 0, squares = 0;
            hol_ladder_classic(120, betas);
            for (uint64_t seed = 0; seed < 100; seed++) {
                const hol_ais_options o = {.chains = 128, .intervals = 120, .seed = seed};
                hol_ais_result r;
                if (reverse) {
                    hol_population *starts = share_population(&m, o.chains);
                    draw_exactly(&m, starts, (uint32_t)seed);
                    assert_ok(hol_ais_reverse(test_comm, m.model, m.theta, &o, betas, starts, &r));
                    hol_population_destroy(starts);
                } else {
                    assert_ok(hol_ais_forward(test_comm, m.model, m.theta, &o, betas, &r));
                }
                sum += z_score(&m, &r);
                squares += z_score(&m, &r) * z_score(&m, &r);
            }
            assert_all(fabs(sum / 100) < 0.45);
            assert_all(squares > 52 && squares < 178);
            free_machine(&m);
        }
    omp_set_num_threads(2);
}

/* sum_c w_c x_c / sum_c w_c of unit i, and its standard error */
static double weighted_mean(const uint8_t *bytes, const double *log_weights, int64_t count, int i, double *ret_error) {
    double weights = 0, sum = 0, squares = 0;
    for (int64_t c = 0; c < count; c++) {
        weights += exp(log_weights[c]);
        sum += exp(log_weights[c]) * bytes[c * 8 + i];
    }
    for (int64_t c = 0; c < count; c++) {
        const double off = exp(log_weights[c]) * (bytes[c * 8 + i] - sum / weights);
        squares += off * off;
    }
    *ret_error = sqrt(squares) / weights;
    return sum / weights;
}

/* One step from independent units to the model leaves the walks' last states far from it, and the weights make up for
 * that: with them the states have the model's means, |z| < 5 for each of 8 units (false alarm below 5e-6), without them
 * not. */
static void test_weighted_ends_are_samples_of_the_model(void **state) {
    (void)state;
    enum { WALKS = 20000 };
    machine m = make_machine(0, 1.2);
    hol_population *walks = share_population(&m, WALKS);
    hol_annealing *annealing = NULL;
    const double betas[] = {0, 1};
    double expected[8] = {0}, *local = NULL, *log_weights = NULL, miss = 0, off = 0;
    int64_t first = 0, chains = 0, bytes = 0;
    uint8_t *ends = NULL;
    hol_weights_summary summary;
    for (int64_t v = 0; v < 256; v++) {
        uint8_t visible[8];
        for (int i = 0; i < 8; i++) visible[i] = (uint8_t)(v >> i & 1);
        const double p = exp(-m.model->ops->exact_free_energy(m.model, m.theta, visible) - m.log_partition);
        for (int i = 0; i < 8; i++) expected[i] += visible[i] * p;
    }
    hol_population_get_owned(walks, &first, &chains);
    local = hol_allocate(walks->states.blocks * HOL_LANES, sizeof *local);
    assert_ok(hol_annealing_create(m.model, m.theta, NULL, walks->states.blocks, &annealing));
    assert_ok(hol_annealing_draw_start(annealing, walks, (hol_rng_key){{8, 1}}));
    assert_ok(hol_annealing_walk(annealing, test_comm, walks, (hol_rng_key){{8, 2}}, betas, 1, local, NULL));
    assert_ok(hol_weights_gather(test_comm, walks, local, &summary, &log_weights));
    uint8_t *own = hol_allocate(chains + 1, 8);
    hol_population_get_bytes(walks, 0, 8, first, chains, own);
    assert_ok(hol_comm_gather(test_comm, own, chains * 8, (void **)&ends, &bytes));
    const double zeros[WALKS] = {0};
    for (int i = 0; i < 8 && ends; i++) {
        double error = 0;
        off = fmax(off, fabs(weighted_mean(ends, log_weights, WALKS, i, &error) - expected[i]) / error);
        miss = fmax(miss, fabs(weighted_mean(ends, zeros, WALKS, i, &error) - expected[i]) / error);
    }
    assert_all(!ends || (off < 5 && miss > 10));
    hol_free(own);
    hol_free(ends);
    hol_free(local);
    hol_free(log_weights);
    hol_annealing_destroy(annealing);
    hol_population_destroy(walks);
    free_machine(&m);
}

static void test_weights_are_summarized(void **state) {
    (void)state;
    const double logs[] = {log(1) + 900, log(2) + 900, -INFINITY, log(5) + 900};
    const hol_weights_summary s = hol_weights_summarize(logs, 4);
    const double mean = 2, variance = (1 + 0 + 4 + 9) / 3.0; /* by hand: weights 1, 2, 0, 5 */
    assert_true(fabs(s.log_mean - (900 + log(mean))) < 1e-9);
    assert_true(fabs(s.standard_error - sqrt(variance / 4) / mean) < 1e-9);
    assert_true(fabs(s.effective - 64 / 30.0) < 1e-9);
    assert_true(s.walks == 4 && s.dead == 1);
    assert_true(s.low == -INFINITY && fabs(s.high - (900 + log(mean + 3 * sqrt(variance / 4)))) < 1e-9);
    const double equal[] = {3, 3, 3};
    const hol_weights_summary e = hol_weights_summarize(equal, 3);
    assert_true(fabs(e.log_mean - 3) < 1e-12 && e.standard_error < 1e-12 && fabs(e.effective - 3) < 1e-12);
    const double none[] = {-INFINITY, -INFINITY};
    assert_true(hol_weights_summarize(none, 2).log_mean == -INFINITY);
}

static void test_ladders_rise_from_0_to_1(void **state) {
    (void)state;
    double betas[14501];
    hol_ladder_classic(14500, betas);
    assert_true(betas[0] == 0 && fabs(betas[500] - 0.5) < 1e-12 && fabs(betas[4500] - 0.9) < 1e-12 &&
                betas[14500] == 1);
    assert_true(fabs(betas[250] - 0.25) < 1e-12 && fabs(betas[2500] - 0.7) < 1e-12);
    for (int k = 1; k <= 7; k++) {
        hol_ladder_classic(k, betas);
        for (int i = 0; i < k; i++) assert_true(betas[i] < betas[i + 1]);
        assert_true(betas[0] == 0 && betas[k] == 1);
    }
    /* spread 1 on [0, 0.5], 3 on [0.5, 1]: a quarter of the steps in the first half */
    const double from[] = {0, 0.5, 1}, spread[] = {1, 3};
    hol_ladder_from_spread(from, spread, 2, 8, betas);
    for (int k = 0; k <= 8; k++) assert_true(fabs(betas[k] - (k <= 2 ? 0.25 * k : 0.5 + (k - 2) / 12.0)) < 1e-12);
    const double flat[] = {0, 0};
    hol_ladder_from_spread(from, flat, 2, 4, betas);
    for (int k = 0; k <= 4; k++) assert_true(fabs(betas[k] - 0.25 * k) < 1e-12);
}

/* at any number of threads here; tests/cli/same_bits.sh compares numbers of ranks, too */
static void test_estimates_do_not_depend_on_the_layout(void **state) {
    (void)state;
    for (int k = 0; k < 6; k += 5) {
        machine m = make_machine(k, 0.8);
        double betas[31];
        hol_ais_result r[3];
        for (int threads = 1; threads <= 3; threads++) {
            omp_set_num_threads(threads);
            const hol_ais_options o = {.chains = 200, .intervals = 30, .adaptive = true, .seed = 5};
            assert_ok(hol_ais_ladder(test_comm, m.model, m.theta, &o, betas));
            assert_ok(hol_ais_forward(test_comm, m.model, m.theta, &o, betas, &r[threads - 1]));
        }
        omp_set_num_threads(2);
        assert_all(memcmp(&r[0], &r[1], sizeof *r) == 0 && memcmp(&r[0], &r[2], sizeof *r) == 0);
        double first = r[0].log_partition;
        assert_ok(hol_comm_broadcast(test_comm, &first, sizeof first));
        assert_all(memcmp(&first, &r[0].log_partition, sizeof first) == 0);
        free_machine(&m);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_sides_agree_with_enumeration),
        cmocka_unit_test(test_standard_errors_are_calibrated),
        cmocka_unit_test(test_weighted_ends_are_samples_of_the_model),
        cmocka_unit_test(test_weights_are_summarized),
        cmocka_unit_test(test_ladders_rise_from_0_to_1),
        cmocka_unit_test(test_estimates_do_not_depend_on_the_layout),
    };
    return hol_test_main(argc, argv, "ais", tests, HOL_TEST_COUNT(tests));
}
