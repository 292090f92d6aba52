/* trainer: the loop over steps. */
#include "train/trainer.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/stop.h"
#include "num/bits.h"
#include "num/layer.h"
#include "sample/population.h"
#include "train/average.h"
#include "train/data_means.h"
#include "train/expectation.h"
#include "train/missing.h"
#include "train/monitor.h"
#include "train/pearson.h"
#include "train/statistics.h"
#include "train/unseen.h"
#include "train/waiting.h"

struct hol_trainer {
    hol_comm *comm;             /* borrowed */
    hol_model *model;           /* borrowed */
    const hol_batches *batches; /* borrowed */
    hol_trainer_options options;
    hol_hooks hooks;
    hol_state state;
    hol_population *batch;    /* owned: this step's data; NULL where the positive phase is a constant */
    hol_missing *missing;     /* owned: how it gets the values that it lacks; NULL where it lacks none */
    hol_population *negative; /* the chains, or with cd an owned population restarted at the batch */
    hol_statistics *positive_sums, *negative_sums; /* owned */
    int64_t share;                                 /* blocks that are swept at a time, with a poll after each */
    hol_monitor *monitor;                          /* owned */
    hol_pearson *pearson;                          /* owned; NULL: is not taken */
    bool has_valid;
    hol_waiting *waiting; /* owned */
    hol_rng_key positive_key, negative_key;
    double seconds[HOL_METRICS];          /* of this rank since the last evaluation, by what they were for */
    double evaluated_at, checkpointed_at; /* by hol_clock_now */
    double fields_before;                 /* the model's fields_seconds at the last evaluation */
    int64_t evaluated_step;
    int64_t checkpointed_step;
    bool warned; /* that walks were lost */
};

hol_state *hol_trainer_get_state(hol_trainer *trainer) { return &trainer->state; }

/* Between nodes messages move only while MPI is called, so the chains are swept in shares; fewer blocks at a time would
 * cost the kernels more than a late message does. */
enum { SHARE_BLOCKS = 8 };

/* the chains; with tempering, its highest level */
static hol_status allocate_chains(hol_trainer *self) {
    hol_status status = HOL_OK;
    const hol_trainer_options *o = &self->options;
    const int64_t chains = hol_trainer_chains(o);
    const int rank = hol_comm_rank(self->comm), ranks = hol_comm_size(self->comm);
    if (o->method == HOL_METHOD_CD || o->levels <= 1) {
        HOL_TRY(hol_population_create(self->model, chains, rank, ranks, &self->negative));
    } else {
        double betas[HOL_TRAINER_LEVELS_MAX];
        hol_tempering_equal_ladder(o->levels, betas);
        for (int64_t l = 0; l + 1 < o->levels; l++) betas[l] = o->lowest_beta + (1 - o->lowest_beta) * betas[l];
        const hol_tempering_options t = {.chains = chains, .levels = o->levels, .betas = betas, .seed = o->seed};
        HOL_TRY(hol_tempering_create(self->model, &t, rank, ranks, &self->state.tempering));
        self->negative = hol_tempering_get(self->state.tempering, o->levels - 1);
    }
    HOL_TRY(hol_population_add_levels(self->model, self->negative));
    if (o->method == HOL_METHOD_PCD) self->state.chains = self->negative;
cleanup:
    return status;
}

/* tables for the parameters as they stand: of all levels; their path begins at the data's means */
static hol_status prepare(hol_trainer *self) {
    const float *theta = self->state.theta;
    if (!self->state.tempering) return hol_model_prepare_training(self->model, theta);
    const double *means = self->model->info.first_order > 0 ? self->state.optimiser->means : NULL;
    return hol_tempering_prepare_training(self->state.tempering, theta, means);
}

/* memory is where its first writer is: at the ranks that update it */
static void touch(const hol_model *model, float *values) {
    for (int g = 0; g < model->info.group_count && !hol_team_memory(model->team); g++) {
        const hol_range range = hol_model_group_share(model, g);
        memset(values + range.first, 0, (size_t)range.count * sizeof *values);
    }
}

