/* alignment_parts: the records of an alignment's text.
 *
 *   alignment_text.c   lines; records of FASTA and of Stockholm
 *   alignment.c        letters to states, and which rows and columns are kept */
#ifndef HOL_IO_ALIGNMENT_PARTS_H
#define HOL_IO_ALIGNMENT_PARTS_H

#include <stdint.h>

#include "io/alignment.h"

typedef struct hol_records hol_records; /* opaque */

typedef struct hol_record {
    const char *name; /* borrowed, as text, until the next one is read; NULL at the end */
    int64_t line;     /* where it begins, from 1 */
    const char *text; /* printable characters of ASCII, no blanks */
    int64_t length;   /* at least 1 */
} hol_record;

/* At the first record. A Stockholm file is read whole, as its rows come in blocks. The caller owns *ret. */
hol_status hol_records_open(const char *path, hol_records **ret) HOL_MUST_USE;
void hol_records_close(hol_records *records);

hol_status hol_records_next(hol_records *records, hol_record *ret) HOL_MUST_USE;
/* Reads what is left of the file, for damage that gzip knows of at its end alone; after an error of the text, say. */
hol_status hol_records_check(hol_records *records) HOL_MUST_USE;
hol_status hol_records_rewind(hol_records *records) HOL_MUST_USE;

#endif
