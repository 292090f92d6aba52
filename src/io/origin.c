/* origin: links, filters, external storage, virtual sets, sizes. */
#include "origin.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array_parts.h"
#include "base/alloc.h"

enum { PATH_SIZE = 1024, LINKS_MOST = 16, DEPTH_MOST = 4, FILE_SIZE = 4096 };

/* ------------------------------------------------------------------ links */

static hol_status refuse_external(const char *named, const char *link, const char *value, size_t size) {
    const char *file = "?", *path = "?";
    unsigned flags = 0;
    (void)H5Lunpack_elink_val(value, size, &flags, &file, &path);
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found an external link to %s in the file %s, expected a data set of the file itself (give "
                     "the other file's name)",
                     named, link, path, file);
}

static hol_status check_path(hid_t file, const char *named, const char *path, const char *from, int depth);

/* Follows the soft link `link` with this value; `rest` is what comes behind it in the path. */
static hol_status check_soft(hid_t file, const char *named, const char *link, const char *value, const char *rest,
                             const char *from, int depth) {
    char next[PATH_SIZE];
    const char *slash = strrchr(link, '/');
    const int folder = value[0] == '/' || !slash ? 0 : (int)(slash - link) + 1;
    const int length = snprintf(next, sizeof next, "%.*s%s%s", folder, link, value, rest);
    if (depth == 0 || length >= (int)sizeof next)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found links that lead too far, expected a data set", named, link);
    return check_path(file, named, next, from ? from : link, depth - 1);
}

static hol_status check_link(hid_t file, const char *named, const char *link, const char *rest, const char *from,
                             int depth, bool *ret_followed) {
    H5L_info_t info;
    char value[PATH_SIZE] = "";
    *ret_followed = false;
    if (H5Lget_info(file, link, &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD) return HOL_OK;
    if (info.u.val_size >= sizeof value || H5Lget_val(file, link, value, sizeof value - 1, H5P_DEFAULT) < 0)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found a link that cannot be read, expected a data set", named, link);
    if (info.type == H5L_TYPE_EXTERNAL) return refuse_external(named, link, value, info.u.val_size);
    if (info.type != H5L_TYPE_SOFT)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found a link of another program's kind, expected a data set", named,
                         link);
    *ret_followed = true;
    return check_soft(file, named, link, value, rest, from, depth);
}

/* from: the link that led here, or NULL */
static hol_status check_path(hid_t file, const char *named, const char *path, const char *from, int depth) {
    char step[PATH_SIZE];
    const size_t length = strlen(path);
    if (length >= sizeof step) return HOL_OK; /* longer than any name that is looked up */
    for (size_t i = 1; i <= length; i++) {
        if ((path[i] != '/' && path[i] != '\0') || path[i - 1] == '/') continue;
        memcpy(step, path, i);
        step[i] = '\0';
        if (H5Lexists(file, step, H5P_DEFAULT) <= 0 && strcmp(step, ".") != 0)
            return from ? hol_error(HOL_BAD_INPUT, "%s:%s: found a link to %s, which is not there, expected a data set",
                                    named, from, path)
                        : HOL_OK;
        bool followed = false;
        const hol_status status = check_link(file, named, step, path + i, from, depth, &followed);
        if (status != HOL_OK || followed) return status;
    }
    return HOL_OK;
}

hol_status hol_origin_check_links(hid_t file, const char *named, const char *path) {
    return check_path(file, named, path, NULL, LINKS_MOST);
}

bool hol_origin_is_astray(hid_t group, const char *name, const H5L_info_t *info) {
    if (info->type == H5L_TYPE_SOFT) return H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0;
    return info->type != H5L_TYPE_HARD;
}

/* ------------------------------------------------------------------ storage */

/* HDF5's own message would be about a folder of plug-ins. */
static hol_status check_filters(hid_t layout, const char *named, const char *path) {
    const int count = H5Pget_nfilters(layout);
    for (int i = 0; i < count; i++) {
        char name[64] = "";
        unsigned flags = 0, configuration = 0;
        size_t values = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(layout, (unsigned)i, &flags, &values, NULL, sizeof name, name, &configuration);
        if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
        return hol_error(HOL_BAD_INPUT,
                         "%s:%s: found compression by \"%.60s\" (filter %d), which this HDF5 library does not have, "
                         "expected gzip or none (where the filter is installed: h5repack -f NONE %s NEW.h5)",
                         named, path, name[0] ? name : "an unnamed filter", (int)filter, named);
    }
    return HOL_OK;
}

