/* known: rows' free energies with any of their values missing, against sums over all states. */
#include "support.h"

#include "estimate/exact.h"
#include "estimate/known.h"
#include "estimate/pseudo.h"
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

/* by whatever way costs least */
static double sum_of(const hol_model *model, const float *theta, const uint8_t *bytes, const uint8_t *known) {
    hol_known *sums = NULL;
    double found = 0;
    assert_ok(hol_known_create(model, theta, &sums));
    assert_ok(hol_known_sum(sums, bytes, known, HOL_KNOWN_WORK_OF_ROW, &found));
    hol_known_destroy(sums);
    return found;
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
        uint8_t bytes[VISIBLE], mask[VISIBLE];
        bytes_of(v, VISIBLE, bytes);
        bytes_of(known, VISIBLE, mask);
        const double expected = truth(&m, p, v, known);
        good = good && fabs(values[c] - expected) < 1e-5;
        good = good && fabs(sum_of(m.model, m.theta, bytes, mask) - expected) < 1e-12 * 50;
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

/* The mean over a row's known units of ln p(unit | the others that are known), over rows that know any, each from the
 * weights of all states. */
static void test_pseudo_likelihood_is_of_what_is_known(void **state) {
    (void)state;
    const hol_model_options options = {.kind = "rbm", .visible = VISIBLE, .hidden = 3, .temperature = 1.3};
    machine m = make_model(&options);
    enum { ROWS = STATES * STATES };
    uint8_t bytes[ROWS * VISIBLE], known[ROWS * VISIBLE];
    draw_theta(&m, 0.8, 6);
    double z = 0, *p = enumerate(&m, in_double(&m), &z), expected = 0, squares = 0;
    for (uint64_t r = 0; r < ROWS; r++) {
        const uint64_t v = r / STATES, mask = r % STATES;
        double sum = 0;
        bytes_of(v & mask, VISIBLE, bytes + r * VISIBLE);
        bytes_of(mask, VISIBLE, known + r * VISIBLE);
        for (int i = 0; i < VISIBLE; i++)
            if (mask >> i & 1) sum += truth(&m, p, v, mask ^ UINT64_C(1) << i) - truth(&m, p, v, mask);
        const double mean = mask ? sum / __builtin_popcountll(mask) : 0;
        expected += mean / (ROWS - STATES); /* one row of each state knows nothing */
        squares += mean * mean / (ROWS - STATES);
    }
    int64_t first = 0, owned = 0;
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &owned);
    const hol_exact_rows rows = {
        .states = bytes + first * VISIBLE, .known = known + first * VISIBLE, .first = first, .count = owned};
    hol_pseudo_result found;
    assert_ok(hol_pseudo_known(test_comm, m.model, m.theta, &rows, &found));
    assert_all(fabs(found.mean - expected) < 1e-6 && found.impossible == 0);
    assert_all(fabs(found.standard_error - sqrt((squares - expected * expected) / (ROWS - STATES - 1))) < 1e-6);
    hol_free(p);
    free_machine(&m);
}

/* Variables of 1 to 4 states: all states of those that are missing, and no other digits. */
static void test_variables_are_summed_over_their_states(void **state) {
    (void)state;
    hol_factors *factors = random_factors(52, 4, 8, 0);
    field f = make_field(factors, 0.8, 1);
    for (uint64_t mask = 0; mask < 16; mask++) {
        uint8_t states[16] = {0}, row[16] = {0}, bytes[16], known[16];
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
        assert_true(fabs(sum_of(f.model, f.theta, bytes, known) + log(sum)) < 1e-6);
    }
    free_field(&f);
}

/* ln of the sum over the missing visible units (the others being 0) and hidden ones, of a machine whose hidden units
 * are few: for each hidden state the missing visible units in closed form. */
static double by_hidden(const machine *m, int64_t first_missing) {
    const int64_t visible = m->visible, hidden = m->hidden;
    const double tau = m->temperature;
    double sum = 0;
    for (uint64_t h = 0; h < UINT64_C(1) << hidden; h++) {
        double log_weight = 0;
        for (int64_t j = 0; j < hidden; j++)
            if (h >> j & 1) log_weight += (double)m->theta[visible + j] / tau;
        for (int64_t i = first_missing; i < visible; i++) {
            double sum_of_i = (double)m->theta[i];
            for (int64_t j = 0; j < hidden; j++)
                if (h >> j & 1) sum_of_i += (double)m->theta[visible + hidden + i * hidden + j];
            log_weight += log1p(exp(sum_of_i / tau));
        }
        sum += exp(log_weight);
    }
    return log(sum);
}

