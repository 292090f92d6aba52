/* collect: the runs of a sweep as one table, the best one first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/runs.h"
#include "io/output.h"
#include "io/replace.h"

enum { CELL_SIZE = HOL_RUNS_TEXT_MAX, NAMES_MAX = 1024 };

/* What a column shows. */
typedef enum content { RUN, SETTING, HELD_OUT, HELD_OUT_DATA, METRIC, VERDICT } content;

typedef struct column {
    content content;
    const hol_config_row *key; /* of a SETTING */
    hol_metric metric;         /* of a METRIC */
} column;

enum { COLUMNS_MAX = HOL_CONFIG_MAX_ROWS + HOL_METRICS + 4 };

typedef struct columns {
    column list[COLUMNS_MAX];
    int count;
} columns;

typedef struct arguments {
    hol_word_list runs;
    const char *by; /* a leading '-': the least first */
    const char *table;
} arguments;

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
            "--json` has left it for the same step, or else the run's own on data.valid; where not all are of the same "
            "data set, a column says of which each is. Likelihoods of the verdict \"do not trust\" come after all "
            "others. Runs that have neither come last, by their pseudo-log-likelihood.",
};

/* ---- order ------------------------------------------------------------------------------------------------------ */

static double held_out(const hol_run_record *run) {
    return isnan(run->log_likelihood) ? hol_run_get_metric(run, HOL_METRIC_VALID_LOG_LIKELIHOOD) : run->log_likelihood;
}

static double value_of(const sweep *self, const hol_run_record *run) {
    return self->by == HOL_METRICS ? held_out(run) : hol_run_get_metric(run, self->by);
}

/* an estimate that its own verdict rejects must not win */
static bool is_doubtful(const sweep *self, const hol_run_record *run) {
    return self->by == HOL_METRICS && strcmp(run->verdict, "do not trust") == 0;
}

/* the greater first, or the least; then what is doubtful; NaN last; ties in the order of the command line */
static int compare(const sweep *self, const hol_run_record *a, const hol_run_record *b) {
    double x = value_of(self, a), y = value_of(self, b);
    if (isnan(x) && isnan(y)) {
        x = hol_run_get_metric(a, HOL_METRIC_PSEUDO_LIKELIHOOD);
        y = hol_run_get_metric(b, HOL_METRIC_PSEUDO_LIKELIHOOD);
    }
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    if (is_doubtful(self, a) != is_doubtful(self, b)) return is_doubtful(self, a) - is_doubtful(self, b);
    return self->ascending ? (x > y) - (x < y) : (x < y) - (x > y);
}

static void sort(sweep *self) {
    for (int64_t i = 1; i < self->count; i++) {
        const hol_run_record run = self->runs[i];
        int64_t at = i;
        for (; at > 0 && compare(self, &self->runs[at - 1], &run) > 0; at--) self->runs[at] = self->runs[at - 1];
        self->runs[at] = run;
    }
}

static void find_keys(sweep *self) {
    char first[CELL_SIZE], text[CELL_SIZE];
    for (size_t k = 0; k < hol_config_row_count; k++) {
        const hol_config_row *row = &hol_config_rows[k];
        bool differs = false;
        if (!hol_runs_is_setting(row)) continue;
        hol_run_get_setting(&self->runs[0], row, first);
        for (int64_t i = 1; i < self->count && !differs; i++) {
            hol_run_get_setting(&self->runs[i], row, text);
            differs = strcmp(first, text) != 0;
        }
        if (differs) self->keys[self->key_count++] = row;
    }
}

/* ---- what is compared -------------------------------------------------------------------------------------------- */

/* The data set that a run's held-out likelihood is of; "-" when it has none. */
static void data_of(const hol_run_record *run, char *text) {
    if (!isnan(run->log_likelihood)) (void)snprintf(text, CELL_SIZE, "%s", run->data[0] ? run->data : "unknown");
    else if (isnan(held_out(run))) (void)snprintf(text, CELL_SIZE, "-");
    else hol_runs_name_data(run->config->data.valid, "valid", text);
}

/* Likelihoods of different data are no ranking, and metrics of runs on different data no comparison: it is said. */
static void check_data(sweep *self) {
    char first[CELL_SIZE] = "-", text[CELL_SIZE];
    int64_t other = 0;
    for (int64_t i = 0; i < self->count; i++) {
        data_of(&self->runs[i], text);
        if (strcmp(first, "-") == 0) (void)snprintf(first, sizeof first, "%s", text);
        else if (strcmp(text, "-") != 0) self->mixed |= strcmp(first, text) != 0;
        if (other == 0 && self->runs[i].data_fingerprint != self->runs[0].data_fingerprint) other = i;
    }
    self->mixed &= self->by == HOL_METRICS;
    if (self->mixed)
        hol_log_warning("found held-out likelihoods of different data sets, expected one: the order is no ranking "
                        "(column held_out_data)");
    if (other > 0)
        hol_log_warning("%s: found other training data than in %s, expected the same in all runs",
                        self->runs[other].name, self->runs[0].name);
}

/* ---- columns ---------------------------------------------------------------------------------------------------- */

static void add(columns *c, column added) {
    for (int i = 0; i < c->count; i++)
        if (added.content == METRIC && c->list[i].content == METRIC && c->list[i].metric == added.metric) return;
    c->list[c->count++] = added;
}

