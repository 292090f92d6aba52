/* data_parts: what the files of `holode data` share.
 *
 *   data.c            the command, generate
 *   data_import.c     import: options, and the second reading, which writes
 *   data_survey.c     import: the first reading, which finds out what the values are
 *   data_input.c      import: how a file is opened, and what is said of a split
 *   data_draw.c       import: rows drawn at random for a split
 *   data_describe.c   describe */
#ifndef HOL_CLI_DATA_PARTS_H
#define HOL_CLI_DATA_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/value.h"
#include "io/array_file.h"
#include "io/classes.h"
#include "io/dataset.h"
#include "io/survey.h"
#include "result/result.h"

enum { HOL_DATA_INPUTS_MOST = 16, HOL_DATA_NAME_SIZE = 64, HOL_DATA_PIECE_BYTES = 4 << 20 };

/* One split of an import. */
typedef struct hol_data_input {
    char name[HOL_DATA_NAME_SIZE];
    const char *path;  /* borrowed from argv; of a drawn split, its source's */
    int source;        /* the split that names the file; its own number unless drawn */
    double share;      /* of a drawn split: a fraction of the source's rows, or 0 for `rows` of them */
    int64_t file_rows; /* of the file */
    int64_t rows;      /* of the split */
    uint64_t *hashes;  /* (file_rows), owned: of each row's values, where equal ones are kept together */
    uint8_t *assigned; /* (file_rows), owned: whose each row is; NULL: all are its own; of sources alone */
    double density;    /* of what was written */
} hol_data_input;

typedef struct hol_data_import {
    const char *output; /* borrowed from argv, like the rest */
    hol_word_list files, splits;
    const char *binarize_how, *shape; /* NULL: not given */
    bool binarize;
    double threshold;
    int64_t height, width; /* 0, 0: the first file's own */
    hol_data_input inputs[HOL_DATA_INPUTS_MOST];
    int count;
    bool has_drawn, keep_equal;
    int64_t seed;
    bool states;                      /* whole numbers are states, not grey levels */
    const char *columns_list, *label; /* NULL: all columns; no label */

    /* from the first reading */
    int64_t columns;
    int64_t maximum;       /* of states */
    hol_dataset_kind kind; /* what the values are, before thresholding */
    bool spins;            /* they are -1 and 1: 0 and 1 are written */
    hol_survey *survey;    /* owned */
    hol_classes *classes;  /* owned; NULL without a label */
    char **names;          /* (columns), owned, one block; NULL without any */
    int64_t *numbers;      /* (columns), owned: in the file */
} hol_data_import;

/* Opens an input's file with the columns that are asked for. */
hol_status hol_data_open_input(const hol_data_import *self, const hol_data_input *input,
                               hol_array_file **ret_file) HOL_MUST_USE;

/* Reads all files once and decides what their values are: fills what stands under "the first reading". */
hol_status hol_data_survey_inputs(hol_data_import *self) HOL_MUST_USE;

/* Which rows of the drawn splits' sources are whose: fills assigned and rows. */
hol_status hol_data_draw_rows(hol_data_import *self) HOL_MUST_USE;

/* How many rows of so many bytes are read or written at a time. */
static inline int64_t hol_data_rows_per_read(int64_t columns, size_t size) {
    const int64_t row_bytes = columns * (int64_t)size;
    return row_bytes < HOL_DATA_PIECE_BYTES ? HOL_DATA_PIECE_BYTES / row_bytes : 1;
}

/* Adds a line on a split that has been written. */
void hol_data_add_split(hol_result *result, const char *output, const hol_dataset_split *split, int64_t rows,
                        double density);

/* Adds what is in the data sets of FILE[:SPLIT]. Collective. */
hol_status hol_data_describe(hol_comm *comm, hol_result *result, const char *reference) HOL_MUST_USE;

hol_status hol_data_import_command(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;
hol_status hol_data_describe_command(hol_comm *comm, hol_result *result, int argc, char **argv) HOL_MUST_USE;

#endif
