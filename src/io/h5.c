/* h5: the small common part of all HDF5 files. */
#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/contents.h"
#include "io/guard.h"
#include "io/regular.h"
#include "io/replace.h"

enum { NAME_SIZE = 256, REASON_SIZE = 400, TEXTS_MOST = 1 << 16 };

/* ------------------------------------------------------------------ errors */

/* External links: their text can be asked for, but they are not followed. */
static hid_t refuse_link(const char *name, hid_t group, const void *data, size_t size, hid_t links, hid_t transfer) {
    (void)name, (void)group, (void)data, (void)size, (void)links, (void)transfer;
    return -1;
}

static ssize_t query_link(const char *name, const void *data, size_t size, void *buffer, size_t buffer_size) {
    (void)name;
    if (buffer) memcpy(buffer, data, size < buffer_size ? size : buffer_size);
    return (ssize_t)size;
}

/* HDF5 starts itself up at its first call, and may write of a failure before it can be told to be silent. */
static bool start_silently(void) {
    const int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)fflush(stderr);
    if (saved >= 0 && nowhere >= 0) (void)dup2(nowhere, STDERR_FILENO);
    const bool good = H5open() >= 0 && H5Eset_auto2(H5E_DEFAULT, NULL, NULL) >= 0;
    if (saved >= 0 && nowhere >= 0) (void)dup2(saved, STDERR_FILENO);
    if (saved >= 0) (void)close(saved);
    if (nowhere >= 0) (void)close(nowhere);
    return good;
}

/* Where memory is short at its first call, each later one would fail deeper than the one before, and write of it. */
hol_status hol_h5_start(hol_comm *comm) {
    static const H5L_class_t external = {.version = H5L_LINK_CLASS_T_VERS,
                                         .id = H5L_TYPE_EXTERNAL,
                                         .comment = "external, not followed",
                                         .trav_func = refuse_link,
                                         .query_func = query_link};
    hol_files alone = {0}, *files = comm ? hol_comm_files(comm) : &alone;
    if (!files->is_started && !files->is_unusable) {
        files->is_started = start_silently();
        files->is_unusable = !files->is_started;
        if (files->is_unusable) (void)H5dont_atexit();
        if (files->is_started) (void)H5Lregister(&external);
        if (files->is_started) (void)H5PLset_loading_state(0); /* no file makes this process load code */
    }
    if (files->is_unusable) return hol_error(HOL_FAILURE, "out of memory: HDF5 cannot start");
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return HOL_OK;
}

/* Upward, an error stack begins with the innermost error: the one that knows the reason. */
static herr_t take_first(unsigned number, const H5E_error2_t *error, void *data) {
    if (number == 0 && error->desc) (void)snprintf(data, REASON_SIZE, "%s", error->desc);
    return 0;
}

static const char *reason(char *text) {
    (void)snprintf(text, REASON_SIZE, "no reason given by HDF5");
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, text);
    static const char mark[] = "error message = '";
    char *system = strstr(text, mark);
    if (!system) return text;
    system += sizeof mark - 1;
    char *end = strchr(system, '\'');
    if (end) *end = '\0';
    return system;
}

hol_status hol_h5_check(int64_t result, hol_code code, const char *format, ...) {
    if (result >= 0) return HOL_OK;
    char why[REASON_SIZE], text[800];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *because = reason(why);
    if (strcmp(because, strerror(EMFILE)) == 0) code = HOL_FAILURE; /* no fault of the file's */
    return hol_error(code, "%s: %s", text, because);
}

/* ------------------------------------------------------------------ files */

/* Libraries from HDF5 1.10 on can read what is written. */
static hol_status create_access(const char *path, bool locking, hid_t *ret_access) {
    hol_status status = hol_h5_check(*ret_access = H5Pcreate(H5P_FILE_ACCESS), HOL_FAILURE, "%s", path);
#if H5_VERSION_GE(1, 10, 7)
    if (status == HOL_OK) /* the environment's HDF5_USE_FILE_LOCKING goes before it */
        status = hol_h5_check(H5Pset_file_locking(*ret_access, locking, true), HOL_FAILURE, "%s", path);
#else
    (void)locking;
#endif
    if (status == HOL_OK)
        status = hol_h5_check(H5Pset_libver_bounds(*ret_access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110), HOL_FAILURE,
                              "%s", path);
    return status;
}

