/* edge_head: what formats of graphs have in front of their edges. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "edge_lines.h"

static hol_status refuse(const edge_reader *self, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.40s\", expected %s", self->path, (long long)self->line, found,
                     expected);
}

static hol_status parse_count(const edge_reader *self, const char *text, const char *what, int64_t *ret) {
    char *end = NULL, expected[96];
    errno = 0;
    *ret = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *ret >= 0 && *ret < INT32_MAX) return HOL_OK;
    (void)snprintf(expected, sizeof expected, "%s, a whole number from 0 to %d", what, INT32_MAX - 1);
    return refuse(self, text, expected);
}

static hol_status set_units(edge_reader *self, const char *text) {
    int64_t units = 0;
    const hol_status status = parse_count(self, text, "the number of units", &units);
    if (status != HOL_OK) return status;
    if (units == 0) return refuse(self, text, "at least one unit");
    self->counted_units = units;
    return HOL_OK;
}

/* ---- Matrix Market: %%MatrixMarket matrix coordinate FIELD SYMMETRY; then rows, columns, entries ----------------- */

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcasecmp(word, *words) == 0) return true;
    return false;
}

hol_status hol_edge_head_banner(edge_reader *self, char *line) {
    static const char *const expected[] = {"%%MatrixMarket", "matrix", "coordinate", "real, integer or pattern",
                                           "symmetric or general"};
    static const char *const known[][4] = {
        {"%%MatrixMarket"}, {"matrix"}, {"coordinate"}, {"real", "integer", "pattern"}, {"symmetric", "general"}};
    char *rest = NULL, *word = strtok_r(line, " \t\r", &rest);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++, word = strtok_r(NULL, " \t\r", &rest)) {
        if (!word || !is_one_of(word, known[k])) return refuse(self, word ? word : "", expected[k]);
        if (k == 3) self->is_pattern = strcasecmp(word, "pattern") == 0;
    }
    self->form = EDGE_MATRIX;
    self->format = ", Matrix Market";
    self->base = 1;
    return HOL_OK;
}

static hol_status read_sizes(edge_reader *self, char *fields[], int64_t count) {
    hol_status status = HOL_OK;
    int64_t columns = 0;
    if (count != 3) return refuse(self, fields[0], "three numbers: rows, columns and entries");
    HOL_TRY(set_units(self, fields[0]));
    HOL_TRY(parse_count(self, fields[1], "the number of columns", &columns));
    if (columns != self->counted_units)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: found a matrix of %lld x %lld, expected a square one", self->path,
                          (long long)self->line, (long long)self->counted_units, (long long)columns));
    HOL_TRY(parse_count(self, fields[2], "the number of entries", &self->entries));
    self->has_head = true;
    self->fields = self->is_pattern ? 2 : 3;
cleanup:
    return status;
}

/* ---- DIMACS: p FORMAT UNITS EDGES; then e i j or a i j J. p qubo TARGET UNITS FIELDS EDGES: i j J, from 0 ---------
 */

static hol_status read_problem(edge_reader *self, char *fields[], int64_t count) {
    hol_status status = HOL_OK;
    int64_t edges = 0, diagonal = 0;
    const bool is_qubo = count > 1 && strcasecmp(fields[1], "qubo") == 0;
    if (count != (is_qubo ? 6 : 4) || self->count > 0 || self->has_head)
        return refuse(self, fields[0],
                      "p FORMAT UNITS EDGES or p qubo TARGET UNITS FIELDS EDGES, once and before all edges");
    HOL_TRY(set_units(self, fields[is_qubo ? 3 : 2]));
    HOL_TRY(parse_count(self, fields[count - 1], "the number of edges", &edges));
    if (is_qubo) {
        HOL_TRY(parse_count(self, fields[4], "the number of fields", &diagonal));
        self->entries = edges + diagonal;
    }
    self->form = EDGE_DIMACS;
    self->format = is_qubo ? ", qubo (its values are J and h: what it minimises has the opposite sign)" : ", DIMACS";
    self->base = !is_qubo;
    self->has_head = true;
cleanup:
    return status;
}

static bool is_number(const char *text) { return isdigit((unsigned char)*text) || strchr("+-.", *text); }

static bool has_names_only(char *const fields[], int64_t count) {
    for (int64_t k = 0; k < count && k < HOL_EDGE_FIELDS; k++)
        if (!isalpha((unsigned char)*fields[k]) && *fields[k] != '"' && *fields[k] != '_') return false;
    return true;
}

hol_status hol_edge_head_line(edge_reader *self, char *fields[HOL_EDGE_FIELDS], int64_t *count, bool *ret_done) {
    *ret_done = true;
    if (self->form == EDGE_MATRIX && !self->has_head) return read_sizes(self, fields, *count);
    if (self->form == EDGE_MATRIX || is_number(fields[0])) {
        *ret_done = false;
        return HOL_OK;
    }
    if (strcmp(fields[0], "p") == 0 && *count > 2) return read_problem(self, fields, *count);
    *ret_done = false;
    if ((strcmp(fields[0], "e") == 0 || strcmp(fields[0], "a") == 0) && *count > 1 && is_number(fields[1])) {
        self->form = EDGE_DIMACS;
        memmove(fields, fields + 1, (HOL_EDGE_FIELDS - 1) * sizeof *fields);
        --*count;
        return HOL_OK;
    }
    *ret_done = self->count == 0 && self->fields == 0 && (*count == 2 || *count == 3) && has_names_only(fields, *count);
    if (!*ret_done) return HOL_OK;
    self->fields = *count;
    (void)snprintf(self->remark, sizeof self->remark, ", without line %lld, of headings", (long long)self->line);
    return HOL_OK;
}

hol_status hol_edge_head_check(const edge_reader *self) {
    if (!self->has_head || self->entries < 0 || self->count == self->entries) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld entries, expected %lld as its head says", self->path,
                     (long long)self->count, (long long)self->entries);
}
