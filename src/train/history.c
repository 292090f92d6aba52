/* history: a growing table. */
#include "train/history.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/verdict.h"

static const struct {
    const char *name, *text;
} metrics[HOL_METRICS] = {
    [HOL_METRIC_STEP] = {"step", "steps done when it was evaluated"},
    [HOL_METRIC_EPOCH] = {"epoch", "passes over the training data until then"},
    [HOL_METRIC_LEARNING_RATE] = {"learning_rate", "of the newest step"},
    [HOL_METRIC_TRAIN_FREE_ENERGY] = {"train_free_energy", "nats, mean over the evaluated training samples"},
    [HOL_METRIC_VALID_FREE_ENERGY] = {"valid_free_energy", "the same of the validation samples"},
    [HOL_METRIC_FREE_ENERGY_GAP] = {"free_energy_gap", "valid - train: grows when the model overfits"},
    [HOL_METRIC_RECONSTRUCTION_ERROR] = {"reconstruction_error", "mean squared, per visible unit"},
    [HOL_METRIC_PSEUDO_LIKELIHOOD] = {"pseudo_log_likelihood", "nats per visible unit, stochastic"},
    [HOL_METRIC_LOG_PARTITION] = {"log_partition", "ln Z, exact, or carried along"},
    [HOL_METRIC_TRAIN_LOG_LIKELIHOOD] = {"train_log_likelihood", "nats per sample, by log_partition"},
    [HOL_METRIC_VALID_LOG_LIKELIHOOD] = {"valid_log_likelihood", "the same of the validation samples"},
    [HOL_METRIC_PARAMETER_NORM] = {"parameter_norm", "Euclidean, all parameters"},
    [HOL_METRIC_GRADIENT_NORM] = {"gradient_norm", "of the newest step's gradient"},
    [HOL_METRIC_SAMPLES_PER_SECOND] = {"samples_per_second", "of epochs, since the last evaluation"},
    [HOL_METRIC_SECONDS_SAMPLING] = {"seconds_sampling",
                                     "sampling; of rank 0, since the last evaluation, as are the six below"},
    [HOL_METRIC_SECONDS_STATISTICS] = {"seconds_statistics", "the statistics"},
    [HOL_METRIC_SECONDS_COMMUNICATION] = {"seconds_communication", "sums over ranks: waiting and exposed"},
    [HOL_METRIC_SECONDS_UPDATE] = {"seconds_update", "the update"},
    [HOL_METRIC_SECONDS_INPUT] = {"seconds_input", "reading batches"},
    [HOL_METRIC_SECONDS_OUTPUT] = {"seconds_output", "writing checkpoints"},
    [HOL_METRIC_SECONDS_EVALUATION] = {"seconds_evaluation", "evaluations"},
    [HOL_METRIC_SECONDS_WAITING] = {"seconds_waiting", "mean over ranks: waiting for slower ones (imbalance)"},
    [HOL_METRIC_SECONDS_EXPOSED] = {"seconds_exposed", "mean over ranks: the sums over ranks, without waiting"},
    [HOL_METRIC_SECONDS_FIELDS] = {"seconds_fields", "the part of sampling that is fields, estimated"},
    [HOL_METRIC_NODES] = {"nodes", "on which the ranks were, since the last evaluation"},
    [HOL_METRIC_RANKS] = {"ranks", "number of ranks"},
    [HOL_METRIC_THREADS] = {"threads", "of each rank"},
    [HOL_METRIC_LOG_PARTITION_ERROR] = {"log_partition_error", "standard error of a carried ln Z; NaN: exact"},
    [HOL_METRIC_EFFECTIVE_WALKS] = {"effective_walks", "walks that carry ln Z, effectively; NaN: exact"},
    [HOL_METRIC_PEARSON] = {"pearson", "of the chains' connected correlations of pairs with the training data's"},
};

const char *hol_metric_name(hol_metric metric) { return metrics[metric].name; }

hol_status hol_history_append(hol_history *history, const double row[HOL_METRICS]) {
    const int64_t used = history->rows * HOL_METRICS;
    const hol_status status = HOL_GROW(history->values, used, used + HOL_METRICS, &history->capacity, "history");
    if (status != HOL_OK) return status;
    memcpy(history->values + used, row, HOL_METRICS * sizeof *row);
    history->rows++;
    return HOL_OK;
}

void hol_history_clear(hol_history *history) {
    hol_free(history->values);
    *history = (hol_history){0};
}

hol_status hol_history_reset(hol_history *history, int64_t rows) {
    double row[HOL_METRICS];
    for (int m = 0; m < HOL_METRICS; m++) row[m] = (double)NAN;
    hol_history_clear(history);
    for (int64_t r = 0; r < rows; r++) {
        const hol_status status = hol_history_append(history, row);
        if (status != HOL_OK) return status;
    }
    return HOL_OK;
}

void hol_history_list_fields(const hol_history *history, int64_t rows, hol_field_list *list) {
    for (int m = 0; m < HOL_METRICS; m++) {
        double *memory = history && history->values ? history->values + m : NULL;
        hol_field field = hol_field_vector("/history", metrics[m].name, HOL_FIELD_F64, rows, memory);
        field.owner = HOL_FIELD_FIRST;
        field.stride = HOL_METRICS;
        hol_field_describe(&field, "evaluations", NULL, metrics[m].text);
        if (m != HOL_METRIC_STEP) hol_field_set_presence(&field, HOL_FIELD_LATER, NULL);
        hol_field_list_add(list, &field);
    }
}

