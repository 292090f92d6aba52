/* checkpoint: what a file consists of, its checksums, and the files of a directory. checkpoint_write.c,
 * checkpoint_read.c and checkpoint_find.c do the rest. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "checkpoint_stored.h"

/* ------------------------------------------------------------------ parts */

hol_field hol_checkpoint_config_field(char *config, int64_t config_bytes) {
    /* HDF5 knows no strings of length 0: "" is one NUL */
    hol_field field = hol_field_matrix("", "config", HOL_FIELD_TEXT, 1, config_bytes > 0 ? config_bytes : 1, config);
    field.dimensions = 0;
    field.owner = HOL_FIELD_FIRST;
    hol_field_describe(&field, NULL, NULL, "the resolved config, YAML");
    return field;
}

void hol_stored_clear(hol_stored_list *list) {
    hol_free(list->stored);
    hol_free(list->sums);
    hol_free(list->buffer);
    *list = (hol_stored_list){0};
}

static int64_t largest_read(const hol_stored_list *list) {
    int64_t most = 0;
    for (int i = 0; i < list->count; i++) {
        const hol_field *field = &list->stored[i].field;
        const int64_t bytes = hol_stored_rows_at_once(field) * hol_field_row_bytes(field);
        if (bytes > most) most = bytes;
    }
    return most;
}

hol_status hol_stored_create(char *config, int64_t config_bytes, const hol_field_list *fields, bool writing,
                             hol_stored_list *list) {
    hol_status status = HOL_OK;
    *list = (hol_stored_list){0};
    HOL_TRY(hol_field_list_check(fields));
    HOL_TRY(HOL_ALLOCATE(list->stored, fields->count + 1, "parts of a checkpoint"));
    HOL_TRY(HOL_ALLOCATE(list->sums, fields->count + 1, "parts of a checkpoint"));
    list->stored[list->count++] = (hol_stored){.field = hol_checkpoint_config_field(config, config_bytes), .place = -1};
    for (int64_t i = 0; i < fields->count; i++)
        if (!writing || hol_field_is_kept(&fields->fields[i]))
            list->stored[list->count++] = (hol_stored){.field = fields->fields[i], .place = -1};
cleanup:
    return status;
}

hol_status hol_stored_create_buffer(hol_memory *memory, hol_stored_list *list) {
    return HOL_MEMORY_ALLOCATE(memory, list->buffer, largest_read(list), "checkpoint buffer");
}

hid_t hol_stored_file_type(const hol_field *field) {
    switch (field->type) {
    case HOL_FIELD_F32: return H5T_IEEE_F32LE;
    case HOL_FIELD_F64: return H5T_IEEE_F64LE;
    case HOL_FIELD_I32: return H5T_STD_I32LE;
    case HOL_FIELD_U8: return H5T_STD_U8LE;
    case HOL_FIELD_TEXT: break;
    }
    return H5T_C_S1;
}

hid_t hol_stored_memory_type(const hol_field *field) {
    switch (field->type) {
    case HOL_FIELD_F32: return H5T_NATIVE_FLOAT;
    case HOL_FIELD_F64: return H5T_NATIVE_DOUBLE;
    case HOL_FIELD_I32: return H5T_NATIVE_INT32;
    case HOL_FIELD_U8: return H5T_NATIVE_UINT8;
    case HOL_FIELD_TEXT: break;
    }
    return H5T_C_S1;
}

int64_t hol_stored_rows_at_once(const hol_field *field) {
    const int64_t rows = HOL_PARTS_SLICE_BYTES / hol_field_row_bytes(field);
    return rows < 1 ? 1 : rows < field->rows ? rows : field->rows;
}

enum { HEADER_BYTES = 768, ROOT_BYTES = 8192 }; /* at most: per data set, and for the rest */

