/* scaling: runs of one model on different numbers of nodes as a table and a page, and whether they have the same
 * bits.
 *
 * The base is the run on the fewest cores. Runs with its batch and chains are the strong series: the same work, shared
 * among more. Runs with its batch and chains per core are the weak series: as much work for each. Runs whose config is
 * another one than the base's, but for batch, chains and length, are no series: they have a time, but no speed-up. With
 * t the time of a step, n the samples in it and c the cores,
 *
 *     speed-up = (n / t) / (n_base / t_base)         efficiency = speed-up / (c / c_base)
 *
 * t is by the clock, from the history of each run, its first interval left out where there are several. What a step is
 * made of is rank 0's, but for what is a mean over ranks: waiting for slower ones, and the transfer of sums. "other" is
 * what is left of t; it is below 0 where rank 0 computes more slowly than the mean rank. */
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
#include "result/html.h"
#include "scaling.h"

enum { PATH_SIZE = 4096 };

typedef struct arguments {
    hol_word_list runs;
    const char *output;
} arguments;

typedef hol_scaling_line measured;
enum { PARTS = HOL_SCALING_PARTS, OTHER = HOL_SCALING_OTHER };

typedef struct scaling {
    arguments arguments;
    hol_run_record *runs; /* owned: (count) */
    measured *lines;      /* owned: (count), by cores */
    int64_t count;
} scaling;

#define AT(member) HOL_AT(arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("RUN"), AT(runs), HOL_WORDS("directories of runs")},
    {HOL_OPTION("output", 'o', "NAME", 1,
                "Write the table to NAME.csv and a page with charts to NAME.html; replaces only their like"),
     AT(output), HOL_TEXT(NULL, "a name")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "RUN...",
    .help = "Compares runs on different numbers of ranks and threads: time of a step and what it is made of, speed-up, "
            "efficiency.\v"
            "Runs of the same config must have the same parameters to the last bit, whatever they ran on: this is "
            "checked, and the exit code is 1 when it is not so. Runs whose config differs from that of the base, the "
            "run on the fewest cores, in more than batch, chains and length are the series other, without speed-up.",
};

/* ---- measurements ----------------------------------------------------------------------------------------------- */

/* Sum of a metric over the evaluations that count. */
static double sum_of(const hol_history *history, int64_t first_row, hol_metric metric) {
    double sum = 0;
    for (int64_t r = first_row; r < history->rows; r++) sum += history->values[r * HOL_METRICS + metric];
    return isnan(sum) ? 0 : sum;
}

/* Seconds by the clock in which the steps of the evaluations that count were made. */
static double clock_seconds(const hol_history *history, int64_t first_row, double batch) {
    double seconds = 0;
    for (int64_t r = first_row > 0 ? first_row : 1; r < history->rows; r++) {
        const double *row = history->values + r * HOL_METRICS, *before = row - HOL_METRICS;
        const double samples = (row[HOL_METRIC_STEP] - before[HOL_METRIC_STEP]) * batch;
        if (row[HOL_METRIC_SAMPLES_PER_SECOND] > 0) seconds += samples / row[HOL_METRIC_SAMPLES_PER_SECOND];
    }
    return seconds;
}

