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

static hol_status make_population(hol_comm *comm, const hol_model *model, int64_t chains, hol_population **ret) {
    return hol_population_create(model, chains, hol_comm_rank(comm), hol_comm_size(comm), ret);
}

/* Where a walk goes. */
typedef struct way {
    bool from_start; /* from independent states, else from the population's */
    hol_stream stream;
    const double *betas; /* borrowed: (intervals + 1) */
    int64_t intervals;
    double *spread; /* borrowed, or NULL: estimate/annealing.h */
} way;

/* Walks, and what their weights say; *ret_start: ln Z of the independent states. Collective. */
static hol_status walk(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *o,
                       const way *w, hol_population *population, hol_weights_summary *ret, double *ret_start) {
    hol_status status = HOL_OK;
    const int64_t blocks = population->states.blocks;
    const hol_rng_key key = hol_rng_key_make(o->seed, w->stream);
    hol_annealing *annealing = NULL;
    double *log_weights = NULL;
    status = hol_annealing_create(model, theta, o->visible_means, blocks, &annealing);
    if (status == HOL_OK) status = HOL_ALLOCATE(log_weights, HOL_PRODUCT(blocks, HOL_LANES), "annealing");
    HOL_TRY(hol_comm_agree(comm, status));
    if (w->from_start) HOL_TRY(hol_annealing_draw_start(annealing, population, key));
    HOL_TRY(hol_annealing_walk(annealing, comm, population, key, w->betas, w->intervals, log_weights, w->spread));
    HOL_TRY(hol_weights_gather(comm, population, log_weights, ret, NULL));
    *ret_start = hol_annealing_get_start(annealing);
cleanup:
    hol_annealing_destroy(annealing);
    hol_free(log_weights);
    return status;
}

/* ---- ladders ----------------------------------------------------------------------------------------------------- */

/* A short walk on equal steps; the spread of its log-weights' changes says where the steps should be short. */
static hol_status adapt(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *o,
                        double *betas) {
    hol_status status = HOL_OK;
    hol_population *population = NULL;
    hol_weights_summary s;
    double *pilot = NULL, *spread = NULL, start = 0;
    int64_t steps = o->intervals / PILOT_SHARE;
    if (steps < PILOT_MIN) steps = PILOT_MIN;
    if (steps > PILOT_MAX) steps = PILOT_MAX;
    status = make_population(comm, model, PILOT_CHAINS, &population);
    if (status == HOL_OK) status = HOL_ALLOCATE(pilot, steps + 1, "annealing");
    if (status == HOL_OK) status = HOL_ALLOCATE(spread, steps, "annealing");
    HOL_TRY(hol_comm_agree(comm, status));
    for (int64_t k = 0; k <= steps; k++) pilot[k] = (double)k / (double)steps;
    const way w = {true, HOL_STREAM_ANNEALING_PILOT, pilot, steps, spread};
    HOL_TRY(walk(comm, model, theta, o, &w, population, &s, &start));
    for (int64_t k = 0; k < steps; k++) spread[k] *= (double)steps; /* per unit of beta */
    hol_ladder_from_spread(pilot, spread, steps, o->intervals, betas);
cleanup:
    hol_population_destroy(population);
    hol_free(pilot);
    hol_free(spread);
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
    hol_population *population = NULL;
    hol_weights_summary s;
    double start = 0;
    const way w = {true, HOL_STREAM_ANNEALING, betas, options->intervals, NULL};
    HOL_TRY(hol_comm_agree(comm, make_population(comm, model, options->chains, &population)));
    HOL_TRY(walk(comm, model, theta, options, &w, population, &s, &start));
    *ret_result = (hol_ais_result){.log_partition = start + s.log_mean,
                                   .standard_error = s.standard_error,
                                   .low = start + s.low,
                                   .high = start + s.high,
                                   .weights = s};
cleanup:
    hol_population_destroy(population);
    return status;
}

hol_status hol_ais_reverse(hol_comm *comm, const hol_model *model, const float *theta, const hol_ais_options *options,
                           const double *betas, hol_population *starts, hol_ais_result *ret_result) {
    hol_status status = HOL_OK;
    const int64_t intervals = options->intervals;
    hol_weights_summary s;
    double *falling = NULL, start = 0;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(falling, intervals + 1, "annealing")));
    for (int64_t k = 0; k <= intervals; k++) falling[k] = betas[intervals - k];
    const way w = {false, HOL_STREAM_REVERSE_ANNEALING, falling, intervals, NULL};
    HOL_TRY(walk(comm, model, theta, options, &w, starts, &s, &start));
    *ret_result = (hol_ais_result){.log_partition = start - s.log_mean,
                                   .standard_error = s.standard_error,
                                   .low = start - s.high,
                                   .high = start - s.low,
                                   .weights = s};
cleanup:
    hol_free(falling);
    return status;
}
