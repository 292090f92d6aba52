/* optimiser: momentum, decay and centring, with the arithmetic done again in double. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "sample/population.h"
#include "train/optimiser.h"

enum { V = 4, H = 3, P = V + H + V * H, W = V + H };

typedef struct setting {
    hol_model *model;
    float theta[P];
    hol_statistics *positive, *negative;
    double plus[P], minus[P]; /* E_data[T], E_model[T], from the states one by one */
} setting;

static hol_statistics *gather(hol_model *model, int64_t count, uint32_t salt, double *means) {
    hol_population *population = NULL;
    hol_statistics *statistics = NULL;
    const hol_draw draw = {.key = {{salt, 5}}};
    assert_ok(hol_population_create(model, count, 0, 1, &population));
    assert_ok(hol_population_add_levels(model, population));
    hol_population_randomize(model, population, (hol_rng_key){{salt, 4}});
    model->ops->infer(model, population, &draw, false);
    assert_ok(hol_statistics_create(NULL, model, count, false, &statistics));
    hol_statistics_collect(statistics, population);
    memset(means, 0, P * sizeof *means);
    for (int64_t c = 0; c < count; c++)
        for (int i = 0; i < V; i++) {
            const double on = (double)(population->states.words[c / 64 * W + i] >> (c % 64) & 1) / (double)count;
            means[i] += on;
            for (int j = 0; j < H; j++) {
                const double q = population->levels[(c / 64 * population->hidden_stride + j) * 64 + c % 64] / 15.0;
                means[W + i * H + j] += on * q;
                if (i == 0) means[V + j] += q / (double)count;
            }
        }
    hol_population_destroy(population);
    return statistics;
}

static setting make_setting(double temperature) {
    setting s = {0};
    const hol_model_options options = {.kind = "rbm", .visible = V, .hidden = H, .temperature = temperature};
    assert_ok(hol_model_create(&options, &s.model));
    for (int i = 0; i < P; i++) s.theta[i] = (float)(i * 5 % 7 - 3) / 4;
    assert_ok(s.model->ops->prepare(s.model, s.theta));
    s.positive = gather(s.model, 100, 1, s.plus);
    s.negative = gather(s.model, 80, 2, s.minus);
    return s;
}

static void free_setting(setting *s) {
    hol_statistics_destroy(s->positive);
    hol_statistics_destroy(s->negative);
    hol_model_destroy(s->model);
}

static void test_update_follows_momentum_and_decay(void **state) {
    (void)state;
    const double temperatures[] = {1, 2.5};
    for (int t = 0; t < 2; t++) {
        setting s = make_setting(temperatures[t]);
        const hol_optimiser_options options = {.momentum = 0.8, .penalty = {.l2 = 0.03}};
        hol_optimiser *optimiser = NULL;
        assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
        double theta[P], velocity[P] = {0};
        for (int i = 0; i < P; i++) theta[i] = (double)s.theta[i];
        const double rates[] = {0.1, 0.05, 0.2, 0};
        for (int step = 0; step < 4; step++) {
            /* the roles change, so that gradients differ from step to step */
            const bool turned = step % 2;
            hol_optimiser_update(optimiser, s.model, turned ? s.negative : s.positive, turned ? s.positive : s.negative,
                                 step, rates[step], s.theta);
            for (int i = 0; i < P; i++) {
                const double decay = i >= W ? 0.03 : 0; /* weights only */
                const double g = (turned ? -1 : 1) * (s.plus[i] - s.minus[i]) / temperatures[t] - decay * theta[i];
                assert_true(fabs((double)optimiser->gradient[i] - g) < 1e-6);
                velocity[i] = 0.8 * velocity[i] + rates[step] * g;
                theta[i] += velocity[i];
                assert_true(fabs((double)s.theta[i] - theta[i]) < 1e-6);
                assert_true(fabs((double)optimiser->velocity[i] - velocity[i]) < 1e-6);
            }
        }
        hol_optimiser_destroy(optimiser);
        free_setting(&s);
    }
}

