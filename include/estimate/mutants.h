/* mutants: energies of sequences, and how one changes with each of its columns. Not collective. */
#ifndef HOL_ESTIMATE_MUTANTS_H
#define HOL_ESTIMATE_MUTANTS_H

#include <stdint.h>

#include "base/status.h"
#include "model/model.h"

/* States that any column has, at most. */
int64_t hol_mutants_states(const hol_model *model);

/* The energy of a sequence: the free energy of its visible units, in units of the temperature; without hidden units E /
 * tau. states is (columns); units (visible) is scratch. */
double hol_mutants_energy(const hol_model *model, const float *theta, const uint8_t *states, uint8_t *units);

/* The same of rows, to the last bit: states is (rows, columns), energies (rows), out. */
hol_status hol_mutants_energies(const hol_model *model, const float *theta, const uint8_t *states, int64_t rows,
                                double *energies) HOL_MUST_USE;

/* E(x with column i in state a) - E(x) of all i and a: changes is (columns, hol_mutants_states), out, NaN for states
 * that a column has not. HOL_USAGE, "found ..., expected ...", where the model has no free energies of rows. */
hol_status hol_mutants_find(const hol_model *model, const float *theta, const uint8_t *states,
                            double *changes) HOL_MUST_USE;

#endif
