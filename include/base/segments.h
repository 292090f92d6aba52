/* segments: memory that the ranks of a node share. Each brings a piece, on its own memory bank, and all map all.
 *
 * For base/sum and base/team. The pieces are files without a name (memfd_create), opened by the others through /proc,
 * so that nothing is left behind whatever happens, and no size of a /dev/shm matters. */
#ifndef HOL_BASE_SEGMENTS_H
#define HOL_BASE_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"

typedef struct hol_segments {
    hol_comm *comm;  /* borrowed */
    int rank, ranks; /* of the node; 0 and 1 where memory is not shared */
    bool apart;      /* whether that is so because it can't be: on all ranks of all nodes then */
    char **at;       /* owned: (ranks), each rank's piece; NULL for none, and where memory is not shared */
    int64_t *bytes;  /* owned: (ranks) */
} hol_segments;

/* The node's first rank brings `first` bytes of zeros, the others `other` each (0: none). reserve: memory is taken now,
 * not when it is first written to, where a lack of it would end the program. allowed: false on any rank counts as
 * memory that can't be shared. With comm NULL this process is alone. The caller owns *ret. Collective. */
hol_status hol_segments_create(hol_comm *comm, int64_t first, int64_t other, bool reserve, bool allowed,
                               hol_segments *ret) HOL_MUST_USE;
/* Not collective. One of zeros is fine. */
void hol_segments_clear(hol_segments *segments);

#endif
