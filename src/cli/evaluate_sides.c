/* evaluate_sides: ln Z from below, from above, and whether to believe it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "estimate/ais.h"
#include "estimate/bar.h"
#include "evaluate.h"
#include "sample/population.h"

enum { WALKS = 256, TEMPERATURES = 5000, SETTLE_SWEEPS = 1000, BAR_LEVELS = 64, BAR_CHAINS = 64, BAR_ROUNDS = 1000 };
/* where fewer exchanges succeed, a ladder is as good as cut */
#define RATE_MIN 0.05
#define GAP_NEGLIGIBLE 0.1
#define GAP_MAX 1.0
/* an estimate that a handful of walks decide is none */
#define EFFECTIVE_MIN 10.0

/* Two sides agree when their gap is within 3 of its standard errors, or too small to matter; and when it is below 1
 * nat. */
static bool is_negligible(double difference, double error) {
    return fabs(difference) <= GAP_MAX && (fabs(difference) <= GAP_NEGLIGIBLE || fabs(difference) <= 3 * error);
}

static hol_ais_options make_options(const hol_evaluation *self) {
    const hol_evaluate_arguments *a = &self->arguments;
    return (hol_ais_options){.chains = a->chains ? a->chains : WALKS,
                             .intervals = a->temperatures ? a->temperatures : TEMPERATURES,
                             .adaptive = !hol_evaluate_is_classic(self),
                             .seed = hol_evaluate_seed(self),
                             .visible_means = self->means};
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

/* reverse walks begin at chains that ran on for a while */
static hol_status walk_down(hol_evaluation *self, const hol_ais_options *o, const double *betas, hol_ais_result *ret,
                            const char **ret_start) {
    hol_status status = HOL_OK;
    hol_population *starts = NULL;
    const int64_t sweeps = self->arguments.sweeps >= 0 ? self->arguments.sweeps : SETTLE_SWEEPS;
    const hol_draw draw = {.key = hol_rng_key_make(o->seed, HOL_STREAM_SAMPLE)};
    HOL_TRY(hol_evaluate_start(self, o->chains, &starts, ret_start));
    if (sweeps > 0) self->model->ops->sweep(self->model, starts, &draw, sweeps);
    HOL_TRY(hol_ais_reverse(self->comm, self->model, self->theta, o, betas, starts, ret));
cleanup:
    hol_population_destroy(starts);
    return status;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static void print_side(hol_evaluation *self, const hol_ais_options *o, const hol_ais_result *r, bool reverse,
                       const char *start) {
    const char *const members[2][5] = {
        {"ais_log_partition", "ais_standard_error", "ais_low", "ais_high", "ais_effective"},
        {"reverse_ais_log_partition", "reverse_ais_standard_error", "reverse_ais_low", "reverse_ais_high",
         "reverse_ais_effective"}};
    const double values[5] = {r->log_partition, r->standard_error, r->low, r->high, r->weights.effective};
    for (int i = 0; i < 5; i++) hol_evaluate_json_number(self, members[reverse][i], values[i]);
    if (self->arguments.json) return;
    hol_print("ln Z            %.4f +- %.4f  (%s; 3 sigma: %.4f to %.4f)\n", r->log_partition, r->standard_error,
              reverse ? "reverse AIS" : "AIS", r->low, r->high);
    hol_print("                %lld walks, %lld temperatures, effective sample size %.1f%s%s\n",
              (long long)r->weights.walks, (long long)o->intervals, r->weights.effective, reverse ? ", begun at " : "",
              reverse ? start : "");
}

/* Both sides' values, and as the one that counts the lower of them, that of the greater ln Z: where they differ it does
 * not flatter the model. */
static hol_status print_likelihood(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down) {
    hol_exact_score score;
    const hol_status status = hol_evaluate_score(self, &score);
    if (status != HOL_OK || !self->bytes) return status;
    if (up) hol_evaluate_json_number(self, "ais_log_likelihood", score.mean - up->log_partition);
    if (down) hol_evaluate_json_number(self, "reverse_ais_log_likelihood", score.mean - down->log_partition);
    const double log_partition = !up     ? down->log_partition
                                 : !down ? up->log_partition
                                         : fmax(up->log_partition, down->log_partition);
    if (hol_evaluate_likelihood(self, &score, log_partition)) {
        hol_print("log-likelihood  ");
        if (up) hol_print("%.4f%s", score.mean - up->log_partition, down ? " (AIS), " : " ");
        if (down) hol_print("%.4f%s", score.mean - down->log_partition, up ? " (reverse AIS) " : " ");
        hol_print("nats per sample, mean of %lld in %s\n", (long long)self->rows, self->arguments.data);
    }
    const double error = up && down ? fmax(up->standard_error, down->standard_error)
                         : up       ? up->standard_error
                                    : down->standard_error;
    return hol_evaluate_gain(self, &score, log_partition, error);
}

enum { REASON_SIZE = 256 };

/* why the sides are not to be believed, into text; NULL where they are */
static const char *find_reason(double gap, double error, double effective, char text[REASON_SIZE]) {
    const bool thin = !(effective >= EFFECTIVE_MIN), close = is_negligible(gap, error);
    if (close && !thin) return NULL;
    if (close || fabs(gap) <= GAP_MAX)
        (void)snprintf(text, REASON_SIZE, "%s; more --temperatures or --chains may bring the sides together",
                       thin ? "a few walks carry all the weight" : "the sides differ by more than their errors");
    else
        (void)snprintf(text, REASON_SIZE,
                       "the sides are %.1f nats apart; more --temperatures bring them together, unless the chains do "
                       "not mix (--method mixing)",
                       fabs(gap));
    return text;
}

static void print_verdict(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down) {
    char text[REASON_SIZE];
    const double gap = down->log_partition - up->log_partition;
    const double error = sqrt(up->standard_error * up->standard_error + down->standard_error * down->standard_error);
    hol_evaluate_json_number(self, "gap", gap);
    hol_evaluate_json_number(self, "gap_standard_error", error);
    if (!self->arguments.json) hol_print("gap             %.4f +- %.4f nats, reverse minus forward\n", gap, error);
    hol_evaluate_verdict(self, find_reason(gap, error, fmin(up->weights.effective, down->weights.effective), text));
}

hol_status hol_evaluate_sides(hol_evaluation *self, bool forward, bool reverse) {
    hol_status status = HOL_OK;
    double *betas = NULL;
    hol_ais_result up, down;
    const char *start = "";
    const hol_ais_options o = make_options(self);
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(betas, o.intervals + 1, "ladder")));
    HOL_TRY(hol_ais_ladder(self->comm, self->model, self->theta, &o, betas));
    hol_evaluate_json_text(self, "method", forward && reverse ? "both" : forward ? "ais" : "reverse-ais");
    hol_evaluate_json_number(self, "chains", (double)o.chains);
    hol_evaluate_json_number(self, "temperatures", (double)o.intervals);
    if (forward) {
        HOL_TRY(hol_ais_forward(self->comm, self->model, self->theta, &o, betas, &up));
        print_side(self, &o, &up, false, start);
    }
    if (reverse) {
        HOL_TRY(walk_down(self, &o, betas, &down, &start));
        print_side(self, &o, &down, true, start);
    }
    if (forward && reverse) print_verdict(self, &up, &down);
    HOL_TRY(print_likelihood(self, forward ? &up : NULL, reverse ? &down : NULL));
cleanup:
    hol_free(betas);
    return status;
}

