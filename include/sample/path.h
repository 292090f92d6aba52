/* path: the way from independent units to a model, along which annealing and tempering go.
 *
 *     theta_beta = (1 - beta) theta_0 + beta theta        0 <= beta <= 1
 *     E_beta(x)  = (1 - beta) E_0(x) + beta E(x) = E_0(x) + beta D(x)        D = E - E_0
 *
 * theta_0 has independent units (hol_model_ops.independent), whose ln Z is known and whose samples are exact. Energies
 * are in units of tau. As E is linear in theta, D is the energy of the model whose parameters are theta - theta_0. */
#ifndef HOL_SAMPLE_PATH_H
#define HOL_SAMPLE_PATH_H

#include <stdint.h>

#include "base/status.h"
#include "model/model.h"

typedef struct hol_path {
    int64_t parameters;
    double start_log_partition; /* ln Z of theta_0 */
    float *start;               /* owned: theta_0 (parameters) */
    float *end;                 /* owned: theta (parameters) */
    float *here;                /* owned: the newest theta_beta */
} hol_path;

/* A path to the theta of hol_path_set, for models like `model`. HOL_USAGE when the model has no independent units:
 * hard constraints leave none. The caller owns *ret_path. Not collective. */
hol_status hol_path_create(const hol_model *model, hol_path **ret_path) HOL_MUST_USE;
void hol_path_destroy(hol_path *path);

/* Where it leads, theta (parameters), and where it begins: independent units of these means (model/means.h, in [0,
 * 1]); NULL: fair ones. */
void hol_path_set(hol_path *path, const hol_model *model, const float *theta, const double *visible_means);

/* Prepares `model` with theta_beta, for values or for training alone; or with theta - theta_0, so that its energy is D.
 * HOL_NUMERICAL as in hol_model_ops.prepare. */
hol_status hol_path_prepare(hol_path *path, hol_model *model, double beta) HOL_MUST_USE;
hol_status hol_path_prepare_training(hol_path *path, hol_model *model, double beta) HOL_MUST_USE;
hol_status hol_path_prepare_difference(hol_path *path, hol_model *model) HOL_MUST_USE;

#endif
