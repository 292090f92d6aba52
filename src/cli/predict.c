/* predict: labels and missing values of rows, by a checkpoint's model: the command. predict_columns.c: what rows have
 * and what it is called; predict_judge.c: what predictions are worth where the data know better; predict_show.c,
 * predict_write.c: results. */
#include "predict.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "io/sequence_file.h"

/* chains of a row, their sweeps, and the part of these that doesn't count */
enum { CHAINS = 8, SWEEPS = 200, SETTLE_PART = 5, CHAINS_MAX = 1 << 16 };

/* ---- command line ------------------------------------------------------------------------------------------------ */

#define AT(member) HOL_AT(hol_predict_arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a config")},
    {HOL_OPTION("data", 0, "DATA[:SPLIT]", 1, "Data set whose rows are completed (split default: test)"), AT(data),
     HOL_TEXT(NULL, "a data set"), .value.required = true},
    {HOL_OPTION("target", 't', "COLUMN", 1,
                "Predict this column, its number from 0 or its name, of every row, from the others; where DATA have "
                "it, say how well (default: the label, of a model that has it for a column, data.labels)"),
     AT(target), HOL_TEXT(NULL, "a column's number or name")},
    {HOL_OPTION("hide", 0, "P", 1,
                "Hide each known value with this probability, impute it as if it were missing, and say how well"),
     AT(hide), HOL_NUMBER(0, 0, 1)},
    {HOL_OPTION("weights", 0, "WEIGHTS", 1,
                "How much each row of DATA counts in means, as data.weights says; none: rows are all alike (default: "
                "the weights that DATA has itself)"),
     AT(weights), HOL_TEXT(NULL, "a file of numbers, or none")},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("sweeps", 's', "T", 2,
                "Gibbs sweeps of each chain of a row that is not summed out; the first fifth does not count (default "
                "200)"),
     AT(sweeps), HOL_INTEGER(SWEEPS, 1, INT32_MAX / 4)},
    {HOL_OPTION("chains", 0, "K", 2, "Chains of such a row (default 8; no fewer than --draws)"), AT(chains),
     HOL_INTEGER(CHAINS, 2, CHAINS_MAX)},
    {HOL_OPTION("draws", 0, "N", 2,
                "Also draw N completions of each row, all of them a row: a data set /draws, or FILE.draws.csv, .npy or "
                ".fasta"),
     AT(draws), HOL_INTEGER(0, 1, CHAINS_MAX), .value.needs = "output"},
    {HOL_OPTION("seed", 0, "SEED", 2, "Another seed than the run's"), AT(seed), HOL_INTEGER(-1, 0, INT64_MAX)},
    {HOL_OPTION(
         "output", 'o', "FILE", 3,
         "FILE.csv, FILE.npy: for each row of DATA the predicted state of the target, the probabilities of all "
         "its states, and where values are missing or hidden the row with them imputed: the most probable state, in "
         ".csv as a word where states have words, or of two states without words the probability of 1. FILE.h5: the "
         "same as data sets, probabilities as /means. FILE.fasta, FILE.fa, "
         "also as .gz: the rows with each site's most probable letter, by itself, under their names (--draws draws "
         "sites together). An existing file is replaced "
         "only by its like"),
     AT(output), HOL_TEXT(NULL, "a file")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE --data DATA",
    .help =
        "Predicts what is not known of the rows of DATA, missing values, a label or any other column, from what is, by "
        "the model in FILE: a checkpoint, a run's directory, or the config of a model that needs no training to have "
        "parameters.\v"
        "A row with few completions is summed out, exactly; others are drawn, by chains that hold what is known. "
        "Results are the same to the last digit on any number of ranks.",
};

/* ---- what is given ----------------------------------------------------------------------------------------------- */

/* by the number of the row over all ranks, and the column's */
static bool is_hidden(const hol_prediction *self, int64_t row, int64_t column) {
    const uint64_t number = (uint64_t)(self->subject.first_row + row);
    const hol_rng_key key = hol_rng_key_make(self->options.seed, HOL_STREAM_VALUES_HIDDEN);
    return self->arguments.hide > 0 &&
           hol_rng_uniform(key, (uint32_t)number, (uint32_t)(number >> 32), (uint32_t)column, 0) < self->arguments.hide;
}

