/* independent: the model in which no column knows of another: what any model of the data should beat.
 *
 * Each column has the data's own frequencies, with one more row of every state, (n_s + 1) / (N + c) for c states, so
 * that a state that never occurred has a probability, too. */
#ifndef HOL_ESTIMATE_INDEPENDENT_H
#define HOL_ESTIMATE_INDEPENDENT_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "state/columns.h"

typedef struct hol_independent hol_independent; /* opaque */

/* Over `units` visible units, each a column of two states unless `columns` (borrowed; NULL or with count 0: none) says
 * otherwise. The caller owns *ret. Not collective. */
hol_status hol_independent_create(const hol_columns *columns, int64_t units, hol_independent **ret) HOL_MUST_USE;
/* NULL is fine. */
void hol_independent_destroy(hol_independent *independent);

/* Counts rows of this rank: bytes is (rows, units) of 0 and 1. Not collective. */
void hol_independent_add(hol_independent *independent, int64_t rows, const uint8_t *bytes);

/* The same of rows by how often each unit is on in them, in 1/65536: counts is (units). Not for columns of states. */
void hol_independent_add_counts(hol_independent *independent, int64_t rows, const int64_t *counts);

/* All ranks' counts together, and the probabilities by them. Collective. */
hol_status hol_independent_finish(hol_comm *comm, hol_independent *independent) HOL_MUST_USE;

/* ln p of a row (units) of 0 and 1. Not collective. */
double hol_independent_score(const hol_independent *independent, const uint8_t *bytes);

/* Columns: the variables of a pseudo-likelihood. */
int64_t hol_independent_columns(const hol_independent *independent);

/* Two models' scores of the same rows, this rank's `rows` of them. */
typedef struct hol_gain {
    double independent; /* mean of `baseline` */
    double mean;        /* of model - baseline */
    double error;       /* its standard error over the rows; NaN of one row */
} hol_gain;

/* NaN where a score is no number. Sums are of whole numbers of 2^-24, as in hol_population_mean. Collective. */
hol_status hol_gain_measure(hol_comm *comm, int64_t rows, const double *model, const double *baseline,
                            hol_gain *ret) HOL_MUST_USE;

#endif
