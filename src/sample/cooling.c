/* cooling: one sweep at each temperature. */
#include "sample/cooling.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

/* A rank's lowest energy so far. */
typedef struct record {
    double energy;
    int64_t sweep, chain;
} record;

typedef struct session {
    hol_model *model;           /* borrowed */
    const float *theta;         /* borrowed */
    hol_population *population; /* borrowed */
    double *energies;           /* owned: per lane, as they stand */
    double *lowest;             /* owned: per lane, ever */
    uint8_t *state;             /* owned: (units): the record's */
    record best;
} session;

static hol_status create(session *self) {
    hol_status status = HOL_OK;
    const int64_t lanes = self->population->states.blocks * HOL_LANES;
    const int64_t units = self->model->info.visible + self->model->info.hidden;
    HOL_TRY(HOL_ALLOCATE(self->energies, lanes, "energies"));
    HOL_TRY(HOL_ALLOCATE(self->lowest, lanes, "energies"));
    HOL_TRY(HOL_ALLOCATE(self->state, units, "state"));
    for (int64_t r = 0; r < lanes; r++) self->lowest[r] = (double)INFINITY;
    self->best = (record){.energy = (double)INFINITY, .sweep = INT64_MAX, .chain = INT64_MAX};
cleanup:
    return status;
}

static hol_status prepare(session *self, double temperature) {
    self->model->temperature = temperature;
    return self->model->ops->prepare(self->model, self->theta);
}

static void look(session *self, int64_t sweep) {
    int64_t first = 0, owned = 0, found = -1;
    const int64_t units = self->model->info.visible + self->model->info.hidden;
    hol_population_get_owned(self->population, &first, &owned);
    self->model->ops->energy(self->model, self->population, self->energies);
    for (int64_t c = 0; c < owned; c++) {
        const double energy = self->energies[c];
        if (energy < self->lowest[c]) self->lowest[c] = energy;
        if (!(energy < self->best.energy)) continue;
        self->best = (record){.energy = energy, .sweep = sweep, .chain = first + c};
        found = first + c;
    }
    if (found >= 0) hol_population_get_bytes(self->population, 0, units, found, 1, self->state);
}

static double temperature_of(const hol_cooling *cooling, int64_t sweep) {
    if (sweep + 1 == cooling->sweeps) return cooling->to; /* to the last bit */
    const double share = (double)sweep / (double)(cooling->sweeps - 1);
    return cooling->from * hol_exp(share * (hol_ln(cooling->to) - hol_ln(cooling->from)));
}

static hol_status cool(hol_comm *comm, session *self, const hol_cooling *cooling) {
    hol_status status = HOL_OK;
    hol_task task;
    hol_task_begin(&task, comm, cooling->sweeps, "%lld sweeps of %lld chains", (long long)cooling->sweeps,
                   (long long)self->population->count);
    hol_draw draw = {.key = cooling->key};
    for (int64_t s = 0; s < cooling->sweeps; s++, draw.sweep += 2) {
        HOL_TRY(prepare(self, temperature_of(cooling, s)));
        self->model->ops->sweep(self->model, self->population, &draw, 1);
        HOL_TRY(prepare(self, 1));
        look(self, s);
        hol_task_move(&task, 1);
    }
    HOL_TRY(prepare(self, cooling->to));
cleanup:
    hol_task_end(&task);
    return status;
}

static bool is_better(const record *a, const record *b) {
    if (a->energy < b->energy || a->energy > b->energy) return a->energy < b->energy;
    return a->sweep != b->sweep ? a->sweep < b->sweep : a->chain < b->chain;
}

/* the best of all ranks' records; its state reaches rank 0 with the others' */
static hol_status choose(hol_comm *comm, session *self, hol_cooling_best *best) {
    hol_status status = HOL_OK;
    const int64_t units = self->model->info.visible + self->model->info.hidden;
    void *records = NULL, *states = NULL;
    int64_t bytes = 0, winner = 0;
    HOL_TRY(hol_comm_gather(comm, &self->best, sizeof self->best, &records, &bytes));
    HOL_TRY(hol_comm_gather(comm, self->state, units, &states, &bytes));
    if (hol_comm_rank(comm) == 0) {
        const record *all = records;
        for (int64_t r = 1; r < hol_comm_size(comm); r++)
            if (is_better(&all[r], &all[winner])) winner = r;
        *best =
            (hol_cooling_best){.energy = all[winner].energy, .sweep = all[winner].sweep, .chain = all[winner].chain};
        status = HOL_ALLOCATE(best->state, units, "state");
        if (status == HOL_OK) memcpy(best->state, (uint8_t *)states + winner * units, (size_t)units);
    }
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &best->energy, sizeof best->energy));
    HOL_TRY(hol_comm_broadcast(comm, &best->sweep, sizeof best->sweep));
    HOL_TRY(hol_comm_broadcast(comm, &best->chain, sizeof best->chain));
cleanup:
    hol_free(records);
    hol_free(states);
    return status;
}

static hol_status count_chains(hol_comm *comm, const session *self, hol_cooling_best *best) {
    int64_t first = 0, owned = 0;
    hol_population_get_owned(self->population, &first, &owned);
    best->chains = 0;
    for (int64_t c = 0; c < owned; c++) best->chains += self->lowest[c] <= best->energy;
    return hol_comm_sum_i64(comm, &best->chains, 1);
}

hol_status hol_cooling_run(hol_comm *comm, hol_model *model, const float *theta, hol_population *population,
                           const hol_cooling *cooling, hol_cooling_best *ret_best) {
    hol_status status = HOL_OK;
    session self = {.model = model, .theta = theta, .population = population};
    *ret_best = (hol_cooling_best){0};
    if (!model->ops->energy)
        return hol_error(HOL_USAGE, "annealing: model %s has no energy to lower", model->ops->kind);
    HOL_TRY(hol_comm_agree(comm, create(&self)));
    HOL_TRY(cool(comm, &self, cooling));
    HOL_TRY(choose(comm, &self, ret_best));
    HOL_TRY(count_chains(comm, &self, ret_best));
cleanup:
    hol_free(self.energies);
    hol_free(self.lowest);
    hol_free(self.state);
    return status;
}
