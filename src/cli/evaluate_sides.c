/* evaluate_sides: ln Z from below, from above, and whether to believe it. */
#include <stdio.h>

#include "base/alloc.h"
#include "estimate/bar.h"
#include "evaluate.h"
#include "sample/population.h"

enum { BAR_LEVELS = 64, BAR_CHAINS = 64, BAR_ROUNDS = 1000 };
#define ON_PARTITION "on ln Z; how good the model is, it does not say"

/* ---- what is found ----------------------------------------------------------------------------------------------- */

static void add_side(hol_result *to, const hol_ais_options *o, const hol_ais_result *r, bool reverse,
                     const char *start) {
    const char *const names[2][5] = {
        {"ais_log_partition", "ais_standard_error", "ais_low", "ais_high", "ais_effective"},
        {"reverse_ais_log_partition", "reverse_ais_standard_error", "reverse_ais_low", "reverse_ais_high",
         "reverse_ais_effective"}};
    const char *const *name = names[reverse];
    const hol_quantity found = {name[0], name[1], "ln Z", r->log_partition, r->standard_error, 4, NULL, 1};
    hol_result_quantity(to, &found, "  (%s; 3 sigma: %.4f to %.4f)", reverse ? "reverse AIS" : "AIS", r->low, r->high);
    hol_result_number(to, name[2], r->low);
    hol_result_number(to, name[3], r->high);
    hol_result_number(to, name[4], r->weights.effective);
    hol_result_line(to, "", "%lld walks, %lld temperatures, effective sample size %.1f%s%s",
                    (long long)r->weights.walks, (long long)o->intervals, r->weights.effective,
                    reverse ? ", begun at " : "", reverse ? start : "");
    hol_result_flush(to); /* the other side may take long */
}

/* Both sides' values, and as the one that counts the lower of them, that of the greater ln Z: where they differ it does
 * not flatter the model. */
static hol_status add_likelihood(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down,
                                 const hol_likelihood *found) {
    const double of_up = found->score.mean - (up ? up->log_partition : 0),
                 of_down = found->score.mean - (down ? down->log_partition : 0);
    hol_evaluate_text rows;
    if (!self->subject.data) return HOL_OK;
    if (up) hol_result_number(self->result, "ais_log_likelihood", of_up);
    if (down) hol_result_number(self->result, "reverse_ais_log_likelihood", of_down);
    if (hol_evaluate_likelihood(self, found)) {
        char sides[128];
        if (up && down) (void)snprintf(sides, sizeof sides, "%.4f (AIS), %.4f (reverse AIS)", of_up, of_down);
        else (void)snprintf(sides, sizeof sides, "%.4f", up ? of_up : of_down);
        hol_result_line(self->result, "log-likelihood", "%s nats per sample, %s", sides,
                        hol_evaluate_name_rows(self, rows));
    }
    return hol_evaluate_gain(self, found);
}

static hol_status add_sides(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down) {
    hol_status status = HOL_OK;
    hol_likelihood found = {0};
    HOL_TRY(hol_likelihood_by_sides(&self->subject, up, down, &found));
    if (up && down) {
        const hol_quantity gap = {"gap", "gap_standard_error", "gap", found.gap, found.gap_error, 4, "nats", 1};
        hol_result_quantity(self->result, &gap, ", reverse minus forward");
        hol_evaluate_verdict(self, found.verdict, found.reason, ON_PARTITION);
    }
    HOL_TRY(add_likelihood(self, up, down, &found));
cleanup:
    hol_likelihood_clear(&found);
    return status;
}

hol_status hol_evaluate_sides(hol_evaluation *self, bool forward, bool reverse) {
    hol_status status = HOL_OK;
    double *betas = NULL;
    hol_ais_result up, down;
    hol_ais_options o;
    const char *start = "";
    const hol_likelihood_options options = hol_evaluate_options(self);
    HOL_TRY(hol_likelihood_ladder(&self->subject, &options, &o, &betas));
    hol_result_text(self->result, "method", forward && reverse ? "both" : forward ? "ais" : "reverse-ais");
    hol_result_number(self->result, "chains", (double)o.chains);
    hol_result_number(self->result, "temperatures", (double)o.intervals);
    if (forward) {
        HOL_TRY(hol_likelihood_walk_up(&self->subject, &o, betas, &up));
        add_side(self->result, &o, &up, false, start);
    }
    if (reverse) {
        HOL_TRY(hol_likelihood_walk_down(&self->subject, &options, &o, betas, &down, &start));
        add_side(self->result, &o, &down, true, start);
    }
    HOL_TRY(add_sides(self, forward ? &up : NULL, reverse ? &down : NULL));
cleanup:
    hol_free(betas);
    return status;
}

