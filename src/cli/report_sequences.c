/* report_sequences: sections of a page on a model of sequences: letters beside letters, frequencies, components,
 * contacts. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/contact_map.h"
#include "report.h"
#include "result/axis.h"
#include "result/chart.h"
#include "result/logo.h"

enum { LINES = 12, LOGO_MOST = 420, LOGO_LINE = 105, STATES_SHOWN = 62, MAP_SIDE = 560, FIRST = 20 };
typedef char number[HOL_AXIS_LABEL_SIZE];

static const char *say(double value, int digits, number text) {
    hol_axis_number(value, digits, text, sizeof(number));
    return text;
}

/* ---- sequences --------------------------------------------------------------------------------------------------- */

/* A line each of rows, evenly from all of them. */
static hol_status print_rows(const hol_report_sites *s, FILE *to, const char *caption, const hol_state_rows *rows) {
    const int64_t sites = rows->sites, lines = rows->rows < LINES ? rows->rows : LINES;
    char *text = NULL;
    const hol_status status = HOL_ALLOCATE(text, HOL_PRODUCT(lines, sites + 1) + 1, "sequences");
    if (status != HOL_OK) return status;
    for (int64_t l = 0; l < lines; l++) {
        const uint8_t *row = rows->values + l * rows->rows / lines * sites;
        for (int64_t i = 0; i < sites; i++) text[l * (sites + 1) + i] = s->letters[row[i]];
        text[l * (sites + 1) + sites] = '\n';
    }
    hol_html_wide_figure(to, caption);
    hol_html_lines(to, NULL, text);
    hol_html_figure_end(to);
    hol_free(text);
    return HOL_OK;
}

static hol_status print_logo(const hol_report_sites *s, FILE *to) {
    hol_status status = HOL_OK;
    const int64_t sites = s->pairs.sites < LOGO_MOST ? s->pairs.sites : LOGO_MOST, states = s->pairs.states;
    double *heights[2] = {NULL};
    hol_logo logo = {.title = "Letters at each site, of data and of samples",
                     .sites = sites,
                     .states = states,
                     .letters = s->letters,
                     .stack_count = 2,
                     .names = {"data", "model"},
                     .line = LOGO_LINE};
    for (int k = 0; k < 2; k++) {
        HOL_TRY(HOL_ALLOCATE(heights[k], HOL_PRODUCT(sites, states), "letters"));
        logo.most = hol_logo_weigh(sites, states, s->gap, s->means[k], heights[k]);
        logo.heights[k] = heights[k];
    }
    hol_html_wide_figure(to, "Profile: letters at each site");
    hol_logo_print(to, &logo);
    hol_html_paragraph(to,
                       "Sites are numbered from 1. A letter is as high as its share times what the site's letters say, "
                       "%.2f bits at most%s.%s",
                       logo.most, s->gap >= 0 ? "; gaps leave room" : "",
                       sites < s->pairs.sites ? " The first 420 sites." : "");
    hol_html_figure_end(to);
cleanup:
    hol_free(heights[0]);
    hol_free(heights[1]);
    return status;
}

hol_status hol_report_print_sequences(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const hol_report_sites *s = &self->sites;
    char caption[HOL_RUNS_TEXT_MAX + 64];
    hol_html_section(to, "samples", "Sequences beside samples");
    hol_html_paragraph(to, "A good model's samples look like the family, in kind and in variety.");
    hol_html_figures(to);
    (void)snprintf(caption, sizeof caption, "Rows of %s", s->name);
    HOL_TRY(print_rows(s, to, caption, &s->data));
    HOL_TRY(print_rows(s, to, "Samples of the model", &s->samples));
    if (s->pairs.states <= STATES_SHOWN) HOL_TRY(print_logo(s, to));
cleanup:
    hol_html_figures_end(to);
    hol_html_section_end(to);
    return status;
}

/* ---- frequencies ------------------------------------------------------------------------------------------------- */

