/* chart: series laid out on axes, and printed as SVG.
 *
 *   layout     margins, axes, the legend's lines
 *   frame      grid, ticks, labels, legend
 *   series     lines, marks, cells, steps, bars
 *
 * What is drawn inside of the axes stands in an <svg> of its own, which cuts off what lies outside. */
#include "result/chart.h"

#include <math.h>
#include <string.h>

#include "result/axis.h"
#include "result/html.h"

enum {
    WIDTH = 430,
    HEIGHT = 290,
    CHARACTER = 7, /* the width of one, about */
    LINE = 17,     /* the height of one */
    GAP = 7,       /* below the legend */
    RIGHT = 14,
    BOTTOM = 44,
    LEGEND_MARK = 22,
    MARKS_MOST = 40,    /* of a line that is drawn with marks */
    TITLES_MOST = 150,  /* points of a series that say their values when pointed at */
    POINTS_MOST = 1500, /* drawn one by one */
    CELL = 3,           /* pixels of a side */
    CELLS_MOST = 256,   /* of a side */
    SHADES = 5,
    ARMS = 4,   /* shapes of marks */
    DASHES = 4, /* of lines whose colours have come up before */
};

const char hol_chart_style[] =
    ":root{--page:#f4f5f6;--paper:#fff;--ink:#1b1f23;--faint:#59636e;--line:#d8dce0;--good:#00795a;--caution:#9a6200;"
    "--bad:#b83a00;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#e69f00;--c5:#56b4e9;--c6:#1b1f23;"
    "--c7:#8f7a00}"
    "@media screen and (prefers-color-scheme:dark){:root{--page:#111417;--paper:#1a1e22;--ink:#e6e9ec;"
    "--faint:#a2abb5;--line:#343b42;--good:#2fc79b;--caution:#e6a93a;--bad:#ff8a4c;--c0:#56b4e9;--c1:#ff8a4c;"
    "--c2:#2fc79b;--c3:#e39bc4;--c4:#e6b23a;--c5:#3a8fd0;--c6:#e6e9ec;--c7:#f0e442}}"
    ".chart text{fill:var(--ink);font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',"
    "sans-serif}"
    ".chart .g{stroke:var(--line);fill:none}.chart .a{stroke:var(--faint);fill:none}"
    ".chart .l{stroke:var(--c);fill:none;stroke-width:2;stroke-linejoin:round}"
    ".chart .e{stroke:var(--c);fill:none;stroke-width:1;opacity:.55}"
    ".chart .m{fill:var(--c);stroke:none}.chart .f{fill:var(--c);fill-opacity:.18;stroke:var(--c);stroke-width:1.5}"
    ".chart .b{fill:var(--c)}.chart .d{stroke:var(--faint);fill:none;stroke-width:1.5;stroke-dasharray:5 4}"
    ".k0{--c:var(--c0)}.k1{--c:var(--c1)}.k2{--c:var(--c2)}.k3{--c:var(--c3)}.k4{--c:var(--c4)}.k5{--c:var(--c5)}"
    ".k6{--c:var(--c6)}.k7{--c:var(--c7)}.kf{--c:var(--faint);opacity:.5}";

/* ---- layout ------------------------------------------------------------------------------------------------------ */

typedef struct layout {
    FILE *to;
    const hol_chart *chart;
    hol_axis x, y;
    double left, top, width, height; /* of the area within the axes, in the picture */
} layout;

typedef struct range {
    double low, high;
} range;

static void widen(range *self, double value, bool is_log) {
    if (!isfinite(value) || (is_log && value <= 0)) return;
    self->low = fmin(self->low, value);
    self->high = fmax(self->high, value);
}

static range range_of_x(const hol_chart *chart) {
    range all = {INFINITY, -INFINITY};
    if (chart->category_count > 0) return (range){-0.5, (double)chart->category_count - 0.5};
    for (int s = 0; s < chart->series_count; s++) {
        const hol_chart_series *series = &chart->series[s];
        if (series->mark == HOL_CHART_GUIDE) continue;
        for (int64_t k = 0; k < series->points + (series->mark == HOL_CHART_STEPS); k++)
            if (series->mark == HOL_CHART_STEPS || isfinite(series->y[k])) widen(&all, series->x[k], chart->x_log);
    }
    return all;
}