static void test_start_sets_the_offsets(void **state) {
    (void)state;
    setting s = make_setting(1);
    const hol_optimiser_options options = {.centered = true, .centering_rate = 0.5};
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
    const double means[V] = {0.1, 0.2, 0.9, 1};
    hol_optimiser_start(optimiser, s.model, means);
    for (int i = 0; i < W; i++) assert_true(optimiser->means[i] == (i < V ? means[i] : 0.5));
    for (int i = 0; i < P; i++) assert_true(optimiser->velocity[i] == 0);
    hol_optimiser_destroy(optimiser);
    hol_optimiser_destroy(NULL);
    free_setting(&s);
}

/* offsets follow the data's means; dW = <(v-m)(h-l)'>+ - <(v-m)(h-l)'>-, da = dv - dW l, db = dh - dW' m */
static void test_update_centres_with_running_means(void **state) {
    (void)state;
    setting s = make_setting(1.5);
    const hol_optimiser_options options = {
        .momentum = 0.5, .penalty = {.l2 = 0.01}, .centered = true, .centering_rate = 0.25};
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
    const double start[V] = {0.1, 0.2, 0.9, 1};
    hol_optimiser_start(optimiser, s.model, start);
    double theta[P], velocity[P] = {0}, m[W];
    for (int i = 0; i < P; i++) theta[i] = (double)s.theta[i];
    for (int i = 0; i < W; i++) m[i] = i < V ? start[i] : 0.5;
    for (int step = 0; step < 4; step++) {
        const double *plus = step % 2 ? s.minus : s.plus, *minus = step % 2 ? s.plus : s.minus;
        hol_optimiser_update(optimiser, s.model, step % 2 ? s.negative : s.positive, step % 2 ? s.positive : s.negative,
                             step, 0.1, s.theta);
        double g[P];
        for (int i = 0; i < W; i++) {
            m[i] = 0.75 * m[i] + 0.25 * plus[i];
            assert_true(fabs(optimiser->means[i] - m[i]) < 1e-12);
            g[i] = (plus[i] - minus[i]) / 1.5;
        }
        for (int i = 0; i < V; i++)
            for (int j = 0; j < H; j++) {
                const int k = W + i * H + j;
                const double up = plus[k] - m[i] * plus[V + j] - plus[i] * m[V + j] + m[i] * m[V + j];
                const double down = minus[k] - m[i] * minus[V + j] - minus[i] * m[V + j] + m[i] * m[V + j];
                g[k] = (up - down) / 1.5;
            }
        for (int i = 0; i < V; i++)
            for (int j = 0; j < H; j++) {
                g[i] -= g[W + i * H + j] * m[V + j];
                g[V + j] -= g[W + i * H + j] * m[i];
            }
        for (int i = 0; i < P; i++) {
            g[i] -= (i >= W ? 0.01 : 0) * theta[i];
            assert_true(fabs((double)optimiser->gradient[i] - g[i]) < 2e-6);
            velocity[i] = 0.5 * velocity[i] + 0.1 * g[i];
            theta[i] += velocity[i];
            assert_true(fabs((double)s.theta[i] - theta[i]) < 2e-6);
        }
    }
    hol_optimiser_destroy(optimiser);
    free_setting(&s);
}

