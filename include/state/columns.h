/* columns: how the columns of a data set lie in a model's visible units.
 *
 * A unit is a bit. A column whose variable has c states, 0 to c - 1, takes either as many units as c - 1 has binary
 * digits, the digits of its state, the lowest first; or, a unit for each state (num/sites.h), c of them, of which the
 * state's is on. No variable of more than one state has as many digits as states, so that the number of its units tells
 * which. */
#ifndef HOL_STATE_COLUMNS_H
#define HOL_STATE_COLUMNS_H

#include <stdbool.h>
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

/* Whether column c has a unit for each state. */
static inline bool hol_columns_is_site(const hol_columns *columns, int64_t c) {
    return columns->cardinalities[c] > 1 &&
           columns->first_units[c + 1] - columns->first_units[c] == columns->cardinalities[c];
}

/* A column, or a unit that is one of its own. */
typedef struct hol_variable {
    int64_t first, units;
    int64_t states; /* 0 to states - 1 */
    bool is_site;   /* a unit for each state; else they are its state's binary digits */
} hol_variable;

static inline hol_variable hol_columns_get(const hol_columns *columns, int64_t c) {
    return (hol_variable){.first = columns->first_units[c],
                          .units = columns->first_units[c + 1] - columns->first_units[c],
                          .states = columns->cardinalities[c],
                          .is_site = hol_columns_is_site(columns, c)};
}

/* Whether its k-th unit is on in a state. */
static inline bool hol_variable_unit(const hol_variable *variable, int64_t state, int64_t k) {
    return variable->is_site ? state == k : state >> k & 1;
}

/* Its state in a row of visible units, bytes of 0 and 1; and the bytes of a state. */
static inline int64_t hol_variable_state(const hol_variable *variable, const uint8_t *units) {
    int64_t state = 0;
    for (int64_t k = 0; k < variable->units; k++)
        if (units[variable->first + k]) state |= variable->is_site ? k : (int64_t)1 << k;
    return state;
}
static inline void hol_variable_set(const hol_variable *variable, int64_t state, uint8_t *units) {
    for (int64_t k = 0; k < variable->units; k++) units[variable->first + k] = hol_variable_unit(variable, state, k);
}

/* Whether a row knows it, by the bytes of its units; a column of one state, which has none, is always known. */
static inline bool hol_variable_is_known(const hol_variable *variable, const uint8_t *known) {
    return variable->units == 0 || known[variable->first];
}

/* rows of states (rows, count), each below its cardinality, to units 0 and 1 (rows, units), and back. */
void hol_columns_to_units(const hol_columns *columns, int64_t rows, const uint8_t *states, uint8_t *units);
void hol_columns_from_units(const hol_columns *columns, int64_t rows, const uint8_t *units, uint8_t *states);

#endif
