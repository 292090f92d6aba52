/* tempering: every level's distribution against enumeration of its theta_beta, with exchanges going on; D against its
 * definition; the same bits on every layout. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/tempering.h"

enum { V = 4, H = 3, STATES = 1 << (V + H), PARAMETERS = V + H + V * H };

static const double ladder[] = {0, 0.3, 0.7, 1};
enum { LEVELS = 4 };
static const double means[V] = {0.2, 0.5, 0.7, 0.4};

typedef struct machine {
    hol_model *model;
    float *theta;
} machine;

static machine make_machine(int64_t visible, int64_t hidden, double temperature, double spread) {
    machine m = {0};
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = temperature};
    assert_ok(hol_model_create(&options, &m.model));
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta);
    assert_non_null(m.theta);
    for (int64_t i = 0; i < m.model->info.parameters; i++)
        m.theta[i] =
            (float)(spread * hol_normal_quantile(hol_rng_uniform((hol_rng_key){{5, 77}}, (uint32_t)i, 0, 0, 0)));
    return m;
}

static void free_machine(machine *m) {
    hol_model_destroy(m->model);
    hol_free(m->theta);
}

static hol_tempering *make_tempering(const machine *m, int64_t chains, int rank, int ranks) {
    hol_tempering *t = NULL;
    const hol_tempering_options o = {.chains = chains, .levels = LEVELS, .betas = ladder, .seed = 3};
    assert_ok(hol_tempering_create(m->model, &o, rank, ranks, &t));
    hol_tempering_randomize(t);
    assert_ok(hol_tempering_prepare(t, m->theta, m->model->info.visible == V ? means : NULL));
    return t;
}

/* -E / tau of v = x >> H, h = x & 7 at theta_beta, from biases and weights written out */
static double goodness(const machine *m, double beta, int x) {
    const double tau = m->model->temperature;
    double sum = 0;
    for (int i = 0; i < V; i++) {
        if (!(x >> (H + i) & 1)) continue;
        sum += (1 - beta) * log(means[i] / (1 - means[i])) + beta * (double)m->theta[i] / tau;
        for (int j = 0; j < H; j++)
            if (x >> j & 1) sum += beta * (double)m->theta[V + H + i * H + j] / tau;
    }
    for (int j = 0; j < H; j++)
        if (x >> j & 1) sum += beta * (double)m->theta[V + j] / tau;
    return sum;
}

static int state_of(const hol_population *population, int64_t chain) {
    uint8_t bytes[V + H];
    int x = 0;
    hol_population_get_bytes(population, 0, V + H, chain, 1, bytes);
    for (int i = 0; i < V; i++) x |= bytes[i] << (H + i);
    for (int j = 0; j < H; j++) x |= bytes[V + j] << j;
    return x;
}

/* Chi-square of independent chains after 40 rounds, 127 degrees of freedom at most: above 220 with probability 5e-7 for
 * each of the four levels. Cells with fewer than 5 expected are put together. */
static void test_levels_have_their_distributions(void **state) {
    (void)state;
    enum { CHAINS = 10000, ROUNDS = 40 };
    machine m = make_machine(V, H, 1.2, 2);
    hol_tempering *t = make_tempering(&m, CHAINS, 0, 1);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        hol_tempering_sweep(t, round, 0, 1);
        hol_tempering_swap(t, round);
    }
    for (int64_t l = 0; l < LEVELS; l++) {
        double p[STATES], z = 0, counts[STATES] = {0}, chi = 0, rest = 0, rest_expected = 0;
        for (int x = 0; x < STATES; x++) z += p[x] = exp(goodness(&m, ladder[l], x));
        for (int64_t c = 0; c < CHAINS; c++) counts[state_of(hol_tempering_get(t, l), c)]++;
        for (int x = 0; x < STATES; x++) {
            const double expected = CHAINS * p[x] / z;
            if (expected >= 5) chi += (counts[x] - expected) * (counts[x] - expected) / expected;
            else {
                rest += counts[x];
                rest_expected += expected;
            }
        }
        if (rest_expected > 0) chi += (rest - rest_expected) * (rest - rest_expected) / fmax(rest_expected, 5);
        assert_true(chi < 220);
    }
    double rates[LEVELS];
    assert_ok(hol_tempering_take_rates(t, test_comm, rates));
    /* every rank holds all chains here */
    for (int l = 0; l + 1 < LEVELS; l++) rates[l] /= hol_comm_size(test_comm);
    for (int l = 0; l + 1 < LEVELS; l++) assert_true(rates[l] > 0.2 && rates[l] < 1);
    hol_tempering_destroy(t);
    free_machine(&m);
}

