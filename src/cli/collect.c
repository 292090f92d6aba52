/* collect: the runs of a sweep as one table, the best one first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/options.h"
#include "cli/runs.h"
#include "io/output.h"
#include "io/sample_weights.h"
#include "io/replace.h"

enum { CELL_SIZE = HOL_RUNS_TEXT_MAX, NAMES_MAX = 1024 };

typedef struct arguments {
    hol_word_list runs;
    const char *by; /* a leading '-': the least first */
    const char *table;
} arguments;

/* NaN: not known. */
typedef struct data_size {
    double rows, columns, weight; /* weight: the sum of the rows' weights */
} data_size;

typedef struct sweep {
    arguments arguments;
    hol_run_record *runs; /* owned: (count) */
    int64_t count;
    hol_metric by; /* HOL_METRICS: the held-out likelihood */
    bool ascending;
    const hol_config_row *keys[HOL_CONFIG_MAX_ROWS]; /* those in which runs differ */
    int key_count;
    bool verdicts; /* some run has one: a last column */
    bool mixed;    /* held-out likelihoods of several data sets: a column says which */
    bool pearson;  /* some run has its correlation with the data */
    data_size *sizes; /* owned: (count), of training data that are not the same in all runs; else NULL */
} sweep;

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("RUN"), AT(runs), HOL_WORDS("directories of runs")},
    {HOL_OPTION("by", 0, "METRIC", 1,
                "Sort by this metric of the last evaluation, the greatest first, or, of -METRIC, the least, as of "
                "errors: --by -reconstruction_error (default: the held-out log-likelihood)"),
     AT(by), HOL_TEXT(NULL, "a metric")},
    {HOL_OPTION("output", 'o', "FILE.csv", 1,
                "Write the table with all metrics there, too, comma-separated; replaces only such a table"),
     AT(table), HOL_TEXT(NULL, "a file")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "RUN...",
    .help = "Compares runs: one line each, with the settings in which they differ, the best one first.\v"
            "The held-out log-likelihood is that of RUN/evaluation.json, where `holode evaluate RUN --data DATA "
            "--json` has left it for the same step (of the best checkpoint, where RUN keeps that), or else the run's "
            "own on data.valid; where not all are of the same "
            "data set, a column says of which each is. Likelihoods of the verdict \"do not trust\" come after all "
            "others. Runs that have neither come last, by their pseudo-log-likelihood.",
};

/* ---- what is compared -------------------------------------------------------------------------------------------- */

/* Likelihoods of different data are no ranking, and metrics of runs on different data no comparison: it is said. */
static void check_data(hol_comm *comm, sweep *self) {
    char first[CELL_SIZE] = "", text[CELL_SIZE];
    int64_t other = 0;
    for (int64_t i = 0; i < self->count; i++) {
        hol_run_name_held_out(&self->runs[i], text);
        if (!first[0]) (void)snprintf(first, sizeof first, "%s", text);
        else if (text[0]) self->mixed |= strcmp(first, text) != 0;
        if (other == 0 && self->runs[i].data_fingerprint != self->runs[0].data_fingerprint) other = i;
    }
    self->mixed &= self->by == HOL_METRICS;
    if (self->mixed)
        hol_log_warning(comm,
                        "found held-out likelihoods of different data sets, expected one: the order is no ranking%s",
                        other > 0 ? "" : " (column held_out_data)");
    if (other > 0)
        hol_log_warning(comm, "%s: found other training data than in %s, expected the same in all runs",
                        self->runs[other].name, self->runs[0].name);
}

