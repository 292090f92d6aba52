/* verdict: thresholds, and words. */
#include "estimate/verdict.h"

#include <math.h>
#include <stdio.h>

#define GAP_NEGLIGIBLE 0.1
#define GAP_MAX 1.0
/* an estimate that a handful of walks decide is none */
#define EFFECTIVE_MIN 10.0

bool hol_verdict_is_negligible(double difference, double error) {
    return fabs(difference) <= GAP_MAX && (fabs(difference) <= GAP_NEGLIGIBLE || fabs(difference) <= 3 * error);
}

hol_verdict hol_verdict_of_sides(double gap, double error, double effective, char reason[HOL_VERDICT_REASON]) {
    const bool thin = !(effective >= EFFECTIVE_MIN), close = hol_verdict_is_negligible(gap, error);
    reason[0] = '\0';
    if (close && !thin) return HOL_VERDICT_GOOD;
    if (close || fabs(gap) <= GAP_MAX)
        (void)snprintf(reason, HOL_VERDICT_REASON, "%s; more --temperatures or --chains may bring the sides together",
                       thin ? "a few walks carry all the weight" : "the sides differ by more than their errors");
    else
        (void)snprintf(reason, HOL_VERDICT_REASON,
                       "the sides are %.1f nats apart; more --temperatures bring them together, unless the chains do "
                       "not mix (--method mixing)",
                       fabs(gap));
    return HOL_VERDICT_BAD;
}
