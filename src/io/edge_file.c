/* edge_file: the lines as they stand first; then what their first line means, which number is the first unit's, and
 * which lines are of one pair, found by sorting.
 *
 * Contents: heads of formats; lines; which number is the first unit's; pairs; delivery. */
#include "io/edge_file.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "io/scanner.h"
#include "io/text_file.h"

/* of a line: as many words as any format has */
enum { WORDS = 6, COUNT_MAX = INT32_MAX - 1, UNITS_FREE = 1 << 16, UNITS_PER_EDGE = 64 };

/* One line's edge, or a unit's field. */
typedef struct edge {
    int32_t low, high; /* its units in order; equal: a field */
    bool turned;       /* whether the larger stands first */
    int8_t fields;     /* numbers in the line, 2 or 3 */
    float coupling;
    int64_t line;
} edge;

typedef enum edge_form {
    EDGE_PLAIN,  /* lines of numbers; the first may be a head of counts, as in rudy's files (Gset) */
    EDGE_MATRIX, /* Matrix Market, coordinates */
    EDGE_DIMACS  /* p edge UNITS EDGES, e i j; p qubo */
} edge_form;

typedef struct edge_reader {
    const char *path; /* borrowed */
    edge_form form;
    const char *format;    /* for the note: ", Matrix Market"; NULL for plain lists */
    bool has_head;         /* whether the file names its counts */
    bool is_pattern;       /* EDGE_MATRIX: entries without values */
    int64_t units;         /* 0: not known */
    int64_t counted_units; /* as the file's head says; 0: it has none */
    int64_t entries;       /* likewise, where it must be right; -1: not known */
    int64_t base;          /* the first unit's number; -1: not known */
    int64_t fields;        /* numbers of each line; 0 before the first */
    edge *edges;           /* owned */
    int64_t count, room;
    char remark[192]; /* for the note */
} edge_reader;

/* ---- heads of formats -------------------------------------------------------------------------------------------- */

/* Matrix Market: %%MatrixMarket matrix coordinate FIELD SYMMETRY; then rows, columns, entries. */
static hol_status read_banner(edge_reader *self, const char *text) {
    static const char *const known[][4] = {
        {"MatrixMarket"}, {"matrix"}, {"coordinate"}, {"real", "integer", "pattern"}, {"symmetric", "general"}};
    static const char *const expected[] = {"%%MatrixMarket", "matrix", "coordinate", "real, integer or pattern",
                                           "symmetric or general"};
    hol_scanner s = hol_scanner_begin(self->path, text + 2, ""); /* else it would be a comment */
    s.line_start = text;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        bool is_known = false;
        hol_scanner_next(&s);
        for (int w = 0; w < 4 && known[k][w]; w++) is_known = is_known || hol_scanner_is(&s, known[k][w]);
        if (s.line > 1)
            return hol_error(HOL_BAD_INPUT, "%s:1: found the end of the line, expected %s", self->path, expected[k]);
        if (!is_known) return hol_scanner_refuse(&s, expected[k]);
        self->is_pattern = self->is_pattern || hol_scanner_is(&s, "pattern");
    }
    self->form = EDGE_MATRIX;
    self->format = ", Matrix Market";
    self->base = 1;
    return HOL_OK;
}

static hol_status read_sizes(edge_reader *self, const hol_scanner *words, int64_t count) {
    hol_status status = HOL_OK;
    int64_t columns = 0;
    if (count != 3) return hol_scanner_refuse(words, "three numbers: rows, columns and entries");
    HOL_TRY(hol_scanner_take(&words[0], 1, COUNT_MAX, "the number of units", &self->counted_units));
    HOL_TRY(hol_scanner_take(&words[1], 0, COUNT_MAX, "the number of columns", &columns));
    if (columns != self->counted_units)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: found a matrix of %lld x %lld, expected a square one", self->path,
                          (long long)words->line, (long long)self->counted_units, (long long)columns));
    HOL_TRY(hol_scanner_take(&words[2], 0, COUNT_MAX, "the number of entries", &self->entries));
    self->has_head = true;
    self->fields = self->is_pattern ? 2 : 3;
cleanup:
    return status;
}

