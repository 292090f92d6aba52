/* recognize: what a file is, from its own words, before anything is read from it. */
#ifndef HOL_IO_RECOGNIZE_H
#define HOL_IO_RECOGNIZE_H

#include <stddef.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/contents.h"

typedef enum hol_file_kind {
    HOL_FILE_CHECKPOINT, /* HDF5 whose root has format "holode checkpoint", or a directory (a run's) */
    HOL_FILE_HDF5,       /* any other HDF5 file: data sets, ours or another program's */
} hol_file_kind;

/* Rank 0 looks, all ranks get the answer. HOL_BAD_INPUT when there is no such file, or it is no HDF5. Collective. */
hol_status hol_file_recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) HOL_MUST_USE;

/* The same for this process alone: not collective, and comm may be NULL (io/h5.h, io/guard.h). */
hol_status hol_file_recognize_alone(hol_comm *comm, const char *path, hol_file_kind *ret_kind) HOL_MUST_USE;

/* For messages: "an empty file", "a text file", "a checkpoint", "a data set of test, train" ... into text of
 * `size` bytes. Keeps no error message. Not collective. */
void hol_file_describe(hol_comm *comm, const char *path, char *text, size_t size);

/* hol_contents_refuse (io/contents.h), of HDF5 files by whose they are: "PATH: found a checkpoint, expected EXPECTED
 * (...)". Not collective. */
hol_status hol_file_refuse(hol_comm *comm, hol_code code, const char *path, const char *expected) HOL_MUST_USE;

/* The version of the HDF5 library in use, as 1.10.8, cut to `size` bytes. Not collective. */
void hol_file_library(char *ret_text, size_t size);

#endif
