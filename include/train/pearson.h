/* pearson: how near chains are to the data in the correlations of all pairs of columns.
 *
 *     c_ij(a, b) = f_ij(a, b) - f_i(a) f_j(b),  i < j          f: frequencies of states a of column i, b of column j
 *
 * Pearson's coefficient of the chains' c with the data's over all i < j, a and b (Trinquier, Uguzzoni, Pagnani, Zamponi
 * & Weigt 2021): sum c c' / sqrt(sum c^2 sum c'^2), as the sum over a, b of c_ij(a, b) is 0, and so is their mean. A
 * column is a column of states, or a visible unit of two. The data's frequencies are of the whole data set, by its
 * weights w, with a pseudo-count lambda:
 *
 *     f_ij(a, b) = (1 - lambda) sum_r w_r [x_ri = a, x_rj = b] / sum_r w_r + lambda / (q_i q_j)
 *
 * What is counted is whole numbers, what is added up is so in a fixed order: the coefficient is the same to the last
 * bit on any number of ranks and threads. */
#ifndef HOL_TRAIN_PEARSON_H
#define HOL_TRAIN_PEARSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/rows.h"
#include "train/statistics.h"

typedef struct hol_pearson hol_pearson; /* opaque */

/* Whether the model's statistics are the frequencies of all pairs: then nothing is to be counted. */
bool hol_pearson_is_in_statistics(const hol_model *model);

/* For populations of at most `chains` chains of the model, against the data, of bits that are fixed and all known, read
 * during the call; 0 <= pseudo_count < 1. It keeps a float for each pair of states. Or, where the frequencies are
 * statistics of the model, against a positive phase that is a constant, `data` (borrowed; else NULL), pseudo-count and
 * all. model and comm are borrowed; the caller owns *ret. Collective. */
hol_status hol_pearson_create(hol_comm *comm, const hol_model *model, const hol_rows *rows, int64_t chains,
                              double pseudo_count, const hol_statistics *data, hol_pearson **ret) HOL_MUST_USE;
/* NULL is fine. */
void hol_pearson_destroy(hol_pearson *pearson);

/* Of the population as it stands, whose statistics over all ranks are `sums` (where there is `data`; else unused);
 * *ret is NaN where the correlations of either are all 0. Lanes beyond its count don't count. Collective. */
hol_status hol_pearson_measure(hol_pearson *pearson, const hol_population *population, const hol_statistics *sums,
                               double *ret) HOL_MUST_USE;

/* Sums over times of a population's coefficients: of all its chains, and of all without one of 16 groups of them, chain
 * c of group c modulo 16. Zeros at first. */
enum { HOL_PEARSON_GROUPS = 16 };
typedef struct hol_pearson_sums {
    int64_t times;
    int groups; /* that have chains; 0 of a single chain */
    double all, without[HOL_PEARSON_GROUPS];
} hol_pearson_sums;

/* Adds the population as it stands, where pairs are counted, in 17 times the time of one coefficient. Collective. */
hol_status hol_pearson_add(hol_pearson *pearson, const hol_population *population, hol_pearson_sums *sums) HOL_MUST_USE;

/* Their mean, with its standard error if chains are independent of each other, however much the times are not: the
 * jackknife's (Efron 1982); NaN of a single chain. Not collective. */
double hol_pearson_mean(const hol_pearson_sums *sums, double *ret_error);

#endif
