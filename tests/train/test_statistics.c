/* statistics: whole-number sums of a population, against sums over one chain at a time, on any number of ranks. */
#include "support.h"

#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "sample/population.h"
#include "train/statistics.h"

static hol_model *make_model(int64_t visible, int64_t hidden, float *theta) {
    hol_model *model = NULL;
    const hol_model_options options = {.kind = "rbm", .visible = visible, .hidden = hidden, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    for (int64_t i = 0; i < model->info.parameters; i++) theta[i] = (float)(0.7 * (double)(i * 7 % 11 - 5) / 5);
    assert_ok(model->ops->prepare(model, theta));
    return model;
}

/* random states, levels inferred; this rank's part, or all */
static hol_population *make_population(hol_model *model, int64_t count, int rank, int ranks) {
    hol_population *population = NULL;
    assert_ok(hol_population_create(model, count, rank, ranks, &population));
    assert_ok(hol_population_add_levels(model, population));
    hol_population_randomize(model, population, (hol_rng_key){{8, (uint32_t)count}});
    const hol_draw draw = {.key = {{9, 9}}};
    model->ops->infer(model, population, &draw, false);
    return population;
}

/* T summed over a whole population in units of 1/15, one chain after the other */
static void naive(const hol_model *model, const hol_population *whole, int64_t *sums) {
    const int64_t visible = model->info.visible, hidden = model->info.hidden;
    memset(sums, 0, (size_t)model->info.parameters * sizeof *sums);
    for (int64_t c = 0; c < whole->count; c++) {
        const uint8_t *q = whole->levels + c / 64 * whole->hidden_stride * 64 + c % 64;
        for (int64_t j = 0; j < hidden; j++) sums[visible + j] += q[j * 64];
        for (int64_t i = 0; i < visible; i++) {
            if (!(whole->states.words[c / 64 * whole->states.stride + i] >> (c % 64) & 1)) continue;
            sums[i] += 15;
            for (int64_t j = 0; j < hidden; j++) sums[visible + hidden + i * hidden + j] += q[j * 64];
        }
    }
}

/* the sums back from the means: exact, for they are whole numbers far below 2^53 over 15 count */
static bool equal(const hol_statistics *statistics, int64_t parameters, int64_t count, const int64_t *sums) {
    double *means = hol_allocate(parameters, sizeof *means);
    if (!means) return false;
    hol_statistics_means(statistics, 0, parameters, means);
    bool same = true;
    for (int64_t i = 0; i < parameters; i++) same = same && llrint(means[i] * 15 * (double)count) == sums[i];
    hol_free(means);
    return same;
}

/* of a negative phase by itself */
static int64_t bytes_of(const hol_model *model, int64_t count) {
    return hol_statistics_message_bytes(model, &(hol_phases){.batch = 1, .chains = count}, true);
}

static void check_sum(int64_t visible, int64_t hidden, int64_t count) {
    float *theta = hol_allocate(visible + hidden + visible * hidden, sizeof *theta);
    assert_all(theta != NULL);
    hol_model *model = make_model(visible, hidden, theta);
    const int64_t parameters = model->info.parameters;
    int64_t *sums = hol_allocate(parameters, sizeof *sums);
    hol_statistics *statistics = NULL;
    assert_all(sums != NULL);
    assert_ok(hol_statistics_create(test_comm, model, count, false, &statistics));
    assert_int_equal(bytes_of(model, count), (parameters + HOL_EXTRAS) * (count > 2184 ? 4 : 2));
    hol_population *whole = make_population(model, count, 0, 1);
    hol_population *part = make_population(model, count, hol_comm_rank(test_comm), hol_comm_size(test_comm));
    naive(model, whole, sums);
    for (int repeat = 0; repeat < 2; repeat++) { /* collect replaces what was there */
        omp_set_num_threads(1 + repeat);
        hol_statistics_collect(statistics, part);
        hol_statistics_set_extra(statistics, HOL_EXTRA_STOP, hol_comm_rank(test_comm) == hol_comm_size(test_comm) - 1);
        hol_statistics_set_extra(statistics, HOL_EXTRA_CHECKPOINT, 10 + hol_comm_rank(test_comm));
        assert_ok(hol_statistics_start(statistics));
        for (int i = 0; i < 5; i++) hol_statistics_poll(statistics);
        assert_ok(hol_statistics_finish(statistics));
        assert_all(equal(statistics, parameters, count, sums));
        const int n = hol_comm_size(test_comm);
        assert_all(hol_statistics_get_extra(statistics, HOL_EXTRA_STOP) == 1);
        assert_all(hol_statistics_get_extra(statistics, HOL_EXTRA_CHECKPOINT) == 10 * n + n * (n - 1) / 2);
    }
    hol_statistics_collect(statistics, part); /* extras start at 0 again */
    assert_ok(hol_statistics_start(statistics));
    assert_ok(hol_statistics_finish(statistics));
    assert_all(hol_statistics_get_extra(statistics, HOL_EXTRA_STOP) == 0);
    assert_all(hol_statistics_get_extra(statistics, HOL_EXTRA_CHECKPOINT) == 0);
    hol_statistics_destroy(statistics);
    hol_population_destroy(whole);
    hol_population_destroy(part);
    hol_model_destroy(model);
    hol_free(sums);
    hol_free(theta);
}

static void test_collect_and_sum_equal_the_naive_sums(void **state) {
    (void)state;
    const int64_t counts[] = {1, 64, 65, 100, 200, 700};
    for (int c = 0; c < 6; c++) {
        check_sum(3, 2, counts[c]);
        check_sum(20, 33, counts[c]);
    }
    check_sum(784, 40, 130);
}

/* at the limit of 16 bits, and beyond */
static void test_collect_takes_large_populations(void **state) {
    (void)state;
    check_sum(3, 2, 2184); /* the last narrow size */
    check_sum(3, 2, 2185);
    check_sum(3, 2, 65536);
    check_sum(3, 2, 140000);
}

/* As many chains as need 64 bits can't be had here: a model that says its sums grow so fast needs them, too, and adds
 * up a few blocks at a time. */
static void test_collect_adds_up_in_64_bits(void **state) {
    (void)state;
    float theta[3 + 2 + 6];
    int64_t sums[11];
    hol_model *model = make_model(3, 2, theta);
    hol_statistics *statistics = NULL;
    model->info.largest = INT32_MAX / 200; /* 3 blocks at a time */
    assert_int_equal(bytes_of(model, 200), (11 + HOL_EXTRAS) * 4);
    assert_int_equal(bytes_of(model, 700), (11 + HOL_EXTRAS) * 8);
    assert_ok(hol_statistics_create(test_comm, model, 700, false, &statistics));
    hol_population *whole = make_population(model, 700, 0, 1);
    hol_population *part = make_population(model, 700, hol_comm_rank(test_comm), hol_comm_size(test_comm));
    naive(model, whole, sums);
    hol_statistics_collect(statistics, part);
    assert_ok(hol_statistics_start(statistics));
    assert_ok(hol_statistics_finish(statistics));
    assert_all(equal(statistics, 11, 700, sums));
    hol_statistics_destroy(statistics);
    hol_population_destroy(whole);
    hol_population_destroy(part);
    hol_model_destroy(model);
}

/* all units on in all chains: the largest sums there are */
static void test_collect_does_not_overflow(void **state) {
    (void)state;
    const int64_t counts[] = {2184, 2185, 200000};
    for (int c = 0; c < 3; c++) {
        float theta[5] = {0, 0, 100, 0, 0};
        hol_model *model = NULL;
        const hol_model_options options = {.kind = "rbm", .visible = 2, .hidden = 1, .temperature = 1};
        assert_ok(hol_model_create(&options, &model));
        assert_ok(model->ops->prepare(model, theta));
        hol_population *part = NULL;
        assert_ok(hol_population_create(model, counts[c], hol_comm_rank(test_comm), hol_comm_size(test_comm), &part));
        assert_ok(hol_population_add_levels(model, part));
        memset(part->states.words, 0xff, (size_t)(part->states.blocks * part->states.stride) * 8);
        const hol_draw draw = {.key = {{1, 2}}};
        model->ops->infer(model, part, &draw, false);
        hol_statistics *statistics = NULL;
        assert_ok(hol_statistics_create(test_comm, model, counts[c], false, &statistics));
        hol_statistics_collect(statistics, part);
        assert_ok(hol_statistics_start(statistics));
        assert_ok(hol_statistics_finish(statistics));
        double means[5];
        hol_statistics_means(statistics, 0, 5, means);
        for (int i = 0; i < 5; i++) assert_all(means[i] == 1);
        hol_statistics_destroy(statistics);
        hol_population_destroy(part);
        hol_model_destroy(model);
    }
}

/* narrow against narrow, wide against narrow, wide against wide, each divided by its own count */
static void test_difference_divides_by_counts_and_temperature(void **state) {
    (void)state;
    const int64_t counts[][2] = {{100, 70}, {3000, 100}, {100, 3000}, {3000, 2500}};
    float theta[17];
    hol_model *model = make_model(5, 2, theta);
    for (int c = 0; c < 4; c++) {
        hol_statistics *both[2] = {NULL, NULL};
        int64_t sums[2][17];
        for (int k = 0; k < 2; k++) {
            hol_population *whole = make_population(model, counts[c][k], 0, 1);
            assert_ok(hol_statistics_create(NULL, model, counts[c][k], false, &both[k]));
            hol_statistics_collect(both[k], whole);
            naive(model, whole, sums[k]);
            hol_population_destroy(whole);
        }
        float gradient[17];
        double means[3];
        hol_statistics_difference(both[0], both[1], 1.6, (hol_range){0, 17}, gradient);
        for (int i = 0; i < 17; i++) {
            const double expected =
                ((double)sums[0][i] / 15 / (double)counts[c][0] - (double)sums[1][i] / 15 / (double)counts[c][1]) / 1.6;
            assert_true(fabs((double)gradient[i] - expected) < 1e-7);
        }
        hol_statistics_means(both[0], 6, 3, means); /* from the middle */
        for (int i = 0; i < 3; i++)
            assert_true(fabs(means[i] - (double)sums[0][6 + i] / 15 / (double)counts[c][0]) < 1e-15);
        hol_statistics_destroy(both[0]);
        hol_statistics_destroy(both[1]);
    }
    hol_model_destroy(model);
    hol_statistics_destroy(NULL);
}

/* large enough to be threaded: the same floats for any number of threads */
/* A constant less sums of 16, 32 and 64 bits, in double; its means are itself. */
static void test_difference_from_a_constant(void **state) {
    (void)state;
    enum { P = 3 + 2 + 6 };
    const struct {
        int64_t chains;
        int32_t largest;
    } cases[] = {{200, 15}, {3000, 15}, {700, INT32_MAX / 200}};
    for (size_t c = 0; c < HOL_TEST_COUNT(cases); c++) {
        float theta[P], gradient[P];
        int64_t sums[P];
        double means[P];
        hol_statistics *positive = NULL, *negative = NULL;
        hol_model *model = make_model(3, 2, theta);
        model->info.largest = cases[c].largest;
        const hol_phases phases = {.batch = 0, .chains = cases[c].chains, .means = true};
        assert_true(hol_statistics_message_bytes(model, &phases, false) == 0);
        assert_ok(hol_statistics_create_both(test_comm, model, &phases, true, &positive, &negative));
        double *constant = hol_statistics_get_constant(positive);
        assert_true(constant != NULL && hol_statistics_get_constant(negative) == NULL);
        for (int i = 0; i < P; i++) constant[i] = 1.0 / (i + 3);
        hol_population *whole = make_population(model, cases[c].chains, 0, 1);
        hol_population *part =
            make_population(model, cases[c].chains, hol_comm_rank(test_comm), hol_comm_size(test_comm));
        naive(model, whole, sums);
        hol_statistics_collect(negative, part);
        assert_ok(hol_statistics_start(positive));
        assert_ok(hol_statistics_start(negative));
        assert_ok(hol_statistics_finish(positive));
        assert_ok(hol_statistics_finish(negative));
        hol_statistics_difference(positive, negative, 1.6, (hol_range){0, 4}, gradient);
        hol_statistics_difference(positive, negative, 1.6, (hol_range){4, P - 4}, gradient);
        hol_statistics_means(positive, 2, P - 2, means);
        bool good = true;
        for (int i = 0; i < P; i++) {
            const double exact = (1.0 / (i + 3) - (double)sums[i] / 15 / (double)cases[c].chains) / 1.6;
            good = good && fabs((double)gradient[i] - exact) < 1e-7 && (i < 2 || means[i - 2] == 1.0 / (i + 3));
        }
        assert_all(good);
        hol_statistics_destroy(positive);
        hol_statistics_destroy(negative);
        hol_population_destroy(whole);
        hol_population_destroy(part);
        hol_model_destroy(model);
    }
}

static void test_difference_does_not_depend_on_threads(void **state) {
    (void)state;
    enum { V = 300, H = 120, P = V + H + V * H };
    float *theta = hol_allocate(P, sizeof *theta), *one = hol_allocate(P, 4), *two = hol_allocate(P, 4);
    assert_true(theta && one && two);
    hol_model *model = make_model(V, H, theta);
    hol_population *a = make_population(model, 100, 0, 1), *b = make_population(model, 90, 0, 1);
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        hol_statistics *plus = NULL, *minus = NULL;
        assert_ok(hol_statistics_create(NULL, model, 100, false, &plus));
        assert_ok(hol_statistics_create(NULL, model, 90, false, &minus));
        hol_statistics_collect(plus, a);
        hol_statistics_collect(minus, b);
        float *gradient = threads == 1 ? one : two;
        hol_statistics_difference(plus, minus, 1, (hol_range){0, P}, gradient);
        if (threads > 1) assert_memory_equal(one, two, P * sizeof *one);
        /* and range by range, cut anywhere */
        memset(two, 0, P * sizeof *two);
        hol_statistics_difference(plus, minus, 1, (hol_range){0, 7001}, two);
        hol_statistics_difference(plus, minus, 1, (hol_range){7001, 1}, two);
        for (int i = 7002; i < P; i++) assert_true(two[i] == 0);
        hol_statistics_difference(plus, minus, 1, (hol_range){7002, P - 7002}, two);
        assert_memory_equal(one, two, P * sizeof *one);
        hol_statistics_destroy(plus);
        hol_statistics_destroy(minus);
    }
    omp_set_num_threads(2);
    hol_population_destroy(a);
    hol_population_destroy(b);
    hol_model_destroy(model);
    hol_free(theta);
    hol_free(one);
    hol_free(two);
}

