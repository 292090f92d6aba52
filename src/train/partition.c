/* partition: weights on every rank, states where their blocks are. */
#include "train/partition.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/annealing.h"
#include "estimate/verdict.h"
#include "estimate/weights.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

enum { SWEEPS = 5 }; /* at the end of a leg */

/* A shorter one is taken whatever it costs. */
static const double shortest_leg = 0x1p-20;

hol_status hol_partition_create(const hol_model *model, const double *visible_means, int64_t walks, int rank, int ranks,
                                hol_partition **ret) {
    hol_status status = HOL_OK;
    hol_partition *self = NULL;
    *ret = NULL;
    if (!model->ops->independent || (!model->ops->free_energy && !model->ops->energy))
        return hol_error(
            HOL_USAGE,
            "evaluate.walks: found %lld, expected 0: the zeros of this %s leave no independent units to begin at",
            (long long)walks, model->ops->kind);
    if (walks < HOL_PARTITION_WALKS_MIN || walks % HOL_LANES != 0)
        return hol_error(HOL_USAGE, "evaluate.walks: found %lld, expected 0 or a multiple of %d, at least %d",
                         (long long)walks, HOL_LANES, HOL_PARTITION_WALKS_MIN);
    HOL_TRY(HOL_ALLOCATE(self, 1, "walks"));
    self->count = walks;
    HOL_TRY(hol_population_create(model, walks, rank, ranks, &self->walks));
    HOL_TRY(hol_path_create(model, &self->path));
    HOL_TRY(hol_model_clone(model, &self->model));
    hol_memory *memory = hol_team_memory(model->team);
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->origin, self->path->parameters, "walks"));
    if (!memory) self->origin_log_partition = model->ops->independent(model, visible_means, self->origin);
    HOL_TRY(HOL_ALLOCATE(self->log_weights, walks, "walks"));
    HOL_TRY(HOL_ALLOCATE(self->before, walks, "walks"));
    HOL_TRY(HOL_ALLOCATE(self->after, walks, "walks"));
    HOL_TRY(HOL_ALLOCATE(self->lanes, HOL_PRODUCT(self->walks->states.blocks, HOL_LANES), "walks"));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_partition_destroy(self);
    return status;
}

void hol_partition_destroy(hol_partition *partition) {
    if (!partition) return;
    hol_population_destroy(partition->walks);
    hol_path_destroy(partition->path);
    hol_model_destroy(partition->model);
    hol_free(partition->origin);
    hol_free(partition->log_weights);
    hol_free(partition->before);
    hol_free(partition->after);
    hol_free(partition->lanes);
    hol_free(partition);
}

/* Walks [first, first + count), this rank's of which are `walks`, to independent samples at the origin, whatever they
 * were. */
static hol_status begin(hol_partition *self, hol_population *walks, int64_t first, int64_t count,
                        const hol_draw *draw) {
    memcpy(self->path->start, self->origin, (size_t)self->path->parameters * sizeof *self->origin);
    for (int64_t c = first; c < first + count; c++) self->log_weights[c] = self->origin_log_partition;
    const hol_status status = self->model->ops->prepare(self->model, self->origin);
    if (status == HOL_OK) self->model->ops->sweep(self->model, walks, draw, 1);
    return status;
}

void hol_partition_list_fields(const hol_partition *partition, const hol_model_info *info, int64_t walks,
                               hol_field_list *list) {
    if (walks == 0) return;
    const hol_population_folder folder = {"/partition", "walks",
                                          "with evaluate.walks: the walks that carry ln Z along, 0 and 1"};
    hol_population_list_fields(partition ? partition->walks : NULL, info, folder, walks, list);
    hol_field weights =
        hol_field_vector("/partition", "log_weights", HOL_FIELD_F64, walks, partition ? partition->log_weights : NULL);
    hol_field_describe(&weights, "walks", NULL, "with evaluate.walks: the walks' ln w, the mean of w being Z");
    hol_field_list_add(list, &weights);
    hol_model_list_parameters(info, "/partition/parameters", "with evaluate.walks: where the walks stand",
                              partition ? partition->path->start : NULL, HOL_FIELD_ALWAYS, list);
}

hol_status hol_partition_start(hol_partition *partition, uint64_t seed) {
    const hol_draw draw = {.key = hol_rng_key_make(seed, HOL_STREAM_PARTITION), .step = UINT32_MAX};
    return begin(partition, partition->walks, 0, partition->count, &draw);
}

/* ---- resampling -------------------------------------------------------------------------------------------------- */

/* Systematic: lane l descends from the lane in whose stretch of the summed weights the l-th of equally spaced points
 * lies. */
static void choose_ancestors(const double log_weights[HOL_LANES], double uniform, int ancestors[HOL_LANES]) {
    double largest = -(double)INFINITY, total = 0, passed = 0;
    int from = 0;
    for (int l = 0; l < HOL_LANES; l++) largest = fmax(largest, log_weights[l]);
    for (int l = 0; l < HOL_LANES; l++) total += hol_exp(log_weights[l] - largest);
    for (int l = 0; l < HOL_LANES; l++) {
        const double point = ((double)l + uniform) * total / HOL_LANES;
        while (from + 1 < HOL_LANES && passed + hol_exp(log_weights[from] - largest) < point)
            passed += hol_exp(log_weights[from++] - largest);
        ancestors[l] = from;
    }
}

