/* data_parts: what the files of `holode data` share.
 *
 *   data.c            the command, generate
 *   data_import.c     import: options, and the order of the work
 *   data_survey.c     import: the first reading, which finds out what the values are
 *   data_write.c      import: the second reading, which writes
 *   data_input.c      import: how a file is opened, what is said of a split, and the end of an import
 *   data_weights.c    the rows' weights
 *   data_labels.c     the rows' labels, of files of their own
 *   data_states.c     how many states columns have, and the words for them
 *   data_states_of.c  import: states as another data set has them
 *   data_sequences.c  import: aligned sequences, their alphabet and names
 *   data_similar.c    import: weights by similar rows, and clusters of these
 *   data_draw.c       import: rows drawn at random for a split
 *   data_describe.c   describe */
#ifndef HOL_CLI_DATA_PARTS_H
#define HOL_CLI_DATA_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/value.h"
#include "io/alignment.h"
#include "io/array_file.h"
#include "io/classes.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "io/survey.h"
#include "result/result.h"

enum { HOL_DATA_INPUTS_MOST = 16, HOL_DATA_NAME_SIZE = 64, HOL_DATA_PIECE_BYTES = 4 << 20, HOL_DATA_TEXT_SIZE = 640 };

/* Where a value of some sort was first seen. */
typedef struct hol_data_place {
    const char *path; /* NULL: not seen */
    int64_t row, column;
    double value;
} hol_data_place;

typedef struct hol_data_values {
    hol_data_place wrong; /* no level at all */
    hol_data_place minus; /* -1 */
    hol_data_place zero;
    hol_data_place fraction; /* strictly between 0 and 1 */
    hol_data_place above_one;
    double largest;
    bool has_one, has_dim; /* 1; what lies between 1 and 255 */
} hol_data_values;

/* One split of an import. */
typedef struct hol_data_input {
    char name[HOL_DATA_NAME_SIZE];
    const char *path;         /* borrowed from argv; of a drawn split, its source's */
    int source;               /* the split that names the file; its own number unless drawn */
    double share;             /* of a drawn split: a fraction of the source's rows, or 0 for `rows` of them */
    int64_t file_rows;        /* of the file */
    int64_t rows;             /* of the split */
    uint64_t *hashes;         /* (file_rows), owned: of each row's values, where equal ones are kept together */
    double *weights;          /* (file_rows), owned: of sources alone; NULL: none */
    const char *labels_path;  /* borrowed from argv: of sources alone; NULL: no file of labels */
    int32_t *labels;          /* (file_rows), owned: of that file, once all classes are known */
    hol_alignment *alignment; /* owned: what the file holds, of sequences; of sources alone */
    char **names;       /* (file_rows), owned, one block: what the rows of a data set of ours are called; or NULL */
    uint8_t *assigned;  /* (file_rows), owned: whose each row is; NULL: all are its own; of sources alone */
    double largest;     /* of the file's values, 0 to 255 */
    double density;     /* of what was written */
    double missing;     /* share of its values that are */
    double effective;   /* number of its rows, where they have weights */
    double weight;      /* the sum of these */
    int64_t unlabelled; /* of its rows, those without a label */
} hol_data_input;