/* DIMACS: p FORMAT UNITS EDGES; then e i j or a i j J. p qubo TARGET UNITS FIELDS EDGES: i j J, from 0. */
static hol_status read_problem(edge_reader *self, const hol_scanner *words, int64_t count) {
    hol_status status = HOL_OK;
    int64_t edges = 0, diagonal = 0;
    const bool is_qubo = hol_scanner_is(&words[1], "qubo");
    if (count != (is_qubo ? 6 : 4) || self->count > 0 || self->has_head)
        return hol_scanner_refuse(
            words, "p FORMAT UNITS EDGES or p qubo TARGET UNITS FIELDS EDGES, once and before all edges");
    HOL_TRY(hol_scanner_take(&words[is_qubo ? 3 : 2], 1, COUNT_MAX, "the number of units", &self->counted_units));
    HOL_TRY(hol_scanner_take(&words[count - 1], 0, COUNT_MAX, "the number of edges", &edges));
    if (is_qubo) {
        HOL_TRY(hol_scanner_take(&words[4], 0, COUNT_MAX, "the number of fields", &diagonal));
        self->entries = edges + diagonal;
    }
    self->form = EDGE_DIMACS;
    self->format = is_qubo ? ", qubo (its values are J and h: what it minimises has the opposite sign)" : ", DIMACS";
    self->base = !is_qubo;
    self->has_head = true;
cleanup:
    return status;
}

static bool is_number(const hol_scanner *word) {
    return isdigit((unsigned char)*word->word) || strchr("+-.", *word->word);
}

static bool is_letter(const hol_scanner *word, const char *letters) {
    return word->length == 1 && strchr(letters, *word->word);
}

static bool are_names(const hol_scanner *words, int64_t count) {
    for (int64_t k = 0; k < count; k++)
        if (!isalpha((unsigned char)*words[k].word) && !strchr("\"_", *words[k].word)) return false;
    return count == 2 || count == 3;
}

/* A line's words before they are read as an edge: *ret_done when they are none, but part of a head; a letter in front
 * of an edge is taken off, and *count one less. */
static hol_status read_head(edge_reader *self, hol_scanner words[WORDS], int64_t *count, bool *ret_done) {
    const bool is_matrix = self->form == EDGE_MATRIX;
    *ret_done = is_matrix && !self->has_head;
    if (*ret_done) return read_sizes(self, words, *count);
    if (is_matrix || is_number(words)) return HOL_OK;
    *ret_done = is_letter(words, "p") && *count > 2;
    if (*ret_done) return read_problem(self, words, *count);
    if (is_letter(words, "ea") && *count > 1 && is_number(&words[1])) {
        self->form = EDGE_DIMACS;
        memmove(words, words + 1, (WORDS - 1) * sizeof *words);
        --*count;
        return HOL_OK;
    }
    *ret_done = self->count == 0 && self->fields == 0 && are_names(words, *count);
    if (!*ret_done) return HOL_OK;
    self->fields = *count;
    (void)snprintf(self->remark, sizeof self->remark, ", without line %lld, of headings", (long long)words->line);
    return HOL_OK;
}

/* Whether the lines are as many as the head says. */
static hol_status check_entries(const edge_reader *self) {
    if (!self->has_head || self->entries < 0 || self->count == self->entries) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld entries, expected %lld as its head says", self->path,
                     (long long)self->count, (long long)self->entries);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static hol_status parse_unit(const edge_reader *self, const hol_scanner *word, int32_t *ret_unit) {
    char expected[64];
    int64_t unit = 0;
    if (hol_scanner_get_integer(word, 0, COUNT_MAX, &unit)) {
        *ret_unit = (int32_t)unit; /* those from 1 are told from those from 0 when all are known */
        return HOL_OK;
    }
    (void)snprintf(expected, sizeof expected, "a unit from 0 to %lld",
                   (long long)(self->units > 0 ? self->units - 1 : COUNT_MAX));
    return hol_scanner_refuse(word, expected);
}

static hol_status parse_coupling(const hol_scanner *word, float *ret_coupling) {
    char *end = NULL;
    *ret_coupling = strtof(word->word, &end);
    if (end == word->word + word->length && isfinite(*ret_coupling)) return HOL_OK;
    return hol_scanner_refuse(word, "a coupling, a finite number");
}

