/* rbm's tables for training: how near to fields in double, when they are those for values, and that they follow from
 * the parameters alone. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "machine_checks.h"

static const double temperatures[] = {1, 0.6, 2.5};
enum { TEMPERATURES = 3 };

/* p(h = 1 | v) of 64 chains, after `prepare` or what else, from the same states */
static void infer_from(machine *m, hol_status (*prepare)(hol_model *, const float *), hol_population *p,
                       double *values) {
    assert_ok(prepare(m->model, m->theta));
    m->model->ops->expect(m->model, p);
    for (int64_t r = 0; r < 64; r++)
        for (int64_t j = 0; j < m->hidden; j++)
            values[r * m->hidden + j] = (double)p->expected[r * p->hidden_stride + j] * 0x1p-15;
}

/* Parameters of ordinary size: fields in double within what rounding of couplings allows: half a unit of 2^-10 each,
 * for 10 bits are the fewest. Many nats: to the last bit what tables for values give. */
static void test_training_tables_are_near_or_those_for_values(void **state) {
    (void)state;
    enum { V = 150, H = 70 };
    const double spreads[] = {0.02, 0.1, 0.5, 40};
    for (int t = 0; t < TEMPERATURES; t++)
        for (int s = 0; s < 4; s++) {
            machine m = make_rbm(V, H, temperatures[t], spreads[s] * temperatures[t], 5);
            hol_population *p = NULL;
            double *wide = hol_allocate(64 * H, sizeof *wide), *narrow = hol_allocate(64 * H, sizeof *narrow);
            assert_true(wide && narrow);
            assert_ok(hol_population_create(m.model, 64, 0, 1, &p));
            hol_population_randomize(m.model, p, hol_rng_key_make(3, HOL_STREAM_SAMPLE));
            infer_from(&m, m.model->ops->prepare, p, wide);
            infer_from(&m, hol_model_prepare_training, p, narrow);
            double worst = 0;
            for (int64_t r = 0; r < 64; r++)
                for (int64_t j = 0; j < H; j++) {
                    double field = (double)m.theta[V + j], on = 1;
                    for (int64_t i = 0; i < V; i++)
                        if (p->states.words[i] >> r & 1) field += (double)m.theta[V + H + i * H + j], on++;
                    const double q = 1 / (1 + exp(-field / m.temperature));
                    assert_true(fabs(narrow[r * H + j] - q) < q * (1 - q) * on * 0x1p-11 + 1e-4);
                    worst = fmax(worst, fabs(narrow[r * H + j] - wide[r * H + j]));
                }
            assert_true(s < 3 ? worst > 0 : worst == 0);
            assert_ok(m.model->ops->prepare(m.model, m.theta)); /* and back */
            m.model->ops->expect(m.model, p);
            assert_true((double)p->expected[7] * 0x1p-15 == wide[7]);
            hol_population_destroy(p);
            hol_free(wide);
            hol_free(narrow);
            free_machine(&m);
        }
}

/* Whatever was prepared before, tables are those of theta: parameters that shrink and grow, of ordinary size and beyond
 * 16 bits, and not finite in between. */
static void test_training_tables_do_not_know_the_last_ones(void **state) {
    (void)state;
    enum { V = 70, H = 50 };
    const double spreads[] = {0.1, 0.1, 3, 0.02, 40, 1e30, 0.5, 0.05, 2};
    machine m = make_rbm(V, H, 1, 0.1, 5);
    hol_population *p = NULL;
    double *found = hol_allocate(64 * H, sizeof *found), *expected = hol_allocate(64 * H, sizeof *expected);
    assert_true(found && expected);
    assert_ok(hol_population_create(m.model, 64, 0, 1, &p));
    hol_population_randomize(m.model, p, hol_rng_key_make(3, HOL_STREAM_SAMPLE));
    for (uint32_t s = 0; s < sizeof spreads / sizeof *spreads; s++) {
        for (int64_t i = 0; i < m.model->info.parameters; i++)
            m.theta[i] = (float)(spreads[s] * normal((uint32_t)i, s));
        if (spreads[s] > 1e6) {
            assert_refused(hol_model_prepare_training(m.model, m.theta), HOL_NUMERICAL, "diverged");
            continue;
        }
        machine other = m;
        infer_from(&m, hol_model_prepare_training, p, found);
        assert_ok(hol_model_clone(m.model, &other.model));
        infer_from(&other, hol_model_prepare_training, p, expected);
        assert_memory_equal(found, expected, 64 * H * sizeof *found);
        hol_model_destroy(other.model);
    }
    hol_population_destroy(p);
    hol_free(found);
    hol_free(expected);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_tables_are_near_or_those_for_values),
        cmocka_unit_test(test_training_tables_do_not_know_the_last_ones),
    };
    return hol_test_main(argc, argv, "rbm_tables", tests, HOL_TEST_COUNT(tests));
}
