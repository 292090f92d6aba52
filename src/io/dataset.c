/* dataset: reading any 2-D data set of an HDF5 file as levels.
 *
 * A data set is read in buffers of whole chunks, as one of three memory types (bytes, 64-bit integers, doubles), each
 * checked and turned into levels by its own small loop. The same buffers serve the look at all values that finds out
 * whether integers are binary or grey bytes. The writer is in dataset_writer.c.
 *
 * Contents: opening; reading; finding the kind; checksums. References and lists are in dataset_names.c, missing values
 * in dataset_missing.c, sequences in dataset_alignment.c; dataset_parts.h has them all. */
#include "io/dataset.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "dataset_parts.h"
#include "io/dataset_notes.h"
#include "io/guard.h"
#include "io/h5.h"
#include "origin.h"

enum { BUFFER_BYTES = 4 << 20, BUFFER_MOST = 64 << 20, CACHE_DEFAULT = 1 << 20, CACHE_MOST = 1 << 30 };

/* So far beyond 0 or 1 is a rounding error of single precision. */
static const double ROUNDING = 1e-6;

/* What the values of a buffer are; ordered so that the maximum over buffers and ranks is the kind of the whole. */
enum seen { SEEN_BINARY, SEEN_BYTES, SEEN_FRACTION };

const char *hol_dataset_kind_name(hol_dataset_kind kind) {
    static const char *const names[] = {"binary", "bytes", "floats", "states"};
    return names[kind];
}

/* ------------------------------------------------------------------ opening */

static hol_status agree(hol_comm *comm, hol_status status) { return comm ? hol_comm_agree(comm, status) : status; }

static hol_status no_such_path(const hol_dataset *self) {
    char names[400] = "", meant[80] = "";
    char **paths = NULL;
    int64_t count = 0, splits = 0;
    size_t best = SIZE_MAX;
    const bool is_ours = hol_h5_has_format(self->handle, "holode data set");
    const hol_status listed = hol_dataset_list(self->comm, self->file, &paths, &count);
    if (listed != HOL_OK) return listed;
    for (int64_t i = 0; i < count; i++)
        if (!is_ours || !hol_dataset_is_note(paths[i])) paths[splits++] = paths[i];
    for (int64_t i = 0; i < splits; i++) {
        const char *name = paths[i] + is_ours;
        hol_words_append(names, sizeof names, "%s%s", i == 0 ? "" : i == splits - 1 ? " or " : ", ", name);
        if (hol_words_are_near(self->path + 1, paths[i] + 1, &best))
            (void)snprintf(meant, sizeof meant, "; did you mean %.60s?", name);
    }
    hol_free(paths);
    return hol_error(HOL_BAD_INPUT, "%s: found no data set %s, expected %s%s", self->file, self->path,
                     splits > 0 ? names : "one (the file holds none)", meant);
}

static hol_status refuse(const hol_dataset *self, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s: found %s, expected %s", self->named, found, expected);
}

/* Chooses the type in which values come to memory. */
static hol_status set_memory_type(hol_dataset *self) {
    static const char expected[] = "integers, floating-point numbers or bool";
    hid_t type = H5Dget_type(self->set), memory_type = -1;
    hol_status status = HOL_OK;
    switch (self->shape.type) {
    case H5T_INTEGER:
        self->memory = self->shape.width == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? MEMORY_BYTE : MEMORY_INTEGER;
        memory_type = H5Tcopy(self->memory == MEMORY_BYTE ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT64);
        break;
    case H5T_FLOAT:
        self->memory = MEMORY_DOUBLE;
        memory_type = H5Tcopy(H5T_NATIVE_DOUBLE);
        break;
    case H5T_ENUM:     /* h5py's bool: FALSE = 0, TRUE = 1 over int8 */
    case H5T_BITFIELD: /* PyTables' bool */
        if (self->shape.width != 1)
            status = refuse(self, "an enumeration or bit field of more than one byte", expected);
        self->memory = MEMORY_BYTE;
        memory_type = H5Tcopy(type); /* one byte, as it lies in the file: no conversion, no byte order */
        break;
    case H5T_STRING: status = refuse(self, "strings", expected); break;
    case H5T_COMPOUND: status = refuse(self, "a compound type (complex numbers or records)", expected); break;
    default: status = refuse(self, "values of another type", expected);
    }
    if (status == HOL_OK) status = hol_h5_check(self->memory_type = memory_type, HOL_FAILURE, "%s", self->named);
    hol_h5_close(&type);
    return status;
}

