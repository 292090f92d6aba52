/* dataset_notes: lists of strings, and one number a row; dataset_writer.c writes them. */
#include "io/dataset_notes.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/h5.h"
#include "origin.h"

enum { NAME_MOST = HOL_DATASET_NAME_MOST, ROWS_PIECE = 1 << 20 };

bool hol_dataset_is_ours(hol_comm *comm, const char *file) {
    hid_t handle = -1;
    const bool is =
        !hol_error_drop(hol_h5_open(comm, file, false, &handle)) && hol_h5_has_format(handle, "holode data set");
    hol_h5_close(&handle);
    return is;
}

/* What stands in the root beside splits: a set, or a group of them. */
static const struct {
    const char *name, *holds;
    bool is_set;
} notes[] = {{"columns", "columns' names", true}, {"labels", "rows' labels", false},
             {"weights", "rows' weights", false}, {"missing", "places of missing values", false},
             {"names", "rows' names", false},     {"alphabet", "letters of states", true},
             {"states", "names of states", false}};

enum { NOTES = sizeof notes / sizeof *notes };

const char *hol_dataset_get_note(int i) { return i < NOTES ? notes[i].name : NULL; }

const char *hol_dataset_note_of(const char *name) {
    for (int i = 0; i < NOTES; i++)
        if (strcmp(name, notes[i].name) == 0) return notes[i].holds;
    return NULL;
}

bool hol_dataset_is_note(const char *path) {
    for (int i = 0; i < NOTES; i++) {
        const size_t length = strlen(notes[i].name);
        if (strncmp(path + 1, notes[i].name, length) == 0 && path[1 + length] == (notes[i].is_set ? '\0' : '/'))
            return true;
    }
    return false;
}

hol_status hol_dataset_read_made_of(hol_comm *comm, const char *file, bool *ret_has, uint64_t made_of[2]) {
    hid_t handle = -1;
    hol_status status = hol_h5_open(comm, file, false, &handle);
    *ret_has =
        status == HOL_OK && hol_h5_has_format(handle, "holode data set") && hol_h5_has_attribute(handle, "made_of");
    if (*ret_has) status = hol_h5_read_u64(handle, "made_of", made_of, 2);
    hol_h5_close(&handle);
    return status;
}

/* Names from (count, size) bytes: pointers and names in one block. */
static hol_status unpack(int64_t count, int64_t size, const char *bytes, char ***ret_names) {
    const int64_t table = count * (int64_t)sizeof **ret_names, each = size + 1;
    char *block = NULL;
    const hol_status status = HOL_ALLOCATE(block, table + HOL_PRODUCT(count, each), "names");
    if (status != HOL_OK) return status;
    *ret_names = (char **)(void *)block;
    for (int64_t i = 0; i < count; i++) {
        (*ret_names)[i] = block + table + i * each;
        memcpy((*ret_names)[i], bytes + i * size, (size_t)size);
    }
    return HOL_OK;
}

/* Opens a list, all of whose values are there. The caller closes *ret_set, also after an error. */
static hol_status open_list(hol_comm *comm, hid_t handle, const char *file, const char *path, hid_t *ret_set,
                            hol_h5_shape *ret_shape) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_origin_open_set(comm, handle, file, path, ret_set));
    HOL_TRY(hol_h5_get_shape(*ret_set, file, ret_shape));
    if (ret_shape->dimensions != 1 || ret_shape->values < 1)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found no list, expected one dimension", file, path);
    HOL_TRY(hol_origin_check_size(*ret_set, file, path));
cleanup:
    return status;
}

hol_status hol_dataset_read_texts(hol_comm *comm, const char *file, const char *path, char ***ret_texts,
                                  int64_t *ret_count) {
    hid_t handle = -1, set = -1, type = -1;
    char *bytes = NULL;
    hol_h5_shape shape;
    hol_status status = HOL_OK;
    *ret_texts = NULL;
    *ret_count = 0;
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(open_list(comm, handle, file, path, &set, &shape));
    if (shape.type != H5T_STRING || shape.width > NAME_MOST || shape.values > HOL_COLUMNS_MAX)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found no names, expected strings of at most %d bytes", file, path,
                          NAME_MOST));
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(shape.values, shape.width), "names"));
    HOL_TRY(hol_h5_create_text_type(file, shape.width, &type));
    HOL_TRY(hol_h5_read_rows(set, file, type, 0, shape.values, bytes));
    HOL_TRY(unpack(shape.values, shape.width, bytes, ret_texts));
    *ret_count = shape.values;
