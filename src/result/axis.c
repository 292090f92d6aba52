/* axis: ranges, ticks, numbers as people write them. */
#include "result/axis.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_DECADES_MOST 6
#define MARGIN 0.05
#define ROUNDING 1e-9 /* of a step: what is nearer to a tick lies on it */

/* ---- ticks ------------------------------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, nearest above. */
static double round_step(double step) {
    const double power = pow(10, floor(log10(step)));
    const double of = step / power;
    return power * (of > 5 ? 10 : of > 2 ? 5 : of > 1 ? 2 : 1);
}

static void place_ticks(hol_axis *axis) {
    for (double k = ceil(axis->low / axis->step - ROUNDING);
         k * axis->step <= axis->high + ROUNDING * axis->step && axis->tick_count < HOL_AXIS_TICKS_MAX; k++)
        axis->ticks[axis->tick_count++] = k * axis->step;
}

static void make_linear(hol_axis *axis, int ticks, bool round) {
    axis->step = round_step((axis->high - axis->low) / ticks);
    if (round) {
        axis->low = axis->step * floor(axis->low / axis->step + ROUNDING);
        axis->high = axis->step * ceil(axis->high / axis->step - ROUNDING);
    }
    place_ticks(axis);
}

/* Powers of ten, every so many that there is room for them; with 2 and 5 times them where there are few. */
static void make_log(hol_axis *axis, int ticks, bool round) {
    static const double between[] = {1, 2, 5};
    const double decades = log10(axis->high / axis->low);
    const int every = (int)fmax(1, ceil(decades / ticks)), parts = decades < 2.5 ? 3 : 1;
    if (round && decades >= 1) {
        axis->low = pow(10, floor(log10(axis->low) + ROUNDING));
        axis->high = pow(10, ceil(log10(axis->high) - ROUNDING));
    } else if (round) { /* a margin at least */
        axis->low *= pow(10, -MARGIN * decades);
        axis->high *= pow(10, MARGIN * decades);
    }
    for (double k = floor(log10(axis->low)); k <= log10(axis->high) + ROUNDING; k += every)
        for (int p = 0; p < parts; p++) {
            const double tick = between[p] * pow(10, k);
            const bool lies_within = tick >= axis->low * (1 - ROUNDING) && tick <= axis->high * (1 + ROUNDING);
            if (lies_within && axis->tick_count < HOL_AXIS_TICKS_MAX) axis->ticks[axis->tick_count++] = tick;
        }
}

hol_axis hol_axis_make(double low, double high, bool is_log, int ticks, bool round) {
    hol_axis axis = {.low = low, .high = high, .is_log = is_log && high > 0};
    if (!(low <= high) || isinf(low) || isinf(high)) {
        axis.low = axis.is_log ? 0.1 : 0;
        axis.high = 1;
    }
    if (axis.is_log && axis.low <= 0) axis.low = axis.high / pow(10, LOG_DECADES_MOST);
    if (!(axis.low < axis.high)) {
        const double half = axis.low > 0 || axis.low < 0 ? fabs(axis.low) / 2 : 1;
        axis.low = axis.is_log ? axis.low / 2 : axis.low - half;
        axis.high = axis.is_log ? axis.high * 2 : axis.high + half;
    }
    if (axis.is_log) make_log(&axis, ticks, round);
    else make_linear(&axis, ticks, round);
    return axis;
}

double hol_axis_place(const hol_axis *axis, double value) {
    if (!axis->is_log) return (value - axis->low) / (axis->high - axis->low);
    return value > 0 ? log(value / axis->low) / log(axis->high / axis->low) : -(double)INFINITY;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static void append(char *text, size_t size, const char *more) {
    const size_t used = strlen(text);
    (void)snprintf(text + used, size - used, "%s", more);
}

/* "-12345.60" as "−12,345.60" */
static void write_grouped(const char *plain, char *text, size_t size) {
    const char *digits = plain + (*plain == '-');
    const size_t whole = strcspn(digits, ".");
    const bool is_zero = strspn(digits, "0.") == strlen(digits);
    text[0] = '\0';
    if (*plain == '-' && !is_zero) append(text, size, "\xe2\x88\x92");
    for (size_t k = 0; k < whole; k++) {
        if (k > 0 && (whole - k) % 3 == 0) append(text, size, ",");
        append(text, size, (char[]){digits[k], '\0'});
    }
    append(text, size, digits + whole);
}

static void append_power(char *text, size_t size, int power) {
    static const char *const raised[] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",
                                         "\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7",
                                         "\xe2\x81\xb8", "\xe2\x81\xb9"};
    char digits[16];
    append(text, size, "10");
    if (power < 0) append(text, size, "\xe2\x81\xbb");
    (void)snprintf(digits, sizeof digits, "%d", power < 0 ? -power : power);
    for (const char *d = digits; *d; d++) append(text, size, raised[*d - '0']);
}

/* 3×10⁷; a mantissa of 1 is left out where `short_one` says so */
static void write_scientific(double value, int digits, bool short_one, char *text, size_t size) {
    char plain[40], *e = NULL;
    (void)snprintf(plain, sizeof plain, "%.*e", digits - 1, value);
    e = strchr(plain, 'e');
    const int power = (int)strtol(e + 1, NULL, 10);
    *e = '\0';
    if (strchr(plain, '.')) /* zeros at the end say nothing */
        while (e > plain && (e[-1] == '0' || e[-1] == '.')) {
            const bool ends = e[-1] == '.';
            *--e = '\0';
            if (ends) break;
        }
    text[0] = '\0';
    if (!short_one || strcmp(plain, "1") != 0) {
        write_grouped(plain, text, size);
        append(text, size, "\xc3\x97");
    }
    append_power(text, size, power);
}

/* Decimals that tell steps of this size apart. */
static int decimals_of(double step) {
    const int decimals = (int)ceil(-log10(step) - ROUNDING);
    return decimals > 0 ? decimals : 0;
}

void hol_axis_label(const hol_axis *axis, double value, char label[HOL_AXIS_LABEL_SIZE]) {
    char plain[64];
    const double size = fabs(value), largest = fmax(fabs(axis->low), fabs(axis->high));
    const double step = axis->is_log ? pow(10, floor(log10(size))) : axis->step;
    const bool is_zero = size < step * ROUNDING;
    if (!is_zero && (axis->is_log ? size < 1e-3 || size >= 1e6 : largest >= 1e7 || step < 1e-4)) {
        const int digits = axis->is_log ? 1 : (int)ceil(log10(largest / step));
        write_scientific(value, digits < 1 ? 1 : digits, axis->is_log, label, HOL_AXIS_LABEL_SIZE);
        return;
    }
    (void)snprintf(plain, sizeof plain, "%.*f", is_zero ? 0 : decimals_of(step), is_zero ? 0.0 : value);
    write_grouped(plain, label, HOL_AXIS_LABEL_SIZE);
}

void hol_axis_number(double value, int digits, char *text, size_t size) {
    char plain[400];
    const double least = value < 0 ? -value : value;
    if (isnan(value)) (void)snprintf(text, size, "not known");
    else if (isinf(value)) (void)snprintf(text, size, "%s\xe2\x88\x9e", value < 0 ? "\xe2\x88\x92" : "");
    else if (least > 0 && (least < 1e-4 || least >= 1e9)) write_scientific(value, digits, false, text, size);
    else {
        const int before = least > 0 ? (int)floor(log10(least)) + 1 : 1;
        (void)snprintf(plain, sizeof plain, "%.*f", digits > before ? digits - before : 0, value);
        write_grouped(plain, text, size);
    }
}
