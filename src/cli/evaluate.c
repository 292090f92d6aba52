/* evaluate: what a checkpoint's model is worth: the command, the data, and the exact method. evaluate_sides.c: annealed
 * importance sampling and tempering; evaluate_looks.c: pseudo-likelihood, moments, mixing. */
#include "evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/marginals.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/units.h"
#include "estimate/exact.h"
#include "io/dataset.h"
#include "io/output.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/population.h"
#include "train/feed.h"
#include "train/state.h"

/* enumerations up to this many field evaluations are made without being asked for: a second or so */
#define EXACT_WORK_UNASKED 1e9

/* ---- command line ------------------------------------------------------------------------------------------------ */

/* the methods that walk, with the least --sweeps, and --temperatures of those that begin at independent units */
static const struct {
    const char *method;
    int64_t sweeps, temperatures;
} walks[] = {{"ais", 0, 1}, {"reverse-ais", 0, 1}, {"both", 0, 1}, {"bar", 2, 2}, {"mixing", 4, 0}};

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
    {HOL_OPTION(
         "method", 0, "METHOD", 1,
         "exact: by enumeration, up to 32 units, or by elimination of variables. ais, reverse-ais: annealed "
         "importance sampling from below and from above. both: these two, and whether they agree. bar: Bennett's "
         "acceptance ratio along a tempering ladder. pseudo: pseudo-log-likelihood. moments: the model's means "
         "and correlations against the data's. mixing: whether the chains have forgotten where they began. "
         "Default: exact where that is quick, and nothing is said of walks, else both"),
     AT(method), ONE_OF("exact", "ais", "reverse-ais", "both", "bar", "pseudo", "moments", "mixing")},
    {HOL_OPTION("marginals", 0, NULL, 1,
                "exact: the probability of every unit, or of every state of every variable, too"),
     AT(marginals), HOL_GIVEN, .value.needs = "method=exact"},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    {HOL_OPTION("chains", 0, "N", 2,
                "Walks, or chains of each temperature (default 256; bar 64, mixing 128, moments 1024)"),
     AT(chains), HOL_INTEGER(0, 2, INT32_MAX), .value.needs = "method=ais|reverse-ais|both|bar|moments|mixing"},
    {HOL_OPTION("temperatures", 0, "K", 2, "Of the way from independent units to the model (default 5000; bar 64)"),
     AT(temperatures), HOL_INTEGER(0, 1, INT32_MAX - 1), .value.needs = "method=ais|reverse-ais|both|bar"},
    {HOL_OPTION("ladder", 0, "KIND", 2,
                "Their spacing: adaptive, by a pilot run (default), or classic, in three parts"),
     AT(ladder), ONE_OF("adaptive", "classic"), .value.needs = "method=ais|reverse-ais|both|bar"},
    {HOL_OPTION("start", 0, "WHERE", 2,
                "Where chains of the model begin: chains (the checkpoint's), data (rows of DATA), random, exact "
                "(samples by enumeration). Default: chains, or else data"),
     AT(start), ONE_OF("chains", "data", "random", "exact"),
     .value.needs = "method=reverse-ais|both|bar|moments|mixing"},
    {HOL_OPTION("sweeps", 0, "T", 2, "Sweeps of the chains before they count (default 1000), or of a measurement"),
     AT(sweeps), HOL_INTEGER(-1, 0, INT32_MAX / 4), .value.needs = "method=reverse-ais|both|bar|moments|mixing"},
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

/* ---- printing ---------------------------------------------------------------------------------------------------- */

void hol_evaluate_json_number(hol_evaluation *self, const char *name, double value) {
    if (!self->arguments.json) return;
    if (isfinite(value)) hol_print("%s\"%s\": %.12g", self->begun ? ", " : "", name, value);
    else hol_print("%s\"%s\": null", self->begun ? ", " : "", name);
    self->begun = true;
}

void hol_evaluate_json_text(hol_evaluation *self, const char *name, const char *text) {
    if (!self->arguments.json) return;
    hol_print("%s\"%s\": ", self->begun ? ", " : "", name);
    hol_print_json_text(text);
    self->begun = true;
}

