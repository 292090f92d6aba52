/* predict: what the files of `holode predict` share; not for others. */
#ifndef HOL_SRC_CLI_PREDICT_H
#define HOL_SRC_CLI_PREDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "cli/subject.h"
#include "estimate/conditional.h"
#include "io/dataset_notes.h"
#include "model/variable.h"
#include "result/result.h"

typedef struct hol_predict_arguments {
    const char *file;
    const char *data;
    const char *weights;
    const char *target; /* a column's number or name; NULL: none */
    const char *output;
    double hide; /* the probability with which a known value is hidden */
    int64_t chains, sweeps, draws;
    int64_t seed; /* -1: the run's */
    bool json;
} hol_predict_arguments;

/* How often each state of a column is among the known values of the data, by weight: (n + 1) / (N + states). */
typedef struct hol_predict_frequencies {
    int64_t *first; /* owned: (columns + 1) */
    double *values; /* owned */
} hol_predict_frequencies;

typedef struct hol_prediction {
    hol_comm *comm;     /* borrowed */
    hol_result *result; /* borrowed */
    hol_predict_arguments arguments;
    hol_subject subject;
    int64_t columns;
    int64_t target;           /* a column; -1: none */
    bool has_labels;          /* the last column is the label */
    char **names;             /* owned, one block: of the columns, then more */
    hol_dataset_states words; /* what the data call states */
    hol_alphabet alphabet;    /* count 0: states have no letters */
    uint8_t *given;           /* owned: (local_rows, visible) of what is neither missing, hidden nor the target */
    hol_conditional_options options;
    hol_conditional found;
    hol_predict_frequencies frequencies;
} hol_prediction;

/* ---- predict_columns.c */

/* Whether the data have the value of a column of a local row, hidden or not; and its state. */
bool hol_predict_has(const hol_prediction *self, int64_t row, int64_t column);
int64_t hol_predict_state(const hol_prediction *self, int64_t row, int64_t column);

/* The target's cell of a local row. */
int64_t hol_predict_target_cell(const hol_prediction *self, int64_t row);

enum { HOL_PREDICT_NAME = 256 };

/* Columns, states and the target, on each rank. Not collective. */
hol_status hol_predict_read_names(hol_prediction *self) HOL_MUST_USE;
void hol_predict_clear_names(hol_prediction *self);

/* What the data call a state; its number where they don't. */
void hol_predict_name_state(const hol_prediction *self, int64_t column, int64_t state, char name[HOL_PREDICT_NAME]);
/* The words for all states of a column, borrowed; NULL and 0: they are numbers. */
const char *const *hol_predict_words(const hol_prediction *self, int64_t column, int64_t *ret_count);

/* ---- predict_judge.c */

/* What one way of guessing values is worth: means over values, with standard errors over rows. */
typedef struct hol_predict_score {
    double wrong, wrong_error; /* the share of values whose most probable state is another */
    double log, log_error;     /* ln p of the state that is there */
    double square;             /* root mean square of the states' probabilities less 1 or 0, halved */
} hol_predict_score;

typedef struct hol_predict_verdict {
    int64_t rows, values; /* over all ranks: that have a value to judge by, and these */
    hol_predict_score model, frequencies;
} hol_predict_verdict;

/* Of the columns' known values, what is hidden left out. Collective. */
hol_status hol_predict_count(hol_prediction *self) HOL_MUST_USE;

/* Of the target, or of all others that are hidden. Collective. */
hol_status hol_predict_judge(const hol_prediction *self, bool of_target, hol_predict_verdict *ret) HOL_MUST_USE;

/* How often each state of the target (row) was taken for each (column): counts is (states, states), out, of rows, or
 * where they have weights in proportion to these. Collective. */
hol_status hol_predict_confuse(const hol_prediction *self, double *counts) HOL_MUST_USE;

/* ---- predict_show.c: adds everything to the result. Collective. */
hol_status hol_predict_show(const hol_prediction *self) HOL_MUST_USE;

/* ---- predict_sequences.c: rows as sequences, (rows, draws, columns) of states, 255 where one is not known. Rank 0. */
hol_status hol_predict_write_sequences(const hol_prediction *self, const char *path, int64_t draws,
                                       const uint8_t *states, const float *target) HOL_MUST_USE;

/* ---- predict_write.c: -o, before and after the work. Collective. */
hol_status hol_predict_check_output(const hol_prediction *self) HOL_MUST_USE;
hol_status hol_predict_write(const hol_prediction *self) HOL_MUST_USE;

#endif
