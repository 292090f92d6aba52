/* report_search: the settings that were tried for a run, where its directory has their log, search.csv: a row for each
 * score of a candidate on validation data. A log without some of the columns is shown without them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "io/text_file.h"
#include "report.h"
#include "result/axis.h"
#include "result/chart.h"

enum { BYTES_MOST = 1 << 20, ROWS_MOST = 4096, COLUMNS_MAX = 64, CELL = 64, BEST = 10 };

typedef enum column {
    CANDIDATE,
    KIND,
    HIDDEN,
    INITIAL_WEIGHTS,
    LEARNING_RATE,
    WEIGHT_DECAY,
    SWEEPS,
    LEVELS,
    STAGE,
    STEP,
    LOW,
    HIGH,
    ERROR,
    VERDICT,
    WORK,
    COLUMNS
} column;

/* As the log has them, as a table says them, and the key of the config that a setting is; digits of numbers that are
 * measured, 0: text as it is. */
static const struct {
    const char *name, *head, *key;
    int digits;
} columns[COLUMNS] = {
    [CANDIDATE] = {"candidate", "candidate", NULL, 0},
    [KIND] = {"kind", "kind", NULL, 0},
    [HIDDEN] = {"hidden", "hidden units", "model.hidden", 0},
    [INITIAL_WEIGHTS] = {"initial_weights", "initial weights", "train.initial_weights", 0},
    [LEARNING_RATE] = {"learning_rate", "rate", "train.learning_rate", 0},
    [WEIGHT_DECAY] = {"weight_decay", "decay", "train.weight_decay", 0},
    [SWEEPS] = {"sweeps", "sweeps", "train.sweeps", 0},
    [LEVELS] = {"levels", "levels", "train.levels", 0},
    [STAGE] = {"stage", "stage", NULL, 0},
    [STEP] = {"step", "step", NULL, 0},
    [LOW] = {"low", "lower side", NULL, 6},
    [HIGH] = {"high", "upper side", NULL, 6},
    [ERROR] = {"error", "error", NULL, 2},
    [VERDICT] = {"verdict", "verdict", NULL, 0},
    [WORK] = {"work", NULL, NULL, 0},
};

typedef struct entry {
    const char *cells[COLUMNS]; /* in the log's text; "" where there is none */
    double low, work, error;    /* NaN: none */
    bool is_doubtful, is_winner;
} entry;

typedef struct search {
    char *text; /* owned */
    bool there[COLUMNS];
    entry *entries; /* owned: (count), in the order of the log */
    int64_t count;
} search;

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Takes a line apart, in its place: cells with commas in them stand in quotes. How many there are. */
static int split(char *line, char *cells[COLUMNS_MAX]) {
    int count = 0;
    for (char *from = line; from && count < COLUMNS_MAX; count++) {
        char *to = from;
        bool quoted = false;
        cells[count] = from;
        for (; *from && (quoted || *from != ','); from++) {
            if (*from != '"') *to++ = *from;
            else if (quoted && from[1] == '"') *to++ = *from++;
            else quoted = !quoted;
        }
        from = *from ? from + 1 : NULL;
        *to = '\0';
    }
    return count;
}

/* The next line of a text, or NULL, without its end. */
static char *next_line(char **at) {
    char *line = *at, *end = line + strcspn(line, "\r\n");
    if (!*line) return NULL;
    *at = end + strspn(end, "\r\n");
    *end = '\0';
    return line;
}

static double number_of(const char *text) {
    char *end = NULL;
    const double value = strtod(text, &end);
    return end == text || *end ? (double)NAN : value;
}

static hol_status parse(search *self) {
    hol_status status = HOL_OK;
    char *at = self->text + strspn(self->text, "\r\n"), *cells[COLUMNS_MAX], *line = next_line(&at);
    int of[COLUMNS_MAX], width = line ? split(line, cells) : 0;
    int64_t lines = 1;
    for (int k = 0; k < width; k++) {
        of[k] = 0;
        while (of[k] < COLUMNS && strcmp(cells[k], columns[of[k]].name) != 0) of[k]++;
        if (of[k] < COLUMNS) self->there[of[k]] = true;
    }
    if (!self->there[CANDIDATE] || !self->there[LOW])
        return hol_error(HOL_BAD_INPUT, "search.csv: found no columns candidate and low");
    for (const char *c = at; *c; c++) lines += *c == '\n';
    if (lines > ROWS_MOST) return hol_error(HOL_BAD_INPUT, "search.csv: found %lld lines", (long long)lines);
    HOL_TRY(HOL_ALLOCATE(self->entries, lines, "search"));
    while ((line = next_line(&at))) {
        entry *e = &self->entries[self->count];
        if (split(line, cells) != width) continue; /* the last one of a log that is being written */
        for (int c = 0; c < COLUMNS; c++) e->cells[c] = "";
        for (int k = 0; k < width; k++)
            if (of[k] < COLUMNS) e->cells[of[k]] = cells[k];
        e->low = number_of(e->cells[LOW]);
        e->work = number_of(e->cells[WORK]);
        e->error = number_of(e->cells[ERROR]);
        e->is_doubtful = hol_verdict_from_word(e->cells[VERDICT]) == HOL_VERDICT_BAD;
        self->count++;
    }
cleanup:
    return status;
}

