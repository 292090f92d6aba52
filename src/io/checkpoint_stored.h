/* checkpoint_stored: what the writer and the reader of checkpoints share; not for others.
 *
 * A part is a field (state/fields.h) and what is known of its data set in the file. The config is one, too. */
#ifndef HOL_SRC_IO_CHECKPOINT_PARTS_H
#define HOL_SRC_IO_CHECKPOINT_PARTS_H

#include "io/checkpoint.h"
#include "io/guard.h"
#include "io/h5.h"

enum {
    HOL_PARTS_SLICE_BYTES = 1 << 24, /* what is moved at a time; a single row may be longer */
    HOL_PARTS_CONFIG_BYTES_MAX = 1 << 24,
};

typedef struct hol_stored {
    hol_field field;
    uint64_t checksum; /* over all ranks */
    uint64_t found;    /* the reader's: of what this rank read */
    bool counted;      /* the reader's: whether all ranks' found add up to the checksum */
    int64_t place;     /* of its data in the file, in bytes; the writer's, -1 where there are none */
} hol_stored;

typedef struct hol_stored_list {
    int count;
    hol_stored *stored; /* owned */
    int64_t *sums;      /* owned: (count), for messages */
    void *buffer;       /* owned: what is read or written at once fits in; NULL before hol_stored_create_buffer */
} hol_stored_list;

/* The config, and those of the fields that are kept (writing), or all. memory of the config may be NULL; config_bytes
 * without the NUL. After an error parts can be cleared. */
hol_status hol_stored_create(char *config, int64_t config_bytes, const hol_field_list *fields, bool writing,
                             hol_stored_list *list) HOL_MUST_USE;
hol_status hol_stored_create_buffer(hol_memory *memory, hol_stored_list *list) HOL_MUST_USE;
void hol_stored_clear(hol_stored_list *list);

/* HDF5's own types: in the file, of a text to be sized, and in memory. */
hid_t hol_stored_file_type(const hol_field *field);
hid_t hol_stored_memory_type(const hol_field *field);

/* Bytes that the file which holds all parts hardly exceeds, before its structure is made. */
int64_t hol_stored_file_bytes(const hol_stored_list *list);

/* How many rows go at a time. */
int64_t hol_stored_rows_at_once(const hol_field *field);

/* The rows that this rank writes: [first, first + rows). */
void hol_stored_get_share(const hol_field *field, const hol_comm *comm, int64_t *ret_first, int64_t *ret_rows);

/* All of an open file's /structure into info, which owns it afterwards; checked. None is fine. */
hol_status hol_checkpoint_read_structures(hol_comm *comm, hid_t file, hol_checkpoint_info *info) HOL_MUST_USE;

/* The root's attributes that say of what the file is: model, numbers and, of these, the checksum. Reading leaves the
 * checksum to the reader; checking: HOL_BAD_INPUT where a number is below 0. */
hol_status hol_checkpoint_write_attributes(hid_t root, const hol_checkpoint_info *info) HOL_MUST_USE;
hol_status hol_checkpoint_read_attributes(hid_t root, hol_checkpoint_info *info) HOL_MUST_USE;
hol_status hol_checkpoint_check_attributes(const hol_checkpoint_info *info) HOL_MUST_USE;
uint64_t hol_checkpoint_seal(const hol_checkpoint_info *info);

/* The checksums of all of a checkpoint's parts as they are now, into the attributes of `copy`, an open file with the
 * same sets on rank 0, -1 on the others. Unchecked reading must be on. *sets counts them. Collective. */
hol_status hol_checkpoint_reseal(hol_comm *comm, hol_checkpoint_lister outline, const char *path, hid_t copy,
                                 int64_t *sets) HOL_MUST_USE;

/* The steps of the checkpoints in a directory, newest first; *ret_steps is the caller's to hol_free. A missing
 * directory has none. Not collective. */
hol_status hol_checkpoint_list(const char *directory, int64_t **ret_steps, int64_t *ret_count) HOL_MUST_USE;

/* "DIRECTORY/checkpoint-STEP.h5", of HOL_CHECKPOINT_BEST "DIRECTORY/checkpoint-best.h5"; HOL_FAILURE when it is too
 * long. */
enum { HOL_CHECKPOINT_BEST = -1 };
hol_status hol_checkpoint_name(const char *directory, int64_t step, char *path) HOL_MUST_USE;

#endif