/* One of holode's attributes, if it is there and of this many integers. In another program's file one of that name may
 * mean anything: what does not fit is left aside, with a word. */
static hol_status read_attribute(const hol_dataset *self, const char *name, int64_t *values, int64_t count,
                                 bool *ret_has) {
    *ret_has = hol_h5_has_attribute(self->set, name);
    if (!*ret_has) return HOL_OK;
    const hol_status status = hol_h5_read_i64(self->set, name, values, count);
    if (hol_error_code(status) != HOL_BAD_INPUT || self->is_ours) return status;
    (void)hol_error_drop(status);
    *ret_has = false;
    return HOL_OK; /* of another type or length: not meant for holode */
}

/* An attribute whose values can't be: an error in our own file, else left aside. */
static hol_status refuse_attribute(const hol_dataset *self, const char *name, const char *found, const char *expected) {
    if (self->is_ours)
        return hol_error(HOL_BAD_INPUT, "%s: attribute \"%s\": found %s, expected %s", self->named, name, found,
                         expected);
    hol_log(self->comm, "%s: attribute \"%s\": found %s, holode's would be %s; left aside", self->named, name, found,
            expected);
    return HOL_OK;
}

/* An image's shape from the attribute, else from (rows, height, width) with dimensions of size 1 left out. */
static hol_status set_image(hol_dataset *self) {
    int64_t shape[2] = {0, 0};
    bool has = false;
    char found[64], expected[64];
    hol_status status = read_attribute(self, "shape", shape, 2, &has);
    if (status != HOL_OK) return status;
    if (has && (shape[0] < 1 || shape[1] < 1 || shape[0] > self->columns || self->columns % shape[0] != 0 ||
                self->columns / shape[0] != shape[1])) {
        (void)snprintf(found, sizeof found, "%lld x %lld", (long long)shape[0], (long long)shape[1]);
        (void)snprintf(expected, sizeof expected, "a product of %lld, the columns", (long long)self->columns);
        status = refuse_attribute(self, "shape", found, expected);
        if (status != HOL_OK) return status;
        has = false;
    }
    if (!has) shape[0] = shape[1] = 0;
    if (!has && self->shape.dimensions > 2) {
        int sides = 0;
        for (int d = 1; d < self->shape.dimensions; d++) {
            if (self->shape.sizes[d] == 1 && self->shape.dimensions > 3) continue;
            if (sides < 2) shape[sides] = (int64_t)self->shape.sizes[d];
            sides++;
        }
        if (sides != 2) shape[0] = shape[1] = 0;
    }
    self->height = shape[0];
    self->width = shape[1];
    return HOL_OK;
}

static hol_status set_sizes(hol_dataset *self) {
    char found[64];
    if (self->shape.dimensions < 2) {
        (void)snprintf(found, sizeof found, "%d dimension(s)", self->shape.dimensions);
        return refuse(self, found, "two (rows, columns), or more of an image (rows, height, width)");
    }
    self->rows = (int64_t)self->shape.sizes[0];
    self->columns = 1;
    for (int d = 1; d < self->shape.dimensions; d++)
        self->columns = HOL_PRODUCT(self->columns, (int64_t)self->shape.sizes[d]);
    if (self->rows < 1 || self->columns < 1) return refuse(self, "no rows or no columns", "at least one of each");
    if (self->columns <= HOL_COLUMNS_MAX) return set_image(self);
    (void)snprintf(found, sizeof found, "more than %d columns", HOL_COLUMNS_MAX);
    return refuse(self, found, "at most that");
}

/* A buffer is some whole rows of chunks, so that no chunk is decompressed twice. */
static hol_status size_buffer(hol_dataset *self) {
    const size_t size = self->memory == MEMORY_BYTE ? 1 : 8;
    const int64_t row_bytes = self->columns * (int64_t)size;
    self->chunk_rows = self->shape.layout == H5D_CHUNKED ? (int64_t)self->shape.chunk[0] : 1;
    self->buffer_rows = row_bytes < BUFFER_BYTES ? BUFFER_BYTES / row_bytes : 1;
    if (self->chunk_rows <= BUFFER_MOST / row_bytes)
        self->buffer_rows = hol_round_up(self->buffer_rows, self->chunk_rows);
    if (self->buffer_rows > self->rows) self->buffer_rows = self->rows;
    return HOL_ALLOCATE(self->buffer, HOL_PRODUCT(self->buffer_rows, self->columns, (int64_t)size),
                        "buffer of a data set");
}

