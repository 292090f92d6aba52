/* network: layers and blocks of one's own, binary and spin, matrices, edges and shared couplings, alone and mixed,
 * against enumeration of an energy written out in machine.h, in double. */
#define HOL_TEST_COLLECTIVE "test_exact_"
#include "support.h"

#include "estimate/exact.h"
#include "machine_checks.h"

/* ---- models ------------------------------------------------------------------------------------------------------ */

enum {
    LAYER_COLUMNS = 3 + HOL_LAYER_NAME_SIZE,
    COLUMNS = HOL_LAYER_COLUMNS,
    MATRIX = HOL_BLOCK_MATRIX,
    EDGES = HOL_BLOCK_EDGES,
    SHARED = HOL_BLOCK_SHARED
};

typedef struct kind {
    const char *name;
    struct {
        int hidden, type, variables;
    } layers[4];
    int blocks;
    int32_t block[6][4]; /* two layers, form, edges */
    int32_t edges[20];
    unsigned without;
    double temperature;
} kind;

static const kind kinds[] = {
    {"deep", {{0, 0, 4}, {1, 0, 3}, {1, 0, 2}}, 2, {{0, 1, MATRIX, 0}, {1, 2, MATRIX, 0}}, {0}, 0, 1.2},
    {"deep spins, skipping",
     {{0, 1, 3}, {1, 1, 2}, {1, 0, 2}, {1, 1, 2}},
     4,
     {{0, 1, MATRIX, 0}, {1, 2, MATRIX, 0}, {2, 3, MATRIX, 0}, {0, 3, MATRIX, 0}},
     {0},
     0,
     1},
    {"rbm of spins", {{0, 1, 5}, {1, 1, 4}}, 1, {{0, 1, MATRIX, 0}}, {0}, 0, 0.9},
    {"rbm of spins and bits, no biases", {{0, 1, 5}, {1, 0, 4}}, 1, {{0, 1, MATRIX, 0}}, {0}, HOL_MODEL_BIASES, 1},
    {"pixels and label",
     {{0, 0, 4}, {0, 1, 2}, {1, 0, 3}},
     3,
     {{0, 2, MATRIX, 0}, {1, 2, MATRIX, 0}, {0, 0, MATRIX, 0}},
     {0},
     0,
     1},
    {"spins, all pairs", {{0, 1, 7}}, 1, {{0, 0, MATRIX, 0}}, {0}, 0, 1.5},
    {"ring of spins and bits",
     {{0, 1, 4}, {1, 0, 4}},
     2,
     {{0, 1, MATRIX, 0}, {0, 0, EDGES, 4}},
     {0, 1, 1, 2, 3, 2, 3, 0},
     0,
     1},
    {"shared ring",
     {{0, 0, 4}, {1, 1, 3}},
     2,
     {{0, 0, SHARED, 4}, {0, 1, MATRIX, 0}},
     {0, 1, 1, 2, 3, 2, 3, 0},
     0,
     1.1},
    {"lists alone",
     {{0, 1, 4}, {0, 0, 4}},
     3,
     {{0, 0, EDGES, 3}, {0, 1, EDGES, 3}, {1, 1, SHARED, 3}},
     {0, 1, 1, 2, 3, 2, 0, 4, 5, 0, 3, 7, 4, 5, 5, 6, 7, 6},
     0,
     1},
    {"hidden edges", {{0, 1, 4}, {1, 1, 4}}, 2, {{0, 1, MATRIX, 0}, {1, 1, EDGES, 3}}, {4, 5, 5, 6, 7, 5}, 0, 1},
    {"edges to hidden", {{0, 0, 4}, {1, 1, 3}}, 1, {{0, 1, EDGES, 5}}, {0, 4, 1, 4, 5, 1, 6, 2, 3, 6}, 0, 1},
    {"two visible layers, nothing hidden",
     {{0, 1, 4}, {0, 0, 3}},
     2,
     {{0, 0, MATRIX, 0}, {0, 1, EDGES, 3}},
     {0, 4, 1, 4, 6, 3},
     0,
     1},
    {"columns, coupled", {{0, COLUMNS, 3}, {1, 0, 2}}, 2, {{0, 1, MATRIX, 0}, {0, 0, MATRIX, 0}}, {0}, 0, 0.8},
    {"columns alone", {{0, COLUMNS, 4}}, 1, {{0, 0, MATRIX, 0}}, {0}, 0, 1.2},
    {"hidden states", {{0, 1, 4}, {1, 3, 2}}, 1, {{0, 1, MATRIX, 0}}, {0}, 0, 1.1},
    {"hidden states, coupled", {{0, COLUMNS, 2}, {1, 3, 2}}, 2, {{0, 1, MATRIX, 0}, {1, 1, MATRIX, 0}}, {0}, 0, 1},
    {"bits, a column, spins and hidden states",
     {{0, 0, 3}, {0, COLUMNS, 1}, {1, 1, 2}, {1, 4, 1}},
     5,
     {{0, 0, SHARED, 2}, {0, 2, MATRIX, 0}, {1, 2, MATRIX, 0}, {2, 3, MATRIX, 0}, {0, 1, MATRIX, 0}},
     {0, 1, 2, 1},
     0,
     0.9},
    {"ring of states, shared",
     {{0, COLUMNS, 3}, {1, 0, 2}},
     2,
     {{0, 0, SHARED, 3}, {0, 1, MATRIX, 0}},
     {0, 3, 3, 6, 6, 0},
     0,
     0.9},
    {"columns on edges", {{0, COLUMNS, 4}}, 1, {{0, 0, EDGES, 3}}, {0, 3, 4, 0, 5, 3}, 0, 1.1},
    {"hidden states on edges",
     {{0, COLUMNS, 2}, {1, 3, 2}},
     2,
     {{0, 1, EDGES, 3}, {1, 1, SHARED, 1}},
     {0, 4, 7, 3, 0, 7, 4, 7},
     0,
     1},
    {"edges of spins, a column and hidden states",
     {{0, 1, 3}, {0, COLUMNS, 1}, {1, 3, 1}},
     3,
     {{0, 1, EDGES, 2}, {0, 2, EDGES, 2}, {0, 0, MATRIX, 0}},
     {0, 3, 3, 2, 0, 6, 1, 6},
     0,
     1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* of their columns; none: bits */
static const int32_t states_of[KINDS][4] = {[12] = {3, 2, 4}, [13] = {3, 2, 2, 4}, [15] = {3, 3}, [16] = {2, 2, 2, 3},
                                            [17] = {3, 3, 3}, [18] = {3, 2, 2, 4}, [19] = {3, 2}, [20] = {2, 2, 2, 3}};

static machine make_machine(const kind *k, double spread) {
    int32_t layers[4][LAYER_COLUMNS] = {{0}};
    hol_model_options options = {
        .kind = "network", .temperature = k->temperature, .without = k->without, .settings = {{"positive_sweeps", 20}}};
    int count = 0;
    int64_t edges = 0;
    for (; count < 4 && k->layers[count].variables > 0; count++) {
        *(k->layers[count].hidden ? &options.hidden : &options.visible) += k->layers[count].variables;
        layers[count][0] = k->layers[count].hidden;
        layers[count][1] = k->layers[count].type;
        layers[count][2] = k->layers[count].variables;
        layers[count][3] = 'a' + count;
    }
    for (int b = 0; b < k->blocks; b++) edges += k->block[b][3];
    options.structures[0] =
        (hol_structure){.name = "layers", .rows = count, .columns = LAYER_COLUMNS, .values = layers[0]};
    options.structures[1] = (hol_structure){.name = "blocks", .rows = k->blocks, .columns = 4, .values = k->block[0]};
    options.structures[2] = (hol_structure){.name = "edges", .rows = edges, .columns = 2, .values = k->edges};
    options.structure_count = edges > 0 ? 3 : 2;
    if (states_of[k - kinds][0] > 0)
        options.structures[options.structure_count++] = (hol_structure){
            .name = "cardinalities", .rows = 1, .columns = options.visible, .values = states_of[k - kinds]};
    machine m = make_model(&options);
    draw_theta(&m, spread * k->temperature, (uint32_t)(k - kinds));
    return m;
}

static int32_t share_of(const machine *m, int64_t i) {
    const hol_structure *blocks = hol_model_find_structure(&m->model->options, "blocks");
    const hol_model_info *info = &m->model->info;
    for (int64_t b = 0; b < blocks->rows; b++)
        if (blocks->values[4 * b + 2] == HOL_BLOCK_SHARED) {
            const hol_parameter_group *g = &info->groups[info->group_count - blocks->rows + b];
            if (i >= g->offset && i < g->offset + g->rows * g->columns) return blocks->values[4 * b + 3];
        }
    return 1;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* again, too: nothing of the first tables may be left in the second */
static void test_energies_equal_the_formula(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        check_energy(&m);
        draw_theta(&m, 0.5, 77);
        check_energy(&m);
        check_free_energy(&m);
        assert_true((m.model->ops->free_energy == NULL) ==
                    (k == 0 || k == 1 || k == 9 || k == 15 || k == 16 || k == 19));
        free_machine(&m);
    }
}

static void test_prepare_refuses_what_is_not_finite_or_huge(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.5);
        check_prepare_refuses(&m, 2e6f);
        free_machine(&m);
    }
}