/* What can be told without HDF5. */
static hol_status check_file(hol_comm *comm, const char *path, bool writable) {
    hol_guard_found found = HOL_GUARD_NONE;
    const hol_status status = hol_guard_look(comm, path, &found);
    if (status != HOL_OK) return status;
    if (writable && access(path, W_OK) != 0) return hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (found == HOL_GUARD_CHECKPOINT && !writable && !hol_guard_is_unchecked(comm)) return hol_guard_refuse(path);
    const htri_t is = H5Fis_hdf5(path);
    if (is > 0) return HOL_OK;
    const hol_status opened = hol_h5_check(is, HOL_BAD_INPUT, "%s", path);
    if (hol_error_code(opened) == HOL_FAILURE) return opened; /* this process may open no more files */
    (void)hol_error_drop(opened);
    return hol_contents_refuse(HOL_BAD_INPUT, path, "an HDF5 file");
}

typedef enum lock { LOCK_FREE, LOCK_HELD, LOCK_UNKNOWN } lock;

/* Whether another program holds the lock that HDF5 takes while it writes; unknown where the file system has none. */
static lock find_lock(const char *path) {
    int descriptor = -1;
    if (hol_error_drop(hol_regular_open(path, true, &descriptor, NULL))) return LOCK_FREE;
    const int failed = flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    const lock found = !failed ? LOCK_FREE : errno == EWOULDBLOCK ? LOCK_HELD : LOCK_UNKNOWN;
    (void)close(descriptor);
    return found;
}

static hol_status open_once(const char *path, bool writable, bool locking, hid_t *ret_file) {
    hid_t access_list = -1;
    hol_status status = HOL_OK;
    HOL_TRY(create_access(path, locking, &access_list));
    HOL_TRY(hol_h5_check(*ret_file = H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access_list),
                         HOL_BAD_INPUT, "%s: cannot be opened as an HDF5 file", path));
cleanup:
    hol_h5_close(&access_list);
    return status;
}

/* HDF5 locks what it opens. That guards nothing of ours, whose files appear whole and whose directories have
 * owners (io/owner.h), so a file system without locks is no reason to fail; a program that is writing the file is. */
static hol_status open_locked(const char *path, bool writable, hid_t *ret_file) {
    const hol_status status = open_once(path, writable, true, ret_file);
    if (hol_error_code(status) != HOL_BAD_INPUT) return status;
    switch (find_lock(path)) {
    case LOCK_FREE: return status;
    case LOCK_HELD:
        return hol_error_replace(status, HOL_BAD_INPUT,
                                 "%s: found it open in another program that writes to it, expected it closed", path);
    case LOCK_UNKNOWN: break;
    }
    (void)hol_error_drop(status);
    return open_once(path, writable, false, ret_file);
}

hol_status hol_h5_open(hol_comm *comm, const char *path, bool writable, hid_t *ret_file) {
    *ret_file = -1;
    hol_status status = hol_h5_start(comm);
    if (status == HOL_OK) status = check_file(comm, path, writable);
    return status == HOL_OK ? open_locked(path, writable, ret_file) : status;
}

/* HDF5 opens files by names only, and follows links. The name of an open descriptor leads to its file whatever has
 * become of the file's own name. */
hol_status hol_h5_create(hol_comm *comm, int descriptor, const char *named, hid_t *ret_file) {
    hid_t access_list = -1;
    char path[32];
    *ret_file = -1;
    hol_status status = HOL_OK;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    HOL_TRY(hol_h5_start(comm));
    HOL_TRY(create_access(named, false, &access_list));
    HOL_TRY(hol_h5_check(*ret_file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access_list), HOL_FAILURE,
                         "%s: cannot be created", named));
cleanup:
    hol_h5_close(&access_list);
    return status;
}

hol_status hol_h5_begin(hol_comm *comm, const char *path, char **ret_temporary, hid_t *ret_file) {
    int descriptor = -1;
    *ret_file = -1;
    hol_status status = hol_replace_begin(path, ret_temporary, &descriptor);
    if (status != HOL_OK) return status;
    status = hol_h5_create(comm, descriptor, path, ret_file);
    (void)close(descriptor); /* HDF5 has its own */
    if (status == HOL_OK) return HOL_OK;
    hol_replace_abandon(*ret_temporary);
    hol_free(*ret_temporary);
    *ret_temporary = NULL;
    return status;
}

