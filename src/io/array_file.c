/* array_file: IDX, npy and text, through zlib, which reads plain files too.
 *
 * Contents: bytes; binary headers (IDX, npy); binary rows; text lines; text rows; the public functions. */
#include "io/array_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "io/dataset.h"

enum { BUFFER_SIZE = 1 << 18, PIECE_SIZE = 1 << 20, HEADER_LIMIT = 1 << 20, SHOWN = 40, LINE_LIMIT = 1 << 26 };
/* deflate makes no more than so many bytes of one */
enum { DEFLATE_RATIO = 1032 };

enum element { UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, FLOAT16, FLOAT32, FLOAT64 };
static const int element_size[] = {1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};

struct hol_array_file {
    char *path;    /* owned */
    gzFile stream; /* owned */
    bool is_text;
    bool takes_missing; /* missing values become NaN */
    int64_t rows;
    int64_t columns;
    int64_t row; /* the next to be read */
    int dimensions;
    int64_t shape[HOL_ARRAY_FILE_DIMENSIONS]; /* of an item */

    /* binary */
    enum element element;
    bool is_big_endian;
    int64_t byte;         /* how many were read, after decompression */
    int64_t bytes_most;   /* how many there can be, after decompression */
    unsigned char *piece; /* owned: raw rows */
    int64_t piece_rows;

    /* text */
    char *buffer; /* owned: BUFFER_SIZE bytes as they come from the file */
    int64_t buffered, used;
    char *line; /* owned: the current line, NUL at its end */
    int64_t line_size;
    int64_t line_number; /* from 1 */
    int64_t first_line;  /* the number of the first row's line */
};

/* ------------------------------------------------------------------ bytes */

/* What zlib says is wrong, or NULL when nothing is. */
static const char *stream_error(gzFile stream) {
    int code = Z_OK;
    const char *text = gzerror(stream, &code);
    if (code == Z_OK || code == Z_STREAM_END) return NULL;
    if (code == Z_ERRNO) return strerror(errno);
    const char *colon = strrchr(text, ':'); /* zlib puts the file's name in front */
    return colon ? colon + 1 + (colon[1] == ' ') : text;
}

/* Up to count bytes; fewer only at the end of the file. Damaged compression or a failing disk is an error. */
static hol_status read_some(hol_array_file *self, void *bytes, int64_t count, int64_t *ret_read) {
    int64_t done = 0;
    while (done < count) {
        const unsigned now = count - done < (1 << 30) ? (unsigned)(count - done) : 1U << 30;
        const int got = gzread(self->stream, (char *)bytes + done, now);
        if (got > 0) done += got;
        if (got < 0 || (unsigned)got < now) {
            const char *why = stream_error(self->stream);
            if (why)
                return hol_error(HOL_BAD_INPUT,
                                 "%s: byte %lld: found damaged data (%s), expected a file that can be read", self->path,
                                 (long long)(self->byte + done), why);
            break;
        }
    }
    self->byte += done;
    *ret_read = done;
    return HOL_OK;
}

/* Exactly count bytes of `what`. */
static hol_status read_bytes(hol_array_file *self, void *bytes, int64_t count, const char *what) {
    int64_t got = 0;
    const hol_status status = read_some(self, bytes, count, &got);
    if (status != HOL_OK || got == count) return status;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found the end of the file, expected %lld more byte(s) of %s",
                     self->path, (long long)self->byte, (long long)(count - got), what);
}

/* rows, columns and the item's shape from all dimensions; `at` is where they stand in the file. */
static hol_status set_dimensions(hol_array_file *self, const int64_t *all, int count, int64_t at) {
    self->rows = all[0];
    self->columns = 1;
    for (int d = 0; d < count; d++) {
        if (all[d] < 1)
            return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found dimension %d of size %lld, expected at least 1",
                             self->path, (long long)at, d + 1, (long long)all[d]);
        if (d > 0) self->columns = HOL_PRODUCT(self->columns, all[d]);
        if (self->columns > HOL_COLUMNS_MAX)
            return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found rows of more than %d elements, expected at most that",
                             self->path, (long long)at, HOL_COLUMNS_MAX);
        if (d > 0) self->shape[d - 1] = all[d];
    }
    self->dimensions = count > 2 ? count - 1 : 0;
    return HOL_OK;
}

