/* recognize: what a file is, from its own words, before anything is read from it. */
#ifndef HOL_IO_RECOGNIZE_H
#define HOL_IO_RECOGNIZE_H

#include "base/comm.h"
#include "base/status.h"

typedef enum hol_file_kind {
    HOL_FILE_CHECKPOINT, /* HDF5 whose root has format "holode checkpoint", or a directory (a run's) */
    HOL_FILE_HDF5,       /* any other HDF5 file: data sets, ours or another program's */
} hol_file_kind;

/* Rank 0 looks, all ranks get the answer. HOL_BAD_INPUT when there is no such file, or it is no HDF5. Collective. */
hol_status hol_file_recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) HOL_MUST_USE;

#endif
