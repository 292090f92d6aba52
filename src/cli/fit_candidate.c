/* fit_candidate: training, cooling down and scoring one candidate. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/run.h"
#include "fit.h"

enum { WALKS_LEAST = 64, WALKS_MOST = 256 };
enum { TEMPERATURES_LEAST = 100, TEMPERATURES = 2000, TEMPERATURES_MOST = 5000 };
/* Both sides, and what the ladder's pilot run and the chains before them take, in walks of one side. */
#define SIDES 2.5
#define EXACT_WORK 1e9
/* Parameters, averages, velocities, sums and tables of a run, and a message's copy. */
#define BYTES_PER_PARAMETER 64.0
/* Sides further apart than this many nats say that chains do not reach what the model holds for likely. */
#define GAP_MAX 2.0

/* ---- names ----------------------------------------------------------------------------------------------------- */

void hol_fit_name_run(const hol_fit *self, const hol_fit_candidate *c, int64_t cooled_from, char path[HOL_FIT_PATH]) {
    if (cooled_from == 0) (void)snprintf(path, HOL_FIT_PATH, "%s/search/%02d", self->directory, c->number);
    else (void)snprintf(path, HOL_FIT_PATH, "%s/search/%02d-%lld", self->directory, c->number, (long long)cooled_from);
}

void hol_fit_name_checkpoint(const hol_fit *self, const hol_fit_candidate *c, int64_t step, char path[HOL_FIT_PATH]) {
    (void)snprintf(path, HOL_FIT_PATH, "%s/search/%02d/checkpoint-%09lld.h5", self->directory, c->number,
                   (long long)step);
}

/* ---- candidates -------------------------------------------------------------------------------------------------- */

static bool is_same(double a, double b) { return !(a < b) && !(a > b); }

static bool are_equal(const hol_fit_settings *a, const hol_fit_settings *b) {
    return a->visible_couplings == b->visible_couplings && a->hidden == b->hidden && is_same(a->rate, b->rate) &&
           is_same(a->weight_decay, b->weight_decay) && is_same(a->initial_weights, b->initial_weights) &&
           a->batch_size == b->batch_size && a->chains == b->chains && a->sweeps == b->sweeps && a->levels == b->levels;
}

bool hol_fit_has(const hol_fit *self, const hol_fit_settings *settings) {
    for (int i = 0; i < self->count; i++)
        if (are_equal(&self->candidates[i].settings, settings)) return true;
    return false;
}

hol_fit_candidate *hol_fit_add(hol_fit *self, const hol_fit_settings *settings, double work) {
    const double step = hol_fit_step_work(settings, self->data.units);
    if ((double)hol_fit_parameters(settings, self->data.units) * BYTES_PER_PARAMETER > self->memory) return NULL;
    /* a unit and its cooldown */
    double unit = work / (step * (1 + 1.0 / HOL_FIT_COOLED));
    if (unit > HOL_FIT_STEPS_MOST) unit = HOL_FIT_STEPS_MOST;
    if (unit < HOL_FIT_STEPS_LEAST || self->count == HOL_FIT_CANDIDATES_MAX) return NULL;
    hol_fit_candidate *c = &self->candidates[self->count];
    *c = (hol_fit_candidate){.number = self->count + 1, .settings = *settings, .best = -1};
    c->unit = (int64_t)unit / 16 * 16;
    self->count++;
    return c;
}

const hol_fit_score *hol_fit_best(const hol_fit_candidate *c) { return c->best < 0 ? NULL : &c->scores[c->best]; }

double hol_fit_value(const hol_fit_candidate *c) {
    return c->best < 0 || c->is_out ? -(double)INFINITY : c->scores[c->best].likelihood.low;
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

/* What is left of --time's first part; the second is for the run in DIR and its judgement. */
static double seconds_left(const hol_fit *self) {
    return HOL_FIT_SHARE_TIME * self->arguments.max_seconds - (hol_clock_now() - self->began_at);
}

hol_status hol_fit_check_owner(hol_fit *self) {
    return hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? hol_owner_check(self->owner) : HOL_OK);
}

hol_status hol_fit_look_at_clock(hol_fit *self) {
    int64_t up = self->arguments.max_seconds > 0 && seconds_left(self) <= 0;
    const hol_status status = hol_comm_broadcast(self->comm, &up, (int64_t)sizeof up);
    if (up && self->is_scored) self->is_cut = true;
    return status;
}

