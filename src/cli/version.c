/* version: the one object that the Makefile builds anew when the commit has changed. */
#include "cli/version.h"

#include <stdio.h>

#include "base/comm.h"
#include "base/log.h"
#include "io/recognize.h"
#include "num/kernels.h"

#ifndef HOL_VERSION
#define HOL_VERSION "unknown"
#endif
#ifndef HOL_COMMIT
#define HOL_COMMIT "unknown"
#endif

#if defined(__clang__) || !defined(__GNUC__)
#define COMPILER __VERSION__ /* says its name */
#else
#define COMPILER "GCC " __VERSION__
#endif

void hol_version_print(void) {
    char mpi[256], hdf5[32], kernels[128];
    hol_comm_library(mpi, sizeof mpi);
    hol_file_library(hdf5, sizeof hdf5);
    hol_kernels_list(true, kernels, sizeof kernels);
    hol_print("holode %s\n", HOL_VERSION);
    hol_print("  commit    %s\n", HOL_COMMIT);
    hol_print("  compiler  %s\n", COMPILER);
    hol_print("  MPI       %s\n", mpi);
    hol_print("  HDF5      %s\n", hdf5);
    hol_print("  kernels   %s here; %s compiled in\n", hol_kernels_get()->isa, kernels);
}