cleanup:
    hol_h5_close(&type);
    hol_h5_close(&set);
    hol_h5_close(&handle);
    hol_free(bytes);
    return status;
}

hol_status hol_dataset_read_columns(hol_comm *comm, const char *file, char ***ret_names, int64_t *ret_count) {
    hid_t handle = -1;
    *ret_names = NULL;
    *ret_count = 0;
    const hol_status status = hol_h5_open(comm, file, false, &handle);
    const bool has =
        status == HOL_OK && hol_h5_has_format(handle, "holode data set") && hol_h5_exists(handle, "columns");
    hol_h5_close(&handle);
    return has ? hol_dataset_read_texts(comm, file, "/columns", ret_names, ret_count) : status;
}

hol_status hol_dataset_read_names(hol_comm *comm, const char *file, const char *split, int64_t rows,
                                  char ***ret_names) {
    hol_status status = HOL_OK;
    char *path = NULL;
    int64_t count = 0;
    *ret_names = NULL;
    if (!hol_dataset_has_names(comm, file, split)) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of names", "/names%s", split));
    HOL_TRY(hol_dataset_read_texts(comm, file, path, ret_names, &count));
    if (count != rows)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found %lld names, expected %lld, one a row", file, path,
                          (long long)count, (long long)rows));
cleanup:
    hol_free(path);
    if (status != HOL_OK) {
        hol_free(*ret_names);
        *ret_names = NULL;
    }
    return status;
}

hol_status hol_dataset_read_integers(hol_comm *comm, const char *file, const char *path, int64_t *ret_count,
                                     int32_t **ret_values) {
    hid_t handle = -1, set = -1;
    hol_h5_shape shape;
    hol_status status = HOL_OK;
    *ret_values = NULL;
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(open_list(comm, handle, file, path, &set, &shape));
    if (shape.type != H5T_INTEGER)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found no integers, expected a list of them", file, path));
    HOL_TRY(HOL_ALLOCATE(*ret_values, shape.values, "integers"));
    HOL_TRY(hol_h5_read_rows(set, file, H5T_NATIVE_INT32, 0, shape.values, *ret_values));
    *ret_count = shape.values;
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&handle);
    return status;
}

static hol_status read_class_names(hid_t set, hol_dataset_labels *ret) {
    char *bytes = NULL;
    int64_t size = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_read_texts(set, "names", &ret->classes, &size, &bytes));
    HOL_TRY(unpack(ret->classes, size, bytes, &ret->names));
cleanup:
    hol_free(bytes);
    return status;
}

/* The extremes, buffer by buffer. */
static hol_status survey_labels(hid_t set, const char *file, hol_dataset_labels *ret) {
    int32_t *labels = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(labels, ROWS_PIECE, "labels"));
    ret->least = INT32_MAX;
    ret->most = INT32_MIN;
    for (int64_t first = 0; first < ret->rows; first += ROWS_PIECE) {
        const int64_t count = ret->rows - first < ROWS_PIECE ? ret->rows - first : ROWS_PIECE;
        HOL_TRY(hol_h5_read_rows(set, file, H5T_NATIVE_INT32, first, count, labels));
        for (int64_t i = 0; i < count; i++) {
            ret->missing += labels[i] == HOL_LABEL_MISSING;
            if (labels[i] > ret->most) ret->most = labels[i];
            if (labels[i] != HOL_LABEL_MISSING && labels[i] < ret->least) ret->least = labels[i];
        }
    }
    if (ret->missing == ret->rows) ret->least = ret->most = 0;
cleanup:
    hol_free(labels);
    return status;
}

hol_status hol_dataset_read_labels(hol_comm *comm, const char *file, const char *path, hol_dataset_labels *ret) {
    hid_t handle = -1, set = -1;
    hol_h5_shape shape;
    hol_status status = HOL_OK;
    *ret = (hol_dataset_labels){0};
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(open_list(comm, handle, file, path, &set, &shape));
    ret->rows = shape.values;
    if (shape.type != H5T_INTEGER)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found no integers, expected a label a row", file, path));
    HOL_TRY(survey_labels(set, file, ret));
    if (hol_h5_has_attribute(set, "names")) HOL_TRY(read_class_names(set, ret));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&handle);
    if (status != HOL_OK) {
        hol_free(ret->names);
        ret->names = NULL;
    }
    return status;
}

