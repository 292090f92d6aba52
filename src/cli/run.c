/* run: from a config to a trained model: wires data set, model, trainer and checkpoints. */
#include "cli/run.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/watchdog.h"
#include "cli/auto.h"
#include "cli/deadline.h"
#include "cli/learning.h"
#include "cli/model.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/start.h"
#include "cli/training.h"
#include "cli/units.h"
#include "io/dataset.h"
#include "io/owner.h"
#include "io/replace.h"
#include "io/sample_weights.h"
#include "sample/population.h"
#include "train/binarize.h"

enum { STEPS_FEW = 200, STEPS_WISHED = 2000 };

/* The run, as the hooks see it. */
typedef struct run {
    hol_comm *comm; /* borrowed, as all up to the next */
    const hol_config *config;
    const char *config_text;
    const hol_run_options *options;
    hol_result *result;
    hol_run_outcome *outcome;
    hol_dataset *train_data, *valid_data;        /* owned, as all below */
    hol_sample_weights *weights, *valid_weights; /* NULL: all rows alike */
    hol_config *settled;                         /* the config, where something of it was auto; with its text */
    char *settled_text;
    char said[HOL_AUTO_SAID_SIZE]; /* of it */
    hol_training training;
    hol_progress progress;
    hol_checkpoint_facts facts;
    hol_deadline deadline;
    hol_owner *owner; /* rank 0's; owned */
    hol_report_live *page;
    hol_watchdog *watchdog;
} run;

/* ---- data ------------------------------------------------------------------------------------------------------- */

/* Collective. */
static hol_status check_units(const run *self, hol_survey *survey) {
    char what[PATH_MAX + 16];
    hol_binarizer binarizer = hol_training_binarizer(&self->training);
    binarizer.survey = survey;
    (void)snprintf(what, sizeof what, "data.train: %s", self->config->data.train);
    return hol_cli_check_units(self->comm, what, &binarizer, true);
}

/* States that no row has are not learned of. Collective. */
static hol_status check_states(const run *self) {
    hol_status status = HOL_OK;
    const hol_model_info *info = &self->training.model->info;
    hol_wide *counts = NULL;
    int64_t absent = 0, column = -1;
    if (!self->training.model->ops->takes_columns || info->columns.count == 0) return HOL_OK;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(counts, info->visible, "states")));
    hol_batches_add_counts(self->training.batches, counts, NULL);
    HOL_TRY(hol_comm_sum_wide(self->comm, counts, info->visible));
    for (int64_t c = 0; c < info->columns.count; c++)
        for (int64_t u = info->columns.first_units[c]; u < info->columns.first_units[c + 1]; u++) {
            if (counts[u] > 0 || !hol_columns_is_site(&info->columns, c)) continue;
            if (absent++ == 0) column = c;
        }
    if (absent > 0)
        hol_log_warning(self->comm,
                        "data.train: %s: %lld states occur in no row (the first one in column %lld, from 0): they "
                        "begin as rare ones",
                        self->config->data.train, (long long)absent, (long long)column);
cleanup:
    hol_free(counts);
    return status;
}

static hol_status open_data(run *self) {
    hol_status status = HOL_OK;
    const hol_config *c = self->config;
    HOL_TRY(hol_cli_open_data(self->comm, c, c->data.train, "train", false, &self->train_data));
    if (!c->data.valid[0]) return HOL_OK;
    HOL_TRY(hol_cli_open_data(self->comm, c, c->data.valid, "valid", false, &self->valid_data));
    const int64_t train = hol_dataset_get_columns(self->train_data), valid = hol_dataset_get_columns(self->valid_data);
    if (train != valid)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld as in %s", c->data.valid,
                          (long long)valid, (long long)train, c->data.train));
cleanup:
    return status;
}

