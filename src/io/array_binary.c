/* array_binary: IDX and npy.
 *
 * Rows come in buffers. In Fortran order a row's elements lie far apart: a buffer is then gathered column by column,
 * from the file where nothing is compressed, otherwise from memory, which holds the whole array.
 *
 * Contents: dimensions; IDX; npy; elements; rows. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_parts.h"
#include "base/alloc.h"
#include "io/dataset.h"

enum { BUFFER_SIZE = 1 << 20, FORTRAN_BUFFER = 1 << 24, HEADER_LIMIT = 1 << 20, SHOWN = 60 };

enum element { UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, FLOAT16, FLOAT32, FLOAT64 };
static const int element_size[] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};

struct hol_array_binary {
    enum element element;
    bool is_big_endian;
    bool is_fortran;
    int dimensions; /* of the array, the rows among them */
    int64_t sizes[HOL_ARRAY_FILE_DIMENSIONS + 1];
    int64_t start;         /* of the elements, in bytes */
    unsigned char *buffer; /* owned: raw rows */
    unsigned char *run;    /* owned: of a column, in Fortran order */
    unsigned char *whole;  /* owned: the array, in Fortran order and compressed */
    int64_t buffer_rows;
};

static const char *path_of(const hol_array_file *self) { return hol_array_bytes_path(self->bytes); }

/* ------------------------------------------------------------------ dimensions */

/* rows, columns and the item's shape from all dimensions; `at` is where they stand in the file. */
static hol_status set_dimensions(hol_array_file *self, const int64_t *all, int count, int64_t at) {
    self->rows = all[0];
    self->fields = 1;
    for (int d = 0; d < count; d++) {
        if (all[d] < 1)
            return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found dimension %d of size %lld, expected at least 1",
                             path_of(self), (long long)at, d + 1, (long long)all[d]);
        if (d > 0) self->fields = HOL_PRODUCT(self->fields, all[d]);
        if (self->fields > HOL_COLUMNS_MAX)
            return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found rows of more than %d elements, expected at most that",
                             path_of(self), (long long)at, HOL_COLUMNS_MAX);
        if (d > 0) self->shape[d - 1] = all[d];
    }
    self->dimensions = count > 2 ? count - 1 : 0;
    self->binary->dimensions = count;
    memcpy(self->binary->sizes, all, (size_t)count * sizeof *all);
    return HOL_OK;
}

/* ------------------------------------------------------------------ IDX: 0 0 type dimensions, sizes in big-endian */

static hol_status open_idx(hol_array_file *self) {
    unsigned char head[4], size[4];
    int64_t all[HOL_ARRAY_FILE_DIMENSIONS + 1];
    hol_status status = hol_array_bytes_read(self->bytes, head, 4, "the IDX header");
    if (status != HOL_OK) return status;
    if (head[0] != 0 || head[1] != 0)
        return hol_error(HOL_BAD_INPUT, "%s: byte 0: found 0x%02x%02x, expected 0x0000, the beginning of an IDX file",
                         path_of(self), head[0], head[1]);
    switch (head[2]) {
    case 0x08: self->binary->element = UINT8; break;
    case 0x09: self->binary->element = INT8; break;
    case 0x0B: self->binary->element = INT16; break;
    case 0x0C: self->binary->element = INT32; break;
    case 0x0D: self->binary->element = FLOAT32; break;
    case 0x0E: self->binary->element = FLOAT64; break;
    default:
        return hol_error(
            HOL_BAD_INPUT,
            "%s: byte 2: found element type 0x%02x, expected 0x08, 0x09 or 0x0b to 0x0e, the types of an IDX file",
            path_of(self), head[2]);
    }
    if (head[3] < 1 || head[3] > HOL_ARRAY_FILE_DIMENSIONS)
        return hol_error(HOL_BAD_INPUT, "%s: byte 3: found %d dimensions, expected 1 to %d", path_of(self), head[3],
                         HOL_ARRAY_FILE_DIMENSIONS);
    for (int d = 0; d < head[3]; d++) {
        status = hol_array_bytes_read(self->bytes, size, 4, "the IDX header");
        if (status != HOL_OK) return status;
        all[d] = (int64_t)size[0] << 24 | (int64_t)size[1] << 16 | (int64_t)size[2] << 8 | size[3];
    }
    self->binary->is_big_endian = true;
    return set_dimensions(self, all, head[3], 4);
}

