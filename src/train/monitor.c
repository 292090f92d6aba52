/* monitor: means over the evaluated samples. */
#include "train/monitor.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "estimate/exact.h"
#include "estimate/known.h"
#include "num/bits.h"
#include "sample/population.h"

/* Hidden units are drawn for each reconstruction. Of few samples one draw, though the same at each evaluation, leaves
 * steps in the curve where a unit's probability passes it; so they are drawn again until there are this many. */
enum { RECONSTRUCTIONS = 512 };

/* that draw a sample's missing values, from fair bits */
enum { MISSING_SWEEPS = 20 };

struct hol_monitor {
    const hol_model *model;    /* borrowed */
    hol_population *train_set; /* borrowed */
    hol_population *valid_set; /* borrowed; may be NULL */
    double *values;            /* owned: per lane of the larger set */
    bool exact;
    bool sums_out; /* missing values, if there are any */
    uint64_t seed;
    hol_rng_key pseudo_key;
};

static bool wants_exact(const hol_model *model, int64_t exact_units) {
    if (!model->ops->exact_units) return false;
    if (exact_units == HOL_MONITOR_EXACT_CHEAP) return hol_exact_work(model) <= HOL_MONITOR_CHEAP_WORK;
    return model->ops->exact_units(model) <= exact_units;
}

hol_status hol_monitor_create(const hol_model *model, hol_population *train_set, hol_population *valid_set,
                              int64_t exact_units, uint64_t seed, hol_monitor **ret_monitor) {
    hol_status status = HOL_OK;
    hol_monitor *self = NULL;
    *ret_monitor = NULL;
    int64_t blocks = train_set->states.blocks;
    if (valid_set && valid_set->states.blocks > blocks) blocks = valid_set->states.blocks;
    HOL_TRY(HOL_ALLOCATE(self, 1, "monitor"));
    self->model = model;
    self->train_set = train_set;
    self->valid_set = valid_set;
    self->exact = wants_exact(model, exact_units);
    self->seed = seed;
    self->pseudo_key = hol_rng_key_make(seed, HOL_STREAM_PSEUDO_LIKELIHOOD);
    HOL_TRY(HOL_MEMORY_ALLOCATE(hol_team_memory(model->team), self->values, HOL_PRODUCT(blocks, HOL_LANES), "metrics"));
    *ret_monitor = self;
    return HOL_OK;
cleanup:
    hol_monitor_destroy(self);
    return status;
}

void hol_monitor_destroy(hol_monitor *monitor) {
    if (!monitor) return;
    hol_free(monitor->values);
    hol_free(monitor);
}

bool hol_monitor_is_exact(const hol_monitor *monitor) { return monitor->exact; }

bool hol_monitor_sums_out(const hol_monitor *monitor) { return monitor->sums_out; }

hol_status hol_monitor_look(hol_monitor *monitor, hol_comm *comm) {
    hol_status status = HOL_OK;
    hol_population *const sets[] = {monitor->train_set, monitor->valid_set};
    monitor->sums_out = true;
    for (int k = 0; k < 2; k++) {
        bool is_countable = true;
        if (sets[k]) HOL_TRY(hol_known_is_countable(comm, monitor->model, sets[k], &is_countable));
        monitor->sums_out = monitor->sums_out && is_countable;
    }
cleanup:
    return status;
}

static hol_status mean_free_energy(hol_monitor *self, hol_comm *comm, hol_population *set, double *ret) {
    *ret = (double)NAN;
    if (!set || !self->model->ops->free_energy || !self->sums_out) return HOL_OK;
    const hol_status status = hol_comm_agree(comm, hol_known_free_energy(self->model, set, self->values));
    return status == HOL_OK ? hol_population_mean(comm, set, self->values, ret) : status;
}

/* the same draws at each evaluation */
static void draw_missing(hol_monitor *self, hol_population *set) {
    const hol_rng_key key = hol_rng_key_make(self->seed, HOL_STREAM_EVALUATION_MISSING);
    if (!set->held) return;
    hol_population_randomize(self->model, set, key);
    self->model->ops->infer(self->model, set, &(hol_draw){.key = key, .step = 1}, true);
    self->model->ops->sweep(self->model, set, &(hol_draw){.key = key, .step = 2}, MISSING_SWEEPS);
}

static hol_status mean_of(hol_monitor *self, hol_comm *comm, hol_rng_key key,
                          void (*measure)(const hol_model *, hol_population *, hol_rng_key, double *), double *ret) {
    *ret = (double)NAN;
    if (!measure) return HOL_OK;
    measure(self->model, self->train_set, key, self->values);
    return hol_population_mean(comm, self->train_set, self->values, ret);
}

static hol_status mean_reconstruction(hol_monitor *self, hol_comm *comm, double *ret) {
    hol_status status = HOL_OK;
    const int64_t draws = (RECONSTRUCTIONS + self->train_set->count - 1) / self->train_set->count;
    double sum = 0, mean = 0;
    for (int64_t d = 0; d < draws; d++) {
        const uint64_t seed = self->seed + (uint64_t)d * UINT64_C(0x9E3779B97F4A7C15); /* far from all others in use */
        const hol_rng_key key = hol_rng_key_make(seed, HOL_STREAM_RECONSTRUCTION);
        HOL_TRY(mean_of(self, comm, key, self->model->ops->reconstruction, &mean));
        sum += mean;
    }
    *ret = sum / (double)draws;
cleanup:
    return status;
}

hol_status hol_monitor_evaluate(hol_monitor *monitor, hol_comm *comm, const float *theta, double row[HOL_METRICS]) {
    hol_status status = HOL_OK;
    const hol_model_ops *ops = monitor->model->ops;
    HOL_TRY(mean_free_energy(monitor, comm, monitor->train_set, &row[HOL_METRIC_TRAIN_FREE_ENERGY]));
    HOL_TRY(mean_free_energy(monitor, comm, monitor->valid_set, &row[HOL_METRIC_VALID_FREE_ENERGY]));
    row[HOL_METRIC_FREE_ENERGY_GAP] = row[HOL_METRIC_VALID_FREE_ENERGY] - row[HOL_METRIC_TRAIN_FREE_ENERGY];
    draw_missing(monitor, monitor->train_set);
    HOL_TRY(mean_reconstruction(monitor, comm, &row[HOL_METRIC_RECONSTRUCTION_ERROR]));
    HOL_TRY(mean_of(monitor, comm, monitor->pseudo_key, ops->pseudo_likelihood, &row[HOL_METRIC_PSEUDO_LIKELIHOOD]));
    double log_partition = (double)NAN;
    if (monitor->exact) HOL_TRY(hol_exact_log_partition(comm, monitor->model, theta, &log_partition));
    row[HOL_METRIC_LOG_PARTITION] = log_partition;
    row[HOL_METRIC_TRAIN_LOG_LIKELIHOOD] = -row[HOL_METRIC_TRAIN_FREE_ENERGY] - log_partition;
    row[HOL_METRIC_VALID_LOG_LIKELIHOOD] = -row[HOL_METRIC_VALID_FREE_ENERGY] - log_partition;
cleanup:
    return status;
}