bool hol_h5_exists(hid_t location, const char *path) {
    char step[1024];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof step) return false;
    /* HDF5 answers for the last link only and fails when an earlier one is missing: ask for each in turn */
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        if (path[i - 1] == '/') continue; /* the root, or a doubled slash */
        memcpy(step, path, i);
        step[i] = '\0';
        if (H5Lexists(location, step, H5P_DEFAULT) <= 0) return false;
        if (H5Oexists_by_name(location, step, H5P_DEFAULT) <= 0) return false;
    }
    return true;
}

/* ------------------------------------------------------------------ data sets */

hol_status hol_h5_get_shape(hid_t set, const char *named, hol_h5_shape *ret) {
    hol_status status = HOL_OK;
    hid_t space = -1, type = -1, creation = -1;
    *ret = (hol_h5_shape){.values = 1};
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s", named));
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s", named));
    HOL_TRY(hol_h5_check(creation = H5Dget_create_plist(set), HOL_BAD_INPUT, "%s", named));
    HOL_TRY(
        hol_h5_check(ret->dimensions = H5Sget_simple_extent_dims(space, ret->sizes, NULL), HOL_BAD_INPUT, "%s", named));
    for (int d = 0; d < ret->dimensions; d++)
        ret->values = HOL_PRODUCT(ret->values, ret->sizes[d] < INT64_MAX ? (int64_t)ret->sizes[d] : INT64_MAX);
    if (H5Sget_simple_extent_type(space) == H5S_NULL) ret->values = 0;
    ret->type = H5Tget_class(type);
    ret->width = (int64_t)H5Tget_size(type);
    ret->layout = H5Pget_layout(creation);
    ret->is_filtered = H5Pget_nfilters(creation) > 0;
    if (ret->layout == H5D_CHUNKED)
        HOL_TRY(hol_h5_check(H5Pget_chunk(creation, H5S_MAX_RANK, ret->chunk), HOL_BAD_INPUT, "%s", named));
cleanup:
    hol_h5_close(&creation);
    hol_h5_close(&type);
    hol_h5_close(&space);
    return status;
}

hol_status hol_h5_count_chunks(hid_t set, const char *named, int64_t *ret_count) {
    hid_t space = H5Dget_space(set);
    hsize_t written = 0;
    const hol_status status =
        hol_h5_check(H5Dget_num_chunks(set, space, &written), HOL_BAD_INPUT, "%s: its chunks", named);
    *ret_count = (int64_t)written;
    hol_h5_close(&space);
    return status;
}

/* Both spaces are the caller's to close, also after an error. */
static hol_status select_rows(hid_t set, const char *named, int64_t first, int64_t rows, hid_t *ret_file_space,
                              hid_t *ret_memory_space) {
    hol_status status = HOL_OK;
    hsize_t start[H5S_MAX_RANK] = {(hsize_t)first}, count[H5S_MAX_RANK];
    HOL_TRY(hol_h5_check(*ret_file_space = H5Dget_space(set), HOL_FAILURE, "%s", named));
    const int dimensions = H5Sget_simple_extent_dims(*ret_file_space, count, NULL);
    count[0] = (hsize_t)rows;
    if (dimensions > 0)
        HOL_TRY(hol_h5_check(H5Sselect_hyperslab(*ret_file_space, H5S_SELECT_SET, start, NULL, count, NULL),
                             HOL_FAILURE, "%s", named));
    *ret_memory_space = dimensions > 0 ? H5Screate_simple(dimensions, count, NULL) : H5Screate(H5S_SCALAR);
    HOL_TRY(hol_h5_check(*ret_memory_space, HOL_FAILURE, "%s", named));
cleanup:
    return status;
}

hol_status hol_h5_read_rows(hid_t set, const char *named, hid_t memory_type, int64_t first, int64_t rows,
                            void *values) {
    hid_t file_space = -1, memory_space = -1;
    hol_status status = select_rows(set, named, first, rows, &file_space, &memory_space);
    if (status == HOL_OK)
        status = hol_h5_check(H5Dread(set, memory_type, memory_space, file_space, H5P_DEFAULT, values), HOL_BAD_INPUT,
                              "%s: rows %lld to %lld cannot be read", named, (long long)first,
                              (long long)(first + rows - 1));
    hol_h5_close(&memory_space);
    hol_h5_close(&file_space);
    return status;
}

