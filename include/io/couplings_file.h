/* couplings_file: fields and couplings of sites of q states as text, as programs of direct coupling analysis read and
 * write them (adabmDCA; Muntoni et al. 2021). A line is
 *
 *     J i j a b value          the coupling of state a of site i and state b of site j
 *     h i a value              the field of state a of site i
 *
 * in any order; sites are from 0; states are letters, or all of them numbers from 0, as older versions have them. What
 * is not there is 0; a pair without a line, where others have some, is not coupled, as in texts of decimated models.
 * J j i b a is J i j a b. An entry may be given twice where both say the same. Blank lines and what
 * follows '#' are skipped. Files are plain or compressed by gzip, are read twice, and never in memory as a whole.
 *
 * E(x) = -sum_i h_i(x_i) - sum_(i < j) J_ij(x_i, x_j). HOL_BAD_INPUT: "FILE:LINE: found ..., expected ...". Not
 * collective. */
#ifndef HOL_IO_COUPLINGS_FILE_H
#define HOL_IO_COUPLINGS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "state/alphabet.h"

typedef struct hol_couplings_shape {
    int64_t sites, states, pairs; /* pairs: that are coupled */
    hol_alphabet alphabet;        /* count 0: states are numbers */
} hol_couplings_shape;

/* Whether the name ends in .txt or .dat, whatever the case, or in .gz after it. */
bool hol_couplings_file_is_named(const char *path);

/* How many sites and states a file has: by the largest numbers in it, and by the alphabet: `given`, or with count 0 the
 * one that its letters are of. And its pairs: all, with *ret_ends NULL, where each has a line or none has; else those
 * that have, (pairs, 2), i < j, in order. The caller frees *ret_ends. */
hol_status hol_couplings_file_survey(const char *path, const hol_alphabet *given, hol_couplings_shape *ret,
                                     int32_t **ret_ends) HOL_MUST_USE;

/* What is in it: fields (sites, states), couplings (pairs, states of i, states of j), all pairs in the order (0, 1),
 * (0, 2) ...; both 0 before. ret_absent: fields, and couplings of these pairs,
 * that are not there. */
hol_status hol_couplings_file_read(const char *path, const hol_couplings_shape *shape, const int32_t *ends,
                                   float *fields, float *couplings, int64_t ret_absent[2]) HOL_MUST_USE;

/* All of shape.pairs, whose sites ends has (pairs, 2), first the smaller; divided by the temperature. Nine digits give
 * a float again. The file appears whole or not at all (io/replace.h). */
typedef struct hol_couplings {
    hol_couplings_shape shape;
    const int32_t *ends;
    const float *fields, *couplings;
    double temperature;
} hol_couplings;
hol_status hol_couplings_file_write(const char *path, const hol_couplings *couplings) HOL_MUST_USE;

#endif
