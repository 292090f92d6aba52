/* edge_file: pairs of units in a text file, with or without couplings.
 *
 *     # i j J: units are numbered from 0
 *     0 1 0.5
 *     1 2 -0.5
 *
 * One edge a line, its numbers separated by blanks or commas; blank lines and what follows a '#' are skipped. All lines
 * have two numbers, or all have three. A pair may stand there in both orders, as in a list of a symmetric matrix's
 * entries, and counts once; the couplings must then be equal. */
#ifndef HOL_IO_EDGE_FILE_H
#define HOL_IO_EDGE_FILE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_edge_list {
    int64_t units; /* as given, or the largest number + 1 */
    int64_t edges;
    int32_t *ends;    /* owned: (edges, 2), as they stand in the file */
    float *couplings; /* owned: (edges); NULL where the file has none */
} hol_edge_list;

/* Reads the edges of `units` units (0: as many as the file names). HOL_BAD_INPUT with "FILE:LINE: found ..., expected
 * ...": a number out of range, a unit joined to itself, a pair that stands there twice, one whose two couplings differ,
 * no edge at all; with `units` 0 also a unit without one below the largest number. The caller clears *ret_list. Not
 * collective. */
hol_status hol_edge_file_read(const char *path, int64_t units, hol_edge_list *ret_list) HOL_MUST_USE;

/* Gives back what the list owns. */
void hol_edge_list_clear(hol_edge_list *list);

#endif
