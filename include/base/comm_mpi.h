/* comm_mpi: the MPI handle of a hol_comm, for parallel HDF5 (io/ only). */
#ifndef HOL_BASE_COMM_MPI_H
#define HOL_BASE_COMM_MPI_H

#include <mpi.h>

#include "base/comm.h"

/* Borrowed: it lives as long as comm. */
MPI_Comm hol_comm_mpi(const hol_comm *comm);

#endif
