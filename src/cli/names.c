/* names: of the config, of the training data where they are still there, else made up. */
#include "cli/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/config.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"

enum { MADE_UP = 24 }; /* bytes of a made-up name: a letter and a number */

int64_t hol_cli_count_names(const hol_model *model) { return hol_model_variables(model); }

static void make_up(const hol_model *model, int64_t v, char *name) {
    const int64_t visible = hol_model_columns(model);
    if (model->info.columns.count > v) (void)snprintf(name, MADE_UP, "%lld", (long long)v);
    else (void)snprintf(name, MADE_UP, "%c%lld", v < visible ? 'v' : 'h', (long long)(v < visible ? v : v - visible));
}

/* Whether the training data are not to be had: they may be elsewhere by now. A lack of memory stays an error. */
static bool are_elsewhere(hol_status *status) {
    if (*status == HOL_OK || hol_error_code(*status) == HOL_FAILURE) return false;
    (void)hol_error_drop(*status);
    *status = HOL_OK;
    return true;
}

/* The names of the columns of the config's training data, without the label: one block, NULL where the data are
 * elsewhere by now, have no names, or are others. */
static hol_status names_of_data(hol_comm *comm, const hol_config *config, const hol_model *model, char ***ret_names) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL;
    int64_t count = 0;
    *ret_names = NULL;
    if (!*config->data.train) return HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(config->data.train, "train", &file, &path));
    status = hol_dataset_read_columns(comm, file, ret_names, &count);
    if (are_elsewhere(&status)) goto cleanup;
    HOL_TRY(status);
    if (count == hol_model_columns(model) - config->data.labels) goto cleanup;
    hol_free(*ret_names);
    *ret_names = NULL;
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

/* a copy of the first `given` names, and made-up ones for the others, in one block */
static hol_status copy_names(const hol_model *model, char *const *from, int64_t given, char ***ret_names) {
    const int64_t count = hol_cli_count_names(model);
    int64_t bytes = count * ((int64_t)sizeof(char *) + MADE_UP);
    for (int64_t v = 0; v < given; v++) bytes += (int64_t)strlen(from[v]) + 1;
    char *block = NULL;
    const hol_status status = HOL_ALLOCATE(block, bytes, "names");
    if (status != HOL_OK) return status;
    char **names = (char **)(void *)block;
    char *at = (char *)(names + count);
    for (int64_t v = 0; v < count; v++) {
        names[v] = at;
        if (v < given) strcpy(at, from[v]);
        else if (given > 0 && v == given && v < hol_model_columns(model)) strcpy(at, "label");
        else make_up(model, v, at);
        at += strlen(at) + 1;
    }
    *ret_names = names;
    return HOL_OK;
}

hol_status hol_cli_make_names(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                              char ***ret_names) {
    hol_config *config = NULL;
    char **names = NULL;
    *ret_names = NULL;
    hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    const hol_config_variables *variables = config->model.variables;
    if (variables && variables->count == model->info.columns.count)
        status = copy_names(model, variables->names, variables->count, ret_names);
    else {
        status = names_of_data(comm, config, model, &names);
        if (status == HOL_OK)
            status = copy_names(model, names, names ? hol_model_columns(model) - config->data.labels : 0, ret_names);
    }
    hol_free(names);
    hol_config_destroy(config);
    return status;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The first column of b that a has at another place; -1: none. Other names alone say nothing. `sorted` (2 count) is
 * room for both in order. */
static int64_t find_moved(char *const *a, char *const *b, int64_t count, char **sorted) {
    const size_t size = sizeof *sorted;
    char **of_a = sorted, **of_b = sorted + count;
    memcpy(of_a, a, (size_t)count * size);
    memcpy(of_b, b, (size_t)count * size);
    qsort(of_a, (size_t)count, size, compare_names);
    qsort(of_b, (size_t)count, size, compare_names);
    for (int64_t c = 0; c < count; c++)
        if (strcmp(a[c], b[c]) != 0 && (bsearch(&b[c], of_a, (size_t)count, size, compare_names) ||
                                        bsearch(&a[c], of_b, (size_t)count, size, compare_names)))
            return c;
    return -1;
}

hol_status hol_cli_check_order(hol_comm *comm, const hol_config *config, const char *reference,
                               const char *default_split) {
    hol_status status = HOL_OK;
    char *train = NULL, *other = NULL, *path = NULL, **names = NULL, **others = NULL, **sorted = NULL;
    int64_t count = 0, other_count = 0;
    if (!*config->data.train) return HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(config->data.train, "train", &train, &path));
    hol_free(path);
    path = NULL;
    HOL_TRY(hol_dataset_parse_reference(reference, default_split, &other, &path));
    if (strcmp(train, other) == 0) goto cleanup;
    status = hol_dataset_read_columns(comm, train, &names, &count);
    if (are_elsewhere(&status)) goto cleanup;
    HOL_TRY(status);
    if (!names) goto cleanup;
    HOL_TRY(hol_dataset_read_columns(comm, other, &others, &other_count));
    if (!others || other_count != count) goto cleanup;
    HOL_TRY(HOL_ALLOCATE(sorted, HOL_PRODUCT(2, count), "names"));
    const int64_t column = find_moved(names, others, count, sorted);
    if (column >= 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found \"%s\" as column %lld (from 0), expected \"%s\" as in %s (the columns of both, in "
                          "the same order)",
                          reference, others[column], (long long)column, names[column], config->data.train));
