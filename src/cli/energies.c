/* energies: of sequences and of mutants, by a model: the command. energies_rows.c: sequences; energies_measured.c:
 * measured mutants; energies_show.c, energies_write.c: results. */
#include "energies.h"

#include <math.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/letters.h"
#include "cli/options.h"
#include "estimate/mutants.h"

enum { TOP = 10 };

#define AT(member) HOL_AT(hol_energies_arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a config")},
    {HOL_OPTION("data", 0, "DATA[:SPLIT]", 1,
                "Energies of the rows of a data set (split default: test), or of aligned sequences: FASTA, a2m, "
                "Stockholm, also as .gz"),
     AT(data), HOL_TEXT(NULL, "a data set or aligned sequences")},
    {HOL_OPTION("reference", 0, "SEQUENCE", 1,
                "Energies relative to that of this sequence, given as --mutants takes it (default: to the lowest of "
                "the rows)"),
     AT(reference), HOL_TEXT(NULL, "a sequence"), .value.needs = "data"},
    {HOL_OPTION("top", 't', "N", 1, "Print the N rows of lowest energy (default 10)"), AT(top),
     HOL_INTEGER(TOP, 0, INT32_MAX), .value.needs = "data"},
    {HOL_OPTION("csv", 0, NULL, 1, "Print all rows as comma-separated values"), AT(csv), HOL_GIVEN, .excludes = "json",
     .value.needs = "data"},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("mutants", 'm', "SEQUENCE", 2,
                "How the energy of a sequence changes with each single mutation: its letters, a file whose first "
                "sequence it is, the name or number (from 0) of a row of --data, or a name in the training data"),
     AT(mutants), HOL_TEXT(NULL, "a sequence")},
    {HOL_OPTION("with-gap", 0, NULL, 2,
                "Take substitutions to and from the gap too (default: where the model's alphabet has a gap, they are "
                "left out)"),
     AT(with_gap), HOL_GIVEN, .value.needs = "mutants"},
    {HOL_OPTION("measured", 0, "FILE", 2,
                "Compare with measured mutants: a table with a column of mutations as A123G (several joined by :), or "
                "of sites and letters, and one of scores, which are larger for what is fitter"),
     AT(measured), HOL_TEXT(NULL, "a table of mutations and scores"), .value.needs = "mutants"},
    {HOL_OPTION("score-column", 0, "NAME", 2, "The heading of the scores"), AT(score), HOL_TEXT(NULL, "a heading"),
     .value.needs = "measured"},
    {HOL_OPTION("offset", 0, "N", 2, "Column i of the model is site i + N of --measured (default 0)"), AT(offset),
     HOL_INTEGER(0, -INT32_MAX, INT32_MAX), .value.needs = "measured"},
    {HOL_OPTION("output", 'o', "OUT", 3,
                "OUT.csv: all rows, or without --data the table of mutants; OUT.png: the mutants' changes as a "
                "picture. Any other name is a directory, for rows.csv, mutants.csv, mutants.png and measured.csv. "
                "Existing files are replaced only by their like"),
     AT(output), HOL_TEXT(NULL, "a name")},
};

static hol_status settle(void *values) {
    const hol_energies_arguments *a = values;
    if (a->data || a->mutants) return HOL_OK;
    return hol_error(HOL_USAGE, "found neither --data nor --mutants, expected rows or a sequence whose energy to tell");
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE --data DATA\nFILE --mutants SEQUENCE",
    .help =
        "Tells the energies of sequences, or of the rows of any data set, by the model in FILE: a checkpoint, a run's "
        "directory, or the config of a model that needs no training to have parameters; and how each mutation of a "
        "sequence changes its energy.\v"
        "An energy is that of the visible units, E / temperature; of a model with hidden units the free energy. "
        "What has lower energy is more probable. Results are the same to the last digit on any number of ranks.",
    .settle = settle,
};

/* ---- the command ------------------------------------------------------------------------------------------------- */