static void measure(const hol_run_record *run, measured *m) {
    const hol_history *h = &run->history;
    /* row 0 is that of the start, row 1 of the time in which memory and connections are touched first */
    const int64_t first = h->rows > 2 ? 2 : h->rows - 1;
    const double from = first > 0 ? h->values[(first - 1) * HOL_METRICS + HOL_METRIC_STEP] : 0;
    const double steps = hol_run_get_metric(run, HOL_METRIC_STEP) - from;
    const double fields = sum_of(h, first, HOL_METRIC_SECONDS_FIELDS),
                 waiting = sum_of(h, first, HOL_METRIC_SECONDS_WAITING);
    const double seconds[OTHER] = {
        [HOL_SCALING_FIELDS] = fields,
        [HOL_SCALING_SAMPLING] = sum_of(h, first, HOL_METRIC_SECONDS_SAMPLING) - fields,
        [HOL_SCALING_STATISTICS] = sum_of(h, first, HOL_METRIC_SECONDS_STATISTICS),
        [HOL_SCALING_REDUCTION] = sum_of(h, first, HOL_METRIC_SECONDS_EXPOSED),
        [HOL_SCALING_WAITING] = waiting,
        [HOL_SCALING_UPDATE] = sum_of(h, first, HOL_METRIC_SECONDS_UPDATE),
        [HOL_SCALING_INPUT] = sum_of(h, first, HOL_METRIC_SECONDS_INPUT),
    };
    const bool persistent = run->config->train.method == HOL_METHOD_PCD;
    *m = (measured){.run = run, .batch = run->config->train.batch_size};
    m->chains = persistent ? run->config->train.chains : m->batch;
    m->nodes = (int64_t)fmax(hol_run_get_metric(run, HOL_METRIC_NODES), 0);
    m->ranks = (int64_t)fmax(hol_run_get_metric(run, HOL_METRIC_RANKS), 1);
    m->threads = (int64_t)fmax(hol_run_get_metric(run, HOL_METRIC_THREADS), 1);
    m->cores = m->ranks * m->threads;
    if (!(steps > 0)) return;
    m->seconds = m->parts[OTHER] = clock_seconds(h, first, (double)m->batch) / steps;
    for (int p = 0; p < OTHER; p++) {
        m->parts[p] = seconds[p] / steps;
        m->parts[OTHER] -= m->parts[p];
    }
}

static int by_cores(const void *a, const void *b) {
    const measured *x = a, *y = b;
    if (x->cores != y->cores) return (x->cores > y->cores) - (x->cores < y->cores);
    if (x->batch != y->batch) return (x->batch > y->batch) - (x->batch < y->batch);
    return (x->run > y->run) - (x->run < y->run);
}

/* The first key in which two runs' configs differ, NULL where there is none. Data are compared by what is in them, and
 * "data.train" stands for that; the keys of `but`, which NULL ends, are left out. */
static const char *find_difference(const hol_run_record *a, const hol_run_record *b, const char *const *but) {
    char x[HOL_RUNS_TEXT_MAX], y[HOL_RUNS_TEXT_MAX];
    if (a->data_fingerprint != b->data_fingerprint) return "data.train";
    for (size_t k = 0; k < hol_config_row_count; k++) {
        const hol_config_row *row = &hol_config_rows[k];
        int left_out = 0;
        while (but[left_out] && strcmp(row->value.name, but[left_out]) != 0) left_out++;
        if (!hol_runs_is_setting(row) || strncmp(row->value.name, "data.", 5) == 0 || but[left_out]) continue;
        hol_run_get_setting(a, row, x);
        hol_run_get_setting(b, row, y);
        if (strcmp(x, y) != 0) return row->value.name;
    }
    return NULL;
}

/* What differs of a run from the base beyond the amount of work; NULL: nothing. */
static const char *find_other(const measured *m, const measured *base) {
    static const char *const amounts[] = {"train.batch_size", "train.chains", "train.steps", "train.epochs", NULL};
    return find_difference(m->run, base->run, amounts);
}

static void compare_with_base(scaling *self) {
    qsort(self->lines, (size_t)self->count, sizeof *self->lines, by_cores);
    const measured *base = &self->lines[0];
    for (int64_t i = 0; i < self->count; i++) {
        measured *m = &self->lines[i];
        const double rate = (double)m->batch / m->seconds, base_rate = (double)base->batch / base->seconds;
        const bool same = !find_other(m, base);
        m->strong = same && m->batch == base->batch && m->chains == base->chains;
        m->weak = same && m->batch * base->cores == base->batch * m->cores &&
                  m->chains * base->cores == base->chains * m->cores;
        m->speedup = rate / base_rate;
        m->efficiency = m->speedup * (double)base->cores / (double)m->cores;
    }
}

static bool is_other(const measured *m) { return !m->strong && !m->weak; }

