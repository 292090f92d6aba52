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

/* what of a range lies in [first, end) */
static hol_range part_in(hol_range range, int64_t first, int64_t end) {
    if (range.first + range.count < end) end = range.first + range.count;
    if (range.first > first) first = range.first;
    return (hol_range){.first = first, .count = end > first ? end - first : 0};
}

static void decay(const hol_penalty *penalty, hol_range part, const float *theta, float *gradient) {
    const float l2 = (float)penalty->l2, l1 = (float)penalty->l1;
    if (part.count == 0) return;
    if (l1 > 0) shrink_by_sign(l2, l1, theta + part.first, part.count, gradient + part.first);
    else shrink(l2, theta + part.first, part.count, gradient + part.first);
}

void hol_penalty_subtract(const hol_penalty *penalty, const hol_model *model, const double *means, const float *theta,
                          hol_range range, float *gradient) {
    const hol_model_info *info = &model->info;
    for (int g = 0; g < info->group_count && (penalty->l2 > 0 || penalty->l1 > 0); g++) {
        const hol_parameter_group *group = &info->groups[g];
        const int64_t end = group->offset + group->rows * group->columns;
        if (group->decays) decay(penalty, part_in(range, group->offset, end), theta, gradient);
    }
    /* the first entries of theta, as of T, are the units' own */
    const hol_range hidden = part_in(range, info->visible, info->first_order);
    for (int64_t i = hidden.first; i < hidden.first + hidden.count && penalty->sparsity_cost > 0; i++)
        gradient[i] -= (float)(penalty->sparsity_cost * (means[i] - penalty->sparsity_target));
}