/* ------------------------------------------------------------------ npy: magic, version, length, a Python dict */

static const char npy_magic[6] = "\x93NUMPY";

static hol_status npy_error(const hol_array_file *self, int64_t at, const char *found, const char *expected) {
    char shown[SHOWN + 1];
    int length = 0;
    while (length < SHOWN && found[length] && found[length] != '\n') {
        shown[length] = isprint((unsigned char)found[length]) ? found[length] : '?';
        length++;
    }
    shown[length] = '\0';
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found \"%s\", expected %s", path_of(self), (long long)at, shown,
                     expected);
}

/* What follows "KEY": in the header; `start` is the header's place in the file. */
static hol_status find_key(const hol_array_file *self, const char *header, int64_t start, const char *key,
                           const char **ret_value) {
    const size_t length = strlen(key);
    for (const char *at = header; (at = strstr(at, key)) != NULL; at += length) {
        if (at == header || (at[-1] != '\'' && at[-1] != '"') || at[length] != at[-1]) continue;
        at += length + 1;
        while (*at == ' ') at++;
        if (*at != ':') return npy_error(self, start + (at - header), at, "a colon after the key");
        at++;
        while (*at == ' ') at++;
        *ret_value = at;
        return HOL_OK;
    }
    char expected[64];
    (void)snprintf(expected, sizeof expected, "an npy header with the key '%s'", key);
    return npy_error(self, start, header, expected);
}

/* What has no single number an element, in words. */
static hol_status refuse_descr(const hol_array_file *self, const char *value, int64_t at) {
    static const struct {
        char first;
        const char *what;
    } known[] = {{'O', "numbers, not Python objects: save array.astype(float)"},
                 {'U', "numbers, not strings: save array.astype(float), or class numbers"},
                 {'S', "numbers, not strings: save array.astype(float), or class numbers"},
                 {'c', "real numbers, not complex ones"},
                 {'M', "numbers, not dates"},
                 {'m', "numbers, not differences of dates"},
                 {'f', "f2, f4 or f8: save array.astype(float)"}};
    if (value[0] == '[')
        return npy_error(self, at, value,
                         "one number an element, not records: numpy.lib.recfunctions.structured_to_unstructured");
    for (size_t i = 0; i < sizeof known / sizeof *known && value[0] && value[1]; i++)
        if (value[2] == known[i].first) return npy_error(self, at, value, known[i].what);
    return npy_error(self, at, value, "'|b1', '|u1', '|i1', or u2 to u8, i2 to i8, f2 to f8, such as '<f4'");
}

/* A quoted type: its order of bytes (<, > or, for single bytes, any), its letter and its size. */
static hol_status parse_descr(hol_array_file *self, const char *value, int64_t at) {
    static const struct {
        const char *name;
        enum element element;
    } known[] = {{"b1", UINT8}, {"u1", UINT8},  {"i1", INT8},  {"u2", UINT16},  {"i2", INT16},   {"u4", UINT32},
                 {"i4", INT32}, {"u8", UINT64}, {"i8", INT64}, {"f2", FLOAT16}, {"f4", FLOAT32}, {"f8", FLOAT64}};
    if (value[0] == '\'' || value[0] == '"')
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (value[1] && strncmp(value + 2, known[i].name, 2) == 0 && value[4] == value[0] &&
                strchr(known[i].name[1] == '1' ? "|<>=" : "<>=", value[1])) {
                self->binary->element = known[i].element;
                self->binary->is_big_endian = value[1] == '>';
                return HOL_OK;
            }
    return refuse_descr(self, value, at);
}

static hol_status parse_shape(hol_array_file *self, const char *value, const char *header, int64_t start) {
    int64_t all[HOL_ARRAY_FILE_DIMENSIONS + 1];
    int count = 0;
    const char *at = value;
    if (*at != '(') return npy_error(self, start + (at - header), at, "a shape such as (60000, 784)");
    at++;
    for (;;) {
        while (*at == ' ') at++;
        if (*at == ')') break;
        char *end = NULL;
        errno = 0;
        const long long size = isdigit((unsigned char)*at) ? strtoll(at, &end, 10) : -1;
        if (!end || errno != 0) return npy_error(self, start + (at - header), at, "the size of a dimension");
        if (count > HOL_ARRAY_FILE_DIMENSIONS) return npy_error(self, start + (at - header), at, "fewer dimensions");
        all[count++] = size;
        at = end;
        while (*at == ' ') at++;
        if (*at == ',') at++;
        else if (*at != ')') return npy_error(self, start + (at - header), at, "a comma or a parenthesis");
    }
    if (count == 0) return npy_error(self, start + (value - header), value, "at least one dimension");
    return set_dimensions(self, all, count, start + (value - header));
}

