/* energies_measured: energies of measured mutants, and how their ranks go with the measurements'. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "energies.h"
#include "estimate/mutants.h"
#include "estimate/rank.h"
#include "io/mutation_file.h"
#include "model/variable.h"

/* a column, -1: none */
static int64_t find_column(const hol_energies *self, const hol_mutation *m, int64_t offset) {
    const int64_t column = (int64_t)m->number - 1 - offset;
    return column >= 0 && column < self->columns ? column : -1;
}

static char letter_of(const hol_energies *self, int64_t column) {
    return self->alphabet.letters[self->sequence[column]];
}

/* ---- offsets ----------------------------------------------------------------------------------------------------- */

/* How many mutations begin with the sequence's letter at their site. */
static int64_t count_same(const hol_energies *self, const hol_measurements *m, int64_t offset) {
    int64_t same = 0;
    for (int64_t k = 0; k < m->mutation_count; k++) {
        const int64_t column = find_column(self, &m->mutations[k], offset);
        same += column >= 0 && letter_of(self, column) == m->mutations[k].from;
    }
    return same;
}

static void find_best_offset(hol_energies *self, const hol_measurements *m) {
    enum { WORK_MOST = 1 << 28 };
    hol_energies_measured *found = &self->measured;
    int64_t first = INT32_MAX, last = INT32_MIN;
    for (int64_t k = 0; k < m->mutation_count; k++) {
        first = m->mutations[k].number < first ? m->mutations[k].number : first;
        last = m->mutations[k].number > last ? m->mutations[k].number : last;
        found->with_letter += m->mutations[k].from != 0;
    }
    found->best_offset = self->arguments.offset;
    found->best_same = count_same(self, m, found->best_offset);
    if (HOL_PRODUCT(last - first + self->columns, m->mutation_count) > WORK_MOST) return;
    for (int64_t offset = first - self->columns; offset < last; offset++) {
        const int64_t same = count_same(self, m, offset);
        if (same > found->best_same) found->best_offset = offset, found->best_same = same;
    }
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* "A123G:D45E", as the file numbers them */
static void write_variant(const hol_measurements *m, const hol_measurement *line, char *text, size_t size) {
    text[0] = '\0';
    for (int64_t k = line->first; k < line->first + line->count; k++) {
        const hol_mutation *one = &m->mutations[k];
        hol_words_append(text, size, "%s%.1s%d%c", k > line->first ? ":" : "", one->from ? &one->from : "",
                         (int)one->number, one->to);
    }
}

/* The line's mutations into states; false, and counted why, where it can't be matched. */
static bool mutate(hol_energies *self, const hol_measurements *m, const hol_measurement *line, uint8_t *states) {
    hol_energies_measured *found = &self->measured;
    int64_t *why = line->count == 0 ? &found->no_mutation : isnan(line->score) ? &found->no_score : NULL;
    for (int64_t k = line->first; k < line->first + line->count && !why; k++) {
        const hol_mutation *one = &m->mutations[k];
        const int64_t column = find_column(self, one, self->arguments.offset);
        const int32_t state = hol_alphabet_find(&self->alphabet, one->to);
        if (column < 0) why = &found->outside;
        else if (one->from && one->from != letter_of(self, column)) why = &found->other_letter;
        else if (state < 0) why = &found->no_state;
        else if (self->gap >= 0 && (state == self->gap || self->sequence[column] == self->gap)) why = &found->of_gap;
        else states[column] = (uint8_t)state;
    }
    if (why == &found->other_letter && found->other_letter == 0)
        write_variant(m, line, found->first_other, sizeof found->first_other);
    if (why) ++*why;
    return !why;
}

/* A single mutation's change stands in the table. */
static hol_status match(hol_energies *self, const hol_measurements *m) {
    hol_status status = HOL_OK;
    const hol_subject *subject = &self->subject;
    hol_energies_measured *found = &self->measured;
    uint8_t *states = NULL, *units = NULL;
    HOL_TRY(HOL_ALLOCATE(states, self->columns, "mutant"));
    HOL_TRY(HOL_ALLOCATE(units, subject->info.visible, "mutant"));
    const double zero = hol_mutants_energy(subject->model, subject->theta, self->sequence, units);
    for (int64_t l = 0; l < m->count; l++) {
        const hol_measurement *line = &m->lines[l];
        memcpy(states, self->sequence, (size_t)self->columns);
        if (!mutate(self, m, line, states)) continue;
        const int64_t column = find_column(self, &m->mutations[line->first], self->arguments.offset);
        found->scores[found->matched] = line->score;
        found->changes[found->matched] = line->count == 1
                                             ? self->changes[column * self->most + states[column]]
                                             : hol_mutants_energy(subject->model, subject->theta, states, units) - zero;
        found->at[found->matched++] = l;
    }
cleanup:
    hol_free(states);
    hol_free(units);
    return status;
}

static hol_status name_matched(hol_energies *self, const hol_measurements *m) {
    enum { TEXT_SIZE = 96 };
    hol_energies_measured *found = &self->measured;
    char *block = NULL;
    const hol_status status =
        HOL_ALLOCATE(block, HOL_PRODUCT(found->matched + 1, (int64_t)sizeof(char *) + TEXT_SIZE), "mutants");
    if (status != HOL_OK) return status;
    found->texts = (char **)(void *)block;
    char *at = (char *)(found->texts + found->matched);
    for (int64_t k = 0; k < found->matched; k++, at += TEXT_SIZE) {
        found->texts[k] = at;
        write_variant(m, &m->lines[found->at[k]], at, TEXT_SIZE);
    }
    return HOL_OK;
}

hol_status hol_energies_measure(hol_energies *self) {
    hol_status status = HOL_OK;
    hol_energies_measured *found = &self->measured;
    hol_measurements m = {0};
    double *negative = NULL;
    if (self->alphabet.count == 0)
        HOL_TRY(hol_error(HOL_USAGE, "--measured: found a model whose states have no letters, expected one of an "
                                     "alphabet"));
    HOL_TRY(hol_measurements_read(self->arguments.measured, self->arguments.score, &m));
    found->lines = m.count;
    memcpy(found->taken, m.taken, sizeof found->taken);
    HOL_TRY(HOL_ALLOCATE(found->scores, m.count, "measurements"));
    HOL_TRY(HOL_ALLOCATE(found->changes, m.count, "measurements"));
    HOL_TRY(HOL_ALLOCATE(found->at, m.count, "measurements"));
    HOL_TRY(HOL_ALLOCATE(negative, m.count, "measurements"));
    HOL_TRY(match(self, &m));
    find_best_offset(self, &m);
    HOL_TRY(name_matched(self, &m));
    for (int64_t k = 0; k < found->matched; k++) negative[k] = -found->changes[k];
    HOL_TRY(hol_rank_correlation(negative, found->scores, found->matched, &found->spearman));
cleanup:
    hol_free(negative);
    hol_measurements_clear(&m);
    return status;
}

void hol_energies_clear_measured(hol_energies_measured *measured) {
    hol_free(measured->scores);
    hol_free(measured->changes);
    hol_free(measured->at);
    hol_free(measured->texts);
    *measured = (hol_energies_measured){0};
}
