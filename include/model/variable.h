/* variable: a column of a data set, or a hidden variable, as it lies in a model's units, of models with columns of
 * states and without alike. */
#ifndef HOL_MODEL_VARIABLE_H
#define HOL_MODEL_VARIABLE_H

#include "model/model.h"

/* Variable v of hol_model_variables: the data's columns, of hol_model_columns, then hidden ones. */
static inline hol_variable hol_variable_get(const hol_model *model, int64_t v) {
    const hol_model_info *info = &model->info;
    if (v < info->columns.count) return hol_columns_get(&info->columns, v);
    if (v < info->variables.count) return hol_columns_get(&info->variables, v);
    return (hol_variable){
        .first = info->columns.count > 0 ? v - info->columns.count + info->visible : v, .units = 1, .states = 2};
}

#endif
