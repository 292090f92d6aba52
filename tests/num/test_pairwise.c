/* pairwise: sweeps and counts of sites that are coupled in pairs against plain sums over the parameters, rounded one by
 * one, and the scalar rule of drawing; on every instruction set, for any number of threads and any cut into blocks. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/narrow.h"
#include "num/pairwise.h"
#include "num/sites.h"

static const char *const names[] = {"generic", "avx2", "avx512", "amx"};
enum { NAMES = 4, LANES = 64 };

static uint32_t random_number(int64_t i, uint32_t salt) {
    return hol_rng_draw((hol_rng_key){{17, 42}}, (uint32_t)i, salt, 0, 0).word[0];
}

static void *get(int64_t count, size_t size) {
    void *memory = hol_allocate(count, size);
    assert_non_null(memory);
    return memory;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

/* Sites of `states` states, or with mixed of 1 to so many; all pairs, or one of three, half of which are given from the
 * second site on; couplings up to `size`. */
typedef struct sizes {
    int64_t sites;
    int32_t states;
    bool mixed, sparse;
    float size;
} sizes;

typedef struct problem {
    hol_pairwise_graph graph;
    int32_t *states, *ends;
    int64_t *couplings, *fields, *places;
    float *theta;
} problem;

static problem make(const sizes *by) {
    problem p = {.states = get(by->sites, 4), .ends = get(by->sites * by->sites, 8)};
    p.couplings = get(by->sites * by->sites, 8);
    p.fields = get(by->sites, 8);
    p.places = get(by->sites, 8);
    int64_t at = 0, pairs = 0;
    for (int64_t i = 0; i < by->sites; i++) {
        p.states[i] = by->mixed ? 1 + (int32_t)(random_number(i, 1) % (uint32_t)by->states) : by->states;
        p.places[i] = 2 * i + 1;
        p.fields[i] = i % 5 == 4 ? -1 : at;
        at += i % 5 == 4 ? 0 : p.states[i];
    }
    for (int32_t i = 0; i < by->sites; i++)
        for (int32_t j = i + 1; j < by->sites; j++) {
            if (by->sparse && random_number(i * by->sites + j, 2) % 3 > 0) continue;
            const bool turned = by->sparse && (i + j) % 2;
            p.ends[2 * pairs] = turned ? j : i;
            p.ends[2 * pairs + 1] = turned ? i : j;
            p.couplings[pairs++] = at;
            at += (int64_t)p.states[i] * p.states[j];
        }
    p.theta = get(at, 4);
    for (int64_t k = 0; k < at; k++) p.theta[k] = by->size * powf((float)random_number(k, 3) * 0x1p-31f - 1, 3);
    p.graph = (hol_pairwise_graph){by->sites, pairs, at, p.states, p.ends, p.couplings, p.fields, 0, false};
    return p;
}

static void drop(problem *p) {
    void *const arrays[] = {p->states, p->ends, p->couplings, p->fields, p->places, p->theta};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) hol_free(arrays[i]);
}

/* ---- the plain reference ----------------------------------------------------------------------------------------- */

static void add_fields(const problem *p, int64_t i, const uint8_t *states, float factor, int32_t *fields) {
    const hol_pairwise_graph *g = &p->graph;
    for (int32_t a = 0; a < p->states[i]; a++)
        fields[a] = g->fields[i] < 0 ? 0 : (int32_t)roundf(p->theta[g->fields[i] + a] * factor);
    for (int64_t e = 0; e < g->pairs; e++) {
        const int32_t r = g->ends[2 * e], c = g->ends[2 * e + 1];
        if (r != i && c != i) continue;
        for (int32_t a = 0; a < p->states[i]; a++) {
            const int64_t row = r == i ? a : states[r * LANES], column = c == i ? a : states[c * LANES];
            fields[a] += (int32_t)roundf(p->theta[g->couplings[e] + row * p->states[c] + column] * factor);
        }
    }
}

