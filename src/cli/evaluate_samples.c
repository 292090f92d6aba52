/* evaluate_samples: what a model shows without its partition function: pseudo-likelihood, moments, mixing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/mixing.h"
#include "estimate/moments.h"
#include "estimate/pseudo.h"
#include "evaluate.h"
#include "io/table.h"
#include "num/bits.h"
#include "sample/population.h"

enum {
    CHAINS = 1024,
    MOMENT_ROUNDS = 10,
    SETTLE_SWEEPS = 1000,
    TRACE_CHAINS = 128,
    TRACE_SWEEPS = 1000,
};
#define SLOW_PART 1.5 /* that is worth a word */

static hol_status need_data(const hol_evaluation *self) {
    if (self->subject.bytes) return HOL_OK;
    return hol_error(HOL_USAGE, "--data: found none, expected a data set for --method %s", self->arguments.method);
}

hol_status hol_evaluate_make_data(hol_evaluation *self, hol_population **ret) {
    const hol_subject *s = &self->subject;
    hol_status status = need_data(self);
    if (status != HOL_OK) return status;
    status = hol_population_create(s->model, s->rows, hol_comm_rank(s->comm), hol_comm_size(s->comm), ret);
    if (status == HOL_OK && s->weights)
        status = HOL_ALLOCATE((*ret)->weights, (*ret)->states.blocks * HOL_LANES, "weights");
    if (status == HOL_OK && s->known) status = hol_population_add_held(s->model, *ret);
    if (status == HOL_OK) {
        if (s->known) hol_population_hold_bytes(*ret, 0, s->info.visible, s->first_row, s->local_rows, s->known);
        hol_population_set_bytes(*ret, 0, s->info.visible, s->first_row, s->local_rows, s->bytes);
        if (s->weights) memcpy((*ret)->weights, s->weights, (size_t)s->local_rows * sizeof *s->weights);
    }
    return hol_comm_agree(s->comm, status);
}

/* ---- pseudo-likelihood ------------------------------------------------------------------------------------------- */

static void add_pseudo(const hol_evaluation *self, const hol_pseudo_result *all, const hol_pseudo_result *drawn) {
    hol_result *to = self->result;
    const char *unit = self->subject.model->info.columns.count > 0 ? "variable" : "unit";
    const char *known = self->subject.known ? "known " : "";
    const long long rows = self->subject.rows - self->subject.unknown;
    char error[64] = "";
    hol_evaluate_text weighted;
    hol_result_text(to, "method", "pseudo");
    hol_result_number(to, "pseudo_log_likelihood", all->mean);
    if (isfinite(all->standard_error))
        (void)snprintf(error, sizeof error, " (standard error over samples %.6f)", all->standard_error);
    if (all->impossible > 0)
        hol_result_line(to, "pseudo", "-inf: %lld of %lld samples have probability 0", (long long)all->impossible,
                        rows);
    else if (isnan(all->mean))
        hol_result_line(to, "pseudo",
                        "not available over all units: the model's hidden units%s are too many to sum out",
                        self->subject.known ? ", and missing values," : "");
    else
        hol_result_line(to, "pseudo", "%.6f nats per %s, all %s%ss of %lld sample%s%s%s", all->mean, unit, known, unit,
                        rows, rows == 1 ? "" : "s", hol_evaluate_name_weights(self, weighted), error);
    const hol_quantity one = {"pseudo_log_likelihood_drawn",
                              "pseudo_log_likelihood_drawn_standard_error",
                              isfinite(drawn->mean) ? "" : NULL,
                              drawn->mean,
                              drawn->standard_error,
                              6,
                              NULL,
                              1};
    hol_result_quantity(to, &one, " nats per %s, one %s drawn per sample", unit, unit);
    if (all->impossible > 0) hol_result_number(to, "impossible_rows", (double)all->impossible);
}

static hol_status find_of_known(const hol_subject *s, hol_pseudo_result *ret) {
    const hol_exact_rows rows = {
        .states = s->bytes, .known = s->known, .weights = s->weights, .first = s->first_row, .count = s->local_rows};
    return hol_pseudo_known(s->comm, s->model, s->theta, &rows, ret);
}

