/* machine: small models of bits for tests whose oracle is enumeration: parameters at random, the energy in its plainest
 * form, in double, and the weight of every state. A state is a number whose bit i is unit i, visible units first. */
#ifndef HOL_TESTS_MACHINE_H
#define HOL_TESTS_MACHINE_H

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "model/graph.h"
#include "model/model.h"
#include "model/variable.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

typedef struct machine {
    hol_model *model;
    float *theta;
    double *wide;     /* in_double's */
    hol_graph *graph; /* of an ising, given by its test; NULL: units have biases, and couplings in two layers */
    int64_t visible, hidden, units;
    double temperature;
    double log_partition; /* exact, in tests that estimate it */
} machine;

enum { MACHINE_PARAMETERS = 256 }; /* at most, where statistics are written out */

static inline double normal(uint32_t i, uint32_t salt) {
    return hol_normal_quantile(hol_rng_uniform((hol_rng_key){{271, 828}}, i, salt, 0, 0));
}

/* whether it is the matrix of a layer's couplings with itself, or of states that share them, whose diagonal counts */
static inline bool is_symmetric(const hol_model *model, const hol_parameter_group *g) {
    const hol_structure *blocks = hol_model_find_structure(&model->options, "blocks");
    const int64_t b = blocks ? g - model->info.groups - (model->info.group_count - blocks->rows) : -1;
    if (!blocks) return strstr(g->name, "_couplings") != NULL;
    return b >= 0 && blocks->values[4 * b] == blocks->values[4 * b + 1] &&
           (g->matrix || blocks->values[4 * b + 2] == HOL_BLOCK_SHARED);
}

static inline void symmetrize(machine *m, const hol_parameter_group *g) {
    for (int64_t i = 0; i < g->rows; i++)
        for (int64_t j = 0; j <= i; j++)
            if (i > j || g->matrix)
                m->theta[g->offset + i * g->rows + j] = i == j ? 0 : m->theta[g->offset + j * g->rows + i];
}

/* theta from a normal of standard deviation spread, and ready for sampling */
static inline void draw_theta(machine *m, double spread, uint32_t salt) {
    for (int64_t i = 0; i < m->model->info.parameters; i++) m->theta[i] = (float)(spread * normal((uint32_t)i, salt));
    for (int g = 0; g < m->model->info.group_count; g++)
        if (is_symmetric(m->model, &m->model->info.groups[g])) symmetrize(m, &m->model->info.groups[g]);
    assert_ok(m->model->ops->prepare(m->model, m->theta));
}

/* without parameters yet: theta is 0 */
static inline machine make_model(const hol_model_options *options) {
    machine m = {.visible = options->visible, .hidden = options->hidden, .temperature = options->temperature};
    assert_ok(hol_model_create(options, &m.model));
    m.visible = m.model->info.visible;
    m.hidden = m.model->info.hidden;
    m.units = m.visible + m.hidden;
    m.theta = hol_allocate(m.model->info.parameters, sizeof *m.theta);
    assert_non_null(m.theta);
    return m;
}

/* holds unit i of every chain where of_units[i] is 1 */
static inline void hold_units(const hol_model *model, hol_population *population, const uint8_t *of_units) {
    const hol_states *x = &population->states;
    assert_ok(hol_population_add_held(model, population));
    for (int64_t w = 0; w < x->blocks * x->stride; w++)
        population->held[w] = of_units[w % x->stride] ? ~UINT64_C(0) : 0;
}

static inline void free_machine(machine *m) {
    hol_model_destroy(m->model);
    hol_graph_destroy(m->graph);
    hol_free(m->theta);
    hol_free(m->wide);
}

/* theta as it stands, in double, so that it can be moved by little; the machine's */
static inline double *in_double(machine *m) {
    const int64_t count = m->model->info.parameters;
    if (!m->wide) m->wide = hol_allocate(count, sizeof *m->wide);
    assert_non_null(m->wide);
    for (int64_t i = 0; i < count; i++) m->wide[i] = (double)m->theta[i];
    return m->wide;
}

/* ---- states of two layers, and of a graph ------------------------------------------------------------------------ */

