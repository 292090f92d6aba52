/* array_dialect: fields by separator and quotes; then rules on the first lines, each saying what it takes as a sign of
 * what.
 *
 * Contents: the sample; fields; words; separators; names; the dialect. */
#include "array_dialect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

enum { SAMPLE_BYTES = 1 << 20, NAME_MOST = 255 };

/* ------------------------------------------------------------------ the sample */

hol_status hol_sample_add(hol_sample *self, const char *line, int64_t length, int64_t number, int64_t start) {
    if (self->count == HOL_SAMPLE_LINES || (self->count > 1 && self->bytes + length > SAMPLE_BYTES)) return HOL_OK;
    char *copy = NULL;
    const hol_status status = HOL_ALLOCATE(copy, length + 2, "a line of text");
    if (status != HOL_OK) return status;
    memcpy(copy, line, (size_t)length);
    self->lines[self->count] = copy;
    self->lengths[self->count] = length;
    self->numbers[self->count] = number;
    self->starts[self->count++] = start;
    self->bytes += length;
    return HOL_OK;
}

void hol_sample_clear(hol_sample *self) {
    for (int i = 0; i < self->count; i++) hol_free(self->lines[i]);
    *self = (hol_sample){0};
}

/* ------------------------------------------------------------------ fields */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Blanks around fields mean nothing, but a tab that separates is none. */
static bool is_padding(const hol_dialect *dialect, char c) {
    return c == ' ' || (c == '\t' && dialect->separator != '\t');
}

/* A comment; but #N/A and its like are what spreadsheets write for a missing value. */
static bool is_comment(const char *at) { return at[0] == '#' && strncasecmp(at, "#N/A", 4) != 0; }

/* line[at] is a quote: the field up to its fellow, "" and \" inside; *at goes behind that. */
static void take_quoted(const char *line, int64_t length, int64_t *at, hol_field *field) {
    int64_t end = *at + 1;
    *field = (hol_field){.start = end, .is_quoted = true};
    for (; end < length; end++) {
        if (line[end] == '\\' && line[end + 1] == '"') end++;
        else if (line[end] == '"' && line[end + 1] == '"') end++;
        else if (line[end] == '"') break;
    }
    field->is_unfinished = end >= length;
    field->end = end < length ? end : length;
    *at = end < length ? end + 1 : length;
}

static bool ends_field(const hol_dialect *dialect, const char *at) {
    if (is_comment(at)) return true;
    return dialect->separator == ' ' ? is_blank(*at) : *at == dialect->separator;
}

static void take_plain(const hol_dialect *dialect, const char *line, int64_t length, int64_t *at, hol_field *field) {
    int64_t end = *at;
    *field = (hol_field){.start = end};
    while (end < length && !ends_field(dialect, line + end)) end++;
    *at = end;
    while (end > field->start && is_padding(dialect, line[end - 1])) end--;
    field->end = end;
}

bool hol_dialect_next(const hol_dialect *dialect, const char *line, hol_cursor *cursor, hol_field *field) {
    const int64_t length = cursor->length;
    int64_t at = cursor->at;
    while (at < length && is_padding(dialect, line[at])) at++;
    const bool is_end = at >= length || is_comment(line + at);
    if (cursor->done || (is_end && (dialect->separator == ' ' || dialect->trailing || !cursor->behind_separator)))
        return false;
    if (line[at] == '"') take_quoted(line, length, &at, field);
    else take_plain(dialect, line, length, &at, field);
    const int64_t behind = at;
    while (at < length && is_padding(dialect, line[at])) at++;
    if (at < length && !ends_field(dialect, line + at) && (dialect->separator != ' ' || behind == at)) {
        /* something behind the closing quote: the whole is taken as it stands, to be named as such */
        hol_field rest;
        take_plain(dialect, line, length, &at, &rest);
        *field = (hol_field){.start = field->start - field->is_quoted, .end = rest.end};
    }
    cursor->behind_separator = at < length && dialect->separator != ' ' && line[at] == dialect->separator;
    cursor->done = dialect->separator != ' ' && !cursor->behind_separator;
    cursor->at = at + cursor->behind_separator;
    return true;
}

/* ------------------------------------------------------------------ words */