int64_t hol_stored_file_bytes(const hol_stored_list *list) {
    int64_t sum = ROOT_BYTES;
    for (int i = 0; i < list->count; i++) sum += HEADER_BYTES + hol_field_bytes(&list->stored[i].field);
    return sum;
}

void hol_stored_get_share(const hol_field *field, const hol_comm *comm, int64_t *ret_first, int64_t *ret_rows) {
    const int rank = hol_comm_rank(comm);
    *ret_first = 0;
    switch (field->owner) {
    case HOL_FIELD_EQUAL: hol_comm_share(field->rows, rank, hol_comm_size(comm), ret_first, ret_rows); return;
    case HOL_FIELD_FIRST: *ret_rows = rank == 0 ? field->rows : 0; return;
    case HOL_FIELD_OWN:
        *ret_first = field->own_first;
        *ret_rows = field->own_rows;
        return;
    }
}

/* ------------------------------------------------------------------ the attributes of the root */

typedef enum presence {
    ALWAYS,
    WHERE_SET, /* absent where all are 0 */
    LATER      /* likewise, and then not in the root's checksum either: older files have none */
} presence;

/* The numbers, in the checksum's order. */
typedef struct attribute {
    const char *name;
    size_t at; /* in hol_checkpoint_info */
    enum { I64, U64, F64 } type;
    int count;
    presence presence;
} attribute;

#define AT(name) #name, offsetof(hol_checkpoint_info, name)
static const attribute attributes[] = {
    {AT(visible), I64, 1, ALWAYS}, {AT(hidden), I64, 1, ALWAYS},       {AT(temperature), F64, 1, ALWAYS},
    {AT(step), I64, 1, ALWAYS},    {AT(seed), U64, 1, ALWAYS},         {AT(data_fingerprint), U64, 1, ALWAYS},
    {AT(chains), I64, 1, ALWAYS},  {AT(history_rows), I64, 1, ALWAYS}, {AT(item_shape), I64, 2, WHERE_SET},
    {AT(walks), I64, 1, LATER},    {AT(batch_size), I64, 1, LATER}};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static const void *value_of(const hol_checkpoint_info *info, const attribute *a) { return (const char *)info + a->at; }

static bool is_set(const hol_checkpoint_info *info, const attribute *a) {
    const int64_t *values = value_of(info, a);
    return values[0] != 0 || (a->count > 1 && values[1] != 0);
}

uint64_t hol_checkpoint_seal(const hol_checkpoint_info *info) {
    char text[512] = "";
    hol_words_append(text, sizeof text, "%s", info->model);
    for (const attribute *a = attributes; a < attributes + ATTRIBUTES; a++) {
        const int64_t *values = value_of(info, a);
        if (a->presence == LATER && !is_set(info, a)) continue;
        if (a->presence == LATER) hol_words_append(text, sizeof text, " %s", a->name);
        for (int i = 0; i < a->count; i++) {
            if (a->type == I64) hol_words_append(text, sizeof text, " %lld", (long long)values[i]);
            else if (a->type == U64) hol_words_append(text, sizeof text, " %llu", (unsigned long long)values[i]);
            else hol_words_append(text, sizeof text, " %a", *(const double *)value_of(info, a));
        }
    }
    return hol_rows_hash(text, 0, 1, (int64_t)strlen(text));
}

hol_status hol_checkpoint_write_attributes(hid_t root, const hol_checkpoint_info *info) {
    const uint64_t seal = hol_checkpoint_seal(info);
    hol_status status = hol_h5_write_string(root, "model", info->model);
    for (const attribute *a = attributes; a < attributes + ATTRIBUTES && status == HOL_OK; a++) {
        if (a->presence != ALWAYS && !is_set(info, a)) continue;
        const void *values = value_of(info, a);
        status = a->type == I64   ? hol_h5_write_i64(root, a->name, values, a->count)
                 : a->type == U64 ? hol_h5_write_u64(root, a->name, values, a->count)
                                  : hol_h5_write_f64(root, a->name, values, a->count);
    }
    return status == HOL_OK ? hol_h5_write_u64(root, "checksum", &seal, 1) : status;
}