static inline void add_layers(const machine *m, uint64_t x, double weight, double *sums) {
    const uint64_t v = x & ((UINT64_C(1) << m->visible) - 1), h = x >> m->visible;
    const struct {
        const char *name;
        uint64_t row, column; /* states of the units */
    } parts[] = {{"visible_bias", 1, v},
                 {"hidden_bias", 1, h},
                 {"weights", v, h},
                 {"visible_couplings", v, v},
                 {"hidden_couplings", h, h}};
    for (int p = 0; p < 5; p++) {
        const hol_parameter_group *g = hol_model_find_group(m->model, parts[p].name);
        for (int64_t i = 0; g && i < g->rows; i++)
            for (int64_t j = 0; j < g->columns; j++)
                if ((p < 3 || i != j) && (parts[p].row >> i & 1) && (parts[p].column >> j & 1))
                    sums[g->offset + i * g->columns + j] += weight;
    }
}

static inline void add_graph(const machine *m, uint64_t x, double weight, double *sums) {
    const hol_parameter_group *fields = hol_model_find_group(m->model, "field");
    const hol_parameter_group *couplings = hol_model_find_group(m->model, "couplings");
    const double down = m->model->info.signed_spins ? -1 : 0;
    double spins[64];
    for (int64_t i = 0; i < m->units; i++) spins[i] = x >> i & 1 ? 1 : down;
    for (int64_t i = 0; fields && i < m->units; i++)
        sums[fields->offset + (fields->columns > 1 ? i : 0)] += weight * spins[i];
    for (int64_t e = 0; e < m->graph->edges; e++)
        sums[couplings->offset + (couplings->columns > 1 ? e : 0)] +=
            weight * spins[m->graph->ends[2 * e]] * spins[m->graph->ends[2 * e + 1]];
}

/* of the variable that begins with this unit */
static inline int64_t units_at(const machine *m, int64_t unit) {
    int64_t k = 0;
    while (hol_variable_get(m->model, k).first < unit) k++;
    return hol_variable_get(m->model, k).units;
}

/* of a network: the value of each unit, then products of a block's pairs */
static inline void add_network(const machine *m, uint64_t x, double weight, double *sums) {
    const hol_model_info *info = &m->model->info;
    const hol_structure *layers = hol_model_find_structure(&m->model->options, "layers"),
                        *blocks = hol_model_find_structure(&m->model->options, "blocks"),
                        *edges = hol_model_find_structure(&m->model->options, "edges");
    const hol_parameter_group *group = info->groups;
    double u[64];
    int64_t firsts[HOL_LAYERS_MAX + 1] = {0}, e = 0, variable = 0;
    for (int64_t l = 0; l < layers->rows; l++) {
        const int32_t *row = layers->values + l * layers->columns;
        firsts[l + 1] = firsts[l];
        for (int64_t k = 0; k < row[2]; k++) firsts[l + 1] += hol_variable_get(m->model, variable++).units;
        for (int64_t i = firsts[l]; i < firsts[l + 1]; i++) u[i] = x >> i & 1 ? 1 : row[1] == HOL_LAYER_SPIN ? -1 : 0;
        for (int64_t i = 0; info->group_count > blocks->rows && i < firsts[l + 1] - firsts[l]; i++)
            sums[group->offset + i] += weight * u[firsts[l] + i];
        group += info->group_count > blocks->rows;
    }
    for (int64_t b = 0; b < blocks->rows; b++, group++) {
        const int32_t *row = blocks->values + 4 * b;
        const int64_t r = firsts[row[0]], c = firsts[row[1]];
        for (int64_t i = 0; row[2] == HOL_BLOCK_MATRIX && i < group->rows; i++)
            for (int64_t j = 0; j < group->columns; j++)
                if (r + i != c + j) sums[group->offset + i * group->columns + j] += weight * u[r + i] * u[c + j];
        for (int64_t k = 0, next = 0; k < row[3]; k++, e++) {
            const int32_t *ends = edges->values + 2 * e;
            const int64_t low = ends[0] < ends[1] ? ends[0] : ends[1], high = ends[0] + ends[1] - low;
            const int64_t q = units_at(m, high);
            for (int64_t s = 0; s < units_at(m, low); s++)
                for (int64_t t = 0; t < q; t++) {
                    const double product = weight * u[low + s] * u[high + t];
                    const bool shared = row[2] == HOL_BLOCK_SHARED;
                    sums[group->offset + (shared ? s * q + t : next++)] += product;
                    if (shared && s != t) sums[group->offset + t * q + s] += product;
                }
        }
    }
}

