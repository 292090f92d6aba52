/* missing: the positive phase where rows lack values.
 *
 * The gradient of ln p(known values) has the expectations E[T | known values]. The missing visible units are drawn with
 * the hidden ones, by sweeps that hold what is known:
 *
 *     missing visible units: independent bits, on with the column's mean over the rows in which it is known
 *     hidden given visible; then `sweeps` times: missing visible given hidden, hidden given visible
 *
 * Statistics are those of the states so drawn, hidden units by their levels. A kind that has states of its own to begin
 * at (hol_model_ops.randomize) begins there. */
#ifndef HOL_TRAIN_MISSING_H
#define HOL_TRAIN_MISSING_H

#include <stdint.h>

#include "base/status.h"
#include "model/model.h"

typedef struct hol_missing hol_missing; /* opaque */

/* means (model/means.h), of known values; borrowed for the call. sweeps is at least 1. The caller owns *ret. Not
 * collective. */
hol_status hol_missing_create(const hol_model *model, const double *means, int64_t sweeps,
                              hol_missing **ret) HOL_MUST_USE;
/* NULL is fine. */
void hol_missing_destroy(hol_missing *missing);

/* Draws what the population does not hold, as above: a function of the draw's key and step, the chain and the unit.
 * The model is prepared. Leaves states and levels as a sweep does. Not collective. */
void hol_missing_draw(const hol_missing *missing, const hol_model *model, hol_population *population,
                      const hol_draw *draw);

#endif
