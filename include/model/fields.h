/* fields: what a checkpoint has of a model, and of vectors shaped as its parameters. */
#ifndef HOL_MODEL_FIELDS_H
#define HOL_MODEL_FIELDS_H

#include "model/model.h"
#include "state/fields.h"

/* FOLDER/NAME of each group of parameters; values is (parameters), or NULL. With HOL_FIELD_OPTIONAL the folder is there
 * as a whole or not at all. */
void hol_model_list_parameters(const hol_model_info *info, const char *folder, float *values,
                               hol_field_presence presence, hol_field_list *list);

/* /structure/NAME of what the model is made from. */
void hol_model_list_structures(const hol_model_info *info, hol_field_list *list);

#endif