static void sweep_plainly(const problem *p, const hol_pairwise_states *x, const hol_draw *draw, int bits, double tau) {
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t i = 0; i < p->graph.sites; i++)
            for (int l = 0; l < LANES; l++) {
                int32_t fields[HOL_SITE_STATES_MAX], most = INT32_MIN;
                uint32_t weights[HOL_SITE_STATES_MAX];
                uint8_t *lane = x->states + b * p->graph.sites * LANES + l;
                if (p->states[i] == 1) continue;
                if (x->held && x->held[b * x->held_stride + x->held_places[i]] >> l & 1) continue;
                add_fields(p, i, lane, (float)(ldexp(1, bits) / tau), fields);
                for (int32_t a = 0; a < p->states[i]; a++) most = fields[a] > most ? fields[a] : most;
                for (int32_t a = 0; a < p->states[i]; a++)
                    weights[a] = hol_sites_weight_ref((uint32_t)most - (uint32_t)fields[a], (float)ldexp(1, -bits));
                const uint32_t u = hol_sites_number_ref(draw, i, (x->first_block + b) * LANES + l);
                lane[i * LANES] = (uint8_t)hol_sites_choose_ref(weights, p->states[i], u);
            }
}

static void count_plainly(const problem *p, const hol_pairwise_states *x, int64_t count, int32_t *counts) {
    const hol_pairwise_graph *g = &p->graph;
    for (int64_t c = 0; c < x->blocks * LANES && x->first_block * LANES + c < count; c++) {
        const uint8_t *lane = x->states + c / LANES * g->sites * LANES + c % LANES;
        for (int64_t i = 0; i < g->sites; i++)
            if (g->fields[i] >= 0) counts[g->fields[i] + lane[i * LANES]]++;
        for (int64_t e = 0; e < g->pairs; e++)
            counts[g->couplings[e] + lane[g->ends[2 * e] * LANES] * p->states[g->ends[2 * e + 1]] +
                   lane[g->ends[2 * e + 1] * LANES]]++;
    }
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

enum { BLOCKS = 3, SWEEPS = 2, FIRST_BLOCK = 5 };

static void fill_states(const problem *p, uint8_t *states) {
    for (int64_t k = 0; k < BLOCKS * p->graph.sites * LANES; k++)
        states[k] = (uint8_t)(random_number(k, 4) % (uint32_t)p->states[k / LANES % p->graph.sites]);
}

/* some sites held in all lanes of a block, some in a few */
static void fill_held(const problem *p, uint64_t *held) {
    for (int64_t b = 0; b < BLOCKS; b++)
        for (int64_t i = 0; i < p->graph.sites; i++)
            held[(b * p->graph.sites + i) * 2 + 1] = i % 3 == 0 ? ~UINT64_C(0) : i % 3 == b ? 0x8000000100100f01 : 0;
}

static void check(const problem *p, const hol_kernels *kernels, bool training, double tau, bool narrow, bool hold,
                  int threads) {
    const int64_t sites = p->graph.sites, bytes = BLOCKS * sites * LANES;
    const hol_draw draw = {.key = {{3, 4}}, .step = 9, .sweep = 2};
    uint8_t *states = get(bytes, 1), *expected = get(bytes, 1);
    uint64_t *held = get(BLOCKS * sites * 2, 8);
    int32_t *counts = get(p->graph.parameters, 4), *expected_counts = get(p->graph.parameters, 4);
    int16_t *narrow_counts = get(p->graph.parameters, 2);
    hol_pairwise *pairs = NULL;
    bool is_narrow = false;
    assert_int_equal(hol_pairwise_create(&p->graph, kernels, NULL, &pairs), HOL_OK);
    void *scratch = get(hol_pairwise_scratch_bytes(pairs, BLOCKS), 1);
    assert_int_equal((training ? hol_pairwise_prepare_training : hol_pairwise_prepare)(pairs, p->theta, tau), HOL_OK);
    const int bits = hol_pairwise_bits(pairs, &is_narrow);
    assert_int_equal(is_narrow, narrow);
    fill_states(p, states);
    fill_states(p, expected);
    fill_held(p, held);
    hol_pairwise_states x = {.states = states, .blocks = BLOCKS, .first_block = FIRST_BLOCK};
    if (hold) x.held = held, x.held_places = p->places, x.held_stride = 2 * sites;
    omp_set_num_threads(threads);
    hol_pairwise_sweep(pairs, &x, &draw, SWEEPS, scratch);
    const int64_t count = (FIRST_BLOCK + BLOCKS - 1) * LANES + 13;
    const int64_t part = p->graph.pairs > 1 ? p->couplings[p->graph.pairs / 2] : 0, all = p->graph.parameters;
    hol_pairwise_count(pairs, &x, count, 0, part, (hol_sums){.wide = counts}, scratch);
    hol_pairwise_count(pairs, &x, count, part, all, (hol_sums){.narrow = narrow_counts}, scratch);
    for (int64_t k = part; k < all; k++) counts[k] = narrow_counts[k - part];
    omp_set_num_threads(1);
    x.states = expected;
    for (uint32_t s = 0; s < SWEEPS; s++) {
        const hol_draw d = {.key = draw.key, .step = draw.step, .sweep = draw.sweep + 2 * s};
        sweep_plainly(p, &x, &d, bits, tau);
    }
    count_plainly(p, &x, count, expected_counts);
    assert_memory_equal(states, expected, (size_t)bytes);
    assert_memory_equal(counts, expected_counts, (size_t)p->graph.parameters * sizeof *counts);
    hol_pairwise_destroy(pairs);
    void *const arrays[] = {states, expected, held, counts, expected_counts, narrow_counts, scratch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) hol_free(arrays[i]);
}

static void check_all(const sizes *by, double tau, bool narrow) {
    problem p = make(by);
    for (int n = 0; n < NAMES; n++) {
        const hol_kernels *kernels = hol_kernels_find(names[n]);
        if (!kernels) continue;
        check(&p, kernels, true, tau, narrow, n % 2, 1 + n % 3);
        check(&p, kernels, false, tau, false, n % 2 == 0, 2);
    }
    drop(&p);
}

static void test_sweeps_and_counts_are_those_of_plain_sums(void **state) {
    (void)state;
    for (int32_t q = 2; q <= 33; q += q < 9 ? 1 : 4) {
        const sizes by = {.sites = q < 12 ? 29 : 26, .states = q, .size = 0.3f};
        check_all(&by, 1, true);
    }
    const sizes few[] = {{.sites = 2, .states = 2, .size = 1},
                         {.sites = 51, .states = 5, .size = 0.2f},
                         {.sites = 5, .states = 64, .size = 0.5f},
                         {.sites = 3, .states = 255, .size = 2},
                         {.sites = 4, .states = 256, .size = 2}};
    for (size_t k = 0; k < sizeof few / sizeof *few; k++) check_all(&few[k], 0.8, true);
}

static void test_sites_of_different_states_and_lists_of_pairs(void **state) {
    (void)state;
    const sizes by[] = {{.sites = 30, .states = 6, .mixed = true, .size = 0.5f},
                        {.sites = 26, .states = 40, .mixed = true, .size = 0.5f},
                        {.sites = 60, .states = 5, .sparse = true, .size = 0.5f},
                        {.sites = 50, .states = 21, .sparse = true, .size = 0.5f},
                        {.sites = 40, .states = 30, .mixed = true, .sparse = true, .size = 0.5f}};
    for (size_t k = 0; k < sizeof by / sizeof *by; k++) check_all(&by[k], 1.3, true);
}

/* ---- of units: a matrix of all, bits among the sites, and fields that begin with the caller's -------------------- */

static const int32_t of_units[] = {3, 2, 2, 40, 5, 2, 4};
enum { VARIABLES = 7, UNITS = 55, BITS = 18 };

static void make_units(float *theta, int64_t *places) {
    int64_t variable[UNITS] = {0};
    places[0] = 0;
    for (int64_t v = 0; v < VARIABLES; v++) {
        places[v + 1] = places[v] + (of_units[v] > 2 ? of_units[v] : 1);
        for (int64_t i = places[v]; i < places[v + 1]; i++) variable[i] = v;
    }
    assert_int_equal(places[VARIABLES], UNITS);
    for (int64_t i = 0; i < UNITS; i++)
        for (int64_t j = 0; j < i && variable[j] < variable[i]; j++)
            theta[i * UNITS + j] = theta[j * UNITS + i] = (float)random_number(i * UNITS + j, 8) * 0x1p-31f - 1;
}

/* The units' states are bytes of 0 and 1, (units, 64) for each block. */
static void sweep_units(const float *theta, const int64_t *places, const hol_pairwise_states *x, const hol_draw *draw,
                        uint8_t *units) {
    for (int64_t r = 0; r < BLOCKS * LANES; r++)
        for (int64_t v = 0; v < VARIABLES; v++) {
            const int64_t chain = FIRST_BLOCK * LANES + r, count = places[v + 1] - places[v];
            uint8_t *lane = units + r / LANES * UNITS * LANES + r % LANES;
            int32_t fields[40] = {0}, most = INT32_MIN;
            uint32_t weights[40];
            if (x->held && x->held[r / LANES * x->held_stride + places[v]] >> r % LANES & 1) continue;
            for (int64_t s = 0; s < count; s++) {
                fields[s] = x->base[r * x->base_stride + places[v] + s];
                for (int64_t i = 0; i < UNITS; i++)
                    if (lane[i * LANES]) fields[s] += (int32_t)roundf(theta[i * UNITS + places[v] + s] * (1 << BITS));
                most = fields[s] > most ? fields[s] : most;
            }
            const uint32_t p = hol_kernels_probability_ref(fields[0], 0x1p-18f);
            int64_t state = hol_kernels_sample_ref(p, draw, places[v], chain);
            for (int64_t s = 0; s < count; s++)
                weights[s] = hol_sites_weight_ref((uint32_t)most - (uint32_t)fields[s], 0x1p-18f);
            if (count > 1) state = hol_sites_choose_ref(weights, count, hol_sites_number_ref(draw, places[v], chain));
            for (int64_t s = 0; s < count; s++) lane[(places[v] + s) * LANES] = count > 1 ? s == state : state;
        }
}

static void check_units(const hol_kernels *kernels, bool alone, bool hold) {
    float *theta = get(UNITS * UNITS, 4);
    int64_t places[VARIABLES + 1], couplings[VARIABLES * VARIABLES], count = 0;
    int32_t ends[2 * VARIABLES * VARIABLES], *base = get(BLOCKS * LANES * 64, 4);
    uint8_t *units = get(BLOCKS * UNITS * LANES, 1), *states = get(BLOCKS * VARIABLES * LANES, 1);
    uint64_t held[BLOCKS * UNITS];
    const hol_draw draw = {.key = {{5, 4}}, .step = 9, .sweep = 2};
    hol_pairwise *pairs = NULL;
    make_units(theta, places);
    for (int32_t i = 0; i < VARIABLES; i++)
        for (int32_t j = 0; j < i; j++) {
            ends[2 * count] = j, ends[2 * count + 1] = i;
            couplings[count++] = places[j] * UNITS + places[i];
        }
    for (int64_t k = 0; k < BLOCKS * LANES * 64; k++) base[k] = (int32_t)(random_number(k, 5) >> 12) - (1 << 19);
    for (int64_t k = 0; k < BLOCKS * UNITS; k++) held[k] = random_number(k, 6);
    const hol_pairwise_graph graph = {VARIABLES, count, UNITS * UNITS, of_units, ends, couplings, NULL, UNITS, true};
    assert_int_equal(hol_pairwise_create(&graph, kernels, NULL, &pairs), HOL_OK);
    hol_pairwise_prepare_at(pairs, theta, 1, BITS);
    void *scratch = get(hol_pairwise_scratch_bytes(pairs, BLOCKS), 1);
    const hol_pairwise_states x = {states, BLOCKS, FIRST_BLOCK, hold ? held : NULL,
                                   places, UNITS,  base,        alone ? 0 : 64};
    for (int64_t b = 0; b < BLOCKS; b++)
        for (int64_t v = 0; v < VARIABLES; v++)
            for (int64_t l = 0; l < LANES; l++) {
                const uint32_t state = random_number((b * VARIABLES + v) * LANES + l, 7) % (uint32_t)of_units[v];
                states[(b * VARIABLES + v) * LANES + l] = (uint8_t)state;
                if (of_units[v] > 2 || state)
                    units[(b * UNITS + places[v] + (of_units[v] > 2) * state) * LANES + l] = 1;
            }
    hol_pairwise_sweep(pairs, &x, &draw, 1, scratch);
    sweep_units(theta, places, &x, &draw, units);
    for (int64_t k = 0; k < BLOCKS * VARIABLES * LANES; k++) {
        const int64_t b = k / LANES / VARIABLES, v = k / LANES % VARIABLES;
        const uint8_t *lane = units + (b * UNITS + places[v]) * LANES + k % LANES;
        if (of_units[v] > 2) assert_int_equal(lane[states[k] * LANES], 1);
        else assert_int_equal(lane[0], states[k]);
    }
    hol_pairwise_destroy(pairs);
    void *const arrays[] = {theta, base, units, states, scratch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) hol_free(arrays[i]);
}

static void test_units_of_a_matrix_are_drawn_from_their_fields(void **state) {
    (void)state;
    for (int n = 0; n < NAMES; n++)
        for (int k = 0; k < 4 && hol_kernels_find(names[n]); k++) check_units(hol_kernels_find(names[n]), k % 2, k / 2);
}

/* Where sums over a range leave too few bits of 16, tables are of 24. */
static void test_large_couplings_are_not_narrow(void **state) {
    (void)state;
    const sizes by[] = {{.sites = 40, .states = 5, .size = 40}, {.sites = 26, .states = 21, .size = 40}};
    for (size_t k = 0; k < sizeof by / sizeof *by; k++) check_all(&by[k], 1, false);
}

/* Couplings that are all alike, and as large as 16 bits take: sums over a range come to its bound. */
static void test_sums_reach_their_bound(void **state) {
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2)
        for (int32_t q = 4; q <= 24; q += 10) {
            const sizes by = {.sites = 50, .states = q};
            problem p = make(&by);
            for (int64_t k = 0; k < p.graph.parameters; k++) p.theta[k] = (float)sign * 0.666f;
            for (int n = 0; n < NAMES; n++)
                if (hol_kernels_find(names[n])) check(&p, hol_kernels_find(names[n]), true, 1, true, false, 1);
            drop(&p);
        }
}

