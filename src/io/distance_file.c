/* distance_file: line by line. */
#include "io/distance_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "io/scanner.h"

enum { COLUMNS_MAX = 64, WORD_MAX = 48 };

/* Whether a word is a number, which may be written as 4.2e+01, nan and inf among them. */
static bool get_number(const hol_scanner *word, double *ret) {
    char digits[WORD_MAX], *end = NULL;
    if (word->length == 0 || word->length >= sizeof digits) return false;
    memcpy(digits, word->word, word->length);
    digits[word->length] = '\0';
    *ret = strtod(digits, &end);
    return !*end && end != digits;
}

static hol_status take_site(const hol_scanner *word, int32_t *ret) {
    double number = NAN;
    if (!get_number(word, &number) || number != floor(number) || fabs(number) > INT32_MAX)
        return hol_scanner_refuse(word, "a site, a whole number");
    *ret = (int32_t)number;
    return HOL_OK;
}

static hol_status take_distance(const hol_scanner *word, double *ret) {
    double number = NAN;
    const bool is_missing = hol_scanner_is(word, "NA") || hol_scanner_is(word, "-") || hol_scanner_is(word, "?");
    if (!is_missing && !get_number(word, &number)) return hol_scanner_refuse(word, "a distance");
    *ret = number > 0 && isfinite(number) ? number : (double)NAN;
    return HOL_OK;
}

static hol_status choose_column(const char *path, int64_t asked, hol_distance_table *self) {
    if (self->columns < 3)
        return hol_error(HOL_BAD_INPUT, "%s: found lines of %lld columns, expected two sites and a distance", path,
                         (long long)self->columns);
    self->column = asked ? asked : self->columns > 3 ? 4 : 3;
    if (self->column > 2 && self->column <= self->columns) return HOL_OK;
    return hol_error(HOL_USAGE, "--distance-column: found %lld, expected 3 to %lld, as %s has columns",
                     (long long)self->column, (long long)self->columns, path);
}

/* the column, from 1, that a line of headings names; 0: none */
static int64_t find_heading(const hol_scanner *words, int64_t count) {
    static const char *const names[] = {"distance", "dist", "d", "distance_A", "angstrom"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (int64_t c = 2; c < count && c < COLUMNS_MAX; c++)
            if (hol_scanner_is(&words[c], names[k])) return c + 1;
    return 0;
}

hol_status hol_distance_table_read(const char *path, const char *text, int64_t column, hol_distance_table *ret) {
    hol_status status = HOL_OK;
    hol_scanner words[COLUMNS_MAX];
    int64_t room = 0;
    double number = 0;
    bool has_head = false; /* or can't have any more */
    *ret = (hol_distance_table){0};
    hol_scanner s = hol_scanner_begin(path, text, ",;");
    for (hol_scanner_next(&s); s.length > 0;) {
        const int64_t count = hol_scanner_line(&s, words, COLUMNS_MAX);
        const bool is_head = !has_head && ret->columns == 0 && !get_number(&words[0], &number);
        has_head = true;
        if (is_head && !column && !(column = find_heading(words, count)) && count > 3)
            HOL_TRY(hol_scanner_refuse(&words[0], "a heading distance, dist or d (or --distance-column N)"));
        if (is_head) continue;
        if (count > COLUMNS_MAX) HOL_TRY(hol_scanner_refuse(&words[0], "64 columns at most"));
        if (ret->columns == 0) {
            ret->columns = count;
            HOL_TRY(choose_column(path, column, ret));
        }
        if (count != ret->columns)
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: found %lld columns, expected %lld as in the first line", path,
                              (long long)words[0].line, (long long)count, (long long)ret->columns));
        hol_distance d;
        HOL_TRY(take_site(&words[0], &d.i));
        HOL_TRY(take_site(&words[1], &d.j));
        HOL_TRY(take_distance(&words[ret->column - 1], &d.value));
        HOL_TRY(HOL_GROW(ret->entries, ret->count, ret->count + 1, &room, "distances"));
        ret->entries[ret->count++] = d;
    }
    if (ret->count == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: found no distances, expected a PDB or mmCIF file, or a table of two sites and their "
                          "distance",
                          path));
cleanup:
    return status;
}

void hol_distance_table_clear(hol_distance_table *table) {
    hol_free(table->entries);
    *table = (hol_distance_table){0};
}