/* ------------------------------------------------------------------ IDX: 0 0 type dimensions, sizes in big-endian */

static hol_status open_idx(hol_array_file *self) {
    unsigned char head[4], size[4];
    int64_t all[HOL_ARRAY_FILE_DIMENSIONS + 1];
    hol_status status = read_bytes(self, head, 4, "the IDX header");
    if (status != HOL_OK) return status;
    if (head[0] != 0 || head[1] != 0)
        return hol_error(HOL_BAD_INPUT, "%s: byte 0: found 0x%02x%02x, expected 0x0000, the beginning of an IDX file",
                         self->path, head[0], head[1]);
    switch (head[2]) {
    case 0x08: self->element = UINT8; break;
    case 0x09: self->element = INT8; break;
    case 0x0B: self->element = INT16; break;
    case 0x0C: self->element = INT32; break;
    case 0x0D: self->element = FLOAT32; break;
    case 0x0E: self->element = FLOAT64; break;
    default:
        return hol_error(
            HOL_BAD_INPUT,
            "%s: byte 2: found element type 0x%02x, expected 0x08, 0x09 or 0x0b to 0x0e, the types of an IDX file",
            self->path, head[2]);
    }
    if (head[3] < 1 || head[3] > HOL_ARRAY_FILE_DIMENSIONS)
        return hol_error(HOL_BAD_INPUT, "%s: byte 3: found %d dimensions, expected 1 to %d", self->path, head[3],
                         HOL_ARRAY_FILE_DIMENSIONS);
    for (int d = 0; d < head[3]; d++) {
        status = read_bytes(self, size, 4, "the IDX header");
        if (status != HOL_OK) return status;
        all[d] = (int64_t)size[0] << 24 | (int64_t)size[1] << 16 | (int64_t)size[2] << 8 | size[3];
    }
    self->is_big_endian = true;
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
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found \"%s\", expected %s", self->path, (long long)at, shown,
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

static hol_status parse_descr(hol_array_file *self, const char *value, int64_t at) {
    static const struct {
        const char *name;
        enum element element;
    } known[] = {{"|b1", UINT8}, {"|u1", UINT8},  {"|i1", INT8},  {"<u2", UINT16},  {"<i2", INT16},   {"<u4", UINT32},
                 {"<i4", INT32}, {"<u8", UINT64}, {"<i8", INT64}, {"<f2", FLOAT16}, {"<f4", FLOAT32}, {"<f8", FLOAT64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(value + 1, known[i].name, 3) == 0 && value[4] == value[0]) {
            self->element = known[i].element;
            return HOL_OK;
        }
    return npy_error(self, at, value, "'|b1', '|u1', '|i1', or u2 to u8, i2 to i8, f2 to f8 in little-endian, '<f4'");
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
    HOL_TRY(read_bytes(self, head, 8, "the npy header"));
    if (memcmp(head, npy_magic, 6) != 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT,
                          "%s: byte 0: found another beginning, expected that of an npy file, \\x93NUMPY", self->path));
    if (head[6] < 1 || head[6] > 3)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: byte 6: found npy version %d, expected 1, 2 or 3", self->path, head[6]));
    const int size_bytes = head[6] == 1 ? 2 : 4;
    HOL_TRY(read_bytes(self, size, size_bytes, "the npy header"));
    int64_t length = 0;
    for (int i = size_bytes - 1; i >= 0; i--) length = length << 8 | size[i];
    if (length > HEADER_LIMIT)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: byte 8: found a header of %lld bytes, expected at most %d", self->path,
                          (long long)length, HEADER_LIMIT));
    HOL_TRY(HOL_ALLOCATE(header, length + 8, "npy header")); /* zeros behind it end every string function */
    HOL_TRY(read_bytes(self, header, length, "the npy header"));
    const int64_t start = 8 + size_bytes;
    HOL_TRY(find_key(self, header, start, "descr", &value));
    HOL_TRY(parse_descr(self, value, start + (value - header)));
    HOL_TRY(find_key(self, header, start, "fortran_order", &value));
    if (strncmp(value, "False", 5) != 0)
        HOL_TRY(npy_error(self, start + (value - header), value,
                          "False: arrays in Fortran order are not read; save numpy.ascontiguousarray(array)"));
    HOL_TRY(find_key(self, header, start, "shape", &value));
    HOL_TRY(parse_shape(self, value, header, start));