/* The table's columns, each once; with `all` those of the file. */
static columns find_columns(const sweep *self, bool all) {
    columns c = {.count = 0};
    add(&c, (column){.content = RUN});
    for (int k = 0; k < self->key_count; k++) add(&c, (column){.content = SETTING, .key = self->keys[k]});
    add(&c, (column){.content = METRIC, .metric = HOL_METRIC_STEP});
    add(&c, (column){.content = self->by == HOL_METRICS ? HELD_OUT : METRIC, .metric = self->by});
    if (self->mixed) add(&c, (column){.content = HELD_OUT_DATA});
    if (!all) add(&c, (column){.content = METRIC, .metric = HOL_METRIC_TRAIN_LOG_LIKELIHOOD});
    if (!all) add(&c, (column){.content = METRIC, .metric = HOL_METRIC_PSEUDO_LIKELIHOOD});
    for (int m = HOL_METRIC_EPOCH; all && m < HOL_METRICS; m++)
        add(&c, (column){.content = METRIC, .metric = (hol_metric)m});
    if (all || self->verdicts) add(&c, (column){.content = VERDICT});
    return c;
}

static const char *head_of(const column *c) {
    switch (c->content) {
    case RUN: return "run";
    case SETTING: return c->key->value.name;
    case HELD_OUT: return "held_out_log_likelihood";
    case HELD_OUT_DATA: return "held_out_data";
    case METRIC: return hol_metric_name(c->metric);
    case VERDICT: break;
    }
    return "verdict";
}

/* "-" for what a run has not; numbers to four decimals, or `whole` */
static void cell_of(const hol_run_record *run, const column *c, bool whole, char *text) {
    const double value = c->content == HELD_OUT ? held_out(run)
                         : c->content == METRIC ? hol_run_get_metric(run, c->metric)
                                                : 0;
    switch (c->content) {
    case RUN: (void)snprintf(text, CELL_SIZE, "%s", run->name); break;
    case SETTING: hol_run_get_setting(run, c->key, text); break;
    case HELD_OUT_DATA: data_of(run, text); break;
    case VERDICT: (void)snprintf(text, CELL_SIZE, "%s", run->verdict[0] ? run->verdict : "-"); break;
    case HELD_OUT:
    case METRIC:
        if (isnan(value)) (void)snprintf(text, CELL_SIZE, "-");
        else if (c->content == METRIC && c->metric == HOL_METRIC_STEP) (void)snprintf(text, CELL_SIZE, "%.0f", value);
        else (void)snprintf(text, CELL_SIZE, whole ? "%.10g" : "%.4f", value);
        break;
    }
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

static void print_table(const sweep *self) {
    char text[CELL_SIZE];
    const columns c = find_columns(self, false);
    int widths[COLUMNS_MAX];
    for (int k = 0; k < c.count; k++) {
        widths[k] = (int)strlen(head_of(&c.list[k]));
        for (int64_t i = 0; i < self->count; i++) {
            cell_of(&self->runs[i], &c.list[k], false, text);
            if ((int)strlen(text) > widths[k]) widths[k] = (int)strlen(text);
        }
    }
    for (int64_t line = 0; line <= self->count; line++) {
        for (int k = 0; k < c.count; k++) {
            if (line > 0) cell_of(&self->runs[line - 1], &c.list[k], false, text);
            hol_print(k == 0 ? "%-*s" : "  %*s", widths[k], line > 0 ? text : head_of(&c.list[k]));
        }
        hol_print("\n");
    }
}

static void print_csv(FILE *file, const void *context) {
    const sweep *self = context;
    char text[CELL_SIZE];
    const columns c = find_columns(self, true);
    for (int64_t line = 0; line <= self->count; line++) {
        for (int k = 0; k < c.count; k++) {
            if (line > 0) cell_of(&self->runs[line - 1], &c.list[k], true, text);
            if (k > 0) (void)fputc(',', file);
            hol_replace_print_cell(file, line == 0 ? head_of(&c.list[k]) : strcmp(text, "-") == 0 ? "" : text);
        }
        (void)fputc('\n', file);
    }
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

static hol_status collect(hol_comm *comm, sweep *self) {
    hol_status status = HOL_OK;
    HOL_TRY(find_order(self));
    static const hol_output_kind kind = {.ending = ".csv", .begins = "run,"};
    if (self->arguments.table) HOL_TRY(hol_output_check(comm, self->arguments.table, &kind, 1, NULL, 0));
    HOL_TRY(hol_runs_read(comm, self->arguments.runs.items, (int64_t)self->arguments.runs.count, &self->runs,
                          &self->count));
    find_keys(self);
    check_data(self);
    sort(self);
    for (int64_t i = 0; i < self->count; i++) self->verdicts |= self->runs[i].verdict[0] != '\0';
    print_table(self);
    if (self->arguments.table && hol_comm_rank(comm) == 0)
        status = hol_replace_with_text(self->arguments.table, print_csv, self);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_command_collect(hol_comm *comm, hol_result *result, int argc, char **argv) {
    sweep self = {0};
    bool done = false;
    hol_status status = hol_options_parse(&options, result, argc, argv, &self.arguments, &done);
    if (status == HOL_OK && !done) status = collect(comm, &self);
    hol_runs_destroy(self.runs, self.count);
    return status;
}
