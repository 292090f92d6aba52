/* machine_checks: what every model of visible and hidden bits must do, against enumeration. */
#ifndef HOL_TESTS_MACHINE_CHECKS_H
#define HOL_TESTS_MACHINE_CHECKS_H

#include <float.h>
#include <omp.h>

#include "center.h"
#include "machine.h"

static inline machine make_rbm(int64_t visible, int64_t hidden, double temperature, double spread, uint32_t salt) {
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = temperature};
    machine m = make_model(&options);
    draw_theta(&m, spread, salt);
    return m;
}

/* every parameter in turn not finite, or huge */
static inline void check_prepare_refuses(machine *m, float huge) {
    const float bad[] = {NAN, INFINITY, -INFINITY, huge, -huge, FLT_MAX};
    for (int64_t at = 0; at < m->model->info.parameters; at++)
        for (int b = 0; b < 6; b++) {
            const float kept = m->theta[at];
            m->theta[at] = bad[b];
            assert_refused(m->model->ops->prepare(m->model, m->theta), HOL_NUMERICAL, "diverged");
            m->theta[at] = kept;
        }
    assert_ok(m->model->ops->prepare(m->model, m->theta));
}

/* ---- sampling ---------------------------------------------------------------------------------------------------- */

/* One sweep from exact samples keeps the distribution. Starts are drawn by inversion. False alarm below 1e-6. */
static inline void check_sweep_keeps_the_distribution(machine *m) {
    enum { CHAINS = 60000 };
    double z = 0, *p = enumerate(m, in_double(m), &z);
    hol_population *population = make_population(m, CHAINS);
    for (uint32_t c = 0; c < CHAINS; c++) {
        double left = hol_rng_uniform((hol_rng_key){{5, 5}}, c, 0, 0, 0) * z;
        uint64_t x = 0;
        while (x + 1 < UINT64_C(1) << m->units && left >= p[x]) left -= p[x++];
        set_state(population, m->units, c, x);
    }
    for (uint32_t s = 0; s < 3; s++) {
        assert_drawn_from(m, population, p, z, "stationary");
        const hol_draw draw = {.key = hol_rng_key_make(8, HOL_STREAM_NEGATIVE), .step = 2, .sweep = 2 * s};
        m->model->ops->sweep(m->model, population, &draw, 1);
    }
    hol_population_destroy(population);
    hol_free(p);
}

/* A third of the chains each hold other units, the last third none: each third's chains, after sweeps and where asked
 * after infer from there, against the conditional distribution given what they hold. False alarm below 1e-6 for each of
 * the comparisons. */
static inline void check_held_units(machine *m, int64_t sweeps, bool infers) {
    enum { CHAINS = 60000, GROUPS = 3 };
    const uint64_t states = UINT64_C(1) << m->units;
    uint64_t held[GROUPS] = {0x492, 0x00d, 0}, values[GROUPS] = {0x410, 0x009, 0};
    for (int64_t k = 0; k < hol_model_variables(m->model); k++) { /* of a site all units, one of them on */
        const hol_variable v = hol_variable_get(m->model, k);
        for (int g = 0; g < GROUPS && v.is_site; g++) {
            if (held[g] & bits_of(&v)) held[g] |= bits_of(&v);
            values[g] = with_state(&v, values[g], (g + k) % v.states);
        }
    }
    hol_population *x = run_chains(m, CHAINS, 0);
    double *seen = hol_allocate((int64_t)states, sizeof *seen);
    assert_non_null(seen);
    assert_ok(hol_population_add_held(m->model, x));
    for (int64_t c = 0; c < CHAINS; c++) {
        const uint64_t kept = held[c % GROUPS] & (states - 1), start = get_state(x, m->units, c);
        for (int64_t i = 0; i < m->units; i++)
            hol_bits_set(x->held + c / 64 * x->states.stride, i, (int)(c % 64), kept >> i & 1);
        set_state(x, m->units, c, (start & ~kept) | (values[c % GROUPS] & kept));
    }
    for (int phase = 0; phase < (infers ? 2 : 1); phase++) {
        const hol_draw draw = {.key = hol_rng_key_make(3, HOL_STREAM_NEGATIVE), .step = 1 + (uint32_t)phase};
        if (phase == 0) m->model->ops->sweep(m->model, x, &draw, sweeps);
        else m->model->ops->infer(m->model, x, &draw, true);
        for (int g = 0; g < GROUPS; g++) {
            double z = 0, freedom = 0, *p = enumerate(m, in_double(m), &z);
            z = 0;
            for (uint64_t s = 0; s < states; s++) z += p[s] *= ((s ^ values[g]) & held[g] & (states - 1)) == 0;
            memset(seen, 0, (size_t)states * sizeof *seen);
            for (int64_t c = g; c < CHAINS; c += GROUPS) seen[get_state(x, m->units, c)]++;
            const double chi = chi_square(seen, p, z, states, CHAINS / GROUPS, &freedom);
            if (freedom > 0 && !(chi < chi_limit(freedom)))
                fail_msg("%d + %d units, phase %d, group %d: chi-square %g, %g degrees of freedom", (int)m->visible,
                         (int)m->hidden, phase, g, chi, freedom);
            hol_free(p);
        }
    }
    hol_population_destroy(x);
    hol_free(seen);
}

