/* words: one pass over the text. */
#include "io/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_SHOWN = 40 };

hol_words hol_words_begin(const char *path, const char *text) {
    const char *end = text + strlen(text);
    return (hol_words){
        .path = path, .text = text, .end = end, .at = text, .word = text, .line = 1, .line_start = text};
}

hol_status hol_words_refuse(const hol_words *s, const char *expected) {
    if (s->length == 0)
        return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found the end of the file, expected %s", s->path,
                         (long long)s->line, (long long)s->column, expected);
    return hol_error(HOL_BAD_INPUT, "%s:%lld:%lld: found \"%.*s\", expected %s", s->path, (long long)s->line,
                     (long long)s->column, (int)(s->length < WORD_SHOWN ? s->length : WORD_SHOWN), s->word, expected);
}

/* A comment goes to the end of the line: from '#', "//" or '%' on, or a line whose first word is a single c. No number
 * and no word of either format begins so. */
static bool is_comment(const hol_words *s, const char *at) {
    if (*at == '#' || *at == '%' || (at[0] == '/' && at[1] == '/')) return true;
    if (*at != 'c' || (at[1] && !isspace((unsigned char)at[1]))) return false;
    for (const char *before = s->line_start; before < at; before++)
        if (!isspace((unsigned char)*before)) return false;
    return true;
}

void hol_words_next(hol_words *s) {
    const char *at = s->at;
    for (; isspace((unsigned char)*at) || is_comment(s, at); at++) {
        if (!isspace((unsigned char)*at))
            while (at[1] && at[1] != '\n') at++;
        if (*at == '\n') s->line++, s->line_start = at + 1;
    }
    s->word = at;
    s->column = at - s->line_start + 1;
    while (*at && !isspace((unsigned char)*at) && *at != '#') at++;
    s->length = (size_t)(at - s->word);
    s->at = at;
}

hol_status hol_words_integer(hol_words *s, int64_t least, int64_t most, const char *what, int64_t *ret) {
    char expected[160], *end = NULL;
    hol_words_next(s);
    if (least == most) (void)snprintf(expected, sizeof expected, "%s, %lld", what, (long long)least);
    else
        (void)snprintf(expected, sizeof expected, "%s, a whole number from %lld to %lld", what, (long long)least,
                       (long long)most);
    if (s->length == 0 || s->length > 18) return hol_words_refuse(s, expected);
    *ret = strtoll(s->word, &end, 10);
    if (end != s->word + s->length || *ret < least || *ret > most) return hol_words_refuse(s, expected);
    return HOL_OK;
}

hol_status hol_words_fit(const hol_words *s, int64_t count, const char *what) {
    const int64_t most = (s->end - s->at) / 2; /* a word is a blank and a character at least */
    if (count <= most) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s:%lld:%lld: found room for %lld more numbers behind \"%.*s\", expected %lld %s (is the file "
                     "cut?)",
                     s->path, (long long)s->line, (long long)s->column, (long long)most,
                     (int)(s->length < WORD_SHOWN ? s->length : WORD_SHOWN), s->word, (long long)count, what);
}