/* Opens the set anew with a cache that holds one row of its chunks: a chunk that is cut between two buffers would
 * otherwise be decompressed for each. */
static hol_status enlarge_cache(hol_dataset *self) {
    hid_t access_list = -1;
    hol_status status = HOL_OK;
    const hol_h5_shape *shape = &self->shape;
    double bytes = shape->layout == H5D_CHUNKED ? (double)shape->width * (double)shape->chunk[0] : 0;
    for (int d = 1; d < shape->dimensions && bytes > 0; d++)
        bytes *= (double)hol_round_up((int64_t)shape->sizes[d], (int64_t)shape->chunk[d]);
    if (bytes <= CACHE_DEFAULT) return HOL_OK;
    hol_h5_close(&self->set);
    HOL_TRY(hol_h5_check(access_list = H5Pcreate(H5P_DATASET_ACCESS), HOL_FAILURE, "%s", self->named));
    HOL_TRY(hol_h5_check(
        H5Pset_chunk_cache(access_list, 12421, bytes < CACHE_MOST ? (size_t)bytes : (size_t)CACHE_MOST, 1.0),
        HOL_FAILURE, "%s", self->named));
    HOL_TRY(hol_h5_check(self->set = H5Dopen2(self->handle, self->path, access_list), HOL_BAD_INPUT,
                         "%s: cannot be opened", self->named));
cleanup:
    hol_h5_close(&access_list);
    return status;
}

/* 255 is the largest grey level, and may be the largest state. Files from before the attribute `kind` have no such
 * state. */
static hol_status read_kind(hol_dataset *self) {
    char *kind = NULL;
    if (!self->is_ours || !hol_h5_has_attribute(self->set, "kind")) return HOL_OK;
    const hol_status status = hol_h5_read_string(self->set, "kind", &kind);
    if (status == HOL_OK && strcmp(kind, hol_dataset_kind_name(HOL_DATASET_STATES)) == 0)
        self->kind = HOL_DATASET_STATES;
    hol_free(kind);
    return status;
}

/* The kind as the attribute `maximum` tells it. */
static hol_status read_maximum(hol_dataset *self) {
    int64_t maximum = 0;
    bool has = false;
    const hol_status status = read_attribute(self, "maximum", &maximum, 1, &has);
    if (status != HOL_OK || !has) return status;
    const bool is_float = self->memory == MEMORY_DOUBLE;
    if (maximum < 1 || maximum > (is_float ? 1 : 255)) {
        char found[32];
        (void)snprintf(found, sizeof found, "%lld", (long long)maximum);
        return refuse_attribute(self, "maximum", found,
                                is_float ? "1" : "1, 255 for grey bytes, or the largest state between");
    }
    self->has_kind = true;
    self->maximum = maximum;
    self->kind = is_float         ? HOL_DATASET_FLOATS
                 : maximum == 1   ? HOL_DATASET_BINARY
                 : maximum == 255 ? HOL_DATASET_BYTES
                                  : HOL_DATASET_STATES;
    return is_float ? HOL_OK : read_kind(self);
}

/* Of a file with a trailer: without one, another program may have changed the values. */
static hol_status read_checksum(hol_dataset *self) {
    hol_guard_found found = HOL_GUARD_NONE;
    const hol_status status = hol_guard_look(self->comm, self->file, &found);
    if (status != HOL_OK || found != HOL_GUARD_TRAILER || hol_guard_is_unchecked(self->comm)) return status;
    self->has_checksum = hol_h5_has_attribute(self->set, "checksum");
    return self->has_checksum ? hol_h5_read_u64(self->set, "checksum", &self->checksum, 1) : HOL_OK;
}

static hol_status check_size(const hol_dataset *self, const hol_dataset *missing) {
    const int64_t bytes = hol_dataset_missing_bytes(self->columns);
    if (missing->memory == MEMORY_BYTE && missing->rows == self->rows && missing->columns == bytes) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld rows of %lld%s, expected %lld of %lld bytes: a bit a column",
                     missing->named, (long long)missing->rows, (long long)missing->columns,
                     missing->memory == MEMORY_BYTE ? "" : " other numbers", (long long)self->rows, (long long)bytes);
}

