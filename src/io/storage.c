/* storage: chunks are counted, because a compressed one tells nothing of those that are missing. */
#include "storage.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"

/* deflate makes no more than so many bytes of one; what filter ever, more than that is no data */
enum { RATIO_MOST = 1032, CHUNK_RATIO = 16, CHUNK_BYTES = 1 << 28 };

typedef struct claim {
    const char *file, *path;
    int dimensions;
    hsize_t sizes[H5S_MAX_RANK];
    hsize_t chunk[H5S_MAX_RANK];
    int64_t bytes;      /* of all values */
    int64_t file_bytes; /* on disk */
    bool is_chunked, is_virtual, is_filtered;
} claim;

static hol_status refuse_unwritten(const claim *c, int64_t stored) {
    return hol_error(HOL_BAD_INPUT, "%s:%s: found %lld byte(s) stored of %s%lld, expected a data set written in full",
                     c->file, c->path, (long long)stored, c->bytes == INT64_MAX ? "more than " : "",
                     (long long)c->bytes);
}

static hol_status refuse_chunks(const claim *c, int64_t written, int64_t all) {
    return hol_error(HOL_BAD_INPUT, "%s:%s: found %lld of %lld chunks written, expected a data set written in full",
                     c->file, c->path, (long long)written, (long long)all);
}

static hol_status read_claim(claim *c, hid_t set, hid_t space, hid_t creation) {
    hol_status status = HOL_OK;
    struct stat about;
    hid_t type = -1;
    int64_t values = 1;
    HOL_TRY(hol_h5_check(type = H5Dget_type(set), HOL_BAD_INPUT, "%s:%s", c->file, c->path));
    HOL_TRY(hol_h5_check(c->dimensions = H5Sget_simple_extent_dims(space, c->sizes, NULL), HOL_BAD_INPUT, "%s:%s",
                         c->file, c->path));
    for (int d = 0; d < c->dimensions; d++)
        values = HOL_PRODUCT(values, c->sizes[d] < INT64_MAX ? (int64_t)c->sizes[d] : INT64_MAX);
    if (H5Sget_simple_extent_type(space) == H5S_NULL) values = 0;
    c->bytes = HOL_PRODUCT(values, (int64_t)H5Tget_size(type));
    c->file_bytes = stat(c->file, &about) == 0 ? (int64_t)about.st_size : INT64_MAX;
    const H5D_layout_t layout = H5Pget_layout(creation);
    c->is_virtual = layout == H5D_VIRTUAL;
    c->is_filtered = H5Pget_nfilters(creation) > 0;
    c->is_chunked = layout == H5D_CHUNKED;
    if (c->is_chunked)
        HOL_TRY(hol_h5_check(H5Pget_chunk(creation, H5S_MAX_RANK, c->chunk), HOL_BAD_INPUT, "%s:%s", c->file, c->path));
cleanup:
    hol_h5_close(&type);
    return status;
}

/* HDF5 holds a compressed chunk in memory as a whole. */
static hol_status check_chunk_size(const claim *c) {
    int64_t values = 1, all = 1;
    for (int d = 0; d < c->dimensions; d++) {
        values = HOL_PRODUCT(values, (int64_t)c->chunk[d]);
        all = HOL_PRODUCT(all, (int64_t)c->sizes[d]);
    }
    const int64_t bytes = HOL_PRODUCT(values, c->bytes / all);
    if (bytes <= CHUNK_BYTES || bytes <= HOL_PRODUCT(c->file_bytes, CHUNK_RATIO)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found chunks of %lld bytes in a file of %lld, expected at most %d (smaller ones: h5repack "
                     "-l CHUNK=ROWSxCOLUMNS)",
                     c->file, c->path, (long long)bytes, (long long)c->file_bytes, CHUNK_BYTES);
}

/* Fewer chunks than bytes: HDF5 walks over an index of as many as there should be. */
static hol_status check_chunks(const claim *c, hid_t set, hid_t space) {
    hol_status status = HOL_OK;
    int64_t all = 1;
    hsize_t written = 0;
    for (int d = 0; d < c->dimensions; d++)
        all = HOL_PRODUCT(all, (int64_t)((c->sizes[d] - 1) / c->chunk[d] + 1));
    if (all > c->file_bytes) HOL_TRY(refuse_unwritten(c, c->file_bytes));
    HOL_TRY(check_chunk_size(c));
    HOL_TRY(hol_h5_check(H5Dget_num_chunks(set, space, &written), HOL_BAD_INPUT, "%s:%s: its chunks", c->file,
                         c->path));
    if ((int64_t)written < all) HOL_TRY(refuse_chunks(c, (int64_t)written, all));
cleanup:
    return status;
}

static hol_status check_bytes(const claim *c, hid_t set) {
    if (c->is_virtual) return HOL_OK; /* its values are in other files, which are looked at there (origin.c) */
    const hsize_t stored = H5Dget_storage_size(set);
    const int64_t there = stored < (hsize_t)c->file_bytes ? (int64_t)stored : c->file_bytes;
    if (!c->is_filtered) return there < c->bytes ? refuse_unwritten(c, there) : HOL_OK;
    if (HOL_PRODUCT(there, RATIO_MOST) >= c->bytes) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%s: found %lld bytes of values in %lld byte(s), expected at most %d of each, which is what "
                     "compression can give",
                     c->file, c->path, (long long)c->bytes, (long long)there, RATIO_MOST);
}

hol_status hol_storage_check(hid_t set, const char *file, const char *path) {
    hol_status status = HOL_OK;
    claim c = {.file = file, .path = path};
    hid_t space = -1, creation = -1;
    HOL_TRY(hol_h5_check(space = H5Dget_space(set), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(hol_h5_check(creation = H5Dget_create_plist(set), HOL_BAD_INPUT, "%s:%s", file, path));
    HOL_TRY(read_claim(&c, set, space, creation));
    if (c.bytes == 0) goto cleanup;
    if (c.is_chunked) HOL_TRY(check_chunks(&c, set, space));
    HOL_TRY(check_bytes(&c, set));
cleanup:
    hol_h5_close(&creation);
    hol_h5_close(&space);
    return status;
}
