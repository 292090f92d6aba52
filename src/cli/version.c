/* version: the one object that the Makefile builds anew when the commit has changed. */
#include "cli/version.h"

#include <stdio.h>

#include "base/comm.h"
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

void hol_version_print(hol_result *result) {
    char mpi[256], hdf5[32], kernels[128];
    hol_comm_library(mpi, sizeof mpi);
    hol_file_library(hdf5, sizeof hdf5);
    hol_kernels_list(true, kernels, sizeof kernels);
    hol_result_line(result, NULL, "holode %s", HOL_VERSION);
    hol_result_line(result, NULL, "  commit    %s", HOL_COMMIT);
    hol_result_line(result, NULL, "  compiler  %s", COMPILER);
    hol_result_line(result, NULL, "  MPI       %s", mpi);
    hol_result_line(result, NULL, "  HDF5      %s", hdf5);
    hol_result_line(result, NULL, "  kernels   %s here; %s compiled in", hol_kernels_get()->isa, kernels);
}
