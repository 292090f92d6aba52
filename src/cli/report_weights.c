/* report_weights: sections on parameters: pictures of what units look for, histograms, spectra along the run. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/spectrum.h"
#include "report.h"
#include "result/axis.h"
#include "result/chart.h"
#include "result/picture.h"
#include "train/state.h"

enum { SIDE = 560, BINS = 80, FILTERS_MOST = 100, MATRIX_MOST = 512 };
typedef char number[HOL_AXIS_LABEL_SIZE];

static const hol_parameter_group *group_of(const hol_report *self, int g) {
    return &self->source.model->info.groups[g];
}

/* ---- spectra ----------------------------------------------------------------------------------------------------- */

static int compare_steps(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The steps of a run's numbered checkpoints before this one, the newest ones where there are many. */
static int list_steps(const char *directory, int64_t before, int64_t *steps, int most) {
    int count = 0;
    DIR *folder = opendir(directory);
    if (!folder) return 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        long long step = 0;
        int end = 0;
        if (sscanf(entry->d_name, "checkpoint-%lld.h5%n", &step, &end) != 1 || entry->d_name[end] || end == 0) continue;
        if (step >= before || step < 0) continue;
        if (count == most) { /* the oldest one makes room */
            qsort(steps, (size_t)count, sizeof *steps, compare_steps);
            if (step <= steps[0]) continue;
            steps[0] = step;
        } else steps[count++] = step;
    }
    (void)closedir(folder);
    qsort(steps, (size_t)count, sizeof *steps, compare_steps);
    return count;
}

/* Reads the parameters of a step of the run; false when its file is gone, or isn't good. */
static hol_status read_step(hol_report *self, int64_t step, float *theta, bool *ret_read) {
    char path[HOL_CHECKPOINT_PATH_MAX + 64];
    const char *slash = strrchr(self->source.info.path, '/');
    const int folder = slash ? (int)(slash - self->source.info.path + 1) : 0;
    (void)snprintf(path, sizeof path, "%.*scheckpoint-%09lld.h5", folder, self->source.info.path, (long long)step);
    const hol_status status = hol_state_read_theta(self->comm, path, self->source.model, theta);
    *ret_read = status == HOL_OK;
    if (hol_error_code(status) != HOL_BAD_INPUT) return status;
    (void)hol_error_drop(status);
    return HOL_OK;
}

static hol_status add_spectrum(hol_report *self, int64_t step, const float *theta) {
    hol_report_spectra *s = &self->spectra;
    const hol_parameter_group *group = group_of(self, s->group);
    hol_status status = HOL_OK;
    if (hol_comm_rank(self->comm) == 0)
        status = hol_spectrum_find(theta + group->offset, group->rows, group->columns, s->values + s->steps * s->count);
    s->step[s->steps++] = step;
    return hol_comm_agree(self->comm, status);
}

/* The first matrix whose rows and columns are units. */
static void choose_group(hol_report *self) {
    hol_report_spectra *s = &self->spectra;
    const hol_model_info *info = &self->source.model->info;
    s->group = -1;
    for (int g = 0; g < info->group_count && s->group < 0; g++)
        if (info->groups[g].matrix && info->groups[g].rows > 1 && info->groups[g].columns > 1) s->group = g;
    if (s->group < 0) (void)snprintf(s->why, sizeof s->why, "the model has no matrix of couplings");
    else s->count = hol_spectrum_count(info->groups[s->group].rows, info->groups[s->group].columns);
    if (s->group >= 0 && s->count == 0) {
        s->group = -1;
        (void)snprintf(s->why, sizeof s->why, "the matrix is too large");
    }
}

hol_status hol_report_find_spectra(hol_report *self) {
    hol_status status = HOL_OK;
    hol_report_spectra *s = &self->spectra;
    float *theta = NULL;
    int64_t steps[HOL_REPORT_SPECTRA_MAX] = {0}, count = 0;
    choose_group(self);
    if (s->group < 0) return HOL_OK;
    status = HOL_ALLOCATE(s->values, HOL_PRODUCT(HOL_REPORT_SPECTRA_MAX, s->count), "spectra");
    if (status == HOL_OK) status = HOL_ALLOCATE(theta, self->source.model->info.parameters, "parameters");
    HOL_TRY(hol_comm_agree(self->comm, status));
    if (hol_comm_rank(self->comm) == 0)
        count = list_steps(self->arguments.runs.items[0], self->source.info.step, steps, HOL_REPORT_SPECTRA_MAX - 1);
    HOL_TRY(hol_comm_broadcast(self->comm, &count, sizeof count));
    HOL_TRY(hol_comm_broadcast(self->comm, steps, sizeof steps));
    for (int64_t k = 0; k < count; k++) {
        bool read = false;
        HOL_TRY(read_step(self, steps[k], theta, &read));
        if (read) HOL_TRY(add_spectrum(self, steps[k], theta));
    }
    HOL_TRY(add_spectrum(self, self->source.info.step, self->source.theta));
cleanup:
    hol_free(theta);
    return status;
}