static hol_status read_weights(run *self) {
    hol_status status = HOL_OK;
    const hol_config *c = self->config;
    HOL_TRY(hol_sample_weights_read(self->comm, c->data.weights, self->train_data, &self->weights));
    if (!self->valid_data && c->data.valid_weights[0])
        HOL_TRY(hol_error(HOL_USAGE, "%s: data.valid_weights: found %s, but no data.valid, expected both",
                          self->options->config_path, c->data.valid_weights));
    if (self->valid_data)
        HOL_TRY(hol_sample_weights_read(self->comm, c->data.valid_weights, self->valid_data, &self->valid_weights));
cleanup:
    return status;
}

/* Whether a mean over the evaluated rows is one. Collective. */
static hol_status check_set(const run *self, const hol_population *set, const char *data) {
    double effective = 1;
    hol_status status = HOL_OK;
    if (set && set->weights) status = hol_population_effective(self->comm, set, &effective);
    if (status != HOL_OK || effective > 0) return status;
    return hol_error(HOL_USAGE, "%s: evaluate.samples: found %lld rows of %s that all have the weight 0, expected more",
                     self->options->config_path, (long long)set->count, data);
}

/* The config becomes one without auto. */
static hol_status settle(run *self, const hol_model_options *model, const hol_training_data *data) {
    const char *earlier = self->options->resume ? self->options->output : NULL;
    const hol_status status = hol_cli_settle_config(self->comm, self->config, earlier, self->options->from, model, data,
                                                    &self->settled, &self->settled_text, self->said);
    if (!self->settled) return status;
    self->config = self->settled;
    self->config_text = self->settled_text;
    return HOL_OK;
}

static hol_status make_training(run *self) {
    hol_status status = HOL_OK;
    hol_cli_parts parts = {.edges_text = self->options->edges_text};
    const hol_training_data data = {.samples = hol_dataset_get_rows(self->train_data),
                                    .valid_samples = self->valid_data ? hol_dataset_get_rows(self->valid_data) : 0,
                                    .binary = hol_dataset_is_binary(self->train_data),
                                    .labelled_grey = hol_dataset_is_labelled_grey(self->train_data),
                                    .missing = hol_dataset_has_missing(self->train_data),
                                    .weights = self->weights};
    hol_model_options o = hol_cli_model_options(self->config, hol_dataset_get_columns(self->train_data));
    HOL_TRY(hol_cli_add_columns(self->comm, self->train_data, &o, &parts));
    HOL_TRY(hol_cli_add_parts(self->comm, self->config, &o, &parts));
    HOL_TRY(settle(self, &o, &data));
    HOL_TRY(hol_training_create(self->comm, self->config, self->options->config_path, &o, &data, &self->training));
    self->facts = hol_training_facts(self->config, self->config_text, self->train_data, &parts,
                                     self->training.model->info.visible);
cleanup:
    hol_cli_parts_clear(&parts);
    return status;
}

/* the survey gets this rank's rows */
static hol_status binarize_all(run *self, hol_survey *survey) {
    hol_status status = HOL_OK;
    hol_binarizer binarizer = hol_training_binarizer(&self->training);
    const hol_training *t = &self->training;
    binarizer.survey = survey;
    binarizer.takes_missing = true;
    status = hol_binarize_batches(self->train_data, &binarizer, t->batches);
    binarizer.survey = NULL;
    if (status == HOL_OK)
        status = hol_binarize_population(self->train_data, &binarizer, self->weights, t->model, t->train_set);
    if (status == HOL_OK && t->valid_set)
        status = hol_binarize_population(self->valid_data, &binarizer, self->valid_weights, t->model, t->valid_set);
    return status;
}

static hol_status load_data(run *self) {
    hol_status status = HOL_OK;
    hol_survey *survey = NULL;
    HOL_TRY(open_data(self));
    HOL_TRY(read_weights(self));
    HOL_TRY(make_training(self));
    status = hol_survey_create(hol_dataset_get_columns(self->train_data), &survey);
    if (status == HOL_OK) status = binarize_all(self, survey);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_dataset_check(self->comm, self->train_data));
    HOL_TRY(check_units(self, survey));
    HOL_TRY(check_states(self));
    HOL_TRY(check_set(self, self->training.train_set, self->config->data.train));
    HOL_TRY(check_set(self, self->training.valid_set, self->config->data.valid));
    hol_sample_weights_release(self->weights);
    hol_sample_weights_release(self->valid_weights);
