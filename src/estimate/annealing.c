/* annealing: one step after the other, by the model's own fast way or by prepare, free_energy and sweep. */
#include "estimate/annealing.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "num/bits.h"
#include "sample/population.h"

struct hol_annealing {
    hol_path *path;   /* owned, as all below */
    hol_model *model; /* prepared at one beta after the other */
    hol_model *fast;  /* for hol_model_ops.anneal; NULL where the kind has none */
    double *before;   /* u of the states at the beta before, per lane */
    double *after;
};

hol_status hol_annealing_create(const hol_model *model, const float *theta, const double *visible_means, int64_t blocks,
                                hol_annealing **ret) {
    hol_status status = HOL_OK;
    hol_annealing *self = NULL;
    *ret = NULL;
    if (!model->ops->free_energy && !model->ops->energy)
        return hol_error(HOL_USAGE, "annealing: model %s has neither free energies nor energies", model->ops->kind);
    HOL_TRY(HOL_ALLOCATE(self, 1, "annealing"));
    HOL_TRY(hol_path_create(model, &self->path));
    hol_path_set(self->path, model, theta, visible_means);
    HOL_TRY(hol_model_clone(model, &self->model));
    HOL_TRY(HOL_ALLOCATE(self->before, HOL_PRODUCT(blocks, HOL_LANES), "annealing"));
    HOL_TRY(HOL_ALLOCATE(self->after, HOL_PRODUCT(blocks, HOL_LANES), "annealing"));
    if (model->ops->anneal) {
        HOL_TRY(hol_model_clone(model, &self->fast));
        HOL_TRY(self->fast->ops->anneal_begin(self->fast, self->path->start, self->path->end));
    }
    *ret = self;
    return HOL_OK;
cleanup:
    hol_annealing_destroy(self);
    return status;
}

void hol_annealing_destroy(hol_annealing *annealing) {
    if (!annealing) return;
    hol_path_destroy(annealing->path);
    hol_model_destroy(annealing->model);
    hol_model_destroy(annealing->fast);
    hol_free(annealing->before);
    hol_free(annealing->after);
    hol_free(annealing);
}

double hol_annealing_get_start(const hol_annealing *annealing) { return annealing->path->start_log_partition; }

/* ---- transitions ------------------------------------------------------------------------------------------------- */

/* One sweep of the prepared model. Where the states are the visible units, the hidden ones left by another beta must
 * not count: they are drawn first. */
void hol_annealing_move(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps) {
    hol_draw now = *draw;
    if (model->ops->free_energy && model->info.hidden > 0) {
        model->ops->infer(model, population, &now, true);
        now.sweep += model->info.infer_draws ? 2 : 1; /* of more layers than one, or by sweeps */
    }
    model->ops->sweep(model, population, &now, sweeps);
}

hol_status hol_annealing_draw_start(hol_annealing *annealing, hol_population *population, hol_rng_key key) {
    const hol_draw draw = {.key = key};
    const hol_status status = hol_path_prepare(annealing->path, annealing->model, 0);
    if (status == HOL_OK) annealing->model->ops->sweep(annealing->model, population, &draw, 1);
    return status;
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

void hol_annealing_measure(const hol_model *model, hol_population *population, double *values) {
    const hol_model_ops *ops = model->ops;
    (ops->free_energy ? ops->free_energy : ops->energy)(model, population, values);
}

/* the gains of one interval into `after`, and the move at its end */
static hol_status step_fast(hol_annealing *self, hol_population *population, const hol_draw *draw, double from,
                            double to) {
    const bool draws = to >= HOL_ANNEAL_BETA_MIN;
    self->fast->ops->anneal(self->fast, population, draws ? draw : NULL, from, to, self->after);
    if (draws) return HOL_OK;
    const hol_status status = hol_path_prepare(self->path, self->model, to);
    if (status == HOL_OK) hol_annealing_move(self->model, population, draw, 1);
    return status;
}

static hol_status step_plain(hol_annealing *self, hol_population *population, const hol_draw *draw, double to) {
    const hol_status status = hol_path_prepare(self->path, self->model, to);
    if (status != HOL_OK) return status;
    hol_annealing_measure(self->model, population, self->after);
    for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++)
        self->after[r] = self->before[r] - self->after[r];
    hol_annealing_move(self->model, population, draw, 1);
    hol_annealing_measure(self->model, population, self->before);
    return HOL_OK;
}

/* Sums over chains in whole numbers, so that ranks do not matter: count, gains and their squares in units of 2^-24
 * (gains of a step are far below 2^19). */
static void add_moments(const hol_population *population, const double *gains, int64_t sums[3]) {
    int64_t first = 0, chains = 0;
    hol_population_get_owned(population, &first, &chains);
    for (int64_t c = 0; c < chains; c++) {
        if (!(fabs(gains[c]) < 0x1p8)) continue; /* a step far too long */
        sums[0]++;
        sums[1] += (int64_t)(gains[c] * 0x1p24);
        sums[2] += (int64_t)(gains[c] * gains[c] * 0x1p24);
    }
}

static hol_status reduce_moments(hol_comm *comm, int64_t *sums, int64_t intervals, double *spread) {
    const hol_status status = hol_comm_sum_i64(comm, sums, 3 * intervals);
    for (int64_t k = 0; k < intervals; k++) {
        const double count = (double)sums[3 * k], mean = (double)sums[3 * k + 1] * 0x1p-24 / count;
        const double variance = (double)sums[3 * k + 2] * 0x1p-24 / count - mean * mean;
        spread[k] = count > 1 && variance > 0 ? sqrt(variance) : 0;
    }
    return status;
}

hol_status hol_annealing_walk(hol_annealing *annealing, hol_comm *comm, hol_population *population, hol_rng_key key,
                              const double *betas, int64_t intervals, double *log_weights, double *spread) {
    hol_annealing *self = annealing;
    hol_status status = HOL_OK;
    int64_t *sums = NULL;
    const bool is_fast = self->fast && !population->held; /* which draws all units */
    hol_task task;
    hol_task_begin(&task, comm, intervals, "%lld walks along %lld temperatures", (long long)population->count,
                   (long long)intervals);
    if (spread) HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(sums, HOL_PRODUCT(3, intervals), "annealing")));
    if (!is_fast) {
        HOL_TRY(hol_path_prepare(self->path, self->model, betas[0]));
        hol_annealing_measure(self->model, population, self->before);
    }
    for (int64_t k = 0; k < intervals; k++) {
        const hol_draw draw = {.key = key, .step = (uint32_t)k + 1};
        if (is_fast) HOL_TRY(step_fast(self, population, &draw, betas[k], betas[k + 1]));
        else HOL_TRY(step_plain(self, population, &draw, betas[k + 1]));
        for (int64_t r = 0; r < population->states.blocks * HOL_LANES; r++) log_weights[r] += self->after[r];
        if (spread) add_moments(population, self->after, sums + 3 * k);
        hol_task_move(&task, 1);
    }
    if (spread) HOL_TRY(reduce_moments(comm, sums, intervals, spread));
cleanup:
    hol_task_end(&task);
    hol_free(sums);
    return status;
}
