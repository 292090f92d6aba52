/* graph: which units are coupled, who is whose neighbour, and a colouring in which no neighbours share a colour.
 *
 * Colours are given in the order of the units, each the first that none of its neighbours has (greedy colouring): a
 * lattice whose periodic lengths are even becomes a checkerboard. All of it is a function of the edges alone. */
#ifndef HOL_MODEL_GRAPH_H
#define HOL_MODEL_GRAPH_H

#include <stdint.h>

#include "base/status.h"
#include "state/structure.h"

enum { HOL_LATTICE_DIMENSIONS = 3 };

/* All arrays are the graph's own. */
typedef struct hol_graph {
    int64_t units, edges, colours;
    int64_t degree;         /* the largest number of neighbours */
    int32_t *ends;          /* (edges, 2) */
    int64_t *starts;        /* (units + 1): unit i's neighbours are neighbours[starts[i]] .. */
    int32_t *neighbours;    /* (2 edges), ascending for each unit */
    int32_t *edge_of;       /* (2 edges): the number of the edge to that neighbour */
    int32_t *order;         /* (units): the units, colour after colour, ascending in each */
    int64_t *colour_starts; /* (colours + 1) into order */
} hol_graph;

/* Edge e joins units ends[2 e] and ends[2 e + 1], each from 0 to units - 1; borrowed during the call. HOL_USAGE for an
 * end out of range, a unit joined to itself and a pair that stands there twice, by the edge's number. The caller owns
 * *ret_graph. Not collective. */
hol_status hol_graph_create(int64_t units, int64_t edges, const int32_t *ends, hol_graph **ret_graph) HOL_MUST_USE;

/* A lattice of `dimensions` (1 to 3) dimensions, its sites numbered row by row: the last one's neighbours are next to
 * each other. periodic: 1 where the last site is joined to the first. Edges in the order of their first sites, and for
 * each of the dimensions. HOL_USAGE for a length below 2, or below 3 where periodic, and for more than 2^30 sites. */
hol_status hol_graph_create_lattice(int64_t dimensions, const int32_t *lengths, const int32_t *periodic,
                                    hol_graph **ret_graph) HOL_MUST_USE;

/* NULL is fine. */
/* The colouring alone, of units whose neighbours are neighbours[starts[i]] .. neighbours[starts[i + 1]]: order and
 * colour_starts as in hol_graph, the caller's, also after an error. */
hol_status hol_graph_colour(int64_t units, const int64_t *starts, const int32_t *neighbours, int64_t *ret_colours,
                            int32_t **ret_order, int64_t **ret_colour_starts) HOL_MUST_USE;
void hol_graph_destroy(hol_graph *graph);

/* What a checkpoint keeps of it; values are the graph's. */
hol_structure hol_graph_get_edges(const hol_graph *graph);

#endif
