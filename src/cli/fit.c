/* fit: from a file of data to a trained, judged model and its page, with nothing to decide. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/deadline.h"
#include "cli/options.h"
#include "cli/report.h"
#include "estimate/verdict.h"
#include "fit.h"
#include "io/alignment.h"
#include "io/output.h"

/* About ten minutes of two cores of 2026. */
#define WORK 8e13
#define SUMMARY "summary.txt"

/* ---- command line ------------------------------------------------------------------------------------------------ */

#define AT(member) HOL_AT(hol_fit_arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("DATA"), AT(data.data), HOL_TEXT(NULL, "a file of data")},
    {HOL_OPTION("output", 'o', "DIR", 1, "Directory of all that is made (default: DATA's name without its ending)"),
     AT(output), HOL_TEXT(NULL, "a directory")},
    {HOL_OPTION("valid", 0, "FILE|P%", 1,
                "Rows to choose by, a file of them or a share of DATA, as 20% (default: DATA's split valid, or a tenth "
                "of DATA)"),
     AT(data.valid), HOL_TEXT(NULL, "a file of data, or a share as 20%")},
    {HOL_OPTION("test", 0, "FILE|P%", 1,
                "Rows to judge on, once, likewise (default: DATA's split test, or a tenth of DATA)"),
     AT(data.test), HOL_TEXT(NULL, "a file of data, or a share as 20%")},
    {HOL_OPTION("columns", 0, "LIST", 1,
                "Only these columns: numbers and ranges from 0 (0-15,20) or names; '!LIST' all but these"),
     AT(data.columns), HOL_TEXT(NULL, "columns")},
    {HOL_OPTION("label-column", 0, "COLUMN", 1, "This column holds labels, and is kept apart (default: what looks so)"),
     AT(data.label), HOL_TEXT(NULL, "a column")},
    {HOL_OPTION("missing", 0, "CODES", 1,
                "What stands for a value that is not known: -1, nan, ?, '' (an empty field), or several, '-1,?'"),
     AT(data.missing), HOL_TEXT(NULL, "what stands for a missing value")},
    {HOL_OPTION("states", 0, NULL, 1,
                "Whole numbers are states of variables, not grey levels; columns of words are so"),
     AT(data.states), HOL_GIVEN},
    {HOL_OPTION("kind", 0, "KIND", 2, "Only this kind of model; `holode help models` tells of them"), AT(kind),
     HOL_TEXT(NULL, "a kind")},
    {HOL_OPTION("work", 'w', "N", 2, "Budget in multiply-adds, as 8e13 (default: about ten minutes of two cores)"),
     AT(work), HOL_NUMBER(WORK, 1e9, 1e21)},
    {HOL_OPTION("time", 't', "[D-]H:MM:SS", 2, "Cut the search, where it takes longer, to end about then"),
     AT(max_time), HOL_TEXT(NULL, "a time")},
    {HOL_OPTION("seed", 0, "SEED", 2, "Of rows that are drawn, and of all random numbers (default 1)"), AT(seed),
     HOL_INTEGER(1, 0, INT64_MAX)},
    {HOL_OPTION("resume", 'r', NULL, 2, "Go on with a fit in DIR that was stopped"), AT(resume), HOL_GIVEN},
    {HOL_OPTION("resume-older", 0, NULL, 2,
                "Go on also with a fit of an older version, whose further steps this one does not repeat bit for bit"),
     AT(resume_older), HOL_GIVEN},
    {HOL_OPTION("quiet", 'q', NULL, 2, "Only warnings, errors and the result"), AT(quiet), HOL_GIVEN},
};