static hol_status refuse_fields(const edge_reader *self, int64_t line, int64_t fields, int64_t count) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found %s%lld fields, expected %s", self->path, (long long)line,
                     count > 3 ? "more than " : "", (long long)(count > 3 ? 3 : count),
                     fields == 2   ? "two units, as in the lines before"
                     : fields == 3 ? "two units and a coupling, as in the lines before"
                                   : "two units, or two units and a coupling");
}

/* All lines have as many numbers as the second one, which may be more than the first, a head of counts, has. */
static hol_status read_edge(edge_reader *self, const hol_scanner *words, int64_t count) {
    hol_status status = HOL_OK;
    int32_t units[2];
    edge e = {.line = words->line, .fields = (int8_t)count};
    if (count == 3 && self->form == EDGE_PLAIN && self->count == 1 && self->fields == 2) self->fields = 3;
    if (count != 2 && count != 3) return refuse_fields(self, e.line, self->fields, count);
    if (self->fields == 0) self->fields = count;
    if (count != self->fields) return refuse_fields(self, e.line, self->fields, count);
    for (int k = 0; k < 2; k++) HOL_TRY(parse_unit(self, &words[k], &units[k]));
    if (count == 3) HOL_TRY(parse_coupling(&words[2], &e.coupling));
    e.turned = units[0] > units[1];
    e.low = units[e.turned];
    e.high = units[!e.turned];
    HOL_TRY(HOL_GROW(self->edges, self->count, self->count + 1, &self->room, "edges"));
    self->edges[self->count++] = e;
cleanup:
    return status;
}

static hol_status read_lines(edge_reader *self, const char *text) {
    hol_status status = HOL_OK;
    hol_scanner s = hol_scanner_begin(self->path, text, ",;"), words[WORDS];
    if (strncmp(text, "%%", 2) == 0) HOL_TRY(read_banner(self, text));
    for (hol_scanner_next(&s); s.length > 0;) {
        int64_t count = hol_scanner_line(&s, words, WORDS);
        bool done = false;
        HOL_TRY(read_head(self, words, &count, &done));
        if (!done) HOL_TRY(read_edge(self, words, count));
    }
    HOL_TRY(check_entries(self));
cleanup:
    return status;
}

/* ---- which number is the first unit's ---------------------------------------------------------------------------- */

/* Whether lines [first, count) name every unit from `base` to the largest; else *ret_gap is the least one that they
 * don't, and *ret_last a line with the largest. */
static hol_status find_gap(const edge_reader *self, int64_t first, int64_t base, int64_t *ret_gap,
                           const edge **ret_last) {
    hol_status status = HOL_OK;
    uint8_t *named = NULL;
    const int64_t most = 2 * (self->count - first); /* more units can't be named */
    int64_t gap = 0;
    *ret_gap = -1;
    *ret_last = &self->edges[first];
    HOL_TRY(HOL_ALLOCATE(named, most + 1, "edges"));
    for (const edge *e = self->edges + first; e < self->edges + self->count; e++) {
        if (e->high > (*ret_last)->high) *ret_last = e;
        if (e->low >= base && e->low - base < most) named[e->low - base] = 1;
        if (e->high >= base && e->high - base < most) named[e->high - base] = 1;
    }
    while (gap < most && named[gap]) gap++;
    if (gap + base <= (*ret_last)->high) *ret_gap = gap + base;
cleanup:
    hol_free(named);
    return status;
}

/* The smallest and largest of lines [first, count). */
static void find_range(const edge_reader *self, int64_t first, int64_t range[2]) {
    range[0] = INT32_MAX;
    range[1] = -1;
    for (int64_t k = first; k < self->count; k++) {
        if (self->edges[k].low < range[0]) range[0] = self->edges[k].low;
        if (self->edges[k].high > range[1]) range[1] = self->edges[k].high;
    }
}

