/* wait: how a rank waits for another one: it spins for a short while, then it sleeps.
 *
 * On a core of its own a rank that spins goes on soonest. On a busy core it takes the time of the very rank that it
 * waits for, or of others, so it must not spin for long. A flag is a word in memory that ranks share: who waits for it
 * sleeps in the kernel (a futex), and who raises it makes a system call only when somebody sleeps. Messages have no
 * such word: whoever waits for them looks again and again, at growing distances. */
#ifndef HOL_BASE_WAIT_H
#define HOL_BASE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>

/* How long a wait spins, in seconds: on cores enough for all ranks and threads of a node, and on too few; from when on
 * it lets others have the core between two looks. By measurement (tests/bench/busy.sh). */
#define HOL_WAIT_SPIN 60e-6
#define HOL_WAIT_SPIN_ALONE 5e-6
#define HOL_WAIT_SPIN_CROWDED 2e-6
/* The same for messages of other nodes, on cores enough: the pauses after it would be part of each of them. */
#define HOL_POLL_SPIN 1e-3
/* The longest sleep, in seconds: other things than flags may happen. */
#define HOL_WAIT_SLEEP 0.1

/* In shared or private memory, zeros at first. Values only grow (and wrap); each flag has one writer. */
typedef struct hol_flag {
    atomic_uint value;
    atomic_uint sleepers;
} hol_flag;

/* Sets the value. What was written before is seen by all who find the flag up. */
void hol_flag_raise(hol_flag *flag, unsigned value);
/* Whether it has reached the value. */
bool hol_flag_is_up(const hol_flag *flag, unsigned value);
/* Waits for it: spins for `spin` seconds, then sleeps for at most HOL_WAIT_SLEEP. Returns whether it is up: when not,
 * the caller looks at what else may have happened, and waits again. */
bool hol_flag_wait(hol_flag *flag, unsigned value, double spin);

/* Waiting by looking again and again, for what nobody can wake this rank for; zeros but for `spin`, in seconds. */
typedef struct hol_poll {
    double spin;
    double began_at; /* by hol_clock_now; 0: not yet */
} hol_poll;

/* One turn: returns at once for `spin` seconds, then sleeps for a twentieth of the time waited so far, within 50 and
 * 500 microseconds. */
void hol_poll_wait(hol_poll *poll);

#endif