/* The height of all bars of a category up to series s. */
static double height_of(const hol_chart *chart, int64_t category, int s) {
    double height = 0;
    for (int k = 0; k <= s; k++) {
        const hol_chart_series *series = &chart->series[k];
        if (series->mark == HOL_CHART_BARS && category < series->points && isfinite(series->y[category]))
            height += series->y[category];
    }
    return height;
}

static range range_of_y(const hol_chart *chart) {
    range all = {INFINITY, -INFINITY};
    for (int s = 0; s < chart->series_count; s++) {
        const hol_chart_series *series = &chart->series[s];
        const bool from_zero = series->mark == HOL_CHART_BARS || series->mark == HOL_CHART_STEPS;
        if (from_zero) widen(&all, 0, chart->y_log);
        for (int64_t k = 0; k < series->points; k++) {
            const double error = series->error && isfinite(series->error[k]) ? series->error[k] : 0;
            if (series->mark == HOL_CHART_BARS) widen(&all, height_of(chart, k, s), chart->y_log);
            else {
                widen(&all, series->y[k] - error, chart->y_log);
                widen(&all, series->y[k] + error, chart->y_log);
            }
        }
    }
    return all;
}

/* Lines of the legend; with `to`, printed. */
static int print_legend(const hol_chart *chart, FILE *to, int width);

static layout lay_out(FILE *to, const hol_chart *chart) {
    const int width = chart->width > 0 ? chart->width : WIDTH, height = chart->height > 0 ? chart->height : HEIGHT;
    layout self = {.to = to, .chart = chart};
    range x = chart->x_from < chart->x_to ? (range){chart->x_from, chart->x_to} : range_of_x(chart);
    range y = chart->y_from < chart->y_to ? (range){chart->y_from, chart->y_to} : range_of_y(chart);
    char label[HOL_AXIS_LABEL_SIZE];
    int longest = 1;
    if (chart->diagonal) {
        x = (range){fmin(x.low, y.low), fmax(x.high, y.high)};
        y = x;
    }
    self.x = hol_axis_make(x.low, x.high, chart->x_log, width / 80, chart->diagonal);
    self.y = chart->diagonal ? self.x : hol_axis_make(y.low, y.high, chart->y_log, height / 50, true);
    for (int t = 0; t < self.y.tick_count; t++) {
        hol_axis_label(&self.y, self.y.ticks[t], label);
        const int length = hol_html_width(label);
        longest = length > longest ? length : longest;
    }
    self.left = LINE + 12 + CHARACTER * longest;
    const int legend = print_legend(chart, NULL, width);
    self.top = 8 + LINE * legend + (legend > 0 ? GAP : 0);
    self.width = width - RIGHT - self.left;
    self.height = fmax(height - BOTTOM - self.top, height / 2.0); /* a long legend makes the picture higher */
    return self;
}

static double place_x(const layout *self, double value) { return self->width * hol_axis_place(&self->x, value); }

/* Kept near to what is seen: viewers disagree on numbers without end. */
static double place_y(const layout *self, double value) {
    const double at = self->height * (1 - hol_axis_place(&self->y, value));
    return fmax(-4 * self->height, fmin(5 * self->height, at));
}

static bool is_placed(const layout *self, double x, double y) {
    return isfinite(x) && isfinite(y) && (!self->x.is_log || x > 0) && (!self->y.is_log || y > 0);
}

/* ---- frame ------------------------------------------------------------------------------------------------------- */

/* The class of a series' colour. */
static const char *color_of(const hol_chart_series *series) {
    static const char *const classes[HOL_CHART_COLORS] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};
    return series->color < 0 ? "kf" : classes[series->color % HOL_CHART_COLORS];
}

/* How a line's colour that has come up before is told from the one before it. */
static const char *dash_of(const hol_chart_series *series) {
    static const char *const dashes[DASHES] = {"", " stroke-dasharray=\"8 4\"", " stroke-dasharray=\"2 3\"",
                                               " stroke-dasharray=\"9 3 2 3\""};
    return dashes[series->color < 0 ? 0 : series->color / HOL_CHART_COLORS % DASHES];
}

