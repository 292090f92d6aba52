/* array_text: rows of numbers in text.
 *
 * The file is read twice: on opening to count its rows, then row by row. The first lines decide what it looks like, its
 * dialect (array_dialect.c); every later line is held to it, so that nothing is misread in silence.
 *
 * Contents: lines; values; rows; opening. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array_dialect.h"
#include "array_parts.h"
#include "base/alloc.h"
#include "base/words.h"
#include "io/dataset.h"

enum { BUFFER_SIZE = 1 << 18, LINE_LIMIT = 1 << 26, SHOWN = 40, LIST_SIZE = 512, NUMBER_LIMIT = 64 };

struct hol_array_text {
    hol_dialect dialect;
    char *buffer; /* owned: BUFFER_SIZE bytes as they come from the file */
    int64_t buffered, used;
    char *line; /* owned: the current line, NUL at its end */
    int64_t line_size;
    int64_t line_number; /* from 1 */
    int64_t first_line;  /* the number of the line that the others are held to */
    bool names_passed;
    bool has_points, has_commas; /* as decimal signs, so far */
    uint8_t *words;              /* owned: (fields), enum hol_dialect_words */
};

/* ------------------------------------------------------------------ lines */

static hol_status add_to_line(hol_array_file *self, const char *bytes, int64_t count, int64_t *length) {
    hol_array_text *text = self->text;
    if (*length + count > LINE_LIMIT)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%lld:1: found a line of more than %d bytes, expected at most that: one row a line",
                         hol_array_bytes_path(self->bytes), (long long)text->line_number + 1, LINE_LIMIT);
    const hol_status status = HOL_GROW(text->line, *length, *length + count + 1, &text->line_size, "a line of text");
    if (status != HOL_OK) return status;
    if (count > 0) memcpy(text->line + *length, bytes, (size_t)count);
    *length += count;
    text->line[*length] = '\0';
    return HOL_OK;
}

/* The next line without its end; *ret_length -1 at the end of the file. */
static hol_status read_line(hol_array_file *self, int64_t *ret_length) {
    hol_array_text *text = self->text;
    int64_t length = 0;
    bool any = false;
    hol_status status = HOL_OK;
    for (;;) {
        if (text->used == text->buffered) {
            text->used = 0;
            status = hol_array_bytes_read_some(self->bytes, text->buffer, BUFFER_SIZE, &text->buffered);
            if (status != HOL_OK) return status;
            if (text->buffered == 0) break;
        }
        any = true;
        const char *from = text->buffer + text->used;
        const char *end = memchr(from, '\n', (size_t)(text->buffered - text->used));
        const int64_t count = end ? end - from : text->buffered - text->used;
        status = add_to_line(self, from, count, &length);
        if (status != HOL_OK) return status;
        text->used += count + (end != NULL);
        if (end) break;
    }
    if (any) text->line_number++;
    if (length > 0 && text->line[length - 1] == '\r') text->line[--length] = '\0';
    *ret_length = any ? length : -1;
    return HOL_OK;
}

/* The next line that holds a row or names, and where in it that begins (behind a byte-order mark). */
static hol_status read_row_line(hol_array_file *self, int64_t *ret_length, int64_t *ret_start) {
    hol_array_text *text = self->text;
    for (;;) {
        const hol_status status = read_line(self, ret_length);
        if (status != HOL_OK || *ret_length < 0) return status;
        *ret_start = text->line_number == 1 && strncmp(text->line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        int64_t first = *ret_start;
        /* a spreadsheet's own first line, which names the separator */
        if (text->line_number == 1 && *ret_length - first == 5 && strncmp(text->line + first, "sep=", 4) == 0) continue;
        while (text->line[first] == ' ' || text->line[first] == '\t') first++;
        if (first < *ret_length && text->line[first] != '#') return HOL_OK;
    }
}

/* ------------------------------------------------------------------ values */

static hol_status text_error(const hol_array_file *self, int64_t at, const char *found, const char *expected) {
    return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found %s, expected %s", hol_array_bytes_path(self->bytes),
                     (long long)self->text->line_number, (long long)at + 1, found, expected);
}