/* Which values of a data set of ours are missing. */
static hol_status open_missing(hol_dataset *self) {
    hol_status status = HOL_OK;
    char *path = NULL, *reference = NULL;
    if (!self->is_ours || hol_dataset_is_note(self->path)) return HOL_OK;
    HOL_TRY(hol_format_text(&path, "name of missing values", "/missing%s", self->path));
    if (!hol_h5_exists(self->handle, path)) goto cleanup;
    HOL_TRY(hol_format_text(&reference, "name of missing values", "%s:%s", self->file, path));
    HOL_TRY(hol_dataset_open_numbers(self->comm, reference, "train", &self->missing));
    HOL_TRY(check_size(self, self->missing));
cleanup:
    hol_free(path);
    hol_free(reference);
    return status;
}

/* All that one rank does alone. */
static hol_status open_here(hol_dataset *self, const char *reference, const char *default_split) {
    hol_status status = HOL_OK;
    HOL_TRY(hol_dataset_parse_reference(reference, default_split, &self->file, &self->path));
    HOL_TRY(hol_format_text(&self->named, "name of a data set", "%s:%s", self->file, self->path));
    HOL_TRY(hol_h5_open(self->comm, self->file, false, &self->handle));
    HOL_TRY(hol_origin_check_links(self->handle, self->file, self->path));
    if (!hol_h5_exists(self->handle, self->path)) HOL_TRY(no_such_path(self));
    self->is_ours = hol_h5_has_format(self->handle, "holode data set");
    HOL_TRY(hol_origin_open_set(self->comm, self->handle, self->file, self->path, &self->set));
    HOL_TRY(hol_h5_get_shape(self->set, self->named, &self->shape));
    HOL_TRY(set_memory_type(self));
    HOL_TRY(set_sizes(self));
    HOL_TRY(hol_origin_check_size(self->set, self->file, self->path));
    HOL_TRY(enlarge_cache(self));
    HOL_TRY(size_buffer(self));
    HOL_TRY(read_maximum(self));
    HOL_TRY(read_checksum(self));
    HOL_TRY(open_missing(self));
cleanup:
    return status;
}

/* ------------------------------------------------------------------ reading */

static hol_status out_of_range(const hol_dataset *self, int64_t row, int64_t at, double found) {
    char states[64];
    (void)snprintf(states, sizeof states, "a state from 0 to %lld", (long long)self->maximum);
    const char *expected = self->memory == MEMORY_DOUBLE                        ? "a number from 0 to 1"
                           : self->has_kind && self->kind == HOL_DATASET_BINARY ? "0 or 1"
                           : self->has_kind && self->kind == HOL_DATASET_STATES ? states
                                                                                : "a whole number from 0 to 255";
    const char *remedy = isnan(found)    ? HOL_MISSING_REMEDY
                         : found == -1.0 ? " (of spins -1 and 1, write (x + 1) / 2)"
                                         : "";
    return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %.9g, expected %s%s", self->named,
                     (long long)(row + at / self->columns), (long long)(at % self->columns), found, expected, remedy);
}

static double value_of(const hol_dataset *self, int64_t i) {
    switch (self->memory) {
    case MEMORY_BYTE: return ((const uint8_t *)self->buffer)[i];
    case MEMORY_INTEGER: return (double)((const int64_t *)self->buffer)[i];
    case MEMORY_DOUBLE: return ((const double *)self->buffer)[i];
    }
    return 0;
}

/* Of integers: the largest, and the level that 1 is. */
static int64_t largest(const hol_dataset *self) {
    if (self->kind == HOL_DATASET_STATES) return self->maximum;
    return self->kind == HOL_DATASET_BINARY ? 1 : 255;
}

static int64_t level_of_one(const hol_dataset *self) {
    if (self->kind == HOL_DATASET_STATES) return 1;
    return self->kind == HOL_DATASET_BINARY ? 65535 : 257;
}