static hol_status allocate(hol_trainer *self, hol_population *train_set, hol_population *valid_set) {
    hol_status status = HOL_OK;
    const hol_trainer_options *o = &self->options;
    const int rank = hol_comm_rank(self->comm), ranks = hol_comm_size(self->comm);
    const int64_t parameters = self->model->info.parameters;
    self->share = o->overlap && hol_comm_nodes(self->comm) > 1 ? SHARE_BLOCKS : INT64_MAX / HOL_LANES;
    hol_team *team = self->model->team;
    hol_memory *memory = hol_team_memory(team);
    hol_memory_enter(memory, "parameters");
    HOL_TRY(HOL_TEAM_ALLOCATE(team, self->state.theta, parameters, "parameters"));
    touch(self->model, self->state.theta);
    if (o->average_steps > 0) {
        HOL_TRY(HOL_TEAM_ALLOCATE(team, self->state.average, parameters, "average"));
        touch(self->model, self->state.average);
    }
    hol_memory_enter(memory, "optimiser");
    HOL_TRY(hol_optimiser_create(self->model, &o->optimiser, &self->state.optimiser));
    hol_memory_enter(memory, "batch");
    if (!hol_trainer_is_exact(o)) {
        HOL_TRY(hol_population_create(self->model, o->batch_size, rank, ranks, &self->batch));
        HOL_TRY(hol_population_add_levels(self->model, self->batch));
        if (hol_batches_have_missing(self->batches)) HOL_TRY(hol_population_add_held(self->model, self->batch));
    }
    if (o->positive_persistent && self->model->info.infer_draws) self->state.batch = self->batch;
    hol_memory_enter(memory, "chains");
    HOL_TRY(allocate_chains(self));
    HOL_TRY(hol_waiting_create(self->comm, &self->waiting));
    hol_memory_enter(memory, "evaluated samples");
    HOL_TRY(hol_monitor_create(self->model, train_set, valid_set, o->exact_units, o->seed, &self->monitor));
cleanup:
    return status;
}

/* The data's, with the pseudo-count. Collective. */
static hol_status find_means(const hol_trainer *self, double **ret_means) {
    return hol_data_means_find(self->comm, self->model, self->batches, hol_trainer_pseudo_count(&self->options),
                               ret_means);
}

/* What begins at the data's means: missing values, and the walks that carry ln Z. Collective. */
static hol_status create_from_means(hol_trainer *self) {
    hol_status status = HOL_OK;
    double *means = NULL;
    const hol_trainer_options *o = &self->options;
    const bool has_missing = hol_batches_have_missing(self->batches);
    if (o->walks == 0 && !has_missing) return HOL_OK;
    hol_memory_enter(hol_comm_memory(self->comm), "walks");
    HOL_TRY(find_means(self, &means));
    if (has_missing) status = hol_missing_create(self->model, means, o->missing_sweeps, &self->missing);
    if (status == HOL_OK && o->walks > 0)
        status = hol_partition_create(self->model, means, o->walks, hol_comm_rank(self->comm),
                                      hol_comm_size(self->comm), &self->state.partition);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    hol_free(means);
    return status;
}

/* A positive phase that is one. Collective. */
static hol_status find_constant(const hol_trainer *self) {
    hol_status status = HOL_OK;
    double *constant = hol_statistics_get_constant(self->positive_sums);
    if (!constant) return HOL_OK;
    const double share = hol_trainer_pseudo_count(&self->options);
    HOL_TRY(hol_expectation_find(self->comm, self->model, self->batches, constant));
    if (share > 0 && hol_team_leads(self->model->team) && !hol_comm_memory(self->comm))
        self->model->ops->add_fair(self->model, share, constant);
    hol_team_meet(self->model->team);
    const hol_penalty *penalty = &self->options.optimiser.penalty;
    if (!hol_comm_memory(self->comm) && penalty->l2 <= 0 && penalty->l1 <= 0)
        hol_unseen_warn(self->comm, self->model, constant);
cleanup:
    return status;
}

