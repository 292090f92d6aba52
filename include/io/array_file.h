/* array_file: other programs' files of numbers, read row by row.
 *
 *   IDX   MNIST's format: all six element types, any number of dimensions from 1
 *   npy   NumPy's, versions 1 to 3, C order, little-endian: bool, (u)int8 to int64, float16 to float64
 *   text  numbers separated by a comma, or by spaces and tabs; blank lines and what follows a '#' are skipped
 *
 * Each may be compressed by gzip. The contents decide the format; the name counts only when they are neither
 * (".npy", "idx"). The first dimension is the rows; the others together, in C order, are the columns. Nothing here is
 * collective.
 *
 * A malformed file gives HOL_BAD_INPUT and one line, "FILE:LINE:COLUMN: found ..., expected ..." for text (from 1),
 * "FILE: byte N: found ..., expected ..." otherwise (from 0, after decompression). Text is checked when a row is read,
 * its first row on opening; what follows the last element of a binary file, when its last row is read. */
#ifndef HOL_IO_ARRAY_FILE_H
#define HOL_IO_ARRAY_FILE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_array_file hol_array_file; /* opaque */

enum { HOL_ARRAY_FILE_DIMENSIONS = 32 }; /* the most an item may have */

/* Opens the regular file `path` (borrowed for the call) and reads its header; text is read through once to count its
 * rows. The caller owns *ret_file. A file without rows or columns is HOL_BAD_INPUT. */
hol_status hol_array_file_open(const char *path, hol_array_file **ret_file) HOL_MUST_USE;

/* The same, but values may be missing: "?", "*", "." or "nan" in a text, NaN elsewhere. hol_array_file_read gives NaN
 * for them. */
hol_status hol_array_file_open_missing(const char *path, hol_array_file **ret_file) HOL_MUST_USE;

/* NULL is fine. */
void hol_array_file_close(hol_array_file *file);

int64_t hol_array_file_get_rows(const hol_array_file *file);
int64_t hol_array_file_get_columns(const hol_array_file *file);

/* The dimensions of one item (28, 28 of an MNIST image): their number is returned, 0 when an item is a plain vector or
 * number; *ret_shape is borrowed and lives as long as the file. */
int hol_array_file_get_shape(const hol_array_file *file, const int64_t **ret_shape);

/* Reads the next rows, at most max_rows: values is (max_rows, columns), out; *ret_rows of them were filled, 0 at the
 * end of the file. Every value is finite, or NaN where one may be missing. Whole numbers beyond 2^24 are rounded to
 * float. */
hol_status hol_array_file_read(hol_array_file *file, int64_t max_rows, float *values, int64_t *ret_rows) HOL_MUST_USE;

#endif