/* weight times T of the state to sums (parameters): theta's gradient of -E, of a shared entry the sum; in a symmetric
 * matrix both entries get it */
static inline void add_statistics(const machine *m, uint64_t x, double weight, double *sums) {
    if (m->graph) add_graph(m, x, weight, sums);
    else if (hol_model_find_structure(&m->model->options, "layers")) add_network(m, x, weight, sums);
    else add_layers(m, x, weight, sums);
}

/* -E of a state: each pair of units counts once */
static inline double goodness(const machine *m, const double *theta, uint64_t x) {
    double sum = 0, t[MACHINE_PARAMETERS] = {0};
    assert_true(m->model->info.parameters <= MACHINE_PARAMETERS);
    add_statistics(m, x, 1, t);
    for (int g = 0; g < m->model->info.group_count; g++) {
        const hol_parameter_group *group = &m->model->info.groups[g];
        const bool halves = is_symmetric(m->model, group);
        for (int64_t k = 0; k < group->rows * group->columns; k++)
            sum += (halves && k / group->columns != k % group->columns ? 0.5 : 1) * theta[group->offset + k] *
                   t[group->offset + k];
    }
    return sum;
}

/* A variable's units as bits of a state. */
static inline uint64_t bits_of(const hol_variable *v) { return ((UINT64_C(1) << v->units) - 1) << v->first; }

/* Whether of each variable that has a unit for each state one is on; of visible ones alone where x has only those. */
static inline bool is_state_of(const machine *m, uint64_t x, int64_t units) {
    for (int64_t k = 0; k < hol_model_variables(m->model); k++) {
        const hol_variable v = hol_variable_get(m->model, k);
        if (v.is_site && v.first < units && __builtin_popcountll(x & bits_of(&v)) != 1) return false;
    }
    return true;
}

static inline bool is_state(const machine *m, uint64_t x) { return is_state_of(m, x, m->units); }

/* The state in which variable v has state s instead. */
static inline uint64_t with_state(const hol_variable *v, uint64_t x, int64_t s) {
    return (x & ~bits_of(v)) | (v->is_site ? UINT64_C(1) << (v->first + s) : (uint64_t)s << v->first);
}

/* exp(-E / temperature) of every state, 0 of what is none: (2^units), the caller's to hol_free; the sum is Z */
static inline double *enumerate_at(const machine *m, const double *theta, double temperature, double *ret_z) {
    const uint64_t states = UINT64_C(1) << m->units;
    double *p = hol_allocate((int64_t)states, sizeof *p);
    assert_non_null(p);
    *ret_z = 0;
    for (uint64_t x = 0; x < states; x++)
        if (is_state(m, x)) *ret_z += p[x] = exp(goodness(m, theta, x) / temperature);
    return p;
}

static inline double *enumerate(const machine *m, const double *theta, double *ret_z) {
    return enumerate_at(m, theta, m->temperature, ret_z);
}

/* -ln sum over h of enumerated weights */
static inline double enumerated_free_energy(const machine *m, const double *p, uint64_t v) {
    double sum = 0;
    for (uint64_t h = 0; h < UINT64_C(1) << m->hidden; h++) sum += p[h << m->visible | v];
    return -log(sum);
}

/* p(the unit is on | all other variables), from enumerated weights */
static inline double conditional_of(const machine *m, const double *p, uint64_t x, int64_t unit) {
    int64_t k = 0;
    hol_variable v = hol_variable_get(m->model, k);
    while (v.first + v.units <= unit) v = hol_variable_get(m->model, ++k);
    double sum = 0;
    for (int64_t s = 0; s < v.states; s++) sum += p[with_state(&v, x, s)];
    return p[with_state(&v, x, v.is_site ? unit - v.first : 1)] / sum;
}

/* p(x_i = 1 | all others), from two enumerated weights */
static inline double conditional(const double *p, uint64_t x, int64_t i) {
    const double on = p[x | UINT64_C(1) << i], off = p[x & ~(UINT64_C(1) << i)];
    return on / (on + off);
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

static inline hol_population *make_population(const machine *m, int64_t count) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(m->model, count, 0, 1, &population));
    assert_ok(hol_population_add_levels(m->model, population));
    return population;
}

