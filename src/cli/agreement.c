/* agreement: two ensembles of chains beside the data. */
#include "cli/agreement.h"

#include <math.h>

#include "base/rng.h"
#include "sample/population.h"

enum { SWEEPS_LEAST = 64 };

/* Changes of two standard errors are no change. */
static bool is_stationary(const hol_agreement *a) {
    const int last = a->count - 1;
    const double least = fmax(HOL_VERDICT_PEARSON_FALL / 2, 2 * a->fresh_error);
    return last >= 2 && a->sweeps[last] >= SWEEPS_LEAST && fabs(a->fresh[last] - a->fresh[last - 1]) < least &&
           fabs(a->fresh[last] - a->fresh[last - 2]) < least;
}

static hol_status watch_fresh(hol_comm *comm, const hol_model *model, hol_pearson *pearson, uint64_t seed,
                              int64_t count, int64_t most, hol_agreement *ret) {
    hol_status status = HOL_OK;
    hol_population *chains = NULL;
    hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_MIXING)};
    hol_task task;
    int64_t done = 0;
    hol_task_begin(&task, comm, most, "up to %lld sweeps of %lld chains begun at random", (long long)most,
                   (long long)count);
    HOL_TRY(
        hol_comm_agree(comm, hol_population_create(model, count, hol_comm_rank(comm), hol_comm_size(comm), &chains)));
    hol_population_randomize(model, chains, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    for (int64_t next = 1; !ret->is_stationary && done < most && ret->count < HOL_AGREEMENT_TIMES_MAX; next *= 2) {
        if (next > most) next = most;
        draw.sweep = (uint32_t)(2 * done);
        hol_population_sweep(model, chains, &draw, next - done, &task);
        done = next;
        ret->sweeps[ret->count] = done;
        HOL_TRY(hol_pearson_estimate(pearson, chains, &ret->fresh[ret->count++], &ret->fresh_error));
        ret->is_stationary = is_stationary(ret);
    }
cleanup:
    hol_task_end(&task);
    hol_population_destroy(chains);
    return status;
}

hol_status hol_agreement_find(hol_comm *comm, const hol_model *model, hol_pearson *pearson, uint64_t seed,
                              hol_population *own, int64_t count, int64_t most, hol_agreement *ret) {
    hol_status status = HOL_OK;
    *ret = (hol_agreement){.own = (double)NAN, .on = (double)NAN};
    if (own) HOL_TRY(hol_pearson_estimate(pearson, own, &ret->own, &ret->own_error));
    HOL_TRY(watch_fresh(comm, model, pearson, seed, count, most, ret));
    if (!own) return HOL_OK;
    const hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_SAMPLE)};
    hol_population_settle(comm, model, own, &draw, ret->sweeps[ret->count - 1]);
    HOL_TRY(hol_pearson_estimate(pearson, own, &ret->on, &ret->on_error));
cleanup:
    return status;
}

hol_verdict hol_agreement_judge(const hol_agreement *agreement, hol_verdict_reason reason) {
    reason[0] = '\0';
    const hol_agreement *a = agreement;
    if (isnan(a->own)) return HOL_VERDICT_UNKNOWN;
    const bool stays = a->own - a->on < a->own - hol_agreement_last(a);
    return stays ? hol_verdict_of_fall(a->own, hol_agreement_last(a), hypot(a->own_error, a->fresh_error), true, reason)
                 : hol_verdict_of_fall(a->own, a->on, hypot(a->own_error, a->on_error), false, reason);
}