static void test_pseudo_likelihood_and_reconstruction_equal_the_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        double drawn[64] = {0};
        if (m.model->ops->pseudo_likelihood)
            assert_true(check_pseudo_likelihood(&m, 400, (hol_rng_key){{8, (uint32_t)k}}, drawn) > 0);
        hol_population_destroy(check_reconstruction(&m, 200));
        free_machine(&m);
    }
}

/* of variable v in state x */
static int64_t state_of(const machine *m, uint64_t x, int64_t v) {
    const hol_variable of = hol_variable_get(m->model, v);
    int64_t s = 0;
    while (with_state(&of, x, s) != x) s++;
    return s;
}

static void check_marginals(const machine *m, const double *p, double z, const double *marginals) {
    for (int64_t v = 0; v < hol_model_variables(m->model); v++)
        for (int64_t s = 0; s < hol_variable_get(m->model, v).states; s++) {
            double sum = 0;
            for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++)
                if (is_state(m, x) && state_of(m, x, v) == s) sum += p[x] / z;
            assert_true(fabs(*marginals++ - sum) < 1e-9);
        }
}

/* ln Z, means, marginals and the product of tables */
static void test_exact_equals_the_sum_over_states(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 1);
        double z = 0, *p = enumerate(&m, in_double(&m), &z), found = 0, scratch[64], means[64], marginals[64];
        hol_factors *factors = NULL;
        const int bits = (int)m.model->ops->exact_units(m.model);
        assert_all(hol_exact_log_partition(test_comm, m.model, m.theta, &found) == HOL_OK);
        if (!(fabs(found - log(z)) < 1e-10)) fail_msg("%s: ln Z %.12g, expected %.12g", kinds[k].name, found, log(z));
        found = m.model->ops->exact_means(m.model, m.theta, 0, bits, scratch, means);
        assert_true(fabs(found - log(z)) < 1e-10);
        assert_ok(m.model->ops->factors(m.model, m.theta, &factors));
        assert_all(hol_exact_marginals(test_comm, m.model, m.theta, &found, marginals) == HOL_OK);
        check_marginals(&m, p, z, marginals);
        for (int64_t i = 0; i < m.units; i++)
            for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) means[i] -= x >> i & 1 ? p[x] / z : 0;
        for (int64_t i = 0; i < m.units; i++) assert_true(fabs(means[i]) < 1e-10);
        for (uint64_t x = 0; x < UINT64_C(1) << m.units; x++) {
            double sum = 0;
            for (int64_t f = 0; f < factors->count && is_state(&m, x); f++) {
                int64_t at = 0;
                for (int64_t s = factors->scope_starts[f]; s < factors->scope_starts[f + 1]; s++)
                    at = factors->cardinalities[factors->scopes[s]] * at + state_of(&m, x, factors->scopes[s]);
                sum += factors->tables[factors->table_starts[f] + at];
            }
            if (is_state(&m, x)) assert_true(fabs(sum - log(p[x])) < 1e-10);
        }
        hol_factors_destroy(factors);
        hol_free(p);
        free_machine(&m);
    }
}

