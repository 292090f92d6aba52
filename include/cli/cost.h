/* cost: what a step of a run takes, before it is submitted: bytes on the network, time.
 *
 * Kernels are measured on this machine, on random states, with a few numbers of blocks; a dense model too large for
 * that is measured smaller, and its times grow with the parameters. From there on it is arithmetic.
 *
 * - One sum over n nodes takes C = turns * latency + messages * HOL_COST_MESSAGE + bytes / bandwidth + handled / speed
 *   (base/sum.h says how many there are), the speed of adding up vectors being measured, too.
 * - A step is the busiest rank's blocks (positive phase, k sweeps, statistics of both phases), the update, which the
 *   ranks of a node share out, and what sums take beyond what hides behind computation: C less HOL_COST_HIDDEN of the
 *   sweeps' time for the positive phase's, where it travels by itself, C less HOL_COST_HIDDEN of all but the last
 *   piece's statistics' time for the negative phase's.
 *
 * Messages move only while ranks look after them: HOL_COST_HIDDEN is what that leaves, found over a shaped network.
 * Ranks are taken to be equally fast. */
#ifndef HOL_CLI_COST_H
#define HOL_CLI_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "base/sum.h"
#include "model/model.h"
#include "train/trainer.h"

#define HOL_COST_HIDDEN 0.6

/* Seconds of a rank's time for a message and its answer, beside the network's. */
#define HOL_COST_MESSAGE 0.5e-6

/* Of what the ranks of a node compute together, each rank's time is this share of its time alone plus its part of the
 * rest: the memory that they write to is one, too. Measured with two ranks. */
#define HOL_COST_TOGETHER 0.5

/* What a prediction is for. */
typedef struct hol_cost_layout {
    int64_t ranks, node_ranks;  /* in all; on a node */
    int64_t threads;            /* of a rank */
    double speed;               /* of a core, over those measured on */
    double latency, bandwidth;  /* of the network: seconds one way, bytes per second and node */
    int64_t batch_size, chains; /* over all ranks */
    bool exact;                 /* the positive phase is a constant */
} hol_cost_layout;

enum { HOL_COST_POINTS = 3 };

/* Seconds that a number of local blocks takes, at this machine's measured threads. */
typedef struct hol_cost_times {
    int64_t blocks;
    double infer, sweep, statistics; /* sweep: one */
    double update, prepare;          /* of the parameters; of tables: whatever the blocks */
} hol_cost_times;

/* What was measured. */
typedef struct hol_cost {
    const hol_model *model; /* borrowed: the run's, though its tables need not be there */
    int64_t sweeps;
    int64_t levels;         /* of tempering; 1: none */
    int64_t pieces;         /* of the negative phase's sum over several nodes */
    bool means;             /* hol_phases has it */
    int64_t missing_sweeps; /* of the positive phase (train/missing.h); 0: no value is missing */
    int threads;            /* measured with */
    double scale;           /* units over those measured; 1: the model itself */
    hol_cost_times times[HOL_COST_POINTS];
    bool shared_tables;  /* whether the ranks of a node have them together; parameters and optimiser they have */
    double memory_speed; /* bytes per second of a rank's sums of vectors */
} hol_cost;

/* A step's time. */
typedef struct hol_cost_prediction {
    int64_t nodes;
    int64_t blocks;        /* the busiest rank's, of the batch, or of the chains where that has none */
    int64_t message_bytes; /* of both phases' sums */
    int64_t sent_bytes;    /* by a node, in a step */
    int turns, messages;   /* of hol_sum_traffic, in a step */
    double sampling, statistics, update;
    double sum;     /* seconds of both sums over ranks, alone */
    double exposed; /* of both sums, not hidden behind computation */
    double step;
} hol_cost_prediction;

/* Measures the steps that `trainer` says of a model of these options, by one like `model`, which must outlive the cost,
 * if it is too large, by a smaller one. `means` (visible) are the columns' in [0, 1], or NULL where they are not known;
 * missing: rows lack values. At most `threads` threads. Collective, but only rank 0's result counts. */
hol_status hol_cost_measure(hol_comm *comm, const hol_model *model, const hol_model_options *options,
                            const hol_trainer_options *trainer, const double *means, bool missing, int threads,
                            hol_cost *ret_cost) HOL_MUST_USE;

/* Not collective. */
hol_cost_prediction hol_cost_predict(const hol_cost *cost, const hol_cost_layout *layout);

/* The smallest power of two of ranks, up to `most`, at which more than half of a step is exposed sums; 0: none. */
int64_t hol_cost_find_limit(const hol_cost *cost, const hol_cost_layout *layout, int64_t most);

#endif
