/* model: what is asked of any kind of model. */
#include "model/model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "common.h"
#include "num/elementary.h"

void hol_model_destroy(hol_model *model) {
    if (model) model->ops->destroy(model);
}

hol_status hol_model_prepare_training(hol_model *model, const float *theta) {
    const hol_model_ops *ops = model->ops;
    return ops->prepare_training ? ops->prepare_training(model, theta) : ops->prepare(model, theta);
}

int64_t hol_model_columns(const hol_model *model) {
    return model->info.columns.count > 0 ? model->info.columns.count : model->info.visible;
}

int64_t hol_model_variables(const hol_model *model) {
    const hol_columns *all = &model->info.variables;
    return all->count > 0 ? all->count : hol_model_columns(model) + model->info.hidden;
}

void hol_model_describe_size(int64_t variables, int64_t visible, int64_t hidden, char *text, size_t size) {
    if (variables > 0 && hidden > 0)
        (void)snprintf(text, size, "%lld variables of %lld units and %lld hidden units", (long long)variables,
                       (long long)visible, (long long)hidden);
    else if (variables > 0)
        (void)snprintf(text, size, "%lld variable%s", (long long)variables, variables == 1 ? "" : "s");
    else (void)snprintf(text, size, "%lld visible and %lld hidden units", (long long)visible, (long long)hidden);
}

int64_t hol_model_group_rows(const hol_model *model, int group) {
    const hol_parameter_group *g = &model->info.groups[group];
    return g->matrix ? g->rows : g->rows * g->columns;
}

hol_range hol_model_rows(const hol_model *model, int64_t rows) {
    return hol_team_share(model->team, rows, hol_row_tile_rows(rows));
}

hol_range hol_model_span(const hol_model *model, int group, hol_range rows) {
    const hol_parameter_group *g = &model->info.groups[group];
    const int64_t width = g->matrix ? g->columns : 1;
    return (hol_range){.first = g->offset + rows.first * width, .count = rows.count * width};
}

hol_range hol_model_group_share(const hol_model *model, int group) {
    return hol_model_span(model, group, hol_model_rows(model, hol_model_group_rows(model, group)));
}

int64_t hol_model_next_row(const hol_model *model, int64_t wish) {
    for (int g = 0; g < model->info.group_count; g++) {
        const hol_parameter_group *group = &model->info.groups[g];
        const int64_t inside = wish - group->offset;
        if (inside > 0 && inside < group->rows * group->columns)
            return group->offset + hol_round_up(inside, group->columns);
    }
    return wish;
}

void hol_model_set(hol_model_options *options, const char *name, double value) {
    static const struct {
        const char *name;
        unsigned part;
    } parts[] = {{"biases", HOL_MODEL_BIASES},
                 {"weights", HOL_MODEL_WEIGHTS},
                 {"visible_couplings", HOL_MODEL_VISIBLE_COUPLINGS},
                 {"hidden_couplings", HOL_MODEL_HIDDEN_COUPLINGS}};
    int s = 0;
    if (strcmp(name, "hidden") == 0) options->hidden = (int64_t)value;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        if (strcmp(name, parts[p].name) == 0 && !(value > 0)) options->without |= parts[p].part;
    while (options->settings[s].name && strcmp(options->settings[s].name, name) != 0) s++;
    assert(s + 1 < HOL_MODEL_SETTINGS_MAX);
    options->settings[s] = (hol_model_setting){name, value};
}

double hol_model_get(const hol_model_options *options, const char *name, double otherwise) {
    for (const hol_model_setting *s = options->settings; s->name; s++)
        if (strcmp(s->name, name) == 0) return s->value;
    return otherwise;
}

const hol_structure *hol_model_find_structure(const hol_model_options *options, const char *name) {
    for (int s = 0; s < options->structure_count; s++)
        if (strcmp(options->structures[s].name, name) == 0) return &options->structures[s];
    return NULL;
}

bool hol_structure_is_equal(const hol_structure *a, const hol_structure *b) {
    return a->rows == b->rows && a->columns == b->columns &&
           memcmp(a->values, b->values, (size_t)(a->rows * a->columns) * sizeof *a->values) == 0;
}

const hol_parameter_group *hol_model_find_group(const hol_model *model, const char *name) {
    for (int i = 0; i < model->info.group_count; i++)
        if (strcmp(model->info.groups[i].name, name) == 0) return &model->info.groups[i];
    return NULL;
}

float hol_model_bias_of_mean(double mean, double temperature) {
    const double kept = fmin(fmax(mean, 1e-3), 1 - 1e-3);
    return (float)(temperature * (hol_ln(kept) - hol_ln(1 - kept)));
}

hol_status hol_copy_floats(const float *from, int64_t count, const char *what, float **ret) {
    if (!from) return HOL_OK;
    const hol_status status = HOL_ALLOCATE(*ret, count, what);
    if (status == HOL_OK) memcpy(*ret, from, (size_t)count * sizeof **ret);
    return status;
}

void hol_model_list_parameters(const hol_model_info *info, const char *folder, const char *text, float *values,
                               hol_field_presence presence, hol_field_list *list) {
    for (int g = 0; g < info->group_count; g++) {
        const hol_parameter_group *group = &info->groups[g];
        float *memory = values ? values + group->offset : NULL;
        hol_field field =
            group->rows == 1
                ? hol_field_vector(folder, group->name, HOL_FIELD_F32, group->columns, memory)
                : hol_field_matrix(folder, group->name, HOL_FIELD_F32, group->rows, group->columns, memory);
        if (presence != HOL_FIELD_ALWAYS) hol_field_set_presence(&field, presence, folder);
        hol_field_describe(&field, group->axes[0], group->axes[1], text ? text : group->text);
        hol_field_list_add(list, &field);
    }
}

void hol_model_list_structures(const hol_model_info *info, hol_field_list *list) {
    for (int s = 0; s < info->structure_count; s++) {
        const hol_structure *structure = &info->structures[s];
        hol_field field = hol_field_matrix("/structure", structure->name, HOL_FIELD_I32, structure->rows,
                                           structure->columns, (void *)(uintptr_t)structure->values);
        field.fixed = true;
        hol_field_describe(&field, structure->axes[0], structure->axes[1], structure->text);
        hol_field_list_add(list, &field);
    }
}
