/* array_dialect: what a file of text looks like, from its first lines: what separates fields, whether a line of names
 * comes first, whether the first field is a data frame's index. Not collective. */
#ifndef HOL_IO_ARRAY_DIALECT_H
#define HOL_IO_ARRAY_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hol_dialect {
    char separator;  /* a comma, a semicolon, a tab, or a blank: any number of blanks and tabs */
    bool trailing;   /* a separator ends each line */
    bool has_names;  /* the first line holds names */
    bool has_index;  /* the first field holds row names */
    bool is_short;   /* the names begin with the second field, as R writes them */
    bool has_commas; /* decimal commas were seen */
    int64_t fields;
} hol_dialect;

/* The first lines, without blank ones and comments. Zeros to begin with. */
enum { HOL_SAMPLE_LINES = 64 };
typedef struct hol_sample {
    int count;
    int64_t bytes;
    char *lines[HOL_SAMPLE_LINES]; /* owned, NUL at the end */
    int64_t lengths[HOL_SAMPLE_LINES], numbers[HOL_SAMPLE_LINES];
    int64_t starts[HOL_SAMPLE_LINES]; /* what was before in the line: a byte-order mark */
} hol_sample;

/* Keeps a copy while there is room: two lines always, more up to 1 MB. */
hol_status hol_sample_add(hol_sample *sample, const char *line, int64_t length, int64_t number,
                          int64_t start) HOL_MUST_USE;
void hol_sample_clear(hol_sample *sample);

/* What is wrong; texts are static or the caller's. */
typedef struct hol_dialect_error {
    int64_t line, at;
    const char *found, *expected;
} hol_dialect_error;

/* False with the reason when lines can be read in two ways, or hold no rows. sample has a line or more. */
bool hol_dialect_find(const hol_sample *sample, hol_dialect *ret_dialect, hol_dialect_error *ret_error);

/* The names of all fields, one block, the caller's to hol_free; "" for an index that has none. */
hol_status hol_dialect_names(const hol_dialect *dialect, const hol_sample *sample, char ***ret_names) HOL_MUST_USE;

/* ---- fields of a line */

typedef struct hol_cursor {
    int64_t at, length;
    bool behind_separator; /* the last field ended in a separator */
    bool done;
} hol_cursor;

/* line[start, end), without blanks around and without quotes */
typedef struct hol_field {
    int64_t start, end;
    bool is_quoted, is_unfinished;
} hol_field;

/* The next field; false at the end of the line. line has a NUL at its end. */
bool hol_dialect_next(const hol_dialect *dialect, const char *line, hol_cursor *cursor, hol_field *ret_field);

/* How a field of the sample's rows is to be taken: words is (fields), out. */
enum hol_dialect_words {
    HOL_DIALECT_WORDS = 1, /* more than half of its values are no numbers */
    HOL_DIALECT_DIFFER = 2 /* no two of its values are equal */
};
void hol_dialect_find_words(const hol_dialect *dialect, const hol_sample *sample, uint8_t *words);

/* Whether text[0, length) is nothing, NA, nan, null, none, ?, - or the like. */
bool hol_dialect_is_missing(const char *text, int64_t length);

/* Whether such a text may be a word all the same, beside others: -, ., *, none. */
bool hol_dialect_may_be_word(const char *text, int64_t length);

/* Whether it is a number: digits with what may be among them. */
bool hol_dialect_is_number(const char *text, int64_t length);

/* Whether it is true, false, yes, no, T or F in any case: 1 or 0. */
bool hol_dialect_truth(const char *text, int64_t length, float *ret_value);

#endif
