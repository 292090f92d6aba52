/* scanner: a text's words, each with its place, for formats that are streams or lines of them. Not collective.
 *
 * Words stand between blanks and what else separates. Comments are skipped: from '#', '%' or "//" to the end of the
 * line, and lines whose first word is a single c. */
#ifndef HOL_IO_SCANNER_H
#define HOL_IO_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hol_scanner {
    const char *path;       /* borrowed: of the text, for messages */
    const char *separators; /* borrowed: beside blanks */
    const char *text, *end; /* all of it */
    const char *at;         /* behind the newest word */
    const char *word;       /* the newest word; length 0 at the end of the text */
    size_t length;          /* of it */
    int64_t line, column;   /* of it, from 1 */
    const char *line_start; /* of its line */
} hol_scanner;

/* At the beginning of a text that ends with a zero byte; all are borrowed. */
hol_scanner hol_scanner_begin(const char *path, const char *text, const char *separators);

void hol_scanner_next(hol_scanner *scanner);

/* The newest word and all others of its line, of which the first `most` are kept; their number is returned. The
 * scanner goes to the next line's first. */
int64_t hol_scanner_line(hol_scanner *scanner, hol_scanner *words, int64_t most);

/* HOL_BAD_INPUT: "PATH:LINE:COLUMN: found "WORD", expected EXPECTED". */
hol_status hol_scanner_refuse(const hol_scanner *scanner, const char *expected);

/* Whether the newest word is this one, in any case of letters. */
bool hol_scanner_is(const hol_scanner *scanner, const char *word);

/* Whether it is a whole number from least to most. */
bool hol_scanner_get_integer(const hol_scanner *scanner, int64_t least, int64_t most, int64_t *ret);

/* The same with a message, in which `what` it is for stands; and of the next word. */
hol_status hol_scanner_take(const hol_scanner *scanner, int64_t least, int64_t most, const char *what,
                            int64_t *ret) HOL_MUST_USE;
hol_status hol_scanner_integer(hol_scanner *scanner, int64_t least, int64_t most, const char *what,
                               int64_t *ret) HOL_MUST_USE;

/* HOL_BAD_INPUT unless `count` more words of `what` have room in the rest of the text: asked before memory is taken on
 * a file's word. */
hol_status hol_scanner_fit(const hol_scanner *scanner, int64_t count, const char *what) HOL_MUST_USE;

#endif
