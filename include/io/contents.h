/* contents: what a file is by its first bytes, and what to do with one that was not expected. HDF5 has no part in it:
 * io/recognize.h tells one HDF5 file from another. Nothing here is collective. */
#ifndef HOL_IO_CONTENTS_H
#define HOL_IO_CONTENTS_H

#include <stddef.h>

#include "base/status.h"

typedef enum hol_contents_kind {
    HOL_CONTENTS_OTHER, /* also: not there, not readable */
    HOL_CONTENTS_EMPTY,
    HOL_CONTENTS_DIRECTORY,
    HOL_CONTENTS_HDF5,
    HOL_CONTENTS_NPY,
    HOL_CONTENTS_ZIP,
    HOL_CONTENTS_GZIP,
    HOL_CONTENTS_PNG,
    HOL_CONTENTS_TEXT
} hol_contents_kind;

/* Texts are static. */
typedef struct hol_contents {
    hol_contents_kind kind;
    const char *name; /* "an empty file", "a text file", "a bzip2 file" */
    const char
        *remedy; /* what makes data of it, "unpack it first: bunzip2"; NULL where that is not known or not needed */
} hol_contents;

enum { HOL_FILE_HEAD = 512 };

/* What bytes[0, count), the first of a file (HOL_FILE_HEAD of them will do), are the beginning of. */
hol_contents hol_contents_of(const char *bytes, size_t count);

/* The same of a file; *head, unless NULL, is (HOL_FILE_HEAD + 1) bytes and gets the first ones, ended by a NUL. */
hol_contents hol_contents_look(const char *path, char *head);

/* "PATH: found NAME, expected EXPECTED (REMEDY)", with the command that takes such a file where there is one: by the
 * first bytes, and of texts by the name. */
hol_status hol_contents_refuse(hol_code code, const char *path, const char *expected) HOL_MUST_USE;

#endif