static int print_legend(const hol_chart *chart, FILE *to, int width) {
    int lines = 0, x = 8;
    for (int s = 0; s < chart->series_count; s++) {
        const hol_chart_series *series = &chart->series[s];
        if (!series->name) continue;
        const int wide = LEGEND_MARK + CHARACTER * hol_html_width(series->name) + 12;
        if (lines == 0 || x + wide > width) {
            lines++;
            x = 8;
        }
        if (to) {
            const double y = 8 + LINE * (lines - 1) + 6;
            const bool is_line = series->mark == HOL_CHART_LINE;
            if (series->mark == HOL_CHART_GUIDE) (void)fprintf(to, "<path class=\"d\" d=\"M%d %gh16\"/>", x, y);
            else
                (void)fprintf(to, "<g class=\"%s\"><path class=\"%s\"%s d=\"M%d %gh%d%s\"/></g>", color_of(series),
                              is_line ? "l" : "b", is_line ? dash_of(series) : "", x, is_line ? y : y - 5,
                              is_line ? 16 : 11, is_line ? "" : "v11h-11z");
            (void)fprintf(to, "<text x=\"%d\" y=\"%g\">", x + LEGEND_MARK, y + 4);
            hol_html_text(to, series->name);
            (void)fputs("</text>\n", to);
        }
        x += wide;
    }
    return lines;
}

static void print_text(FILE *to, double x, double y, const char *anchor, const char *text) {
    (void)fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    hol_html_text(to, text);
    (void)fputs("</text>\n", to);
}

static void print_ticks(const layout *self) {
    char label[HOL_AXIS_LABEL_SIZE];
    const double bottom = self->top + self->height;
    double free_from = -INFINITY;
    (void)fputs("<path class=\"g\" d=\"", self->to);
    for (int t = 0; t < self->y.tick_count; t++)
        (void)fprintf(self->to, "M%.1f %.1fh%.1f", self->left, self->top + place_y(self, self->y.ticks[t]),
                      self->width);
    (void)fprintf(self->to, "\"/>\n<path class=\"a\" d=\"M%.1f %.1fh%.1f", self->left, bottom, self->width);
    for (int t = 0; t < self->x.tick_count && self->chart->category_count == 0; t++)
        (void)fprintf(self->to, "M%.1f %.1fv4", self->left + place_x(self, self->x.ticks[t]), bottom);
    (void)fputs("\"/>\n", self->to);
    for (int t = 0; t < self->y.tick_count; t++) {
        hol_axis_label(&self->y, self->y.ticks[t], label);
        print_text(self->to, self->left - 6, self->top + place_y(self, self->y.ticks[t]) + 4, "end", label);
    }
    const int64_t count = self->chart->category_count > 0 ? self->chart->category_count : self->x.tick_count;
    for (int64_t k = 0; k < count; k++) {
        const double tick = self->chart->category_count > 0 ? (double)k : self->x.ticks[k];
        if (self->chart->category_count == 0) hol_axis_label(&self->x, tick, label);
        const char *text = self->chart->category_count > 0 ? self->chart->categories[k] : label;
        const double half = CHARACTER * hol_html_width(text) / 2.0;
        const double at = fmin(self->left + place_x(self, tick), self->left + self->width + RIGHT - half);
        if (at - half < free_from) continue;
        print_text(self->to, at, bottom + LINE, "middle", text);
        free_from = at + half + CHARACTER;
    }
}

static void print_labels(const layout *self) {
    const double middle = self->top + self->height / 2;
    if (self->chart->x_label)
        print_text(self->to, self->left + self->width / 2, self->top + self->height + BOTTOM - 8, "middle",
                   self->chart->x_label);
    if (!self->chart->y_label) return;
    (void)fprintf(self->to, "<text transform=\"translate(13 %.1f) rotate(-90)\" text-anchor=\"middle\">", middle);
    hol_html_text(self->to, self->chart->y_label);
    (void)fputs("</text>\n", self->to);
}

/* ---- series ------------------------------------------------------------------------------------------------------ */

/* A mark's outline around a point, by the series' color: circle, square, triangle, diamond. */
static void print_mark(FILE *to, int shape, double x, double y) {
    static const char *const outlines[ARMS] = {"m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0", "m-3-3h6v6h-6z",
                                               "m0-4l3.8 6.6h-7.6z", "m0-4.2l4.2 4.2l-4.2 4.2l-4.2-4.2z"};
    (void)fprintf(to, "M%.1f %.1f%s", x, y, outlines[shape % ARMS]);
}

