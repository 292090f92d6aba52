/* mixing: two ensembles of chains, those of the run and those begun at random, side by side. */
#include "cli/mixing.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "estimate/mixing.h"
#include "model/means.h"
#include "sample/population.h"

/* ---- traces ------------------------------------------------------------------------------------------------------ */

static void last_half(const double *series, int64_t chains, int64_t length, double *ret_mean, double *ret_variance) {
    double mean = 0, squares = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t c = 0; c < chains; c++) {
            double own = 0;
            for (int64_t s = length / 2; s < length; s++) own += series[c * length + s] / (double)(length - length / 2);
            if (pass == 0) mean += own / (double)chains;
            else squares += (own - mean) * (own - mean);
        }
    *ret_mean = mean;
    *ret_variance = squares / (double)(chains - 1) / (double)chains;
}

static hol_status judge(const double *kept, int64_t chains, const double *fresh, int64_t fresh_chains, int64_t length,
                        hol_mixing_traces *t) {
    double of_kept = 0, of_fresh = 0;
    t->time = hol_mixing_autocorrelation_time(kept, chains, length);
    t->whole = hol_mixing_whole_time(kept, chains, length);
    t->times = (double)length / t->whole;
    t->rhat_max = fmax(HOL_VERDICT_RHAT, hol_mixing_expected_rhat(t->whole, chains, length));
    last_half(kept, chains, length, &t->kept, &of_kept);
    last_half(fresh, fresh_chains, length, &t->fresh, &of_fresh);
    t->difference = (t->fresh - t->kept) / sqrt(of_kept + of_fresh);
    return hol_mixing_split_rhat(kept, chains, length, &t->rhat);
}

hol_status hol_mixing_trace_both(hol_comm *comm, const hol_model *model, uint64_t seed, hol_population *chains,
                                 int64_t fresh_count, int64_t length, hol_mixing_traces *ret, double **ret_kept,
                                 double **ret_fresh) {
    hol_status status = HOL_OK;
    hol_population *random = NULL;
    HOL_TRY(hol_comm_agree(
        comm, hol_population_create(model, fresh_count, hol_comm_rank(comm), hol_comm_size(comm), &random)));
    hol_population_randomize(model, random, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    HOL_TRY(hol_mixing_trace(comm, model, chains, hol_rng_key_make(seed, HOL_STREAM_SAMPLE), length, ret_kept));
    HOL_TRY(hol_mixing_trace(comm, model, random, hol_rng_key_make(seed, HOL_STREAM_MIXING), length, ret_fresh));
    if (*ret_kept) status = judge(*ret_kept, chains->count, *ret_fresh, fresh_count, length, ret);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, ret, sizeof *ret));
cleanup:
    hol_population_destroy(random);
    return status;
}

const char *hol_mixing_watched(const hol_model *model) { return model->ops->free_energy ? "free energy" : "energy"; }

/* ---- the way to the data ----------------------------------------------------------------------------------------- */

/* Of this rank's chains. */
static hol_status add_means(const hol_model *model, const hol_population *from, hol_wide *counts, hol_wide *all) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    uint8_t *bytes = NULL;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(from, &first, &owned);
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(2, visible), "means"));
    for (int64_t c = 0; c < owned; c++) {
        const uint8_t *known = hol_population_get_row(from, visible, first + c, bytes);
        hol_means_add(model, bytes, known, from->weights ? from->weights[c] : 1, counts, all);
    }
cleanup:
    hol_free(bytes);
    return status;
}

hol_status hol_mixing_find_means(hol_comm *comm, const hol_model *model, const hol_population *from,
                                 double **ret_means) {
    hol_status status = HOL_OK;
    const int64_t count = hol_means_count(model);
    hol_wide *counts = NULL, *all = NULL;
    status = HOL_ALLOCATE(*ret_means, count, "means");
    if (status == HOL_OK) status = HOL_ALLOCATE(counts, count, "means");
    if (status == HOL_OK) status = HOL_ALLOCATE(all, count, "means");
    if (status == HOL_OK) status = add_means(model, from, counts, all);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_means_find(comm, model, counts, all, 0, *ret_means));
    for (int64_t i = 0; i < count; i++)
        if (all[i] == 0) (*ret_means)[i] = (double)NAN;
cleanup:
    hol_free(counts);
    hol_free(all);
    return status;
}

static hol_status measure_distance(hol_comm *comm, const hol_model *model, const hol_population *chains,
                                   const double *means, double *ret) {
    hol_status status = HOL_OK;
    double *own = NULL, distance = 0;
    HOL_TRY(hol_mixing_find_means(comm, model, chains, &own));
    for (int64_t i = 0; i < hol_means_count(model); i++)
        distance += isnan(means[i]) ? 0 : (own[i] - means[i]) * (own[i] - means[i]);
    *ret = distance;
cleanup:
    hol_free(own);
    return status;
}

hol_status hol_mixing_watch_approach(hol_comm *comm, const hol_model *model, uint64_t seed, const double *means,
                                     int64_t rows, int64_t count, int64_t sweeps, hol_mixing_approach *ret) {
    hol_status status = HOL_OK;
    hol_population *chains = NULL;
    int64_t done = 0;
    hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_MIXING)};
    hol_task task;
    *ret = (hol_mixing_approach){0};
    HOL_TRY(
        hol_comm_agree(comm, hol_population_create(model, count, hol_comm_rank(comm), hol_comm_size(comm), &chains)));
    for (int64_t i = 0; i < hol_means_count(model); i++)
        ret->noise += isnan(means[i]) ? 0 : means[i] * (1 - means[i]) * (1 / (double)count + 1 / (double)rows);
    hol_population_randomize(model, chains, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    hol_task_begin(&task, comm, sweeps, "up to %lld sweeps of %lld chains begun at random", (long long)sweeps,
                   (long long)count);
    for (int64_t next = 1; next <= sweeps && ret->count < HOL_MIXING_TIMES_MAX; next *= 2) {
        draw.sweep = (uint32_t)(2 * done);
        hol_population_sweep(model, chains, &draw, next - done, &task);
        done = next;
        ret->sweeps[ret->count] = done;
        HOL_TRY(measure_distance(comm, model, chains, means, &ret->distance[ret->count++]));
    }
    hol_task_end(&task);
cleanup:
    hol_population_destroy(chains);
    return status;
}

/* ---- in words ---------------------------------------------------------------------------------------------------- */

int hol_mixing_find_warnings(const hol_mixing_traces *t, const hol_mixing_approach *a,
                             hol_verdict_reason text[HOL_MIXING_WARNINGS_MAX]) {
    int count = 0, best = 0;
    for (int k = 1; k < a->count; k++)
        if (a->distance[k] < a->distance[best]) best = k;
    count += hol_verdict_of_rhat(t->rhat, t->rhat_max, text[count]) != HOL_VERDICT_GOOD;
    count += hol_verdict_of_difference(t->difference, text[count]) != HOL_VERDICT_GOOD;
    if (a->count > 0)
        count += hol_verdict_of_approach(a->distance[a->count - 1], a->distance[best], a->sweeps[best], a->noise,
                                         text[count]) != HOL_VERDICT_GOOD;
    return count;
}