static hol_status check_external(hid_t layout, const char *named, const char *path) {
    char name[FILE_SIZE] = "?";
    off_t offset = 0;
    hsize_t size = 0;
    if (H5Pget_external_count(layout) <= 0) return HOL_OK;
    (void)H5Pget_external(layout, 0, sizeof name - 1, name, &offset, &size);
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found values that lie outside the file, in %.400s, expected them in the file itself "
                     "(h5repack %s NEW.h5 puts them there)",
                     named, path, name, named);
}

/* ------------------------------------------------------------------ sizes */

/* more bytes of one than that are no data, what filter ever */
enum { RATIO_MOST = HOL_DEFLATE_RATIO, CHUNK_RATIO = 16, CHUNK_BYTES = 1 << 28 };

typedef struct claim {
    hid_t set;
    const char *named; /* FILE:PATH */
    hol_h5_shape shape;
    int64_t bytes;      /* of all values */
    int64_t file_bytes; /* on disk */
} claim;

static hol_status refuse_unwritten(const claim *c, int64_t stored) {
    return hol_error(HOL_BAD_INPUT, "%s: found %lld byte(s) stored of %s%lld, expected a data set written in full",
                     c->named, (long long)stored, c->bytes == INT64_MAX ? "more than " : "", (long long)c->bytes);
}

/* Chunks are counted, because a compressed one tells nothing of those that are missing. HDF5 holds it in memory as a
 * whole. */
static hol_status check_chunks(const claim *c) {
    int64_t all = 1, written = 0, bytes = c->shape.width;
    for (int d = 0; d < c->shape.dimensions; d++) {
        all = HOL_PRODUCT(all, (int64_t)((c->shape.sizes[d] - 1) / c->shape.chunk[d] + 1));
        bytes = HOL_PRODUCT(bytes, (int64_t)c->shape.chunk[d]);
    }
    if (all > c->file_bytes) return refuse_unwritten(c, c->file_bytes); /* fewer chunks than bytes, before counting */
    if (bytes > CHUNK_BYTES && bytes > HOL_PRODUCT(c->file_bytes, CHUNK_RATIO))
        return hol_error(
            HOL_BAD_INPUT,
            "%s: found chunks of %lld bytes in a file of %lld, expected at most %d (smaller ones: h5repack "
            "-l CHUNK=ROWSxCOLUMNS)",
            c->named, (long long)bytes, (long long)c->file_bytes, CHUNK_BYTES);
    const hol_status status = hol_h5_count_chunks(c->set, c->named, &written);
    if (status != HOL_OK || written >= all) return status;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld of %lld chunks written, expected a data set written in full",
                     c->named, (long long)written, (long long)all);
}

static hol_status check_bytes(const claim *c) {
    if (c->shape.layout == H5D_VIRTUAL) return HOL_OK; /* its values are in other files, which are looked at there */
    const hsize_t stored = H5Dget_storage_size(c->set);
    const int64_t there = stored < (hsize_t)c->file_bytes ? (int64_t)stored : c->file_bytes;
    if (!c->shape.is_filtered) return there < c->bytes ? refuse_unwritten(c, there) : HOL_OK;
    if (HOL_PRODUCT(there, RATIO_MOST) >= c->bytes) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s: found %lld bytes of values in %lld byte(s), expected at most %d of each, which is what "
                     "compression can give",
                     c->named, (long long)c->bytes, (long long)there, RATIO_MOST);
}

