/* energies_show: rows of lowest energy, what mutations change, and how measurements go with it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "energies.h"

enum { LISTED = 10 };

/* ---- rows -------------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    double energy;
    int64_t row;
} ranked;

static int compare(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->energy < right->energy || left->energy > right->energy) return left->energy < right->energy ? -1 : 1;
    return left->row < right->row ? -1 : 1;
}

static hol_record *begin_rows(const hol_energies *self, hol_result *to, const char *name) {
    const bool has_names = self->rows.names != NULL;
    const hol_column columns[] = {{"row", "row", 0, 0, NULL, 0},
                                  {"energy", "energy", 0, 4, NULL, 0},
                                  {"relative", "relative", 0, 4, NULL, 0},
                                  {has_names ? "name" : NULL, has_names ? "name" : NULL, -1, 0, NULL, 0}};
    return hol_result_table(to, name, columns, 4);
}

static void add_row(const hol_energies *self, hol_result *to, hol_record *table, int64_t row) {
    const double energy = self->rows.energies[row];
    const hol_cell cells[] = {HOL_CELL(row), HOL_CELL(energy), HOL_CELL(energy - hol_energies_zero(self)),
                              HOL_CELL_TEXT(self->rows.names ? self->rows.names[row] : "")};
    hol_result_row(to, table, cells);
}

double hol_energies_zero(const hol_energies *self) {
    double lowest = INFINITY;
    if (!isnan(self->zero)) return self->zero;
    for (int64_t r = 0; r < self->rows.count; r++) lowest = fmin(lowest, self->rows.energies[r]);
    return lowest;
}

static void say_listed(const hol_energies *self, int64_t most, int64_t count, const char *what) {
    hol_result_line(self->result, "lowest", "%lld of %lld %s%s", (long long)(most < count ? most : count),
                    (long long)count, what, self->arguments.output ? "" : " (-o OUT has all)");
}

/* in the order of the rows, or the lowest first: `most` of them */
hol_status hol_energies_table_rows(const hol_energies *self, hol_result *to, const char *name, bool in_order,
                                   int64_t most, hol_record **ret) {
    hol_status status = HOL_OK;
    ranked *ranks = NULL;
    HOL_TRY(HOL_ALLOCATE(ranks, self->rows.count, "energies"));
    *ret = begin_rows(self, to, name);
    for (int64_t r = 0; r < self->rows.count; r++) ranks[r] = (ranked){self->rows.energies[r], r};
    if (!in_order) qsort(ranks, (size_t)self->rows.count, sizeof *ranks, compare);
    for (int64_t r = 0; r < self->rows.count && r < most && *ret; r++) add_row(self, to, *ret, ranks[r].row);
cleanup:
    hol_free(ranks);
    return status;
}

static hol_status show_rows(const hol_energies *self) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    const hol_energies_arguments *a = &self->arguments;
    double sum = 0, squares = 0, highest = -INFINITY, lowest = INFINITY;
    hol_record *table = NULL;
    const double count = (double)self->rows.count;
    for (int64_t r = 0; r < self->rows.count; r++) {
        const double energy = self->rows.energies[r];
        sum += energy;
        highest = fmax(highest, energy);
        lowest = fmin(lowest, energy);
    }
    for (int64_t r = 0; r < self->rows.count; r++)
        squares += (self->rows.energies[r] - sum / count) * (self->rows.energies[r] - sum / count);
    hol_result_text(to, "data", a->data);
    hol_result_number(to, "rows", count);
    hol_result_number(to, "left_out", (double)self->rows.left_out);
    hol_result_number(to, "mean", sum / count);
    hol_result_number(to, "standard_deviation", sqrt(squares / count));
    hol_result_number(to, "lowest", lowest);
    hol_result_number(to, "highest", highest);
    if (a->reference) hol_result_number(to, "reference", self->zero);
    hol_result_line(to, "rows", "%lld of %s", (long long)self->rows.count, a->data);
    if (self->rows.left_out > 0)
        hol_result_line(to, "left out", "%lld sequences of other letters than %s", (long long)self->rows.left_out,
                        self->alphabet.letters);
    hol_result_line(to, "energy", "mean %.4f, standard deviation %.4f, from %.4f to %.4f", sum / count,
                    sqrt(squares / count), lowest, highest);
    if (a->reference) hol_result_line(to, "reference", "%.4f", self->zero);
    if (!a->csv && !a->json && a->top > 0) say_listed(self, a->top, self->rows.count, "rows, counted from 0");
    HOL_TRY(hol_energies_table_rows(self, to, "energies", a->csv || a->json,
                                    a->csv || a->json ? self->rows.count : a->top, &table));
