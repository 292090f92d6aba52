/* dataset_writer: our own data sets, whole or not at all.
 *
 * A full disk may show itself in any of HDF5's calls, most of all in the flush and the close: each is checked, and the
 * file takes its name only after all of them and an fsync. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/dataset.h"
#include "io/dataset_notes.h"
#include "io/guard.h"
#include "io/h5.h"
#include "io/replace.h"
#include "io/seal.h"

enum { CHUNK_BYTES = 256 << 10, CHUNK_ROWS_MOST = 4096, LIST_MOST = 1 << 16, ZEROS = 1 << 16 };
enum { NAME_MOST = HOL_DATASET_NAME_MOST, NAMES_MOST = 4096 };

/* A set that grows row by row. */
struct growing {
    hid_t set; /* -1: none */
    int64_t rows, columns;
    uint64_t checksum; /* of the rows so far */
};

struct hol_dataset_writer {
    hol_comm *comm;  /* borrowed; NULL in a process without one */
    char *path;      /* owned: the final name */
    char *temporary; /* owned; NULL once the file has its final name */
    hid_t file;
    struct growing split;   /* being written */
    struct growing missing; /* of it; its columns are bytes */
    char name[NAME_MOST + 1];
    hol_dataset_kind kind;
    double *row; /* owned: one row of floats, as its checksum is of */
};

hol_status hol_dataset_writer_create(hol_comm *comm, const char *path, hol_dataset_writer **ret_writer) {
    *ret_writer = NULL;
    hol_dataset_writer *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "data set writer");
    if (status != HOL_OK) return status;
    self->comm = comm;
    self->file = self->split.set = self->missing.set = -1;
    HOL_TRY(hol_format_text(&self->path, "name of a file", "%s", path));
    HOL_TRY(hol_h5_begin(comm, path, &self->temporary, &self->file));
    HOL_TRY(hol_h5_write_string(self->file, "format", "holode data set"));
    *ret_writer = self;
    return HOL_OK;
cleanup:
    hol_dataset_writer_destroy(self);
    return status;
}

static hol_status end_set(const hol_dataset_writer *self, struct growing *to) {
    if (to->set < 0) return HOL_OK;
    hol_status status = hol_h5_write_u64(to->set, "checksum", &to->checksum, 1);
    if (status != HOL_OK) return status;
    /* a close must not be the first to fail: hol_h5_abandon says why */
    status = hol_h5_check(H5Dflush(to->set), HOL_FAILURE, "%s: cannot be written", self->path);
    if (status != HOL_OK) return status;
    const hid_t set = to->set;
    to->set = -1;
    return hol_h5_check(H5Dclose(set), HOL_FAILURE, "%s: cannot be written", self->path);
}

static hol_status fill_missing(hol_dataset_writer *self, int64_t rows) HOL_MUST_USE;

static hol_status end_split(hol_dataset_writer *self) {
    hol_status status = self->missing.set < 0 ? HOL_OK : fill_missing(self, self->split.rows);
    if (status == HOL_OK) status = end_set(self, &self->missing);
    return status == HOL_OK ? end_set(self, &self->split) : status;
}

static hol_status check_name(const hol_dataset_writer *self, const char *name) {
    if (name[0] == '\0' || strlen(name) > NAME_MOST || strpbrk(name, "/:") || strcmp(name, ".") == 0)
        return hol_error(
            HOL_USAGE,
            "%s: found the name \"%.100s\" of a split, expected one such as train, without / and :", self->path, name);
    const char *held = hol_dataset_note_of(name);
    if (held)
        return hol_error(HOL_USAGE, "%s: found the name \"%s\" of a split, which holds the %s, expected another",
                         self->path, name, held);
    if (hol_h5_exists(self->file, name))
        return hol_error(HOL_USAGE, "%s: found two splits named \"%s\", expected one", self->path, name);
    return HOL_OK;
}

