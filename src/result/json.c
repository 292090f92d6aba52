/* json: a result as one JSON object, and one read back, by jansson. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "records.h"

enum { DEPTH_MAX = 16, DIGITS_SURE = 15 /* of a double */, READ_MAX = 64 << 20 };

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Where it is no UTF-8, as a terminal shows it. NULL when memory is short. */
static json_t *make_text(const char *text) {
    json_t *made = json_string(text);
    const size_t size = HOL_ESCAPE_GROWTH * strlen(text) + 1;
    char *escaped = made ? NULL : malloc(size);
    if (escaped) (void)hol_escape(text, true, escaped, size);
    if (escaped) made = json_string(escaped);
    free(escaped);
    return made;
}

static json_t *make_number(double value, int digits) {
    char text[HOL_NUMBER_SIZE];
    if (!isfinite(value)) return json_null();
    if (hol_record_print_number(value, digits, text)) return json_integer((json_int_t)value);
    const double rounded = strtod(text, NULL);
    return rounded == floor(rounded) && fabs(rounded) < 0x1p53 ? json_integer((json_int_t)rounded) : json_real(rounded);
}

static json_t *make_list(const hol_record *r) {
    json_t *list = json_array();
    bool is_good = list;
    for (int64_t i = 0; is_good && i < r->count; i++)
        is_good = json_array_append_new(list, r->texts ? make_text(r->texts[i] ? r->texts[i] : "")
                                                       : make_number(r->numbers[i], r->digits)) == 0;
    return is_good ? list : NULL;
}

static json_t *make_table(const hol_record *r) {
    json_t *list = json_array();
    bool is_good = list;
    for (const hol_row *row = r->rows; is_good && row; row = row->next) {
        json_t *object = json_object();
        for (int64_t c = 0; c < r->count; c++) {
            const hol_cell *cell = &row->cells[c];
            json_t *value = cell->text ? make_text(cell->text) : make_number(cell->number, r->digits);
            if (!r->columns[c].name) json_decref(value);
            else is_good = json_object_set_new(object, r->columns[c].name, value) == 0 && is_good;
        }
        is_good = json_array_append_new(list, object) == 0 && is_good;
    }
    return is_good ? list : NULL;
}

static bool add(json_t *to, const char *name, json_t *value) {
    return json_is_array(to) ? json_array_append_new(to, value) == 0
                             : json_object_set_new(to, name ? name : "", value) == 0;
}

static bool add_record(json_t *to, const hol_record *r) {
    switch (r->kind) {
    case HOL_RECORD_NUMBER: return add(to, r->name, make_number(r->value, r->digits));
    case HOL_RECORD_TEXT: return r->text && add(to, r->name, make_text(r->text));
    case HOL_RECORD_TEXTS:
    case HOL_RECORD_SERIES: return add(to, r->name, make_list(r));
    case HOL_RECORD_TABLE: return add(to, r->name, make_table(r));
    case HOL_RECORD_QUANTITY:
        return add(to, r->name, make_number(r->value, r->digits)) &&
               (!r->error_name || add(to, r->error_name, make_number(r->error, r->digits)));
    case HOL_RECORD_PRINTED:
    case HOL_RECORD_OPEN:
    case HOL_RECORD_OPEN_LIST:
    case HOL_RECORD_CLOSE: break;
    }
    return true;
}

/* Objects and lists within each other, borrowed from the outermost. */
static bool add_records(json_t *object, const hol_result *result) {
    json_t *open[DEPTH_MAX] = {object};
    int depth = 0;
    bool is_good = true;
    for (const hol_record *r = result->first; is_good && r; r = r->next) {
        const bool opens = r->kind == HOL_RECORD_OPEN || r->kind == HOL_RECORD_OPEN_LIST;
        json_t *inner = !opens ? NULL : r->kind == HOL_RECORD_OPEN ? json_object() : json_array();
        if (r->kind == HOL_RECORD_CLOSE) depth--;
        if (opens) is_good = add(open[depth], r->name, inner) && depth + 1 < DEPTH_MAX;
        else if (r->name) is_good = add_record(open[depth], r);
        if (opens && is_good) open[++depth] = inner;
    }
    return is_good;
}

/* More digits than a double is sure of only where they were asked for. */
static size_t find_flags(const hol_result *result) {
    int digits = DIGITS_SURE;
    for (const hol_record *r = result->first; r; r = r->next)
        if (r->digits > digits) digits = r->digits;
    return JSON_REAL_PRECISION((size_t)digits);
}

/* jansson leaves some control characters as they are; they stand in strings alone */
static void write_escaped(FILE *stream, const char *text) {
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        const bool is_wide = at[0] == 0xc2 && at[1] < 0xa0;
        if (is_wide) at++;
        if (is_wide || *at == 0x7f) fprintf(stream, "\\u%04x", *at);
        else fputc(*at, stream);
    }
    fputc('\n', stream);
}

bool hol_result_write_json(FILE *stream, const hol_result *result) {
    json_t *object = json_object();
    char *text = object && add_records(object, result) ? json_dumps(object, find_flags(result)) : NULL;
    if (text) write_escaped(stream, text);
    free(text);
    json_decref(object);
    return text;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void take_members(json_t *object, hol_result *result) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value) {
        if (json_is_string(value)) hol_result_text(result, name, json_string_value(value));
        if (json_is_number(value)) hol_result_number(result, name, json_number_value(value));
    }
}

hol_status hol_result_read(FILE *file, const char *path, hol_result **ret) {
    hol_status status = HOL_OK;
    json_error_t error = {.line = 0};
    json_t *object = NULL;
    hol_result *result = NULL;
    struct stat facts;
    if (fstat(fileno(file), &facts) == 0 && facts.st_size > READ_MAX)
        return hol_error(HOL_BAD_INPUT, "%s: found %lld bytes, expected at most %d", path, (long long)facts.st_size,
                         READ_MAX);
    object = json_loadf(file, 0, &error);
    if (!json_is_object(object))
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%d:%d: found no whole JSON object: %s", path, object ? 1 : error.line,
                          object ? 1 : error.column, object ? "it is a list" : error.text));
    HOL_TRY(hol_result_create(NULL, &result));
    take_members(object, result);
    if (result->is_lost) HOL_TRY(hol_error(HOL_FAILURE, "%s: out of memory", path));
    *ret = result;
    result = NULL;
cleanup:
    hol_result_destroy(result);
    json_decref(object);
    return status;
}

/* What is not of this kind is not there. */
static const hol_record *find(const hol_result *result, hol_record_kind kind, const char *name) {
    const hol_record *r = result->first;
    while (r && !(r->kind == kind && r->name && strcmp(r->name, name) == 0)) r = r->next;
    return r;
}

double hol_result_get_number(const hol_result *result, const char *name) {
    const hol_record *r = find(result, HOL_RECORD_NUMBER, name);
    return r ? r->value : (double)NAN;
}

const char *hol_result_get_text(const hol_result *result, const char *name) {
    const hol_record *r = find(result, HOL_RECORD_TEXT, name);
    return r && r->text ? r->text : "";
}
