/* evaluate_looks: what a model shows without its partition function: pseudo-likelihood, moments, mixing. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/mixing.h"
#include "estimate/moments.h"
#include "estimate/pseudo.h"
#include "evaluate.h"
#include "io/table.h"
#include "sample/population.h"

enum {
    CHAINS = 1024,
    MOMENT_ROUNDS = 10,
    SETTLE_SWEEPS = 1000,
    TRACE_CHAINS = 128,
    TRACE_SWEEPS = 1000,
};

static hol_status need_data(const hol_evaluation *self) {
    if (self->bytes) return HOL_OK;
    return hol_error(HOL_USAGE, "--data: found none, expected a data set for --method %s", self->arguments.method);
}

/* the data as a population */
static hol_status make_data_set(hol_evaluation *self, hol_population **ret) {
    hol_status status =
        hol_population_create(self->model, self->rows, hol_comm_rank(self->comm), hol_comm_size(self->comm), ret);
    if (status == HOL_OK)
        hol_population_set_bytes(*ret, 0, self->info.visible, self->first_row, self->local_rows, self->bytes);
    return hol_comm_agree(self->comm, status);
}

/* ---- pseudo-likelihood ------------------------------------------------------------------------------------------- */

static void print_pseudo(const hol_evaluation *self, const hol_pseudo_result *all, const hol_pseudo_result *drawn) {
    const char *unit = self->model->info.columns.count > 0 ? "variable" : "unit";
    if (all->impossible > 0)
        hol_print("pseudo          -inf: %lld of %lld samples have probability 0\n", (long long)all->impossible,
                  (long long)self->rows);
    else if (isnan(all->mean))
        hol_print("pseudo          not available over all units: the model can't sum out its hidden units\n");
    else {
        hol_print("pseudo          %.6f nats per %s, all %ss of %lld sample%s", all->mean, unit, unit,
                  (long long)self->rows, self->rows == 1 ? "\n" : "s");
        if (self->rows > 1) hol_print(" (standard error over samples %.6f)\n", all->standard_error);
    }
    if (!isfinite(drawn->mean)) return;
    hol_print("                %.6f ", drawn->mean);
    if (self->rows > 1) hol_print("+- %.6f ", drawn->standard_error);
    hol_print("nats per %s, one %s drawn per sample\n", unit, unit);
}

hol_status hol_evaluate_pseudo(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_population *data = NULL;
    hol_pseudo_result drawn, all;
    const hol_rng_key key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_PSEUDO_LIKELIHOOD);
    HOL_TRY(need_data(self));
    HOL_TRY(make_data_set(self, &data));
    HOL_TRY(hol_pseudo_drawn(self->comm, self->model, data, key, &drawn));
    HOL_TRY(hol_pseudo_all(self->comm, self->model, data, &all));
    hol_evaluate_json_text(self, "method", "pseudo");
    hol_evaluate_json_number(self, "pseudo_log_likelihood", all.mean);
    hol_evaluate_json_number(self, "pseudo_log_likelihood_drawn", drawn.mean);
    hol_evaluate_json_number(self, "pseudo_log_likelihood_drawn_standard_error", drawn.standard_error);
    if (all.impossible > 0) hol_evaluate_json_number(self, "impossible_rows", (double)all.impossible);
    if (!self->arguments.json) print_pseudo(self, &all, &drawn);
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
    const hol_evaluate_arguments *a = &self->arguments;
    const int64_t sweeps = a->sweeps >= 0 ? a->sweeps : SETTLE_SWEEPS, apart = sweeps / MOMENT_ROUNDS + 1;
    hol_draw draw = {.key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_SAMPLE)};
    HOL_TRY(hol_evaluate_start(self, a->chains ? a->chains : CHAINS, &chains, ret_start));
    if (sweeps > 0) self->model->ops->sweep(self->model, chains, &draw, sweeps);
    for (int round = 0; round < MOMENT_ROUNDS; round++) {
        draw.step++;
        self->model->ops->sweep(self->model, chains, &draw, apart);
        hol_moments_add(moments, chains);
    }
    HOL_TRY(hol_moments_reduce(moments, self->comm));
