/* chart: charts as SVG, to stand in an HTML page.
 *
 * A chart is text: axes with units, a legend, and series in colours that people with any colour vision can tell apart
 * (Okabe & Ito 2008), and marks of different shapes where points are few. Colours are the page's custom properties
 * (hol_chart_style), so that a page can be light, dark or printed. Nothing is fetched, nothing needs a script. Texts
 * may be any: they are escaped. Nothing here is collective. */
#ifndef HOL_RESULT_CHART_H
#define HOL_RESULT_CHART_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum { HOL_CHART_SERIES_MAX = 32, HOL_CHART_COLORS = 8, HOL_CHART_FAINT = -1 };

typedef enum hol_chart_mark {
    HOL_CHART_LINE,   /* from point to point, with marks where they are few; a NaN is a gap */
    HOL_CHART_POINTS, /* marks alone; where they are many, cells that are darker the more points they hold */
    HOL_CHART_STEPS,  /* a histogram: y[k] between x[k] and x[k + 1], of which there are points + 1 */
    HOL_CHART_BARS,   /* y[k] at category k, on top of the bars of the series before */
    HOL_CHART_GUIDE,  /* a thin dashed line in grey: a baseline, an ideal */
} hol_chart_mark;

/* All borrowed. */
typedef struct hol_chart_series {
    const char *name; /* in the legend; NULL: not there */
    hol_chart_mark mark;
    int color; /* 0 to HOL_CHART_COLORS - 1, or more: they repeat, dashed; HOL_CHART_FAINT: grey, what others stand
                * out from */
    int64_t points;
    const double *x, *y; /* (points); what is not finite isn't drawn. Bars have no x */
    const double *error; /* (points): a bar of this length up and down; or NULL */
} hol_chart_series;

/* All borrowed. */
typedef struct hol_chart {
    const char *title; /* for readers who can't see the chart */
    const char *x_label, *y_label;
    int width, height; /* in pixels, when shown as large as it is; 0: 430 x 290 */
    bool x_log, y_log;
    bool diagonal;                 /* both axes cover the same, and y = x is drawn */
    double x_from, x_to;           /* range of x; equal: that of the points */
    double y_from, y_to;           /* range of y; points outside are cut off; equal: that of the points, or from 0 where
                                    * there are bars or steps */
    const char *const *categories; /* (category_count) what stands at x = 0, 1, ... in place of numbers */
    int64_t category_count;
    int series_count;
    hol_chart_series series[HOL_CHART_SERIES_MAX];
} hol_chart;

/* CSS for the page: colours as custom properties, light and, by prefers-color-scheme, dark. Without <style>. */
extern const char hol_chart_style[];

/* <svg> ... </svg>. A failure to write shows in the stream. */
void hol_chart_print(FILE *to, const hol_chart *chart);

/* Counts `count` values, of which those that are not finite are left out, into `bins` bins of equal width from low to
 * high; counts is (bins), shares of all that are finite; what lies outside counts in the first or last bin. */
void hol_chart_count(const double *values, int64_t count, double low, double high, int bins, double *counts);

#endif