/* Where it is wanted, or costs next to nothing. Collective. */
static hol_status create_pearson(hol_trainer *self) {
    const hol_trainer_options *o = &self->options;
    const bool is_there = hol_trainer_is_exact(o) && hol_pearson_is_in_statistics(self->model);
    if (o->method != HOL_METHOD_PCD || (o->until_pearson <= 0 && !is_there)) return HOL_OK;
    const hol_rows rows = hol_batches_get_rows(self->batches);
    return hol_pearson_create(self->comm, self->model, &rows, o->chains, hol_trainer_pseudo_count(o),
                              is_there ? self->positive_sums : NULL, &self->pearson);
}

hol_status hol_trainer_create(hol_comm *comm, hol_model *model, const hol_trainer_options *options,
                              const hol_batches *batches, hol_population *train_set, hol_population *valid_set,
                              const hol_hooks *hooks, hol_trainer **ret_trainer) {
    hol_status status = HOL_OK;
    hol_trainer *self = NULL;
    *ret_trainer = NULL;
    status = HOL_ALLOCATE(self, 1, "trainer");
    if (status == HOL_OK) {
        self->comm = comm;
        self->model = model;
        self->batches = batches;
        self->options = *options;
        if (hooks) self->hooks = *hooks;
        self->has_valid = valid_set != NULL;
        self->positive_key = hol_rng_key_make(options->seed, HOL_STREAM_POSITIVE);
        self->negative_key = hol_rng_key_make(options->seed, HOL_STREAM_NEGATIVE);
        status = allocate(self, train_set, valid_set);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_monitor_look(self->monitor, comm));
    HOL_TRY(create_from_means(self));
    hol_memory_enter(hol_comm_memory(comm), "sums over ranks");
    const hol_phases phases = hol_trainer_phases(options);
    HOL_TRY(
        hol_statistics_create_both(comm, model, &phases, options->overlap, &self->positive_sums, &self->negative_sums));
    HOL_TRY(find_constant(self));
    HOL_TRY(create_pearson(self));
    int64_t fingerprint = hol_comm_memory(comm) ? 0 : (int64_t)hol_batches_fingerprint(batches);
    HOL_TRY(hol_comm_sum_i64(comm, &fingerprint, 1)); /* wraps, which is meant */
    self->state.data_fingerprint = (uint64_t)fingerprint;
    *ret_trainer = self;
    return HOL_OK;
cleanup:
    hol_trainer_destroy(self);
    return status;
}

void hol_trainer_destroy(hol_trainer *trainer) {
    if (!trainer) return;
    hol_team_free(trainer->model->team, trainer->state.theta);
    hol_team_free(trainer->model->team, trainer->state.average);
    hol_optimiser_destroy(trainer->state.optimiser);
    hol_partition_destroy(trainer->state.partition);
    hol_history_clear(&trainer->state.history);
    hol_population_destroy(trainer->batch);
    hol_missing_destroy(trainer->missing);
    if (!trainer->state.tempering) hol_population_destroy(trainer->negative);
    hol_tempering_destroy(trainer->state.tempering);
    hol_statistics_destroy(trainer->positive_sums);
    hol_statistics_destroy(trainer->negative_sums);
    hol_monitor_destroy(trainer->monitor);
    hol_pearson_destroy(trainer->pearson);
    hol_waiting_destroy(trainer->waiting);
    hol_free(trainer);
}

bool hol_trainer_has_likelihood(const hol_trainer *trainer) {
    return trainer->has_valid && trainer->model->ops->free_energy && hol_monitor_sums_out(trainer->monitor) &&
           (trainer->state.partition || hol_monitor_is_exact(trainer->monitor));
}

