/* report_model: sections on a model: its samples beside data, moments, mixing, weights. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/names.h"
#include "report.h"
#include "result/axis.h"
#include "result/chart.h"
#include "result/picture.h"

enum { SIDE = 560, RASTER_MOST = 1024, BINS = 60 };
typedef char number[HOL_AXIS_LABEL_SIZE];

static const char *say(double value, int digits, number text) {
    hol_axis_number(value, digits, text, sizeof(number));
    return text;
}

static bool has_shape(const hol_report *self) {
    const int64_t *shape = self->source.info.item_shape;
    return shape[0] > 1 && shape[0] * shape[1] == self->source.info.visible;
}

/* ---- samples ----------------------------------------------------------------------------------------------------- */

/* Tiles are images, or each a row of a raster, of the first RASTER_MOST units. */
static hol_status print_tiles(const hol_report *self, FILE *to, const char *caption, const float *tiles,
                              int64_t count) {
    hol_status status = HOL_OK;
    const int64_t visible = self->source.info.visible;
    const int64_t shown = has_shape(self) || visible < RASTER_MOST ? visible : RASTER_MOST;
    const char *grey = self->data.there && self->data.set->held ? " Grey is not known." : "";
    float *rows = NULL;
    const bool lies = !has_shape(self) && shown < count; /* few units: a column each row */
    HOL_TRY(HOL_ALLOCATE(rows, HOL_PRODUCT(count, shown), "samples"));
    for (int64_t r = 0; r < count; r++)
        for (int64_t i = 0; i < shown; i++) {
            const float value = tiles[r * visible + i];
            rows[lies ? i * count + r : r * shown + i] = isnan(value) ? 0.5F : value;
        }
    hol_picture picture = {.title = caption, .largest = 1, .side = SIDE, .values = rows};
    if (has_shape(self)) {
        picture.count = count;
        picture.height = self->source.info.item_shape[0];
        picture.width = self->source.info.item_shape[1];
        picture.columns = 8;
    } else {
        picture.count = 1;
        picture.height = lies ? shown : count;
        picture.width = lies ? count : shown;
    }
    hol_html_figure(to, caption);
    HOL_TRY(hol_picture_print(to, &picture));
    if (!has_shape(self))
        hol_html_paragraph(to, "A %s each, units from %s; white is 1.%s%s", lies ? "column" : "row",
                           lies ? "top to bottom" : "left to right", shown < visible ? " The first 1,024 units." : "",
                           grey);
    else if (*grey) hol_html_paragraph(to, "%s", grey + 1);
    hol_html_figure_end(to);
cleanup:
    hol_free(rows);
    return status;
}

hol_status hol_report_print_samples(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const hol_report_chains *m = &self->mixing;
    char caption[128];
    hol_html_section(to, "samples", "Data beside samples");
    hol_html_paragraph(to, "A good model's samples look like data, in kind and in variety.");
    if (!self->data.there) hol_html_missing(to, "Data are left out: %s.", self->data.why);
    if (m->tile_count == 0) hol_html_missing(to, "Samples are left out: %s.", m->why);
    hol_html_figures(to);
    (void)snprintf(caption, sizeof caption, "%lld rows of the data", (long long)self->data.tile_count);
    if (self->data.there) HOL_TRY(print_tiles(self, to, caption, self->data.tiles, self->data.tile_count));
    (void)snprintf(caption, sizeof caption, "%lld %s%s", (long long)m->tile_count,
                   self->stage.is_live ? "of the run's own chains" : "samples of the model",
                   m->probabilities ? " (probabilities)" : "");
    if (m->tile_count > 0) HOL_TRY(print_tiles(self, to, caption, m->tiles, m->tile_count));
cleanup:
    hol_html_figures_end(to);
    hol_html_section_end(to);
    return status;
}

/* ---- moments ----------------------------------------------------------------------------------------------------- */

