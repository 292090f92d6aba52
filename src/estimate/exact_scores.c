/* exact_scores: free energies of rows, and their mean. */
#include <math.h>
#include <omp.h>

#include "base/alloc.h"
#include "estimate/exact.h"
#include "estimate/known.h"

/* The terms that all rows' sums may have together: minutes. */
#define WORK_OF_ROWS 0x1p36
/* in which they are counted over ranks */
#define WORK_UNIT 0x1p16

/* Rows whose free energies a model gives at once need nothing else; other rows' are sums over what is not known. */
typedef struct scoring {
    const hol_model *model; /* as all below, borrowed */
    const float *theta;
    const hol_exact_rows *rows;
    hol_known *sums;      /* owned; NULL: not needed */
    uint8_t *everything;  /* owned: (visible) of 1 */
    double *work;         /* owned: (rows): terms of each; NULL: not needed */
    double most;          /* terms of a row */
} scoring;

static const uint8_t *known_of(const scoring *self, int64_t r) {
    return self->rows->known ? self->rows->known + r * self->model->info.visible : self->everything;
}

static const uint8_t *states_of(const scoring *self, int64_t r) {
    return self->rows->states + r * self->model->info.visible;
}

/* values[r] is what of_row says of each row. */
static hol_status ask_rows(const scoring *self, hol_status (*of_row)(const scoring *self, int64_t r, double *ret),
                           double *values) {
    hol_status status = HOL_OK, *failures = NULL; /* the first of each thread */
    const int threads = omp_get_max_threads();
    HOL_TRY(HOL_ALLOCATE(failures, threads, "rows"));
#pragma omp parallel for default(none) shared(self, of_row, values, failures) schedule(dynamic, 8)
    for (int64_t r = 0; r < self->rows->count; r++) {
        hol_status *failure = &failures[omp_get_thread_num()];
        *failure = hol_error_first(*failure, of_row(self, r, &values[r]));
    }
    for (int t = 0; t < threads; t++) status = hol_error_first(status, failures[t]);
cleanup:
    hol_free(failures);
    return status;
}

/* What has no weight is not worth the work. */
static bool counts(const scoring *self, int64_t r) { return !self->rows->weights || self->rows->weights[r] > 0; }

static hol_status find_work(const scoring *self, int64_t r, double *ret) {
    *ret = 0;
    if (!counts(self, r)) return HOL_OK;
    return hol_known_find_work(self->sums, states_of(self, r), known_of(self, r), ret);
}

/* The terms that each row may have, so that together, over all ranks, they are few enough. Collective. */
static hol_status find_most(hol_comm *comm, scoring *self) {
    hol_status status = HOL_OK;
    int64_t sums[2] = {0, self->rows->count}; /* of terms, of rows */
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self->work, self->rows->count, "rows")));
    HOL_TRY(hol_comm_agree(comm, ask_rows(self, find_work, self->work)));
    for (int64_t r = 0; r < self->rows->count; r++)
        if (self->work[r] <= HOL_KNOWN_WORK_OF_ROW) sums[0] += (int64_t)(self->work[r] / WORK_UNIT) + 1;
    HOL_TRY(hol_comm_sum_i64(comm, sums, 2));
    self->most = HOL_KNOWN_WORK_OF_ROW;
    if ((double)sums[0] > WORK_OF_ROWS / WORK_UNIT) self->most = fmin(self->most, WORK_OF_ROWS / (double)sums[1]);
cleanup:
    return status;
}

static hol_status score_row(const scoring *self, int64_t r, double *ret) {
    const hol_model *model = self->model;
    const uint8_t *bytes = states_of(self, r);
    *ret = 0;
    if (!counts(self, r)) return HOL_OK;
    *ret = (double)NAN;
    if (!self->sums) {
        *ret = -model->ops->exact_free_energy(model, self->theta, bytes);
        return HOL_OK;
    }
    if (self->work[r] > self->most) return HOL_OK;
    const hol_status status = hol_known_sum(self->sums, bytes, known_of(self, r), self->most, ret);
    *ret = -*ret;
    return status;
}

hol_status hol_exact_scores(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                            double *scores) {
    hol_status status = HOL_OK;
    scoring self = {.model = model, .theta = theta, .rows = rows};
    const bool needs_sums = rows->known || (model->info.infer_draws && model->info.hidden > HOL_EXACT_UNITS_MAX);
    for (int64_t r = 0; r < rows->count; r++) scores[r] = (double)NAN;
    if (!model->ops->exact_free_energy) return HOL_OK;
    if (needs_sums) {
        status = hol_known_create(model, theta, &self.sums);
        if (status == HOL_OK) status = HOL_ALLOCATE(self.everything, model->info.visible, "rows");
        HOL_TRY(hol_comm_agree(comm, status));
        for (int64_t i = 0; i < model->info.visible; i++) self.everything[i] = 1;
        HOL_TRY(find_most(comm, &self));
    }
    HOL_TRY(hol_comm_agree(comm, ask_rows(&self, score_row, scores)));
cleanup:
    hol_free(self.work);
    hol_known_destroy(self.sums);
    hol_free(self.everything);
    return status;
}

hol_status hol_exact_mean(hol_comm *comm, const hol_exact_rows *rows, const double *scores, hol_exact_score *ret) {
    hol_status status = HOL_OK;
    int64_t all = rows->count, counts[2] = {0}, first = -INT64_MAX; /* impossible, unknown; the first impossible, - */
    hol_wide sums[2] = {0};                                        /* of scores, of weights */
    HOL_TRY(hol_comm_sum_i64(comm, &all, 1));
    const double limit = 0x1p62 / (double)(all > 0 ? all : 1);
    for (int64_t r = 0; r < rows->count; r++) {
        const double scaled = scores[r] * 0x1p24;
        const int64_t weight = rows->weights ? rows->weights[r] : 1;
        if (weight == 0) continue;
        sums[1] += weight;
        if (fabs(scaled) < limit) sums[0] += (hol_wide)(int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)) * weight;
        else if (!(isinf(scaled) && scaled < 0)) counts[1]++;
        else if (counts[0]++ == 0) first = -(rows->first + r);
    }
    HOL_TRY(hol_comm_sum_wide(comm, sums, 2));
    HOL_TRY(hol_comm_sum_i64(comm, counts, 2));
    HOL_TRY(hol_comm_max_i64(comm, &first, 1));
    *ret = (hol_exact_score){.mean = (double)sums[0] * 0x1p-24 / (double)sums[1],
                             .impossible = counts[0],
                             .first_impossible = counts[0] > 0 ? -first : -1,
                             .unknown = counts[1]};
    if (counts[0] > 0) ret->mean = -(double)INFINITY;
    if (counts[1] > 0 || sums[1] == 0) ret->mean = (double)NAN;
cleanup:
    return status;
}
