/* tempering: levels, D of all of them, and exchanges of lanes by masks. */
#include "sample/tempering.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/path.h"

typedef struct level {
    hol_model *model; /* owned, but for the highest level's */
    hol_population *chains;
    double *differences; /* D per lane */
    hol_rng_key sweep_key;
} level;

struct hol_tempering {
    int64_t count;         /* levels */
    double *betas;         /* owned: (count) */
    level *levels;         /* owned: (count) */
    hol_model *target;     /* borrowed */
    hol_model *difference; /* owned: its energy is D */
    hol_path *path;        /* owned */
    int64_t *accepted;     /* owned: (count): exchanges of levels l and l + 1 on this rank; then the calls */
    hol_rng_key swap_key, start_key;
};

static hol_status check(const hol_model *model, const hol_tempering_options *o) {
    bool sound = o->levels >= 1;
    for (int64_t l = 0; sound && l < o->levels; l++)
        sound = o->betas[l] >= 0 && (l == 0 || o->betas[l] > o->betas[l - 1]);
    if (!sound || o->betas[o->levels - 1] < 1 || o->betas[o->levels - 1] > 1)
        return hol_error(HOL_USAGE, "tempering: found a ladder that does not rise from 0 or more to 1");
    if (!model->ops->energy) return hol_error(HOL_USAGE, "tempering: model %s has no energy", model->ops->kind);
    return HOL_OK;
}

/* levels' sweeps are unrelated: each has a key that is itself drawn */
static hol_rng_key level_key(uint64_t seed, int64_t number) {
    const hol_rng_words words = hol_rng_draw(hol_rng_key_make(seed, HOL_STREAM_TEMPERING), (uint32_t)number, 0, 0, 0);
    return (hol_rng_key){{words.word[0], words.word[1]}};
}

static hol_status make_level(hol_tempering *self, int64_t number, const hol_tempering_options *o, int rank, int ranks) {
    hol_status status = HOL_OK;
    level *l = &self->levels[number];
    if (number == self->count - 1) l->model = self->target;
    else HOL_TRY(hol_model_clone(self->target, &l->model));
    HOL_TRY(hol_population_create(l->model, o->chains, rank, ranks, &l->chains));
    HOL_TRY(HOL_MEMORY_ALLOCATE(hol_team_memory(self->target->team), l->differences,
                                HOL_PRODUCT(l->chains->states.blocks, HOL_LANES), "tempering"));
    l->sweep_key = level_key(o->seed, number);
cleanup:
    return status;
}

hol_status hol_tempering_create(hol_model *model, const hol_tempering_options *options, int rank, int ranks,
                                hol_tempering **ret) {
    hol_status status = HOL_OK;
    hol_tempering *self = NULL;
    *ret = NULL;
    HOL_TRY(check(model, options));
    HOL_TRY(HOL_ALLOCATE(self, 1, "tempering"));
    self->target = model;
    self->swap_key = hol_rng_key_make(options->seed, HOL_STREAM_TEMPERING_SWAPS);
    self->start_key = hol_rng_key_make(options->seed, HOL_STREAM_TEMPERING_START);
    HOL_TRY(HOL_ALLOCATE(self->levels, options->levels, "tempering"));
    self->count = options->levels;
    HOL_TRY(HOL_ALLOCATE(self->betas, self->count, "tempering"));
    memcpy(self->betas, options->betas, (size_t)self->count * sizeof *self->betas);
    HOL_TRY(HOL_ALLOCATE(self->accepted, self->count, "tempering"));
    HOL_TRY(hol_path_create(model, &self->path));
    HOL_TRY(hol_model_clone(model, &self->difference));
    for (int64_t l = 0; l < self->count; l++) HOL_TRY(make_level(self, l, options, rank, ranks));
    *ret = self;
    return HOL_OK;
cleanup:
    hol_tempering_destroy(self);
    return status;
}

void hol_tempering_destroy(hol_tempering *tempering) {
    if (!tempering) return;
    for (int64_t l = 0; l < tempering->count; l++) {
        if (l < tempering->count - 1) hol_model_destroy(tempering->levels[l].model);
        hol_population_destroy(tempering->levels[l].chains);
        hol_free(tempering->levels[l].differences);
    }
    hol_free(tempering->levels);
    hol_free(tempering->betas);
    hol_free(tempering->accepted);
    hol_path_destroy(tempering->path);
    hol_model_destroy(tempering->difference);
    hol_free(tempering);
}

void hol_tempering_equal_ladder(int64_t levels, double *betas) {
    for (int64_t l = 0; l < levels; l++) betas[l] = levels > 1 ? (double)l / (double)(levels - 1) : 1;
}

void hol_tempering_randomize(hol_tempering *tempering) {
    for (int64_t l = 0; l < tempering->count; l++) {
        const hol_rng_words words = hol_rng_draw(tempering->start_key, (uint32_t)l, 0, 0, 0);
        hol_population_randomize(tempering->levels[l].model, tempering->levels[l].chains,
                                 (hol_rng_key){{words.word[0], words.word[1]}});
    }
}

static hol_status prepare(hol_tempering *self, const float *theta, const double *visible_means,
                          hol_status (*prepare_at)(hol_path *, hol_model *, double)) {
    hol_status status = HOL_OK;
    hol_path_set(self->path, self->target, theta, visible_means);
    for (int64_t l = 0; l < self->count; l++)
        HOL_TRY(prepare_at(self->path, self->levels[l].model, self->betas[l]));
    HOL_TRY(hol_path_prepare_difference(self->path, self->difference));
cleanup:
    return status;
}