/* Marks that say their values when they are pointed at, where these are few. */
static void print_marks(const layout *self, const hol_chart_series *series) {
    const bool titled = series->points <= TITLES_MOST;
    char x[HOL_AXIS_LABEL_SIZE], y[HOL_AXIS_LABEL_SIZE];
    if (!titled) (void)fputs("<path class=\"m\" fill-opacity=\".6\" d=\"", self->to);
    for (int64_t k = 0; k < series->points; k++) {
        if (!is_placed(self, series->x[k], series->y[k])) continue;
        if (titled) (void)fputs("<path class=\"m\" d=\"", self->to);
        print_mark(self->to, series->color < 0 ? 0 : series->color + series->color / HOL_CHART_COLORS,
                   place_x(self, series->x[k]), place_y(self, series->y[k]));
        if (!titled) continue;
        hol_axis_number(series->x[k], 6, x, sizeof x);
        hol_axis_number(series->y[k], 6, y, sizeof y);
        (void)fprintf(self->to, "\"><title>%s, %s</title></path>", x, y);
    }
    (void)fputs(titled ? "\n" : "\"/>\n", self->to);
}

static void print_errors(const layout *self, const hol_chart_series *series) {
    if (!series->error) return;
    (void)fputs("<path class=\"e\" d=\"", self->to);
    for (int64_t k = 0; k < series->points; k++) {
        const double low = series->y[k] - series->error[k], high = series->y[k] + series->error[k];
        if (!is_placed(self, series->x[k], low) || !isfinite(high)) continue;
        (void)fprintf(self->to, "M%.1f %.1fV%.1f", place_x(self, series->x[k]), place_y(self, low),
                      place_y(self, high));
    }
    (void)fputs("\"/>\n", self->to);
}

/* Of the points that fall on one column of pixels only the first, the last and the ends are seen. */
static void print_line(const layout *self, const hol_chart_series *series, const char *class) {
    bool drawing = false;
    double column = -INFINITY, least = 0, most = 0;
    (void)fprintf(self->to, "<path class=\"%s\"%s d=\"", class, dash_of(series));
    for (int64_t k = 0; k < series->points; k++) {
        if (!is_placed(self, series->x[k], series->y[k])) {
            drawing = false;
            continue;
        }
        const double x = place_x(self, series->x[k]), y = place_y(self, series->y[k]);
        const bool is_new = !drawing || x >= column + 1, is_last = k + 1 == series->points;
        if (is_new || is_last || y < least || y > most)
            (void)fprintf(self->to, "%c%.1f %.1f", drawing ? 'L' : 'M', x, y);
        column = is_new ? x : column;
        least = is_new ? y : fmin(least, y);
        most = is_new ? y : fmax(most, y);
        drawing = true;
    }
    (void)fputs("\"/>\n", self->to);
}

static void print_steps(const layout *self, const hol_chart_series *series) {
    if (series->points == 0) return;
    (void)fprintf(self->to, "<path class=\"f\" d=\"M%.1f %.1f", place_x(self, series->x[0]), self->height);
    for (int64_t k = 0; k < series->points; k++)
        (void)fprintf(self->to, "V%.1fH%.1f", place_y(self, isfinite(series->y[k]) ? series->y[k] : 0),
                      place_x(self, series->x[k + 1]));
    (void)fprintf(self->to, "V%.1fz\"/>\n", self->height);
}