cleanup:
    hol_survey_destroy(survey);
    return status;
}

/* ---- checkpoints ------------------------------------------------------------------------------------------------ */

/* Whether another length or cooldown, and nothing else, gives other rates to the steps made: then it does to one of the
 * last two, for what a cooldown takes off is a straight line. */
static bool moves_rates(const hol_schedule *old, const hol_schedule *now, int64_t made) {
    hol_schedule then = *now;
    then.steps = old->steps;
    then.cooldown_steps = old->cooldown_steps;
    for (int64_t step = made - 1; step >= 0 && step >= made - 2; step--) {
        const double change = hol_schedule_rate(now, step) - hol_schedule_rate(&then, step);
        if (change < 0 || change > 0) return true;
    }
    return false;
}

/* What a resumed run may change, but shapes what is learned from now on: keys, and the length by way of the rates. */
static void warn_of_changes(const run *self, const hol_config *old, const hol_schedule *now, int64_t made) {
    hol_config_warn_of_changes(self->comm, old, self->config);
    const hol_schedule then = hol_training_options(old, hol_dataset_get_rows(self->train_data)).schedule;
    if (!moves_rates(&then, now, made)) return;
    if (then.cooldown_steps > 0 || now->cooldown_steps > 0)
        hol_log_warning(self->comm, "the cooldown moves, and with it the rates of steps that are made: a run of this "
                                    "length and train.cooldown_steps from the start would end elsewhere");
    else
        hol_log_warning(self->comm,
                        "the run's length changes, and with it the %s schedule's rates: a run of this length from the "
                        "start would end elsewhere",
                        hol_config_get_choice(self->config, "train.schedule"));
}

/* Older versions' steps are not repeated bit for bit, so that a run is not one run any more. */
static hol_status check_format(const run *self, const hol_checkpoint_info *info) {
    if (info->format == HOL_CHECKPOINT_FORMAT_VERSION) return HOL_OK;
    if (!self->options->resume_older)
        return hol_error(
            HOL_USAGE,
            "%s: found format %lld, expected %d: further steps would not be bit for bit those of the program that "
            "wrote it (--resume-older goes on all the same)",
            info->path, (long long)info->format, HOL_CHECKPOINT_FORMAT_VERSION);
    hol_log_warning(
        self->comm,
        "%s: found format %lld: from here on the steps are not bit for bit those of the program that wrote it",
        info->path, (long long)info->format);
    return HOL_OK;
}

static hol_status continue_run(run *self, const char *path, const hol_schedule *schedule) {
    hol_status status = HOL_OK;
    hol_checkpoint_info info = {0};
    hol_config *old = NULL;
    hol_state *state = hol_trainer_get_state(self->training.trainer);
    const uint64_t fingerprint = state->data_fingerprint;
    HOL_TRY(hol_checkpoint_read_info(self->comm, path, &info));
    status = hol_config_parse(path, info.config, strlen(info.config), NULL, 0, &old);
    if (status == HOL_OK) hol_config_complete(old);
    if (status == HOL_OK) status = hol_config_check_resume(old, self->config, path);
    if (status == HOL_OK && info.data_fingerprint != fingerprint)
        status =
            hol_error(HOL_USAGE, "%s: data.train: found other data in %s%s, expected those of the checkpoint", path,
                      self->config->data.train, self->weights || old->data.weights[0] ? ", or other weights" : "");
    if (status == HOL_OK && info.step < schedule->steps) status = check_format(self, &info);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_state_read(self->comm, path, self->training.model, state));
    if (state->step > schedule->steps)
        hol_log_warning(self->comm, "%s: found %lld steps made, and the config asks for %lld: there is nothing to do",
                        path, (long long)state->step, (long long)schedule->steps);
    else warn_of_changes(self, old, schedule, state->step);
    hol_log(self->comm, "resuming from %s at step %lld", path, (long long)state->step);
