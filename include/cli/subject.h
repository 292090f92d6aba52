/* subject: a model and the rows of data that it is evaluated on. */
#ifndef HOL_CLI_SUBJECT_H
#define HOL_CLI_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "model/model.h"

/* All owned but the first two. */
typedef struct hol_subject {
    hol_comm *comm;
    const char *data; /* "FILE:SPLIT"; NULL: none */
    char *own_data;   /* where hol_subject_add_training_data found it; else NULL */
    hol_checkpoint_info info;
    hol_model *model; /* prepared with theta */
    float *theta;
    int64_t rows;      /* of the data, over all ranks; 0 without data */
    int64_t first_row; /* this rank's share */
    int64_t local_rows;
    uint8_t *bytes;    /* (local_rows, visible) of 0 and 1; NULL without data */
    uint8_t *known;    /* (local_rows, visible), 1 where there is a value; NULL: everywhere. Bytes are 0 elsewhere */
    int64_t row_walks; /* of rows whose free energies are walked to (estimate/held.h); 0: as many as are usual, where
                        * that doesn't take long; -1: none are */
    double missing;    /* the part of all values that is not known */
    char **names;      /* of all rows of the data set, one block, where they were wanted and have some; else NULL */
    uint32_t *weights; /* (local_rows), of the rows (io/sample_weights.h); NULL: all alike */
    bool is_weighted;  /* and not only for the rows of which nothing is known */
    int64_t unknown;   /* these, over all ranks */
    double effective;  /* ESS of the weights over all ranks; without weights the number of rows */
    double *means;     /* owned, as model/means.h has them: the data's, weighted; without data what visible biases alone
                        * would give, or NULL */
} hol_subject;

/* Which rows, and whether to speak of them. */
typedef struct hol_subject_data {
    const char *reference; /* "FILE:SPLIT" (split default: test); NULL: none */
    const char *weights;   /* their weights, as hol_sample_weights_read takes them; NULL or "": the data set's own */
    int64_t row_walks;     /* hol_subject.row_walks */
    int64_t most;          /* rows at most, evenly spread over the data set; 0: all */
    bool letters_missing;  /* where sequences have letters that the model lacks; else they are left out */
    bool is_named;         /* what rows are called is wanted */
    bool is_surveyed;      /* warn of units that never change, and of what looks like no unit */
} hol_subject_data;

/* The model of a checkpoint, of the newest one of a run's directory, or of a config that needs no training
 * (hol_cli_open_model), and rows of data as bits, made of levels as the run did. HOL_BAD_INPUT. The caller clears
 * *ret_subject, also after an error. Collective. */
hol_status hol_subject_load(hol_comm *comm, const char *file, hol_subject_data data,
                            hol_subject *ret_subject) HOL_MUST_USE;
/* For one without data: the run's training data, with their weights. Collective. */
hol_status hol_subject_add_training_data(hol_subject *subject) HOL_MUST_USE;
void hol_subject_clear(hol_subject *subject);

/* What is known of a local row: (visible), or NULL: all. */
static inline const uint8_t *hol_subject_known(const hol_subject *subject, int64_t row) {
    return subject->known ? subject->known + row * subject->info.visible : NULL;
}

/* A population of `count` chains of the model that begin at `word`: "chains", the checkpoint's persistent ones; "data",
 * rows of the data, spread over them by weight; "random", fair bits; "exact", samples by enumeration; NULL: chains, or
 * else data, or else random. Chain c takes state c modulo their number. The hidden units of rows are drawn given them.
 * *ret_word says which. The caller owns *ret. HOL_USAGE when there is no such thing. Collective. */
hol_status hol_subject_start(const hol_subject *subject, int64_t count, const char *word, uint64_t seed,
                             hol_population **ret, const char **ret_word) HOL_MUST_USE;

#endif