typedef struct hol_data_import {
    hol_comm *comm;     /* borrowed */
    const char *output; /* borrowed from argv, like the rest */
    hol_word_list files, splits, label_files;
    const char *binarize_how, *shape; /* NULL: not given */
    bool binarize;
    double threshold;
    int64_t height, width; /* 0, 0: the first file's own */
    hol_data_input inputs[HOL_DATA_INPUTS_MOST];
    int count;
    bool has_drawn, keep_equal;
    bool keep_hashes;    /* of all rows, equal ones kept together or not */
    bool divides_common; /* of equal rows, such as are very many are drawn one by one */
    int64_t common_rows; /* how many rows were so drawn, and of how many patterns */
    int64_t common_patterns;
    int64_t seed;
    bool states;                       /* whole numbers are states, not grey levels */
    const char *states_of;             /* a data set whose columns and states these are; NULL: their own */
    const char *columns_list, *label;  /* NULL: all columns; no label */
    const char *weight;                /* a column; NULL: the weights that data sets of ours have */
    const char *letters;               /* of the files, which are aligned sequences; NULL: they are none */
    const char *query;                 /* the sequence whose columns are taken; NULL: all columns */
    bool keep_duplicates;              /* equal sequences stay */
    int others;                        /* letters that the alphabet lacks: enum hol_data_others */
    double reweight, cluster;          /* shares of equal columns from which on rows are similar; 0: not asked */
    int64_t clusters, largest_cluster; /* of all files */
    hol_alphabet alphabet;             /* of all files; count 0: none */
    const char *missing;               /* what stands for a missing value; NULL: nothing does */
    bool takes_missing;                /* missing values of data sets of ours are taken, too */

    /* of states_of, owned */
    hol_dataset_states given_states;
    char **given_names; /* (given_states.columns), one block; NULL without any */

    /* from the first reading */
    hol_data_values seen;
    hol_data_place unknown;       /* the first row of which nothing is known */
    int64_t labelled, unlabelled; /* rows of the files whose labels were read */
    bool told_bytes, told_states; /* by a data set of HDF5 */
    int64_t columns;
    int64_t maximum;         /* of states */
    hol_dataset_kind kind;   /* what the values are, before thresholding */
    bool spins;              /* they are -1 and 1: 0 and 1 are written */
    hol_survey *survey;      /* owned */
    hol_classes *classes;    /* owned; NULL without a label */
    hol_column_words *words; /* owned; NULL where no column has words */
    char **names;            /* (columns), owned, one block; NULL without any */
    int64_t *numbers;        /* (columns), owned: in the file */
} hol_data_import;

enum hol_data_others { HOL_DATA_OTHERS_DROP, HOL_DATA_OTHERS_GAP };

/* ---- sequences: does nothing where there are none */

/* The options of sequences, once the splits are known. */
hol_status hol_data_settle_sequences(hol_data_import *self) HOL_MUST_USE;

/* Loads all files of sequences, or finds the alphabet and the names of all data sets of ours. */
hol_status hol_data_load_sequences(hol_data_import *self) HOL_MUST_USE;

/* What a row of a source is called; NULL: nothing. */
const char *hol_data_name_of(const hol_data_input *source, int64_t row);

/* Writes the names of a split that has been written, and the alphabet. */
hol_status hol_data_write_names(const hol_data_import *self, int split, hol_dataset_writer *writer) HOL_MUST_USE;
hol_status hol_data_write_alphabet(const hol_data_import *self, hol_dataset_writer *writer) HOL_MUST_USE;

/* What was left out of a source's sequences, on stderr. */
void hol_data_say_sequences(const hol_data_import *self, const hol_data_input *source);

/* Opens an input's file with the columns that are asked for. */
hol_status hol_data_open_input(const hol_data_import *self, const hol_data_input *input,
                               hol_array_file **ret_file) HOL_MUST_USE;

/* Reads an input's weights, a column's or those that its open file brings with it, once file_rows is known. */
hol_status hol_data_read_weights(const hol_data_import *self, const hol_array_file *file,
                                 hol_data_input *input) HOL_MUST_USE;

/* --labels NAME=FILE: the splits' files of labels, once the splits are known. */
hol_status hol_data_take_label_files(hol_data_import *self) HOL_MUST_USE;

/* Reads them all, after the rows: collects the classes, closes the collection, fills the inputs' labels. */
hol_status hol_data_read_label_files(hol_data_import *self) HOL_MUST_USE;

/* Whether a split is written with labels. */
bool hol_data_has_labels(const hol_data_import *self, int split);

/* Counts rows that have a label, and such as have none. */
void hol_data_count_labels(hol_data_import *self, int64_t rows, const int32_t *labels);

/* Adds a line on labels. */
void hol_data_add_labels(const hol_data_import *self, hol_result *result);

/* Collects the words of all files' columns. */
hol_status hol_data_collect_words(hol_data_import *self) HOL_MUST_USE;

/* With --states-of: what that data set has, and the words of its labels, where these have labels; the words of the
 * columns; whether a file has as many columns. */
hol_status hol_data_read_states_of(hol_data_import *self) HOL_MUST_USE;
hol_status hol_data_take_words_of(hol_data_import *self) HOL_MUST_USE;
hol_status hol_data_check_columns_of(const hol_data_import *self, const hol_array_file *file) HOL_MUST_USE;

