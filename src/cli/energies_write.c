/* energies_write: rows, mutants and measured ones as files. */
#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cli/folder.h"
#include "energies.h"
#include "io/output.h"
#include "io/replace.h"
#include "result/picture.h"

enum { PICTURE_SIDE = 1600, CELL = 16, CELL_LEAST = 4 }; /* pixels */

/* ---- names ------------------------------------------------------------------------------------------------------- */

typedef enum part { ROWS, MUTANTS, PICTURE, MEASURED, PARTS } part;

static const char *const names[PARTS] = {"rows.csv", "mutants.csv", "mutants.png", "measured.csv"};
static const hol_output_kind kinds[PARTS] = {{.ending = ".csv", .begins = "row,energy,relative"},
                                             {.ending = ".csv", .begins = "site,state,"},
                                             {.ending = ".png"},
                                             {.ending = ".csv", .begins = "mutant,change,"}};

static hol_folder folder_of(const hol_energies *self) {
    return (hol_folder){.output = self->arguments.output, .count = PARTS, .names = names, .kinds = kinds};
}

/* whether there is such a part at all, and whether it goes into what -o names */
static bool is_written(const hol_energies *self, part which) {
    const hol_energies_arguments *a = &self->arguments;
    const bool is_there = which == ROWS       ? a->data != NULL
                          : which == MEASURED ? a->measured != NULL
                                              : a->mutants != NULL;
    const hol_folder folder = folder_of(self);
    if (!is_there || hol_folder_is_directory(&folder)) return is_there;
    if (hol_output_ends_with(a->output, ".png")) return which == PICTURE;
    return which == (a->data ? ROWS : MUTANTS);
}

hol_status hol_energies_check_output(hol_energies *self) {
    hol_status status = HOL_OK;
    char path[HOL_FOLDER_PATH_SIZE];
    const hol_folder folder = folder_of(self);
    const hol_energies_arguments *a = &self->arguments;
    const char *const inputs[] = {a->file, a->data, a->measured, a->mutants, a->reference};
    if (!a->output) return HOL_OK;
    if (hol_output_ends_with(a->output, ".png") && !a->mutants)
        return hol_error(HOL_USAGE, "-o: found %s, a picture of mutants, expected --mutants beside it", a->output);
    for (int k = 0; k < PARTS; k++) {
        if (!is_written(self, (part)k)) continue;
        HOL_TRY(hol_folder_name(&folder, k, path));
        HOL_TRY(hol_output_check(self->comm, path, &kinds[k], 1, inputs, 5));
    }
cleanup:
    return status;
}

/* ---- mutants ----------------------------------------------------------------------------------------------------- */

/* "site,state,-,A,C ...": a line for each column; the gap has no column where it is left out */
static void print_mutants(FILE *to, const void *context) {
    const hol_energies *self = context;
    char name[HOL_ENERGIES_STATE];
    (void)fputs("site,state", to);
    for (int64_t a = 0; a < self->most; a++) {
        if (a == self->gap) continue;
        hol_energies_name_state(self, a, name);
        (void)fputc(',', to);
        hol_replace_print_cell(to, name);
    }
    for (int64_t c = 0; c < self->columns; c++) {
        hol_energies_name_state(self, self->sequence[c], name);
        (void)fprintf(to, "\n%lld,", (long long)c + 1);
        hol_replace_print_cell(to, name);
        for (int64_t a = 0; a < self->most; a++) {
            if (a == self->gap) continue;
            const double change = self->changes[c * self->most + a];
            (void)fputc(',', to);
            if (!isnan(change)) (void)fprintf(to, "%.6g", change);
        }
    }
    (void)fputc('\n', to);
}