/* The same of a field, with its column's name where there are names. */
static hol_status field_error(const hol_array_file *self, int64_t field, int64_t at, const char *found,
                              const char *expected) {
    char all[SHOWN + 160];
    if (!self->names) return text_error(self, at, found, expected);
    (void)snprintf(all, sizeof all, "%s in column %lld (from 0) \"%.60s\"", found, (long long)field,
                   self->names[field]);
    return text_error(self, at, all, expected);
}

/* Bits in a row, or numbers with another separator. */
static bool is_unseparated(const char *text, int64_t length) {
    int64_t bits = 0, others = 0;
    for (int64_t i = 0; i < length; i++) {
        if (isalpha((unsigned char)text[i])) return false;
        bits += text[i] == '0' || text[i] == '1';
        others += i > 0 && i + 1 < length && strchr("|:/_", text[i]) && isdigit((unsigned char)text[i - 1]) &&
                  isdigit((unsigned char)text[i + 1]);
    }
    return others > 0 || (bits == length && length > 3 && (text[0] == '0' || length > 9));
}

/* A value that seems to be missing, though nothing was said of it. */
static hol_status refuse_missing(const hol_array_file *self, int64_t field, const hol_field *token) {
    const char *text = self->text->line + token->start;
    const int length = (int)(token->end - token->start);
    char found[SHOWN + 40] = "an empty field", expected[200], others[120] = "";
    if (length > 0) (void)snprintf(found, sizeof found, "\"%.*s\", a missing value", length, text);
    for (int64_t i = 0; i < self->missing.count; i++)
        hol_words_append(others, sizeof others, "%s,", self->missing.words[i]);
    (void)snprintf(expected, sizeof expected,
                   "a number (--missing '%s%.*s' of holode data import or fit takes it for missing)", others, length,
                   text);
    return field_error(self, field, token->start, found, expected);
}

/* A field in quotes, as far as there is room for it. */
static void quote_field(const hol_array_file *self, const hol_field *token, char found[SHOWN + 40]) {
    const char *line = self->text->line;
    int length = 0;
    found[length++] = '"';
    for (int64_t i = token->start; i < token->end && length <= SHOWN; i++)
        found[length++] = isprint((unsigned char)line[i]) || (line[i] & 0x80) ? line[i] : '?';
    (void)snprintf(found + length, (size_t)(SHOWN + 40 - length), "%s\"",
                   token->end - token->start > SHOWN ? "..." : "");
}

/* What is wrong with a field that is no number, and what would be right: only what is right for it. */
static hol_status refuse_field(const hol_array_file *self, int64_t field, const hol_field *token) {
    const char *line = self->text->line;
    char found[SHOWN + 40];
    bool has_letter = false, has_colon = false, has_return = false;
    for (int64_t i = token->start; i < token->end; i++) {
        has_letter = has_letter || isalpha((unsigned char)line[i]);
        has_colon = has_colon || line[i] == ':';
        has_return = has_return || line[i] == '\r';
    }
    if (hol_dialect_is_missing(line + token->start, token->end - token->start))
        return refuse_missing(self, field, token);
    quote_field(self, token, found);
    if (has_return)
        return text_error(self, token->start, "a carriage return inside a line",
                          "lines that end in \\n or \\r\\n: tr '\\r' '\\n'");
    if (has_colon && !has_letter && self->fields > 1)
        return field_error(self, field, token->start, found, "a number (rows of index:value pairs are not read)");
    if (self->fields == 1 && is_unseparated(line + token->start, token->end - token->start))
        return field_error(self, field, token->start, found, "commas, semicolons, tabs or blanks between numbers");
    return field_error(self, field, token->start, found,
                       has_letter && token->end - token->start > 1 && isalpha((unsigned char)line[token->start])
                           ? "a number (words can be states, labels or left out: holode data import --states, "
                             "--label-column, --columns)"
                           : "a number");
}

/* 1,000 and the like, which where commas separate are rather thousands than three decimals; 0,125 is none. */
static bool is_grouped(const char *text, int64_t length) {
    int64_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    const int64_t first = at;
    while (at < length && isdigit((unsigned char)text[at])) at++;
    if (at == first || text[first] == '0' || length - at != 4 || text[at] != ',') return false;
    for (at++; at < length && isdigit((unsigned char)text[at]);) at++;
    return at == length;
}

