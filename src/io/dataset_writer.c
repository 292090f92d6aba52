/* dataset_writer: our own data sets, whole or not at all.
 *
 * A full disk may show itself in any of HDF5's calls, most of all in the flush and the close: each is checked, and the
 * file takes its name only after all of them and an fsync. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset_writer_parts.h"
#include "io/dataset.h"
#include "io/guard.h"
#include "io/h5.h"
#include "io/replace.h"
#include "io/seal.h"

enum { CHUNK_BYTES = 256 << 10, CHUNK_ROWS_MOST = 4096, DEFLATE_LEVEL = 4 };

struct hol_dataset_writer {
    char *path;      /* owned: the final name */
    char *temporary; /* owned; NULL once the file has its final name */
    hid_t file;
    hid_t set; /* the split being written, or -1 */
    char name[256];
    int64_t rows, columns;
    hol_dataset_kind kind;
    uint64_t checksum; /* of the split's rows so far */
    double *row;       /* owned: one row of floats, as its checksum is of */
};

hol_status hol_dataset_writer_create(const char *path, hol_dataset_writer **ret_writer) {
    *ret_writer = NULL;
    hol_dataset_writer *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "data set writer");
    if (status != HOL_OK) return status;
    self->file = self->set = -1;
    HOL_TRY(HOL_ALLOCATE(self->path, (int64_t)strlen(path) + 1, "name of a file"));
    memcpy(self->path, path, strlen(path));
    HOL_TRY(hol_h5_begin(path, &self->temporary, &self->file));
    HOL_TRY(hol_h5_write_string(self->file, "format", "holode data set"));
    *ret_writer = self;
    return HOL_OK;
cleanup:
    hol_dataset_writer_destroy(self);
    return status;
}

hid_t hol_dataset_writer_get_file(const hol_dataset_writer *self) { return self->file; }
hid_t hol_dataset_writer_get_set(const hol_dataset_writer *self) { return self->set; }

static hol_status end_split(hol_dataset_writer *self) {
    if (self->set < 0) return HOL_OK;
    hol_status status = hol_h5_write_u64(self->set, "checksum", &self->checksum, 1);
    if (status != HOL_OK) return status;
    /* a close must not be the first to fail: hol_h5_abandon says why */
    status = hol_h5_check(H5Dflush(self->set), HOL_FAILURE, "%s: cannot be written", self->path);
    if (status != HOL_OK) return status;
    const hid_t set = self->set;
    self->set = -1;
    return hol_h5_check(H5Dclose(set), HOL_FAILURE, "%s: cannot be written", self->path);
}

static hol_status check_name(const hol_dataset_writer *self, const char *name) {
    if (name[0] == '\0' || strlen(name) >= sizeof self->name || strpbrk(name, "/:") || strcmp(name, ".") == 0)
        return hol_error(
            HOL_USAGE,
            "%s: found the name \"%.100s\" of a split, expected one such as train, without / and :", self->path, name);
    if (strcmp(name, "columns") == 0 || strcmp(name, "labels") == 0)
        return hol_error(HOL_USAGE, "%s: found the name \"%s\" of a split, which holds the %s, expected another",
                         self->path, name, name[0] == 'c' ? "columns' names" : "rows' labels");
    if (hol_h5_exists(self->file, name))
        return hol_error(HOL_USAGE, "%s: found two splits named \"%s\", expected one", self->path, name);
    return HOL_OK;
}

/* Chunks of whole rows that can grow; compressed if this HDF5 can. */
static hol_status create_layout(const hol_dataset_writer *self, const hol_dataset_split *split, hid_t *ret_layout) {
    hol_status status = HOL_OK;
    const int64_t row_bytes = split->columns * (split->kind == HOL_DATASET_FLOATS ? 4 : 1);
    int64_t chunk_rows = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    if (chunk_rows > CHUNK_ROWS_MOST) chunk_rows = CHUNK_ROWS_MOST;
    const hsize_t chunk[2] = {(hsize_t)chunk_rows, (hsize_t)split->columns};
    HOL_TRY(hol_h5_check(*ret_layout = H5Pcreate(H5P_DATASET_CREATE), HOL_FAILURE, "%s", self->path));
    HOL_TRY(hol_h5_check(H5Pset_chunk(*ret_layout, 2, chunk), HOL_FAILURE, "%s: %lld columns", self->path,
                         (long long)split->columns));
    /* without times, equal contents give equal files */
    HOL_TRY(hol_h5_check(H5Pset_obj_track_times(*ret_layout, false), HOL_FAILURE, "%s", self->path));
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0)
        HOL_TRY(hol_h5_check(H5Pset_deflate(*ret_layout, DEFLATE_LEVEL), HOL_FAILURE, "%s", self->path));
cleanup:
    return status;
}