static void test_parameters_that_diverged_are_refused(void **state) {
    (void)state;
    const sizes by = {.sites = 30, .states = 5, .size = 1};
    const float bad[] = {NAN, INFINITY, -INFINITY, 2e6f};
    problem p = make(&by);
    hol_pairwise *pairs = NULL;
    assert_int_equal(hol_pairwise_create(&p.graph, hol_kernels_get(), NULL, &pairs), HOL_OK);
    for (int64_t at = 0; at < p.graph.parameters; at += p.graph.parameters - 1)
        for (int k = 0; k < 4; k++) {
            const float good = p.theta[at];
            p.theta[at] = bad[k];
            assert_refused(hol_pairwise_prepare_training(pairs, p.theta, 1), HOL_NUMERICAL, "diverged");
            assert_refused(hol_pairwise_prepare(pairs, p.theta, 1), HOL_NUMERICAL, "diverged");
            p.theta[at] = good;
        }
    assert_int_equal(hol_pairwise_prepare(pairs, p.theta, 1), HOL_OK);
    hol_pairwise_destroy(pairs);
    drop(&p);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweeps_and_counts_are_those_of_plain_sums),
        cmocka_unit_test(test_sites_of_different_states_and_lists_of_pairs),
        cmocka_unit_test(test_units_of_a_matrix_are_drawn_from_their_fields),
        cmocka_unit_test(test_large_couplings_are_not_narrow),
        cmocka_unit_test(test_sums_reach_their_bound),
        cmocka_unit_test(test_parameters_that_diverged_are_refused),
    };
    return hol_test_main(argc, argv, "pairwise", tests, HOL_TEST_COUNT(tests));
}
