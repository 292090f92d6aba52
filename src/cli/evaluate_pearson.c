/* evaluate_pearson: the correlations of a run's chains, and of fresh ones, with the data's. */
#include <math.h>
#include <string.h>

#include "cli/agreement.h"
#include "cli/config.h"
#include "evaluate.h"
#include "sample/population.h"

enum { CHAINS = 2000, SWEEPS_MOST = 10000 };

/* By all pairs of columns' states of the data; *ret_aim: what the run was to come to. Collective. */
static hol_status make_pearson(hol_evaluation *self, int64_t chains, double *ret_aim, hol_pearson **ret) {
    hol_status status = HOL_OK;
    const hol_subject *s = &self->subject;
    hol_population *data = NULL;
    hol_config *config = NULL;
    if (self->subject.known)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found missing values, expected none for --method %s", self->subject.data,
                          self->arguments.method));
    status = hol_config_parse(s->info.path, s->info.config, strlen(s->info.config), NULL, 0, &config);
    HOL_TRY(hol_comm_agree(s->comm, status));
    *ret_aim = config->train.until_pearson;
    HOL_TRY(hol_evaluate_make_data(self, &data));
    const hol_rows rows = hol_rows_of_population(data, false);
    HOL_TRY(hol_pearson_create(s->comm, s->model, &rows, chains, hol_trainer_pseudo_count(&config->train), NULL, ret));
cleanup:
    hol_config_destroy(config);
    hol_population_destroy(data);
    return status;
}

static void add(hol_evaluation *self, const hol_agreement *a, int64_t own, int64_t fresh) {
    hol_result *to = self->result;
    double sweeps[HOL_AGREEMENT_TIMES_MAX];
    char text[HOL_AGREEMENT_TEXT];
    hol_evaluate_text weighted;
    const long long last = a->sweeps[a->count - 1];
    for (int k = 0; k < a->count; k++) sweeps[k] = (double)a->sweeps[k];
    hol_result_text(to, "method", "pearson");
    const hol_quantity stood = {"own_pearson", "own_error", "Pearson", a->own, a->own_error, 4, NULL, 1};
    const hol_quantity on = {
        "own_pearson_later", "own_later_error", "", hol_agreement_last_on(a), a->on_error, 4, NULL, 1};
    const hol_quantity anew = {"fresh_pearson",
                               "fresh_error",
                               isnan(a->own) ? "Pearson" : "",
                               hol_agreement_last(a),
                               a->fresh_error,
                               4,
                               NULL,
                               1};
    hol_result_quantity(to, &stood, ", the run's %lld chains as they stand", (long long)own);
    hol_result_quantity(to, &on, ", the same after %lld sweeps more", last);
    hol_result_quantity(to, &anew, ", %lld chains begun at random, after %lld sweeps%s", (long long)fresh, last,
                        a->is_stationary ? "" : ": it still changes");
    hol_result_line(to, "", "with %lld rows of %s%s", (long long)self->subject.rows, self->subject.data,
                    hol_evaluate_name_weights(self, weighted));
    hol_result_number(to, "is_stationary", a->is_stationary);
    hol_result_series(to, "fresh_sweeps", NULL, sweeps, a->count, 0);
    hol_result_series(to, "fresh_series", NULL, a->fresh, a->count, 0);
    if (!isnan(a->own)) hol_result_series(to, "own_series", NULL, a->on, a->count, 0);
    hol_result_line(to, NULL,
                    isnan(a->own) ? "Pearson's coefficient, chains begun at random"
                                  : "Pearson's coefficient, chains begun at random and the run's");
    for (int k = 0; k < a->count; k++) {
        char own_now[32] = "";
        if (!isnan(a->on[k])) (void)snprintf(own_now, sizeof own_now, "  %.4f", a->on[k]);
        hol_result_line(to, "", "%6.0f sweeps  %.4f%s", sweeps[k], a->fresh[k], own_now);
    }
    const hol_verdict verdict = hol_agreement_judge(a, text);
    if (verdict == HOL_VERDICT_GOOD) hol_evaluate_verdict(self, verdict, "", text);
    else if (verdict != HOL_VERDICT_UNKNOWN) hol_evaluate_verdict(self, verdict, text, "");
}

hol_status hol_evaluate_pearson(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const hol_evaluate_arguments *arguments = &self->arguments;
    const hol_subject *s = &self->subject;
    const int64_t runs = s->info.chains;
    const int64_t count = arguments->chains ? arguments->chains : runs ? runs : CHAINS;
    const int64_t most = arguments->sweeps >= 0 ? arguments->sweeps : SWEEPS_MOST;
    const char *word = "";
    hol_pearson *pearson = NULL;
    hol_population *own = NULL;
    hol_agreement found;
    double aim = 0;
    HOL_TRY(make_pearson(self, count > runs ? count : runs, &aim, &pearson));
    if (runs > 0) HOL_TRY(hol_subject_start(s, runs, "chains", hol_evaluate_seed(self), &own, &word));
    HOL_TRY(
        hol_agreement_find(s->comm, s->model, s->theta, pearson, hol_evaluate_seed(self), own, count, most, &found));
    found.aim = aim;
    add(self, &found, runs, count);
cleanup:
    hol_population_destroy(own);
    hol_pearson_destroy(pearson);
    return status;
}
