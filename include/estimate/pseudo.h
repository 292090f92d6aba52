/* pseudo: pseudo-log-likelihood, mean of ln p(v_i | all other visible units) over units and samples (Besag 1975). */
#ifndef HOL_ESTIMATE_PSEUDO_H
#define HOL_ESTIMATE_PSEUDO_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/exact.h"
#include "model/model.h"

typedef struct hol_pseudo_result {
    double mean;           /* nats per unit; NaN where the model can't say, -infinity with impossible samples */
    double standard_error; /* over the samples */
    int64_t impossible;    /* samples in which a variable that was looked at breaks a hard constraint */
} hol_pseudo_result;

/* One unit per sample, drawn with the key. model is prepared. Collective. */
hol_status hol_pseudo_drawn(hol_comm *comm, const hol_model *model, hol_population *data, hol_rng_key key,
                            hol_pseudo_result *ret) HOL_MUST_USE;

/* All units (of a model with columns of states, here and above: variables), by the model's own conditionals. Where it
 * has none each unit is flipped in turn, ln p(v_i | rest) = -softplus(F(v) - F(v with i flipped)), at the cost of as
 * many free energies as there are units. Those of coupled hidden units are enumerated, by theta, up to
 * HOL_PSEUDO_WORK states of them in all. Collective. */
#define HOL_PSEUDO_WORK 2e10
hol_status hol_pseudo_all(hol_comm *comm, const hol_model *model, const float *theta, hol_population *data,
                          hol_pseudo_result *ret) HOL_MUST_USE;

/* The same of rows that lack values: ln p(v_i | what else is known of the row), the missing ones summed out; the mean
 * over the units that are known of a row, then over rows, those of which nothing is known left out. NaN where the sums
 * cost too much (estimate/known.h). Collective. */
hol_status hol_pseudo_known(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                            hol_pseudo_result *ret) HOL_MUST_USE;

#endif
