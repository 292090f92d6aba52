/* evaluate_gain: the evaluated rows by independent columns, which have these rows' own means: no such columns that know
 * the training data alone do better, so what a model gains over them, it has learned of how columns go together. */
#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
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

static void print_gain(hol_evaluation *self, const hol_gain *gain, const char *member, const char *unit) {
    const bool small = hol_gain_is_small(gain), loss = hol_gain_is_loss(gain);
    hol_evaluate_json_number(self, member, gain->independent);
    hol_evaluate_json_number(self, "gain", gain->mean);
    hol_evaluate_json_number(self, "gain_standard_error", gain->error);
    hol_evaluate_json_text(self, "learning",
                           loss    ? "worse than independent columns"
                           : small ? "hardly better than independent columns"
                                   : "better than independent columns");
    if (self->arguments.json) return;
    hol_print("independent     %.6f nats per %s, columns by their own means; the model gains %.4f +- %.4f\n",
              gain->independent, unit, gain->mean, gain->error);
    if (loss)
        hol_print(
            "verdict         worse than independent columns: it has diverged, or swings at too large a rate (a smaller "
            "train.learning_rate)\n");
    else if (small)
        hol_print(
            "verdict         hardly better than independent columns: it has learned little (a longer run, another "
            "train.learning_rate), or the columns have little to do with each other\n");
}

/* by the history of the run; models that were not trained have none */
static hol_status print_climb(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_history history = {0};
    char text[256];
    if (self->info.history_rows == 0) return HOL_OK;
    HOL_TRY(hol_state_read_history(self->comm, self->info.path, self->model, &history));
    if (hol_cli_describe_climb(&history, text, sizeof text)) {
        hol_evaluate_json_text(self, "climb", text);
        if (!self->arguments.json) hol_print("verdict         %s\n", text);
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
    print_gain(self, &gain, "independent_log_likelihood", "sample");
    HOL_TRY(print_climb(self));
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
    print_gain(self, &gain, "independent_pseudo_log_likelihood",
               self->model->info.columns.count > 0 ? "variable" : "unit");
    HOL_TRY(print_climb(self));
cleanup:
    return status;
}