static hol_status out_of_range(const edge_reader *self, int64_t base, int64_t units) {
    for (const edge *e = self->edges; e < self->edges + self->count; e++)
        if (e->low < base || e->high >= base + units)
            return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%d\", expected a unit from %lld to %lld", self->path,
                             (long long)e->line, e->low < base ? e->low : e->high, (long long)base,
                             (long long)(base + units - 1));
    return HOL_OK;
}

/* What the first line means where it may be a head of counts, "units edges" or "units units entries", and is taken for
 * one: as many lines follow as it says, whose units it allows. *ret_head: whether it does; a line that could as well be
 * an edge or a field is refused. */
static hol_status judge_first(edge_reader *self, bool *ret_head) {
    int64_t range[2], all[2], gap[2];
    const edge *first = self->edges, *last = NULL;
    *ret_head = false;
    if (self->form != EDGE_PLAIN || self->count < 2) return HOL_OK;
    const bool two = first->fields == 2, is_square = !two && first->low == first->high;
    const bool surely = two && self->fields == 3; /* an edge would have a coupling */
    const int64_t units = first->turned ? first->high : first->low;
    const double counted = two ? (double)(first->turned ? first->low : first->high) : (double)first->coupling;
    find_range(self, 1, range);
    const bool fits = units >= 1 && range[1] <= units - (range[0] == 0) && (self->units == 0 || units == self->units);
    if (surely ? units < 2 : !fits || !(two || is_square)) return HOL_OK;
    if (counted < (double)(self->count - 1) || counted > (double)(self->count - 1)) {
        if (!surely) return HOL_OK;
        return hol_error(
            HOL_BAD_INPUT, "%s:%lld: found %lld units and %lld edges, but %lld edges follow, expected as many",
            self->path, (long long)first->line, (long long)units, (long long)counted, (long long)self->count - 1);
    }
    *ret_head = true;
    if (surely || self->units > 0) return HOL_OK;
    hol_status status = find_gap(self, 0, 0, &gap[0], &last);
    if (status == HOL_OK) status = find_gap(self, 0, 1, &gap[1], &last);
    if (status != HOL_OK) return status;
    find_range(self, 0, all);
    const bool from_0 = all[0] == 0 && gap[0] < 0 && (!two || first->low != first->high);
    if (!from_0 && (two || all[0] != 1 || gap[1] >= 0)) return HOL_OK;
    return hol_error(
        HOL_BAD_INPUT,
        "%s:%lld: found what may be the numbers of units and edges, or %s, expected a line that can be only "
        "one of the two (make it a comment, or put it elsewhere than first)",
        self->path, (long long)first->line, two ? "an edge" : "a unit's field");
}

/* Takes the first line off as a head of counts. */
static void take_head(edge_reader *self) {
    const edge *first = self->edges;
    if (self->fields == 3) self->format = ", rudy's format (weights to be cut are -J)";
    self->counted_units = first->fields == 2 && !first->turned ? first->low : first->high;
    self->count--;
    memmove(self->edges, self->edges + 1, (size_t)self->count * sizeof *self->edges);
}

/* Units known from elsewhere, without a format that says where numbers begin. */
static int64_t base_of_known(edge_reader *self, const int64_t range[2]) {
    if (range[0] == 0) return 0;
    if (range[1] == self->units || self->counted_units > 0) return 1;
    hol_words_append(self->remark, sizeof self->remark,
                     "; unit 0 has none (units are numbered from 0, unless the file says \"UNITS EDGES\" first)");
    return 0;
}

static hol_status base_of_unknown(edge_reader *self, const int64_t range[2], int64_t *ret_base) {
    int64_t gap = -1;
    const edge *last = NULL;
    *ret_base = range[0] == 1;
    hol_status status = find_gap(self, 0, *ret_base, &gap, &last);
    if (status == HOL_OK && gap >= 0)
        status =
            hol_error(HOL_BAD_INPUT,
                      "%s:%lld: found unit %d, but no edge of unit %lld, expected edges of all units from 0 or 1 on",
                      self->path, (long long)last->line, last->high, (long long)gap);
    return status;
}

/* A head's number of units is bounded by the lines, as memory for a model of them is not by a few digits. */
static hol_status check_counted(const edge_reader *self) {
    const int64_t most = UNITS_FREE + UNITS_PER_EDGE * self->count;
    if (self->counted_units <= most) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld units in its head, but %lld edge(s), expected at most %lld units",
                     self->path, (long long)self->counted_units, (long long)self->count, (long long)most);
}