cleanup:
    hol_population_destroy(chains);
    return status;
}

/* "Pearson 0.9, slope 1.1 (model on data), ", in words what there is none of. what: "means" */
static void print_comparison(const hol_comparison *c, const char *what, bool has_slope) {
    hol_print("%-15s ", what);
    if (!isnan(c->pearson)) hol_print("Pearson %.4f, ", c->pearson);
    if (has_slope && !isnan(c->slope)) hol_print("slope %.4f (model on data), ", c->slope);
    if (!isnan(c->pearson)) return;
    hol_print("no Pearson coefficient%s, as those of the %s are all equal; ",
              has_slope && isnan(c->slope) ? " or slope" : "",
              !c->x_is_constant  ? "model"
              : c->y_is_constant ? "data and of the model"
                                 : "data");
}

static hol_status print_moments(hol_evaluation *self, const double *const means[2], const double *const pairs[2],
                                const hol_moments *model, const char *start) {
    hol_status status = HOL_OK;
    hol_comparison of_pairs;
    const int64_t units = self->info.visible;
    const hol_comparison of_means = hol_moments_compare(means[0], means[1], units);
    HOL_TRY(hol_comm_agree(self->comm, hol_moments_compare_pairs(pairs[0], pairs[1], units, &of_pairs)));
    hol_evaluate_json_text(self, "method", "moments");
    hol_evaluate_json_number(self, "model_samples", (double)model->samples);
    hol_evaluate_json_number(self, "means_pearson", of_means.pearson);
    hol_evaluate_json_number(self, "means_rms", of_means.rms);
    hol_evaluate_json_number(self, "correlations_pearson", of_pairs.pearson);
    hol_evaluate_json_number(self, "correlations_slope", of_pairs.slope);
    hol_evaluate_json_number(self, "correlations_rms", of_pairs.rms);
    if (self->arguments.json) return HOL_OK;
    print_comparison(&of_means, "means", false);
    hol_print("root mean square difference %.5f\n", of_means.rms);
    if (units > 1) {
        print_comparison(&of_pairs, "correlations", true);
        hol_print("root mean square difference %.6f\n", of_pairs.rms);
    }
    hol_print("                %lld samples of the model (chains begun at %s) against %lld of %s\n",
              (long long)model->samples, start, (long long)self->rows, self->arguments.data);
cleanup:
    return status;
}

/* rank 0 writes */
static hol_status write_moments(hol_evaluation *self, double *const means[2], double *const pairs[2]) {
    const int64_t units = self->info.visible;
    const hol_table tables[] = {{"data_means", units, 1, means[0]},
                                {"model_means", units, 1, means[1]},
                                {"data_correlations", units, units, pairs[0]},
                                {"model_correlations", units, units, pairs[1]}};
    if (!self->arguments.output || hol_comm_rank(self->comm) != 0) return HOL_OK;
    const hol_status status = hol_table_write(self->arguments.output, "holode moments", tables, 4);
    if (status == HOL_OK)
        hol_log("%s: means and correlations of %lld units written", self->arguments.output, (long long)units);
    return status;
}

hol_status hol_evaluate_moments(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const int64_t units = self->info.visible;
    hol_moments moments[2] = {{0}, {0}};
    double *means[2] = {NULL, NULL}, *pairs[2] = {NULL, NULL};
    hol_population *data = NULL;
    const char *start = "";
    HOL_TRY(need_data(self));
    for (int k = 0; k < 2 && status == HOL_OK; k++) {
        status = hol_moments_create(units, &moments[k]);
        if (status == HOL_OK) status = HOL_ALLOCATE(means[k], units, "moments");
        if (status == HOL_OK) status = HOL_ALLOCATE(pairs[k], HOL_PRODUCT(units, units), "moments");
    }
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(make_data_set(self, &data));
    hol_moments_add(&moments[0], data);
    HOL_TRY(hol_moments_reduce(&moments[0], self->comm));
    HOL_TRY(count_model(self, &moments[1], &start));
    for (int k = 0; k < 2; k++) hol_moments_get(&moments[k], means[k], pairs[k]);
    HOL_TRY(hol_comm_agree(self->comm, write_moments(self, means, pairs)));
    HOL_TRY(print_moments(self, (const double *const[]){means[0], means[1]},
                          (const double *const[]){pairs[0], pairs[1]}, &moments[1], start));
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
    HOL_TRY(hol_mixing_trace_both(self->comm, self->model, hol_evaluate_seed(self), chains, count, sweeps, ret, &kept,
                                  &fresh));
cleanup:
    hol_population_destroy(chains);
    hol_free(kept);
    hol_free(fresh);
    return status;
}

