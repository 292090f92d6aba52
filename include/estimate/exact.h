/* exact: ln Z by enumeration, shared out over ranks and threads, or by variable elimination. */
#ifndef HOL_ESTIMATE_EXACT_H
#define HOL_ESTIMATE_EXACT_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* The most units that are enumerated: 2^32 states. */
enum { HOL_EXACT_UNITS_MAX = 32 };

/* ln Z(theta, tau) of model, in double: the states are cut into chunks numbered over all ranks, each summed in its own
 * fixed order, and the chunks' logarithms are added in the order of their numbers, so that the result is the same to
 * the last bit on any layout. Where an enumeration would take long, or there are more than HOL_EXACT_UNITS_MAX units,
 * and elimination (estimate/elimination.h) costs less, rank 0 eliminates. HOL_USAGE when neither can be done.
 * Collective. */
hol_status hol_exact_log_partition(hol_comm *comm, const hol_model *model, const float *theta,
                                   double *ret_log_partition) HOL_MUST_USE;

/* p(x = s) of every variable x, one after the other, by the same ways: (hol_exact_marginal_count) numbers. Variables
 * are the model's columns where it has such, otherwise its visible units, and then hidden ones, of each of which there
 * are p(0) and p(1).
 * Collective. */
hol_status hol_exact_marginals(hol_comm *comm, const hol_model *model, const float *theta, double *ret_log_partition,
                               double *marginals) HOL_MUST_USE;
int64_t hol_exact_marginal_count(const hol_model *model);

/* How many evaluations of a unit's field ln Z costs: 2^units times the units that are summed out, or, where all
 * are enumerated, their number. */
double hol_exact_work(const hol_model *model);

/* The work of the cheaper way to ln Z, in field evaluations of an enumeration or entries of an elimination's tables;
 * +infinity when there is none. Elimination is looked at in models that are made from a graph. Not collective, but the
 * same on all ranks. */
hol_status hol_exact_cost(const hol_model *model, const float *theta, double *ret_work) HOL_MUST_USE;

typedef struct hol_exact_score {
    double mean;              /* of -F(v); -infinity when a row is impossible; NaN without rows, or with unknown ones */
    int64_t impossible;       /* rows that a hard constraint forbids, F = infinity */
    int64_t first_impossible; /* the first one's number; -1: there is none */
    int64_t unknown;          /* rows whose F the model can't give, or is beyond 2^38 / rows: too large to add up */
} hol_exact_score;

/* This rank's rows. */
typedef struct hol_exact_rows {
    const uint8_t *states;   /* (count, visible) bytes of 0 and 1 */
    const uint8_t *known;    /* likewise 1 where there is a value, the others being summed out; NULL:
                              * everywhere */
    const uint32_t *weights; /* (count), whole numbers (io/sample_weights.h); NULL: all alike */
    int64_t first, count;    /* numbered from first on over all ranks, which may have different numbers, 0 included */
} hol_exact_rows;

/* -F of each row, scores is (count): -infinity where a hard constraint forbids it, NaN where the model can't give it,
 * or the sum over what is missing costs too much, of the row or of all rows together (estimate/known.h); 0 of a row of
 * weight 0. Collective. */
hol_status hol_exact_scores(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                            double *scores) HOL_MUST_USE;

/* Their mean over the rows of all ranks, weighted, each rounded to 2^-24 and summed as a whole number, as in
 * hol_population_mean; a row of weight 0 is neither impossible nor unknown. Collective. */
hol_status hol_exact_mean(hol_comm *comm, const hol_exact_rows *rows, const double *scores,
                          hol_exact_score *ret) HOL_MUST_USE;

/* Fills the population with independent samples of the model: chunks of the enumeration are chosen by their parts of Z
 * and halved until one state of the enumerated units is left; the units that were summed out are drawn given it. A
 * chain's sample depends on its number and the key alone. HOL_USAGE when the kind can't be enumerated with means. About
 * the cost of an enumeration, and 2^(units - 9) states more for each chain. Collective. */
hol_status hol_exact_draw(hol_comm *comm, const hol_model *model, const float *theta, hol_rng_key key,
                          hol_population *population) HOL_MUST_USE;

#endif
