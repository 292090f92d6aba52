/* result: what a command has found, apart from how it is shown.
 *
 * A result is a list of records. A record has a name, by which programs find it (a member of one JSON object), or a
 * label, which begins a line for readers, or both. Commands add records; main shows them on stdout in the form that was
 * asked for: text, JSON, or the tables alone as comma-separated values. All ranks fill one, and that of rank 0 is
 * shown. Nothing here is collective.
 *
 * Names, labels and texts are copied. Memory that runs out is told at the end, by hol_result_finish. */
#ifndef HOL_RESULT_RESULT_H
#define HOL_RESULT_RESULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef struct hol_result hol_result;
typedef struct hol_record hol_record;

typedef enum hol_form { HOL_FORM_TEXT, HOL_FORM_JSON, HOL_FORM_CSV } hol_form;

/* `to`: where it is shown, open until hol_result_finish closes it; NULL: nowhere. The caller owns *ret. */
hol_status hol_result_create(FILE *to, hol_result **ret) HOL_MUST_USE;
void hol_result_destroy(hol_result *result);

/* Text until it is said. */
void hol_result_set_form(hol_result *result, hol_form form);

/* Of the records that follow: significant digits, in JSON and CSV, of numbers that are not whole. 12 until it is
 * said. */
void hol_result_set_digits(hol_result *result, int digits);

/* Of the lines that follow: blanks before the label; columns that blanks, label and one blank after it take at the
 * least; columns of a value, which is right-aligned. 0, 16 and 0 until it is said. */
void hol_result_set_layout(hol_result *result, int indent, int label, int value);

/* ---- for programs: members of the object that is open ------------------------------------------------------------ */

/* null where it is not finite; no decimal point where it is whole. */
void hol_result_number(hol_result *result, const char *name, double value);
void hol_result_text(hol_result *result, const char *name, const char *text);
void hol_result_texts(hol_result *result, const char *name, const char *const *texts, int64_t count);

/* What follows goes into an object, or a list, of its own until it is closed. The name is NULL in a list. */
void hol_result_open(hol_result *result, const char *name);
void hol_result_open_list(hol_result *result, const char *name);
void hol_result_close(hol_result *result);

/* ---- for readers ------------------------------------------------------------------------------------------------- */

/* A line: the label (NULL: none, and no blanks in its place), what it says, a newline. */
void hol_result_line(hol_result *result, const char *label, const char *format, ...) HOL_FORMAT(3, 4);

/* Text as it is; no newline is added. */
void hol_result_print(hol_result *result, const char *format, ...) HOL_FORMAT(2, 3);

/* Text broken between words into lines of 79 columns at most, each behind `indent` blanks; a newline. */
void hol_result_fill(hol_result *result, const char *text, int indent);

/* ---- for both ---------------------------------------------------------------------------------------------------- */

enum { HOL_DECIMALS_OF_ERROR = -1 }; /* the error with two significant digits, the value to the same place */

typedef struct hol_quantity {
    const char *name;       /* NULL: not in JSON */
    const char *error_name; /* of the error in JSON; NULL: there is no error, unless it is above 0 */
    const char *label;      /* NULL: no line */
    double value;           /* NaN: no line */
    double error;           /* one standard error; NaN: unknown */
    int decimals;           /* of the line, or HOL_DECIMALS_OF_ERROR */
    const char *unit;       /* of the line; NULL: none */
    double scale;           /* the line shows value and error times this; 0: once */
} hol_quantity;

/* "LABEL VALUE[ +- ERROR][ UNIT]" and the note, which may be NULL. */
void hol_result_quantity(hol_result *result, const hol_quantity *value, const char *note, ...) HOL_FORMAT(3, 4);

/* Numbers in one order, (count): a list in JSON; a line, unless label is NULL. */
void hol_result_series(hol_result *result, const char *name, const char *label, const double *values, int64_t count,
                       int decimals);

typedef struct hol_column {
    const char
        *name; /* in JSON and CSV; NULL: for readers alone. Borrowed, as all texts here, while the result lives */
    const char *head; /* in text, "" in all where there is no line of heads; NULL: for programs alone */
    int width;    /* of text, right-aligned; below 0 left-aligned; 0: as the widest cell, and two blanks before it */
    int decimals; /* of numbers in text */
    const char *unit; /* what follows numbers in text, with its blank; NULL: nothing */
    double scale;     /* text shows numbers times this; 0: once */
} hol_column;

typedef struct hol_cell {
    const char *text; /* NULL: a number */
    double number;    /* NaN: "-" in text, null in JSON, nothing in CSV */
} hol_cell;

#define HOL_CELL(value)                                                                                                \
    { .number = (double)(value) }
#define HOL_CELL_TEXT(value)                                                                                           \
    { .text = (value) }

/* A table, a list of objects in JSON; name NULL: not in JSON. Owned by the result, which takes rows, a cell for each
 * column, until it is shown. NULL when memory is short, which the two below take. */
hol_record *hol_result_table(hol_result *result, const char *name, const hol_column *columns, int count);
void hol_result_row(hol_result *result, hol_record *table, const hol_cell *cells);

/* A table's columns that have names as comma-separated values: hol_replace_with_text's `print`. */
void hol_result_write_table(FILE *stream, const void *table);

/* ---- showing ----------------------------------------------------------------------------------------------------- */

/* Shows what has been added and is not shown yet; in JSON nothing, for it is one object. */
void hol_result_flush(hol_result *result);

/* If `status` is HOL_OK shows the rest, in JSON all; then closes the stream. Returns status, or HOL_FAILURE in place of
 * HOL_OK when anything was lost (memory, a full disk), but not where the reader of a pipe has left: it has seen what it
 * wanted. */
hol_status hol_result_finish(hol_result *result, hol_status status) HOL_MUST_USE;

/* ---- reading back ------------------------------------------------------------------------------------------------ */

/* The numbers, nulls (NaN) and texts that are members of the JSON object in a file, open for reading, which errors call
 * `path`. HOL_BAD_INPUT where it holds no whole object. The caller owns *ret. */
hol_status hol_result_read(FILE *file, const char *path, hol_result **ret) HOL_MUST_USE;

/* NaN, and "", where there is none of the name. */
double hol_result_get_number(const hol_result *result, const char *name);
const char *hol_result_get_text(const hol_result *result, const char *name);

#endif