void hol_report_print_frequencies(const hol_report *self, FILE *to) {
    const hol_report_sites *s = &self->sites;
    number samples, used, rows, chance;
    char weighted[96] = "", more[160], some[64] = "";
    hol_html_section(to, "moments", "Model against data");
    if (s->data.weights) (void)snprintf(weighted, sizeof weighted, ", each by its weight (ESS %.1f)", s->effective);
    if (s->stride > 1) (void)snprintf(some, sizeof some, "; of one in %lld pairs of sites", (long long)s->stride);
    hol_html_paragraph(to,
                       "%s samples of the model against %s of %s rows of %s%s%s. Points on the dashed line are letters "
                       "at sites, or pairs of them, that the model has right.",
                       say((double)s->samples.rows, 1, samples), say((double)s->data.rows, 1, used),
                       say((double)s->rows, 1, rows), s->name, s->is_training ? ", which the run learns from" : "",
                       weighted);
    (void)snprintf(more, sizeof more, "; chance alone gives %s%s", say(self->pairs_noise, 2, chance), some);
    hol_html_figures(to);
    hol_report_print_scatter(to, "Frequencies f_i(a) of letters at sites", s->means[0], s->means[1],
                             s->pairs.sites * s->pairs.states, &self->of_means, "");
    hol_report_print_scatter(to, "Correlations f_ij(a, b) - f_i(a) f_j(b) of pairs of sites", s->connected[0],
                             s->connected[1], s->connected_count, &self->of_pairs, more);
    hol_html_figures_end(to);
    hol_html_section_end(to);
}

/* ---- principal components ---------------------------------------------------------------------------------------- */

typedef struct range {
    double from, to;
} range;

static range range_of(const hol_report_sites *s, int component) {
    const hol_state_rows *rows[] = {&s->data, &s->samples};
    range all = {INFINITY, -INFINITY};
    for (int k = 0; k < 2; k++)
        for (int64_t r = 0; r < rows[k]->rows; r++) {
            all.from = fmin(all.from, s->coordinates[k][component][r]);
            all.to = fmax(all.to, s->coordinates[k][component][r]);
        }
    const double margin = 0.05 * (all.to - all.from);
    return (range){all.from - margin, all.to + margin};
}

static void print_cloud(const hol_report_sites *s, FILE *to, const char *caption, int of, int64_t rows) {
    const range x = range_of(s, 0), y = range_of(s, 1);
    const hol_chart chart = {.title = caption,
                             .x_label = "first component",
                             .y_label = "second component",
                             .width = 400,
                             .height = 380,
                             .x_from = x.from,
                             .x_to = x.to,
                             .y_from = y.from,
                             .y_to = y.to,
                             .series_count = 1,
                             .series = {{.mark = HOL_CHART_POINTS,
                                         .color = of,
                                         .points = rows,
                                         .x = s->coordinates[of][0],
                                         .y = s->coordinates[of][1]}}};
    hol_html_figure(to, caption);
    hol_chart_print(to, &chart);
    hol_html_figure_end(to);
}

void hol_report_print_components(const hol_report *self, FILE *to) {
    const hol_report_sites *s = &self->sites;
    number first, second;
    if (!s->there || !(s->components.variances[1] > 0)) return;
    hol_html_section(to, "components", "Principal components");
    hol_html_paragraph(to,
                       "The two directions in which the data, a 0 or 1 for each letter at each site, spread most: they "
                       "hold %s %% and %s %% of the variance. In a good model samples fill what data fill, groups "
                       "apart from each other too.",
                       say(100 * s->components.variances[0] / s->components.variance, 3, first),
                       say(100 * s->components.variances[1] / s->components.variance, 3, second));
    hol_html_figures(to);
    print_cloud(s, to, "Data", 0, s->data.rows);
    print_cloud(s, to, "Samples, on the data's axes", 1, s->samples.rows);
    hol_html_figures_end(to);
    hol_html_section_end(to);
}

/* ---- contacts ---------------------------------------------------------------------------------------------------- */

/* The k-th of the pairs, by score, whose sites are far enough apart; -1: there are not as many. */
static int64_t next_pair(const hol_contacts *c, int64_t *at) {
    while (*at < c->count) {
        const int64_t pair = c->order[(*at)++];
        if (c->ends[2 * pair + 1] - c->ends[2 * pair] >= HOL_REPORT_APART) return pair;
    }
    return -1;
}

