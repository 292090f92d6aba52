/* agreement: two ensembles of chains beside the data. */
#include "cli/agreement.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "sample/population.h"

enum { SWEEPS_LEAST = 64, TIMES = 4 };

/* Chains, and how far they are. */
typedef struct ensemble {
    hol_population *chains; /* NULL: there are none */
    hol_draw draw;
    double *values, error; /* borrowed: one a round; of the last */
} ensemble;

/* Sweeps on from `from` to `to`, and adds the round's value. */
static hol_status go_on(const hol_model *model, hol_pearson *pearson, ensemble *self, int round, int64_t from,
                        int64_t to, hol_task *task) {
    hol_status status = HOL_OK;
    hol_pearson_sums sums = {0};
    const int times = to < SWEEPS_LEAST ? 1 : TIMES;
    int64_t done = from;
    self->values[round] = (double)NAN;
    for (int t = 1; t <= times && self->chains; t++) {
        const int64_t next = from + (to - from) * t / times;
        self->draw.sweep = (uint32_t)(2 * done);
        hol_population_sweep(model, self->chains, &self->draw, next - done, task);
        done = next;
        HOL_TRY(hol_pearson_add(pearson, self->chains, &sums));
    }
    if (self->chains) self->values[round] = hol_pearson_mean(&sums, &self->error);
cleanup:
    return status;
}

/* Changes of two standard errors are no change; nor are differences. */
static bool is_same(double a, double b, double error) {
    return fabs(a - b) < fmax(HOL_VERDICT_PEARSON_FALL / 2, 2 * error);
}

/* The last round's time less by half at least: a last round that `most` cuts short is no doubling. */
static int find_half(const hol_agreement *a, int last) {
    int k = last - 1;
    while (k > 0 && 2 * a->sweeps[k] > a->sweeps[last]) k--;
    return k;
}

bool hol_agreement_is_stationary(const hol_agreement *a) {
    const int last = a->count - 1, half = last > 0 ? find_half(a, last) : 0;
    if (half < 1 || a->sweeps[last] < SWEEPS_LEAST) return false;
    const double before = a->sweeps[half] < SWEEPS_LEAST ? a->own : a->on[half];
    const bool have_met = is_same(a->fresh[last], a->on[last], hypot(a->fresh_error, a->on_error));
    return is_same(a->fresh[last], a->fresh[half], a->fresh_error) &&
           (have_met || is_same(a->fresh[last], a->fresh[half - 1], a->fresh_error)) &&
           (isnan(a->own) || is_same(a->on[last], before, a->on_error));
}

static bool has_fallen(const hol_agreement *a) {
    const double fall = a->own - hol_agreement_last_on(a);
    return a->sweeps[a->count - 1] >= SWEEPS_LEAST && fall > HOL_VERDICT_PEARSON_FALL &&
           fall > HOL_VERDICT_CHAINS_ERRORS * hypot(a->own_error, a->on_error);
}

static hol_status watch(hol_comm *comm, const hol_model *model, hol_pearson *pearson, ensemble *fresh, ensemble *own,
                        int64_t most, hol_agreement *ret) {
    hol_status status = HOL_OK;
    hol_task task;
    int64_t done = 0;
    bool is_decided = false;
    hol_task_begin(&task, comm, own->chains ? 2 * most : most, "up to %lld sweeps of %lld chains begun at random%s",
                   (long long)most, (long long)fresh->chains->count, own->chains ? ", and of the run's" : "");
    for (int64_t next = 1; !is_decided && done < most && ret->count < HOL_AGREEMENT_TIMES_MAX; next *= 2) {
        if (next > most) next = most;
        HOL_TRY(go_on(model, pearson, fresh, ret->count, done, next, &task));
        HOL_TRY(go_on(model, pearson, own, ret->count, done, next, &task));
        ret->sweeps[ret->count++] = done = next;
        ret->fresh_error = fresh->error;
        ret->on_error = own->error;
        ret->is_stationary = hol_agreement_is_stationary(ret);
        is_decided = ret->is_stationary || has_fallen(ret);
    }
cleanup:
    hol_task_end(&task);
    return status;
}

