/* exact: ln Z against brute force over all (v, h) in long double, and closed forms; the same bits on every layout. */
#include "support.h"

#include <omp.h>

#include "estimate/elimination.h"
#include "estimate/exact.h"
#include "machine.h"

static machine make_machine(int64_t visible, int64_t hidden, double temperature, double spread) {
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = temperature};
    machine m = make_model(&options);
    draw_theta(&m, spread, (uint32_t)(visible * 1000 + hidden));
    return m;
}

/* ln sum over v and h of exp(-E(v, h) / tau), one state after the other */
static double brute_force(const machine *m) {
    const int64_t visible = m->model->info.visible, hidden = m->model->info.hidden;
    const float *a = m->theta, *b = a + visible, *w = b + hidden;
    long double z = 0;
    for (uint64_t v = 0; v < UINT64_C(1) << visible; v++)
        for (uint64_t h = 0; h < UINT64_C(1) << hidden; h++) {
            double energy = 0; /* exact enough: a few dozen floats */
            for (int64_t i = 0; i < visible; i++) {
                if (!(v >> i & 1)) continue;
                energy -= (double)a[i];
                for (int64_t j = 0; j < hidden; j++)
                    if (h >> j & 1) energy -= (double)w[i * hidden + j];
            }
            for (int64_t j = 0; j < hidden; j++)
                if (h >> j & 1) energy -= (double)b[j];
            z += expl(-(long double)energy / (long double)m->model->temperature);
        }
    return (double)logl(z);
}

static void test_log_partition_equals_brute_force(void **state) {
    (void)state;
    /* fewer than a chunk, a chunk, several; either layer smaller; equal layers */
    const int64_t shapes[][2] = {{1, 1}, {2, 1}, {1, 9}, {3, 5}, {5, 3}, {6, 6}, {7, 8}, {9, 7}, {13, 2}, {8, 8}};
    const double temperatures[] = {1, 0.7, 3};
    for (int s = 0; s < 10; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], temperatures[s % 3], 1.5);
        double found = 0;
        assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
        const double truth = brute_force(&m);
        assert_all(fabs(found - truth) < 1e-10);
        free_machine(&m);
    }
}

/* p(x_i = 1) of all units, one state after the other */
static void brute_force_means(const machine *m, double *means) {
    const int64_t visible = m->model->info.visible, hidden = m->model->info.hidden, units = visible + hidden;
    const float *w = m->theta + units;
    long double z = 0, sums[32] = {0};
    for (uint64_t x = 0; x < UINT64_C(1) << units; x++) {
        double minus_energy = 0;
        for (int64_t i = 0; i < units; i++)
            if (x >> i & 1) minus_energy += (double)m->theta[i];
        for (int64_t i = 0; i < visible; i++)
            for (int64_t j = 0; j < hidden; j++)
                if ((x >> i & 1) && (x >> (visible + j) & 1)) minus_energy += (double)w[i * hidden + j];
        const long double weight = expl((long double)(minus_energy / m->model->temperature));
        z += weight;
        for (int64_t i = 0; i < units; i++)
            if (x >> i & 1) sums[i] += weight;
    }
    for (int64_t i = 0; i < units; i++) means[i] = (double)(sums[i] / z);
}

static void test_marginals_equal_brute_force(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{1, 1}, {4, 3}, {3, 9}, {9, 7}, {13, 2}};
    for (int s = 0; s < 5; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], s % 2 ? 0.7 : 1, 1.5);
        double truth[32], found[64], log_partition = 0;
        brute_force_means(&m, truth);
        assert_int_equal(hol_exact_marginal_count(m.model), 2 * (shapes[s][0] + shapes[s][1]));
        assert_ok(hol_exact_marginals(test_comm, m.model, m.theta, &log_partition, found));
        assert_all(fabs(log_partition - brute_force(&m)) < 1e-10);
        for (int64_t i = 0; i < shapes[s][0] + shapes[s][1]; i++) {
            assert_all(fabs(found[2 * i + 1] - truth[i]) < 1e-12);
            assert_all(fabs(found[2 * i] + found[2 * i + 1] - 1) < 1e-12);
        }
        free_machine(&m);
    }
}

