/* edge_file: pairs of units in a text file, with or without couplings.
 *
 *     # i j J
 *     0 1 0.5
 *     1 2 -0.5
 *     1 1 0.1          the field of unit 1
 *
 * One edge a line, its numbers separated by blanks, commas or semicolons; blank lines, what follows '#', '%' or "//"
 * and lines whose first word is a single c are skipped, and so is a first line of headings. All lines have two numbers,
 * or all have three. Each pair stands there once, or, as in a list of a symmetric matrix's entries, all do in both
 * orders, count once, and have equal couplings. The text may be compressed (io/text_file.h).
 *
 * Also taken: a first line "UNITS EDGES" (rudy's format: Gset; its weights are J), Matrix Market (coordinate, real,
 * integer or pattern, symmetric or general: entry i j is the coupling of i and j, once), DIMACS (p edge UNITS EDGES,
 * e i j) and qubo.
 *
 * Units are numbered from 0, or from 1: in Matrix Market and DIMACS files, behind a first line of counts unless there
 * is a 0, where the largest number is that of the units, and, with their number not known, where each from 1 on has an
 * edge. Nothing else makes it 1. */
#ifndef HOL_IO_EDGE_FILE_H
#define HOL_IO_EDGE_FILE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_edge_list {
    int64_t units; /* as given, or the largest number + 1 */
    int64_t edges;
    int32_t *ends;    /* owned: (edges, 2), as they stand in the file */
    float *couplings; /* owned: (edges); NULL where the file has none */
    float *fields;    /* owned: (units), 0 where the file has none; NULL where all are 0 */
    char note[256];   /* what the file was taken for, where that is more than a list from 0; else "" */
} hol_edge_list;

/* Reads the edges of `units` units (0: as many as the file names). HOL_BAD_INPUT with "FILE:LINE: found ..., expected
 * ...", of a word also its column: a number out of range, a unit joined to itself without a value, a pair that stands
 * there twice, pairs of which only some are in both orders, one whose two couplings differ, no edge at all, other
 * counts than the file's head has; a first line that may as well be counts as an edge; with `units` 0, and no head,
 * also a unit without one below the largest number. The caller clears *ret_list. Not collective. */
hol_status hol_edge_file_read(const char *path, int64_t units, hol_edge_list *ret_list) HOL_MUST_USE;
/* The same of what is in the file, or is to be. */
hol_status hol_edge_file_parse(const char *path, const char *text, int64_t units, hol_edge_list *ret_list) HOL_MUST_USE;

/* Gives back what the list owns. */
void hol_edge_list_clear(hol_edge_list *list);

#endif
