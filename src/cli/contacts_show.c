/* contacts_show: the first pairs, and what share of them is in contact. */
#include <math.h>
#include <string.h>

#include "contacts.h"

/* ---- what was compared ------------------------------------------------------------------------------------------- */

static void show_model(const hol_contacts_command *self) {
    hol_result *to = self->result;
    const hol_contacts *c = &self->contacts;
    const char gap[] = {HOL_ALPHABET_GAP, '\0'};
    const bool has_gap = self->alphabet.count > 0 && hol_alphabet_find(&self->alphabet, HOL_ALPHABET_GAP) >= 0;
    const bool is_left_out = has_gap && !self->arguments.with_gap;
    hol_result_text(to, "file", self->source.info.path);
    hol_result_number(to, "step", (double)self->source.info.step);
    hol_result_number(to, "sites", (double)c->sites);
    hol_result_number(to, "pairs", (double)c->count);
    hol_result_number(to, "min_separation", (double)self->arguments.separation);
    hol_result_text(to, "gap", is_left_out ? gap : "");
    hol_result_line(to, "model", "%lld sites (from 1), %lld pairs with couplings; %s", (long long)c->sites,
                    (long long)c->count,
                    is_left_out ? "norms without the gap"
                    : has_gap   ? "norms with the gap"
                                : "no gap is known among the states");
}

static void show_structure(const hol_contacts_command *self) {
    hol_result *to = self->result;
    const hol_contacts_verdict *v = &self->structure.verdict;
    const double chance = hol_native_chance(&self->structure);
    hol_result_text(to, "structure", self->arguments.structure.file);
    hol_result_number(to, "cutoff", self->arguments.structure.cutoff);
    hol_result_number(to, "known_distances", (double)v->all);
    hol_result_number(to, "contacts_of_structure", (double)v->close);
    hol_result_number(to, "unknown_pairs", (double)v->unknown);
    hol_result_number(to, "chance", chance);
    hol_result_line(to, "structure", "%s: %lld of %lld pairs below %g A, %.1f %%", self->arguments.structure.file,
                    (long long)v->close, (long long)v->all, self->arguments.structure.cutoff, 100 * chance);
    if (v->unknown > 0) hol_result_line(to, "left out", "%lld pairs without a known distance", (long long)v->unknown);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

enum { COLUMNS = 10 };

/* The letter of the reference at a site, or of the structure's residue; 0: none is known. */
static char find_letter(const hol_contacts_command *self, int64_t site) {
    if (self->reference) return self->alphabet.letters[self->reference[site]];
    return self->structure.distances.letters ? self->structure.distances.letters[site] : 0;
}

/* For readers letters stand behind the sites; a file always begins with the same heads. */
static hol_record *begin_pairs(const hol_contacts_command *self, hol_result *to, const char *name) {
    const bool has_letters = self->reference || self->structure.distances.letters;
    const bool has_structure = self->arguments.structure.file;
    const hol_column columns[COLUMNS] = {{"i", "i", 0, 0, NULL, 0},
                                         {"j", "j", 0, 0, NULL, 0},
                                         {NULL, has_letters ? "" : NULL, 3, 0, NULL, 0},
                                         {NULL, has_letters ? "" : NULL, 3, 0, NULL, 0},
                                         {"score", "score", 0, 4, NULL, 0},
                                         {"norm", "norm", 0, 4, NULL, 0},
                                         {has_letters ? "letter_i" : NULL, NULL, 0, 0, NULL, 0},
                                         {has_letters ? "letter_j" : NULL, NULL, 0, 0, NULL, 0},
                                         {has_structure ? "distance" : NULL, has_structure ? "A" : NULL, 0, 2, NULL, 0},
                                         {has_structure ? "contact" : NULL, NULL, 0, 0, NULL, 0}};
    return hol_result_table(to, name, columns, COLUMNS);
}

static void add_pair(const hol_contacts_command *self, hol_result *to, hol_record *table, int64_t pair) {
    const hol_contacts *c = &self->contacts;
    const int64_t i = c->ends[2 * pair], j = c->ends[2 * pair + 1];
    const char of_i[] = {find_letter(self, i), '\0'}, of_j[] = {find_letter(self, j), '\0'};
    const double distance =
        self->arguments.structure.file ? hol_distances_get(&self->structure.distances, i, j) : (double)NAN;
    const double is_close = isnan(distance) ? (double)NAN : distance < self->arguments.structure.cutoff;
    const hol_cell cells[COLUMNS] = {HOL_CELL(i + 1),     HOL_CELL(j + 1),           HOL_CELL_TEXT(of_i),
                                     HOL_CELL_TEXT(of_j), HOL_CELL(c->scores[pair]), HOL_CELL(c->norms[pair]),
                                     HOL_CELL_TEXT(of_i), HOL_CELL_TEXT(of_j),       HOL_CELL(distance),
                                     HOL_CELL(is_close)};
    hol_result_row(to, table, cells);
}

hol_record *hol_contacts_table(const hol_contacts_command *self, hol_result *to, const char *name, int64_t most) {
    const hol_contacts *c = &self->contacts;
    hol_record *table = begin_pairs(self, to, name);
    for (int64_t k = 0, shown = 0; k < c->count && shown < most; k++) {
        const int64_t pair = c->order[k];
        if (c->ends[2 * pair + 1] - c->ends[2 * pair] < self->arguments.separation) continue;
        add_pair(self, to, table, pair);
        shown++;
    }
    return table;
}

/* not among what is printed as comma-separated values, where the pairs are the one table */
static void show_precision(const hol_contacts_command *self) {
    static const hol_column columns[] = {
        {"part", "first", -8, 0, NULL, 0}, {"pairs", "pairs", 7, 0, NULL, 0}, {"ppv", "PPV", 9, 3, NULL, 0}};
    hol_record *table = self->arguments.csv ? NULL : hol_result_table(self->result, "precision", columns, 3);
    for (int k = 0; k < HOL_NATIVE_PARTS && table; k++) {
        const hol_cell cells[] = {HOL_CELL_TEXT(hol_native_part_names[k]),
                                  HOL_CELL(hol_native_part(&self->structure, k)),
                                  HOL_CELL(hol_native_precision(&self->structure, k))};
        hol_result_row(self->result, table, cells);
    }
}

hol_status hol_contacts_show(const hol_contacts_command *self) {
    const int64_t top = self->arguments.top ? self->arguments.top : self->contacts.sites;
    show_model(self);
    if (self->arguments.structure.file) {
        show_structure(self);
        show_precision(self);
    }
    if (!self->arguments.output || self->arguments.top || self->arguments.csv || self->arguments.json)
        (void)hol_contacts_table(self, self->result, "contacts", top);
    return HOL_OK;
}
