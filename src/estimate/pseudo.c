/* pseudo: the models' conditionals, or those from free energies. */
#include "estimate/pseudo.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "model/variable.h"
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

/* Every chain's state of a column to the next one, the last to the first: a unit is flipped, a site's units move on. */
static void turn(hol_population *data, const hol_variable *column) {
    for (int64_t b = 0; b < data->states.blocks; b++) {
        uint64_t *words = data->states.words + b * data->states.stride + column->first;
        const uint64_t last = column->is_site ? words[column->units - 1] : ~words[0];
        for (int64_t k = column->units - 1; k > 0; k--) words[k] = words[k - 1];
        words[0] = last;
    }
}

/* Where free energies come from. */
typedef struct source {
    const hol_model *model;
    const float *theta; /* by enumeration; NULL: from the model's tables */
    hol_population *data;
    uint8_t *bytes; /* owned: (chains, visible), for enumeration */
} source;

/* What there is to enumerate, of all ranks. */
static bool can_enumerate(const hol_model *model, const hol_population *data) {
    const int64_t hidden = model->info.hidden;
    const double rows = (double)data->count * (double)(model->info.visible + 1);
    return model->ops->exact_free_energy && hidden < 60 && rows * (double)(INT64_C(1) << hidden) <= HOL_PSEUDO_WORK;
}

/* values is (blocks * 64); lanes beyond the chains are left */
static void find_free_energies(const source *s, double *values) {
    const hol_model *model = s->model;
    const int64_t visible = model->info.visible;
    int64_t first = 0, chains = 0;
    if (!s->theta) {
        model->ops->free_energy(model, s->data, values);
        return;
    }
    hol_population_get_owned(s->data, &first, &chains);
    hol_population_get_bytes(s->data, 0, visible, first, chains, s->bytes);
#pragma omp parallel for default(none) shared(s, model, visible, chains, values) schedule(static)
    for (int64_t c = 0; c < chains; c++)
        values[c] = model->ops->exact_free_energy(model, s->theta, s->bytes + c * visible);
}

/* ln(e^a + e^b) */
static double add_logs(double a, double b) { return (a > b ? a : b) + hol_softplus(-fabs(a - b)); }

/* the mean over columns of ln p(v_c | rest) = -ln sum_s exp(F(v) - F(v with state s)); standing, turned and sums are
 * scratch */