/* The number of units, and the first one's number; takes it off. */
static hol_status number_units(edge_reader *self) {
    hol_status status = HOL_OK;
    bool head = false;
    int64_t range[2], base = self->base;
    if (self->count == 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no edge, expected at least one", self->path));
    HOL_TRY(judge_first(self, &head));
    if (head) take_head(self);
    else if (self->count > 1 && self->edges[0].fields != self->edges[1].fields)
        HOL_TRY(refuse_fields(self, self->edges[1].line, 2, self->edges[1].fields));
    if (self->counted_units > 0 && self->units > 0 && self->counted_units != self->units)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld units in its head, expected the model's %lld", self->path,
                          (long long)self->counted_units, (long long)self->units));
    if (self->units == 0) HOL_TRY(check_counted(self));
    if (self->units == 0) self->units = self->counted_units;
    find_range(self, 0, range);
    if (base < 0 && self->units > 0) base = base_of_known(self, range);
    else if (base < 0) HOL_TRY(base_of_unknown(self, range, &base));
    if (self->units == 0) self->units = range[1] - base + 1;
    HOL_TRY(out_of_range(self, base, self->units));
    for (edge *e = self->edges; e < self->edges + self->count; e++) {
        e->low -= (int32_t)base;
        e->high -= (int32_t)base;
    }
    self->base = base;
    self->has_head = self->has_head || head;
cleanup:
    return status;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

/* a unit's number in the file */
static int number_of(const edge_reader *self, int32_t unit) { return (int)(unit + self->base); }

static int by_units(const void *a, const void *b) {
    const edge *x = a, *y = b;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int by_line(const void *a, const void *b) {
    const edge *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static hol_status check_pair(const edge_reader *self, const edge *first, const edge *second) {
    if (first->turned == second->turned)
        return hol_error(
            HOL_BAD_INPUT,
            "%s:%lld: found the edge of units %d and %d a second time, expected once (the first is in line %lld)",
            self->path, (long long)second->line, number_of(self, first->low), number_of(self, first->high),
            (long long)first->line);
    if (first->coupling < second->coupling || first->coupling > second->coupling)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%lld: found %g for units %d and %d, expected %g as in line %lld: couplings are symmetric",
                         self->path, (long long)second->line, (double)second->coupling, number_of(self, first->low),
                         number_of(self, first->high), (double)first->coupling, (long long)first->line);
    return HOL_OK;
}

static hol_status check_field(const edge_reader *self, int64_t first, int64_t end) {
    const edge *e = &self->edges[first];
    if (e->fields == 2)
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found unit %d joined to itself, expected two units", self->path,
                         (long long)e->line, number_of(self, e->low));
    if (end - first == 1) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%lld: found the field of unit %d a second time, expected once (the first is in line %lld)",
                     self->path, (long long)e[1].line, number_of(self, e->low), (long long)e->line);
}

/* Entries [first, end) are of one pair: one, or one in each order. */
static hol_status check_group(const edge_reader *self, int64_t first, int64_t end) {
    const edge *group = self->edges + first;
    hol_status status = HOL_OK;
    if (group->low == group->high) return check_field(self, first, end);
    if (end - first > 1) status = check_pair(self, &group[0], &group[1]);
    if (status == HOL_OK && end - first > 2) /* the third stands as one of the first two */
        status = check_pair(self, group[2].turned == group[0].turned ? &group[0] : &group[1], &group[2]);
    return status;
}

/* A list has each pair once, or, as one of a symmetric matrix's entries, each in both orders: a few that stand twice
 * are slips. */
static hol_status refuse_mixture(const edge_reader *self, const edge twice[2], const edge *once) {
    return hol_error(HOL_BAD_INPUT,
                     "%s:%lld: found the edge of units %d and %d in both orders (first in line %lld), that of units %d "
                     "and %d in one (line %lld), expected all in both, or each once",
                     self->path, (long long)twice[1].line, number_of(self, twice->low), number_of(self, twice->high),
                     (long long)twice->line, number_of(self, once->low), number_of(self, once->high),
                     (long long)once->line);
}