int64_t hol_history_best(const hol_history *history, hol_metric metric) {
    int64_t best = -1;
    for (int64_t r = 0; r < history->rows; r++) {
        const double value = history->values[r * HOL_METRICS + metric];
        if (!isnan(value) && (best < 0 || value > history->values[best * HOL_METRICS + metric])) best = r;
    }
    return best;
}

int64_t hol_history_since_best(const hol_history *history, hol_metric metric) {
    int64_t count = 0;
    const int64_t best = hol_history_best(history, metric);
    for (int64_t r = best + 1; best >= 0 && r < history->rows; r++)
        count += !isnan(history->values[r * HOL_METRICS + metric]);
    return count;
}

static double value_at(const hol_history *history, int64_t row, hol_metric metric) {
    return history->values[row * HOL_METRICS + metric];
}

bool hol_history_reaches(const hol_history *history, hol_metric metric, int64_t step, double value) {
    const int64_t last = history->rows - 1;
    return last >= 0 && (int64_t)value_at(history, last, HOL_METRIC_STEP) == step &&
           value_at(history, last, metric) >= value;
}

/* The row, with a number, that the last third begins at: the last one of the first two thirds; -1 for none. */
static int64_t find_late(const hol_history *history, hol_metric metric, double last_step) {
    int64_t late = -1;
    for (int64_t r = 0; r < history->rows; r++)
        if (isfinite(value_at(history, r, metric)) && value_at(history, r, HOL_METRIC_STEP) <= 2.0 / 3 * last_step)
            late = r;
    return late;
}

/* By least squares over the rows from `begin` on; times are steps from there, in units of the last one's. */
static void fit_line(const hol_history *history, hol_metric metric, int64_t begin, double length, hol_climb *ret) {
    double count = 0, t = 0, y = 0, tt = 0, ty = 0, squares = 0;
    for (int64_t r = begin; r < history->rows; r++) {
        const double value = value_at(history, r, metric);
        if (!isfinite(value)) continue;
        count++;
        t += (value_at(history, r, HOL_METRIC_STEP) - value_at(history, begin, HOL_METRIC_STEP)) / length;
        y += value;
    }
    for (int64_t r = begin; r < history->rows; r++) {
        const double value = value_at(history, r, metric);
        const double at = (value_at(history, r, HOL_METRIC_STEP) - value_at(history, begin, HOL_METRIC_STEP)) / length;
        if (!isfinite(value)) continue;
        tt += (at - t / count) * (at - t / count);
        ty += (at - t / count) * (value - y / count);
    }
    ret->late = ty / tt;
    for (int64_t r = begin; r < history->rows; r++) {
        const double value = value_at(history, r, metric);
        const double at = (value_at(history, r, HOL_METRIC_STEP) - value_at(history, begin, HOL_METRIC_STEP)) / length;
        if (!isfinite(value)) continue;
        const double off = value - y / count - ret->late * (at - t / count);
        squares += off * off;
    }
    ret->error = sqrt(squares / (count - 2) / tt);
}

/* Fewer rows than a line shows the noise of: a rise between them may well be over before the last. So by the last one
 * and the next before it that a sixth of the run lies between, each with the error that its ln Z has where that is
 * carried along. False when that is the first one. */
static bool compare_last(const hol_history *history, hol_metric metric, int64_t first, int64_t last, hol_climb *ret) {
    const double end = value_at(history, last, HOL_METRIC_STEP);
    int64_t before = last;
    double errors = 0;
    while (before > first &&
           (!isfinite(value_at(history, before, metric)) || value_at(history, before, HOL_METRIC_STEP) > 5.0 / 6 * end))
        before--;
    if (before == first || before == last) return false;
    for (int64_t r = before; r <= last; r += last - before) {
        const double error = value_at(history, r, HOL_METRIC_LOG_PARTITION_ERROR);
        if (isfinite(error)) errors += error * error;
    }
    const double thirds = end / 3 / (end - value_at(history, before, HOL_METRIC_STEP));
    ret->late = thirds * (value_at(history, last, metric) - value_at(history, before, metric));
    ret->error = thirds * sqrt(errors);
    return true;
}

bool hol_history_climbs(const hol_history *history, hol_metric metric, hol_climb *ret) {
    int64_t first = -1, last = -1, rows = 0;
    *ret = (hol_climb){0};
    for (int64_t r = 0; r < history->rows; r++) {
        if (!isfinite(value_at(history, r, metric))) continue;
        first = first < 0 ? r : first;
        last = r;
    }
    if (last < 0) return false;
    const double end = value_at(history, last, HOL_METRIC_STEP);
    const int64_t late = find_late(history, metric, end);
    for (int64_t r = late; late > first && r < history->rows; r++) rows += isfinite(value_at(history, r, metric));
    ret->total = value_at(history, last, metric) - value_at(history, first, metric);
    if (rows >= HOL_VERDICT_CLIMB_ROWS) fit_line(history, metric, late, end / 3, ret);
    else if (!compare_last(history, metric, first, last, ret)) return false;
    return hol_verdict_is_climbing(ret->late, ret->error, ret->total, rows);
}
