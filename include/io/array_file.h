/* array_file: other programs' files of numbers, read row by row.
 *
 *   IDX   MNIST's format: all six element types, any number of dimensions from 1
 *   npy   NumPy's, versions 1 to 3, C or Fortran order, either order of bytes: bool, (u)int8 to int64, float16 to 64
 *   npz   NumPy's archives: FILE.npz:NAME, or FILE.npz when it holds one array
 *   text  rows of fields separated by commas, semicolons, tabs, or blanks; blank lines and what follows a '#' are
 * skipped
 *
 *   aligned sequences (io/alignment.h), where an alphabet is given: their letters' states
 *
 * All but npz may be compressed by gzip. The contents decide the format; the name counts only when they are neither
 * (".npy", "idx"). The first dimension is the rows; the others together, in C order, are the columns. Data sets of HDF5
 * files are read in the same way, by an opener of their own. Nothing here is collective.
 *
 * Text. The first lines decide what it looks like, and all others are held to it. Fields may be quoted ("" or \" inside
 * is a quote); a separator may end each line; decimal commas are read where commas do not separate; true and false, yes
 * and no, T and F, in any case, are 1 and 0. A first line of names is recognised where a word stands over what is none,
 * or the numbers of a data frame's columns. A first column without a name (an index) is then left out. What can be read
 * in two ways is refused.
 *
 * A malformed file gives HOL_BAD_INPUT and one line, "FILE:LINE:COLUMN: found ..., expected ..." for text (from 1),
 * "FILE: byte N: found ..., expected ..." otherwise (from 0, after decompression). Text is checked when a row is read;
 * what follows the last element of a binary file, when its last row is read. */
#ifndef HOL_IO_ARRAY_FILE_H
#define HOL_IO_ARRAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/alignment.h"
#include "io/classes.h"
#include "io/column_words.h"
#include "io/dataset.h"

typedef struct hol_array_file hol_array_file; /* opaque */

enum { HOL_ARRAY_FILE_DIMENSIONS = 32 }; /* the most an item may have */

/* Opens the regular file `path` (borrowed for the call) and reads its header; text is read through once to count its
 * rows. Where it takes_missing, values may be missing: empty fields, "?", "*", ".", "-", "NA", "nan", "null" in a text,
 * NaN elsewhere; they are read as NaN. The caller owns *ret_file. A file without rows or columns is HOL_BAD_INPUT. */
hol_status hol_array_file_open(const char *path, bool takes_missing, hol_array_file **ret_file) HOL_MUST_USE;

/* The same of aligned sequences. With `loaded` (not NULL, borrowed while the file is open) of those, which `path` names
 * in messages; else the file of this path is loaded as `how` says. Rows are those that are kept. */
hol_status hol_array_file_open_alignment(const char *path, const hol_alignment *loaded, const hol_alignment_how *how,
                                         hol_array_file **ret_file) HOL_MUST_USE;

/* Of such a file; NULL of others. Borrowed; it lives as long as the file. */
const hol_alignment *hol_array_file_get_alignment(const hol_array_file *file);

/* Whether FILE of "FILE", "FILE:SPLIT" or "FILE:/path" is HDF5, whose data sets the next function opens. */
bool hol_array_file_is_dataset(const char *reference);

/* The same of a data set (io/dataset.h) of any numbers. FILE alone is its split of this name, or else the only data set
 * that it holds. Values so near to 0 or 1 that a rounding error explains it are 0 or 1. A data set of ours that is read
 * to its end is compared with its checksum. comm (or NULL) is for io/h5.h and io/guard.h. */
hol_status hol_array_file_open_dataset(hol_comm *comm, const char *reference, const char *default_split,
                                       hol_array_file **ret_file) HOL_MUST_USE;

