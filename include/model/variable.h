/* variable: a column of a data set as it lies in a model's visible units, of models with columns of states and without
 * alike. */
#ifndef HOL_MODEL_VARIABLE_H
#define HOL_MODEL_VARIABLE_H

#include "model/model.h"

/* Column c, of hol_model_columns. */
static inline hol_variable hol_variable_get(const hol_model *model, int64_t c) {
    const hol_columns *columns = &model->info.columns;
    return columns->count > 0 ? hol_columns_get(columns, c) : (hol_variable){.first = c, .units = 1, .states = 2};
}

#endif
