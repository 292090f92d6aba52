/* conditional: probabilities of missing values against enumeration of all states, exactly and by chains, of every kind;
 * draws against the same weights; rows in any place. */
#include "support.h"

#include "estimate/conditional.h"
#include "machine.h"

enum { V = 6, ROWS = 70, CHAINS = 64 };

/* Every second row lacks some units, the others one; the last row lacks all. */
typedef struct data {
    uint8_t states[ROWS * V], known[ROWS * V];
} data;

static data make_data(void) {
    data d;
    for (int r = 0; r < ROWS; r++) {
        const hol_rng_words w = hol_rng_draw((hol_rng_key){{5, 6}}, (uint32_t)r, 0, 0, 0);
        const uint32_t known = r + 1 == ROWS ? 0 : r % 2 ? ~(UINT32_C(1) << w.word[1] % V) : w.word[1];
        for (int i = 0; i < V; i++) {
            d.states[r * V + i] = w.word[0] >> i & 1; /* also where it is not known, which must not matter */
            d.known[r * V + i] = known >> i & 1;
        }
    }
    return d;
}

/* p(unit is on | the row's known units) of visible states' weights p (2^V) */
static double enumerated(const double *p, const uint8_t *states, const uint8_t *known, int unit) {
    double all = 0, on = 0;
    for (uint64_t v = 0; v < UINT64_C(1) << V; v++) {
        bool fits = true;
        for (int i = 0; i < V; i++) fits = fits && (!known[i] || (v >> i & 1) == states[i]);
        all += fits ? p[v] : 0;
        on += fits && v >> unit & 1 ? p[v] : 0;
    }
    return on / all;
}

/* This rank's part of the rows, in whatever places, is found. */
static hol_conditional find(const machine *m, const data *d, const hol_conditional_options *options,
                            int64_t *ret_first) {
    hol_conditional found;
    int64_t first = 0, count = 0;
    hol_comm_share(ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &first, &count);
    const hol_conditional_rows rows = {
        .states = d->states + first * V, .known = d->known + first * V, .first = first, .count = count};
    assert_ok(hol_conditional_find(test_comm, m->model, &rows, options, &found));
    *ret_first = first;
    return found;
}

/* the visible states' weights, the caller's to hol_free */
static double *weights_of(const machine *m) {
    double z = 0, *p = enumerate(m, in_double((machine *)(uintptr_t)m), &z);
    for (uint64_t x = UINT64_C(1) << V; x < UINT64_C(1) << m->units; x++) p[x & ((1 << V) - 1)] += p[x];
    return p;
}

/* All cells of all rows, the larger of two deviations: exact ones against 1e-5, others against six standard errors and
 * what 15 bits round off. Of 64 chains: a false alarm of 1e-7 a cell, of some 200 cells. */
static void check_values(const machine *m, const hol_conditional_options *options, hol_conditional_way way) {
    const data d = make_data();
    double *p = weights_of(m), worst = 0;
    int64_t first = 0, cells = 0, others = 0;
    hol_conditional found = find(m, &d, options, &first);
    for (int64_t r = 0; r < found.rows; r++) {
        const uint8_t *known = d.known + (first + r) * V;
        int64_t k = found.first_cells[r];
        for (int i = 0; i < V; i++) {
            if (known[i]) continue;
            const double truth = enumerated(p, d.states + (first + r) * V, known, i);
            const double *values = found.values + found.first_values[k];
            const double room = way == HOL_CONDITIONAL_EXACT ? 1e-5 : 6 * found.errors[k] + 1e-4;
            others += found.columns[k] != i || found.first_values[k + 1] - found.first_values[k] != 2;
            worst = fmax(worst, fmax(fabs(values[1] - truth), fabs(values[0] + truth - 1)) / room);
            if (way == HOL_CONDITIONAL_EXACT) others += found.errors[k] > 0;
            k++;
            cells++;
        }
        others += k != found.first_cells[r + 1];
        others += found.ways[r] != (k == found.first_cells[r] ? HOL_CONDITIONAL_KNOWN : way);
    }
    if (!(worst < 1)) print_message("%s: %g times what is allowed\n", m->model->ops->kind, worst);
    assert_all(cells > 0 && others == 0 && worst < 1);
    hol_conditional_clear(&found);
    hol_free(p);
}

static machine make_machine(const char *kind, int64_t hidden, double temperature) {
    const hol_model_options options = {.kind = kind, .visible = V, .hidden = hidden, .temperature = temperature};
    machine m = make_model(&options);
    draw_theta(&m, 0.8, (uint32_t)(hidden + 31));
    return m;
}

static const hol_conditional_options exactly = {
    .completions = 64, .chains = CHAINS, .settle = 100, .sweeps = 300, .seed = 4};
static const hol_conditional_options by_chains = {.chains = CHAINS, .settle = 100, .sweeps = 300, .seed = 4};

