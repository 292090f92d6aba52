/* dataset_notes: lists of strings, and one number a row. */
#include "io/dataset_notes.h"

#include <string.h>

#include "base/alloc.h"
#include "dataset_writer_parts.h"
#include "io/h5.h"

enum { CHUNK_ROWS = 1 << 16, DEFLATE_LEVEL = 4, NAME_MOST = 255, ROWS_PIECE = 1 << 20 };

/* ------------------------------------------------------------------ strings */

/* A type of strings of one length, that of the longest. */
static hol_status create_string_type(size_t size, hid_t *ret_type) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(*ret_type = H5Tcopy(H5T_C_S1), HOL_FAILURE, "names"));
    HOL_TRY(hol_h5_check(H5Tset_size(*ret_type, size), HOL_FAILURE, "names"));
    HOL_TRY(hol_h5_check(H5Tset_strpad(*ret_type, H5T_STR_NULLPAD), HOL_FAILURE, "names"));
    HOL_TRY(hol_h5_check(H5Tset_cset(*ret_type, H5T_CSET_UTF8), HOL_FAILURE, "names"));
cleanup:
    return status;
}

/* All names with zeros behind them, each as long as the longest. */
static hol_status pack(int64_t count, const char *const *names, size_t *ret_size, char **ret_bytes) {
    *ret_size = 1;
    for (int64_t i = 0; i < count; i++)
        if (strlen(names[i]) > *ret_size) *ret_size = strlen(names[i]);
    const hol_status status = HOL_ALLOCATE(*ret_bytes, HOL_PRODUCT(count, (int64_t)*ret_size), "names");
    if (status != HOL_OK) return status;
    for (int64_t i = 0; i < count; i++) memcpy(*ret_bytes + (size_t)i * *ret_size, names[i], strlen(names[i]));
    return HOL_OK;
}

/* The reverse: pointers and names in one block. */
static hol_status unpack(int64_t count, size_t size, const char *bytes, char ***ret_names) {
    const int64_t table = count * (int64_t)sizeof **ret_names, each = (int64_t)size + 1;
    char *block = hol_allocate(table + HOL_PRODUCT(count, each), 1, "names");
    if (!block) return HOL_FAILURE;
    *ret_names = (char **)(void *)block;
    for (int64_t i = 0; i < count; i++) {
        (*ret_names)[i] = block + table + i * each;
        memcpy((*ret_names)[i], bytes + (size_t)i * size, size);
    }
    return HOL_OK;
}

static bool is_names_type(hid_t type, size_t *ret_size) {
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0) return false;
    *ret_size = H5Tget_size(type);
    return *ret_size > 0 && *ret_size <= NAME_MOST;
}

/* ------------------------------------------------------------------ writing */

hol_status hol_dataset_writer_add_columns(hol_dataset_writer *writer, int64_t count, const char *const *names) {
    const hid_t file = hol_dataset_writer_get_file(writer);
    hid_t type = -1, space = -1, layout = -1, set = -1;
    char *bytes = NULL;
    size_t size = 0;
    hol_status status = HOL_OK;
    const hsize_t length = (hsize_t)count;
    HOL_TRY(pack(count, names, &size, &bytes));
    HOL_TRY(create_string_type(size, &type));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(1, &length, NULL), HOL_FAILURE, "/columns"));
    HOL_TRY(hol_h5_check(layout = H5Pcreate(H5P_DATASET_CREATE), HOL_FAILURE, "/columns"));
    HOL_TRY(hol_h5_check(H5Pset_obj_track_times(layout, false), HOL_FAILURE, "/columns"));
    HOL_TRY(hol_h5_check(set = H5Dcreate2(file, "columns", type, space, H5P_DEFAULT, layout, H5P_DEFAULT), HOL_FAILURE,
                         "/columns cannot be created"));
    HOL_TRY(hol_h5_check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes), HOL_FAILURE,
                         "/columns cannot be written"));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "/columns cannot be written"));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&layout);
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_free(bytes);
    return status;
}

hol_status hol_dataset_writer_add_seed(hol_dataset_writer *writer, int64_t seed) {
    return hol_h5_write_i64(hol_dataset_writer_get_set(writer), "split_seed", &seed, 1);
}