static hol_status open_npy(hol_array_file *self) {
    unsigned char head[8], size[4];
    char *header = NULL;
    const char *value = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_array_bytes_read(self->bytes, head, 8, "the npy header"));
    if (memcmp(head, npy_magic, 6) != 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: byte 0: found another beginning, expected that of an npy file, \\x93NUMPY",
                          path_of(self)));
    if (head[6] < 1 || head[6] > 3)
        HOL_TRY(
            hol_error(HOL_BAD_INPUT, "%s: byte 6: found npy version %d, expected 1, 2 or 3", path_of(self), head[6]));
    const int size_bytes = head[6] == 1 ? 2 : 4;
    HOL_TRY(hol_array_bytes_read(self->bytes, size, size_bytes, "the npy header"));
    int64_t length = 0;
    for (int i = size_bytes - 1; i >= 0; i--) length = length << 8 | size[i];
    if (length > HEADER_LIMIT)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: byte 8: found a header of %lld bytes, expected at most %d", path_of(self),
                          (long long)length, HEADER_LIMIT));
    HOL_TRY(HOL_ALLOCATE(header, length + 8, "npy header")); /* zeros behind it end every string function */
    HOL_TRY(hol_array_bytes_read(self->bytes, header, length, "the npy header"));
    const int64_t start = 8 + size_bytes;
    HOL_TRY(find_key(self, header, start, "descr", &value));
    HOL_TRY(parse_descr(self, value, start + (value - header)));
    HOL_TRY(find_key(self, header, start, "fortran_order", &value));
    self->binary->is_fortran = strncmp(value, "True", 4) == 0;
    if (!self->binary->is_fortran && strncmp(value, "False", 5) != 0)
        HOL_TRY(npy_error(self, start + (value - header), value, "True or False"));
    HOL_TRY(find_key(self, header, start, "shape", &value));
    HOL_TRY(parse_shape(self, value, header, start));
cleanup:
    hol_free(header);
    return status;
}

/* ------------------------------------------------------------------ elements */

/* The IEEE half-precision number with these bits; exact in double. */
static double half_number(uint64_t bits) {
    const int exponent = (int)(bits >> 10 & 31);
    const double fraction = (double)(bits & 1023);
    double value;
    if (exponent == 31) value = fraction > 0 ? NAN : INFINITY;
    else value = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 & 1 ? -value : value;
}

static double decode(enum element element, uint64_t bits) {
    float single;
    double number;
    const uint32_t low = (uint32_t)bits;
    switch (element) {
    case UINT8:
    case UINT16:
    case UINT32:
    case UINT64: return (double)bits;
    case INT8: return (double)(int8_t)low;
    case INT16: return (double)(int16_t)low;
    case INT32: return (double)(int32_t)low;
    case INT64: return (double)(int64_t)bits;
    case FLOAT16: return half_number(bits);
    case FLOAT32: memcpy(&single, &low, sizeof single); return (double)single;
    case FLOAT64: memcpy(&number, &bits, sizeof number); return number;
    }
    return NAN;
}

static uint64_t bits_at(const hol_array_binary *self, const unsigned char *at, int size) {
    uint64_t bits = 0;
    for (int b = 0; b < size; b++) bits = bits << 8 | at[self->is_big_endian ? b : size - 1 - b];
    return bits;
}

/* ------------------------------------------------------------------ places */

/* How many columns of the file lie before this one in Fortran order: the first of an item's dimensions runs fastest. */
static int64_t fortran_place(const hol_array_binary *self, int64_t field) {
    int64_t place = 0, rest = field, stride = 1;
    for (int d = 1; d < self->dimensions; d++) stride *= self->sizes[d];
    for (int d = self->dimensions - 1; d > 0; d--) {
        stride /= self->sizes[d];
        place += rest % self->sizes[d] * stride;
        rest /= self->sizes[d];
    }
    return place;
}

