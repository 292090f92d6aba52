/* report_run: sections on runs: curves, where the time went, settings, how to repeat and to cite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/config_table.h"
#include "report.h"
#include "result/axis.h"
#include "result/chart.h"

enum { CELL = HOL_RUNS_TEXT_MAX };

/* ---- curves ------------------------------------------------------------------------------------------------------ */

/* A chart of metrics along the runs. */
typedef struct curve {
    const char *caption, *y_label, *note;
    hol_metric metric, second, error; /* HOL_METRICS: none */
    const char *name, *second_name;
    bool log, focus; /* focus: the first tenth of the run may lie outside */
} curve;

static const curve curves[] = {
    {"Log-likelihood", "nats per sample", "Exact, or by walks with their standard error.",
     HOL_METRIC_TRAIN_LOG_LIKELIHOOD, HOL_METRIC_VALID_LOG_LIKELIHOOD, HOL_METRIC_LOG_PARTITION_ERROR, "training",
     "validation", false, true},
    {"Correlations", "Pearson's coefficient",
     "Of the chains' connected correlations, of all pairs of states, with the training data's.", HOL_METRIC_PEARSON,
     HOL_METRICS, HOL_METRICS, "chains", NULL, false, true},
    {"Pseudo-log-likelihood", "nats per unit", "How well each unit follows from all others; it needs no ln Z.",
     HOL_METRIC_PSEUDO_LIKELIHOOD, HOL_METRICS, HOL_METRICS, "training", NULL, false, true},
    {"Free-energy gap", "nats", "Validation minus training samples: it grows when the model overfits.",
     HOL_METRIC_FREE_ENERGY_GAP, HOL_METRICS, HOL_METRICS, "validation - training", NULL, false, false},
    {"Reconstruction error", "mean square per unit", "After one step down and up.", HOL_METRIC_RECONSTRUCTION_ERROR,
     HOL_METRICS, HOL_METRICS, "training", NULL, false, true},
    {"Parameters and gradient", "Euclidean norm", "A norm that runs away is a rate that is too large.",
     HOL_METRIC_PARAMETER_NORM, HOL_METRIC_GRADIENT_NORM, HOL_METRICS, "parameters", "gradient", true, false},
    {"Learning rate", "", "", HOL_METRIC_LEARNING_RATE, HOL_METRICS, HOL_METRICS, "rate", NULL, false, false},
    {"Speed", "samples per second", "Of training alone, without evaluations.", HOL_METRIC_SAMPLES_PER_SECOND,
     HOL_METRICS, HOL_METRICS, "speed", NULL, false, false},
};

/* A column of a history, (rows), in columns (HOL_METRICS, rows). */
static const double *column_of(const double *columns, int64_t rows, hol_metric metric) {
    return metric == HOL_METRICS ? NULL : columns + metric * rows;
}

static bool is_there(const double *values, int64_t rows) {
    for (int64_t r = 0; values && r < rows; r++)
        if (isfinite(values[r])) return true;
    return false;
}

/* the name of a run: without the folders above it */
static const char *name_of(const hol_run_record *run) {
    const char *slash = strrchr(run->name, '/');
    return slash && slash[1] ? slash + 1 : run->name;
}

static void add_series(hol_chart *chart, const char *name, const double *x, const double *y, const double *error,
                       int64_t rows) {
    if (!is_there(y, rows) || chart->series_count == HOL_CHART_SERIES_MAX - 1) return;
    chart->series[chart->series_count] = (hol_chart_series){.name = name,
                                                            .mark = HOL_CHART_LINE,
                                                            .color = chart->series_count,
                                                            .points = rows,
                                                            .x = x,
                                                            .y = y,
                                                            .error = is_there(error, rows) ? error : NULL};
    chart->series_count++;
}