/* Kingma & Ba 2015, algorithm 1, in double. The first step from rest moves each parameter by the rate. */
static void test_update_follows_adam(void **state) {
    (void)state;
    setting s = make_setting(1);
    const hol_optimiser_options options = {
        .kind = HOL_OPTIMISER_ADAM, .momentum = 0.9, .square_decay = 0.99, .epsilon = 1e-4};
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
    double theta[P], first[P] = {0}, second[P] = {0};
    for (int i = 0; i < P; i++) theta[i] = (double)s.theta[i];
    for (int step = 0; step < 5; step++) {
        const bool turned = step % 3 == 1;
        hol_optimiser_update(optimiser, s.model, turned ? s.negative : s.positive, turned ? s.positive : s.negative,
                             step, 0.1, s.theta);
        for (int i = 0; i < P; i++) {
            const double g = (turned ? -1 : 1) * (s.plus[i] - s.minus[i]);
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.99 * second[i] + 0.01 * g * g;
            theta[i] +=
                0.1 * first[i] / (1 - pow(0.9, step + 1)) / (sqrt(second[i] / (1 - pow(0.99, step + 1))) + 1e-4);
            assert_true(fabs((double)s.theta[i] - theta[i]) < 2e-5);
            assert_true(fabs((double)optimiser->velocity[i] - first[i]) < 1e-6);
            assert_true(fabs((double)optimiser->square[i] - second[i]) < 1e-6);
        }
    }
    hol_optimiser_destroy(optimiser);
    free_setting(&s);
}

static void test_update_clips_the_norm(void **state) {
    (void)state;
    setting s = make_setting(1);
    double norm = 0;
    for (int i = 0; i < P; i++) norm += (s.plus[i] - s.minus[i]) * (s.plus[i] - s.minus[i]);
    norm = sqrt(norm);
    const double limits[] = {norm / 4, norm * 1.01};
    for (int n = 0; n < 2; n++) {
        const hol_optimiser_options options = {.clip_norm = limits[n]};
        hol_optimiser *optimiser = NULL;
        assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
        float theta[P] = {0};
        hol_optimiser_update(optimiser, s.model, s.positive, s.negative, 0, 1, theta);
        for (int i = 0; i < P; i++)
            assert_true(fabs((double)theta[i] - (s.plus[i] - s.minus[i]) * (n == 0 ? 0.25 : 1)) < 1e-6);
        hol_optimiser_destroy(optimiser);
    }
    free_setting(&s);
}

/* gradients that repeat, then turn: the rate grows by 1 + gain, then falls by 1 - gain */
static void test_update_follows_the_angle(void **state) {
    (void)state;
    setting s = make_setting(1);
    const hol_optimiser_options options = {.cosine_gain = 0.1};
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
    float theta[P] = {0};
    double expected[P] = {0}, factor = 1;
    for (int step = 0; step < 4; step++) {
        const bool turned = step >= 2;
        hol_optimiser_update(optimiser, s.model, turned ? s.negative : s.positive, turned ? s.positive : s.negative,
                             step, 0.5, theta);
        factor *= step == 0 ? 1 : step == 2 ? 0.9 : 1.1;
        assert_true(fabs(optimiser->step_factor - factor) < 1e-6);
        for (int i = 0; i < P; i++) {
            expected[i] += 0.5 * factor * (turned ? -1 : 1) * (s.plus[i] - s.minus[i]);
            assert_true(fabs((double)theta[i] - expected[i]) < 1e-6);
        }
    }
    hol_optimiser_destroy(optimiser);
    free_setting(&s);
}

/* the running means that sparsity looks at are kept without centring, too */
static void test_update_makes_hidden_units_sparse(void **state) {
    (void)state;
    setting s = make_setting(1);
    const hol_optimiser_options options = {.centering_rate = 0.5,
                                           .penalty = {.sparsity_target = 0.1, .sparsity_cost = 2}};
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_optimiser_create(s.model, &options, &optimiser));
    const double start[V] = {0.5, 0.5, 0.5, 0.5};
    hol_optimiser_start(optimiser, s.model, start);
    float theta[P] = {0};
    hol_optimiser_update(optimiser, s.model, s.positive, s.negative, 0, 1, theta);
    for (int i = 0; i < P; i++) {
        const bool hidden = i >= V && i < W;
        const double pull = hidden ? 2 * (0.1 - (0.25 + 0.5 * s.plus[i])) : 0;
        assert_true(fabs((double)theta[i] - (s.plus[i] - s.minus[i] + pull)) < 1e-6);
    }
    hol_optimiser_destroy(optimiser);
    free_setting(&s);
}

