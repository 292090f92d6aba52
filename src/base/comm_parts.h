/* comm: what src/base/comm*.c share; not for others. */
#ifndef HOL_SRC_BASE_COMM_PARTS_H
#define HOL_SRC_BASE_COMM_PARTS_H

#include "base/alloc.h"
#include "base/comm_mpi.h"
#include "base/segments.h"

enum { CHANNELS = 8, PAGE_BYTES = 32768 };

/* What a rank says to the others of its node. A place is free again two turns later: by then all have read it. */
typedef struct page {
    hol_flag turn;
    _Alignas(HOL_ALIGNMENT) char bytes[2][PAGE_BYTES];
} page;

/* duplicates of a communicator; each has one user at a time */
typedef struct channels {
    MPI_Comm handles[CHANNELS]; /* owned */
    bool taken[CHANNELS];
    int count;
} channels;

struct hol_comm {
    MPI_Comm handle; /* owned: a duplicate of the world */
    double began_at; /* hol_clock_now of MPI's start */
    int rank;
    int size;
    hol_memory *memory; /* borrowed: the other ranks are not there, nor MPI; NULL in a run */
    MPI_Comm node;      /* owned: the ranks that share this one's memory */
    int node_rank, node_ranks;
    MPI_Comm leaders; /* owned: each node's first rank; MPI_COMM_NULL on the others */
    int nodes;
    double spin;          /* base/wait.h: how long a rank that waits spins */
    channels channels[2]; /* of leaders, of all ranks */
    hol_segments pages;   /* owned: a page each, where all ranks are on one node; else of no rank but this one */
    unsigned turn;
    hol_position position;
    hol_screen screen;
    hol_files files;
    hol_comm *real; /* borrowed: of one that measures, whose files count; NULL in a run */
    bool is_broken; /* by an operation that failed: one rank's knowledge */
};

#endif