/* Without what the first tenth of the run alone reaches, so that the rest can be seen. */
static void focus(hol_chart *chart, double baseline) {
    double low = INFINITY, high = -INFINITY, end = 0;
    for (int s = 0; s < chart->series_count; s++)
        for (int64_t r = 0; r < chart->series[s].points; r++) end = fmax(end, chart->series[s].x[r]);
    for (int s = 0; s < chart->series_count; s++)
        for (int64_t r = 0; r < chart->series[s].points; r++) {
            const double y = chart->series[s].y[r];
            if (!isfinite(y) || chart->series[s].x[r] < 0.1 * end) continue;
            low = fmin(low, y);
            high = fmax(high, y);
        }
    if (!(low < high)) return;
    if (baseline < low && baseline > low - 3 * (high - low)) low = baseline; /* near enough to be worth its room */
    if (baseline > high && baseline < high + 3 * (high - low)) high = baseline;
    const double margin = 0.05 * (high - low);
    chart->y_from = low >= 0 && low < margin ? 0 : low - margin;
    chart->y_to = high <= 0 && -high < margin ? 0 : high + margin;
}

/* columns[i] is (HOL_METRICS, rows) of run i. */
static void print_curve(const hol_report *self, FILE *to, const curve *c, double *const *columns, double baseline) {
    hol_chart chart = {.title = c->caption, .x_label = "step", .y_label = c->y_label, .y_log = c->log};
    const bool several = self->run_count > 1;
    char beside[HOL_AXIS_LABEL_SIZE];
    for (int64_t i = 0; i < self->run_count; i++) {
        const int64_t rows = self->runs[i].history.rows;
        const double *x = column_of(columns[i], rows, HOL_METRIC_STEP);
        const double *first = column_of(columns[i], rows, c->metric), *second = column_of(columns[i], rows, c->second);
        const double *error = column_of(columns[i], rows, c->error);
        if (several && is_there(second, rows) && c->metric == HOL_METRIC_TRAIN_LOG_LIKELIHOOD) {
            first = second;
            chart.y_label = "nats per sample, validation";
        }
        add_series(&chart, several ? name_of(&self->runs[i]) : c->name, x, first, error, rows);
        if (!several) add_series(&chart, c->second_name, x, second, error, rows);
    }
    if (chart.series_count == 0) return;
    if (chart.series_count == 1 && !several) chart.series[0].name = NULL;
    if (c->focus) focus(&chart, baseline);
    const double ends[] = {-1, 1e18}, level[] = {baseline, baseline};
    if (baseline > chart.y_from && baseline < chart.y_to)
        chart.series[chart.series_count++] = (hol_chart_series){
            .name = "independent columns", .mark = HOL_CHART_GUIDE, .points = 2, .x = ends, .y = level};
    hol_html_figure(to, c->caption);
    hol_chart_print(to, &chart);
    hol_axis_number(baseline, 4, beside, sizeof beside);
    if (*c->note)
        hol_html_paragraph(to, "%s%s%s%s%s%s", c->note,
                           isnan(baseline) ? "" : " Columns that know nothing of each other, by the means of ",
                           isnan(baseline) ? "" : self->data.name, isnan(baseline) ? "" : ", reach ",
                           isnan(baseline) ? "" : beside, isnan(baseline) ? "" : ".");
    hol_html_figure_end(to);
}

/* Of the rows that the curve is of: a run's pseudo-likelihood is of its training data alone, where the page's may be
 * others. */
static double baseline_of(const hol_report *self, const curve *c) {
    if (!self->data.there) return (double)NAN;
    if (c->metric == HOL_METRIC_PSEUDO_LIKELIHOOD && !self->data.is_training) return (double)NAN;
    const int64_t columns = hol_model_variables(self->source.model) - self->source.info.hidden;
    if (c->metric == HOL_METRIC_TRAIN_LOG_LIKELIHOOD) return self->data.independent;
    return c->metric == HOL_METRIC_PSEUDO_LIKELIHOOD ? self->data.independent / (double)columns : (double)NAN;
}