/* In the file, in bytes. */
static int64_t place_of(const hol_array_file *self, int64_t row, int64_t field) {
    const hol_array_binary *binary = self->binary;
    const int64_t element =
        binary->is_fortran ? fortran_place(binary, field) * self->rows + row : row * self->fields + field;
    return binary->start + element * element_size[binary->element];
}

/* What the header says against the size of the file: a claim costs nothing, so no memory is taken on its word. */
static hol_status check_size(const hol_array_file *self, int64_t row_size) {
    const int64_t place = hol_array_bytes_place(self->bytes), all = hol_array_bytes_most(self->bytes);
    const int64_t size = HOL_PRODUCT(self->rows, row_size), most = all - place;
    if (size <= most) return HOL_OK;
    if (!hol_array_bytes_is_plain(self->bytes))
        return hol_error(
            HOL_BAD_INPUT,
            "%s: byte %lld: found a claim of %lld rows of %lld bytes, expected at most the %lld bytes that "
            "a compressed file of its size can hold",
            path_of(self), (long long)place, (long long)self->rows, (long long)row_size, (long long)most);
    if (size == INT64_MAX)
        return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found the end of the file, expected %lld rows of %lld bytes",
                         path_of(self), (long long)all, (long long)self->rows, (long long)row_size);
    return hol_error(HOL_BAD_INPUT,
                     "%s: byte %lld: found the end of the file, expected %lld more byte(s) of %lld rows of %lld bytes",
                     path_of(self), (long long)all, (long long)(size - most), (long long)self->rows,
                     (long long)row_size);
}

static hol_status start(hol_array_file *self) {
    hol_array_binary *binary = self->binary;
    const int size = element_size[binary->element];
    const int64_t row_size = self->fields * size;
    if (binary->dimensions < 2) binary->is_fortran = false;
    const int64_t buffer = binary->is_fortran ? FORTRAN_BUFFER : BUFFER_SIZE;
    binary->start = hol_array_bytes_place(self->bytes);
    hol_status status = check_size(self, row_size);
    if (status != HOL_OK) return status;
    binary->buffer_rows = row_size < buffer ? buffer / row_size : 1;
    if (binary->buffer_rows > self->rows) binary->buffer_rows = self->rows;
    status = HOL_ALLOCATE(binary->buffer, HOL_PRODUCT(binary->buffer_rows, row_size), "rows of a file");
    if (status == HOL_OK && binary->is_fortran)
        status = HOL_ALLOCATE(binary->run, HOL_PRODUCT(binary->buffer_rows, size), "rows of a file");
    return status;
}

/* ------------------------------------------------------------------ rows */

static hol_status read_whole(hol_array_file *self, int64_t size) {
    hol_array_binary *binary = self->binary;
    const int64_t bytes = self->rows * self->fields * size;
    const hol_status status = HOL_ALLOCATE(binary->whole, bytes, "an array in Fortran order");
    return status == HOL_OK ? hol_array_bytes_read(self->bytes, binary->whole, bytes, "an array in Fortran order")
                            : status;
}

/* Rows [self->row + done, ...) of an array in Fortran order, as a buffer in C order. */
static hol_status gather(hol_array_file *self, int64_t first, int64_t rows) {
    hol_array_binary *binary = self->binary;
    const int64_t size = element_size[binary->element];
    hol_status status = HOL_OK;
    const bool is_plain = hol_array_bytes_is_plain(self->bytes);
    if (!is_plain && !binary->whole) status = read_whole(self, size);
    for (int64_t f = 0; f < self->fields && status == HOL_OK; f++) {
        if (hol_array_column_of(self, f) == HOL_FIELD_SKIPPED) continue;
        const int64_t place = place_of(self, first, f);
        const unsigned char *run = binary->run;
        if (is_plain) status = hol_array_bytes_read_at(self->bytes, place, binary->run, rows * size);
        else run = binary->whole + (place - binary->start);
        if (status != HOL_OK) break;
        for (int64_t r = 0; r < rows; r++)
            memcpy(binary->buffer + (r * self->fields + f) * size, run + r * size, (size_t)size);
    }
    return status;
}

static hol_status not_finite(const hol_array_file *self, int64_t row, int64_t field, double value) {
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found %g, expected a finite number%s", path_of(self),
                     (long long)place_of(self, row, field), value, isnan(value) ? HOL_MISSING_REMEDY : "");
}

