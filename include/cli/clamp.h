/* clamp: visible units that `holode sample` holds at given values. */
#ifndef HOL_CLI_CLAMP_H
#define HOL_CLI_CLAMP_H

#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/dataset_notes.h"
#include "model/model.h"

typedef struct hol_clamp {
    int64_t rows;
    uint8_t *held;   /* owned: (rows, visible) 1 for a unit that is held */
    uint8_t *values; /* owned: (rows, visible) 0 and 1; 0 where a unit is free */
} hol_clamp;

/* Reads rows of values for the model's visible units, or for its variables where it has columns of states: a text, IDX
 * or npy file of states, with -1 or a missing value (io/array_file.h: "?", NaN) for a unit that is free, in each row
 * others; an evidence file (io/evidence_file.h); or an HDF5 data set, whose levels are 1 from `threshold` (0 to 1)
 * on. Where the model's spins are signed, -1 in a text, IDX or npy file is a spin, and only missing values are free;
 * such a file may have 0 and 1 in place of -1 and 1, but not both 0 and -1. units, when not NULL, names the ones that
 * are held, "0-391,400", for which each row then needs a value: all others are free, whatever the file says. In a text,
 * words for states are as good as their numbers: those of `words`, which has columns where there are any. A text with a
 * line of names goes by these, in any order, and columns that it lacks are free; names (hol_cli_make_names) are the
 * model's, NULL where it has none. How many rows
 * hold nothing is logged. Rank 0 reads. HOL_BAD_INPUT, HOL_USAGE with file,
 * row and column (from 0). The caller clears *ret_clamp, also after an error. Collective. */
hol_status hol_clamp_read(hol_comm *comm, const char *file, const char *units, double threshold, const hol_model *model,
                          char *const *names, const hol_dataset_states *words, hol_clamp *ret_clamp) HOL_MUST_USE;
void hol_clamp_clear(hol_clamp *clamp);

/* Sets this rank's chains: chain c gets row c % rows, in the units that are held, and holds them from now on. Not
 * collective. */
hol_status hol_clamp_apply(const hol_clamp *clamp, const hol_model *model, hol_population *population) HOL_MUST_USE;

#endif
