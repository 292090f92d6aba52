/* comm: the ranks of a run and what they say to each other.
 *
 * One communicator, made in main and passed down. mpi.h stays inside base/comm.c; the HDF5 room asks
 * base/comm_mpi.h for the handle. All-reduced sums are sums of integers only, so that neither the number of ranks
 * nor MPI's choice of algorithm can change a result. */
#ifndef HOL_BASE_COMM_H
#define HOL_BASE_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/position.h"
#include "base/status.h"
#include "base/wait.h"

typedef struct hol_comm hol_comm; /* opaque */

/* Starts MPI (thread level FUNNELED) and duplicates the world communicator; the caller owns *ret_comm.
 * Collective. argc and argv may be NULL. */
hol_status hol_comm_create(int *argc, char ***argv, hol_comm **ret_comm) HOL_MUST_USE;

/* As rank `rank` of `size` would have it, `node_ranks` of which share a node, without the others, for counting in
 * `memory` (borrowed) what a run would take: nothing can be learned from the other ranks, sums are this rank's part.
 * real (borrowed, until after *ret_comm) is this process's own. The caller owns *ret_comm. Not collective. */
hol_status hol_comm_create_measuring(hol_comm *real, hol_memory *memory, int rank, int size, int node_ranks,
                                     hol_comm **ret_comm) HOL_MUST_USE;
/* Where memory is counted instead of taken; NULL in a run, and with comm NULL. Borrowed. */
hol_memory *hol_comm_memory(const hol_comm *comm);

/* Ends MPI, which hol_comm_create has started. Collective. NULL is fine. */
void hol_comm_destroy(hol_comm *comm);

/* Ends every rank at once; for a second signal and for errors that can't be agreed on. Does not return. */
void hol_comm_abort(hol_comm *comm, int exit_code) __attribute__((noreturn));

/* Whether an operation of MPI itself has failed on this rank. The others need not know: nothing can be agreed on any
 * more, and the rank that knows says it and aborts. Not collective. */
bool hol_comm_is_broken(const hol_comm *comm);

/* What base/log.h keeps of this rank's stderr; zeros at first. */
typedef struct hol_screen {
    bool is_quiet;
    bool is_mute;
    bool is_drawn; /* a line that the next one is to erase */
} hol_screen;
hol_screen *hol_comm_screen(hol_comm *comm);

/* What io/ keeps for all files of this process; zeros at first. */
typedef struct hol_files {
    bool is_unchecked; /* io/guard.h */
    bool is_started;   /* HDF5; io/h5.h */
    bool is_unusable;  /* HDF5, since its start failed */
} hol_files;
/* Borrowed; of one that measures they are the run's; NULL with comm NULL. */
hol_files *hol_comm_files(hol_comm *comm);

/* Where this rank is. Every sum, maximum, broadcast and agreement moves it. Borrowed; NULL with comm NULL. */
hol_position *hol_comm_position(hol_comm *comm);

/* The MPI library's name and version, as "Open MPI v4.1.4", cut to `size` bytes; MPI need not have been started. Not
 * collective. */
void hol_comm_library(char *ret_text, size_t size);

int hol_comm_rank(const hol_comm *comm);
int hol_comm_size(const hol_comm *comm);
/* How many nodes the ranks are on: groups that share memory (base/sum.h). */
int hol_comm_nodes(const hol_comm *comm);
/* This rank's number on its node, and how many it has. */
int hol_comm_node_rank(const hol_comm *comm);
int hol_comm_node_ranks(const hol_comm *comm);

/* Every rank brings the outcome of a local step and gets back the common one: HOL_OK when all have HOL_OK, else the
 * failure of the lowest failing rank (with "rank R on HOST: " in front of its message when R is not 0). local_status is
 * taken over. Collective; call it between a step that can fail locally and the next collective. */
hol_status hol_comm_agree(hol_comm *comm, hol_status local_status) HOL_MUST_USE;

/* Element-wise sums and maxima over ranks, in place, the same on every rank. Any count; collective. */
hol_status hol_comm_sum_i64(hol_comm *comm, int64_t *values, int64_t count) HOL_MUST_USE;
hol_status hol_comm_max_i64(hol_comm *comm, int64_t *values, int64_t count) HOL_MUST_USE;
/* The same sums of numbers of 128 bits, for whole numbers times whole weights: each below 2^125 in size, as their sum
 * over ranks. */
typedef __int128 hol_wide;
hol_status hol_comm_sum_wide(hol_comm *comm, hol_wide *values, int64_t count) HOL_MUST_USE;
/* A maximum is the only floating reduction: it does not depend on the order. NaN is not allowed. */
hol_status hol_comm_max_f64(hol_comm *comm, double *values, int64_t count) HOL_MUST_USE;

/* Rank 0's bytes to all. Any count; collective. */
hol_status hol_comm_broadcast(hol_comm *comm, void *bytes, int64_t count) HOL_MUST_USE;

/* Rank 0 gets every rank's bytes, in the order of the ranks: `local` has local_count bytes; on rank 0 *ret_all
 * (allocated, the caller's to hol_free) has *ret_count bytes; NULL and 0 elsewhere. Collective. */
hol_status hol_comm_gather(hol_comm *comm, const void *local, int64_t local_count, void **ret_all,
                           int64_t *ret_count) HOL_MUST_USE;

hol_status hol_comm_barrier(hol_comm *comm) HOL_MUST_USE;

/* Waits until another rank of the node has raised a flag to `value`, in memory that they share (base/segments.h). */
void hol_comm_wait(const hol_comm *comm, hol_flag *flag, unsigned value);

/* Rank 0 sends `count` bytes (at most 2^28) to rank `other`, not 0, and gets them back; the other ranks do nothing. */
hol_status hol_comm_echo(hol_comm *comm, int other, void *bytes, int64_t count) HOL_MUST_USE;

/* The run of items that rank `rank` of `size` owns of `count` numbered items: [first, first + owned). Runs are
 * contiguous, in rank order, and their lengths differ by one at most. Not collective. */
void hol_comm_share(int64_t count, int rank, int size, int64_t *ret_first, int64_t *ret_owned);

#endif
