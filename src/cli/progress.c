/* progress: lines about a run. */
#include "cli/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"

enum { FIELDS_MOST = 8, FIELD_SIZE = 96 };
typedef char field[FIELD_SIZE];

void hol_progress_start(hol_progress *progress, hol_comm *comm, int64_t steps, int64_t batch_size, int64_t samples,
                        int64_t first_step) {
    *progress = (hol_progress){.comm = comm,
                               .steps = steps,
                               .batch_size = batch_size,
                               .samples = samples,
                               .first_step = first_step,
                               .is_terminal = hol_log_is_terminal(comm),
                               .began_at = hol_clock_now()};
    progress->drawn_at = progress->began_at;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static void append(char *text, int64_t size, const char *format, ...) HOL_FORMAT(3, 4);
static void append(char *text, int64_t size, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, (size_t)size - used, format, arguments);
    va_end(arguments);
}

/* a metric that is a number becomes a field */
static void add_metric(field *fields, int *count, const char *name, double train, double valid) {
    if (isnan(train)) return;
    (void)snprintf(fields[*count], FIELD_SIZE, "%s %.4f", name, train);
    if (!isnan(valid)) append(fields[*count], FIELD_SIZE, " (valid %.4f)", valid);
    ++*count;
}

static int make_metrics(const double row[HOL_METRICS], field fields[FIELDS_MOST]) {
    int count = 0;
    add_metric(fields, &count, "log-likelihood", row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD],
               row[HOL_METRIC_VALID_LOG_LIKELIHOOD]);
    if (count > 0 && !isnan(row[HOL_METRIC_LOG_PARTITION_ERROR]))
        append(fields[0], FIELD_SIZE, " +- %.2f by %.0f walks", row[HOL_METRIC_LOG_PARTITION_ERROR],
               row[HOL_METRIC_EFFECTIVE_WALKS]);
    add_metric(fields, &count, "Pearson", row[HOL_METRIC_PEARSON], (double)NAN);
    add_metric(fields, &count, "pseudo", row[HOL_METRIC_PSEUDO_LIKELIHOOD], (double)NAN);
    add_metric(fields, &count, "F gap", row[HOL_METRIC_FREE_ENERGY_GAP], (double)NAN);
    add_metric(fields, &count, "recon", row[HOL_METRIC_RECONSTRUCTION_ERROR], (double)NAN);
    return count;
}

void hol_progress_describe(const double row[HOL_METRICS], char *text, int64_t size) {
    field fields[FIELDS_MOST];
    const int count = make_metrics(row, fields);
    text[0] = '\0';
    for (int k = 0; k < count; k++) append(text, size, "  %s", fields[k]);
}

void hol_progress_fit(const char *const *fields, int count, int columns, char *text, int64_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < count; k++) {
        const size_t gap = k ? 2 : 0, next = used + gap + strlen(fields[k]);
        if (next > (size_t)columns || next >= (size_t)size) return;
        append(text, size, "%s%s", k ? "  " : "", fields[k]);
        used = next;
    }
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static double epoch_of(const hol_progress *self, int64_t step) {
    return (double)step * (double)self->batch_size / (double)self->samples;
}

static void describe_epoch(const hol_progress *self, int64_t step, field text) {
    const double epoch = epoch_of(self, step);
    (void)snprintf(text, FIELD_SIZE, "epoch %.*f", epoch < 10, epoch);
}

static void describe_position(const hol_progress *self, int64_t step, field text) {
    field epoch;
    describe_epoch(self, step, epoch);
    (void)snprintf(text, FIELD_SIZE, "step %lld/%lld", (long long)step, (long long)self->steps);
    append(text, FIELD_SIZE, "  %s", epoch);
}

