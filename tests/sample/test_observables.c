/* observables, cooling: means and errors against enumeration of a small lattice; ground states of a small spin
 * glass. */
#include "support.h"

#include <math.h>

#include "base/alloc.h"
#include "estimate/mixing.h"
#include "num/bits.h"
#include "sample/cooling.h"
#include "sample/observables.h"
#include "sample/population.h"

enum { UNITS = 12 };
static const int32_t lattice[] = {3, 4, 1, 1};

static hol_model *make_model(bool is_signed, bool shared, double temperature, float *theta) {
    hol_model *model = NULL;
    hol_model_options options = {.kind = "ising",
                                 .visible = UNITS,
                                 .temperature = temperature,
                                 .structure_count = 1,
                                 .structures = {{.name = "lattice", .rows = 2, .columns = 2, .values = lattice}}};
    hol_model_set(&options, "spins", is_signed ? HOL_MODEL_SPINS_SIGNED : HOL_MODEL_SPINS_BINARY);
    hol_model_set(&options, "couplings", shared ? HOL_MODEL_COUPLINGS_SHARED : HOL_MODEL_COUPLINGS_PER_EDGE);
    assert_ok(hol_model_create(&options, &model));
    for (int64_t i = 0; i < model->info.parameters; i++)
        theta[i] = (float)(2 * hol_rng_uniform((hol_rng_key){{16, 18}}, (uint32_t)i, 0, 0, 0) - 1);
    assert_ok(model->ops->prepare(model, theta));
    return model;
}

static hol_population *make_chains(const hol_model *model, int64_t count, uint64_t seed) {
    hol_population *chains = NULL;
    assert_ok(hol_population_create(model, count, hol_comm_rank(test_comm), hol_comm_size(test_comm), &chains));
    hol_population_randomize(model, chains, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    return chains;
}

/* values by the sum over all states: energy, magnetisation and its absolute value per unit, specific heat,
 * susceptibility */
static void enumerate(const hol_model *model, const float *theta, double values[5]) {
    double z = 0, e = 0, ee = 0, m = 0, a = 0, mm = 0;
    for (uint32_t x = 0; x < 1u << UNITS; x++) {
        uint8_t bytes[UNITS];
        for (int i = 0; i < UNITS; i++) bytes[i] = x >> i & 1;
        const double over_tau = model->ops->exact_free_energy(model, theta, bytes), p = exp(-over_tau);
        const double energy = over_tau * model->temperature, up = __builtin_popcount(x);
        const double spins = model->info.signed_spins ? 2 * up - UNITS : up;
        z += p;
        e += p * energy;
        ee += p * energy * energy;
        m += p * spins;
        a += p * fabs(spins);
        mm += p * spins * spins;
    }
    const double tau = model->temperature;
    values[0] = e / z / UNITS;
    values[1] = m / z / UNITS;
    values[2] = a / z / UNITS;
    values[3] = (ee / z - e / z * e / z) / (tau * tau * UNITS);
    values[4] = (mm / z - a / z * a / z) / (tau * UNITS);
}

static void list(const hol_observables *o, hol_estimate estimates[5]) {
    estimates[0] = o->energy;
    estimates[1] = o->magnetisation;
    estimates[2] = o->absolute;
    estimates[3] = o->specific_heat;
    estimates[4] = o->susceptibility;
}

/* 100 independent seeds: each estimate within 5.5 of its errors of the exact value (2000 of them, t with 63 or 31
 * degrees of freedom: false alarm about 1e-2 were seeds not fixed), and the squares of these distances 1 on average, to
 * 0.6 (four standard deviations): the errors are neither too small nor too large. Chains as blocks, and pieces of few
 * chains. */
static void test_observables_have_the_exact_means_and_honest_errors(void **state) {
    (void)state;
    enum { SEEDS = 100 };
    const struct {
        bool is_signed;
        double temperature;
        int64_t chains, measurements;
    } runs[] = {{true, 1.7, 64, 40}, {false, 0.8, 64, 40}, {true, 2.5, 2, 1600}};
    float theta[UNITS * 3];
    for (int r = 0; r < 3; r++) {
        hol_model *model = make_model(runs[r].is_signed, true, runs[r].temperature, theta);
        double exact[5], squares[5] = {0};
        enumerate(model, theta, exact);
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            hol_population *chains = make_chains(model, runs[r].chains, seed);
            hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_SAMPLE)};
            hol_observables o;
            hol_estimate found[5];
            model->ops->sweep(model, chains, &draw, 100);
            draw.step = 1;
            assert_ok(hol_observables_measure(test_comm, model, chains, &draw, runs[r].measurements, &o));
            list(&o, found);
            for (int v = 0; v < 5; v++) {
                const double distance = (found[v].value - exact[v]) / found[v].error;
                if (!(fabs(distance) < 5.5))
                    fail_msg("run %d, value %d: %g +- %g, exact %g", r, v, found[v].value, found[v].error, exact[v]);
                squares[v] += distance * distance / SEEDS;
            }
            assert_int_equal(o.blocks, runs[r].chains == 2 ? 32 : 64);
            assert_true(o.energy_time > 0 && o.energy_time < 20 && o.magnetisation_time > 0);
            hol_population_destroy(chains);
        }
        for (int v = 0; v < 5; v++)
            if (!(squares[v] > 0.4 && squares[v] < 1.6)) fail_msg("run %d, value %d: mean square %g", r, v, squares[v]);
        hol_model_destroy(model);
    }
}

