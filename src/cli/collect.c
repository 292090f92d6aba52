/* collect: the runs of a sweep as one table, the best one first. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/runs.h"
#include "io/replace.h"

enum { RUNS_MAX = 100000, CELL_SIZE = HOL_RUNS_TEXT_MAX, OPTION_BY = 256 };

typedef struct arguments {
    char **runs; /* owned: (run_count) of argv */
    int64_t run_count;
    const char *by;
    const char *table;
} arguments;

typedef struct sweep {
    arguments arguments;
    hol_run_record *runs; /* owned: (count) */
    int64_t count;
    hol_metric by; /* HOL_METRICS: the held-out likelihood */
    const hol_config_row *keys[HOL_CONFIG_MAX_ROWS]; /* those in which runs differ */
    int key_count;
    bool verdicts; /* some run has one: a last column */
} sweep;

static error_t parse(int key, char *argument, struct argp_state *state) {
    arguments *a = state->input;
    switch (key) {
    case OPTION_BY: a->by = argument; return 0;
    case 'o': a->table = argument; return 0;
    case ARGP_KEY_ARG:
        if (!a->runs || a->run_count == RUNS_MAX) return ENOMEM;
        a->runs[a->run_count++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (a->run_count > 0) return 0;
        (void)hol_error(HOL_USAGE, "found no RUN, expected directories of runs");
        return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"by", OPTION_BY, "METRIC", 0, "Sort by this metric of the last evaluation, the greatest first (default: the held-out log-likelihood)", 1},
    {"output", 'o', "FILE.csv", 0, "Write the table with all metrics there, too, comma-separated", 1},
    {0},
};

static const struct argp argp = {
    options, parse, "RUN...",
    "Compares runs: one line each, with the settings in which they differ, the best one first.\v"
    "The held-out log-likelihood is that of RUN/evaluation.json, where `holode evaluate RUN --data DATA --json` has "
    "left it for the same step, or else the run's own on data.valid. Likelihoods of the verdict \"do not trust\" come "
    "after all others. Runs that have neither come last, by their pseudo-log-likelihood.", NULL, NULL, NULL,
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

/* the greater first; then what is doubtful; NaN last; ties in the order of the command line */
static int compare(const sweep *self, const hol_run_record *a, const hol_run_record *b) {
    double x = value_of(self, a), y = value_of(self, b);
    if (isnan(x) && isnan(y)) {
        x = hol_run_get_metric(a, HOL_METRIC_PSEUDO_LIKELIHOOD);
        y = hol_run_get_metric(b, HOL_METRIC_PSEUDO_LIKELIHOOD);
    }
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    if (is_doubtful(self, a) != is_doubtful(self, b)) return is_doubtful(self, a) - is_doubtful(self, b);
    return (x < y) - (x > y);
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

/* ---- output ----------------------------------------------------------------------------------------------------- */

/* The table's columns: run, settings, step, three metrics, the verdict on the first of them. Line 0 is the head. */
enum { METRIC_COLUMNS = 3 };

static const char *column_name(const sweep *self, int metric) {
    static const char *const others[] = {"train_log_likelihood", "pseudo_log_likelihood"};
    if (metric > 0) return others[metric - 1];
    return self->by == HOL_METRICS ? "held_out_log_likelihood" : hol_metric_name(self->by);
}

static void cell_of(const sweep *self, int64_t line, int column, char *text) {
    static const hol_metric others[] = {HOL_METRIC_TRAIN_LOG_LIKELIHOOD, HOL_METRIC_PSEUDO_LIKELIHOOD};
    const hol_run_record *run = line > 0 ? &self->runs[line - 1] : NULL;
    const int metric = column - self->key_count - 2;
    if (column == 0) (void)snprintf(text, CELL_SIZE, "%s", run ? run->name : "run");
    else if (column <= self->key_count) {
        if (run) hol_run_get_setting(run, self->keys[column - 1], text);
        else (void)snprintf(text, CELL_SIZE, "%s", self->keys[column - 1]->key);
    } else if (metric < 0) {
        if (run) (void)snprintf(text, CELL_SIZE, "%lld", (long long)run->step);
        else (void)snprintf(text, CELL_SIZE, "step");
    } else if (metric == METRIC_COLUMNS) {
        (void)snprintf(text, CELL_SIZE, "%s", !run ? "verdict" : run->verdict[0] ? run->verdict : "-");
    } else if (!run) {
        (void)snprintf(text, CELL_SIZE, "%s", column_name(self, metric));
    } else {
        const double value = metric == 0 ? value_of(self, run) : hol_run_get_metric(run, others[metric - 1]);
        if (isnan(value)) (void)snprintf(text, CELL_SIZE, "-");
        else (void)snprintf(text, CELL_SIZE, "%.4f", value);
    }
}

static void print_table(const sweep *self) {
    char text[CELL_SIZE];
    const int columns = self->key_count + 2 + METRIC_COLUMNS + self->verdicts;
    int widths[HOL_CONFIG_MAX_ROWS + 3 + METRIC_COLUMNS] = {0};
    for (int64_t line = 0; line <= self->count; line++)
        for (int c = 0; c < columns; c++) {
            cell_of(self, line, c, text);
            if ((int)strlen(text) > widths[c]) widths[c] = (int)strlen(text);
        }
    for (int64_t line = 0; line <= self->count; line++) {
        for (int c = 0; c < columns; c++) {
            cell_of(self, line, c, text);
            hol_print(c == 0 ? "%-*s" : "  %*s", widths[c], text);
        }
        hol_print("\n");
    }
}

static void print_csv(FILE *file, const void *context) {
    const sweep *self = context;
    char text[CELL_SIZE];
    for (int64_t line = 0; line <= self->count; line++) {
        for (int c = 0; c <= self->key_count + 2; c++) {
            if (c > 0) (void)fputc(',', file);
            cell_of(self, line, c, text);
            hol_replace_print_cell(file, strcmp(text, "-") == 0 ? "" : text);
        }
        for (int m = HOL_METRIC_EPOCH; m < HOL_METRICS; m++) {
            if (line == 0) (void)fprintf(file, ",%s", hol_metric_name((hol_metric)m));
            else if (isnan(hol_run_get_metric(&self->runs[line - 1], (hol_metric)m))) (void)fputc(',', file);
            else (void)fprintf(file, ",%.10g", hol_run_get_metric(&self->runs[line - 1], (hol_metric)m));
        }
        cell_of(self, line, self->key_count + 2 + METRIC_COLUMNS, text);
        (void)fprintf(file, ",%s\n", strcmp(text, "-") == 0 ? "" : text);
    }
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static hol_status collect(hol_comm *comm, sweep *self) {
    hol_status status = HOL_OK;
    self->by = self->arguments.by ? hol_runs_find_metric(self->arguments.by) : HOL_METRICS;
    if (self->arguments.by && self->by == HOL_METRICS)
        return hol_error(HOL_USAGE, "--by: found \"%s\", expected a metric as `holode inspect --history` names them",
                         self->arguments.by);
    HOL_TRY(hol_runs_read(comm, self->arguments.runs, self->arguments.run_count, &self->runs, &self->count));
    find_keys(self);
    sort(self);
    for (int64_t i = 0; i < self->count; i++) self->verdicts |= self->runs[i].verdict[0] != '\0';
    print_table(self);
    if (self->arguments.table && hol_comm_rank(comm) == 0)
        status = hol_replace_with_text(self->arguments.table, print_csv, self);
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    return status;
}

hol_status hol_command_collect(hol_comm *comm, int argc, char **argv) {
    sweep self = {0};
    bool done = false;
    hol_status status = HOL_ALLOCATE(self.arguments.runs, argc, "arguments");
    if (status == HOL_OK) status = hol_options_parse(&argp, argc, argv, &self.arguments, &done);
    if (status == HOL_OK && !done) status = collect(comm, &self);
    hol_runs_destroy(self.runs, self.count);
    hol_free(self.arguments.runs);
    return status;
}
