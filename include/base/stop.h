/* stop: signals that ask a run to checkpoint.
 *
 * A handler only notes what came; the trainer adds the notes of all ranks into the step's reduction, so that every rank
 * acts on the same step. SIGUSR1, SIGTERM and SIGINT ask for a checkpoint and the end; SIGUSR2 for a checkpoint only. A
 * second SIGTERM or SIGINT, two seconds or more after the first of those, ends the process at once. */
#ifndef HOL_BASE_STOP_H
#define HOL_BASE_STOP_H

#include <stdbool.h>

#include "base/status.h"

/* Installs the handlers. Not collective; every rank does it. */
hol_status hol_stop_install(void) HOL_MUST_USE;

/* Whether this rank was asked to end, or to write a checkpoint. */
bool hol_stop_requested(void);
bool hol_stop_checkpoint_requested(void);

/* Asks for it from inside the program: the end (wall-time guard), a checkpoint (it is time for one). */
void hol_stop_request(void);
void hol_stop_request_checkpoint(void);
/* Takes back hol_stop_request, once the run that it was meant for has ended; what signals asked for stays. */
void hol_stop_withdraw(void);

/* Forgets the request for a checkpoint, once it is being served. */
void hol_stop_checkpoint_served(void);

/* What asked this rank for the end, as a number that other ranks can name, too: the largest of several ranks' is that
 * of one that was asked. 0 when nothing did. */
int hol_stop_code(void);
/* The name of the signal, "time limit" for hol_stop_request, "" for 0; and this rank's own. */
const char *hol_stop_name(int code);
const char *hol_stop_reason(void);

#endif