/* More than 2^20 completions: tables don't take such rows, and say so; exactly they are summed by the hidden side. */
static void test_rows_with_much_missing_are_summed_by_the_smaller_side(void **state) {
    (void)state;
    const hol_model_options options = {.kind = "rbm", .visible = 60, .hidden = 7, .temperature = 1.2};
    machine m = make_model(&options);
    bool is_countable = true;
    hol_population *x = NULL;
    uint8_t bytes[60] = {0}, known[60] = {0};
    draw_theta(&m, 0.4, 3);
    assert_ok(hol_population_create(m.model, 3, hol_comm_rank(test_comm), hol_comm_size(test_comm), &x));
    assert_ok(hol_population_add_held(m.model, x));
    assert_ok(hol_known_is_countable(test_comm, m.model, x, &is_countable));
    assert_all(!is_countable);
    double *values = make_values(x);
    assert_ok(hol_known_free_energy(m.model, x, values));
    assert_all(x->states.blocks == 0 || isnan(values[2]));
    assert_all(fabs(sum_of(m.model, m.theta, bytes, known) + by_hidden(&m, 0)) < 1e-10);
    memset(known, 1, 20);
    assert_all(fabs(sum_of(m.model, m.theta, bytes, known) + by_hidden(&m, 20)) < 1e-10);
    hol_free(values);
    hol_population_destroy(x);
    free_machine(&m);
}

/* Thirteen missing units of a machine with 200 hidden ones, whose completions stand in `by_completions` one by one: the
 * smaller side is now the visible one. Costs more than it may: unknown. */
static void test_rows_of_machines_with_many_hidden_units(void **state) {
    (void)state;
    enum { MISSING = 13 };
    const hol_model_options options = {.kind = "rbm", .visible = 24, .hidden = 200, .temperature = 1};
    machine m = make_model(&options);
    uint8_t bytes[24] = {1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1}, known[24] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    hol_log_sum sum = hol_log_sum_empty();
    hol_known *sums = NULL;
    double found = 0, work = 0;
    draw_theta(&m, 0.3, 9);
    for (int64_t n = 0; n < 1 << MISSING; n++) {
        hol_known_complete(m.model, known, n, bytes);
        hol_log_sum_add(&sum, -m.model->ops->exact_free_energy(m.model, m.theta, bytes));
    }
    assert_all(fabs(sum_of(m.model, m.theta, bytes, known) + hol_log_sum_get(&sum)) < 1e-9);
    assert_ok(hol_known_create(m.model, m.theta, &sums));
    assert_ok(hol_known_find_work(sums, bytes, known, &work));
    assert_all(work > 200 * (1 << MISSING) && work < 300 * (1 << MISSING));
    assert_ok(hol_known_sum(sums, bytes, known, 1e6, &found));
    assert_all(isnan(found));
    hol_known_destroy(sums);
    free_machine(&m);
}

/* Two variables of which one's state forbids all of the other's: a row without any completion, by each way. */
static void test_rows_without_a_completion_are_impossible(void **state) {
    (void)state;
    hol_factors *factors = NULL;
    double *table = NULL;
    assert_ok(hol_factors_create(2, (const int32_t[]){2, 3}, &factors));
    assert_ok(hol_factors_add(factors, 2, (const int32_t[]){0, 1}, &table));
    for (int s = 0; s < 3; s++) table[s] = -(double)INFINITY;
    field f = make_field(factors, 1, 1);
    const uint8_t bytes[3] = {0}, known[3] = {1, 0, 0};
    hol_population *x = NULL;
    assert_ok(hol_population_create(f.model, 1, 0, 1, &x));
    assert_ok(hol_population_add_held(f.model, x));
    hol_population_hold_bytes(x, 0, 3, 0, 1, known);
    double *values = make_values(x);
    assert_ok(hol_known_free_energy(f.model, x, values));
    assert_true(isinf(values[0]) && values[0] > 0);
    const double found = sum_of(f.model, f.theta, bytes, known);
    assert_true(isinf(found) && found > 0);
    hol_free(values);
    hol_population_destroy(x);
    free_field(&f);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_energies_are_sums_over_what_is_missing),
        cmocka_unit_test(test_pseudo_likelihood_is_of_what_is_known),
        cmocka_unit_test(test_variables_are_summed_over_their_states),
        cmocka_unit_test(test_rows_with_much_missing_are_summed_by_the_smaller_side),
        cmocka_unit_test(test_rows_of_machines_with_many_hidden_units),
        cmocka_unit_test(test_rows_without_a_completion_are_impossible),
    };
    return hol_test_main(argc, argv, "known", tests, HOL_TEST_COUNT(tests));
}