/* more units than one piece of means (256), a group large enough for threads: the same bits for any number of them */
static void test_update_does_not_depend_on_threads(void **state) {
    (void)state;
    enum { BV = 300, BH = 120, BP = BV + BH + BV * BH };
    float *theta[3] = {0};
    hol_model *model = NULL;
    const hol_model_options options = {.kind = "rbm", .visible = BV, .hidden = BH, .temperature = 1};
    double means[BV];
    assert_ok(hol_model_create(&options, &model));
    for (int i = 0; i < BV; i++) means[i] = 0.3;
    for (int n = 0; n < 3; n++) {
        omp_set_num_threads(n + 1);
        theta[n] = hol_allocate(BP, sizeof *theta[n]);
        assert_non_null(theta[n]);
        model->ops->initialize(model, means, 0.1, 3, theta[n]);
        assert_ok(model->ops->prepare(model, theta[n]));
        hol_statistics *both[2] = {NULL, NULL};
        for (uint32_t k = 0; k < 2; k++) {
            hol_population *population = NULL;
            assert_ok(hol_population_create(model, 130, 0, 1, &population));
            assert_ok(hol_population_add_levels(model, population));
            hol_population_randomize(model, population, (hol_rng_key){{k, 4}});
            model->ops->infer(model, population, &(hol_draw){.key = {{k, 5}}}, false);
            assert_ok(hol_statistics_create(NULL, model, 130, false, &both[k]));
            hol_statistics_collect(both[k], population);
            hol_population_destroy(population);
        }
        const hol_optimiser_options o = {
            .momentum = 0.5, .penalty = {.l2 = 0.01}, .centered = true, .centering_rate = 1};
        hol_optimiser *optimiser = NULL;
        assert_ok(hol_optimiser_create(model, &o, &optimiser));
        hol_optimiser_start(optimiser, model, means);
        hol_optimiser_update(optimiser, model, both[0], both[1], 0, 0.1, theta[n]);
        hol_optimiser_update(optimiser, model, both[1], both[0], 1, 0.3, theta[n]);
        double last[BV + BH]; /* rate 1: the newest data's means, all of them */
        hol_statistics_means(both[1], 0, BV + BH, last);
        for (int i = 0; i < BV + BH; i++) assert_true(fabs(optimiser->means[i] - last[i]) < 1e-12);
        assert_memory_equal(theta[0], theta[n], BP * sizeof(float));
        hol_optimiser_destroy(optimiser);
        hol_statistics_destroy(both[0]);
        hol_statistics_destroy(both[1]);
    }
    omp_set_num_threads(2);
    for (int n = 0; n < 3; n++) hol_free(theta[n]);
    hol_model_destroy(model);
}

/* a model with theta, an optimiser, and statistics of one step for it */
typedef struct learner {
    hol_model *model;
    hol_team *team;
    hol_population *chains;
    hol_statistics *both[2];
    hol_optimiser *optimiser;
    float *theta;
} learner;

static learner make_learner(hol_team *team, const hol_model_options *options, const hol_optimiser_options *o) {
    enum { CHAINS = 130 };
    learner l = {.team = team};
    hol_model_options with = *options;
    double means[64];
    for (int i = 0; i < 64; i++) means[i] = 0.2 + 0.01 * i;
    with.team = team;
    hol_status status = hol_model_create(&with, &l.model);
    if (status == HOL_OK) status = HOL_TEAM_ALLOCATE(team, l.theta, l.model->info.parameters, "theta");
    if (status == HOL_OK) status = hol_optimiser_create(l.model, o, &l.optimiser);
    if (status == HOL_OK) status = hol_population_create(l.model, CHAINS, 0, 1, &l.chains);
    if (status == HOL_OK) status = hol_population_add_levels(l.model, l.chains);
    assert_ok(hol_comm_agree(test_comm, status));
    if (hol_team_leads(team)) l.model->ops->initialize(l.model, means, 0.3, 3, l.theta);
    hol_team_meet(team);
    hol_optimiser_start(l.optimiser, l.model, means);
    assert_all(l.model->ops->prepare(l.model, l.theta) == HOL_OK);
    for (uint32_t k = 0; k < 2; k++) {
        const hol_draw draw = {.key = {{k, 5}}};
        hol_population_randomize(l.model, l.chains, (hol_rng_key){{k, 4}});
        l.model->ops->infer(l.model, l.chains, &draw, true);
        assert_ok(hol_statistics_create(NULL, l.model, CHAINS, false, &l.both[k]));
        hol_statistics_collect(l.both[k], l.chains);
    }
    return l;
}