/* any bits; unit 0 is on in all chains */
static uint64_t word_of(int64_t block, int64_t unit) {
    return unit == 0 ? ~UINT64_C(0) : (uint64_t)(block + 1) * 0x9E3779B97F4A7C15u * (uint64_t)unit;
}

/* Statistics that are counts travel as 16 bits: the same floats as from 32 bits, which a population of more chains
 * needs. The second population is the first one twice, so the means are equal. */
static void test_counts_travel_narrow(void **state) {
    (void)state;
    enum { V = 70, HALF = 16384 };
    hol_model *model = NULL;
    const hol_model_options options = {.kind = "boltzmann", .visible = V, .hidden = 0, .temperature = 1};
    assert_ok(hol_model_create(&options, &model));
    const int64_t parameters = model->info.parameters;
    assert_int_equal(bytes_of(model, 32767), (parameters + HOL_EXTRAS) * 2);
    assert_int_equal(bytes_of(model, 32768), (parameters + HOL_EXTRAS) * 4);
    assert_int_equal(bytes_of(model, INT32_MAX), (parameters + HOL_EXTRAS) * 4);
    const int rank = hol_comm_rank(test_comm), ranks = hol_comm_size(test_comm);
    hol_population *small = NULL, *large = NULL;
    hol_statistics *narrow = NULL, *wide = NULL;
    assert_ok(hol_population_create(model, HALF, rank, ranks, &small));
    assert_ok(hol_population_create(model, 2 * HALF, rank, ranks, &large));
    for (int64_t b = 0; b < small->states.blocks; b++)
        for (int64_t i = 0; i < V; i++) small->states.words[b * V + i] = word_of(small->states.first_block + b, i);
    for (int64_t b = 0; b < large->states.blocks; b++)
        for (int64_t i = 0; i < V; i++)
            large->states.words[b * V + i] = word_of((large->states.first_block + b) % (HALF / 64), i);
    assert_ok(hol_statistics_create(test_comm, model, HALF, false, &narrow));
    assert_ok(hol_statistics_create(test_comm, model, 2 * HALF, false, &wide));
    hol_statistics_collect(narrow, small);
    hol_statistics_collect(wide, large);
    assert_ok(hol_statistics_start(narrow));
    assert_ok(hol_statistics_start(wide));
    assert_ok(hol_statistics_finish(narrow));
    assert_ok(hol_statistics_finish(wide));
    double means[2][V + V * V];
    float *gradient = hol_allocate(parameters, sizeof *gradient);
    assert_all(gradient != NULL);
    hol_statistics_means(narrow, 0, parameters, means[0]);
    hol_statistics_means(wide, 0, parameters, means[1]);
    hol_statistics_difference(narrow, wide, 1, (hol_range){0, parameters}, gradient);
    bool same = means[0][0] == 1; /* the largest count there is */
    for (int64_t i = 0; i < parameters; i++) same = same && means[0][i] == means[1][i] && gradient[i] == 0;
    assert_all(same);
    hol_free(gradient);
    hol_statistics_destroy(narrow);
    hol_statistics_destroy(wide);
    hol_population_destroy(small);
    hol_population_destroy(large);
    hol_model_destroy(model);
}

