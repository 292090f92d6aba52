/* likelihood: ln Z by the way that suits, the rows' scores, and what they are beside independent columns. */
#include "cli/likelihood.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "sample/population.h"

enum { CHOICE_WALKS = 64, CHOICE_TEMPERATURES = 250 };
#define CHOICE_VARIANCE 0.25 /* of log-weights: of 256 walks an error of 0.03 */

void hol_likelihood_clear(hol_likelihood *likelihood) {
    hol_free(likelihood->scores);
    hol_free(likelihood->weights);
    *likelihood = (hol_likelihood){0};
}

/* ---- independent columns ----------------------------------------------------------------------------------------- */

/* of this rank's rows, in all or per column that is known: scores is (local_rows), out */
static hol_status score_columns(const hol_subject *self, hol_independent *independent, bool per_column,
                                double *scores) {
    hol_independent_add(independent, self->local_rows, self->bytes, self->known, self->weights);
    const hol_status status = hol_independent_finish(self->comm, independent);
    for (int64_t r = 0; r < self->local_rows && status == HOL_OK; r++) {
        int64_t columns = 0;
        scores[r] = hol_independent_score(independent, self->bytes + r * self->info.visible, hol_subject_known(self, r),
                                          &columns);
        if (per_column && columns > 0) scores[r] /= (double)columns;
    }
    return status;
}

hol_status hol_likelihood_find_gain(const hol_subject *self, const double *scores, hol_gain *ret,
                                    int64_t *ret_columns) {
    hol_status status = HOL_OK;
    hol_independent *independent = NULL;
    double *of_columns = NULL;
    status = hol_independent_create(&self->model->info.columns, self->info.visible, &independent);
    if (status == HOL_OK) status = HOL_ALLOCATE(of_columns, self->local_rows, "likelihoods");
    HOL_TRY(hol_comm_agree(self->comm, status));
    const bool per_column = !scores && self->known;
    HOL_TRY(score_columns(self, independent, per_column, of_columns));
    HOL_TRY(
        hol_gain_measure(self->comm, self->local_rows, self->weights, scores ? scores : of_columns, of_columns, ret));
    *ret_columns = per_column ? 1 : hol_independent_columns(independent);
cleanup:
    hol_independent_destroy(independent);
    hol_free(of_columns);
    return status;
}

/* ---- from ln Z to a likelihood ----------------------------------------------------------------------------------- */

/* Parameters times sweeps that rows are walked for without being asked: some minutes. */
#define ROW_WORK 2e12

/* -F of rows for which it can't be summed, by annealing, where that is possible, and wanted. */
static hol_status walk_rows(const hol_subject *self, const hol_exact_rows *rows, hol_likelihood *l) {
    const int64_t walks = self->row_walks > 0 ? self->row_walks : HOL_LIKELIHOOD_ROW_WALKS;
    const double sweeps = (double)l->score.unknown * (double)(walks * HOL_LIKELIHOOD_ROW_TEMPERATURES);
    const hol_held_options options = {.walks = walks,
                                      .intervals = HOL_LIKELIHOOD_ROW_TEMPERATURES,
                                      .seed = self->info.seed,
                                      .visible_means = self->means};
    if (l->score.unknown == 0 || self->row_walks < 0 || !self->model->ops->independent) return HOL_OK;
    if (self->row_walks == 0 && sweeps * (double)self->model->info.parameters > ROW_WORK) return HOL_OK;
    const hol_status status =
        hol_held_scores(self->comm, self->model, self->theta, rows, &options, l->scores, &l->walked);
    return status == HOL_OK ? hol_exact_mean(self->comm, rows, l->scores, &l->score) : status;
}

/* -F of the rows, where the model has it to give */
static hol_status score_rows(const hol_subject *self, hol_likelihood *l) {
    hol_status status = HOL_OK;
    l->rows = self->rows;
    l->score = (hol_exact_score){.mean = (double)NAN, .first_impossible = -1, .unknown = self->rows};
    if (!self->bytes) return HOL_OK;
    status = HOL_ALLOCATE(l->scores, self->local_rows, "likelihoods");
    if (status == HOL_OK && self->weights) status = HOL_ALLOCATE(l->weights, self->local_rows, "weights");
    HOL_TRY(hol_comm_agree(self->comm, status));
    if (self->weights) memcpy(l->weights, self->weights, (size_t)self->local_rows * sizeof *l->weights);
    l->local_rows = self->local_rows;
    const hol_exact_rows rows = {.states = self->bytes,
                                 .known = self->known,
                                 .weights = self->weights,
                                 .first = self->first_row,
                                 .count = self->local_rows};
    HOL_TRY(hol_exact_scores(self->comm, self->model, self->theta, &rows, l->scores));
    HOL_TRY(hol_exact_mean(self->comm, &rows, l->scores, &l->score));
    HOL_TRY(walk_rows(self, &rows, l));
cleanup:
    return status;
}

