/* means: of the columns of data, by which biases and independent columns begin.
 *
 * A column has a mean for each of its units; but where more than two states lie in binary digits (state/columns.h), one
 * for each state: its frequency. The vector of all columns' is what hol_model_ops.initialize and independent take as
 * visible_means. */
#ifndef HOL_MODEL_MEANS_H
#define HOL_MODEL_MEANS_H

#include "base/comm.h"
#include "base/status.h"
#include "base/sum.h"
#include "model/model.h"

/* How many numbers the vector has. Not collective. */
int64_t hol_means_count(const hol_model *model);

/* Adds a row's weight, in 1/65536, to the counts of what is on in it, and the weight itself to `all` of what is known;
 * both are (means). bytes and known are (visible) of 0 and 1; known NULL: all is. Not collective. */
void hol_means_add(const hol_model *model, const uint8_t *bytes, const uint8_t *known, int64_t weight, hol_wide *counts,
                   hol_wide *all);

/* The means from sums over all rows, 1/2 of a unit of which nothing is known. With `share` above 0 so much of them, 0
 * to 1, is that of fair states: 1/2 of a unit, 1 / q of one of q states. Not collective. */
void hol_means_get(const hol_model *model, const hol_wide *counts, const hol_wide *all, double share, double *means);

/* The same from each rank's own, which become the sums over all ranks. Collective. */
hol_status hol_means_find(hol_comm *comm, const hol_model *model, hol_wide *counts, hol_wide *all, double share,
                          double *means) HOL_MUST_USE;

#endif
