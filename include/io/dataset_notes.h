/* dataset_notes: what our own files say beside the samples: the columns' names, and the rows' labels, weights, names
 * and missing values. Not collective.
 *
 *   /columns         strings (columns): the names of all splits' columns, when they have any
 *   /labels/SPLIT    int32 (rows): a label a row, HOL_LABEL_MISSING (-2^31) where it has none; where labels are words,
 *                    the attribute `names`, strings (classes), has them by their number
 *   /weights/SPLIT   float64 (rows): how much a row counts in training and in evaluations (io/sample_weights.h); the
 *                    attribute `identity` (float64): it is 1 / n, of n rows that agree in this share of the columns
 *   /states/...      of data sets of states, over all splits:
 *       cardinalities    int32 (columns): how many states each column has, 2 to 256
 *       counts           int32 (columns): how many of these have names: 0, or all that are there
 *       names            strings: the names of the states of all columns, from 0, one column after the other
 *   /alphabet        strings (q), one character each: of sequences, the letters of all columns' q states
 *   /names/SPLIT     strings (rows): what each row is called
 *   /missing/SPLIT   uint8 (rows, (columns + 7) / 8): a bit for each value that is not known (io/dataset.h, which reads
 *                    and writes them), with the attributes of a set of bytes, `checksum` among them
 *
 * and the attribute `split_seed` (int64) of a split whose rows were drawn at random, and `made_of` (uint64 [2]) of the
 * root, by which a command knows what it has made of which data. */
#ifndef HOL_IO_DATASET_NOTES_H
#define HOL_IO_DATASET_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "io/classes.h"
#include "io/dataset.h"
#include "state/alphabet.h"

enum { HOL_DATASET_NAME_MOST = 255 }; /* bytes of a text of any list */

/* Once, before the writer is finished. HOL_FAILURE when the disk is full. */
hol_status hol_dataset_writer_add_columns(hol_dataset_writer *writer, int64_t count,
                                          const char *const *names) HOL_MUST_USE;

/* Of the split that was begun last. */
hol_status hol_dataset_writer_add_seed(hol_dataset_writer *writer, int64_t seed) HOL_MUST_USE;

/* Of the file. */
hol_status hol_dataset_writer_add_made_of(hol_dataset_writer *writer, const uint64_t made_of[2]) HOL_MUST_USE;

/* *ret_has is false, and the rest unknown, for a file without. HOL_BAD_INPUT when it is no HDF5 file or damaged. */
hol_status hol_dataset_read_made_of(hol_comm *comm, const char *file, bool *ret_has, uint64_t made_of[2]) HOL_MUST_USE;

/* Of a split that was begun: labels is (rows), names (classes), 0 when labels are numbers. */
hol_status hol_dataset_writer_add_labels(hol_dataset_writer *writer, const char *split, int64_t rows,
                                         const int32_t *labels, int64_t classes, const char *const *names) HOL_MUST_USE;

/* The same of weights (rows), each finite and at least 0, not all 0. */
hol_status hol_dataset_writer_add_weights(hol_dataset_writer *writer, const char *split, int64_t rows,
                                          const double *weights) HOL_MUST_USE;

/* The share of columns that the weights of a split, which were added, go by. */
hol_status hol_dataset_writer_add_identity(hol_dataset_writer *writer, const char *split, double share) HOL_MUST_USE;

/* The same of a file's split, "/train": 0 where its weights go by none, or there are none. */
hol_status hol_dataset_read_identity(hol_comm *comm, const char *file, const char *split, double *ret) HOL_MUST_USE;

/* What states of columns are called, once, before the writer is finished: cardinalities and counts are (columns),
 * names has as many as counts add up to. */
hol_status hol_dataset_writer_add_states(hol_dataset_writer *writer, int64_t columns, const int32_t *cardinalities,
                                         const int32_t *counts, const char *const *names) HOL_MUST_USE;

/* The letters of the states of all columns. */
hol_status hol_dataset_writer_add_alphabet(hol_dataset_writer *writer, const hol_alphabet *alphabet) HOL_MUST_USE;

/* What rows of a split that was begun are called, each of at most HOL_DATASET_NAME_MOST bytes. */
hol_status hol_dataset_writer_add_names(hol_dataset_writer *writer, const char *split, int64_t rows,
                                        const char *const *names) HOL_MUST_USE;

/* The letters of a file's states: ret->count is 0 when there are none. HOL_BAD_INPUT when they are no alphabet, or not
 * as many as each column's states. */
