/* array_file: the formats, told apart by their first bytes, and what they have in common. */
#include "io/array_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "io/foreign.h"

enum { ZEROS_LEAST = 4 };

static bool name_contains(const char *path, const char *part) {
    const char *slash = strrchr(path, '/');
    return strstr(slash ? slash + 1 : path, part) != NULL;
}

static bool begins(const unsigned char *first, int64_t count, const char *bytes, int64_t length) {
    return count >= length && memcmp(first, bytes, (size_t)length) == 0;
}

static hol_status refuse_foreign(const char *path, const unsigned char *first, int64_t count) {
    const char *remedy = NULL;
    const char *name = hol_foreign_name(first, (size_t)count, &remedy);
    if (!name) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %s, expected IDX, npy or text (%s)", path, name, remedy);
}

/* Text has no zero bytes; one is a slip, whose place the reader of text says. */
static hol_status refuse_binary(const char *path, const unsigned char *first, int64_t count) {
    int64_t zeros = 0;
    for (int64_t i = 0; i < count; i++) zeros += first[i] == 0;
    if (zeros < ZEROS_LEAST) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found binary data of an unknown kind, expected IDX, npy or text", path);
}

/* The format by the first bytes, and the header. */
static hol_status open_format(hol_array_file *self, const char *path) {
    unsigned char first[HOL_FOREIGN_BYTES] = {0};
    int64_t got = 0;
    hol_status status = hol_array_bytes_read_some(self->bytes, first, sizeof first, &got);
    if (status != HOL_OK) return status;
    if (begins(first, got, "\x89HDF\r\n\x1a\n", 8))
        return hol_error(HOL_BAD_INPUT,
                         "%s: byte 0: found an HDF5 file, expected IDX, npy or text (holode reads the 2-D data sets of "
                         "an HDF5 file as they are: FILE:/path)",
                         path);
    if (begins(first, got, "PK\3\4", 4) || begins(first, got, "PK\5\6", 4))
        return hol_error(HOL_BAD_INPUT, "%s: found a zip archive inside another file, expected IDX, npy or text", path);
    status = hol_array_bytes_rewind(self->bytes);
    if (status != HOL_OK) return status;
    if (begins(first, got, "\x93N", 2)) return hol_array_npy_open(self);
    status = refuse_foreign(path, first, got);
    if (status != HOL_OK) return status;
    if (name_contains(path, ".npy")) return hol_array_npy_open(self);
    if (begins(first, got, "\0\0", 2) || name_contains(path, "-idx") || name_contains(path, ".idx"))
        return hol_array_idx_open(self);
    status = refuse_binary(path, first, got);
    return status == HOL_OK ? hol_array_text_open(self) : status;
}

/* ------------------------------------------------------------------ archives: FILE.npz, or FILE.npz:NAME */

enum { PATH_SIZE = 4096 };

static bool is_archive(const char *file) {
    unsigned char first[4] = {0};
    struct stat found;
    if (stat(file, &found) != 0 || !S_ISREG(found.st_mode)) return false; /* a pipe would wait */
    FILE *stream = fopen(file, "rb");
    const bool is = stream && fread(first, 1, 4, stream) == 4 &&
                    (memcmp(first, "PK\3\4", 4) == 0 || memcmp(first, "PK\5\6", 4) == 0);
    if (stream) (void)fclose(stream);
    return is;
}

static hol_status open_bytes(hol_array_file *self, const char *path) {
    char file[PATH_SIZE];
    struct stat found;
    const char *colon = strrchr(path, ':');
    if (is_archive(path)) return hol_array_bytes_open(path, path, "", &self->bytes);
    if (stat(path, &found) != 0 && colon && colon > path && (size_t)(colon - path) < sizeof file) {
        (void)snprintf(file, sizeof file, "%.*s", (int)(colon - path), path);
        if (is_archive(file)) return hol_array_bytes_open(path, file, colon + 1, &self->bytes);
    }
    return hol_array_bytes_open(path, path, NULL, &self->bytes);
}

/* ------------------------------------------------------------------ public */

static hol_status open_file(const char *path, bool takes_missing, hol_array_file **ret_file) {
    *ret_file = NULL;
    hol_array_file *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    self->takes_missing = takes_missing;
    HOL_TRY(open_bytes(self, path));
    HOL_TRY(open_format(self, path));
    HOL_TRY(hol_array_select_all(self));
    *ret_file = self;
    return HOL_OK;
cleanup:
    hol_array_file_close(self);
    return status;
}

hol_status hol_array_file_open(const char *path, hol_array_file **ret_file) { return open_file(path, false, ret_file); }

hol_status hol_array_file_open_missing(const char *path, hol_array_file **ret_file) {
    return open_file(path, true, ret_file);
}

void hol_array_file_close(hol_array_file *self) {
    if (!self) return;
    hol_array_text_close(self->text);
    hol_array_binary_close(self->binary);
    hol_array_bytes_close(self->bytes);
    hol_free(self->names);
    hol_free(self->map);
    hol_free(self->numbers);
    hol_free(self->chosen);
    hol_free(self);
}

int64_t hol_array_file_get_rows(const hol_array_file *self) { return self->rows; }
int64_t hol_array_file_get_columns(const hol_array_file *self) { return self->columns; }
const char *const *hol_array_file_get_names(const hol_array_file *self) { return self->chosen; }
const int64_t *hol_array_file_get_numbers(const hol_array_file *self) { return self->numbers; }

void hol_array_file_describe(const hol_array_file *self, char *text, size_t size) {
    text[0] = '\0';
    if (self->text) hol_array_text_describe(self, text, size);
}

int hol_array_file_get_shape(const hol_array_file *self, const int64_t **ret_shape) {
    *ret_shape = self->shape;
    return self->map ? 0 : self->dimensions;
}

hol_status hol_array_file_read_labelled(hol_array_file *self, int64_t max_rows, float *values, int32_t *labels,
                                        int64_t *ret_rows) {
    const int64_t left = self->rows - self->row;
    const int64_t rows = left < max_rows ? left : max_rows;
    *ret_rows = 0;
    if (rows <= 0) return HOL_OK;
    const hol_status status = self->text ? hol_array_text_read(self, rows, values, labels)
                                         : hol_array_binary_read(self, rows, values, labels);
    if (status != HOL_OK) return status;
    self->row += rows;
    *ret_rows = rows;
    return HOL_OK;
}

hol_status hol_array_file_read(hol_array_file *self, int64_t max_rows, float *values, int64_t *ret_rows) {
    return hol_array_file_read_labelled(self, max_rows, values, NULL, ret_rows);
}
