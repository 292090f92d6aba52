/* a lattice of 64 x 64 spins against Kaufman's exact energy. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "machine.h"
#include "num/bits.h"

static machine make_lattice(int32_t rows, int32_t columns, double temperature) {
    const int32_t lattice[] = {rows, columns, 1, 1};
    const hol_model_options options = {
        .kind = "ising",
        .visible = rows * columns,
        .temperature = temperature,
        .settings = {{"spins", HOL_MODEL_SPINS_SIGNED}, {"couplings", HOL_MODEL_COUPLINGS_SHARED}, {"coupling", 1}},
        .without = HOL_MODEL_BIASES,
        .structure_count = 1,
        .structures = {{.name = "lattice", .rows = 2, .columns = 2, .values = lattice}}};
    machine m = make_model(&options);
    assert_ok(hol_graph_create_lattice(2, lattice, lattice + 2, &m.graph));
    m.model->ops->initialize(m.model, NULL, 0, 0, m.theta);
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    return m;
}

/* ln Z of a periodic lattice of m x n spins, J = 1, at inverse temperature k (Kaufman 1949) */
static long double kaufman(int m, int n, long double k) {
    const long double pi = acosl(-1.0L);
    long double logs[4] = {0}, signs = 1;
    for (int l = 0; l < 2 * n; l++) {
        long double gamma = 2 * k + logl(tanhl(k));
        if (l > 0) gamma = acoshl(coshl(2 * k) / tanhl(2 * k) - cosl(pi * l / n));
        const long double half = m * gamma / 2;
        logs[l % 2 ? 0 : 2] += fabsl(half) + log1pl(expl(-2 * fabsl(half)));  /* ln 2 cosh */
        logs[l % 2 ? 1 : 3] += fabsl(half) + log1pl(-expl(-2 * fabsl(half))); /* ln 2 |sinh| */
        if (half < 0 && l % 2 == 0) signs = -signs;
    }
    long double largest = logs[0], sum = 0;
    for (int i = 1; i < 4; i++) largest = fmaxl(largest, logs[i]);
    for (int i = 0; i < 4; i++) sum += (i == 3 ? signs : 1) * expl(logs[i] - largest);
    return 0.5L * m * n * logl(2 * sinhl(2 * k)) + largest + logl(sum) - logl(2);
}

static double kaufman_energy(int m, int n, double temperature) {
    const long double k = 1 / (long double)temperature, step = 1e-5L;
    return (double)(-(kaufman(m, n, k + step) - kaufman(m, n, k - step)) / (2 * step) / (m * n));
}

/* the oracle itself: a lattice of 3 x 4 by enumeration */
static void test_kaufman_equals_enumeration(void **state) {
    (void)state;
    machine m = make_lattice(3, 4, 1.7);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    assert_true(fabs(log(z) - (double)kaufman(3, 4, 1 / 1.7L)) < 1e-12);
    hol_free(p);
    free_machine(&m);
}

/* energies of the chains as they stand, per spin, added to sums; returns the mean of |m| */
static double measure(const hol_model *model, hol_population *x, double *values, double *sums) {
    const int64_t units = model->info.visible;
    double magnetisation = 0;
    model->ops->energy(model, x, values);
    for (int64_t c = 0; c < x->count; c++) sums[c] += values[c] * model->temperature / (double)units;
    for (int64_t b = 0; b < x->states.blocks; b++) {
        int64_t up[HOL_LANES] = {0};
        hol_lanes_add(x->states.words + b * units, units, up);
        for (int l = 0; l < HOL_LANES; l++)
            magnetisation += fabs((double)(2 * up[l] - units)) / (double)units / (double)x->count;
    }
    return magnetisation;
}

enum { L = 64, CHAINS = 256 };

/* Chains from all spins up; their means are independent, so that autocorrelation does not matter. |z| < 5.5 of t with
 * 255 degrees of freedom: false alarm below 1e-6 in all. Returns the mean of |m|. */
static double check_energy_at(double temperature, int64_t settle, int64_t measures, int64_t apart) {
    machine m = make_lattice(L, L, temperature);
    hol_population *x = make_population(&m, CHAINS);
    memset(x->states.words, 0xff, (size_t)(x->states.blocks * x->states.stride) * 8);
    hol_draw draw = {.key = hol_rng_key_make(6, HOL_STREAM_NEGATIVE)};
    double values[CHAINS], sums[CHAINS] = {0}, mean = 0, square = 0, magnetisation = 0;
    m.model->ops->sweep(m.model, x, &draw, settle);
    for (int64_t k = 0; k < measures; k++) {
        draw.step++;
        m.model->ops->sweep(m.model, x, &draw, apart);
        magnetisation += measure(m.model, x, values, sums) / (double)measures;
    }
    for (int c = 0; c < CHAINS; c++) mean += sums[c] / (double)measures / CHAINS;
    for (int c = 0; c < CHAINS; c++) square += pow(sums[c] / (double)measures - mean, 2);
    const double error = sqrt(square / (CHAINS - 1.0) / CHAINS), exact = kaufman_energy(L, L, temperature);
    print_message("T = %g: energy per spin %.6f +- %.6f, exact %.6f; |m| %.5f\n", temperature, mean, error, exact,
                  magnetisation);
    if (!(fabs(mean - exact) < 5.5 * error))
        fail_msg("T = %g: %g standard errors", temperature, (mean - exact) / error);
    assert_true(error < 2e-3);
    hol_population_destroy(x);
    free_machine(&m);
    return magnetisation;
}

/* Yang's magnetisation below the critical point, where 64 is long: to five errors of a run this long */
static void test_lattice_has_the_exact_energy(void **state) {
    (void)state;
    const double magnetisation = check_energy_at(2, 300, 40, 25);
    assert_true(fabs(magnetisation - pow(1 - pow(sinh(2 / 2.0), -4), 0.125)) < 5e-4);
    (void)check_energy_at(2.269, 3000, 40, 100);
    (void)check_energy_at(3, 200, 40, 25);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kaufman_equals_enumeration),
        cmocka_unit_test(test_lattice_has_the_exact_energy),
    };
    return hol_test_main(argc, argv, "ising_lattice", tests, HOL_TEST_COUNT(tests));
}