static void turn_all(hol_comm *comm, const source *s, double *standing, double *turned, double *sums, double *means) {
    hol_population *data = s->data;
    const int64_t columns = hol_model_columns(s->model), lanes = data->states.blocks * HOL_LANES;
    hol_task task;
    hol_task_begin(&task, comm, columns, "%lld %s of %lld samples", (long long)columns,
                   s->model->info.columns.count > 0 ? "columns" : "units", (long long)data->count);
    find_free_energies(s, standing);
    for (int64_t c = 0; c < columns; c++) {
        const hol_variable column = hol_variable_get(s->model, c);
        for (int64_t k = 1; k < column.states; k++) {
            turn(data, &column);
            find_free_energies(s, turned);
            for (int64_t r = 0; r < lanes; r++) {
                const double more = standing[r] - turned[r];
                sums[r] = k == 1 ? hol_softplus(more) : add_logs(sums[r], more);
            }
        }
        turn(data, &column);
        for (int64_t r = 0; r < lanes; r++) means[r] -= sums[r] / (double)columns;
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
}

hol_status hol_pseudo_all(hol_comm *comm, const hol_model *model, const float *theta, hol_population *data,
                          hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    const int64_t lanes = data->states.blocks * HOL_LANES;
    double *standing = NULL, *turned = NULL, *sums = NULL, *means = NULL;
    const bool own = model->ops->pseudo_likelihood_all, tables = model->ops->free_energy;
    source s = {.model = model, .theta = own || tables ? NULL : theta, .data = data};
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN, 0};
    if (!own && !tables && !can_enumerate(model, data)) return HOL_OK;
    status = HOL_ALLOCATE(standing, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(turned, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(sums, lanes, "pseudo-likelihood");
    if (status == HOL_OK) status = HOL_ALLOCATE(means, lanes, "pseudo-likelihood");
    if (status == HOL_OK && s.theta) status = HOL_ALLOCATE(s.bytes, HOL_PRODUCT(lanes, model->info.visible), "rows");
    HOL_TRY(hol_comm_agree(comm, status));
    if (own) model->ops->pseudo_likelihood_all(model, data, means);
    else turn_all(comm, &s, standing, turned, sums, means);
    HOL_TRY(summarize(comm, data, means, ret));
cleanup:
    hol_free(standing);
    hol_free(turned);
    hol_free(sums);
    hol_free(means);
    hol_free(s.bytes);
    return status;
}

/* ---- of what is known -------------------------------------------------------------------------------------------- */

/* Of this rank's rows. */
typedef struct known {
    const hol_exact_rows *rows; /* borrowed */
    uint8_t *masks;             /* owned, as all below: (rows, visible), of `rows` without a column */
    double *all, *without;      /* (rows): -F of what is known; without the column */
    double *sums;               /* (rows): of ln p(x_c | what else is known) */
    int64_t *counts;            /* (rows): of how many columns */
    uint32_t *weights;          /* (rows): 0 where nothing is known */
} known;

static hol_status make_known(const hol_exact_rows *rows, int64_t visible, known *self) {
    hol_status status = HOL_OK;
    *self = (known){.rows = rows};
    HOL_TRY(HOL_ALLOCATE(self->masks, HOL_PRODUCT(rows->count, visible), "missing values"));
    HOL_TRY(HOL_ALLOCATE(self->all, rows->count, "pseudo-likelihood"));
    HOL_TRY(HOL_ALLOCATE(self->without, rows->count, "pseudo-likelihood"));
    HOL_TRY(HOL_ALLOCATE(self->sums, rows->count, "pseudo-likelihood"));
    HOL_TRY(HOL_ALLOCATE(self->counts, rows->count, "pseudo-likelihood"));
    HOL_TRY(HOL_ALLOCATE(self->weights, rows->count, "weights"));
    memcpy(self->masks, rows->known, (size_t)(rows->count * visible));
cleanup:
    return status;
}

static void clear_known(known *self) {
    hol_free(self->masks);
    hol_free(self->all);
    hol_free(self->without);
    hol_free(self->sums);
    hol_free(self->counts);
    hol_free(self->weights);
}

/* ln p(x_c | rest) = F without it - F with it. Collective. */
static hol_status add_column(hol_comm *comm, const hol_model *model, const float *theta, int64_t column, known *self) {
    hol_status status = HOL_OK;
    const hol_variable variable = hol_variable_get(model, column);
    const int64_t visible = model->info.visible;
    hol_exact_rows rest = *self->rows;
    rest.known = self->masks;
    if (variable.units == 0) return HOL_OK;
    for (int64_t r = 0; r < rest.count; r++)
        memset(self->masks + r * visible + variable.first, 0, (size_t)variable.units);
    HOL_TRY(hol_exact_scores(comm, model, theta, &rest, self->without));
    for (int64_t r = 0; r < rest.count; r++) {
        const uint8_t is_known = self->rows->known[r * visible + variable.first];
        memset(self->masks + r * visible + variable.first, is_known, (size_t)variable.units);
        if (!is_known) continue;
        self->sums[r] += isinf(self->all[r]) ? self->all[r] : self->all[r] - self->without[r];
        self->counts[r]++;
    }
cleanup:
    return status;
}

/* The mean over rows of the means over their columns, with its error; of no rows at all NaN. */
static hol_status summarize_known(hol_comm *comm, known *self, hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    int64_t rows = self->rows->count;
    double square = 0, effective = 0;
    HOL_TRY(hol_comm_sum_i64(comm, &rows, 1));
    for (int64_t r = 0; r < self->rows->count; r++) {
        const uint32_t weight = self->rows->weights ? self->rows->weights[r] : 1;
        self->weights[r] = self->counts[r] > 0 ? weight : 0;
        if (self->counts[r] > 0) self->sums[r] /= (double)self->counts[r];
        ret->impossible += self->weights[r] > 0 && isinf(self->sums[r]);
    }
    HOL_TRY(hol_comm_sum_i64(comm, &ret->impossible, 1));
    HOL_TRY(hol_effective_over_ranks(comm, self->weights, self->rows->count, &effective));
    if (!(effective > 0)) goto cleanup;
    HOL_TRY(hol_mean_over_ranks(comm, self->sums, self->weights, self->rows->count, rows, &ret->mean));
    for (int64_t r = 0; r < self->rows->count; r++)
        self->sums[r] = (self->sums[r] - ret->mean) * (self->sums[r] - ret->mean);
    HOL_TRY(hol_mean_over_ranks(comm, self->sums, self->weights, self->rows->count, rows, &square));
    if (effective > 1) ret->standard_error = sqrt(square / (effective - 1));
    if (ret->impossible > 0) ret->mean = -(double)INFINITY;
cleanup:
    return status;
}

hol_status hol_pseudo_known(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                            hol_pseudo_result *ret) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_model_columns(model);
    hol_exact_score score;
    hol_task task;
    known self;
    *ret = (hol_pseudo_result){(double)NAN, (double)NAN, 0};
    HOL_TRY(hol_comm_agree(comm, make_known(rows, model->info.visible, &self)));
    hol_task_begin(&task, comm, columns, "%lld columns of what is known", (long long)columns);
    HOL_TRY(hol_exact_scores(comm, model, theta, rows, self.all));
    HOL_TRY(hol_exact_mean(comm, rows, self.all, &score));
    for (int64_t c = 0; c < columns && score.unknown == 0; c++) {
        HOL_TRY(add_column(comm, model, theta, c, &self));
        hol_task_move(&task, 1);
    }
    hol_task_end(&task);
    if (score.unknown == 0) HOL_TRY(summarize_known(comm, &self, ret));
cleanup:
    clear_known(&self);
    return status;
}
