/* fit_sequences: a Potts model of aligned sequences, with nothing to decide: their alphabet is told by their letters,
 * sequences that are alike share their weight, whole clusters of them are held out, and the chains' correlations with
 * the data's say when training is done. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "cli/runs.h"
#include "cli/value.h"
#include "data_parts.h"
#include "estimate/contacts.h"
#include "fit.h"
#include "io/alignment.h"
#include "io/dataset_notes.h"
#include "io/sample_weights.h"

enum { CHAINS = 2000, SWEEPS = 10, EVALUATIONS = 40, STEPS_LEAST = 100, STEPS_MOST = 20000, WORDS_MOST = 20 };
#define IDENTITY "0.8"
#define HELD_OUT "20%"
#define RATE 0.01
#define PEARSON 0.95
#define TRAINING_SHARE 0.8 /* of the budget */
#define JUDGE_SHARE 0.05
/* What a site takes to be drawn, in multiply-adds: a look-up for each state of each other site, and the draw; the same
 * in walks, which keep energies; a pair of sites to be counted; a parameter to be updated. */
#define LOOKUP_WORK 4.0
#define SITE_WORK 500.0
#define WALK_SITE_WORK 1500.0
#define PAIR_WORK 20.0
#define PARAMETER_WORK 100.0

typedef struct hol_fit_family {
    const char *guess; /* static: the alphabet's name */
    hol_alphabet alphabet;
    int64_t parameters, steps_most;
    double weight, held_out_weight; /* sums of rows' weights */
    double pearson;
} hol_fit_family;

const char *hol_fit_kind_of_pairs(void) {
    int k = 0;
    while (hol_model_kinds[k] && !hol_model_find(hol_model_kinds[k])->pairs) k++;
    return hol_model_kinds[k];
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

typedef hol_status command(hol_comm *comm, hol_result *result, int argc, char **argv);

/* What another command does with these words, ended by NULL; what it finds is said on stderr. Collective. */
static hol_status do_command(hol_fit *self, command *run, const char *const *words) {
    char *argv[WORDS_MOST + 1] = {NULL}, *text = NULL;
    size_t size = 0;
    hol_result *result = NULL;
    hol_status status = HOL_OK;
    int argc = 0;
    for (; words[argc]; argc++) argv[argc] = (char *)(uintptr_t)words[argc]; /* argp reads them only */
    FILE *to = open_memstream(&text, &size);
    if (!to) status = hol_error(HOL_FAILURE, "out of memory: a command");
    if (status == HOL_OK) status = hol_result_create(to, &result);
    HOL_TRY(hol_comm_agree(self->comm, status));
    to = NULL; /* the result's */
    status = run(self->comm, result, argc, argv);
    status = hol_comm_agree(self->comm, hol_result_finish(result, status));
    for (char *rest = NULL, *line = text && status == HOL_OK ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest))
        hol_log(self->comm, "%s", line);
cleanup:
    if (to) (void)fclose(to);
    hol_result_destroy(result);
    free(text);
    return status;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* What is for tables alone. */
static hol_status check_request(const hol_fit *self) {
    const hol_fit_data_request *r = &self->arguments.data;
    const struct {
        bool is_given;
        const char *name;
    } others[] = {{r->test, "test"},
                  {r->columns, "columns"},
                  {r->label, "label-column"},
                  {r->missing, "missing"},
                  {r->states, "states"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].is_given)
            return hol_error(HOL_USAGE, "--%s: found with aligned sequences, expected none: it is for tables",
                             others[i].name);
    return HOL_OK;
}

/* Rank 0's. */
static hol_status guess(hol_fit *self) {
    const char *data = self->arguments.data.data;
    const hol_status status = hol_alignment_guess(data, &self->family->guess);
    if (status != HOL_OK || self->family->guess) return status;
    return hol_error(HOL_BAD_INPUT,
                     "%s: found letters of no alphabet that has a name, expected those of protein, rna or dna (holode "
                     "data import --alphabet takes others, holode train a config for them)",
                     data);
}

/* A data set that is there is that of this fit, which was stopped. Collective. */
static hol_status import(hol_fit *self) {
    hol_status status = HOL_OK;
    const hol_fit_data_request *r = &self->arguments.data;
    char seed[24], train[HOL_FIT_PATH], valid[HOL_FIT_PATH];
    (void)snprintf(seed, sizeof seed, "%lld", (long long)self->arguments.seed);
    int64_t is_there = hol_comm_rank(self->comm) == 0 && access(r->output, F_OK) == 0, alphabet = 0;
    static const char *const names[] = {"protein", "rna", "dna"};
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? guess(self) : HOL_OK));
    for (int k = 0; k < 3; k++)
        if (self->family->guess && strcmp(self->family->guess, names[k]) == 0) alphabet = k;
    HOL_TRY(hol_comm_broadcast(self->comm, &is_there, (int64_t)sizeof is_there));
    HOL_TRY(hol_comm_broadcast(self->comm, &alphabet, (int64_t)sizeof alphabet));
    self->family->guess = names[alphabet];
    (void)snprintf(train, sizeof train, "train=%s", r->data);
    (void)snprintf(valid, sizeof valid, "valid=%s", r->valid ? r->valid : HELD_OUT);
    const bool is_file = r->valid && !hol_fit_is_share(r->valid);
    const char *const words[] = {"holode data import",
                                 "--alphabet",
                                 self->family->guess,
                                 "--reweight",
                                 IDENTITY,
                                 "--seed",
                                 seed,
                                 "-o",
                                 r->output,
                                 "--split",
                                 train,
                                 valid,
                                 is_file ? NULL : "--cluster-split",
                                 IDENTITY,
                                 NULL};
    if (is_there) return HOL_OK;
    hol_log(self->comm, "%s: the letters are of %s", r->data, self->family->guess);
    HOL_TRY(do_command(self, hol_data_import_command, words));
