/* fields: of groups of parameters, and of what a model is made from. */
#include "model/fields.h"

void hol_model_list_parameters(const hol_model_info *info, const char *folder, float *values,
                               hol_field_presence presence, hol_field_list *list) {
    for (int g = 0; g < info->group_count; g++) {
        const hol_parameter_group *group = &info->groups[g];
        float *memory = values ? values + group->offset : NULL;
        hol_field field =
            group->rows == 1
                ? hol_field_vector(folder, group->name, HOL_FIELD_F32, group->columns, memory)
                : hol_field_matrix(folder, group->name, HOL_FIELD_F32, group->rows, group->columns, memory);
        if (presence != HOL_FIELD_ALWAYS) hol_field_set_presence(&field, presence, folder);
        hol_field_list_add(list, &field);
    }
}

void hol_model_list_structures(const hol_model_info *info, hol_field_list *list) {
    for (int s = 0; s < info->structure_count; s++) {
        const hol_structure *structure = &info->structures[s];
        hol_field field = hol_field_matrix("/structure", structure->name, HOL_FIELD_I32, structure->rows,
                                           structure->columns, (void *)(uintptr_t)structure->values);
        field.fixed = true;
        hol_field_list_add(list, &field);
    }
}