static void set_parameters(hol_trainer *self, const double *means, const float *first) {
    const hol_model *model = self->model;
    const size_t bytes = (size_t)model->info.parameters * sizeof(float);
    if (first) memcpy(self->state.theta, first, bytes);
    else model->ops->initialize(model, means, self->options.initial_weights, self->options.seed, self->state.theta);
    if (self->state.average) memcpy(self->state.average, self->state.theta, bytes);
}

hol_status hol_trainer_start(hol_trainer *trainer, const float *first) {
    hol_status status = HOL_OK;
    const hol_model *model = trainer->model;
    double *means = NULL;
    HOL_TRY(find_means(trainer, &means));
    if (hol_team_leads(model->team)) set_parameters(trainer, means, first);
    hol_team_meet(model->team);
    hol_optimiser_start(trainer->state.optimiser, model, means);
    if (trainer->state.tempering) hol_tempering_randomize(trainer->state.tempering);
    else if (trainer->state.chains)
        hol_population_randomize(model, trainer->state.chains,
                                 hol_rng_key_make(trainer->options.seed, HOL_STREAM_INITIAL_CHAINS));
    if (trainer->state.partition) HOL_TRY(hol_partition_start(trainer->state.partition, trainer->options.seed));
    trainer->state.step = 0;
cleanup:
    hol_free(means);
    return status;
}

/* adds the time since *mark to those for `what`, and moves the mark */
static void charge(hol_trainer *self, hol_metric what, double *mark) {
    const double now = hol_clock_now();
    self->seconds[what] += now - *mark;
    *mark = now;
}

static void enter(hol_trainer *self, const char *stage) { hol_position_enter(hol_comm_position(self->comm), stage); }

static hol_draw draw_of(hol_rng_key key, int64_t step) { return (hol_draw){.key = key, .step = (uint32_t)step}; }

/* this step's rows, with what is known of them */
static void fill_batch(hol_trainer *self) {
    const hol_states *x = &self->batch->states;
    hol_batches_fill(self->batches, self->state.step, x->words, x->stride);
    if (self->missing) hol_batches_fill_known(self->batches, self->state.step, self->batch->held, x->stride);
}

static hol_status positive_phase(hol_trainer *self, double *mark) {
    const hol_model_ops *ops = self->model->ops;
    if (!self->batch) return HOL_OK;
    enter(self, "in step #, positive phase");
    fill_batch(self);
    charge(self, HOL_METRIC_SECONDS_INPUT, mark);
    const hol_draw draw = draw_of(self->positive_key, self->state.step);
    const bool restart = self->options.method == HOL_METHOD_CD;
    self->batch->continues = self->state.batch && self->state.step > 0;
    if (self->missing) hol_missing_draw(self->missing, self->model, self->batch, &draw);
    else ops->infer(self->model, self->batch, &draw, restart);
    if (restart) hol_population_copy(self->batch, self->negative);
    charge(self, HOL_METRIC_SECONDS_SAMPLING, mark);
    hol_statistics_collect(self->positive_sums, self->batch);
    charge(self, HOL_METRIC_SECONDS_STATISTICS, mark);
    enter(self, "in step #, summing the positive phase's statistics");
    hol_status status = hol_statistics_start(self->positive_sums);
    if (status == HOL_OK && !self->options.overlap) status = hol_statistics_finish(self->positive_sums);
    charge(self, HOL_METRIC_SECONDS_COMMUNICATION, mark);
    return status;
}

