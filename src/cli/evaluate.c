/* evaluate: what a checkpoint's model is worth: the command, and the exact method. evaluate_sides.c: annealing and
 * tempering; evaluate_samples.c: pseudo-likelihood, moments, mixing; evaluation.c: what all methods need. */
#include "evaluate.h"

#include <string.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/marginals.h"
#include "cli/options.h"
#include "io/output.h"
#include "io/sample_weights.h"

/* ---- command line ------------------------------------------------------------------------------------------------ */

/* the methods that walk, with the least --sweeps, and --temperatures of those that begin at independent units */
static const struct {
    const char *method;
    int64_t sweeps, temperatures;
} walks[] = {{"ais", 0, 1}, {"reverse-ais", 0, 1}, {"both", 0, 1}, {"bar", 2, 2}, {"mixing", 4, 0}, {"pearson", 4, 0}};

static hol_status need_at_least(const char *option, int64_t found, int64_t wanted, const char *method) {
    if (found >= wanted) return HOL_OK;
    return hol_error(HOL_USAGE, "%s: found %lld, expected at least %lld for --method %s", option, (long long)found,
                     (long long)wanted, method);
}

/* No option is silently ignored, or replaced: one that only walks have a use for asks for them. */
static hol_status settle(void *values) {
    hol_status status = HOL_OK;
    hol_evaluate_arguments *a = values;
    const bool has_walks = a->chains > 0 || a->temperatures > 0 || a->ladder || a->start || a->sweeps >= 0;
    if (a->row_walks & (a->row_walks - 1))
        return hol_error(HOL_USAGE, "--row-walks: found %lld, expected 2, 4, 8, 16, 32 or 64", (long long)a->row_walks);
    if (!a->method && has_walks && a->marginals)
        return hol_error(HOL_USAGE, "--marginals: found with options of walks, expected one of the two");
    if (!a->method && a->marginals) a->method = "exact";
    if (!a->method && has_walks) a->method = "both";
    for (size_t m = 0; a->method && m < sizeof walks / sizeof *walks; m++) {
        if (strcmp(walks[m].method, a->method) != 0) continue;
        if (a->sweeps >= 0) HOL_TRY(need_at_least("--sweeps", a->sweeps, walks[m].sweeps, a->method));
        if (a->temperatures > 0)
            HOL_TRY(need_at_least("--temperatures", a->temperatures, walks[m].temperatures, a->method));
    }
cleanup:
    return status;
}