/* A fully coupled machine of 10 units and its factors: enumeration and elimination know nothing of each other. */
static void test_marginals_of_a_coupled_machine_equal_elimination(void **state) {
    (void)state;
    const hol_model_options options = {.kind = "boltzmann", .visible = 7, .hidden = 3, .temperature = 0.9};
    hol_factors *factors = NULL;
    hol_elimination *elimination = NULL;
    machine m = {0};
    double found[20], truth[20], log_partition = 0, eliminated = 0;
    assert_ok(hol_model_create(&options, &m.model));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta);
    for (int64_t i = 0; i < m.model->info.parameters; i++)
        m.theta[i] = (float)(0.5 * hol_normal_quantile(hol_rng_uniform((hol_rng_key){{7, 8}}, (uint32_t)i, 0, 0, 0)));
    const char *const symmetric[] = {"visible_couplings", "hidden_couplings"};
    for (int g = 0; g < 2; g++) {
        const hol_parameter_group *group = hol_model_find_group(m.model, symmetric[g]);
        float *c = m.theta + group->offset;
        for (int64_t i = 0; i < group->rows; i++)
            for (int64_t j = 0; j < i; j++) c[i * group->rows + j] = c[j * group->rows + i];
    }
    assert_ok(hol_exact_marginals(test_comm, m.model, m.theta, &log_partition, found));
    assert_ok(m.model->ops->factors(m.model, m.theta, &factors));
    assert_ok(hol_elimination_create(factors, &elimination));
    assert_ok(hol_elimination_log_partition(elimination, &eliminated));
    assert_ok(hol_elimination_marginals(elimination, truth));
    assert_all(fabs(log_partition - eliminated) < 1e-11);
    for (int i = 0; i < 20; i++) assert_all(fabs(found[i] - truth[i]) < 1e-12);
    hol_elimination_destroy(elimination);
    hol_factors_destroy(factors);
    free_machine(&m);
}

static void test_log_partition_of_free_units_is_closed(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{784, 12}, {10, 500}, {17, 17}, {30, 1}};
    for (int s = 0; s < 4; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], 0.8, 1);
        const int64_t units = m.model->info.visible + m.model->info.hidden;
        long double truth = 0;
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            if (i < units) truth += log1pl(expl((long double)m.theta[i] / 0.8L));
            else m.theta[i] = 0;
        }
        double found = 0;
        assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
        assert_all(fabs(found - (double)truth) < 1e-10 * (double)units);
        free_machine(&m);
    }
}

/* unit i coupled to hidden unit i only: Z is a product of sums of four terms */
static void test_log_partition_of_pairs_is_closed(void **state) {
    (void)state;
    enum { N = 17 };
    machine m = make_machine(N, N, 1.25, 1.5);
    long double truth = 0;
    for (int64_t i = 0; i < N; i++) {
        for (int64_t j = 0; j < N; j++)
            if (i != j) m.theta[2 * N + i * N + j] = 0;
        const long double a = (long double)m.theta[i] / 1.25L, b = (long double)m.theta[N + i] / 1.25L;
        truth += logl(1 + expl(a) + expl(b) + expl(a + b + (long double)m.theta[2 * N + i * N + i] / 1.25L));
    }
    double found = 0;
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found));
    assert_all(fabs(found - (double)truth) < 1e-10);
    free_machine(&m);
}

static void test_log_partition_takes_large_numbers(void **state) {
    (void)state;
    machine m = make_machine(9, 8, 1, 1);
    double small = 0, large = 0;
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &small));
    /* a bias of 5,000: Z = e^5000 Z', out of a double's range, Z' the model given that unit 0 is on */
    m.theta[0] += 5000;
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &large));
    const double on = (double)m.theta[0];
    machine rest = make_machine(8, 8, 1, 1);
    for (int64_t i = 0; i < 8; i++) rest.theta[i] = m.theta[1 + i];
    for (int64_t j = 0; j < 8; j++) rest.theta[8 + j] = m.theta[9 + j] + m.theta[17 + j];
    memcpy(rest.theta + 16, m.theta + 17 + 8, 64 * sizeof(float));
    assert_all(fabs(large - on - brute_force(&rest)) < 1e-6); /* the hidden biases were added in float */
    assert_all(fabs(small) < 1000);
    free_machine(&m);
    free_machine(&rest);
}

