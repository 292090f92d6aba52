/* trainer: the general learning algorithm, over ranks and threads, for any model.
 *
 *     a step:  batch -> positive phase -> its statistics, sum in flight; or nothing, where that phase is a constant
 *              chains -> with tempering, exchanges between levels -> k sweeps -> negative statistics, piece by piece,
 *                        each one's sum in flight
 *              gradient -> theta -> tables for the next step
 *
 * A run is a function of (config, data, seed): the state below, which is all that a checkpoint holds, is the same to
 * the last bit on any number of ranks and threads. What happens around the steps (files, terminal) comes in through
 * hooks. */
#ifndef HOL_TRAIN_TRAINER_H
#define HOL_TRAIN_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "train/batches.h"
#include "train/optimiser.h"
#include "train/schedule.h"
#include "train/state.h"

typedef enum hol_method {
    HOL_METHOD_PCD, /* persistent chains (Tieleman 2008) */
    HOL_METHOD_CD,  /* chains restarted at the batch (Hinton 2002) */
} hol_method;

/* What the positive phase's expectations are over. */
typedef enum hol_positive {
    HOL_POSITIVE_BATCHES, /* the step's batch */
    HOL_POSITIVE_EXACT,   /* the whole data set, weighted (train/expectation.h): of models without hidden units */
} hol_positive;

typedef struct hol_trainer_options {
    hol_method method;
    hol_positive positive;    /* with cd always batches, for chains begin at them */
    double pseudo_count;      /* exact: the part of E_data[T] that is T's mean over fair states, in [0, 1) */
    int64_t sweeps;           /* k, per step */
    int64_t chains;           /* over all ranks; with cd the batch size takes its place */
    int64_t levels;           /* pcd: levels of tempering, 1 to HOL_TRAINER_LEVELS_MAX; 1 (or 0): none */
    double lowest_beta;       /* of the lowest level, in [0, 1): levels are equally spaced from there to 1 */
    int64_t batch_size;       /* over all ranks; of an exact positive phase it only says how long epochs are */
    bool positive_persistent; /* where hidden units are sampled by sweeps in the positive phase: each place of the batch
                               * goes on from its hidden states of the step before, though with another sample */
    int64_t missing_sweeps;   /* of each positive phase where rows lack values (train/missing.h), >= 1 */
    int64_t samples;          /* in the training set, for epochs */
    uint64_t seed;
    double initial_weights; /* standard deviation */
    hol_schedule schedule;  /* schedule.steps is the run's length */
    hol_optimiser_options optimiser;
    bool overlap;             /* sums over ranks travel while the ranks compute; the result does not depend on it */
    int64_t average_steps;    /* horizon of the iterates' average; 0: none */
    int64_t evaluate_every;   /* steps, >= 1 */
    int64_t walks;            /* that carry ln Z where it is not exact (train/partition.h); 0: none */
    int64_t patience;         /* evaluations without a better log-likelihood of valid_set that end the run; 0: never */
    double until_pearson;     /* pcd: correlation with the data (train/pearson.h) that ends the run; 0: it is not taken.
                                * Bits are fixed then, and no value is missing */
    int64_t pearson_every;    /* steps at which it is looked at, beside evaluations, >= 1 */
    int64_t exact_units;      /* exact likelihood at evaluations: train/monitor.h */
    int64_t checkpoint_every; /* steps; 0: never by steps */
    double checkpoint_seconds; /* 0: never by time */
} hol_trainer_options;

/* What a trainer calls; every one is collective, called on all ranks at the same step, and may be NULL. A status other
 * than HOL_OK, equal on all ranks, ends the run with it. */
typedef struct hol_hooks {
    void *context; /* borrowed */
    hol_status (*checkpoint)(void *context, const hol_state *state);
    hol_status (*evaluated)(void *context, const hol_state *state); /* the newest row of the history */
    void (*stepped)(void *context, const hol_state *state);         /* after every step; must be quick */
} hol_hooks;

/* Chains of the negative phase, over all ranks. */
static inline int64_t hol_trainer_chains(const hol_trainer_options *options) {
    return options->method == HOL_METHOD_PCD ? options->chains : options->batch_size;
}

/* Whether the positive phase is a constant: then batches are whole (train/batches.h). */
static inline bool hol_trainer_is_exact(const hol_trainer_options *options) {
    return options->positive == HOL_POSITIVE_EXACT && options->method == HOL_METHOD_PCD;
}

/* The part of the data's expectations that is that of fair states. */
static inline double hol_trainer_pseudo_count(const hol_trainer_options *options) {
    return hol_trainer_is_exact(options) && options->pseudo_count > 0 ? options->pseudo_count : 0;
}

static inline hol_phases hol_trainer_phases(const hol_trainer_options *options) {
    return (hol_phases){.batch = hol_trainer_is_exact(options) ? 0 : options->batch_size,
                        .chains = hol_trainer_chains(options),
                        .means = hol_optimiser_needs_means(&options->optimiser)};
}

typedef struct hol_trainer hol_trainer; /* opaque */

/* model, batches and the evaluation populations are borrowed and must outlive the trainer. train_set and valid_set are
 * populations over the same model, filled with the samples to evaluate on; valid_set may be NULL. The caller owns
 * *ret_trainer. Collective. */
hol_status hol_trainer_create(hol_comm *comm, hol_model *model, const hol_trainer_options *options,
                              const hol_batches *batches, hol_population *train_set, hol_population *valid_set,
                              const hol_hooks *hooks, hol_trainer **ret_trainer) HOL_MUST_USE;
void hol_trainer_destroy(hol_trainer *trainer);

/* The state, for filling in from a checkpoint before hol_trainer_run, and for reading. Borrowed. */
hol_state *hol_trainer_get_state(hol_trainer *trainer);

/* Whether evaluations have a log-likelihood of valid_set: ln Z is enumerated or carried along, and the kind has free
 * energies. Not collective. */
bool hol_trainer_has_likelihood(const hol_trainer *trainer);

/* The state of a new run at step 0: parameters `first`, (parameters), or with NULL from the data's means and the seed;
 * chains at random. Collective. */
hol_status hol_trainer_start(hol_trainer *trainer, const float *first) HOL_MUST_USE;

/* In place of a run, where memory is counted (base/memory.h): takes what evaluations take, and the whole history. */
hol_status hol_trainer_measure(hol_trainer *trainer) HOL_MUST_USE;

/* Whether a state of a run after its first step is at its end by until_pearson. */
static inline bool hol_trainer_is_near(const hol_trainer_options *options, const hol_state *state) {
    return options->until_pearson > 0 && state->step > 0 &&
           hol_history_reaches(&state->history, HOL_METRIC_PEARSON, state->step, options->until_pearson);
}

/* Runs from state.step to the end of the schedule, or to that of patience or until_pearson: then a state that comes
 * back ends at once, as long as neither is larger. HOL_OK when complete, with a last evaluation and checkpoint;
 * HOL_STOPPED after a request to end, with a checkpoint; HOL_NUMERICAL when parameters break down: the state is not
 * checkpointed then. Collective. */
hol_status hol_trainer_run(hol_trainer *trainer) HOL_MUST_USE;

#endif