static hol_status find_gain(const hol_subject *self, hol_likelihood *l) {
    hol_status status = HOL_OK;
    int64_t columns = 0;
    l->gain = (hol_gain){(double)NAN, (double)NAN, (double)NAN};
    if (!l->scores || !isfinite(l->low) || !(self->effective > 1)) return HOL_OK;
    HOL_TRY(hol_likelihood_find_gain(self, l->scores, &l->gain, &columns));
    l->gain.mean -= l->log_partition_high;
    l->gain.error = sqrt(l->gain.error * l->gain.error + l->error * l->error);
cleanup:
    return status;
}

/* the rest, by log_partition_low and _high and error, which are there */
static hol_status complete(const hol_subject *self, hol_likelihood *l) {
    hol_status status = HOL_OK;
    HOL_TRY(score_rows(self, l));
    l->low = l->score.mean - l->log_partition_high;
    l->high = l->score.mean - l->log_partition_low;
    HOL_TRY(find_gain(self, l));
cleanup:
    return status;
}

hol_status hol_likelihood_by_partition(const hol_subject *subject, double log_partition, double error,
                                       hol_likelihood *ret) {
    *ret = (hol_likelihood){.log_partition_low = log_partition,
                            .log_partition_high = log_partition,
                            .error = error,
                            .effective = (double)NAN,
                            .verdict = HOL_VERDICT_UNKNOWN};
    return complete(subject, ret);
}

hol_status hol_likelihood_by_sides(const hol_subject *subject, const hol_ais_result *up, const hol_ais_result *down,
                                   hol_likelihood *ret) {
    const hol_ais_result *a = up ? up : down, *b = down ? down : up;
    *ret = (hol_likelihood){.log_partition_low = fmin(a->log_partition, b->log_partition),
                            .log_partition_high = fmax(a->log_partition, b->log_partition),
                            .error = fmax(a->standard_error, b->standard_error),
                            .effective = fmin(a->weights.effective, b->weights.effective),
                            .verdict = HOL_VERDICT_UNKNOWN};
    if (up && down) {
        ret->gap = down->log_partition - up->log_partition;
        ret->gap_error = sqrt(up->standard_error * up->standard_error + down->standard_error * down->standard_error);
        ret->verdict = hol_verdict_of_sides(ret->gap, ret->gap_error, ret->effective, ret->reason);
    }
    return complete(subject, ret);
}

/* ---- ways to ln Z ------------------------------------------------------------------------------------------------ */

hol_status hol_likelihood_is_exact(const hol_subject *subject, const hol_likelihood_options *options, bool *ret) {
    double work = 0;
    *ret = true;
    if (!subject->model->ops->independent) return HOL_OK;
    const hol_status status = hol_exact_cost(subject->model, subject->theta, &work);
    *ret = work <= options->exact_work;
    return hol_comm_agree(subject->comm, status);
}

hol_status hol_likelihood_exactly(const hol_subject *subject, hol_likelihood *ret) {
    hol_status status = HOL_OK;
    double log_partition = 0;
    HOL_TRY(hol_exact_log_partition(subject->comm, subject->model, subject->theta, &log_partition));
    HOL_TRY(hol_likelihood_by_partition(subject, log_partition, 0, ret));
    ret->is_exact = true;
    ret->verdict = HOL_VERDICT_GOOD;
cleanup:
    return status;
}

/* Log-weights' variance falls as the number of temperatures rises (Neal 2001), and a short walk knows it: then both
 * errors are below HOL_VERDICT_GAP_NEGLIGIBLE, which no comparison needs. Where a few of its walks have all the weight,
 * one of twice as many temperatures is asked. */
static hol_status choose_temperatures(const hol_subject *subject, const hol_ais_options *ais, int64_t most,
                                      int64_t *ret) {
    hol_status status = HOL_OK;
    hol_ais_options o = *ais;
    double *betas = NULL;
    hol_ais_result found = {.weights = {.effective = 0}};
    o.chains = CHOICE_WALKS;
    for (o.intervals = CHOICE_TEMPERATURES; o.intervals < most; o.intervals *= 2) {
        hol_free(betas);
        betas = NULL;
        HOL_TRY(hol_comm_agree(subject->comm, HOL_ALLOCATE(betas, o.intervals + 1, "ladder")));
        HOL_TRY(hol_ais_ladder(subject->comm, subject->model, subject->theta, &o, betas));
        HOL_TRY(hol_ais_forward(subject->comm, subject->model, subject->theta, &o, betas, &found));
        if (found.weights.effective >= CHOICE_WALKS / 4) break;
    }
    const double variance = log(CHOICE_WALKS / found.weights.effective);
    const double wanted = o.intervals < most ? (double)o.intervals * variance / CHOICE_VARIANCE : (double)most;
    *ret = wanted < CHOICE_TEMPERATURES ? CHOICE_TEMPERATURES : wanted < (double)most ? (int64_t)wanted : most;
    if (*ret > most) *ret = most;
cleanup:
    hol_free(betas);
    return status;
}

