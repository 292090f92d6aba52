/* words: a text's words between blanks, each with its place, for formats that are streams of them. Not collective.
 *
 * Comments are skipped: from '#', '%' or "//" to the end of the line, and lines whose first word is a single c. */
#ifndef HOL_IO_WORDS_H
#define HOL_IO_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hol_words {
    const char *path;       /* borrowed: of the text, for messages */
    const char *text, *end; /* all of it */
    const char *at;         /* behind the newest word */
    const char *word;       /* the newest word; length 0 at the end of the text */
    size_t length;          /* of it */
    int64_t line, column;   /* of it, from 1 */
    const char *line_start; /* of its line */
} hol_words;

/* At the beginning of a text that ends with a zero byte; both are borrowed. */
hol_words hol_words_begin(const char *path, const char *text);

void hol_words_next(hol_words *words);

/* HOL_BAD_INPUT: "PATH:LINE:COLUMN: found "WORD", expected EXPECTED". */
hol_status hol_words_refuse(const hol_words *words, const char *expected);

/* The next word as a whole number from least to most; `what` it is for stands in the message. */
hol_status hol_words_integer(hol_words *words, int64_t least, int64_t most, const char *what,
                             int64_t *ret) HOL_MUST_USE;

/* HOL_BAD_INPUT unless `count` more words of `what` have room in the rest of the text: asked before memory is taken on
 * a file's word. */
hol_status hol_words_fit(const hol_words *words, int64_t count, const char *what) HOL_MUST_USE;

#endif