hol_status hol_tempering_prepare(hol_tempering *tempering, const float *theta, const double *visible_means) {
    return prepare(tempering, theta, visible_means, hol_path_prepare);
}

hol_status hol_tempering_prepare_training(hol_tempering *tempering, const float *theta, const double *visible_means) {
    return prepare(tempering, theta, visible_means, hol_path_prepare_training);
}

/* ---- exchanges --------------------------------------------------------------------------------------------------- */

/* The lanes of a block that are exchanged, as a mask; their D are exchanged at once. */
static uint64_t choose_lanes(hol_tempering *self, int64_t pair, int64_t block, uint32_t step) {
    level *low = &self->levels[pair], *high = low + 1;
    const hol_states *x = &low->chains->states;
    double *below = low->differences + block * HOL_LANES, *above = high->differences + block * HOL_LANES;
    const double gap = self->betas[pair] - self->betas[pair + 1];
    uint64_t mask = 0;
    for (int lane = 0; lane < HOL_LANES; lane++) {
        const uint32_t chain = (uint32_t)((x->first_block + block) * HOL_LANES + lane);
        const double gain = gap * (below[lane] - above[lane]);
        if (!(hol_rng_uniform(self->swap_key, chain, (uint32_t)pair, step, 0) < hol_exp(gain))) continue;
        const double kept = below[lane];
        below[lane] = above[lane];
        above[lane] = kept;
        mask |= UINT64_C(1) << lane;
    }
    return mask;
}

static void swap_lanes(uint64_t *low, uint64_t *high, int64_t units, uint64_t mask) {
    for (int64_t i = 0; i < units; i++) {
        const uint64_t moved = (low[i] ^ high[i]) & mask;
        low[i] ^= moved;
        high[i] ^= moved;
    }
}

static void swap_pair(hol_tempering *self, int64_t pair, uint32_t step) {
    const hol_states low = self->levels[pair].chains->states, high = self->levels[pair + 1].chains->states;
    const int64_t count = self->levels[pair].chains->count;
    int64_t accepted = 0;
#pragma omp parallel for default(none) shared(self, pair, step, low, high, count) reduction(+ : accepted)
    for (int64_t b = 0; b < low.blocks; b++) {
        const uint64_t mask = choose_lanes(self, pair, b, step);
        swap_lanes(low.words + b * low.stride, high.words + b * high.stride, low.stride, mask);
        accepted += __builtin_popcountll(mask & hol_bits_lane_mask(count, low.first_block + b));
    }
    self->accepted[pair] += accepted;
}

void hol_tempering_swap(hol_tempering *tempering, uint32_t step) {
    for (int64_t l = 0; l < tempering->count; l++)
        tempering->difference->ops->energy(tempering->difference, tempering->levels[l].chains,
                                           tempering->levels[l].differences);
    for (int64_t parity = 0; parity < 2; parity++)
        for (int64_t pair = parity; pair + 1 < tempering->count; pair += 2) swap_pair(tempering, pair, step);
    tempering->accepted[tempering->count - 1]++;
}

void hol_tempering_sweep(hol_tempering *tempering, uint32_t step, uint32_t first_sweep, int64_t sweeps) {
    for (int64_t l = 0; l < tempering->count; l++) {
        const level *here = &tempering->levels[l];
        const hol_draw draw = {.key = here->sweep_key, .step = step, .sweep = first_sweep};
        here->model->ops->sweep(here->model, here->chains, &draw, sweeps);
    }
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

hol_population *hol_tempering_get(const hol_tempering *tempering, int64_t number) {
    return number >= 0 && number < tempering->count ? tempering->levels[number].chains : NULL;
}

int64_t hol_tempering_get_levels(const hol_tempering *tempering) { return tempering->count; }

const double *hol_tempering_get_differences(const hol_tempering *tempering, int64_t number) {
    return tempering->levels[number].differences;
}

double hol_tempering_get_start_log_partition(const hol_tempering *tempering) {
    return tempering->path->start_log_partition;
}

hol_status hol_tempering_take_rates(hol_tempering *tempering, hol_comm *comm, double *rates) {
    const int64_t pairs = tempering->count - 1;
    const double trials = (double)tempering->accepted[pairs] * (double)tempering->levels[0].chains->count;
    const hol_status status = hol_comm_sum_i64(comm, tempering->accepted, pairs);
    for (int64_t l = 0; l < pairs; l++) rates[l] = trials > 0 ? (double)tempering->accepted[l] / trials : 0;
    memset(tempering->accepted, 0, (size_t)tempering->count * sizeof *tempering->accepted);
    return status;
}

void hol_tempering_list_fields(const hol_tempering *tempering, const hol_model_info *info, int64_t replicas,
                               int64_t chains, hol_field_list *list) {
    for (int64_t l = 0; l < replicas; l++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/replicas/%lld", (long long)l);
        const hol_population_folder folder = {path, "chains",
                                              "with train.levels: the chains, 0 and 1, of level 0, the lowest; "
                                              "/replicas/1 ... are the next ones, /chains is the highest"};
        hol_population_list_fields(tempering ? hol_tempering_get(tempering, l) : NULL, info, folder, chains, list);
    }
}