#define AT(member) HOL_AT(hol_evaluate_arguments, member)
#define ONE_OF(...) .value.type = HOL_VALUE_TEXT, .value.choices = HOL_WORD_LIST(__VA_ARGS__)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a config")},
    {HOL_OPTION("data", 0, "DATA[:SPLIT]", 1, "Data set to evaluate on (split default: test); without it only ln Z"),
     AT(data), HOL_TEXT(NULL, "a data set")},
    {HOL_OPTION("weights", 0, "WEIGHTS", 1,
                "How much each row of DATA counts in means, as data.weights says; none: rows are all alike (default: "
                "the weights that DATA has itself)"),
     AT(weights), HOL_TEXT(NULL, "a file of numbers, or none"), .value.needs = "data"},
    {HOL_OPTION(
         "method", 0, "METHOD", 1,
         "exact: by enumeration, up to 32 units, or by elimination of variables. ais, reverse-ais: annealed "
         "importance sampling from below and from above. both: these two, and whether they agree. bar: Bennett's "
         "acceptance ratio along a tempering ladder. pseudo: pseudo-log-likelihood. moments: the model's means "
         "and correlations against the data's. mixing: whether the chains have forgotten where they began. "
         "pearson: whether their correlations with the data's are the model's. "
         "Default: exact where that is quick, and nothing is said of walks, else both"),
     AT(method), ONE_OF("exact", "ais", "reverse-ais", "both", "bar", "pseudo", "moments", "mixing", "pearson")},
    {HOL_OPTION("marginals", 0, NULL, 1,
                "exact: the probability of every unit, or of every state of every variable, too"),
     AT(marginals), HOL_GIVEN, .value.needs = "method=exact"},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("chains", 0, "N", 2,
                "Walks, or chains of each temperature (default 256; bar 64, mixing 128, moments 1024, "
                "pearson the run's number)"),
     AT(chains), HOL_INTEGER(0, 2, INT32_MAX), .alias = "walks",
     .value.needs = "method=ais|reverse-ais|both|bar|moments|mixing|pearson"},
    {HOL_OPTION(
         "temperatures", 0, "K", 2,
         "Of the way from independent units to the model (default 5000; of models of pairs of sites as many as a "
         "short walk asks for; bar 64)"),
     AT(temperatures), HOL_INTEGER(0, 1, INT32_MAX - 1), .value.needs = "method=ais|reverse-ais|both|bar"},
    {HOL_OPTION("ladder", 0, "KIND", 2,
                "Their spacing: adaptive, by a pilot run (default), or classic, in three parts"),
     AT(ladder), ONE_OF("adaptive", "classic"), .value.needs = "method=ais|reverse-ais|both|bar"},
    {HOL_OPTION("start", 0, "WHERE", 2,
                "Where chains of the model begin: chains (the checkpoint's), data (rows of DATA), random, exact "
                "(samples by enumeration). Default: chains, or else data"),
     AT(start), ONE_OF("chains", "data", "random", "exact"),
     .value.needs = "method=reverse-ais|both|bar|moments|mixing"},
    {HOL_OPTION("sweeps", 0, "T", 2,
                "Sweeps of the chains before they count (default 1000), or of a measurement (pearson: at most, default "
                "10000)"),
     AT(sweeps), HOL_INTEGER(-1, 0, INT32_MAX / 4),
     .value.needs = "method=reverse-ais|both|bar|moments|mixing|pearson"},
    {HOL_OPTION(
         "row-walks", 0, "N", 2,
         "Anneal rows whose missing values, or coupled hidden units, are too many to sum out, by N walks each: 2, "
         "4, 8, 16, 32 or 64 (default: 16, where that takes minutes at most)"),
     AT(row_walks), HOL_INTEGER(0, 2, 64), .value.needs = "data"},
    {HOL_OPTION("seed", 0, "SEED", 2, "Another seed than the run's"), AT(seed), HOL_INTEGER(-1, 0, INT64_MAX)},
    {HOL_OPTION("output", 'o', "FILE", 2,
                "moments: FILE.h5 gets the means and correlations themselves. --marginals: FILE.csv or FILE.npy gets "
                "them. An existing file is replaced only by its like"),
     AT(output), HOL_TEXT(NULL, "a file"), .value.needs = "method=moments,marginals"},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help =
        "Evaluates the model in FILE: a checkpoint, a run's directory, or the config of a model that needs no "
        "training to have parameters.\v"
        "Grey levels become bits as in training: by the run's threshold, or drawn once with the run's seed. Results "
        "are the same to the last digit on any number of ranks.",
    .settle = settle,
};

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* by enumeration or elimination */
static hol_status evaluate_exactly(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    hol_likelihood found = {0};
    hol_evaluate_text rows;
    status = hol_likelihood_exactly(subject, &found);
    if (hol_error_code(status) == HOL_USAGE && !subject->model->ops->independent)
        status = hol_error_replace(status, HOL_USAGE,
                                   "%s (nothing else finds ln Z with zero potentials; --method pseudo, moments and "
                                   "mixing need none)",
                                   hol_error_message(status));
    HOL_TRY(status);
    hol_result_text(self->result, "method", "exact");
    const hol_quantity partition = {"log_partition", NULL, "ln Z", found.log_partition_low, 0, 9, NULL, 1};
    hol_result_quantity(self->result, &partition, "  (exact)");
    if (hol_evaluate_likelihood(self, &found))
        hol_result_line(self->result, "log-likelihood", "%.6f nats per sample, %s", found.low,
                        hol_evaluate_name_rows(self, rows));
    HOL_TRY(hol_evaluate_gain(self, &found));
    if (self->arguments.marginals)
        status = hol_cli_find_marginals(subject->comm, &subject->info, subject->model, subject->theta, self->result,
                                        self->arguments.output);
cleanup:
    hol_likelihood_clear(&found);
    return status;
}

/* What begins at independent units, which hard constraints don't leave. */
static hol_status check_path(const hol_evaluation *self, const char *method) {
    bool has_path = false;
    for (size_t m = 0; m < sizeof walks / sizeof *walks; m++)
        has_path |= strcmp(walks[m].method, method) == 0 && walks[m].temperatures > 0;
    if (self->subject.model->ops->independent || !has_path) return HOL_OK;
    return hol_error(HOL_USAGE,
                     "--method: found %s, expected exact, or pseudo, moments or mixing, which need no ln Z, for a "
                     "model with zero potentials",
                     method);
}

