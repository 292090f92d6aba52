/* edge_file: the lines as they stand first; then what their first line means, which number is the first unit's, and
 * which lines are of one pair, found by sorting. The formats' heads are in edge_head.c. */
#include "io/edge_file.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "edge_lines.h"
#include "io/text_file.h"

enum { LINE_MAX_BYTES = (1 << 16) - 1, UNITS_FREE = 1 << 16, UNITS_PER_EDGE = 64 };

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r'; }

/* The line without its comment: what follows '#', '%' or "//", or all of one whose first word is a single c. */
static void cut_comment(char *line) {
    line[strcspn(line, "#%")] = '\0';
    char *slashes = strstr(line, "//");
    if (slashes) *slashes = '\0';
    const char *word = line + strspn(line, " \t");
    if (*word == 'c' && (word[1] == '\0' || isspace((unsigned char)word[1]))) *line = '\0';
}

/* Cuts the line into its fields; returns how many, or HOL_EDGE_FIELDS + 1 when there are more. */
static int64_t split(char *line, char *fields[HOL_EDGE_FIELDS]) {
    int64_t count = 0;
    cut_comment(line);
    for (char *at = line;;) {
        while (is_blank(*at)) at++;
        if (*at == '\0') return count;
        if (count == HOL_EDGE_FIELDS) return HOL_EDGE_FIELDS + 1;
        fields[count++] = at;
        while (*at != '\0' && !is_blank(*at)) at++;
        if (*at != '\0') *at++ = '\0';
    }
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static hol_status parse_unit(const edge_reader *self, const char *text, int32_t *ret_unit) {
    char *end = NULL;
    const long long most = self->units > 0 ? self->units : INT32_MAX - 1; /* from 1: told from 0 when all are known */
    errno = 0;
    const long long unit = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || unit < 0 || unit > INT32_MAX - 1)
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.40s\", expected a unit from 0 to %lld", self->path,
                         (long long)self->line, text, most - (self->units > 0));
    *ret_unit = (int32_t)unit;
    return HOL_OK;
}

static hol_status parse_coupling(const edge_reader *self, const char *text, float *ret_coupling) {
    char *end = NULL;
    *ret_coupling = strtof(text, &end);
    if (end == text || *end != '\0' || !isfinite(*ret_coupling))
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.40s\", expected a coupling, a finite number", self->path,
                         (long long)self->line, text);
    return HOL_OK;
}

static hol_status append(edge_reader *self, edge e) {
    const hol_status status = HOL_GROW(self->edges, self->count, self->count + 1, &self->size, "edges");
    if (status == HOL_OK) self->edges[self->count++] = e;
    return status;
}

static hol_status refuse_fields(const edge_reader *self, int64_t count) {
    const bool many = count > HOL_EDGE_COUNTED;
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found %s%lld fields, expected %s", self->path, (long long)self->line,
                     many ? "more than " : "", (long long)(many ? HOL_EDGE_COUNTED : count),
                     self->fields == 2   ? "two units, as in the lines before"
                     : self->fields == 3 ? "two units and a coupling, as in the lines before"
                                         : "two units, or two units and a coupling");
}

/* All lines have as many fields as the second one, which may be more than the first, a head of counts, has. */
static hol_status read_edge(edge_reader *self, char *fields[], int64_t count) {
    hol_status status = HOL_OK;
    int32_t units[2];
    edge e = {.line = self->line, .fields = (int8_t)count};
    if (count != 2 && count != HOL_EDGE_COUNTED) return refuse_fields(self, count);
    if (self->form == EDGE_PLAIN && self->count == 1 && self->fields == 2 && count == 3) self->fields = 3;
    if (self->fields == 0) self->fields = count;
    if (count != self->fields) return refuse_fields(self, count);
    for (int k = 0; k < 2; k++) HOL_TRY(parse_unit(self, fields[k], &units[k]));
    if (count == 3) HOL_TRY(parse_coupling(self, fields[2], &e.coupling));
    e.turned = units[0] > units[1];
    e.low = units[e.turned];
    e.high = units[!e.turned];
    HOL_TRY(append(self, e));
cleanup:
    return status;
}

static hol_status read_line(edge_reader *self, char *line) {
    char *fields[HOL_EDGE_FIELDS];
    bool done = false;
    if (self->line == 1 && strncmp(line, "%%", 2) == 0) return hol_edge_head_banner(self, line);
    int64_t count = split(line, fields);
    if (count == 0) return HOL_OK;
    const hol_status status = hol_edge_head_line(self, fields, &count, &done);
    return status != HOL_OK || done ? status : read_edge(self, fields, count);
}

static hol_status read_lines(edge_reader *self, char *text) {
    hol_status status = HOL_OK;
    for (char *line = text; line && status == HOL_OK;) {
        char *end = strchr(line, '\n');
        if (end) *end = '\0';
        self->line++;
        if (strnlen(line, LINE_MAX_BYTES + 1) > LINE_MAX_BYTES)
            return hol_error(HOL_BAD_INPUT, "%s:%lld: found a line of more than %d bytes, expected an edge a line",
                             self->path, (long long)self->line, LINE_MAX_BYTES);
        status = read_line(self, line);
        line = end ? end + 1 : NULL;
    }
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
    self->counted_units = first->fields == 2 && !first->turned ? first->low : first->high;
    self->count--;
    memmove(self->edges, self->edges + 1, (size_t)self->count * sizeof *self->edges);
}

/* Units known from elsewhere, without a format that says where numbers begin. */
static int64_t base_of_known(edge_reader *self, const int64_t range[2]) {
    if (range[0] == 0) return 0;
    if (range[1] == self->units || self->counted_units > 0) return 1;
    const size_t used = strlen(self->remark);
    (void)snprintf(self->remark + used, sizeof self->remark - used,
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
    else if (self->count > 1 && self->edges[0].fields != self->edges[1].fields) {
        self->line = self->edges[1].line;
        self->fields = 2;
        HOL_TRY(refuse_fields(self, self->edges[1].fields));
    }
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

/* Leaves each pair once, as it stood first, and the edges in the order of their lines. */
static hol_status unite_pairs(edge_reader *self) {
    int64_t kept = 0;
    qsort(self->edges, (size_t)self->count, sizeof *self->edges, by_units);
    for (int64_t first = 0, end = 0; first < self->count; first = end) {
        const edge *e = &self->edges[first];
        while (end < self->count && self->edges[end].low == e->low && self->edges[end].high == e->high) end++;
        const hol_status status = check_group(self, first, end);
        if (status != HOL_OK) return status;
        self->edges[kept++] = *e;
    }
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

hol_status hol_edge_file_read(const char *path, int64_t units, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    edge_reader self = {.path = path, .units = units, .entries = -1, .base = -1};
    char *text = NULL;
    int64_t length = 0;
    *ret_list = (hol_edge_list){0};
    HOL_TRY(hol_text_file_load(path, &text, &length));
    HOL_TRY(read_lines(&self, text));
    HOL_TRY(hol_edge_head_check(&self));
    HOL_TRY(number_units(&self));
    HOL_TRY(unite_pairs(&self));
    HOL_TRY(deliver(&self, ret_list));
cleanup:
    hol_free(text);
    hol_free(self.edges);
    return status;
}

void hol_edge_list_clear(hol_edge_list *list) {
    hol_free(list->ends);
    hol_free(list->couplings);
    hol_free(list->fields);
    *list = (hol_edge_list){0};
}