/* The largest singular value, about, of the random matrix that learning began with: the spread of its entries times
 * sqrt(rows) + sqrt(columns) (Marchenko & Pastur 1967). */
static double edge_of(const hol_report *self, const hol_parameter_group *group) {
    return self->config->train.initial_weights * (sqrt((double)group->rows) + sqrt((double)group->columns));
}

/* How many values carry the norm: (sum s^2)^2 / sum s^4. */
static double participation_of(const double *values, int64_t count) {
    double squares = 0, fourths = 0;
    for (int64_t k = 0; k < count; k++) {
        squares += values[k] * values[k];
        fourths += values[k] * values[k] * values[k] * values[k];
    }
    return squares * squares / fourths;
}

static void print_spectra(const hol_report *self, FILE *to) {
    const hol_report_spectra *s = &self->spectra;
    const hol_parameter_group *group = s->group >= 0 ? group_of(self, s->group) : NULL;
    char names[HOL_REPORT_SPECTRA_MAX][32], caption[128];
    number carry;
    double *numbers = NULL;
    int64_t above = 0;
    if (!group && self->sites.there) return; /* couplings are of pairs */
    if (!group || hol_error_drop(HOL_ALLOCATE(numbers, s->count, "spectra"))) {
        hol_html_missing(to, "The spectrum is left out: %s.", group ? "memory is short" : s->why);
        return;
    }
    const double *newest = s->values + (s->steps - 1) * s->count, edge = edge_of(self, group);
    const double ends[] = {1e-9, 1e18}, level[] = {edge, edge};
    hol_chart chart = {.title = "Spectrum",
                       .x_label = "number",
                       .y_label = "singular value",
                       .x_log = s->count > 20,
                       .y_from = 0,
                       .y_to = 1.05 * newest[0]};
    for (int64_t k = 0; k < s->count; k++) numbers[k] = (double)(k + 1);
    while (above < s->count && newest[above] > edge) above++;
    for (int k = 0; k < s->steps; k++) {
        (void)snprintf(names[k], sizeof names[k], "step %lld", (long long)s->step[k]);
        chart.y_to = fmax(chart.y_to, 1.05 * s->values[k * s->count]);
        chart.series[chart.series_count++] = (hol_chart_series){
            names[k], HOL_CHART_LINE, s->steps - 1 - k, s->count, numbers, s->values + k * s->count, NULL};
    }
    chart.series[chart.series_count++] =
        (hol_chart_series){"edge of the random start", HOL_CHART_GUIDE, 0, 2, ends, level, NULL};
    (void)snprintf(caption, sizeof caption, "Singular values of %s", group->name);
    hol_html_figure(to, caption);
    hol_chart_print(to, &chart);
    hol_axis_number(participation_of(newest, s->count), 3, carry, sizeof carry);
    hol_html_paragraph(to,
                       "%lld of %lld stand out from the random matrix that learning began with; %s carry the norm "
                       "(participation ratio): about so many directions of the data has the model learned.",
                       (long long)above, (long long)s->count, carry);
    hol_html_figure_end(to);
    hol_free(numbers);
}

/* ---- histograms -------------------------------------------------------------------------------------------------- */

