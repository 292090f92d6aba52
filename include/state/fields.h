/* fields: what a run keeps, listed once by those that own it.
 *
 * A field is one array: its path in a checkpoint, its type and shape, which rank's rows count, and where it lies in
 * memory. Writing, reading, the checks on resume, checksums and the size of a file all walk a list of fields and know
 * nothing else of a run (io/checkpoint.h).
 *
 * To keep one more piece of state: give it to its owner's struct, and add it in the owner's list function, which
 * train/state.c calls (hol_optimiser_list_fields, hol_partition_list_fields ...). With the key in the config's table
 * and the code that uses the state, that is all: folders follow from the paths. What not every run keeps is
 * HOL_FIELD_OPTIONAL, and what earlier programs did not know yet HOL_FIELD_LATER. Say what it is with
 * hol_field_describe: `holode help files` prints the lists, and refuses to where a field has no text.
 *
 * List functions take NULL for the owner: then the fields have no memory, and the list is an outline of what a file may
 * hold. */
#ifndef HOL_STATE_FIELDS_H
#define HOL_STATE_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { HOL_FIELD_PATH_MAX = 128 };

typedef enum hol_field_type {
    HOL_FIELD_F32,
    HOL_FIELD_F64,
    HOL_FIELD_I32,
    HOL_FIELD_U8,
    HOL_FIELD_TEXT
} hol_field_type;

/* Whose rows are written. Reading gives all rows to all ranks, but for HOL_FIELD_OWN. */
typedef enum hol_field_rows {
    HOL_FIELD_EQUAL, /* equal on all ranks, which share the writing */
    HOL_FIELD_FIRST, /* rank 0's */
    HOL_FIELD_OWN,   /* each rank has rows [own_first, own_first + own_rows), and no others */
} hol_field_rows;

typedef enum hol_field_presence {
    HOL_FIELD_ALWAYS,
    HOL_FIELD_OPTIONAL, /* only some runs keep it: it is written when it has memory, and must then be there */
    HOL_FIELD_LATER,    /* files of earlier programs lack it, and memory stays as it is */
} hol_field_presence;

typedef struct hol_field hol_field;
struct hol_field {
    char path[HOL_FIELD_PATH_MAX];  /* "/optimiser/means" */
    char group[HOL_FIELD_PATH_MAX]; /* unless it is there always: it is absent as a whole when this path is */
    hol_field_type type;
    hol_field_rows owner;
    hol_field_presence presence;
    bool fixed;            /* part of the model, compared with a file's before there is a list: not to be read */
    int dimensions;        /* in the file: 1, or 2; 0: a text, in one row */
    int64_t rows, columns; /* columns is 1 with one dimension */
    int64_t own_first, own_rows;
    void *memory;   /* borrowed; NULL: not kept, or not wanted */
    int64_t stride; /* elements from a row to the next one in memory; 0: columns */
    /* where rows do not lie in memory as such; else NULL. The buffer is (rows, columns). */
    void (*get)(const hol_field *field, int64_t first, int64_t rows, void *buffer);
    void (*set)(const hol_field *field, int64_t first, int64_t rows, const void *buffer);
    int64_t offset;      /* for get and set */
    const char *axes[2]; /* what rows and columns are ("chains", "visible"); NULL: their number says it */
    const char *text;    /* what it is. All three are borrowed for good */
};

typedef struct hol_field_list {
    int64_t count, capacity;
    hol_field *fields; /* owned */
    bool failed;       /* memory was short */
} hol_field_list;

/* (rows), and (rows, columns), of FOLDER/NAME: equal on all ranks and always there unless the caller changes it. */
hol_field hol_field_vector(const char *folder, const char *name, hol_field_type type, int64_t rows, void *memory);
hol_field hol_field_matrix(const char *folder, const char *name, hol_field_type type, int64_t rows, int64_t columns,
                           void *memory);

/* Sets presence; group NULL: the field's own path. */
void hol_field_set_presence(hol_field *field, hol_field_presence presence, const char *group);

/* Sets axes, of which columns is NULL with one dimension, and text. */
void hol_field_describe(hol_field *field, const char *rows, const char *columns, const char *text);

/* Appends a copy. A lack of memory shows in hol_field_list_check: HOL_FAILURE, with the message, when any was short. */
void hol_field_list_add(hol_field_list *list, const hol_field *field);
hol_status hol_field_list_check(const hol_field_list *list) HOL_MUST_USE;
void hol_field_list_clear(hol_field_list *list);

/* Whether it is written: all but optional ones that the run does not keep. */
bool hol_field_is_kept(const hol_field *field);

/* In bytes: an element, a row, all rows. */
int64_t hol_field_width(const hol_field *field);
int64_t hol_field_row_bytes(const hol_field *field);
int64_t hol_field_bytes(const hol_field *field);

/* Rows [first, first + rows) between memory and a buffer of (rows, columns). */
void hol_field_get_rows(const hol_field *field, int64_t first, int64_t rows, void *buffer);
void hol_field_set_rows(const hol_field *field, int64_t first, int64_t rows, const void *buffer);

#endif
