/* columns: how the columns of a data set lie in a model's visible units.
 *
 * A unit is a bit. A column whose variable has c states takes as many units as c - 1 has binary digits: the digits of
 * its state 0 .. c - 1, the lowest first. */
#ifndef HOL_STATE_COLUMNS_H
#define HOL_STATE_COLUMNS_H

#include <stdint.h>

enum { HOL_STATES_MAX = 256 }; /* of a variable: a state is a byte in memory and in files */

typedef struct hol_columns {
    int64_t count;                /* 0: every visible unit is a column of its own */
    const int32_t *cardinalities; /* (count) borrowed: states of each */
    const int64_t
        *first_units; /* (count + 1) borrowed: where each column's units begin; the last: how many there are */
} hol_columns;

/* Binary digits that hold 0 .. cardinality - 1. */
static inline int64_t hol_columns_digits(int32_t cardinality) {
    int64_t digits = 0;
    while ((int32_t)1 << digits < cardinality) digits++;
    return digits;
}

/* rows of states (rows, count), each below its cardinality, to units 0 and 1 (rows, units), and back. */
void hol_columns_to_units(const hol_columns *columns, int64_t rows, const uint8_t *states, uint8_t *units);
void hol_columns_from_units(const hol_columns *columns, int64_t rows, const uint8_t *units, uint8_t *states);

#endif
