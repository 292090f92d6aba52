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

/* whether a lane holds column c, a unit where first_units is NULL */
static inline bool hol_holds_column(const uint64_t *held, int64_t c, const int64_t *first_units, int lane) {
    if (first_units && first_units[c] == first_units[c + 1]) return false; /* of one state: nothing to foretell */
    return hol_bits_get(held, first_units ? first_units[c] : c, lane);
}

/* The column, of `columns`, whose pseudo-likelihood is taken in lane r of the population's local blocks: where it has a
 * mask one of those that the lane holds, known ones, if there are any. */
static inline int64_t hol_choose_column(const hol_population *population, int64_t r, hol_rng_key key, int64_t columns,
                                        const int64_t *first_units) {
    const int lane = (int)(r % HOL_LANES);
    const hol_states *x = &population->states;
    const uint64_t *held = population->held ? population->held + r / HOL_LANES * x->stride : NULL;
    const int64_t chain = x->first_block * HOL_LANES + r;
    const double uniform = hol_rng_uniform(key, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 0, 0);
    int64_t known = 0, column = 0;
    for (int64_t c = 0; held && c < columns; c++) known += hol_holds_column(held, c, first_units, lane);
    if (known == 0) return (int64_t)(uniform * (double)columns);
    for (int64_t left = (int64_t)(uniform * (double)known);; column++)
        if (hol_holds_column(held, column, first_units, lane) && left-- == 0) return column;
}

static inline int64_t hol_choose_unit(const hol_population *population, int64_t r, hol_rng_key key, int64_t units) {
    return hol_choose_column(population, r, key, units, NULL);
}

/* hol_model_ops.infer where nothing is hidden. */
static inline void hol_infer_nothing(const hol_model *model, hol_population *population, const hol_draw *draw,
                                     bool samples) {
    (void)model, (void)population, (void)draw, (void)samples;
}

#endif
