/* cutset: exact ln Z of a product of tables over one and two variables by conditioning on a cutset (Pearl 1988): the
 * variables of the cutset are enumerated, in an order in which one of them changes by one state at a time, and all
 * others, no two of which share a table, summed out in closed form. What a restricted machine's ln Z is by the smaller
 * layer. Nothing here is collective. */
#ifndef HOL_ESTIMATE_CUTSET_H
#define HOL_ESTIMATE_CUTSET_H

#include "base/status.h"
#include "num/kernels.h"
#include "state/factors.h"

typedef struct hol_cutset hol_cutset; /* opaque */

/* Chooses the cutset: of what is left the variable with fewest neighbours is summed out, and these are enumerated
 * (ties: more states, then the lower number). factors is borrowed and must outlive *ret_cutset, which the caller
 * owns. */
hol_status hol_cutset_create(const hol_factors *factors, const hol_kernels *kernels,
                             hol_cutset **ret_cutset) HOL_MUST_USE;
/* NULL is fine. */
void hol_cutset_destroy(hol_cutset *cutset);

/* How many terms are added up; +infinity where a table has more than two variables or forbids a configuration: then
 * there is no ln Z by this way. */
double hol_cutset_work(const hol_cutset *cutset);

/* ln Z. HOL_USAGE when the work is infinite. */
hol_status hol_cutset_log_partition(hol_cutset *cutset, double *ret_log_partition) HOL_MUST_USE;

#endif
