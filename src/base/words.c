/* words: distances between words; lists of them; lines of them; ~ and $NAME in paths. */
#include "base/words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* ---- what was meant ---- */

size_t hol_words_distance(const char *a, const char *b) {
    enum { MAX = 64 };
    const size_t rows = strlen(a), columns = strlen(b);
    if (rows >= MAX || columns >= MAX) return MAX;
    size_t d[MAX][MAX];
    for (size_t i = 0; i <= rows; i++) d[i][0] = i;
    for (size_t j = 0; j <= columns; j++) d[0][j] = j;
    for (size_t i = 1; i <= rows; i++)
        for (size_t j = 1; j <= columns; j++) {
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t best = d[i - 1][j - 1] + (x != y);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]) &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[rows][columns];
}

bool hol_words_are_near(const char *found, const char *word, size_t *best) {
    const size_t length = strlen(found), distance = hol_words_distance(found, word);
    if (distance > 1 + length / 4 || distance >= length || distance >= *best) return false;
    *best = distance;
    return true;
}

static int plain_letter(char letter) { return letter == '-' ? '_' : tolower((unsigned char)letter); }

bool hol_words_contain(const char *list, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = list; at && *at; at += strspn(at, " ")) {
        const size_t here = strcspn(at, " ");
        size_t same = 0;
        while (same < here && here == length && plain_letter(at[same]) == plain_letter(word[same])) same++;
        if (length > 0 && same == length) return true;
        at += here;
    }
    return false;
}

void hol_words_append(char *text, size_t size, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* ---- lines ---- */

/* A character of UTF-8 takes one column, and several bytes. */
static int columns_of(const char *text, size_t length) {
    int columns = 0;
    for (size_t k = 0; k < length; k++) columns += ((unsigned char)text[k] & 0xc0) != 0x80;
    return columns;
}

/* Up to the next two blanks, or the end of the line. */
static size_t length_of_field(const char *text) {
    size_t length = strcspn(text, " \n");
    while (text[length] == ' ' && text[length + 1] != ' ') length += 1 + strcspn(text + length + 1, " \n");
    return length;
}

void hol_words_fold(FILE *to, const char *text, int columns, int used, int indent) {
    if (indent > columns / 2) indent = columns / 2;
    if (columns == 0) (void)fputs(text, to);
    for (int at = used; columns > 0 && *text;) {
        const size_t gap = strspn(text, " "), word = strcspn(text + gap, " \n");
        const bool is_field = gap > 1 && at > columns / 2;
        const int next = columns_of(text + gap, is_field ? length_of_field(text + gap) : word);
        const bool is_broken = gap > 0 && at > 0 && at + (int)gap + next > columns;
        (void)fprintf(to, "%s%*s%.*s", is_broken ? "\n" : "", is_broken ? indent : (int)gap, "", (int)word, text + gap);
        at = (is_broken ? indent : at + (int)gap) + columns_of(text + gap, word);
        text += gap + word;
        if (*text != '\n') continue;
        (void)fputc(*text++, to);
        at = 0;
    }
}

/* ---- paths ---- */

/* The length of a variable's name at the beginning of the text. */
static size_t name_length(const char *at) {
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_') length++;
    return isdigit((unsigned char)at[0]) ? 0 : length;
}

/* "$$", "$NAME" or "${NAME}" at *at, which moves behind it; any other dollar sign is itself. */
static hol_status print_variable(FILE *stream, const char *path, const char **at) {
    char name[256];
    const bool braces = (*at)[1] == '{';
    const char *begin = *at + 1 + braces;
    const size_t length = name_length(begin);
    if ((*at)[1] == '$' || length == 0 || length >= sizeof name || (braces && begin[length] != '}')) {
        *at += (*at)[1] == '$' ? 2 : 1;
        (void)fputc('$', stream);
        return HOL_OK;
    }
    memcpy(name, begin, length);
    name[length] = '\0';
    const char *value = getenv(name);
    if (!value)
        return hol_error(HOL_USAGE,
                         "found \"%s\", but the environment has no %s, expected one that it has (or $$ for a dollar "
                         "sign)",
                         path, name);
    *at = begin + length + braces;
    (void)fputs(value, stream);
    return HOL_OK;
}

static hol_status print_path(FILE *stream, const char *path) {
    hol_status status = HOL_OK;
    const char *at = path, *home = getenv("HOME");
    if (at[0] == '~' && at[1] != '/' && at[1] != '\0')
        return hol_error(HOL_USAGE,
                         "found \"%s\", whose beginning only a shell knows, expected the whole path (or ./%s)", path,
                         path);
    if (at[0] == '~') {
        if (!home || !*home)
            return hol_error(HOL_USAGE, "found \"%s\", but the environment has no HOME, expected the whole path", path);
        (void)fputs(home, stream);
        at++;
    }
    while (*at && status == HOL_OK) {
        if (*at == '$') status = print_variable(stream, path, &at);
        else (void)fputc(*at++, stream);
    }
    return status;
}

/* fclose says whether everything was written */
hol_status hol_words_take(FILE *stream, char **text, const char *what, char **ret_text) {
    char *copy = NULL;
    const bool complete = fclose(stream) == 0 && *text;
    const int64_t size = complete ? (int64_t)strlen(*text) + 1 : 0;
    const hol_status status =
        complete ? HOL_ALLOCATE(copy, size, what) : hol_error(HOL_FAILURE, "out of memory: %s", what);
    if (status == HOL_OK) memcpy(copy, *text, (size_t)size);
    free(*text);
    *ret_text = copy;
    return status;
}

hol_status hol_words_expand_path(const char *text, char **ret_path) {
    char *written = NULL;
    size_t size = 0;
    *ret_path = NULL;
    FILE *stream = open_memstream(&written, &size);
    if (!stream) return hol_error(HOL_FAILURE, "out of memory: path");
    const hol_status status = print_path(stream, text);
    if (status == HOL_OK) return hol_words_take(stream, &written, "path", ret_path);
    (void)fclose(stream);
    free(written);
    return status;
}
