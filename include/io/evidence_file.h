/* evidence_file: observed variables, as in the evidence files (.evid) of the UAI competitions. Not collective.
 *
 *     2  1 0  3 1          two variables are observed: 1 is in state 0, 3 in state 1
 *
 * or, the older form, the number of samples first and then such a list for each. Where the numbers can be read both
 * ways, the older form is one whose lists each have a line. Comments, compression and byte-order marks as in
 * io/factor_file.h. */
#ifndef HOL_IO_EVIDENCE_FILE_H
#define HOL_IO_EVIDENCE_FILE_H

#include <stdint.h>

#include "base/status.h"

/* Reads the evidence over `variables` variables, numbered from 0: *ret_values is (*ret_rows, variables), a row for each
 * sample, NaN where a variable is not observed, and the caller's to hol_free. States are as the file has them, from 0.
 * HOL_BAD_INPUT with "FILE:LINE:COLUMN: found ..., expected ...". */
hol_status hol_evidence_file_read(const char *path, int64_t variables, int64_t *ret_rows,
                                  float **ret_values) HOL_MUST_USE;

#endif