static inline void assert_part_of(const hol_population *part, const hol_population *whole, int64_t units) {
    if (part->states.blocks)
        assert_memory_equal(part->states.words, whole->states.words + part->states.first_block * units,
                            (size_t)(part->states.blocks * units) * sizeof(uint64_t));
    if (part->levels && part->states.blocks)
        assert_memory_equal(part->levels, whole->levels + part->states.first_block * part->hidden_stride * 64,
                            (size_t)(part->states.blocks * part->hidden_stride * 64));
}

/* any number of owners of the blocks, any number of threads, any instruction set, any cut: the same states */
static inline void check_layouts(const machine *m) {
    enum { CHAINS = 700 }; /* 11 blocks: some of 15 ranks have none */
    static const char *const isas[] = {"generic", "avx2", "avx512"};
    const hol_rng_key start = {{1, 1}};
    const hol_draw draw = {.key = {{2, 2}}, .step = 3}, rest = {.key = {{2, 2}}, .step = 3, .sweep = 2};
    hol_population *swept = make_population(m, CHAINS), *inferred = make_population(m, CHAINS);
    hol_population_randomize(m->model, swept, start);
    m->model->ops->sweep(m->model, swept, &draw, 3);
    hol_population_copy(swept, inferred);
    m->model->ops->infer(m->model, inferred, &draw, true);
    for (int ranks = 1; ranks <= 15; ranks += 7)
        for (int rank = 0; rank < ranks; rank++) {
            omp_set_num_threads(1 + rank % 3);
            hol_model_options options = m->model->options;
            options.kernels = hol_kernels_find(isas[rank % 3]); /* NULL: the best */
            hol_model *model = NULL;
            hol_population *part = NULL;
            assert_ok(hol_model_create(&options, &model));
            assert_ok(model->ops->prepare(model, m->theta));
            assert_ok(hol_population_create(model, CHAINS, rank, ranks, &part));
            assert_ok(hol_population_add_levels(model, part));
            hol_population_randomize(model, part, start);
            model->ops->sweep(model, part, &draw, 1);
            model->ops->sweep(model, part, &rest, 2);
            assert_part_of(part, swept, m->units);
            model->ops->infer(model, part, &draw, true);
            assert_part_of(part, inferred, m->units);
            hol_population_destroy(part);
            hol_model_destroy(model);
        }
    omp_set_num_threads(2);
    hol_population_destroy(swept);
    hol_population_destroy(inferred);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static inline void check_energy(machine *m) {
    const double *theta = in_double(m);
    hol_population *all = all_states(m, m->units);
    double *values = make_values(all);
    m->model->ops->energy(m->model, all, values);
    for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++) {
        const double expected = -goodness(m, theta, x) / m->temperature;
        if (is_state(m, x) && !(fabs(values[x] - expected) < 1e-5))
            fail_msg("%d + %d units: %g, expected %g", (int)m->visible, (int)m->hidden, values[x], expected);
    }
    hol_population_destroy(all);
    hol_free(values);
}