/* entries added up in parts, cut anywhere between rows, are those added up at once */
static void test_accumulate_part_adds_up_to_the_whole(void **state) {
    (void)state;
    enum { V = 45, H = 33, P = V + H + V * H };
    float theta[P];
    hol_model *model = make_model(V, H, theta);
    hol_population *population = make_population(model, 150, 0, 1);
    int32_t whole[P] = {0}, parts[P] = {0};
    model->ops->accumulate(model, population, whole);
    const int64_t ends[] = {V, V + H, V + H + 7 * H, V + H + 44 * H, P};
    for (int k = 0; k < 5; k++) {
        int32_t part[P] = {0};
        int16_t narrow[P] = {0};
        const int64_t begin = k ? ends[k - 1] : 0;
        model->ops->accumulate_part(model, population, begin, ends[k], part);
        model->ops->accumulate_narrow(model, population, begin, ends[k], narrow);
        for (int64_t i = 0; i < P; i++) assert_true(narrow[i] == part[i]);
        for (int64_t i = 0; i < P; i++) {
            assert_true(part[i] == 0 || i < ends[k] - begin);
            if (i < ends[k] - begin) parts[begin + i] += part[i];
        }
    }
    assert_memory_equal(whole, parts, sizeof whole);
    hol_population_destroy(population);
    hol_model_destroy(model);
}

