/* The trainer on a model small enough to know the answer: 3 visible units, whose distribution an RBM can represent. */
#include "support.h"

#include <math.h>

#include "base/stop.h"
#include "sample/population.h"
#include "train/trainer.h"

enum { ROWS = 64, UNITS = 3 };

typedef struct fixture {
    hol_model *model;
    hol_batches *batches;
    hol_population *set;
    hol_trainer *trainer;
    int checkpoints, evaluations;
    int64_t stop_at; /* asks for the end after this step, on the last rank only; 0: never */
} fixture;

/* 64 samples: how often each of the 8 states occurs */
static const int counts[8] = {20, 4, 2, 6, 1, 9, 2, 20};

static double entropy(void) {
    double sum = 0;
    for (int s = 0; s < 8; s++) sum += counts[s] / (double)ROWS * log(counts[s] / (double)ROWS);
    return sum;
}

static hol_status on_checkpoint(void *context, const hol_state *state) {
    (void)state;
    ((fixture *)context)->checkpoints++;
    return HOL_OK;
}

static hol_status on_evaluated(void *context, const hol_state *state) {
    (void)state;
    ((fixture *)context)->evaluations++;
    return HOL_OK;
}

static void on_stepped(void *context, const hol_state *state) {
    const fixture *f = context;
    if (f->stop_at == state->step && hol_comm_rank(test_comm) == hol_comm_size(test_comm) - 1) hol_stop_request();
}

static hol_trainer_options default_options(void) {
    return (hol_trainer_options){
        .method = HOL_METHOD_PCD,
        .sweeps = 1,
        .chains = 1000,
        .batch_size = ROWS,
        .samples = ROWS,
        .seed = 3,
        .initial_weights = 0.05,
        .schedule = {.kind = HOL_SCHEDULE_LINEAR, .rate = 0.2, .final_rate = 0, .decay_steps = 1, .steps = 8000},
        .optimiser = {.momentum = 0.5, .centered = true, .centering_rate = 0.01},
        .evaluate_every = 2000,
        .exact_units = 16};
}

static void set_up(fixture *f, const hol_trainer_options *options) {
    const hol_model_options m = {.kind = "rbm", .visible = UNITS, .hidden = 4, .temperature = 1};
    assert_ok(hol_model_create(&m, &f->model));
    hol_batches_options b = {
        .samples = ROWS, .units = UNITS, .batch_size = options->batch_size, .seed = 3, .threshold = 1};
    hol_comm_share((options->batch_size + 63) / 64, hol_comm_rank(test_comm), hol_comm_size(test_comm), &b.first_block,
                   &b.blocks);
    assert_ok(hol_batches_create(&b, &f->batches));
    assert_ok(hol_population_create(f->model, ROWS, hol_comm_rank(test_comm), hol_comm_size(test_comm), &f->set));
    int64_t first = 0, rows = 0, set_first = 0, set_rows = 0;
    hol_batches_get_owned(f->batches, &first, &rows);
    hol_population_get_owned(f->set, &set_first, &set_rows);
    int64_t row = 0;
    for (int s = 0; s < 8; s++)
        for (int k = 0; k < counts[s]; k++, row++) {
            uint16_t levels[UNITS];
            uint8_t bytes[UNITS];
            for (int i = 0; i < UNITS; i++) {
                bytes[i] = (uint8_t)(s >> i & 1);
                levels[i] = bytes[i] ? 65535 : 0;
            }
            if (row >= first && row < first + rows) hol_batches_set_rows(f->batches, row, 1, levels, NULL);
            if (row >= set_first && row < set_first + set_rows)
                hol_population_set_bytes(f->set, 0, UNITS, row, 1, bytes);
        }
    const hol_hooks hooks = {
        .context = f, .checkpoint = on_checkpoint, .evaluated = on_evaluated, .stepped = on_stepped};
    assert_ok(hol_trainer_create(test_comm, f->model, options, f->batches, f->set, NULL, &hooks, &f->trainer));
    assert_ok(hol_trainer_start(f->trainer, NULL));
}

static void tear_down(fixture *f) {
    hol_trainer_destroy(f->trainer);
    hol_population_destroy(f->set);
    hol_batches_destroy(f->batches);
    hol_model_destroy(f->model);
}

static double newest(const fixture *f, hol_metric metric) {
    const hol_history *h = &hol_trainer_get_state(f->trainer)->history;
    return h->values[(h->rows - 1) * HOL_METRICS + metric];
}

/* The likelihood can't exceed minus the data's entropy, and 4 hidden units reach it; 0.01 nats are left to the sampling
 * noise of 1,000 chains (seeded: the outcome is fixed). */
