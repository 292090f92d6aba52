/* progress: lines about a run. */
#include "cli/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void hol_progress_start(hol_progress *progress, int64_t steps, int64_t batch_size, int64_t samples,
                        int64_t first_step) {
    *progress = (hol_progress){.steps = steps,
                               .batch_size = batch_size,
                               .samples = samples,
                               .first_step = first_step,
                               .began_at = hol_clock_now()};
}

static void append(char *text, int64_t size, const char *format, ...) HOL_FORMAT(3, 4);
static void append(char *text, int64_t size, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, (size_t)size - used, format, arguments);
    va_end(arguments);
}

static void append_pair(char *text, int64_t size, const char *name, double train, double valid) {
    if (isnan(train)) return;
    append(text, size, "  %s %.4f", name, train);
    if (!isnan(valid)) append(text, size, " (valid %.4f)", valid);
}

void hol_progress_describe(const double row[HOL_METRICS], char *text, int64_t size) {
    text[0] = '\0';
    append_pair(text, size, "log-likelihood", row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD],
                row[HOL_METRIC_VALID_LOG_LIKELIHOOD]);
    if (!isnan(row[HOL_METRIC_LOG_PARTITION_ERROR]))
        append(text, size, " +- %.2f by %.0f walks", row[HOL_METRIC_LOG_PARTITION_ERROR],
               row[HOL_METRIC_EFFECTIVE_WALKS]);
    append_pair(text, size, "pseudo", row[HOL_METRIC_PSEUDO_LIKELIHOOD], (double)NAN);
    append_pair(text, size, "free energy gap", row[HOL_METRIC_FREE_ENERGY_GAP], (double)NAN);
    append_pair(text, size, "reconstruction", row[HOL_METRIC_RECONSTRUCTION_ERROR], (double)NAN);
}

void hol_progress_duration(double seconds, char *text, int64_t size) {
    const long long whole = (long long)seconds;
    if (seconds < 60) (void)snprintf(text, (size_t)size, "%.1f s", seconds);
    else (void)snprintf(text, (size_t)size, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

static void describe_position(const hol_progress *self, int64_t step, char *text, int64_t size) {
    (void)snprintf(text, (size_t)size, "step %lld/%lld  epoch %.1f", (long long)step, (long long)self->steps,
                   (double)step * (double)self->batch_size / (double)self->samples);
}

void hol_progress_step(hol_progress *progress, const hol_state *state) {
    if (!hol_log_is_terminal()) return;
    const double now = hol_clock_now();
    if (now - progress->drawn_at < 0.1 && state->step < progress->steps) return;
    progress->drawn_at = now;
    const double per_step = (now - progress->began_at) / (double)(state->step - progress->first_step);
    char text[256], left[32], metrics[160] = "";
    describe_position(progress, state->step, text, sizeof text);
    hol_progress_duration(per_step * (double)(progress->steps - state->step), left, sizeof left);
    if (state->history.rows > 0)
        hol_progress_describe(state->history.values + (state->history.rows - 1) * HOL_METRICS, metrics, sizeof metrics);
    append(text, sizeof text, "  %.0f samples/s  %s left%s", (double)progress->batch_size / per_step, left, metrics);
    text[118] = '\0'; /* a wrapped line can't be drawn over */
    hol_log_transient(text);
}

void hol_progress_evaluation(hol_progress *progress, const hol_state *state) {
    if (hol_log_is_terminal() && state->step < progress->steps) return;
    const double *row = state->history.values + (state->history.rows - 1) * HOL_METRICS;
    char text[512], metrics[256];
    describe_position(progress, state->step, text, sizeof text);
    hol_progress_describe(row, metrics, sizeof metrics);
    if (row[HOL_METRIC_SAMPLES_PER_SECOND] > 0)
        append(text, sizeof text, "  %.0f samples/s", row[HOL_METRIC_SAMPLES_PER_SECOND]);
    hol_log("%s%s", text, metrics);
}