/* buffer is (count) values from row `row`; levels is (count). */
static hol_status levels_of_bytes(const hol_dataset *self, int64_t row, int64_t count, uint16_t *levels) {
    const uint8_t *bytes = self->buffer;
    const unsigned factor = (unsigned)level_of_one(self), maximum = (unsigned)largest(self);
    for (int64_t i = 0; i < count; i++) {
        if (bytes[i] > maximum) return out_of_range(self, row, i, bytes[i]);
        levels[i] = (uint16_t)(bytes[i] * factor);
    }
    return HOL_OK;
}

static hol_status levels_of_integers(const hol_dataset *self, int64_t row, int64_t count, uint16_t *levels) {
    const int64_t *integers = self->buffer;
    const int64_t factor = level_of_one(self), maximum = largest(self);
    for (int64_t i = 0; i < count; i++) {
        if (integers[i] < 0 || integers[i] > maximum) return out_of_range(self, row, i, (double)integers[i]);
        levels[i] = (uint16_t)(integers[i] * factor);
    }
    return HOL_OK;
}

static hol_status levels_of_doubles(const hol_dataset *self, int64_t row, int64_t count, uint16_t *levels) {
    const double *numbers = self->buffer;
    for (int64_t i = 0; i < count; i++) {
        if (!(numbers[i] >= -ROUNDING && numbers[i] <= 1 + ROUNDING)) return out_of_range(self, row, i, numbers[i]);
        const double number = numbers[i] < 0 ? 0 : numbers[i] > 1 ? 1 : numbers[i];
        levels[i] = (uint16_t)(number * 65535 + 0.5);
    }
    return HOL_OK;
}

/* Levels of the file's columns. */
static hol_status read_levels(hol_dataset *self, int64_t first, int64_t rows, uint16_t *levels) {
    for (int64_t row = first, end = first + rows; row < end;) {
        const int64_t now = hol_dataset_buffered_rows(self, row, end), count = now * self->columns;
        uint16_t *to = levels + (row - first) * self->columns;
        hol_status status = hol_dataset_fill_buffer(self, row, now);
        if (status != HOL_OK) return status;
        switch (self->memory) {
        case MEMORY_BYTE: status = levels_of_bytes(self, row, count, to); break;
        case MEMORY_INTEGER: status = levels_of_integers(self, row, count, to); break;
        case MEMORY_DOUBLE: status = levels_of_doubles(self, row, count, to); break;
        }
        if (status != HOL_OK) return status;
        row += now;
    }
    return HOL_OK;
}

hol_status hol_dataset_read(hol_dataset *self, int64_t first, int64_t rows, uint16_t *levels) {
    assert(first >= 0 && rows >= 0 && first <= self->rows - rows);
    const hol_status status = read_levels(self, first, rows, levels);
    return status == HOL_OK && self->has_label ? hol_dataset_take_labels(self, first, rows, levels) : status;
}

bool hol_dataset_has_signs(const hol_dataset *self) { return self->memory != MEMORY_BYTE; }

hol_status hol_dataset_read_numbers(hol_dataset *self, int64_t first, int64_t rows, float *numbers) {
    assert(first >= 0 && rows >= 0 && first <= self->rows - rows);
    for (int64_t row = first, end = first + rows; row < end;) {
        const int64_t now = hol_dataset_buffered_rows(self, row, end), count = now * self->columns;
        float *to = numbers + (row - first) * self->columns;
        const hol_status status = hol_dataset_fill_buffer(self, row, now);
        if (status != HOL_OK) return status;
        for (int64_t i = 0; i < count; i++) to[i] = (float)value_of(self, i);
        row += now;
    }
    return self->missing ? hol_dataset_mark_numbers(self, first, rows, numbers) : HOL_OK;
}

/* ------------------------------------------------------------------ the kind of a data set that does not say it */

/* Looks at `count` values of the buffer that begins at row `row`; raises *seen. */
static hol_status look_at_buffer(const hol_dataset *self, int64_t row, int64_t count, int64_t *seen) {
    for (int64_t i = 0; i < count; i++) {
        const double value = value_of(self, i);
        if (value == 0 || value == 1) continue;
        const bool is_number = self->memory == MEMORY_DOUBLE;
        if (!(value > (is_number ? -ROUNDING : 0) && value <= (is_number ? 1 + ROUNDING : 255)))
            return out_of_range(self, row, i, value);
        const int64_t now = self->memory == MEMORY_DOUBLE ? SEEN_FRACTION : SEEN_BYTES;
        if (now > *seen) *seen = now;
    }
    return HOL_OK;
}