/* Chunks of whole rows that can grow, with the attributes that say what they are. */
static hol_status create_set(const hol_dataset_writer *self, hid_t location, const char *name, hol_dataset_kind kind,
                             int64_t maximum, struct growing *to) {
    const bool is_float = kind == HOL_DATASET_FLOATS;
    const int64_t row_bytes = to->columns * (is_float ? 4 : 1);
    int64_t chunk_rows = row_bytes < CHUNK_BYTES ? CHUNK_BYTES / row_bytes : 1;
    if (chunk_rows > CHUNK_ROWS_MOST) chunk_rows = CHUNK_ROWS_MOST;
    const hsize_t columns = (hsize_t)to->columns, chunk[2] = {(hsize_t)chunk_rows, columns}, size[2] = {0, columns},
                  most[2] = {H5S_UNLIMITED, columns};
    hid_t space = -1, layout = -1;
    hol_status status = HOL_OK;
    HOL_TRY(hol_h5_create_layout(self->path, 2, chunk, &layout));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(2, size, most), HOL_FAILURE, "%s", self->path));
    HOL_TRY(hol_h5_check(to->set = H5Dcreate2(location, name, is_float ? H5T_IEEE_F32LE : H5T_STD_U8LE, space,
                                              H5P_DEFAULT, layout, H5P_DEFAULT),
                         HOL_FAILURE, "%s: %s cannot be created", self->path, name));
    HOL_TRY(hol_h5_write_i64(to->set, "maximum", &maximum, 1));
    HOL_TRY(hol_h5_write_string(to->set, "kind", hol_dataset_kind_name(kind)));
cleanup:
    hol_h5_close(&layout);
    hol_h5_close(&space);
    return status;
}

hol_status hol_dataset_writer_begin(hol_dataset_writer *self, const hol_dataset_split *split) {
    assert(split->columns > 0 && split->height * split->width == (split->height > 0 ? split->columns : 0));
    hol_status status = HOL_OK;
    const int64_t maximum = split->kind == HOL_DATASET_BYTES    ? 255
                            : split->kind == HOL_DATASET_STATES ? split->maximum
                                                                : 1;
    const int64_t shape[2] = {split->height, split->width};
    HOL_TRY(end_split(self));
    HOL_TRY(check_name(self, split->name));
    (void)snprintf(self->name, sizeof self->name, "%s", split->name);
    self->split = (struct growing){.set = -1, .columns = split->columns};
    self->missing = (struct growing){.set = -1, .columns = hol_dataset_missing_bytes(split->columns)};
    HOL_TRY(create_set(self, self->file, split->name, split->kind, maximum, &self->split));
    if (split->height > 0) HOL_TRY(hol_h5_write_i64(self->split.set, "shape", shape, 2));
    self->kind = split->kind;
    hol_free(self->row);
    self->row = NULL;
    if (split->kind == HOL_DATASET_FLOATS) HOL_TRY(HOL_ALLOCATE(self->row, split->columns, "row of a data set"));
cleanup:
    return status;
}

static hol_status append(const hol_dataset_writer *self, struct growing *to, int64_t rows, hid_t memory_type,
                         const void *values) {
    if (rows == 0) return HOL_OK;
    const hsize_t size[2] = {(hsize_t)(to->rows + rows), (hsize_t)to->columns};
    hol_status status = hol_h5_check(H5Dset_extent(to->set, size), HOL_FAILURE, "%s: cannot be written", self->path);
    if (status == HOL_OK) status = hol_h5_write_rows(to->set, self->path, memory_type, to->rows, rows, values);
    if (status == HOL_OK) to->rows += rows;
    return status;
}

static hol_status append_bytes(const hol_dataset_writer *self, struct growing *to, int64_t rows, const uint8_t *bytes) {
    to->checksum += hol_rows_hash(bytes, to->rows, rows, to->columns);
    return append(self, to, rows, H5T_NATIVE_UINT8, bytes);
}

hol_status hol_dataset_writer_append_bytes(hol_dataset_writer *self, int64_t rows, const uint8_t *bytes) {
    assert(self->split.set >= 0 && self->kind != HOL_DATASET_FLOATS);
    return append_bytes(self, &self->split, rows, bytes);
}