static void descend(uint64_t *words, int64_t units, const int ancestors[HOL_LANES]) {
    for (int64_t i = 0; i < units; i++) {
        uint64_t word = 0;
        for (int l = 0; l < HOL_LANES; l++) word |= (words[i] >> ancestors[l] & 1) << l;
        words[i] = word;
    }
}

/* The islands that walk together, and by which numbers. */
typedef struct island_range {
    int64_t first, count; /* walks, of all islands */
    hol_population walks; /* this rank's of them; borrowed */
    hol_rng_key key;
    uint32_t renewed; /* 1 on the way from the origin */
    uint32_t step;
} island_range;

/* Every rank does the weights of all islands, and the states of its own. */
static void resample(hol_partition *self, const island_range *p, hol_rng_key key, uint32_t leg) {
    const hol_states *x = &p->walks.states;
    for (int64_t b = p->first / HOL_LANES; b < (p->first + p->count) / HOL_LANES; b++) {
        double *island = self->log_weights + b * HOL_LANES;
        const hol_weights_summary s = hol_weights_summarize(island, HOL_LANES);
        if (s.dead == HOL_LANES || s.effective >= HOL_LANES / 2) continue;
        const int64_t local = b - x->first_block;
        int ancestors[HOL_LANES];
        choose_ancestors(island, hol_rng_uniform(key, p->step, leg, (uint32_t)b, p->renewed), ancestors);
        if (local >= 0 && local < x->blocks) descend(x->words + local * x->stride, x->stride, ancestors);
        for (int l = 0; l < HOL_LANES; l++) island[l] = s.log_mean;
    }
}

/* ---- legs -------------------------------------------------------------------------------------------------------- */

/* u of the range at the prepared parameters, on every rank; ret is (self->count) */
static hol_status measure(hol_partition *self, hol_comm *comm, island_range *p, double *ret) {
    hol_status status = HOL_OK;
    int64_t bytes = p->walks.states.blocks * HOL_LANES * (int64_t)sizeof *self->lanes;
    void *gathered = NULL;
    hol_annealing_measure(self->model, &p->walks, self->lanes);
    HOL_TRY(hol_comm_gather(comm, self->lanes, bytes, &gathered, &bytes));
    if (gathered) memcpy(ret + p->first, gathered, (size_t)bytes);
    HOL_TRY(hol_comm_broadcast(comm, ret + p->first, p->count * (int64_t)sizeof *ret));
cleanup:
    hol_free(gathered);
    return status;
}

/* conditional effective sample size of the leg from `before` to `after`, in (0, 1] of the range */
static double kept_by_leg(const hol_partition *self, const island_range *p) {
    double heaviest = -(double)INFINITY, best = -(double)INFINITY, total = 0, sum = 0, squares = 0;
    for (int64_t c = p->first; c < p->first + p->count; c++) {
        heaviest = fmax(heaviest, self->log_weights[c]);
        best = fmax(best, self->before[c] - self->after[c]);
    }
    for (int64_t c = p->first; c < p->first + p->count; c++) {
        const double weight = hol_exp(self->log_weights[c] - heaviest);
        const double factor = hol_exp(self->before[c] - self->after[c] - best);
        total += weight;
        sum += weight * factor;
        squares += weight * factor * factor;
    }
    return sum * sum / (total * squares);
}

/* The next place on the path: `length` is halved until the leg is short enough, and doubled for the next one where that
 * promises to be, too (what a leg takes from the walks grows with its square). Leaves u there in `after`. */
static hol_status choose_leg(hol_partition *self, hol_comm *comm, island_range *p, double from, double *length,
                             double *ret_to) {
    hol_status status = HOL_OK;
    for (;; *length /= 2) {
        *ret_to = from + *length < 1 ? from + *length : 1;
        HOL_TRY(hol_path_prepare(self->path, self->model, *ret_to));
        HOL_TRY(measure(self, comm, p, self->after));
        const double kept = kept_by_leg(self, p);
        if (*length > shortest_leg && kept < HOL_PARTITION_LEG) continue;
        if (1 - kept < (1 - HOL_PARTITION_LEG) / 4) *length *= 2;
        return HOL_OK;
    }
cleanup:
    return status;
}

/* From the path's start to its end, if that is not too many legs away. */
static hol_status walk(hol_partition *self, hol_comm *comm, island_range *p, hol_rng_key resampling,
                       bool *ret_arrived) {
    hol_status status = HOL_OK;
    hol_draw draw = {.key = p->key, .step = p->step, .sweep = 2};
    double place = 0, length = 1;
    HOL_TRY(hol_path_prepare(self->path, self->model, 0));
    HOL_TRY(measure(self, comm, p, self->before));
    for (uint32_t leg = 0; leg < HOL_PARTITION_LEGS && place < 1; leg++, draw.sweep += 2 * SWEEPS + 1) {
        HOL_TRY(choose_leg(self, comm, p, place, &length, &place));
        for (int64_t c = p->first; c < p->first + p->count; c++)
            self->log_weights[c] += self->before[c] - self->after[c];
        resample(self, p, resampling, leg);
        hol_annealing_move(self->model, &p->walks, &draw, SWEEPS);
        HOL_TRY(measure(self, comm, p, self->before));
    }
    *ret_arrived = place >= 1;
cleanup:
    return status;
}

