/* pseudo: the models' conditionals, or those from free energies. */
#include "estimate/pseudo.h"

#include <math.h>

#include "base/alloc.h"
#include "base/task.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

/* how many chains of all ranks have a value of -infinity */
static hol_status count_impossible(hol_comm *comm, const hol_population *data, const double *values, int64_t *ret) {
    int64_t first = 0, chains = 0;
    hol_population_get_owned(data, &first, &chains);
    *ret = 0;
    for (int64_t c = 0; c < chains; c++)
        *ret += isinf(values[c]) && values[c] < 0 && (!data->weights || data->weights[c] > 0);
    return hol_comm_sum_i64(comm, ret, 1);
}

/* mean and its error over a population; values are used up */
static hol_status summarize(hol_comm *comm, const hol_population *data, double *values, hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    double square = 0, effective = 0;
    HOL_TRY(count_impossible(comm, data, values, &ret->impossible));
    HOL_TRY(hol_population_mean(comm, data, values, &ret->mean));
    for (int64_t r = 0; r < data->states.blocks * HOL_LANES; r++) {
        const double off = values[r] - ret->mean;
        values[r] = off * off;
    }
    HOL_TRY(hol_population_mean(comm, data, values, &square));
    HOL_TRY(hol_population_effective(comm, data, &effective));
    ret->standard_error = effective > 1 ? sqrt(square / (effective - 1)) : (double)NAN;
    if (ret->impossible > 0) ret->mean = -(double)INFINITY;
cleanup:
    return status;
}

hol_status hol_pseudo_drawn(hol_comm *comm, const hol_model *model, hol_population *data, hol_rng_key key,
                            hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    double *values = NULL;
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN, 0};
    if (!model->ops->pseudo_likelihood) return HOL_OK;
    HOL_TRY(
        hol_comm_agree(comm, HOL_ALLOCATE(values, HOL_PRODUCT(data->states.blocks, HOL_LANES), "pseudo-likelihood")));
    model->ops->pseudo_likelihood(model, data, key, values);
    HOL_TRY(summarize(comm, data, values, ret));
cleanup:
    hol_free(values);
    return status;
}

static void flip(hol_population *data, int64_t unit) {
    for (int64_t b = 0; b < data->states.blocks; b++)
        data->states.words[b * data->states.stride + unit] ^= ~UINT64_C(0);
}

/* the mean over units of ln p(v_i | rest) = -softplus(F(v) - F(v with i flipped)); standing and flipped are scratch */
static void flip_all(hol_comm *comm, const hol_model *model, hol_population *data, double *standing, double *flipped,
                     double *means) {
    const int64_t visible = model->info.visible, lanes = data->states.blocks * HOL_LANES;
    hol_task task;
    hol_task_begin(&task, comm, visible, "%lld units of %lld samples", (long long)visible, (long long)data->count);
    model->ops->free_energy(model, data, standing);
    for (int64_t i = 0; i < visible; i++) {
        flip(data, i);
        model->ops->free_energy(model, data, flipped);
        flip(data, i);
        for (int64_t r = 0; r < lanes; r++) means[r] -= hol_softplus(standing[r] - flipped[r]) / (double)visible;
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
}

hol_status hol_pseudo_all(hol_comm *comm, const hol_model *model, hol_population *data, hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    const int64_t lanes = data->states.blocks * HOL_LANES;
    double *standing = NULL, *flipped = NULL, *means = NULL;
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN, 0};
    if (!model->ops->pseudo_likelihood_all && !model->ops->free_energy) return HOL_OK;
    status = HOL_ALLOCATE(standing, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(flipped, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(means, lanes, "pseudo-likelihood");
    HOL_TRY(hol_comm_agree(comm, status));
    if (model->ops->pseudo_likelihood_all) model->ops->pseudo_likelihood_all(model, data, means);
    else flip_all(comm, model, data, standing, flipped, means);
    HOL_TRY(summarize(comm, data, means, ret));
cleanup:
    hol_free(standing);
    hol_free(flipped);
    hol_free(means);
    return status;
}