/* Points or commas as decimal signs: false when a file has both. A comma becomes a point for strtof. */
static bool take_decimal_sign(hol_array_text *text, char *copy) {
    char *comma = strchr(copy, ',');
    if (comma && strchr(comma + 1, ',')) return true; /* no number at all */
    text->has_points = text->has_points || strchr(copy, '.');
    text->has_commas = text->has_commas || comma;
    if (comma) *comma = '.';
    return !text->has_points || !text->has_commas;
}

/* The number in a field. */
static hol_status parse_number(const hol_array_file *self, int64_t field, const hol_field *token, float *value) {
    const char *from = self->text->line + token->start;
    const int64_t length = token->end - token->start;
    if (length == 1 && from[0] >= '0' && from[0] <= '9') {
        *value = (float)(from[0] - '0');
        return HOL_OK;
    }
    if (length > 3 && self->fields == 1 && is_unseparated(from, length)) return refuse_field(self, field, token);
    if (hol_array_missing_has(&self->missing, from, length)) {
        *value = NAN;
        return HOL_OK;
    }
    if (token->is_quoted && self->text->dialect.separator == ',' && is_grouped(from, length))
        return field_error(self, field, token->start, "a comma before three digits",
                           "a number without it: is it a "
                           "decimal comma, or does it mark thousands?");
    /* strtof alone would take 0x10, inf and nan; what has no such letters it takes whole or not at all */
    bool is_plain = length > 0 && length < NUMBER_LIMIT;
    for (int64_t i = 0; i < length && is_plain; i++) is_plain = from[i] != '\0' && strchr("0123456789+-.,eE", from[i]);
    if (is_plain) {
        char copy[NUMBER_LIMIT], *stop = NULL;
        memcpy(copy, from, (size_t)length);
        copy[length] = '\0';
        if (!take_decimal_sign(self->text, copy))
            return field_error(self, field, token->start, "decimal points and decimal commas", "one of them");
        *value = strtof(copy, &stop);
        if (stop == copy + length && isfinite(*value)) return HOL_OK;
    }
    if (hol_dialect_truth(from, length, value)) return HOL_OK;
    return refuse_field(self, field, token);
}

/* A field that is none of the words in `list`, which are all that there may be. */
static hol_status refuse_word(const hol_array_file *self, int64_t field, const hol_field *token, const char *list) {
    char found[SHOWN + 40], expected[LIST_SIZE + 2 * SHOWN] = "one of ";
    quote_field(self, token, found);
    hol_words_append(expected, sizeof expected, "%s", list);
    if (!self->missing.takes_usual)
        hol_words_append(expected, sizeof expected, " (--missing takes words for values that are not known)");
    return field_error(self, field, token->start, found, expected);
}

/* A field of a column that may have words. */
static hol_status parse_word(const hol_array_file *self, int64_t field, int64_t column, const hol_field *token,
                             float *value) {
    const char *text = self->text->line + token->start, *why = NULL;
    const int64_t length = token->end - token->start;
    char found[80], list[LIST_SIZE];
    if (hol_array_missing_has(&self->missing, text, length)) {
        /* a gap of an alignment, say, where all that may be missing is */
        if (self->missing.takes_usual && hol_column_words_take(self->words, column, text, length, false, value, &why))
            return HOL_OK;
        *value = NAN;
        return HOL_OK;
    }
    const bool is_missing = hol_dialect_is_missing(text, length);
    if (is_missing && !hol_dialect_may_be_word(text, length)) return refuse_missing(self, field, token);
    const bool is_number = is_missing || hol_dialect_is_number(text, length);
    if (hol_column_words_take(self->words, column, text, length, is_number, value, &why)) return HOL_OK;
    hol_column_words_list(self->words, column, list, sizeof list);
    if (list[0]) return refuse_word(self, field, token, list);
    (void)snprintf(found, sizeof found, "%s", why);
    return field_error(self, field, token->start, found, "fewer (--columns leaves columns out)");
}

