/* report: `holode report`: one page on a run, or on several side by side. */
#include "cli/report.h"

#include "report.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/learning.h"
#include "cli/options.h"
#include "cli/training.h"
#include "io/output.h"
#include "io/owner.h"
#include "io/replace.h"
#include "result/axis.h"
#include "result/chart.h"
#include "train/state.h"

enum { SWEEPS_LEAST = 8 }; /* that a split R-hat can be had of */

#define AT(member) HOL_AT(hol_report_arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("RUN"), AT(runs), HOL_WORDS("directories of runs, or checkpoints")},
    {HOL_OPTION("output", 'o', "FILE.html", 1,
                "Where the page goes (default: RUN/report.html); replaces only such a page"),
     AT(output), HOL_TEXT(NULL, "a file")},
    {HOL_OPTION("data", 0, "DATA[:SPLIT]", 1,
                "Data to compare the model with (split default: test). Default: those of RUN/evaluation.json, or "
                "data.valid, or data.train"),
     AT(data), HOL_TEXT(NULL, "a data set")},
    {HOL_OPTION("sweeps", 's', "T", 1,
                "Sweeps of chains of the model (default: 1000, or what about ten seconds suffice for); 0: none"),
     AT(sweeps), HOL_INTEGER(-1, 0, INT32_MAX / 4)},
    {HOL_OPTION("seed", 0, "SEED", 1, "Another seed than the run's"), AT(seed), HOL_INTEGER(-1, 0, INT64_MAX)},
    HOL_NATIVE_ROWS(2, 0),
};

static hol_status settle(void *values) {
    const hol_report_arguments *a = values;
    if (a->runs.count > HOL_REPORT_RUNS_MAX)
        return hol_error(HOL_USAGE, "found %zu runs, expected at most %d", a->runs.count, HOL_REPORT_RUNS_MAX);
    if (a->runs.count > 1 && !a->output)
        return hol_error(HOL_USAGE, "-o: found none, expected FILE.html for a page on several runs");
    if (a->runs.count > 1 && a->data) return hol_error(HOL_USAGE, "--data: found with several runs, expected one run");
    if (a->sweeps > 0 && a->sweeps < SWEEPS_LEAST)
        return hol_error(HOL_USAGE, "--sweeps: found %lld, expected 0 or at least %d", (long long)a->sweeps,
                         SWEEPS_LEAST);
    return HOL_OK;
}

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "RUN...",
    .help =
        "Makes one page, HTML that needs nothing else, on a run: whether its model is to be trusted, curves, samples "
        "beside data, moments, mixing, weights, settings, how to repeat it. Also while the run goes on.\v"
        "RUN is a directory, of which the best checkpoint counts where it keeps one, else the newest, or a checkpoint. "
        "Of several runs the page shows "
        "a table, the best one first, with the settings that differ, and the curves together.",
    .settle = settle,
};

/* ---- where it stands --------------------------------------------------------------------------------------------- */

const hol_output_kind hol_report_kind = {.ending = ".html", .begins = HOL_HTML_BEGINS};

