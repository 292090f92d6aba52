/* distance_file: a table of distances between sites.
 *
 *     # i j distance
 *     1 7 4.25
 *     1 8 6.5
 *
 * Numbers separated by blanks, commas or semicolons; '#' begins a comment, and a first line may be headings. The first
 * two columns are sites, whole numbers; the distance, in angstrom, stands in the column that is asked for, else in
 * that with the heading distance, dist or d, else in the fourth where there are as many, or the third. A distance that
 * is not above 0, or no number (NA, nan, -), is not known. Of pairs that stand there more than once the shortest
 * distance counts. The text may be compressed (io/text_file.h). Not collective. */
#ifndef HOL_IO_DISTANCE_FILE_H
#define HOL_IO_DISTANCE_FILE_H

#include <stdint.h>

#include "base/status.h"

typedef struct hol_distance {
    int32_t i, j; /* as they stand in the file */
    double value; /* NaN: not known */
} hol_distance;

typedef struct hol_distance_table {
    int64_t count;
    hol_distance *entries; /* owned: (count) */
    int64_t columns;       /* of each line */
    int64_t column;        /* that distances are taken from, from 1 */
} hol_distance_table;

/* From a text, which errors call `path`; column 0: as above. HOL_BAD_INPUT, "PATH:LINE:COLUMN: found ..., expected
 * ...", for a line of another number of columns than the first, or what is no site; HOL_USAGE for a column that is
 * not there, or is one of the sites'. The caller clears *ret, also after an error. */
hol_status hol_distance_table_read(const char *path, const char *text, int64_t column,
                                   hol_distance_table *ret) HOL_MUST_USE;
void hol_distance_table_clear(hol_distance_table *table);

#endif