hol_status hol_evaluate_pseudo(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_population *data = NULL;
    hol_pseudo_result drawn = {.mean = (double)NAN, .standard_error = (double)NAN}, all;
    const hol_rng_key key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_PSEUDO_LIKELIHOOD);
    HOL_TRY(need_data(self));
    if (self->subject.known) HOL_TRY(find_of_known(&self->subject, &all));
    if (!self->subject.known) {
        HOL_TRY(hol_evaluate_make_data(self, &data));
        HOL_TRY(hol_pseudo_drawn(self->subject.comm, self->subject.model, data, key, &drawn));
        HOL_TRY(hol_pseudo_all(self->subject.comm, self->subject.model, self->subject.theta, data, &all));
    }
    add_pseudo(self, &all, &drawn);
    HOL_TRY(hol_evaluate_pseudo_gain(self, isnan(all.mean) ? drawn.mean : all.mean,
                                     isnan(all.mean) ? drawn.standard_error : all.standard_error));
cleanup:
    hol_population_destroy(data);
    return status;
}

/* ---- moments ----------------------------------------------------------------------------------------------------- */

static hol_status count_model(hol_evaluation *self, hol_moments *moments, const char **ret_start) {
    hol_status status = HOL_OK;
    hol_population *chains = NULL;
    hol_task task;
    const hol_evaluate_arguments *a = &self->arguments;
    const int64_t sweeps = a->sweeps >= 0 ? a->sweeps : SETTLE_SWEEPS, apart = sweeps / MOMENT_ROUNDS + 1;
    hol_draw draw = {.key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_SAMPLE)};
    HOL_TRY(hol_evaluate_start(self, a->chains ? a->chains : CHAINS, &chains, ret_start));
    const int64_t all = sweeps + MOMENT_ROUNDS * apart;
    hol_task_begin(&task, self->subject.comm, all, "%lld sweeps of %lld chains", (long long)all,
                   (long long)chains->count);
    hol_population_sweep(self->subject.model, chains, &draw, sweeps, &task);
    for (int round = 0; round < MOMENT_ROUNDS; round++) {
        draw.step++;
        hol_population_sweep(self->subject.model, chains, &draw, apart, &task);
        hol_moments_add(moments, chains);
    }
    hol_task_end(&task);
    HOL_TRY(hol_moments_reduce(moments, self->subject.comm));
cleanup:
    hol_population_destroy(chains);
    return status;
}

/* "Pearson 0.9, slope 1.1 (model on data), ", in words what there is none of. label: "means" */
static void add_comparison(hol_result *to, const hol_comparison *c, const char *label, bool has_slope, int decimals) {
    char pearson[160] = "", slope[64] = "";
    if (isnan(c->pearson))
        (void)snprintf(pearson, sizeof pearson, "no Pearson coefficient%s, as those of the %s are all equal; ",
                       has_slope && isnan(c->slope) ? " or slope" : "",
                       !c->x_is_constant  ? "model"
                       : c->y_is_constant ? "data and of the model"
                                          : "data");
    else (void)snprintf(pearson, sizeof pearson, "Pearson %.4f, ", c->pearson);
    if (has_slope && !isnan(c->slope)) (void)snprintf(slope, sizeof slope, "slope %.4f (model on data), ", c->slope);
    hol_result_line(to, label, "%s%sroot mean square difference %.*f", isnan(c->pearson) ? slope : pearson,
                    isnan(c->pearson) ? pearson : slope, decimals, c->rms);
}

static hol_status add_moments(hol_evaluation *self, const double *const means[2], const double *const pairs[2],
                              const hol_moments *model, const char *start) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    hol_comparison of_pairs;
    char missing[64] = "";
    hol_evaluate_text weighted;
    const int64_t units = self->subject.info.visible;
    const hol_comparison of_means = hol_moments_compare(means[0], means[1], units);
    HOL_TRY(hol_comm_agree(self->subject.comm, hol_moments_compare_pairs(pairs[0], pairs[1], units, &of_pairs)));
    hol_result_text(to, "method", "moments");
    hol_result_number(to, "model_samples", (double)model->samples);
    hol_result_number(to, "means_pearson", of_means.pearson);
    hol_result_number(to, "means_rms", of_means.rms);
    hol_result_number(to, "correlations_pearson", of_pairs.pearson);
    hol_result_number(to, "correlations_slope", of_pairs.slope);
    hol_result_number(to, "correlations_rms", of_pairs.rms);
    add_comparison(to, &of_means, "means", false, 5);
    if (units > 1) add_comparison(to, &of_pairs, "correlations", true, 6);
    if (self->subject.known)
        (void)snprintf(missing, sizeof missing, ", where known (%.3g %% missing)", 100 * self->subject.missing);
    hol_result_line(to, "", "%lld samples of the model (chains begun at %s) against %lld of %s%s%s",
                    (long long)model->samples, start, (long long)(self->subject.rows - self->subject.unknown),
                    self->arguments.data, hol_evaluate_name_weights(self, weighted), missing);