cleanup:
    hol_free(header);
    return status;
}

/* ------------------------------------------------------------------ binary rows */

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

/* raw is (count) elements from byte `start` of the file. */
static hol_status decode_elements(const hol_array_file *self, const unsigned char *raw, int64_t count, int64_t start,
                                  float *values) {
    const int size = element_size[self->element];
    if (self->element == UINT8) {
        for (int64_t i = 0; i < count; i++) values[i] = (float)raw[i];
        return HOL_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *at = raw + i * size;
        uint64_t bits = 0;
        for (int b = 0; b < size; b++) bits = bits << 8 | at[self->is_big_endian ? b : size - 1 - b];
        values[i] = (float)decode(self->element, bits);
        if (!isfinite(values[i]) && !(self->takes_missing && isnan(values[i])))
            return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found %g, expected a finite number", self->path,
                             (long long)(start + i * size), (double)values[i]);
    }
    return HOL_OK;
}

/* What the header says against the size of the file: a claim costs nothing, so no memory is taken on its word. */
static hol_status check_size(const hol_array_file *self, int64_t row_size) {
    const int64_t size = HOL_PRODUCT(self->rows, row_size), most = self->bytes_most - self->byte;
    if (size <= most) return HOL_OK;
    if (!gzdirect(self->stream))
        return hol_error(HOL_BAD_INPUT,
                         "%s: byte %lld: found a claim of %lld rows of %lld bytes, expected at most the %lld bytes that "
                         "a gzip file of its size can hold",
                         self->path, (long long)self->byte, (long long)self->rows, (long long)row_size,
                         (long long)most);
    if (size == INT64_MAX)
        return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found the end of the file, expected %lld rows of %lld bytes",
                         self->path, (long long)self->bytes_most, (long long)self->rows, (long long)row_size);
    return hol_error(HOL_BAD_INPUT,
                     "%s: byte %lld: found the end of the file, expected %lld more byte(s) of %lld rows of %lld bytes",
                     self->path, (long long)self->bytes_most, (long long)(size - most), (long long)self->rows,
                     (long long)row_size);
}

static hol_status start_binary(hol_array_file *self) {
    const int64_t row_size = self->columns * element_size[self->element];
    const hol_status status = check_size(self, row_size);
    if (status != HOL_OK) return status;
    self->piece_rows = row_size < PIECE_SIZE ? PIECE_SIZE / row_size : 1;
    if (self->piece_rows > self->rows) self->piece_rows = self->rows;
    return HOL_ALLOCATE(self->piece, self->piece_rows * row_size, "rows of a file");
}

static hol_status read_binary(hol_array_file *self, int64_t rows, float *values) {
    const int64_t row_size = self->columns * element_size[self->element];
    char what[96];
    (void)snprintf(what, sizeof what, "%lld rows of %lld bytes", (long long)self->rows, (long long)row_size);
    for (int64_t done = 0; done < rows;) {
        const int64_t now = rows - done < self->piece_rows ? rows - done : self->piece_rows;
        const int64_t start = self->byte;
        hol_status status = read_bytes(self, self->piece, now * row_size, what);
        if (status == HOL_OK)
            status = decode_elements(self, self->piece, now * self->columns, start, values + done * self->columns);
        if (status != HOL_OK) return status;
        done += now;
    }
    self->row += rows;
    if (self->row < self->rows) return HOL_OK;
    unsigned char more;
    int64_t got = 0;
    const hol_status status = read_some(self, &more, 1, &got);
    if (status != HOL_OK || got == 0) return status;
    return hol_error(HOL_BAD_INPUT, "%s: byte %lld: found more data, expected the end of the file after %s", self->path,
                     (long long)(self->byte - 1), what);
}