hol_status hol_h5_write_rows(hid_t set, const char *named, hid_t memory_type, int64_t first, int64_t rows,
                             const void *values) {
    hid_t file_space = -1, memory_space = -1;
    hol_status status = select_rows(set, named, first, rows, &file_space, &memory_space);
    if (status == HOL_OK)
        status = hol_h5_check(H5Dwrite(set, memory_type, memory_space, file_space, H5P_DEFAULT, values), HOL_FAILURE,
                              "%s: cannot be written", named);
    hol_h5_close(&memory_space);
    hol_h5_close(&file_space);
    return status;
}

hol_status hol_h5_create_layout(const char *named, int dimensions, const hsize_t *chunk, hid_t *ret_layout) {
    enum { DEFLATE_LEVEL = 4 };
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(*ret_layout = H5Pcreate(H5P_DATASET_CREATE), HOL_FAILURE, "%s", named));
    HOL_TRY(hol_h5_check(H5Pset_obj_track_times(*ret_layout, false), HOL_FAILURE, "%s", named));
    if (dimensions == 0) return HOL_OK;
    HOL_TRY(hol_h5_check(H5Pset_chunk(*ret_layout, dimensions, chunk), HOL_FAILURE, "%s", named));
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0)
        HOL_TRY(hol_h5_check(H5Pset_deflate(*ret_layout, DEFLATE_LEVEL), HOL_FAILURE, "%s", named));
cleanup:
    return status;
}

hol_status hol_h5_create_text_type(const char *named, int64_t size, hid_t *ret_type) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_check(*ret_type = H5Tcopy(H5T_C_S1), HOL_FAILURE, "%s", named));
    HOL_TRY(hol_h5_check(H5Tset_size(*ret_type, (size_t)size), HOL_FAILURE, "%s", named));
    HOL_TRY(hol_h5_check(H5Tset_strpad(*ret_type, H5T_STR_NULLPAD), HOL_FAILURE, "%s", named));
    HOL_TRY(hol_h5_check(H5Tset_cset(*ret_type, H5T_CSET_UTF8), HOL_FAILURE, "%s", named));
cleanup:
    return status;
}

hol_status hol_h5_write_set(hid_t location, const char *name, const char *named, hid_t file_type, hid_t memory_type,
                            int dimensions, const hsize_t *sizes, hid_t layout, const void *values, hid_t *ret_set) {
    hol_status status = HOL_OK;
    hid_t space = -1, set = -1;
    HOL_TRY(hol_h5_check(space = H5Screate_simple(dimensions, sizes, NULL), HOL_FAILURE, "%s", named));
    HOL_TRY(hol_h5_check(set = H5Dcreate2(location, name, file_type, space, H5P_DEFAULT, layout, H5P_DEFAULT),
                         HOL_FAILURE, "%s: %s cannot be created", named, name));
    HOL_TRY(hol_h5_check(H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), HOL_FAILURE,
                         "%s: %s cannot be written", named, name));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "%s: %s cannot be written", named, name));
cleanup:
    if (status != HOL_OK) hol_h5_abandon(location);
    if (ret_set) *ret_set = set;
    else hol_h5_close(&set);
    hol_h5_close(&space);
    return status;
}

hol_status hol_h5_finish(hid_t *file, const char *named) {
    const hol_status status =
        hol_h5_check(H5Fflush(*file, H5F_SCOPE_GLOBAL), HOL_FAILURE, "%s: cannot be written", named);
    if (status != HOL_OK) return status;
    return hol_h5_check(hol_h5_close_file(file), HOL_FAILURE, "%s: cannot be written", named);
}

/* ------------------------------------------------------------------ attributes */

/* "FILE: /object: attribute NAME", for messages; text has 3 * NAME_SIZE bytes. */
static const char *place(hid_t object, const char *name, char *text) {
    char file[NAME_SIZE] = "?", path[NAME_SIZE] = "?";
    (void)H5Fget_name(object, file, sizeof file);
    (void)H5Iget_name(object, path, sizeof path);
    (void)snprintf(text, 3 * NAME_SIZE, "%s: %s: attribute \"%.200s\"", file, path, name);
    return text;
}