hol_status hol_agreement_find(hol_comm *comm, hol_model *model, const float *theta, hol_pearson *pearson, uint64_t seed,
                              hol_population *own, int64_t count, int64_t most, hol_agreement *ret) {
    hol_status status = HOL_OK;
    hol_pearson_sums sums = {0};
    ensemble fresh = {.draw = {.key = hol_rng_key_make(seed, HOL_STREAM_MIXING)}, .values = ret->fresh};
    ensemble on = {.chains = own, .draw = {.key = hol_rng_key_make(seed, HOL_STREAM_SAMPLE)}, .values = ret->on};
    *ret = (hol_agreement){.own = (double)NAN, .own_error = (double)NAN, .is_like = !own || own->count == count};
    on.error = (double)NAN;
    HOL_TRY(hol_comm_agree(
        comm, hol_population_create(model, count, hol_comm_rank(comm), hol_comm_size(comm), &fresh.chains)));
    if (own) HOL_TRY(hol_pearson_add(pearson, own, &sums));
    if (own) ret->own = hol_pearson_mean(&sums, &ret->own_error);
    HOL_TRY(hol_model_prepare_training(model, theta)); /* as the run's chains were drawn */
    hol_population_randomize(model, fresh.chains, hol_rng_key_make(seed, HOL_STREAM_INITIAL_CHAINS));
    HOL_TRY(watch(comm, model, pearson, &fresh, &on, most, ret));
    HOL_TRY(model->ops->prepare(model, theta));
cleanup:
    hol_population_destroy(fresh.chains);
    return status;
}

/* What of the run's chains is to be believed; without words where that is all. */
static hol_verdict judge(const hol_agreement *a, hol_verdict_reason reason) {
    hol_verdict_reason other;
    const double on = hol_agreement_last_on(a), fresh = hol_agreement_last(a);
    const hol_verdict of_on = hol_verdict_of_fall(a->own, on, hypot(a->own_error, a->on_error), false, reason);
    if (of_on == HOL_VERDICT_BAD) return of_on;
    if (!a->is_like) { /* the noise of fewer chains holds the coefficient down */
        (void)snprintf(reason, sizeof(hol_verdict_reason),
                       "Pearson's coefficients of fewer and of more chains can't be compared: leave out --chains");
        return HOL_VERDICT_CAUTION;
    }
    const hol_verdict of_fresh =
        a->is_stationary ? hol_verdict_of_fall(a->own, fresh, hypot(a->own_error, a->fresh_error), true, other)
                         : hol_verdict_of_arrival(a->own, fresh, a->sweeps[a->count - 1], other);
    if (of_fresh > of_on) (void)snprintf(reason, sizeof(hol_verdict_reason), "%s", other);
    return of_fresh > of_on ? of_fresh : of_on;
}

hol_verdict hol_agreement_judge(const hol_agreement *agreement, char text[HOL_AGREEMENT_TEXT]) {
    const hol_agreement *a = agreement;
    hol_verdict_reason reason;
    text[0] = '\0';
    if (isnan(a->own) || a->count == 0) return HOL_VERDICT_UNKNOWN;
    const hol_verdict verdict = judge(a, reason);
    const double reached = hol_agreement_last(a);
    const bool is_short = a->aim > 0 && a->aim < 1 && reached < a->aim - HOL_VERDICT_PEARSON_FALL;
    if (verdict == HOL_VERDICT_GOOD)
        (void)snprintf(text, HOL_AGREEMENT_TEXT,
                       "fresh chains show what the run's do, a model at Pearson %.4f with the data, %s %g %s", reached,
                       is_short ? "short of the" : "of", a->aim > 0 ? a->aim : 1, a->aim > 0 ? "asked for" : "at best");
    else (void)snprintf(text, HOL_AGREEMENT_TEXT, "%s", reason);
    return verdict;
}