/* ------------------------------------------------------------------ text lines */

static hol_status add_to_line(hol_array_file *self, const char *bytes, int64_t count, int64_t *length) {
    if (*length + count > LINE_LIMIT)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%lld:1: found a line of more than %d bytes, expected at most that: one row a line",
                         self->path, (long long)self->line_number + 1, LINE_LIMIT);
    if (*length + count + 1 > self->line_size) {
        const int64_t size = 2 * (*length + count + 1);
        char *longer = NULL;
        const hol_status status = HOL_ALLOCATE(longer, size, "a line of text");
        if (status != HOL_OK) return status;
        if (*length > 0) memcpy(longer, self->line, (size_t)*length);
        hol_free(self->line);
        self->line = longer;
        self->line_size = size;
    }
    if (count > 0) memcpy(self->line + *length, bytes, (size_t)count);
    *length += count;
    self->line[*length] = '\0';
    return HOL_OK;
}

/* The next line without its end; *ret_length -1 at the end of the file. */
static hol_status read_line(hol_array_file *self, int64_t *ret_length) {
    int64_t length = 0;
    bool any = false;
    hol_status status = HOL_OK;
    for (;;) {
        if (self->used == self->buffered) {
            self->used = 0;
            status = read_some(self, self->buffer, BUFFER_SIZE, &self->buffered);
            if (status != HOL_OK) return status;
            if (self->buffered == 0) break;
        }
        any = true;
        const char *from = self->buffer + self->used;
        const char *end = memchr(from, '\n', (size_t)(self->buffered - self->used));
        const int64_t count = end ? end - from : self->buffered - self->used;
        status = add_to_line(self, from, count, &length);
        if (status != HOL_OK) return status;
        self->used += count + (end != NULL);
        if (end) break;
    }
    if (any) self->line_number++;
    if (length > 0 && self->line[length - 1] == '\r') self->line[--length] = '\0';
    *ret_length = any ? length : -1;
    return HOL_OK;
}

static int64_t skip_blanks(const char *line, int64_t at) {
    while (line[at] == ' ' || line[at] == '\t') at++;
    return at;
}

/* The next line that holds a row, and where in it the row begins (behind a byte-order mark). */
static hol_status read_row_line(hol_array_file *self, int64_t *ret_length, int64_t *ret_start) {
    for (;;) {
        const hol_status status = read_line(self, ret_length);
        if (status != HOL_OK || *ret_length < 0) return status;
        *ret_start = self->line_number == 1 && strncmp(self->line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        const int64_t first = skip_blanks(self->line, *ret_start);
        if (first < *ret_length && self->line[first] != '#') return HOL_OK;
    }
}

/* ------------------------------------------------------------------ text rows */

static hol_status text_error(const hol_array_file *self, int64_t at, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found %s, expected %s", self->path, (long long)self->line_number,
                     (long long)at + 1, found, expected);
}

/* What stands for a value that is not there. */
static bool is_missing(const char *token, int64_t length) {
    if (length == 1) return *token == '?' || *token == '*' || *token == '.';
    return length == 3 && strncasecmp(token, "nan", 3) == 0;
}

/* The number in line[at, end). */
static hol_status parse_number(const hol_array_file *self, int64_t at, int64_t end, float *value) {
    const char *token = self->line + at;
    if (end - at == 1 && token[0] >= '0' && token[0] <= '9') {
        *value = (float)(token[0] - '0');
        return HOL_OK;
    }
    if (self->takes_missing && is_missing(token, end - at)) {
        *value = NAN;
        return HOL_OK;
    }
    /* strtof alone would take 0x10, inf and nan; a token without these letters it takes whole or not at all */
    bool plain = true;
    for (int64_t i = 0; i < end - at; i++) plain = plain && token[i] != '\0' && strchr("0123456789+-.eE", token[i]);
    if (plain) {
        char *stop = NULL;
        *value = strtof(token, &stop);
        if (stop == self->line + end && isfinite(*value)) return HOL_OK;
    }
    char found[SHOWN + 8];
    int length = 0;
    found[length++] = '"';
    for (int64_t i = at; i < end && length <= SHOWN; i++)
        found[length++] = isprint((unsigned char)self->line[i]) ? self->line[i] : '?';
    (void)snprintf(found + length, sizeof found - (size_t)length, "%s\"", end - at > SHOWN ? "..." : "");
    return text_error(self, at, found,
                      self->line_number == self->first_line ? "a number (take out a line of headings)" : "a number");
}