bool hol_h5_has_attribute(hid_t object, const char *name) { return H5Aexists(object, name) > 0; }

/* Writes an attribute anew: (count) values in one dimension, or one value in none. */
static hol_status write_attribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type, int dimensions,
                                  int64_t count, const void *values) {
    char at[3 * NAME_SIZE];
    (void)place(object, name, at);
    hid_t space = -1, attribute = -1;
    hol_status status = HOL_OK;
    const hsize_t size = (hsize_t)count;
    HOL_TRY(hol_h5_check(space = dimensions > 0 ? H5Screate_simple(1, &size, NULL) : H5Screate(H5S_SCALAR), HOL_FAILURE,
                         "%s", at));
    if (hol_h5_has_attribute(object, name)) HOL_TRY(hol_h5_check(H5Adelete(object, name), HOL_FAILURE, "%s", at));
    HOL_TRY(hol_h5_check(attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT), HOL_FAILURE,
                         "%s", at));
    HOL_TRY(hol_h5_check(H5Awrite(attribute, memory_type, values), HOL_FAILURE, "%s", at));
cleanup:
    hol_h5_close(&attribute);
    hol_h5_close(&space);
    return status;
}

static hol_status write_texts(hid_t object, const char *name, int dimensions, int64_t count, int64_t size,
                              const char *texts) {
    hid_t type = -1;
    hol_status status = hol_h5_create_text_type(name, size, &type);
    if (status == HOL_OK) status = write_attribute(object, name, type, type, dimensions, count, texts);
    hol_h5_close(&type);
    return status;
}

hol_status hol_h5_write_string(hid_t object, const char *name, const char *text) {
    /* HDF5 knows no strings of length 0: "" is one NUL */
    return write_texts(object, name, 0, 1, text[0] ? (int64_t)strlen(text) : 1, text);
}

hol_status hol_h5_write_texts(hid_t object, const char *name, int64_t count, int64_t size, const char *texts) {
    return write_texts(object, name, 1, count, size, texts);
}

hol_status hol_h5_write_i64(hid_t object, const char *name, const int64_t *values, int64_t count) {
    return write_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, count > 1, count, values);
}

hol_status hol_h5_write_u64(hid_t object, const char *name, const uint64_t *values, int64_t count) {
    return write_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, count > 1, count, values);
}

hol_status hol_h5_write_f64(hid_t object, const char *name, const double *values, int64_t count) {
    return write_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, count > 1, count, values);
}

typedef struct attribute {
    hid_t id, space, type;
    char at[3 * NAME_SIZE]; /* in messages */
} attribute;

static hol_status open_attribute(hid_t object, const char *name, const char *expected, attribute *ret) {
    hol_status status = HOL_OK;
    ret->id = ret->space = ret->type = -1;
    (void)place(object, name, ret->at);
    if (!hol_h5_has_attribute(object, name))
        return hol_error(HOL_BAD_INPUT, "%s: found none, expected %s", ret->at, expected);
    HOL_TRY(hol_h5_check(ret->id = H5Aopen(object, name, H5P_DEFAULT), HOL_BAD_INPUT, "%s", ret->at));
    HOL_TRY(hol_h5_check(ret->space = H5Aget_space(ret->id), HOL_BAD_INPUT, "%s", ret->at));
    HOL_TRY(hol_h5_check(ret->type = H5Aget_type(ret->id), HOL_BAD_INPUT, "%s", ret->at));
cleanup:
    return status;
}

static void close_attribute(attribute *a) {
    hol_h5_close(&a->type);
    hol_h5_close(&a->space);
    hol_h5_close(&a->id);
}

static hol_status read_numbers(hid_t object, const char *name, hid_t memory_type, void *values, int64_t count) {
    attribute a;
    hol_status status = HOL_OK;
    char expected[64];
    const bool whole = H5Tget_class(memory_type) == H5T_INTEGER;
    (void)snprintf(expected, sizeof expected, "%lld %s", (long long)count, whole ? "whole number(s)" : "number(s)");
    HOL_TRY(open_attribute(object, name, expected, &a));
    const H5T_class_t class = H5Tget_class(a.type);
    if (class != H5T_INTEGER && (whole || class != H5T_FLOAT))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found another type, expected %s", a.at, expected));
    const hssize_t found = H5Sget_simple_extent_npoints(a.space);
    if (found != count)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %lld value(s), expected %s", a.at, (long long)found, expected));
    HOL_TRY(hol_h5_check(H5Aread(a.id, memory_type, values), HOL_BAD_INPUT, "%s", a.at));
cleanup:
    close_attribute(&a);
    return status;
}