cleanup:
    hol_free(train);
    hol_free(other);
    hol_free(path);
    hol_free(names);
    hol_free(others);
    hol_free(sorted);
    return status;
}

/* ---- words for states ---- */

/* Behind the columns' states those of the labels, of `path`, the last of `cardinality` states; of 0 where there are
 * none. */
static hol_status add_label(hol_comm *comm, const char *file, const char *path, int64_t columns, int32_t cardinality,
                            hol_dataset_states *states) {
    hol_status status = HOL_OK;
    hol_dataset_labels labels = {0};
    hol_dataset_states all = {.columns = columns + 1};
    const bool lacks = !hol_dataset_has_labels(comm, file, path + strlen("/labels"));
    if (!lacks) HOL_TRY(hol_dataset_read_labels(comm, file, path, &labels));
    const int64_t before = states->columns > 0 ? states->first_names[columns] : 0, count = before + labels.classes;
    HOL_TRY(HOL_ALLOCATE(all.cardinalities, columns + 1, "states"));
    HOL_TRY(HOL_ALLOCATE(all.first_names, columns + 2, "states"));
    for (int64_t c = 0; c < columns; c++) {
        all.cardinalities[c] = states->columns > 0 ? states->cardinalities[c] : 2;
        all.first_names[c + 1] = states->columns > 0 ? states->first_names[c + 1] : 0;
    }
    all.cardinalities[columns] = lacks ? 0 : cardinality;
    all.first_names[columns + 1] = count;
    int64_t bytes = count * (int64_t)sizeof *all.names;
    for (int64_t k = 0; k < count; k++)
        bytes += (int64_t)strlen(k < before ? states->names[k] : labels.names[k - before]) + 1;
    char *block = NULL;
    HOL_TRY(HOL_ALLOCATE(block, bytes + 1, "names of states"));
    all.names = (char **)(void *)block;
    char *at = (char *)(all.names + count);
    for (int64_t k = 0; k < count; k++) {
        all.names[k] = at;
        strcpy(at, k < before ? states->names[k] : labels.names[k - before]);
        at += strlen(at) + 1;
    }
    hol_dataset_states_clear(states);
    *states = all;
    all = (hol_dataset_states){0};
cleanup:
    hol_dataset_states_clear(&all);
    hol_free(labels.names);
    return status;
}

/* Of a data set of `columns`, with the label, of `classes`, where labels are one. */
static hol_status read_states(hol_comm *comm, const hol_config *config, const char *reference,
                              const char *default_split, int64_t columns, int32_t classes, hol_dataset_states *ret) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL, *labels = NULL;
    const int64_t count = columns - config->data.labels;
    HOL_TRY(hol_dataset_parse_reference(reference, default_split, &file, &path));
    HOL_TRY(hol_dataset_read_states(comm, file, ret));
    if (ret->columns > 0 && ret->columns != count) hol_dataset_states_clear(ret);
    if (!config->data.labels) goto cleanup;
    HOL_TRY(hol_format_text(&labels, "name of labels", "/labels%s", path));
    HOL_TRY(add_label(comm, file, labels, count, classes, ret));
cleanup:
    hol_free(file);
    hol_free(path);
    hol_free(labels);
    return status;
}

hol_status hol_cli_find_states(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                               hol_dataset_states *ret) {
    hol_config *config = NULL;
    const hol_columns *columns = &model->info.columns;
    bool differs = false;
    *ret = (hol_dataset_states){0};
    if (columns->count == 0) return HOL_OK;
    hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    if (*config->data.train)
        status = read_states(comm, config, config->data.train, "train", columns->count,
                             columns->cardinalities[columns->count - 1], ret);
    if (status != HOL_OK) hol_dataset_states_clear(ret);
    (void)are_elsewhere(&status);
    for (int64_t c = 0; c < ret->columns && !differs; c++) differs = ret->cardinalities[c] != columns->cardinalities[c];
    if (differs) hol_dataset_states_clear(ret);
    hol_config_destroy(config);
    return status;
}

