/* axis: which values an axis of a chart covers, where its ticks are, and how numbers are written on it. Not
 * collective. */
#ifndef HOL_RESULT_AXIS_H
#define HOL_RESULT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

enum { HOL_AXIS_TICKS_MAX = 16, HOL_AXIS_LABEL_SIZE = 32 };

typedef struct hol_axis {
    bool is_log;
    double low, high; /* covered; both above 0 when is_log */
    double step;      /* between ticks; 0 when is_log */
    int tick_count;
    double ticks[HOL_AXIS_TICKS_MAX];
} hol_axis;

/* An axis over the values from low to high, which may be equal or the wrong way round (then it is made of nothing: 0 to
 * 1), with about `ticks` ticks at 1, 2 or 5 times a power of ten; of a logarithmic one, at powers of ten, and where
 * these are few, 2 and 5 times them. `round` widens the range to whole ticks. A logarithmic axis whose low is not above
 * 0 begins six powers of ten below its high; whose high is not, becomes linear. */
hol_axis hol_axis_make(double low, double high, bool is_log, int ticks, bool round);

/* Where a value lies: 0 at low, 1 at high; beyond them less or more, -infinity for what a logarithm is not of. */
double hol_axis_place(const hol_axis *axis, double value);

/* A tick's label: with as many decimals as the steps need, commas between thousands, a real minus sign; large and
 * small numbers as 3×10⁷. UTF-8. */
void hol_axis_label(const hol_axis *axis, double value, char label[HOL_AXIS_LABEL_SIZE]);

/* A number by itself, to `digits` significant digits, written as a label is; "not known" for NaN. */
void hol_axis_number(double value, int digits, char *text, size_t size);

#endif
