/* weights: sums relative to the largest weight, in the order of the chains. */
#include "estimate/weights.h"

#include <math.h>

#include "base/alloc.h"
#include "num/elementary.h"
#include "sample/population.h"

hol_weights_summary hol_weights_summarize(const double *log_weights, int64_t count) {
    hol_weights_summary s = {.log_mean = -(double)INFINITY,
                             .low = -(double)INFINITY,
                             .high = -(double)INFINITY,
                             .standard_error = (double)NAN,
                             .walks = count};
    double largest = -(double)INFINITY, sum = 0, squares = 0;
    for (int64_t c = 0; c < count; c++) {
        if (log_weights[c] > largest) largest = log_weights[c];
        if (!(log_weights[c] > -(double)INFINITY)) s.dead++;
    }
    if (s.dead == count) return s;
    for (int64_t c = 0; c < count; c++) {
        const double w = hol_exp(log_weights[c] - largest);
        sum += w;
        squares += w * w;
    }
    const double n = (double)count, mean = sum / n;
    const double variance = count > 1 ? fmax(squares / n - mean * mean, 0) * n / (n - 1) : (double)NAN;
    const double error = sqrt(variance / n);
    s.log_mean = largest + hol_ln(mean);
    s.standard_error = error / mean;
    s.low = mean > 3 * error ? largest + hol_ln(mean - 3 * error) : -(double)INFINITY;
    s.high = largest + hol_ln(mean + 3 * error);
    s.effective = sum * sum / squares;
    return s;
}

hol_status hol_weights_gather(hol_comm *comm, const hol_population *population, const double *log_weights,
                              hol_weights_summary *ret_summary, double **ret_all) {
    hol_status status = HOL_OK;
    int64_t first = 0, chains = 0, bytes = 0;
    void *all = NULL;
    if (ret_all) *ret_all = NULL;
    hol_population_get_owned(population, &first, &chains);
    HOL_TRY(hol_comm_gather(comm, log_weights, chains * (int64_t)sizeof *log_weights, &all, &bytes));
    if (all) *ret_summary = hol_weights_summarize(all, population->count);
    HOL_TRY(hol_comm_broadcast(comm, ret_summary, sizeof *ret_summary));
    if (ret_all) {
        *ret_all = all;
        all = NULL;
    }
cleanup:
    hol_free(all);
    return status;
}
