/* pace: what ranks wait for each other.
 *
 * All ranks end a step together, with its sums. The rank that computes longest, c_max(step), is who the others wait
 * for:
 *
 *     waiting of rank r = sum over steps of (c_max(step) - c_r(step))
 *
 * c_r being the step's time on rank r outside of the sums over ranks. What the sums take beyond that is transfer.
 * Neither synchronous clocks nor messages of their own are needed in the steps. */
#ifndef HOL_TRAIN_PACE_H
#define HOL_TRAIN_PACE_H

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_pace hol_pace; /* opaque */

/* The caller owns *ret_pace; comm is borrowed. Not collective. */
hol_status hol_pace_create(hol_comm *comm, hol_pace **ret_pace) HOL_MUST_USE;
void hol_pace_destroy(hol_pace *pace);

/* A step in which this rank spent `computing` seconds outside of the sums over ranks, and `communicating` in them.
 * Collective: every HOL_PACE_STEPS calls the ranks compare. */
enum { HOL_PACE_STEPS = 1024 };
hol_status hol_pace_add(hol_pace *pace, double computing, double communicating) HOL_MUST_USE;

/* Seconds since the last call, means over ranks: waiting for slower ranks, and the rest of the time in the sums.
 * Collective. */
hol_status hol_pace_settle(hol_pace *pace, double *ret_waiting, double *ret_exposed) HOL_MUST_USE;

#endif
