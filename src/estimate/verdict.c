/* verdict: facts against thresholds, and in words. */
#include "estimate/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

static const char *const words[] = {[HOL_VERDICT_GOOD] = "agreed",
                                    [HOL_VERDICT_CAUTION] = "caution",
                                    [HOL_VERDICT_BAD] = "do not trust",
                                    [HOL_VERDICT_UNKNOWN] = ""};

const char *hol_verdict_word(hol_verdict verdict) { return words[verdict]; }

hol_verdict hol_verdict_from_word(const char *word) {
    int verdict = HOL_VERDICT_GOOD;
    while (verdict < HOL_VERDICT_UNKNOWN && strcmp(words[verdict], word) != 0) verdict++;
    return (hol_verdict)verdict;
}

static hol_verdict say(hol_verdict verdict, hol_verdict_reason reason, const char *format, ...) HOL_FORMAT(3, 4);
static hol_verdict say(hol_verdict verdict, hol_verdict_reason reason, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, HOL_VERDICT_REASON, format, arguments);
    va_end(arguments);
    return verdict;
}

static hol_verdict agree(hol_verdict_reason reason) {
    reason[0] = '\0';
    return HOL_VERDICT_GOOD;
}

/* ---- ln Z -------------------------------------------------------------------------------------------------------- */

/* of two estimates of one ln Z: within their errors, or too near to matter */
static bool is_negligible(double difference, double error) {
    return fabs(difference) <= HOL_VERDICT_GAP_MAX &&
           (fabs(difference) <= HOL_VERDICT_GAP_NEGLIGIBLE || fabs(difference) <= HOL_VERDICT_ERRORS * error);
}

hol_verdict hol_verdict_of_sides(double gap, double error, double effective, hol_verdict_reason reason) {
    const bool is_thin = !(effective >= HOL_VERDICT_WALKS_MIN), is_close = is_negligible(gap, error);
    if (is_close && !is_thin) return agree(reason);
    if (is_close || fabs(gap) <= HOL_VERDICT_GAP_MAX)
        return say(HOL_VERDICT_BAD, reason, "%s; more --temperatures or --chains may bring the sides together",
                   is_thin ? "a few walks carry all the weight" : "the sides differ by more than their errors");
    return say(HOL_VERDICT_BAD, reason,
               "the sides are %.1f nats apart; more --temperatures bring them together, unless the chains do not mix "
               "(--method mixing)",
               fabs(gap));
}

hol_verdict hol_verdict_of_tempering(double least_rate, double starts_gap, double starts_gap_error, double drift,
                                     double drift_error, hol_verdict_reason reason) {
    if (least_rate < HOL_VERDICT_EXCHANGES_MIN)
        return say(HOL_VERDICT_BAD, reason, "neighbours hardly exchange; more --temperatures");
    if (!is_negligible(starts_gap, starts_gap_error))
        return say(HOL_VERDICT_BAD, reason, "what the chains began at still shows; more --sweeps");
    if (!is_negligible(drift, drift_error))
        return say(HOL_VERDICT_BAD, reason, "the estimate still drifts; more --sweeps");
    return agree(reason);
}

