/* contacts_write: pairs, map, precision and a page of these as files. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/contact_map.h"
#include "cli/folder.h"
#include "contacts.h"
#include "io/output.h"
#include "io/replace.h"
#include "result/chart.h"
#include "result/html.h"
#include "result/picture.h"

enum { MAP_SIDE = 1200, PAGE_SIDE = 520 };

/* ---- names ------------------------------------------------------------------------------------------------------- */

typedef enum part { PAIRS, MAP, PRECISION, PAGE, PARTS } part;

static const char *const names[PARTS] = {"contacts.csv", "contacts.png", "precision.csv", "contacts.html"};
static const hol_output_kind kinds[PARTS] = {{.ending = ".csv", .begins = "i,j,score,norm"},
                                             {.ending = ".png"},
                                             {.ending = ".csv", .begins = "n,i,j,distance,ppv"},
                                             {.ending = ".html", .begins = HOL_HTML_BEGINS}};

static hol_folder folder_of(const hol_contacts_command *self) {
    return (hol_folder){.output = self->arguments.output, .count = PARTS, .names = names, .kinds = kinds};
}

static bool is_written(const hol_contacts_command *self, part which) {
    const hol_folder folder = folder_of(self);
    const char *output = self->arguments.output;
    if (!hol_folder_is_directory(&folder))
        return hol_output_ends_with(output, kinds[which].ending) && which != PRECISION;
    return which != PRECISION || self->arguments.structure.file;
}

hol_status hol_contacts_check_output(hol_contacts_command *self) {
    hol_status status = HOL_OK;
    char path[HOL_FOLDER_PATH_SIZE];
    const hol_folder folder = folder_of(self);
    const char *const inputs[] = {self->arguments.file, self->arguments.structure.file};
    for (int k = 0; k < PARTS && self->arguments.output; k++) {
        if (!is_written(self, (part)k)) continue;
        HOL_TRY(hol_folder_name(&folder, k, path));
        HOL_TRY(hol_output_check(self->comm, path, &kinds[k], 1, inputs, 2));
    }
cleanup:
    return status;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

typedef struct page {
    const hol_contacts_command *self;
    const hol_picture *map;
} page;

static hol_status print_page(FILE *to, const void *context) {
    const page *p = context;
    const hol_contacts_command *self = p->self;
    hol_status status = HOL_OK;
    hol_html_begin(to, "Contacts", hol_chart_style);
    hol_html_heading(to, "Contacts of %s", self->arguments.file);
    hol_html_paragraph(to,
                       "%lld sites, %lld pairs with couplings. Scores are Frobenius norms in the zero-sum gauge, "
                       "with average-product correction.",
                       (long long)self->contacts.sites, (long long)self->contacts.count);
    hol_html_figures(to);
    hol_html_figure(to, "Contact map");
    HOL_TRY(hol_picture_print(to, p->map));
    hol_html_paragraph(to, "%s",
                       self->structure.options.file
                           ? "Site 1 is at the top left. Above the diagonal scores, from 0 (white) to that of "
                             "pair L/5 and more; below it contacts of the structure (blue), and pairs whose "
                             "distance is not known (pale)."
                           : "Site 1 is at the top left. Above the diagonal scores, from 0 (white) to that of "
                             "pair L/5 and more; below it the first L pairs.");
    hol_html_figure_end(to);
    if (self->structure.options.file) HOL_TRY(hol_native_print_precision(&self->structure, to));
    hol_html_figures_end(to);
    hol_html_end(to);
cleanup:
    return status;
}

static hol_status write_page(const hol_contacts_command *self, hol_contact_map *map, const char *path) {
    const page p = {.self = self, .map = &map->picture};
    hol_contact_map_resize(map, PAGE_SIDE);
    return hol_replace_print(path, print_page, &p);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* what a table, of a result that is shown nowhere, has as comma-separated values */
static hol_status write_table(const hol_contacts_command *self, const char *path) {
    hol_result *scratch = NULL;
    hol_status status = hol_result_create(NULL, &scratch);
    if (status != HOL_OK) return status;
    const hol_record *table = hol_contacts_table(self, scratch, NULL, self->contacts.count);
    if (table) status = hol_replace_with_text(path, hol_result_write_table, table);
    if (status == HOL_OK) status = hol_result_finish(scratch, HOL_OK);
    hol_result_destroy(scratch);
    return status;
}

static void print_precision(FILE *to, const void *context) {
    const hol_contacts_command *self = context;
    (void)fputs("n,i,j,distance,ppv\n", to);
    for (int64_t k = 0; k < self->structure.verdict.count; k++) {
        const int32_t *ends = self->contacts.ends + 2 * self->structure.verdict.pairs[k];
        (void)fprintf(to, "%lld,%lld,%lld,%.6g,%.6f\n", (long long)(k + 1), (long long)ends[0] + 1,
                      (long long)ends[1] + 1, hol_distances_get(&self->structure.distances, ends[0], ends[1]),
                      self->structure.verdict.precision[k]);
    }
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

static hol_status write_part(const hol_contacts_command *self, part which, hol_contact_map *map, const char *path) {
    if (which == PAIRS) return write_table(self, path);
    if (which == MAP) return hol_picture_write(path, &map->picture);
    if (which == PRECISION) return hol_replace_with_text(path, print_precision, self);
    return write_page(self, map, path);
}

hol_status hol_contacts_write(const hol_contacts_command *self) {
    hol_status status = HOL_OK;
    hol_contact_map map = {0};
    char path[HOL_FOLDER_PATH_SIZE];
    const hol_folder folder = folder_of(self);
    if (!folder.output) return HOL_OK;
    if (hol_folder_is_directory(&folder)) HOL_TRY(hol_folder_make(&folder));
    HOL_TRY(hol_contact_map_make(&self->contacts, self->arguments.separation, MAP_SIDE, &map));
    if (self->structure.options.file) hol_native_mark(&self->structure, &map);
    for (int k = 0; k < PARTS; k++) {
        if (!is_written(self, (part)k)) continue;
        HOL_TRY(hol_folder_name(&folder, k, path));
        HOL_TRY(write_part(self, (part)k, &map, path));
        hol_log(self->comm, "%s: written", path);
    }
cleanup:
    hol_contact_map_clear(&map);
    return status;
}
