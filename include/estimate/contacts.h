/* contacts: how strongly pairs of sites are coupled in a pairwise model, and how many of the strongest pairs are close
 * in a structure. Not collective.
 *
 * A pair's couplings J(a, b) are first brought into the zero-sum gauge, the one of least norm, over all states:
 *
 *     J'(a, b) = J(a, b) - mean_a J(., b) - mean_b J(a, .) + mean J
 *
 * which no change of gauge of the model alters. Its norm is then that of Frobenius over the states that are no gap,
 *
 *     F_ij = sqrt( sum_(a, b) J'(a, b)^2 )
 *
 * and its score the average-product corrected norm, with means over all other sites, pairs without couplings as 0:
 *
 *     score_ij = F_ij - F_i. F_.j / F_..
 *
 * References: Ekeberg, Lovkvist, Lan, Weigt & Aurell, Phys. Rev. E 87, 012707 (2013): gauge and norm; Baldassi et al.,
 * PLoS ONE 9, e92721 (2014), and Ekeberg, Hartonen & Aurell, J. Comput. Phys. 276, 341 (2014): the gap left out; Dunn,
 * Wahl & Gloor, Bioinformatics 24, 333 (2008): the correction. */
#ifndef HOL_ESTIMATE_CONTACTS_H
#define HOL_ESTIMATE_CONTACTS_H

#include <stdint.h>

#include "base/status.h"
#include "estimate/distances.h"
#include "model/model.h"

/* F of one pair: couplings is (rows, columns), both above 0; `row_gap` and `column_gap` are states that are left out,
 * -1: none. */
double hol_contacts_norm(const double *couplings, int64_t rows, int64_t columns, int64_t row_gap, int64_t column_gap);

/* Scores of norms, (count) pairs of sites `ends` (count, 2), each pair once: scores is (count), out. */
hol_status hol_contacts_correct(int64_t sites, int64_t count, const int32_t *ends, const double *norms,
                                double *scores) HOL_MUST_USE;

typedef struct hol_contacts {
    int64_t sites;
    int64_t count;          /* pairs with couplings */
    int32_t *ends;          /* owned: (count, 2), from 0, the smaller first */
    double *norms, *scores; /* owned: (count) */
    int64_t *order;         /* owned: (count) the pairs by score, the highest first; equal ones as they stand in ends */
} hol_contacts;

/* Of a model over columns (or visible units) that are coupled in pairs: at its temperature, couplings are J / tau. gap:
 * a state that is left out of all columns that have it, -1: none. HOL_USAGE, "found ..., expected ...", of a model with
 * hidden units, with tables of three columns and more, with pairs that can't be, or without pairs. The caller clears
 * *ret, also after an error. */
hol_status hol_contacts_find(const hol_model *model, const float *theta, int64_t gap, hol_contacts *ret) HOL_MUST_USE;
void hol_contacts_clear(hol_contacts *contacts);

/* The share of true contacts among the first n pairs (positive predictive value), for all n. */
typedef struct hol_contacts_verdict {
    int64_t count;     /* pairs far enough apart in the sequence whose distance is known */
    int64_t unknown;   /* pairs far enough apart that have a score but no known distance: left out */
    int64_t close;     /* pairs of sites that are so and closer than the cutoff, whether or not they have a score */
    int64_t all;       /* of all such pairs of sites */
    int64_t *pairs;    /* owned: (count), in the order of their scores */
    double *precision; /* owned: (count): of the first n + 1 */
} hol_contacts_verdict;

/* Of pairs i < j with j - i at least `separation`; a contact is a distance below `cutoff`, in angstrom. The caller
 * clears *ret, also after an error. */
hol_status hol_contacts_judge(const hol_contacts *contacts, int64_t separation, const hol_distances *distances,
                              double cutoff, hol_contacts_verdict *ret) HOL_MUST_USE;
void hol_contacts_verdict_clear(hol_contacts_verdict *verdict);

#endif
