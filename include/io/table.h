/* table: named matrices of numbers to an HDF5 file, for other programs to plot. */
#ifndef HOL_IO_TABLE_H
#define HOL_IO_TABLE_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hol_table {
    const char *name;      /* the data set's; no slash */
    int64_t rows, columns; /* columns 1: a vector */
    const double *values;  /* borrowed: (rows, columns) */
} hol_table;

/* Writes float64 data sets /NAME to `path`, and the root's attribute `format`, whole or not at all. HOL_FAILURE when
 * the disk is full or the path can't be written to. One rank's affair; not collective. */
hol_status hol_table_write(hol_comm *comm, const char *path, const char *format, const hol_table *tables,
                           int64_t count) HOL_MUST_USE;

#endif