static void free_learner(learner *l) {
    for (int k = 0; k < 2; k++) hol_statistics_destroy(l->both[k]);
    hol_population_destroy(l->chains);
    hol_optimiser_destroy(l->optimiser);
    hol_team_free(l->team, l->theta);
    hol_model_destroy(l->model);
}

/* one step, the tables for the next one, and a sweep by them */
static void learn(learner *l, int step) {
    const hol_draw draw = {.key = {{7, 7}}, .step = (uint32_t)step};
    hol_team_meet(l->team);
    hol_optimiser_update(l->optimiser, l->model, l->both[step % 2], l->both[1 - step % 2], step, 0.1, l->theta);
    hol_team_meet(l->team);
    assert_all(l->model->ops->prepare(l->model, l->theta) == HOL_OK);
    l->model->ops->sweep(l->model, l->chains, &draw, 1);
}

/* a team that shares the work out, and this rank alone: the same parameters, and states drawn by the same tables */
static void check_team(const hol_model_options *options, const hol_optimiser_options *o) {
    hol_team *team = NULL;
    assert_ok(hol_team_create(test_comm, &team));
    learner together = make_learner(team, options, o), alone = make_learner(NULL, options, o);
    const size_t bytes = (size_t)alone.model->info.parameters * sizeof(float);
    const hol_states *x = &alone.chains->states;
    for (int step = 0; step < 4; step++) {
        learn(&together, step);
        learn(&alone, step);
        assert_all(memcmp(together.theta, alone.theta, bytes) == 0);
        assert_all(memcmp(together.optimiser->gradient, alone.optimiser->gradient, bytes) == 0);
        assert_all(memcmp(together.chains->states.words, x->words, (size_t)(x->blocks * x->stride) * 8) == 0);
    }
    free_learner(&together);
    free_learner(&alone);
    hol_team_destroy(team);
}

static void test_update_does_not_depend_on_the_team(void **state) {
    (void)state;
    const hol_model_options models[] = {
        {.kind = "rbm", .visible = 41, .hidden = 33, .temperature = 1.5},
        {.kind = "boltzmann", .visible = 37, .hidden = 19, .temperature = 1, .settings = {{"positive_sweeps", 2}}},
        {.kind = "boltzmann", .visible = 50, .temperature = 1},
        {.kind = "rbm", .visible = 1, .hidden = 1, .temperature = 1},  /* fewer units than ranks */
        {.kind = "rbm", .visible = 1, .hidden = 61, .temperature = 1}, /* a matrix of one row is no vector */
        {.kind = "boltzmann", .visible = 1, .hidden = 40, .temperature = 1, .settings = {{"positive_sweeps", 1}}},
        {.kind = "boltzmann", .visible = 40, .hidden = 1, .temperature = 1},
    };
    const hol_optimiser_options optimisers[] = {
        {.momentum = 0.5, .penalty = {.l2 = 0.01}, .centered = true, .centering_rate = 0.3},
        {.kind = HOL_OPTIMISER_ADAM,
         .momentum = 0.9,
         .square_decay = 0.99,
         .epsilon = 1e-8,
         .clip_norm = 0.1,
         .cosine_gain = 0.2,
         .penalty = {.l1 = 0.01, .sparsity_target = 0.1, .sparsity_cost = 0.3},
         .centering_rate = 0.5},
    };
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        for (int o = 0; o < 2; o++) check_team(&models[m], &optimisers[o]);
}