/* the chunks in order, as one rank and one thread would add them: any number of chunks that the header allows has the
 * form 2^(units - bits), and the result must be that of one of them, to the last bit, here and on every rank */
static void test_log_partition_has_the_same_bits_everywhere(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{40, 12}, {11, 60}, {5, 3}, {17, 20}};
    for (int s = 0; s < 4; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], 1.1, 0.6);
        const int64_t units = m.model->ops->exact_units(m.model);
        double scratch[100], found[3] = {0};
        for (int threads = 1; threads <= 3; threads++) {
            omp_set_num_threads(threads);
            assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &found[threads - 1]));
        }
        omp_set_num_threads(2);
        assert_all(memcmp(&found[0], &found[1], 8) == 0 && memcmp(&found[0], &found[2], 8) == 0);
        /* 2^10 chunks, of 2^6 states at least */
        const int bits = units < 6 ? (int)units : units < 16 ? 6 : (int)units - 10;
        hol_log_sum sum = hol_log_sum_empty();
        for (int64_t chunk = 0; chunk < INT64_C(1) << (units - bits); chunk++)
            hol_log_sum_add(&sum, m.model->ops->exact_chunk(m.model, m.theta, chunk, bits, scratch));
        const double alone = hol_log_sum_get(&sum);
        assert_all(memcmp(&alone, &found[0], 8) == 0);
        /* and chunks of any size sum to the same value, up to rounding */
        const double whole = m.model->ops->exact_chunk(m.model, m.theta, 0, (int)units, scratch);
        assert_all(fabs(whole - alone) < 1e-10);
        free_machine(&m);
    }
}

static void test_log_partition_refuses_too_many_units(void **state) {
    (void)state;
    machine m = make_machine(33, 40, 1, 0.1);
    double found = 0;
    assert_refused(hol_exact_log_partition(test_comm, m.model, m.theta, &found), HOL_USAGE, "found 33 units");
    assert_true(isnan(found));
    const hol_model_ops *all = m.model->ops;
    hol_model_ops ops = *all;
    ops.exact_units = NULL;
    m.model->ops = &ops;
    assert_refused(hol_exact_log_partition(test_comm, m.model, m.theta, &found), HOL_USAGE, "rbm has none");
    m.model->ops = all;
    free_machine(&m);
}

/* -E(x) / tau, unit i in bit i of x */
static double minus_energy_of(const machine *m, uint64_t x) {
    const int64_t visible = m->model->info.visible, hidden = m->model->info.hidden;
    const float *w = m->theta + visible + hidden;
    double sum = 0;
    for (int64_t i = 0; i < visible + hidden; i++)
        if (x >> i & 1) sum += (double)m->theta[i];
    for (int64_t i = 0; i < visible; i++)
        for (int64_t j = 0; j < hidden; j++)
            if ((x >> i & 1) && (x >> (visible + j) & 1)) sum += (double)w[i * hidden + j];
    return sum / m->model->temperature;
}

/* Counts of all states against their probabilities. States that 5 samples are not expected of are pooled: chi-square
 * with about a hundred to two thousand degrees of freedom, whose root is near normal: 5 sigma, false alarm 3e-7. One
 * chunk and several. */
