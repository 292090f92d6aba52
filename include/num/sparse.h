/* sparse: coupled units of which each has few neighbours, drawn colour by colour (chromatic Gibbs), 64 chains at a
 * time.
 *
 *     field_i = bias[i] + sum_k couplings[k] x[neighbours[k]]      p(x_i = 1 | all others) = 1 / (1 + exp(-field_i *
 * scale))
 *
 * in whole numbers (num/fixed.h), with the random numbers of num/kernels.h. Units of one colour are not coupled with
 * each other, so that their order, and the thread that draws them, does not matter. */
#ifndef HOL_NUM_SPARSE_H
#define HOL_NUM_SPARSE_H

#include <stdint.h>

#include "num/layer.h"

/* A view; the model owns the arrays. */
typedef struct hol_sparse {
    const hol_kernels *kernels;
    int64_t units;
    const int64_t *starts;        /* (units + 1): unit i's neighbours are neighbours[starts[i]] .. */
    const int32_t *neighbours;    /* each pair stands in both units' lists, with equal couplings */
    const int32_t *couplings;     /* as neighbours */
    const int32_t *bias;          /* (units) */
    float scale;                  /* 2^-fraction_bits: a field of 1 means this many nats */
    const int32_t *order;         /* (units): the units, colour after colour */
    const int64_t *colour_starts; /* (colours + 1) into order */
    int64_t colours;
} hol_sparse;

/* One sweep over the units of order, in place; the number of unit i in the draw is i. held, laid out as x->words: a bit
 * for each state that stays as it is; or NULL. Threaded. */
void hol_sparse_sample(const hol_sparse *sparse, const hol_states *x, const uint64_t *held, const hol_draw *draw);
/* The plain reference, chain by chain. Not threaded. */
void hol_sparse_sample_ref(const hol_sparse *sparse, const hol_states *x, const uint64_t *held, const hol_draw *draw);

/* sum_i bias_i x_i + sum over pairs of coupling x_i x_j, per lane: sums is (blocks * 64). Threaded over blocks. */
void hol_sparse_sum(const hol_sparse *sparse, const hol_states *x, int64_t *sums);

#endif
