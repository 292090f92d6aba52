/* bands: a matrix's rows in at most 256 runs of equal length. What is summed over rows is summed band by band, and the
 * bands' sums in their order: a sum is then the same whichever thread or rank has which bands. */
#ifndef HOL_NUM_BANDS_H
#define HOL_NUM_BANDS_H

#include <stdint.h>

#include "base/alloc.h"

enum { HOL_BANDS_MAX = 256, HOL_BAND_GRAIN = 16 };

/* Rows of a band of a matrix of `rows` rows, a multiple of HOL_BAND_GRAIN; the last one may have fewer. */
static inline int64_t hol_band_rows(int64_t rows) {
    const int64_t least = (rows + HOL_BANDS_MAX - 1) / HOL_BANDS_MAX;
    return least <= HOL_BAND_GRAIN ? HOL_BAND_GRAIN : hol_round_up(least, HOL_BAND_GRAIN);
}

static inline int64_t hol_band_count(int64_t rows) { return (rows + hol_band_rows(rows) - 1) / hol_band_rows(rows); }

#endif