hol_status hol_origin_check_size(hid_t set, const char *file, const char *path) {
    char named[FILE_SIZE + PATH_SIZE];
    struct stat about;
    claim c = {.set = set, .named = named, .file_bytes = INT64_MAX};
    (void)snprintf(named, sizeof named, "%s:%s", file, path);
    hol_status status = hol_h5_get_shape(set, named, &c.shape);
    if (status != HOL_OK) return status;
    c.bytes = HOL_PRODUCT(c.shape.values, c.shape.width);
    if (stat(file, &about) == 0) c.file_bytes = (int64_t)about.st_size;
    if (c.bytes == 0) return HOL_OK;
    if (c.shape.layout == H5D_CHUNKED) status = check_chunks(&c);
    return status == HOL_OK ? check_bytes(&c) : status;
}

/* ------------------------------------------------------------------ virtual sets */

typedef struct source {
    char file[FILE_SIZE]; /* as the set has it, then as it is found */
    char path[PATH_SIZE];
    hsize_t first[H5S_MAX_RANK], last[H5S_MAX_RANK]; /* of what the set takes from it */
    int dimensions;
} source;

/* Where HDF5 finds a source: by its name from the folder of the set's file, else from here. */
static bool find_file(source *self, const char *named) {
    char beside[2 * FILE_SIZE];
    const char *slash = strrchr(named, '/');
    if (strcmp(self->file, ".") == 0) (void)snprintf(self->file, sizeof self->file, "%s", named);
    if (self->file[0] != '/' && slash) {
        (void)snprintf(beside, sizeof beside, "%.*s/%s", (int)(slash - named), named, self->file);
        if (access(beside, F_OK) == 0 && strlen(beside) < sizeof self->file) {
            memcpy(self->file, beside, strlen(beside) + 1);
            return true;
        }
    }
    return access(self->file, F_OK) == 0;
}

static hol_status open_set(hol_comm *comm, hid_t file, const char *named, const char *path, int depth, hid_t *ret_set);

/* Whether a source has all that is taken from it. */
static hol_status check_extent(const source *self, hid_t set, const char *named, const char *path) {
    hol_h5_shape shape;
    const hol_status status = hol_h5_get_shape(set, self->file, &shape);
    if (status != HOL_OK) return status;
    bool enough = shape.dimensions == self->dimensions || self->dimensions == 0;
    for (int d = 0; enough && d < self->dimensions; d++) enough = self->last[d] < shape.sizes[d];
    if (enough) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found a virtual data set whose source %s:%s is smaller than what is taken from it, "
                     "expected all of its values",
                     named, path, self->file, self->path);
}

static hol_status check_source(hol_comm *comm, source *self, const char *named, const char *path, int depth) {
    hol_status status = HOL_OK;
    hid_t file = -1, set = -1;
    if (!find_file(self, named))
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s:%s: found a virtual data set whose source %s is missing, expected all of its sources",
                          named, path, self->file));
    HOL_TRY(hol_h5_open(comm, self->file, false, &file));
    HOL_TRY(hol_origin_check_links(file, self->file, self->path));
    if (!hol_h5_exists(file, self->path))
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s:%s: found a virtual data set whose source %s has no data set %s, expected all of its "
                          "sources",
                          named, path, self->file, self->path));
    HOL_TRY(open_set(comm, file, self->file, self->path, depth - 1, &set));
    HOL_TRY(hol_origin_check_size(set, self->file, self->path));
    HOL_TRY(check_extent(self, set, named, path));
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&file);
    return status;
}

static hol_status refuse_virtual(const char *named, const char *path, const char *found) {
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found a virtual data set %s, expected named sources for all of its values (h5repack -l "
                     "CONTI %s NEW.h5 makes a plain one of it)",
                     named, path, found, named);
}