hol_status hol_fit_train(hol_fit *self, const hol_fit_candidate *candidate, int64_t steps, int64_t cooldown,
                         const char *directory, const char *from, bool *ret_broken) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    char *text = NULL;
    hol_run_outcome outcome;
    *ret_broken = false;
    HOL_TRY(hol_comm_agree(self->comm, hol_fit_make_config(self, candidate, steps, cooldown, &config, &text)));
    /* what comes first is not cut: there is to be a model */
    const bool timed = self->arguments.max_seconds > 0 && !self->is_final && self->is_scored;
    const hol_run_options o = {.config_path = "the fit's config",
                               .output = directory,
                               .from = from,
                               .resume = true,
                               .resume_older = self->arguments.resume_older,
                               .began_at = hol_clock_now(),
                               .max_seconds = timed ? fmax(seconds_left(self), 1) : 0};
    status = hol_run_train(self->comm, config, text, &o, NULL, &outcome);
    if (hol_error_code(status) == HOL_NUMERICAL) {
        (void)hol_error_drop(status);
        status = HOL_OK;
        *ret_broken = true;
    }
    if (timed && hol_error_code(status) == HOL_STOPPED && strcmp(hol_stop_name(outcome.stop_code), "time limit") == 0) {
        (void)hol_error_drop(status);
        status = HOL_OK;
        self->is_cut = true;
    }
cleanup:
    hol_config_destroy(config);
    hol_free(text);
    return status;
}

/* ---- scoring ----------------------------------------------------------------------------------------------------- */

static double within(double value, double least, double most) { return fmin(fmax(value, least), most); }

/* Temperatures until the ladder is fine, then walks, then temperatures again. */
hol_fit_walks hol_fit_choose_walks(double sweep, double work) {
    const double step = SIDES * sweep;
    double temperatures = within(work / step / WALKS_LEAST, TEMPERATURES_LEAST, TEMPERATURES);
    const double walks = floor(within(work / step / temperatures, WALKS_LEAST, WALKS_MOST) / 64) * 64;
    if (walks >= WALKS_MOST) temperatures = within(work / step / walks, temperatures, TEMPERATURES_MOST);
    return (hol_fit_walks){.walks = (int64_t)walks, .temperatures = (int64_t)temperatures, .sweep = sweep};
}

hol_status hol_fit_measure(hol_fit *self, const char *directory, int split, hol_fit_walks walks, hol_likelihood *ret) {
    const hol_subject_data data = {.reference = self->data.reference[split]};
    const hol_likelihood_options o = {.walks = walks.walks,
                                      .temperatures = walks.are_fewer ? 0 : walks.temperatures,
                                      .most = walks.temperatures,
                                      .settle_sweeps = walks.are_fewer ? -1 : walks.temperatures / 2,
                                      .exact_work = HOL_LIKELIHOOD_EXACT_WORK,
                                      .seed = (uint64_t)self->arguments.seed};
    int64_t stop = hol_stop_code();
    const hol_status asked = hol_comm_max_i64(self->comm, &stop, 1);
    if (asked != HOL_OK) return asked;
    if (stop != 0) return hol_error(HOL_STOPPED, "stopped (%s)", hol_stop_name((int)stop));
    /* how far its walks are is for a terminal alone */
    const bool was_quiet = hol_log_set_quiet(self->comm, !hol_log_is_terminal(self->comm) || self->arguments.quiet);
    const hol_status status = hol_likelihood_measure(self->comm, directory, data, &o, ret);
    (void)hol_log_set_quiet(self->comm, was_quiet);
    self->spent +=
        (double)(ret->walked.rows * HOL_LIKELIHOOD_ROW_WALKS * HOL_LIKELIHOOD_ROW_TEMPERATURES) * walks.sweep;
    const int64_t temperatures = walks.are_fewer ? ret->temperatures : walks.temperatures;
    self->spent += ret->is_exact ? EXACT_WORK : SIDES * (double)(walks.walks * temperatures) * walks.sweep;
    return status;
}

