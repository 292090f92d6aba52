/* missing: the positive phase's statistics, given what rows know, against enumeration; the same draws on any cut. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <omp.h>

#include "machine_checks.h"
#include "train/missing.h"

enum { VISIBLE = 5, PATTERNS = 4, COPIES = 40000, SWEEPS = 40 };

/* bits of what is known, and its values: all, most, one, nothing */
static const uint64_t known[PATTERNS] = {0x1f, 0x15, 0x08, 0}, values[PATTERNS] = {0x0b, 0x11, 0x08, 0};

static machine make_kind(int64_t hidden, unsigned without) {
    const hol_model_options options = {.kind = "boltzmann",
                                       .visible = VISIBLE,
                                       .hidden = hidden,
                                       .temperature = 1.2,
                                       .without = without,
                                       .settings = {{"positive_sweeps", 3}}};
    machine m = make_model(&options);
    draw_theta(&m, 0.9, (uint32_t)(hidden + without));
    return m;
}

static void hold_patterns(const machine *m, hol_population *x) {
    int64_t first = 0, owned = 0;
    hol_population_get_owned(x, &first, &owned);
    assert_ok(hol_population_add_held(m->model, x));
    for (int64_t c = first; c < first + owned; c++) {
        uint8_t bytes[64];
        set_state(x, VISIBLE, c, values[c % PATTERNS]);
        bytes_of(known[c % PATTERNS], VISIBLE, bytes);
        hol_population_hold_bytes(x, 0, VISIBLE, c, 1, bytes);
    }
}

/* E[T given what is known], the mean over the patterns */
static void expect(machine *m, double *means) {
    double z = 0, *p = enumerate(m, in_double(m), &z);
    const uint64_t states = UINT64_C(1) << m->units, visible = (1U << VISIBLE) - 1;
    for (int k = 0; k < PATTERNS; k++) {
        double all = 0;
        for (uint64_t x = 0; x < states; x++)
            if (((x & visible) & known[k]) == (values[k] & known[k])) all += p[x];
        for (uint64_t x = 0; x < states; x++)
            if (((x & visible) & known[k]) == (values[k] & known[k]))
                add_statistics(m, x, p[x] / all / PATTERNS, means);
    }
    hol_free(p);
}

/* A mean of 160,000 chains of a statistic in [0, 1] errs by at most 0.00125 (one standard error); 6 of them on each of
 * some 100 entries: false alarm below 1e-6. What sweeps leave of where they begin, 0.9^40 at the most, is less. */
static void test_statistics_are_those_given_what_is_known(void **state) {
    (void)state;
    static const struct {
        int64_t hidden;
        unsigned without;
    } kinds[] = {{3, HOL_MODEL_VISIBLE_COUPLINGS | HOL_MODEL_HIDDEN_COUPLINGS}, /* an rbm */
                 {0, 0},
                 {3, HOL_MODEL_HIDDEN_COUPLINGS},
                 {3, 0}};
    const double means[VISIBLE] = {0.1, 0.5, 0.9, 0.3, 0.6};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        machine m = make_kind(kinds[k].hidden, kinds[k].without);
        double expected[MACHINE_PARAMETERS] = {0};
        int32_t sums[MACHINE_PARAMETERS] = {0};
        hol_missing *missing = NULL;
        hol_population *x = make_population(&m, COPIES * PATTERNS);
        assert_ok(hol_missing_create(m.model, means, SWEEPS, &missing));
        hold_patterns(&m, x);
        hol_missing_draw(missing, m.model, x, &(hol_draw){.key = {{3, 1}}, .step = 9});
        m.model->ops->accumulate(m.model, x, sums);
        expect(&m, expected);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            const double found = (double)sums[i] / m.model->info.unit / (COPIES * PATTERNS);
            if (!(fabs(found - expected[i]) < 6 * 0.00125))
                fail_msg("kind %d, entry %d: %g, expected %g", (int)k, (int)i, found, expected[i]);
        }
        hol_missing_destroy(missing);
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* What is drawn depends on the step, the chain and the unit alone; what is known stays. */
static void test_draws_do_not_depend_on_the_layout(void **state) {
    (void)state;
    enum { CHAINS = 700 };
    machine m = make_kind(3, 0);
    const double means[VISIBLE] = {0.1, 0.5, 0.9, 0.3, 0.6};
    const hol_draw draw = {.key = {{3, 1}}, .step = 9}, next = {.key = {{3, 1}}, .step = 10};
    hol_missing *missing = NULL;
    hol_population *whole = make_population(&m, CHAINS), *other = make_population(&m, CHAINS);
    assert_ok(hol_missing_create(m.model, means, 2, &missing));
    hold_patterns(&m, whole);
    hold_patterns(&m, other);
    hol_missing_draw(missing, m.model, whole, &draw);
    hol_missing_draw(missing, m.model, other, &next);
    assert_memory_not_equal(whole->states.words, other->states.words, 8 * 11 * VISIBLE);
    for (int64_t c = 0; c < CHAINS; c++)
        assert_true(((get_state(whole, VISIBLE, c) ^ values[c % PATTERNS]) & known[c % PATTERNS]) == 0);
    for (int ranks = 1; ranks <= 15; ranks += 7)
        for (int rank = 0; rank < ranks; rank++) {
            hol_population *part = NULL;
            omp_set_num_threads(1 + rank % 3);
            assert_ok(hol_population_create(m.model, CHAINS, rank, ranks, &part));
            hold_patterns(&m, part);
            hol_missing_draw(missing, m.model, part, &draw);
            assert_part_of(part, whole, m.units);
            hol_population_destroy(part);
        }
    omp_set_num_threads(2);
    hol_missing_destroy(missing);
    hol_population_destroy(whole);
    hol_population_destroy(other);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_are_those_given_what_is_known),
        cmocka_unit_test(test_draws_do_not_depend_on_the_layout),
    };
    return hol_test_main(argc, argv, "missing", tests, HOL_TEST_COUNT(tests));
}