/* Of a data set that is gone nothing is known. */
static hol_status measure(hol_comm *comm, const hol_run_record *run, data_size *ret) {
    hol_dataset *dataset = NULL;
    hol_sample_weights *weights = NULL;
    const hol_config *config = run->config;
    *ret = (data_size){(double)NAN, (double)NAN, (double)NAN};
    if (!config->data.train[0]) return HOL_OK;
    hol_status status = hol_cli_open_data(comm, config, config->data.train, "train", true, &dataset);
    if (status == HOL_OK) status = hol_sample_weights_read(comm, config->data.weights, dataset, &weights);
    if (status == HOL_OK) {
        const double rows = (double)hol_dataset_get_rows(dataset);
        *ret = (data_size){rows, (double)hol_dataset_get_columns(dataset), weights ? weights->total : rows};
    }
    hol_sample_weights_destroy(weights);
    hol_dataset_close(dataset);
    if (hol_error_code(status) != HOL_BAD_INPUT) return status;
    (void)hol_error_drop(status);
    return HOL_OK;
}

/* Runs on different data, as of families of sequences, are told apart by these. */
static hol_status measure_data(hol_comm *comm, sweep *self) {
    hol_status status = HOL_OK;
    bool differs = false;
    for (int64_t i = 1; i < self->count; i++)
        differs = differs || self->runs[i].data_fingerprint != self->runs[0].data_fingerprint;
    if (!differs) return HOL_OK;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self->sizes, self->count, "sizes of data")));
    for (int64_t i = 0; i < self->count; i++) HOL_TRY(measure(comm, &self->runs[i], &self->sizes[i]));
cleanup:
    return status;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

enum { COLUMNS_MAX = HOL_CONFIG_MAX_ROWS + HOL_METRICS + 8 };

/* What is in each column, a row at a time; texts of a row live until the next. */
typedef struct rows {
    hol_column columns[COLUMNS_MAX];
    hol_cell cells[COLUMNS_MAX];
    char texts[COLUMNS_MAX][CELL_SIZE];
    int count;
} rows;

static void add_text(rows *t, const char *name, const char *head, const char *text) {
    char *own = t->texts[t->count];
    (void)snprintf(own, CELL_SIZE, "%s", text);
    t->columns[t->count] = (hol_column){.name = name, .head = head};
    t->cells[t->count++] = text[0] ? (hol_cell)HOL_CELL_TEXT(own) : (hol_cell)HOL_CELL(NAN);
}

static void add_number(rows *t, const char *name, const char *head, double value, int decimals) {
    t->columns[t->count] = (hol_column){.name = name, .head = head, .decimals = decimals};
    t->cells[t->count++] = (hol_cell)HOL_CELL(value);
}

static void add_metric(const sweep *self, const hol_run_record *run, hol_metric metric, bool for_readers, rows *t) {
    const char *name = hol_metric_name(metric);
    if (metric == self->by) return; /* it has its column */
    add_number(t, for_readers ? NULL : name, for_readers ? name : NULL, hol_run_get_metric(run, metric), 4);
}

/* The settings that differ; which data they are is for programs where their sizes stand beside. */
static void add_settings(const sweep *self, const hol_run_record *run, rows *t) {
    char text[CELL_SIZE];
    for (int k = 0; k < self->key_count; k++) {
        const char *name = self->keys[k]->value.name;
        const bool is_data = self->sizes && strncmp(name, "data.", 5) == 0;
        hol_run_get_setting(run, self->keys[k], text);
        add_text(t, name, is_data ? NULL : name, text);
    }
}

static void add_sizes(const data_size *size, rows *t) {
    if (!size) return;
    add_number(t, "rows", "rows", size->rows, 0);
    add_number(t, "columns", "columns", size->columns, 0);
    add_number(t, "total_weight", "total_weight", size->weight, 1);
}