/* Without couplings a sweep is a new sample: times of 1, by both estimators. From 2000 blocks the standard error is
 * 1 / sqrt(1000), from at most six autocorrelations of 40000 numbers 0.025; false alarm of 5 of them 6e-7 each. */
static void test_independent_sweeps_have_an_autocorrelation_time_of_one(void **state) {
    (void)state;
    enum { CHAINS = 2000, SWEEPS = 20 };
    float theta[UNITS * 3] = {0};
    hol_model *model = make_model(true, true, 1, theta);
    hol_population *chains = make_chains(model, CHAINS, 4);
    const hol_draw draw = {.key = hol_rng_key_make(4, HOL_STREAM_SAMPLE)};
    double *series = NULL, time = 1;
    hol_observables o;
    theta[0] = 0.3f; /* the field */
    theta[1] = 0;
    assert_ok(model->ops->prepare(model, theta));
    assert_ok(hol_observables_measure(test_comm, model, chains, &draw, SWEEPS, &o));
    assert_all(fabs(o.energy_time - 1) < 5 / sqrt(CHAINS / 2) && fabs(o.magnetisation_time - 1) < 5 / sqrt(CHAINS / 2));
    assert_ok(hol_mixing_trace(test_comm, model, chains, hol_rng_key_make(4, HOL_STREAM_MIXING), SWEEPS, &series));
    if (series) time = hol_mixing_autocorrelation_time(series, CHAINS, SWEEPS);
    assert_all(fabs(time - 1) < 0.125);
    hol_free(series);
    hol_population_destroy(chains);
    hol_model_destroy(model);
}

/* Two variables of 2 and of 3 states, three binary digits: per unit is per variable. <E> and C by hand from the table
 * of six energies; 200 chains, |z| < 5 twice: false alarm 1e-6. */