static void test_differences_are_those_of_the_energies(void **state) {
    (void)state;
    machine m = make_machine(V, H, 0.8, 1.5);
    hol_tempering *t = make_tempering(&m, 100, 0, 1);
    hol_tempering_sweep(t, 0, 0, 1);
    hol_tempering_swap(t, 0);
    for (int64_t l = 0; l < LEVELS; l++)
        for (int64_t c = 0; c < 100; c++) {
            const int x = state_of(hol_tempering_get(t, l), c);
            assert_true(fabs(hol_tempering_get_differences(t, l)[c] - (goodness(&m, 0, x) - goodness(&m, 1, x))) <
                        1e-5);
        }
    double z = 0;
    for (int x = 0; x < STATES; x++) z += exp(goodness(&m, 0, x));
    assert_true(fabs(hol_tempering_get_start_log_partition(t) - log(z)) < 1e-6);
    hol_tempering_destroy(t);
    free_machine(&m);
}

/* one rank's part is what it would be among others, on any number of threads; the highest level's model is the
 * caller's */
static void test_bits_do_not_depend_on_the_layout(void **state) {
    (void)state;
    enum { CHAINS = 200 };
    machine m = make_machine(37, 21, 1, 0.5);
    hol_tempering *whole = make_tempering(&m, CHAINS, 0, 1);
    for (uint32_t round = 0; round < 5; round++) {
        hol_tempering_swap(whole, round);
        hol_tempering_sweep(whole, round, 0, 2);
    }
    for (int ranks = 2; ranks <= 5; ranks++)
        for (int rank = 0; rank < ranks; rank++) {
            omp_set_num_threads(1 + rank % 3);
            hol_tempering *part = make_tempering(&m, CHAINS, rank, ranks);
            for (uint32_t round = 0; round < 5; round++) {
                hol_tempering_swap(part, round);
                hol_tempering_sweep(part, round, 0, 2);
            }
            for (int64_t l = 0; l < LEVELS; l++) {
                const hol_states *x = &hol_tempering_get(whole, l)->states, *y = &hol_tempering_get(part, l)->states;
                assert_memory_equal(x->words + y->first_block * x->stride, y->words,
                                    (size_t)(y->blocks * y->stride) * sizeof *y->words);
            }
            hol_tempering_destroy(part);
        }
    omp_set_num_threads(2);
    hol_tempering_destroy(whole);
    free_machine(&m);
}

static void test_create_refuses_bad_ladders(void **state) {
    (void)state;
    machine m = make_machine(V, H, 1, 1);
    const double bad[][3] = {{0, 0.5, 0.9}, {0.5, 0.5, 1}, {-0.1, 0.5, 1}, {0, 0.5, 1.5}, {0, NAN, 1}};
    for (int k = 0; k < 5; k++) {
        hol_tempering *t = NULL;
        const hol_tempering_options o = {.chains = 10, .levels = 3, .betas = bad[k]};
        assert_refused(hol_tempering_create(m.model, &o, 0, 1, &t), HOL_USAGE, "ladder");
        assert_null(t);
    }
    double betas[5];
    hol_tempering_equal_ladder(5, betas);
    assert_true(betas[0] == 0 && betas[1] == 0.25 && betas[4] == 1);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_have_their_distributions),
        cmocka_unit_test(test_differences_are_those_of_the_energies),
        cmocka_unit_test(test_bits_do_not_depend_on_the_layout),
        cmocka_unit_test(test_create_refuses_bad_ladders),
    };
    return hol_test_main(argc, argv, "tempering", tests, HOL_TEST_COUNT(tests));
}