static hol_status print_map(const hol_report *self, FILE *to) {
    const hol_contacts *c = &self->sites.contacts;
    hol_contact_map map = {0};
    hol_status status = HOL_OK;
    HOL_TRY(hol_contact_map_make(c, HOL_REPORT_APART, MAP_SIDE, &map));
    if (self->structure.options.file) hol_native_mark(&self->structure, &map);
    hol_html_figure(to, "Contact map");
    HOL_TRY(hol_picture_print(to, &map.picture));
    hol_html_paragraph(to,
                       "Site 1 is at the top left. Above the diagonal scores, from 0 (white) to that of the pair L/5 "
                       "and more; below it %s L = %lld.",
                       self->structure.options.file
                           ? "contacts of the structure (blue), and pairs whose distance is not known (pale);"
                           : "the first L pairs of sites far enough apart;",
                       (long long)c->sites);
    hol_html_figure_end(to);
cleanup:
    hol_contact_map_clear(&map);
    return status;
}

/* Of a structure also how far apart the sites of a pair are. */
static void print_first(const hol_report *self, FILE *to) {
    static const char *const heads[] = {"sites", "", "score", "angstrom", ""};
    const hol_contacts *c = &self->sites.contacts;
    const hol_native *structure = self->structure.options.file ? &self->structure : NULL;
    const int columns = structure ? 5 : 3;
    char text[4][32] = {{0}};
    int64_t at = 0;
    hol_html_figure(to, "The strongest pairs");
    hol_html_table(to, heads, columns, 0);
    for (int n = 0; n < FIRST; n++) {
        const int64_t pair = next_pair(c, &at);
        if (pair < 0) break;
        const int32_t *ends = c->ends + 2 * pair;
        const double distance = structure ? hol_distances_get(&structure->distances, ends[0], ends[1]) : (double)NAN;
        for (int k = 0; k < 2; k++) (void)snprintf(text[k], sizeof text[k], "%d", (int)ends[k] + 1);
        (void)snprintf(text[2], sizeof text[2], "%.4f", c->scores[pair]);
        (void)snprintf(text[3], sizeof text[3], isnan(distance) ? "-" : "%.2f", distance);
        const char *const cells[] = {text[0], text[1], text[2], text[3],
                                     structure && distance < structure->options.cutoff ? "contact" : ""};
        hol_html_row(to, cells, columns, 0);
    }
    hol_html_table_end(to);
    hol_html_figure_end(to);
}

static void say_contacts(const hol_report *self, FILE *to) {
    const hol_native *structure = &self->structure;
    hol_html_paragraph(to,
                       "Pairs of sites by the norm of their couplings, in the zero-sum gauge%s, with average-product "
                       "correction, sites at least %d apart: the strongest are likely to touch each other in the "
                       "folded molecule.",
                       self->sites.gap >= 0 ? " without the gap" : "", HOL_REPORT_APART);
    if (!structure->options.file)
        hol_html_paragraph(to, "`holode report %s --structure FILE` compares them with a structure.",
                           self->arguments.runs.items[0]);
    else
        hol_html_paragraph(to, "Compared with %s: %lld of %lld pairs with a known distance are contacts, %.1f %%.",
                           structure->options.file, (long long)structure->verdict.close,
                           (long long)structure->verdict.all, 100 * hol_native_chance(structure));
}

hol_status hol_report_print_contacts(const hol_report *self, FILE *to) {
    hol_status status = HOL_OK;
    const hol_native *structure = self->structure.options.file ? &self->structure : NULL;
    if (!self->sites.there || self->sites.contacts.count == 0) return HOL_OK;
    hol_html_section(to, "contacts", "Contacts");
    say_contacts(self, to);
    hol_html_figures(to);
    HOL_TRY(print_map(self, to));
    if (structure) HOL_TRY(hol_native_print_precision(structure, to));
    print_first(self, to);
cleanup:
    hol_html_figures_end(to);
    hol_html_section_end(to);
    return status;
}