hol_status hol_likelihood_ladder(const hol_subject *subject, const hol_likelihood_options *options,
                                 hol_ais_options *ret_options, double **ret_betas) {
    hol_status status = HOL_OK;
    const hol_model_ops *ops = subject->model->ops;
    const int64_t most = options->most > 0 ? options->most : HOL_LIKELIHOOD_TEMPERATURES;
    *ret_options = (hol_ais_options){.chains = options->walks > 0 ? options->walks : HOL_LIKELIHOOD_WALKS,
                                     .intervals = options->temperatures > 0 ? options->temperatures : most,
                                     .adaptive = !options->is_classic,
                                     .seed = options->seed,
                                     .visible_means = subject->means};
    if (options->temperatures == 0 && ops->pairs && !ops->anneal)
        HOL_TRY(choose_temperatures(subject, ret_options, most, &ret_options->intervals));
    HOL_TRY(hol_comm_agree(subject->comm, HOL_ALLOCATE(*ret_betas, ret_options->intervals + 1, "ladder")));
    HOL_TRY(hol_ais_ladder(subject->comm, subject->model, subject->theta, ret_options, *ret_betas));
cleanup:
    return status;
}

hol_status hol_likelihood_walk_up(const hol_subject *subject, const hol_ais_options *ais, const double *betas,
                                  hol_ais_result *ret) {
    return hol_ais_forward(subject->comm, subject->model, subject->theta, ais, betas, ret);
}

/* reverse walks begin at chains that ran on for a while */
hol_status hol_likelihood_walk_down(const hol_subject *subject, const hol_likelihood_options *options,
                                    const hol_ais_options *ais, const double *betas, hol_ais_result *ret,
                                    const char **ret_start) {
    hol_status status = HOL_OK;
    hol_population *starts = NULL;
    const int64_t sweeps = options->settle_sweeps >= 0 ? options->settle_sweeps : HOL_LIKELIHOOD_SETTLE_SWEEPS;
    const hol_draw draw = {.key = hol_rng_key_make(ais->seed, HOL_STREAM_SAMPLE)};
    HOL_TRY(hol_subject_start(subject, ais->chains, options->start, ais->seed, &starts, ret_start));
    hol_population_settle(subject->comm, subject->model, starts, &draw, sweeps);
    HOL_TRY(hol_ais_reverse(subject->comm, subject->model, subject->theta, ais, betas, starts, ret));
cleanup:
    hol_population_destroy(starts);
    return status;
}

static hol_status walk(const hol_subject *subject, const hol_likelihood_options *options, hol_likelihood *ret) {
    hol_status status = HOL_OK;
    hol_ais_options ais;
    hol_ais_result up, down;
    double *betas = NULL;
    const char *start = "";
    HOL_TRY(hol_likelihood_ladder(subject, options, &ais, &betas));
    HOL_TRY(hol_likelihood_walk_up(subject, &ais, betas, &up));
    HOL_TRY(hol_likelihood_walk_down(subject, options, &ais, betas, &down, &start));
    HOL_TRY(hol_likelihood_by_sides(subject, &up, &down, ret));
    ret->temperatures = ais.intervals;
cleanup:
    hol_free(betas);
    return status;
}

hol_status hol_likelihood_measure(hol_comm *comm, const char *file, hol_subject_data data,
                                  const hol_likelihood_options *options, hol_likelihood *ret) {
    hol_status status = HOL_OK;
    hol_subject subject;
    bool is_exact = false;
    *ret = (hol_likelihood){0};
    HOL_TRY(hol_subject_load(comm, file, data, &subject));
    HOL_TRY(hol_likelihood_is_exact(&subject, options, &is_exact));
    if (is_exact) HOL_TRY(hol_likelihood_exactly(&subject, ret));
    else HOL_TRY(walk(&subject, options, ret));
cleanup:
    hol_subject_clear(&subject);
    return status;
}

/* ---- two of them ------------------------------------------------------------------------------------------------- */

hol_status hol_likelihood_compare(hol_comm *comm, const hol_likelihood *a, const hol_likelihood *b,
                                  double *ret_difference, double *ret_error) {
    hol_status status = HOL_OK;
    hol_gain paired;
    *ret_difference = a->low - b->low;
    *ret_error = (double)NAN;
    if (a->rows != b->rows)
        return hol_error(HOL_USAGE, "likelihoods to compare: found %lld rows and %lld, expected the same ones",
                         (long long)a->rows, (long long)b->rows);
    if (!isfinite(*ret_difference)) return HOL_OK;
    HOL_TRY(hol_gain_measure(comm, a->local_rows, a->weights, a->scores, b->scores, &paired));
    *ret_difference = paired.mean - (a->log_partition_high - b->log_partition_high);
    *ret_error = sqrt(paired.error * paired.error + a->error * a->error + b->error * b->error);
cleanup:
    return status;
}
