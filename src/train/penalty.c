/* penalty: weight decay and sparse hidden units. */
#include "train/penalty.h"

#include "num/clones.h"

HOL_CLONES static void shrink(float l2, const float *theta, int64_t count, float *restrict gradient) {
    for (int64_t i = 0; i < count; i++) gradient[i] -= l2 * theta[i];
}

HOL_CLONES static void shrink_by_sign(float l2, float l1, const float *theta, int64_t count, float *restrict gradient) {
    for (int64_t i = 0; i < count; i++) {
        const float sign = (float)((theta[i] > 0) - (theta[i] < 0));
        gradient[i] -= l2 * theta[i] + l1 * sign;
    }
}

static void decay(const hol_penalty *penalty, const hol_parameter_group *group, hol_slice slice, const float *theta,
                  float *gradient) {
    const int64_t group_end = group->offset + group->rows * group->columns, slice_end = slice.first + slice.count;
    const int64_t first = group->offset > slice.first ? group->offset : slice.first;
    const int64_t count = (group_end < slice_end ? group_end : slice_end) - first;
    const float l2 = (float)penalty->l2, l1 = (float)penalty->l1;
    if (count <= 0) return;
    if (l1 > 0) shrink_by_sign(l2, l1, theta + first, count, gradient + first);
    else shrink(l2, theta + first, count, gradient + first);
}

void hol_penalty_subtract(const hol_penalty *penalty, const hol_model *model, const double *means, const float *theta,
                          hol_slice slice, float *gradient) {
    const hol_model_info *info = &model->info;
    const int64_t end = slice.first + slice.count;
    for (int g = 0; g < info->group_count && (penalty->l2 > 0 || penalty->l1 > 0); g++)
        if (info->groups[g].decays) decay(penalty, &info->groups[g], slice, theta, gradient);
    /* the first entries of theta, as of T, are the units' own */
    for (int64_t i = info->visible; i < info->first_order && penalty->sparsity_cost > 0; i++)
        if (i >= slice.first && i < end)
            gradient[i] -= (float)(penalty->sparsity_cost * (means[i] - penalty->sparsity_target));
}