/* The first column whose words are others, but for labels that b lacks, and the first of these; -1: none. */
static int64_t find_other(const hol_dataset_states *a, const hol_dataset_states *b, int64_t *ret_word) {
    for (int64_t c = 0; c < a->columns; c++) {
        const int64_t first = a->first_names[c], other = b->first_names[c], count = a->first_names[c + 1] - first;
        if (b->cardinalities[c] == 0) continue;
        const int64_t others = b->first_names[c + 1] - other;
        int64_t k = 0;
        while (k < count && k < others && strcmp(a->names[first + k], b->names[other + k]) == 0) k++;
        *ret_word = k;
        if (k < count || k < others) return c;
    }
    return -1;
}

/* 'new.h5: column 0 (from 0) "colour": found "green" for state 1, expected "blue" as in bugs.h5 (...)' */
static hol_status refuse_words(hol_comm *comm, const hol_config *config, const char *reference, int64_t column,
                               int64_t word, const hol_dataset_states *train, const hol_dataset_states *other) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL, **names = NULL, called[64] = "", words[2][64];
    const hol_dataset_states *const both[] = {other, train};
    int64_t count = 0;
    HOL_TRY(hol_dataset_parse_reference(reference, "train", &file, &path));
    HOL_TRY(hol_dataset_read_columns(comm, file, &names, &count));
    if (column < count) (void)snprintf(called, sizeof called, " \"%.40s\"", names[column]);
    else if (config->data.labels && column + 1 == train->columns) (void)snprintf(called, sizeof called, ", the label");
    for (int i = 0; i < 2; i++) {
        const int64_t first = both[i]->first_names[column] + word;
        if (first < both[i]->first_names[column + 1])
            (void)snprintf(words[i], sizeof words[i], "\"%.40s\"", both[i]->names[first]);
        else (void)snprintf(words[i], sizeof words[i], "no word");
    }
    status = hol_error(HOL_BAD_INPUT,
                       "%s: column %lld (from 0)%s: found %s for state %lld, expected %s as in %s (holode data import "
                       "--states-of %s takes its words)",
                       reference, (long long)column, called, words[0], (long long)word, words[1], config->data.train,
                       config->data.train);
cleanup:
    hol_free(file);
    hol_free(path);
    hol_free(names);
    return status;
}

/* Of two references' files, where both have one. */
static hol_status check_alphabets(hol_comm *comm, const char *train, const char *other) {
    hol_status status = HOL_OK;
    const char *const references[] = {train, other};
    hol_alphabet found[2] = {{0}, {0}};
    char *file = NULL, *path = NULL;
    for (int i = 0; i < 2; i++) {
        HOL_TRY(hol_dataset_parse_reference(references[i], "train", &file, &path));
        HOL_TRY(hol_dataset_read_alphabet(comm, file, &found[i]));
        hol_free(file);
        hol_free(path);
        file = path = NULL;
    }
    if (found[0].count > 0 && found[1].count > 0 && !hol_alphabet_equal(&found[0], &found[1]))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found the alphabet %s, expected %s as in %s", other,
                          hol_alphabet_name(&found[1]), hol_alphabet_name(&found[0]), train));
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

hol_status hol_cli_check_words(hol_comm *comm, const hol_config *config, const char *reference,
                               const char *default_split, int64_t columns) {
    hol_status status = HOL_OK;
    hol_dataset_states train = {0}, other = {0};
    if (!*config->data.train) return HOL_OK;
    HOL_TRY(check_alphabets(comm, config->data.train, reference));
    status = read_states(comm, config, config->data.train, "train", columns, 2, &train);
    if (are_elsewhere(&status)) goto cleanup;
    HOL_TRY(status);
    if (!train.names) goto cleanup;
    HOL_TRY(read_states(comm, config, reference, default_split, columns, 2, &other));
    if (!other.names) goto cleanup;
    int64_t word = 0;
    const int64_t column = find_other(&train, &other, &word);
    if (column >= 0) HOL_TRY(refuse_words(comm, config, reference, column, word, &train, &other));
cleanup:
    hol_dataset_states_clear(&train);
    hol_dataset_states_clear(&other);
    return status;
}
