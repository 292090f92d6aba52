/* records: what a result consists of, for the files of this room. */
#ifndef HOL_SRC_RESULT_RECORDS_H
#define HOL_SRC_RESULT_RECORDS_H

#include "result/result.h"

typedef enum hol_record_kind {
    HOL_RECORD_NUMBER,
    HOL_RECORD_TEXT, /* a member or a line */
    HOL_RECORD_TEXTS,
    HOL_RECORD_QUANTITY,
    HOL_RECORD_SERIES,
    HOL_RECORD_TABLE,
    HOL_RECORD_PRINTED, /* text as it is */
    HOL_RECORD_OPEN,
    HOL_RECORD_OPEN_LIST,
    HOL_RECORD_CLOSE
} hol_record_kind;

typedef struct hol_row {
    struct hol_row *next;
    hol_cell cells[];
} hol_row;

/* All that it points to is the result's. */
struct hol_record {
    struct hol_record *next;
    hol_record_kind kind;
    const char *name, *error_name, *label, *unit; /* NULL where there is none */
    const char *text;                             /* a text; the note of a value */
    double value, error, scale;
    int decimals, digits, indent, label_width, value_width;
    int64_t count; /* of numbers, texts or columns */
    const double *numbers;
    const char **texts;
    const hol_column *columns;
    hol_row *rows, *last_row;
};

struct hol_result {
    hol_form form;
    FILE *to;         /* NULL: it is shown nowhere */
    bool is_lost;     /* something that should have been shown */
    bool reader_left; /* of a pipe */
    int digits, indent, label_width, value_width;
    struct block *blocks; /* of memory, owned */
    hol_record *first, *last, *last_shown;
};

enum { HOL_NUMBER_SIZE = 64 };

/* A number as JSON and CSV have it: whole ones to the last digit, others rounded to so many significant ones. Whether
 * it is whole. */
bool hol_record_print_number(double value, int digits, char text[HOL_NUMBER_SIZE]);

/* A record as lines; the whole as one object in JSON, false when memory is short. */
void hol_record_write(FILE *stream, const hol_record *record);
bool hol_result_write_json(FILE *stream, const hol_result *result) HOL_MUST_USE;

#endif
