/* version: what `holode --version` says, for reports of faults and for the record of a run. */
#ifndef HOL_CLI_VERSION_H
#define HOL_CLI_VERSION_H

#include "result/result.h"

/* Adds the release, the commit it was built from, the compiler, the libraries of MPI and HDF5 in use, and the
 * instruction sets of the kernels. MPI need not have been started. Not collective. */
void hol_version_print(hol_result *result);

#endif