static void print_bars(const layout *self, int s) {
    const hol_chart_series *series = &self->chart->series[s];
    const double width = 0.6 * (place_x(self, 1) - place_x(self, 0));
    char text[HOL_AXIS_LABEL_SIZE];
    for (int64_t k = 0; k < series->points; k++) {
        const double low = height_of(self->chart, k, s - 1), high = height_of(self->chart, k, s);
        if (!(high > low)) continue;
        hol_axis_number(series->y[k], 4, text, sizeof text);
        (void)fprintf(self->to, "<path class=\"b\" d=\"M%.1f %.1fh%.1fV%.1fh%.1fz\"><title>",
                      place_x(self, (double)k) - width / 2, place_y(self, low), width, place_y(self, high), -width);
        hol_html_printf(self->to, "%s: %s", series->name ? series->name : "", text);
        (void)fputs("</title></path>\n", self->to);
    }
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

typedef struct cells {
    int columns, rows;
    uint32_t most;
    uint32_t counts[CELLS_MOST * CELLS_MOST];
} cells;

static void count_cells(const layout *self, const hol_chart_series *series, cells *all) {
    for (int64_t k = 0; k < series->points; k++) {
        if (!is_placed(self, series->x[k], series->y[k])) continue;
        const double x = place_x(self, series->x[k]) / CELL, y = place_y(self, series->y[k]) / CELL;
        if (x < 0 || y < 0 || x >= all->columns || y >= all->rows) continue;
        uint32_t *count = &all->counts[(int)y * all->columns + (int)x];
        *count += *count < UINT32_MAX;
        all->most = *count > all->most ? *count : all->most;
    }
}

/* from 1 to SHADES by the logarithm of a count, 0 for none */
static int shade_of(uint32_t count, uint32_t most) {
    if (count == 0) return 0;
    return 1 + (int)((SHADES - 1) * log((double)count) / log((double)most + 1));
}

static void print_cells(const layout *self, const hol_chart_series *series) {
    cells all = {.columns = (int)self->width / CELL, .rows = (int)self->height / CELL};
    if (all.columns > CELLS_MOST) all.columns = CELLS_MOST;
    if (all.rows > CELLS_MOST) all.rows = CELLS_MOST;
    count_cells(self, series, &all);
    for (int shade = 1; shade <= SHADES; shade++) {
        (void)fprintf(self->to, "<path class=\"m\" fill-opacity=\"%g\" d=\"", 0.2 + 0.8 * (shade - 1) / (SHADES - 1));
        for (int k = 0; k < all.columns * all.rows; k++)
            if (shade_of(all.counts[k], all.most) == shade)
                (void)fprintf(self->to, "M%d %dh%dv%dh-%dz", k % all.columns * CELL, k / all.columns * CELL, CELL, CELL,
                              CELL);
        (void)fputs("\"/>\n", self->to);
    }
}

static void print_series(const layout *self, int s) {
    const hol_chart_series *series = &self->chart->series[s];
    const bool is_line = series->mark == HOL_CHART_LINE || series->mark == HOL_CHART_GUIDE;
    (void)fprintf(self->to, "<g class=\"%s\">", color_of(series));
    if (series->mark == HOL_CHART_LINE || series->mark == HOL_CHART_POINTS) print_errors(self, series);
    if (is_line) print_line(self, series, series->mark == HOL_CHART_LINE ? "l" : "d");
    if (series->mark == HOL_CHART_LINE && series->points <= MARKS_MOST) print_marks(self, series);
    if (series->mark == HOL_CHART_POINTS && series->points <= POINTS_MOST) print_marks(self, series);
    if (series->mark == HOL_CHART_POINTS && series->points > POINTS_MOST) print_cells(self, series);
    if (series->mark == HOL_CHART_STEPS) print_steps(self, series);
    if (series->mark == HOL_CHART_BARS) print_bars(self, s);
    (void)fputs("</g>\n", self->to);
}

void hol_chart_print(FILE *to, const hol_chart *chart) {
    const layout self = lay_out(to, chart);
    const double width = self.left + self.width + RIGHT, height = self.top + self.height + BOTTOM;
    (void)fprintf(to, "<svg class=\"chart\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", width, height);
    hol_html_text(to, chart->title ? chart->title : "chart");
    (void)fputs("\">\n", to);
    (void)print_legend(chart, to, (int)width);
    print_ticks(&self);
    print_labels(&self);
    (void)fprintf(to, "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">\n", self.left, self.top, self.width,
                  self.height);
    if (chart->diagonal) (void)fprintf(to, "<path class=\"d\" d=\"M0 %.1fL%.1f 0\"/>\n", self.height, self.width);
    for (int s = 0; s < chart->series_count; s++) print_series(&self, s);
    (void)fputs("</svg>\n</svg>\n", to);
}

void hol_chart_count(const double *values, int64_t count, double low, double high, int bins, double *counts) {
    double all = 0;
    for (int b = 0; b < bins; b++) counts[b] = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!isfinite(values[k])) continue;
        const double at = (values[k] - low) / (high - low) * bins;
        counts[at < 1 ? 0 : at >= bins ? bins - 1 : (int)at]++;
        all++;
    }
    for (int b = 0; b < bins && all > 0; b++) counts[b] /= all;
}
