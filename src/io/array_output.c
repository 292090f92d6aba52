/* array_output: headings and rows as text; a header of 64-byte units and the elements as they lie in memory. */
#include "io/array_output.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/output.h"
#include "io/replace.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "npy elements are written as they lie in memory");

/* ---- comma-separated values ---- */

/* the fewest digits that read back to the same float or double */
static void print_number(FILE *stream, double value, bool is_float) {
    char text[40];
    if (isnan(value)) return;
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
    }
    (void)fputs(text, stream);
}

static void print_element(FILE *stream, const hol_array_output *array, int64_t at) {
    const int64_t *words = array->first_words ? array->first_words + at % array->columns : NULL;
    const double value = array->bytes    ? (double)array->bytes[at]
                         : array->floats ? (double)array->floats[at]
                                         : array->doubles[at];
    if (words && value >= 0 && value < (double)(words[1] - words[0]))
        hol_replace_print_cell(stream, array->words[words[0] + (int64_t)value]);
    else if (array->bytes) (void)fprintf(stream, "%u", array->bytes[at]);
    else if (array->floats) print_number(stream, (double)array->floats[at], true);
    else print_number(stream, array->doubles[at], false);
}

static void print_csv(FILE *stream, const void *context) {
    const hol_array_output *array = context;
    if (array->names && array->row_names) (void)fputs("name,", stream);
    for (int64_t c = 0; array->names && c < array->columns; c++) {
        hol_replace_print_cell(stream, array->names[c]);
        (void)fputc(c + 1 < array->columns ? ',' : '\n', stream);
    }
    for (int64_t r = 0; r < array->rows; r++) {
        if (array->row_names) {
            hol_replace_print_cell(stream, array->row_names[r]);
            (void)fputc(',', stream);
        }
        for (int64_t c = 0; c < array->columns; c++) {
            print_element(stream, array, r * array->columns + c);
            (void)fputc(c + 1 < array->columns ? ',' : '\n', stream);
        }
    }
}

/* ---- npy ---- */

/* the magic string, version, length of the dictionary; with it, blanks and a line's end a multiple of 64 bytes */
static void print_npy(FILE *stream, const void *context) {
    enum { BEFORE = 10, UNIT = 64, SIZE = 2 * UNIT };
    const hol_array_output *array = context;
    char header[SIZE + 1];
    const char *type = array->bytes ? "|u1" : array->floats ? "<f4" : "<f8";
    const size_t width = array->bytes ? 1 : array->floats ? sizeof(float) : sizeof(double);
    const void *elements = array->bytes    ? (const void *)array->bytes
                           : array->floats ? (const void *)array->floats
                                           : (const void *)array->doubles;
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(SIZE - BEFORE);
    header[9] = 0;
    const int used = snprintf(header + BEFORE, sizeof header - BEFORE,
                              "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRId64 ", %" PRId64 "), }", type,
                              array->rows, array->columns);
    assert(BEFORE + used < SIZE); /* two numbers of at most 19 digits each */
    memset(header + BEFORE + used, ' ', (size_t)(SIZE - BEFORE - used));
    header[SIZE - 1] = '\n';
    (void)fwrite(header, 1, SIZE, stream);
    (void)fwrite(elements, width, (size_t)(array->rows * array->columns), stream);
}

hol_status hol_array_output_write(const char *path, const hol_array_output *array) {
    return hol_replace_with_text(path, hol_output_ends_with(path, ".npy") ? print_npy : print_csv, array);
}
