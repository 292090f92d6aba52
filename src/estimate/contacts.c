/* contacts: norms of tables, their correction, their order, and how many of the first pairs are true. */
#include "estimate/contacts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* ---- norms ------------------------------------------------------------------------------------------------------- */

double hol_contacts_norm(const double *couplings, int64_t rows, int64_t columns, int64_t row_gap, int64_t column_gap) {
    double row_means[HOL_STATES_MAX] = {0}, column_means[HOL_STATES_MAX] = {0}, mean = 0, sum = 0;
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < columns; b++) {
            row_means[a] += couplings[a * columns + b] / (double)columns;
            column_means[b] += couplings[a * columns + b] / (double)rows;
        }
    for (int64_t a = 0; a < rows; a++) mean += row_means[a] / (double)rows;
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < columns; b++) {
            const double gauged = couplings[a * columns + b] - row_means[a] - column_means[b] + mean;
            if (a != row_gap && b != column_gap) sum += gauged * gauged;
        }
    return sqrt(sum);
}

hol_status hol_contacts_correct(int64_t sites, int64_t count, const int32_t *ends, const double *norms,
                                double *scores) {
    hol_status status = HOL_OK;
    double *sums = NULL, all = 0;
    HOL_TRY(HOL_ALLOCATE(sums, sites, "scores"));
    for (int64_t k = 0; k < count; k++) {
        sums[ends[2 * k]] += norms[k];
        sums[ends[2 * k + 1]] += norms[k];
        all += 2 * norms[k];
    }
    const double others = (double)(sites - 1), mean = all / ((double)sites * others);
    for (int64_t k = 0; k < count; k++)
        scores[k] = mean > 0 ? norms[k] - sums[ends[2 * k]] / others * (sums[ends[2 * k + 1]] / others) / mean : 0;
cleanup:
    hol_free(sums);
    return status;
}

/* ---- a model's pairs --------------------------------------------------------------------------------------------- */

/* A table of two variables, the smaller one first. */
typedef struct pair_table {
    int32_t i, j;
    bool is_turned; /* in its table the larger one comes first */
    const double *table;
} pair_table;

static int compare_pairs(const void *a, const void *b) {
    const pair_table *left = a, *right = b;
    if (left->i != right->i) return left->i < right->i ? -1 : 1;
    return left->j < right->j ? -1 : left->j > right->j;
}

static hol_status list_pairs(const hol_factors *factors, pair_table **ret_pairs, int64_t *ret_count) {
    int64_t count = 0;
    for (int64_t f = 0; f < factors->count; f++) {
        const int64_t size = hol_factors_scope_size(factors, f);
        count += size == 2;
        if (size > 2)
            return hol_error(HOL_USAGE, "found a table of %lld variables, expected a model of pairs", (long long)size);
    }
    const hol_status status = HOL_ALLOCATE(*ret_pairs, count, "pairs");
    if (status != HOL_OK) return status;
    for (int64_t f = 0; f < factors->count; f++) {
        if (hol_factors_scope_size(factors, f) != 2) continue;
        const int32_t *scope = factors->scopes + factors->scope_starts[f];
        const bool is_turned = scope[0] > scope[1];
        (*ret_pairs)[(*ret_count)++] = (pair_table){.i = scope[is_turned],
                                                    .j = scope[!is_turned],
                                                    .is_turned = is_turned,
                                                    .table = factors->tables + factors->table_starts[f]};
    }
    qsort(*ret_pairs, (size_t)count, sizeof **ret_pairs, compare_pairs);
    return HOL_OK;
}

/* Adds a table to couplings, (rows, columns) with the smaller variable's states as rows. */
static hol_status add_table(const pair_table *p, int64_t rows, int64_t columns, double *couplings) {
    for (int64_t a = 0; a < rows; a++)
        for (int64_t b = 0; b < columns; b++) {
            const double value = p->is_turned ? p->table[b * rows + a] : p->table[a * columns + b];
            if (!isfinite(value))
                return hol_error(HOL_USAGE, "found states of %d and %d that exclude each other, expected couplings",
                                 (int)p->i, (int)p->j);
            couplings[a * columns + b] += value;
        }
    return HOL_OK;
}

/* tables of one pair that are several add up */
static hol_status find_norms(const hol_factors *factors, const pair_table *pairs, int64_t count, int64_t gap,
                             hol_contacts *self) {
    hol_status status = HOL_OK;
    double *couplings = NULL;
    HOL_TRY(HOL_ALLOCATE(couplings, HOL_STATES_MAX * HOL_STATES_MAX, "couplings"));
    for (int64_t k = 0, end = 0; k < count; k = end) {
        const int64_t rows = factors->cardinalities[pairs[k].i], columns = factors->cardinalities[pairs[k].j];
        memset(couplings, 0, (size_t)(rows * columns) * sizeof *couplings);
        for (end = k; end < count && compare_pairs(&pairs[k], &pairs[end]) == 0; end++)
            HOL_TRY(add_table(&pairs[end], rows, columns, couplings));
        self->ends[2 * self->count] = pairs[k].i;
        self->ends[2 * self->count + 1] = pairs[k].j;
        self->norms[self->count++] = hol_contacts_norm(couplings, rows, columns, gap, gap);
    }
cleanup:
    hol_free(couplings);
    return status;
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    double score;
    int64_t pair;
} ranked;

static int compare_ranks(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->score > right->score || left->score < right->score) return left->score > right->score ? -1 : 1;
    return left->pair < right->pair ? -1 : 1;
}