/* one sweep of all chains, the step's last one or not; the positive phase's sum is looked after meanwhile */
static void sweep_chains(hol_trainer *self, const hol_draw *draw, bool last, double *mark) {
    hol_position_move(hol_comm_position(self->comm));
    if (self->state.tempering) {
        hol_tempering_sweep(self->state.tempering, draw->step, draw->sweep, 1);
        charge(self, HOL_METRIC_SECONDS_SAMPLING, mark);
        hol_statistics_poll(self->positive_sums);
        charge(self, HOL_METRIC_SECONDS_COMMUNICATION, mark);
        return;
    }
    for (int64_t first = 0; first < self->negative->states.blocks; first += self->share) {
        hol_population part = hol_population_get_part(self->negative, first, self->share);
        if (!last) part.levels = NULL; /* statistics are of the last states */
        self->model->ops->sweep(self->model, &part, draw, 1);
        charge(self, HOL_METRIC_SECONDS_SAMPLING, mark);
        hol_statistics_poll(self->positive_sums);
        charge(self, HOL_METRIC_SECONDS_COMMUNICATION, mark);
    }
}

/* each piece's sum is started, then the next piece is collected */
static hol_status collect_negative(hol_trainer *self, double *mark) {
    hol_status status = HOL_OK;
    const int pieces = hol_statistics_pieces(self->negative_sums);
    for (int p = 0; p < pieces; p++) {
        hol_statistics_collect_piece(self->negative_sums, self->negative, p);
        if (p + 1 == pieces) {
            hol_statistics_set_extra(self->negative_sums, HOL_EXTRA_STOP, hol_stop_requested());
            hol_statistics_set_extra(self->negative_sums, HOL_EXTRA_CHECKPOINT, hol_stop_checkpoint_requested());
        }
        charge(self, HOL_METRIC_SECONDS_STATISTICS, mark);
        hol_statistics_poll(self->positive_sums);
        HOL_TRY(hol_statistics_start_piece(self->negative_sums, p));
        charge(self, HOL_METRIC_SECONDS_COMMUNICATION, mark);
    }
cleanup:
    return status;
}

static hol_status negative_phase(hol_trainer *self, double *mark) {
    hol_status status = HOL_OK;
    hol_draw draw = draw_of(self->negative_key, self->state.step);
    enter(self, "in step #, sampling");
    if (self->state.tempering) hol_tempering_swap(self->state.tempering, draw.step);
    for (int64_t k = 0; k < self->options.sweeps; k++, draw.sweep += 2)
        sweep_chains(self, &draw, k + 1 == self->options.sweeps, mark);
    enter(self, "in step #, summing statistics");
    HOL_TRY(collect_negative(self, mark));
    if (self->options.overlap) HOL_TRY(hol_statistics_finish(self->positive_sums));
    HOL_TRY(hol_statistics_finish(self->negative_sums));
cleanup:
    charge(self, HOL_METRIC_SECONDS_COMMUNICATION, mark);
    return status;
}

static void follow_average(hol_trainer *self) {
    const hol_state *s = &self->state;
    for (int g = 0; g < self->model->info.group_count && s->average; g++) {
        const hol_range range = hol_model_group_share(self->model, g);
        hol_average_follow(s->average + range.first, s->theta + range.first, range.count, s->step,
                           self->options.average_steps);
    }
}

static hol_status run_step(hol_trainer *self) {
    hol_status status = HOL_OK;
    double mark = hol_clock_now();
    const double start = mark, before = self->seconds[HOL_METRIC_SECONDS_COMMUNICATION];
    hol_position_set_step(hol_comm_position(self->comm), self->state.step + 1);
    HOL_TRY(positive_phase(self, &mark));
    HOL_TRY(negative_phase(self, &mark));
    enter(self, "in step #, updating parameters");
    const double rate = hol_schedule_rate(&self->options.schedule, self->state.step);
    hol_optimiser_update(self->state.optimiser, self->model, self->positive_sums, self->negative_sums, self->state.step,
                         rate, self->state.theta);
    self->state.step++;
    follow_average(self);
    hol_team_meet(self->model->team);
    /* the next step's tables, and the check that this step's parameters are sound */
    status = prepare(self);
    if (status != HOL_OK)
        status = hol_error_replace(status, hol_error_code(status), "step %lld: %s", (long long)self->state.step,
                                   hol_error_message(status));
    charge(self, HOL_METRIC_SECONDS_UPDATE, &mark);
    const double communication = self->seconds[HOL_METRIC_SECONDS_COMMUNICATION] - before;
    if (status == HOL_OK) status = hol_waiting_add(self->waiting, mark - start - communication, communication);
cleanup:
    return status;
}

