/* annealing: populations that walk along a path of distributions, with the weights of their walks.
 *
 * Neal 2001, for any model kind. Where hidden units can be summed out (hol_model_ops.free_energy), u_k = F at beta_k
 * and the states are visible ones; otherwise u_k = E / tau of complete states. A walk from beta_0 to beta_K has
 *
 *     ln w = sum_k u_k-1(x_k-1) - u_k(x_k-1)        x_k from x_k-1 by a Gibbs sweep at beta_k
 *
 * and, when x_0 is a sample at beta_0, E[w] = Z(beta_K) / Z(beta_0). Betas may rise or fall. */
#ifndef HOL_ESTIMATE_ANNEALING_H
#define HOL_ESTIMATE_ANNEALING_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/path.h"

typedef struct hol_annealing hol_annealing; /* opaque */

/* For walks of populations of at most `blocks` local blocks on the way to theta (parameters), beginning at independent
 * units of visible_means (model/means.h; NULL: fair ones). Models of its own are used: `model` is only looked at,
 * during the call. The caller owns *ret. HOL_USAGE: the model can't be annealed (sample/path.h). Not collective. */
hol_status hol_annealing_create(const hol_model *model, const float *theta, const double *visible_means, int64_t blocks,
                                hol_annealing **ret) HOL_MUST_USE;
void hol_annealing_destroy(hol_annealing *annealing);

/* ln Z of the independent units. */
double hol_annealing_get_start(const hol_annealing *annealing);

/* Draws independent states (beta = 0) into the population. */
hol_status hol_annealing_draw_start(hol_annealing *annealing, hol_population *population, hol_rng_key key) HOL_MUST_USE;

/* Walks along betas (intervals + 1), the population standing at betas[0], its held units as they are, and adds ln w to
 * log_weights (local lanes). With `spread` (intervals) not NULL: the standard deviation over the population's chains of
 * each interval's part of ln w, the same on all ranks. Collective, when spread is given; else equal on all ranks. */
hol_status hol_annealing_walk(hol_annealing *annealing, hol_comm *comm, hol_population *population, hol_rng_key key,
                              const double *betas, int64_t intervals, double *log_weights, double *spread) HOL_MUST_USE;

/* The parts of a walk, for those who change the parameters themselves: u of the states per lane, at the prepared
 * parameters of `model`; and `sweeps` sweeps that leave their distribution as it is, the hidden units of another one
 * not counting (from draw->sweep on, two numbers a sweep and one). Not collective. */
void hol_annealing_measure(const hol_model *model, hol_population *population, double *values);
void hol_annealing_move(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps);

#endif
