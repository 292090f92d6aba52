/* survey: what the columns of a data set hold, found while its rows go by: in import, in training, for describe.
 *
 * It answers two questions that silence would answer wrongly. Which units are constant once levels are bits? And does a
 * column stand out: row numbers, a label, an identifier beside bits or grey levels? One such column among bits makes
 * grey levels of them all, and each then falls below the threshold.
 *
 * Values are in the data set's own numbers: bits, states, grey levels 0 to 255. Fractions of a data set that is read as
 * levels are kept as levels; `scale` says what a unit that is surely on has. Columns are counted from 0. Missing values
 * say nothing of a column; one that is never known is constant. */
#ifndef HOL_IO_SURVEY_H
#define HOL_IO_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"
#include "io/dataset.h"

typedef struct hol_survey {
    int64_t rows, columns;
    int64_t *known;      /* (columns), owned: in how many rows each is */
    int64_t unknown;     /* rows of which nothing is known */
    double scale;        /* what a level of 1 is: 1, 255 of grey bytes, 65535 of levels */
    bool has_label;      /* the last column holds states beside grey levels: set it before the first row */
    float *least, *most; /* (columns), owned; infinities before the first row */
    uint8_t *marks;      /* (columns), owned: enum hol_survey_mark */
    int64_t *counting;   /* (columns), owned: the columns that may still be row numbers */
    int64_t counting_length;
    const int64_t *numbers; /* (columns), borrowed: what messages call the columns; NULL: their places from 0 */
    float *row;             /* (columns), owned: for a row of levels */
} hol_survey;

enum hol_survey_mark {
    HOL_SURVEY_FRACTION = 1,   /* some value is no whole number */
    HOL_SURVEY_LARGER = 2,     /* some value is greater than 1 */
    HOL_SURVEY_LARGER_TWO = 4, /* more than one is */
    HOL_SURVEY_NOT_FROM_0 = 8, /* some value is not its row's number from 0 */
    HOL_SURVEY_NOT_FROM_1 = 16 /* nor, from 1 */
};

/* Of no rows, with scale 1. The caller owns *ret_survey. Not collective, like all but hol_survey_join. */
hol_status hol_survey_create(int64_t columns, hol_survey **ret_survey) HOL_MUST_USE;

/* NULL is fine. */
void hol_survey_destroy(hol_survey *survey);

/* values is (rows, columns), finite, or NaN where missing; first_row is the number of the first of them. Rows may come
 * in any order. */
void hol_survey_add(hol_survey *survey, int64_t first_row, int64_t rows, const float *values);

/* The same of levels as hol_dataset_read gives them for a data set of this kind, and missing as
 * hol_dataset_read_missing, or NULL where nothing is; sets the scale. */
void hol_survey_add_levels(hol_survey *survey, hol_dataset_kind kind, int64_t first_row, int64_t rows,
                           const uint16_t *levels, const uint8_t *missing);

/* Makes one survey, the same on every rank, of what each rank saw. Collective. */
hol_status hol_survey_join(hol_comm *comm, hol_survey *survey) HOL_MUST_USE;

/* How values become states. */
typedef enum hol_survey_bits {
    HOL_SURVEY_THRESHOLD, /* on where value / scale >= threshold */
    HOL_SURVEY_DRAWN,     /* on with probability value / scale */
    HOL_SURVEY_STATES     /* as they are */
} hol_survey_bits;

/* How many columns have the same state in every row; *ret_first, unless NULL, is the first of them, -1 for none. */
int64_t hol_survey_count_constant(const hol_survey *survey, hol_survey_bits bits, double threshold, int64_t *ret_first);

/* A column unlike the others. */
typedef enum hol_survey_look {
    HOL_SURVEY_ROW_NUMBERS, /* 0, 1, 2, ... or 1, 2, 3, ... */
    HOL_SURVEY_LABEL, /* few whole numbers beside bits or fractions, or beside grey levels at the first or last place */
    HOL_SURVEY_IDENTIFIER /* large whole numbers */
} hol_survey_look;

typedef struct hol_survey_finding {
    int64_t column;
    hol_survey_look look;
} hol_survey_finding;

/* Fills at most `most` findings, in the order of columns, and returns their number. None in fewer than 3 rows. */
int hol_survey_find(const hol_survey *survey, int most, hol_survey_finding *findings);

/* In words, into text of `size` bytes: 'column 6 (from 0) "digit" holds whole numbers from 0 to 9, the others 0 and 1:
 * a label?'. names is (columns), or NULL for none. */
void hol_survey_describe(const hol_survey *survey, const hol_survey_finding *finding, const char *const *names,
                         char *text, size_t size);

/* The remedy on import, likewise: "--label-column digit keeps it apart, --columns '!digit' leaves it out". */
void hol_survey_advise(const hol_survey *survey, const hol_survey_finding *finding, const char *const *names,
                       char *text, size_t size);

/* HOL_BAD_INPUT when there are two rows or more and no unit differs between any: nothing can be learned. The line says
 * so of `what` ("d.h5:/train"), why, and which columns look like what, with the remedy. names as above. */
hol_status hol_survey_check(const hol_survey *survey, const char *what, hol_survey_bits bits, double threshold,
                            const char *const *names) HOL_MUST_USE;

#endif
