/* task: the first line when enough is done to tell how long it takes, the others when they are due. */
#include "base/task.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

/* what tells the speed: so many seconds, and so much of the work, or time enough for all that takes none */
#define SECONDS_TELL 1.0
#define SHARE_TELLS 0.01
#define SECONDS_ENOUGH 10.0
/* work that takes less is not told of: a line that stays is for what is waited for */
#define SHORT_ON_TERMINAL 10.0
#define SHORT 60.0

void hol_task_begin(hol_task *task, hol_comm *comm, int64_t all, const char *format, ...) {
    va_list arguments;
    *task = (hol_task){.comm = comm, .all = all, .is_terminal = hol_log_is_terminal(comm), .began_at = hol_clock_now()};
    task->looked_at = task->began_at;
    va_start(arguments, format);
    (void)vsnprintf(task->name, sizeof task->name, format, arguments);
    va_end(arguments);
}

bool hol_task_is_due(bool is_terminal, double began_at, double drawn_at, double now) {
    const double since = now - drawn_at;
    return is_terminal ? since >= 0.1 : since >= fmin(fmax((now - began_at) / 10, 10), 600);
}

void hol_task_move(hol_task *task, int64_t parts) {
    hol_position_move(hol_comm_position(task->comm));
    task->done += parts;
    const double now = hol_clock_now(), past = now - task->began_at, share = (double)task->done / (double)task->all;
    char text[256], left[32];
    const bool tells = past >= SECONDS_ENOUGH || (past >= SECONDS_TELL && share >= SHARE_TELLS);
    if (!(share > 0) || share >= 1) return;
    if (task->is_told ? !hol_task_is_due(task->is_terminal, task->began_at, task->looked_at, now)
                      : !tells || past / share < (task->is_terminal ? SHORT_ON_TERMINAL : SHORT))
        return;
    hol_clock_describe(past / share - past, left, sizeof left);
    (void)snprintf(text, sizeof text, "%s  %.1f %%  %s left", task->name, 100 * share, left);
    if (task->is_terminal) hol_log_transient(task->comm, text);
    else hol_log(task->comm, "%s", text);
    task->is_told = true;
    task->looked_at = now;
}

void hol_task_end(hol_task *task) {
    if (task->is_told) hol_log_transient(task->comm, NULL);
}
