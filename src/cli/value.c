/* value: defaults, ranges and words of the rows of keys and options. */
#include "cli/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const hol_value *hol_value_row(const hol_value_table *table, size_t i) {
    return (const void *)((const char *)table->rows + i * table->row_size);
}

const hol_value *hol_value_find(const hol_value_table *table, const char *name) {
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(hol_value_row(table, i)->name, name) == 0) return hol_value_row(table, i);
    return NULL;
}

/* ---- defaults ---- */

void hol_value_set_default(const hol_value *value, void *values) {
    void *place = (char *)values + value->at;
    switch (value->type) {
    case HOL_VALUE_BOOLEAN: *(bool *)place = value->integer != 0; break;
    case HOL_VALUE_INTEGER: *(int64_t *)place = value->integer; break;
    case HOL_VALUE_NUMBER: *(double *)place = value->number; break;
    case HOL_VALUE_CHOICE: *(int *)place = (int)value->integer; break;
    case HOL_VALUE_TEXT: *(const char **)place = value->text; break;
    case HOL_VALUE_WORDS: *(hol_word_list *)place = (hol_word_list){.count = 0}; break;
    case HOL_VALUE_VARIABLES:
    case HOL_VALUE_CLIQUES: *(void **)place = NULL; break;
    }
}

bool hol_value_is_auto(const hol_value *value, const void *values) {
    const void *place = (const char *)values + value->at;
    if (!value->takes_auto) return false;
    if (value->type == HOL_VALUE_CHOICE) return *(const int *)place == HOL_AUTO_CHOICE;
    return value->type == HOL_VALUE_INTEGER ? *(const int64_t *)place == HOL_AUTO_INTEGER
                                            : *(const double *)place <= HOL_AUTO_NUMBER;
}

bool hol_value_is_default(const hol_value *value, const void *values) {
    const void *place = (const char *)values + value->at;
    switch (value->type) {
    case HOL_VALUE_BOOLEAN: return *(const bool *)place == (value->integer != 0);
    case HOL_VALUE_INTEGER: return *(const int64_t *)place == value->integer;
    case HOL_VALUE_NUMBER: return *(const double *)place == value->number;
    case HOL_VALUE_CHOICE: return *(const int *)place == (int)value->integer;
    case HOL_VALUE_TEXT: {
        const char *text = *(const char *const *)place, *normal = value->required ? "" : value->text;
        return strcmp(text ? text : "", normal ? normal : "") == 0;
    }
    case HOL_VALUE_WORDS: return ((const hol_word_list *)place)->count == 0;
    case HOL_VALUE_VARIABLES:
    case HOL_VALUE_CLIQUES: return *(const void *const *)place == NULL;
    }
    return true;
}

/* ---- from text ---- */

static bool take_integer(const hol_value *value, const char *text, int64_t *ret) {
    char *end = NULL;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *ret >= value->min && *ret <= value->max;
}

static bool take_number(const hol_value *value, const char *text, double *ret) {
    char *end = NULL;
    *ret = strtod(text, &end) + 0.0; /* -0 becomes 0 */
    return end != text && *end == '\0' && isfinite(*ret) &&
           (value->low_open ? *ret > value->low : *ret >= value->low) &&
           (value->high_open ? *ret < value->high : *ret <= value->high);
}

/* the index of one of the choices; -1 for none */
static int find_choice(const hol_value *value, const char *text) {
    for (int i = 0; value->choices[i]; i++)
        if (strcmp(value->choices[i], text) == 0) return i;
    return -1;
}

