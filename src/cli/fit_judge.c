/* fit_judge: the run in DIR, and what its model is worth on rows that no choice was made by: once. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/mixing.h"
#include "fit.h"
#include "io/replace.h"
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
    self->spent += 2.0 * TIME_CHAINS * TIME_SWEEPS * hol_fit_sweep_work(&candidate->settings, self->data.columns);
cleanup:
    hol_free(kept);
    hol_free(fresh);
    hol_population_destroy(chains);
    hol_subject_clear(&subject);
    return status;
}

/* ---- the run in DIR ---------------------------------------------------------------------------------------------- */

typedef struct text {
    const hol_fit *fit;
    const char *config;
} text;

static void print_config(FILE *to, const void *context) {
    const text *t = context;
    (void)fprintf(to, "# The config that holode fit chose for %s, with seed %lld and %g multiply-adds%s.\n",
                  t->fit->arguments.data.data, (long long)t->fit->arguments.seed, t->fit->arguments.work,
                  t->fit->is_cut ? ", cut by --time" : "");
    (void)fprintf(to,
                  "# holode train on this file, from the same directory, makes the same model to the last bit.\n\n%s",
                  t->config);
}

static hol_status write_config(hol_fit *self, const hol_fit_candidate *winner, int64_t steps) {
    char path[HOL_FIT_PATH + 16], *config_text = NULL;
    hol_config *config = NULL;
    hol_status status = HOL_OK;
    (void)snprintf(path, sizeof path, "%s/config.yaml", self->directory);
    if (hol_comm_rank(self->comm) == 0)
        status = hol_fit_make_config(self, winner, steps, steps / HOL_FIT_COOLED, &config, &config_text);
    if (status == HOL_OK && config_text)
        status = hol_replace_with_text(path, print_config, &(text){.fit = self, .config = config_text});
    hol_config_destroy(config);
    hol_free(config_text);
    return hol_comm_agree(self->comm, status);
}

/* It goes on from where the search's run was cooled down: the same steps as from step 0, and so the same bits. */
static hol_status finish_run(hol_fit *self, const hol_fit_candidate *winner) {
    hol_status status = HOL_OK;
    char from[HOL_FIT_PATH];
    bool broken = false;
    const int64_t steps = hol_fit_best(winner)->steps;
    hol_fit_name_checkpoint(self, winner, steps, from);
    HOL_TRY(write_config(self, winner, steps));
    self->is_final = true;
    self->spent += (double)(steps / HOL_FIT_COOLED) * hol_fit_step_work(&winner->settings, self->data.columns);
    HOL_TRY(hol_fit_train(self, winner, steps, steps / HOL_FIT_COOLED, self->directory, from, &broken));
cleanup:
    return status;
}

/* ---- judging ----------------------------------------------------------------------------------------------------- */

static hol_status print_evaluation(const hol_fit *self, FILE *to) {
    const hol_likelihood *l = &self->judged;
    hol_result *result = NULL;
    hol_status status = hol_result_create(to, &result);
    if (status != HOL_OK) return status;
    hol_result_set_form(result, HOL_FORM_JSON);
    hol_result_text(result, "file", self->directory);
    hol_result_number(result, "step", (double)self->steps);
    hol_result_text(result, "data", self->data.reference[HOL_FIT_TEST]);
    hol_result_number(result, "samples", (double)l->rows);
    hol_result_text(result, "method", l->is_exact ? "exact" : "both");
    hol_result_number(result, "log_partition", l->log_partition_high);
    hol_result_number(result, "log_likelihood", l->low);
    hol_result_number(result, "log_likelihood_high", l->high);
    hol_result_number(result, "standard_error", l->error);
    if (!l->is_exact) hol_result_text(result, "verdict", l->verdict == HOL_VERDICT_GOOD ? "agreed" : "do not trust");
    if (*l->reason) hol_result_text(result, "reason", l->reason);
    hol_result_number(result, "independent_log_likelihood", l->gain.independent);
    if (self->visible_only.rows > 0) hol_result_number(result, "fully_visible_log_likelihood", self->visible_only.low);
    status = hol_result_finish(result, HOL_OK);
    hol_result_destroy(result);
    return status;
}

static hol_status write_evaluation(hol_fit *self) {
    char path[HOL_FIT_PATH + 32], *temporary = NULL;
    FILE *to = NULL;
    hol_status status = HOL_OK;
    if (hol_comm_rank(self->comm) > 0) return hol_comm_agree(self->comm, HOL_OK);
    (void)snprintf(path, sizeof path, "%s/evaluation.json", self->directory);
    status = hol_replace_begin_stream(path, &temporary, &to);
    if (status == HOL_OK) status = print_evaluation(self, to);
    if (status == HOL_OK) status = hol_replace_commit(temporary, path);
    else hol_replace_abandon(temporary);
    hol_free(temporary);
    return hol_comm_agree(self->comm, status);
}

/* Twice the temperatures, then twice the walks, and so on, while the sides differ and the budget lasts. */
static hol_status measure(hol_fit *self, const hol_fit_candidate *c, const char *directory, bool thorough,
                          hol_likelihood *ret) {
    hol_status status = HOL_OK;
    hol_fit_walks walks = hol_fit_choose_walks(self, c, (thorough ? 1 : 0.2) * JUDGE_SHARE * self->arguments.work);
    HOL_TRY(hol_fit_measure(self, c, directory, HOL_FIT_TEST, walks, ret));
    for (int k = 0; thorough && !self->is_cut && ret->verdict == HOL_VERDICT_BAD; k++) {
        if (self->spent >= self->arguments.work) break;
        hol_log(self->comm, "judge: %s: once more, with %s", ret->reason,
                k % 2 == 0 ? "twice the temperatures" : "twice the walks");
        if (k % 2 == 0) walks.temperatures *= 2;
        else walks.walks *= 2;
        hol_likelihood_clear(ret);
        HOL_TRY(hol_fit_measure(self, c, directory, HOL_FIT_TEST, walks, ret));
    }
cleanup:
    return status;
}

/* The best fully visible machine of those that were tried; NULL: none. */
static const hol_fit_candidate *find_visible_only(const hol_fit *self) {
    const hol_fit_candidate *found = NULL;
    for (int i = 0; i < self->count; i++) {
        const hol_fit_candidate *c = &self->candidates[i];
        if (c->settings.hidden == 0 && hol_fit_best(c) && (!found || hol_fit_value(c) > hol_fit_value(found)))
            found = c;
    }
    return found;
}

hol_status hol_fit_judge(hol_fit *self, const hol_fit_candidate *winner) {
    hol_status status = HOL_OK;
    char directory[HOL_FIT_PATH];
    const hol_fit_candidate *visible = find_visible_only(self);
    self->steps = hol_fit_best(winner)->steps + hol_fit_best(winner)->steps / HOL_FIT_COOLED;
    HOL_TRY(finish_run(self, winner));
    hol_log(self->comm, "judge: on %lld rows of %s, which no choice was made by",
            (long long)self->data.rows[HOL_FIT_TEST], self->data.reference[HOL_FIT_TEST]);
    HOL_TRY(measure(self, winner, self->directory, true, &self->judged));
    if (visible && visible != winner) {
        hol_fit_name_run(self, visible, hol_fit_best(visible)->steps, directory);
        HOL_TRY(measure(self, visible, directory, false, &self->visible_only));
    }
    HOL_TRY(write_evaluation(self));
cleanup:
    return status;
}
