/* evaluate_sides: ln Z from below, from above, and whether to believe it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
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
static hol_status add_likelihood(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down) {
    hol_exact_score score;
    const hol_status status = hol_evaluate_score(self, &score);
    if (status != HOL_OK || !self->bytes) return status;
    const double of_up = score.mean - (up ? up->log_partition : 0),
                 of_down = score.mean - (down ? down->log_partition : 0);
    if (up) hol_result_number(self->result, "ais_log_likelihood", of_up);
    if (down) hol_result_number(self->result, "reverse_ais_log_likelihood", of_down);
    const double log_partition = !up     ? down->log_partition
                                 : !down ? up->log_partition
                                         : fmax(up->log_partition, down->log_partition);
    if (hol_evaluate_likelihood(self, &score, log_partition)) {
        char sides[128];
        if (up && down) (void)snprintf(sides, sizeof sides, "%.4f (AIS), %.4f (reverse AIS)", of_up, of_down);
        else (void)snprintf(sides, sizeof sides, "%.4f", up ? of_up : of_down);
        hol_result_line(self->result, "log-likelihood", "%s nats per sample, mean of %lld in %s", sides,
                        (long long)self->rows, self->arguments.data);
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

static void add_verdict(hol_evaluation *self, const hol_ais_result *up, const hol_ais_result *down) {
    char text[REASON_SIZE];
    const double gap = down->log_partition - up->log_partition;
    const double error = sqrt(up->standard_error * up->standard_error + down->standard_error * down->standard_error);
    const hol_quantity found = {"gap", "gap_standard_error", "gap", gap, error, 4, "nats", 1};
    hol_result_quantity(self->result, &found, ", reverse minus forward");
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
    hol_result_text(self->result, "method", forward && reverse ? "both" : forward ? "ais" : "reverse-ais");
    hol_result_number(self->result, "chains", (double)o.chains);
    hol_result_number(self->result, "temperatures", (double)o.intervals);
    if (forward) {
        HOL_TRY(hol_ais_forward(self->comm, self->model, self->theta, &o, betas, &up));
        add_side(self->result, &o, &up, false, start);
    }
    if (reverse) {
        HOL_TRY(walk_down(self, &o, betas, &down, &start));
        add_side(self->result, &o, &down, true, start);
    }
    if (forward && reverse) add_verdict(self, &up, &down);
    HOL_TRY(add_likelihood(self, forward ? &up : NULL, reverse ? &down : NULL));
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

static hol_status add_bar(hol_evaluation *self, const hol_bar_options *o, const hol_bar_result *r, const char *start) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    hol_exact_score score;
    HOL_TRY(hol_evaluate_score(self, &score));
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
    hol_evaluate_verdict(self, find_bar_reason(r));
    if (hol_evaluate_likelihood(self, &score, r->log_partition))
        hol_result_line(to, "log-likelihood", "%.4f +- %.4f nats per sample, mean of %lld in %s",
                        score.mean - r->log_partition, r->standard_error, (long long)self->rows, self->arguments.data);
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
    HOL_TRY(add_bar(self, &o, &result, word));
cleanup:
    hol_population_destroy(starts);
    hol_free(betas);
    return status;
}
