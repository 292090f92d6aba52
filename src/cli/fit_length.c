/* fit_length: how long the winner is trained: twice as long, and twice again, each time cooled down aside and scored,
 * as long as the likelihood of rows that it does not learn from rises. */
#include <math.h>

#include "base/log.h"
#include "fit.h"

/* lengths without a gain that end it: one where values are exact, else one more */
enum { PATIENCE = 1, PATIENCE_NOISY = 2 };
#define SCORE_SHARE 0.03 /* of the budget, for one score's walks */

static bool can_afford(const hol_fit *self, const hol_fit_candidate *c, int64_t steps) {
    const double work = hol_fit_try_work(self, c, steps) + SCORE_SHARE * self->arguments.work;
    return self->spent + work <= HOL_FIT_SHARE_LENGTH * self->arguments.work && c->score_count < HOL_FIT_SCORES_MAX;
}

/* One step of it; *since: lengths without a gain, or more where there is no hope. */
static hol_status go_on(hol_fit *self, hol_fit_candidate **winner, int *since) {
    hol_status status = HOL_OK;
    double gain = 0, error = 0;
    hol_fit_candidate *w = *winner;
    const int best = w->best;
    HOL_TRY(hol_fit_try(self, w, 2 * w->steps, SCORE_SHARE * self->arguments.work));
    if (self->is_cut || w->is_out) goto cleanup;
    const hol_likelihood *newest = &w->scores[w->score_count - 1].likelihood;
    HOL_TRY(hol_likelihood_compare(self->comm, newest, &w->scores[best].likelihood, &gain, &error));
    *since = gain > error ? 0 : *since + 1;
    if (gain < -error) *since = PATIENCE_NOISY;
    if (*since == 0 && newest->verdict != HOL_VERDICT_BAD) goto cleanup;
    /* where it ends for chains that do not mix, levels may help */
    HOL_TRY(hol_fit_help_mixing(self, w->steps, HOL_FIT_SHARE_LENGTH, winner));
    if (hol_fit_value(*winner) < hol_fit_value(w)) *winner = w; /* better at this length, not than at w's best */
    if (*winner != w) *since = 0;
cleanup:
    return status;
}

hol_status hol_fit_find_length(hol_fit *self, hol_fit_candidate **winner) {
    hol_status status = HOL_OK;
    int since = 0;
    const int patience = hol_fit_best(*winner)->likelihood.is_exact ? PATIENCE : PATIENCE_NOISY;
    self->stage = "length";
    hol_log(self->comm, "length: %d goes on as long as its likelihood rises", (*winner)->number);
    while (!self->is_cut && !(*winner)->is_out && since < patience && can_afford(self, *winner, 2 * (*winner)->steps))
        HOL_TRY(go_on(self, winner, &since));
    (*winner)->is_out = false; /* what was scored before it broke down stands */
    /* a change that was better at one length may not have come to what there was before it */
    for (const hol_fit_candidate *c = (*winner)->changed_from; c; c = c->changed_from)
        if (hol_fit_value(c) > hol_fit_value(*winner)) {
            hol_log(self->comm, "length: %d has not come to what %d was: %d it is", (*winner)->number, c->number,
                    c->number);
            *winner = &self->candidates[c->number - 1];
        }
    const hol_fit_score *found = hol_fit_best(*winner);
    hol_log(self->comm, "length: %lld steps, the last %lld of them with a rate that falls to 0",
            (long long)(found->steps + found->steps / HOL_FIT_COOLED), (long long)(found->steps / HOL_FIT_COOLED));
cleanup:
    return status;
}
