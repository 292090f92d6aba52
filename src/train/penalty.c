/* penalty: weight decay and sparse hidden units. */
#include "train/penalty.h"

#include "num/clones.h"

enum { WORTH_THREADS = 1 << 15 };

HOL_CLONES static void decay_chunk(float l2, float l1, const float *theta, int64_t count, float *restrict gradient) {
    for (int64_t i = 0; i < count; i++) {
        const float sign = (float)((theta[i] > 0) - (theta[i] < 0));
        gradient[i] -= l2 * theta[i] + l1 * sign;
    }
}

static void decay(const hol_penalty *penalty, const hol_parameter_group *group, const float *theta, float *gradient) {
    const int64_t first = group->offset, end = first + group->rows * group->columns;
    const float l2 = (float)penalty->l2, l1 = (float)penalty->l1;
#pragma omp parallel for default(none) shared(first, end, l2, l1, theta, gradient)                                     \
    schedule(static) if (end - first > WORTH_THREADS)
    for (int64_t i = first; i < end; i += HOL_CHUNK)
        decay_chunk(l2, l1, theta + i, end - i < HOL_CHUNK ? end - i : HOL_CHUNK, gradient + i);
}

void hol_penalty_subtract(const hol_penalty *penalty, const hol_model *model, const double *means, const float *theta,
                          float *gradient) {
    const hol_model_info *info = &model->info;
    for (int g = 0; g < info->group_count && (penalty->l2 > 0 || penalty->l1 > 0); g++)
        if (info->groups[g].decays) decay(penalty, &info->groups[g], theta, gradient);
    /* the first entries of theta, as of T, are the units' own */
    for (int64_t i = info->visible; i < info->first_order && penalty->sparsity_cost > 0; i++)
        gradient[i] -= (float)(penalty->sparsity_cost * (means[i] - penalty->sparsity_target));
}
