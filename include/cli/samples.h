/* samples: states and hidden units of samples as arrays for other programs, .csv and .npy. Not collective,
 * except where it says so. */
#ifndef HOL_CLI_SAMPLES_H
#define HOL_CLI_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/dataset_notes.h"
#include "io/output.h"
#include "model/model.h"
#include "state/alphabet.h"

/* All borrowed. */
typedef struct hol_samples {
    int64_t rows, columns, hidden;
    const uint8_t *states;           /* (rows, columns) */
    const float *features;           /* (rows, hidden); NULL: only the states are wanted */
    const char *const *names;        /* of the columns, then of the hidden units */
    const hol_dataset_states *words; /* for the columns' states; columns 0: they are numbers */
} hol_samples;

/* Whether a name, NULL for none, ends in .csv or .npy. */
bool hol_samples_is_array(const char *output);

/* "x.csv" gives "x.hidden.csv", the file of the features. The caller owns *ret_path. */
hol_status hol_samples_name_hidden(const char *output, char **ret_path) HOL_MUST_USE;

/* Writes the states to `output`, and the features beside it. */
hol_status hol_samples_write(hol_comm *comm, const char *output, const hol_samples *samples) HOL_MUST_USE;

/* Whether samples may be written to `output`: .h5, .png, .csv (which begins with `first`, the first column's name) or
 * .npy, and of states that have letters .fasta or .fa, also as .gz. `model` is what messages call it, and inputs are
 * the two files that the command reads. HOL_USAGE otherwise. Collective. */
hol_status hol_samples_check_output(hol_comm *comm, const char *output, const char *model, const char *first,
                                    const hol_alphabet *alphabet, const char *const inputs[2]) HOL_MUST_USE;

/* The same of any kinds of files, at most four, and those of sequences. Collective. */
hol_status hol_samples_check_kinds(hol_comm *comm, const char *output, const char *model, const hol_alphabet *alphabet,
                                   const hol_output_kind *kinds, int count, const char *const inputs[2]) HOL_MUST_USE;

/* The same of the file of the features beside an array. Collective. */
hol_status hol_samples_check_hidden(hol_comm *comm, const char *output, const char *const inputs[2]) HOL_MUST_USE;

/* E(x), or where hidden units can be summed out F(v), of the first `now` of all chains, to energies[at ...] on rank 0.
 * The model is prepared. Collective. */
hol_status hol_samples_gather_energies(hol_comm *comm, const hol_model *model, hol_population *chains, int64_t now,
                                       double *energies, int64_t at) HOL_MUST_USE;

#endif
