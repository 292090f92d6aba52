/* energies_rows: rows of a data set or sequences of an alignment, each rank's share, and their energies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/letters.h"
#include "energies.h"
#include "estimate/known.h"
#include "estimate/mutants.h"
#include "io/contents.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "model/variable.h"

/* ---- which rows -------------------------------------------------------------------------------------------------- */

/* a text, maybe compressed, is sequences; what is neither is refused as a data set */
hol_status hol_energies_is_set(hol_comm *comm, const char *data, bool *ret) {
    *ret = true;
    if (hol_comm_rank(comm) == 0) {
        const hol_contents_kind kind = hol_contents_look(data, NULL).kind;
        *ret = kind != HOL_CONTENTS_TEXT && kind != HOL_CONTENTS_GZIP;
    }
    return hol_comm_broadcast(comm, ret, sizeof *ret);
}

/* what the rows of a data set are called, on each rank */
static hol_status read_names(hol_energies *self) {
    hol_status status = HOL_OK;
    char *file = NULL, *path = NULL;
    HOL_TRY(hol_dataset_parse_reference(self->arguments.data, "test", &file, &path));
    if (hol_dataset_is_ours(self->comm, file))
        HOL_TRY(hol_dataset_read_names(self->comm, file, path, self->rows.count, &self->rows.names));
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

static hol_status take_set(hol_energies *self) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    hol_energies_rows *rows = &self->rows;
    rows->count = subject->rows;
    rows->first = subject->first_row;
    rows->local = subject->local_rows;
    HOL_TRY(HOL_ALLOCATE(rows->states, HOL_PRODUCT(rows->local, self->columns), "rows"));
    for (int64_t r = 0; r < rows->local; r++)
        for (int64_t c = 0; c < self->columns; c++) {
            const hol_variable variable = hol_variable_get(subject->model, c);
            rows->states[r * self->columns + c] =
                (uint8_t)hol_variable_state(&variable, subject->bytes + r * subject->info.visible);
        }
    HOL_TRY(read_names(self));
cleanup:
    return status;
}

static hol_status take_alignment(hol_energies *self) {
    hol_status status = HOL_OK;
    hol_alignment *alignment = NULL;
    hol_energies_rows *rows = &self->rows;
    HOL_TRY(hol_cli_load_alignment(self->arguments.data, &self->alphabet, self->columns, false, &alignment));
    rows->count = alignment->rows;
    rows->left_out = alignment->records - alignment->rows;
    hol_comm_share(rows->count, hol_comm_rank(self->comm), hol_comm_size(self->comm), &rows->first, &rows->local);
    HOL_TRY(HOL_ALLOCATE(rows->states, HOL_PRODUCT(rows->local, self->columns), "rows"));
    memcpy(rows->states, alignment->states + rows->first * self->columns, (size_t)(rows->local * self->columns));
    HOL_TRY(hol_alignment_copy_names(alignment, &rows->names));
cleanup:
    hol_alignment_destroy(alignment);
    return status;
}

/* ---- energies ---------------------------------------------------------------------------------------------------- */

/* of this rank's rows, where there are missing values, which are summed out */
static hol_status sum_missing(const hol_energies *self, double *local) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    hol_known *known = NULL;
    HOL_TRY(hol_known_create(subject->model, subject->theta, &known));
    for (int64_t r = 0; r < self->rows.local; r++) {
        HOL_TRY(hol_known_sum(known, subject->bytes + r * subject->info.visible, hol_subject_known(subject, r),
                              HOL_KNOWN_WORK_OF_ROW, &local[r]));
        hol_position_move(hol_comm_position(self->comm));
    }
cleanup:
    hol_known_destroy(known);
    return status;
}

static hol_status find_energies(const hol_energies *self, double *local) {
    const hol_subject *subject = &self->subject;
    if (subject->known) return sum_missing(self, local);
    return hol_mutants_energies(subject->model, subject->theta, self->rows.states, self->rows.local, local);
}

hol_status hol_energies_find_rows(hol_energies *self) {
    hol_status status = HOL_OK;
    double *local = NULL;
    void *all = NULL;
    int64_t bytes = 0;
    status = self->subject.bytes ? take_set(self) : take_alignment(self);
    if (status == HOL_OK) status = HOL_ALLOCATE(local, self->rows.local, "energies");
    if (status == HOL_OK) status = find_energies(self, local);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_comm_gather(self->comm, local, self->rows.local * (int64_t)sizeof *local, &all, &bytes));
    self->rows.energies = all;
cleanup:
    hol_free(local);
    return status;
}

void hol_energies_clear_rows(hol_energies_rows *rows) {
    hol_free(rows->states);
    hol_free(rows->energies);
    hol_free(rows->names);
    *rows = (hol_energies_rows){0};
}

/* ---- one of them ------------------------------------------------------------------------------------------------- */

/* the row of this name, else of this number; -1: none */
static int64_t find_row(const hol_energies_rows *rows, const char *text) {
    char *end = NULL;
    for (int64_t r = 0; rows->names && r < rows->count; r++)
        if (hol_cli_is_name(rows->names[r], text)) return r;
    const long long number = strtoll(text, &end, 10);
    return end != text && !*end && number >= 0 && number < rows->count ? number : -1;
}

/* From the rank that has it. Collective. */
static hol_status share_row(const hol_energies *self, int64_t row, uint8_t *states) {
    hol_status status = HOL_OK;
    int64_t *wide = NULL;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(wide, self->columns, "row")));
    const int64_t local = row - self->rows.first;
    for (int64_t c = 0; c < self->columns && local >= 0 && local < self->rows.local; c++)
        wide[c] = self->rows.states[local * self->columns + c];
    HOL_TRY(hol_comm_max_i64(self->comm, wide, self->columns));
    for (int64_t c = 0; c < self->columns; c++) states[c] = (uint8_t)wide[c];
cleanup:
    hol_free(wide);
    return status;
}

/* digits, maybe with a sign, that are no letters of the model */
static bool is_number(const hol_energies *self, const char *text) {
    const size_t sign = *text == '-' || *text == '+', digits = strspn(text + sign, "0123456789");
    return digits > 0 && !text[sign + digits] && hol_alphabet_find(&self->alphabet, text[sign]) < 0;
}

/* in place of what is wrong with a number as letters */
static hol_status refuse_number(const hol_energies *self, const char *option, const char *text, hol_status refused) {
    if (!self->arguments.data)
        return hol_error_replace(refused, HOL_USAGE,
                                 "%s: found the number %.60s without --data, whose row it is, expected them together, "
                                 "or %sa row's name",
                                 option, text, self->alphabet.count > 0 ? "a sequence, a file or " : "");
    return hol_error_replace(refused, HOL_USAGE, "%s: found row %.60s, expected one from 0 to %lld of %s", option, text,
                             (long long)(self->rows.count - 1), self->arguments.data);
}

hol_status hol_energies_find_sequence(const hol_energies *self, const char *option, const char *text, uint8_t *states) {
    const int64_t row = find_row(&self->rows, text);
    if (row >= 0) return share_row(self, row, states);
    hol_status status = hol_cli_read_sequence(self->comm, option, text, &self->subject.info, self->subject.model,
                                              &self->alphabet, states);
    if (hol_error_code(status) == HOL_USAGE && is_number(self, text))
        status = refuse_number(self, option, text, status);
    return hol_comm_agree(self->comm, status);
}