static hol_status settle(void *values) {
    hol_fit_arguments *a = values;
    const char *kinds[] = {hol_fit_kind(&(hol_fit_settings){0}),
                           hol_fit_kind(&(hol_fit_settings){.visible_couplings = true}), hol_fit_kind_of_pairs()};
    const char *const held_out[][2] = {{"--valid", a->data.valid}, {"--test", a->data.test}};
    for (int k = 0; k < 2; k++)
        if (held_out[k][1] && hol_output_ends_with(held_out[k][1], "%") && !hol_fit_is_share(held_out[k][1]))
            return hol_error(HOL_USAGE, "%s: found \"%s\", expected a share between 0%% and 100%%, as 20%%, or a file",
                             held_out[k][0], held_out[k][1]);
    a->data.seed = (uint64_t)a->seed;
    a->resume = a->resume || a->resume_older;
    if (a->kind && strcmp(a->kind, kinds[0]) != 0 && strcmp(a->kind, kinds[1]) != 0 && strcmp(a->kind, kinds[2]) != 0)
        return hol_error(HOL_USAGE, "--kind: found \"%s\", expected %s or %s, or %s for sequences", a->kind, kinds[0],
                         kinds[1], kinds[2]);
    return a->max_time ? hol_deadline_parse("--time", a->max_time, &a->max_seconds) : HOL_OK;
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "DATA",
    .help = "Fits a Boltzmann machine to DATA, a file that `holode data import` reads, of bits, grey levels or words: "
            "splits off rows to choose by and rows to judge on, tries kinds, sizes and settings by what they are worth "
            "on the first, trains the best until that no longer rises, and judges it on the others. To aligned "
            "sequences, FASTA, a2m or Stockholm, it fits a Potts model, judged on clusters of sequences that are held "
            "out, and finds the pairs of sites in contact.\v"
            "DIR gets data.h5, config.yaml (`holode train DIR/config.yaml` makes the same model, on any number of "
            "ranks), the checkpoint, search.csv, evaluation.json and report.html; of sequences contacts.csv, .png and "
            ".html. Choices depend on the data, the seed and --work, and not on time, ranks or threads, unless --time "
            "cuts.",
    .settle = settle,
};

/* ---- the five lines ---------------------------------------------------------------------------------------------- */

static void tell_model(const hol_fit *self, hol_result *to) {
    const hol_fit_candidate *winner = self->winner;
    char settings[HOL_FIT_TEXT];
    hol_fit_describe(&winner->settings, settings);
    hol_result_line(to, "model", "%s: %s; %lld parameters, %lld steps of %lld", hol_fit_kind(&winner->settings),
                    settings, (long long)hol_fit_parameters(&winner->settings, self->data.units),
                    (long long)self->steps, (long long)winner->settings.batch_size);
}

static void tell_likelihood(const hol_fit *self, hol_result *to) {
    const hol_likelihood *l = &self->judged;
    char beside[HOL_FIT_TEXT + 64] = "", verdict[HOL_FIT_TEXT];
    if (self->visible_only.rows > 0) {
        hol_fit_describe_verdict(&self->visible_only, verdict);
        (void)snprintf(beside, sizeof beside, ", a fully visible machine %.4f%s%s%s", self->visible_only.low,
                       self->visible_only.verdict == HOL_VERDICT_BAD ? " (" : "",
                       self->visible_only.verdict == HOL_VERDICT_BAD ? verdict : "",
                       self->visible_only.verdict == HOL_VERDICT_BAD ? ")" : "");
    }
    hol_fit_describe_verdict(l, verdict);
    hol_result_line(to, "likelihood",
                    "%.4f +- %.4f nats per row of %lld unseen (%s); independent columns %.4f by training means%s",
                    l->low, self->judged_error, (long long)l->rows, verdict, l->gain.independent, beside);
}

static void tell(const hol_fit *self, hol_result *to) {
    char durations[4][32];
    double total = 0;
    for (int i = 0; i < 3; i++) {
        hol_clock_describe(self->seconds[i], durations[i], sizeof durations[i]);
        total += self->seconds[i];
    }
    hol_clock_describe(total, durations[3], sizeof durations[3]);
    hol_result_set_layout(to, 0, 12, 0);
    hol_result_line(to, "data", "%s", self->data.text);
    tell_model(self, to);
    tell_likelihood(self, to);
    hol_result_line(to, "time", "%s: search %s, length %s, judgement %s; %.2g multiply-adds of %.2g%s", durations[3],
                    durations[0], durations[1], durations[2], self->spent, self->arguments.work,
                    self->is_cut ? "; CUT by --time: a longer one may find better" : "");
    hol_result_line(to, "next", "look at %s/report.html; holode sample %s -n 10; holode train %s/config.yaml",
                    self->directory, self->directory, self->directory);
}

