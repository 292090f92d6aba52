/* segments: memory that the ranks of a node share. Each brings a piece, on its own memory bank, and all map all.
 *
 * For base/sum and base/team. The pieces are files without a name (memfd_create), opened by the others through /proc,
 * so that nothing is left behind whatever happens, and no size of a /dev/shm matters. */
#ifndef HOL_BASE_SEGMENTS_H
#define HOL_BASE_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm_mpi.h"

/* Rank r of `node` brings bytes[r] bytes of zeros, 0 for none, and every rank gets all pieces in segments (ranks of the
 * node, all NULL before). reserve: memory is taken now, not when it is first written to, where a lack of it would end
 * the program. Returns whether this rank has them all; when one of the node's has not, all must unmap. Collective over
 * `node`. */
bool hol_segments_map(MPI_Comm node, const int64_t *bytes, bool reserve, char **segments);

/* Pieces that are there; makes them NULL. Not collective. */
void hol_segments_unmap(const int64_t *bytes, int ranks, char **segments);

#endif
