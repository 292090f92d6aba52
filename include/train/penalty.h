/* penalty: what is taken from the gradient to keep parameters small and hidden units quiet.
 *
 * Subtracted from the log-likelihood, with theta_k over the groups that decay (couplings, not biases) and q_j the
 * running mean of E[h_j | v] over the data:
 *
 *     l2 / 2 sum_k theta_k^2  +  l1 sum_k |theta_k|  +  sparsity_cost sum_j cross-entropy(sparsity_target, q_j)
 *
 * The last one's slope by unit j's total input is q_j - target (Hinton 2012, A practical guide to training RBMs,
 * section 11); as in Lee, Ekanadham & Ng 2008 the biases alone follow it. */
#ifndef HOL_TRAIN_PENALTY_H
#define HOL_TRAIN_PENALTY_H

#include "model/model.h"

typedef struct hol_penalty {
    double l2;              /* >= 0 */
    double l1;              /* >= 0; at 0 its slope counts as 0 */
    double sparsity_target; /* (0, 1): the wished mean activity of each hidden unit */
    double sparsity_cost;   /* >= 0; above 0 it needs a model with biases */
} hol_penalty;

/* Takes the penalty's slope at theta from the gradient's entries in `range`; both are (parameters). means is
 * (first_order), of which the hidden units' count. The same bits for any number of threads. Not collective. */
void hol_penalty_subtract(const hol_penalty *penalty, const hol_model *model, const double *means, const float *theta,
                          hol_range range, float *gradient);

#endif