void hol_report_date(hol_report_stage *stage) {
    const time_t now = time(NULL);
    struct tm local;
    if (!localtime_r(&now, &local) || strftime(stage->made, sizeof stage->made, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
        stage->made[0] = '\0';
}

/* The steps of a run whose length is in epochs follow from its epochs so far. */
static int64_t find_steps(const hol_report *self) {
    const hol_history *h = self->run_count > 0 ? &self->runs[0].history : NULL;
    int64_t samples = 0;
    for (int64_t r = 0; h && r < h->rows; r++) {
        const double *row = h->values + r * HOL_METRICS;
        if (row[HOL_METRIC_EPOCH] > 0)
            samples = llround(row[HOL_METRIC_STEP] * (double)self->config->train.batch_size / row[HOL_METRIC_EPOCH]);
    }
    if (samples == 0 && self->config->train.schedule.steps == 0) return 0;
    return hol_training_options(self->config, samples).schedule.steps;
}

/* The step that the run has come to, of which its model may be an earlier one, the best. */
static int64_t find_reached(const hol_report *self) {
    const int64_t step = self->source.info.step;
    return self->run_count > 0 && self->runs[0].step > step ? self->runs[0].step : step;
}

/* Whether some process is at work on it, and if not, why it has fewer steps than it is to have. A checkpoint by its own
 * name may be any of its run's. */
static hol_status find_stage(hol_report *self) {
    hol_report_stage *stage = &self->stage;
    const int64_t reached = find_reached(self);
    int64_t is_running = 0;
    stage->steps = find_steps(self);
    if (strcmp(self->arguments.runs.items[0], self->source.info.path) == 0) return HOL_OK;
    if (hol_comm_rank(self->comm) == 0) is_running = hol_owner_is_at_work(self->arguments.runs.items[0]);
    const hol_status status = hol_comm_broadcast(self->comm, &is_running, sizeof is_running);
    stage->is_running = is_running != 0;
    const hol_history *history = self->run_count > 0 ? &self->runs[0].history : NULL;
    if (stage->is_running) hol_report_date(stage);
    else if (history && hol_cli_has_arrived(history, &self->config->train))
        (void)snprintf(stage->end, sizeof stage->end, "near to the data's correlations (train.until_pearson)");
    else if (reached < stage->steps && self->config->train.patience > 0 && history &&
             hol_history_since_best(history, HOL_METRIC_VALID_LOG_LIKELIHOOD) >= self->config->train.patience)
        (void)snprintf(stage->end, sizeof stage->end, "no better likelihood for long (evaluate.patience)");
    else if (reached < stage->steps)
        (void)snprintf(stage->end, sizeof stage->end, "`holode train --resume` goes on from there");
    return status;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static hol_status read_chains(hol_report *self) {
    const hol_checkpoint_info *info = &self->source.info;
    hol_status status = HOL_OK;
    if (info->chains == 0) return HOL_OK;
    HOL_TRY(
        hol_comm_agree(self->comm, hol_population_create(self->source.model, info->chains, hol_comm_rank(self->comm),
                                                         hol_comm_size(self->comm), &self->chains)));
    HOL_TRY(hol_state_read_chains(self->comm, info->path, self->source.model, self->chains));
cleanup:
    return status;
}

/* A run at work may have removed the file meanwhile: then its next one is read. */
static hol_status read_run(hol_report *self) {
    hol_status status = HOL_OK;
    const char *name = self->arguments.runs.items[0];
    if (hol_cli_is_config(name))
        return hol_error(HOL_USAGE, "%s: found a config, expected a run's directory or a checkpoint", name);
    bool again = true;
    for (int look = 0; again && look < HOL_CHECKPOINT_LOOKS; look++) {
        hol_population_destroy(self->chains);
        self->chains = NULL;
        hol_cli_close_model(&self->source);
        (void)hol_error_drop(status);
        status = hol_cli_open_model(self->comm, name, 0, NULL, 0, &self->source);
        if (status == HOL_OK) status = read_chains(self);
        again = status != HOL_OK && hol_checkpoint_is_gone(self->comm, name, self->source.info.path);
    }
    HOL_TRY(status);
    const char *config = self->source.info.config;
    HOL_TRY(hol_comm_agree(self->comm,
                           hol_config_parse(self->source.info.path, config, strlen(config), NULL, 0, &self->config)));
    if (self->source.info.history_rows > 0)
        HOL_TRY(hol_runs_read(self->comm, self->arguments.runs.items, 1, &self->runs, &self->run_count));
    if (self->arguments.seed < 0) self->arguments.seed = (int64_t)self->source.info.seed;
    HOL_TRY(find_stage(self));
    self->units = self->source.info.visible < HOL_REPORT_UNITS_MAX ? self->source.info.visible : HOL_REPORT_UNITS_MAX;
cleanup:
    return status;
}

/* What finite numbers of rows and of samples (correlated as the chains are) give, were pairs independent. */
static double find_noise(const hol_report *self) {
    double variances = 0, squares = 0;
    const int64_t units = self->units;
    const double apart = (double)(self->mixing.length / 20 + 1), time = self->mixing.traces.time;
    const double worth = isfinite(time) && time > apart ? apart / time : 1;
    for (int64_t i = 0; i < units; i++) {
        const double v = self->data.pairs[i * units + i];
        if (isnan(v)) continue; /* never known */
        variances += v;
        squares += v * v;
    }
    const double pairs = (variances * variances - squares) / ((double)units * (double)(units - 1));
    return sqrt(pairs * (1 / self->data.effective + 1 / ((double)self->mixing.samples * worth)));
}

static hol_status compute(hol_report *self) {
    hol_status status = HOL_OK;
    HOL_TRY(self->source.model->ops->prepare(self->source.model, self->source.theta));
    HOL_TRY(hol_report_find_data(self));
    HOL_TRY(hol_report_measure_likelihood(self));
    HOL_TRY(hol_report_run_chains(self));
    HOL_TRY(hol_report_find_spectra(self));
    self->of_pairs.pearson = (double)NAN;
    if (self->data.there && self->mixing.there) {
        self->of_means = hol_moments_compare(self->data.means, self->mixing.means, self->units);
        HOL_TRY(hol_comm_agree(
            self->comm, hol_moments_compare_pairs(self->data.pairs, self->mixing.pairs, self->units, &self->of_pairs)));
        self->pairs_noise = self->units > 1 ? find_noise(self) : (double)NAN;
    }
    HOL_TRY(hol_report_find_sites(self));
    if (self->structure.options.file && !self->sites.there)
        hol_log_warning(self->comm, "--structure: the page has no contacts, which it shows beside %s",
                        self->mixing.there ? "data without missing values (--data)" : "samples (--sweeps)");
    hol_report_judge(self);
cleanup:
    return status;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

/* The verdicts in one sentence: the worst ones. Cut at `size`. */
static void summarise(const hol_report *self, char *text, size_t size) {
    static const char *const words[] = {"Nothing speaks against this model", "To be used with care",
                                        "Not to be trusted as it is"};
    const hol_verdict worst = hol_report_find_worst(self);
    const char *between = ". ";
    bool is_known = true;
    for (int k = 0; k < self->verdict_count; k++) is_known &= self->verdicts[k].verdict != HOL_VERDICT_UNKNOWN;
    (void)snprintf(text, size, "%s",
                   worst == HOL_VERDICT_GOOD && !is_known ? "Nothing that is known speaks against this model"
                                                          : words[worst]);
    for (int k = 0; k < self->verdict_count && worst != HOL_VERDICT_GOOD; k++) {
        const hol_report_verdict *v = &self->verdicts[k];
        const size_t used = strlen(text);
        if (v->verdict != worst) continue;
        (void)snprintf(text + used, size - used, "%s%s: %s", between, v->subject, v->word);
        between = "; ";
    }
}

static void print_summary(const hol_report *self, FILE *to) {
    char text[HOL_REPORT_TEXT], unknown[HOL_REPORT_TEXT] = "";
    summarise(self, text, sizeof text);
    hol_html_lead(to, hol_report_find_worst(self), "%s.", text);
    for (int k = 0; k < self->verdict_count; k++) {
        const size_t used = strlen(unknown);
        if (self->verdicts[k].verdict == HOL_VERDICT_UNKNOWN)
            (void)snprintf(unknown + used, sizeof unknown - used, "%s%s", used ? "; " : "", self->verdicts[k].subject);
    }
    if (*unknown) hol_html_paragraph(to, "Not known: %s.", unknown);
}

/* Where a run stands that is not at its last step. */
static void print_stage(const hol_report *self, FILE *to) {
    const hol_report_stage *stage = &self->stage;
    char steps[64] = "";
    if (stage->steps > 0) (void)snprintf(steps, sizeof steps, " of %lld", (long long)stage->steps);
    if (stage->is_running)
        hol_html_lead(to, HOL_VERDICT_UNKNOWN, "The run goes on: step %lld%s, as of %s.", (long long)find_reached(self),
                      steps, stage->made);
    else if (*stage->end)
        hol_html_lead(to, HOL_VERDICT_UNKNOWN, "The run ended at step %lld%s: %s.", (long long)find_reached(self),
                      steps, stage->end);
    if (stage->is_live)
        hol_html_paragraph(to,
                           "This page costs the run hardly any time: what takes long is left out. "
                           "`holode report %s` adds it.",
                           self->arguments.runs.items[0]);
}

static void print_head(const hol_report *self, FILE *to) {
    const hol_checkpoint_info *info = &self->source.info;
    char size[64], parameters[HOL_AXIS_LABEL_SIZE];
    hol_model_describe_size(self->source.model->info.columns.count, info->visible, info->hidden, size, sizeof size);
    hol_axis_number((double)self->source.model->info.parameters, 1, parameters, sizeof parameters);
    hol_html_heading(to, "%s", self->arguments.runs.items[0]);
    hol_html_paragraph(to, "%s: %s, %s parameters; at step %lld%s; trained on %s.", info->model, size, parameters,
                       (long long)info->step, find_reached(self) > info->step ? ", the best so far" : "",
                       self->config->data.train[0] ? self->config->data.train : "no data");
    print_stage(self, to);
    print_summary(self, to);
    hol_html_verdicts(to);
    for (int k = 0; k < self->verdict_count; k++)
        hol_html_verdict(to, self->verdicts[k].verdict, self->verdicts[k].subject, self->verdicts[k].word, "%s",
                         self->verdicts[k].text);
    hol_html_verdicts_end(to);
}

hol_status hol_report_print(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    char title[HOL_REPORT_TEXT];
    const bool several = (int64_t)self->arguments.runs.count > 1;
    if (several) (void)snprintf(title, sizeof title, "%lld runs", (long long)self->run_count);
    else (void)snprintf(title, sizeof title, "%s", self->arguments.runs.items[0]);
    hol_html_begin(to, title, hol_chart_style);
    if (several) hol_html_heading(to, "%s", title);
    else print_head(self, to);
    if (several) hol_report_print_several(self, to);
    hol_report_print_curves(self, to);
    if (!several) {
        hol_report_print_search(self, to);
        HOL_TRY(hol_report_print_contacts(self, to));
        HOL_TRY(self->sites.there ? hol_report_print_sequences(self, to) : hol_report_print_samples(self, to));
        if (self->sites.there) hol_report_print_frequencies(self, to);
        else hol_report_print_moments(self, to);
        hol_report_print_components(self, to);
        hol_report_print_mixing(self, to);
        HOL_TRY(hol_report_print_weights(self, to));
        hol_report_print_time(self, to);
        hol_report_print_settings(self, to);
        hol_report_print_repeat(self, to);
    }
    hol_html_end(to);
cleanup:
    return status;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static hol_status print_page(FILE *to, const void *report) { return hol_report_print(report, to); }

hol_status hol_report_save(const hol_report *self, const char *path, bool tell) {
    char summary[HOL_REPORT_TEXT] = "";
    const hol_status status = hol_replace_print(path, print_page, self);
    if (status != HOL_OK || !tell) return status;
    if (self->arguments.runs.count == 1) summarise(self, summary, sizeof summary);
    hol_log(self->comm, "%s%s%s", path, *summary ? ": " : "", summary);
    return HOL_OK;
}

/* -o, or report.html in the run's directory. */
static void name_page(const hol_report_arguments *a, char *path, size_t size) {
    struct stat found;
    const char *run = a->runs.items[0], *slash = strrchr(run, '/');
    const bool is_folder = stat(run, &found) == 0 && S_ISDIR(found.st_mode);
    if (a->output) (void)snprintf(path, size, "%s", a->output);
    else if (is_folder) (void)snprintf(path, size, "%s%sreport.html", run, slash && !slash[1] ? "" : "/");
    else (void)snprintf(path, size, "%.*sreport.html", slash ? (int)(slash - run + 1) : 0, run);
}

static hol_status make(hol_report *self) {
    hol_status status = HOL_OK;
    char path[HOL_CHECKPOINT_PATH_MAX + 32];
    const hol_report_arguments *a = &self->arguments;
    const char *const inputs[] = {a->runs.items[0], a->data, a->structure.file};
    name_page(a, path, sizeof path);
    if ((int64_t)self->arguments.runs.count == 1) HOL_TRY(read_run(self));
    else
        HOL_TRY(hol_runs_read(self->comm, self->arguments.runs.items, (int64_t)self->arguments.runs.count, &self->runs,
                              &self->run_count));
    hol_runs_sort(self->runs, self->run_count, HOL_METRICS, false);
    HOL_TRY(hol_output_check(self->comm, path, &hol_report_kind, 1, inputs, 3));
    HOL_TRY(hol_report_read_structure(self));
    if ((int64_t)self->arguments.runs.count == 1) HOL_TRY(compute(self));
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? hol_report_save(self, path, true) : HOL_OK));
cleanup:
    return status;
}

/* A page, of the arguments alone. Collective. */
static hol_status make_page(hol_comm *comm, const hol_report_arguments *arguments, hol_agreement *ret_agreement) {
    hol_report self = {.comm = comm, .arguments = *arguments, .spectra = {.group = -1}};
    const hol_status status = make(&self);
    if (ret_agreement) *ret_agreement = self.mixing.agreement;
    hol_report_clear_data(&self.data);
    hol_report_clear_chains(&self.mixing);
    hol_report_clear_sites(&self.sites);
    hol_native_clear(&self.structure);
    hol_free(self.spectra.values);
    hol_population_destroy(self.chains);
    hol_config_destroy(self.config);
    hol_runs_destroy(self.runs, self.run_count);
    hol_cli_close_model(&self.source);
    return status;
}

hol_status hol_report_write(hol_comm *comm, const char *run, const char *data, const char *output,
                            hol_agreement *ret_agreement) {
    char *name = (char *)run; /* a list of words is argv's: not const, though read alone */
    const hol_report_arguments arguments = {
        .runs = {.items = &name, .count = 1}, .output = output, .data = data, .sweeps = -1, .seed = -1};
    return make_page(comm, &arguments, ret_agreement);
}

hol_status hol_command_report(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_report_arguments arguments = {0};
    bool done = false;
    const hol_status status = hol_options_parse(comm, &options, result, argc, argv, &arguments, &done);
    return status != HOL_OK || done ? status : make_page(comm, &arguments, NULL);
}
