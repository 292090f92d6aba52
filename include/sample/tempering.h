/* tempering: replica exchange (Swendsen & Wang 1986; in training: Desjardins, Courville, Bengio, Vincent & Delalleau
 * 2010).
 *
 * Populations of the same number of chains stand at levels beta_0 < ... < beta_L = 1 of a path (sample/path.h) from
 * independent units to the model; each has a model of its own, prepared with its theta_beta. Chain c of neighbouring
 * levels is exchanged with probability
 *
 *     min(1, exp((beta_l - beta_l+1) (D(x_l) - D(x_l+1))))        D = E - E_0, of complete states
 *
 * which leaves every level's distribution as it is. The highest level's chains are samples of the model. A level with
 * beta 0 draws new independent states in each sweep. An exchange is local to a rank, which owns the same blocks of all
 * levels.
 *
 * Use: hol_tempering_prepare whenever theta changes; then hol_tempering_swap, hol_tempering_sweep; the chains are those
 * of hol_tempering_get(t, levels - 1), as hol_model_ops.sweep leaves them. All levels' states belong in a checkpoint;
 * the rest is recomputed. */
#ifndef HOL_SAMPLE_TEMPERING_H
#define HOL_SAMPLE_TEMPERING_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"
#include "sample/population.h"

typedef struct hol_tempering hol_tempering; /* opaque */

typedef struct hol_tempering_options {
    int64_t chains;      /* of each level, over all ranks */
    int64_t levels;      /* >= 1 */
    const double *betas; /* (levels), ascending in [0, 1], the last 1; copied */
    uint64_t seed;       /* keys the sweeps and the swaps */
} hol_tempering_options;

/* This rank's part. `model` is borrowed: it is the highest level's, and prepared by hol_tempering_prepare. HOL_USAGE
 * when the model has no energy or no independent units, or betas are no such ladder. The caller owns *ret. Not
 * collective. */
hol_status hol_tempering_create(hol_model *model, const hol_tempering_options *options, int rank, int ranks,
                                hol_tempering **ret) HOL_MUST_USE;
void hol_tempering_destroy(hol_tempering *tempering);

/* Levels equally spaced in beta, from 0 to 1: betas is (levels). */
void hol_tempering_equal_ladder(int64_t levels, double *betas);

/* All levels' states to ones to begin at (hol_population_randomize), by the seed. */
void hol_tempering_randomize(hol_tempering *tempering);

/* Prepares all levels for theta (parameters), the path beginning at independent units of visible_means (model/means.h;
 * NULL: fair ones). HOL_NUMERICAL when theta broke down. Not collective: equal on all ranks. */
hol_status hol_tempering_prepare(hol_tempering *tempering, const float *theta,
                                 const double *visible_means) HOL_MUST_USE;
/* The same by tables for training alone (hol_model_ops.prepare_training). */
hol_status hol_tempering_prepare_training(hol_tempering *tempering, const float *theta,
                                          const double *visible_means) HOL_MUST_USE;

/* Exchanges all neighbours, the pairs (0, 1), (2, 3) ... first, then (1, 2), (3, 4) ...; `step` numbers the calls for
 * the random numbers. Takes D of all states first; overwrites `expected`. */
void hol_tempering_swap(hol_tempering *tempering, uint32_t step);

/* `sweeps` Gibbs sweeps of all levels; two numbers of draw->sweep a sweep, from `first_sweep` on. */
void hol_tempering_sweep(hol_tempering *tempering, uint32_t step, uint32_t first_sweep, int64_t sweeps);

/* A level's chains; owned by the tempering, or NULL when there is no such level. */
hol_population *hol_tempering_get(const hol_tempering *tempering, int64_t level);
int64_t hol_tempering_get_levels(const hol_tempering *tempering);

/* /replicas/L/visible, hidden of the `replicas` levels L below the highest, whose chains are the caller's to list;
 * tempering may be NULL. */
void hol_tempering_list_fields(const hol_tempering *tempering, const hol_model_info *info, int64_t replicas,
                               int64_t chains, hol_field_list *list);

/* D of the states of a level as hol_tempering_swap left them, before any later sweep: (blocks * 64). */
const double *hol_tempering_get_differences(const hol_tempering *tempering, int64_t level);
/* ln Z of the path's beginning, independent units: that of a level of beta 0. */
double hol_tempering_get_start_log_partition(const hol_tempering *tempering);

/* The share of exchanges between levels l and l + 1 that were accepted since the last call: rates is (levels - 1).
 * Collective. */
hol_status hol_tempering_take_rates(hol_tempering *tempering, hol_comm *comm, double *rates) HOL_MUST_USE;

#endif
