/* recognize: what a file is, from its own words, before anything is read from it. */
#ifndef HOL_IO_RECOGNIZE_H
#define HOL_IO_RECOGNIZE_H

#include <stddef.h>

#include "base/comm.h"
#include "base/status.h"

typedef enum hol_file_kind {
    HOL_FILE_CHECKPOINT, /* HDF5 whose root has format "holode checkpoint", or a directory (a run's) */
    HOL_FILE_HDF5,       /* any other HDF5 file: data sets, ours or another program's */
} hol_file_kind;

/* Rank 0 looks, all ranks get the answer. HOL_BAD_INPUT when there is no such file, or it is no HDF5. Collective. */
hol_status hol_file_recognize(hol_comm *comm, const char *path, hol_file_kind *ret_kind) HOL_MUST_USE;

/* What a file's first bytes say; not there or not readable counts as other. */
typedef enum hol_file_contents {
    HOL_CONTENTS_EMPTY,
    HOL_CONTENTS_DIRECTORY,
    HOL_CONTENTS_HDF5,
    HOL_CONTENTS_PNG,
    HOL_CONTENTS_GZIP,
    HOL_CONTENTS_TEXT,
    HOL_CONTENTS_OTHER
} hol_file_contents;

enum { HOL_FILE_HEAD = 512 };

/* *head, unless NULL, is (HOL_FILE_HEAD + 1) bytes and gets the file's first ones, ended by a NUL. Not collective. */
hol_file_contents hol_file_look(const char *path, char *head);

/* For messages: "an empty file", "a text file", "a checkpoint", "a data set of test, train" ... into text of
 * `size` bytes. Keeps no error message. Not collective. */
void hol_file_describe(const char *path, char *text, size_t size);

/* For the end of a message that refuses the file: " (holode data import makes a data set of it)", the command that
 * takes such a file, or "" where there is none to name. By the first bytes, and of texts by the name. Not collective.
 */
const char *hol_file_advice(const char *path);

/* The version of the HDF5 library in use, as 1.10.8, cut to `size` bytes. Not collective. */
void hol_file_library(char *ret_text, size_t size);

#endif