/* long enough for several pieces where ranks do not share memory (HOLODE_NODE_RANKS=1), one elsewhere */
static void test_pieces_give_the_same_sums(void **state) {
    (void)state;
    enum { V = 1000, H = 600 };
    float *theta = hol_allocate(V + H + V * H, sizeof *theta);
    assert_all(theta != NULL);
    hol_model *model = make_model(V, H, theta);
    hol_population *part = make_population(model, 200, hol_comm_rank(test_comm), hol_comm_size(test_comm));
    hol_statistics *cut = NULL, *uncut = NULL;
    assert_ok(hol_statistics_create(test_comm, model, 200, true, &cut));
    assert_ok(hol_statistics_create(test_comm, model, 200, false, &uncut));
    const int pieces = hol_statistics_pieces(cut);
    assert_true(hol_comm_nodes(test_comm) > 1 ? pieces == 2 : pieces == 1);
    assert_int_equal(hol_statistics_pieces(uncut), 1);
    for (int repeat = 0; repeat < 3; repeat++) {
        hol_statistics_collect(uncut, part);
        assert_ok(hol_statistics_start(uncut));
        for (int p = 0; p < pieces; p++) {
            hol_statistics_collect_piece(cut, part, p);
            assert_ok(hol_statistics_start_piece(cut, p));
        }
        assert_ok(hol_statistics_finish(uncut));
        assert_ok(hol_statistics_finish(cut));
        hol_statistics_difference(cut, uncut, 1, (hol_range){0, V + H + V * H}, theta);
        bool same = true;
        for (int64_t i = 0; i < V + H + V * H; i++) same = same && theta[i] == 0;
        assert_all(same);
    }
    hol_statistics_destroy(cut);
    hol_statistics_destroy(uncut);
    hol_population_destroy(part);
    hol_model_destroy(model);
    hol_free(theta);
}