hol_status hol_dataset_writer_append_floats(hol_dataset_writer *self, int64_t rows, const float *floats) {
    struct growing *to = &self->split;
    assert(to->set >= 0 && self->kind == HOL_DATASET_FLOATS);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < to->columns; c++) self->row[c] = (double)floats[r * to->columns + c];
        to->checksum += hol_rows_hash(self->row, to->rows + r, 1, to->columns * (int64_t)sizeof *self->row);
    }
    return append(self, to, rows, H5T_NATIVE_FLOAT, floats);
}

/* ------------------------------------------------------------------ notes */

static int64_t longest(int64_t count, const char *const *names) {
    int64_t most = 1;
    for (int64_t i = 0; i < count; i++)
        if ((int64_t)strlen(names[i]) > most) most = (int64_t)strlen(names[i]);
    return most;
}

/* All names with zeros behind them, each as long as the longest. */
static hol_status pack(int64_t count, const char *const *names, int64_t *ret_size, char **ret_bytes) {
    *ret_size = longest(count, names);
    const hol_status status = HOL_ALLOCATE(*ret_bytes, HOL_PRODUCT(count, *ret_size), "names");
    if (status != HOL_OK) return status;
    for (int64_t i = 0; i < count; i++) memcpy(*ret_bytes + i * *ret_size, names[i], strlen(names[i]));
    return HOL_OK;
}

static hol_status write_texts(const hol_dataset_writer *self, hid_t location, const char *name, int64_t count,
                              const char *const *texts) {
    hid_t type = -1, layout = -1;
    char *bytes = NULL;
    int64_t size = 0;
    hol_status status = HOL_OK;
    const hsize_t length = (hsize_t)count;
    HOL_TRY(pack(count, texts, &size, &bytes));
    HOL_TRY(hol_h5_create_text_type(self->path, size, &type));
    HOL_TRY(hol_h5_create_layout(self->path, 0, NULL, &layout));
    HOL_TRY(hol_h5_write_set(location, name, self->path, type, type, 1, &length, layout, bytes, NULL));
cleanup:
    hol_h5_close(&layout);
    hol_h5_close(&type);
    hol_free(bytes);
    return status;
}

hol_status hol_dataset_writer_add_columns(hol_dataset_writer *self, int64_t count, const char *const *names) {
    return write_texts(self, self->file, "columns", count, names);
}

hol_status hol_dataset_writer_add_seed(hol_dataset_writer *self, int64_t seed) {
    return hol_h5_write_i64(self->split.set, "split_seed", &seed, 1);
}

hol_status hol_dataset_writer_add_made_of(hol_dataset_writer *self, const uint64_t made_of[2]) {
    return hol_h5_write_u64(self->file, "made_of", made_of, 2);
}

static hol_status write_class_names(hid_t set, int64_t classes, const char *const *names) {
    char *bytes = NULL;
    int64_t size = 0;
    hol_status status = pack(classes, names, &size, &bytes);
    if (status == HOL_OK && classes * size > 60000) /* an attribute holds 64 KB */
        status = hol_error(HOL_BAD_INPUT,
                           "labels: found %lld classes with names of up to %lld bytes, expected fewer or shorter ones: "
                           "60000 bytes in all",
                           (long long)classes, (long long)size);
    if (status == HOL_OK) status = hol_h5_write_texts(set, "names", classes, size, bytes);
    hol_free(bytes);
    return status;
}

