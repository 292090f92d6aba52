/* scanner: one pass over the text. */
#include "io/scanner.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_SHOWN = 40, DIGITS_MOST = 18 };

hol_scanner hol_scanner_begin(const char *path, const char *text, const char *separators) {
    return (hol_scanner){.path = path,
                         .separators = separators,
                         .text = text,
                         .end = text + strlen(text),
                         .at = text,
                         .word = text,
                         .line = 1,
                         .line_start = text};
}

static int shown(const hol_scanner *s) { return (int)(s->length < WORD_SHOWN ? s->length : WORD_SHOWN); }

hol_status hol_scanner_refuse(const hol_scanner *s, const char *expected) {
    const char *quote = s->length > 0 ? "\"" : "";
    return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found %s%.*s%s, expected %s", s->path, (long long)s->line,
                     (long long)s->column, quote, s->length > 0 ? shown(s) : 19,
                     s->length > 0 ? s->word : "the end of the file", quote, expected);
}

static bool is_blank(const hol_scanner *s, char c) {
    return isspace((unsigned char)c) || (c != '\0' && strchr(s->separators, c));
}

static bool begins_comment(const char *at) { return *at == '#' || *at == '%' || (at[0] == '/' && at[1] == '/'); }

/* A line whose first word is a single c. */
static bool is_comment_line(const hol_scanner *s, const char *at) {
    if (*at != 'c' || (at[1] && !isspace((unsigned char)at[1]))) return false;
    for (const char *before = s->line_start; before < at; before++)
        if (!is_blank(s, *before)) return false;
    return true;
}

void hol_scanner_next(hol_scanner *s) {
    const char *at = s->at;
    for (; is_blank(s, *at) || begins_comment(at) || is_comment_line(s, at); at++) {
        if (!is_blank(s, *at))
            while (at[1] && at[1] != '\n') at++;
        if (*at == '\n') s->line++, s->line_start = at + 1;
    }
    s->word = at;
    s->column = at - s->line_start + 1;
    while (*at && !is_blank(s, *at) && !begins_comment(at)) at++;
    s->length = (size_t)(at - s->word);
    s->at = at;
}

int64_t hol_scanner_line(hol_scanner *s, hol_scanner *words, int64_t most) {
    const int64_t line = s->line;
    int64_t count = 0;
    for (; s->length > 0 && s->line == line; hol_scanner_next(s), count++)
        if (count < most) words[count] = *s;
    return count;
}

bool hol_scanner_is(const hol_scanner *s, const char *word) {
    return s->length == strlen(word) && strncasecmp(s->word, word, s->length) == 0;
}

bool hol_scanner_get_integer(const hol_scanner *s, int64_t least, int64_t most, int64_t *ret) {
    char *end = NULL;
    if (s->length == 0 || s->length > DIGITS_MOST) return false;
    *ret = strtoll(s->word, &end, 10);
    return end == s->word + s->length && *ret >= least && *ret <= most;
}

hol_status hol_scanner_take(const hol_scanner *s, int64_t least, int64_t most, const char *what, int64_t *ret) {
    char expected[160];
    if (hol_scanner_get_integer(s, least, most, ret)) return HOL_OK;
    if (least == most) (void)snprintf(expected, sizeof expected, "%s, %lld", what, (long long)least);
    else
        (void)snprintf(expected, sizeof expected, "%s, a whole number from %lld to %lld", what, (long long)least,
                       (long long)most);
    return hol_scanner_refuse(s, expected);
}

hol_status hol_scanner_integer(hol_scanner *s, int64_t least, int64_t most, const char *what, int64_t *ret) {
    hol_scanner_next(s);
    return hol_scanner_take(s, least, most, what, ret);
}

hol_status hol_scanner_fit(const hol_scanner *s, int64_t count, const char *what) {
    const int64_t most = (s->end - s->at) / 2; /* a word is a blank and a character at least */
    if (count <= most) return HOL_OK;
    return hol_error(
        HOL_BAD_INPUT,
        "%s:%lld:%lld: found room for %lld more numbers behind \"%.*s\", expected %lld %s (is the file cut?)", s->path,
        (long long)s->line, (long long)s->column, (long long)most, shown(s), s->word, (long long)count, what);
}
