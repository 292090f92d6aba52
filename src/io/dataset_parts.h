/* dataset_parts: what reading a data set (dataset.c) and checking it (dataset_check.c) share; not for others. */
#ifndef HOL_SRC_IO_DATASET_PARTS_H
#define HOL_SRC_IO_DATASET_PARTS_H

#include "io/dataset.h"
#include "io/h5.h"

enum { MAX_RANK = H5S_MAX_RANK };

enum memory { MEMORY_BYTE, MEMORY_INTEGER, MEMORY_DOUBLE };

struct hol_dataset {
    char *file; /* owned */
    char *path; /* owned */
    hid_t handle;
    hid_t set;
    hid_t memory_type;  /* owned */
    enum memory memory; /* what memory_type is */
    int dimensions;
    hsize_t sizes[MAX_RANK];
    int64_t rows, columns;
    int64_t height, width;
    int64_t chunk_rows; /* 1 when not chunked */
    int64_t piece_rows; /* a multiple of chunk_rows unless chunks are huge */
    void *piece;        /* owned: (piece_rows, columns) of the memory type */
    bool has_kind;
    hol_dataset_kind kind;
    int64_t maximum; /* of states */
    bool is_ours;    /* by the file's format: then attributes mean what they should */
    bool has_checksum;
    uint64_t checksum; /* of all rows, as the file says */
    bool checking;     /* from here on: of the rows read since begin_check */
    uint64_t hash;
    int64_t hashed_rows;
};

/* Of a file with a trailer: without one, another program may have changed the values. */
hol_status hol_dataset_read_checksum(hol_dataset *self) HOL_MUST_USE;

#endif