cleanup:
    return status;
}

void hol_energies_name_state(const hol_energies *self, int64_t state, char name[HOL_ENERGIES_STATE]) {
    if (self->alphabet.count > 0) (void)snprintf(name, HOL_ENERGIES_STATE, "%c", self->alphabet.letters[state]);
    else (void)snprintf(name, HOL_ENERGIES_STATE, "%d", (int)state);
}

/* ---- mutants ----------------------------------------------------------------------------------------------------- */

/* "A12G" as the model's columns are numbered, from 1 on; of states without letters "3:12:4" would be no name */
static void name_mutant(const hol_energies *self, int64_t k, char *text, size_t size) {
    char from[HOL_ENERGIES_STATE], to[HOL_ENERGIES_STATE];
    const int64_t column = k / self->most;
    hol_energies_name_state(self, self->sequence[column], from);
    hol_energies_name_state(self, k % self->most, to);
    (void)snprintf(text, size, self->alphabet.count > 0 ? "%s%lld%s" : "%s>%lld>%s", from, (long long)column + 1, to);
}

static bool is_mutant(const hol_energies *self, int64_t k) {
    return !isnan(self->changes[k]) && k % self->most != self->sequence[k / self->most];
}

static hol_status list_mutants(const hol_energies *self) {
    static const hol_column columns[] = {{"mutant", "mutant", 0, 0, NULL, 0}, {"change", "change", 0, 4, NULL, 0}};
    hol_status status = HOL_OK;
    const int64_t all = self->columns * self->most;
    int64_t count = 0, lower = 0;
    double sum = 0;
    ranked *ranks = NULL;
    HOL_TRY(HOL_ALLOCATE(ranks, all, "mutants"));
    for (int64_t k = 0; k < all; k++) {
        if (!is_mutant(self, k)) continue;
        ranks[count++] = (ranked){self->changes[k], k};
        lower += self->changes[k] < 0;
        sum += self->changes[k];
    }
    qsort(ranks, (size_t)count, sizeof *ranks, compare);
    hol_result_number(self->result, "single_mutants", (double)count);
    hol_result_number(self->result, "lower", (double)lower);
    hol_result_number(self->result, "mean_change", sum / (double)count);
    hol_result_text(self->result, "gap", self->gap >= 0 ? (const char[]){HOL_ALPHABET_GAP, '\0'} : "");
    if (count == 0) hol_result_line(self->result, "mutants", "none: all sites have a gap (--with-gap)");
    else
        hol_result_line(self->result, "mutants", "%lld single ones%s, energy changes by %.4f on average; %lld lower it",
                        (long long)count, self->gap >= 0 ? " without the gap" : "", sum / (double)count,
                        (long long)lower);
    if (self->arguments.csv || count == 0) goto cleanup;
    say_listed(self, LISTED, count, "mutants, sites from 1");
    hol_record *table = hol_result_table(self->result, "lowest_mutants", columns, 2);
    for (int64_t k = 0; k < count && k < LISTED; k++) {
        char name[48];
        name_mutant(self, ranks[k].row, name, sizeof name);
        const hol_cell cells[] = {HOL_CELL_TEXT(name), HOL_CELL(ranks[k].energy)};
        hol_result_row(self->result, table, cells);
    }
cleanup:
    hol_free(ranks);
    return status;
}

/* all of them, for programs: a list for each column */
static void add_changes(const hol_energies *self) {
    hol_result_open(self->result, "changes");
    for (int64_t c = 0; c < self->columns; c++) {
        char name[24];
        (void)snprintf(name, sizeof name, "%lld", (long long)c + 1);
        hol_result_series(self->result, name, NULL, self->changes + c * self->most, self->most, 4);
    }
    hol_result_close(self->result);
}