void hol_evaluate_json_texts(hol_evaluation *self, const char *name, const char *const *texts, int count) {
    if (!self->arguments.json) return;
    hol_print("%s\"%s\": [", self->begun ? ", " : "", name);
    for (int k = 0; k < count; k++) {
        if (k > 0) hol_print(", ");
        hol_print_json_text(texts[k]);
    }
    hol_print("]");
    self->begun = true;
}

void hol_evaluate_verdict(hol_evaluation *self, const char *reason) {
    hol_evaluate_json_text(self, "verdict", reason ? "do not trust" : "agreed");
    if (reason) hol_evaluate_json_text(self, "reason", reason);
    if (self->arguments.json) return;
    if (reason) hol_print("verdict         do not trust: %s\n", reason);
    else hol_print("verdict         agreed\n");
}

uint64_t hol_evaluate_seed(const hol_evaluation *self) {
    return self->arguments.seed >= 0 ? (uint64_t)self->arguments.seed : self->info.seed;
}

bool hol_evaluate_is_classic(const hol_evaluation *self) {
    return self->arguments.ladder && strcmp(self->arguments.ladder, "classic") == 0;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* what the run did to turn levels into bits */
static hol_status feed_from_checkpoint(const hol_checkpoint_info *info, const hol_model *model, hol_feed *ret_feed) {
    hol_config *config = NULL;
    const hol_status status = hol_config_parse(info->path, info->config, strlen(info->config), NULL, 0, &config);
    if (status != HOL_OK) return status;
    *ret_feed = (hol_feed){.resample = config->data.binarize == HOL_CONFIG_BINARIZE_SAMPLE,
                           .threshold = hol_feed_threshold(config->data.threshold),
                           .seed = (uint64_t)config->seed,
                           .columns = &model->info.columns};
    hol_config_destroy(config);
    return HOL_OK;
}

/* a rank's rows are those of its blocks in a population of all rows */
static void share_rows(hol_evaluation *self) {
    int64_t first = 0, blocks = 0;
    hol_comm_share(hol_bits_blocks(self->rows), hol_comm_rank(self->comm), hol_comm_size(self->comm), &first, &blocks);
    self->first_row = first * HOL_LANES;
    self->local_rows = blocks * HOL_LANES;
    if (self->first_row > self->rows) self->first_row = self->rows;
    if (self->first_row + self->local_rows > self->rows) self->local_rows = self->rows - self->first_row;
}

/* this rank's share of the rows as bits */
static hol_status load_data(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    hol_survey *survey = NULL;
    hol_feed feed;
    HOL_TRY(hol_comm_agree(self->comm, feed_from_checkpoint(&self->info, self->model, &feed)));
    HOL_TRY(hol_dataset_open(self->comm, self->arguments.data, "test", &dataset));
    if (hol_dataset_get_columns(dataset) != hol_model_columns(self->model))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the visible units of %s",
                          self->arguments.data, (long long)hol_dataset_get_columns(dataset),
                          (long long)hol_model_columns(self->model), self->info.path));
    self->rows = hol_dataset_get_rows(dataset);
    share_rows(self);
    status = HOL_ALLOCATE(self->bytes, HOL_PRODUCT(self->local_rows, self->info.visible), "data set");
    if (status == HOL_OK) status = hol_survey_create(hol_dataset_get_columns(dataset), &survey);
    feed.survey = survey;
    hol_dataset_begin_check(dataset);
    if (status == HOL_OK) status = hol_feed_bytes(dataset, &feed, self->first_row, self->local_rows, self->bytes);
    HOL_TRY(hol_comm_agree(self->comm, status));
    HOL_TRY(hol_dataset_check(self->comm, dataset));
    HOL_TRY(hol_cli_check_units(self->comm, self->arguments.data, &feed, false));
cleanup:
    hol_survey_destroy(survey);
    hol_dataset_close(dataset);
    return status;
}

