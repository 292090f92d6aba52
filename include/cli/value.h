/* value: what a key of a config or an option of a command takes: a row for each says its name, type, range and default,
 * where the value is kept, and with which others it counts. Nothing here is collective. */
#ifndef HOL_CLI_VALUE_H
#define HOL_CLI_VALUE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum hol_value_type {
    HOL_VALUE_BOOLEAN,   /* bool */
    HOL_VALUE_INTEGER,   /* int64_t */
    HOL_VALUE_NUMBER,    /* double, finite */
    HOL_VALUE_CHOICE,    /* int, the index in choices; the default may be -1, for none of them */
    HOL_VALUE_TEXT,      /* char *: a key's is owned by the config, an option's borrowed from argv, NULL without one */
    HOL_VALUE_WORDS,     /* hol_word_list: of an option that may be given often; borrowed from argv */
    HOL_VALUE_VARIABLES, /* hol_config_variables *, owned by the config; NULL: none (cli/config_field.h) */
    HOL_VALUE_CLIQUES,   /* hol_config_cliques *, likewise */
} hol_value_type;

/* What the word auto is kept as. */
#define HOL_AUTO_INTEGER INT64_MIN
#define HOL_AUTO_NUMBER (-(double)INFINITY)
#define HOL_AUTO_CHOICE (-1)

typedef struct hol_word_list {
    char **items;
    size_t count;
} hol_word_list;

typedef struct hol_value {
    const char *name; /* "train.sweeps", "sweeps" */
    hol_value_type type;
    size_t at; /* offset in what all values of the table are kept in */
    int64_t integer, min,
        max;                  /* INTEGER: default and range, inclusive; `integer` also BOOLEAN's and CHOICE's default */
    double number, low, high; /* NUMBER: default and range; an infinite end is no bound */
    bool low_open, high_open; /* the end itself is out of range */
    bool takes_auto;          /* INTEGER, NUMBER, CHOICE: the word auto is taken, too, and is the default; the value is
                               * then one of those below, out of all ranges, until it is settled */
    const char *text;         /* TEXT: default */
    const char *expects;      /* TEXT: what is expected, in words; WORDS likewise */
    const char *const *choices; /* CHOICE, and TEXT that is one of these: NULL-terminated */
    const char *needs;          /* when it counts, see hol_value_counts; NULL: always */
    const char *help;           /* a sentence, without a full stop */
    bool required;
} hol_value;

/* Rows of any type that begin with their value. */
typedef struct hol_value_table {
    const void *rows;
    size_t count, row_size;
} hol_value_table;

/* For rows: where a member of `type` is, and what it takes. */
#define HOL_AT(type, member) .value.at = offsetof(type, member)
#define HOL_BOOLEAN(value_) .value.type = HOL_VALUE_BOOLEAN, .value.integer = (value_)
#define HOL_INTEGER(value_, from, to)                                                                                  \
    .value.type = HOL_VALUE_INTEGER, .value.integer = (value_), .value.min = (from), .value.max = (to)
#define HOL_NUMBER(value_, from, to)                                                                                   \
    .value.type = HOL_VALUE_NUMBER, .value.number = (value_), .value.low = (from), .value.high = (to)
#define HOL_INTEGER_OR_AUTO(from, to) HOL_INTEGER(HOL_AUTO_INTEGER, from, to), .value.takes_auto = true
#define HOL_NUMBER_OR_AUTO(from, to) HOL_NUMBER(HOL_AUTO_NUMBER, from, to), .value.takes_auto = true
#define HOL_WORD_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HOL_CHOICE(value_, ...)                                                                                        \
    .value.type = HOL_VALUE_CHOICE, .value.integer = (value_), .value.choices = HOL_WORD_LIST(__VA_ARGS__)
#define HOL_CHOICE_OR_AUTO(...) HOL_CHOICE(HOL_AUTO_CHOICE, __VA_ARGS__), .value.takes_auto = true
#define HOL_TEXT(value_, words_) .value.type = HOL_VALUE_TEXT, .value.text = (value_), .value.expects = (words_)

enum { HOL_VALUE_TEXT_MAX = 1024 };

/* Row i's value of a table, and the value of that name; NULL when there is none. */
const hol_value *hol_value_row(const hol_value_table *table, size_t i);
const hol_value *hol_value_find(const hol_value_table *table, const char *name);

/* The default into its place in `values`: of numbers, choices and Booleans; of text the row's own. */
void hol_value_set_default(const hol_value *value, void *values);

/* Whether a value that takes the word auto has it. */
bool hol_value_is_auto(const hol_value *value, const void *values);

/* Whether it is the default; never for lists and mappings that are there. */
bool hol_value_is_default(const hol_value *value, const void *values);

/* Reads text into its place: false where it is not what the row takes. A BOOLEAN is true without text, a CHOICE its
 * first. Not for WORDS, VARIABLES and CLIQUES; TEXT is borrowed. */
bool hol_value_take(const hol_value *value, const char *text, void *values);

/* "a whole number from 1 to 1000000", "auto or a number above 0", "pcd or cd": what the row takes, into buffer (cut at
 * size). */
void hol_value_describe(const hol_value *value, char *buffer, size_t size);

/* Whether a value counts: its needs are conditions with blanks between, all of which must hold; NULL: none.
 *
 *     NAME               something else than the default was given
 *     NAME=VALUE|VALUE   it has one of these values
 *     NAME>NUMBER        it has a larger value
 *     ONE,OTHER          either of two such */
bool hol_value_counts(const hol_value_table *table, const char *needs, const void *values);

/* The word that a CHOICE, a BOOLEAN or a TEXT has, or "". Borrowed. */
const char *hol_value_word(const hol_value *value, const void *values);

/* These needs in words, each name after `before`: "train.method pcd and train.levels above 1", "--method ais or bar";
 * into buffer (cut at size); "" for none. */
void hol_value_describe_needs(const char *needs, const char *before, char *buffer, size_t size);

/* The fewest digits that read back to the same double. Returns text. */
enum { HOL_VALUE_DIGITS_MAX = 40 };
const char *hol_value_write_number(double number, char text[HOL_VALUE_DIGITS_MAX]);

/* "text" as YAML reads it back, whatever it is: in double quotes. */
void hol_value_print_yaml(FILE *to, const char *text);

/* "text" in quotes for a message: one line, not printable bytes as \xNN, cut after about 60 bytes. */
void hol_value_quote(const char *text, size_t length, char *buffer, size_t size);

#endif