static bool is_one_of(const char *text, int64_t length, const char *const *words) {
    for (; *words; words++)
        if ((int64_t)strlen(*words) == length && strncasecmp(text, *words, (size_t)length) == 0) return true;
    return false;
}

bool hol_dialect_is_missing(const char *text, int64_t length) {
    static const char *const words[] = {"",  "NA",   "N/A",  "#N/A",    "#NA", "<NA>", "nan", "-nan", "?",
                                        "*", "null", "none", "missing", "-",   "--",   ".",   NULL};
    return is_one_of(text, length, words);
}

bool hol_dialect_may_be_word(const char *text, int64_t length) {
    static const char *const words[] = {"-", "--", ".", "*", "none", "missing", NULL};
    return is_one_of(text, length, words);
}

bool hol_dialect_truth(const char *text, int64_t length, float *value) {
    static const char *const on[] = {"true", "yes", "t", NULL}, *const off[] = {"false", "no", "f", NULL};
    *value = is_one_of(text, length, on) ? 1 : 0;
    return *value > 0 || is_one_of(text, length, off);
}

bool hol_dialect_is_number(const char *text, int64_t length) {
    bool has_digit = false;
    for (int64_t i = 0; i < length; i++) {
        if (!strchr("0123456789+-.,eE", text[i]) || text[i] == '\0') return false;
        has_digit = has_digit || isdigit((unsigned char)text[i]);
    }
    return has_digit && !strchr("eE", text[0]);
}

/* ------------------------------------------------------------------ separators */

/* How often a character stands in a line outside quotes, before a comment. */
static int64_t count_in(const char *line, int64_t length, char wanted) {
    int64_t count = 0;
    bool quoted = false;
    for (int64_t i = 0; i < length && (quoted || !is_comment(line + i)); i++) {
        if (line[i] == '"') quoted = !quoted;
        else if (!quoted && line[i] == wanted) count++;
    }
    return count;
}

/* Whether each line from `first` on has as many of this character as the first, and one at least. */
static bool is_in_all(const hol_sample *sample, int first, char wanted) {
    const int64_t expected = count_in(sample->lines[first], sample->lengths[first], wanted);
    for (int i = first; i < sample->count; i++)
        if (count_in(sample->lines[i], sample->lengths[i], wanted) != expected) return false;
    return expected > 0;
}

static bool is_in_any(const hol_sample *sample, int first, char wanted) {
    for (int i = first; i < sample->count; i++)
        if (count_in(sample->lines[i], sample->lengths[i], wanted) > 0) return true;
    return false;
}

static bool is_digit_like(char c) { return isdigit((unsigned char)c) || c == '.' || c == '-' || c == '+'; }

/* Where blanks without a comma stand between what looks like numbers; -1: nowhere. */
static int64_t blanks_between(const char *line, int64_t length) {
    bool quoted = false;
    for (int64_t i = 1; i < length && (quoted || !is_comment(line + i)); i++) {
        if (line[i] == '"') quoted = !quoted;
        if (quoted || !is_blank(line[i]) || is_blank(line[i - 1])) continue;
        int64_t end = i;
        while (end < length && is_blank(line[end])) end++;
        if (end < length && is_digit_like(line[i - 1]) && is_digit_like(line[end])) return i;
    }
    return -1;
}

/* Of lines with commas and blanks between numbers: whether the blanks separate, and each comma is a decimal sign. */
static bool has_decimal_commas(const hol_sample *sample, int first, bool *ret_all_bits) {
    const hol_dialect blanks = {.separator = ' '};
    hol_field field;
    *ret_all_bits = true;
    for (int i = first; i < sample->count; i++) {
        const char *line = sample->lines[i];
        hol_cursor cursor = {.length = sample->lengths[i]};
        while (hol_dialect_next(&blanks, line, &cursor, &field)) {
            const int64_t length = field.end - field.start;
            const char *text = line + field.start, *comma = memchr(text, ',', (size_t)length);
            if (comma && (comma == text || comma == text + length - 1 || !isdigit((unsigned char)comma[1]) ||
                          memchr(comma + 1, ',', (size_t)(text + length - comma - 1))))
                return false;
            if (length > 2 && text[0] == '0' && text[1] == '0') return false; /* the end of 1 000 */
            if (!hol_dialect_is_number(text, length)) return false;
            for (int64_t k = 0; k < length; k++) *ret_all_bits = *ret_all_bits && strchr("01,", text[k]);
            *ret_all_bits = *ret_all_bits && comma && length == 3;
        }
    }
    return true;
}

