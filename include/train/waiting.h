/* waiting: what ranks wait for each other.
 *
 * All ranks end a step together, with its sums. The rank that computes longest, c_max(step), is who the others wait
 * for:
 *
 *     waiting of rank r = sum over steps of (c_max(step) - c_r(step))
 *
 * c_r being the step's time on rank r outside of the sums over ranks. What the sums take beyond that is transfer.
 * Neither synchronous clocks nor messages of their own are needed in the steps. */
#ifndef HOL_TRAIN_WAITING_H
#define HOL_TRAIN_WAITING_H

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_waiting hol_waiting; /* opaque */

/* The caller owns *ret_waiting; comm is borrowed. Not collective. */
hol_status hol_waiting_create(hol_comm *comm, hol_waiting **ret_waiting) HOL_MUST_USE;
void hol_waiting_destroy(hol_waiting *waiting);

/* A step in which this rank spent `computing` seconds outside of the sums over ranks, and `communicating` in them.
 * Collective: every HOL_WAITING_STEPS calls the ranks compare. */
enum { HOL_WAITING_STEPS = 1024 };
hol_status hol_waiting_add(hol_waiting *waiting, double computing, double communicating) HOL_MUST_USE;

/* Seconds since the last call, means over ranks: waiting for slower ranks, and the rest of the time in the sums.
 * Collective. */
hol_status hol_waiting_settle(hol_waiting *waiting, double *ret_waiting, double *ret_exposed) HOL_MUST_USE;

#endif