static hol_status write_class_names(hid_t set, int64_t classes, const char *const *names) {
    hid_t type = -1, space = -1, attribute = -1;
    char *bytes = NULL;
    size_t size = 0;
    hol_status status = HOL_OK;
    const hsize_t length = (hsize_t)classes;
    HOL_TRY(pack(classes, names, &size, &bytes));
    if (classes * (int64_t)size > 60000) /* an attribute holds 64 KB */
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "labels: found %lld classes with names of up to %lld bytes, expected fewer or "
                          "shorter ones: 60000 bytes in all",
                          (long long)classes, (long long)size));
    HOL_TRY(create_string_type(size, &type));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(1, &length, NULL), HOL_FAILURE, "/labels"));
    HOL_TRY(hol_h5_check(attribute = H5Acreate2(set, "names", type, space, H5P_DEFAULT, H5P_DEFAULT), HOL_FAILURE,
                         "/labels: names cannot be written"));
    HOL_TRY(hol_h5_check(H5Awrite(attribute, type, bytes), HOL_FAILURE, "/labels: names cannot be written"));
cleanup:
    hol_h5_close(&attribute);
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_free(bytes);
    return status;
}

static hol_status create_label_layout(int64_t rows, hid_t *ret_layout) {
    hol_status status = HOL_OK;
    const hsize_t chunk = (hsize_t)(rows < CHUNK_ROWS ? rows : CHUNK_ROWS);
    HOL_TRY(hol_h5_check(*ret_layout = H5Pcreate(H5P_DATASET_CREATE), HOL_FAILURE, "/labels"));
    HOL_TRY(hol_h5_check(H5Pset_chunk(*ret_layout, 1, &chunk), HOL_FAILURE, "/labels"));
    HOL_TRY(hol_h5_check(H5Pset_obj_track_times(*ret_layout, false), HOL_FAILURE, "/labels"));
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0)
        HOL_TRY(hol_h5_check(H5Pset_deflate(*ret_layout, DEFLATE_LEVEL), HOL_FAILURE, "/labels"));
cleanup:
    return status;
}

hol_status hol_dataset_writer_add_labels(hol_dataset_writer *writer, const char *split, int64_t rows,
                                         const int32_t *labels, int64_t classes, const char *const *names) {
    const hid_t file = hol_dataset_writer_get_file(writer);
    hid_t group = -1, space = -1, layout = -1, set = -1;
    hol_status status = HOL_OK;
    const hsize_t length = (hsize_t)rows;
    group = hol_h5_exists(file, "labels") ? H5Gopen2(file, "labels", H5P_DEFAULT)
                                          : H5Gcreate2(file, "labels", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    HOL_TRY(hol_h5_check(group, HOL_FAILURE, "/labels cannot be created"));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(1, &length, NULL), HOL_FAILURE, "/labels"));
    HOL_TRY(create_label_layout(rows, &layout));
    HOL_TRY(hol_h5_check(set = H5Dcreate2(group, split, H5T_STD_I32LE, space, H5P_DEFAULT, layout, H5P_DEFAULT),
                         HOL_FAILURE, "/labels/%s cannot be created", split));
    HOL_TRY(hol_h5_check(H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, labels), HOL_FAILURE,
                         "/labels/%s cannot be written", split));
    if (classes > 0) HOL_TRY(write_class_names(set, classes, names));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "/labels/%s cannot be written", split));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&layout);
    hol_h5_close(&space);
    hol_h5_close(&group);
    return status;
}

/* ------------------------------------------------------------------ reading */

bool hol_dataset_is_ours(const char *file) {
    hid_t handle = -1;
    const bool is = hol_h5_open(file, false, &handle) == HOL_OK && hol_h5_has_format(handle, "holode data set");
    hol_error_clear();
    hol_h5_close(&handle);
    return is;
}

bool hol_dataset_is_note(const char *path) {
    return strcmp(path, "/columns") == 0 || strncmp(path, "/labels/", 8) == 0;
}

/* The length of a list; HOL_BAD_INPUT when a space has another number of dimensions than one. */
static hol_status get_length(hid_t space, const char *file, const char *path, int64_t *ret_length) {
    hsize_t length = 0;
    if (H5Sget_simple_extent_ndims(space) != 1 || H5Sget_simple_extent_dims(space, &length, NULL) != 1 || length < 1)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found no list, expected one dimension", file, path);
    *ret_length = (int64_t)length;
    return HOL_OK;
}