/* Tabs separate when each line has as many, with no blanks between numbers in what they separate, nor a comma beside.
 */
static bool is_tab_separated(const hol_sample *sample, int first) {
    if (!is_in_all(sample, first, '\t')) return false;
    for (int i = 0; i < sample->count; i++) {
        const char *line = sample->lines[i];
        if (!strchr(line, '\t') && blanks_between(line, sample->lengths[i]) >= 0) return false;
        for (int64_t at = 1; at + 1 < sample->lengths[i]; at++) {
            if (line[at] == ' ' && is_digit_like(line[at - 1]) && is_digit_like(line[at + 1])) return false;
            if (line[at] == '\t' && (line[at - 1] == ',' || line[at + 1] == ',')) return false;
        }
    }
    return true;
}

static bool refuse(hol_dialect_error *error, const hol_sample *sample, int line, int64_t at, const char *found,
                   const char *expected) {
    *error = (hol_dialect_error){sample->numbers[line], sample->starts[line] + at, found, expected};
    return false;
}

static bool find_separator(const hol_sample *sample, hol_dialect *dialect, hol_dialect_error *error) {
    const int first = sample->count > 1; /* names may hold anything */
    int mixed = -1;
    int64_t at = -1;
    bool all_bits = false;
    dialect->separator = ' ';
    if (is_in_any(sample, first, ';')) dialect->separator = ';';
    else if (is_tab_separated(sample, first)) dialect->separator = '\t';
    else if (is_in_any(sample, 0, ',')) dialect->separator = ',';
    for (int i = first; i < sample->count && mixed < 0; i++) {
        if (count_in(sample->lines[i], sample->lengths[i], ',') == 0) continue;
        at = blanks_between(sample->lines[i], sample->lengths[i]);
        if (at >= 0) mixed = i;
    }
    if (mixed < 0 || dialect->separator == ';' || dialect->separator == '\t') return true;
    dialect->separator = ' ';
    if (has_decimal_commas(sample, first, &all_bits)) {
        if (!all_bits) return true;
        return refuse(error, sample, mixed, at, "commas and blanks, of which either may separate numbers",
                      "one separator: commas, or semicolons and decimal commas");
    }
    return refuse(error, sample, mixed, at, "a blank between numbers in a line with commas",
                  "one separator (with decimal commas, fields are separated by semicolons, tabs or blanks)");
}

/* ------------------------------------------------------------------ names */

enum { FIELDS_LOOKED_AT = 4096 };

/* The fields of a line, at most `most` of them kept; their number is returned. */
static int64_t split(const hol_dialect *dialect, const hol_sample *sample, int line, hol_field *fields, int64_t most) {
    hol_cursor cursor = {.length = sample->lengths[line]};
    hol_field field;
    int64_t count = 0;
    for (; hol_dialect_next(dialect, sample->lines[line], &cursor, &field); count++)
        if (count < most) fields[count] = field;
    return count;
}

static bool is_word(const char *line, const hol_field *field) {
    const int64_t length = field->end - field->start;
    float truth;
    return !hol_dialect_is_number(line + field->start, length) &&
           !hol_dialect_is_missing(line + field->start, length) &&
           !hol_dialect_truth(line + field->start, length, &truth);
}

static bool are_equal(const char *line, const hol_field *field, const char *other_line, const hol_field *other) {
    const int64_t length = field->end - field->start;
    return other->end - other->start == length &&
           memcmp(line + field->start, other_line + other->start, (size_t)length) == 0;
}

static bool is_integer(const char *line, const hol_field *field, int64_t number) {
    char text[24];
    const int length = snprintf(text, sizeof text, "%lld", (long long)number);
    return field->end - field->start == length && memcmp(line + field->start, text, (size_t)length) == 0;
}