void hol_report_print_scatter(FILE *to, const char *caption, const double *x, const double *y, int64_t count,
                              const hol_comparison *c, const char *more) {
    number pearson, slope, rms;
    const hol_chart chart = {.title = caption,
                             .x_label = "data",
                             .y_label = "model",
                             .width = 400,
                             .height = 380,
                             .diagonal = true,
                             .series_count = 1,
                             .series = {{.mark = HOL_CHART_POINTS, .points = count, .x = x, .y = y}}};
    hol_html_figure(to, caption);
    hol_chart_print(to, &chart);
    hol_html_paragraph(to, "Pearson %s, slope %s, root mean square difference %s%s.", say(c->pearson, 4, pearson),
                       say(c->slope, 4, slope), say(c->rms, 2, rms), more);
    hol_html_figure_end(to);
}

static hol_status print_pairs(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const int64_t units = self->units, count = units * (units - 1) / 2;
    double *values = NULL;
    char more[128];
    number chance;
    int64_t at = 0;
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(2, count), "correlations"));
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = i + 1; j < units; j++, at++) {
            values[at] = self->data.pairs[i * units + j];
            values[count + at] = self->mixing.pairs[i * units + j];
        }
    (void)snprintf(more, sizeof more, "; chance alone gives %s%s", say(self->pairs_noise, 2, chance),
                   units < self->source.info.visible ? "; of the first 1,024 units" : "");
    hol_report_print_scatter(to, "Correlations of pairs of units", values, values + count, count, &self->of_pairs,
                             more);
cleanup:
    hol_free(values);
    return status;
}

/* ---- what is furthest off ---------------------------------------------------------------------------------------- */

enum { WORST = 5 };

/* Of entries k of data and model, the WORST that differ most, those of the largest difference first. */
typedef struct worst {
    int count;
    int64_t first[WORST], second[WORST];
    double data[WORST], model[WORST];
} worst;

static void consider(worst *self, int64_t first, int64_t second, double data, double model) {
    int at = self->count;
    if (isnan(data) || isnan(model)) return;
    while (at > 0 && fabs(model - data) > fabs(self->model[at - 1] - self->data[at - 1])) at--;
    if (at == WORST) return;
    self->count += self->count < WORST;
    for (int k = self->count - 1; k > at; k--) {
        self->first[k] = self->first[k - 1];
        self->second[k] = self->second[k - 1];
        self->data[k] = self->data[k - 1];
        self->model[k] = self->model[k - 1];
    }
    self->first[at] = first;
    self->second[at] = second;
    self->data[at] = data;
    self->model[at] = model;
}

static void print_worst(FILE *to, const char *what, const worst *self, char *const *names) {
    const char *const heads[] = {what, "data", "model"};
    char data[HOL_AXIS_LABEL_SIZE], model[HOL_AXIS_LABEL_SIZE], both[HOL_REPORT_TEXT];
    hol_html_table(to, heads, 3, 1);
    for (int k = 0; k < self->count; k++) {
        const bool is_pair = self->second[k] >= 0;
        (void)snprintf(both, sizeof both, "%s%s%s", names[self->first[k]], is_pair ? ", " : "",
                       is_pair ? names[self->second[k]] : "");
        hol_axis_number(self->data[k], 4, data, sizeof data);
        hol_axis_number(self->model[k], 4, model, sizeof model);
        hol_html_row(to, (const char *const[]){both, data, model}, 3, 1);
    }
    hol_html_table_end(to);
}

