/* scaling_page: `holode scaling` in words and charts: speed-up, efficiency, what a step is made of. */
#include <math.h>

#include "result/axis.h"
#include "result/chart.h"
#include "result/html.h"
#include "scaling.h"

/* ---- words ------------------------------------------------------------------------------------------------------- */

const char *const hol_scaling_part_names[HOL_SCALING_PARTS] = {"fields",  "sampling", "statistics", "reduction",
                                                               "waiting", "update",   "input",      "other"};

const char *hol_scaling_series(const hol_scaling_line *line) {
    return line->strong && line->weak ? "base" : line->strong ? "strong" : line->weak ? "weak" : "other";
}

/* ---- along the axis ---------------------------------------------------------------------------------------------- */

enum { POINTS_MAX = 64, PARTS = HOL_SCALING_PARTS };

typedef char number[HOL_AXIS_LABEL_SIZE];

static const char *say(double value, int digits, number text) {
    hol_axis_number(value, digits, text, sizeof(number));
    return text;
}

/* Runs along the axis: a place for each number of cores, or more where several runs of a series have as many: ranks and
 * threads may be as many cores, and each run is drawn. */
typedef struct places {
    int64_t count;
    const hol_scaling_line *strong[POINTS_MAX], *weak[POINTS_MAX]; /* NULL: none; the base is both */
    double cores[POINTS_MAX];
    number labels[POINTS_MAX];
    const char *names[POINTS_MAX];
    bool has_strong, has_weak; /* beside the base */
} places;

/* Whether the last place is for this run's cores, and still without a run of its series. */
static bool has_room(const places *p, const hol_scaling_line *line) {
    const int64_t at = p->count - 1;
    if (at < 0 || (double)line->cores > p->cores[at]) return false;
    return (!line->strong || !p->strong[at]) && (!line->weak || !p->weak[at]);
}

static void find_places(const hol_scaling *self, places *p) {
    *p = (places){.count = 0};
    for (int64_t i = 0; i < self->count; i++) {
        const hol_scaling_line *line = &self->lines[i];
        if (!line->strong && !line->weak) continue;
        if (!has_room(p, line)) {
            if (p->count == POINTS_MAX) break;
            p->cores[p->count] = (double)line->cores;
            p->names[p->count] = say((double)line->cores, 1, p->labels[p->count]);
            p->count++;
        }
        if (line->strong) p->strong[p->count - 1] = line;
        if (line->weak) p->weak[p->count - 1] = line;
        p->has_strong |= line->strong && !line->weak;
        p->has_weak |= line->weak && !line->strong;
    }
}

/* ---- charts ------------------------------------------------------------------------------------------------------ */

typedef struct curve {
    double x[POINTS_MAX], y[POINTS_MAX];
} curve;

static double speedup_of(const hol_scaling_line *line) { return line->speedup; }
static double efficiency_of(const hol_scaling_line *line) { return line->efficiency; }

static void add_curve(hol_chart *chart, const char *name, int color, const hol_scaling_line *const *lines,
                      int64_t count, double (*of)(const hol_scaling_line *), curve *room) {
    int64_t points = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!lines[k]) continue;
        room->x[points] = (double)k;
        room->y[points++] = of(lines[k]);
    }
    chart->series[chart->series_count++] =
        (hol_chart_series){name, HOL_CHART_LINE, color, points, room->x, room->y, NULL};
}

/* The series that there are, of the base alone its point; ideal is (places). */
static void print_lines(FILE *to, const places *p, const char *caption, bool is_log,
                        double (*of)(const hol_scaling_line *), const double *ideal, const char *note) {
    curve strong, weak, all;
    hol_chart chart = {.title = caption,
                       .x_label = "cores",
                       .y_label = is_log ? "times as fast as the base" : "share of the ideal",
                       .y_log = is_log,
                       .categories = p->names,
                       .category_count = p->count};
    for (int64_t k = 0; k < p->count; k++) all.x[k] = (double)k;
    if (p->has_strong || !p->has_weak)
        add_curve(&chart, p->has_strong ? "strong" : "base", 0, p->strong, p->count, of, &strong);
    if (p->has_weak) add_curve(&chart, "weak", 1, p->weak, p->count, of, &weak);
    chart.series[chart.series_count++] = (hol_chart_series){"ideal", HOL_CHART_GUIDE, 0, p->count, all.x, ideal, NULL};
    if (!is_log) { /* shares are seen against 0 */
        for (int s = 0; s < chart.series_count; s++)
            for (int64_t k = 0; k < chart.series[s].points; k++) chart.y_to = fmax(chart.y_to, chart.series[s].y[k]);
    }
    hol_html_figure(to, caption);
    hol_chart_print(to, &chart);
    hol_html_paragraph(to, "%s", note);
    hol_html_figure_end(to);
}

