/* edge_lines: what src/io/edge_*.c share; not for others. */
#ifndef HOL_SRC_IO_EDGE_LINES_H
#define HOL_SRC_IO_EDGE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* of a line: as many as any format has, and as an edge has */
enum { HOL_EDGE_FIELDS = 6, HOL_EDGE_COUNTED = 3 };

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
    int64_t line;
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
    int64_t count, size;
    char remark[192]; /* for the note */
} edge_reader;

/* edge_head.c. The first line, when it begins with "%%". */
hol_status hol_edge_head_banner(edge_reader *self, char *line) HOL_MUST_USE;

/* A line's fields before they are read as an edge: *ret_done when they are none, but part of a head; a letter in front
 * of an edge is taken off, and *count one less. */
hol_status hol_edge_head_line(edge_reader *self, char *fields[HOL_EDGE_FIELDS], int64_t *count,
                              bool *ret_done) HOL_MUST_USE;

/* Whether the lines are as many as the head says. */
hol_status hol_edge_head_check(const edge_reader *self) HOL_MUST_USE;

#endif