static void fill_row(hol_trainer *self, double row[HOL_METRICS]) {
    const hol_trainer_options *o = &self->options;
    const hol_state *s = &self->state;
    const double elapsed = hol_clock_now() - self->evaluated_at;
    const double samples = (double)(s->step - self->evaluated_step) * (double)o->batch_size;
    row[HOL_METRIC_STEP] = (double)s->step;
    row[HOL_METRIC_EPOCH] = (double)s->step * (double)o->batch_size / (double)o->samples;
    row[HOL_METRIC_LEARNING_RATE] = hol_schedule_rate(&o->schedule, s->step > 0 ? s->step - 1 : 0);
    row[HOL_METRIC_PARAMETER_NORM] = hol_optimiser_norm(s->theta, self->model->info.parameters);
    row[HOL_METRIC_GRADIENT_NORM] =
        s->step > 0 ? hol_optimiser_norm(s->optimiser->gradient, self->model->info.parameters) : (double)NAN;
    row[HOL_METRIC_SAMPLES_PER_SECOND] = elapsed > 0 ? samples / elapsed : 0;
    for (int m = HOL_METRIC_SECONDS_SAMPLING; m <= HOL_METRIC_SECONDS_EVALUATION; m++) row[m] = self->seconds[m];
    row[HOL_METRIC_SECONDS_FIELDS] = *self->model->options.fields_seconds - self->fields_before;
    row[HOL_METRIC_NODES] = hol_comm_nodes(self->comm);
    row[HOL_METRIC_RANKS] = hol_comm_size(self->comm);
    row[HOL_METRIC_THREADS] = omp_get_max_threads();
}

static void warn_of_walks(hol_trainer *self, const hol_partition_estimate *e) {
    if (self->warned || !isnan(e->log_partition)) return;
    self->warned = true;
    hol_log_warning(self->comm,
                    "step %lld: ln Z is lost to its walks: %s; rows where it is have no log-likelihood. A lower "
                    "learning rate, evaluations more often, or more walks may keep it",
                    (long long)self->state.step,
                    e->arrived ? "few of them carry the weight" : "the parameters change faster than they follow");
}

/* ln Z as it is carried along, where it is not exact, and the likelihoods by it. An evaluation that a longer run would
 * not have, at a run's end, must leave the walks where that one's are. */
static hol_status fill_carried(hol_trainer *self, const float *theta, double row[HOL_METRICS]) {
    hol_partition_estimate e = {.log_partition = (double)NAN};
    const hol_state *s = &self->state;
    row[HOL_METRIC_LOG_PARTITION_ERROR] = row[HOL_METRIC_EFFECTIVE_WALKS] = (double)NAN;
    if (!s->partition || hol_monitor_is_exact(self->monitor)) return HOL_OK;
    const int64_t every = self->options.evaluate_every;
    const hol_status status = hol_partition_follow(s->partition, self->comm, theta, self->options.seed, s->step,
                                                   s->step / every, s->step % every != 0, &e);
    if (status != HOL_OK) return status;
    warn_of_walks(self, &e);
    row[HOL_METRIC_LOG_PARTITION] = e.log_partition;
    row[HOL_METRIC_LOG_PARTITION_ERROR] = e.standard_error;
    row[HOL_METRIC_EFFECTIVE_WALKS] = e.effective;
    row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD] = -row[HOL_METRIC_TRAIN_FREE_ENERGY] - e.log_partition;
    row[HOL_METRIC_VALID_LOG_LIKELIHOOD] = -row[HOL_METRIC_VALID_FREE_ENERGY] - e.log_partition;
    return HOL_OK;
}