/* Where annealing begins: the data's means; without data what the visible biases say, were there no couplings. */
static hol_status find_means(hol_evaluation *self) {
    hol_status status = HOL_OK;
    const int64_t visible = self->info.visible;
    const hol_parameter_group *bias = hol_model_find_group(self->model, "visible_bias");
    int64_t *counts = NULL;
    if (!self->bytes && !bias) return HOL_OK;
    status = HOL_ALLOCATE(self->means, visible, "data means");
    if (status == HOL_OK) status = HOL_ALLOCATE(counts, visible, "data means");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < self->local_rows; r++)
        for (int64_t i = 0; i < visible; i++) counts[i] += self->bytes[r * visible + i];
    HOL_TRY(hol_comm_sum_i64(self->comm, counts, visible));
    for (int64_t i = 0; i < visible; i++)
        self->means[i] = self->bytes ? (double)counts[i] / (double)self->rows
                                     : hol_logistic((double)self->theta[bias->offset + i] / self->model->temperature);
cleanup:
    hol_free(counts);
    return status;
}

hol_status hol_evaluate_score(hol_evaluation *self, hol_exact_score *ret_score) {
    hol_status status = HOL_OK;
    *ret_score = (hol_exact_score){.mean = (double)NAN, .first_impossible = -1, .unknown = self->rows};
    if (!self->bytes || !self->model->ops->exact_free_energy) return HOL_OK;
    if (!self->scores) status = hol_comm_agree(self->comm, HOL_ALLOCATE(self->scores, self->local_rows, "likelihoods"));
    if (status != HOL_OK) return status;
    return hol_exact_mean_score(self->comm, self->model, self->theta, self->bytes, self->first_row, self->local_rows,
                                self->scores, ret_score);
}

bool hol_evaluate_likelihood(hol_evaluation *self, const hol_exact_score *score, double log_partition) {
    if (!self->bytes) return false;
    hol_evaluate_json_number(self, "log_likelihood", score->mean - log_partition);
    if (score->impossible > 0) {
        hol_evaluate_json_number(self, "impossible_rows", (double)score->impossible);
        hol_evaluate_json_number(self, "first_impossible_row", (double)score->first_impossible);
    }
    if (self->arguments.json) return false;
    if (score->unknown > 0)
        hol_print("log-likelihood  not available: the free energies of %lld samples in %s are unknown (more than 32 "
                  "coupled hidden units to sum out), or too large to add up\n",
                  (long long)score->unknown, self->arguments.data);
    else if (score->impossible > 0)
        hol_print(
            "log-likelihood  -inf: %lld of %lld samples in %s have probability 0, the first is row %lld (from 0)\n",
            (long long)score->impossible, (long long)self->rows, self->arguments.data,
            (long long)score->first_impossible);
    return score->unknown == 0 && score->impossible == 0;
}

/* ---- where chains begin ------------------------------------------------------------------------------------------ */

/* chain c of `to` gets state c modulo `count` of those of all ranks, of which this one has `owned` states of `units`
 * bytes */
static hol_status deal_states(hol_comm *comm, const uint8_t *local, int64_t owned, int64_t units, int64_t count,
                              hol_population *to) {
    hol_status status = HOL_OK;
    void *gathered = NULL;
    uint8_t *all = NULL;
    int64_t bytes = 0, first = 0, chains = 0;
    HOL_TRY(hol_comm_gather(comm, local, owned * units, &gathered, &bytes));
    all = gathered;
    if (!all) status = HOL_ALLOCATE(all, HOL_PRODUCT(count, units), "states");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, all, count * units));
    hol_population_get_owned(to, &first, &chains);
    for (int64_t c = first; c < first + chains; c++)
        hol_population_set_bytes(to, 0, units, c, 1, all + c % count * units);
cleanup:
    hol_free(all);
    return status;
}

static hol_status deal_chains(hol_evaluation *self, hol_population *to) {
    hol_status status = HOL_OK;
    hol_population *from = NULL;
    uint8_t *bytes = NULL;
    const int64_t units = self->info.visible + self->info.hidden;
    int64_t first = 0, chains = 0;
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, self->info.chains, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &from)));
    HOL_TRY(hol_state_read_chains(self->comm, self->info.path, self->model, from));
    hol_population_get_owned(from, &first, &chains);
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(bytes, HOL_PRODUCT(chains, units), "states")));
    hol_population_get_bytes(from, 0, units, first, chains, bytes);
    HOL_TRY(deal_states(self->comm, bytes, chains, units, self->info.chains, to));
