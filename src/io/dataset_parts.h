/* dataset_parts: what the modules of dataset share.
 *
 *   dataset.c           opening, reading, the kind, checksums
 *   dataset_missing.c   missing values
 *   dataset_labels.c    labels as a column
 *   dataset_buffer.c    rows as they lie in the file */
#ifndef HOL_SRC_IO_DATASET_PARTS_H
#define HOL_SRC_IO_DATASET_PARTS_H

#include "io/dataset.h"
#include "io/h5.h"

enum memory { MEMORY_BYTE, MEMORY_INTEGER, MEMORY_DOUBLE };

struct hol_dataset {
    hol_comm *comm;    /* borrowed; NULL in a process without one */
    char *file, *path; /* owned */
    char *named;       /* owned: "FILE:PATH", for messages */
    hid_t handle;
    hid_t set;
    hid_t memory_type;  /* owned */
    enum memory memory; /* what memory_type is */
    hol_h5_shape shape;
    int64_t rows, columns;
    int64_t height, width;
    int64_t chunk_rows;  /* 1 when not chunked */
    int64_t buffer_rows; /* a multiple of chunk_rows unless chunks are huge */
    void *buffer;        /* owned: (buffer_rows, columns) of the memory type */
    bool has_kind;
    hol_dataset_kind kind;
    int64_t maximum; /* of states */
    bool is_ours;    /* by the file's format: then attributes mean what they should */
    bool has_checksum;
    uint64_t checksum; /* of all rows, as the file says */
    bool checking;     /* from here on: of the rows read since begin_check */
    uint64_t hash;
    int64_t hashed_rows;
    bool has_label;           /* labels are a column of states */
    hid_t labels;             /* /labels/SPLIT, where they are; -1: there are none, and all of the column is missing */
    bool lacks_some;          /* of them */
    int32_t classes;          /* of all splits' labels the largest and 1, where they are a column */
    hol_alignment *alignment; /* owned: sequences, in place of a set of HDF5; NULL: there are none */
    hol_dataset *missing;     /* owned: /missing/SPLIT, whose rows are bits of the columns; NULL: nothing is missing */
};

/* Whether every rank sees the same data set: a stale copy on one node would otherwise end in a hang or in nonsense.
 * Collective. */
hol_status hol_dataset_compare_ranks(const hol_dataset *dataset, hol_comm *comm) HOL_MUST_USE;

/* With the labels. */
static inline int64_t hol_dataset_all_columns(const hol_dataset *dataset) {
    return dataset->columns + dataset->has_label;
}

/* (rows, columns) levels, packed at the front of (rows, columns + 1), get the labels of rows from `first` on as their
 * last column. Not collective. */
hol_status hol_dataset_take_labels(const hol_dataset *dataset, int64_t first, int64_t rows,
                                   uint16_t *levels) HOL_MUST_USE;

/* Marks the last column of rows from `first` on that have no label: bits is as hol_dataset_read_missing has them. Not
 * collective. */
hol_status hol_dataset_mark_labels(const hol_dataset *dataset, int64_t first, int64_t rows, uint8_t *bits) HOL_MUST_USE;

/* Rows [first, first + rows) of the memory type, into the data set's buffer; they are in the hash where one is made. */
hol_status hol_dataset_fill_buffer(hol_dataset *dataset, int64_t first, int64_t rows) HOL_MUST_USE;

/* The rows of the buffer that begins at `first` and ends before `end`, cut at a boundary of chunks. */
int64_t hol_dataset_buffered_rows(const hol_dataset *dataset, int64_t first, int64_t end);

/* Makes NaN of the numbers (rows, columns) that are missing. Not collective. */
hol_status hol_dataset_mark_numbers(hol_dataset *dataset, int64_t first, int64_t rows, float *numbers) HOL_MUST_USE;

#endif