/* exact where that is quick, where marginals are wanted, or where nothing else is left; else both sides of annealing */
static hol_status choose_method(const hol_evaluation *self, const char **ret) {
    hol_status status = HOL_OK;
    bool is_exact = false;
    const hol_likelihood_options asked = hol_evaluate_options(self);
    *ret = self->arguments.method;
    if (*ret) return hol_comm_agree(self->subject.comm, check_path(self, *ret));
    HOL_TRY(hol_likelihood_is_exact(&self->subject, &asked, &is_exact));
    *ret = is_exact ? "exact" : "both";
cleanup:
    return status;
}

static hol_status apply_method(hol_evaluation *self) {
    const char *m = NULL;
    const hol_status status = choose_method(self, &m);
    if (status != HOL_OK) return status;
    if (strcmp(m, "exact") == 0) return evaluate_exactly(self);
    if (strcmp(m, "bar") == 0) return hol_evaluate_bar(self);
    if (strcmp(m, "pseudo") == 0) return hol_evaluate_pseudo(self);
    if (strcmp(m, "moments") == 0) return hol_evaluate_moments(self);
    if (strcmp(m, "mixing") == 0) return hol_evaluate_mixing(self);
    if (strcmp(m, "pearson") == 0) return hol_evaluate_pearson(self);
    return hol_evaluate_sides(self, strcmp(m, "reverse-ais") != 0, strcmp(m, "ais") != 0);
}

/* before anything is computed */
static hol_status check_output(hol_comm *comm, const hol_evaluation *self) {
    static const hol_output_kind moments = {
        .ending = ".h5",
        .format = "holode moments",
        .members = {"data_means", "model_means", "data_correlations", "model_correlations"}};
    static const hol_output_kind marginals[] = {{.ending = ".csv", .begins = "name,p("}, {.ending = ".npy"}};
    const hol_evaluate_arguments *a = &self->arguments;
    const char *const inputs[] = {a->file, a->data};
    if (!a->output) return HOL_OK;
    return hol_output_check(comm, a->output, a->marginals ? marginals : &moments, a->marginals ? 2 : 1, inputs, 2);
}

/* The run's rows had weights that these don't bring with them. */
static hol_status note_weights(const hol_evaluation *self) {
    hol_config *config = NULL;
    const hol_checkpoint_info *info = &self->subject.info;
    if (!self->subject.bytes || self->subject.is_weighted || self->arguments.weights) return HOL_OK;
    const hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    if (config->data.weights[0] && strcmp(config->data.weights, HOL_SAMPLE_WEIGHTS_NONE) != 0)
        hol_log(self->subject.comm, "%s: rows are all alike; those of the run had weights, %s (--weights says others)",
                self->arguments.data, config->data.weights);
    hol_config_destroy(config);
    return HOL_OK;
}

static hol_status evaluate(hol_comm *comm, hol_evaluation *self) {
    hol_status status = HOL_OK;
    if (self->arguments.json) hol_result_set_form(self->result, HOL_FORM_JSON);
    HOL_TRY(check_output(comm, self));
    HOL_TRY(hol_subject_load(comm, self->arguments.file,
                             (hol_subject_data){.reference = self->arguments.data,
                                                .weights = self->arguments.weights,
                                                .row_walks = self->arguments.row_walks,
                                                .is_surveyed = true},
                             &self->subject));
    if (!self->arguments.data && self->arguments.method && strcmp(self->arguments.method, "pearson") == 0) {
        HOL_TRY(hol_subject_add_training_data(&self->subject));
        self->arguments.data = self->subject.data;
    }
    hol_result_text(self->result, "file", self->subject.info.path);
    hol_result_number(self->result, "step", (double)self->subject.info.step);
    if (self->subject.bytes) {
        hol_result_text(self->result, "data", self->arguments.data);
        hol_result_number(self->result, "samples", (double)self->subject.rows);
        if (self->subject.known) hol_result_number(self->result, "missing", self->subject.missing);
        if (self->subject.unknown > 0) hol_result_number(self->result, "unknown_rows", (double)self->subject.unknown);
        if (self->arguments.weights) hol_result_text(self->result, "weights", self->arguments.weights);
        if (self->subject.is_weighted) hol_result_number(self->result, "effective_samples", self->subject.effective);
    }
    HOL_TRY(hol_comm_agree(comm, note_weights(self)));
    HOL_TRY(apply_method(self));
cleanup:
    return status;
}

hol_status hol_command_evaluate(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_evaluation self = {.result = result};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = evaluate(comm, &self);
    hol_subject_clear(&self.subject);
    return status;
}