static hol_status look_at_share(hol_dataset *self, int rank, int size, int64_t *seen) {
    int64_t first = 0, owned = 0;
    hol_comm_share(self->rows, rank, size, &first, &owned);
    for (int64_t row = first; row < first + owned;) {
        const int64_t now = hol_dataset_buffered_rows(self, row, first + owned);
        hol_status status = hol_dataset_fill_buffer(self, row, now);
        if (status == HOL_OK) status = look_at_buffer(self, row, now * self->columns, seen);
        if (status != HOL_OK) return status;
        row += now;
    }
    return HOL_OK;
}

/* comm NULL: this process looks at all values. */
static hol_status find_kind(hol_dataset *self, hol_comm *comm) {
    int64_t seen = SEEN_BINARY;
    hol_status status = look_at_share(self, comm ? hol_comm_rank(comm) : 0, comm ? hol_comm_size(comm) : 1, &seen);
    status = agree(comm, status);
    if (status == HOL_OK && comm) status = hol_comm_max_i64(comm, &seen, 1);
    if (status != HOL_OK) return status;
    self->has_kind = true;
    self->kind = seen == SEEN_BINARY ? HOL_DATASET_BINARY : seen == SEEN_BYTES ? HOL_DATASET_BYTES : HOL_DATASET_FLOATS;
    return HOL_OK;
}

hol_status hol_dataset_compare_ranks(const hol_dataset *self, hol_comm *comm) {
    const int64_t here[] = {self->rows, self->columns, self->has_kind, self->has_kind ? (int64_t)self->kind : 0,
                            self->missing != NULL};
    enum { COUNT = sizeof here / sizeof *here };
    int64_t extremes[2 * COUNT];
    for (int i = 0; i < COUNT; i++) extremes[2 * i] = here[i], extremes[2 * i + 1] = -here[i];
    hol_status status = hol_comm_max_i64(comm, extremes, 2 * COUNT);
    for (int i = 0; i < COUNT && status == HOL_OK; i++)
        if (extremes[2 * i] != -extremes[2 * i + 1])
            status = hol_error(HOL_BAD_INPUT,
                               "%s: found %lld rows of %lld columns on rank %d and something else on another, expected "
                               "the same file on every node",
                               self->named, (long long)self->rows, (long long)self->columns, hol_comm_rank(comm));
    return status;
}

/* This rank's part. *ret_dataset is the caller's, also after an error. */
static hol_status create(hol_comm *comm, const char *reference, const char *default_split, hol_dataset **ret_dataset) {
    hol_dataset *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "data set");
    *ret_dataset = self;
    if (status == HOL_OK) {
        self->comm = comm;
        self->handle = self->set = self->memory_type = self->labels = -1;
        status = open_here(self, reference, default_split);
    }
    return status;
}

hol_status hol_dataset_open(hol_comm *comm, const char *reference, const char *default_split,
                            hol_dataset **ret_dataset) {
    hol_dataset *self = NULL;
    hol_status status = HOL_OK;
    *ret_dataset = NULL;
    HOL_TRY(hol_comm_agree(comm, create(comm, reference, default_split, &self)));
    HOL_TRY(hol_dataset_compare_ranks(self, comm));
    if (!self->has_kind) HOL_TRY(find_kind(self, comm));
    *ret_dataset = self;
    return HOL_OK;
cleanup:
    hol_dataset_close(self);
    return status;
}

hol_status hol_dataset_open_numbers(hol_comm *comm, const char *reference, const char *default_split,
                                    hol_dataset **ret_dataset) {
    const hol_status status = create(comm, reference, default_split, ret_dataset);
    if (status == HOL_OK) return HOL_OK;
    hol_dataset_close(*ret_dataset);
    *ret_dataset = NULL;
    return status;
}

hol_status hol_dataset_open_alone(hol_comm *comm, const char *reference, const char *default_split,
                                  hol_dataset **ret_dataset) {
    hol_status status = hol_dataset_open_numbers(comm, reference, default_split, ret_dataset);
    if (status == HOL_OK && !(*ret_dataset)->has_kind) status = find_kind(*ret_dataset, NULL);
    if (status == HOL_OK) return HOL_OK;
    hol_dataset_close(*ret_dataset);
    *ret_dataset = NULL;
    return status;
}