static inline void check_free_energy(machine *m) {
    const hol_model_ops *ops = m->model->ops;
    double z = 0, *p = enumerate(m, in_double(m), &z);
    hol_population *all = all_states(m, m->visible);
    double *values = make_values(all);
    if (ops->free_energy) ops->free_energy(m->model, all, values);
    for (uint64_t v = 0; v < UINT64_C(1) << m->visible; v++) {
        uint8_t bytes[64];
        if (!is_state_of(m, v, m->visible)) continue;
        bytes_of(v, m->visible, bytes);
        const double truth = enumerated_free_energy(m, p, v);
        assert_true(fabs(ops->exact_free_energy(m->model, m->theta, bytes) - truth) < 1e-12 * (1 + fabs(truth)));
        if (ops->free_energy) assert_true(fabs(values[v] - truth) < 1e-5);
    }
    hol_population_destroy(all);
    hol_free(values);
    hol_free(p);
}

/* Each chain's value must be ln p(v_i | the other columns) of one column i, or unit: drawn (columns) counts those of
 * which it can be said which one it is, and the model's mean over all, if it has one, theirs. Returns their number. */
static inline double check_pseudo_likelihood(machine *m, int64_t chains, hol_rng_key key, double *drawn) {
    double z = 0, *p = enumerate(m, in_double(m), &z), clear = 0;
    hol_population *population = make_population(m, chains);
    double *values = make_values(population);
    hol_population_randomize(m->model, population, (hol_rng_key){{7, 7}});
    m->model->ops->pseudo_likelihood(m->model, population, key, values);
    double *all = m->model->ops->pseudo_likelihood_all ? make_values(population) : NULL;
    if (all) m->model->ops->pseudo_likelihood_all(m->model, population, all);
    for (int64_t c = 0; c < chains; c++) {
        const uint64_t v = get_state(population, m->visible, c);
        const double here = enumerated_free_energy(m, p, v);
        int matches = 0, last = 0;
        double sum = 0;
        for (int i = 0; i < hol_model_columns(m->model); i++) {
            const hol_variable of = hol_variable_get(m->model, i);
            double total = 0; /* of p(v with another state) / p(v) */
            for (int64_t s = 0; s < of.states; s++)
                total += exp(here - enumerated_free_energy(m, p, with_state(&of, v, s)));
            sum -= log(total) / (double)hol_model_columns(m->model);
            if (fabs(values[c] + log(total)) > 1e-5) continue;
            matches++;
            last = i;
        }
        assert_true(matches > 0);
        if (all) assert_true(fabs(all[c] - sum) < 1e-5);
        drawn[last] += matches == 1;
        clear += matches == 1;
    }
    hol_population_destroy(population);
    hol_free(values);
    hol_free(all);
    hol_free(p);
    return clear;
}

/* From the conditionals of each visible unit given all others, h as it was drawn and stands in the population, which is
 * the caller's. */
static inline hol_population *check_reconstruction(machine *m, int64_t chains) {
    double z = 0, *p = enumerate(m, in_double(m), &z);
    hol_population *population = make_population(m, chains), *before = make_population(m, chains);
    double *values = make_values(population);
    hol_population_randomize(m->model, population, (hol_rng_key){{7, 7}});
    hol_population_copy(population, before);
    m->model->ops->reconstruction(m->model, population, (hol_rng_key){{8, 8}}, values);
    for (int64_t c = 0; c < chains; c++) {
        const uint64_t x = get_state(population, m->units, c);
        assert_int_equal(x % (1u << m->visible), get_state(before, m->visible, c));
        double sum = 0;
        for (int64_t i = 0; i < m->visible; i++) sum += pow((double)(x >> i & 1) - conditional_of(m, p, x, i), 2);
        assert_true(fabs(values[c] - sum / (double)m->visible) < 5e-5); /* 2^-16 per probability, twice */
    }
    hol_population_destroy(before);
    hol_free(values);
    hol_free(p);
    return population;
}

