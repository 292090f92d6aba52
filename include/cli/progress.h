/* progress: what a training run says while it goes. On a terminal one line, drawn over itself; otherwise a plain line
 * per evaluation, and by time where none comes. Rank 0 only. */
#ifndef HOL_CLI_PROGRESS_H
#define HOL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "train/trainer.h"

typedef struct hol_progress {
    hol_comm *comm; /* borrowed */
    int64_t steps; /* of the whole run */
    int64_t batch_size;
    int64_t samples;    /* of the data set, for epochs */
    int64_t first_step; /* where this process began */
    bool is_terminal;
    double began_at; /* hol_clock_now */
    double drawn_at; /* of the newest line */
} hol_progress;

void hol_progress_start(hol_progress *progress, hol_comm *comm, int64_t steps, int64_t batch_size, int64_t samples,
                        int64_t first_step);

/* After a step: the line, where it is due. */
void hol_progress_step(hol_progress *progress, const hol_state *state);

/* Whether it is, at a time by hol_clock_now: as hol_task_is_due, lines of evaluations being lines, too. */
bool hol_progress_is_due(const hol_progress *progress, int64_t step, double now);

/* After an evaluation: the plain line, of at most 80 columns. */
void hol_progress_evaluation(hol_progress *progress, const hol_state *state);

/* The metrics of a history's row as text: "  log-likelihood -12.34 (valid ...)  pseudo ..."; what is NaN is left
 * out. */
void hol_progress_describe(const double row[HOL_METRICS], char *text, int64_t size);

/* As many of the fields as `columns` hold, the first ones, with two blanks between them: none is cut. Text has `size`
 * bytes. Empty where not even the first fits. */
void hol_progress_fit(const char *const *fields, int count, int columns, char *text, int64_t size);

#endif