static void test_independent_knows_its_partition_function(void **state) {
    (void)state;
    const double means[] = {0.2, 0.5, 0.9, 0.05, 0.6, 0.7, 0.3, 0.4, 0.1, 0.2, 0.3};
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 1);
        double z = 0;
        if (k < 12) {
            check_independent(&m, means, kinds[k].without ? NULL : means);
            check_independent(&m, NULL, NULL);
        } else { /* test_sites.c has what they are */
            const double log_z = m.model->ops->independent(m.model, means, m.theta);
            hol_free(enumerate(&m, in_double(&m), &z));
            assert_true(fabs(log_z - log(z)) < 1e-10);
        }
        free_machine(&m);
    }
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* False alarm below 1e-6 for each of four comparisons of each of the kinds. */
static void test_sweep_keeps_the_distribution(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        check_sweep_keeps_the_distribution(&m);
        free_machine(&m);
    }
}

/* The same: below 1e-6 for each of three groups of chains, after sweeps and after infer. */
static void test_held_units_condition_the_others(void **state) {
    (void)state;
    const int some[] = {0, 1, 4, 6, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
        machine m = make_machine(&kinds[some[k]], 0.4);
        check_held_units(&m, 20, m.hidden > 0);
        free_machine(&m);
    }
}

static void test_sweep_does_not_depend_on_the_layout(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.7);
        check_layouts(&m);
        free_machine(&m);
    }
}

