/* verdict: whether what was found of a model is to be believed. */
#ifndef HOL_ESTIMATE_VERDICT_H
#define HOL_ESTIMATE_VERDICT_H

#include <stdbool.h>

/* From good to bad; unknown: there is nothing to judge by. */
typedef enum hol_verdict { HOL_VERDICT_GOOD, HOL_VERDICT_CAUTION, HOL_VERDICT_BAD, HOL_VERDICT_UNKNOWN } hol_verdict;

enum { HOL_VERDICT_REASON = 256 };

/* Whether two estimates of one ln Z agree that are `difference` apart, with its standard error: within 3 of those, or
 * too near to matter; and in any case within 1 nat. */
bool hol_verdict_is_negligible(double difference, double error);

/* Two sides of annealing: `gap`, reverse minus forward, with its standard error, and the smaller of their effective
 * numbers of walks. `reason` gets why they are not to be believed; "" where they are. */
hol_verdict hol_verdict_of_sides(double gap, double error, double effective, char reason[HOL_VERDICT_REASON]);

#endif
