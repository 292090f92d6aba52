/* observables: sums by block on every rank, a jackknife on rank 0. */
#include "sample/observables.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "num/bits.h"
#include "sample/population.h"

enum { ENERGY, ENERGY_SQUARED, SPINS, SPINS_ABSOLUTE, SPINS_SQUARED, MOMENTS };
enum { VALUE_ENERGY, VALUE_MAGNETISATION, VALUE_ABSOLUTE, VALUE_HEAT, VALUE_SUSCEPTIBILITY, VALUES };

typedef struct session {
    const hol_model *model;     /* borrowed */
    hol_population *population; /* borrowed */
    int64_t pieces;             /* blocks of a chain */
    double *energies;           /* owned: per lane */
    double *sums;               /* owned: (lanes, pieces, MOMENTS) */
} session;

static hol_status create(session *self) {
    hol_status status = HOL_OK;
    const int64_t lanes = self->population->states.blocks * HOL_LANES;
    HOL_TRY(HOL_ALLOCATE(self->energies, lanes, "energies"));
    HOL_TRY(HOL_ALLOCATE(self->sums, HOL_PRODUCT(lanes, self->pieces, MOMENTS), "observables"));
cleanup:
    return status;
}

/* one measurement of every lane, into sums of piece `piece` */
static void measure(session *self, int64_t piece) {
    const hol_states *x = &self->population->states;
    const hol_model *model = self->model;
    const bool is_signed = model->info.signed_spins;
    const int64_t visible = model->info.visible, pieces = self->pieces;
    const double *energies = self->energies;
    double *all = self->sums;
    model->ops->energy(model, self->population, self->energies);
#pragma omp parallel for default(none) shared(x, model, is_signed, visible, pieces, piece, energies, all)
    for (int64_t b = 0; b < x->blocks; b++) {
        int64_t up[HOL_LANES] = {0};
        hol_lanes_add(x->words + b * x->stride, visible, up);
        for (int64_t r = b * HOL_LANES; r < (b + 1) * HOL_LANES; r++) {
            double *sums = all + (r * pieces + piece) * MOMENTS;
            const double energy = energies[r] * model->temperature;
            const int64_t on = up[r % HOL_LANES];
            const double spins = (double)(is_signed ? 2 * on - visible : on);
            sums[ENERGY] += energy;
            sums[ENERGY_SQUARED] += energy * energy;
            sums[SPINS] += spins;
            sums[SPINS_ABSOLUTE] += fabs(spins);
            sums[SPINS_SQUARED] += spins * spins;
        }
    }
}

/* ---- rank 0 ------------------------------------------------------------------------------------------------------ */

static bool has_magnetisation(const hol_model *model) {
    for (int64_t c = 0; c < model->info.columns.count; c++)
        if (model->info.columns.cardinalities[c] > 2) return false;
    return true;
}

static void values_of(const hol_model *model, const double mean[MOMENTS], double values[VALUES]) {
    const double units = (double)hol_model_variables(model), visible = (double)hol_model_columns(model);
    const double tau = model->temperature;
    values[VALUE_ENERGY] = mean[ENERGY] / units;
    values[VALUE_MAGNETISATION] = mean[SPINS] / visible;
    values[VALUE_ABSOLUTE] = mean[SPINS_ABSOLUTE] / visible;
    values[VALUE_HEAT] = (mean[ENERGY_SQUARED] - mean[ENERGY] * mean[ENERGY]) / (tau * tau * units);
    values[VALUE_SUSCEPTIBILITY] =
        (mean[SPINS_SQUARED] - mean[SPINS_ABSOLUTE] * mean[SPINS_ABSOLUTE]) / (tau * visible);
}