/* ---- statistics and gradients ------------------------------------------------------------------------------------ */

/* States of all units, counted, where they are: the first 100, so that idle lanes must not count. */
static void test_accumulate_sums_states(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        hol_population *x = make_population(&m, 100);
        double expected[MACHINE_PARAMETERS] = {0};
        int32_t found[MACHINE_PARAMETERS];
        for (int64_t i = 0; i < m.model->info.parameters; i++) found[i] = 7; /* added to */
        for (int64_t c = 0; c < 100; c++) {
            uint64_t s = (uint64_t)(5 * c) & ((UINT64_C(1) << m.units) - 1);
            while (!is_state(&m, s)) s = (s + 1) & ((UINT64_C(1) << m.units) - 1);
            set_state(x, m.units, c, s);
            for (int64_t j = m.visible; x->levels && j < m.units; j++)
                x->levels[(c / 64 * x->hidden_stride + j - m.visible) * 64 + c % 64] = s >> j & 1 ? HOL_LEVELS : 0;
            add_statistics(&m, s, 1, expected);
        }
        for (int64_t w = 0; w < m.units; w++) x->states.words[m.units + w] |= ~UINT64_C(0) << 36;
        m.model->ops->accumulate(m.model, x, found);
        for (int64_t i = 0; i < m.model->info.parameters; i++) {
            const int32_t share = share_of(&m, i);
            const double scaled = expected[i] * m.model->info.unit / share, room = share > 1 ? 1.01 : 0;
            const bool is_within_site = found[i] == 0 && scaled == 0 && k >= 12; /* is not counted */
            if (!(fabs(found[i] - 7 - scaled) <= room) && !is_within_site)
                fail_msg("%s: %d: %d, expected %g", kinds[k].name, (int)i, found[i] - 7, scaled);
        }
        hol_population_destroy(x);
        free_machine(&m);
    }
}

/* As many chains as 32 bits have room for, of units that are all on: each sum is the largest one. */
static void test_accumulate_has_room_for_the_largest_sums(void **state) {
    (void)state;
    machine m = make_machine(&kinds[8], 0.8);
    const int64_t chains = INT32_MAX / m.model->info.largest;
    hol_population *x = make_population(&m, chains);
    int32_t found[MACHINE_PARAMETERS] = {0};
    for (int64_t w = 0; w < x->states.blocks * x->states.stride; w++) x->states.words[w] = ~UINT64_C(0);
    m.model->ops->accumulate(m.model, x, found);
    for (int64_t i = 0; i < m.model->info.parameters; i++) assert_int_equal(found[i], chains * m.model->info.unit);
    hol_population_destroy(x);
    free_machine(&m);
}

