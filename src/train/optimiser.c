/* optimiser: stochastic gradient ascent on the (centred, penalised) likelihood. */
#include "train/optimiser.h"

#include <math.h>

#include "base/alloc.h"
#include "num/clones.h"
#include "num/elementary.h"
#include "train/step_size.h"

enum { WORTH_THREADS = 1 << 15 };

hol_status hol_optimiser_create(const hol_model *model, const hol_optimiser_options *options,
                                hol_optimiser **ret_optimiser) {
    hol_status status = HOL_OK;
    hol_optimiser *self = NULL;
    *ret_optimiser = NULL;
    if (options->centered && model->info.first_order == 0)
        return hol_error(HOL_USAGE,
                         "train.centered: found true, expected false: a model without biases has no centred gradient");
    if (options->centered && !model->ops->center)
        return hol_error(HOL_USAGE, "train.centered: found true, expected false: model %s has no centred gradient",
                         model->ops->kind);
    if (options->penalty.sparsity_cost > 0 && model->info.first_order == 0)
        return hol_error(HOL_USAGE,
                         "train.sparsity_cost: found %g, expected 0: a model without biases has none to make sparse",
                         options->penalty.sparsity_cost);
    HOL_TRY(HOL_ALLOCATE(self, 1, "optimiser"));
    self->options = *options;
    self->step_factor = 1;
    HOL_TRY(HOL_ALLOCATE(self->velocity, model->info.parameters, "velocity"));
    if (options->kind == HOL_OPTIMISER_ADAM) HOL_TRY(HOL_ALLOCATE(self->square, model->info.parameters, "squares"));
    if (options->cosine_gain > 0) HOL_TRY(HOL_ALLOCATE(self->previous, model->info.parameters, "gradient"));
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
    hol_free(optimiser->square);
    hol_free(optimiser->previous);
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

HOL_CLONES static void scale_chunk(float factor, int64_t count, float *restrict values) {
    for (int64_t i = 0; i < count; i++) values[i] *= factor;
}

static void clip(float *gradient, int64_t count, double longest) {
    const double norm = hol_optimiser_norm(gradient, count);
    if (norm > longest) scale_chunk((float)(longest / norm), count, gradient);
}

HOL_CLONES static void momentum_chunk(const float *gradient, float momentum, float rate, int64_t count,
                                      float *restrict velocity, float *restrict theta) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + rate * gradient[i];
        theta[i] += velocity[i];
    }
}

/* The update's numbers at one step. */
typedef struct moments {
    float first, second;               /* beta_1 and beta_2 */
    float first_weight, second_weight; /* 1 - beta_1 and 1 - beta_2 */
    float rate;                        /* with the first moment's bias corrected */
    float square_correction;           /* 1 / (1 - beta_2^t) */
    float epsilon;
} moments;

HOL_CLONES static void adam_chunk(const float *gradient, moments m, int64_t count, float *restrict velocity,
                                  float *restrict square, float *restrict theta) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = m.first * velocity[i] + m.first_weight * gradient[i];
        square[i] = m.second * square[i] + m.second_weight * (gradient[i] * gradient[i]);
        theta[i] += m.rate * velocity[i] / (sqrtf(square[i] * m.square_correction) + m.epsilon);
    }
}

/* 1 - decay^t */
static double known_share(double decay, int64_t t) { return decay > 0 ? 1 - hol_exp((double)t * hol_ln(decay)) : 1; }

static moments moments_at(const hol_optimiser_options *o, int64_t step, double rate) {
    return (moments){.first = (float)o->momentum,
                     .second = (float)o->square_decay,
                     .first_weight = (float)(1 - o->momentum),
                     .second_weight = (float)(1 - o->square_decay),
                     .rate = (float)(rate / known_share(o->momentum, step + 1)),
                     .square_correction = (float)(1 / known_share(o->square_decay, step + 1)),
                     .epsilon = (float)o->epsilon};
}

static void move(hol_optimiser *self, int64_t count, int64_t step, double rate, float *theta) {
    const moments m = moments_at(&self->options, step, rate);
    const bool adam = self->options.kind == HOL_OPTIMISER_ADAM;
    const float plain_rate = (float)rate, *gradient = self->gradient;
    float *velocity = self->velocity, *square = self->square;
#pragma omp parallel for default(none) shared(count, m, adam, plain_rate, gradient, velocity, square, theta)           \
    schedule(static) if (count > WORTH_THREADS)
    for (int64_t i = 0; i < count; i += HOL_CHUNK) {
        const int64_t n = count - i < HOL_CHUNK ? count - i : HOL_CHUNK;
        if (adam) adam_chunk(gradient + i, m, n, velocity + i, square + i, theta + i);
        else momentum_chunk(gradient + i, m.first, plain_rate, n, velocity + i, theta + i);
    }
}

void hol_optimiser_update(hol_optimiser *optimiser, const hol_model *model, const hol_statistics *positive,
                          const hol_statistics *negative, int64_t step, double rate, float *theta) {
    const hol_optimiser_options *o = &optimiser->options;
    const int64_t count = model->info.parameters;
    float *gradient = optimiser->gradient;
    hol_statistics_difference(positive, negative, model->temperature, gradient);
    if (o->centered || o->penalty.sparsity_cost > 0) follow_means(optimiser, model, positive);
    if (o->centered) model->ops->center(model, optimiser->means, gradient);
    hol_penalty_subtract(&o->penalty, model, optimiser->means, theta, gradient);
    if (o->clip_norm > 0) clip(gradient, count, o->clip_norm);
    if (o->cosine_gain > 0)
        optimiser->step_factor =
            hol_step_size_follow(optimiser->step_factor, o->cosine_gain, gradient, optimiser->previous, count);
    move(optimiser, count, step, rate * optimiser->step_factor, theta);
}

double hol_optimiser_norm(const float *values, int64_t count) {
    double sums[8] = {0}, sum = 0;
    for (int64_t i = 0; i < count; i++) sums[i % 8] += (double)values[i] * (double)values[i];
    for (int k = 0; k < 8; k++) sum += sums[k];
    return sqrt(sum);
}