static void print_parts(FILE *to, const places *p) {
    double values[PARTS][POINTS_MAX];
    hol_chart chart = {.title = "What a step is made of",
                       .x_label = "cores",
                       .y_label = "ms per step",
                       .categories = p->names,
                       .category_count = p->count};
    for (int part = 0; part < PARTS; part++) {
        for (int64_t k = 0; k < p->count; k++)
            values[part][k] = p->strong[k] ? 1e3 * fmax(p->strong[k]->parts[part], 0) : (double)NAN; /* no way down */
        chart.series[chart.series_count++] =
            (hol_chart_series){hol_scaling_part_names[part], HOL_CHART_BARS, part, p->count, NULL, values[part], NULL};
    }
    hol_html_figure(to, "A step of the strong series");
    hol_chart_print(to, &chart);
    hol_html_paragraph(to, "Reduction is what the sums over ranks take beyond what hides behind computation, waiting "
                           "is for ranks that are late.");
    hol_html_figure_end(to);
}

static void print_charts(FILE *to, const hol_scaling *self) {
    places p;
    double ideal[POINTS_MAX], one[POINTS_MAX];
    find_places(self, &p);
    for (int64_t k = 0; k < p.count; k++) {
        ideal[k] = p.cores[k] / (double)self->lines[0].cores;
        one[k] = 1;
    }
    hol_html_figures(to);
    print_lines(
        to, &p, "Speed-up", true, speedup_of, ideal,
        "Samples per second against those of the base. Strong: the same batch, shared among more cores. Weak: as "
        "much of it for each core.");
    print_lines(to, &p, "Efficiency", false, efficiency_of, one,
                "Speed-up, divided by the number of cores over that of the base.");
    print_parts(to, &p);
    hol_html_figures_end(to);
    if (p.count == POINTS_MAX) hol_html_missing(to, "The charts end with the first %d runs.", POINTS_MAX);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void print_bits(FILE *to, const hol_scaling *self) {
    static const char subject[] = "Same bits";
    hol_html_verdicts(to);
    if (self->one)
        hol_html_verdict(to, HOL_VERDICT_BAD, subject, "parameters differ",
                         "%s and %s ran the same config to the same step, and have other parameters.",
                         self->one->run->name, self->other->run->name);
    else if (self->groups == 0)
        hol_html_verdict(to, HOL_VERDICT_UNKNOWN, subject, "nothing to compare", "No two runs have the same config.");
    else
        hol_html_verdict(to, HOL_VERDICT_GOOD, subject, "identical",
                         "Runs of the same config have the same parameters, to the last bit, whatever they ran on.");
    hol_html_verdicts_end(to);
}

static void print_table(FILE *to, const hol_scaling *self) {
    enum { COLUMNS = 9 };
    static const char *const heads[COLUMNS] = {"run",   "series",  "nodes",    "ranks",     "threads",
                                               "batch", "ms/step", "speed-up", "efficiency"};
    number cells[COLUMNS];
    hol_html_table(to, heads, COLUMNS, 2);
    for (int64_t i = 0; i < self->count; i++) {
        const hol_scaling_line *l = &self->lines[i];
        const bool is_other = !l->strong && !l->weak;
        (void)snprintf(cells[7], sizeof cells[7], "%.2f", l->speedup);
        (void)snprintf(cells[8], sizeof cells[8], "%.2f", l->efficiency);
        hol_html_row(to,
                     (const char *const[]){l->run->name, hol_scaling_series(l), say((double)l->nodes, 1, cells[2]),
                                           say((double)l->ranks, 1, cells[3]), say((double)l->threads, 1, cells[4]),
                                           say((double)l->batch, 1, cells[5]), say(1e3 * l->seconds, 4, cells[6]),
                                           is_other ? "-" : cells[7], is_other ? "-" : cells[8]},
                     COLUMNS, 2);
    }
    hol_html_table_end(to);
}

void hol_scaling_print_page(FILE *to, const void *context) {
    const hol_scaling *self = context;
    const char *base = self->lines[0].run->name;
    hol_html_begin(to, "Scaling", hol_chart_style);
    hol_html_heading(to, "Scaling of %lld run%s", (long long)self->count, self->count == 1 ? "" : "s");
    hol_html_paragraph(to, "The base is %s, the run on the fewest cores.", base);
    print_bits(to, self);
    print_charts(to, self);
    hol_html_section(to, "runs", "Runs");
    print_table(to, self);
    hol_html_section_end(to);
    hol_html_end(to);
}