cleanup:
    return status;
}

/* rank 0 writes */
static hol_status write_moments(hol_evaluation *self, double *const means[2], double *const pairs[2]) {
    const int64_t units = self->subject.info.visible;
    const hol_table tables[] = {{"data_means", units, 1, means[0]},
                                {"model_means", units, 1, means[1]},
                                {"data_correlations", units, units, pairs[0]},
                                {"model_correlations", units, units, pairs[1]}};
    if (!self->arguments.output || hol_comm_rank(self->subject.comm) != 0) return HOL_OK;
    const hol_status status = hol_table_write(self->subject.comm, self->arguments.output, "holode moments", tables, 4);
    if (status == HOL_OK)
        hol_log(self->subject.comm, "%s: means and correlations of %lld units written", self->arguments.output,
                (long long)units);
    return status;
}

hol_status hol_evaluate_moments(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const int64_t units = self->subject.info.visible;
    hol_moments moments[2] = {{0}, {0}};
    double *means[2] = {NULL, NULL}, *pairs[2] = {NULL, NULL};
    hol_population *data = NULL;
    const char *start = "";
    for (int k = 0; k < 2 && status == HOL_OK; k++) {
        status = hol_moments_create(self->subject.model, units, k == 0 && self->subject.known, &moments[k]);
        if (status == HOL_OK) status = HOL_ALLOCATE(means[k], units, "moments");
        if (status == HOL_OK) status = HOL_ALLOCATE(pairs[k], HOL_PRODUCT(units, units), "moments");
    }
    HOL_TRY(hol_comm_agree(self->subject.comm, status));
    HOL_TRY(hol_evaluate_make_data(self, &data));
    hol_moments_add(&moments[0], data);
    HOL_TRY(hol_moments_reduce(&moments[0], self->subject.comm));
    HOL_TRY(count_model(self, &moments[1], &start));
    for (int k = 0; k < 2; k++) hol_moments_get(&moments[k], means[k], pairs[k]);
    HOL_TRY(hol_comm_agree(self->subject.comm, write_moments(self, means, pairs)));
    HOL_TRY(add_moments(self, (const double *const[]){means[0], means[1]}, (const double *const[]){pairs[0], pairs[1]},
                        &moments[1], start));
cleanup:
    hol_population_destroy(data);
    for (int k = 0; k < 2; k++) {
        hol_moments_clear(&moments[k]);
        hol_free(means[k]);
        hol_free(pairs[k]);
    }
    return status;
}

/* ---- mixing ------------------------------------------------------------------------------------------------------ */

/* of `count` chains, wherever they begin */
static hol_status trace_both(hol_evaluation *self, int64_t count, int64_t sweeps, hol_mixing_traces *ret,
                             const char **ret_start) {
    hol_status status = HOL_OK;
    hol_population *chains = NULL;
    double *kept = NULL, *fresh = NULL;
    HOL_TRY(hol_evaluate_start(self, count, &chains, ret_start));
    HOL_TRY(hol_mixing_trace_both(self->subject.comm, self->subject.model, hol_evaluate_seed(self), chains, count,
                                  sweeps, ret, &kept, &fresh));
cleanup:
    hol_population_destroy(chains);
    hol_free(kept);
    hol_free(fresh);
    return status;
}

