/* help_fields: the manual's list of a checkpoint's data sets, from the lists of their owners.
 *
 * Which there are depends on the model, so a small one of each kind is made and its fields are listed: with all that
 * runs may keep, and with as little as they can. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/help.h"
#include "train/state.h"

enum { ENTRIES_MAX = 128 };

typedef struct entry {
    hol_field field;
    unsigned kinds, bare; /* bits: the kinds that have it, and with as little as they can */
} entry;

typedef struct entries {
    int count;
    int last; /* where the former field of a model stands */
    entry list[ENTRIES_MAX];
} entries;

static size_t folder_length(const char *path) { return (size_t)(strrchr(path, '/') - path); }

static bool are_in_one_folder(const char *a, const char *b) {
    return folder_length(a) == folder_length(b) && memcmp(a, b, folder_length(a)) == 0;
}

static entry *find(entries *self, const char *path) {
    for (int e = 0; e < self->count; e++)
        if (strcmp(self->list[e].field.path, path) == 0) return &self->list[e];
    return NULL;
}

/* /average/weights is one of /average/NAME: what is named as a parameter is shaped as it */
static void fold(entries *self, hol_field *field) {
    char path[HOL_FIELD_PATH_MAX + 16];
    const size_t folder = folder_length(field->path);
    (void)snprintf(path, sizeof path, "/parameters%s", field->path + folder);
    if (strcmp(path, field->path) == 0 || !find(self, path)) return;
    (void)snprintf(field->path + folder, sizeof field->path - folder, "/NAME");
    field->dimensions = 1;
    hol_field_describe(field, "as /parameters/NAME", NULL, field->text);
}

/* behind those of its folder, or else behind the former field */
static hol_status insert(entries *self, const hol_field *field, entry **ret) {
    int at = self->count > 0 ? self->last + 1 : 0;
    if (self->count == ENTRIES_MAX) return hol_error(HOL_FAILURE, "the manual: more than %d data sets", ENTRIES_MAX);
    if (!field->text)
        return hol_error(HOL_FAILURE, "the manual: %s has no text (hol_field_describe gives it one)", field->path);
    for (int e = 0; e < self->count; e++)
        if (are_in_one_folder(self->list[e].field.path, field->path)) at = e + 1;
    memmove(&self->list[at + 1], &self->list[at], (size_t)(self->count++ - at) * sizeof *self->list);
    self->list[at] = (entry){.field = *field};
    *ret = &self->list[at];
    return HOL_OK;
}

static hol_status add(entries *self, hol_field field, unsigned kind, bool bare) {
    fold(self, &field);
    entry *found = find(self, field.path);
    const hol_status status = found ? HOL_OK : insert(self, &field, &found);
    if (status != HOL_OK) return status;
    self->last = (int)(found - self->list);
    found->kinds |= kind;
    if (bare) found->bare |= kind;
    return HOL_OK;
}

static hol_status add_all(entries *self, const hol_model *model, unsigned kind, bool bare) {
    hol_status status = HOL_OK;
    hol_field_list list = {0};
    const hol_checkpoint_info info = {.chains = !bare, .walks = !bare, .batch_size = !bare};
    const hol_field config = hol_checkpoint_config_field(NULL, 0);
    hol_field_list_add(&list, &config);
    hol_state_list(model, &info, !bare, &list);
    HOL_TRY(hol_field_list_check(&list));
    for (int64_t f = 0; f < list.count; f++) HOL_TRY(add(self, list.fields[f], kind, bare));
cleanup:
    hol_field_list_clear(&list);
    return status;
}

static hol_status add_kind(entries *self, const char *name, unsigned kind) {
    hol_status status = HOL_OK;
    hol_model *model = NULL;
    HOL_TRY(hol_model_create(hol_model_find(name)->example, &model));
    HOL_TRY(add_all(self, model, kind, false));
    HOL_TRY(add_all(self, model, kind, true));
cleanup:
    hol_model_destroy(model);
    return status;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static const char *const types[] = {[HOL_FIELD_F32] = "float32",
                                    [HOL_FIELD_F64] = "float64",
                                    [HOL_FIELD_I32] = "int32",
                                    [HOL_FIELD_U8] = "uint8",
                                    [HOL_FIELD_TEXT] = "string"};
static const char *const owners[] = {
    [HOL_FIELD_EQUAL] = "equal on all ranks", [HOL_FIELD_FIRST] = "rank 0's", [HOL_FIELD_OWN] = "rows of each rank"};

/* "int32 (edges, 2)"; a text has no shape */
static void write_shape(const hol_field *field, char *text, size_t size) {
    const int64_t lengths[2] = {field->rows, field->columns};
    size_t used = (size_t)snprintf(text, size, "%s", types[field->type]);
    for (int d = 0; d < field->dimensions; d++) {
        char number[24];
        (void)snprintf(number, sizeof number, "%" PRId64, lengths[d]);
        used += (size_t)snprintf(text + used, size - used, "%s%s", d ? ", " : " (",
                                 field->axes[d] ? field->axes[d] : number);
    }
    if (field->dimensions > 0) (void)snprintf(text + used, size - used, ")");
}

/* "; boltzmann, rbm"; nothing where all have it */
static void write_kinds(unsigned kinds, char *text, size_t size) {
    size_t used = 0;
    bool all = true;
    text[0] = '\0';
    for (int k = 0; hol_model_kinds[k]; k++) {
        if (kinds & 1u << k)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "; ", hol_model_kinds[k]);
        else all = false;
    }
    if (all) text[0] = '\0';
}

static void print_entry(hol_result *to, const entry *self) {
    const hol_field *field = &self->field;
    const bool optional = field->presence == HOL_FIELD_OPTIONAL || self->bare != self->kinds;
    const char *presence = field->presence == HOL_FIELD_LATER ? "later" : optional ? "optional" : "always";
    char line[512], shape[128], kinds[128];
    write_shape(field, shape, sizeof shape);
    write_kinds(self->kinds, kinds, sizeof kinds);
    (void)snprintf(line, sizeof line, "%s; %s; %s%s%s", shape, owners[field->owner], presence,
                   field->fixed ? "; fixed" : "", kinds);
    hol_result_print(to, "  %s\n", field->path);
    hol_result_fill(to, line, 6);
    hol_result_fill(to, field->text, 6);
}

hol_status hol_help_fields(hol_result *result) {
    hol_status status = HOL_OK;
    entries *all = NULL;
    HOL_TRY(HOL_ALLOCATE(all, 1, "list of fields"));
    for (int k = 0; hol_model_kinds[k]; k++) HOL_TRY(add_kind(all, hol_model_kinds[k], 1u << k));
    for (int e = 0; e < all->count; e++) print_entry(result, &all->list[e]);
cleanup:
    hol_free(all);
    return status;
}