cleanup:
    return status;
}

/* Rows, columns and weights of a split. */
static hol_status measure(hol_fit *self, int split, double *ret_weight) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    hol_sample_weights *weights = NULL;
    HOL_TRY(hol_dataset_open(self->comm, self->data.reference[split], "train", &dataset));
    HOL_TRY(hol_sample_weights_read(self->comm, "", dataset, &weights));
    self->data.rows[split] = hol_dataset_get_rows(dataset);
    self->data.columns = hol_dataset_get_columns(dataset);
    *ret_weight = weights ? weights->total : (double)self->data.rows[split];
cleanup:
    hol_sample_weights_destroy(weights);
    hol_dataset_close(dataset);
    return status;
}

/* Of one sequence there is no error, and nothing to learn. */
static hol_status check_rows(const hol_fit *self) {
    for (int i = HOL_FIT_TRAIN; i <= HOL_FIT_VALID; i++)
        if (self->data.rows[i] < 2)
            return hol_error(HOL_BAD_INPUT, "%s: found %lld sequence%s to %s, expected 2 at least",
                             i == HOL_FIT_VALID && self->arguments.data.valid ? self->arguments.data.valid
                                                                              : self->arguments.data.data,
                             (long long)self->data.rows[i], self->data.rows[i] == 1 ? "" : "s",
                             i == HOL_FIT_TRAIN ? "train on" : "judge by");
    return HOL_OK;
}