/* How fast it goes, and how long it still takes. */
static void describe_pace(const hol_progress *self, int64_t step, double now, char *speed, char *left) {
    char duration[32];
    const double per_step = (now - self->began_at) / fmax((double)(step - self->first_step), 1);
    (void)snprintf(speed, FIELD_SIZE, "%.0f/s", (double)self->batch_size / per_step);
    hol_clock_describe(per_step * (double)(self->steps - step), duration, sizeof duration);
    (void)snprintf(left, FIELD_SIZE, "%s left", duration);
}

/* What matters most comes first, for the terminal may be narrow. A line that reaches the last column may wrap, and a
 * wrapped line can't be drawn over. */
static void describe_run(const hol_progress *self, const hol_state *state, double now, char *text, int64_t size) {
    field fields[4], metrics[FIELDS_MOST];
    const char *all[4 + FIELDS_MOST];
    int count = 0;
    (void)snprintf(fields[0], FIELD_SIZE, "step %lld/%lld", (long long)state->step, (long long)self->steps);
    describe_pace(self, state->step, now, fields[2], fields[1]);
    describe_epoch(self, state->step, fields[3]);
    const int measured = state->history.rows > 0
                             ? make_metrics(state->history.values + (state->history.rows - 1) * HOL_METRICS, metrics)
                             : 0;
    all[count++] = fields[0];
    all[count++] = fields[1];
    if (measured > 0) all[count++] = metrics[0];
    all[count++] = fields[2];
    all[count++] = fields[3];
    for (int k = 1; k < measured; k++) all[count++] = metrics[k];
    hol_progress_fit(all, count, hol_log_get_width() - 1, text, size);
}

static void draw_line(const hol_progress *self, const hol_state *state, double now) {
    char text[512];
    describe_run(self, state, now, text, sizeof text);
    hol_log_transient(self->comm, text);
}

static void print_line(const hol_progress *self, int64_t step, double now) {
    field text, speed, left;
    describe_position(self, step, text);
    describe_pace(self, step, now, speed, left);
    hol_log(self->comm, "%s  %s  %s", text, speed, left);
}

bool hol_progress_is_due(const hol_progress *progress, int64_t step, double now) {
    const bool is_due = hol_task_is_due(progress->is_terminal, progress->began_at, progress->drawn_at, now);
    const bool is_last = step >= progress->steps; /* it is evaluated */
    return progress->is_terminal ? is_last || is_due : !is_last && is_due;
}

void hol_progress_step(hol_progress *progress, const hol_state *state) {
    const double now = hol_clock_now();
    if (!hol_progress_is_due(progress, state->step, now)) return;
    progress->drawn_at = now;
    if (progress->is_terminal) draw_line(progress, state, now);
    else print_line(progress, state->step, now);
}

/* Of a line in a log, too, the first fields come first: what does not fit is in the history. */
void hol_progress_evaluation(hol_progress *progress, const hol_state *state) {
    enum { COLUMNS = 80 };
    const double *row = state->history.values + (state->history.rows - 1) * HOL_METRICS;
    char text[512];
    field fields[2], metrics[FIELDS_MOST];
    const char *all[2 + FIELDS_MOST] = {fields[0]};
    if (progress->is_terminal) { /* the last line stays */
        describe_run(progress, state, hol_clock_now(), text, sizeof text);
        if (state->step >= progress->steps) hol_log(progress->comm, "%s", text);
        return;
    }
    describe_position(progress, state->step, fields[0]);
    (void)snprintf(fields[1], FIELD_SIZE, "%.0f/s", row[HOL_METRIC_SAMPLES_PER_SECOND]);
    const int measured = make_metrics(row, metrics);
    for (int k = 0; k < measured; k++) all[1 + k] = metrics[k];
    all[1 + measured] = fields[1];
    hol_progress_fit(all, 1 + measured + (row[HOL_METRIC_SAMPLES_PER_SECOND] > 0), COLUMNS, text, sizeof text);
    hol_log(progress->comm, "%s", text);
    progress->drawn_at = hol_clock_now();
}