static void start_joint(hol_statistics *joint[2], hol_population *parts[2]) {
    hol_statistics_collect(joint[0], parts[0]);
    assert_ok(hol_statistics_start(joint[0]));
    for (int p = 0; p < hol_statistics_pieces(joint[1]); p++) {
        hol_statistics_collect_piece(joint[1], parts[1], p);
        hol_statistics_poll(joint[0]);
        assert_ok(hol_statistics_start_piece(joint[1], p));
    }
}

/* One sum of the difference, in one piece or several: the same floats as from two sums, and the same means. */
static void check_joint(int64_t visible, int64_t hidden, bool cut) {
    enum { COUNT = 200 };
    const hol_phases phases = {.batch = COUNT, .chains = COUNT, .means = true};
    const int rank = hol_comm_rank(test_comm), ranks = hol_comm_size(test_comm);
    const int64_t units = visible + hidden, parameters = units + visible * hidden;
    float *gradients[2] = {hol_allocate(parameters, sizeof(float)), hol_allocate(parameters, sizeof(float))};
    double *means = hol_allocate(2 * units, sizeof *means);
    assert_all(gradients[0] && gradients[1] && means);
    hol_model *model = make_model(visible, hidden, gradients[0]);
    hol_statistics *joint[2], *apart[2];
    assert_ok(hol_statistics_create_both(test_comm, model, &phases, cut, &joint[0], &joint[1]));
    for (int k = 0; k < 2; k++) assert_ok(hol_statistics_create(test_comm, model, COUNT, false, &apart[k]));
    hol_population *parts[2] = {make_population(model, COUNT, rank, ranks), make_population(model, COUNT, rank, ranks)};
    hol_population_randomize(model, parts[1], (hol_rng_key){{5, 6}});
    for (int cycle = 0; cycle < 3; cycle++) {
        const hol_draw draw = {.key = {{1, (uint32_t)cycle}}};
        for (int k = 0; k < 2; k++) {
            model->ops->sweep(model, parts[k], &draw, 1);
            hol_statistics_collect(apart[k], parts[k]);
            assert_ok(hol_statistics_start(apart[k]));
        }
        start_joint(joint, parts);
        for (int k = 0; k < 2; k++) {
            assert_ok(hol_statistics_finish(apart[k]));
            assert_ok(hol_statistics_finish(joint[k]));
        }
        hol_statistics_difference(apart[0], apart[1], 1.3, (hol_range){0, parameters}, gradients[0]);
        hol_statistics_difference(joint[0], joint[1], 1.3, (hol_range){0, parameters}, gradients[1]);
        hol_statistics_means(apart[0], 0, units, means);
        hol_statistics_means(joint[0], 0, units, means + units);
        assert_all(memcmp(gradients[0], gradients[1], (size_t)parameters * sizeof(float)) == 0);
        assert_all(memcmp(means, means + units, (size_t)units * sizeof *means) == 0);
    }
    for (int k = 0; k < 2; k++) {
        hol_statistics_destroy(joint[k]);
        hol_statistics_destroy(apart[k]);
        hol_population_destroy(parts[k]);
        hol_free(gradients[k]);
    }
    hol_model_destroy(model);
    hol_free(means);
}

