/* variable: a column of a data set as it lies in a model's visible units, of models with columns of states and without
 * alike. */
#ifndef HOL_MODEL_VARIABLE_H
#define HOL_MODEL_VARIABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"

typedef struct hol_variable {
    int64_t first, units;
    int64_t states; /* 0 to states - 1; 2 of a unit that is a column of its own */
    bool is_site;   /* a unit for each state; else they are its state's binary digits */
} hol_variable;

/* Column c, of hol_model_columns. */
static inline hol_variable hol_variable_get(const hol_model *model, int64_t c) {
    const hol_columns *columns = &model->info.columns;
    if (columns->count == 0) return (hol_variable){.first = c, .units = 1, .states = 2};
    return (hol_variable){.first = columns->first_units[c],
                          .units = columns->first_units[c + 1] - columns->first_units[c],
                          .states = columns->cardinalities[c],
                          .is_site = hol_columns_is_site(columns, c)};
}

/* Whether its k-th unit is on in a state. */
static inline bool hol_variable_unit(const hol_variable *variable, int64_t state, int64_t k) {
    return variable->is_site ? state == k : state >> k & 1;
}

/* Its state in a row of visible units, bytes of 0 and 1. */
static inline int64_t hol_variable_state(const hol_variable *variable, const uint8_t *units) {
    int64_t state = 0;
    for (int64_t k = 0; k < variable->units; k++)
        if (units[variable->first + k]) state |= variable->is_site ? k : INT64_C(1) << k;
    return state;
}

/* Whether a row knows it, by the bytes of its units; a column of one state, which has none, is always known. */
static inline bool hol_variable_is_known(const hol_variable *variable, const uint8_t *known) {
    return variable->units == 0 || known[variable->first];
}

#endif