/* ---- an evaluation ----------------------------------------------------------------------------------------------- */

static island_range make_island_range(const hol_partition *self, int64_t island, int64_t islands, uint64_t seed,
                                      int64_t step, bool renewed) {
    const hol_states *x = &self->walks->states;
    int64_t first = island - x->first_block, end = first + islands;
    first = first < 0 ? 0 : first < x->blocks ? first : x->blocks;
    end = end < first ? first : end < x->blocks ? end : x->blocks;
    return (island_range){.first = island * HOL_LANES,
                          .count = islands * HOL_LANES,
                          .walks = hol_population_get_part(self->walks, first, end - first),
                          .key = hol_rng_key_make(seed, renewed ? HOL_STREAM_PARTITION_RENEWAL : HOL_STREAM_PARTITION),
                          .renewed = renewed,
                          .step = (uint32_t)step};
}

static hol_partition_estimate summarize(const hol_partition *self, bool arrived) {
    hol_partition_estimate estimate = {.arrived = arrived, .log_partition = (double)NAN, .standard_error = (double)NAN};
    double *islands = self->after; /* scratch */
    const int64_t count = self->count / HOL_LANES;
    for (int64_t b = 0; b < count; b++)
        islands[b] = hol_weights_summarize(self->log_weights + b * HOL_LANES, HOL_LANES).log_mean;
    const hol_weights_summary s = hol_weights_summarize(islands, count);
    estimate.effective = hol_weights_summarize(self->log_weights, self->count).effective;
    if (!arrived || !hol_verdict_are_enough(estimate.effective, self->count)) return estimate;
    estimate.log_partition = s.log_mean;
    estimate.standard_error = s.standard_error;
    return estimate;
}

/* to another one of the same model, walks and ranks */
static void copy(const hol_partition *from, hol_partition *to) {
    hol_population_copy(from->walks, to->walks);
    memcpy(to->log_weights, from->log_weights, (size_t)from->count * sizeof *to->log_weights);
    memcpy(to->path->start, from->path->start, (size_t)from->path->parameters * sizeof *to->path->start);
    memcpy(to->origin, from->origin, (size_t)from->path->parameters * sizeof *to->origin);
    to->origin_log_partition = from->origin_log_partition;
}

/* The same with a copy, which is given up. */
static hol_status follow_and_stay(const hol_partition *self, hol_comm *comm, const float *theta, uint64_t seed,
                                  int64_t step, int64_t round, hol_partition_estimate *ret) {
    hol_status status = HOL_OK;
    hol_partition *other = NULL;
    HOL_TRY(hol_comm_agree(
        comm, hol_partition_create(self->model, NULL, self->count, hol_comm_rank(comm), hol_comm_size(comm), &other)));
    if (hol_comm_memory(comm)) goto cleanup;
    copy(self, other);
    HOL_TRY(hol_partition_follow(other, comm, theta, seed, step, round, false, ret));
cleanup:
    hol_partition_destroy(other);
    return status;
}

hol_status hol_partition_follow(hol_partition *partition, hol_comm *comm, const float *theta, uint64_t seed,
                                int64_t step, int64_t round, bool stay, hol_partition_estimate *ret) {
    hol_status status = HOL_OK;
    hol_partition *self = partition;
    hol_path *path = self->path;
    const int64_t islands = self->count / HOL_LANES, half = islands / 2;
    const bool latter = round % 2 != 0; /* half begins anew */
    const hol_rng_key resampling = hol_rng_key_make(seed, HOL_STREAM_PARTITION_RESAMPLING);
    bool arrived = false, renewed = false;
    if (stay) return follow_and_stay(self, comm, theta, seed, step, round, ret);
    memcpy(path->end, theta, (size_t)path->parameters * sizeof *path->end);
    island_range old = make_island_range(self, latter ? 0 : half, latter ? half : islands - half, seed, step, false);
    HOL_TRY(walk(self, comm, &old, resampling, &arrived));
    island_range new = make_island_range(self, latter ? half : 0, latter ? islands - half : half, seed, step, true);
    const hol_draw draw = {.key = new.key, .step = new.step};
    HOL_TRY(begin(self, &new.walks, new.first, new.count, &draw));
    HOL_TRY(walk(self, comm, &new, resampling, &renewed));
    *ret = summarize(self, arrived && renewed);
    if (!ret->arrived) return begin(self, self->walks, 0, self->count, &draw);
    memcpy(path->start, path->end, (size_t)path->parameters * sizeof *path->start);
cleanup:
    return status;
}