cleanup:
    hol_config_destroy(old);
    hol_checkpoint_info_clear(&info);
    return status;
}

/* Commands take a best checkpoint for the run's, also one that this run does not renew: refused where it begins anew,
 * and told where it goes on. */
static hol_status check_best(const run *self, bool continues) {
    hol_status status = HOL_OK;
    char path[HOL_CHECKPOINT_PATH_MAX];
    bool found = false;
    if (self->options->resume && self->config->checkpoint.best) return HOL_OK;
    HOL_TRY(hol_checkpoint_find_best(self->comm, self->options->output, path, &found));
    if (found && continues)
        hol_log_warning(self->comm,
                        "%s stays as it is, the model that commands take of the directory: found checkpoint.best false",
                        path);
    else if (found)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found the best checkpoint of an earlier run, and no other, expected none (-o DIR starts "
                          "elsewhere)",
                          path));
cleanup:
    return status;
}

/* Step 0. Collective. */
static hol_status start(run *self) {
    hol_status status = HOL_OK;
    float *first = NULL;
    if (*self->config->start)
        HOL_TRY(hol_cli_read_start(self->comm, self->config->start, self->training.model, &first));
    HOL_TRY(hol_trainer_start(self->training.trainer, first));
cleanup:
    hol_free(first);
    return status;
}

/* The file of model.edges, where it is yet to be made. Collective. */
static hol_status write_edges(const run *self) {
    const char *text = self->options->edges_text, *path = self->config->model.edges;
    if (text) hol_log(self->comm, "%s: %.*s", path, (int)strcspn(text, "\n"), text);
    return hol_comm_agree(self->comm, text ? hol_replace_text(path, text) : HOL_OK);
}

/* Finds where to begin: a checkpoint, or step 0. */
static hol_status begin(run *self, const hol_schedule *schedule) {
    hol_status status = HOL_OK;
    bool found = false;
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0
                                           ? hol_owner_take(self->comm, self->options->output, &self->owner)
                                           : HOL_OK));
    self->facts.owner = self->owner;
    HOL_TRY(
        hol_checkpoint_find(self->comm, hol_state_outline, self->options->output, self->outcome->checkpoint, &found));
    if (found && !self->options->resume)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found the checkpoint of an earlier run, expected none (--resume continues it, -o DIR "
                          "starts elsewhere)",
                          self->outcome->checkpoint));
    HOL_TRY(check_best(self, found));
    if (found) HOL_TRY(continue_run(self, self->outcome->checkpoint, schedule));
    else if (self->options->from) HOL_TRY(continue_run(self, self->options->from, schedule));
    else HOL_TRY(start(self));
    HOL_TRY(write_edges(self));
cleanup:
    return status;
}

static hol_status write_checkpoint(void *context, const hol_state *state) {
    run *self = context;
    const double start = hol_clock_now();
    const hol_status status = hol_state_write(self->comm, self->options->output, self->training.model, state,
                                              &self->facts, self->config->checkpoint.keep, self->outcome->checkpoint);
    hol_deadline_checkpointed(&self->deadline, hol_clock_now() - start);
    return status;
}

static hol_status report_evaluation(void *context, const hol_state *state) {
    run *self = context;
    hol_progress_evaluation(&self->progress, state);
    hol_report_live_refresh(self->page, state, self->outcome->checkpoint, NULL);
    if (!self->config->checkpoint.best) return HOL_OK;
    if (hol_history_best(&state->history, HOL_METRIC_VALID_LOG_LIKELIHOOD) != state->history.rows - 1) return HOL_OK;
    const double start = hol_clock_now();
    const hol_status status =
        hol_state_write_best(self->comm, self->options->output, self->training.model, state, &self->facts, NULL);
    hol_deadline_checkpointed(&self->deadline, hol_clock_now() - start);
    return status;
}

