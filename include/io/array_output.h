/* array_output: a matrix for other programs to read: comma-separated values (RFC 4180), or NumPy's npy (version 1.0,
 * little-endian, C order). Not collective: one rank writes. */
#ifndef HOL_IO_ARRAY_OUTPUT_H
#define HOL_IO_ARRAY_OUTPUT_H

#include <stdint.h>

#include "base/status.h"

/* One of bytes, floats and doubles is not NULL: (rows, columns), all borrowed. */
typedef struct hol_array_output {
    int64_t rows, columns;
    const uint8_t *bytes;
    const float *floats;
    const double *doubles;
    const char *const *names;   /* (columns) the headings of a .csv; NULL: none */
    const int64_t *first_words; /* (columns + 1) where in words those of each column begin: a .csv has the value-th of
                                 * them in place of a whole number from 0, where there is one; NULL: none */
    const char *const *words;
    const char *const *row_names; /* (rows) a first column of a .csv, headed "name"; NULL: none */
} hol_array_output;

/* Writes it to a path that ends in .csv or .npy, whole or not at all (io/replace.h). Numbers of a .csv have the digits
 * that read back to the same value; a double that is not a number is an empty cell. */
hol_status hol_array_output_write(const char *path, const hol_array_output *array) HOL_MUST_USE;

#endif
