/* means: exact means of the units of a pairwise machine by enumeration; shared by rbm and boltzmann, not for others. */
#ifndef HOL_SRC_MODEL_MEANS_H
#define HOL_SRC_MODEL_MEANS_H

#include "model/model.h"

/* A machine with E = -sum bias_i x_i - sum_{i<j} coupling_ij x_i x_j, of which `units` units from `first` on are
 * enumerated and `summed_units` units from `summed` on, which are not coupled to each other, are summed out: together
 * all units. */
typedef struct hol_pairwise {
    int64_t first, units, summed, summed_units;
    double (*bias)(const hol_model *model, const float *theta, int64_t i);
    double (*coupling)(const hol_model *model, const float *theta, int64_t i, int64_t j);
} hol_pairwise;

/* hol_model_ops.exact_means of such a machine. */
double hol_pairwise_exact_means(const hol_pairwise *p, const hol_model *model, const float *theta, int64_t chunk,
                                int chunk_bits, double *scratch, double *means);

/* hol_model_ops.factors of such a machine: fields and couplings that are not 0, over all its units. */
hol_status hol_pairwise_factors(const hol_pairwise *p, const hol_model *model, const float *theta,
                                hol_factors **ret_factors) HOL_MUST_USE;

#endif
