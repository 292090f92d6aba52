/* mutation_file: cells of lines, which columns they are, and what a variant's name says. */
#include "io/mutation_file.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/words.h"
#include "io/molecule.h"
#include "io/text_file.h"

enum { COLUMNS_MAX = 256, MUTATIONS_MAX = 64, CELL_SHOWN = 40 };

/* ---- variants ---------------------------------------------------------------------------------------------------- */

/* One letter or the name of three at `at`; 0 for neither. *ret_length is what it takes. */
static char take_letter(const char *at, size_t *ret_length) {
    char name[4] = "";
    *ret_length = 0;
    if (isalpha((unsigned char)at[0]) && isalpha((unsigned char)at[1]) && isalpha((unsigned char)at[2])) {
        memcpy(name, at, 3);
        *ret_length = 3;
        if (strcasecmp(name, "Ter") == 0) return '*';
        if (strcasecmp(name, "del") == 0) return '-';
        return hol_molecule_letter(name);
    }
    if (!isalpha((unsigned char)*at) && !(*at && strchr("*-=", *at))) return 0;
    *ret_length = 1;
    return *at;
}

/* "A123G", "123G", "Ala123Gly"; what follows is in *ret_end */
static bool take_mutation(const char *at, hol_mutation *ret, const char **ret_end) {
    size_t length = 0;
    char *end = NULL;
    *ret = (hol_mutation){0};
    if (isalpha((unsigned char)*at)) {
        ret->from = take_letter(at, &length);
        if (!ret->from) return false;
    }
    at += length;
    if (!isdigit((unsigned char)*at) && !(*at == '-' && isdigit((unsigned char)at[1]))) return false;
    const long number = strtol(at, &end, 10);
    ret->to = take_letter(end, &length);
    if (!ret->to || number < INT32_MIN || number > INT32_MAX) return false;
    if (ret->to == '=') ret->to = ret->from;
    ret->number = (int32_t)number;
    *ret_end = end + length;
    return ret->to != 0;
}

