/* bench: what the files of `holode bench` share.
 *
 *   bench.c          the command, the kernels, whole steps
 *   bench_setup.c    what they work on
 *   bench_network.c  --network */
#ifndef HOL_SRC_CLI_BENCH_H
#define HOL_SRC_CLI_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/rng.h"
#include "base/status.h"
#include "model/model.h"
#include "num/bits.h"
#include "num/layer.h"
#include "sample/population.h"
#include "train/batches.h"
#include "train/optimiser.h"
#include "train/statistics.h"

typedef struct bench_arguments {
    bool json, network;
    const char *units;
    int64_t visible, hidden, chains;
    double seconds; /* per measurement */
} bench_arguments;

typedef struct kernel_result {
    double seconds; /* per call */
    double best;    /* the fastest round's */
    double share;   /* of the L1 ceiling */
} kernel_result;

/* What a step is made of. */
enum { PART_FIELDS, PART_SAMPLING, PART_STATISTICS, PART_REDUCTION, PART_UPDATE, PART_INPUT, PART_OTHER, PARTS };

typedef struct step_result {
    int64_t sweeps;
    double samples_per_second, seconds; /* per step */
    double parts[PARTS];                /* seconds of it */
} step_result;

enum { LEVELS = 3, KERNELS_MAX = 16, STEP_KINDS = 2 };

typedef struct bench {
    hol_comm *comm; /* borrowed */
    bench_arguments arguments;
    int threads;
    hol_model *model; /* owned, as is all that follows */
    hol_batches *batches;
    hol_population *chains;    /* visible and hidden units filled */
    hol_population *evaluated; /* what the trainer wants to evaluate on */
    hol_statistics *positive, *negative;
    hol_optimiser *optimiser;
    float *theta;
    int16_t *weights, *transposed;
    int32_t *reach, *visible_bias, *hidden_bias;
    hol_layer to_hidden, to_visible; /* views of the four above */
    int32_t *fields;                 /* (lanes, the wider layer) */
    int32_t *sums;                   /* (parameters) */
    uint64_t *no_states;             /* (blocks, hidden), all 0 */
    double *reals;                   /* (hidden) */
    char *lines;                     /* what the ceiling's loops read */
    int64_t step;
    double sink;              /* so that no work is left out as unused */
    double bandwidth[LEVELS]; /* bytes per second, all threads */
    kernel_result kernels[KERNELS_MAX];
    step_result steps[STEP_KINDS];
} bench;

/* Fills all that is owned, for the arguments; on an error, too, it is the caller's to release. */
hol_status hol_bench_make(bench *self) HOL_MUST_USE;
void hol_bench_release(bench *self);

/* As many samples as MNIST has, or as fit in the bits that it takes: a batch is then spread over more than the L2
 * cache. */
int64_t hol_bench_samples(const bench_arguments *a);

static inline int64_t lanes(const bench *self) { return self->chains->states.blocks * HOL_LANES; }

static inline hol_draw new_draw(bench *self) {
    return (hol_draw){.key = hol_rng_key_make(1, HOL_STREAM_NEGATIVE), .step = (uint32_t)self->step++};
}

/* qsort's, of doubles; and the middle one of `count`, which are sorted then. */
int hol_bench_compare(const void *a, const void *b);
double hol_bench_median(double *values, int64_t count);

#endif