/* A run's row, columns and all: readers get those that matter, programs all metrics. */
static void make_row(const sweep *self, const hol_run_record *run, rows *t) {
    char text[CELL_SIZE];
    const char *by = self->by == HOL_METRICS ? "held_out_log_likelihood" : hol_metric_name(self->by);
    t->count = 0;
    add_text(t, "run", "run", run->name);
    add_settings(self, run, t);
    add_sizes(self->sizes ? &self->sizes[run - self->runs] : NULL, t);
    if (self->by != HOL_METRIC_STEP) add_number(t, "step", "step", hol_run_get_metric(run, HOL_METRIC_STEP), 0);
    add_number(t, by, by, hol_run_get_value(run, self->by), self->by == HOL_METRIC_STEP ? 0 : 4);
    hol_run_name_held_out(run, text);
    if (self->mixed) add_text(t, "held_out_data", self->sizes ? NULL : "held_out_data", text);
    if (self->pearson) add_metric(self, run, HOL_METRIC_PEARSON, true, t);
    add_metric(self, run, HOL_METRIC_TRAIN_LOG_LIKELIHOOD, true, t);
    add_metric(self, run, HOL_METRIC_PSEUDO_LIKELIHOOD, true, t);
    for (int m = HOL_METRIC_EPOCH; m < HOL_METRICS; m++)
        if (m != HOL_METRIC_PEARSON) add_metric(self, run, (hol_metric)m, false, t);
    add_text(t, "verdict", self->verdicts ? "verdict" : NULL, run->verdict);
}

/* NULL when memory is short */
static hol_record *add_table(const sweep *self, hol_result *to) {
    hol_record *record = NULL;
    rows *t = malloc(sizeof *t);
    hol_result_set_digits(to, 10);
    for (int64_t i = 0; t && i < self->count; i++) {
        make_row(self, &self->runs[i], t);
        if (!record) record = hol_result_table(to, "runs", t->columns, t->count);
        hol_result_row(to, record, t->cells);
    }
    free(t);
    return record;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

/* --by, which is [-]METRIC */
static hol_status find_order(sweep *self) {
    const char *by = self->arguments.by;
    char names[NAMES_MAX] = "";
    self->by = HOL_METRICS;
    if (!by) return HOL_OK;
    self->ascending = by[0] == '-';
    self->by = hol_runs_find_metric(by + self->ascending);
    if (self->by != HOL_METRICS) return HOL_OK;
    for (int m = 0; m < HOL_METRICS; m++) {
        const size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", m ? ", " : "", hol_metric_name((hol_metric)m));
    }
    return hol_error(HOL_USAGE, "--by: found \"%s\", expected one of %s; or -METRIC", by, names);
}

static hol_status collect(hol_comm *comm, sweep *self, hol_result *result) {
    hol_status status = HOL_OK;
    HOL_TRY(find_order(self));
    static const hol_output_kind kind = {.ending = ".csv", .begins = "run,"};
    if (self->arguments.table) HOL_TRY(hol_output_check(comm, self->arguments.table, &kind, 1, NULL, 0));
    HOL_TRY(hol_runs_read(comm, self->arguments.runs.items, (int64_t)self->arguments.runs.count, &self->runs,
                          &self->count));
    self->key_count = hol_runs_find_differing(self->runs, self->count, self->keys);
    check_data(comm, self);
    hol_runs_sort(self->runs, self->count, self->by, self->ascending);
    HOL_TRY(measure_data(comm, self));
    for (int64_t i = 0; i < self->count; i++) {
        self->verdicts |= self->runs[i].verdict[0] != '\0';
        self->pearson |= !isnan(hol_run_get_metric(&self->runs[i], HOL_METRIC_PEARSON));
    }
    const hol_record *table = add_table(self, result);
    if (!table) status = hol_error(HOL_FAILURE, "out of memory: table of runs");
    if (table && self->arguments.table && hol_comm_rank(comm) == 0)
        status = hol_replace_with_text(self->arguments.table, hol_result_write_table, table);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_command_collect(hol_comm *comm, hol_result *result, int argc, char **argv) {
    sweep self = {0};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status == HOL_OK && !done) status = collect(comm, &self, result);
    hol_runs_destroy(self.runs, self.count);
    hol_free(self.sizes);
    return status;
}