static hol_status parse_label(const hol_array_file *self, int64_t field, const hol_field *token, int32_t *label) {
    const char *why = NULL;
    char found[80], list[LIST_SIZE];
    int32_t unused = 0;
    if (!self->classes) return HOL_OK;
    const char *text = self->text->line + token->start;
    const int64_t length = token->end - token->start;
    if (!label) label = &unused;
    *label = HOL_LABEL_MISSING;
    if (hol_array_missing_has(&self->missing, text, length)) return HOL_OK;
    if (length == 0) return field_error(self, field, token->start, "a missing label", "a class (--missing '': none)");
    if (hol_classes_take(self->classes, text, length, label, &why)) return HOL_OK;
    hol_classes_list(self->classes, list, sizeof list);
    if (list[0]) return refuse_word(self, field, token, list);
    (void)snprintf(found, sizeof found, "%s", why);
    return field_error(self, field, token->start, found, "one of few classes");
}

/* ------------------------------------------------------------------ rows */

static hol_status ragged(const hol_array_file *self, int64_t at, int64_t count) {
    char found[48], expected[96];
    (void)snprintf(found, sizeof found, "%lld number(s)", (long long)count);
    (void)snprintf(expected, sizeof expected, "%lld as in line %lld", (long long)self->fields,
                   (long long)self->text->first_line);
    return text_error(self, at, found, expected);
}

/* A line with more fields than expected: how many, and where the first of them is. */
static hol_status too_many(const hol_array_file *self, hol_cursor *cursor, int64_t at) {
    hol_field token;
    int64_t count = self->fields + 1;
    while (hol_dialect_next(&self->text->dialect, self->text->line, cursor, &token)) count++;
    return ragged(self, at, count);
}

/* A field of one digit, the most frequent one; goes behind it. */
static inline bool take_digit(const hol_dialect *dialect, const char *line, hol_cursor *cursor, float *value) {
    const char digit = line[cursor->at];
    if (digit < '0' || digit > '9' || line[cursor->at + 1] != dialect->separator || cursor->done) return false;
    *value = (float)(digit - '0');
    cursor->at += 2;
    cursor->behind_separator = true;
    return true;
}

static bool has_words(const hol_array_file *self, int64_t column) {
    return self->words && hol_column_words_has(self->words, column);
}

/* Parses the current line from `start`: values is (columns). */
static hol_status parse_row(const hol_array_file *self, int64_t start, int64_t length, float *values, int32_t *label) {
    const hol_dialect *dialect = &self->text->dialect;
    const char *line = self->text->line;
    hol_cursor cursor = {.at = start, .length = length};
    hol_field token;
    int64_t field = 0;
    for (;; field++) {
        if (field < self->fields) {
            const int64_t column = hol_array_column_of(self, field);
            if (column >= 0 && !has_words(self, column) && take_digit(dialect, line, &cursor, &values[column]))
                continue;
        }
        if (!hol_dialect_next(dialect, line, &cursor, &token)) break;
        if (field >= self->fields) return too_many(self, &cursor, token.start);
        if (token.is_unfinished)
            return text_error(self, token.start - 1, "a quote without its end in this line", "a quoted field");
        const int64_t column = hol_array_column_of(self, field);
        hol_status status = HOL_OK;
        if (column >= 0 && has_words(self, column)) status = parse_word(self, field, column, &token, &values[column]);
        else if (column >= 0) status = parse_number(self, field, &token, &values[column]);
        else if (column == HOL_FIELD_LABEL) status = parse_label(self, field, &token, label);
        if (status != HOL_OK) return status;
    }
    return field < self->fields ? ragged(self, length, field) : HOL_OK;
}

hol_status hol_array_text_read(hol_array_file *self, int64_t rows, float *values, int32_t *labels) {
    hol_array_text *text = self->text;
    for (int64_t r = 0; r < rows;) {
        int64_t length = 0, start = 0;
        hol_status status = read_row_line(self, &length, &start);
        if (status == HOL_OK && length < 0)
            status = hol_error(HOL_BAD_INPUT,
                               "%s:%lld:1: found the end of the file after %lld rows, expected %lld as before: it "
                               "changed while it was read",
                               hol_array_bytes_path(self->bytes), (long long)text->line_number + 1,
                               (long long)(self->row + r), (long long)self->rows);
        if (status == HOL_OK && self->names && !text->names_passed) {
            text->names_passed = true;
            continue;
        }
        if (status == HOL_OK)
            status = parse_row(self, start, length, values + r * self->columns, labels ? labels + r : NULL);
        if (status != HOL_OK) return status;
        r++;
    }
    return HOL_OK;
}

