/* binarizer: from a data set's rows to the program's bits. */
#ifndef HOL_TRAIN_BINARIZE_H
#define HOL_TRAIN_BINARIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/position.h"
#include "base/status.h"
#include "io/dataset.h"
#include "io/survey.h"
#include "model/model.h"
#include "train/batches.h"

/* How levels become bits. */
typedef struct hol_binarizer {
    bool resample;      /* Bernoulli bits, by the counter-based generator; otherwise level >= threshold */
    uint16_t threshold; /* in 1/65535 */
    uint64_t seed;
    const hol_columns *columns; /* borrowed: the model's, whose columns hold states; NULL: each column is a unit. Grey
                                 * levels beside a label are for columns of two states */
    int64_t units;              /* of a row */
    bool takes_missing;         /* rows may lack values; else a data set that has such rows is refused */
    bool lacks_label;           /* the last column is a label that no row has: nothing is said of it */
    hol_memory *memory;         /* borrowed; not NULL: nothing is read, and there may be no data set (base/memory.h) */
    hol_position *position;     /* borrowed: moved with every piece that is read; or NULL */
    hol_survey *survey;         /* borrowed, of the data set's columns: gets every row that is read; or NULL */
} hol_binarizer;

/* By which rule the survey that it has, joined, tells constant columns. */
hol_survey_bits hol_binarize_survey_bits(const hol_binarizer *binarizer);

/* Whether anything can be learned from the rows of `what` ("d.h5:/train") that binarizer->survey, not NULL, got: as
 * hol_survey_check, by the way in which this binarizer makes states. *ret_constant is the number of constant columns.
 * Not collective: join the ranks' surveys before. */
hol_status hol_binarize_check_survey(const hol_binarizer *binarizer, const char *what,
                                     int64_t *ret_constant) HOL_MUST_USE;

/* The threshold 0 <= t <= 1 in units of 1/65535, rounded up: bytes and floats compare as they should. */
uint16_t hol_binarize_threshold(double threshold);

/* Whether the data set's kind suits: states need a model with columns, and such a model whole numbers. HOL_BAD_INPUT
 * when not. All functions below check it; states out of a column's range are HOL_BAD_INPUT, naming row and column. */
hol_status hol_binarize_check(const hol_dataset *dataset, const hol_binarizer *binarizer) HOL_MUST_USE;

/* Reads the rows that batches owns, in pieces of bounded memory; what was read of those that it counts is compared by
 * hol_dataset_check, and the survey gets these alone. Not collective: agree on the outcome. */
hol_status hol_binarize_batches(hol_dataset *dataset, const hol_binarizer *binarizer,
                                hol_batches *batches) HOL_MUST_USE;

/* Fills this rank's visible units, 0 where they are not known, of a population of at most the data set's rows.
 * Block k of K holds the 64 consecutive rows from 64 k + k (rows - count) / (K - 1) on: spread over the data set,
 * all of it when count is its size. Bits of grey levels are drawn once, for good. The population gets the rows'
 * weights; NULL: they are all alike. Where values may be missing it holds those that are known. Not collective. */
hol_status hol_binarize_population(hol_dataset *dataset, const hol_binarizer *binarizer,
                                   const hol_sample_weights *weights, const hol_model *model,
                                   hol_population *population) HOL_MUST_USE;

/* Rows [first, first + rows) as bytes of 0 and 1: bytes is (rows, units), a unit per column unless the model has
 * columns. known (rows, units) gets 1, or 0 where there is no value, which is 0 in bytes; NULL where none may be
 * missing. Bits of grey levels are drawn once from the seed and the row's number. Not collective. */
hol_status hol_binarize_bytes(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                              uint8_t *bytes, uint8_t *known) HOL_MUST_USE;

#endif
