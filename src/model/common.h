/* common: what several kinds of models do alike; for src/model alone. */
#ifndef HOL_SRC_MODEL_COMMON_H
#define HOL_SRC_MODEL_COMMON_H

#include "model/graph.h"
#include "model/model.h"
#include "num/bits.h"
#include "num/sparse.h"

/* A copy of `count` numbers, the caller's; NULL of none. */
hol_status hol_copy_floats(const float *from, int64_t count, const char *what, float **ret) HOL_MUST_USE;

/* A graph's couplings as they are drawn (num/sparse.h), unit by unit of `order`; all borrowed. */
static inline hol_sparse hol_sparse_of(const hol_kernels *kernels, const hol_graph *graph, const int32_t *couplings,
                                       const int32_t *bias, const int32_t *order, const int64_t *colour_starts) {
    return (hol_sparse){.kernels = kernels,
                        .units = graph->units,
                        .starts = graph->starts,
                        .neighbours = graph->neighbours,
                        .couplings = couplings,
                        .bias = bias,
                        .order = order,
                        .colour_starts = colour_starts,
                        .colours = graph->colours};
}

/* The unit, of `units`, whose pseudo-likelihood is taken in lane r of the population's local blocks. */
static inline int64_t hol_choose_unit(const hol_states *x, int64_t r, hol_rng_key key, int64_t units) {
    const int64_t chain = x->first_block * HOL_LANES + r;
    const double uniform = hol_rng_uniform(key, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 0, 0);
    return (int64_t)(uniform * (double)units);
}

/* hol_model_ops.infer where nothing is hidden. */
static inline void hol_infer_nothing(const hol_model *model, hol_population *population, const hol_draw *draw,
                                     bool samples) {
    (void)model, (void)population, (void)draw, (void)samples;
}

#endif