static hol_status prepare_data(hol_fit *self) {
    hol_status status = HOL_OK;
    hol_fit_data *data = &self->data;
    hol_fit_family *family = self->family;
    const hol_fit_data_request *r = &self->arguments.data;
    HOL_TRY(import(self));
    (void)snprintf(data->reference[HOL_FIT_TRAIN], HOL_FIT_REFERENCE, "%s:train", r->output);
    (void)snprintf(data->reference[HOL_FIT_VALID], HOL_FIT_REFERENCE, "%s:valid", r->output);
    (void)snprintf(data->reference[HOL_FIT_TEST], HOL_FIT_REFERENCE, "%s:valid", r->output);
    HOL_TRY(measure(self, HOL_FIT_TRAIN, &family->weight));
    HOL_TRY(measure(self, HOL_FIT_VALID, &family->held_out_weight));
    data->rows[HOL_FIT_TEST] = data->rows[HOL_FIT_VALID];
    HOL_TRY(hol_alphabet_parse("--alphabet", family->guess, &family->alphabet));
    (void)snprintf(
        data->text, sizeof data->text,
        "%.80s: %lld different sequences x %lld sites, %s; %lld to train on, M_eff %.1f, %lld %s, M_eff %.1f", r->data,
        (long long)(data->rows[HOL_FIT_TRAIN] + data->rows[HOL_FIT_VALID]), (long long)data->columns, family->guess,
        (long long)data->rows[HOL_FIT_TRAIN], family->weight, (long long)data->rows[HOL_FIT_VALID],
        r->valid && !hol_fit_is_share(r->valid) ? "held out (given)" : "held out, whole clusters at " IDENTITY,
        family->held_out_weight);
    hol_log(self->comm, "%s", data->text);
    status = check_rows(self);
cleanup:
    return status;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static double sweep_work(const hol_fit *self, double site) {
    const double sites = (double)self->data.columns, states = (double)self->family->alphabet.count;
    return sites * (LOOKUP_WORK * sites * states + site);
}

static double step_work(const hol_fit *self) {
    const double pairs = (double)self->data.columns * (double)(self->data.columns - 1) / 2;
    return CHAINS * (SWEEPS * sweep_work(self, SITE_WORK) + PAIR_WORK * pairs) +
           PARAMETER_WORK * (double)self->family->parameters;
}

static void plan(hol_fit *self) {
    const int64_t sites = self->data.columns, states = self->family->alphabet.count;
    self->family->parameters = sites * states + sites * (sites - 1) / 2 * states * states;
    const double most = TRAINING_SHARE * self->arguments.work / step_work(self);
    self->steps = most > STEPS_MOST ? STEPS_MOST : most < STEPS_LEAST ? STEPS_LEAST : (int64_t)most;
    self->family->steps_most = self->steps;
}

static void print_config(const hol_fit *self, FILE *to) {
    char again[HOL_FIT_PATH + 16];
    const int64_t every = self->steps / EVALUATIONS / 10 * 10;
    (void)snprintf(again, sizeof again, "%s/again", self->directory);
    (void)fprintf(to, "seed: %lld\ndata:\n  train: ", (long long)self->arguments.seed);
    hol_value_print_yaml(to, self->data.reference[HOL_FIT_TRAIN]);
    (void)fprintf(to, "\n  valid: ");
    hol_value_print_yaml(to, self->data.reference[HOL_FIT_VALID]);
    (void)fprintf(to, "\nmodel:\n  kind: %s\n", hol_fit_kind_of_pairs());
    (void)fprintf(to, "train:\n  method: pcd\n  chains: %d\n  sweeps: %d\n  positive: exact\n  pseudo_count: auto\n",
                  CHAINS, SWEEPS);
    (void)fprintf(to, "  steps: %lld\n  until_pearson: %g\n  learning_rate: %g\n  schedule: constant\n",
                  (long long)self->steps, PEARSON, RATE);
    (void)fprintf(to, "  momentum: 0\n  weight_decay: 0\nevaluate:\n  every: %lld\noutput: ",
                  (long long)(every < 10 ? 10 : every));
    hol_value_print_yaml(to, again);
    (void)fputc('\n', to);
}

static hol_status make_config(const hol_fit *self, hol_config **ret_config, char **ret_text) {
    hol_status status = HOL_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    *ret_config = NULL, *ret_text = NULL;
    if (!to) return hol_error(HOL_FAILURE, "out of memory: a config");
    print_config(self, to);
    if (fclose(to) != 0) status = hol_error(HOL_FAILURE, "out of memory: a config");
    if (status == HOL_OK) status = hol_config_parse("the fit's config", text, size, NULL, 0, ret_config);
    if (status == HOL_OK) status = hol_config_dump(*ret_config, ret_text);
    free(text);
    return status;
}

/* Rank 0's. */
static hol_status begin(const hol_fit *self, const char *text) {
    char *headed = NULL;
    hol_status status = hol_fit_head_config(self, text, &headed);
    if (status == HOL_OK) status = hol_fit_begin_run(self, headed);
    hol_free(headed);
    return status;
}

static hol_status read_pearson(hol_fit *self) {
    hol_run_record *runs = NULL;
    int64_t count = 0;
    char *name = self->directory;
    const hol_status status = hol_runs_read(self->comm, &name, 1, &runs, &count);
    if (status != HOL_OK) return status;
    self->family->pearson = hol_run_get_metric(&runs[0], HOL_METRIC_PEARSON);
    self->steps = runs[0].step;
    hol_runs_destroy(runs, count);
    return HOL_OK;
}

/* Until the correlations are there, or the budget's steps are done, or --time. */
static hol_status train(hol_fit *self) {
    hol_status status = HOL_OK;
    hol_config *config = NULL;
    char *text = NULL;
    hol_run_outcome outcome = {0};
    const double end = HOL_FIT_SHARE_TIME * self->arguments.max_seconds;
    HOL_TRY(hol_comm_agree(self->comm, make_config(self, &config, &text)));
    HOL_TRY(hol_fit_check_size(self, config,
                               &(hol_fit_size){.parameters = self->family->parameters,
                                               .states = self->family->alphabet.count,
                                               .step_work = step_work(self)}));
    HOL_TRY(hol_comm_agree(self->comm, hol_comm_rank(self->comm) == 0 ? begin(self, text) : HOL_OK));
    self->has_begun = true;
    const double left = end - (hol_clock_now() - self->began_at);
    const hol_run_options o = {.config_path = "the fit's config",
                               .output = self->directory,
                               .resume = true,
                               .resume_older = self->arguments.resume_older,
                               .tell = true,
                               .began_at = hol_clock_now(),
                               .max_seconds = end > 0 ? fmax(left, 1) : 0};
    status = hol_run_train(self->comm, config, text, &o, NULL, &outcome);
    if (end > 0 && hol_error_code(status) == HOL_STOPPED && outcome.checkpoint[0] &&
        strcmp(hol_stop_name(outcome.stop_code), "time limit") == 0) {
        (void)hol_error_drop(status);
        status = HOL_OK;
        self->is_cut = true;
    }
    HOL_TRY(status);
    self->spent += step_work(self) * (double)outcome.step;
    HOL_TRY(read_pearson(self));
cleanup:
    hol_config_destroy(config);
    hol_free(text);
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static hol_status find_contacts(hol_fit *self) {
    const char *const words[] = {"holode contacts", self->directory, "-o", self->directory, NULL};
    return do_command(self, hol_command_contacts, words);
}

hol_status hol_fit_sequences(hol_fit *self) {
    hol_status status = HOL_OK;
    double since = self->began_at, now = 0;
    HOL_TRY(hol_comm_agree(self->comm, HOL_ALLOCATE(self->family, 1, "a family")));
    HOL_TRY(check_request(self));
    HOL_TRY(prepare_data(self));
    self->seconds[0] = (now = hol_clock_now()) - since;
    since = now;
    HOL_TRY(hol_fit_check_owner(self));
    plan(self);
    HOL_TRY(train(self));
    self->seconds[1] = (now = hol_clock_now()) - since;
    since = now;
    hol_fit_walks walks = hol_fit_choose_walks(sweep_work(self, WALK_SITE_WORK), JUDGE_SHARE * self->arguments.work);
    walks.are_fewer = true;
    HOL_TRY(hol_fit_judge_model(self, walks));
    HOL_TRY(find_contacts(self));
    self->seconds[2] = hol_clock_now() - since;
cleanup:
    return status;
}

/* Whether the run's chains are to be believed, in the page's words. */
static void tell_agreement(const hol_agreement *a, hol_result *to) {
    char text[HOL_AGREEMENT_TEXT];
    const hol_verdict verdict = hol_agreement_judge(a, text);
    if (a->count < 1 || verdict == HOL_VERDICT_UNKNOWN) return;
    hol_result_line(to, "", "%.4f +- %.4f of fresh ones after %lld sweeps, %.4f +- %.4f of the run's after as many",
                    hol_agreement_last(a), a->fresh_error, (long long)a->sweeps[a->count - 1], hol_agreement_last_on(a),
                    a->on_error);
    hol_result_line(to, "chains", "%s: %s", hol_verdict_word(verdict), text);
}

void hol_fit_tell_sequences(const hol_fit *self, hol_result *to) {
    const hol_fit_family *f = self->family;
    const hol_likelihood *l = &self->judged;
    char durations[4][32], verdict[HOL_FIT_TEXT];
    double total = 0;
    for (int i = 0; i < 3; i++) {
        hol_clock_describe(self->seconds[i], durations[i], sizeof durations[i]);
        total += self->seconds[i];
    }
    hol_clock_describe(total, durations[3], sizeof durations[3]);
    hol_fit_describe_verdict(l, verdict);
    hol_result_set_layout(to, 0, 12, 0);
    hol_result_line(to, "data", "%s", self->data.text);
    hol_result_line(to, "model", "%s, all pairs of sites: %lld parameters, %lld steps of %d chains, %d sweeps each",
                    hol_fit_kind_of_pairs(), (long long)f->parameters, (long long)self->steps, CHAINS, SWEEPS);
    hol_result_line(to, "Pearson", "%.4f of the run's chains' correlations with the data's%s", f->pearson,
                    f->pearson >= PEARSON ? ""
                    : self->is_cut        ? "; CUT by --time: a longer one comes nearer"
                                          : "; the budget is spent: more --work comes nearer");
    tell_agreement(&self->agreement, to);
    hol_result_line(to, "likelihood",
                    "%.4f +- %.4f nats per sequence of %lld held out (%s), %.4f per site; independent sites %.4f by "
                    "training means",
                    l->low, self->judged_error, (long long)l->rows, verdict, l->low / (double)self->data.columns,
                    l->gain.independent);
    hol_result_line(to, "contacts", "%s/contacts.csv, contacts.png, contacts.html", self->directory);
    hol_result_line(to, "time", "%s: data %s, training %s, judgement %s", durations[3], durations[0], durations[1],
                    durations[2]);
    hol_result_line(to, "next", "look at %s/report.html; holode contacts %s --structure FILE; holode help sequences",
                    self->directory, self->directory);
}

void hol_fit_clear_sequences(hol_fit *self) {
    hol_free(self->family);
    self->family = NULL;
}