/* Five colours: what is full is four standard deviations. */
static void make_axes(const hol_energies *self, double largest, int64_t rows, hol_picture_axes *axes) {
    static const double parts[] = {-1, -0.5, 0, 0.5, 1};
    const int64_t width = PICTURE_SIDE / self->columns;
    *axes = (hol_picture_axes){.cell_height = CELL,
                               .cell_width = width < CELL_LEAST ? CELL_LEAST
                                             : width < CELL     ? width
                                                                : CELL,
                               .x_label = "SITE",
                               .y_label = "NEW STATE",
                               .legend_count = HOL_PICTURE_LEGEND_MAX};
    if (self->alphabet.count > 0) axes->letters = self->alphabet.letters + (rows < self->most && self->gap == 0);
    for (int k = 0; k < HOL_PICTURE_LEGEND_MAX; k++) {
        axes->legend[k].value = parts[k];
        (void)snprintf(axes->legend[k].text, sizeof axes->legend[k].text, k == 2 ? "%.3g%s" : "%+.3g%s",
                       parts[k] * largest,
                       k == 0   ? " OR LESS: LOWERS THE ENERGY"
                       : k == 2 ? " OR NO MUTANT"
                       : k == 4 ? " OR MORE: RAISES THE ENERGY"
                                : "");
    }
}

/* A row for each state, but the gap where it is left out, a column for each site. */
static hol_status write_picture(const hol_energies *self, const char *path) {
    hol_status status = HOL_OK;
    float *values = NULL;
    double squares = 0, known = 0;
    hol_picture_axes axes;
    const int64_t first = self->gap == 0, rows = self->most - first; /* of other alphabets the gap's row is empty */
    HOL_TRY(HOL_ALLOCATE(values, self->columns * rows, "picture"));
    for (int64_t k = 0; k < self->columns * rows; k++) {
        const double change = self->changes[k % self->columns * self->most + first + k / self->columns];
        squares += isfinite(change) ? change * change : 0;
        known += isfinite(change);
        values[k] = (float)change;
    }
    const hol_picture picture = {.title = "changes of energy",
                                 .count = 1,
                                 .height = rows,
                                 .width = self->columns,
                                 .columns = 1,
                                 .values = values,
                                 .largest = squares > 0 ? 2 * sqrt(squares / known) : 1,
                                 .colors = HOL_PICTURE_SIGNED,
                                 .side = PICTURE_SIDE,
                                 .axes = &axes};
    make_axes(self, picture.largest, rows, &axes);
    HOL_TRY(hol_picture_write(path, &picture));
cleanup:
    hol_free(values);
    return status;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* of a result that is shown nowhere */
static hol_status write_table(const hol_energies *self, part which, const char *path) {
    hol_result *scratch = NULL;
    hol_record *table = NULL;
    hol_status status = hol_result_create(NULL, &scratch);
    if (status != HOL_OK) return status;
    if (which == ROWS) status = hol_energies_table_rows(self, scratch, NULL, true, self->rows.count, &table);
    else table = hol_energies_table_measured(self, scratch, NULL);
    if (status == HOL_OK && table) status = hol_replace_with_text(path, hol_result_write_table, table);
    if (status == HOL_OK) status = hol_result_finish(scratch, HOL_OK);
    hol_result_destroy(scratch);
    return status;
}

hol_status hol_energies_write(const hol_energies *self) {
    hol_status status = HOL_OK;
    char path[HOL_FOLDER_PATH_SIZE];
    const hol_folder folder = folder_of(self);
    if (!folder.output) return HOL_OK;
    if (hol_folder_is_directory(&folder)) HOL_TRY(hol_folder_make(&folder));
    for (int k = 0; k < PARTS; k++) {
        if (!is_written(self, (part)k)) continue;
        HOL_TRY(hol_folder_name(&folder, k, path));
        if (k == MUTANTS) HOL_TRY(hol_replace_with_text(path, print_mutants, self));
        else if (k == PICTURE) HOL_TRY(write_picture(self, path));
        else HOL_TRY(write_table(self, (part)k, path));
        hol_log(self->comm, "%s: written", path);
    }
cleanup:
    return status;
}