/* Whether fields [from, count) of a line are 0, 1, 2, ...: a data frame's names for columns without names. */
static bool counts_up(const char *line, const hol_field *fields, int64_t from, int64_t count) {
    for (int64_t i = from; i < count; i++)
        if (!is_integer(line, &fields[i], i - from)) return false;
    return count > from;
}

/* Whether a number of the sample's lines but the first is `limit` or more. */
static bool reaches(const hol_dialect *dialect, const hol_sample *sample, int64_t limit) {
    hol_field field;
    for (int i = 1; i < sample->count; i++) {
        hol_cursor cursor = {.length = sample->lengths[i]};
        while (hol_dialect_next(dialect, sample->lines[i], &cursor, &field))
            if (strtod(sample->lines[i] + field.start, NULL) >= (double)limit) return true;
    }
    return false;
}

/* Whether numbers among names can be such: there are none, or they rise (pixels, wavelengths). A slip in a first row of
 * data is no name. */
static bool are_names(const char *line, const hol_field *fields, int64_t count) {
    int64_t numbers = 0;
    double last = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t length = fields[i].end - fields[i].start;
        if (fields[i].is_quoted || !hol_dialect_is_number(line + fields[i].start, length)) continue;
        const double number = strtod(line + fields[i].start, NULL);
        if (numbers++ > 0 && !(number > last)) return false;
        last = number;
    }
    return numbers == 0 || numbers > 2 || (count == numbers + 1 && fields[0].end == fields[0].start);
}

/* Whether the first value of field f below the first line that is not missing, if any is there, is a word. */
static bool is_word_below(const hol_dialect *dialect, const hol_sample *sample, int64_t f) {
    for (int i = 1; i < sample->count; i++) {
        hol_field fields[FIELDS_LOOKED_AT];
        const int64_t count = split(dialect, sample, i, fields, f + 1);
        const char *text = f < count ? sample->lines[i] + fields[f].start : "";
        if (f < count && !hol_dialect_is_missing(text, fields[f].end - fields[f].start))
            return is_word(sample->lines[i], &fields[f]);
    }
    return false;
}

/* In a text of words alone: whether none of the first line's fields appears again in its column, though others do. */
static bool are_words_names(const hol_dialect *dialect, const hol_sample *sample, const hol_field *names,
                            int64_t count) {
    bool repeats = false;
    for (int i = 1; i < sample->count; i++) {
        hol_field fields[FIELDS_LOOKED_AT], before[FIELDS_LOOKED_AT];
        const int64_t here = split(dialect, sample, i, fields, FIELDS_LOOKED_AT);
        const int64_t above = i > 1 ? split(dialect, sample, i - 1, before, FIELDS_LOOKED_AT) : 0;
        if (here != count) return false;
        for (int64_t f = 0; f < count; f++) {
            if (!is_word(sample->lines[i], &fields[f])) return false;
            if (are_equal(sample->lines[i], &fields[f], sample->lines[0], &names[f])) return false;
            repeats =
                repeats || (f < above && are_equal(sample->lines[i], &fields[f], sample->lines[i - 1], &before[f]));
        }
    }
    return repeats;
}

/* Whether the first line holds names: a word stands over what is no word, quotes over none, or the numbers of columns
 * over none that is as large; or words that are none of those below. */
static bool has_names(const hol_dialect *dialect, const hol_sample *sample, const hol_field *names, int64_t name_count,
                      const hol_field *values, int64_t value_count) {
    const char *top = sample->lines[0], *below = sample->lines[1];
    const int64_t shift = value_count == name_count + 1; /* R leaves out the name of the row names */
    bool all_quoted = true, any_bare = false, any = false;
    if (!are_names(top, names, name_count)) return false;
    for (int64_t i = 0; i < name_count && i + shift < value_count; i++) {
        const hol_field *value = &values[i + shift];
        const bool is_bare =
            !value->is_quoted && hol_dialect_is_number(below + value->start, value->end - value->start);
        all_quoted = all_quoted && names[i].is_quoted;
        any_bare = any_bare || is_bare;
        /* a letter above T or F is no sign: they may be letters, too */
        const bool is_letter = names[i].end - names[i].start == 1 && value->end - value->start == 1 &&
                               isalpha((unsigned char)below[value->start]);
        any = any || (is_word(top, &names[i]) && !is_letter && !is_word(below, value) &&
                      !is_word_below(dialect, sample, i + shift));
    }
    if (any || (all_quoted && any_bare)) return true;
    if (name_count == value_count && are_words_names(dialect, sample, names, name_count)) return true;
    if (shift || name_count != value_count) return false;
    if (name_count > 1 && names[0].end == names[0].start && counts_up(top, names, 1, name_count)) return true;
    return name_count >= 4 && counts_up(top, names, 0, name_count) && !reaches(dialect, sample, name_count - 1);
}