/* Probabilities of each visible unit given all others, of several layers, too. */
static void test_project_equals_the_conditionals(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.8);
        double z = 0, *p = enumerate(&m, in_double(&m), &z);
        hol_population *x = run_chains(&m, 200, 2);
        if (m.model->ops->project) m.model->ops->project(m.model, x);
        else assert_int_equal(k, 8); /* lists alone */
        for (int64_t c = 0; c < 200 && m.model->ops->project; c++)
            for (int64_t i = 0; i < m.visible; i++) {
                const double found = x->expected[c * 16 + i] * 0x1p-15;
                assert_true(fabs(found - conditional_of(&m, p, get_state(x, m.units, c), i)) < 0x1p-16 + 4e-6);
            }
        hol_population_destroy(x);
        hol_free(p);
        free_machine(&m);
    }
}

/* Of the data's log-likelihood, against differences: exact by levels, of which the chains have all offsets of the
 * dither once; of sampled hidden units within 6 standard deviations of their mean, products of spins having at most 1
 * (false alarm 2e-9 per parameter). Shared ones are left to the statistics above: their gradient is a mean's. */
static void test_gradient_equals_finite_differences(void **state) {
    (void)state;
    enum { DATA = 15, COPIES = 8000, FEW = 5 };
    for (int k = 0; k < KINDS; k++) {
        if (k == 7 || k == 8 || k == 16 || k == 17 || k == 19) continue;
        machine m = make_machine(&kinds[k], 0.5);
        const hol_draw draw = {.key = hol_rng_key_make(4, HOL_STREAM_POSITIVE), .step = 5};
        const bool draws = m.model->info.infer_draws;
        check_gradient(&m, draws ? DATA : FEW, draws ? COPIES : 1 << HOL_PROBABILITY_BITS, &draw,
                       draws ? 6 / sqrt(DATA * COPIES) : 4 * 0x1p-16 + 8e-6);
        free_machine(&m);
    }
}

static void test_center_is_there_with_biases_and_matrices(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        machine m = make_machine(&kinds[k], 0.5);
        bool dense = !kinds[k].without;
        for (int b = 0; b < kinds[k].blocks; b++) dense = dense && kinds[k].block[b][2] == MATRIX;
        assert_true((m.model->ops->center != NULL) == dense);
        assert_true(m.model->info.first_order == (dense ? m.units : 0));
        assert_true(m.model->info.signed_spins == (kinds[k].layers[0].type == 1 && k != 8 && k != 11 && k != 20));
        free_machine(&m);
    }
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void test_create_refuses_what_is_no_network(void **state) {
    (void)state;
    int32_t layers[2][LAYER_COLUMNS] = {{0, 0, 3, 'v'}, {1, 0, 2, 'h'}}, block[2][4] = {{0, 1, MATRIX, 0}};
    hol_model *model = NULL;
    hol_model_options o = {.kind = "network", .visible = 3, .hidden = 2, .temperature = 1, .structure_count = 2};
    o.structures[0] = (hol_structure){.name = "layers", .rows = 2, .columns = LAYER_COLUMNS, .values = layers[0]};
    o.structures[1] = (hol_structure){.name = "blocks", .rows = 1, .columns = 4, .values = block[0]};
    assert_ok(hol_model_create(&o, &model));
    assert_non_null(hol_model_find_group(model, "v_bias"));
    assert_non_null(hol_model_find_group(model, "v_h_couplings"));
    hol_model_destroy(model);
    o.visible = 4;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found 4 columns, expected 3");
    o.visible = 3;
    layers[1][2] = 0;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "0 units in layer 1");
    layers[1][2] = 2;
    layers[0][0] = 1, layers[1][0] = 0;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "visible first");
    layers[0][0] = 0, layers[1][0] = 1;
    const int32_t bad[][4] = {{1, 0, MATRIX, 0}, {0, 2, MATRIX, 0}, {-1, 0, MATRIX, 0},
                              {0, 1, 3, 0},      {0, 1, EDGES, 1},  {0, 1, MATRIX, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(block[0], bad[i], sizeof bad[i]);
        assert_refused(hol_model_create(&o, &model), HOL_USAGE, "no such block in row 0");
    }
    memcpy(block[0], (int32_t[]){0, 1, MATRIX, 0}, sizeof block[0]);
    memcpy(block[1], block[0], sizeof block[0]);
    o.structures[1].rows = 2;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "no such block in row 1");
    memcpy(block[1], (int32_t[]){0, 0, EDGES, 1}, sizeof block[1]);
    o.structures[o.structure_count++] =
        (hol_structure){.name = "edges", .rows = 1, .columns = 2, .values = (int32_t[]){0, 4}};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "edge 0 (from 0): found units 0 and 4");
    assert_null(model);
}

