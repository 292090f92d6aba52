/* means: the enumeration of exact_chunk, with what it says of the units. The sums of weighted states are kept relative
 * to the largest weight so far, as those of hol_log_sum are. */
#include "means.h"

#include <math.h>

#include "base/alloc.h"
#include "num/elementary.h"

/* Adds the means of one state, with the units' fields, at log-weight `weight`; `sum` is that of the weights before
 * it. */
static void add_state(const hol_pairwise *p, uint64_t state, double weight, const double *fields,
                      const hol_log_sum *sum, double *means) {
    const double shrink = weight > sum->largest ? hol_exp(sum->largest - weight) : 1;
    const double share = weight > sum->largest ? 1 : hol_exp(weight - sum->largest);
    for (int64_t i = 0; shrink < 1 && i < p->units + p->summed_units; i++) means[i] *= shrink;
    for (int64_t u = 0; u < p->units; u++)
        if (state >> u & 1) means[p->first + u] += share;
    for (int64_t k = 0; k < p->summed_units; k++) means[p->summed + k] += share * hol_logistic(fields[p->summed + k]);
}

double hol_pairwise_exact_means(const hol_pairwise *p, const hol_model *model, const float *theta, int64_t chunk,
                                int chunk_bits, double *scratch, double *means) {
    const double beta = 1 / model->temperature;
    const int64_t all = p->units + p->summed_units;
    const uint64_t first = (uint64_t)chunk << chunk_bits, count = UINT64_C(1) << chunk_bits;
    double *fields = scratch, linear = 0;
    uint64_t state = 0;
    hol_log_sum sum = hol_log_sum_empty();
    for (int64_t i = 0; i < all; i++) fields[i] = beta * p->bias(model, theta, i), means[i] = 0;
    for (uint64_t n = first; n < first + count; n++) {
        const uint64_t gray = n ^ (n >> 1);
        for (uint64_t changed = gray ^ state; changed; changed &= changed - 1) {
            const int64_t u = p->first + __builtin_ctzll(changed);
            const double sign = gray >> (u - p->first) & 1 ? beta : -beta;
            linear += sign > 0 ? fields[u] : -fields[u];
            for (int64_t i = 0; i < all; i++) fields[i] += sign * p->coupling(model, theta, u, i);
        }
        state = gray;
        double weight = linear;
        for (int64_t k = 0; k < p->summed_units; k++) weight += hol_softplus(fields[p->summed + k]);
        add_state(p, state, weight, fields, &sum, means);
        hol_log_sum_add(&sum, weight);
    }
    for (int64_t i = 0; i < all; i++) means[i] /= sum.scaled;
    return hol_log_sum_get(&sum);
}

hol_status hol_pairwise_factors(const hol_pairwise *p, const hol_model *model, const float *theta,
                                hol_factors **ret_factors) {
    hol_status status = HOL_OK;
    const int64_t all = p->units + p->summed_units;
    const double beta = 1 / model->temperature;
    int32_t *two = NULL;
    hol_factors *factors = NULL;
    HOL_TRY(HOL_ALLOCATE(two, all, "factors"));
    for (int64_t i = 0; i < all; i++) two[i] = 2;
    HOL_TRY(hol_factors_create(all, two, &factors));
    for (int64_t i = 0; i < all; i++) {
        HOL_TRY(hol_factors_add_field(factors, i, beta * p->bias(model, theta, i)));
        for (int64_t j = i + 1; j < all; j++)
            HOL_TRY(hol_factors_add_coupling(factors, i, j, beta * p->coupling(model, theta, i, j)));
    }
    *ret_factors = factors;
    factors = NULL;
cleanup:
    hol_factors_destroy(factors);
    hol_free(two);
    return status;
}