hol_status hol_checkpoint_read_attributes(hid_t root, hol_checkpoint_info *info) {
    char *model = NULL;
    hol_status status = hol_h5_read_string(root, "model", &model);
    if (status == HOL_OK) (void)snprintf(info->model, sizeof info->model, "%s", model);
    hol_free(model);
    for (const attribute *a = attributes; a < attributes + ATTRIBUTES && status == HOL_OK; a++) {
        if (a->presence != ALWAYS && !hol_h5_has_attribute(root, a->name)) continue;
        void *values = (char *)info + a->at;
        status = a->type == I64   ? hol_h5_read_i64(root, a->name, values, a->count)
                 : a->type == U64 ? hol_h5_read_u64(root, a->name, values, a->count)
                                  : hol_h5_read_f64(root, a->name, values, a->count);
    }
    return status;
}

hol_status hol_checkpoint_check_attributes(const hol_checkpoint_info *info) {
    for (const attribute *a = attributes; a < attributes + ATTRIBUTES; a++)
        for (int i = 0; i < a->count && a->type == I64; i++) {
            const int64_t value = ((const int64_t *)value_of(info, a))[i];
            if (value < 0)
                return hol_error(HOL_BAD_INPUT, "%s: found %s %lld, expected none below 0", info->path, a->name,
                                 (long long)value);
        }
    return HOL_OK;
}

/* ------------------------------------------------------------------ the files of a directory */

hol_status hol_checkpoint_name(const char *directory, int64_t step, char *path) {
    char which[32] = "best";
    if (step != HOL_CHECKPOINT_BEST) (void)snprintf(which, sizeof which, "%09lld", (long long)step);
    const int length = snprintf(path, HOL_CHECKPOINT_PATH_MAX, "%s/checkpoint-%s.h5", directory, which);
    if (length < HOL_CHECKPOINT_PATH_MAX) return HOL_OK;
    return hol_error(HOL_FAILURE, "%.100s...: found a path of %d bytes, expected at most %d", directory, length,
                     HOL_CHECKPOINT_PATH_MAX - 1);
}

/* The step of "checkpoint-STEP.h5"; -1 for all other names. */
static int64_t step_of(const char *name) {
    static const char start[] = "checkpoint-";
    char again[64], *end = NULL;
    if (strncmp(name, start, sizeof start - 1) != 0) return -1;
    errno = 0;
    const long long step = strtoll(name + sizeof start - 1, &end, 10);
    if (errno != 0 || step < 0) return -1;
    (void)snprintf(again, sizeof again, "checkpoint-%09lld.h5", step);
    return strcmp(name, again) == 0 ? (int64_t)step : -1;
}

static int newer_first(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

hol_status hol_checkpoint_list(const char *directory, int64_t **ret_steps, int64_t *ret_count) {
    hol_status status = HOL_OK;
    int64_t *steps = NULL, count = 0, room = 0;
    *ret_steps = NULL;
    *ret_count = 0;
    DIR *open = opendir(directory);
    if (!open && errno == ENOENT) return HOL_OK;
    if (!open) return hol_error(HOL_FAILURE, "%s: %s", directory, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(open);
        if (!entry && errno != 0) HOL_TRY(hol_error(HOL_FAILURE, "%s: %s", directory, strerror(errno)));
        if (!entry) break;
        const int64_t step = step_of(entry->d_name);
        if (step < 0) continue;
        HOL_TRY(HOL_GROW(steps, count, count + 1, &room, "names of checkpoints"));
        steps[count++] = step;
    }
    if (count > 0) qsort(steps, (size_t)count, sizeof *steps, newer_first);
    *ret_steps = steps;
    *ret_count = count;
    steps = NULL;
cleanup:
    hol_free(steps);
    (void)closedir(open);
    return status;
}
