/* independent: the model in which no column knows of another: what any model of the data should beat.
 *
 * Each column has the data's own frequencies, with one more row of every state, (n_s + 1) / (N + c) for c states, so
 * that a state that never occurred has a probability, too. Where rows have weights (io/sample_weights.h), n_s is the
 * part of the weight that those with the state have, times N, the number of rows with a weight above 0. Where values
 * are missing, N is the part of the rows, by weight, in which the column is known. */
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

/* Counts rows of this rank: bytes is (rows, units) of 0 and 1, known likewise 1 where there is a value, or NULL where
 * there always is; weights (rows), or NULL for rows that are all alike. Not collective. */
void hol_independent_add(hol_independent *independent, int64_t rows, const uint8_t *bytes, const uint8_t *known,
                         const uint32_t *weights);

/* The same of so many rows of a weight above 0 by the weight with which each unit is on in them, in 1/65536, and that
 * with which it is known: counts and known are (units), weight the sum of all. Not where a
 * column's states lie in several binary digits (state/columns.h). */
void hol_independent_add_counts(hol_independent *independent, int64_t rows, hol_wide weight, const hol_wide *counts,
                                const hol_wide *known);

/* All ranks' counts together, and the probabilities by them. Collective. */
hol_status hol_independent_finish(hol_comm *comm, hol_independent *independent) HOL_MUST_USE;

/* ln p of a row (units) of 0 and 1, of its known values; known (units), or NULL. *ret_columns, unless NULL, is how many
 * columns it knows. Not collective. */
double hol_independent_score(const hol_independent *independent, const uint8_t *bytes, const uint8_t *known,
                             int64_t *ret_columns);

/* Columns: the variables of a pseudo-likelihood. */
int64_t hol_independent_columns(const hol_independent *independent);

/* Two models' scores of the same rows, this rank's `rows` of them. */
typedef struct hol_gain {
    double independent; /* mean of `baseline` */
    double mean;        /* of model - baseline */
    double error;       /* its standard error over the rows, by ESS where they have weights; NaN of one row */
} hol_gain;

/* Means over the rows, weights as above. NaN where a score is no number. Sums are of whole numbers of 2^-24, as in
 * hol_population_mean. Collective. */
hol_status hol_gain_measure(hol_comm *comm, int64_t rows, const uint32_t *weights, const double *model,
                            const double *baseline, hol_gain *ret) HOL_MUST_USE;

#endif