static void test_joint_phases_give_the_same_gradient(void **state) {
    (void)state;
    check_joint(45, 33, false);
    check_joint(700, 600, true);
}

/* As many chains in both: one message, of the positive phase only what is asked for. */
static void test_joint_phases_have_one_message(void **state) {
    (void)state;
    float theta[5 + 2 + 10];
    hol_model *model = make_model(5, 2, theta);
    const hol_phases equal_counts = {.batch = 2184, .chains = 2184, .means = true}, more = {2185, 2185, false},
                     unequal = {.batch = 2184, .chains = 2185};
    assert_true(hol_statistics_are_joint(model, &equal_counts) && !hol_statistics_are_joint(model, &unequal));
    assert_int_equal(hol_statistics_message_bytes(model, &equal_counts, false), 0);
    assert_int_equal(hol_statistics_message_bytes(model, &equal_counts, true), (17 + HOL_EXTRAS + 7) * 2);
    assert_int_equal(hol_statistics_message_bytes(model, &more, true), (17 + HOL_EXTRAS) * 4);
    assert_int_equal(hol_statistics_message_bytes(model, &unequal, false), (17 + HOL_EXTRAS) * 2);
    assert_int_equal(hol_statistics_message_bytes(model, &unequal, true), (17 + HOL_EXTRAS) * 4);
    /* 4 nodes, 1,024 chains of them all: 16 bits everywhere, a quarter of what two sums of 32 bits would take */
    const hol_phases four = {1024, 1024, false};
    const hol_sum_traffic one = hol_statistics_predict_traffic(model, &four, true, 4);
    assert_true(one.bytes > 0 && hol_statistics_predict_traffic(model, &four, false, 4).bytes == 0);
    hol_model_destroy(model);
}

