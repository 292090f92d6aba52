/* data_states_of: columns and states of an import as another data set has them, whatever these files hold: so rows that
 * come later are read as those that a model was trained on. */
#include <string.h>

#include "base/alloc.h"
#include "data_parts.h"

/* The words of its labels, to look up; where they are numbers, or there are none, these files' own. */
static hol_status take_classes(hol_data_import *self, const char *file, const char *path) {
    hol_status status = HOL_OK;
    hol_dataset_labels labels = {0};
    char *own = NULL;
    if (!self->classes || !hol_dataset_has_labels(self->comm, file, path)) return HOL_OK;
    HOL_TRY(hol_format_text(&own, "name of labels", "/labels%s", path));
    HOL_TRY(hol_dataset_read_labels(self->comm, file, own, &labels));
    for (int64_t k = 0; k < labels.classes; k++) {
        const char *why = NULL;
        int32_t unused = 0;
        if (!hol_classes_take(self->classes, labels.names[k], (int64_t)strlen(labels.names[k]), &unused, &why))
            HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %s", own, why));
    }
    if (labels.classes > 0) hol_classes_close(self->classes);
cleanup:
    hol_free(labels.names);
    hol_free(own);
    return status;
}

hol_status hol_data_read_states_of(hol_data_import *self) {
    hol_status status = HOL_OK;
    hol_dataset_states *states = &self->given_states;
    char *file = NULL, *path = NULL;
    int64_t names = 0;
    if (!self->states_of) return HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(self->states_of, "train", &file, &path));
    if (!hol_dataset_is_ours(self->comm, file))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "--states-of: %s: found no data set of holode data import, expected one",
                          file));
    HOL_TRY(hol_dataset_read_states(self->comm, file, states));
    if (states->columns == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "--states-of: %s: found no columns of several states, expected some (holode data import "
                          "--states)",
                          file));
    HOL_TRY(hol_dataset_read_columns(self->comm, file, &self->given_names, &names));
    if (names > 0 && names != states->columns)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:/columns: found %lld names, expected %lld", file, (long long)names,
                          (long long)states->columns));
    HOL_TRY(take_classes(self, file, path));
cleanup:
    hol_free(file);
    hol_free(path);
    return status;
}

hol_status hol_data_take_words_of(hol_data_import *self) {
    const hol_dataset_states *states = &self->given_states;
    if (states->first_names[states->columns] == 0) return HOL_OK;
    return hol_column_words_of(states, false, &self->words);
}

hol_status hol_data_check_columns_of(const hol_data_import *self, const hol_array_file *file) {
    const int64_t columns = hol_array_file_get_columns(file);
    if (!self->states_of || columns == self->given_states.columns) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld as in %s", hol_array_file_get_path(file),
                     (long long)columns, (long long)self->given_states.columns, self->states_of);
}
