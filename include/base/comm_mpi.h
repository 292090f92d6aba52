/* comm_mpi: the MPI handles of a hol_comm, for base/sum and parallel HDF5 (io/). */
#ifndef HOL_BASE_COMM_MPI_H
#define HOL_BASE_COMM_MPI_H

#include <mpi.h>

#include "base/comm.h"

/* Borrowed: they live as long as comm. */
MPI_Comm hol_comm_mpi(const hol_comm *comm);
/* The ranks that share this rank's memory. */
MPI_Comm hol_comm_mpi_node(const hol_comm *comm);

/* How long a rank that waits for another one spins, in seconds (base/wait.h). Not collective. */
double hol_comm_spin(const hol_comm *comm);

/* A communicator for one user's non-blocking calls, of all ranks (each_rank) or of each node's first one: MPI_COMM_NULL
 * on the other ranks. Given back, not freed, so that giving back is not collective. All ranks take channels of the same
 * kind in the same order. Taking is collective. */
hol_status hol_comm_take_channel(hol_comm *comm, bool each_rank, int *ret_number, MPI_Comm *ret_channel) HOL_MUST_USE;
void hol_comm_give_back_channel(hol_comm *comm, bool each_rank, int number);

/* HOL_FAILURE with MPI's words when `code` is an error of `operation`. */
hol_status hol_comm_check(hol_comm *comm, int code, const char *operation) HOL_MUST_USE;

#endif
