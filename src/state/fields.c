/* fields: a growing list, and rows between memory and buffers. */
#include "state/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

hol_field hol_field_matrix(const char *folder, const char *name, hol_field_type type, int64_t rows, int64_t columns,
                           void *memory) {
    hol_field field = {.type = type, .dimensions = 2, .rows = rows, .columns = columns, .memory = memory};
    (void)snprintf(field.path, sizeof field.path, "%s/%s", folder, name);
    return field;
}

hol_field hol_field_vector(const char *folder, const char *name, hol_field_type type, int64_t rows, void *memory) {
    hol_field field = hol_field_matrix(folder, name, type, rows, 1, memory);
    field.dimensions = 1;
    return field;
}

void hol_field_set_presence(hol_field *field, hol_field_presence presence, const char *group) {
    field->presence = presence;
    (void)snprintf(field->group, sizeof field->group, "%s", group ? group : field->path);
}

void hol_field_describe(hol_field *field, const char *rows, const char *columns, const char *text) {
    field->axes[0] = rows;
    field->axes[1] = columns;
    field->text = text;
}

void hol_field_list_add(hol_field_list *list, const hol_field *field) {
    if (list->failed) return;
    list->failed =
        hol_error_drop(HOL_GROW(list->fields, list->count, list->count + 1, &list->capacity, "list of fields"));
    if (!list->failed) list->fields[list->count++] = *field;
}

hol_status hol_field_list_check(const hol_field_list *list) {
    return list->failed ? hol_error(HOL_FAILURE, "out of memory: list of fields") : HOL_OK;
}

void hol_field_list_clear(hol_field_list *list) {
    hol_free(list->fields);
    *list = (hol_field_list){0};
}

bool hol_field_is_kept(const hol_field *field) { return field->presence != HOL_FIELD_OPTIONAL || field->memory; }

int64_t hol_field_width(const hol_field *field) {
    switch (field->type) {
    case HOL_FIELD_F64: return 8;
    case HOL_FIELD_F32:
    case HOL_FIELD_I32: return 4;
    case HOL_FIELD_U8:
    case HOL_FIELD_TEXT: return 1;
    }
    return 1;
}

int64_t hol_field_row_bytes(const hol_field *field) { return field->columns * hol_field_width(field); }

int64_t hol_field_bytes(const hol_field *field) { return field->rows * hol_field_row_bytes(field); }

/* From a row to the next one in memory. */
static int64_t step_bytes(const hol_field *field) {
    return (field->stride ? field->stride : field->columns) * hol_field_width(field);
}

void hol_field_get_rows(const hol_field *field, int64_t first, int64_t rows, void *buffer) {
    const size_t bytes = (size_t)hol_field_row_bytes(field), step = (size_t)step_bytes(field);
    if (rows == 0) return;
    if (field->get) {
        field->get(field, first, rows, buffer);
        return;
    }
    const char *from = (const char *)field->memory + (size_t)first * step;
    if (step == bytes) memcpy(buffer, from, (size_t)rows * bytes);
    else
        for (int64_t r = 0; r < rows; r++) memcpy((char *)buffer + (size_t)r * bytes, from + (size_t)r * step, bytes);
}

void hol_field_set_rows(const hol_field *field, int64_t first, int64_t rows, const void *buffer) {
    const size_t bytes = (size_t)hol_field_row_bytes(field), step = (size_t)step_bytes(field);
    if (rows == 0) return;
    if (field->set) {
        field->set(field, first, rows, buffer);
        return;
    }
    char *to = (char *)field->memory + (size_t)first * step;
    if (step == bytes) memcpy(to, buffer, (size_t)rows * bytes);
    else
        for (int64_t r = 0; r < rows; r++)
            memcpy(to + (size_t)r * step, (const char *)buffer + (size_t)r * bytes, bytes);
}