/* The model's metrics: of the average where there is one, for that is what a run is for; by tables for values. */
static hol_status measure(hol_trainer *self, double row[HOL_METRICS]) {
    hol_status status = HOL_OK;
    const float *theta = self->state.average ? self->state.average : self->state.theta;
    const bool others = self->state.average || self->model->ops->prepare_training;
    if (others) HOL_TRY(self->model->ops->prepare(self->model, theta));
    HOL_TRY(hol_monitor_evaluate(self->monitor, self->comm, theta, row));
    HOL_TRY(fill_carried(self, theta, row));
    if (others) HOL_TRY(prepare(self));
cleanup:
    return status;
}

/* Of the chains of the last step; before the first one there are no statistics of them. Collective. */
static hol_status find_pearson(hol_trainer *self, double *ret) {
    *ret = (double)NAN;
    if (!self->pearson || self->state.step == 0) return HOL_OK;
    return hol_pearson_measure(self->pearson, self->negative, self->negative_sums, ret);
}

static hol_status evaluate(hol_trainer *self) {
    hol_status status = HOL_OK;
    double row[HOL_METRICS], mark = hol_clock_now();
    enter(self, "after step #, evaluating");
    fill_row(self, row);
    HOL_TRY(hol_waiting_settle(self->waiting, &row[HOL_METRIC_SECONDS_WAITING], &row[HOL_METRIC_SECONDS_EXPOSED]));
    HOL_TRY(measure(self, row));
    HOL_TRY(find_pearson(self, &row[HOL_METRIC_PEARSON]));
    /* times are rank 0's on all ranks: a checkpoint then says the same whoever writes it */
    HOL_TRY(hol_comm_broadcast(self->comm, row, sizeof row));
    HOL_TRY(hol_comm_agree(self->comm, hol_history_append(&self->state.history, row)));
    memset(self->seconds, 0, sizeof self->seconds);
    self->fields_before = *self->model->options.fields_seconds;
    self->evaluated_at = hol_clock_now();
    self->evaluated_step = self->state.step;
    charge(self, HOL_METRIC_SECONDS_EVALUATION, &mark);
    if (self->hooks.evaluated) HOL_TRY(self->hooks.evaluated(self->hooks.context, &self->state));
    charge(self, HOL_METRIC_SECONDS_OUTPUT, &mark); /* a best checkpoint, a page */
cleanup:
    return status;
}

static hol_status checkpoint(hol_trainer *self) {
    double mark = hol_clock_now();
    hol_status status = HOL_OK;
    enter(self, "after step #, writing a checkpoint");
    if (self->hooks.checkpoint && self->checkpointed_step != self->state.step)
        status = self->hooks.checkpoint(self->hooks.context, &self->state);
    self->checkpointed_step = self->state.step;
    enter(self, "after step #");
    charge(self, HOL_METRIC_SECONDS_OUTPUT, &mark);
    self->checkpointed_at = mark;
    return status;
}

/* Rank 0's clock asks for a checkpoint through the same flag as SIGUSR2: all ranks then see it in the same step's
 * sums */
static void watch_clock(hol_trainer *self) {
    const double seconds = self->options.checkpoint_seconds;
    if (seconds > 0 && hol_comm_rank(self->comm) == 0 && hol_clock_now() - self->checkpointed_at > seconds)
        hol_stop_request_checkpoint();
}

/* Before the schedule does: by the history alone, so that a resumed run ends where the other one did. */
static bool has_ended(const hol_trainer *self) {
    const int64_t patience = self->options.patience;
    if (hol_trainer_is_near(&self->options, &self->state)) return true;
    return patience > 0 && hol_history_since_best(&self->state.history, HOL_METRIC_VALID_LOG_LIKELIHOOD) >= patience;
}