/* HOL_BAD_INPUT where the columns of words are called what is one of their words: such names are a row. */
hol_status hol_data_check_names(const hol_data_import *self) HOL_MUST_USE;

/* Writes how many states columns have, and what they are called; adds a line on it. */
hol_status hol_data_write_states(const hol_data_import *self, hol_dataset_writer *writer) HOL_MUST_USE;
void hol_data_add_states(const hol_data_import *self, hol_result *result);

/* Writes those of a split that has been written, whose effective number they give. */
hol_status hol_data_write_weights(hol_data_import *self, int split, hol_dataset_writer *writer) HOL_MUST_USE;

/* Adds a line on a split's weights as a file of ours, `output`, has them; nothing where it has none. */
void hol_data_add_weights(const hol_data_import *self, int split, hol_result *result);

/* Reads all files once: fills what stands under "the first reading" but for what the values are. */
hol_status hol_data_read_inputs(hol_data_import *self) HOL_MUST_USE;

/* Decides what the values are: maximum, kind, spins. */
hol_status hol_data_find_kind(hol_data_import *self) HOL_MUST_USE;

/* HOL_BAD_INPUT where no value is known; what else there is to say of missing ones, on stderr. */
hol_status hol_data_check_missing(const hol_data_import *self) HOL_MUST_USE;

/* Decides about spins alone: HOL_BAD_INPUT where -1 stands beside other values than 1. */
hol_status hol_data_check_minus(hol_data_import *self) HOL_MUST_USE;

/* HOL_BAD_INPUT where a fraction and a larger number than 1 are both there. */
hol_status hol_data_check_mixture(const hol_data_import *self) HOL_MUST_USE;

/* "FILE: row R, column C (from 0) "NAME"", into HOL_DATA_TEXT_SIZE bytes. */
void hol_data_describe_place(const hol_data_import *self, const hol_data_place *place, char *text);

/* With --cluster-split: finds the clusters of each source that splits are drawn from, fills its hashes with them.
 * Collective. */
hol_status hol_data_find_clusters(hol_data_import *self) HOL_MUST_USE;

/* With --reweight: the weights of each split's rows, by those of the split alone. Collective. */
hol_status hol_data_reweigh(hol_data_import *self) HOL_MUST_USE;

/* Adds a line on clusters; nothing where there are none. */
void hol_data_add_clusters(const hol_data_import *self, hol_result *result);

/* Which rows of the drawn splits' sources are whose: fills assigned and rows. */
hol_status hol_data_draw_rows(hol_data_import *self) HOL_MUST_USE;

/* A split as it is written. */
hol_dataset_split hol_data_split_of(const hol_data_import *self, int split);

/* Reads all files once more, and writes the splits and the columns' names. */
hol_status hol_data_write_splits(hol_data_import *self, hol_dataset_writer *writer) HOL_MUST_USE;

/* How the files were taken, where that is not plain, on stderr. */
void hol_data_say_how(const hol_data_import *self);

/* Gives back what the readings have found, for another first reading, or the end. */
void hol_data_clear(hol_data_import *self);

/* How many rows of so many bytes are read or written at a time. */
static inline int64_t hol_data_rows_per_read(int64_t columns, size_t size) {
    const int64_t row_bytes = columns * (int64_t)size;
    return row_bytes < HOL_DATA_PIECE_BYTES ? HOL_DATA_PIECE_BYTES / row_bytes : 1;
}

/* Adds a line on a split that has been written; missing is the share of its values that are. */
void hol_data_add_split(hol_result *result, const char *output, const hol_dataset_split *split, int64_t rows,
                        double density, double missing);

/* Reads a whole data set, compares it with its checksum, and adds its rows to a survey; *ret_density is its mean level
 * or state. */
hol_status hol_data_measure(hol_dataset *dataset, hol_survey *survey, double *ret_density) HOL_MUST_USE;

/* Adds what is in the data sets of FILE[:SPLIT]. Collective. */
hol_status hol_data_describe(hol_comm *comm, hol_result *result, const char *reference) HOL_MUST_USE;

hol_status hol_data_import_command(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_data_describe_command(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;

#endif
