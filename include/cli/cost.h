/* cost: what a run takes, before it is submitted: memory, bytes on the network, time per step.
 *
 * Kernels are measured on this machine, on random states, with a few numbers of blocks; a dense model too large for
 * that is measured smaller, and its times grow with the parameters. From there on it is arithmetic.
 *
 * - One sum of M bytes over n nodes takes C = 2 ceil(log2 n) latency + 2 (1 - 1/n) M / bandwidth + (1 - 1/n) M / speed,
 *   the speed of adding up vectors being measured, too.
 * - A step is the busiest rank's blocks (positive phase, k sweeps, statistics of both phases), the update, which the
 *   ranks of a node share out, and what the two sums take beyond what hides behind computation: C less HOL_COST_HIDDEN
 *   of the sweeps' time for the positive phase's, C less HOL_COST_HIDDEN of all but the last piece's statistics' time
 *   for the negative phase's.
 *
 * The all-reduce is Rabenseifner's (Thakur, Rabenseifner & Gropp 2005), whose messages move only while ranks look after
 * them: HOL_COST_HIDDEN is what that leaves, found over a shaped network. Ranks are taken to be equally fast. */
#ifndef HOL_CLI_COST_H
#define HOL_CLI_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/config.h"

#define HOL_COST_HIDDEN 0.6

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
} hol_cost_layout;

enum { HOL_COST_POINTS = 3, HOL_COST_ITEMS = 10 };

/* Seconds that a number of local blocks takes, at this machine's measured threads. */
typedef struct hol_cost_times {
    int64_t blocks;
    double infer, sweep, statistics; /* sweep: one */
} hol_cost_times;

/* What was measured. */
typedef struct hol_cost {
    char kind[32];
    int64_t visible, hidden, parameters, samples, sweeps, steps, batch_size, chains;
    int64_t variables; /* of a model with columns of states; else 0 */
    int64_t levels;    /* of tempering, `chains` chains in each; 1: none */
    int threads;       /* measured with */
    double scale;      /* units over those measured; 1: the model itself */
    hol_cost_times times[HOL_COST_POINTS];
    double update;       /* seconds a step, tables included */
    double prepare;      /* seconds of the tables alone */
    bool shared_tables;  /* whether the ranks of a node have them together; parameters and optimiser they have */
    double memory_speed; /* bytes per second of a rank's sums of vectors */
    int64_t width;       /* bytes of an entry that travels */
    int64_t pieces;
    int64_t base_bytes; /* program, libraries, MPI */
    int64_t model_bytes, optimiser_bytes, parameter_bytes;
    int64_t private_bytes; /* of the optimiser's, what each rank has for itself */
    double block_bytes;    /* a block of a population */
    double row_bytes;      /* a sample of the data set */
    int64_t evaluated;     /* samples of evaluations, all sets */
    int64_t checkpoint_bytes;
} hol_cost;

typedef struct hol_cost_item {
    const char *name;
    int64_t bytes;
} hol_cost_item;

/* A rank's memory and a step's time. */
typedef struct hol_cost_prediction {
    hol_cost_item items[HOL_COST_ITEMS];
    int item_count;
    int64_t rank_bytes;
    int64_t nodes;
    int64_t blocks;        /* the busiest rank's, of the batch */
    int64_t message_bytes; /* one phase's sum, from a node */
    double sampling, statistics, update;
    double sum;     /* seconds of one sum over ranks, alone */
    double exposed; /* of both sums, not hidden behind computation */
    double step;
} hol_cost_prediction;

/* Measures what `config` asks for, on data of `visible` columns (0: the model's own) and `samples` rows. `means`
 * (visible) are the columns' in [0, 1], or NULL where they are not known; `binary` data take a bit each. At most
 * `threads` threads. Collective, but only rank 0's result counts. */
hol_status hol_cost_measure(hol_comm *comm, const hol_config *config, int64_t visible, int64_t samples,
                            const double *means, bool binary, int threads, hol_cost *ret_cost) HOL_MUST_USE;

/* Not collective. */
hol_cost_prediction hol_cost_predict(const hol_cost *cost, const hol_cost_layout *layout);

/* The smallest power of two of ranks, up to `most`, at which more than half of a step is exposed sums; 0: none. */
int64_t hol_cost_find_limit(const hol_cost *cost, const hol_cost_layout *layout, int64_t most);

#endif