static hol_status not_a_class(const hol_array_file *self, int64_t row, int64_t field, double value) {
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found %g as a label, expected a whole number%s", path_of(self),
                     (long long)place_of(self, row, field), value, isnan(value) ? HOL_MISSING_REMEDY : "");
}

/* One row of the buffer; raw is (fields) elements. */
static hol_status decode_row(const hol_array_file *self, int64_t row, const unsigned char *raw, float *values,
                             int32_t *label) {
    const hol_array_binary *binary = self->binary;
    const int size = element_size[binary->element];
    const char *why = NULL;
    if (binary->element == UINT8 && !self->map) {
        for (int64_t f = 0; f < self->fields; f++) values[f] = (float)raw[f];
        return HOL_OK;
    }
    for (int64_t f = 0; f < self->fields; f++) {
        const int64_t column = hol_array_column_of(self, f);
        if (column == HOL_FIELD_SKIPPED) continue;
        const double value = decode(binary->element, bits_at(binary, raw + f * size, size));
        if (column == HOL_FIELD_LABEL) {
            if (label) *label = HOL_LABEL_MISSING;
            if (hol_array_lacks_label(self, value)) continue;
            if (!(value > HOL_LABEL_MISSING && value <= INT32_MAX) || value > floor(value))
                return not_a_class(self, row, f, value);
            if (!hol_array_take_number(self, (int32_t)value, label, &why))
                return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found %g, %s, expected one of few classes",
                                 path_of(self), (long long)place_of(self, row, f), value, why);
            continue;
        }
        values[column] = (float)value;
        if (!isfinite(values[column]) && !(hol_array_missing_has_nan(&self->missing) && isnan(values[column])))
            return not_finite(self, row, f, value);
    }
    return HOL_OK;
}

static hol_status check_end(hol_array_file *self, const char *what) {
    const hol_array_binary *binary = self->binary;
    unsigned char more;
    int64_t got = 0, place = 0;
    if (binary->is_fortran && hol_array_bytes_is_plain(self->bytes)) {
        place = binary->start + self->rows * self->fields * element_size[binary->element];
        got = hol_array_bytes_most(self->bytes) - place;
    } else {
        const hol_status status = hol_array_bytes_read_some(self->bytes, &more, 1, &got);
        if (status != HOL_OK) return status;
        place = hol_array_bytes_place(self->bytes) - 1;
    }
    if (got <= 0) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found more data, expected the end of the file after %s",
                     path_of(self), (long long)place, what);
}

hol_status hol_array_binary_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) {
    hol_array_binary *binary = self->binary;
    const int64_t row_size = self->fields * element_size[binary->element];
    char what[96];
    (void)snprintf(what, sizeof what, "%lld rows of %lld bytes", (long long)self->rows, (long long)row_size);
    for (int64_t done = 0; done < rows;) {
        const int64_t now = rows - done < binary->buffer_rows ? rows - done : binary->buffer_rows;
        const int64_t first = self->row + done;
        hol_status status = binary->is_fortran
                                ? gather(self, first, now)
                                : hol_array_bytes_read(self->bytes, binary->buffer, now * row_size, what);
        for (int64_t r = 0; r < now && status == HOL_OK; r++)
            status = decode_row(self, first + r, binary->buffer + r * row_size, values + (done + r) * self->columns,
                                labels ? labels + done + r : NULL);
        if (status != HOL_OK) return status;
        done += now;
    }
    return self->row + rows < self->rows ? HOL_OK : check_end(self, what);
}

/* ------------------------------------------------------------------ opening */

static hol_status open_by(hol_array_file *self, hol_status (*read_header)(hol_array_file *)) {
    hol_status status = HOL_ALLOCATE(self->binary, 1, "array file");
    if (status == HOL_OK) status = read_header(self);
    return status == HOL_OK ? start(self) : status;
}

hol_status hol_array_idx_open(hol_array_file *self) { return open_by(self, open_idx); }
hol_status hol_array_npy_open(hol_array_file *self) { return open_by(self, open_npy); }

void hol_array_binary_close(hol_array_binary *self) {
    if (!self) return;
    hol_free(self->buffer);
    hol_free(self->run);
    hol_free(self->whole);
    hol_free(self);
}