bool hol_value_take(const hol_value *value, const char *text, void *values) {
    void *place = (char *)values + value->at;
    if (value->takes_auto && strcmp(text, "auto") == 0) return hol_value_set_default(value, values), true;
    switch (value->type) {
    case HOL_VALUE_BOOLEAN:
        *(bool *)place = !text || strcasecmp(text, "true") == 0;
        return *(bool *)place || strcasecmp(text, "false") == 0;
    case HOL_VALUE_INTEGER: return take_integer(value, text, place);
    case HOL_VALUE_NUMBER: return take_number(value, text, place);
    case HOL_VALUE_CHOICE: return (*(int *)place = text ? find_choice(value, text) : 0) >= 0;
    case HOL_VALUE_TEXT: *(const char **)place = text; return !value->choices || find_choice(value, text) >= 0;
    case HOL_VALUE_WORDS:
    case HOL_VALUE_VARIABLES:
    case HOL_VALUE_CLIQUES: break;
    }
    return false;
}

/* ---- in words ---- */

static void describe_number(const hol_value *value, char *buffer, size_t size) {
    if (isinf(value->high))
        (void)snprintf(buffer, size, value->low_open ? "a number above %g" : "a number from %g", value->low);
    else if (value->low_open)
        (void)snprintf(buffer, size, "a number above %g and %s %g", value->low, value->high_open ? "below" : "at most",
                       value->high);
    else
        (void)snprintf(buffer, size, "a number from %g to%s %g", value->low, value->high_open ? " below" : "",
                       value->high);
}

static void describe_choice(const hol_value *value, char *buffer, size_t size) {
    size_t used = 0;
    for (size_t i = 0; value->choices[i] && used < size; i++) {
        const char *between = i == 0 ? "" : value->choices[i + 1] ? ", " : " or ";
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", between, value->choices[i]);
    }
}

void hol_value_describe(const hol_value *value, char *buffer, size_t size) {
    if (value->takes_auto && size > sizeof "auto or ") {
        const size_t used = (size_t)snprintf(buffer, size, value->type == HOL_VALUE_CHOICE ? "auto, " : "auto or ");
        buffer += used;
        size -= used;
    }
    switch (value->type) {
    case HOL_VALUE_BOOLEAN: (void)snprintf(buffer, size, "true or false"); break;
    case HOL_VALUE_INTEGER:
        (void)snprintf(buffer, size, "a whole number from %" PRId64 " to %" PRId64, value->min, value->max);
        break;
    case HOL_VALUE_NUMBER: describe_number(value, buffer, size); break;
    case HOL_VALUE_CHOICE: describe_choice(value, buffer, size); break;
    case HOL_VALUE_TEXT:
        if (value->choices) describe_choice(value, buffer, size);
        else (void)snprintf(buffer, size, "%s", value->expects);
        break;
    case HOL_VALUE_WORDS: (void)snprintf(buffer, size, "%s", value->expects); break;
    case HOL_VALUE_VARIABLES: (void)snprintf(buffer, size, "names with numbers of states, or a list of names"); break;
    case HOL_VALUE_CLIQUES: (void)snprintf(buffer, size, "a list of cliques"); break;
    }
}

const char *hol_value_write_number(double number, char text[HOL_VALUE_DIGITS_MAX]) {
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, HOL_VALUE_DIGITS_MAX, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    return text;
}

void hol_value_print_yaml(FILE *to, const char *text) {
    (void)fputc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') (void)fputc('\\', to);
        (void)fputc(*text, to);
    }
    (void)fputc('"', to);
}

void hol_value_quote(const char *text, size_t length, char *buffer, size_t size) {
    enum { SHOWN = 60, TAIL = 8 }; /* room for one escape, dots, quote and end */
    size_t used = 0, i = 0;
    if (size < TAIL + 2) return;
    buffer[used++] = '"';
    /* past SHOWN, a UTF-8 character that was begun is still finished */
    for (; i < length && used + TAIL < size && (i < SHOWN || ((unsigned char)text[i] & 0xC0) == 0x80); i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7F) used += (size_t)snprintf(buffer + used, size - used, "\\x%02X", byte);
        else buffer[used++] = (char)byte;
    }
    (void)snprintf(buffer + used, size - used, "%s\"", i < length ? "..." : "");
}