void hol_dataset_close(hol_dataset *self) {
    if (!self) return;
    hol_dataset_close(self->missing);
    hol_h5_close(&self->memory_type);
    hol_h5_close(&self->labels);
    hol_h5_close(&self->set);
    hol_h5_close(&self->handle);
    hol_alignment_destroy(self->alignment);
    hol_free(self->buffer);
    hol_free(self->named);
    hol_free(self->file);
    hol_free(self->path);
    hol_free(self);
}

int64_t hol_dataset_get_rows(const hol_dataset *self) { return self->rows; }
int64_t hol_dataset_get_columns(const hol_dataset *self) { return hol_dataset_all_columns(self); }
hol_dataset_kind hol_dataset_get_kind(const hol_dataset *self) {
    return self->has_label ? HOL_DATASET_STATES : self->kind;
}
bool hol_dataset_is_labelled_grey(const hol_dataset *self) {
    return self->has_label && (self->kind == HOL_DATASET_BYTES || self->kind == HOL_DATASET_FLOATS);
}
hol_dataset_kind hol_dataset_get_column_kind(const hol_dataset *self) {
    return hol_dataset_is_labelled_grey(self) ? self->kind : hol_dataset_get_kind(self);
}
bool hol_dataset_is_binary(const hol_dataset *self) { return hol_dataset_get_kind(self) == HOL_DATASET_BINARY; }
const char *hol_dataset_get_file(const hol_dataset *self) { return self->file; }
const char *hol_dataset_get_path(const hol_dataset *self) { return self->path; }

bool hol_dataset_get_shape(const hol_dataset *self, int64_t *ret_height, int64_t *ret_width) {
    const bool is_image = self->height > 0 && !self->has_label;
    *ret_height = is_image ? self->height : 0;
    *ret_width = is_image ? self->width : 0;
    return is_image;
}

/* ------------------------------------------------------------------ checksums */

void hol_dataset_begin_check(hol_dataset *self) {
    self->checking = true;
    self->hash = 0;
    self->hashed_rows = 0;
    if (self->missing) hol_dataset_begin_check(self->missing);
}

void hol_dataset_end_check(hol_dataset *self) {
    self->checking = false;
    if (self->missing) hol_dataset_end_check(self->missing);
}

/* Over the ranks. */
static hol_status sum_check(hol_comm *comm, const hol_dataset *self, uint64_t *ret_hash, int64_t *ret_rows) {
    int64_t sums[2] = {(int64_t)self->hash, self->hashed_rows};
    const hol_status status = comm ? hol_comm_sum_i64(comm, sums, 2) : HOL_OK;
    *ret_hash = (uint64_t)sums[0];
    *ret_rows = sums[1];
    return status;
}

hol_status hol_dataset_check(hol_comm *comm, const hol_dataset *self) {
    uint64_t hash = 0;
    int64_t rows = 0;
    hol_status status = self->missing ? hol_dataset_check(comm, self->missing) : HOL_OK;
    if (status == HOL_OK) status = sum_check(comm, self, &hash, &rows);
    if (status != HOL_OK || !self->has_checksum || rows != self->rows || hash == self->checksum) return status;
    return hol_error(HOL_BAD_INPUT, "%s: checksum found %016llx, expected %016llx; the file is damaged", self->named,
                     (unsigned long long)hash, (unsigned long long)self->checksum);
}

hol_status hol_dataset_find_checksum(hol_comm *comm, hol_dataset *self, uint64_t *ret_checksum) {
    hol_status status = HOL_OK;
    uint16_t *levels = NULL;
    int64_t first = 0, rows = 0, all = 0;
    const int64_t buffer = self->buffer_rows;
    hol_comm_share(self->rows, hol_comm_rank(comm), hol_comm_size(comm), &first, &rows);
    hol_dataset_begin_check(self);
    status = HOL_ALLOCATE(levels, HOL_PRODUCT(buffer, hol_dataset_get_columns(self)), "rows of a data set");
    for (int64_t done = 0; status == HOL_OK && done < rows; done += buffer)
        status = hol_dataset_read(self, first + done, rows - done < buffer ? rows - done : buffer, levels);
    hol_dataset_end_check(self);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(sum_check(comm, self, ret_checksum, &all));
cleanup:
    hol_free(levels);
    return status;
}