static hol_status check_model(const hol_energies *self) {
    if (self->subject.model->ops->exact_free_energy) return HOL_OK;
    return hol_error(HOL_USAGE, "%s: found a model %s, expected one that has free energies of rows",
                     self->arguments.file, self->subject.model->ops->kind);
}

/* Collective. */
static hol_status find_sequences(hol_energies *self) {
    hol_status status = HOL_OK;
    uint8_t *units = NULL, *reference = NULL;
    const hol_energies_arguments *a = &self->arguments;
    status = HOL_ALLOCATE(units, self->subject.info.visible, "sequence");
    if (status == HOL_OK) status = HOL_ALLOCATE(reference, self->columns, "sequence");
    if (status == HOL_OK && a->mutants) status = HOL_ALLOCATE(self->sequence, self->columns, "sequence");
    HOL_TRY(hol_comm_agree(self->comm, status));
    self->zero = (double)NAN;
    if (a->mutants) HOL_TRY(hol_energies_find_sequence(self, "--mutants", a->mutants, self->sequence));
    if (!a->reference) goto cleanup;
    HOL_TRY(hol_energies_find_sequence(self, "--reference", a->reference, reference));
    self->zero = hol_mutants_energy(self->subject.model, self->subject.theta, reference, units);
cleanup:
    hol_free(units);
    hol_free(reference);
    return status;
}

/* Mutants are substitutions between letters that are no gap. */
static void leave_out_gap(hol_energies *self) {
    for (int64_t c = 0; c < self->columns && self->gap >= 0; c++)
        for (int64_t a = 0; a < self->most; a++)
            if (a == self->gap || self->sequence[c] == self->gap) self->changes[c * self->most + a] = (double)NAN;
}

/* on rank 0 */
static hol_status find_mutants(hol_energies *self) {
    hol_status status = HOL_OK;
    if (!self->sequence) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->changes, HOL_PRODUCT(self->columns, self->most), "mutants"));
    HOL_TRY(hol_mutants_find(self->subject.model, self->subject.theta, self->sequence, self->changes));
    leave_out_gap(self);
    if (self->arguments.measured) HOL_TRY(hol_energies_measure(self));
cleanup:
    return status;
}

static hol_status find(hol_energies *self) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    HOL_TRY(check_model(self));
    self->columns = hol_model_columns(subject->model);
    self->most = hol_mutants_states(subject->model);
    status = hol_cli_find_alphabet(self->comm, &subject->info, subject->model, &self->alphabet);
    HOL_TRY(hol_comm_agree(self->comm, status));
    self->gap = self->arguments.with_gap ? -1 : hol_cli_find_gap(&self->alphabet);
    if (self->arguments.data) HOL_TRY(hol_energies_find_rows(self));
    HOL_TRY(find_sequences(self));
    if (hol_comm_rank(self->comm) == 0) {
        status = find_mutants(self);
        if (status == HOL_OK) status = hol_energies_show(self);
        if (status == HOL_OK) status = hol_energies_write(self);
    }
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    return status;
}

static void clear(hol_energies *self) {
    hol_energies_clear_measured(&self->measured);
    hol_energies_clear_rows(&self->rows);
    hol_free(self->changes);
    hol_free(self->sequence);
    hol_subject_clear(&self->subject);
}

hol_status hol_command_energies(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_energies self = {.comm = comm, .result = result};
    bool done = false, is_set = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    const hol_energies_arguments *a = &self.arguments;
    if (a->json) hol_result_set_form(result, HOL_FORM_JSON);
    if (a->csv) hol_result_set_form(result, HOL_FORM_CSV);
    HOL_TRY(hol_energies_check_output(&self));
    if (a->data) HOL_TRY(hol_energies_is_set(comm, a->data, &is_set));
    const hol_subject_data data = {.reference = is_set ? a->data : NULL, .weights = "none"};
    HOL_TRY(hol_subject_load(comm, a->file, data, &self.subject));
    HOL_TRY(find(&self));
cleanup:
    clear(&self);
    return status;
}
