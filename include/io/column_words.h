/* column_words: columns of words (red, green, blue) as states. Nothing here is collective.
 *
 * All fields of all files are collected first. A column in which some field is no number is one of words: its states
 * are the different fields in order of their bytes, numbers among them too. The states of other columns are their
 * numbers. */
#ifndef HOL_IO_COLUMN_WORDS_H
#define HOL_IO_COLUMN_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "io/dataset_notes.h"

typedef struct hol_column_words hol_column_words; /* opaque */

/* Collecting; the caller owns *ret. */
hol_status hol_column_words_create(int64_t columns, hol_column_words **ret) HOL_MUST_USE;

/* NULL is fine. */
void hol_column_words_destroy(hol_column_words *words);

/* Ends the collection. */
void hol_column_words_close(hol_column_words *words);

/* Closed, of what a data set of ours says: states has columns. A number that is no word of its column is a state's own
 * where it takes_numbers, else refused. */
hol_status hol_column_words_of(const hol_dataset_states *states, bool takes_numbers,
                               hol_column_words **ret) HOL_MUST_USE;

/* A field of a column, text[0, length): collected, or, once closed, looked up: *ret_state. False, with why in words
 * ("more than 256 different words"), when it is too long, one too many, or was not collected. */
bool hol_column_words_take(hol_column_words *words, int64_t column, const char *text, int64_t length, bool is_number,
                           float *ret_state, const char **ret_why);

/* Whether fields of the column are to be taken: all while collecting, then those of columns of words. */
bool hol_column_words_has(const hol_column_words *words, int64_t column);

/* Once closed: the names of a column's states, in order, borrowed; their number, 0 where states are numbers. */
int64_t hol_column_words_get(const hol_column_words *words, int64_t column, const char *const **ret_names);

/* hol_classes_list of a column that has words. */
void hol_column_words_list(const hol_column_words *words, int64_t column, char *text, size_t size);

/* How many columns have words. */
int64_t hol_column_words_count(const hol_column_words *words);

#endif
