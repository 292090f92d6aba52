/* moments: means and connected correlations of the visible units, and how two sets of them compare.
 *
 *     m_i = <v_i>        C_ij = <v_i v_j> - m_i m_j,  i < j
 *
 * Counts are whole numbers: the same digits on any number of ranks and threads. */
#ifndef HOL_ESTIMATE_MOMENTS_H
#define HOL_ESTIMATE_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/rows.h"

typedef struct hol_moments {
    const hol_model *model; /* borrowed */
    int64_t units;
    int64_t samples;          /* over all ranks; of a population with weights, their sum */
    hol_rows_counter counter; /* owned: its arrays; its sums are what follows */
    int64_t *ones;            /* (units) */
    int64_t *pairs;           /* (units, units); symmetric, its diagonal 0 */
    /* NULL: all are known in all samples */
    int64_t *known;       /* (units) in how many samples */
    int64_t *known_pairs; /* (units, units): where both are; symmetric, its diagonal 0 */
    int64_t *known_ones;  /* (units, units): where the first is 1 and the second known */
} hol_moments;

/* Of the model's first `units` visible units. has_missing: of populations whose mask tells what is known of each chain,
 * and whose other units are 0. The caller clears *ret. Not collective. */
hol_status hol_moments_create(const hol_model *model, int64_t units, bool has_missing, hol_moments *ret) HOL_MUST_USE;
void hol_moments_clear(hol_moments *moments);

/* Adds this rank's chains of a population, each times its weight where they have some. */
void hol_moments_add(hol_moments *moments, const hol_population *population);

/* Sums over ranks, once, after the last add. Collective. */
hol_status hol_moments_reduce(hol_moments *moments, hol_comm *comm) HOL_MUST_USE;

/* After the reduction: means is (units), correlations (units, units), the variances on its diagonal. With missing
 * values a mean is over the samples in which the unit is known, and a pair's moments over those in which both are: NaN
 * where there are none. */
void hol_moments_get(const hol_moments *moments, double *means, double *correlations);

/* Values of at most 1 that spread by less than this, root mean square, differ by nothing but rounding. */
#define HOL_MOMENTS_ROUNDING 1e-14

typedef struct hol_comparison {
    double pearson;                    /* of y with x; NaN where either is constant, or there are none */
    double slope;                      /* of the regression of y on x: 1 when y follows x; NaN where x is constant */
    double rms;                        /* root of the mean of (y - x)^2 */
    bool x_is_constant, y_is_constant; /* to HOL_MOMENTS_ROUNDING */
} hol_comparison;

/* Of `count` values, 0 or more; those of which either is NaN are left out. */
hol_comparison hol_moments_compare(const double *x, const double *y, int64_t count);
/* The same of the entries above two (units, units) matrices' diagonals. HOL_FAILURE when memory is short. */
hol_status hol_moments_compare_pairs(const double *x, const double *y, int64_t units, hol_comparison *ret) HOL_MUST_USE;

#endif
