/* start: what is compared, and parameters of pairs from one list of pairs to another. */
#include "cli/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/model.h"

/* ---- what has to be the same ------------------------------------------------------------------------------------- */

static hol_status refuse(const char *path, const char *what, int64_t found, int64_t expected) {
    return hol_error(HOL_BAD_INPUT, "train.start: %s: found %lld %s, expected %lld, as the model has", path,
                     (long long)found, what, (long long)expected);
}

static hol_status compare_columns(const char *path, const hol_model *found, const hol_model *expected) {
    const hol_columns *a = &found->info.columns, *b = &expected->info.columns;
    const int64_t columns = hol_model_columns(found);
    if (columns != hol_model_columns(expected)) return refuse(path, "columns", columns, hol_model_columns(expected));
    for (int64_t c = 0; c < columns; c++) {
        const int32_t states = a->count > 0 ? a->cardinalities[c] : 2, wish = b->count > 0 ? b->cardinalities[c] : 2;
        if (states != wish)
            return hol_error(HOL_BAD_INPUT,
                             "train.start: %s: column %lld (from 0): found %d states, expected %d, as the model has",
                             path, (long long)c, (int)states, (int)wish);
    }
    if (found->info.visible != expected->info.visible)
        return refuse(path, "visible units", found->info.visible, expected->info.visible);
    if (found->info.hidden != expected->info.hidden)
        return refuse(path, "hidden units", found->info.hidden, expected->info.hidden);
    return HOL_OK;
}

/* Names for states, which numbers have none of. */
static hol_status compare_letters(const char *path, const hol_model *found, const hol_model *expected) {
    const hol_model_pairs a = found->ops->pairs(found), b = expected->ops->pairs(expected);
    hol_alphabet letters[2];
    hol_status status = HOL_OK;
    if (!a.alphabet || !b.alphabet) return HOL_OK;
    HOL_TRY(hol_alphabet_of_codes(path, a.states, a.alphabet, &letters[0]));
    HOL_TRY(hol_alphabet_of_codes(path, b.states, b.alphabet, &letters[1]));
    if (!hol_alphabet_equal(&letters[0], &letters[1]))
        status = hol_error(HOL_BAD_INPUT, "train.start: %s: found the alphabet %s, expected %s, as the data have", path,
                           hol_alphabet_name(&letters[0]), hol_alphabet_name(&letters[1]));
cleanup:
    return status;
}

/* Lattices, edges, cliques, layers: by their numbers. */
static hol_status compare_structures(const char *path, const hol_model_info *a, const hol_model_info *b) {
    const int count = a->structure_count < b->structure_count ? a->structure_count : b->structure_count;
    const char *other = a->structure_count > count   ? a->structures[count].name
                        : b->structure_count > count ? b->structures[count].name
                                                     : NULL;
    for (int s = count - 1; s >= 0; s--) {
        const hol_structure *x = &a->structures[s], *y = &b->structures[s];
        if (strcmp(x->name, y->name) != 0 || !hol_structure_is_equal(x, y)) other = y->name;
    }
    if (!other) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "train.start: %s: found a model with other %s than this one, expected the same",
                     path, other);
}

/* Which parts of the energy there are. */
static hol_status compare_groups(const char *path, const hol_model *found, const hol_model *expected) {
    for (int k = 0; k < 2; k++) {
        const hol_model *one = k ? found : expected, *other = k ? expected : found;
        for (int g = 0; g < one->info.group_count; g++) {
            const hol_parameter_group *y = &one->info.groups[g], *x = hol_model_find_group(other, y->name);
            if (!x)
                return hol_error(HOL_BAD_INPUT, "train.start: %s: found a model with%s %s, expected one with%s", path,
                                 k ? "" : "out", y->name, k ? "out" : " it");
            if (x->rows != y->rows || x->columns != y->columns)
                return hol_error(HOL_BAD_INPUT, "train.start: %s: found %s of another shape than this model's", path,
                                 y->name);
        }
    }
    return HOL_OK;
}

static hol_status compare_structure(const char *path, const hol_model *found, const hol_model *expected) {
    const hol_status status = compare_structures(path, &found->info, &expected->info);
    return status == HOL_OK ? compare_groups(path, found, expected) : status;
}

