/* optimiser: from a step's statistics to new parameters.
 *
 *     g = (E_data[T] - E_model[T]) / tau, centred if wished, minus the penalty's slope (train/penalty.h)
 *     g is shortened to the norm clip_norm when it is longer (Pascanu, Mikolov & Bengio 2013)
 *     rate is multiplied by the factor that follows successive gradients' angle (train/step_size.h)
 *
 *     momentum:  velocity = momentum * velocity + rate * g                          theta += velocity
 *     Adam:      velocity = momentum * velocity + (1 - momentum) * g,  square likewise of g^2 with square_decay,
 *                theta += rate * (velocity / (1 - momentum^t)) / (sqrt(square / (1 - square_decay^t)) + epsilon)
 *                (Kingma & Ba 2015; momentum and square_decay are its beta_1 and beta_2, t counts steps from 1)
 *
 * The update is the same on every rank, from the same sums: those of a team (base/team.h) share it out and keep one
 * copy of what is long, the others compute it for themselves; any number of threads. */
#ifndef HOL_TRAIN_OPTIMISER_H
#define HOL_TRAIN_OPTIMISER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "model/model.h"
#include "state/fields.h"
#include "train/penalty.h"
#include "train/statistics.h"

typedef enum hol_optimiser_kind { HOL_OPTIMISER_MOMENTUM, HOL_OPTIMISER_ADAM } hol_optimiser_kind;

typedef struct hol_optimiser_options {
    hol_optimiser_kind kind;
    double momentum;     /* [0, 1) */
    double square_decay; /* Adam: [0, 1) */
    double epsilon;      /* Adam: > 0 */
    double clip_norm;    /* 0: never */
    double cosine_gain;  /* [0, 1); 0: the factor stays 1 */
    hol_penalty penalty;
    bool centered;         /* needs the model's center operation */
    double centering_rate; /* (0, 1]: share of the newest batch in the running means */
} hol_optimiser_options;

/* What an optimiser remembers: all of it is in a checkpoint, but for the gradient. */
typedef struct hol_optimiser {
    hol_optimiser_options options;
    hol_team *team;     /* the model's; borrowed */
    float *velocity;    /* owned, and the team's: (parameters) */
    float *square;      /* owned, and the team's: (parameters), Adam's mean of squares; else NULL */
    float *previous;    /* owned: (parameters), the step before's gradient, with a cosine_gain; else NULL */
    double step_factor; /* on the rate, 1 before the first step */
    double *means;      /* owned: (first_order): running means of the data's single-unit statistics, the offsets */
    float *gradient;    /* owned, and the team's: (parameters); the newest step's g */
    float *offsets;     /* owned: (first_order), scratch: the means as centring takes them */
    float *plain;       /* owned: (first_order), scratch: the biases' gradient before centring */
} hol_optimiser;

/* HOL_USAGE when the model can't be centred, or has no biases to make sparse. The caller owns *ret_optimiser. */
hol_status hol_optimiser_create(const hol_model *model, const hol_optimiser_options *options,
                                hol_optimiser **ret_optimiser) HOL_MUST_USE;
void hol_optimiser_destroy(hol_optimiser *optimiser);

/* Whether updates ask for the positive phase's means. */
bool hol_optimiser_needs_means(const hol_optimiser_options *options);

/* All that it remembers; optimiser may be NULL. */
void hol_optimiser_list_fields(hol_optimiser *optimiser, const hol_model_info *info, hol_field_list *list);

/* The means before the first step: the data's for visible units, 1/2 for hidden ones. */
void hol_optimiser_start(hol_optimiser *optimiser, const hol_model *model, const double *visible_means);

/* One update of theta (parameters) at learning rate `rate`; step counts from 0. Collective over the team, whose theta
 * is one: each rank leaves its ranges of it (hol_model_group_share) written, and they have yet to meet. */
void hol_optimiser_update(hol_optimiser *optimiser, const hol_model *model, const hol_statistics *positive,
                          const hol_statistics *negative, int64_t step, double rate, float *theta);

/* Euclidean norm in a fixed order of additions. */
double hol_optimiser_norm(const float *values, int64_t count);

#endif