/* Which columns are read, before the first row. Numbers are the file's, from 0. */
typedef struct hol_array_selection {
    const char *columns;  /* borrowed for the call: "0-15,20", names, or both; behind a '!' all but these; NULL: all */
    const char *label;    /* borrowed for the call: the column that holds a row's label, which is no value; or NULL */
    bool is_labels;       /* the file's one column holds the labels, and nothing is read as values */
    const char *weight;   /* borrowed for the call: a column that is left out, as it holds the rows' weights; or NULL */
    hol_classes *classes; /* borrowed while the file is open: gets the labels; NULL: they are not looked at */
    const char *missing;  /* borrowed for the call: what stands for a value that is not known, "-1,?,nan": fields of a
                           * text ("" is an empty one), and numbers; nan is NaN, too. NULL: nothing does */
    hol_column_words *words; /* borrowed while the file is open: of the columns that are read; gets the fields of text,
                              * and the names of states of data sets of ours; NULL: fields are numbers */
    const char *const *order; /* borrowed for the call: (ordered) names: where the file has names, the columns that are
                               * so called, in this order, and no others; NULL: the file's order */
    int64_t ordered;
    const char *order_of;    /* borrowed for the call: whose they are, in messages */
    bool takes_own_missing;  /* where a data set of ours has missing values, they are read as such */
} hol_array_selection;

/* Columns keep the file's order, where none is given. A column that is the label, or a weight, is no other. HOL_USAGE
 * when one is not there, HOL_BAD_INPUT when one of the order is not. */
hol_status hol_array_file_select(hol_array_file *file, const hol_array_selection *selection) HOL_MUST_USE;

/* NULL is fine. */
void hol_array_file_close(hol_array_file *file);

/* The name in messages; of a data set FILE:/path. Borrowed; it lives as long as the file. */
const char *hol_array_file_get_path(const hol_array_file *file);

int64_t hol_array_file_get_rows(const hol_array_file *file);
int64_t hol_array_file_get_columns(const hol_array_file *file);

/* Of the columns that are read: their names (NULL when the file has none) and their numbers in the file. Borrowed; they
 * live as long as the file, or until another selection. */
const char *const *hol_array_file_get_names(const hol_array_file *file);
const int64_t *hol_array_file_get_numbers(const hol_array_file *file);

/* Whether a data set of ours has labels of its own, /labels/SPLIT, and no column was chosen in their place: with
 * classes in the selection, which is for such data sets alone, they are read as a column's would be. */
bool hol_array_file_has_labels(const hol_array_file *file);

/* Whether a data set of ours has names of its columns' states. */
bool hol_array_file_has_words(const hol_array_file *file);

/* Whether a data set of ours has weights of its own, /weights/SPLIT; and these: weights is (rows), out. */
bool hol_array_file_has_weights(const hol_array_file *file);
hol_status hol_array_file_read_weights(const hol_array_file *file, double *weights) HOL_MUST_USE;

/* What a data set says its whole numbers are: HOL_DATASET_BYTES or HOL_DATASET_STATES; any other kind says nothing.
 */
hol_dataset_kind hol_array_file_get_kind(const hol_array_file *file);

/* What there is to say of how it is read ("names in line 1, decimal commas"), into text of `size` bytes; "" for
 * nothing. */
void hol_array_file_describe(const hol_array_file *file, char *text, size_t size);

/* A column of a text that is to be read, though by the first lines it holds words (or dates): its number in the file,
 * and whether they all differ there. */
typedef struct hol_array_words {
    int64_t number;
    bool differ;
} hol_array_words;

/* Fills at most `most` of them, in the order of columns; their number is returned. */
int hol_array_file_find_words(const hol_array_file *file, int most, hol_array_words *words);

/* The dimensions of one item (28, 28 of an MNIST image): their number is returned, 0 when an item is a plain vector or
 * number, or not all columns are read; *ret_shape is borrowed and lives as long as the file. */
int hol_array_file_get_shape(const hol_array_file *file, const int64_t **ret_shape);

/* Reads the next rows, at most max_rows: values is (max_rows, columns), out, and labels, NULL for none, (max_rows),
 * from the selection's classes; *ret_rows of them were filled, 0 at the end of the file. Every value is finite, or NaN
 * where it is missing. Whole numbers beyond 2^24 are rounded to float. */
hol_status hol_array_file_read(hol_array_file *file, int64_t max_rows, float *values, int32_t *labels,
                               int64_t *ret_rows) HOL_MUST_USE;

#endif
