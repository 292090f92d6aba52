/* edge_file: line by line; pairs that stand twice are found by sorting. */
#include "io/edge_file.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { FIELDS_MAX = 3, FIRST_SIZE = 256, LINE_SIZE = 1 << 16 };

/* One line's edge. */
typedef struct edge {
    int32_t low, high; /* its units in order */
    bool turned;       /* whether the larger stands first */
    float coupling;
    int64_t line;
} edge;

typedef struct reader {
    const char *path; /* borrowed */
    int64_t line;
    int64_t units;  /* 0: not known */
    int64_t fields; /* numbers of each line; 0 before the first */
    edge *edges;    /* owned */
    int64_t count, size;
} reader;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n'; }

/* Cuts the line into its fields; returns how many, or FIELDS_MAX + 1 when there are more. */
static int64_t split(char *line, char *fields[FIELDS_MAX]) {
    int64_t count = 0;
    line[strcspn(line, "#")] = '\0';
    for (char *at = line;;) {
        while (is_blank(*at)) at++;
        if (*at == '\0') return count;
        if (count == FIELDS_MAX) return FIELDS_MAX + 1;
        fields[count++] = at;
        while (*at != '\0' && !is_blank(*at)) at++;
        if (*at != '\0') *at++ = '\0';
    }
}

static hol_status parse_unit(const reader *self, const char *text, int32_t *ret_unit) {
    char *end = NULL;
    const long long most = self->units > 0 ? self->units - 1 : INT32_MAX - 1;
    errno = 0;
    const long long unit = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || unit < 0 || unit > most)
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.40s\", expected a unit from 0 to %lld", self->path,
                         (long long)self->line, text, most);
    *ret_unit = (int32_t)unit;
    return HOL_OK;
}

static hol_status parse_coupling(const reader *self, const char *text, float *ret_coupling) {
    char *end = NULL;
    *ret_coupling = strtof(text, &end);
    if (end == text || *end != '\0' || !isfinite(*ret_coupling))
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found \"%.40s\", expected a coupling, a finite number", self->path,
                         (long long)self->line, text);
    return HOL_OK;
}

static hol_status append(reader *self, edge e) {
    if (self->count == self->size) {
        edge *longer = NULL;
        const int64_t size = self->size > 0 ? 2 * self->size : FIRST_SIZE;
        const hol_status status = HOL_ALLOCATE(longer, size, "edges");
        if (status != HOL_OK) return status;
        if (self->count > 0) memcpy(longer, self->edges, (size_t)self->count * sizeof *longer);
        hol_free(self->edges);
        self->edges = longer;
        self->size = size;
    }
    self->edges[self->count++] = e;
    return HOL_OK;
}

static hol_status read_line(reader *self, char *line) {
    hol_status status = HOL_OK;
    char *fields[FIELDS_MAX];
    int32_t units[2];
    edge e = {.line = self->line};
    const int64_t count = split(line, fields);
    if (count == 0) return HOL_OK;
    if (self->fields == 0 && (count == 2 || count == 3)) self->fields = count;
    if (count != self->fields)
        return hol_error(HOL_BAD_INPUT, "%s:%lld: found %s%lld fields, expected %s", self->path, (long long)self->line,
                         count > FIELDS_MAX ? "more than " : "", (long long)(count > FIELDS_MAX ? FIELDS_MAX : count),
                         self->fields == 2   ? "two units, as in the lines before"
                         : self->fields == 3 ? "two units and a coupling, as in the lines before"
                                             : "two units, or two units and a coupling");
    for (int k = 0; k < 2; k++) HOL_TRY(parse_unit(self, fields[k], &units[k]));
    if (count == 3) HOL_TRY(parse_coupling(self, fields[2], &e.coupling));
    if (units[0] == units[1])
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld: found unit %d joined to itself, expected two units", self->path,
                          (long long)self->line, units[0]));
    e.turned = units[0] > units[1];
    e.low = units[e.turned];
    e.high = units[!e.turned];
    HOL_TRY(append(self, e));
cleanup:
    return status;
}

/* The next line without its end into line (LINE_SIZE); false in *ret_any at the end of the file. */
static hol_status next_line(reader *self, FILE *file, char *line, bool *ret_any) {
    int length = 0, c = EOF;
    while ((c = getc(file)) != EOF && c != '\n' && length < LINE_SIZE - 1) line[length++] = (char)c;
    line[length] = '\0';
    *ret_any = length > 0 || c == '\n';
    if (*ret_any) self->line++;
    if (c == EOF || c == '\n') return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s:%lld: found a line of more than %d bytes, expected an edge a line", self->path,
                     (long long)self->line, LINE_SIZE - 1);
}