/* *ret_group is the caller's to close. */
static hol_status open_group(const hol_dataset_writer *self, const char *name, hid_t *ret_group) {
    *ret_group = hol_h5_exists(self->file, name) ? H5Gopen2(self->file, name, H5P_DEFAULT)
                                                 : H5Gcreate2(self->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return hol_h5_check(*ret_group, HOL_FAILURE, "%s: %s cannot be created", self->path, name);
}

/* A number a row, in /GROUP/SPLIT. *ret_set is the caller's to close, also after an error. */
static hol_status write_list(hol_dataset_writer *self, const char *group_name, const char *split, int64_t rows,
                             hid_t file_type, hid_t memory_type, const void *values, hid_t *ret_set) {
    hid_t group = -1, layout = -1;
    hol_status status = HOL_OK;
    const hsize_t length = (hsize_t)rows, chunk = (hsize_t)(rows < LIST_MOST ? rows : LIST_MOST);
    HOL_TRY(open_group(self, group_name, &group));
    HOL_TRY(hol_h5_create_layout(self->path, 1, &chunk, &layout));
    HOL_TRY(hol_h5_write_set(group, split, self->path, file_type, memory_type, 1, &length, layout, values, ret_set));
cleanup:
    hol_h5_close(&layout);
    hol_h5_close(&group);
    return status;
}

hol_status hol_dataset_writer_add_states(hol_dataset_writer *self, int64_t columns, const int32_t *cardinalities,
                                         const int32_t *counts, const char *const *names) {
    hol_status status = HOL_OK;
    hid_t group = -1;
    int64_t count = 0;
    for (int64_t c = 0; c < columns; c++) count += counts[c];
    HOL_TRY(write_list(self, "states", "cardinalities", columns, H5T_STD_I32LE, H5T_NATIVE_INT32, cardinalities, NULL));
    HOL_TRY(write_list(self, "states", "counts", columns, H5T_STD_I32LE, H5T_NATIVE_INT32, counts, NULL));
    HOL_TRY(open_group(self, "states", &group));
    if (count > 0) HOL_TRY(write_texts(self, group, "names", count, names));
cleanup:
    hol_h5_close(&group);
    return status;
}

hol_status hol_dataset_writer_add_labels(hol_dataset_writer *self, const char *split, int64_t rows,
                                         const int32_t *labels, int64_t classes, const char *const *names) {
    hid_t set = -1;
    hol_status status = HOL_OK;
    HOL_TRY(write_list(self, "labels", split, rows, H5T_STD_I32LE, H5T_NATIVE_INT32, labels, &set));
    if (classes > 0) HOL_TRY(write_class_names(set, classes, names));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "%s: labels cannot be written", self->path));
cleanup:
    hol_h5_close(&set);
    return status;
}

hol_status hol_dataset_writer_add_weights(hol_dataset_writer *self, const char *split, int64_t rows,
                                          const double *weights) {
    hid_t set = -1;
    hol_status status = HOL_OK;
    HOL_TRY(write_list(self, "weights", split, rows, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, weights, &set));
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "%s: weights cannot be written", self->path));
cleanup:
    hol_h5_close(&set);
    return status;
}

hol_status hol_dataset_writer_add_identity(hol_dataset_writer *self, const char *split, double share) {
    hid_t group = -1, set = -1;
    hol_status status = HOL_OK;
    HOL_TRY(open_group(self, "weights", &group));
    HOL_TRY(hol_h5_check(set = H5Dopen2(group, split, H5P_DEFAULT), HOL_FAILURE, "%s: weights cannot be opened",
                         self->path));
    status = hol_h5_write_f64(set, "identity", &share, 1);
cleanup:
    hol_h5_close(&set);
    hol_h5_close(&group);
    return status;
}

hol_status hol_dataset_writer_add_alphabet(hol_dataset_writer *self, const hol_alphabet *alphabet) {
    char texts[HOL_ALPHABET_MOST][2] = {0};
    const char *letters[HOL_ALPHABET_MOST];
    for (int32_t s = 0; s < alphabet->count; s++) {
        texts[s][0] = alphabet->letters[s];
        letters[s] = texts[s];
    }
    return write_texts(self, self->file, "alphabet", alphabet->count, letters);
}

/* Piece by piece, as they may be many and one of them long. */
static hol_status write_names(const hol_dataset_writer *self, hid_t set, hid_t type, int64_t size, int64_t rows,
                              const char *const *names) {
    hol_status status = HOL_OK;
    char *bytes = NULL;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(rows < NAMES_MOST ? rows : NAMES_MOST, size), "names"));
    for (int64_t first = 0; first < rows; first += NAMES_MOST) {
        const int64_t now = rows - first < NAMES_MOST ? rows - first : NAMES_MOST;
        memset(bytes, 0, (size_t)(now * size));
        for (int64_t i = 0; i < now; i++) memcpy(bytes + i * size, names[first + i], strlen(names[first + i]));
        HOL_TRY(hol_h5_write_rows(set, self->path, type, first, now, bytes));
    }
    HOL_TRY(hol_h5_check(H5Dflush(set), HOL_FAILURE, "%s: names cannot be written", self->path));
