/* predict_columns: what rows have, what columns and their states are called, and which column is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "cli/config.h"
#include "cli/letters.h"
#include "cli/names.h"
#include "predict.h"

/* ---- rows -------------------------------------------------------------------------------------------------------- */

bool hol_predict_has(const hol_prediction *self, int64_t row, int64_t column) {
    const hol_variable variable = hol_variable_get(self->subject.model, column);
    const uint8_t *known = hol_subject_known(&self->subject, row);
    return !known || hol_variable_is_known(&variable, known);
}

int64_t hol_predict_state(const hol_prediction *self, int64_t row, int64_t column) {
    const hol_variable variable = hol_variable_get(self->subject.model, column);
    return hol_variable_state(&variable, self->subject.bytes + row * self->subject.info.visible);
}

int64_t hol_predict_target_cell(const hol_prediction *self, int64_t row) {
    int64_t cell = self->found.first_cells[row];
    while (self->found.columns[cell] != self->target) cell++;
    return cell;
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

const char *const *hol_predict_words(const hol_prediction *self, int64_t column, int64_t *ret_count) {
    const hol_dataset_states *words = &self->words;
    *ret_count = words->names ? words->first_names[column + 1] - words->first_names[column] : 0;
    return *ret_count > 0 ? (const char *const *)words->names + words->first_names[column] : NULL;
}

void hol_predict_name_state(const hol_prediction *self, int64_t column, int64_t state, char name[HOL_PREDICT_NAME]) {
    int64_t count = 0;
    const char *const *words = hol_predict_words(self, column, &count);
    if (state < count) (void)snprintf(name, HOL_PREDICT_NAME, "%s", words[state]);
    else (void)snprintf(name, HOL_PREDICT_NAME, "%lld", (long long)state);
}

/* ---- the target -------------------------------------------------------------------------------------------------- */

static hol_status refuse_target(const hol_prediction *self) {
    const char *target = self->arguments.target, *meant = NULL;
    size_t best = SIZE_MAX;
    for (int64_t c = 0; c < self->columns; c++)
        if (hol_words_are_near(target, self->names[c], &best)) meant = self->names[c];
    if (meant)
        return hol_error(HOL_USAGE,
                         "--target: found \"%.60s\", expected a column's number, 0 to %lld, or name; did you "
                         "mean %.60s?",
                         target, (long long)self->columns - 1, meant);
    return hol_error(HOL_USAGE, "--target: found \"%.60s\", expected a column's number, 0 to %lld, or name (as %.60s)",
                     target, (long long)self->columns - 1, self->names[0]);
}

static hol_status find_target(hol_prediction *self) {
    const char *target = self->arguments.target;
    char *end = NULL;
    self->target = target || !self->has_labels ? -1 : self->columns - 1;
    if (!target) return HOL_OK;
    if (*target >= '0' && *target <= '9') {
        const long long number = strtoll(target, &end, 10);
        if (*end == '\0' && number < self->columns) self->target = number;
    }
    for (int64_t c = 0; c < self->columns && self->target < 0; c++)
        if (strcmp(target, self->names[c]) == 0) self->target = c;
    if (self->target < 0 && self->has_labels && strcmp(target, "label") == 0) self->target = self->columns - 1;
    if (self->target < 0) return refuse_target(self);
    if (hol_variable_get(self->subject.model, self->target).states > 1) return HOL_OK;
    return hol_error(HOL_USAGE, "--target: found %.60s, a column of one state, expected two or more", target);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Whether the model's last column is the label. */
static hol_status find_labels(hol_prediction *self) {
    const hol_checkpoint_info *info = &self->subject.info;
    hol_config *config = NULL;
    const hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    self->has_labels = config->data.labels;
    hol_config_destroy(config);
    return HOL_OK;
}

/* What the data call their columns goes before what the model's own data called them. */
static hol_status name_columns(hol_prediction *self, const char *file, bool is_ours) {
    hol_status status = HOL_OK;
    int64_t count = 0;
    if (is_ours && !self->has_labels) HOL_TRY(hol_dataset_read_columns(self->comm, file, &self->names, &count));
    if (count == self->columns) return HOL_OK;
    hol_free(self->names);
    self->names = NULL;
    HOL_TRY(hol_cli_make_names(self->comm, &self->subject.info, self->subject.model, &self->names));
cleanup:
    return status;
}

/* What the model's own data call states, or else these data do. */
static hol_status name_states(hol_prediction *self, const char *file, bool is_ours) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_cli_find_states(self->comm, &self->subject.info, self->subject.model, &self->words));
    if (self->words.columns > 0 || !is_ours) return HOL_OK;
    HOL_TRY(hol_dataset_read_states(self->comm, file, &self->words));
    if (self->words.columns != self->columns) hol_dataset_states_clear(&self->words);
cleanup:
    return status;
}

/* That of the model, or of its own data, or else of these. */
static hol_status find_alphabet(hol_prediction *self, const char *file, bool is_ours) {
    const hol_subject *subject = &self->subject;
    hol_status status = hol_cli_find_alphabet(self->comm, &subject->info, subject->model, &self->alphabet);
    if (status == HOL_OK && self->alphabet.count == 0 && is_ours)
        status = hol_dataset_read_alphabet(self->comm, file, &self->alphabet);
    for (int64_t c = 0; c < self->columns; c++)
        if (hol_variable_get(subject->model, c).states != self->alphabet.count) self->alphabet.count = 0;
    return status;
}

hol_status hol_predict_read_names(hol_prediction *self) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL;
    HOL_TRY(hol_dataset_parse_reference(self->arguments.data, "test", &file, &path));
    const bool is_ours = hol_dataset_is_ours(self->comm, file);
    HOL_TRY(find_labels(self));
    HOL_TRY(name_columns(self, file, is_ours));
    HOL_TRY(name_states(self, file, is_ours));
    HOL_TRY(find_alphabet(self, file, is_ours));
    HOL_TRY(find_target(self));
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

void hol_predict_clear_names(hol_prediction *self) {
    hol_free(self->names);
    hol_dataset_states_clear(&self->words);
}