/* Whether an evaluation between two others would find the run at its end. Collective. */
static hol_status comes_near(hol_trainer *self, bool *ret) {
    double mark = hol_clock_now(), value = 0;
    if (self->options.until_pearson <= 0 || self->state.step % self->options.pearson_every != 0) return HOL_OK;
    const hol_status status = find_pearson(self, &value);
    *ret = value >= self->options.until_pearson;
    charge(self, HOL_METRIC_SECONDS_EVALUATION, &mark);
    return status;
}

/* What is due after a step: evaluation, checkpoint, the end. */
static hol_status after_step(hol_trainer *self) {
    hol_status status = HOL_OK;
    const hol_trainer_options *o = &self->options;
    const int64_t step = self->state.step;
    const bool stop = hol_statistics_get_extra(self->negative_sums, HOL_EXTRA_STOP) > 0;
    const bool asked = hol_statistics_get_extra(self->negative_sums, HOL_EXTRA_CHECKPOINT) > 0;
    bool complete = step >= o->schedule.steps, due = complete || step % o->evaluate_every == 0;
    if (self->hooks.stepped) self->hooks.stepped(self->hooks.context, &self->state);
    if (!due) HOL_TRY(comes_near(self, &due));
    if (due) HOL_TRY(evaluate(self));
    complete = complete || has_ended(self);
    if (asked) hol_stop_checkpoint_served();
    if (complete || stop || asked || (o->checkpoint_every > 0 && step % o->checkpoint_every == 0))
        HOL_TRY(checkpoint(self));
    if (stop && !complete)
        status =
            hol_error(HOL_STOPPED, "stopped after step %lld of %lld", (long long)step, (long long)o->schedule.steps);
cleanup:
    return status;
}

hol_status hol_trainer_run(hol_trainer *trainer) {
    hol_status status = HOL_OK;
    trainer->evaluated_at = trainer->checkpointed_at = hol_clock_now();
    trainer->evaluated_step = trainer->state.step;
    trainer->checkpointed_step = trainer->state.step > 0 ? trainer->state.step : -1;
    hol_position_set_step(hol_comm_position(trainer->comm), trainer->state.step);
    HOL_TRY(prepare(trainer));
    /* the last evaluation of a run that ended here, which the longer run does not stop for */
    hol_state *s = &trainer->state;
    if (s->step % trainer->options.evaluate_every != 0 && s->step < trainer->options.schedule.steps &&
        !has_ended(trainer) && hol_history_reaches(&s->history, HOL_METRIC_STEP, s->step, 0))
        s->history.rows--;
    /* the metrics of the start, unless the history of a resumed run has them */
    if (trainer->state.history.rows == 0) HOL_TRY(evaluate(trainer));
    if (trainer->state.step >= trainer->options.schedule.steps) HOL_TRY(checkpoint(trainer));
    while (trainer->state.step < trainer->options.schedule.steps && !has_ended(trainer)) {
        watch_clock(trainer);
        HOL_TRY(run_step(trainer));
        HOL_TRY(after_step(trainer));
    }
cleanup:
    return status;
}

/* Walks are carried along at evaluations, but for the last one, where a longer run would have none. */
hol_status hol_trainer_measure(hol_trainer *trainer) {
    hol_status status = HOL_OK;
    hol_state *s = &trainer->state;
    hol_memory *memory = hol_comm_memory(trainer->comm);
    const int64_t steps = trainer->options.schedule.steps, every = trainer->options.evaluate_every;
    hol_partition_estimate unused;
    hol_memory_enter(memory, "walks");
    if (s->partition && steps % every != 0)
        HOL_TRY(hol_partition_follow(s->partition, trainer->comm, s->theta, 0, steps, steps / every, true, &unused));
    hol_memory_enter(memory, "history");
    HOL_TRY(hol_history_reset(&s->history, 1 + (steps + every - 1) / every));
cleanup:
    return status;
}
