/* pseudo: conditionals from free energies. */
#include "estimate/pseudo.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"

/* mean and its error over a population; values are used up */
static hol_status summarize(hol_comm *comm, const hol_population *data, double *values, hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    double square = 0;
    HOL_TRY(hol_population_mean(comm, data, values, &ret->mean));
    for (int64_t r = 0; r < data->states.blocks * HOL_LANES; r++) {
        const double off = values[r] - ret->mean;
        values[r] = off * off;
    }
    HOL_TRY(hol_population_mean(comm, data, values, &square));
    ret->standard_error = data->count > 1 ? sqrt(square / (double)(data->count - 1)) : (double)NAN;
cleanup:
    return status;
}

hol_status hol_pseudo_drawn(hol_comm *comm, const hol_model *model, hol_population *data, hol_rng_key key,
                            hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    double *values = NULL;
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN};
    if (!model->ops->pseudo_likelihood) return HOL_OK;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(values, data->states.blocks * HOL_LANES, "pseudo-likelihood")));
    model->ops->pseudo_likelihood(model, data, key, values);
    HOL_TRY(summarize(comm, data, values, ret));
cleanup:
    hol_free(values);
    return status;
}

/* Variables of more than two states lie in several units, whose flips are not what the conditionals are of. */
static bool is_binary(const hol_model *model) {
    for (int s = 0; s < model->info.structure_count; s++)
        if (strcmp(model->info.structures[s].name, "cardinalities") == 0) return false;
    return true;
}

static void flip(hol_population *data, int64_t unit) {
    for (int64_t b = 0; b < data->states.blocks; b++) data->states.words[b * data->states.stride + unit] ^= ~UINT64_C(0);
}

hol_status hol_pseudo_all(hol_comm *comm, const hol_model *model, hol_population *data, hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible, lanes = data->states.blocks * HOL_LANES;
    double *standing = NULL, *flipped = NULL, *sums = NULL;
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN};
    if (!model->ops->free_energy || !is_binary(model)) return HOL_OK;
    status = HOL_ALLOCATE(standing, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(flipped, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(sums, lanes, "pseudo-likelihood");
    HOL_TRY(hol_comm_agree(comm, status));
    model->ops->free_energy(model, data, standing);
    for (int64_t i = 0; i < visible; i++) {
        flip(data, i);
        model->ops->free_energy(model, data, flipped);
        flip(data, i);
        for (int64_t r = 0; r < lanes; r++) sums[r] -= hol_softplus(standing[r] - flipped[r]) / (double)visible;
    }
    HOL_TRY(summarize(comm, data, sums, ret));
cleanup:
    hol_free(standing);
    hol_free(flipped);
    hol_free(sums);
    return status;
}
