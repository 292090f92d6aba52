/* watchdog: ends a run that does not get on.
 *
 * A rank may be stuck where no error comes back: in a write to a file system that is gone, in a message to a rank that
 * was stopped. The others then wait for it without end, and their processors with them. So a thread of each rank looks
 * at its position (base/position.h). Has it not moved for the time that is allowed, the thread says on stderr where the
 * rank stands, gives the others a moment to say the same, and ends the process with exit code HOL_STALLED, which
 * mpirun and srun pass on after they have ended the rest. Time is counted in the thread's own looks: what a suspended
 * job or a sleeping machine misses does not count. */
#ifndef HOL_BASE_WATCHDOG_H
#define HOL_BASE_WATCHDOG_H

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_watchdog hol_watchdog; /* opaque */

/* In place of seconds: the larger of HOL_WATCHDOG_LEAST seconds and HOL_WATCHDOG_TIMES the longest time so far in which
 * the rank did not move. */
#define HOL_WATCHDOG_AUTO (-1.0)
#define HOL_WATCHDOG_LEAST 900.0
#define HOL_WATCHDOG_TIMES 10.0

/* Watches this rank from now on. seconds: allowed without a move, from 1, or HOL_WATCHDOG_AUTO; 0: nobody watches, and
 * *ret_watchdog is NULL. comm is borrowed and must outlive it. HOL_FAILURE when there can be no thread. The caller owns
 * *ret_watchdog. Not collective; every rank does it. */
hol_status hol_watchdog_create(hol_comm *comm, double seconds, hol_watchdog **ret_watchdog) HOL_MUST_USE;
/* Ends the watch. Not collective. NULL is fine. */
void hol_watchdog_destroy(hol_watchdog *watchdog);

#endif