/* signed spins: all up against a ring of alternating ones differ by two a chain, which is what the width is for */
static void test_joint_phases_hold_signed_differences(void **state) {
    (void)state;
    enum { V = 4 };
    const int32_t lattice[] = {V, 1};
    const int64_t counts[] = {16383, 16384};
    hol_model_options options = {.kind = "ising", .visible = V, .temperature = 1, .structure_count = 2};
    const int32_t form[] = {1, 0};
    options.structures[0] = (hol_structure){.name = "lattice", .rows = 2, .columns = 1, .values = lattice};
    options.structures[1] = (hol_structure){.name = "form", .rows = 1, .columns = 2, .values = form};
    hol_model *model = NULL;
    assert_ok(hol_model_create(&options, &model));
    const int64_t parameters = model->info.parameters;
    float gradient[2 * V];
    assert_true(parameters == 2 * V);
    for (int c = 0; c < 2; c++) {
        const hol_phases phases = {counts[c], counts[c], false};
        hol_statistics *both[2];
        hol_population *parts[2];
        assert_int_equal(hol_statistics_message_bytes(model, &phases, true), (parameters + HOL_EXTRAS) * (c ? 4 : 2));
        assert_ok(hol_statistics_create_both(test_comm, model, &phases, true, &both[0], &both[1]));
        for (int k = 0; k < 2; k++) {
            assert_ok(hol_population_create(model, counts[c], hol_comm_rank(test_comm), hol_comm_size(test_comm),
                                            &parts[k]));
            for (int64_t i = 0; i < parts[k]->states.blocks * V; i++)
                parts[k]->states.words[i] = k == 0 || i % 2 == 0 ? ~UINT64_C(0) : 0;
            hol_statistics_collect(both[k], parts[k]);
            assert_ok(hol_statistics_start(both[k]));
        }
        for (int k = 0; k < 2; k++) assert_ok(hol_statistics_finish(both[k]));
        hol_statistics_difference(both[0], both[1], 1, (hol_range){0, parameters}, gradient);
        bool good = true;
        for (int i = 0; i < V; i++) good = good && gradient[i] == (i % 2 ? 2 : 0) && gradient[V + i] == 2;
        assert_all(good);
        for (int k = 0; k < 2; k++) {
            hol_statistics_destroy(both[k]);
            hol_population_destroy(parts[k]);
        }
    }
    hol_model_destroy(model);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collect_and_sum_equal_the_naive_sums),
        cmocka_unit_test(test_collect_adds_up_in_64_bits),
        cmocka_unit_test(test_collect_takes_large_populations),
        cmocka_unit_test(test_collect_does_not_overflow),
        cmocka_unit_test(test_difference_divides_by_counts_and_temperature),
        cmocka_unit_test(test_difference_does_not_depend_on_threads),
        cmocka_unit_test(test_difference_from_a_constant),
        cmocka_unit_test(test_counts_travel_narrow),
        cmocka_unit_test(test_accumulate_part_adds_up_to_the_whole),
        cmocka_unit_test(test_pieces_give_the_same_sums),
        cmocka_unit_test(test_joint_phases_give_the_same_gradient),
        cmocka_unit_test(test_joint_phases_have_one_message),
        cmocka_unit_test(test_joint_phases_hold_signed_differences),
    };
    return hol_test_main(argc, argv, "statistics", tests, HOL_TEST_COUNT(tests));
}