static void test_trainer_run_reaches_the_optimum(void **state) {
    (void)state;
    for (int method = 0; method < 2; method++) {
        fixture f = {0};
        hol_trainer_options o = default_options();
        o.method = method ? HOL_METHOD_CD : HOL_METHOD_PCD;
        o.sweeps = method ? 20 : 1;
        o.schedule.steps = method ? 4000 : 8000;
        o.evaluate_every = o.schedule.steps / 4;
        set_up(&f, &o);
        assert_ok(hol_trainer_run(f.trainer));
        const double reached = newest(&f, HOL_METRIC_TRAIN_LOG_LIKELIHOOD);
        assert_true(reached < entropy() + 1e-6);
        assert_true(reached > entropy() - (method ? 0.05 : 0.01));
        assert_int_equal(f.evaluations, 5); /* at 0, and each quarter */
        assert_int_equal(f.checkpoints, 1);
        tear_down(&f);
    }
}

/* The same with the chains' levels, the average and Adam, at a rate that does not fall: what the metrics are of is the
 * average, which must be within the same 0.01 nats although the iterates go on moving. */
static void test_trainer_run_reaches_the_optimum_with_levels_and_average(void **state) {
    (void)state;
    for (int adam = 0; adam < 2; adam++) {
        fixture f = {0};
        hol_trainer_options o = default_options();
        o.levels = 3;
        o.chains = 640;
        o.average_steps = 800;
        o.optimiser.kind = adam ? HOL_OPTIMISER_ADAM : HOL_OPTIMISER_MOMENTUM;
        o.optimiser.square_decay = 0.999;
        o.optimiser.epsilon = 1e-8;
        o.schedule.kind = HOL_SCHEDULE_CONSTANT;
        o.schedule.rate = adam ? 0.005 : 0.1;
        o.schedule.steps = 6000;
        set_up(&f, &o);
        assert_ok(hol_trainer_run(f.trainer));
        assert_int_equal(hol_tempering_get_levels(hol_trainer_get_state(f.trainer)->tempering), 3);
        const double reached = newest(&f, HOL_METRIC_TRAIN_LOG_LIKELIHOOD);
        assert_true(reached < entropy() + 1e-6);
        assert_true(reached > entropy() - 0.01);
        tear_down(&f);
    }
}

static void test_trainer_run_checkpoints_by_steps(void **state) {
    (void)state;
    fixture f = {0};
    hol_trainer_options o = default_options();
    o.schedule.steps = 10;
    o.checkpoint_every = 3;
    set_up(&f, &o);
    assert_ok(hol_trainer_run(f.trainer));
    assert_int_equal(f.checkpoints, 4); /* after 3, 6, 9 and 10 */
    tear_down(&f);
}

/* 2^3 visible states: never, up to 3 units, up to 2, and where it is cheap */
static void test_trainer_run_evaluates_exactly_as_asked(void **state) {
    (void)state;
    const struct {
        int64_t exact_units;
        bool exact;
    } cases[] = {{0, false}, {3, true}, {2, false}, {-1, true}};
    for (size_t k = 0; k < HOL_TEST_COUNT(cases); k++) {
        fixture f = {0};
        hol_trainer_options o = default_options();
        o.schedule.steps = 1;
        o.exact_units = cases[k].exact_units;
        set_up(&f, &o);
        assert_ok(hol_trainer_run(f.trainer));
        assert_int_equal(!isnan(newest(&f, HOL_METRIC_LOG_PARTITION)), cases[k].exact);
        tear_down(&f);
    }
}

static void test_trainer_run_breaks_down(void **state) {
    (void)state;
    fixture f = {0};
    hol_trainer_options o = default_options();
    o.schedule.rate = 1e30;
    o.schedule.kind = HOL_SCHEDULE_CONSTANT;
    set_up(&f, &o);
    assert_refused(hol_trainer_run(f.trainer), HOL_NUMERICAL, "diverged");
    assert_int_equal(f.checkpoints, 0); /* broken parameters are never kept */
    tear_down(&f);
}

/* last: the request to end stays for the rest of the process */
static void test_trainer_run_stops_when_one_rank_is_asked(void **state) {
    (void)state;
    fixture f = {.stop_at = 7};
    hol_trainer_options o = default_options();
    set_up(&f, &o);
    assert_refused(hol_trainer_run(f.trainer), HOL_STOPPED, "stopped after step 8");
    assert_int_equal(f.checkpoints, 1);
    assert_int_equal(hol_trainer_get_state(f.trainer)->step, 8);
    tear_down(&f);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trainer_run_reaches_the_optimum),
        cmocka_unit_test(test_trainer_run_reaches_the_optimum_with_levels_and_average),
        cmocka_unit_test(test_trainer_run_checkpoints_by_steps),
        cmocka_unit_test(test_trainer_run_evaluates_exactly_as_asked),
        cmocka_unit_test(test_trainer_run_breaks_down),
        cmocka_unit_test(test_trainer_run_stops_when_one_rank_is_asked),
    };
    return hol_test_main(argc, argv, "trainer", tests, HOL_TEST_COUNT(tests));
}