static hol_status read_lines(reader *self) {
    hol_status status = HOL_OK;
    char *line = NULL;
    bool any = true;
    FILE *file = fopen(self->path, "r");
    if (!file) return hol_error(HOL_BAD_INPUT, "%s: %s", self->path, strerror(errno));
    errno = 0;
    status = HOL_ALLOCATE(line, LINE_SIZE, "a line of text");
    if (status == HOL_OK) status = next_line(self, file, line, &any);
    while (status == HOL_OK && any) {
        status = read_line(self, line);
        if (status == HOL_OK) status = next_line(self, file, line, &any);
    }
    if (status == HOL_OK && ferror(file)) status = hol_error(HOL_BAD_INPUT, "%s: %s", self->path, strerror(errno));
    if (status == HOL_OK && self->count == 0)
        status = hol_error(HOL_BAD_INPUT, "%s: found no edge, expected at least one", self->path);
    hol_free(line);
    (void)fclose(file); /* read only: nothing can be lost */
    return status;
}

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

static hol_status check_pair(const reader *self, const edge *first, const edge *second) {
    if (first->turned == second->turned)
        return hol_error(
            HOL_BAD_INPUT,
            "%s:%lld: found the edge of units %d and %d a second time, expected once (the first is in line %lld)",
            self->path, (long long)second->line, first->low, first->high, (long long)first->line);
    if (first->coupling < second->coupling || first->coupling > second->coupling)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%lld: found %g for units %d and %d, expected %g as in line %lld: couplings are symmetric",
                         self->path, (long long)second->line, (double)second->coupling, first->low, first->high,
                         (double)first->coupling, (long long)first->line);
    return HOL_OK;
}

/* Entries [first, end) are of one pair: one, or one in each order. */
static hol_status check_group(const reader *self, int64_t first, int64_t end) {
    const edge *group = self->edges + first;
    hol_status status = HOL_OK;
    if (end - first > 1) status = check_pair(self, &group[0], &group[1]);
    if (status == HOL_OK && end - first > 2) /* the third stands as one of the first two */
        status = check_pair(self, group[2].turned == group[0].turned ? &group[0] : &group[1], &group[2]);
    return status;
}

/* Leaves each pair once, as it stood first, and the edges in the order of their lines. */
static hol_status unite_pairs(reader *self) {
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

/* Where the file alone says how many units there are, each must have an edge: a gap is a slip, or numbers from 1 on. */
static hol_status check_gaps(const reader *self) {
    hol_status status = HOL_OK;
    uint8_t *joined = NULL;
    const edge *last = self->edges;
    const int64_t most = 2 * self->count; /* more units can't have edges */
    int64_t gap = 0;
    HOL_TRY(HOL_ALLOCATE(joined, most, "edges"));
    for (const edge *e = self->edges; e < self->edges + self->count; e++) {
        if (e->high > last->high) last = e;
        if (e->low < most) joined[e->low] = 1;
        if (e->high < most) joined[e->high] = 1;
    }
    while (gap < most && joined[gap]) gap++;
    if (gap < last->high)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s:%lld: found unit %d, but no edge of unit %lld, expected edges of all units from 0 on",
                          self->path, (long long)last->line, last->high, (long long)gap));
cleanup:
    hol_free(joined);
    return status;
}

static hol_status deliver(const reader *self, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    *ret_list = (hol_edge_list){.units = self->units, .edges = self->count};
    HOL_TRY(HOL_ALLOCATE(ret_list->ends, 2 * self->count, "edges"));
    if (self->fields == 3) HOL_TRY(HOL_ALLOCATE(ret_list->couplings, self->count, "edges"));
    for (int64_t k = 0; k < self->count; k++) {
        const edge *e = &self->edges[k];
        ret_list->ends[2 * k] = e->turned ? e->high : e->low;
        ret_list->ends[2 * k + 1] = e->turned ? e->low : e->high;
        if (ret_list->couplings) ret_list->couplings[k] = e->coupling;
        if (self->units == 0 && e->high >= ret_list->units) ret_list->units = e->high + 1;
    }
cleanup:
    return status;
}

hol_status hol_edge_file_read(const char *path, int64_t units, hol_edge_list *ret_list) {
    hol_status status = HOL_OK;
    reader self = {.path = path, .units = units};
    *ret_list = (hol_edge_list){0};
    HOL_TRY(read_lines(&self));
    HOL_TRY(unite_pairs(&self));
    if (units == 0) HOL_TRY(check_gaps(&self));
    HOL_TRY(deliver(&self, ret_list));
cleanup:
    hol_free(self.edges);
    return status;
}

void hol_edge_list_clear(hol_edge_list *list) {
    hol_free(list->ends);
    hol_free(list->couplings);
    *list = (hol_edge_list){0};
}
