/* fit_data: the data of `holode fit`: from any file of numbers to one data set with the splits train, valid and test.
 *
 *   fit_data.c      which files and splits there are, what is drawn, what is written or was already
 *   fit_columns.c   what the columns are, which are left out, which are refused
 *
 * It is an import (data_parts.h) that decides for itself what `holode data import` is told. */
#ifndef HOL_CLI_FIT_DATA_H
#define HOL_CLI_FIT_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/dataset.h"

typedef struct hol_data_import hol_data_import; /* data_parts.h */

enum {
    HOL_FIT_TRAIN,
    HOL_FIT_VALID,
    HOL_FIT_TEST,
    HOL_FIT_SPLITS,
    HOL_FIT_ROWS_LEAST = 20,     /* of a file of which splits are drawn */
    HOL_FIT_DRAWN_MOST = 10000,  /* rows of a drawn split */
    HOL_FIT_REFERENCE = 4096 + 8 /* bytes of "FILE:train" */
};

/* Strings are borrowed. */
typedef struct hol_fit_data_request {
    const char *data;  /* FILE of whatever `data import` reads; of HDF5 also FILE:SPLIT. The splits valid and test of an
                            HDF5 file are taken, too, where FILE alone or its split train is asked for */
    const char *valid; /* files, or splits, of their own; "20%": a share of DATA; NULL: DATA's own, or drawn from it */
    const char *test;
    const char *label;   /* a column, by number from 0 or name; NULL: one that looks like a label */
    const char *columns; /* as --columns of `data import`; NULL: all but what looks like no unit */
    const char
        *missing;       /* what stands for a value that is not known, as --missing of `data import`; NULL: nothing does,
                            but missing values of data sets of ours are taken */
    bool states;        /* whole numbers are states; as several columns of words are anyway */
    const char *output; /* the file to write, in a directory that is there */
    uint64_t seed;      /* of the rows that are drawn, below 2^63 */
} hol_fit_data_request;

typedef struct hol_fit_data {
    int64_t rows[HOL_FIT_SPLITS]; /* of train, valid, test */
    int64_t columns;
    int64_t units;                  /* that they take: one for each state of a column that has more than two */
    int64_t states;                 /* of the column that has most; 0: bits or grey levels */
    int64_t constant;               /* columns that never differ in train */
    int64_t distinct;               /* different rows of train */
    int64_t shared[HOL_FIT_SPLITS]; /* rows of a given valid or test that are in train, too; 0 where it is drawn */
    double missing;                 /* the part of train's values that is not known */
    hol_dataset_kind kind;          /* binary, bytes, floats or states */
    bool sampled; /* grey levels, each the probability that a bit is on: data.binarize is to be sample */
    bool given_valid, given_test;
    bool found;                                        /* the output was there already, of the same request */
    int64_t height, width;                             /* of an image; 0, 0 otherwise */
    char reference[HOL_FIT_SPLITS][HOL_FIT_REFERENCE]; /* "OUTPUT:train" ... */
    char text[512];                                    /* all of it in one line */
} hol_fit_data;

/* Whether --valid or --test is a share of DATA, as "20%": a number above 0 and below 100, and a per cent sign. */
bool hol_fit_is_share(const char *text);

/* Fills ret, the same on every rank, and writes the output, or finds it there. What was taken for what is said on
 * stderr. The same request and the same data give the same bytes; of data that have changed, labels alone are not
 * noticed. HOL_BAD_INPUT, in one line: the data are not for bits; or the output is there, of other data. HOL_USAGE: of
 * another request, or an option is wrong. HOL_FAILURE: it can't be written. Rank 0 does the work. Collective. */
hol_status hol_fit_data_prepare(hol_comm *comm, const hol_fit_data_request *request, hol_fit_data *ret) HOL_MUST_USE;

/* ---- fit_columns.c: of an import whose files have been read. Not collective. */

/* What is left out beside what the user has asked for. */
typedef struct hol_fit_columns {
    bool states;    /* columns of words are variables of several states */
    char *list;     /* owned: for hol_data_import.columns_list; NULL: as the user has it */
    char label[48]; /* for hol_data_import.label: "12-12"; "" for none, or the user's */
    char text[192]; /* "; label column "digit" and row numbers "id" left out" */
} hol_fit_columns;

/* Before the files are read: one column of words is left out as a label, such as differ everywhere are as identifiers;
 * several are variables of several states, to be read as such, or HOL_BAD_INPUT. */
hol_status hol_fit_columns_choose_words(const hol_data_import *import, hol_fit_columns *chosen,
                                        bool *ret_any) HOL_MUST_USE;

/* Adds to `chosen` what is to be left out, and says so on stderr; *ret_any: there is something, and the files are to be
 * read again. */
hol_status hol_fit_columns_choose(const hol_data_import *import, hol_fit_columns *chosen, bool *ret_any) HOL_MUST_USE;

/* Decides what the values are, as bits, grey levels or states (kind, maximum, spins, binarize); all else is
 * HOL_BAD_INPUT. */
hol_status hol_fit_columns_judge(hol_data_import *import) HOL_MUST_USE;

#endif