static hol_status choose_given(hol_prediction *self) {
    const hol_subject *subject = &self->subject;
    const int64_t visible = subject->info.visible;
    const hol_status status = HOL_ALLOCATE(self->given, HOL_PRODUCT(subject->local_rows, visible), "given values");
    for (int64_t r = 0; r < subject->local_rows && status == HOL_OK; r++)
        for (int64_t c = 0; c < self->columns; c++) {
            const hol_variable variable = hol_variable_get(subject->model, c);
            const bool is_given = hol_predict_has(self, r, c) && c != self->target && !is_hidden(self, r, c);
            memset(self->given + r * visible + variable.first, is_given, (size_t)variable.units);
        }
    return status;
}

/* Something to predict, in any row. Collective. */
static hol_status check_missing(const hol_prediction *self) {
    const int64_t count = self->subject.local_rows * self->subject.info.visible;
    int64_t missing = count > 0 && memchr(self->given, 0, (size_t)count);
    const hol_status status = hol_comm_sum_i64(self->comm, &missing, 1);
    if (status != HOL_OK || missing > 0) return status;
    char hint[96] = "";
    if (self->alphabet.count > 0)
        (void)snprintf(hint, sizeof hint, " (letters to fill in are written as %c%s)",
                       *hol_alphabet_unknown(&self->alphabet),
                       hol_alphabet_find(&self->alphabet, HOL_ALPHABET_GAP) < 0 ? "" : "; '-' is a gap, a state");
    return hol_error(
        HOL_USAGE,
        "%s: found no missing values, expected some%s, or --target COLUMN to predict, or --hide P to try how "
        "well values are imputed",
        self->arguments.data, hint);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static hol_status find(hol_prediction *self) {
    const hol_subject *subject = &self->subject;
    const hol_conditional_rows rows = {
        .states = subject->bytes, .known = self->given, .first = subject->first_row, .count = subject->local_rows};
    return hol_conditional_find(self->comm, subject->model, &rows, &self->options, &self->found);
}

static void set_options(hol_prediction *self) {
    const hol_predict_arguments *a = &self->arguments;
    const int64_t settle = a->sweeps / SETTLE_PART;
    self->options = (hol_conditional_options){.completions = HOL_CONDITIONAL_COMPLETIONS,
                                              .chains = a->draws > a->chains ? a->draws : a->chains,
                                              .settle = settle,
                                              .sweeps = a->sweeps - settle,
                                              .draws = a->draws,
                                              .seed = a->seed >= 0 ? (uint64_t)a->seed : self->subject.info.seed};
}

static hol_status predict(hol_prediction *self) {
    hol_status status = HOL_OK;
    const hol_predict_arguments *a = &self->arguments;
    const hol_subject_data data = {.reference = a->data,
                                   .weights = a->weights,
                                   .letters_missing = true,
                                   .is_named = hol_sequence_file_is_named(a->output),
                                   .is_surveyed = true};
    if (a->json) hol_result_set_form(self->result, HOL_FORM_JSON);
    HOL_TRY(hol_subject_load(self->comm, a->file, data, &self->subject));
    self->columns = hol_model_columns(self->subject.model);
    HOL_TRY(hol_comm_agree(self->comm, hol_predict_read_names(self)));
    HOL_TRY(hol_predict_check_output(self));
    set_options(self);
    HOL_TRY(hol_comm_agree(self->comm, choose_given(self)));
    HOL_TRY(check_missing(self));
    HOL_TRY(hol_predict_count(self));
    HOL_TRY(find(self));
    HOL_TRY(hol_predict_show(self));
    HOL_TRY(hol_predict_write(self));
cleanup:
    return status;
}

hol_status hol_command_predict(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_prediction self = {.comm = comm, .result = result};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = predict(&self);
    hol_conditional_clear(&self.found);
    hol_free(self.frequencies.first);
    hol_free(self.frequencies.values);
    hol_free(self.given);
    hol_predict_clear_names(&self);
    hol_subject_clear(&self.subject);
    return status;
}
