/* known: rows' free energies with any of their values missing, against sums over all states. */
#include "support.h"

#include "estimate/exact.h"
#include "estimate/known.h"
#include "field.h"
#include "machine.h"

enum { VISIBLE = 4, STATES = 1 << VISIBLE };

/* -ln of the weights of all states that agree with v in what is known */
static double truth(const machine *m, const double *p, uint64_t v, uint64_t known) {
    double sum = 0;
    for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++)
        if (((x ^ v) & known) == 0) sum += p[x];
    return -log(sum);
}

/* every row with every mask: chain v * STATES + mask, owned by any rank */
static void check_machine(const char *kind, int64_t hidden, unsigned without) {
    const hol_model_options options = {
        .kind = kind, .visible = VISIBLE, .hidden = hidden, .temperature = 1.3, .without = without};
    machine m = make_model(&options);
    draw_theta(&m, 0.8, 5);
    double z = 0, *p = enumerate(&m, in_double(&m), &z);
    hol_population *x = NULL;
    bool is_countable = false;
    int64_t first = 0, owned = 0;
    assert_ok(hol_population_create(m.model, STATES * STATES, hol_comm_rank(test_comm), hol_comm_size(test_comm), &x));
    assert_ok(hol_population_add_held(m.model, x));
    double *values = make_values(x);
    hol_population_get_owned(x, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        uint8_t bytes[64];
        bytes_of((uint64_t)(c % STATES), VISIBLE, bytes);
        set_state(x, VISIBLE, c, (uint64_t)(c / STATES));
        hol_population_hold_bytes(x, 0, VISIBLE, c, 1, bytes);
    }
    assert_ok(hol_known_is_countable(test_comm, m.model, x, &is_countable));
    assert_all(is_countable);
    assert_ok(hol_known_free_energy(m.model, x, values));
    bool good = true;
    for (int64_t c = 0; c < owned; c++) {
        const uint64_t v = (uint64_t)((first + c) / STATES), known = (uint64_t)((first + c) % STATES);
        uint8_t bytes[VISIBLE], mask[VISIBLE], scratch[VISIBLE];
        bytes_of(v, VISIBLE, bytes);
        bytes_of(known, VISIBLE, mask);
        const double expected = truth(&m, p, v, known);
        good = good && fabs(values[c] - expected) < 1e-5;
        good =
            good && fabs(hol_known_exact_free_energy(m.model, m.theta, bytes, mask, scratch) - expected) < 1e-12 * 50;
        good = good && get_state(x, VISIBLE, first + c) == v; /* as it stood */
    }
    assert_all(good);
    hol_population_destroy(x);
    hol_free(values);
    hol_free(p);
    free_machine(&m);
}

static void test_free_energies_are_sums_over_what_is_missing(void **state) {
    (void)state;
    check_machine("rbm", 3, 0);
    check_machine("boltzmann", 0, 0);
    check_machine("boltzmann", 2, HOL_MODEL_HIDDEN_COUPLINGS);
}

/* Variables of 1 to 4 states: all states of those that are missing, and no other digits. */
static void test_variables_are_summed_over_their_states(void **state) {
    (void)state;
    hol_factors *factors = random_factors(52, 4, 8, 0);
    field f = make_field(factors, 0.8, 1);
    for (uint64_t mask = 0; mask < 16; mask++) {
        uint8_t states[16] = {0}, row[16] = {0}, bytes[16], known[16], scratch[16];
        double sum = 0, count = 1;
        for (int v = 0; v < 4; v++) row[v] = (uint8_t)(factors->cardinalities[v] - 1);
        hol_columns_to_units(&f.model->info.columns, 1, row, bytes);
        for (int64_t v = 0; v < 4; v++) {
            for (int64_t u = f.model->info.columns.first_units[v]; u < f.model->info.columns.first_units[v + 1]; u++)
                known[u] = mask >> v & 1;
            if (!(mask >> v & 1)) count *= factors->cardinalities[v];
        }
        do {
            bool fits = true;
            for (int v = 0; v < 4; v++) fits = fits && (!(mask >> v & 1) || states[v] == row[v]);
            if (fits) sum += exp(log_weight_of(factors, states) / 0.8);
        } while (next_state(factors, states));
        assert_true(hol_known_count(f.model, known) == count);
        assert_true(fabs(hol_known_exact_free_energy(f.model, f.theta, bytes, known, scratch) + log(sum)) < 1e-6);
    }
    free_field(&f);
}

/* Too many completions: not taken, and said so. */
static void test_rows_with_too_much_missing_are_not_taken(void **state) {
    (void)state;
    const hol_model_options options = {.kind = "rbm", .visible = 30, .hidden = 2, .temperature = 1};
    machine m = make_model(&options);
    bool is_countable = true;
    hol_population *x = NULL;
    uint8_t bytes[30] = {0}, known[30] = {0}, scratch[30];
    assert_ok(m.model->ops->prepare(m.model, m.theta));
    assert_ok(hol_population_create(m.model, 3, hol_comm_rank(test_comm), hol_comm_size(test_comm), &x));
    assert_ok(hol_population_add_held(m.model, x));
    assert_ok(hol_known_is_countable(test_comm, m.model, x, &is_countable));
    assert_all(!is_countable);
    double *values = make_values(x);
    assert_ok(hol_known_free_energy(m.model, x, values));
    assert_all(x->states.blocks == 0 || isnan(values[2]));
    assert_all(isnan(hol_known_exact_free_energy(m.model, m.theta, bytes, known, scratch)));
    hol_free(values);
    hol_population_destroy(x);
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_energies_are_sums_over_what_is_missing),
        cmocka_unit_test(test_variables_are_summed_over_their_states),
        cmocka_unit_test(test_rows_with_too_much_missing_are_not_taken),
    };
    return hol_test_main(argc, argv, "known", tests, HOL_TEST_COUNT(tests));
}
