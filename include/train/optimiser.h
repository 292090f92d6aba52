/* optimiser: from a step's statistics to new parameters.
 *
 *     g = (E_data[T] - E_model[T]) / tau, centred if wished, minus weight_decay * theta for the groups that decay
 *     velocity = momentum * velocity + rate * g        theta += velocity
 *
 * Every rank computes the same update from the same sums. */
#ifndef HOL_TRAIN_OPTIMISER_H
#define HOL_TRAIN_OPTIMISER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "model/model.h"
#include "train/statistics.h"

typedef struct hol_optimiser_options {
    double momentum;       /* [0, 1) */
    double weight_decay;   /* >= 0 */
    bool centered;         /* needs the model's center operation */
    double centering_rate; /* (0, 1]: share of the newest batch in the running means */
} hol_optimiser_options;

/* What an optimiser remembers: all of it is in a checkpoint. */
typedef struct hol_optimiser {
    hol_optimiser_options options;
    float *velocity;  /* owned: (parameters) */
    double *means;    /* owned: (first_order): running means of the data's single-unit statistics, the offsets */
    float *gradient;  /* owned: (parameters); the newest step's, not in a checkpoint */
} hol_optimiser;

hol_status hol_optimiser_create(const hol_model *model, const hol_optimiser_options *options,
                                hol_optimiser **ret_optimiser) HOL_MUST_USE;
void hol_optimiser_destroy(hol_optimiser *optimiser);

/* The means before the first step: the data's for visible units, 1/2 for hidden ones. */
void hol_optimiser_start(hol_optimiser *optimiser, const hol_model *model, const double *visible_means);

/* One update of theta (parameters) at learning rate `rate`. */
void hol_optimiser_update(hol_optimiser *optimiser, const hol_model *model, const hol_statistics *positive,
                          const hol_statistics *negative, double rate, float *theta);

/* Euclidean norm in a fixed order of additions. */
double hol_optimiser_norm(const float *values, int64_t count);

#endif
