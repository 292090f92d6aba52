/* fit_judge: the run in DIR, and what its model is worth on rows that no choice was made by: once. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/mixing.h"
#include "estimate/independent.h"
#include "fit.h"
#include "sample/population.h"

enum { TIME_CHAINS = 128, TIME_SWEEPS = 500 };
#define JUDGE_SHARE 0.05 /* of the budget, for the first walks on test rows */

hol_status hol_fit_find_time(hol_fit *self, const hol_fit_candidate *candidate, double *ret_time) {
    hol_status status = HOL_OK;
    hol_subject subject = {0};
    hol_population *chains = NULL;
    hol_mixing_traces traces;
    double *kept = NULL, *fresh = NULL;
    const char *start = NULL;
    char directory[HOL_FIT_PATH];
    const uint64_t seed = (uint64_t)self->arguments.seed;
    hol_fit_name_run(self, candidate, hol_fit_best(candidate)->steps, directory);
    HOL_TRY(hol_subject_load(self->comm, directory, (hol_subject_data){0}, &subject));
    HOL_TRY(hol_subject_start(&subject, TIME_CHAINS, NULL, seed, &chains, &start));
    HOL_TRY(hol_mixing_trace_both(self->comm, subject.model, seed, chains, TIME_CHAINS, TIME_SWEEPS, &traces, &kept,
                                  &fresh));
    *ret_time = isfinite(traces.time) ? traces.time : TIME_SWEEPS;
    self->spent += 2.0 * TIME_CHAINS * TIME_SWEEPS * hol_fit_sweep_work(&candidate->settings, self->data.units);
cleanup:
    hol_free(kept);
    hol_free(fresh);
    hol_population_destroy(chains);
    hol_subject_clear(&subject);
    return status;
}

/* ---- the run in DIR ---------------------------------------------------------------------------------------------- */

/* What stands in DIR/config.yaml. */
static hol_status write_config(const hol_fit *self, const hol_fit_candidate *winner, int64_t steps) {
    char *config_text = NULL, *text = NULL;
    hol_config *config = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_fit_make_config(self, winner, steps, steps / HOL_FIT_COOLED, &config, &config_text));
    HOL_TRY(hol_fit_head_config(self, config_text, &text));
    HOL_TRY(hol_fit_begin_run(self, text));
cleanup:
    hol_config_destroy(config);
    hol_free(config_text);
    hol_free(text);
    return status;
}

/* It goes on from where the search's run was cooled down: the same steps as from step 0, and so the same bits. */
static hol_status finish_run(hol_fit *self) {
    hol_status status = HOL_OK;
    const hol_fit_candidate *winner = self->winner;
    char from[HOL_FIT_PATH];
    bool broken = false;
    const int64_t steps = hol_fit_best(winner)->steps;
    hol_fit_name_checkpoint(self, winner, steps, from);
    HOL_TRY(hol_fit_check_owner(self));
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? write_config(self, winner, steps) : HOL_OK));
    self->is_final = true;
    self->spent += (double)(steps / HOL_FIT_COOLED) * hol_fit_step_work(&winner->settings, self->data.units);
    HOL_TRY(hol_fit_train(self, winner, steps, steps / HOL_FIT_COOLED, self->directory, from, &broken));
cleanup:
    return status;
}