static void test_create_refuses_layers_that_are_not_the_columns(void **state) {
    (void)state;
    int32_t layers[2][LAYER_COLUMNS] = {{0, COLUMNS, 3, 'v'}, {1, 0, 2, 'h'}}, block[1][4] = {{0, 1, MATRIX, 0}};
    hol_model *model = NULL;
    hol_model_options o = {.kind = "network", .visible = 3, .hidden = 2, .temperature = 1, .structure_count = 2};
    o.structures[0] = (hol_structure){.name = "layers", .rows = 2, .columns = LAYER_COLUMNS, .values = layers[0]};
    o.structures[1] = (hol_structure){.name = "blocks", .rows = 1, .columns = 4, .values = block[0]};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE,
                   "found layer v of type categorical, but no columns of states");
    o.structures[o.structure_count++] =
        (hol_structure){.name = "cardinalities", .rows = 1, .columns = 3, .values = (int32_t[]){2, 5, 2}};
    assert_ok(hol_model_create(&o, &model));
    assert_int_equal(model->info.visible, 7);
    hol_model_destroy(model);
    layers[0][1] = 0;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE,
                   "found 5 states in column 1 (from 0), expected 2 in layer v");
    layers[0][1] = COLUMNS;
    layers[0][2] = 2;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found 3 columns, expected 2");
    layers[0][2] = 4;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found 3 columns, expected 4");
    layers[0][2] = 3;
    layers[1][1] = 257;
    assert_refused(hol_model_create(&o, &model), HOL_USAGE, "found type 257 in layer 1");
    layers[1][1] = 4;
    memcpy(block[0], (int32_t[]){0, 1, EDGES, 1}, sizeof block[0]);
    o.structures[o.structure_count++] =
        (hol_structure){.name = "edges", .rows = 1, .columns = 2, .values = (int32_t[]){0, 8}};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE,
                   "edge 0 (from 0): found units 0 and 8, expected the first of a variable");
    memcpy(block[0], (int32_t[]){0, 0, SHARED, 1}, sizeof block[0]);
    o.structures[3].values = (int32_t[]){0, 1};
    assert_refused(hol_model_create(&o, &model), HOL_USAGE,
                   "found variables of 2 and of 5 states in one layer, expected as many of all that share");
    assert_null(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_refuses_what_is_no_network),
        cmocka_unit_test(test_create_refuses_layers_that_are_not_the_columns),
        cmocka_unit_test(test_energies_equal_the_formula),
        cmocka_unit_test(test_prepare_refuses_what_is_not_finite_or_huge),
        cmocka_unit_test(test_pseudo_likelihood_and_reconstruction_equal_the_conditionals),
        cmocka_unit_test(test_exact_equals_the_sum_over_states),
        cmocka_unit_test(test_independent_knows_its_partition_function),
        cmocka_unit_test(test_sweep_keeps_the_distribution),
        cmocka_unit_test(test_held_units_condition_the_others),
        cmocka_unit_test(test_sweep_does_not_depend_on_the_layout),
        cmocka_unit_test(test_accumulate_sums_states),
        cmocka_unit_test(test_accumulate_has_room_for_the_largest_sums),
        cmocka_unit_test(test_project_equals_the_conditionals),
        cmocka_unit_test(test_gradient_equals_finite_differences),
        cmocka_unit_test(test_center_is_there_with_biases_and_matrices),
    };
    return hol_test_main(argc, argv, "network", tests, HOL_TEST_COUNT(tests));
}
