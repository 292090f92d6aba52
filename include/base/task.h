/* task: work that may take long: what it is, how much of it is done, and how long the rest takes, on stderr. On a
 * terminal one line, drawn over itself; otherwise plain lines, by time. Nothing is said of what is over within
 * HOL_TASK_SILENT seconds. Rank 0's own part stands for all. Not collective; one thread at a time. */
#ifndef HOL_BASE_TASK_H
#define HOL_BASE_TASK_H

#include <stdbool.h>

#include "base/comm.h"

#define HOL_TASK_SILENT 10.0

typedef struct hol_task {
    hol_comm *comm; /* borrowed */
    char name[96];  /* "2^30 states by enumeration" */
    bool is_terminal;
    bool is_told;     /* something was said */
    double began_at;  /* hol_clock_now */
    double looked_at; /* of the newest line; of the beginning */
} hol_task;

void hol_task_begin(hol_task *task, hol_comm *comm, const char *format, ...) HOL_FORMAT(3, 4);

/* `share` of the work, of 0 to 1, is done: a line, where it is due. Cheap, but no part of a training step. */
void hol_task_move(hol_task *task, double share);

/* Erases what a terminal shows of it; also after an error. */
void hol_task_end(hol_task *task);

/* Whether a line is due, times by hol_clock_now: on a terminal ten times a second; elsewhere when none has come for a
 * tenth of the time so far, but at least ten seconds and at most ten minutes. */
bool hol_task_is_due(bool is_terminal, double began_at, double drawn_at, double now);

#endif