/* ln Z of theta's independent units, enumerated; the energy must not couple anything: each state's probability is the
 * product of its units', visible ones on with `expected` (NULL: all are fair) */
static inline void check_independent(machine *m, const double *means, const double *expected) {
    const double log_z = m->model->ops->independent(m->model, means, m->theta);
    double z = 0, *p = enumerate(m, in_double(m), &z);
    assert_true(fabs(log_z - log(z)) < 1e-10);
    for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++) {
        double product = pow(0.5, (double)m->hidden);
        for (int i = 0; i < m->visible; i++) {
            const double on = expected ? expected[i] : 0.5;
            product *= x >> i & 1 ? on : 1 - on;
        }
        assert_true(fabs(p[x] / z - product) < 1e-6);
    }
    hol_free(p);
}

/* ---- the gradient ------------------------------------------------------------------------------------------------ */

/* mean over the data of ln p(v) */
static inline double log_likelihood(const machine *m, const double *theta, const uint64_t *data, int64_t count) {
    double z = 0, *p = enumerate(m, theta, &z), sum = 0;
    for (int64_t c = 0; c < count; c++) sum -= enumerated_free_energy(m, p, data[c]) + log(z);
    hol_free(p);
    return sum / (double)count;
}

/* moves a parameter, and its mirror image */
static inline void move(const machine *m, double *theta, int64_t k, double to) {
    theta[k] = to;
    for (int g = 0; g < m->model->info.group_count; g++) {
        const hol_parameter_group *group = &m->model->info.groups[g];
        const int64_t at = k - group->offset;
        if (is_symmetric(m->model, group) && at >= 0 && at < group->rows * group->columns)
            theta[group->offset + at % group->rows * group->rows + at / group->rows] = to;
    }
}

/* sums (parameters) in the model's units of the data's statistics, each sample in `copies` chains, as infer and
 * accumulate have them */
static inline void data_statistics(const machine *m, const uint64_t *data, int64_t count, int64_t copies,
                                   const hol_draw *draw, int64_t *sums) {
    enum { PIECE = 1000 };
    int32_t counts[MACHINE_PARAMETERS];
    hol_population *population = make_population(m, count * copies);
    for (int64_t c = 0; c < count * copies; c++) set_state(population, m->visible, c, data[c % count]);
    m->model->ops->infer(m->model, population, draw, false);
    for (int64_t first = 0; first < population->states.blocks; first += PIECE) {
        hol_population piece = hol_population_get_part(population, first, PIECE);
        memset(counts, 0, sizeof counts);
        m->model->ops->accumulate(m->model, &piece, counts);
        for (int64_t i = 0; i < m->model->info.parameters; i++) sums[i] += counts[i];
    }
    hol_population_destroy(population);
}

/* The gradient of the data's log-likelihood against differences; the model's statistics come from enumeration, the
 * data's from infer and accumulate. noise is what these may err by. */
static inline void check_gradient(machine *m, int64_t count, int64_t copies, const hol_draw *draw, double noise) {
    enum { DATA = 150 };
    const double step = 1e-4;
    uint64_t data[DATA];
    int64_t sums[MACHINE_PARAMETERS] = {0};
    double z = 0, *theta = in_double(m), *p = enumerate(m, theta, &z), model[MACHINE_PARAMETERS] = {0};
    for (uint32_t c = 0; c < count; c++) { /* not uniform */
        data[c] = (hol_rng_draw((hol_rng_key){{3, 3}}, c, 0, 0, 0).word[0] | (c % 2)) % (1u << m->visible);
        while (!is_state_of(m, data[c], m->visible)) data[c] = (data[c] + 1) % (1u << m->visible);
    }
    data_statistics(m, data, count, copies, draw, sums);
    for (uint64_t x = 0; x < UINT64_C(1) << m->units; x++) add_statistics(m, x, p[x] / z, model);
    for (int64_t i = 0; i < m->model->info.parameters; i++) {
        const double kept = theta[i];
        move(m, theta, i, kept + step);
        const double above = log_likelihood(m, theta, data, count);
        move(m, theta, i, kept - step);
        const double below = log_likelihood(m, theta, data, count);
        move(m, theta, i, kept);
        const double slope = (above - below) / (2 * step); /* errs by 1e-8 */
        const double gradient =
            ((double)sums[i] / m->model->info.unit / (double)(count * copies) - model[i]) / m->temperature;
        if (!(fabs(slope - gradient) < noise / m->temperature + 1e-7))
            fail_msg("%d + %d units, parameter %d: %g, gradient %g", (int)m->visible, (int)m->hidden, (int)i, slope,
                     gradient);
    }
    hol_free(p);
}