/* One line for all runs that are of no series, with what is different in the first of them. */
static void warn_of_others(hol_comm *comm, const scaling *self) {
    const measured *base = &self->lines[0], *first = NULL;
    int64_t others = 0;
    for (int64_t i = 0; i < self->count; i++) {
        if (!is_other(&self->lines[i])) continue;
        if (others++ == 0) first = &self->lines[i];
    }
    if (others == 0) return;
    const char *key = find_other(first, base);
    hol_log_warning(comm,
                    "%s: found %s %s than in the base %s, expected the same work or as much for each core: %lld run%s "
                    "without speed-up (series other)",
                    first->run->name, key ? "another" : "other", key ? key : "batch or chains", base->run->name,
                    (long long)others, others == 1 ? "" : "s");
}

/* ---- the same bits ---------------------------------------------------------------------------------------------- */

/* Whether two runs must have the same parameters: all that a run is a function of is the same. */
static bool must_agree(const hol_run_record *a, const hol_run_record *b) {
    static const char *const none[] = {NULL};
    return a->step == b->step && !find_difference(a, b, none);
}

/* Runs that must agree, and the first two that don't. */
static hol_scaling judge(const scaling *self) {
    hol_scaling found = {.lines = self->lines, .count = self->count};
    for (int64_t i = 0; i < self->count; i++) {
        bool is_first = true, is_shared = false;
        for (int64_t j = 0; j < self->count; j++) {
            const hol_run_record *one = self->lines[i].run, *other = self->lines[j].run;
            if (j == i || !must_agree(one, other)) continue;
            is_shared = true;
            is_first = is_first && i < j;
            if (found.one || one->parameters == other->parameters) continue;
            found.one = &self->lines[i];
            found.other = &self->lines[j];
        }
        found.groups += is_shared && is_first;
    }
    return found;
}