static void add_warnings(hol_evaluation *self, const hol_mixing_traces *t, const hol_mixing_approach *a) {
    hol_verdict_reason text[HOL_MIXING_WARNINGS_MAX], few;
    const char *views[HOL_MIXING_WARNINGS_MAX] = {text[0], text[1], text[2]};
    const int count = hol_mixing_find_warnings(t, a, text);
    hol_result *to = self->result;
    hol_result_texts(to, "warnings", views, count);
    for (int k = 0; k < count; k++) hol_result_line(to, "warning", "%s", text[k]);
    if (isnan(t->time))
        hol_result_line(to, "verdict", "nothing to tell mixing by, as no chain's %s ever changed",
                        hol_mixing_watched(self->subject.model));
    else if (hol_verdict_of_times(t->times, few) != HOL_VERDICT_GOOD)
        hol_result_line(to, "verdict", "%s: %.0f autocorrelation times", few, t->times);
    else if (count == 0) hol_result_line(to, "verdict", "no sign of bad mixing in this many sweeps");
}

static void add_approach(const hol_evaluation *self, const hol_mixing_approach *a) {
    hol_result *to = self->result;
    hol_evaluate_text weighted;
    double sweeps[HOL_MIXING_TIMES_MAX];
    if (a->count == 0) return;
    for (int k = 0; k < a->count; k++) sweeps[k] = (double)a->sweeps[k];
    hol_result_series(to, "approach_sweeps", NULL, sweeps, a->count, 0);
    hol_result_series(to, "approach_distance", NULL, a->distance, a->count, 0);
    hol_result_line(to, NULL, "from random, distance of the means to the data's%s",
                    hol_evaluate_name_weights(self, weighted));
    for (int k = 0; k < a->count; k++) hol_result_line(to, "", "%6.0f sweeps  %.4f", sweeps[k], a->distance[k]);
}

static void add_mixing(hol_evaluation *self, const hol_mixing_traces *t, const hol_mixing_approach *a, int64_t count,
                       int64_t sweeps, const char *start) {
    hol_result *to = self->result;
    const char *watched = hol_mixing_watched(self->subject.model);
    char time[96], apart[64] = "constant in both";
    hol_result_text(to, "method", "mixing");
    hol_result_number(to, "autocorrelation_time", t->time);
    hol_result_number(to, "whole_autocorrelation_time", t->whole);
    hol_result_number(to, "autocorrelation_times", t->times);
    if (isnan(t->time)) (void)snprintf(time, sizeof time, "none, as the %s is constant", watched);
    else (void)snprintf(time, sizeof time, "%.1f sweeps, of the %s", t->time, watched);
    if (t->whole > SLOW_PART * t->time)
        (void)snprintf(time, sizeof time, "%.1f sweeps, of the %s, %.1f with its slow part", t->time, watched,
                       t->whole);
    hol_result_line(to, "autocorrelation", "%s; %lld chains begun at %s, %lld sweeps", time, (long long)count, start,
                    (long long)sweeps);
    const hol_quantity rhat = {"split_rhat", NULL, isinf(t->rhat) ? NULL : "R-hat", t->rhat, 0, 4, NULL, 1};
    hol_result_quantity(to, &rhat, ", split and rank-normalised");
    if (isinf(t->rhat)) hol_result_line(to, "R-hat", "infinite: chains stand still, apart from each other");
    hol_result_number(to, "chains_mean", t->kept);
    hol_result_number(to, "random_mean", t->fresh);
    hol_result_number(to, "difference", t->difference);
    if (isfinite(t->difference)) (void)snprintf(apart, sizeof apart, "%.1f standard errors apart", t->difference);
    hol_result_line(to, "begun at random", "mean %.3f, against %.3f: %s", t->fresh, t->kept, apart);
    add_approach(self, a);
    add_warnings(self, t, a);
}

hol_status hol_evaluate_mixing(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const hol_evaluate_arguments *arguments = &self->arguments;
    const int64_t count = arguments->chains ? arguments->chains : TRACE_CHAINS;
    const int64_t sweeps = arguments->sweeps >= 0 ? arguments->sweeps : TRACE_SWEEPS;
    const char *start = "";
    hol_mixing_approach a = {0};
    hol_mixing_traces t = {0};
    HOL_TRY(trace_both(self, count, sweeps, &t, &start));
    if (self->subject.bytes)
        HOL_TRY(hol_mixing_watch_approach(self->subject.comm, self->subject.model, hol_evaluate_seed(self),
                                          self->subject.means, (int64_t)self->subject.effective,
                                          arguments->chains ? count : CHAINS, sweeps, &a));
    add_mixing(self, &t, &a, count, sweeps, start);
cleanup:
    return status;
}