/* values of every lane, the caller's to hol_free */
static inline double *make_values(const hol_population *x) {
    double *values = hol_allocate(x->states.blocks * HOL_LANES, sizeof *values);
    assert_non_null(values);
    return values;
}

static inline void bytes_of(uint64_t value, int64_t units, uint8_t *bytes) {
    for (int64_t i = 0; i < units; i++) bytes[i] = (uint8_t)(value >> i & 1);
}

/* sets and reads the first `units` units of a chain */
static inline void set_state(hol_population *population, int64_t units, int64_t chain, uint64_t value) {
    uint8_t bytes[64];
    bytes_of(value, units, bytes);
    hol_population_set_bytes(population, 0, units, chain, 1, bytes);
}

static inline uint64_t get_state(const hol_population *population, int64_t units, int64_t chain) {
    uint8_t bytes[64];
    uint64_t value = 0;
    hol_population_get_bytes(population, 0, units, chain, 1, bytes);
    for (int64_t i = 0; i < units; i++) value |= (uint64_t)bytes[i] << i;
    return value;
}

/* every state of the first `units` units once, chain x in state x */
static inline hol_population *all_states(const machine *m, int64_t units) {
    hol_population *population = make_population(m, INT64_C(1) << units);
    for (int64_t x = 0; x < population->count; x++) set_state(population, units, x, (uint64_t)x);
    return population;
}

/* chains from fair bits after so many sweeps */
static inline hol_population *run_chains(const machine *m, int64_t chains, int64_t sweeps) {
    hol_population *x = make_population(m, chains);
    hol_population_randomize(m->model, x, hol_rng_key_make(3, HOL_STREAM_INITIAL_CHAINS));
    const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1};
    m->model->ops->sweep(m->model, x, &draw, sweeps);
    return x;
}

/* ---- draws against weights --------------------------------------------------------------------------------------- */

/* chi-square of counts (cells) of `count` draws against p / z; cells below 5 expected are thrown together, and what has
 * no weight must not occur */
static inline double chi_square(const double *seen, const double *p, double z, uint64_t cells, double count,
                                double *ret_freedom) {
    double chi = 0, rest_seen = 0, rest_expected = 0;
    *ret_freedom = -1;
    for (uint64_t x = 0; x < cells; x++) {
        const double expected = count * p[x] / z;
        if (expected < 5) {
            rest_seen += seen[x];
            rest_expected += expected;
            continue;
        }
        chi += pow(seen[x] - expected, 2) / expected;
        *ret_freedom += 1;
    }
    if (rest_expected > 1) {
        chi += pow(rest_seen - rest_expected, 2) / rest_expected;
        *ret_freedom += 1;
    }
    if (rest_expected < 1e-9) assert_true(rest_seen < 1);
    return chi;
}

/* of states that chains which know nothing of each other stand in; p (2^units) */
static inline double chi_of(const machine *m, const hol_population *population, const double *p, double z,
                            double *ret_freedom) {
    double *seen = hol_allocate(INT64_C(1) << m->units, sizeof *seen);
    assert_non_null(seen);
    for (int64_t c = 0; c < population->count; c++) seen[get_state(population, m->units, c)]++;
    const double chi = chi_square(seen, p, z, UINT64_C(1) << m->units, (double)population->count, ret_freedom);
    hol_free(seen);
    return chi;
}

/* The quantile of 1 - 1e-6 after Wilson & Hilferty (z = 4.75), with some room for cells of few counts. */
static inline double chi_limit(double freedom) {
    return freedom * pow(1 - 2 / (9 * freedom) + 5.2 * sqrt(2 / (9 * freedom)), 3);
}

/* False alarm below 1e-6. */
static inline void assert_drawn_from(const machine *m, const hol_population *x, const double *p, double z,
                                     const char *what) {
    double freedom = 0;
    const double chi = chi_of(m, x, p, z, &freedom);
    if (freedom > 0 && !(chi < chi_limit(freedom)))
        fail_msg("%s, %d + %d units: chi-square %g, %g degrees of freedom", what, (int)m->visible, (int)m->hidden, chi,
                 freedom);
}

/* whether draws are so many that they show that p / z isn't what they are from */
static inline bool is_told_from(const machine *m, const hol_population *x, const double *p, double z) {
    double freedom = 0;
    const double chi = chi_of(m, x, p, z, &freedom);
    return chi > chi_limit(freedom);
}

#endif