hol_status hol_dataset_read_alphabet(hol_comm *comm, const char *file, hol_alphabet *ret) HOL_MUST_USE;

/* What the rows of a split, "/train", are called: *ret_names is (rows), one block, the caller's to hol_free; NULL when
 * the file does not say. HOL_BAD_INPUT when there are not so many. */
hol_status hol_dataset_read_names(hol_comm *comm, const char *file, const char *split, int64_t rows,
                                  char ***ret_names) HOL_MUST_USE;

typedef struct hol_dataset_states {
    int64_t columns;        /* 0: the file does not say */
    int32_t *cardinalities; /* (columns), owned */
    int64_t *first_names;   /* (columns + 1), owned: where in names each column's begin; none: they are numbers */
    char **names;           /* owned, one block; NULL: none */
} hol_dataset_states;

/* What /states holds; the caller clears *ret. HOL_BAD_INPUT when it is not as above. */
hol_status hol_dataset_read_states(hol_comm *comm, const char *file, hol_dataset_states *ret) HOL_MUST_USE;
void hol_dataset_states_clear(hol_dataset_states *states);

/* The names of a file's columns: *ret_names is (*ret_count), one block, the caller's to hol_free; NULL and 0 when there
 * are none. */
hol_status hol_dataset_read_columns(hol_comm *comm, const char *file, char ***ret_names,
                                    int64_t *ret_count) HOL_MUST_USE;

typedef struct hol_dataset_labels {
    int64_t rows;
    int64_t missing;     /* rows that have none */
    int32_t least, most; /* of the others; 0 where there are none */
    char **names;        /* owned, one block; NULL when labels are numbers */
    int64_t classes;     /* names */
} hol_dataset_labels;

/* Whether a file is one of ours; false, too, when it cannot be read. */
bool hol_dataset_is_ours(hol_comm *comm, const char *file);

/* Whether `path`, as hol_dataset_list gives it, is a note and no data set of samples. */
bool hol_dataset_is_note(const char *path);

/* The name in the root of our files of the i-th note, "columns"; NULL behind the last. */
const char *hol_dataset_get_note(int i);

/* What the root of our files has under this name that is no split ("rows' labels"); NULL: nothing. */
const char *hol_dataset_note_of(const char *name);

/* What /labels/SPLIT holds, `path` with slashes in front; the caller frees ret->names. HOL_BAD_INPUT when it is not as
 * above. */
hol_status hol_dataset_read_labels(hol_comm *comm, const char *file, const char *path,
                                   hol_dataset_labels *ret) HOL_MUST_USE;

/* All of them: labels is (rows), out. HOL_BAD_INPUT when there are not so many. */
hol_status hol_dataset_read_label_values(hol_comm *comm, const char *file, const char *path, int64_t rows,
                                         int32_t *labels) HOL_MUST_USE;

/* Whether one of our files has this note, "/states/counts". */
bool hol_dataset_has_note(hol_comm *comm, const char *file, const char *path);

/* The integers of a list, and the texts; both are the caller's to hol_free, the latter one block. HOL_BAD_INPUT when it
 * is none. */
hol_status hol_dataset_read_integers(hol_comm *comm, const char *file, const char *path, int64_t *ret_count,
                                     int32_t **ret_values) HOL_MUST_USE;
hol_status hol_dataset_read_texts(hol_comm *comm, const char *file, const char *path, char ***ret_texts,
                                  int64_t *ret_count) HOL_MUST_USE;

/* Whether one of our files holds the labels, the weights, or the names of this split, "/train". */
bool hol_dataset_has_labels(hol_comm *comm, const char *file, const char *split);
bool hol_dataset_has_names(hol_comm *comm, const char *file, const char *split);
bool hol_dataset_has_weights(hol_comm *comm, const char *file, const char *split);

/* How many numbers a list holds, one a row, as weights are: (rows) or (rows, 1), of whole numbers or floating point.
 * HOL_BAD_INPUT when `path`, with a slash in front, is no such list. */
hol_status hol_dataset_read_length(hol_comm *comm, const char *file, const char *path, int64_t *ret_rows) HOL_MUST_USE;
/* All of them: numbers is (rows), out, of whatever value. HOL_BAD_INPUT when there are not so many. */
hol_status hol_dataset_read_list(hol_comm *comm, const char *file, const char *path, int64_t rows,
                                 double *numbers) HOL_MUST_USE;

#endif