static void print_warnings(hol_evaluation *self, const hol_mixing_traces *t, const hol_mixing_approach *a) {
    char text[HOL_MIXING_WARNINGS_MAX][HOL_MIXING_WARNING_SIZE];
    const char *views[HOL_MIXING_WARNINGS_MAX] = {text[0], text[1], text[2]};
    const int count = hol_mixing_find_warnings(t, a, text);
    hol_evaluate_json_texts(self, "warnings", views, count);
    if (self->arguments.json) return;
    for (int k = 0; k < count; k++) hol_print("warning         %s\n", text[k]);
    if (isnan(t->time))
        hol_print("verdict         nothing to tell mixing by, as no chain's %s ever changed\n",
                  hol_mixing_watched(self->model));
    else if (t->times < HOL_MIXING_TIMES_ENOUGH)
        hol_print("verdict         too few sweeps to tell: %.0f autocorrelation times\n", t->times);
    else if (count == 0) hol_print("verdict         no sign of bad mixing in this many sweeps\n");
}

static void print_mixing(hol_evaluation *self, const hol_mixing_traces *t, const hol_mixing_approach *a, int64_t count,
                         int64_t sweeps, const char *start) {
    hol_evaluate_json_text(self, "method", "mixing");
    hol_evaluate_json_number(self, "autocorrelation_time", t->time);
    hol_evaluate_json_number(self, "autocorrelation_times", t->times);
    hol_evaluate_json_number(self, "split_rhat", t->rhat);
    hol_evaluate_json_number(self, "chains_mean", t->kept);
    hol_evaluate_json_number(self, "random_mean", t->fresh);
    hol_evaluate_json_number(self, "difference", t->difference);
    if (self->arguments.json) {
        for (int what = 0; what < 2 && a->count > 0; what++) {
            hol_print(", \"%s\": [", what ? "approach_distance" : "approach_sweeps");
            for (int k = 0; k < a->count; k++)
                hol_print("%s%.8g", k ? ", " : "", what ? a->distance[k] : (double)a->sweeps[k]);
            hol_print("]");
        }
        print_warnings(self, t, a);
        return;
    }
    if (isnan(t->time)) hol_print("autocorrelation none, as the %s is constant; ", hol_mixing_watched(self->model));
    else hol_print("autocorrelation %.1f sweeps, of the %s; ", t->time, hol_mixing_watched(self->model));
    hol_print("%lld chains begun at %s, %lld sweeps\n", (long long)count, start, (long long)sweeps);
    if (isinf(t->rhat)) hol_print("R-hat           infinite: chains stand still, apart from each other\n");
    else if (!isnan(t->rhat)) hol_print("R-hat           %.4f, split and rank-normalised\n", t->rhat);
    hol_print("begun at random mean %.3f, against %.3f", t->fresh, t->kept);
    if (isfinite(t->difference)) hol_print(": %.1f standard errors apart\n", t->difference);
    else hol_print(": constant in both\n");
    for (int k = 0; k < a->count; k++)
        hol_print("%s%6lld sweeps  %.4f\n",
                  k ? "                "
                    : "from random, distance of the means to the data's\n"
                      "                ",
                  (long long)a->sweeps[k], a->distance[k]);
    print_warnings(self, t, a);
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
    if (self->bytes)
        HOL_TRY(hol_mixing_watch_approach(self->comm, self->model, hol_evaluate_seed(self), self->means, self->rows,
                                          arguments->chains ? count : CHAINS, sweeps, &a));
    print_mixing(self, &t, &a, count, sweeps, start);
cleanup:
    return status;
}