/* ------------------------------------------------------------------ opening */

/* Counts the lines of rows, and keeps the first as a sample. */
static hol_status count_lines(hol_array_file *self, hol_sample *sample) {
    hol_array_text *text = self->text;
    for (;;) {
        int64_t length = 0, start = 0;
        hol_status status = read_row_line(self, &length, &start);
        if (status != HOL_OK || length < 0) return status;
        if (self->rows++ == 0) text->first_line = text->line_number;
        status = hol_sample_add(sample, text->line + start, length - start, text->line_number, start);
        if (status != HOL_OK) return status;
    }
}

/* Errors of the first lines are found in the sample, whose line is then the current one. */
static hol_status refuse_sample(hol_array_file *self, const hol_dialect_error *error) {
    self->text->line_number = error->line;
    return text_error(self, error->at, error->found, error->expected);
}

hol_status hol_array_text_open(hol_array_file *self) {
    hol_sample sample = {0};
    hol_dialect_error error = {0};
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(self->text, 1, "array file"));
    HOL_TRY(HOL_ALLOCATE(self->text->buffer, BUFFER_SIZE, "a file's buffer"));
    HOL_TRY(count_lines(self, &sample));
    if (self->rows == 0)
        HOL_TRY(hol_error(HOL_BAD_INPUT, "%s:%lld:1: found the end of the file, expected a row of numbers",
                          hol_array_bytes_path(self->bytes), (long long)self->text->line_number + 1));
    if (!hol_dialect_find(&sample, &self->text->dialect, &error)) HOL_TRY(refuse_sample(self, &error));
    self->fields = self->text->dialect.fields;
    if (self->fields > HOL_COLUMNS_MAX) {
        char found[64];
        (void)snprintf(found, sizeof found, "more than %d numbers in a line", HOL_COLUMNS_MAX);
        HOL_TRY(refuse_sample(self, &(hol_dialect_error){self->text->first_line, 0, found, "at most that"}));
    }
    if (self->text->dialect.has_names) {
        self->rows--;
        self->has_index = self->text->dialect.has_index;
        HOL_TRY(hol_dialect_names(&self->text->dialect, &sample, &self->names));
    }
    HOL_TRY(HOL_ALLOCATE(self->text->words, self->fields, "columns"));
    hol_dialect_find_words(&self->text->dialect, &sample, self->text->words);
    HOL_TRY(hol_array_bytes_rewind(self->bytes));
    self->text->used = self->text->buffered = self->text->line_number = 0;
cleanup:
    hol_sample_clear(&sample);
    return status;
}

void hol_array_text_close(hol_array_text *self) {
    if (!self) return;
    hol_free(self->buffer);
    hol_free(self->line);
    hol_free(self->words);
    hol_free(self);
}

int hol_array_text_find_words(const hol_array_file *self, int most, hol_array_words *words) {
    int count = 0;
    for (int64_t f = 0; f < self->fields && count < most; f++) {
        if (hol_array_column_of(self, f) < 0 || !(self->text->words[f] & HOL_DIALECT_WORDS)) continue;
        words[count++] = (hol_array_words){f, (self->text->words[f] & HOL_DIALECT_DIFFER) != 0};
    }
    return count;
}

void hol_array_text_describe(const hol_array_file *self, char *text, size_t size) {
    const hol_array_text *own = self->text;
    const hol_dialect *dialect = &own->dialect;
    text[0] = '\0';
    if (dialect->has_names) hol_words_append(text, size, "names in line %lld", (long long)own->first_line);
    if (dialect->has_commas) hol_words_append(text, size, "%sdecimal commas", text[0] ? ", " : "");
    if (!dialect->has_index || !self->map || self->map[0] != HOL_FIELD_SKIPPED) return;
    const char *name = self->names[0];
    hol_words_append(text, size, "%scolumn 0 (from 0)%s%.40s%s left out: row names", text[0] ? ", " : "",
                     name[0] ? " \"" : ", without a name,", name, name[0] ? "\"" : "");
}
