/* elimination: exact ln Z and marginals of a product of tables by variable elimination.
 *
 * The variables are summed out one after the other, each together with all tables that mention it, in the min-fill
 * order: always the variable whose neighbours need fewest new links among them (ties: fewer entries, then the lower
 * number). The cost is exponential in the order's width, not in the number of variables. Marginals come from a second
 * pass over the same tables, from the last variable back to the first (Lauritzen & Spiegelhalter 1988; Jensen,
 * Lauritzen & Olesen 1990 for the division). All in logarithms and double; sums are taken in one order, so that the
 * result does not depend on threads. Nothing here is collective. */
#ifndef HOL_ESTIMATE_ELIMINATION_H
#define HOL_ESTIMATE_ELIMINATION_H

#include <stdint.h>

#include "base/status.h"
#include "state/factors.h"

/* The most entries that all tables of an elimination may have together: 1 GB. */
#define HOL_ELIMINATION_ENTRIES_MAX 134217728.0

typedef struct hol_elimination hol_elimination; /* opaque */

/* Chooses the order. factors is borrowed and must outlive *ret_elimination, which the caller owns. */
hol_status hol_elimination_create(const hol_factors *factors, hol_elimination **ret_elimination) HOL_MUST_USE;
void hol_elimination_destroy(hol_elimination *elimination);

/* Entries of all tables together; +infinity beyond HOL_ELIMINATION_ENTRIES_MAX, and for more than 16,384 variables:
 * nothing can be eliminated then. */
double hol_elimination_entries(const hol_elimination *elimination);

/* ln Z; -infinity when everything is forbidden. HOL_USAGE when there are too many entries. */
hol_status hol_elimination_log_partition(hol_elimination *elimination, double *ret_log_partition) HOL_MUST_USE;

/* After hol_elimination_log_partition: p(x_v = s) of all variables, one after the other: (sum of cardinalities). */
hol_status hol_elimination_marginals(hol_elimination *elimination, double *marginals) HOL_MUST_USE;

#endif
