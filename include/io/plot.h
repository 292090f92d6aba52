/* plot: charts as a PNG, side by side: lines with points, or stacked bars.
 *
 * What a person looks at once, after a job on a machine without a screen; who wants another picture has the numbers in
 * a table beside it. */
#ifndef HOL_IO_PLOT_H
#define HOL_IO_PLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { HOL_PLOT_SERIES_MAX = 10, HOL_PLOT_POINTS_MAX = 64 };

typedef struct hol_plot_series {
    const char *name; /* borrowed; in the legend */
    const double *y;  /* borrowed: (panel's points); NaN where there is none */
    bool guide;       /* a thin grey line without points: an ideal */
} hol_plot_series;

typedef struct hol_plot_panel {
    const char *title, *x_label; /* borrowed */
    const double *x; /* borrowed: (points), ascending; at even distances on the axis, with their values below */
    int64_t points;  /* 1 to HOL_PLOT_POINTS_MAX */
    hol_plot_series series[HOL_PLOT_SERIES_MAX];
    int series_count;
    bool bars;     /* the series stacked on each other, each at least 0, instead of lines */
    bool doubling; /* the y axis is logarithmic to base 2; all y above 0 */
} hol_plot_panel;

/* Draws `count` panels from left to right into a new PNG. Text is ASCII. The file appears whole or not at all.
 * HOL_FAILURE when it cannot be written or memory is short. Not collective. */
hol_status hol_plot_write(const char *path, const hol_plot_panel *panels, int count) HOL_MUST_USE;

#endif
