/* optimiser: stochastic gradient ascent with momentum on the (centred) likelihood. */
#include "train/optimiser.h"

#include <math.h>

#include "base/alloc.h"
#include "num/clones.h"

enum { WORTH_THREADS = 1 << 15 };

hol_status hol_optimiser_create(const hol_model *model, const hol_optimiser_options *options,
                                hol_optimiser **ret_optimiser) {
    hol_status status = HOL_OK;
    hol_optimiser *self = NULL;
    *ret_optimiser = NULL;
    if (options->centered && model->info.first_order == 0)
        return hol_error(HOL_USAGE, "train.centered: found true, expected false: a model without biases has no centred "
                         "gradient");
    if (options->centered && !model->ops->center)
        return hol_error(HOL_USAGE, "train.centered: found true, expected false: model %s has no centred gradient",
                         model->ops->kind);
    HOL_TRY(HOL_ALLOCATE(self, 1, "optimiser"));
    self->options = *options;
    HOL_TRY(HOL_ALLOCATE(self->velocity, model->info.parameters, "velocity"));
    HOL_TRY(HOL_ALLOCATE(self->gradient, model->info.parameters, "gradient"));
    HOL_TRY(HOL_ALLOCATE(self->means, model->info.first_order, "means"));
    *ret_optimiser = self;
    return HOL_OK;
cleanup:
    hol_optimiser_destroy(self);
    return status;
}

void hol_optimiser_destroy(hol_optimiser *optimiser) {
    if (!optimiser) return;
    hol_free(optimiser->velocity);
    hol_free(optimiser->gradient);
    hol_free(optimiser->means);
    hol_free(optimiser);
}

void hol_optimiser_start(hol_optimiser *optimiser, const hol_model *model, const double *visible_means) {
    for (int64_t i = 0; i < model->info.first_order; i++)
        optimiser->means[i] = i < model->info.visible ? visible_means[i] : 0.5;
}

static void follow_means(hol_optimiser *self, const hol_model *model, const hol_statistics *positive) {
    const double rate = self->options.centering_rate;
    double newest[256];
    for (int64_t first = 0; first < model->info.first_order; first += 256) {
        const int64_t left = model->info.first_order - first, count = left < 256 ? left : 256;
        hol_statistics_means(positive, first, count, newest);
        for (int64_t i = 0; i < count; i++) self->means[first + i] += rate * (newest[i] - self->means[first + i]);
    }
}

HOL_CLONES static void move_chunk(const float *gradient, float momentum, float step, float decay, int64_t count,
                                  float *restrict velocity, float *restrict theta) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + step * (gradient[i] - decay * theta[i]);
        theta[i] += velocity[i];
    }
}

static void move(hol_optimiser *self, const hol_parameter_group *group, double rate, float *theta) {
    const int64_t first = group->offset, end = first + group->rows * group->columns;
    const float momentum = (float)self->options.momentum, step = (float)rate;
    const float decay = group->decays ? (float)self->options.weight_decay : 0;
    float *velocity = self->velocity;
    const float *gradient = self->gradient;
#pragma omp parallel for default(none) shared(first, end, momentum, step, decay, velocity, gradient, theta)            \
    schedule(static) if (end - first > WORTH_THREADS)
    for (int64_t i = first; i < end; i += HOL_CHUNK)
        move_chunk(gradient + i, momentum, step, decay, end - i < HOL_CHUNK ? end - i : HOL_CHUNK, velocity + i, theta + i);
}

void hol_optimiser_update(hol_optimiser *optimiser, const hol_model *model, const hol_statistics *positive,
                          const hol_statistics *negative, double rate, float *theta) {
    hol_statistics_difference(positive, negative, model->temperature, optimiser->gradient);
    if (optimiser->options.centered) {
        follow_means(optimiser, model, positive);
        model->ops->center(model, optimiser->means, optimiser->gradient);
    }
    for (int g = 0; g < model->info.group_count; g++) move(optimiser, &model->info.groups[g], rate, theta);
}

double hol_optimiser_norm(const float *values, int64_t count) {
    double sums[8] = {0}, sum = 0;
    for (int64_t i = 0; i < count; i++) sums[i % 8] += (double)values[i] * (double)values[i];
    for (int k = 0; k < 8; k++) sum += sums[k];
    return sqrt(sum);
}
