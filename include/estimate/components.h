/* components: the principal components of rows of states: the directions in which they spread most.
 *
 * A row of states x_i, of 0 to q - 1, is taken as its indicators e(x), which are 1 at (i, x_i) and 0 elsewhere:
 *
 *     C = sum_r w_r (e(x_r) - m) (e(x_r) - m)^T / sum_r w_r        m = sum_r w_r e(x_r) / sum_r w_r
 *
 * Axes are the eigenvectors of C of the largest eigenvalues; a row's coordinate is a . (e(x) - m). Nothing here is
 * collective. */
#ifndef HOL_ESTIMATE_COMPONENTS_H
#define HOL_ESTIMATE_COMPONENTS_H

#include <stdint.h>

#include "base/status.h"

enum { HOL_COMPONENTS = 2 };

/* All borrowed. */
typedef struct hol_state_rows {
    int64_t rows, sites, states;
    const uint8_t *values;   /* (rows, sites), below `states` */
    const uint32_t *weights; /* (rows), not all 0; NULL: all alike */
} hol_state_rows;

typedef struct hol_components {
    int64_t sites, states;
    double *means;                    /* owned: (sites, states) */
    double *axes[HOL_COMPONENTS];     /* owned: (sites, states), of length 1, or 0 where rows don't spread */
    double variances[HOL_COMPONENTS]; /* along them, the largest first */
    double variance;                  /* in all: the trace of C */
} hol_components;

/* By orthogonal iteration, to 1e-6 of the largest eigenvalue where the next ones are smaller by a few parts in a
 * hundred; an axis' largest entry is above 0. HOL_FAILURE when memory is short. The caller clears *ret, also after an
 * error. */
hol_status hol_components_find(const hol_state_rows *rows, hol_components *ret) HOL_MUST_USE;
void hol_components_clear(hol_components *components);

/* The rows' coordinates along axis k: coordinates is (rows). */
void hol_components_project(const hol_components *components, int k, const hol_state_rows *rows, double *coordinates);

#endif
