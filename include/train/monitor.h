/* monitor: the metrics of an evaluation, on fixed samples of the training and validation sets.
 *
 * Of samples that lack values likelihoods and free energies are those of what is known of them (estimate/known.h), NaN
 * where that is too much to sum out; for the others the missing values are drawn by a few sweeps, and
 * pseudo-likelihoods are of known ones. */
#ifndef HOL_TRAIN_MONITOR_H
#define HOL_TRAIN_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "train/history.h"

typedef struct hol_monitor hol_monitor; /* opaque */

/* The exact_units of "where it costs next to nothing": at most HOL_MONITOR_CHEAP_WORK evaluations of a field. */
enum { HOL_MONITOR_EXACT_CHEAP = -1 };
#define HOL_MONITOR_CHEAP_WORK 4e6

/* model, train_set and valid_set (may be NULL) are borrowed. Likelihoods are exact where the enumeration has at most
 * exact_units units (0: never). The caller owns *ret_monitor. Not collective. */
hol_status hol_monitor_create(const hol_model *model, hol_population *train_set, hol_population *valid_set,
                              int64_t exact_units, uint64_t seed, hol_monitor **ret_monitor) HOL_MUST_USE;
void hol_monitor_destroy(hol_monitor *monitor);

/* Whether ln Z is enumerated at every evaluation. */
bool hol_monitor_is_exact(const hol_monitor *monitor);

/* Finds whether missing values can be summed out; once, before all evaluations. Collective. */
hol_status hol_monitor_look(hol_monitor *monitor, hol_comm *comm) HOL_MUST_USE;
/* Whether they can, or there are none. */
bool hol_monitor_sums_out(const hol_monitor *monitor);

/* Fills the metrics that follow from the model (free energies to log-likelihoods); the model is prepared with theta.
 * Each is the same to the last bit on any number of ranks. Collective. */
hol_status hol_monitor_evaluate(hol_monitor *monitor, hol_comm *comm, const float *theta,
                                double row[HOL_METRICS]) HOL_MUST_USE;

#endif