double hol_fit_try_work(const hol_fit *self, const hol_fit_candidate *c, int64_t steps) {
    return (double)(steps - c->steps + steps / HOL_FIT_COOLED) * hol_fit_step_work(&c->settings, self->data.units);
}

static hol_status score(hol_fit *self, hol_fit_candidate *c, int64_t steps, double work) {
    char cooled[HOL_FIT_PATH];
    hol_fit_score *s = &c->scores[c->score_count];
    hol_fit_name_run(self, c, steps, cooled);
    *s = (hol_fit_score){.steps = steps};
    c->score_count++;
    const hol_fit_walks walks = hol_fit_choose_walks(hol_fit_walk_work(&c->settings, self->data.units), work);
    const hol_status status = hol_fit_measure(self, cooled, HOL_FIT_VALID, walks, &s->likelihood);
    if (status != HOL_OK) return status;
    if (!isfinite(s->likelihood.low)) {
        c->is_out = true;
        (void)snprintf(c->why, sizeof c->why, "no finite likelihood");
        return HOL_OK;
    }
    if (fabs(s->likelihood.gap) > GAP_MAX && !s->likelihood.is_exact)
        (void)snprintf(c->why, sizeof c->why, "the two sides are %.1f nats apart", fabs(s->likelihood.gap));
    else if (c->best < 0 || s->likelihood.low > c->scores[c->best].likelihood.low) c->best = c->score_count - 1;
    return HOL_OK;
}

static void say_training(const hol_fit *self, const hol_fit_candidate *c, int64_t steps) {
    char text[HOL_FIT_TEXT], line[HOL_FIT_TEXT + 64];
    hol_fit_describe(&c->settings, text);
    (void)snprintf(line, sizeof line, "%2d  %lld steps, %.0f %% of the budget spent: %s", c->number, (long long)steps,
                   100 * self->spent / self->arguments.work, text);
    if (!hol_log_is_terminal(self->comm)) return;
    if ((int)strlen(line) >= hol_log_get_width()) line[hol_log_get_width() - 1] = '\0';
    hol_log_transient(self->comm, line);
}

static void say_score(const hol_fit *self, const hol_fit_candidate *c) {
    char text[HOL_FIT_TEXT];
    const hol_fit_score *s = &c->scores[c->score_count - 1];
    hol_fit_describe(&c->settings, text);
    hol_log_transient(self->comm, NULL);
    hol_log(self->comm, "  %2d  %s: %.4f after %lld steps%s%s", c->number, text, s->likelihood.low,
            (long long)(s->steps + s->steps / HOL_FIT_COOLED), *c->why ? ", " : "", c->why);
}

hol_status hol_fit_try(hol_fit *self, hol_fit_candidate *c, int64_t steps, double work) {
    hol_status status = HOL_OK;
    char trunk[HOL_FIT_PATH], cooled[HOL_FIT_PATH], from[HOL_FIT_PATH];
    bool broken = false;
    hol_fit_name_run(self, c, 0, trunk);
    hol_fit_name_run(self, c, steps, cooled);
    hol_fit_name_checkpoint(self, c, steps, from);
    c->why[0] = '\0';
    if (c->score_count == HOL_FIT_SCORES_MAX) return HOL_OK;
    HOL_TRY(hol_fit_check_owner(self));
    say_training(self, c, steps);
    self->spent += hol_fit_try_work(self, c, steps);
    HOL_TRY(hol_fit_train(self, c, steps, 0, trunk, NULL, &broken));
    if (!broken && !self->is_cut) HOL_TRY(hol_fit_train(self, c, steps, steps / HOL_FIT_COOLED, cooled, from, &broken));
    if (self->is_cut) goto cleanup;
    c->steps = steps;
    c->is_out = broken;
    if (broken) {
        char text[HOL_FIT_TEXT];
        hol_fit_describe(&c->settings, text);
        (void)snprintf(c->why, sizeof c->why, "its parameters broke down");
        hol_log(self->comm, "  %2d  %s: out, %s", c->number, text, c->why);
        goto cleanup;
    }
    HOL_TRY(score(self, c, steps, work));
    self->is_scored |= c->best >= 0;
    say_score(self, c);
    HOL_TRY(hol_fit_log_add(self, c));
    HOL_TRY(hol_fit_look_at_clock(self));
cleanup:
    return status;
}
