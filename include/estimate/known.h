/* known: what rows that lack values are worth: the missing ones are summed out.
 *
 *     F(known values) = -ln sum over the missing values' states of exp(-F(v))
 *
 * one completion after the other, for rows that have few enough of them. */
#ifndef HOL_ESTIMATE_KNOWN_H
#define HOL_ESTIMATE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* The completions that a set of rows may have in all, over all ranks, and a row alone. */
#define HOL_KNOWN_COMPLETIONS 4e6
#define HOL_KNOWN_COMPLETIONS_EVALUATED 0x1p28 /* by hol_exact_mean_score, which is called once */
#define HOL_KNOWN_COMPLETIONS_OF_ROW 0x1p20

/* How many states the missing values of a row can be in: known is (visible) of 0 and 1, a variable's units alike. */
double hol_known_count(const hol_model *model, const uint8_t *known);

/* Makes a row's missing values, in place, those of completion `number` of so many. */
void hol_known_complete(const hol_model *model, const uint8_t *known, int64_t number, uint8_t *bytes);

/* Draws them independently of each other, copy `copy` of row `row`: units by their means (visible), variables from all
 * their states alike. */
void hol_known_draw(const hol_model *model, const uint8_t *known, const double *means, hol_rng_key key, int64_t row,
                    int64_t copy, uint8_t *bytes);

/* Whether the rows that a population holds have few enough completions for hol_known_free_energy; true where it has no
 * mask. Collective. */
hol_status hol_known_is_countable(hol_comm *comm, const hol_model *model, const hol_population *population,
                                  bool *ret) HOL_MUST_USE;

/* hol_model_ops.free_energy of what each lane holds of its visible units, from the prepared tables; without a mask of
 * the states as they stand. values is (blocks * 64); NaN of a row that has too many completions. Not collective. */
hol_status hol_known_free_energy(const hol_model *model, hol_population *population, double *values) HOL_MUST_USE;

/* hol_model_ops.exact_free_energy of what is known of one row: scratch is (visible). NaN as above. */
double hol_known_exact_free_energy(const hol_model *model, const float *theta, const uint8_t *bytes,
                                   const uint8_t *known, uint8_t *scratch);

#endif