int64_t hol_mutation_parse(const char *text, hol_mutation *mutations, int64_t most) {
    static const char joints[] = ":;,/+ \t";
    int64_t count = 0;
    for (text += strspn(text, joints); *text; text += strspn(text, joints)) {
        if (strncmp(text, "p.", 2) == 0) text += 2;
        text += strspn(text, "([");
        if (count == most || !take_mutation(text, &mutations[count], &text)) return -1;
        text += strspn(text, ")]");
        count++;
        if (*text && !strchr(joints, *text)) return -1;
    }
    return count > 0 ? count : -1;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* Cuts a line into cells, in place; quotes (RFC 4180) are taken off. */
static int64_t cut(char *line, char separator, char **cells) {
    int64_t count = 0;
    for (char *at = line;; at++) {
        char *to = at;
        while (*at == ' ') at++;
        if (count < COLUMNS_MAX) cells[count++] = to;
        if (*at == '"') {
            for (at++; *at && !(*at == '"' && at[1] != '"'); at++) {
                *to++ = *at;
                at += *at == '"';
            }
            while (*at && *at != separator) at++;
        } else {
            while (*at && *at != separator) *to++ = *at++;
            while (to > cells[count - 1] && isspace((unsigned char)to[-1])) to--;
        }
        const bool is_last = !*at;
        *to = '\0';
        if (is_last) return count;
    }
}

/* the one of the three that the first line behind comments has most of */
static char find_separator(const char *text) {
    int counts[256] = {0};
    char best = ',';
    while (*text == '#' || isspace((unsigned char)*text)) text += *text == '#' ? strcspn(text, "\n") : 1;
    for (; *text && *text != '\n'; text++) counts[(unsigned char)*text]++;
    for (const char *c = "\t;"; *c; c++)
        if (counts[(unsigned char)*c] > counts[(unsigned char)best]) best = *c;
    return best;
}

static bool get_number(const char *cell, double *ret) {
    char *end = NULL;
    *ret = strtod(cell, &end);
    return end != cell && !*end && isfinite(*ret);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

/* -1: there is none */
typedef struct places {
    int64_t variant, site, from, to, score;
} places;

static int64_t find_column(char *const *cells, int64_t count, const char *const *names) {
    for (; *names; names++)
        for (int64_t c = 0; c < count; c++)
            if (strcasecmp(cells[c], *names) == 0) return c;
    return -1;
}

static void list_cells(char *const *cells, int64_t count, char *text, size_t size) {
    text[0] = '\0';
    for (int64_t c = 0; c < count; c++) hol_words_append(text, size, "%s%.*s", c ? ", " : "", CELL_SHOWN, cells[c]);
}

static hol_status read_headings(const char *path, char *const *cells, int64_t count, const char *score, places *ret) {
    static const char *const variants[] = {"mutant",   "mutants", "mutation",    "mutations",    "variant",
                                           "variants", "mut",     "aa_mutation", "aa_mutations", "aa_change",
                                           "hgvs_pro", "hgvs",    NULL},
                             *const sites[] = {"site", "position", "pos", "residue", "resi", "number", NULL},
                             *const to[] = {"letter", "mutant",    "mutation", "mut", "aa", "amino_acid",
                                            "mut_aa", "mutant_aa", "to",       "alt", NULL},
                             *const from[] = {"wt", "wildtype", "wild_type", "wt_aa", "from", "ref", "reference", NULL},
                             *const scores[] = {"dms_score",   "score", "fitness",  "effect",     "measured",
                                                "measurement", "value", "activity", "enrichment", NULL};
    const char *const asked[] = {score, NULL};
    char all[512];
    list_cells(cells, count, all, sizeof all);
    *ret = (places){.variant = find_column(cells, count, variants),
                    .site = find_column(cells, count, sites),
                    .from = find_column(cells, count, from),
                    .to = find_column(cells, count, to),
                    .score = find_column(cells, count, score ? asked : scores)};
    if (ret->site >= 0 && ret->to >= 0) ret->variant = -1;
    else ret->site = -1;
    if (ret->variant < 0 && ret->site < 0)
        return hol_error(HOL_BAD_INPUT,
                         "%s:1: found columns %s, expected one of mutations (mutant), or site and letter", path, all);
    if (ret->score < 0 && !score)
        return hol_error(HOL_BAD_INPUT, "%s:1: found columns %s, expected one of scores (--score-column names it)",
                         path, all);
    if (ret->score < 0)
        return hol_error(HOL_USAGE, "--score-column: found %s, expected a column of %s: %s", score, path, all);
    return HOL_OK;
}

/* of a line that has no headings; false where it has some */
static bool guess_places(char *const *cells, int64_t count, places *ret) {
    hol_mutation some[MUTATIONS_MAX];
    double number = 0;
    int64_t next = 1;
    *ret = (places){-1, -1, -1, -1, -1};
    if (hol_mutation_parse(cells[0], some, MUTATIONS_MAX) > 0) ret->variant = 0;
    else if (count > 2 && get_number(cells[0], &number) && strlen(cells[1]) == 1) ret->site = 0, ret->to = 1, next = 2;
    else if (count > 3 && strlen(cells[0]) == 1 && get_number(cells[1], &number) && strlen(cells[2]) == 1)
        ret->from = 0, ret->site = 1, ret->to = 2, next = 3;
    else return false;
    for (int64_t c = next; c < count && ret->score < 0; c++)
        if (get_number(cells[c], &number)) ret->score = c;
    return ret->score >= 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static const char *cell_of(char *const *cells, int64_t count, int64_t column) {
    return column >= 0 && column < count ? cells[column] : "";
}

/* -1: the line has none */
static int64_t read_mutations(char *const *cells, int64_t count, const places *p, hol_mutation *ret) {
    double number = 0;
    size_t length = 0;
    if (p->variant >= 0) return hol_mutation_parse(cell_of(cells, count, p->variant), ret, MUTATIONS_MAX);
    const char *to = cell_of(cells, count, p->to), *from = cell_of(cells, count, p->from);
    if (!get_number(cell_of(cells, count, p->site), &number) || number != floor(number) || fabs(number) > INT32_MAX)
        return -1;
    *ret =
        (hol_mutation){.number = (int32_t)number, .from = take_letter(from, &length), .to = take_letter(to, &length)};
    return ret->to && !to[length] ? 1 : -1;
}

static hol_status add_line(char *const *cells, int64_t count, const places *p, int64_t rooms[2],
                           hol_measurements *self) {
    hol_status status = HOL_OK;
    hol_mutation found[MUTATIONS_MAX];
    hol_measurement line = {.first = self->mutation_count};
    const int64_t mutations = read_mutations(cells, count, p, found);
    if (!get_number(cell_of(cells, count, p->score), &line.score)) line.score = (double)NAN;
    line.count = mutations < 0 ? 0 : mutations;
    HOL_TRY(HOL_GROW(self->lines, self->count, self->count + 1, &rooms[0], "measurements"));
    HOL_TRY(HOL_GROW(self->mutations, self->mutation_count, self->mutation_count + line.count + 1, &rooms[1],
                     "measurements"));
    self->lines[self->count++] = line;
    memcpy(self->mutations + self->mutation_count, found, (size_t)line.count * sizeof *found);
    self->mutation_count += line.count;
cleanup:
    return status;
}

static void tell_columns(char *const *cells, bool has_headings, const places *p, hol_measurements *self) {
    const int64_t what = p->variant >= 0 ? p->variant : p->site;
    if (has_headings)
        (void)snprintf(self->taken, sizeof self->taken, "%.40s%s%.40s, scores %.40s", cells[what],
                       p->variant >= 0 ? "" : " and ", p->variant >= 0 ? "" : cells[p->to], cells[p->score]);
    else
        (void)snprintf(self->taken, sizeof self->taken, "column %lld, scores column %lld (from 1)", (long long)what + 1,
                       (long long)p->score + 1);
}

hol_status hol_measurements_read(const char *path, const char *score, hol_measurements *ret) {
    hol_status status = HOL_OK;
    char *text = NULL, *cells[COLUMNS_MAX];
    int64_t length = 0, rooms[2] = {0, 0};
    bool has_places = false;
    places p = {0};
    *ret = (hol_measurements){0};
    HOL_TRY(hol_text_file_load(path, &text, &length));
    const char separator = find_separator(text);
    for (char *line = text, *next = NULL; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (line[strspn(line, " \t\r")] == '\0' || *line == '#') continue;
        const int64_t count = cut(line, separator, cells);
        const bool is_first = !has_places, has_headings = is_first && (score || !guess_places(cells, count, &p));
        if (has_headings) HOL_TRY(read_headings(path, cells, count, score, &p));
        if (is_first) tell_columns(cells, has_headings, &p, ret);
        has_places = true;
        if (!has_headings) HOL_TRY(add_line(cells, count, &p, rooms, ret));
    }
    if (ret->mutation_count == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no mutations in %lld lines, expected some as A123G", path,
                          (long long)ret->count));
cleanup:
    hol_free(text);
    return status;
}

void hol_measurements_clear(hol_measurements *measurements) {
    hol_free(measurements->lines);
    hol_free(measurements->mutations);
    *measurements = (hol_measurements){0};
}
