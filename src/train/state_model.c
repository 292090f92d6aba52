/* state_model: the model of a checkpoint: that which it says it is of, and whether another one is the same. */
#include <string.h>

#include "base/alloc.h"
#include "state_model.h"

/* ------------------------------------------------------------------ the same model */

static hol_status refuse(const hol_checkpoint_info *info, const char *name, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s: /structure/%s: found %s, expected %s", info->path, name, found, expected);
}

static const hol_structure *find(const hol_checkpoint_info *info, const char *name) {
    for (int s = 0; s < info->structure_count; s++)
        if (strcmp(info->structures[s].name, name) == 0) return &info->structures[s];
    return NULL;
}

static hol_status compare_structures(const hol_checkpoint_info *info, const hol_model *model) {
    for (int s = 0; s < model->info.structure_count; s++) {
        const hol_structure *expected = &model->info.structures[s], *found = find(info, expected->name);
        if (!found) return refuse(info, expected->name, "none", "a data set");
        if (!hol_structure_is_equal(found, expected))
            return refuse(info, expected->name, "another structure", "that of the model");
    }
    if (info->structure_count != model->info.structure_count)
        return hol_error(HOL_BAD_INPUT, "%s: /structure: found %d data sets, expected the model's %d", info->path,
                         info->structure_count, model->info.structure_count);
    return HOL_OK;
}

hol_status hol_state_check_model(const hol_checkpoint_info *info, const hol_model *model) {
    if (strcmp(model->ops->kind, info->model) != 0 || model->info.visible != info->visible ||
        model->info.hidden != info->hidden)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found model %s with %lld visible and %lld hidden units, expected %s with %lld and %lld",
                         info->path, info->model, (long long)info->visible, (long long)info->hidden, model->ops->kind,
                         (long long)model->info.visible, (long long)model->info.hidden);
    return compare_structures(info, model);
}

hol_status hol_state_check_parameters(const hol_checkpoint_info *info, const hol_model *model) {
    if (HOL_PRODUCT(model->info.parameters, (int64_t)sizeof(float)) <= info->bytes_most) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found a model of %lld parameters, expected fewer in a file of its size",
                     info->path, (long long)model->info.parameters);
}

/* ------------------------------------------------------------------ the file's model */

/* The parts of the energy that the file has no parameters of. Their loss would be seen: the trailer guards the
 * structure. */
static unsigned find_absent(const hol_checkpoint_file *file) {
    static const struct {
        const char *path;
        unsigned part;
    } parts[] = {{"/parameters/visible_bias", HOL_MODEL_BIASES},
                 {"/parameters/weights", HOL_MODEL_WEIGHTS},
                 {"/parameters/visible_couplings", HOL_MODEL_VISIBLE_COUPLINGS},
                 {"/parameters/hidden_couplings", HOL_MODEL_HIDDEN_COUPLINGS}};
    unsigned absent = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!hol_checkpoint_has(file, parts[i].path)) absent |= parts[i].part;
    if (hol_checkpoint_has(file, "/parameters/field")) absent &= ~(unsigned)HOL_MODEL_BIASES; /* of spins */
    return absent;
}

hol_status hol_state_create_model(const hol_checkpoint_file *file, hol_model **ret_model) {
    const hol_checkpoint_info *info = hol_checkpoint_get_info(file);
    hol_model_options options = {.kind = info->model,
                                 .visible = info->visible,
                                 .hidden = info->hidden,
                                 .temperature = info->temperature,
                                 .without = find_absent(file),
                                 .structure_count = info->structure_count};
    memcpy(options.structures, info->structures, sizeof options.structures);
    hol_status status = hol_model_create(&options, ret_model);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_BAD_INPUT, "%s: %s", info->path, hol_error_message(status));
    return status;
}