/* ---- centring ---------------------------------------------------------------------------------------------------- */

/* The coupling of two units in a gradient-like vector; the pair's groups are told by the units. */
static inline double pair_of(const machine *m, const float *g, int64_t i, int64_t j) {
    const bool vi = i < m->visible, vj = j < m->visible;
    if (vi != vj && !vi) return pair_of(m, g, j, i);
    const hol_parameter_group *group = hol_model_find_group(m->model, vi && vj ? "visible_couplings"
                                                                      : vi     ? "weights"
                                                                               : "hidden_couplings");
    if (!group) return 0;
    return (double)g[group->offset + (vi ? i : i - m->visible) * group->columns + (vj ? j : j - m->visible)];
}

static inline double centred(uint64_t x, int64_t i, const double *means) { return (double)(x >> i & 1) - means[i]; }

/* -E of centred features: biases are `first`, couplings `second` where the machine has any */
static inline double centred_goodness(const machine *m, uint64_t x, const double *means, const double *first,
                                      const double second[8][8]) {
    double sum = 0;
    for (int64_t i = 0; i < m->units; i++) {
        sum += first[i] * centred(x, i, means);
        for (int64_t j = 0; j < i; j++)
            if (pair_of(m, m->theta, i, j) != 0) sum += second[i][j] * centred(x, i, means) * centred(x, j, means);
    }
    return sum;
}

/* By its definition: two enumerated distributions, <(x_i-m_i)(x_j-m_j)> of one minus the other for every coupling; and
 * the energy that the result adds must be that of the centred features, up to a constant. */
static inline void check_center(machine *data, machine *model, double tolerance) {
    const int64_t n = data->units, parameters = data->model->info.parameters, states = INT64_C(1) << n;
    double zd = 0, zm = 0, *pd = enumerate_at(data, in_double(data), 1, &zd),
           *pm = enumerate_at(model, in_double(model), 1, &zm);
    double means[8], plain[64] = {0}, wide[64], first[8] = {0}, second[8][8] = {{0}}, constant = 0;
    float gradient[64];
    for (uint32_t i = 0; i < 8; i++) means[i] = hol_rng_uniform((hol_rng_key){{4, 4}}, i, 0, 0, 0);
    for (int64_t x = 0; x < states; x++) {
        const double change = pd[x] / zd - pm[x] / zm;
        add_statistics(data, (uint64_t)x, change, plain);
        for (int i = 0; i < n; i++) {
            first[i] += change * centred((uint64_t)x, i, means);
            for (int j = 0; j < n; j++)
                second[i][j] += change * centred((uint64_t)x, i, means) * centred((uint64_t)x, j, means);
        }
    }
    for (int64_t i = 0; i < parameters; i++) gradient[i] = (float)plain[i];
    center_all(data->model, means, gradient);
    for (int64_t i = 0; i < parameters; i++) wide[i] = (double)gradient[i];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double found = pair_of(data, gradient, i, j);
            const bool is_coupled = pair_of(data, data->theta, i, j) != 0;
            assert_true(fabs(found - (is_coupled ? second[i][j] : 0)) < (is_coupled ? 1e-6 : DBL_MIN));
            assert_true(found == pair_of(data, gradient, j, i)); /* symmetric to the last bit */
        }
    for (uint64_t x = 0; x < (uint64_t)states; x++) {
        const double more = goodness(data, wide, x) - centred_goodness(data, x, means, first, second);
        if (x == 0) constant = more;
        assert_true(fabs(more - constant) < tolerance);
    }
    hol_free(pd);
    hol_free(pm);
}

#endif
