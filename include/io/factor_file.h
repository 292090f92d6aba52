/* factor_file: files of factor graphs, read into and written from state/factors.h. Not collective.
 *
 * .uai, the UAI format: MARKOV or BAYES in any case, the number of variables, their cardinalities, the number of
 * cliques, each with its variables; then each clique's table, its length first, the last variable fastest.
 *
 * .fg, libDAI's: the number of factors; then each factor's variables (any whole numbers), their cardinalities, the
 * number of entries that follow, and these as index and value, the first variable fastest; entries left out are 0.
 *
 * Skipped in both: what follows '#', '%' or "//" in a line, and lines whose first word is a single c. Files to be read
 * may be compressed (.uai.gz, .fg.gz) and begin with a byte-order mark (io/text_file.h).
 *
 * Potentials are not negative; 0 forbids. They become logarithms, so that one written as 4e-400 is what it says. In a
 * .fg file the variables are those that its factors have: the k-th smallest number is variable k. HOL_BAD_INPUT in one
 * line, "FILE:LINE:COLUMN: found ..., expected ...". */
#ifndef HOL_IO_FACTOR_FILE_H
#define HOL_IO_FACTOR_FILE_H

#include <stdbool.h>

#include "base/status.h"
#include "state/factors.h"

/* Whether the name ends in .uai or .fg, whatever the case, or in .gz after it. */
bool hol_factor_file_is_named(const char *path);

/* Reads a text (ending with a zero byte); `path` tells the format and stands in messages. The caller owns
 * *ret_factors. */
hol_status hol_factor_file_parse(const char *path, const char *text, hol_factors **ret_factors) HOL_MUST_USE;

/* Writes the format that the path's name tells: .uai or .fg, not compressed. Where a logarithm is a float's value, as
 * parameters are, the potential has the digits that give that float again, else 12; it may lie beyond a double's reach,
 * as 4e-400. The file appears whole or not at all (io/replace.h). A variable that no factor has gets one of ones in
 * .fg. HOL_USAGE for another name, HOL_FAILURE when it can't be written. */
hol_status hol_factor_file_write(const char *path, const hol_factors *factors) HOL_MUST_USE;

#endif
