/* path: mixtures of two parameter vectors. */
#include "sample/path.h"

#include <string.h>

#include "base/alloc.h"
#include "num/clones.h"

hol_status hol_path_create(const hol_model *model, hol_path **ret_path) {
    hol_status status = HOL_OK;
    hol_path *self = NULL;
    *ret_path = NULL;
    if (!model->ops->independent)
        return hol_error(HOL_USAGE,
                         "annealing and tempering: found a model %s with zero potentials, which leave nothing "
                         "independent to begin at, expected one without (else --method exact, train.levels: 1)",
                         model->ops->kind);
    HOL_TRY(HOL_ALLOCATE(self, 1, "path"));
    hol_memory *memory = hol_team_memory(model->team);
    self->parameters = model->info.parameters;
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->start, self->parameters, "path"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->end, self->parameters, "path"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->here, self->parameters, "path"));
    *ret_path = self;
    return HOL_OK;
cleanup:
    hol_path_destroy(self);
    return status;
}

void hol_path_destroy(hol_path *path) {
    if (!path) return;
    hol_free(path->start);
    hol_free(path->end);
    hol_free(path->here);
    hol_free(path);
}

void hol_path_set(hol_path *path, const hol_model *model, const float *theta, const double *visible_means) {
    path->start_log_partition = model->ops->independent(model, visible_means, path->start);
    memcpy(path->end, theta, (size_t)path->parameters * sizeof *theta);
}

HOL_CLONES static void mix(const float *start, const float *end, float from, float to, int64_t count, float *here) {
    for (int64_t i = 0; i < count; i++) here[i] = from * start[i] + to * end[i];
}

static void combine(hol_path *path, float from, float to) {
    const int64_t count = path->parameters;
    const float *start = path->start, *end = path->end;
    float *here = path->here;
#pragma omp parallel for default(none) shared(start, end, here, from, to, count) schedule(static) if (count > 1 << 15)
    for (int64_t i = 0; i < count; i += HOL_CHUNK)
        mix(start + i, end + i, from, to, count - i < HOL_CHUNK ? count - i : HOL_CHUNK, here + i);
}

static const float *theta_at(hol_path *path, double beta) {
    /* the ends as they are, to the last bit */
    if (beta <= 0) return path->start;
    if (beta >= 1) return path->end;
    combine(path, (float)(1 - beta), (float)beta);
    return path->here;
}

hol_status hol_path_prepare(hol_path *path, hol_model *model, double beta) {
    return model->ops->prepare(model, theta_at(path, beta));
}

hol_status hol_path_prepare_training(hol_path *path, hol_model *model, double beta) {
    return hol_model_prepare_training(model, theta_at(path, beta));
}

hol_status hol_path_prepare_difference(hol_path *path, hol_model *model) {
    combine(path, -1, 1);
    return model->ops->prepare(model, path->here);
}