static hol_status ragged(const hol_array_file *self, int64_t at, int64_t count, int64_t expected_count) {
    char found[48], expected[96];
    if (count > expected_count)
        (void)snprintf(found, sizeof found, "more than %lld numbers", (long long)expected_count);
    else (void)snprintf(found, sizeof found, "%lld number(s)", (long long)count);
    (void)snprintf(expected, sizeof expected, "%lld as in line %lld", (long long)expected_count,
                   (long long)self->first_line);
    return text_error(self, at, found, expected);
}

static hol_status too_long(const hol_array_file *self, int64_t at) {
    char found[48];
    (void)snprintf(found, sizeof found, "more than %d numbers in a line", HOL_COLUMNS_MAX);
    return text_error(self, at, found, "at most that");
}

/* Parses the current line's numbers from `at`. values is (expected), or NULL to count only: then expected is
 * INT64_MAX. */
static hol_status parse_row(const hol_array_file *self, int64_t at, int64_t length, int64_t expected, float *values,
                            int64_t *ret_count) {
    const char *line = self->line;
    int64_t count = 0;
    bool after_comma = false;
    for (at = skip_blanks(line, at);; at = skip_blanks(line, at)) {
        if (at >= length || line[at] == '#') {
            if (after_comma) return text_error(self, at, "the end of the line after a comma", "a number");
            break;
        }
        if (line[at] == ',') return text_error(self, at, "an empty field", "a number");
        int64_t end = at;
        while (end < length && line[end] != ',' && line[end] != ' ' && line[end] != '\t' && line[end] != '#') end++;
        if (count == expected) return ragged(self, at, count + 1, expected);
        if (count == HOL_COLUMNS_MAX) return too_long(self, at);
        float value = 0;
        const hol_status status = parse_number(self, at, end, &value);
        if (status != HOL_OK) return status;
        if (values) values[count] = value;
        count++;
        at = skip_blanks(line, end);
        after_comma = line[at] == ',';
        if (after_comma) at++;
    }
    if (values && count < expected) return ragged(self, length, count, expected);
    *ret_count = count;
    return HOL_OK;
}

static hol_status open_text(hol_array_file *self) {
    hol_status status = HOL_ALLOCATE(self->buffer, BUFFER_SIZE, "a file's buffer");
    if (status != HOL_OK) return status;
    self->is_text = true;
    for (;;) {
        int64_t length = 0, start = 0;
        status = read_row_line(self, &length, &start);
        if (status != HOL_OK) return status;
        if (length < 0) break;
        if (self->rows == 0) {
            self->first_line = self->line_number;
            status = parse_row(self, start, length, INT64_MAX, NULL, &self->columns);
            if (status != HOL_OK) return status;
        }
        self->rows++;
    }
    if (self->rows == 0)
        return hol_error(HOL_BAD_INPUT, "%s:%lld:1: found the end of the file, expected a row of numbers", self->path,
                         (long long)self->line_number + 1);
    if (gzrewind(self->stream) != 0) return hol_error(HOL_FAILURE, "%s: cannot be read a second time", self->path);
    self->used = self->buffered = self->line_number = self->byte = 0;
    return HOL_OK;
}