static void test_draws_have_the_model_s_distribution(void **state) {
    (void)state;
    const int64_t shapes[][2] = {{5, 3}, {7, 7}};
    enum { SAMPLES = 40000 };
    for (int s = 0; s < 2; s++) {
        machine m = make_machine(shapes[s][0], shapes[s][1], 1.2, 0.7);
        const int64_t units = shapes[s][0] + shapes[s][1];
        int64_t *counts = hol_allocate(INT64_C(1) << units, sizeof *counts), first = 0, chains = 0;
        hol_population *population = NULL;
        uint8_t bytes[14];
        assert_non_null(counts);
        assert_ok(
            hol_population_create(m.model, SAMPLES, hol_comm_rank(test_comm), hol_comm_size(test_comm), &population));
        assert_ok(hol_exact_draw(test_comm, m.model, m.theta, (hol_rng_key){{1, 2}}, population));
        hol_population_get_owned(population, &first, &chains);
        for (int64_t c = first; c < first + chains; c++) {
            uint64_t x = 0;
            hol_population_get_bytes(population, 0, units, c, 1, bytes);
            for (int64_t i = 0; i < units; i++) x |= (uint64_t)bytes[i] << i;
            counts[x]++;
        }
        assert_ok(hol_comm_sum_i64(test_comm, counts, INT64_C(1) << units));
        const double log_partition = brute_force(&m);
        double square = 0, freedom = -1, rest = 0, pooled = 0;
        for (uint64_t x = 0; x < UINT64_C(1) << units; x++) {
            const double expected = SAMPLES * exp(minus_energy_of(&m, x) - log_partition), found = (double)counts[x];
            if (expected < 5) rest += expected, pooled += found;
            else square += (found - expected) * (found - expected) / expected, freedom++;
        }
        if (rest >= 5) square += (pooled - rest) * (pooled - rest) / rest, freedom++;
        assert_all(fabs(sqrt(2 * square) - sqrt(2 * freedom - 1)) < 5 && freedom > 100);
        hol_population_destroy(population);
        hol_free(counts);
        free_machine(&m);
    }
}

static void test_work_counts_fields(void **state) {
    (void)state;
    machine m = make_machine(20, 3, 1, 0.1);
    assert_true(hol_exact_work(m.model) == 20 * 8);
    free_machine(&m);
    m = make_machine(4, 30, 1, 0.1);
    assert_true(hol_exact_work(m.model) == 30 * 16);
    free_machine(&m);
}

static void find_mean(const hol_model *model, const float *theta, const hol_exact_rows *rows, hol_exact_score *ret) {
    double scores[512];
    assert_true(rows->count <= 512);
    assert_ok(hol_exact_scores(test_comm, model, theta, rows, scores));
    assert_ok(hol_exact_mean(test_comm, rows, scores, ret));
}

/* rank r brings rows of its own, the middle rank none: the mean of -F over all, F enumerated */
static void test_mean_score_is_the_mean_over_ranks(void **state) {
    (void)state;
    machine m = make_machine(6, 5, 1.4, 1.2);
    const int size = hol_comm_size(test_comm);
    double sum = 0;
    int64_t total = 0, rows = 0;
    uint8_t states[100 * 6];
    for (int r = 0; r < size; r++) {
        const int64_t here = r == 1 ? 0 : 20 + 7 * r;
        for (int64_t k = 0; k < here; k++) {
            const uint64_t v = (uint64_t)(k * 37 + r * 11) % 64;
            double z = 0;
            for (uint64_t h = 0; h < 32; h++) {
                double goodness = 0;
                for (int i = 0; i < 6; i++)
                    if (v >> i & 1) goodness += (double)m.theta[i];
                for (int j = 0; j < 5; j++) {
                    if (!(h >> j & 1)) continue;
                    goodness += (double)m.theta[6 + j];
                    for (int i = 0; i < 6; i++)
                        if (v >> i & 1) goodness += (double)m.theta[11 + i * 5 + j];
                }
                z += exp(goodness / 1.4);
            }
            sum += log(z);
            for (int i = 0; i < 6 && r == hol_comm_rank(test_comm); i++) states[k * 6 + i] = (uint8_t)(v >> i & 1);
        }
        if (r == hol_comm_rank(test_comm)) rows = here;
        total += here;
    }
    hol_exact_score found;
    find_mean(m.model, m.theta, &(hol_exact_rows){states, NULL, NULL, 0, rows}, &found);
    assert_all(fabs(found.mean - sum / (double)total) < 1e-7 && found.impossible == 0 && found.unknown == 0);
    find_mean(m.model, m.theta, &(hol_exact_rows){0}, &found); /* no rows */
    assert_all(isnan(found.mean));
    memset(states, 1, 6);
    m.theta[0] = NAN;
    const hol_exact_rows one = {states, NULL, NULL, 0, hol_comm_rank(test_comm) == 0};
    find_mean(m.model, m.theta, &one, &found);
    assert_all(isnan(found.mean) && found.unknown == 1);
    free_machine(&m);
}

/* Scores whose sum, in units of 2^-24, does not fit into 63 bits although each does: unknown, not a wrong number. One
 * visible bias alone: -F = ln 2 + a for rows of one unit that is on. */