static void after_step(void *context, const hol_state *state) {
    run *self = context;
    hol_progress_step(&self->progress, state);
    if (hol_comm_rank(self->comm) == 0) hol_deadline_stepped(&self->deadline);
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

/* What goes by a likelihood is refused where there is none. */
static hol_status check_likelihood(const run *self) {
    const hol_config *c = self->config;
    const char *key = c->train.patience > 0 ? "evaluate.patience" : "checkpoint.best";
    char value[32] = "true";
    if ((c->train.patience == 0 && !c->checkpoint.best) || hol_trainer_has_likelihood(self->training.trainer))
        return HOL_OK;
    if (c->train.patience > 0) (void)snprintf(value, sizeof value, "%lld", (long long)c->train.patience);
    return hol_error(HOL_USAGE,
                     "%s: %s: found %s, but no log-likelihood to go by: expected data.valid, and evaluate.walks or "
                     "evaluate.exact_units for a model with free energies",
                     self->options->config_path, key, value);
}

static void announce(const run *self, const hol_trainer_options *o) {
    const hol_model_info *info = &self->training.model->info;
    char size[64], weighted[64] = "", missing[64] = "", batch[32] = "all";
    if (*self->said) hol_log(self->comm, "%s", self->said);
    if (self->weights && self->weights->are_alike)
        (void)snprintf(weighted, sizeof weighted, " (%lld unknown left out)", (long long)self->weights->unknown);
    else if (self->weights)
        (void)snprintf(weighted, sizeof weighted, " (weighted: ESS %.1f)", self->weights->effective);
    if (hol_batches_have_missing(self->training.batches))
        (void)snprintf(missing, sizeof missing, " with missing values, drawn by %lld sweeps",
                       (long long)o->missing_sweeps);
    if (!hol_trainer_is_exact(o)) (void)snprintf(batch, sizeof batch, "%lld", (long long)o->batch_size);
    hol_model_describe_size(info->columns.count, info->visible, info->hidden, size, sizeof size);
    hol_log(self->comm, "%s: %s, %lld parameters; %lld samples%s%s, %lld steps of %s; %lld chains; %d rank%s",
            self->training.model->ops->kind, size, (long long)info->parameters, (long long)o->samples, weighted,
            missing, (long long)o->schedule.steps, batch, (long long)hol_trainer_chains(o), hol_comm_size(self->comm),
            hol_comm_size(self->comm) == 1 ? "" : "s");
}

/* A length in epochs does not show how often the parameters move. */
static void warn_of_few_steps(const run *self, const hol_trainer_options *o) {
    const hol_config *c = self->config;
    if (c->train.schedule.steps > 0 || c->epochs <= 0 || o->schedule.steps >= STEPS_FEW) return;
    const double wish = ceil((double)STEPS_WISHED * (double)o->batch_size / (double)o->samples);
    hol_log_warning(self->comm,
                    "%g epochs of %lld samples are only %lld step%s of %lld, which hardly move the parameters; "
                    "train.steps: auto chooses a length that does, train.epochs: %.0f makes %d%s",
                    c->epochs, (long long)o->samples, (long long)o->schedule.steps, o->schedule.steps == 1 ? "" : "s",
                    (long long)o->batch_size, wish, STEPS_WISHED,
                    o->batch_size > 64 ? ", and a smaller train.batch_size more steps of an epoch" : "");
}

/* why a run ended before its last step */
static void explain_end(const run *self, const hol_state *state, int64_t steps) {
    const hol_history *h = &state->history;
    const int64_t best = hol_history_best(h, HOL_METRIC_VALID_LOG_LIKELIHOOD);
    if (hol_trainer_is_near(&self->config->train, state)) {
        hol_log(self->comm,
                "ended at step %lld of %lld: Pearson %.4f of the chains' correlations with the data's "
                "(train.until_pearson %g)",
                (long long)state->step, (long long)steps, h->values[(h->rows - 1) * HOL_METRICS + HOL_METRIC_PEARSON],
                self->config->train.until_pearson);
        return;
    }
    if (state->step >= steps || best < 0) return;
    const double *row = h->values + best * HOL_METRICS;
    hol_log(self->comm,
            "ended at step %lld of %lld: no better log-likelihood of %s in %lld evaluations (evaluate.patience); the "
            "best, %.4f, was at step %lld",
            (long long)state->step, (long long)steps, self->config->data.valid,
            (long long)hol_history_since_best(h, HOL_METRIC_VALID_LOG_LIKELIHOOD), row[HOL_METRIC_VALID_LOG_LIKELIHOOD],
            (long long)row[HOL_METRIC_STEP]);
}

/* A fit says so itself. */
static void warn_of_aim(const run *self, const hol_state *state) {
    char text[64];
    if (self->result && hol_cli_describe_aim(&state->history, &self->config->train, text, sizeof text))
        hol_log_warning(self->comm, "%s: --resume with more train.steps", text);
}

/* A run that was at its end already has been judged. Collective. */
static hol_status report(const run *self, const hol_state *state) {
    hol_status status = HOL_OK;
    char metrics[256] = "", duration[32];
    if (state->history.rows > 0)
        hol_progress_describe(state->history.values + (state->history.rows - 1) * HOL_METRICS, metrics, sizeof metrics);
    hol_clock_describe(hol_clock_now() - self->options->began_at, duration, sizeof duration);
    hol_log_transient(self->comm, NULL);
    if (self->result)
        hol_result_line(self->result, NULL, "step %lld%s  time %s", (long long)state->step, metrics, duration);
    if (state->step > self->outcome->first)
        status = hol_cli_judge_learning(self->comm, self->training.model, state, self->training.batches,
                                        self->training.train_set, self->training.valid_set, &self->config->train,
                                        (uint64_t)self->config->seed, self->result);
    if (state->step > self->outcome->first) warn_of_aim(self, state);
    if (self->result) hol_result_line(self->result, NULL, "checkpoint %s", self->outcome->checkpoint);
    return status;
}

/* From here on, ranks wait for each other. */
static hol_status start_watchdog(run *self) {
    double seconds = 0;
    if (!hol_deadline_parse_watchdog(self->config->watchdog, &seconds)) return HOL_OK;
    hol_position_enter(hol_comm_position(self->comm), "before the first step");
    return hol_comm_agree(self->comm, hol_watchdog_create(self->comm, seconds, &self->watchdog));
}

/* The signal may have come to any of the ranks. Where the run stands is a result, and not for --quiet. */
static hol_status report_stop(const run *self, hol_status stopped) {
    int64_t code = hol_stop_code();
    const hol_status status = hol_comm_max_i64(self->comm, &code, 1);
    if (status != HOL_OK) return hol_error_first(status, stopped);
    self->outcome->stop_code = (int)code;
    const bool was_quiet = hol_log_set_quiet(self->comm, false);
    if (self->outcome->checkpoint[0]) /* else the owner's wait was ended, which has been told */
        hol_log(self->comm, "%s (%s), checkpoint %s; --resume continues", hol_error_message(stopped),
                hol_stop_name((int)code), self->outcome->checkpoint);
    (void)hol_log_set_quiet(self->comm, was_quiet);
    return stopped;
}

/* Rank 0's clock counts. */
static hol_status start_deadline(run *self, const hol_state *state) {
    int64_t bytes = 0;
    if (hol_comm_rank(self->comm) > 0) return hol_comm_agree(self->comm, HOL_OK);
    const hol_status status = hol_state_measure(self->comm, self->training.model, state, &self->facts, &bytes);
    hol_deadline_start(&self->deadline, self->comm, self->options->began_at, self->options->max_seconds, bytes);
    return hol_comm_agree(self->comm, status);
}

/* A run that has begun; what the page can't have is no failure of it, but for want of memory. */
static hol_status start_page(run *self) {
    const hol_run_options *o = self->options;
    if (!o->report) return HOL_OK;
    return hol_report_live_create(&self->training, &self->facts, o->output, self->outcome->steps, &self->page);
}

/* How the run ended, for its page: not after failures, which may have left ranks at different places. */
static void end_page(run *self, const hol_state *state, hol_status status) {
    const hol_run_outcome *out = self->outcome;
    const hol_code code = hol_error_code(status);
    char end[256] = "complete";
    if (status != HOL_OK && code != HOL_STOPPED && code != HOL_NUMERICAL) return;
    if (out->step == out->first && status == HOL_OK) return; /* it was complete before, and has its page */
    if (status != HOL_OK) (void)snprintf(end, sizeof end, "%s", hol_error_message(status));
    else if (out->step < out->steps)
        (void)snprintf(end, sizeof end, "%s",
                       hol_trainer_is_near(&self->config->train, state)
                           ? "near to the data's correlations (train.until_pearson)"
                           : "no better log-likelihood for long (evaluate.patience)");
    hol_report_live_refresh(self->page, state, out->checkpoint, end);
}

static hol_status prepare(run *self) {
    hol_status status = HOL_OK;
    if (!self->config->data.train[0])
        return hol_error(HOL_USAGE, "%s: data.train: missing, expected a data set as FILE or FILE:SPLIT",
                         self->options->config_path);
    HOL_TRY(start_watchdog(self));
    HOL_TRY(load_data(self));
    const hol_hooks hooks = {
        .context = self, .checkpoint = write_checkpoint, .evaluated = report_evaluation, .stepped = after_step};
    HOL_TRY(hol_training_create_trainer(&self->training, hol_dataset_get_rows(self->train_data), &hooks));
    HOL_TRY(check_likelihood(self));
    HOL_TRY(hol_comm_agree(self->comm, hol_stop_install()));
cleanup:
    return status;
}

static hol_status train(run *self) {
    hol_status status = HOL_OK;
    hol_run_outcome *out = self->outcome;
    HOL_TRY(prepare(self));
    const hol_trainer_options o = hol_training_options(self->config, hol_dataset_get_rows(self->train_data));
    out->steps = o.schedule.steps;
    HOL_TRY(begin(self, &o.schedule));
    announce(self, &o);
    warn_of_few_steps(self, &o);
    const hol_state *state = hol_trainer_get_state(self->training.trainer);
    out->first = state->step;
    hol_progress_start(&self->progress, self->comm, o.schedule.steps, o.batch_size, o.samples, state->step);
    HOL_TRY(start_deadline(self, state));
    HOL_TRY(start_page(self));
    if (state->step <= o.schedule.steps) status = hol_trainer_run(self->training.trainer);
    out->step = state->step;
    if (hol_error_code(status) == HOL_NUMERICAL)
        status = hol_error_replace(status, HOL_NUMERICAL, "%s; last good checkpoint: %s", hol_error_message(status),
                                   out->checkpoint[0] ? out->checkpoint : "none");
    end_page(self, state, status);
    if (status == HOL_OK) explain_end(self, state, o.schedule.steps);
    if (status == HOL_OK && self->options->tell) status = report(self, state);
cleanup:
    return status;
}

static void release(run *self) {
    hol_watchdog_destroy(self->watchdog);
    hol_report_live_destroy(self->page);
    hol_owner_release(self->owner);
    hol_training_clear(&self->training);
    hol_dataset_close(self->train_data);
    hol_dataset_close(self->valid_data);
    hol_sample_weights_destroy(self->weights);
    hol_sample_weights_destroy(self->valid_weights);
    hol_config_destroy(self->settled);
    hol_free(self->settled_text);
    hol_stop_withdraw(); /* what the deadline or the owner asked for was this run's end */
}

hol_status hol_run_train(hol_comm *comm, const hol_config *config, const char *config_text,
                         const hol_run_options *options, hol_result *result, hol_run_outcome *ret) {
    *ret = (hol_run_outcome){0};
    run self = {.comm = comm,
                .config = config,
                .config_text = config_text,
                .options = options,
                .result = result,
                .outcome = ret};
    const bool was_mute = hol_log_set_mute(comm, !options->tell);
    hol_status status = train(&self);
    if (hol_error_code(status) == HOL_STOPPED) status = report_stop(&self, status);
    release(&self);
    (void)hol_log_set_mute(comm, was_mute);
    ret->seconds = hol_clock_now() - options->began_at;
    return status;
}
