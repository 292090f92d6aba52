/* text_output: a text file as it is written, plain or compressed by gzip (a name that ends in .gz), which appears whole
 * or not at all (io/replace.h). Not collective. */
#ifndef HOL_IO_TEXT_OUTPUT_H
#define HOL_IO_TEXT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hol_text_output hol_text_output; /* opaque */

/* path is borrowed until the end. HOL_FAILURE as hol_replace_begin. The caller ends *ret. */
hol_status hol_text_output_begin(const char *path, hol_text_output **ret) HOL_MUST_USE;

/* What fails is told at the end. A printed piece has fewer than 512 bytes. */
void hol_text_output_print(hol_text_output *output, const char *format, ...) HOL_FORMAT(2, 3);
void hol_text_output_write(hol_text_output *output, const char *bytes, int64_t count);

/* Whether all was written so far. */
bool hol_text_output_is_good(const hol_text_output *output);

/* The file is there, or HOL_FAILURE and what was there before. Gives output back; NULL is fine. */
hol_status hol_text_output_end(hol_text_output *output) HOL_MUST_USE;

#endif