static hol_status read_text(hol_array_file *self, int64_t rows, float *values) {
    for (int64_t r = 0; r < rows; r++) {
        int64_t length = 0, start = 0, count = 0;
        hol_status status = read_row_line(self, &length, &start);
        if (status == HOL_OK && length < 0)
            status = hol_error(HOL_BAD_INPUT,
                               "%s:%lld:1: found the end of the file after %lld rows, expected %lld as before: it "
                               "changed while it was read",
                               self->path, (long long)self->line_number + 1, (long long)(self->row + r),
                               (long long)self->rows);
        if (status == HOL_OK)
            status = parse_row(self, start, length, self->columns, values + r * self->columns, &count);
        if (status != HOL_OK) return status;
    }
    self->row += rows;
    return HOL_OK;
}

/* ------------------------------------------------------------------ public */

static bool name_contains(const char *path, const char *part) {
    const char *slash = strrchr(path, '/');
    return strstr(slash ? slash + 1 : path, part) != NULL;
}

/* The format by the first bytes, and the header. */
static hol_status open_format(hol_array_file *self) {
    unsigned char first[8] = {0};
    int64_t got = 0;
    hol_status status = read_some(self, first, sizeof first, &got);
    if (status != HOL_OK) return status;
    if (got == sizeof first && memcmp(first, "\x89HDF\r\n\x1a\n", sizeof first) == 0)
        return hol_error(HOL_BAD_INPUT,
                         "%s: byte 0: found an HDF5 file, expected IDX, npy or text (holode reads the 2-D data sets of "
                         "an HDF5 file as they are: FILE:/path)",
                         self->path);
    if (gzrewind(self->stream) != 0) return hol_error(HOL_FAILURE, "%s: cannot be read a second time", self->path);
    self->byte = 0;
    if (!gzdirect(self->stream)) self->bytes_most = HOL_PRODUCT(self->bytes_most, DEFLATE_RATIO);
    if ((got > 1 && memcmp(first, npy_magic, 2) == 0) || name_contains(self->path, ".npy")) status = open_npy(self);
    else if ((got > 1 && first[0] == 0 && first[1] == 0) || name_contains(self->path, "-idx") ||
             name_contains(self->path, ".idx"))
        status = open_idx(self);
    else return open_text(self);
    return status == HOL_OK ? start_binary(self) : status;
}

static hol_status open_file(const char *path, bool takes_missing, hol_array_file **ret_file) {
    *ret_file = NULL;
    hol_array_file *self = NULL;
    struct stat found;
    hol_status status = HOL_ALLOCATE(self, 1, "array file");
    if (status != HOL_OK) return status;
    self->takes_missing = takes_missing;
    HOL_TRY(HOL_ALLOCATE(self->path, (int64_t)strlen(path) + 1, "name of a file"));
    memcpy(self->path, path, strlen(path));
    if (stat(path, &found) != 0) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno)));
    if (!S_ISREG(found.st_mode)) /* text is read twice, and so is every import */
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: found %s, expected a regular file", path,
                          S_ISDIR(found.st_mode) ? "a folder" : "a pipe or device"));
    self->bytes_most = (int64_t)found.st_size;
    self->stream = gzopen(path, "rb");
    if (!self->stream) HOL_TRY(hol_error(HOL_BAD_INPUT, "%s: %s", path, strerror(errno)));
    (void)gzbuffer(self->stream, BUFFER_SIZE);
    HOL_TRY(open_format(self));
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
    if (self->stream) (void)gzclose(self->stream);
    hol_free(self->path);
    hol_free(self->piece);
    hol_free(self->buffer);
    hol_free(self->line);
    hol_free(self);
}

int64_t hol_array_file_get_rows(const hol_array_file *self) { return self->rows; }
int64_t hol_array_file_get_columns(const hol_array_file *self) { return self->columns; }

int hol_array_file_get_shape(const hol_array_file *self, const int64_t **ret_shape) {
    *ret_shape = self->shape;
    return self->dimensions;
}

hol_status hol_array_file_read(hol_array_file *self, int64_t max_rows, float *values, int64_t *ret_rows) {
    const int64_t left = self->rows - self->row;
    const int64_t rows = left < max_rows ? left : max_rows;
    *ret_rows = 0;
    if (rows <= 0) return HOL_OK;
    const hol_status status = self->is_text ? read_text(self, rows, values) : read_binary(self, rows, values);
    if (status == HOL_OK) *ret_rows = rows;
    return status;
}