/* ---- Bennett's acceptance ratio ---------------------------------------------------------------------------------- */

static const char *find_bar_reason(const hol_bar_result *r) {
    if (r->least_rate < RATE_MIN) return "neighbours hardly exchange; more --temperatures";
    if (!is_negligible(r->starts_gap, r->starts_gap_error))
        return "what the chains began at still shows; more --sweeps";
    if (!is_negligible(r->drift, r->drift_error)) return "the estimate still drifts; more --sweeps";
    return NULL;
}

static hol_status print_bar(hol_evaluation *self, const hol_bar_options *o, const hol_bar_result *r,
                            const char *start) {
    hol_status status = HOL_OK;
    hol_exact_score score;
    HOL_TRY(hol_evaluate_score(self, &score));
    hol_evaluate_json_text(self, "method", "bar");
    hol_evaluate_json_number(self, "log_partition", r->log_partition);
    hol_evaluate_json_number(self, "standard_error", r->standard_error);
    hol_evaluate_json_number(self, "least_exchange_rate", r->least_rate);
    hol_evaluate_json_number(self, "starts_gap", r->starts_gap);
    hol_evaluate_json_number(self, "starts_gap_standard_error", r->starts_gap_error);
    hol_evaluate_json_number(self, "drift", r->drift);
    hol_evaluate_json_number(self, "drift_standard_error", r->drift_error);
    if (!self->arguments.json) {
        hol_print("ln Z            %.4f +- %.4f  (Bennett's acceptance ratio)\n", r->log_partition, r->standard_error);
        hol_print("                %lld temperatures, %lld chains each, %lld rounds; exchanges %.2f at the least\n",
                  (long long)o->levels, (long long)o->chains, (long long)o->rounds, r->least_rate);
        hol_print("gap             %.4f +- %.4f nats, chains begun at %s less chains begun at random\n", r->starts_gap,
                  r->starts_gap_error, start);
        hol_print("drift           %.4f +- %.4f nats, last half of the rounds less the first\n", r->drift,
                  r->drift_error);
    }
    hol_evaluate_verdict(self, find_bar_reason(r));
    if (hol_evaluate_likelihood(self, &score, r->log_partition))
        hol_print("log-likelihood  %.4f +- %.4f nats per sample, mean of %lld in %s\n", score.mean - r->log_partition,
                  r->standard_error, (long long)self->rows, self->arguments.data);
    HOL_TRY(hol_evaluate_gain(self, &score, r->log_partition, r->standard_error));
cleanup:
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
                         .visible_means = self->means};
    o.settle = o.rounds / 4;
    const hol_ais_options ladder = {.intervals = o.levels - 1,
                                    .adaptive = !hol_evaluate_is_classic(self),
                                    .seed = o.seed,
                                    .visible_means = self->means};
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(betas, o.levels, "ladder")));
    HOL_TRY(hol_ais_ladder(self->comm, self->model, self->theta, &ladder, betas));
    HOL_TRY(hol_evaluate_start(self, o.chains, &starts, &word));
    o.betas = betas;
    o.starts = starts;
    HOL_TRY(hol_bar_estimate(self->comm, self->model, self->theta, &o, &result));
    HOL_TRY(print_bar(self, &o, &result, word));
cleanup:
    hol_population_destroy(starts);
    hol_free(betas);
    return status;
}
