/* sample_weights: how much each row of a data set counts, as whole numbers.
 *
 * Weights are numbers w >= 0, finite and not all 0, one a row; only their ratios matter. They become whole numbers
 * once, by a rule that knows nothing but them:
 *
 *     q = round(w * 2^s),  with the whole number s for which the largest w * 2^s lies in [2^30, 2^31)
 *
 * So whole numbers, halves, quarters and so on keep their ratios exactly, and no other weight is off by more than 2^-31
 * of the largest one. What is less than that becomes 0, and is warned of. Where all q are equal there are no weights:
 * everything is as without. The weights of text and npy files are read in single precision, those of HDF5 in double.
 *
 * A row of which nothing is known (all its values are missing, its label too) says nothing of the data: its weight is
 * 0, and where rows have no weights the others' are 1 then.
 *
 * Their effective sample size, ESS = (sum q)^2 / sum q^2 (Kish 1965), is that of rows of equal weight of which a mean
 * is as certain. */
#ifndef HOL_IO_SAMPLE_WEIGHTS_H
#define HOL_IO_SAMPLE_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/memory.h"
#include "base/status.h"
#include "io/dataset.h"

typedef struct hol_sample_weights {
    int64_t rows;
    uint32_t *values; /* owned: (rows), q; the same on all ranks. NULL once released, or where memory is
                       * counted (base/memory.h) */
    int64_t sum;      /* of q, 2^30 at least */
    int64_t zeros;    /* rows that never count */
    int64_t unknown;  /* of them, those of which nothing is known */
    bool are_alike;   /* all others have the same weight */
    double total;     /* of w */
    double largest;   /* of w */
    double effective; /* ESS */
} hol_sample_weights;

/* In place of a reference: no weights, whatever the data set has. */
#define HOL_SAMPLE_WEIGHTS_NONE "none"

/* The weights of a data set's rows: of `reference`, a column of numbers in a text or npy file, or a list of them in
 * HDF5, FILE:/PATH (FILE alone: its /weights; of a file of ours those of the split of this name); with "" those that
 * the data set has itself (/weights/SPLIT of our files, io/dataset_notes.h). *ret is the caller's to destroy; NULL
 * where there are none, or all are equal, and something is known of each row, or of none. HOL_BAD_INPUT, naming file
 * and row, found and expected, when one is not a weight, there are not as many as rows, or all are 0. Rank 0 reads, and
 * says of how many rows nothing is known. Collective. */
hol_status hol_sample_weights_read(hol_comm *comm, const char *reference, hol_dataset *dataset,
                                   hol_sample_weights **ret) HOL_MUST_USE;

/* The same by one process alone; comm may be NULL. Warns of nothing. */
hol_status hol_sample_weights_read_alone(hol_comm *comm, const char *reference, hol_dataset *dataset,
                                         hol_sample_weights **ret) HOL_MUST_USE;

/* Of numbers w, (rows), that `name` gives in messages; equal ones give weights, too. Not collective. */
hol_status hol_sample_weights_create(const char *name, int64_t rows, const double *numbers,
                                     hol_sample_weights **ret) HOL_MUST_USE;

/* Gives the values back, where what they add up to is still of use. NULL is fine. */
void hol_sample_weights_release(hol_sample_weights *weights);

/* NULL is fine. */
void hol_sample_weights_destroy(hol_sample_weights *weights);

/* ESS from the sums of q and of q^2. */
double hol_sample_weights_effective(hol_wide sum, hol_wide squares);

#endif