static hol_status sort_scores(hol_contacts *self) {
    hol_status status = HOL_OK;
    ranked *ranks = NULL;
    HOL_TRY(HOL_ALLOCATE(ranks, self->count, "scores"));
    for (int64_t k = 0; k < self->count; k++) ranks[k] = (ranked){self->scores[k], k};
    qsort(ranks, (size_t)self->count, sizeof *ranks, compare_ranks);
    for (int64_t k = 0; k < self->count; k++) self->order[k] = ranks[k].pair;
cleanup:
    hol_free(ranks);
    return status;
}

static hol_status allocate(int64_t count, hol_contacts *self) {
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->ends, HOL_PRODUCT(2, count), "pairs"));
    HOL_TRY(HOL_ALLOCATE(self->norms, count, "norms"));
    HOL_TRY(HOL_ALLOCATE(self->scores, count, "scores"));
    HOL_TRY(HOL_ALLOCATE(self->order, count, "scores"));
cleanup:
    return status;
}

static hol_status check_model(const hol_model *model) {
    if (!model->ops->factors)
        return hol_error(HOL_USAGE, "found a model %s, expected one whose columns are coupled in pairs",
                         model->ops->kind);
    if (model->info.hidden > 0)
        return hol_error(HOL_USAGE, "found a model of %lld hidden units, expected one whose columns are coupled",
                         (long long)model->info.hidden);
    return HOL_OK;
}

/* of a model that knows where its couplings of pairs stand */
static hol_status find_norms_of_pairs(const hol_model *model, const float *theta, int64_t gap, hol_contacts *self) {
    hol_status status = HOL_OK;
    const hol_model_pairs pairs = model->ops->pairs(model);
    const int64_t entries = pairs.states * pairs.states;
    double *couplings = NULL;
    HOL_TRY(allocate(pairs.count, self));
    HOL_TRY(HOL_ALLOCATE(couplings, entries, "couplings"));
    memcpy(self->ends, pairs.ends, (size_t)(2 * pairs.count) * sizeof *self->ends);
    for (; self->count < pairs.count; self->count++) {
        const float *from = theta + pairs.couplings + self->count * entries;
        for (int64_t k = 0; k < entries; k++) couplings[k] = (double)from[k] / model->temperature;
        self->norms[self->count] = hol_contacts_norm(couplings, pairs.states, pairs.states, gap, gap);
    }
cleanup:
    hol_free(couplings);
    return status;
}

/* of one that is a product of tables */
static hol_status find_norms_of_tables(const hol_model *model, const float *theta, int64_t gap, hol_contacts *self) {
    hol_status status = HOL_OK;
    hol_factors *factors = NULL;
    pair_table *pairs = NULL;
    int64_t count = 0;
    HOL_TRY(check_model(model));
    HOL_TRY(model->ops->factors(model, theta, &factors));
    HOL_TRY(list_pairs(factors, &pairs, &count));
    HOL_TRY(allocate(count, self));
    HOL_TRY(find_norms(factors, pairs, count, gap, self));
cleanup:
    hol_free(pairs);
    hol_factors_destroy(factors);
    return status;
}

hol_status hol_contacts_find(const hol_model *model, const float *theta, int64_t gap, hol_contacts *ret) {
    hol_status status = HOL_OK;
    *ret = (hol_contacts){.sites = hol_model_columns(model)};
    if (model->ops->pairs) HOL_TRY(find_norms_of_pairs(model, theta, gap, ret));
    else HOL_TRY(find_norms_of_tables(model, theta, gap, ret));
    if (ret->count == 0) HOL_TRY(hol_error(HOL_USAGE, "found a model without couplings, expected pairs of columns"));
    HOL_TRY(hol_contacts_correct(ret->sites, ret->count, ret->ends, ret->norms, ret->scores));
    HOL_TRY(sort_scores(ret));
cleanup:
    return status;
}

void hol_contacts_clear(hol_contacts *contacts) {
    hol_free(contacts->ends);
    hol_free(contacts->norms);
    hol_free(contacts->scores);
    hol_free(contacts->order);
    *contacts = (hol_contacts){0};
}

/* ---- against a structure ----------------------------------------------------------------------------------------- */

static void count_close(int64_t separation, const hol_distances *distances, double cutoff, hol_contacts_verdict *self) {
    for (int64_t i = 0; i < distances->sites; i++)
        for (int64_t j = i + separation; j < distances->sites; j++) {
            const double distance = hol_distances_get(distances, i, j);
            self->all += !isnan(distance);
            self->close += distance < cutoff;
        }
}

hol_status hol_contacts_judge(const hol_contacts *contacts, int64_t separation, const hol_distances *distances,
                              double cutoff, hol_contacts_verdict *ret) {
    hol_status status = HOL_OK;
    int64_t close = 0;
    *ret = (hol_contacts_verdict){0};
    HOL_TRY(HOL_ALLOCATE(ret->pairs, contacts->count, "pairs"));
    HOL_TRY(HOL_ALLOCATE(ret->precision, contacts->count, "precision"));
    count_close(separation, distances, cutoff, ret);
    for (int64_t k = 0; k < contacts->count; k++) {
        const int64_t pair = contacts->order[k], i = contacts->ends[2 * pair], j = contacts->ends[2 * pair + 1];
        if (j - i < separation) continue;
        const double distance = hol_distances_get(distances, i, j);
        if (isnan(distance)) {
            ret->unknown++;
            continue;
        }
        close += distance < cutoff;
        ret->pairs[ret->count] = pair;
        ret->precision[ret->count] = (double)close / (double)(ret->count + 1);
        ret->count++;
    }
cleanup:
    return status;
}

void hol_contacts_verdict_clear(hol_contacts_verdict *verdict) {
    hol_free(verdict->pairs);
    hol_free(verdict->precision);
    *verdict = (hol_contacts_verdict){0};
}