/* The first name is empty, or what a data frame calls such a column when it reads one. */
static bool is_index_name(const char *line, const hol_field *field) {
    const int64_t length = field->end - field->start;
    return length == 0 || (length == 10 && memcmp(line + field->start, "Unnamed: 0", 10) == 0);
}

/* ------------------------------------------------------------------ the dialect */

/* A separator that ends every line separates nothing; the names may lack it. */
static bool is_trailing(const hol_dialect *dialect, const hol_sample *sample, int first) {
    if (dialect->separator == ' ') return false;
    for (int i = first; i < sample->count; i++) {
        hol_field field = {0};
        hol_cursor cursor = {.length = sample->lengths[i]};
        int64_t count = 0;
        while (hol_dialect_next(dialect, sample->lines[i], &cursor, &field)) count++;
        if (count < 2 || field.end > field.start || field.is_quoted) return false;
    }
    return true;
}

static bool find_commas(const hol_dialect *dialect, const hol_sample *sample) {
    hol_field field;
    for (int i = sample->count > 1; i < sample->count; i++) {
        hol_cursor cursor = {.length = sample->lengths[i]};
        while (hol_dialect_next(dialect, sample->lines[i], &cursor, &field)) {
            const char *text = sample->lines[i] + field.start;
            const int64_t length = field.end - field.start;
            if (memchr(text, ',', (size_t)length) && hol_dialect_is_number(text, length)) return true;
        }
    }
    return false;
}

/* Whether all of a line are words, as names are. */
static bool all_words(const char *line, const hol_field *fields, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (!is_word(line, &fields[i])) return false;
    return count > 0;
}

bool hol_dialect_find(const hol_sample *sample, hol_dialect *dialect, hol_dialect_error *error) {
    hol_field names[FIELDS_LOOKED_AT], values[FIELDS_LOOKED_AT];
    *dialect = (hol_dialect){0};
    if (!find_separator(sample, dialect, error)) return false;
    const int64_t untrimmed = split(dialect, sample, 0, names, FIELDS_LOOKED_AT);
    const bool is_trailing_below = is_trailing(dialect, sample, sample->count > 1);
    const bool is_name_last =
        untrimmed > 0 && untrimmed <= FIELDS_LOOKED_AT && names[untrimmed - 1].end > names[untrimmed - 1].start;
    /* an empty last field under a name is a missing value, unless it is one field too many */
    dialect->trailing =
        is_trailing_below && (!is_name_last || split(dialect, sample, 1, values, FIELDS_LOOKED_AT) == untrimmed + 1);
    const int64_t name_count = split(dialect, sample, 0, names, FIELDS_LOOKED_AT);
    dialect->fields = name_count;
    dialect->has_commas = find_commas(dialect, sample);
    const int64_t most = name_count < FIELDS_LOOKED_AT ? name_count : FIELDS_LOOKED_AT;
    if (most > 0 && names[most - 1].is_unfinished) /* what follows it in the line is in its field: the last */
        return refuse(error, sample, 0, names[most - 1].start - 1, "a quote without its end in this line",
                      "a quoted field");
    if (sample->count < 2)
        return !all_words(sample->lines[0], names, most) ||
               refuse(error, sample, 0, 0, "words alone", "rows of numbers (below a line of names)");
    const int64_t value_count = split(dialect, sample, 1, values, FIELDS_LOOKED_AT);
    const int64_t value_most = value_count < FIELDS_LOOKED_AT ? value_count : FIELDS_LOOKED_AT;
    dialect->has_names = has_names(dialect, sample, names, most, values, value_most);
    if (!dialect->has_names) return true;
    dialect->is_short = value_count == name_count + 1;
    dialect->fields = dialect->is_short ? value_count : name_count;
    dialect->has_index = dialect->fields > 1 && (dialect->is_short || is_index_name(sample->lines[0], &names[0]));
    return true;
}