/* ---- measurements ------------------------------------------------------------------------------------------------ */

hol_record *hol_energies_table_measured(const hol_energies *self, hol_result *to, const char *name) {
    static const hol_column columns[] = {{"mutant", "mutant", 0, 0, NULL, 0},
                                         {"change", "change", 0, 4, NULL, 0},
                                         {"measured", "measured", 0, 4, NULL, 0}};
    const hol_energies_measured *m = &self->measured;
    hol_record *table = hol_result_table(to, name, columns, 3);
    for (int64_t k = 0; k < m->matched; k++) {
        const hol_cell cells[] = {HOL_CELL_TEXT(m->texts[k]), HOL_CELL(m->changes[k]), HOL_CELL(m->scores[k])};
        hol_result_row(to, table, cells);
    }
    return table;
}

static void show_unmatched(const hol_energies *self) {
    const hol_energies_measured *m = &self->measured;
    const struct {
        int64_t count;
        const char *name, *words;
    } reasons[] = {{m->no_mutation, "no_mutation", "name no mutation"},
                   {m->no_score, "no_score", "have no score"},
                   {m->outside, "outside", "are outside of the model's columns"},
                   {m->other_letter, "other_letter", "begin with another letter than the sequence has"},
                   {m->no_state, "no_state", "end with a letter that is no state"},
                   {m->of_gap, "of_gap", "are to or from the gap (--with-gap takes them)"}};
    hol_result_open(self->result, "not_matched");
    for (size_t k = 0; k < sizeof reasons / sizeof *reasons; k++) {
        hol_result_number(self->result, reasons[k].name, (double)reasons[k].count);
        if (reasons[k].count == 0) continue;
        const bool has_first = reasons[k].words == reasons[3].words;
        hol_result_line(self->result, "not matched", "%lld %s%s%s%s", (long long)reasons[k].count, reasons[k].words,
                        has_first ? " (" : "", has_first ? m->first_other : "", has_first ? ")" : "");
    }
    hol_result_close(self->result);
}

static void show_measured(const hol_energies *self) {
    const hol_energies_measured *m = &self->measured;
    const hol_energies_arguments *a = &self->arguments;
    const hol_quantity spearman = {
        .name = "spearman", .label = "Spearman", .value = m->spearman, .error = (double)NAN, .decimals = 4};
    hol_result_open(self->result, "measured");
    hol_result_text(self->result, "file", a->measured);
    hol_result_text(self->result, "columns", m->taken);
    hol_result_number(self->result, "lines", (double)m->lines);
    hol_result_number(self->result, "matched", (double)m->matched);
    hol_result_line(self->result, "measured", "%s: %s; %lld of %lld lines matched", a->measured, m->taken,
                    (long long)m->matched, (long long)m->lines);
    show_unmatched(self);
    if (m->best_offset != a->offset && m->best_same > 0)
        hol_result_line(self->result, "offset", "by --offset %lld %lld of %lld mutations begin as the sequence has it",
                        (long long)m->best_offset, (long long)m->best_same, (long long)m->with_letter);
    hol_result_quantity(self->result, &spearman, " of lower energy with larger scores, by ranks");
    hol_result_close(self->result);
}

hol_status hol_energies_show(const hol_energies *self) {
    hol_status status = HOL_OK;
    hol_result *to = self->result;
    hol_result_text(to, "file", self->subject.info.path);
    hol_result_number(to, "step", (double)self->subject.info.step);
    hol_result_number(to, "columns", (double)self->columns);
    if (self->alphabet.count > 0) hol_result_text(to, "alphabet", self->alphabet.letters);
    if (self->arguments.data) HOL_TRY(show_rows(self));
    if (!self->sequence) goto cleanup;
    HOL_TRY(list_mutants(self));
    if (self->arguments.json) add_changes(self);
    if (self->arguments.measured) show_measured(self);
cleanup:
    return status;
}
