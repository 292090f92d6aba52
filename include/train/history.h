/* history: the metrics of a run, a row per evaluation. */
#ifndef HOL_TRAIN_HISTORY_H
#define HOL_TRAIN_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "state/fields.h"

/* Names, units and meanings stand in hol_metric_name's table. A metric that does not apply is NaN. New ones at the
 * end. */
typedef enum hol_metric {
    HOL_METRIC_STEP,
    HOL_METRIC_EPOCH,
    HOL_METRIC_LEARNING_RATE,
    HOL_METRIC_TRAIN_FREE_ENERGY,
    HOL_METRIC_VALID_FREE_ENERGY,
    HOL_METRIC_FREE_ENERGY_GAP,
    HOL_METRIC_RECONSTRUCTION_ERROR,
    HOL_METRIC_PSEUDO_LIKELIHOOD,
    HOL_METRIC_LOG_PARTITION,
    HOL_METRIC_TRAIN_LOG_LIKELIHOOD,
    HOL_METRIC_VALID_LOG_LIKELIHOOD,
    HOL_METRIC_PARAMETER_NORM,
    HOL_METRIC_GRADIENT_NORM,
    HOL_METRIC_SAMPLES_PER_SECOND,
    HOL_METRIC_SECONDS_SAMPLING,
    HOL_METRIC_SECONDS_STATISTICS,
    HOL_METRIC_SECONDS_COMMUNICATION,
    HOL_METRIC_SECONDS_UPDATE,
    HOL_METRIC_SECONDS_INPUT,
    HOL_METRIC_SECONDS_OUTPUT,
    HOL_METRIC_SECONDS_EVALUATION,
    HOL_METRIC_SECONDS_WAITING,
    HOL_METRIC_SECONDS_EXPOSED,
    HOL_METRIC_SECONDS_FIELDS,
    HOL_METRIC_NODES,
    HOL_METRIC_RANKS,
    HOL_METRIC_THREADS,
    HOL_METRIC_LOG_PARTITION_ERROR,
    HOL_METRIC_EFFECTIVE_WALKS,
    HOL_METRIC_PEARSON,
    HOL_METRICS
} hol_metric;

/* The metric's plain name, as in checkpoints and JSON ("train_free_energy"). */
const char *hol_metric_name(hol_metric metric);

typedef struct hol_history {
    int64_t rows;
    int64_t capacity; /* of values */
    double *values;   /* owned: (rows, HOL_METRICS) */
} hol_history;

/* Appends a row; HOL_FAILURE when memory is short. */
hol_status hol_history_append(hol_history *history, const double row[HOL_METRICS]) HOL_MUST_USE;
void hol_history_clear(hol_history *history);

/* Makes it `rows` rows of NaN. */
hol_status hol_history_reset(hol_history *history, int64_t rows) HOL_MUST_USE;

/* /history/METRIC, a column each, of which rank 0's counts, for the times; history may be NULL. */
void hol_history_list_fields(const hol_history *history, int64_t rows, hol_field_list *list);

/* The row with the largest value of a metric, the first such; -1 when none has a number. And how many rows with a
 * number come after it. */
int64_t hol_history_best(const hol_history *history, hol_metric metric);
int64_t hol_history_since_best(const hol_history *history, hol_metric metric);

/* Whether the newest row is of this step, and its metric at least `value`. */
bool hol_history_reaches(const hol_history *history, hol_metric metric, int64_t step, double value);

/* What a metric gained from the first row with a number to the last one, and of that in the last third of the steps: by
 * the straight line through the rows since then, the last one before included; of fewer than HOL_VERDICT_CLIMB_ROWS
 * rows at the pace of the end, from the last row that at least a sixth of the steps follow. */
typedef struct hol_climb {
    double total, late;
    double error; /* standard error of late: by the line's residuals, or ln Z's, which is 0 where that is exact */
} hol_climb;

/* Whether the metric still climbs at the end of the history (hol_verdict_is_climbing). False where nothing lies between
 * the first row and the last that tells. */
bool hol_history_climbs(const hol_history *history, hol_metric metric, hol_climb *ret);

#endif