static void print_histogram(const hol_report *self, FILE *to, const hol_parameter_group *group) {
    const float *theta = self->source.theta + group->offset;
    const int64_t count = group->rows * group->columns;
    double *values = NULL, low = INFINITY, high = -INFINITY, edges[BINS + 1], shares[BINS];
    char caption[128], low_text[HOL_AXIS_LABEL_SIZE], high_text[HOL_AXIS_LABEL_SIZE], count_text[HOL_AXIS_LABEL_SIZE];
    int64_t zeros = 0;
    if (count < 32 || hol_error_drop(HOL_ALLOCATE(values, count, "weights"))) return;
    for (int64_t k = 0; k < count; k++) {
        values[k] =
            theta[k] > 0 || theta[k] < 0 ? (double)theta[k] : (double)NAN; /* no coupling: a diagonal, or none */
        zeros += isnan(values[k]);
        low = fmin(low, values[k]);
        high = fmax(high, values[k]);
    }
    const double most = fmax(fabs(low), fabs(high));
    if (low < high) {
        for (int b = 0; b <= BINS; b++) edges[b] = -most + 2 * most * b / BINS;
        hol_chart_count(values, count, -most, most, BINS, shares);
        const hol_chart chart = {.title = group->name,
                                 .x_label = "value",
                                 .y_label = "share (logarithmic)",
                                 .y_log = true,
                                 .series_count = 1,
                                 .series = {{NULL, HOL_CHART_STEPS, 0, BINS, edges, shares, NULL}}};
        (void)snprintf(caption, sizeof caption, "Values of %s", group->name);
        hol_html_figure(to, caption);
        hol_chart_print(to, &chart);
        hol_axis_number(low, 4, low_text, sizeof low_text);
        hol_axis_number(high, 4, high_text, sizeof high_text);
        hol_axis_number((double)(count - zeros), 1, count_text, sizeof count_text);
        hol_html_paragraph(to, "%s numbers, from %s to %s.", count_text, low_text, high_text);
        hol_html_figure_end(to);
    }
    hol_free(values);
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    double norm;
    int64_t unit;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->norm > y->norm || x->norm < y->norm) return x->norm < y->norm ? 1 : -1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static int compare_floats(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The size that one value in a hundred exceeds: where colours are full. */
static double find_largest(const float *values, int64_t count) {
    float *sizes = NULL;
    if (hol_error_drop(HOL_ALLOCATE(sizes, count, "weights"))) return 1;
    for (int64_t k = 0; k < count; k++) sizes[k] = fabsf(values[k]);
    qsort(sizes, (size_t)count, sizeof *sizes, compare_floats);
    const double largest = (double)sizes[count - 1 - count / 100];
    hol_free(sizes);
    return largest > 0 ? largest : 1;
}

static hol_status print_picture(FILE *to, const char *caption, hol_picture picture, const char *note) {
    hol_status status = HOL_OK;
    number largest;
    picture.title = caption;
    picture.largest = find_largest(picture.values, picture.count * picture.height * picture.width);
    picture.colors = HOL_PICTURE_SIGNED;
    picture.side = SIDE;
    hol_html_figure(to, caption);
    status = hol_picture_print(to, &picture);
    hol_axis_number(picture.largest, 2, largest, sizeof largest);
    hol_html_paragraph(to, "Red above 0, blue below; full colour from ±%s. %s", largest, note);
    hol_html_figure_end(to);
    return status;
}

/* The columns of a matrix whose rows are the image's pixels, those of the largest norm first. */
static hol_status print_filters(const hol_report *self, FILE *to, const hol_parameter_group *group) {
    hol_status status = HOL_OK;
    const int64_t *shape = self->source.info.item_shape, units = group->columns;
    const int64_t shown = units < FILTERS_MOST ? units : FILTERS_MOST;
    const float *w = self->source.theta + group->offset;
    ranked *order = NULL;
    float *tiles = NULL;
    char caption[128];
    HOL_TRY(HOL_ALLOCATE(order, units, "weights"));
    HOL_TRY(HOL_ALLOCATE(tiles, HOL_PRODUCT(shown, group->rows), "weights"));
    for (int64_t j = 0; j < units; j++) {
        order[j].unit = j;
        for (int64_t i = 0; i < group->rows; i++) order[j].norm += (double)w[i * units + j] * (double)w[i * units + j];
    }
    qsort(order, (size_t)units, sizeof *order, compare_ranked);
    for (int64_t k = 0; k < shown; k++)
        for (int64_t i = 0; i < group->rows; i++) tiles[k * group->rows + i] = w[i * units + order[k].unit];
    (void)snprintf(caption, sizeof caption, "%s: %lld of %lld units", group->name, (long long)shown, (long long)units);
    HOL_TRY(print_picture(to, caption,
                          (hol_picture){.count = shown, .height = shape[0], .width = shape[1], .values = tiles},
                          "An image for each unit, those with the largest weights first."));
cleanup:
    hol_free(order);
    hol_free(tiles);
    return status;
}

/* A matrix as it is; a vector of as many numbers as an image has pixels as that image. */
static hol_status print_group(const hol_report *self, FILE *to, const hol_parameter_group *group) {
    const int64_t *shape = self->source.info.item_shape, visible = self->source.info.visible;
    const bool is_image = shape[0] > 1 && shape[0] * shape[1] == visible;
    const float *values = self->source.theta + group->offset;
    if (is_image && group->matrix && group->rows == visible) return print_filters(self, to, group);
    if (is_image && strcmp(group->name, "visible_bias") == 0)
        return print_picture(to, group->name,
                             (hol_picture){.count = 1, .height = shape[0], .width = shape[1], .values = values}, "");
    if (group->matrix && group->rows > 1 && group->columns > 1 && group->rows <= MATRIX_MOST &&
        group->columns <= MATRIX_MOST)
        return print_picture(
            to, group->name,
            (hol_picture){.count = 1, .height = group->rows, .width = group->columns, .values = values},
            "Rows and columns are units.");
    return HOL_OK;
}

hol_status hol_report_print_weights(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const hol_model_info *info = &self->source.model->info;
    hol_html_section(to, "weights", "Parameters");
    hol_html_figures(to);
    for (int g = 0; g < info->group_count; g++) HOL_TRY(print_group(self, to, &info->groups[g]));
    if (self->stage.is_live) goto cleanup;
    print_spectra(self, to);
    for (int g = 0; g < info->group_count; g++)
        if (info->groups[g].decays) print_histogram(self, to, &info->groups[g]);
cleanup:
    hol_html_figures_end(to);
    hol_html_section_end(to);
    return status;
}