cleanup:
    hol_free(bytes);
    return status;
}

hol_status hol_dataset_writer_add_names(hol_dataset_writer *self, const char *split, int64_t rows,
                                        const char *const *names) {
    hol_status status = HOL_OK;
    hid_t group = -1, layout = -1, type = -1, space = -1, set = -1;
    const int64_t size = longest(rows, names);
    const hsize_t length = (hsize_t)rows, chunk = (hsize_t)(rows < NAMES_MOST ? rows : NAMES_MOST);
    assert(size <= NAME_MOST);
    HOL_TRY(open_group(self, "names", &group));
    HOL_TRY(hol_h5_create_layout(self->path, 1, &chunk, &layout));
    HOL_TRY(hol_h5_create_text_type(self->path, size, &type));
    HOL_TRY(hol_h5_check(space = H5Screate_simple(1, &length, NULL), HOL_FAILURE, "%s", self->path));
    HOL_TRY(hol_h5_check(set = H5Dcreate2(group, split, type, space, H5P_DEFAULT, layout, H5P_DEFAULT), HOL_FAILURE,
                         "%s: names cannot be created", self->path));
    HOL_TRY(write_names(self, set, type, size, rows, names));
cleanup:
    if (status != HOL_OK) hol_h5_abandon(self->file);
    hol_h5_close(&set);
    hol_h5_close(&space);
    hol_h5_close(&type);
    hol_h5_close(&layout);
    hol_h5_close(&group);
    return status;
}

/* ------------------------------------------------------------------ missing values */

/* Up to so many rows, nothing is missing in those that are not there yet. */
static hol_status fill_missing(hol_dataset_writer *self, int64_t rows) {
    hol_status status = HOL_OK;
    uint8_t *zeros = NULL;
    struct growing *to = &self->missing;
    const int64_t most = ZEROS / to->columns + 1;
    if (to->rows == rows) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(zeros, HOL_PRODUCT(most, to->columns), "missing values"));
    while (to->rows < rows) {
        const int64_t left = rows - to->rows;
        HOL_TRY(append_bytes(self, to, left < most ? left : most, zeros));
    }
cleanup:
    hol_free(zeros);
    return status;
}

hol_status hol_dataset_writer_add_missing(hol_dataset_writer *self, int64_t first, int64_t rows, const uint8_t *bits) {
    hol_status status = HOL_OK;
    hid_t group = -1;
    assert(first >= self->missing.rows && first + rows <= self->split.rows);
    if (self->missing.set < 0) {
        HOL_TRY(open_group(self, "missing", &group));
        HOL_TRY(create_set(self, group, self->name, HOL_DATASET_BYTES, UINT8_MAX, &self->missing));
    }
    HOL_TRY(fill_missing(self, first));
    HOL_TRY(append_bytes(self, &self->missing, rows, bits));
cleanup:
    hol_h5_close(&group);
    return status;
}

/* ------------------------------------------------------------------ the end */

hol_status hol_dataset_writer_finish(hol_dataset_writer *self) {
    assert(self->temporary);
    hol_status status = HOL_OK;
    HOL_TRY(end_split(self));
    HOL_TRY(hol_h5_finish(&self->file, self->path));
    HOL_TRY(hol_seal_commit(self->comm, self->temporary, self->path));
    hol_free(self->temporary);
    self->temporary = NULL;
cleanup:
    return status;
}

void hol_dataset_writer_destroy(hol_dataset_writer *self) {
    if (!self) return;
    hol_h5_abandon(self->file); /* no longer open when it was finished */
    hol_h5_close(&self->missing.set);
    hol_h5_close(&self->split.set);
    hol_h5_close(&self->file);
    hol_replace_abandon(self->temporary);
    hol_free(self->row);
    hol_free(self->temporary);
    hol_free(self->path);
    hol_free(self);
}
