/* neighbours: rows that are similar to each other (num/similar.h), over all ranks: how many each has, and clusters of
 * them. Whole numbers are added up, so results are the same on any layout. */
#ifndef HOL_STATE_NEIGHBOURS_H
#define HOL_STATE_NEIGHBOURS_H

#include "base/comm.h"
#include "base/status.h"
#include "num/similar.h"

/* Weights of rows by their neighbours: 1 / n, where n rows, itself included, are similar to one. similar is the same on
 * all ranks; weights (rows), out. Their sum is the effective number of sequences (Morcos et al. 2011). Collective. */
hol_status hol_neighbours_weigh(hol_comm *comm, const hol_similar *similar, double *weights) HOL_MUST_USE;

/* Clusters by single linkage: rows of which one is similar to the next are of one. clusters (rows), out: of each the
 * number of its first row. Collective. */
hol_status hol_neighbours_cluster(hol_comm *comm, const hol_similar *similar, int64_t *clusters) HOL_MUST_USE;

#endif