bool hol_verdict_are_enough(double effective, int64_t walks) {
    return effective >= HOL_VERDICT_WALKS_SHARE * (double)walks;
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

hol_verdict hol_verdict_of_gain(const hol_gain *gain, hol_verdict_reason reason) {
    const double errors = HOL_VERDICT_ERRORS * gain->error, share = HOL_VERDICT_GAIN_SHARE * fabs(gain->independent);
    if (!(gain->mean < errors) && !(gain->mean < share)) return agree(reason);
    if (-gain->mean > errors && -gain->mean > share)
        return say(HOL_VERDICT_BAD, reason,
                   "it has diverged, or swings at too large a rate (a smaller train.learning_rate)");
    return say(HOL_VERDICT_CAUTION, reason,
               "it has learned little (a longer run, another train.learning_rate), or the columns have little to do "
               "with each other");
}

const char *hol_verdict_describe_gain(hol_verdict verdict) {
    return verdict == HOL_VERDICT_BAD       ? "worse than independent columns"
           : verdict == HOL_VERDICT_CAUTION ? "hardly better than independent columns"
                                            : "better than independent columns";
}

bool hol_verdict_is_climbing(double late, double error, double total, int64_t rows) {
    const double share = rows < HOL_VERDICT_CLIMB_ROWS ? HOL_VERDICT_CLIMB_SHARE_OF_FEW : HOL_VERDICT_CLIMB_SHARE;
    return total > 0 && late > HOL_VERDICT_ERRORS * error && late > share * total;
}

bool hol_verdict_is_past_best(double fall, double climb, double error) {
    return fall > HOL_VERDICT_FALL_SHARE * climb && fall > HOL_VERDICT_ERRORS * error;
}

bool hol_verdict_is_lagging(double free_energy_gap) { return free_energy_gap > HOL_VERDICT_FREE_ENERGY_GAP; }

/* ---- chains ------------------------------------------------------------------------------------------------------ */

hol_verdict hol_verdict_of_rhat(double rhat, double largest, hol_verdict_reason reason) {
    if (!(rhat > largest)) return agree(reason);
    return say(HOL_VERDICT_CAUTION, reason, "R-hat above %.2f: chains have not met in this many sweeps", largest);
}

hol_verdict hol_verdict_of_difference(double difference, hol_verdict_reason reason) {
    if (!(fabs(difference) > HOL_VERDICT_CHAINS_ERRORS)) return agree(reason);
    return say(HOL_VERDICT_BAD, reason,
               "chains begun at random end elsewhere than those of the run: one of them has not reached the model, and "
               "what is estimated from them can't be trusted");
}

hol_verdict hol_verdict_of_approach(double last, double least, int64_t sweeps, double chance,
                                    hol_verdict_reason reason) {
    if (!(last > HOL_VERDICT_LEAVES_FACTOR * least + HOL_VERDICT_LEAVES_CHANCE * chance)) return agree(reason);
    return say(HOL_VERDICT_CAUTION, reason,
               "chains begun at random come nearest to the data after %lld sweeps and then leave them: the model was "
               "trained out of equilibrium (more train.sweeps, or tempering)",
               (long long)sweeps);
}

hol_verdict hol_verdict_of_times(double times, hol_verdict_reason reason) {
    if (!(times < HOL_VERDICT_TIMES_ENOUGH)) return agree(reason);
    return say(times < HOL_VERDICT_TIMES_SLOW ? HOL_VERDICT_CAUTION : HOL_VERDICT_UNKNOWN, reason,
               "too few sweeps to tell");
}

/* ---- samples beside data ----------------------------------------------------------------------------------------- */

hol_verdict hol_verdict_of_pairs(const hol_comparison *pairs, double chance, hol_verdict_reason reason) {
    const bool is_chance = pairs->rms < HOL_VERDICT_PAIRS_CHANCE * chance;
    const bool is_alike = pairs->pearson > HOL_VERDICT_PEARSON_GOOD - HOL_VERDICT_PEARSON_FALL &&
                          fabs(pairs->slope - 1) < HOL_VERDICT_SLOPE_OFF;
    if (is_chance || is_alike) return agree(reason);
    if (pairs->pearson > HOL_VERDICT_PEARSON_FAIR) return say(HOL_VERDICT_CAUTION, reason, "roughly as in the data");
    return say(HOL_VERDICT_BAD, reason, "not as in the data");
}

hol_verdict hol_verdict_of_fall(double own, double later, double error, bool are_fresh, hol_verdict_reason reason) {
    const double fall = own - later;
    if (fall < HOL_VERDICT_PEARSON_FALL) return agree(reason);
    if (fall <= HOL_VERDICT_ERRORS * error)
        return say(HOL_VERDICT_CAUTION, reason, "Pearson falls by %.4f +- %.4f: more train.chains would tell", fall,
                   error);
    return say(HOL_VERDICT_BAD, reason, "Pearson falls from %.4f to %.4f in %s: use more train.sweeps or train.chains",
               own, later, are_fresh ? "fresh chains" : "more sweeps");
}

hol_verdict hol_verdict_of_arrival(double own, double fresh, int64_t sweeps, hol_verdict_reason reason) {
    if (own - fresh < HOL_VERDICT_PEARSON_FALL) return agree(reason);
    return say(
        HOL_VERDICT_CAUTION, reason,
        "fresh chains have come to Pearson %.4f in %lld sweeps and still change, where the run's have %.4f: more "
        "--sweeps would tell",
        fresh, (long long)sweeps, own);
}

hol_verdict hol_verdict_of_energies(double apart, double deviation, hol_verdict_reason reason) {
    const double off = fabs(apart);
    if (off < fmax(HOL_VERDICT_ENERGIES_GOOD * deviation, HOL_VERDICT_ENERGIES_NATS)) return agree(reason);
    return say(off < HOL_VERDICT_ENERGIES_FAIR * deviation ? HOL_VERDICT_CAUTION : HOL_VERDICT_BAD, reason, "%s",
               apart > 0 ? "less probable than data" : "more probable than data");
}