cleanup:
    hol_population_destroy(from);
    hol_free(bytes);
    return status;
}

/* rows spread over the data, and hidden units given them */
static hol_status deal_rows(hol_evaluation *self, hol_population *to) {
    const int64_t every = self->rows > to->count ? self->rows / to->count : 1, visible = self->info.visible;
    hol_status status = HOL_OK;
    uint8_t *picked = NULL;
    int64_t owned = 0, count = (self->rows + every - 1) / every;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(picked, HOL_PRODUCT(self->local_rows, visible), "states")));
    for (int64_t r = 0; r < self->local_rows; r++)
        if ((self->first_row + r) % every == 0)
            memcpy(picked + owned++ * visible, self->bytes + r * visible, (size_t)visible);
    HOL_TRY(deal_states(self->comm, picked, owned, visible, count, to));
    const hol_draw draw = {.key = hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_EVALUATION_HIDDEN)};
    if (self->info.hidden > 0) self->model->ops->infer(self->model, to, &draw);
cleanup:
    hol_free(picked);
    return status;
}

hol_status hol_evaluate_start(hol_evaluation *self, int64_t count, hol_population **ret, const char **ret_word) {
    hol_status status = HOL_OK;
    const char *word = self->arguments.start;
    hol_population *population = NULL;
    *ret = NULL;
    if (!word) word = self->info.chains > 0 ? "chains" : self->bytes ? "data" : "random";
    if (strcmp(word, "chains") == 0 && self->info.chains == 0)
        return hol_error(HOL_USAGE, "--start: found chains, but %s has none, expected data or random", self->info.path);
    if (strcmp(word, "data") == 0 && !self->bytes)
        return hol_error(HOL_USAGE, "--start: found data, but no --data, expected both");
    HOL_TRY(hol_comm_agree(self->comm, hol_population_create(self->model, count, hol_comm_rank(self->comm),
                                                             hol_comm_size(self->comm), &population)));
    if (strcmp(word, "chains") == 0) HOL_TRY(deal_chains(self, population));
    else if (strcmp(word, "data") == 0) HOL_TRY(deal_rows(self, population));
    else if (strcmp(word, "exact") == 0)
        HOL_TRY(hol_exact_draw(self->comm, self->model, self->theta,
                               hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_EXACT_SAMPLES), population));
    else
        hol_population_randomize(self->model, population,
                                 hol_rng_key_make(hol_evaluate_seed(self), HOL_STREAM_INITIAL_CHAINS));
    *ret = population;
    population = NULL;
    *ret_word = strcmp(word, "exact") == 0 ? "exact samples" : word;
cleanup:
    hol_population_destroy(population);
    return status;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

hol_status hol_evaluate_exact(hol_evaluation *self) {
    hol_status status = HOL_OK;
    double log_partition = 0;
    hol_exact_score score;
    HOL_TRY(hol_exact_log_partition(self->comm, self->model, self->theta, &log_partition));
    HOL_TRY(hol_evaluate_score(self, &score));
    hol_evaluate_json_text(self, "method", "exact");
    hol_evaluate_json_number(self, "log_partition", log_partition);
    if (!self->arguments.json) hol_print("ln Z            %.9f  (exact)\n", log_partition);
    if (hol_evaluate_likelihood(self, &score, log_partition))
        hol_print("log-likelihood  %.6f nats per sample, mean of %lld in %s\n", score.mean - log_partition,
                  (long long)self->rows, self->arguments.data);
    HOL_TRY(hol_evaluate_gain(self, &score, log_partition, 0));
    if (self->arguments.marginals)
        status = hol_cli_print_marginals(self->comm, &self->info, self->model, self->theta, self->arguments.json,
                                         self->arguments.output);
cleanup:
    return status;
}