hol_status hol_dataset_read_columns(const char *file, char ***ret_names, int64_t *ret_count) {
    hid_t handle = -1, set = -1, type = -1, space = -1, memory = -1;
    char *bytes = NULL;
    size_t size = 0;
    int64_t count = 0;
    hol_status status = HOL_OK;
    *ret_names = NULL;
    *ret_count = 0;
    HOL_TRY(hol_h5_open(file, false, &handle));
    if (!hol_h5_has_format(handle, "holode data set") || !hol_h5_exists(handle, "columns")) goto cleanup;
    HOL_TRY(hol_h5_check(set = H5Dopen2(handle, "columns", H5P_DEFAULT), HOL_BAD_INPUT, "%s:/columns", file));
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s:/columns", file));
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s:/columns", file));
    HOL_TRY(get_length(space, file, "/columns", &count));
    if (!is_names_type(type, &size) || count > HOL_COLUMNS_MAX)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:/columns: found no names, expected strings of at most %d bytes", file,
                          NAME_MOST));
    if ((int64_t)H5Dget_storage_size(set) < HOL_PRODUCT(count, (int64_t)size))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:/columns: found fewer bytes than %lld names of %lld, expected all", file,
                          (long long)count, (long long)size));
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(count, (int64_t)size), "names"));
    HOL_TRY(create_string_type(size, &memory));
    HOL_TRY(hol_h5_check(H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes), HOL_BAD_INPUT,
                         "%s:/columns: cannot be read", file));
    HOL_TRY(unpack(count, size, bytes, ret_names));
    *ret_count = count;
cleanup:
    hol_h5_close(&memory);
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_h5_close(&set);
    hol_h5_close(&handle);
    hol_free(bytes);
    return status;
}

static hol_status read_class_names(hid_t set, const char *file, const char *path, hol_dataset_labels *ret) {
    hid_t attribute = -1, type = -1, space = -1;
    char *bytes = NULL;
    size_t size = 0;
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(attribute = H5Aopen(set, "names", H5P_DEFAULT), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(hol_h5_check(type = H5Aget_type(attribute), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(hol_h5_check(space = H5Aget_space(attribute), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(get_length(space, file, path, &ret->classes));
    if (!is_names_type(type, &size) || ret->classes > UINT16_MAX)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: attribute \"names\": found no names, expected strings", file, path));
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(ret->classes, (int64_t)size), "names"));
    HOL_TRY(hol_h5_check(H5Aread(attribute, type, bytes), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(unpack(ret->classes, size, bytes, &ret->names));
cleanup:
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_h5_close(&attribute);
    hol_free(bytes);
    return status;
}

/* The extremes, piece by piece. */
static hol_status survey_labels(hid_t set, hid_t space, const char *file, const char *path, hol_dataset_labels *ret) {
    int32_t *labels = NULL;
    hid_t memory = -1;
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(labels, ROWS_PIECE, "labels"));
    ret->least = INT32_MAX;
    ret->most = INT32_MIN;
    for (int64_t first = 0; first < ret->rows; first += ROWS_PIECE) {
        const hsize_t start = (hsize_t)first;
        const hsize_t count = (hsize_t)(ret->rows - first < ROWS_PIECE ? ret->rows - first : ROWS_PIECE);
        hol_h5_close(&memory);
        HOL_TRY(hol_h5_check(memory = H5Screate_simple(1, &count, NULL), HOL_FAILURE, "%s:%s", file, path));
        HOL_TRY(hol_h5_check(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL), HOL_BAD_INPUT,
                             "%s:%s", file, path));
        HOL_TRY(hol_h5_check(H5Dread(set, H5T_NATIVE_INT32, memory, space, H5P_DEFAULT, labels), HOL_BAD_INPUT,
                             "%s:%s: cannot be read", file, path));
        for (hsize_t i = 0; i < count; i++) {
            if (labels[i] < ret->least) ret->least = labels[i];
            if (labels[i] > ret->most) ret->most = labels[i];
        }
    }
cleanup:
    hol_h5_close(&memory);
    hol_free(labels);
    return status;
}

hol_status hol_dataset_read_labels(const char *file, const char *path, hol_dataset_labels *ret) {
    hid_t handle = -1, set = -1, type = -1, space = -1;
    hol_status status = HOL_OK;
    *ret = (hol_dataset_labels){0};
    HOL_TRY(hol_h5_open(file, false, &handle));
    HOL_TRY(hol_h5_check(set = H5Dopen2(handle, path, H5P_DEFAULT), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(get_length(space, file, path, &ret->rows));
    if (H5Tget_class(type) != H5T_INTEGER)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%s: found no integers, expected a label a row", file, path));
    HOL_TRY(survey_labels(set, space, file, path, ret));
    if (hol_h5_has_attribute(set, "names")) HOL_TRY(read_class_names(set, file, path, ret));
cleanup:
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_h5_close(&set);
    hol_h5_close(&handle);
    if (status != HOL_OK) {
        hol_free(ret->names);
        ret->names = NULL;
    }
    return status;
}