static void test_exact_values_equal_enumeration(void **state) {
    (void)state;
    const struct {
        const char *kind;
        int64_t hidden;
        double temperature;
    } cases[] = {{"rbm", 4, 1}, {"rbm", 3, 0.7}, {"boltzmann", 0, 1}};
    for (int k = 0; k < 3; k++) {
        machine m = make_machine(cases[k].kind, cases[k].hidden, cases[k].temperature);
        check_values(&m, &exactly, HOL_CONDITIONAL_EXACT);
        free_machine(&m);
    }
}

/* Where rows have too many completions, and always where hidden units are coupled. */
static void test_sampled_values_are_near_enumeration(void **state) {
    (void)state;
    machine rbm = make_machine("rbm", 4, 1), whole = make_machine("boltzmann", 0, 1),
            deep = make_machine("boltzmann", 3, 1);
    check_values(&rbm, &by_chains, HOL_CONDITIONAL_SAMPLED);
    check_values(&whole, &by_chains, HOL_CONDITIONAL_SAMPLED);
    check_values(&deep, deep.model->ops->free_energy ? &by_chains : &exactly, HOL_CONDITIONAL_SAMPLED);
    free_machine(&rbm);
    free_machine(&whole);
    free_machine(&deep);
}

/* A row that knows nothing: draws have the model's distribution, of both ways. */
static void test_draws_have_the_conditional_distribution(void **state) {
    (void)state;
    enum { DRAWS = 5000 };
    machine m = make_machine("rbm", 4, 1);
    double *p = weights_of(&m), z = 0;
    const uint8_t states[V] = {0}, known[V] = {0};
    for (int v = 0; v < 1 << V; v++) z += p[v];
    for (int way = 0; way < 2; way++) {
        double seen[1 << V] = {0}, freedom = 0;
        hol_conditional found;
        const hol_conditional_options options = {
            .completions = way ? 0 : 64, .chains = DRAWS, .settle = 60, .sweeps = 1, .draws = DRAWS, .seed = 9};
        const int mine = hol_comm_rank(test_comm) == 0; /* the only row is rank 0's */
        const hol_conditional_rows rows = {.states = states, .known = known, .first = mine ? 0 : 1, .count = mine};
        assert_ok(hol_conditional_find(test_comm, m.model, &rows, &options, &found));
        for (int d = 0; d < DRAWS && mine; d++) {
            int v = 0;
            for (int i = 0; i < V; i++) v |= found.drawn[i * DRAWS + d] << i;
            seen[v]++;
        }
        const double chi = mine ? chi_square(seen, p, z, 1 << V, DRAWS, &freedom) : 0;
        assert_all(!mine || chi < chi_limit(freedom)); /* false alarm below 1e-6 */
        hol_conditional_clear(&found);
    }
    hol_free(p);
    free_machine(&m);
}

/* More chains than a block has lanes, and numbers that don't divide it, give what each rank gives alone. */
static void test_rows_have_the_same_bits_on_any_rank(void **state) {
    (void)state;
    const int64_t chains[] = {2, 7, 64, 130};
    machine m = make_machine("rbm", 4, 1);
    const data d = make_data();
    for (int k = 0; k < 4; k++) {
        const hol_conditional_options options = {.chains = chains[k], .settle = 2, .sweeps = 3, .draws = 2, .seed = 4};
        int64_t first = 0, values = 0, at = 0;
        hol_conditional found = find(&m, &d, &options, &first);
        /* the same rows, all of them on rank 0 */
        hol_conditional whole;
        const int all = hol_comm_rank(test_comm) == 0 ? ROWS : 0;
        const hol_conditional_rows rows = {.states = d.states, .known = d.known, .first = all ? 0 : ROWS, .count = all};
        assert_ok(hol_conditional_find(test_comm, m.model, &rows, &options, &whole));
        void *gathered = NULL, *drawn = NULL;
        values = found.first_values[found.cells];
        assert_ok(hol_comm_gather(test_comm, found.values, values * (int64_t)sizeof(double), &gathered, &at));
        const bool same = !all || (at == whole.first_values[whole.cells] * (int64_t)sizeof(double) &&
                                   memcmp(gathered, whole.values, (size_t)at) == 0);
        assert_ok(hol_comm_gather(test_comm, found.drawn, found.cells * 2, &drawn, &at));
        const bool same_draws = !all || (at == whole.cells * 2 && memcmp(drawn, whole.drawn, (size_t)at) == 0);
        assert_all(same && same_draws);
        hol_free(gathered);
        hol_free(drawn);
        hol_conditional_clear(&found);
        hol_conditional_clear(&whole);
    }
    free_machine(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_values_equal_enumeration),
        cmocka_unit_test(test_sampled_values_are_near_enumeration),
        cmocka_unit_test(test_draws_have_the_conditional_distribution),
        cmocka_unit_test(test_rows_have_the_same_bits_on_any_rank),
    };
    return hol_test_main(argc, argv, "conditional", tests, HOL_TEST_COUNT(tests));
}
