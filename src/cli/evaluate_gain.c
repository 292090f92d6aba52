/* evaluate_gain: the evaluated rows by independent columns, which have these rows' own means: no such columns that know
 * the training data alone do better, so what a model gains over them, it has learned of how columns go together. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "cli/learning.h"
#include "estimate/independent.h"
#include "evaluate.h"
#include "train/history.h"
#include "train/state.h"

/* of this rank's rows: scores is (local_rows), out */
static hol_status score_rows(hol_evaluation *self, hol_independent *independent, double *scores) {
    hol_independent_add(independent, self->local_rows, self->bytes);
    const hol_status status = hol_independent_finish(self->comm, independent);
    for (int64_t r = 0; r < self->local_rows && status == HOL_OK; r++)
        scores[r] = hol_independent_score(independent, self->bytes + r * self->info.visible);
    return status;
}

/* `scores` become those of the independent columns; NULL: they are only averaged. *ret_columns is their number. */
static hol_status measure(hol_evaluation *self, const double *model, hol_gain *ret, int64_t *ret_columns) {
    hol_status status = HOL_OK;
    hol_independent *independent = NULL;
    double *scores = NULL;
    status = hol_independent_create(&self->model->info.columns, self->info.visible, &independent);
    if (status == HOL_OK) status = HOL_ALLOCATE(scores, self->local_rows, "likelihoods");
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(score_rows(self, independent, scores));
    HOL_TRY(hol_gain_measure(self->comm, self->local_rows, model ? model : scores, scores, ret));
    *ret_columns = hol_independent_columns(independent);
cleanup:
    hol_independent_destroy(independent);
    hol_free(scores);
    return status;
}

static void add_gain(hol_result *to, const hol_gain *gain, const char *member, const char *unit) {
    const bool small = hol_gain_is_small(gain), loss = hol_gain_is_loss(gain);
    const char *how = loss ? "worse than" : small ? "hardly better than" : "better than";
    char learning[64];
    (void)snprintf(learning, sizeof learning, "%s independent columns", how);
    const hol_quantity independent = {member, NULL, "independent", gain->independent, 0, 6, NULL, 1};
    hol_result_quantity(to, &independent, " nats per %s, columns by their own means; the model gains %.4f +- %.4f",
                        unit, gain->mean, gain->error);
    hol_result_number(to, "gain", gain->mean);
    hol_result_number(to, "gain_standard_error", gain->error);
    hol_result_text(to, "learning", learning);
    if (loss || small)
        hol_result_line(to, "verdict", "%s: %s", learning,
                        loss ? "it has diverged, or swings at too large a rate (a smaller train.learning_rate)"
                             : "it has learned little (a longer run, another train.learning_rate), or the columns have "
                               "little to do with each other");
}

/* by the history of the run; models that were not trained have none */
static hol_status add_climb(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_history history = {0};
    char text[256];
    if (self->info.history_rows == 0) return HOL_OK;
    HOL_TRY(hol_state_read_history(self->comm, self->info.path, self->model, &history));
    if (hol_cli_describe_climb(&history, text, sizeof text)) {
        hol_result_text(self->result, "climb", text);
        hol_result_line(self->result, "verdict", "%s", text);
    }
cleanup:
    hol_history_clear(&history);
    return status;
}

hol_status hol_evaluate_gain(hol_evaluation *self, const hol_exact_score *score, double log_partition, double error) {
    hol_status status = HOL_OK;
    hol_gain gain;
    int64_t columns = 0;
    if (!self->scores || !isfinite(score->mean - log_partition) || self->rows < 2) return HOL_OK;
    HOL_TRY(measure(self, self->scores, &gain, &columns));
    gain.mean -= log_partition;
    gain.error = sqrt(gain.error * gain.error + error * error);
    add_gain(self->result, &gain, "independent_log_likelihood", "sample");
    HOL_TRY(add_climb(self));
cleanup:
    return status;
}

hol_status hol_evaluate_pseudo_gain(hol_evaluation *self, double pseudo, double error) {
    hol_status status = HOL_OK;
    hol_gain gain;
    int64_t columns = 0;
    if (!isfinite(pseudo) || self->rows < 2) return HOL_OK;
    HOL_TRY(measure(self, NULL, &gain, &columns));
    gain.independent /= (double)columns;
    gain.mean = pseudo - gain.independent;
    gain.error = error;
    add_gain(self->result, &gain, "independent_pseudo_log_likelihood",
             self->model->info.columns.count > 0 ? "variable" : "unit");
    HOL_TRY(add_climb(self));
cleanup:
    return status;
}