/* Whether the run has a log; what is wrong with it is an error. */
static hol_status load(const hol_report *self, search *ret, bool *ret_there) {
    char path[HOL_CHECKPOINT_PATH_MAX + 16];
    struct stat found;
    int64_t length = 0;
    (void)snprintf(path, sizeof path, "%s/search.csv", self->arguments.runs.items[0]);
    *ret_there = stat(path, &found) == 0;
    if (!*ret_there) return HOL_OK;
    if (!S_ISREG(found.st_mode) || found.st_size > BYTES_MOST)
        return hol_error(HOL_BAD_INPUT, "search.csv: found no file of up to %d bytes", BYTES_MOST);
    hol_status status = hol_text_file_load(path, &ret->text, &length);
    if (status == HOL_OK) status = parse(ret);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------------------------ */

static bool is_same(const entry *a, const entry *b) { return strcmp(a->cells[CANDIDATE], b->cells[CANDIDATE]) == 0; }

/* Whether an entry's settings are those of the run, as far as the log has them. */
static bool is_of_run(const hol_report *self, const search *log, const entry *e) {
    const hol_run_record record = {.config = self->config};
    char text[HOL_RUNS_TEXT_MAX];
    bool any = false;
    for (size_t k = 0; k < hol_config_row_count; k++)
        for (int c = 0; c < COLUMNS; c++) {
            const hol_config_row *row = &hol_config_rows[k];
            if (!log->there[c] || !columns[c].key || strcmp(row->value.name, columns[c].key) != 0) continue;
            hol_run_get_setting(&record, row, text);
            const double of_run = number_of(text), of_entry = number_of(e->cells[c]);
            if (!(fabs(of_run - of_entry) <= 1e-6 * fabs(of_run))) return false;
            any = true;
        }
    /* a kind is what couples the units: W, the visible to the hidden ones, V, visible ones to each other */
    const bool has_v = hol_model_find_group(self->source.model, "visible_couplings") != NULL;
    return any && (!log->there[KIND] || (strchr(e->cells[KIND], 'V') != NULL) == has_v);
}

/* The candidate whose settings the run has: all its entries. */
static void find_winner(const hol_report *self, search *log) {
    const entry *winner = NULL;
    for (int64_t i = 0; i < log->count; i++)
        if (is_of_run(self, log, &log->entries[i])) winner = &log->entries[i];
    for (int64_t i = 0; winner && i < log->count; i++) log->entries[i].is_winner = is_same(&log->entries[i], winner);
}

/* The better first: what is not to be trusted after all others, what has no number last. */
static int compare(const void *a, const void *b) {
    const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
    if (isnan(x->low) || isnan(y->low)) return isnan(x->low) - isnan(y->low);
    if (x->is_doubtful != y->is_doubtful) return x->is_doubtful - y->is_doubtful;
    return (x->low < y->low) - (x->low > y->low);
}

/* Each candidate's best entry, the best first; order is (count). Returns how many. */
static int64_t rank(const search *log, const entry **order) {
    int64_t count = 0, kept = 0;
    for (int64_t i = 0; i < log->count; i++) order[count++] = &log->entries[i];
    qsort(order, (size_t)count, sizeof *order, compare);
    for (int64_t i = 0; i < count; i++) {
        int64_t k = 0;
        while (k < kept && !is_same(order[k], order[i])) k++;
        if (k == kept) order[kept++] = order[i];
    }
    return kept;
}

/* ---- showing ----------------------------------------------------------------------------------------------------- */

/* Entries of one candidate after those of another, NaN between; the winner's, or all others'. */
static int64_t collect(const search *log, bool winner, double *x, double *y, double *error) {
    int64_t count = 0;
    for (int64_t i = 0; i < log->count; i++) {
        const entry *first = &log->entries[i];
        bool is_new = first->is_winner == winner;
        for (int64_t k = 0; k < i && is_new; k++) is_new = !is_same(&log->entries[k], first);
        if (!is_new) continue;
        for (int64_t k = i; k < log->count; k++) {
            const entry *e = &log->entries[k];
            if (!is_same(e, first) || isnan(e->work)) continue;
            x[count] = e->work;
            y[count] = e->low;
            error[count++] = e->error;
        }
        x[count] = y[count] = error[count] = (double)NAN;
        count++;
    }
    return count;
}

/* Without the worst third of the scores, so that the rest can be seen. */
static void focus(const search *log, const entry *const *all, hol_chart *chart) {
    int64_t count = 0;
    while (count < log->count && isfinite(all[count]->low) && !all[count]->is_doubtful) count++;
    if (count < 3) return;
    const double high = all[0]->low, low = all[count - 1 - count / 3]->low;
    if (!(low < high)) return;
    chart->y_from = low - 0.1 * (high - low);
    chart->y_to = high + 0.1 * (high - low);
}

static hol_status print_chart(FILE *to, const search *log) {
    hol_status status = HOL_OK;
    const entry **all = NULL;
    double *room = NULL;
    const int64_t most = 2 * log->count + 1;
    hol_chart chart = {.title = "The search",
                       .x_label = "counted work so far, multiply-adds",
                       .y_label = "nats per sample, validation"};
    HOL_TRY(HOL_ALLOCATE(all, log->count, "search"));
    HOL_TRY(HOL_ALLOCATE(room, HOL_PRODUCT(6, most), "search"));
    for (int64_t i = 0; i < log->count; i++) all[i] = &log->entries[i];
    qsort(all, (size_t)log->count, sizeof *all, compare);
    focus(log, all, &chart);
    for (int w = 0; w < 2; w++) {
        double *x = room + 3 * w * most, *y = x + most, *error = y + most;
        const int64_t points = collect(log, w == 1, x, y, error);
        if (points == 0) continue;
        const int color = w ? 0 : HOL_CHART_FAINT;
        chart.series[chart.series_count++] = (hol_chart_series){
            w ? "the run's settings" : "other candidates", HOL_CHART_LINE, color, points, x, y, error};
        if (!w) /* as points, too: lines of many have no marks, and some were scored once */
            chart.series[chart.series_count++] = (hol_chart_series){NULL, HOL_CHART_POINTS, color, points, x, y, NULL};
    }
    hol_html_figures(to);
    hol_html_figure(to, "The search");
    hol_chart_print(to, &chart);
    hol_html_paragraph(to, "The lower side of each candidate's likelihood, with its standard error, each time it was "
                           "scored. Scores of the worst third may lie below.");
    hol_html_figure_end(to);
    hol_html_figures_end(to);
cleanup:
    hol_free(all);
    hol_free(room);
    return status;
}

static void print_entry(FILE *to, const search *log, const entry *e) {
    char texts[COLUMNS][CELL];
    const char *cells[COLUMNS + 1];
    int count = 0;
    for (int c = 0; c < COLUMNS; c++) {
        if (!log->there[c] || !columns[c].head) continue;
        const double value = number_of(e->cells[c]);
        if (columns[c].digits > 0 && !isnan(value)) hol_axis_number(value, columns[c].digits, texts[c], CELL);
        else (void)snprintf(texts[c], CELL, "%s", *e->cells[c] ? e->cells[c] : "-");
        cells[count++] = texts[c];
    }
    cells[count++] = e->is_winner ? "the run's" : "";
    hol_html_row(to, cells, count, 2);
}

static hol_status print_best(FILE *to, const search *log) {
    hol_status status = HOL_OK;
    const entry **order = NULL;
    const char *heads[COLUMNS + 1];
    int count = 0;
    HOL_TRY(HOL_ALLOCATE(order, log->count, "search"));
    const int64_t candidates = rank(log, order);
    for (int c = 0; c < COLUMNS; c++)
        if (log->there[c] && columns[c].head) heads[count++] = columns[c].head;
    heads[count++] = "";
    hol_html_table(to, heads, count, 2);
    for (int64_t k = 0; k < candidates; k++)
        if (k < BEST || order[k]->is_winner) print_entry(to, log, order[k]);
    hol_html_table_end(to);
    if (candidates > BEST)
        hol_html_paragraph(to, "The best %d of %lld candidates, at their best; search.csv has all.", BEST,
                           (long long)candidates);
cleanup:
    hol_free(order);
    return status;
}

void hol_report_print_search(const hol_report *self, FILE *to) {
    search log = {0};
    bool there = false;
    hol_status status = load(self, &log, &there);
    if (!there) return;
    hol_html_section(to, "search", "How its settings were found");
    if (status == HOL_OK && log.count == 0) status = hol_error(HOL_BAD_INPUT, "search.csv: found no score");
    if (status == HOL_OK) {
        find_winner(self, &log);
        if (log.there[WORK]) status = print_chart(to, &log);
        if (status == HOL_OK) status = print_best(to, &log);
    }
    if (status != HOL_OK) hol_html_missing(to, "The search is left out: %s.", hol_error_message(status));
    (void)hol_error_drop(status);
    hol_html_section_end(to);
    hol_free(log.entries);
    hol_free(log.text);
}