/* ---- Bennett's acceptance ratio ---------------------------------------------------------------------------------- */

static hol_status add_bar(hol_evaluation *self, const hol_bar_options *o, const hol_bar_result *r, const char *start) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    hol_likelihood found = {0};
    hol_verdict_reason reason;
    hol_evaluate_text rows;
    HOL_TRY(hol_likelihood_by_partition(&self->subject, r->log_partition, r->standard_error, &found));
    const hol_quantity partition = {
        "log_partition", "standard_error", "ln Z", r->log_partition, r->standard_error, 4, NULL, 1};
    const hol_quantity gap = {
        "starts_gap", "starts_gap_standard_error", "gap", r->starts_gap, r->starts_gap_error, 4, "nats", 1};
    const hol_quantity drift = {"drift", "drift_standard_error", "drift", r->drift, r->drift_error, 4, "nats", 1};
    hol_result_text(to, "method", "bar");
    hol_result_quantity(to, &partition, "  (Bennett's acceptance ratio)");
    hol_result_number(to, "least_exchange_rate", r->least_rate);
    hol_result_line(to, "", "%lld temperatures, %lld chains each, %lld rounds; exchanges %.2f at the least",
                    (long long)o->levels, (long long)o->chains, (long long)o->rounds, r->least_rate);
    hol_result_quantity(to, &gap, ", chains begun at %s less chains begun at random", start);
    hol_result_quantity(to, &drift, ", last half of the rounds less the first");
    hol_evaluate_verdict(
        self,
        hol_verdict_of_tempering(r->least_rate, r->starts_gap, r->starts_gap_error, r->drift, r->drift_error, reason),
        reason, ON_PARTITION);
    if (hol_evaluate_likelihood(self, &found))
        hol_result_line(to, "log-likelihood", "%.4f +- %.4f nats per sample, %s", found.low, r->standard_error,
                        hol_evaluate_name_rows(self, rows));
    HOL_TRY(hol_evaluate_gain(self, &found));
cleanup:
    hol_likelihood_clear(&found);
    return status;
}

hol_status hol_evaluate_bar(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const hol_evaluate_arguments *a = &self->arguments;
    double *betas = NULL;
    hol_population *starts = NULL;
    const char *word = "";
    hol_bar_result result;
    hol_bar_options o = {.levels = a->temperatures ? a->temperatures : BAR_LEVELS,
                         .chains = a->chains ? a->chains : BAR_CHAINS,
                         .rounds = a->sweeps >= 0 ? a->sweeps : BAR_ROUNDS,
                         .seed = hol_evaluate_seed(self),
                         .visible_means = self->subject.means};
    o.settle = o.rounds / 4;
    const hol_ais_options ladder = {.intervals = o.levels - 1,
                                    .adaptive = !hol_evaluate_is_classic(self),
                                    .seed = o.seed,
                                    .visible_means = self->subject.means};
    HOL_TRY(hol_comm_agree(self->subject.comm, HOL_ALLOCATE(betas, o.levels, "ladder")));
    HOL_TRY(hol_ais_ladder(self->subject.comm, self->subject.model, self->subject.theta, &ladder, betas));
    HOL_TRY(hol_evaluate_start(self, o.chains, &starts, &word));
    o.betas = betas;
    o.starts = starts;
    HOL_TRY(hol_bar_estimate(self->subject.comm, self->subject.model, self->subject.theta, &o, &result));
    HOL_TRY(add_bar(self, &o, &result, word));
cleanup:
    hol_population_destroy(starts);
    hol_free(betas);
    return status;
}
