/* mixing: autocorrelations and R-hat of series. */
#include "estimate/mixing.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/task.h"
#include "estimate/annealing.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

static double mean_of(const double *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum / (double)count;
}

/* sum over chains and times of (x(s) - mean)(x(s + lag) - mean), per term */
static double autocovariance(const double *series, int64_t chains, int64_t length, int64_t lag, double mean) {
    double sum = 0;
    for (int64_t c = 0; c < chains; c++)
        for (int64_t s = 0; s + lag < length; s++)
            sum += (series[c * length + s] - mean) * (series[c * length + s + lag] - mean);
    return sum / ((double)chains * (double)(length - lag));
}

double hol_mixing_autocorrelation_time(const double *series, int64_t chains, int64_t length) {
    const double mean = mean_of(series, chains * length), variance = autocovariance(series, chains, length, 0, mean);
    double time = 1;
    if (!(variance > 0)) return (double)NAN;
    for (int64_t lag = 1; lag <= length / 3; lag++) {
        time += 2 * autocovariance(series, chains, length, lag, mean) / variance;
        if ((double)lag >= 5 * time) break;
    }
    return time;
}

double hol_mixing_whole_time(const double *series, int64_t chains, int64_t length) {
    const double mean = mean_of(series, chains * length), variance = autocovariance(series, chains, length, 0, mean);
    double time = -1;
    if (!(variance > 0)) return (double)NAN;
    for (int64_t lag = 0; lag + 1 <= length / 3; lag += 2) {
        const double both = (autocovariance(series, chains, length, lag, mean) +
                             autocovariance(series, chains, length, lag + 1, mean)) /
                            variance;
        if (!(both > 0)) break;
        time += 2 * both;
    }
    return time > 0 ? time : hol_mixing_autocorrelation_time(series, chains, length);
}

void hol_mixing_autocorrelation(const double *series, int64_t chains, int64_t length, int64_t lags, double *rho) {
    const double mean = mean_of(series, chains * length), variance = autocovariance(series, chains, length, 0, mean);
    for (int64_t lag = 0; lag < lags; lag++)
        rho[lag] = variance > 0 ? autocovariance(series, chains, length, lag, mean) / variance : (double)NAN;
}

/* ---- R-hat ------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    double value;
    int64_t at;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->value < y->value) return -1;
    return x->value > y->value;
}

/* normal scores of the ranks among all values; equal values share their mean rank */
static void normalize_ranks(ranked *order, int64_t count, double *scores) {
    qsort(order, (size_t)count, sizeof *order, compare_ranked);
    for (int64_t first = 0, next = 0; first < count; first = next) {
        while (next < count && !(order[next].value > order[first].value)) next++;
        const double rank = 0.5 * (double)(first + 1 + next);
        const double score = hol_normal_quantile((rank - 0.375) / ((double)count + 0.25));
        for (int64_t k = first; k < next; k++) scores[order[k].at] = score;
    }
}

/* Gelman & Rubin's ratio over halves: row r of `scores` begins at r / 2 * length + r % 2 * (length - half) */
static double split_rhat(const double *scores, int64_t chains, int64_t length) {
    const int64_t half = length / 2, rows = 2 * chains;
    const double n = (double)half;
    double mean = 0, within = 0, between = 0;
    for (int64_t r = 0; r < rows; r++)
        mean += mean_of(scores + r / 2 * length + r % 2 * (length - half), half) / (double)rows;
    for (int64_t r = 0; r < rows; r++) {
        const double *row = scores + r / 2 * length + r % 2 * (length - half), own = mean_of(row, half);
        double squares = 0;
        for (int64_t s = 0; s < half; s++) squares += (row[s] - own) * (row[s] - own);
        within += squares / (n - 1) / (double)rows;
        between += (own - mean) * (own - mean) / (double)(rows - 1);
    }
    if (within > 0) return sqrt((n - 1) / n + between / within);
    return between > 0 ? (double)INFINITY : (double)NAN; /* chains that stand still, apart from each other or not */
}

hol_status hol_mixing_split_rhat(const double *series, int64_t chains, int64_t length, double *ret) {
    hol_status status = HOL_OK;
    ranked *order = NULL;
    double *scores = NULL;
    const int64_t count = chains * length;
    *ret = (double)NAN;
    HOL_TRY(HOL_ALLOCATE(order, count, "ranks"));
    HOL_TRY(HOL_ALLOCATE(scores, count, "ranks"));
    for (int64_t i = 0; i < count; i++) order[i] = (ranked){.value = series[i], .at = i};
    normalize_ranks(order, count, scores);
    *ret = split_rhat(scores, chains, length);
cleanup:
    hol_free(order);
    hol_free(scores);
    return status;
}

double hol_mixing_expected_rhat(double time, int64_t chains, int64_t length) {
    const double between = time / (double)(length / 2), of_between = 2 / (double)(2 * chains - 1);
    const double window = 2 * (2 * 5 * time + 1), of_time = window / ((double)chains * (double)length);
    return sqrt(1 + between * (1 + 5 * sqrt(of_between + of_time)));
}

/* ---- traces ------------------------------------------------------------------------------------------------------ */

hol_status hol_mixing_trace(hol_comm *comm, const hol_model *model, hol_population *population, hol_rng_key key,
                            int64_t length, double **ret_series) {
    hol_status status = HOL_OK;
    const hol_model_ops *ops = model->ops;
    double *values = NULL, *local = NULL;
    hol_task task;
    void *all = NULL;
    int64_t first = 0, chains = 0, bytes = 0;
    *ret_series = NULL;
    if (!ops->free_energy && !ops->energy)
        return hol_error(HOL_USAGE, "mixing: model %s has neither free energies nor energies", ops->kind);
    hol_population_get_owned(population, &first, &chains);
    status = HOL_ALLOCATE(values, HOL_PRODUCT(population->states.blocks, HOL_LANES), "series");
    if (status == HOL_OK) status = HOL_ALLOCATE(local, HOL_PRODUCT(chains, length), "series");
    HOL_TRY(hol_comm_agree(comm, status));
    hol_task_begin(&task, comm, length, "%lld sweeps of %lld chains", (long long)length, (long long)population->count);
    for (int64_t s = 0; s < length; s++) {
        const hol_draw draw = {.key = key, .step = (uint32_t)s};
        ops->sweep(model, population, &draw, 1);
        hol_annealing_measure(model, population, values);
        for (int64_t c = 0; c < chains; c++) local[c * length + s] = values[c];
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
    HOL_TRY(hol_comm_gather(comm, local, chains * length * (int64_t)sizeof *local, &all, &bytes));
    *ret_series = all;
cleanup:
    hol_free(values);
    hol_free(local);
    return status;
}