/* By their names, where units are columns of the data. */
static void print_furthest(const hol_report *self, FILE *to) {
    worst means = {0}, pairs = {0};
    char **names = NULL;
    const int64_t units = self->units;
    if (self->source.model->info.columns.count > 0) return;
    if (hol_error_drop(hol_cli_make_names(self->comm, &self->source.info, self->source.model, &names))) return;
    for (int64_t i = 0; i < units; i++) {
        consider(&means, i, -1, self->data.means[i], self->mixing.means[i]);
        for (int64_t j = i + 1; j < units; j++)
            consider(&pairs, i, j, self->data.pairs[i * units + j], self->mixing.pairs[i * units + j]);
    }
    hol_html_figure(to, "What is furthest off");
    print_worst(to, "mean of", &means, names);
    if (pairs.count > 0) print_worst(to, "correlation of", &pairs, names);
    hol_html_figure_end(to);
    hol_free(names);
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

/* How many units are on at a time: what pairs do not fix. */
static void print_sums(const hol_report *self, FILE *to) {
    enum { SUMS_MOST = 4096 };
    const int64_t visible = self->source.info.visible;
    double edges[SUMS_MOST + 2], data[SUMS_MOST + 1], model[SUMS_MOST + 1], of_data = 0, of_model = 0;
    int64_t first = 0, last = visible, bins = 0;
    if (self->source.model->info.columns.count > 0 || visible > SUMS_MOST) return;
    const double *sums[] = {self->data.sums, self->mixing.sums};
    while (first < last && !(sums[0][first] + sums[1][first] > 0)) first++;
    while (last > first && !(sums[0][last] + sums[1][last] > 0)) last--;
    if (last <= first && !(sums[0][first] > 0)) return; /* no row is known as a whole */
    const int64_t width = (last - first) / BINS + 1;
    for (int64_t k = 0; k <= visible; k++) {
        of_data += sums[0][k];
        of_model += sums[1][k];
    }
    for (int64_t k = first; k <= last; k += width, bins++) {
        edges[bins] = (double)k - 0.5;
        data[bins] = model[bins] = 0;
        for (int64_t l = k; l < k + width && l <= visible; l++) {
            data[bins] += sums[0][l] / of_data;
            model[bins] += sums[1][l] / of_model;
        }
    }
    edges[bins] = edges[bins - 1] + (double)width;
    const hol_chart chart = {.title = "Units that are on at a time",
                             .x_label = "units that are on",
                             .y_label = "share of rows",
                             .series_count = 2,
                             .series = {{"data", HOL_CHART_STEPS, 0, bins, edges, data, NULL},
                                        {"model", HOL_CHART_STEPS, 1, bins, edges, model, NULL}}};
    hol_html_figure(to, chart.title);
    hol_chart_print(to, &chart);
    hol_html_paragraph(to,
                       "This follows from no mean and no pair: a model that has it right has learned more than those.");
    hol_html_figure_end(to);
}

void hol_report_print_moments(const hol_report *self, FILE *to) {
    number samples, used, rows;
    char weighted[96] = "", missing[240] = "", unknown[64] = "";
    const double known = (double)(self->data.used - self->data.unknown);
    hol_html_section(to, "moments", "Model against data");
    if (self->data.there && self->data.set->weights && self->data.effective < known - 0.05)
        (void)snprintf(weighted, sizeof weighted, ", each by its weight (ESS %.1f)", self->data.effective);
    if (self->data.unknown > 0)
        (void)snprintf(unknown, sizeof unknown, "; of %lld rows nothing is", (long long)self->data.unknown);
    if (self->data.missing > 0)
        (void)snprintf(missing, sizeof missing,
                       " %.3g %% of their values are not known: a mean is over the rows in which a unit is known, a "
                       "pair's over those in which both are%s.",
                       100 * self->data.missing, unknown);
    if (!self->data.there || !self->mixing.there) {
        hol_html_missing(to, "Left out: %s.", self->data.there ? self->mixing.why : self->data.why);
        hol_html_section_end(to);
        return;
    }
    hol_html_paragraph(
        to,
        "%s samples of the model against %s of %s rows of %s%s%s.%s Points on the dashed line are units, or "
        "pairs, that the model has right.",
        say((double)self->mixing.samples, 1, samples), say((double)self->data.used, 1, used),
        say((double)self->data.rows, 1, rows), self->data.name,
        self->data.is_training ? ", which the run learns from" : "", weighted, missing);
    hol_html_figures(to);
    hol_report_print_scatter(to, "Means of units", self->data.means, self->mixing.means, self->units, &self->of_means,
                             "");
    if (self->units > 1 && hol_error_drop(print_pairs(self, to)))
        hol_html_missing(to, "Correlations are left out: memory is short.");
    print_sums(self, to);
    print_furthest(self, to);
    hol_html_figures_end(to);
    hol_html_section_end(to);
}

/* ---- mixing ------------------------------------------------------------------------------------------------------ */

static void print_correlation(const hol_report *self, FILE *to) {
    const hol_report_chains *m = &self->mixing;
    double lags[HOL_REPORT_LAGS];
    number time, rhat;
    double least = 0;
    for (int64_t k = 0; k < m->lags; k++) {
        lags[k] = (double)k;
        least = fmin(least, m->correlation[k]);
    }
    const double ends[] = {0, 1e9}, zero[] = {0, 0};
    const hol_chart chart = {.title = "Autocorrelation",
                             .x_label = "sweeps apart",
                             .y_label = "autocorrelation",
                             .y_from = least < -0.05 ? least : 0,
                             .y_to = 1,
                             .series_count = 2,
                             .series = {{NULL, HOL_CHART_GUIDE, 0, 2, ends, zero, NULL},
                                        {NULL, HOL_CHART_LINE, 0, m->lags, lags, m->correlation, NULL}}};
    hol_html_figure(to, chart.title);
    if (isfinite(m->traces.time)) hol_chart_print(to, &chart);
    hol_html_paragraph(to,
                       "Of the %s, over %lld chains and %lld sweeps: %s sweeps until a chain has forgotten where it "
                       "was; split R-hat %s, "
                       "where up to %.3f may be chance.",
                       hol_mixing_watched(self->source.model), (long long)m->count, (long long)m->length,
                       say(m->traces.time, 3, time), say(m->traces.rhat, 5, rhat), m->traces.rhat_max);
    hol_html_figure_end(to);
}

/* the 1st of 1,000 values on each side are left outside */
static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void widen(double *room, const double *values, int64_t count, int64_t step, double *low, double *high) {
    int64_t taken = 0;
    for (int64_t k = 0; values && k < count; k += step)
        if (isfinite(values[k])) room[taken++] = values[k];
    if (taken == 0) return;
    qsort(room, (size_t)taken, sizeof *room, compare);
    *low = fmin(*low, room[taken / 1000]);
    *high = fmax(*high, room[taken - 1 - taken / 1000]);
}

/* The last half of each chain's series, packed into room: (chains, length - length / 2). */
static int64_t pack_last_half(const double *series, int64_t chains, int64_t length, double *room) {
    int64_t count = 0;
    for (int64_t c = 0; c < chains; c++)
        for (int64_t s = length / 2; s < length; s++) room[count++] = series[c * length + s];
    return count;
}

static hol_status print_energies(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const hol_report_chains *m = &self->mixing;
    const int64_t half = m->length - m->length / 2,
                  most = (m->count > m->fresh_count ? m->count : m->fresh_count) * half;
    double low = INFINITY, high = -INFINITY, *kept = NULL, *fresh = NULL, *room = NULL;
    double edges[BINS + 1], of_data[BINS], of_kept[BINS], of_fresh[BINS];
    hol_chart chart = {.title = "Energies", .y_label = "share"};
    char label[64];
    HOL_TRY(HOL_ALLOCATE(kept, m->count * half, "energies"));
    HOL_TRY(HOL_ALLOCATE(fresh, m->fresh_count * half, "energies"));
    HOL_TRY(HOL_ALLOCATE(room, most > self->data.used ? most : self->data.used, "energies"));
    const int64_t kept_count = pack_last_half(m->kept, m->count, m->length, kept);
    const int64_t fresh_count = pack_last_half(m->fresh, m->fresh_count, m->length, fresh);
    widen(room, kept, kept_count, 1, &low, &high);
    widen(room, fresh, fresh_count, 1, &low, &high);
    widen(room, self->data.free_energies, self->data.used, 1, &low, &high);
    if (!(low < high)) goto cleanup;
    for (int b = 0; b <= BINS; b++) edges[b] = low + (high - low) * b / BINS;
    hol_chart_count(kept, kept_count, low, high, BINS, of_kept);
    hol_chart_count(fresh, fresh_count, low, high, BINS, of_fresh);
    if (self->data.free_energies) {
        hol_chart_count(self->data.free_energies, self->data.used, low, high, BINS, of_data);
        chart.series[chart.series_count++] = (hol_chart_series){"data", HOL_CHART_STEPS, 0, BINS, edges, of_data, NULL};
    }
    chart.series[chart.series_count++] =
        (hol_chart_series){"chains of the model", HOL_CHART_STEPS, 1, BINS, edges, of_kept, NULL};
    chart.series[chart.series_count++] =
        (hol_chart_series){"begun at random", HOL_CHART_STEPS, 2, BINS, edges, of_fresh, NULL};
    (void)snprintf(label, sizeof label, "%s, nats", hol_mixing_watched(self->source.model));
    chart.x_label = label;
    hol_html_figure(to, "Energies of data, and of chains");
    hol_chart_print(to, &chart);
    hol_html_paragraph(
        to, "In a good model all lie on each other. Chains are those of the last %lld sweeps; they began at %s.",
        (long long)half, m->start);
    hol_html_figure_end(to);
cleanup:
    hol_free(kept);
    hol_free(fresh);
    hol_free(room);
    return status;
}

static void print_approach(const hol_report *self, FILE *to) {
    const hol_mixing_approach *a = &self->mixing.approach;
    double sweeps[HOL_MIXING_TIMES_MAX];
    if (a->count < 2) return;
    for (int k = 0; k < a->count; k++) sweeps[k] = (double)a->sweeps[k];
    const double ends[] = {1e-9, 1e18}, noise[] = {a->noise, a->noise};
    const hol_chart chart = {
        .title = "The way from random states to the data",
        .x_label = "sweeps",
        .y_label = "distance of means, squared",
        .x_log = true,
        .y_log = true,
        .series_count = 2,
        .series = {{"chance", HOL_CHART_GUIDE, 0, 2, ends, noise, NULL},
                   {"chains begun at random", HOL_CHART_LINE, 2, a->count, sweeps, a->distance, NULL}}};
    hol_html_figure(to, chart.title);
    hol_chart_print(to, &chart);
    hol_html_paragraph(
        to, "It should fall and stay down. Where it rises again, the model was trained for chains of about so many "
            "sweeps, and is out of equilibrium.");
    hol_html_figure_end(to);
}

/* The same by the correlations of all pairs. */
static void print_agreement(const hol_report *self, FILE *to) {
    const hol_agreement *a = &self->mixing.agreement;
    double sweeps[HOL_AGREEMENT_TIMES_MAX];
    if (a->count < 2 || isnan(a->own)) return;
    for (int k = 0; k < a->count; k++) sweeps[k] = (double)a->sweeps[k];
    const double ends[] = {1e-9, 1e18}, own[] = {a->own, a->own};
    const hol_chart chart = {.title = "The run's chains as they go on, and others",
                             .x_label = "sweeps",
                             .y_label = "Pearson's coefficient",
                             .x_log = true,
                             .series_count = 3,
                             .series = {{"as the run's stand", HOL_CHART_GUIDE, 0, 2, ends, own, NULL},
                                        {"the run's, gone on", HOL_CHART_LINE, 1, a->count, sweeps, a->on, NULL},
                                        {"begun at random", HOL_CHART_LINE, 2, a->count, sweeps, a->fresh, NULL}}};
    hol_html_figure(to, chart.title);
    hol_chart_print(to, &chart);
    hol_html_paragraph(
        to,
        "With %s. The parameters are fixed: chains that show their model stay where they are, and others come "
        "there. Where they fall together, the model is another than its chains were in training.",
        self->mixing.agreement_data);
    hol_html_figure_end(to);
}

void hol_report_print_mixing(const hol_report *self, FILE *to) {
    hol_html_section(to, "mixing", "Whether chains mix");
    if (!self->mixing.there) hol_html_missing(to, "Left out: %s.", self->mixing.why);
    else {
        hol_html_figures(to);
        print_correlation(self, to);
        if (hol_error_drop(print_energies(self, to))) hol_html_missing(to, "Energies are left out: memory is short.");
        print_approach(self, to);
        print_agreement(self, to);
        hol_html_figures_end(to);
    }
    hol_html_section_end(to);
}
