/* words: what somebody meant who wrote something else, the beginnings of paths that a shell would have replaced,
 * texts that were written like files, lines that fit a terminal.
 * Nothing here is collective. */
#ifndef HOL_BASE_WORDS_H
#define HOL_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* The number of letters to insert, remove, replace or swap that makes b of a, case aside (Damerau 1964, optimal string
 * alignment); words of 64 letters and more are 64 from everything. */
size_t hol_words_distance(const char *a, const char *b);

/* Whether `word` may be meant by somebody who wrote `found`: as few mistakes as its length allows, and no more than
 * *best, which becomes their number. Begin with *best = SIZE_MAX. */
bool hol_words_are_near(const char *found, const char *word, size_t *best);

/* Whether `word` is one of the words of a list with blanks between them, case aside, and - like _. NULL is none. */
bool hol_words_contain(const char *list, const char *word);

/* Closes a stream of open_memstream to *text, whose memory is given back, and copies it: *ret_text is the caller's to
 * hol_free. HOL_FAILURE, naming `what`, when memory was short, for writing too. */
hol_status hol_words_take(FILE *stream, char **text, const char *what, char **ret_text) HOL_MUST_USE;

/* Adds to a text of `size` bytes, as far as it has room. */
void hol_words_append(char *text, size_t size, const char *format, ...) HOL_FORMAT(3, 4);

/* Writes text in lines of at most `columns` columns (0: as it is), the first of which has `used` already; others begin
 * behind `indent` blanks. A line is broken between words; in its second half before a whole field, behind two blanks or
 * more, that does not fit. A longer word stays whole, and so do the text's own lines. */
void hol_words_fold(FILE *to, const char *text, int columns, int used, int indent);

/* A path as a shell would have made it: "~/x" begins in the home directory, $NAME and ${NAME} are of the environment,
 * $$ is a dollar sign. *ret_path is the caller's to hol_free. HOL_USAGE for what can't be known, "~name" and names that
 * the environment does not have; the message begins with "found". */
hol_status hol_words_expand_path(const char *text, char **ret_path) HOL_MUST_USE;

#endif