/* A field's text, escapes undone; at most NAME_MOST bytes of it. */
static int64_t copy_name(const char *line, const hol_field *field, char *name) {
    int64_t length = 0;
    for (int64_t i = field->start; i < field->end && length < NAME_MOST; i++) {
        if (field->is_quoted && (line[i] == '\\' || line[i] == '"') && line[i + 1] == '"') i++;
        name[length++] = iscntrl((unsigned char)line[i]) ? '?' : line[i];
    }
    name[length] = '\0';
    return length;
}

hol_status hol_dialect_names(const hol_dialect *dialect, const hol_sample *sample, char ***ret_names) {
    const int64_t table = dialect->fields * (int64_t)sizeof **ret_names;
    /* a name is no longer than its field, and has a NUL */
    const int64_t bytes = table + sample->lengths[0] + 2 * dialect->fields + NAME_MOST;
    char *block = NULL;
    const hol_status status = HOL_ALLOCATE(block, bytes, "names of columns");
    if (status != HOL_OK) return status;
    *ret_names = (char **)(void *)block;
    char *at = block + table;
    hol_cursor cursor = {.length = sample->lengths[0]};
    hol_field field;
    for (int64_t i = 0; i < dialect->fields; i++) {
        (*ret_names)[i] = at;
        if (i == 0 && dialect->is_short) at++;
        else if (hol_dialect_next(dialect, sample->lines[0], &cursor, &field))
            at += copy_name(sample->lines[0], &field, at) + 1;
        else at++;
    }
    return HOL_OK;
}

/* ------------------------------------------------------------------ words among the values */

/* Whether it is no number, nor stands for one, nor for none: a word, or digits as in a date, 2024-01-31, 31.01.2024. */
static bool is_no_number(const char *text, int64_t length) {
    float truth;
    int points = 0;
    bool has_sign = false;
    if (hol_dialect_is_missing(text, length) || hol_dialect_truth(text, length, &truth)) return false;
    for (int64_t i = 0; i < length; i++) {
        points += text[i] == '.';
        has_sign = has_sign || (i > 0 && (text[i] == '-' || text[i] == '+') && !strchr("eE", text[i - 1]));
    }
    return !hol_dialect_is_number(text, length) || points > 1 || has_sign;
}

/* The texts of one field in the sample's rows. */
typedef struct texts {
    const char *at[HOL_SAMPLE_LINES];
    int64_t lengths[HOL_SAMPLE_LINES];
    int count;
} texts;

static void find_texts(const hol_dialect *dialect, const hol_sample *sample, hol_cursor *cursors, texts *found) {
    hol_field field;
    found->count = 0;
    for (int i = dialect->has_names; i < sample->count; i++) {
        if (!hol_dialect_next(dialect, sample->lines[i], &cursors[i], &field)) continue;
        found->at[found->count] = sample->lines[i] + field.start;
        found->lengths[found->count++] = field.end - field.start;
    }
}

static bool all_differ(const texts *found) {
    for (int i = 1; i < found->count; i++)
        for (int k = 0; k < i; k++)
            if (found->lengths[i] == found->lengths[k] &&
                memcmp(found->at[i], found->at[k], (size_t)found->lengths[i]) == 0)
                return false;
    return true;
}

void hol_dialect_find_words(const hol_dialect *dialect, const hol_sample *sample, uint8_t *words) {
    hol_cursor cursors[HOL_SAMPLE_LINES] = {{0}};
    texts found;
    for (int i = 0; i < sample->count; i++) cursors[i].length = sample->lengths[i];
    for (int64_t f = 0; f < dialect->fields; f++) {
        int count = 0;
        find_texts(dialect, sample, cursors, &found);
        for (int i = 0; i < found.count; i++) count += is_no_number(found.at[i], found.lengths[i]);
        words[f] = 2 * count > found.count ? HOL_DIALECT_WORDS : 0;
        if (words[f] && all_differ(&found)) words[f] |= HOL_DIALECT_DIFFER;
    }
}