hol_status hol_dataset_read_label_values(hol_comm *comm, const char *file, const char *path, int64_t rows,
                                         int32_t *labels) {
    hid_t handle = -1, set = -1;
    hol_h5_shape shape;
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(open_list(comm, handle, file, path, &set, &shape));
    if (shape.type != H5T_INTEGER || shape.values != rows)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found %lld labels, expected %lld integers, one a row", file, path,
                          (long long)shape.values, (long long)rows));
    HOL_TRY(hol_h5_read_rows(set, file, H5T_NATIVE_INT32, 0, rows, labels));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&handle);
    return status;
}

bool hol_dataset_has_note(hol_comm *comm, const char *file, const char *path) {
    hid_t handle = -1;
    const bool has = !hol_error_drop(hol_h5_open(comm, file, false, &handle)) &&
                     hol_h5_has_format(handle, "holode data set") && hol_h5_exists(handle, path);
    hol_h5_close(&handle);
    return has;
}

static bool has_note_of(hol_comm *comm, const char *file, const char *kind, const char *split) {
    char path[NAME_MOST + 16];
    return snprintf(path, sizeof path, "/%s%s", kind, split) < (int)sizeof path &&
           hol_dataset_has_note(comm, file, path);
}

bool hol_dataset_has_labels(hol_comm *comm, const char *file, const char *split) {
    return has_note_of(comm, file, "labels", split);
}

bool hol_dataset_has_names(hol_comm *comm, const char *file, const char *split) {
    return has_note_of(comm, file, "names", split);
}

bool hol_dataset_has_weights(hol_comm *comm, const char *file, const char *split) {
    return has_note_of(comm, file, "weights", split);
}

hol_status hol_dataset_read_identity(hol_comm *comm, const char *file, const char *split, double *ret) {
    hid_t handle = -1, set = -1;
    char *path = NULL;
    hol_status status = HOL_OK;
    *ret = 0;
    if (!hol_dataset_has_weights(comm, file, split)) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of weights", "/weights%s", split));
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(hol_origin_open_set(comm, handle, file, path, &set));
    if (hol_h5_has_attribute(set, "identity")) status = hol_h5_read_f64(set, "identity", ret, 1);
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&handle);
    hol_free(path);
    return status;
}

/* ------------------------------------------------------------------ lists of numbers */

/* As open_list, of (rows) or (rows, 1). */
static hol_status open_numbers(hol_comm *comm, hid_t handle, const char *file, const char *path, hid_t *ret_set,
                               hol_h5_shape *ret_shape) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_origin_check_links(handle, file, path));
    HOL_TRY(hol_origin_open_set(comm, handle, file, path, ret_set));
    HOL_TRY(hol_h5_get_shape(*ret_set, file, ret_shape));
    if (ret_shape->dimensions < 1 || ret_shape->values < 1 || ret_shape->values != (int64_t)ret_shape->sizes[0])
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found %lld numbers in %d dimension(s), expected one number a row",
                          file, path, (long long)ret_shape->values, ret_shape->dimensions));
    if (ret_shape->type != H5T_INTEGER && ret_shape->type != H5T_FLOAT)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found values of another type, expected numbers", file, path));
    HOL_TRY(hol_origin_check_size(*ret_set, file, path));
cleanup:
    return status;
}

/* numbers NULL: their number alone */
static hol_status read_numbers(hol_comm *comm, const char *file, const char *path, int64_t *rows, double *numbers) {
    hid_t handle = -1, set = -1;
    hol_h5_shape shape;
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_open(comm, file, false, &handle));
    HOL_TRY(open_numbers(comm, handle, file, path, &set, &shape));
    if (!numbers) *rows = shape.values;
    else if (shape.values != *rows)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found %lld numbers, expected %lld, one a row", file, path,
                          (long long)shape.values, (long long)*rows));
    else HOL_TRY(hol_h5_read_rows(set, file, H5T_NATIVE_DOUBLE, 0, *rows, numbers));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&handle);
    return status;
}

hol_status hol_dataset_read_length(hol_comm *comm, const char *file, const char *path, int64_t *ret_rows) {
    return read_numbers(comm, file, path, ret_rows, NULL);
}

hol_status hol_dataset_read_list(hol_comm *comm, const char *file, const char *path, int64_t rows, double *numbers) {
    return read_numbers(comm, file, path, &rows, numbers);
}