/* Says for each config that several runs share whether they agree. */
static hol_status check_bits(const scaling *self, const hol_scaling *found, hol_result *to) {
    if (found->one)
        return hol_error(HOL_FAILURE,
                         "%s: found other parameters at step %lld than in %s, expected the same bits: the same config "
                         "was run on both",
                         found->other->run->name, (long long)found->one->run->step, found->one->run->name);
    for (int64_t i = 0; i < self->count; i++) {
        int64_t sharers = 1, before = 0;
        for (int64_t j = 0; j < self->count; j++) {
            if (j == i || !must_agree(self->lines[i].run, self->lines[j].run)) continue;
            sharers++;
            before += j < i;
        }
        if (before > 0 || sharers == 1) continue;
        hol_result_line(to, NULL,
                        "\nBatch %lld: the parameters at step %lld are identical, to the last bit, in all %lld runs.",
                        (long long)self->lines[i].batch, (long long)self->lines[i].run->step, (long long)sharers);
    }
    if (found->groups == 0)
        hol_result_line(to, NULL, "\nNo two runs have the same config: there are no parameters to compare.");
    return HOL_OK;
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

static hol_record *add_table(const scaling *self, hol_result *to) {
    enum { BEFORE = 9, COLUMNS = BEFORE + PARTS + 4 };
    hol_column columns[COLUMNS] = {{"run", NULL, 0, 0, NULL, 1},
                                   {"series", "series", -7, 0, NULL, 1},
                                   {"nodes", "nodes", 5, 0, NULL, 1},
                                   {"ranks", "ranks", 5, 0, NULL, 1},
                                   {"threads", "threads", 7, 0, NULL, 1},
                                   {"batch_size", "batch", 7, 0, NULL, 1},
                                   {"steps", NULL, 0, 0, NULL, 1},
                                   {"seconds_per_step", "ms/step", 10, 3, NULL, 1e3},
                                   {"samples_per_second", NULL, 0, 0, NULL, 1}};
    for (int p = 0; p < PARTS; p++)
        columns[BEFORE + p] =
            (hol_column){hol_scaling_part_names[p], hol_scaling_part_names[p], p ? 10 : 11, 3, NULL, 1e3};
    columns[BEFORE + PARTS] = (hol_column){"speedup", "speed-up", 9, 2, NULL, 1};
    columns[BEFORE + PARTS + 1] = (hol_column){"efficiency", "efficiency", 10, 2, NULL, 1};
    columns[BEFORE + PARTS + 2] = (hol_column){"parameters", NULL, 0, 0, NULL, 1};
    columns[BEFORE + PARTS + 3] = (hol_column){NULL, "run", -1, 0, NULL, 1};
    hol_result_set_digits(to, 6);
    hol_record *table = hol_result_table(to, "runs", columns, COLUMNS);
    for (int64_t i = 0; i < self->count; i++) {
        const measured *m = &self->lines[i];
        char hash[32];
        (void)snprintf(hash, sizeof hash, "%016llx", (unsigned long long)m->run->parameters);
        hol_cell cells[COLUMNS] = {HOL_CELL_TEXT(m->run->name),
                                   HOL_CELL_TEXT(hol_scaling_series(m)),
                                   HOL_CELL(m->nodes),
                                   HOL_CELL(m->ranks),
                                   HOL_CELL(m->threads),
                                   HOL_CELL(m->batch),
                                   HOL_CELL(m->run->step),
                                   HOL_CELL(m->seconds),
                                   HOL_CELL((double)m->batch / m->seconds)};
        for (int p = 0; p < PARTS; p++) cells[BEFORE + p].number = m->parts[p];
        cells[BEFORE + PARTS].number = is_other(m) ? (double)NAN : m->speedup;
        cells[BEFORE + PARTS + 1].number = is_other(m) ? (double)NAN : m->efficiency;
        cells[BEFORE + PARTS + 2].text = hash;
        cells[BEFORE + PARTS + 3].text = m->run->name;
        hol_result_row(to, table, cells);
    }
    return table;
}

/* OUTPUT.csv or .html */
static hol_status name_output(const scaling *self, const char *extension, char path[PATH_SIZE]) {
    if (snprintf(path, PATH_SIZE, "%s%s", self->arguments.output, extension) < PATH_SIZE) return HOL_OK;
    return hol_error(HOL_USAGE, "-o: found a path of %zu bytes, expected fewer", strlen(self->arguments.output));
}

static hol_status write_files(const scaling *self, const hol_record *table, const hol_scaling *found) {
    char path[PATH_SIZE];
    hol_status status = name_output(self, ".csv", path);
    if (status == HOL_OK) status = hol_replace_with_text(path, hol_result_write_table, table);
    if (status == HOL_OK) status = name_output(self, ".html", path);
    return status == HOL_OK ? hol_replace_with_text(path, hol_scaling_print_page, found) : status;
}

static hol_status check_files(hol_comm *comm, const scaling *self) {
    static const hol_output_kind kinds[] = {{.ending = ".csv", .begins = "run,series,"},
                                            {.ending = ".html", .begins = HOL_HTML_BEGINS}};
    hol_status status = HOL_OK;
    char path[PATH_SIZE];
    for (int k = 0; k < 2 && self->arguments.output; k++) {
        HOL_TRY(name_output(self, kinds[k].ending, path));
        HOL_TRY(hol_output_check(comm, path, &kinds[k], 1, NULL, 0));
    }
cleanup:
    return status;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static hol_status compare(hol_comm *comm, scaling *self, hol_result *result) {
    hol_status status = HOL_OK;
    HOL_TRY(check_files(comm, self));
    HOL_TRY(hol_runs_read(comm, self->arguments.runs.items, (int64_t)self->arguments.runs.count, &self->runs,
                          &self->count));
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(self->lines, self->count, "table")));
    for (int64_t i = 0; i < self->count; i++) measure(&self->runs[i], &self->lines[i]);
    compare_with_base(self);
    const hol_record *table = add_table(self, result);
    hol_result_flush(result); /* whatever comes of the comparison */
    warn_of_others(comm, self);
    const hol_scaling found = judge(self);
    if (self->arguments.output) {
        if (hol_comm_rank(comm) == 0) status = write_files(self, table, &found);
        HOL_TRY(hol_comm_agree(comm, status));
    }
    HOL_TRY(check_bits(self, &found, result));
cleanup:
    return status;
}

hol_status hol_command_scaling(hol_comm *comm, hol_result *result, int argc, char **argv) {
    scaling self = {0};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status == HOL_OK && !done) status = compare(comm, &self, result);
    hol_runs_destroy(self.runs, self.count);
    hol_free(self.lines);
    return status;
}