void hol_report_print_curves(const hol_report *self, FILE *to) {
    double *columns[HOL_REPORT_RUNS_MAX] = {NULL};
    bool good = true;
    hol_html_section(to, "curves", self->run_count > 1 ? "Along the runs" : "Along the run");
    for (int64_t i = 0; i < self->run_count; i++) {
        const hol_history *history = &self->runs[i].history;
        good = good && !hol_error_drop(HOL_ALLOCATE(columns[i], HOL_PRODUCT(history->rows, HOL_METRICS), "curves"));
        for (int64_t r = 0; good && r < history->rows; r++)
            for (int m = 0; m < HOL_METRICS; m++)
                columns[i][m * history->rows + r] = history->values[r * HOL_METRICS + m];
    }
    if (self->run_count == 0) hol_html_missing(to, "Left out: the checkpoint has no evaluation.");
    hol_html_figures(to);
    for (size_t k = 0; good && self->run_count > 0 && k < sizeof curves / sizeof *curves; k++)
        print_curve(self, to, &curves[k], columns, baseline_of(self, &curves[k]));
    hol_html_figures_end(to);
    if (self->run_count >= HOL_CHART_SERIES_MAX)
        hol_html_missing(to, "The charts show the first %d runs of the table.", HOL_CHART_SERIES_MAX - 1);
    hol_html_section_end(to);
    for (int64_t i = 0; i < self->run_count; i++) hol_free(columns[i]);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static const struct {
    hol_metric metric;
    const char *name;
} parts[] = {{HOL_METRIC_SECONDS_SAMPLING, "sampling"},
             {HOL_METRIC_SECONDS_STATISTICS, "statistics"},
             {HOL_METRIC_SECONDS_COMMUNICATION, "communication"},
             {HOL_METRIC_SECONDS_UPDATE, "update"},
             {HOL_METRIC_SECONDS_INPUT, "input"},
             {HOL_METRIC_SECONDS_EVALUATION, "evaluation"},
             {HOL_METRIC_SECONDS_OUTPUT, "output"}};
enum { PARTS = sizeof parts / sizeof *parts };

static double sum_of(const hol_history *history, hol_metric metric) {
    double sum = 0;
    for (int64_t r = 0; r < history->rows; r++) {
        const double value = history->values[r * HOL_METRICS + metric];
        if (isfinite(value)) sum += value;
    }
    return sum;
}

void hol_report_print_time(const hol_report *self, FILE *to) {
    static const char *const heads[] = {"", "time", "share"};
    double seconds[PARTS], all = 0;
    char time[64], share[64];
    hol_html_section(to, "time", "Where the time went");
    for (int p = 0; p < PARTS; p++)
        all += seconds[p] = self->run_count > 0 ? sum_of(&self->runs[0].history, parts[p].metric) : 0;
    if (all > 0) {
        hol_html_table(to, heads, 3, 1);
        for (int p = 0; p < PARTS; p++) {
            hol_clock_describe(seconds[p], time, sizeof time);
            (void)snprintf(share, sizeof share, "%.1f %%", 100 * seconds[p] / all);
            hol_html_row(to, (const char *const[]){parts[p].name, time, share}, 3, 1);
        }
        hol_clock_describe(all, time, sizeof time);
        hol_html_row(to, (const char *const[]){"all", time, ""}, 3, 1);
        hol_html_table_end(to);
        hol_html_paragraph(
            to, "Of the first rank, between evaluations; on %.0f node(s), %.0f rank(s), %.0f thread(s) each.",
            hol_run_get_metric(&self->runs[0], HOL_METRIC_NODES), hol_run_get_metric(&self->runs[0], HOL_METRIC_RANKS),
            hol_run_get_metric(&self->runs[0], HOL_METRIC_THREADS));
    } else hol_html_missing(to, "Left out: the checkpoint has no times.");
    hol_html_section_end(to);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

/* Where the run is, whatever its config says: -o has another name. */
static void find_directory(const hol_report *self, char value[CELL]) {
    const char *run = self->arguments.runs.items[0], *slash = strrchr(run, '/');
    if (strcmp(run, self->source.info.path) != 0) (void)snprintf(value, CELL, "%s", run);
    else if (!slash) (void)snprintf(value, CELL, ".");
    else (void)snprintf(value, CELL, "%.*s", (int)(slash - run), run);
}

static void print_settings_of_one(const hol_report *self, FILE *to) {
    static const char *const heads[] = {"key", "value", "what it is"};
    char value[CELL];
    const hol_run_record record = {.config = self->config};
    int others = 0;
    hol_html_table(to, heads, 3, 3);
    for (size_t k = 0; k < hol_config_row_count; k++) {
        const hol_config_row *row = &hol_config_rows[k];
        if (hol_value_is_default(&row->value, self->config)) {
            others++;
            continue;
        }
        hol_run_get_setting(&record, row, value);
        if (strcmp(row->value.name, "output") == 0) find_directory(self, value);
        hol_html_row(to, (const char *const[]){row->value.name, value, row->value.help}, 3, 3);
    }
    hol_html_table_end(to);
    hol_html_paragraph(to, "%d other keys have their defaults.", others);
    hol_html_lines(to, "The whole config", self->source.info.config);
}

void hol_report_print_settings(const hol_report *self, FILE *to) {
    hol_html_section(to, "settings", "Settings");
    print_settings_of_one(self, to);
    hol_html_section_end(to);
}

/* ---- how to repeat and to cite ----------------------------------------------------------------------------------- */

void hol_report_print_repeat(const hol_report *self, FILE *to) {
    const hol_checkpoint_info *info = &self->source.info;
    char value[CELL], command[3 * CELL];
    hol_html_section(to, "repeat", "To repeat it, and to cite it");
    hol_html_table(to, NULL, 2, 2);
    hol_html_row(to, (const char *const[]){"checkpoint", info->path}, 2, 2);
    (void)snprintf(value, sizeof value, "holode %s", info->version);
    hol_html_row(to, (const char *const[]){"written by", value}, 2, 2);
    (void)snprintf(value, sizeof value, "%lld", (long long)info->step);
    hol_html_row(to, (const char *const[]){"step", value}, 2, 2);
    (void)snprintf(value, sizeof value, "%llu", (unsigned long long)info->seed);
    hol_html_row(to, (const char *const[]){"seed", value}, 2, 2);
    (void)snprintf(value, sizeof value, "%016llx", (unsigned long long)info->data_fingerprint);
    hol_html_row(to, (const char *const[]){"fingerprint of the training data", value}, 2, 2);
    if (!self->stage.is_live) {
        const uint64_t hash = hol_runs_hash(self->source.theta, self->source.model->info.parameters);
        (void)snprintf(value, sizeof value, "%016llx", (unsigned long long)hash);
        hol_html_row(to, (const char *const[]){"hash of the parameters", value}, 2, 2);
    }
    hol_html_table_end(to);
    hol_html_paragraph(to, "The same config, data and seed give the same parameters, to the last bit, on any number of "
                           "ranks and threads:");
    (void)snprintf(command, sizeof command,
                   "holode inspect %s --config >again.yaml\nholode train again.yaml -o again\n",
                   self->arguments.runs.items[0]);
    hol_html_lines(to, NULL, command);
    (void)snprintf(command, sizeof command,
                   "@software{holode,\n  author  = {{The holode authors}},\n"
                   "  title   = {holode: energy-based models on clusters, with the same bits everywhere},\n"
                   "  version = {%s},\n  year    = {2026},\n  license = {MIT}\n}\n",
                   info->version);
    hol_html_lines(to, NULL, command);
    hol_html_section_end(to);
}