void hol_fit_describe_verdict(const hol_likelihood *l, char text[HOL_FIT_TEXT]) {
    if (l->is_exact) (void)snprintf(text, HOL_FIT_TEXT, "exact");
    else if (l->verdict == HOL_VERDICT_GOOD) (void)snprintf(text, HOL_FIT_TEXT, "both sides agree");
    else (void)snprintf(text, HOL_FIT_TEXT, "NOT TO BE TRUSTED: the two sides are %.1f nats apart", fabs(l->gap));
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

static void add_evaluation(const hol_fit *self, hol_result *to) {
    const hol_likelihood *l = &self->judged;
    hol_result_text(to, "file", self->directory);
    hol_result_number(to, "step", (double)self->steps);
    hol_result_text(to, "data", self->data.reference[HOL_FIT_TEST]);
    hol_result_number(to, "samples", (double)l->rows);
    hol_result_text(to, "method", l->is_exact ? "exact" : "both");
    hol_result_number(to, "log_partition", l->log_partition_high);
    hol_result_number(to, "log_likelihood", l->low);
    hol_result_number(to, "log_likelihood_high", l->high);
    hol_result_number(to, "log_likelihood_error", self->judged_error);
    if (!l->is_exact) hol_result_text(to, "verdict", hol_verdict_word(l->verdict));
    if (*l->reason) hol_result_text(to, "reason", l->reason);
    hol_result_number(to, "independent_log_likelihood", l->gain.independent);
    if (self->visible_only.rows > 0) hol_result_number(to, "fully_visible_log_likelihood", self->visible_only.low);
}

static hol_status write_evaluation(hol_fit *self) {
    hol_status status = HOL_OK;
    if (hol_comm_rank(self->comm) == 0)
        status = hol_fit_write_result(self, "evaluation.json", HOL_FORM_JSON, add_evaluation);
    return hol_comm_agree(self->comm, status);
}

/* Whether walks twice as many still fit: into the budget, where the last ones took `work`, and into --time. */
static hol_status can_double(hol_fit *self, double work, double seconds, bool *ret) {
    const double end = self->arguments.max_seconds;
    int64_t late = end > 0 && hol_clock_now() - self->began_at + 2 * seconds > end;
    const hol_status status = hol_comm_broadcast(self->comm, &late, (int64_t)sizeof late);
    *ret = !late && !self->is_cut && self->spent + 2 * work <= self->arguments.work;
    return status;
}

/* Twice the temperatures, then twice the walks, and so on, while the sides differ and the budget lasts. */
static hol_status measure(hol_fit *self, const char *directory, bool thorough, hol_fit_walks walks,
                          hol_likelihood *ret) {
    hol_status status = HOL_OK;
    bool goes_on = thorough;
    for (int k = 0;; k++) {
        const double spent = self->spent, began_at = hol_clock_now();
        hol_likelihood_clear(ret);
        HOL_TRY(hol_fit_measure(self, directory, HOL_FIT_TEST, walks, ret));
        if (!thorough || ret->verdict != HOL_VERDICT_BAD) break;
        HOL_TRY(can_double(self, self->spent - spent, hol_clock_now() - began_at, &goes_on));
        if (!goes_on) break;
        hol_log(self->comm, "judge: the two sides are %.1f nats apart: once more, with twice the %s", fabs(ret->gap),
                k % 2 == 0 ? "temperatures" : "walks");
        if (walks.are_fewer) walks.temperatures = ret->temperatures;
        walks.are_fewer = false;
        if (k % 2 == 0) walks.temperatures *= 2;
        else walks.walks *= 2;
    }
cleanup:
    return status;
}

/* Of the mean over rows, ln Z's included: by the same sum as a comparison's, with a model that gives all rows 1. */
static hol_status find_error(hol_fit *self, double *ret) {
    hol_likelihood certain = self->judged;
    double value = 0;
    certain.low = certain.error = 0;
    hol_status status = HOL_ALLOCATE(certain.scores, certain.local_rows, "scores");
    status = hol_comm_agree(self->comm, status);
    if (status == HOL_OK) status = hol_likelihood_compare(self->comm, &self->judged, &certain, &value, ret);
    hol_free(certain.scores);
    return status;
}

/* The best fully visible machine of those that were tried; NULL: none. */
static hol_fit_candidate *find_visible_only(hol_fit *self) {
    hol_fit_candidate *found = NULL;
    for (int i = 0; i < self->count; i++) {
        hol_fit_candidate *c = &self->candidates[i];
        if (c->settings.hidden == 0 && hol_fit_best(c) && (!found || hol_fit_value(c) > hol_fit_value(found)))
            found = c;
    }
    return found;
}

/* ln p of the test rows, this rank's, by columns that know nothing of each other and have learned from the training
 * rows, as the model has. Means of the test rows themselves would know what no model can. */
static hol_status score_columns(hol_fit *self, double *scores) {
    hol_status status = HOL_OK;
    hol_subject train = {0}, test = {0};
    hol_independent *columns = NULL;
    HOL_TRY(hol_subject_load(self->comm, self->directory,
                             (hol_subject_data){.reference = self->data.reference[HOL_FIT_TRAIN]}, &train));
    HOL_TRY(hol_subject_load(self->comm, self->directory,
                             (hol_subject_data){.reference = self->data.reference[HOL_FIT_TEST]}, &test));
    HOL_TRY(
        hol_comm_agree(self->comm, hol_independent_create(&train.model->info.columns, train.info.visible, &columns)));
    hol_independent_add(columns, train.local_rows, train.bytes, train.known, train.weights);
    HOL_TRY(hol_independent_finish(self->comm, columns));
    for (int64_t r = 0; r < test.local_rows; r++)
        scores[r] =
            hol_independent_score(columns, test.bytes + r * test.info.visible, hol_subject_known(&test, r), NULL);
cleanup:
    hol_independent_destroy(columns);
    hol_subject_clear(&train);
    hol_subject_clear(&test);
    return status;
}

static hol_status find_gain(hol_fit *self) {
    hol_status status = HOL_OK;
    hol_likelihood *l = &self->judged;
    double *scores = NULL;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(scores, l->local_rows, "likelihoods")));
    HOL_TRY(score_columns(self, scores));
    HOL_TRY(hol_gain_measure(self->comm, l->local_rows, l->weights, l->scores, scores, &l->gain));
    l->gain.mean -= l->log_partition_high;
    l->gain.error = sqrt(l->gain.error * l->gain.error + l->error * l->error);