static hol_status compare(const char *path, const hol_model *found, const hol_model *expected) {
    hol_status status = HOL_OK;
    if (strcmp(found->ops->kind, expected->ops->kind) != 0)
        return hol_error(HOL_BAD_INPUT, "train.start: %s: found a model %s, expected %s, as model.kind says", path,
                         found->ops->kind, expected->ops->kind);
    if (found->temperature < expected->temperature || found->temperature > expected->temperature)
        return hol_error(HOL_BAD_INPUT, "train.start: %s: found the temperature %g, expected %g, as model.temperature",
                         path, found->temperature, expected->temperature);
    HOL_TRY(compare_columns(path, found, expected));
    if (found->ops->pairs) status = compare_letters(path, found, expected);
    else status = compare_structure(path, found, expected);
cleanup:
    return status;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

typedef struct pair {
    int64_t ends; /* i << 32 | j */
    int64_t at;   /* its number */
} pair;

static int by_ends(const void *a, const void *b) {
    const pair *x = a, *y = b;
    return (x->ends > y->ends) - (x->ends < y->ends);
}

static int64_t join(const int32_t *ends) { return (int64_t)ends[0] << 32 | ends[1]; }

/* Fields, and couplings of the pairs that both have; *ret_shared: so many. */
static hol_status copy_pairs(const hol_cli_model *from, const hol_model *model, float *theta, int64_t *ret_shared) {
    const hol_model_pairs a = from->model->ops->pairs(from->model), b = model->ops->pairs(model);
    const size_t table = (size_t)(b.states * b.states) * sizeof *theta;
    pair *sorted = NULL;
    const hol_status status = HOL_ALLOCATE(sorted, a.count, "pairs of sites");
    if (status != HOL_OK) return status;
    for (int64_t k = 0; k < a.count; k++) sorted[k] = (pair){join(a.ends + 2 * k), k};
    qsort(sorted, (size_t)a.count, sizeof *sorted, by_ends);
    memcpy(theta + b.fields, from->theta + a.fields, (size_t)(b.sites * b.states) * sizeof *theta);
    for (int64_t k = 0; k < b.count; k++) {
        const pair wish = {.ends = join(b.ends + 2 * k)};
        const pair *found = bsearch(&wish, sorted, (size_t)a.count, sizeof *sorted, by_ends);
        if (!found) continue;
        memcpy(theta + b.couplings + k * b.states * b.states,
               from->theta + a.couplings + found->at * b.states * b.states, table);
        ++*ret_shared;
    }
    hol_free(sorted);
    return HOL_OK;
}

static void tell(hol_comm *comm, const hol_cli_model *from, const hol_model *model, int64_t shared) {
    char pairs[160] = "";
    const int64_t had = model->ops->pairs ? from->model->ops->pairs(from->model).count : 0;
    const int64_t has = model->ops->pairs ? model->ops->pairs(model).count : 0;
    if (shared < had)
        (void)snprintf(pairs, sizeof pairs, ", %lld of its %lld pairs", (long long)shared, (long long)had);
    else if (shared < has) (void)snprintf(pairs, sizeof pairs, ", its %lld pairs", (long long)shared);
    if (shared < has) hol_words_append(pairs, sizeof pairs, "; %lld pairs begin at 0", (long long)(has - shared));
    hol_log(comm, "beginning at the parameters of %s (train.start)%s; chains are new", from->info.path, pairs);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

hol_status hol_cli_read_start(hol_comm *comm, const char *file, const hol_model *model, float **ret_theta) {
    hol_status status = HOL_OK;
    hol_cli_model from = {0};
    int64_t shared = 0;
    *ret_theta = NULL;
    status = hol_cli_open_model(comm, file, 0, NULL, 0, &from);
    if (status != HOL_OK)
        status = hol_error_replace(status, hol_error_code(status), "train.start: %s", hol_error_message(status));
    HOL_TRY(status);
    HOL_TRY(hol_comm_agree(comm, compare(from.info.path, from.model, model)));
    status = HOL_ALLOCATE(*ret_theta, model->info.parameters, "parameters to begin at");
    if (status == HOL_OK && model->ops->pairs) status = copy_pairs(&from, model, *ret_theta, &shared);
    else if (status == HOL_OK) memcpy(*ret_theta, from.theta, (size_t)model->info.parameters * sizeof **ret_theta);
    HOL_TRY(hol_comm_agree(comm, status));
    tell(comm, &from, model, shared);
cleanup:
    hol_cli_close_model(&from);
    if (status == HOL_OK) return HOL_OK;
    hol_free(*ret_theta);
    *ret_theta = NULL;
    return status;
}
