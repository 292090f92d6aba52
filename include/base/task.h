/* task: work that may take long: what it is, how much of it is done, and how long the rest takes, on stderr. On a
 * terminal one line, drawn over itself; otherwise plain lines, by time. Nothing is said of what takes less than ten
 * seconds, or where lines are plain and stay, a minute. Rank 0's own part stands for all. Not collective; one thread at
 * a time. */
#ifndef HOL_BASE_TASK_H
#define HOL_BASE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"

typedef struct hol_task {
    hol_comm *comm;    /* borrowed */
    char name[96];     /* "2^30 states by enumeration" */
    int64_t all, done; /* parts of the work, of about one size */
    bool is_terminal;
    bool is_told;     /* something was said */
    double began_at;  /* hol_clock_now */
    double looked_at; /* of the newest line; of the beginning */
} hol_task;

/* Work of `all` parts, which are named in the text. */
void hol_task_begin(hol_task *task, hol_comm *comm, int64_t all, const char *format, ...) HOL_FORMAT(4, 5);

/* So many more parts are done: the rank's position moves, and a line appears, where it is due. Cheap, but no part of a
 * training step. */
void hol_task_move(hol_task *task, int64_t parts);

/* Erases what a terminal shows of it; also after an error. */
void hol_task_end(hol_task *task);

/* Whether a line is due, times by hol_clock_now: on a terminal ten times a second; elsewhere when none has come for a
 * tenth of the time so far, but at least ten seconds and at most ten minutes. */
bool hol_task_is_due(bool is_terminal, double began_at, double drawn_at, double now);

#endif