/* a machine with a graph has tables of its own, the parameters are the team's */
static void test_update_of_a_graph_does_not_depend_on_the_team(void **state) {
    (void)state;
    int32_t ends[2 * 20];
    for (int e = 0; e < 20; e++) {
        ends[2 * e] = e;
        ends[2 * e + 1] = (e + 1) % 20;
    }
    const hol_model_options model = {.kind = "boltzmann",
                                     .visible = 15,
                                     .hidden = 5,
                                     .temperature = 1,
                                     .structure_count = 1,
                                     .structures = {{.name = "edges", .rows = 20, .columns = 2, .values = ends}}};
    const hol_optimiser_options o = {.momentum = 0.5, .penalty = {.l2 = 0.01}, .centered = true, .centering_rate = 0.3};
    check_team(&model, &o);
}

static void test_create_refuses_centring_without_the_operation(void **state) {
    (void)state;
    setting s = make_setting(1);
    hol_model without = *s.model;
    hol_model_ops ops = *s.model->ops;
    ops.center = NULL;
    without.ops = &ops;
    hol_optimiser_options options = {.centered = true, .centering_rate = 0.1};
    hol_optimiser *optimiser = NULL;
    assert_refused(hol_optimiser_create(&without, &options, &optimiser), HOL_USAGE, "no centred gradient");
    assert_null(optimiser);
    options.centered = false;
    assert_ok(hol_optimiser_create(&without, &options, &optimiser));
    hol_optimiser_destroy(optimiser);
    free_setting(&s);
}

static void test_norm_is_euclidean(void **state) {
    (void)state;
    float values[1001] = {0};
    for (int64_t count = 0; count <= 1001; count += 77) {
        long double sum = 0;
        for (int64_t i = 0; i < count; i++) {
            values[i] = (float)(i % 13 - 6) * 0.37f;
            sum += (long double)values[i] * (long double)values[i];
        }
        assert_true(fabs(hol_optimiser_norm(values, count) - (double)sqrtl(sum)) <= 1e-13 * (double)sqrtl(sum));
    }
    values[3] = NAN;
    assert_true(isnan(hol_optimiser_norm(values, 10)));
    values[3] = 1e30f; /* its square is no float */
    assert_true(fabs(hol_optimiser_norm(values + 3, 1) / 1e30 - 1) < 1e-6);
}

static void test_create_refuses_to_center_without_biases(void **state) {
    (void)state;
    const hol_model_options o = {.kind = "boltzmann", .visible = 4, .temperature = 1, .without = HOL_MODEL_BIASES};
    hol_optimiser_options options = {.centered = true, .centering_rate = 0.5};
    hol_model *model = NULL;
    hol_optimiser *optimiser = NULL;
    assert_ok(hol_model_create(&o, &model));
    assert_refused(hol_optimiser_create(model, &options, &optimiser), HOL_USAGE, "found true, expected false");
    options.centered = false;
    assert_ok(hol_optimiser_create(model, &options, &optimiser));
    hol_optimiser_destroy(optimiser);
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update_follows_momentum_and_decay),
        cmocka_unit_test(test_update_follows_adam),
        cmocka_unit_test(test_update_clips_the_norm),
        cmocka_unit_test(test_update_follows_the_angle),
        cmocka_unit_test(test_update_makes_hidden_units_sparse),
        cmocka_unit_test(test_start_sets_the_offsets),
        cmocka_unit_test(test_update_centres_with_running_means),
        cmocka_unit_test(test_update_does_not_depend_on_threads),
        cmocka_unit_test(test_update_does_not_depend_on_the_team),
        cmocka_unit_test(test_update_of_a_graph_does_not_depend_on_the_team),
        cmocka_unit_test(test_create_refuses_centring_without_the_operation),
        cmocka_unit_test(test_norm_is_euclidean),
        cmocka_unit_test(test_create_refuses_to_center_without_biases),
    };
    return hol_test_main(argc, argv, "optimiser", tests, HOL_TEST_COUNT(tests));
}