/* Leaves each pair once, as it stood first, and the edges in the order of their lines. */
static hol_status unite_pairs(edge_reader *self) {
    int64_t kept = 0;
    edge twice[2] = {{.line = 0}}, once = {.line = 0};
    qsort(self->edges, (size_t)self->count, sizeof *self->edges, by_units);
    for (int64_t first = 0, end = 0; first < self->count; first = end) {
        const edge *e = &self->edges[first];
        while (end < self->count && self->edges[end].low == e->low && self->edges[end].high == e->high) end++;
        const hol_status status = check_group(self, first, end);
        if (status != HOL_OK) return status;
        if (e->low < e->high && end - first == 1) once = *e;
        if (end - first > 1) memcpy(twice, e, sizeof twice);
        self->edges[kept++] = *e;
    }
    if (twice->line > 0 && once.line > 0) return refuse_mixture(self, twice, &once);
    self->count = kept;
    qsort(self->edges, (size_t)self->count, sizeof *self->edges, by_line);
    return HOL_OK;
}

/* ---- delivery ---------------------------------------------------------------------------------------------------- */

static hol_status deliver_fields(const edge_reader *self, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(ret_list->fields, self->units, "fields"));
    for (int64_t k = 0; k < self->count; k++)
        if (self->edges[k].low == self->edges[k].high) ret_list->fields[self->edges[k].low] = self->edges[k].coupling;
cleanup:
    return status;
}

static hol_status deliver(const edge_reader *self, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    bool has_fields = false;
    *ret_list = (hol_edge_list){.units = self->units};
    HOL_TRY(HOL_ALLOCATE(ret_list->ends, HOL_PRODUCT(2, self->count), "edges"));
    if (self->fields == 3) HOL_TRY(HOL_ALLOCATE(ret_list->couplings, self->count, "edges"));
    for (int64_t k = 0; k < self->count; k++) {
        const edge *e = &self->edges[k];
        const int64_t at = ret_list->edges;
        if (e->low == e->high) {
            has_fields = has_fields || fabsf(e->coupling) > 0; /* a matrix may have a diagonal of zeros */
            continue;
        }
        ret_list->ends[2 * at] = e->turned ? e->high : e->low;
        ret_list->ends[2 * at + 1] = e->turned ? e->low : e->high;
        if (ret_list->couplings) ret_list->couplings[at] = e->coupling;
        ret_list->edges++;
    }
    if (ret_list->edges == 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found no edge, expected at least one", self->path));
    if (has_fields) HOL_TRY(deliver_fields(self, ret_list));
    if (self->has_head || self->base != 0 || *self->remark || has_fields)
        (void)snprintf(ret_list->note, sizeof ret_list->note, "%lld units, numbered from %lld, %lld edge%s%s%s%s",
                       (long long)self->units, (long long)self->base, (long long)ret_list->edges,
                       ret_list->edges == 1 ? "" : "s", has_fields ? ", fields" : "", self->format ? self->format : "",
                       self->remark);
cleanup:
    return status;
}

hol_status hol_edge_file_parse(const char *path, const char *text, int64_t units, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    edge_reader self = {.path = path, .units = units, .entries = -1, .base = -1};
    *ret_list = (hol_edge_list){0};
    HOL_TRY(read_lines(&self, text));
    HOL_TRY(number_units(&self));
    HOL_TRY(unite_pairs(&self));
    HOL_TRY(deliver(&self, ret_list));
cleanup:
    hol_free(self.edges);
    return status;
}

hol_status hol_edge_file_read(const char *path, int64_t units, hol_edge_list *ret_list) {
    char *text = NULL;
    int64_t length = 0;
    *ret_list = (hol_edge_list){0};
    hol_status status = hol_text_file_load(path, &text, &length);
    if (status == HOL_OK) status = hol_edge_file_parse(path, text, units, ret_list);
    hol_free(text);
    return status;
}

void hol_edge_list_clear(hol_edge_list *list) {
    hol_free(list->ends);
    hol_free(list->couplings);
    hol_free(list->fields);
    *list = (hol_edge_list){0};
}