static void test_observables_of_states_are_per_variable(void **state) {
    (void)state;
    const int32_t cardinalities[] = {2, 3}, clique[] = {0, 1};
    const float theta[6] = {0, 1, -0.5f, 0.7f, 2, 0.1f};
    const hol_model_options options = {
        .kind = "mrf",
        .temperature = 1,
        .structure_count = 2,
        .initial = theta,
        .structures = {{"cardinalities", 1, 2, cardinalities}, {"cliques", 1, 2, clique}}};
    hol_draw draw = {.key = hol_rng_key_make(7, HOL_STREAM_SAMPLE)};
    hol_model *model = NULL;
    hol_observables o;
    double z = 0, e = 0, ee = 0;
    for (int x = 0; x < 6; x++) {
        z += exp((double)theta[x]);
        e -= (double)theta[x] * exp((double)theta[x]);
        ee += (double)theta[x] * (double)theta[x] * exp((double)theta[x]);
    }
    assert_ok(hol_model_create(&options, &model));
    assert_ok(model->ops->prepare(model, theta));
    hol_population *chains = make_chains(model, 200, 6);
    model->ops->sweep(model, chains, &draw, 50);
    draw.step = 1;
    assert_ok(hol_observables_measure(test_comm, model, chains, &draw, 100, &o));
    assert_all(fabs(o.energy.value - e / z / 2) < 5 * o.energy.error && o.energy.error < 0.02);
    assert_all(fabs(o.specific_heat.value - (ee / z - e / z * e / z) / 2) < 5 * o.specific_heat.error);
    assert_all(isnan(o.magnetisation.value) && isnan(o.susceptibility.value) && isnan(o.magnetisation_time));
    hol_population_destroy(chains);
    hol_model_destroy(model);
}

static double exact_ground(const hol_model *model, const float *theta) {
    double lowest = INFINITY;
    for (uint32_t x = 0; x < 1u << UNITS; x++) {
        uint8_t bytes[UNITS];
        for (int i = 0; i < UNITS; i++) bytes[i] = x >> i & 1;
        lowest = fmin(lowest, model->ops->exact_free_energy(model, theta, bytes) * model->temperature);
    }
    return lowest;
}

/* A glass of 12 spins with couplings of both signs. 64 chains all miss the ground state with less than 1e-9 even if
 * each finds it only three times in ten. */
static void test_cooling_finds_the_ground_state(void **state) {
    (void)state;
    float theta[UNITS * 3];
    for (int k = 0; k < 2; k++) {
        hol_model *model = make_model(k == 0, false, 1.5, theta);
        hol_population *chains = make_chains(model, 130, 3);
        hol_cooling_best best;
        const hol_cooling cooling = {.from = 5, .to = 0.1, .sweeps = 60, .key = hol_rng_key_make(3, HOL_STREAM_SAMPLE)};
        const double exact = exact_ground(model, theta);
        assert_ok(hol_cooling_run(test_comm, model, theta, chains, &cooling, &best));
        assert_true(fabs(best.energy - exact) < 1e-5);
        assert_true(best.chains > 1 && best.chains <= 130 && best.chain >= 0 && best.chain < 130);
        assert_true(best.sweep >= 0 && best.sweep < 60);
        assert_true(fabs(model->temperature - 0.1) < 1e-15);
        const bool right =
            hol_comm_rank(test_comm) != 0 ||
            fabs(model->ops->exact_free_energy(model, theta, best.state) * model->temperature - exact) < 1e-5;
        assert_all(right);
        hol_free(best.state);
        hol_population_destroy(chains);
        hol_model_destroy(model);
    }
}

/* the earliest sweep, then the smallest chain: at an infinite field, after one sweep, all chains are in the ground
 * state */
static void test_cooling_prefers_the_first_chain(void **state) {
    (void)state;
    float theta[2] = {50, 0};
    hol_model *model = make_model(true, true, 1, (float[UNITS]){0});
    hol_population *chains = make_chains(model, 200, 1);
    hol_cooling_best best;
    const hol_cooling cooling = {.from = 1, .to = 1, .sweeps = 3};
    assert_ok(hol_cooling_run(test_comm, model, theta, chains, &cooling, &best));
    assert_int_equal(best.sweep, 0);
    assert_int_equal(best.chain, 0);
    assert_int_equal(best.chains, 200);
    assert_true(fabs(best.energy + 50.0 * UNITS) < 1e-9);
    hol_free(best.state);
    hol_population_destroy(chains);
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_observables_have_the_exact_means_and_honest_errors),
        cmocka_unit_test(test_independent_sweeps_have_an_autocorrelation_time_of_one),
        cmocka_unit_test(test_observables_of_states_are_per_variable),
        cmocka_unit_test(test_cooling_finds_the_ground_state),
        cmocka_unit_test(test_cooling_prefers_the_first_chain),
    };
    return hol_test_main(argc, argv, "observables", tests, HOL_TEST_COUNT(tests));
}