hol_status hol_dataset_writer_begin(hol_dataset_writer *self, const hol_dataset_split *split) {
    assert(split->columns > 0 && split->height * split->width == (split->height > 0 ? split->columns : 0));
    hid_t space = -1, layout = -1;
    hol_status status = HOL_OK;
    const hsize_t size[2] = {0, (hsize_t)split->columns}, most[2] = {H5S_UNLIMITED, (hsize_t)split->columns};
    const int64_t maximum = split->kind == HOL_DATASET_BYTES    ? 255
                            : split->kind == HOL_DATASET_STATES ? split->maximum
                                                                : 1;
    const int64_t shape[2] = {split->height, split->width};
    HOL_TRY(end_split(self));
    HOL_TRY(check_name(self, split->name));
    HOL_TRY(create_layout(self, split, &layout));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(2, size, most), HOL_FAILURE, "%s", self->path));
    HOL_TRY(hol_h5_check(self->set = H5Dcreate2(self->file, split->name,
                                                split->kind == HOL_DATASET_FLOATS ? H5T_IEEE_F32LE : H5T_STD_U8LE,
                                                space, H5P_DEFAULT, layout, H5P_DEFAULT),
                         HOL_FAILURE, "%s: split %s cannot be created", self->path, split->name));
    HOL_TRY(hol_h5_write_i64(self->set, "maximum", &maximum, 1));
    HOL_TRY(hol_h5_write_string(self->set, "kind", hol_dataset_kind_name(split->kind)));
    if (split->height > 0) HOL_TRY(hol_h5_write_i64(self->set, "shape", shape, 2));
    (void)snprintf(self->name, sizeof self->name, "%s", split->name);
    self->rows = 0;
    self->columns = split->columns;
    self->kind = split->kind;
    self->checksum = 0;
    hol_free(self->row);
    self->row = NULL;
    if (split->kind == HOL_DATASET_FLOATS) HOL_TRY(HOL_ALLOCATE(self->row, split->columns, "row of a data set"));
cleanup:
    hol_h5_close(&layout);
    hol_h5_close(&space);
    return status;
}

static hol_status append(hol_dataset_writer *self, int64_t rows, hid_t memory_type, const void *values) {
    if (rows == 0) return HOL_OK;
    hid_t file_space = -1, memory_space = -1;
    hol_status status = HOL_OK;
    const hsize_t size[2] = {(hsize_t)(self->rows + rows), (hsize_t)self->columns};
    const hsize_t start[2] = {(hsize_t)self->rows, 0}, count[2] = {(hsize_t)rows, (hsize_t)self->columns};
    HOL_TRY(hol_h5_check(H5Dset_extent(self->set, size), HOL_FAILURE, "%s: cannot be written", self->path));
    HOL_TRY(hol_h5_check(file_space = H5Dget_space(self->set), HOL_FAILURE, "%s: cannot be written", self->path));
    HOL_TRY(hol_h5_check(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL), HOL_FAILURE,
                         "%s: cannot be written", self->path));
    HOL_TRY(hol_h5_check(memory_space = H5Screate_simple(2, count, NULL), HOL_FAILURE, "%s: cannot be written",
                         self->path));
    HOL_TRY(hol_h5_check(H5Dwrite(self->set, memory_type, memory_space, file_space, H5P_DEFAULT, values), HOL_FAILURE,
                         "%s: cannot be written", self->path));
    self->rows += rows;
cleanup:
    hol_h5_close(&memory_space);
    hol_h5_close(&file_space);
    return status;
}

hol_status hol_dataset_writer_append_bytes(hol_dataset_writer *self, int64_t rows, const uint8_t *bytes) {
    assert(self->set >= 0 && self->kind != HOL_DATASET_FLOATS);
    self->checksum += hol_part_hash(bytes, self->rows, rows, self->columns);
    return append(self, rows, H5T_NATIVE_UINT8, bytes);
}

hol_status hol_dataset_writer_append_floats(hol_dataset_writer *self, int64_t rows, const float *floats) {
    assert(self->set >= 0 && self->kind == HOL_DATASET_FLOATS);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < self->columns; c++) self->row[c] = (double)floats[r * self->columns + c];
        self->checksum += hol_part_hash(self->row, self->rows + r, 1, self->columns * (int64_t)sizeof *self->row);
    }
    return append(self, rows, H5T_NATIVE_FLOAT, floats);
}

hol_status hol_dataset_writer_finish(hol_dataset_writer *self) {
    assert(self->temporary);
    hol_status status = HOL_OK;
    HOL_TRY(end_split(self));
    HOL_TRY(hol_h5_check(H5Fflush(self->file, H5F_SCOPE_GLOBAL), HOL_FAILURE, "%s: cannot be written", self->path));
    const hid_t file = self->file;
    self->file = -1;
    HOL_TRY(hol_h5_check(H5Fclose(file), HOL_FAILURE, "%s: cannot be written", self->path));
    HOL_TRY(hol_seal_append(self->temporary, self->path));
    HOL_TRY(hol_replace_commit(self->temporary, self->path));
    hol_free(self->temporary);
    self->temporary = NULL;
cleanup:
    return status;
}

void hol_dataset_writer_destroy(hol_dataset_writer *self) {
    if (!self) return;
    hol_h5_abandon(self->file); /* no longer open when it was finished */
    hol_h5_close(&self->set);
    hol_h5_close(&self->file);
    hol_replace_abandon(self->temporary);
    hol_free(self->row);
    hol_free(self->temporary);
    hol_free(self->path);
    hol_free(self);
}