/* Reads mapping `number`; its points are added to *points. */
static hol_status read_mapping(hid_t layout, size_t number, const char *named, const char *path, source *ret,
                               int64_t *points) {
    hol_status status = HOL_OK;
    *ret = (source){0};
    hid_t from = -1, to = -1;
    const ssize_t file = H5Pget_virtual_filename(layout, number, ret->file, sizeof ret->file);
    const ssize_t set = H5Pget_virtual_dsetname(layout, number, ret->path, sizeof ret->path);
    if (file <= 0 || set <= 0 || file >= (ssize_t)sizeof ret->file || set >= (ssize_t)sizeof ret->path)
        HOL_TRY(refuse_virtual(named, path, "with a source that has no name"));
    if (strchr(ret->file, '%') || strchr(ret->path, '%'))
        HOL_TRY(refuse_virtual(named, path, "over a series of files"));
    HOL_TRY(hol_h5_check(to = H5Pget_virtual_vspace(layout, number), HOL_BAD_INPUT, "%s:%s", named, path));
    HOL_TRY(hol_h5_check(from = H5Pget_virtual_srcspace(layout, number), HOL_BAD_INPUT, "%s:%s", named, path));
    const hssize_t count = H5Sget_select_npoints(to);
    if (count < 0 || (hsize_t)count == H5S_UNLIMITED) HOL_TRY(refuse_virtual(named, path, "of growing sources"));
    if (__builtin_add_overflow(*points, (int64_t)count, points)) *points = INT64_MAX;
    ret->dimensions = H5Sget_simple_extent_ndims(from);
    /* a source taken as a whole has any shape of so many values */
    if (ret->dimensions < 0 || H5Sget_select_bounds(from, ret->first, ret->last) < 0) ret->dimensions = 0;
cleanup:
    hol_h5_close(&from);
    hol_h5_close(&to);
    return status;
}

static hol_status check_virtual(hol_comm *comm, hid_t set, hid_t layout, const char *named, const char *path,
                                int depth) {
    hol_status status = HOL_OK;
    size_t count = 0;
    int64_t points = 0;
    hid_t space = -1;
    source one;
    if (depth == 0) HOL_TRY(refuse_virtual(named, path, "of virtual data sets of virtual ones"));
    HOL_TRY(hol_h5_check(H5Pget_virtual_count(layout, &count), HOL_BAD_INPUT, "%s:%s", named, path));
    for (size_t i = 0; i < count; i++) {
        HOL_TRY(read_mapping(layout, i, named, path, &one, &points));
        HOL_TRY(check_source(comm, &one, named, path, depth));
    }
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s:%s", named, path));
    if (points < (int64_t)H5Sget_simple_extent_npoints(space))
        HOL_TRY(refuse_virtual(named, path, "with values that come from nowhere"));
cleanup:
    hol_h5_close(&space);
    return status;
}

/* ------------------------------------------------------------------ a set */

static hol_status check_set(hol_comm *comm, hid_t set, const char *named, const char *path, int depth) {
    hol_status status = HOL_OK;
    hid_t layout = -1;
    HOL_TRY(hol_h5_check(layout = H5Dget_create_plist(set), HOL_BAD_INPUT, "%s:%s", named, path));
    HOL_TRY(check_filters(layout, named, path));
    HOL_TRY(check_external(layout, named, path));
    if (H5Pget_layout(layout) == H5D_VIRTUAL) HOL_TRY(check_virtual(comm, set, layout, named, path, depth));
cleanup:
    hol_h5_close(&layout);
    return status;
}

static hol_status open_set(hol_comm *comm, hid_t file, const char *named, const char *path, int depth, hid_t *ret_set) {
    hol_status status = HOL_OK;
    H5O_info_t info;
    HOL_TRY(check_path(file, named, path, NULL, LINKS_MOST));
    if (!hol_h5_exists(file, path))
        return hol_error(HOL_BAD_INPUT, "%s:%s: found none, expected a data set", named, path);
    HOL_TRY(hol_h5_check(H5Oget_info_by_name(file, path, &info, H5P_DEFAULT), HOL_BAD_INPUT, "%s:%s", named, path));
    if (info.type != H5O_TYPE_DATASET)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found a group or a type, expected a data set", named, path);
    HOL_TRY(hol_h5_check(*ret_set = H5Dopen2(file, path, H5P_DEFAULT), HOL_BAD_INPUT, "%s:%s: cannot be opened", named,
                         path));
    HOL_TRY(check_set(comm, *ret_set, named, path, depth));
cleanup:
    return status;
}

hol_status hol_origin_open_set(hol_comm *comm, hid_t file, const char *named, const char *path, hid_t *ret_set) {
    return open_set(comm, file, named, path, DEPTH_MOST, ret_set);
}