cleanup:
    hol_free(scores);
    return status;
}

/* It left the search early, perhaps: to the length of the last round, where the budget lasts. */
static hol_status lengthen(hol_fit *self, hol_fit_candidate *visible) {
    const int64_t steps = visible->unit << (HOL_FIT_ROUNDS - 1);
    const double work = hol_fit_try_work(self, visible, steps) + 0.2 * JUDGE_SHARE * self->arguments.work;
    if (self->is_cut || visible->steps >= steps || self->spent + work > self->arguments.work) return HOL_OK;
    hol_log(self->comm, "judge: beside it the best machine with V alone, trained on as the others were");
    return hol_fit_try(self, visible, steps, 0.2 * JUDGE_SHARE * self->arguments.work);
}

hol_status hol_fit_judge_model(hol_fit *self, hol_fit_walks walks) {
    hol_status status = HOL_OK;
    hol_log(self->comm, "judge: on %lld rows of %s, which no choice was made by",
            (long long)self->data.rows[HOL_FIT_TEST], self->data.reference[HOL_FIT_TEST]);
    HOL_TRY(measure(self, self->directory, true, walks, &self->judged));
    HOL_TRY(find_error(self, &self->judged_error));
    HOL_TRY(find_gain(self));
    HOL_TRY(write_evaluation(self));
cleanup:
    return status;
}

static hol_fit_walks choose_walks(const hol_fit *self, const hol_fit_candidate *c, double share) {
    return hol_fit_choose_walks(hol_fit_walk_work(&c->settings, self->data.units), share * self->arguments.work);
}

hol_status hol_fit_judge(hol_fit *self) {
    hol_status status = HOL_OK;
    const hol_fit_candidate *winner = self->winner;
    char directory[HOL_FIT_PATH];
    hol_fit_candidate *visible = find_visible_only(self);
    self->steps = hol_fit_best(winner)->steps + hol_fit_best(winner)->steps / HOL_FIT_COOLED;
    HOL_TRY(finish_run(self));
    HOL_TRY(hol_fit_judge_model(self, choose_walks(self, winner, JUDGE_SHARE)));
    if (visible && visible != winner) {
        HOL_TRY(lengthen(self, visible));
        hol_fit_name_run(self, visible, hol_fit_best(visible)->steps, directory);
        HOL_TRY(measure(self, directory, false, choose_walks(self, visible, 0.2 * JUDGE_SHARE), &self->visible_only));
        HOL_TRY(write_evaluation(self));
    }
cleanup:
    return status;
}