static hol_status load(hol_evaluation *self) {
    hol_status status = HOL_OK;
    hol_cli_model source;
    status = hol_cli_open_model(self->comm, self->arguments.file, 0, NULL, 0, &source);
    self->info = source.info;
    self->model = source.model;
    self->theta = source.theta;
    HOL_TRY(status);
    if (self->arguments.data) HOL_TRY(load_data(self));
    HOL_TRY(self->model->ops->prepare(self->model, self->theta));
    HOL_TRY(find_means(self));
cleanup:
    return status;
}

/* What begins at independent units, which hard constraints don't leave. */
static hol_status check_path(const hol_evaluation *self, const char *method) {
    bool has_path = false;
    for (size_t m = 0; m < sizeof walks / sizeof *walks; m++)
        has_path |= strcmp(walks[m].method, method) == 0 && walks[m].temperatures > 0;
    if (self->model->ops->independent || !has_path) return HOL_OK;
    return hol_error(HOL_USAGE, "--method: found %s, expected exact for a model with zero potentials", method);
}

/* exact where that is quick, where marginals are wanted, or where nothing else is left; else both sides of annealing */
static hol_status choose_method(const hol_evaluation *self, const char **ret) {
    double work = 0;
    *ret = self->model->ops->independent ? NULL : "exact";
    if (self->arguments.method) *ret = self->arguments.method;
    if (*ret) return check_path(self, *ret);
    const hol_status status = hol_exact_cost(self->model, self->theta, &work);
    *ret = work <= EXACT_WORK_UNASKED ? "exact" : "both";
    return status;
}

static hol_status apply_method(hol_evaluation *self) {
    const char *m = NULL;
    const hol_status status = hol_comm_agree(self->comm, choose_method(self, &m));
    if (status != HOL_OK) return status;
    if (strcmp(m, "exact") == 0) return hol_evaluate_exact(self);
    if (strcmp(m, "bar") == 0) return hol_evaluate_bar(self);
    if (strcmp(m, "pseudo") == 0) return hol_evaluate_pseudo(self);
    if (strcmp(m, "moments") == 0) return hol_evaluate_moments(self);
    if (strcmp(m, "mixing") == 0) return hol_evaluate_mixing(self);
    return hol_evaluate_sides(self, strcmp(m, "reverse-ais") != 0, strcmp(m, "ais") != 0);
}

/* before anything is computed */
static hol_status check_output(const hol_evaluation *self) {
    static const hol_output_kind moments = {
        .ending = ".h5",
        .format = "holode moments",
        .members = {"data_means", "model_means", "data_correlations", "model_correlations"}};
    static const hol_output_kind marginals[] = {{.ending = ".csv", .begins = "name,p("}, {.ending = ".npy"}};
    const hol_evaluate_arguments *a = &self->arguments;
    const char *const inputs[] = {a->file, a->data};
    if (!a->output) return HOL_OK;
    return hol_output_check(self->comm, a->output, a->marginals ? marginals : &moments, a->marginals ? 2 : 1, inputs,
                            2);
}

static hol_status evaluate(hol_evaluation *self) {
    hol_status status = check_output(self);
    if (status == HOL_OK) status = load(self);
    if (status != HOL_OK) return status;
    if (self->arguments.json) hol_print("{");
    hol_evaluate_json_text(self, "file", self->info.path);
    hol_evaluate_json_number(self, "step", (double)self->info.step);
    if (self->bytes) {
        hol_evaluate_json_text(self, "data", self->arguments.data);
        hol_evaluate_json_number(self, "samples", (double)self->rows);
    }
    status = apply_method(self);
    if (self->arguments.json) hol_print("}\n");
    return status;
}

hol_status hol_command_evaluate(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_evaluation self = {.comm = comm};
    bool done = false;
    hol_status status = hol_options_parse(&options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    status = evaluate(&self);
    hol_free(self.means);
    hol_free(self.bytes);
    hol_free(self.scores);
    hol_free(self.theta);
    hol_model_destroy(self.model);
    hol_checkpoint_info_clear(&self.info);
    return status;
}
