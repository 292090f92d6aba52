/* evaluate_gain: the evaluated rows by independent columns, which have these rows' own means: no such columns that know
 * the training data alone do better, so what a model gains over them, it has learned of how columns go together. */
#include <math.h>
#include <string.h>

#include "cli/config.h"
#include "cli/learning.h"
#include "estimate/independent.h"
#include "evaluate.h"
#include "train/history.h"
#include "train/state.h"

static void add_gain(const hol_evaluation *self, const hol_gain *gain, const char *member, const char *unit) {
    hol_result *to = self->result;
    hol_verdict_reason reason;
    const hol_verdict verdict = hol_verdict_of_gain(gain, reason);
    const char *learning = hol_verdict_describe_gain(verdict);
    const hol_quantity independent = {member, NULL, "independent", gain->independent, 0, 6, NULL, 1};
    hol_result_quantity(to, &independent, " nats per %s, columns by their own %smeans; the model gains %.4f +- %.4f",
                        unit, self->subject.is_weighted ? "weighted " : "", gain->mean, gain->error);
    hol_result_number(to, "gain", gain->mean);
    hol_result_number(to, "gain_standard_error", gain->error);
    hol_result_text(to, "learning", learning);
    if (verdict != HOL_VERDICT_GOOD) hol_result_line(to, "verdict", "%s: %s", learning, reason);
}

/* The history of the run: that of a best checkpoint ends where it was best, so of a directory it is the newest one's.
 * None where there is no other. */
static hol_status read_history(const hol_evaluation *self, hol_history *history) {
    char path[HOL_CHECKPOINT_PATH_MAX];
    const hol_subject *s = &self->subject;
    const bool is_best = hol_checkpoint_is_best(s->info.path);
    bool found = !is_best;
    hol_status status = HOL_OK;
    (void)snprintf(path, sizeof path, "%s", s->info.path);
    if (is_best && !hol_checkpoint_is_best(self->arguments.file))
        status = hol_checkpoint_find(s->comm, hol_state_outline, self->arguments.file, path, &found);
    if (status == HOL_OK && found) status = hol_state_read_history(s->comm, path, s->model, history);
    if (!is_best || hol_error_code(status) != HOL_BAD_INPUT) return status;
    (void)hol_error_drop(status); /* damaged, or gone by now: the model is good */
    hol_history_clear(history);
    return HOL_OK;
}

/* models that were not trained have no history */
static hol_status add_climb(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_history history = {0};
    hol_config *config = NULL;
    const hol_checkpoint_info *info = &self->subject.info;
    char text[256];
    if (info->history_rows == 0) return HOL_OK;
    HOL_TRY(read_history(self, &history));
    status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    HOL_TRY(hol_comm_agree(self->subject.comm, status));
    if (hol_cli_describe_climb(&history, &config->train, text, sizeof text)) {
        hol_result_text(self->result, "climb", text);
        hol_result_line(self->result, "verdict", "%s", text);
    }
cleanup:
    hol_config_destroy(config);
    hol_history_clear(&history);
    return status;
}

hol_status hol_evaluate_gain(hol_evaluation *self, const hol_likelihood *found) {
    if (isnan(found->gain.mean)) return HOL_OK;
    add_gain(self, &found->gain, "independent_log_likelihood", "sample");
    return add_climb(self);
}

hol_status hol_evaluate_pseudo_gain(hol_evaluation *self, double pseudo, double error) {
    hol_status status = HOL_OK;
    hol_gain gain;
    int64_t columns = 0;
    if (!isfinite(pseudo) || !(self->subject.effective > 1)) return HOL_OK;
    HOL_TRY(hol_likelihood_find_gain(&self->subject, NULL, &gain, &columns));
    gain.independent /= (double)columns;
    gain.mean = pseudo - gain.independent;
    gain.error = error;
    add_gain(self, &gain, "independent_pseudo_log_likelihood",
             self->subject.model->info.columns.count > 0 ? "variable" : "unit");
    HOL_TRY(add_climb(self));
cleanup:
    return status;
}
