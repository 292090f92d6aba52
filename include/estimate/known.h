/* known: what rows that lack values are worth: the missing ones are summed out.
 *
 *     F(known values) = -ln sum over the missing values' states of exp(-F(v))
 *
 * From tables one completion after the other, for rows that have few enough of them. Exactly by what costs least: so;
 * or as ln Z of the model's tables given the known values (hol_model_ops.factors), by a cutset of the missing values
 * and hidden units (estimate/cutset.h: of a restricted machine it is the smaller side) or by elimination. */
#ifndef HOL_ESTIMATE_KNOWN_H
#define HOL_ESTIMATE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "model/model.h"

/* The completions that a set of rows may have in all, over all ranks, and a row alone, where they are all gone
 * through. */
#define HOL_KNOWN_COMPLETIONS 4e6
#define HOL_KNOWN_COMPLETIONS_OF_ROW 0x1p20

/* The terms that an exact sum of a row may have: some 10 s. */
#define HOL_KNOWN_WORK_OF_ROW 0x1p32

/* How many states the missing values of a row can be in: known is (visible) of 0 and 1, a variable's units alike. */
double hol_known_count(const hol_model *model, const uint8_t *known);

/* Makes a row's missing values, in place, those of completion `number` of so many. */
void hol_known_complete(const hol_model *model, const uint8_t *known, int64_t number, uint8_t *bytes);

/* Draws them independently of each other, copy `copy` of row `row`: units by their means (visible; NULL:
 * fair), variables from all their states alike. */
void hol_known_draw(const hol_model *model, const uint8_t *known, const double *means, hol_rng_key key, int64_t row,
                    int64_t copy, uint8_t *bytes);

/* Whether the rows that a population holds, those of weight 0 left out, have few enough completions for
 * hol_known_free_energy; true where it has no mask. Collective. */
hol_status hol_known_is_countable(hol_comm *comm, const hol_model *model, const hol_population *population,
                                  bool *ret) HOL_MUST_USE;

/* hol_model_ops.free_energy of what each lane holds of its visible units, from the prepared tables; without a mask of
 * the states as they stand. values is (blocks * 64): +infinity of a row without a possible completion, NaN of
 * one that has too many, or the weight 0. Not collective. */
hol_status hol_known_free_energy(const hol_model *model, hol_population *population, double *values) HOL_MUST_USE;

/* Exact sums of rows of a model at theta, by threads of their own each. */
typedef struct hol_known hol_known; /* opaque */

/* model and theta are borrowed and must outlive *ret, which the caller owns. Not collective. */
hol_status hol_known_create(const hol_model *model, const float *theta, hol_known **ret) HOL_MUST_USE;
/* NULL is fine. */
void hol_known_destroy(hol_known *known);

/* What the sum of a row costs, in terms: about a parameter each for a row that lacks nothing; +infinity where there is
 * no way. bytes and mask are (visible). */
hol_status hol_known_find_work(const hol_known *known, const uint8_t *bytes, const uint8_t *mask,
                               double *ret) HOL_MUST_USE;

/* hol_model_ops.exact_free_energy of what is known of the row, in double; +infinity where no completion is possible;
 * NaN where it costs more than `most`. */
hol_status hol_known_sum(const hol_known *known, const uint8_t *bytes, const uint8_t *mask, double most,
                         double *ret) HOL_MUST_USE;

#endif
