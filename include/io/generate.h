/* generate: built-in data sets whose distributions are known exactly. Nothing here is collective. */
#ifndef HOL_IO_GENERATE_H
#define HOL_IO_GENERATE_H

#include <stdint.h>

#include "base/status.h"

enum { HOL_BARS_SIZE_LEAST = 2, HOL_BARS_SIZE_MOST = 16 };

/* Bars and stripes (MacKay 2003, section 43): images of size x size pixels in which either each row or each column is
 * all 0 or all 1. There are 2^(size+1) - 2 distinct ones, in this order:
 *   m = 0 ... 2^size - 1     row y is on when bit y of m is set; the first image is empty, the last is full
 *   m = 1 ... 2^size - 2     column x is on when bit x of m is set
 * Uniform over them, the best mean log-likelihood that a model can have is -ln(2^(size+1) - 2).
 * *ret_states is (*ret_rows, size * size) bytes 0 and 1, the caller's to hol_free. HOL_USAGE when size is not 2 to
 * 16. */
hol_status hol_generate_bars_and_stripes(int64_t size, uint8_t **ret_states, int64_t *ret_rows) HOL_MUST_USE;

#endif