/* Whether there is a summary: the fit is complete. It is shown. */
static bool show_summary(hol_fit *self) {
    char path[HOL_FIT_PATH], line[1024];
    (void)snprintf(path, sizeof path, "%s/" SUMMARY, self->directory);
    FILE *from = fopen(path, "r");
    if (!from) return false;
    while (fgets(line, sizeof line, from)) hol_result_print(self->result, "%s", line);
    (void)fclose(from);
    return true;
}

static void warn_of_small_gain(const hol_fit *self) {
    hol_verdict_reason reason;
    const hol_verdict gain = hol_verdict_of_gain(&self->judged.gain, reason);
    if (gain == HOL_VERDICT_GOOD) return;
    hol_result_flush(self->result);
    hol_log_warning(self->comm, "the model is %s: these rows say no more, or are too few to learn it from",
                    hol_verdict_describe_gain(gain));
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static double lap(double *since) {
    const double now = hol_clock_now(), seconds = now - *since;
    *since = now;
    return seconds;
}

/* Of one row there is no error, and nothing to choose by. */
static hol_status check_rows(const hol_fit *self) {
    for (int i = HOL_FIT_VALID; i < HOL_FIT_SPLITS; i++)
        if (self->data.rows[i] < 2)
            return hol_error(HOL_BAD_INPUT, "%s: found %lld row, expected 2 at least", self->data.reference[i],
                             (long long)self->data.rows[i]);
    return HOL_OK;
}

static hol_status find_memory(hol_fit *self) {
    int64_t lacking = -(int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    const hol_status status = hol_comm_max_i64(self->comm, &lacking, 1);
    self->memory = -(double)lacking;
    return status;
}

static void say_time(const hol_fit *self) {
    char duration[32];
    if (!(self->arguments.max_seconds > 0)) return;
    hol_clock_describe(self->arguments.max_seconds, duration, sizeof duration);
    hol_log(self->comm, "--time: to end after %s, cutting the %s where it takes longer", duration,
            self->is_alignment ? "training" : "search");
}

/* From bits or grey levels to the judged model in DIR. */
static hol_status fit_rows(hol_fit *self) {
    hol_status status = HOL_OK;
    hol_fit_candidate *winner = NULL;
    double since = self->began_at;
    HOL_TRY(hol_fit_data_prepare(self->comm, &self->arguments.data, &self->data));
    hol_log(self->comm, "%s", self->data.text);
    say_time(self);
    HOL_TRY(check_rows(self));
    status = HOL_ALLOCATE(self->candidates, HOL_FIT_CANDIDATES_MAX, "candidates");
    if (status == HOL_OK) status = hol_fit_log_create(self);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_fit_search(self, &winner));
    self->seconds[0] = lap(&since);
    HOL_TRY(hol_fit_find_length(self, &winner));
    self->seconds[1] = lap(&since);
    self->winner = winner;
    status = hol_fit_judge(self);
    self->seconds[2] = lap(&since);
cleanup:
    return status;
}

static hol_status fit_sequences(hol_fit *self) {
    say_time(self);
    return hol_fit_sequences(self);
}

static hol_status find_format(hol_fit *self) {
    int64_t is_alignment = hol_comm_rank(self->comm) == 0 && hol_alignment_is(self->arguments.data.data);
    const hol_status status = hol_comm_broadcast(self->comm, &is_alignment, (int64_t)sizeof is_alignment);
    self->is_alignment = is_alignment;
    if (status != HOL_OK || !self->arguments.kind ||
        self->is_alignment == (strcmp(self->arguments.kind, hol_fit_kind_of_pairs()) == 0))
        return status;
    if (self->is_alignment)
        return hol_error(HOL_USAGE, "--kind: found \"%s\", expected %s for sequences", self->arguments.kind,
                         hol_fit_kind_of_pairs());
    return hol_error(HOL_USAGE, "--kind: found \"%s\", expected %s or %s", self->arguments.kind,
                     hol_fit_kind(&(hol_fit_settings){0}),
                     hol_fit_kind(&(hol_fit_settings){.visible_couplings = true}));
}

/* The page, and the summary, with which it is complete. */
static hol_status finish(hol_fit *self) {
    hol_status status = HOL_OK;
    void (*const add)(const hol_fit *, hol_result *) = self->is_alignment ? hol_fit_tell_sequences : tell;
    double since = hol_clock_now();
    /* of sequences the page takes those of evaluation.json itself, and frequencies of the training data */
    HOL_TRY(hol_report_write(self->comm, self->directory,
                             self->is_alignment ? NULL : self->data.reference[HOL_FIT_TEST], NULL, &self->agreement));
    self->seconds[2] += lap(&since);
    add(self, self->result);
    warn_of_small_gain(self);
    status = hol_comm_rank(self->comm) == 0 ? hol_fit_write_result(self, SUMMARY, HOL_FORM_TEXT, add) : HOL_OK;
    if (hol_comm_rank(self->comm) == 0 && status == HOL_OK) hol_fit_remove_search(self);
    HOL_TRY(hol_comm_agree(self->comm, status));
cleanup:
    return status;
}

static hol_status fit(hol_fit *self) {
    hol_status status = HOL_OK;
    char output[HOL_FIT_PATH + 16];
    HOL_TRY(hol_fit_name_directory(self));
    int64_t complete = self->arguments.resume && hol_comm_rank(self->comm) == 0 && show_summary(self);
    HOL_TRY(hol_comm_broadcast(self->comm, &complete, (int64_t)sizeof complete));
    if (complete && hol_comm_rank(self->comm) == 0) hol_fit_remove_search(self); /* what a crash has left of it */
    if (complete) goto cleanup;
    HOL_TRY(find_format(self));
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? hol_fit_take_directory(self) : HOL_OK));
    (void)snprintf(output, sizeof output, "%s/data.h5", self->directory);
    self->arguments.data.output = output;
    HOL_TRY(find_memory(self));
    HOL_TRY(self->is_alignment ? fit_sequences(self) : fit_rows(self));
    HOL_TRY(finish(self));
