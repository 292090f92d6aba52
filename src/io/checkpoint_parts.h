/* checkpoint_parts: what the writer and the reader of checkpoints share; not for others.
 *
 * A part is a data set of the file together with the memory that it comes from or goes to. The list of parts follows
 * from the model, the number of chains and of history rows alone, so the writer, the reader and the check of a file
 * walk through the same list. */
#ifndef HOL_SRC_IO_CHECKPOINT_PARTS_H
#define HOL_SRC_IO_CHECKPOINT_PARTS_H

#include "io/checkpoint.h"
#include "io/guard.h"
#include "io/h5.h"

enum {
    HOL_PARTS_MAX = 9 + 6 * HOL_MODEL_GROUPS_MAX + HOL_MODEL_STRUCTURES_MAX + HOL_METRICS + 2 * HOL_TRAINER_LEVELS_MAX,
    HOL_PARTS_SLICE_BYTES = 1 << 24, /* what is moved at a time; a single row may be longer */
    HOL_PARTS_CONFIG_BYTES_MAX = 1 << 24,
};

typedef enum hol_part_kind {
    HOL_PART_TEXT,   /* one row of bytes; a scalar string in the file; rank 0 writes it */
    HOL_PART_TABLE,  /* rows as they lie in memory; equal on all ranks, which share the writing */
    HOL_PART_METRIC, /* a column of the history; rank 0 writes it, for its times are the ones that count */
    HOL_PART_CHAINS, /* units of a population; each rank has its blocks */
} hol_part_kind;

typedef struct hol_part {
    hol_part_kind kind;
    char path[128];    /* in the file */
    hid_t file_type;   /* borrowed: HDF5's own, but for text (H5T_C_S1, to be sized) */
    hid_t memory_type; /* borrowed */
    int dimensions;    /* in the file: 0, 1 or 2 */
    int64_t rows;
    int64_t columns;   /* of a row */
    int64_t width;     /* bytes of an element */
    int64_t offset;    /* metric's number, or chains' first unit */
    void *memory;      /* borrowed: char, float, double, the history's values or a hol_population; NULL: not wanted */
    uint64_t checksum; /* over all ranks */
    int64_t place;     /* of its data in the file, in bytes; the writer's, -1 where there are none */
} hol_part;

/* Where parts come from or go to; all borrowed, NULL where not wanted. */
typedef struct hol_parts_memory {
    char *config;
    float *theta;
    float *average;
    float *velocity;
    float *square;
    float *previous;
    double *step_factor;
    double *means;
    hol_population *chains;
    hol_population *batch;
    const hol_tempering *tempering;
    const hol_partition *partition;
    double *history;
    bool structures; /* whether the model's are wanted: to be written */
} hol_parts_memory;

typedef struct hol_parts {
    int count;
    hol_part part[HOL_PARTS_MAX];
} hol_parts;

/* The part of a hol_structure; memory (rows, columns) is NULL where it isn't wanted. */
hol_part hol_part_of_structure(const char *name, int64_t rows, int64_t columns, int32_t *memory);

/* The list. chains, history_rows and contents are the file's. config_bytes without the NUL. */
void hol_parts_list(const hol_model *model, const hol_checkpoint_info *info, int64_t config_bytes,
                    const hol_parts_memory *memory, hol_parts *parts);

/* Where all of a state lies; config may be NULL. */
hol_parts_memory hol_parts_memory_of(const hol_state *state, char *config);

/* Bytes of all parts together, of the file that holds them, and of the buffer that any slice fits in. */
int64_t hol_parts_bytes(const hol_parts *parts);
int64_t hol_parts_file_bytes(const hol_parts *parts);
int64_t hol_parts_buffer_bytes(const hol_parts *parts);

/* How many rows go at a time. */
int64_t hol_part_slice_rows(const hol_part *part);

/* The rows that this rank writes: [first, first + rows). */
void hol_part_get_share(const hol_part *part, const hol_comm *comm, int64_t *ret_first, int64_t *ret_rows);

/* Rows [first, first + rows) between memory and a buffer. */
void hol_part_get_rows(const hol_part *part, int64_t first, int64_t rows, void *buffer);
void hol_part_set_rows(const hol_part *part, int64_t first, int64_t rows, const void *buffer);

/* The selection of rows in the file, and its shape in memory; both are the caller's to close. */
hol_status hol_part_select(const hol_part *part, int64_t first, int64_t rows, hid_t *ret_file_space,
                           hid_t *ret_memory_space) HOL_MUST_USE;

/* All of an open file's /structure into info, which owns it afterwards; checked. None is fine. */
hol_status hol_checkpoint_read_structures(hid_t file, hol_checkpoint_info *info) HOL_MUST_USE;

/* HOL_BAD_INPUT when the model is made from other structures than the file tells of. */
hol_status hol_checkpoint_compare_structures(const hol_checkpoint_info *info, const hol_model *model) HOL_MUST_USE;

/* The hash of the root's attributes. */
uint64_t hol_checkpoint_seal(const hol_checkpoint_info *info);

/* The checksums of all of a checkpoint's parts as they are now, into the attributes of `copy`, an open file with the
 * same sets on rank 0, -1 on the others. Unchecked reading must be on. *sets counts them. Collective. */
hol_status hol_checkpoint_reseal(hol_comm *comm, const char *path, hid_t copy, int64_t *sets) HOL_MUST_USE;

/* The steps of the checkpoints in a directory, newest first; *ret_steps is the caller's to hol_free. A missing
 * directory has none. Not collective. */
hol_status hol_checkpoint_list(const char *directory, int64_t **ret_steps, int64_t *ret_count) HOL_MUST_USE;

/* "DIRECTORY/checkpoint-STEP.h5", of HOL_CHECKPOINT_BEST "DIRECTORY/checkpoint-best.h5"; HOL_FAILURE when it is too
 * long. */
enum { HOL_CHECKPOINT_BEST = -1 };
hol_status hol_checkpoint_name(const char *directory, int64_t step, char *path) HOL_MUST_USE;

#endif