hol_status hol_h5_read_i64(hid_t object, const char *name, int64_t *values, int64_t count) {
    return read_numbers(object, name, H5T_NATIVE_INT64, values, count);
}

hol_status hol_h5_read_u64(hid_t object, const char *name, uint64_t *values, int64_t count) {
    return read_numbers(object, name, H5T_NATIVE_UINT64, values, count);
}

hol_status hol_h5_read_f64(hid_t object, const char *name, double *values, int64_t count) {
    return read_numbers(object, name, H5T_NATIVE_DOUBLE, values, count);
}

/* A copy of a variable-length string; HDF5 allocated `read`, and takes it back. */
static hol_status read_variable(const attribute *a, char **ret_text) {
    char *read = NULL;
    hol_status status = hol_h5_check(H5Aread(a->id, a->type, &read), HOL_BAD_INPUT, "%s", a->at);
    if (status != HOL_OK) return status;
    const size_t length = read ? strlen(read) : 0;
    status = HOL_ALLOCATE(*ret_text, (int64_t)length + 1, "attribute");
    if (status == HOL_OK && length > 0) memcpy(*ret_text, read, length);
    (void)H5free_memory(read);
    return status;
}

/* Fixed-length strings as they lie, with a NUL behind all. */
static hol_status read_fixed(const attribute *a, int64_t count, char **ret_texts) {
    const int64_t bytes = HOL_PRODUCT(count, (int64_t)H5Tget_size(a->type));
    if (bytes > TEXTS_MOST || H5Tis_variable_str(a->type) != 0)
        return hol_error(HOL_BAD_INPUT, "%s: found texts of %lld bytes or any length, expected %d bytes at most", a->at,
                         (long long)bytes, TEXTS_MOST);
    const hol_status status = HOL_ALLOCATE(*ret_texts, bytes + 1, "attribute");
    return status == HOL_OK ? hol_h5_check(H5Aread(a->id, a->type, *ret_texts), HOL_BAD_INPUT, "%s", a->at) : status;
}

hol_status hol_h5_read_string(hid_t object, const char *name, char **ret_text) {
    attribute a;
    hol_status status = HOL_OK;
    *ret_text = NULL;
    HOL_TRY(open_attribute(object, name, "a string", &a));
    if (H5Tget_class(a.type) != H5T_STRING || H5Sget_simple_extent_npoints(a.space) != 1)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found another type, expected one string", a.at));
    HOL_TRY(H5Tis_variable_str(a.type) > 0 ? read_variable(&a, ret_text) : read_fixed(&a, 1, ret_text));
cleanup:
    if (status != HOL_OK) {
        hol_free(*ret_text);
        *ret_text = NULL;
    }
    close_attribute(&a);
    return status;
}

hol_status hol_h5_read_texts(hid_t object, const char *name, int64_t *ret_count, int64_t *ret_size, char **ret_texts) {
    attribute a;
    hol_status status = HOL_OK;
    *ret_texts = NULL;
    HOL_TRY(open_attribute(object, name, "strings", &a));
    *ret_count = (int64_t)H5Sget_simple_extent_npoints(a.space);
    *ret_size = (int64_t)H5Tget_size(a.type);
    if (H5Tget_class(a.type) != H5T_STRING || H5Sget_simple_extent_ndims(a.space) != 1)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found another type, expected a list of strings", a.at));
    HOL_TRY(read_fixed(&a, *ret_count, ret_texts));
cleanup:
    close_attribute(&a);
    return status;
}

bool hol_h5_has_format(hid_t file, const char *format) {
    char *found = NULL;
    const bool has = hol_h5_has_attribute(file, "format") &&
                     !hol_error_drop(hol_h5_read_string(file, "format", &found)) && strcmp(found, format) == 0;
    hol_free(found);
    return has;
}