static void test_mean_score_refuses_what_does_not_fit(void **state) {
    (void)state;
    enum { ROWS = 300 };
    machine m = make_machine(1, 1, 1, 0);
    const int size = hol_comm_size(test_comm);
    uint8_t states[ROWS];
    const hol_exact_rows rows = {states, NULL, NULL, 0, ROWS};
    hol_exact_score found;
    memset(states, 1, sizeof states);
    m.theta[0] = 0x1p30f; /* 300 of them: 2^62.2 */
    find_mean(m.model, m.theta, &rows, &found);
    assert_all(isnan(found.mean) && found.unknown == ROWS * size);
    m.theta[0] = 0x1p20f;
    find_mean(m.model, m.theta, &rows, &found);
    assert_all(fabs(found.mean - 0x1p20 - log(2)) < 1e-6 && found.unknown == 0);
    free_machine(&m);
}

/* A field of one variable, with the potentials 0 and e^0.5: rows of state 0 are counted, and the first one is named. */
static void test_mean_score_names_impossible_rows(void **state) {
    (void)state;
    enum { ROWS = 9 };
    const int32_t cardinality = 2, variable = 0, zero = 0;
    const float initial[] = {0, 0.5f};
    hol_model *model = NULL;
    const hol_model_options options = {
        .kind = "mrf",
        .temperature = 1,
        .structure_count = 3,
        .initial = initial,
        .structures = {{"cardinalities", 1, 1, &cardinality}, {"cliques", 1, 1, &variable}, {"zeros", 1, 1, &zero}}};
    const int rank = hol_comm_rank(test_comm), size = hol_comm_size(test_comm);
    uint8_t states[ROWS];
    hol_exact_rows rows = {states, NULL, NULL, rank * ROWS, ROWS};
    hol_exact_score found;
    assert_ok(hol_model_create(&options, &model));
    memset(states, 1, sizeof states);
    find_mean(model, initial, &rows, &found);
    assert_all(fabs(found.mean - 0.5) < 1e-6 && found.impossible == 0 && found.first_impossible == -1);
    if (rank == size - 1) states[4] = states[7] = 0;
    find_mean(model, initial, &rows, &found);
    assert_all(isinf(found.mean) && found.mean < 0 && found.unknown == 0);
    assert_all(found.impossible == 2 && found.first_impossible == (size - 1) * ROWS + 4);
    hol_model_destroy(model);
}

/* probabilities sum to one: the mean score over all states, as weights, gives Z back */
static void test_free_energies_sum_to_the_partition_function(void **state) {
    (void)state;
    machine m = make_machine(10, 6, 0.9, 1);
    double log_z = 0;
    assert_ok(hol_exact_log_partition(test_comm, m.model, m.theta, &log_z));
    double sum = 0;
    for (uint64_t v = 0; v < 1024; v++) {
        uint8_t bytes[10];
        for (int i = 0; i < 10; i++) bytes[i] = (uint8_t)(v >> i & 1);
        sum += exp(-m.model->ops->exact_free_energy(m.model, m.theta, bytes) - log_z);
    }
    assert_all(fabs(sum - 1) < 1e-10);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marginals_equal_brute_force),
        cmocka_unit_test(test_marginals_of_a_coupled_machine_equal_elimination),
        cmocka_unit_test(test_log_partition_equals_brute_force),
        cmocka_unit_test(test_log_partition_of_free_units_is_closed),
        cmocka_unit_test(test_log_partition_of_pairs_is_closed),
        cmocka_unit_test(test_log_partition_takes_large_numbers),
        cmocka_unit_test(test_log_partition_has_the_same_bits_everywhere),
        cmocka_unit_test(test_log_partition_refuses_too_many_units),
        cmocka_unit_test(test_draws_have_the_model_s_distribution),
        cmocka_unit_test(test_work_counts_fields),
        cmocka_unit_test(test_mean_score_is_the_mean_over_ranks),
        cmocka_unit_test(test_mean_score_refuses_what_does_not_fit),
        cmocka_unit_test(test_mean_score_names_impossible_rows),
        cmocka_unit_test(test_free_energies_sum_to_the_partition_function),
    };
    return hol_test_main(argc, argv, "exact", tests, HOL_TEST_COUNT(tests));
}
