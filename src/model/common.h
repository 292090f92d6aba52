/* common: what several kinds of models do alike; for src/model alone. */
#ifndef HOL_SRC_MODEL_COMMON_H
#define HOL_SRC_MODEL_COMMON_H

#include "model/model.h"
#include "num/bits.h"

/* The unit, of `units`, whose pseudo-likelihood is taken in lane r of the population's local blocks. */
static inline int64_t hol_choose_unit(const hol_states *x, int64_t r, hol_rng_key key, int64_t units) {
    const int64_t chain = x->first_block * HOL_LANES + r;
    const double uniform = hol_rng_uniform(key, (uint32_t)chain, (uint32_t)((uint64_t)chain >> 32), 0, 0);
    return (int64_t)(uniform * (double)units);
}

/* hol_model_ops.infer where nothing is hidden. */
static inline void hol_infer_nothing(const hol_model *model, hol_population *population, const hol_draw *draw) {
    (void)model, (void)population, (void)draw;
}

#endif
