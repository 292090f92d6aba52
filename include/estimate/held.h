/* held: free energies of rows of which units are held, by annealing (estimate/ais.h) with these units as they are.
 *
 * Walks begin at independent units given what is known of the row, and go up to the model given it:
 *
 *     E[w] = Z(known) / Z_0(known)        Z(known) = sum over what is not known of exp(-E)
 *     -F(known) = ln Z(known),  Z_0(known) = Z_0 p_0(known), a product over columns
 *
 * So the free energy of a row is, by Jensen's inequality, too high on average, and its likelihood too low. For rows
 * that lack too many values to be summed out, and for models whose hidden units can't be. */
#ifndef HOL_ESTIMATE_HELD_H
#define HOL_ESTIMATE_HELD_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "estimate/exact.h"
#include "model/model.h"

typedef struct hol_held_options {
    int64_t walks;     /* of each row: a power of two, 2 to 64 */
    int64_t intervals; /* >= 1 */
    uint64_t seed;
    const double *visible_means; /* borrowed: where the path begins; NULL: at fair units */
} hol_held_options;

typedef struct hol_held_result {
    int64_t rows;     /* that were walked, over all ranks */
    double error;     /* standard error that walks leave in the mean over all rows, weighted */
    double effective; /* effective number of a row's walks, the mean over these rows */
} hol_held_result;

/* Replaces the scores (count) that are NaN, of rows of a weight above 0, by -F. HOL_USAGE: the model can't be annealed.
 * The same to the last bit on any number of ranks. Collective. */
hol_status hol_held_scores(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                           const hol_held_options *options, double *scores, hol_held_result *ret) HOL_MUST_USE;

#endif