/* sums is (blocks, MOMENTS), each of `length` measurements */
static void jackknife(const hol_model *model, const double *sums, int64_t blocks, int64_t length,
                      hol_estimate estimates[VALUES]) {
    double total[MOMENTS] = {0}, mean[MOMENTS], whole[VALUES], values[VALUES], sum[VALUES] = {0}, square[VALUES] = {0};
    for (int64_t b = 0; b < blocks; b++)
        for (int m = 0; m < MOMENTS; m++) total[m] += sums[b * MOMENTS + m];
    for (int m = 0; m < MOMENTS; m++) mean[m] = total[m] / ((double)blocks * (double)length);
    values_of(model, mean, whole);
    for (int64_t b = 0; b < blocks && blocks > 1; b++) {
        for (int m = 0; m < MOMENTS; m++)
            mean[m] = (total[m] - sums[b * MOMENTS + m]) / ((double)(blocks - 1) * (double)length);
        values_of(model, mean, values);
        for (int v = 0; v < VALUES; v++) {
            sum[v] += values[v] - whole[v];
            square[v] += (values[v] - whole[v]) * (values[v] - whole[v]);
        }
    }
    const double n = (double)blocks;
    for (int v = 0; v < VALUES; v++) {
        /* of functions that aren't linear, the bias of order 1 / n is taken away */
        estimates[v].value = blocks > 1 ? whole[v] - (n - 1) * (sum[v] / n) : whole[v];
        const double variance = (n - 1) / n * (square[v] - sum[v] * sum[v] / n);
        estimates[v].error = blocks > 1 ? sqrt(variance > 0 ? variance : 0) : (double)NAN;
    }
}

/* t = L var(block means) / var(single measurements) */
static double correlation_time(const double *sums, int64_t blocks, int64_t length, int first, int second) {
    double mean = 0, square = 0, between = 0;
    for (int64_t b = 0; b < blocks; b++) {
        mean += sums[b * MOMENTS + first] / (double)length / (double)blocks;
        square += sums[b * MOMENTS + second] / (double)length / (double)blocks;
    }
    for (int64_t b = 0; b < blocks; b++) {
        const double difference = sums[b * MOMENTS + first] / (double)length - mean;
        between += difference * difference / (double)(blocks - 1);
    }
    const double within = square - mean * mean;
    return blocks > 1 && within > 0 ? (double)length * between / within : (double)NAN;
}

static void reduce(const hol_model *model, const double *sums, hol_observables *o) {
    hol_estimate estimates[VALUES];
    jackknife(model, sums, o->blocks, o->block_length, estimates);
    for (int v = 0; v < VALUES && !has_magnetisation(model); v++)
        if (v != VALUE_ENERGY && v != VALUE_HEAT) estimates[v] = (hol_estimate){(double)NAN, (double)NAN};
    o->energy = estimates[VALUE_ENERGY];
    o->magnetisation = estimates[VALUE_MAGNETISATION];
    o->absolute = estimates[VALUE_ABSOLUTE];
    o->specific_heat = estimates[VALUE_HEAT];
    o->susceptibility = estimates[VALUE_SUSCEPTIBILITY];
    o->energy_time = correlation_time(sums, o->blocks, o->block_length, ENERGY, ENERGY_SQUARED);
    o->magnetisation_time = has_magnetisation(model)
                                ? correlation_time(sums, o->blocks, o->block_length, SPINS_ABSOLUTE, SPINS_SQUARED)
                                : (double)NAN;
}

hol_status hol_observables_measure(hol_comm *comm, const hol_model *model, hol_population *population,
                                   const hol_draw *draw, int64_t measurements, hol_observables *ret) {
    hol_status status = HOL_OK;
    session self = {.model = model, .population = population};
    hol_task task;
    void *all = NULL;
    int64_t bytes = 0, first = 0, owned = 0;
    if (!model->ops->energy)
        return hol_error(HOL_USAGE, "observables: model %s has no energy to measure", model->ops->kind);
    self.pieces = (HOL_OBSERVABLES_BLOCKS + population->count - 1) / population->count;
    if (self.pieces > measurements) self.pieces = measurements;
    const int64_t length = measurements / self.pieces;
    *ret = (hol_observables){.chains = population->count,
                             .measurements = length * self.pieces,
                             .blocks = population->count * self.pieces,
                             .block_length = length};
    HOL_TRY(hol_comm_agree(comm, create(&self)));
    hol_draw now = *draw;
    hol_task_begin(&task, comm, ret->measurements, "%lld sweeps of %lld chains", (long long)ret->measurements,
                   (long long)population->count);
    for (int64_t k = 0; k < ret->measurements; k++, now.sweep += 2) {
        model->ops->sweep(model, population, &now, 1);
        measure(&self, k / length);
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
    hol_population_get_owned(population, &first, &owned);
    HOL_TRY(hol_comm_gather(comm, self.sums, owned * self.pieces * MOMENTS * (int64_t)sizeof *self.sums, &all, &bytes));
    if (hol_comm_rank(comm) == 0) reduce(model, all, ret);
    HOL_TRY(hol_comm_broadcast(comm, ret, sizeof *ret));
cleanup:
    hol_free(self.energies);
    hol_free(self.sums);
    hol_free(all);
    return status;
}
