/* ais: ladders, and walks up and down. */
#include "estimate/ais.h"

#include <math.h>

#include "base/alloc.h"
#include "estimate/annealing.h"
#include "estimate/ladder.h"
#include "num/bits.h"
#include "sample/population.h"

/* a pilot's share of the whole run: a few per cent */
enum { PILOT_SHARE = 10, PILOT_MIN = 50, PILOT_MAX = 1000, PILOT_CHAINS = 64 };

/* What a walk needs beside its population. */
typedef struct walkers {
    hol_annealing *annealing; /* owned */
    double *log_weights;      /* owned: (lanes) */
} walkers;

static void clear(walkers *w) {
    hol_annealing_destroy(w->annealing);
    hol_free(w->log_weights);
}

static hol_status make_walkers(const hol_model *model, const float *theta, const hol_ais_options *o,
                               const hol_population *population, walkers *w) {
    hol_status status = HOL_OK;
    const int64_t blocks = population->states.blocks;
    HOL_TRY(hol_annealing_create(model, theta, o->visible_means, blocks, &w->annealing));
    HOL_TRY(HOL_ALLOCATE(w->log_weights, HOL_PRODUCT(blocks, HOL_LANES), "annealing"));
cleanup:
    return status;
}

static hol_status make_population(hol_comm *comm, const hol_model *model, int64_t chains, hol_population **ret) {
    return hol_population_create(model, chains, hol_comm_rank(comm), hol_comm_size(comm), ret);
}

/* ---- ladders ----------------------------------------------------------------------------------------------------- */

/* A short walk on equal steps; the spread of its log-weights' changes says where the steps should be short. */
static hol_status adapt(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *o,
                        double *betas) {
    hol_status status = HOL_OK;
    walkers w = {0};
    hol_population *population = NULL;
    double *pilot = NULL, *spread = NULL;
    int64_t steps = o->intervals / PILOT_SHARE;
    if (steps < PILOT_MIN) steps = PILOT_MIN;
    if (steps > PILOT_MAX) steps = PILOT_MAX;
    const hol_rng_key key = hol_rng_key_make(o->seed, HOL_STREAM_ANNEALING_PILOT);
    status = make_population(comm, model, PILOT_CHAINS, &population);
    if (status == HOL_OK) status = make_walkers(model, theta, o, population, &w);
    if (status == HOL_OK) status = HOL_ALLOCATE(pilot, steps + 1, "annealing");
    if (status == HOL_OK) status = HOL_ALLOCATE(spread, steps, "annealing");
    HOL_TRY(hol_comm_agree(comm, status));
    for (int64_t k = 0; k <= steps; k++) pilot[k] = (double)k / (double)steps;
    HOL_TRY(hol_annealing_draw_start(w.annealing, population, key));
    HOL_TRY(hol_annealing_walk(w.annealing, comm, population, key, pilot, steps, w.log_weights, spread));
    for (int64_t k = 0; k < steps; k++) spread[k] *= (double)steps; /* per unit of beta */
    hol_ladder_from_spread(pilot, spread, steps, o->intervals, betas);
cleanup:
    hol_population_destroy(population);
    hol_free(pilot);
    hol_free(spread);
    clear(&w);
    return status;
}

hol_status hol_ais_ladder(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                          double *betas) {
    if (options->adaptive) return adapt(comm, model, theta, options, betas);
    hol_ladder_classic(options->intervals, betas);
    return HOL_OK;
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

hol_status hol_ais_forward(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                           const double *betas, hol_ais_result *ret_result) {
    hol_status status = HOL_OK;
    walkers w = {0};
    hol_population *population = NULL;
    hol_weights_summary s;
    const hol_rng_key key = hol_rng_key_make(options->seed, HOL_STREAM_ANNEALING);
    status = make_population(comm, model, options->chains, &population);
    if (status == HOL_OK) status = make_walkers(model, theta, options, population, &w);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_annealing_draw_start(w.annealing, population, key));
    HOL_TRY(hol_annealing_walk(w.annealing, comm, population, key, betas, options->intervals, w.log_weights, NULL));
    HOL_TRY(hol_weights_gather(comm, population, w.log_weights, &s, NULL));
    const double start = hol_annealing_get_start(w.annealing);
    *ret_result = (hol_ais_result){.log_partition = start + s.log_mean,
                                   .standard_error = s.standard_error,
                                   .low = start + s.low,
                                   .high = start + s.high,
                                   .weights = s};
cleanup:
    hol_population_destroy(population);
    clear(&w);
    return status;
}

hol_status hol_ais_reverse(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                           const double *betas, hol_population *starts, hol_ais_result *ret_result) {
    hol_status status = HOL_OK;
    walkers w = {0};
    double *falling = NULL;
    hol_weights_summary s;
    const hol_rng_key key = hol_rng_key_make(options->seed, HOL_STREAM_REVERSE_ANNEALING);
    const int64_t intervals = options->intervals;
    status = make_walkers(model, theta, options, starts, &w);
    if (status == HOL_OK) status = HOL_ALLOCATE(falling, intervals + 1, "annealing");
    HOL_TRY(hol_comm_agree(comm, status));
    for (int64_t k = 0; k <= intervals; k++) falling[k] = betas[intervals - k];
    HOL_TRY(hol_annealing_walk(w.annealing, comm, starts, key, falling, intervals, w.log_weights, NULL));
    HOL_TRY(hol_weights_gather(comm, starts, w.log_weights, &s, NULL));
    const double start = hol_annealing_get_start(w.annealing);
    *ret_result = (hol_ais_result){.log_partition = start - s.log_mean,
                                   .standard_error = s.standard_error,
                                   .low = start - s.high,
                                   .high = start - s.low,
                                   .weights = s};
cleanup:
    hol_free(falling);
    clear(&w);
    return status;
}
