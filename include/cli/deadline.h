/* deadline: the end of the time that a run has, and when it must begin to stop.
 *
 * A request to end is served after the step that follows it, so what is kept in reserve is two of the longest steps
 * (evaluations included), two checkpoints, and a margin. Rank 0's clock decides. */
#ifndef HOL_CLI_DEADLINE_H
#define HOL_CLI_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_deadline {
    double at;                 /* by hol_clock_now; infinite when there is none */
    double margin;             /* seconds, for what follows the checkpoint */
    double guess;              /* seconds of a checkpoint as long as none has been measured */
    double longest_checkpoint; /* seconds; 0: none yet */
    double longest_step;       /* seconds between two steps, without checkpoints */
    double stepped_at;         /* by hol_clock_now */
    double interrupted;        /* seconds of checkpoints since then */
} hol_deadline;

/* A duration: seconds ("90", "0.5"), M:SS, H:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS. All but the first number have two
 * digits, and stay below 60 or 24. HOL_USAGE for anything else, and for 0. `name` is the option. */
hol_status hol_deadline_parse(const char *name, const char *text, double *ret_seconds) HOL_MUST_USE;

/* The value of train.watchdog: a time from 1 s likewise, or auto (HOL_WATCHDOG_AUTO), or off or 0 (0). False, without a
 * message, for anything else. */
bool hol_deadline_parse_watchdog(const char *text, double *ret_seconds);

/* A run that began at began_at (hol_clock_now) may take max_seconds; 0: as long as its Slurm job, whose end is in
 * SLURM_JOB_END_TIME (seconds since 1970; set by newer Slurms, and by jobs/train.sbatch). Where there is neither, it
 * has no deadline. checkpoint_bytes is for the guess. Not collective. */
void hol_deadline_start(hol_deadline *deadline, hol_comm *comm, double began_at, double max_seconds,
                        int64_t checkpoint_bytes);

/* A checkpoint took so many seconds. */
void hol_deadline_checkpointed(hol_deadline *deadline, double seconds);

/* After every step: asks for the end (hol_stop_request) when it is time. */
void hol_deadline_stepped(hol_deadline *deadline);

#endif
