/* letters: of the checkpoint, or of the training data. */
#include "cli/letters.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/config.h"
#include "cli/names.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "model/variable.h"

/* the words of all columns are the same characters */
static bool are_letters(const hol_dataset_states *states, hol_alphabet *ret) {
    const int64_t count = states->columns > 0 && states->names ? states->first_names[1] : 0;
    if (count < 2 || count > HOL_ALPHABET_MOST) return false;
    for (int64_t c = 0; c < states->columns; c++) {
        if (states->first_names[c + 1] - states->first_names[c] != count) return false;
        for (int64_t s = 0; s < count; s++) {
            const char *word = states->names[states->first_names[c] + s];
            if (strlen(word) != 1 || (c > 0 && *word != ret->letters[s])) return false;
            ret->letters[s] = *word;
        }
    }
    ret->count = (int32_t)count;
    return true;
}

hol_status hol_cli_model_alphabet(const char *named, const hol_model *model, hol_alphabet *ret) {
    *ret = (hol_alphabet){0};
    for (int s = 0; s < model->info.structure_count; s++) {
        const hol_structure *structure = &model->info.structures[s];
        if (strcmp(structure->name, "alphabet") == 0)
            return hol_alphabet_of_codes(named, structure->rows * structure->columns, structure->values, ret);
    }
    return HOL_OK;
}

hol_status hol_cli_find_alphabet(hol_comm *comm, const hol_checkpoint_info *info, const hol_model *model,
                                 hol_alphabet *ret) {
    hol_dataset_states states = {0};
    hol_status status = hol_cli_model_alphabet(info->path, model, ret);
    if (status != HOL_OK || ret->count > 0) return status;
    status = hol_cli_find_states(comm, info, model, &states);
    if (status == HOL_OK && !are_letters(&states, ret)) *ret = (hol_alphabet){0};
    hol_dataset_states_clear(&states);
    return status;
}

int64_t hol_cli_find_gap(const hol_alphabet *alphabet) {
    return alphabet->count > 0 ? hol_alphabet_find(alphabet, HOL_ALPHABET_GAP) : -1;
}

static hol_status read_letters(const char *what, const char *text, const hol_alphabet *alphabet, int64_t sites,
                               uint8_t *states) {
    const bool has_lower = hol_alphabet_has_lower(alphabet);
    const int64_t count = (int64_t)strlen(text);
    if (alphabet->count == 0)
        return hol_error(HOL_USAGE,
                         "%s: found \"%.60s\", expected the name of a row: the model's states have no letters", what,
                         text);
    if (count != sites)
        return hol_error(HOL_USAGE,
                         "%s: found \"%.60s\", %lld letter%s, expected %lld, one for each column of the model, or a "
                         "file or a row's name",
                         what, text, (long long)count, count == 1 ? "" : "s", (long long)sites);
    for (int64_t i = 0; i < count; i++) {
        const char letter = has_lower ? text[i] : (char)toupper((unsigned char)text[i]);
        const int32_t state = hol_alphabet_find(alphabet, letter);
        if (state < 0)
            return hol_error(HOL_USAGE, "%s: found '%c' as letter %lld, expected one of %s", what, text[i],
                             (long long)(i + 1), alphabet->letters);
        states[i] = (uint8_t)state;
    }
    return HOL_OK;
}

hol_status hol_cli_load_alignment(const char *path, const hol_alphabet *alphabet, int64_t sites,
                                  bool others_are_missing, hol_alignment **ret) {
    hol_status status = HOL_OK;
    const hol_alignment_how how = {
        .alphabet = *alphabet, .keeps_duplicates = true, .others_are_missing = others_are_missing};
    if (alphabet->count == 0)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found sequences, of a model whose states have no letters, expected a data set", path));
    HOL_TRY(hol_alignment_load(path, &how, ret));
    if ((*ret)->rows == 0)
        HOL_TRY(
            hol_error(HOL_BAD_INPUT, "%s: found no sequence of letters %s, expected some", path, alphabet->letters));
    if ((*ret)->columns != sites)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found sequences of %lld columns, expected %lld, as the model has%s", path,
                          (long long)(*ret)->columns, (long long)sites,
                          (*ret)->inserts > 0 ? " (letters in lower case and '.' are insert columns, left out)" : ""));
cleanup:
    return status;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

bool hol_cli_is_name(const char *name, const char *text) {
    const size_t length = strlen(text);
    return length > 0 && strncmp(name, text, length) == 0 && (!name[length] || strchr("/ \t", name[length]));
}

/* Of the training data: -1 where no row is called so, or they are elsewhere. */
static int64_t find_row(hol_comm *comm, hol_dataset *dataset, const char *text) {
    char **names = NULL;
    int64_t row = 0, rows = hol_dataset_get_rows(dataset);
    if (hol_error_drop(
            hol_dataset_read_names(comm, hol_dataset_get_file(dataset), hol_dataset_get_path(dataset), rows, &names)))
        return -1;
    while (names && row < rows && !hol_cli_is_name(names[row], text)) row++;
    if (!names) row = rows;
    hol_free(names);
    return row < rows ? row : -1;
}

/* *ret_found: whether there is such a row of as many columns as the model has, all of them known, in states that it
 * has: the file may be another one than at training */
static hol_status read_row(hol_comm *comm, const char *text, const hol_config *config, const hol_model *model,
                           uint8_t *states, bool *ret_found) {
    const int64_t sites = hol_model_columns(model);
    hol_dataset *dataset = NULL;
    uint16_t *levels = NULL;
    *ret_found = false;
    if (!*config->data.train || hol_error_drop(hol_dataset_open_alone(comm, config->data.train, "train", &dataset)))
        return HOL_OK;
    hol_status status = HOL_ALLOCATE(levels, sites, "sequence");
    if (status == HOL_OK && hol_dataset_get_columns(dataset) == sites && !hol_dataset_has_missing(dataset)) {
        const int64_t row = find_row(comm, dataset, text);
        if (row >= 0) status = hol_dataset_read(dataset, row, 1, levels);
        *ret_found = row >= 0 && status == HOL_OK;
        for (int64_t c = 0; c < sites && *ret_found; c++) {
            *ret_found = levels[c] < hol_variable_get(model, c).states;
            states[c] = (uint8_t)levels[c];
        }
    }
    hol_free(levels);
    hol_dataset_close(dataset);
    return status;
}

hol_status hol_cli_read_sequence(hol_comm *comm, const char *what, const char *text, const hol_checkpoint_info *info,
                                 const hol_model *model, const hol_alphabet *alphabet, uint8_t *states) {
    hol_status status = HOL_OK;
    const int64_t sites = hol_model_columns(model);
    hol_alignment *alignment = NULL;
    hol_config *config = NULL;
    bool is_found = false;
    if (access(text, F_OK) != 0) {
        HOL_TRY(hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config));
        HOL_TRY(read_row(comm, text, config, model, states, &is_found));
        if (!is_found) HOL_TRY(read_letters(what, text, alphabet, sites, states));
        goto cleanup;
    }
    HOL_TRY(hol_cli_load_alignment(text, alphabet, sites, false, &alignment));
    memcpy(states, alignment->states, (size_t)sites);
cleanup:
    hol_alignment_destroy(alignment);
    hol_config_destroy(config);
    return status;
}