cleanup:
    return status;
}

static void say_how_to_go_on(const hol_fit *self) {
    char *request = NULL;
    if (hol_error_drop(hol_fit_describe_request(self, &request))) return;
    (void)hol_log_set_quiet(self->comm, false);
    hol_log(self->comm, "stopped: holode fit %s -o %s --resume goes on", request, self->directory);
    hol_free(request);
}

static void release(hol_fit *self) {
    for (int i = 0; i < self->count; i++)
        for (int k = 0; k < self->candidates[i].score_count; k++)
            hol_likelihood_clear(&self->candidates[i].scores[k].likelihood);
    hol_likelihood_clear(&self->judged);
    hol_likelihood_clear(&self->visible_only);
    hol_result_destroy(self->log_result);
    hol_fit_clear_sequences(self);
    hol_free(self->candidates);
    const bool is_owner = self->owner != NULL;
    hol_owner_release(self->owner);
    const bool has_begun = self->count > 0 || self->has_begun;
    if (is_owner && !has_begun && !self->arguments.resume) hol_fit_leave_directory(self);
}

hol_status hol_command_fit(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_fit self = {.comm = comm, .result = result, .began_at = hol_clock_now()};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    (void)hol_log_set_quiet(comm, self.arguments.quiet);
    status = fit(&self);
    if (hol_error_code(status) == HOL_STOPPED) say_how_to_go_on(&self);
    release(&self);
    return status;
}
