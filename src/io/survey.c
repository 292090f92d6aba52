/* survey: the extremes of each column and a few marks; the rare value that is neither 0 nor 1 pays for the marks. */
#include "io/survey.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { ROWS_LEAST = 3, GREY_LEAST = 128, LABEL_MOST = 99, FINDINGS = 3 };

hol_status hol_survey_create(int64_t columns, hol_survey **ret_survey) {
    *ret_survey = NULL;
    hol_survey *self = NULL;
    hol_status status = HOL_ALLOCATE(self, 1, "survey of columns");
    if (status != HOL_OK) return status;
    self->columns = columns;
    self->scale = 1;
    HOL_TRY(HOL_ALLOCATE(self->known, columns, "survey of columns"));
    HOL_TRY(HOL_ALLOCATE(self->least, columns, "survey of columns"));
    HOL_TRY(HOL_ALLOCATE(self->most, columns, "survey of columns"));
    HOL_TRY(HOL_ALLOCATE(self->marks, columns, "survey of columns"));
    HOL_TRY(HOL_ALLOCATE(self->counting, columns, "survey of columns"));
    HOL_TRY(HOL_ALLOCATE(self->row, columns, "survey of columns"));
    self->counting_length = columns;
    for (int64_t c = 0; c < columns; c++) {
        self->least[c] = INFINITY;
        self->most[c] = -INFINITY;
        self->counting[c] = c;
    }
    *ret_survey = self;
    return HOL_OK;
cleanup:
    hol_survey_destroy(self);
    return status;
}

void hol_survey_destroy(hol_survey *self) {
    if (!self) return;
    hol_free(self->known);
    hol_free(self->least);
    hol_free(self->most);
    hol_free(self->marks);
    hol_free(self->counting);
    hol_free(self->row);
    hol_free(self);
}

/* ------------------------------------------------------------------ rows */

/* Takes from the list of candidates what this row rules out; after a few rows hardly any is left. */
static void check_counting(hol_survey *self, int64_t row, const float *values) {
    int64_t left = 0;
    for (int64_t k = 0; k < self->counting_length; k++) {
        const int64_t c = self->counting[k];
        const double value = (double)values[c], number = (double)row;
        if (isnan(value)) { /* may be what it likes */
            self->counting[left++] = c;
            continue;
        }
        if (value < number || value > number) self->marks[c] |= HOL_SURVEY_NOT_FROM_0;
        if (value < number + 1 || value > number + 1) self->marks[c] |= HOL_SURVEY_NOT_FROM_1;
        const uint8_t neither = HOL_SURVEY_NOT_FROM_0 | HOL_SURVEY_NOT_FROM_1;
        if ((self->marks[c] & neither) != neither) self->counting[left++] = c;
    }
    self->counting_length = left;
}

static void mark(hol_survey *self, int64_t columns, const float *values) {
    for (int64_t c = 0; c < columns; c++) {
        const float value = values[c];
        if (value == 0 || value == 1 || isnan(value)) continue;
        uint8_t *marks = &self->marks[c];
        if (value > 1) *marks |= *marks & HOL_SURVEY_LARGER ? HOL_SURVEY_LARGER_TWO : HOL_SURVEY_LARGER;
        if (value < floorf(value) || value > floorf(value)) *marks |= HOL_SURVEY_FRACTION;
    }
}

void hol_survey_add(hol_survey *self, int64_t first_row, int64_t rows, const float *values) {
    const int64_t columns = self->columns;
    for (int64_t r = 0; r < rows; r++, values += columns) {
        float *least = self->least, *most = self->most;
        int64_t missing = 0;
        for (int64_t c = 0; c < columns; c++) {
            least[c] = values[c] < least[c] ? values[c] : least[c];
            most[c] = values[c] > most[c] ? values[c] : most[c];
            missing += isnan(values[c]);
            self->known[c] += !isnan(values[c]);
        }
        self->unknown += missing == columns;
        mark(self, columns, values);
        if (self->counting_length > 0) check_counting(self, first_row + r, values);
    }
    self->rows += rows;
}

/* Levels in the data set's own numbers; those of fractions stay levels. */
void hol_survey_add_levels(hol_survey *self, hol_dataset_kind kind, int64_t first_row, int64_t rows,
                           const uint16_t *levels, const uint8_t *missing) {
    static const uint16_t ones[] = {
        [HOL_DATASET_BINARY] = 65535, [HOL_DATASET_BYTES] = 257, [HOL_DATASET_FLOATS] = 1, [HOL_DATASET_STATES] = 1};
    const uint16_t one = ones[kind];
    self->scale = kind == HOL_DATASET_BYTES ? 255 : kind == HOL_DATASET_FLOATS ? 65535 : 1;
    for (int64_t r = 0; r < rows; r++, levels += self->columns) {
        for (int64_t c = 0; c < self->columns; c++) self->row[c] = (float)(levels[c] / one);
        if (self->has_label) self->row[self->columns - 1] = levels[self->columns - 1];
        const uint8_t *bits = missing ? missing + r * hol_dataset_missing_bytes(self->columns) : NULL;
        for (int64_t c = 0; bits && c < self->columns; c++)
            if (hol_dataset_is_missing(bits, c)) self->row[c] = NAN;
        hol_survey_add(self, first_row + r, 1, self->row);
    }
}

hol_status hol_survey_join(hol_comm *comm, hol_survey *self) {
    enum { MARKS = 5 };
    int64_t *all = NULL;
    double *extremes = NULL;
    hol_status status = HOL_ALLOCATE(all, HOL_PRODUCT(self->columns, MARKS), "survey of columns");
    if (status == HOL_OK) status = HOL_ALLOCATE(extremes, 2 * self->columns + 2, "survey of columns");
    HOL_TRY(hol_comm_agree(comm, status));
    for (int64_t c = 0; c < self->columns; c++) {
        extremes[2 * c] = (double)self->most[c];
        extremes[2 * c + 1] = -(double)self->least[c];
        for (int m = 0; m < MARKS; m++) all[c * MARKS + m] = self->marks[c] >> m & 1;
    }
    extremes[2 * self->columns] = self->scale; /* a rank without rows doesn't know them */
    extremes[2 * self->columns + 1] = self->has_label;
    HOL_TRY(hol_comm_max_f64(comm, extremes, 2 * self->columns + 2));
    self->scale = extremes[2 * self->columns];
    self->has_label = extremes[2 * self->columns + 1] > 0;
    HOL_TRY(hol_comm_max_i64(comm, all, self->columns * MARKS));
    HOL_TRY(hol_comm_sum_i64(comm, &self->rows, 1));
    HOL_TRY(hol_comm_sum_i64(comm, &self->unknown, 1));
    HOL_TRY(hol_comm_sum_i64(comm, self->known, self->columns));
    for (int64_t c = 0; c < self->columns; c++) {
        self->most[c] = (float)extremes[2 * c];
        self->least[c] = -(float)extremes[2 * c + 1];
        self->marks[c] = 0;
        for (int m = 0; m < MARKS; m++) self->marks[c] |= (uint8_t)(all[c * MARKS + m] << m);
    }
cleanup:
    hol_free(all);
    hol_free(extremes);
    return status;
}

/* ------------------------------------------------------------------ constant units */

static bool is_constant(const hol_survey *self, int64_t column, hol_survey_bits bits, double threshold) {
    const double least = (double)self->least[column], most = (double)self->most[column];
    if (self->known[column] == 0) return true;
    if (self->has_label && column == self->columns - 1) bits = HOL_SURVEY_STATES;
    if (bits == HOL_SURVEY_THRESHOLD) return (least / self->scale >= threshold) == (most / self->scale >= threshold);
    /* what is drawn with a probability between is not constant even where the probability is */
    return !(least < most) && (bits == HOL_SURVEY_STATES || !(least > 0) || !(least < self->scale));
}

int64_t hol_survey_count_constant(const hol_survey *self, hol_survey_bits bits, double threshold, int64_t *ret_first) {
    int64_t count = 0, first = -1;
    for (int64_t c = 0; c < self->columns; c++)
        if (is_constant(self, c, bits, threshold)) {
            if (first < 0) first = c;
            count++;
        }
    if (ret_first) *ret_first = first;
    return count;
}

/* ------------------------------------------------------------------ columns that stand out */

/* What most columns are. */
typedef struct background {
    int64_t larger;     /* columns that exceed 1 */
    float most, second; /* the largest value of all, and of all other columns */
    int64_t most_column;
} background;

static background background_of(const hol_survey *self) {
    background b = {.most = -INFINITY, .second = -INFINITY};
    for (int64_t c = 0; c < self->columns; c++) {
        if (self->most[c] > 1) b.larger++;
        if (self->most[c] > b.most) {
            b.second = b.most;
            b.most = self->most[c];
            b.most_column = c;
        } else if (self->most[c] > b.second) b.second = self->most[c];
    }
    return b;
}

static bool is_whole(const hol_survey *self, int64_t c) {
    return !(self->marks[c] & HOL_SURVEY_FRACTION) && self->least[c] >= 0;
}

static bool is_counting(const hol_survey *self, int64_t c) {
    const uint8_t neither = HOL_SURVEY_NOT_FROM_0 | HOL_SURVEY_NOT_FROM_1;
    return (self->marks[c] & neither) != neither && self->known[c] >= ROWS_LEAST;
}

static bool stands_out(const hol_survey *self, const background *b, int64_t c, hol_survey_look *ret_look) {
    const float most = self->most[c];
    const bool at_end = c == 0 || c == self->columns - 1;
    if (!is_whole(self, c) || !(most > 1) || !(self->least[c] < most)) return false;
    *ret_look = HOL_SURVEY_ROW_NUMBERS;
    if (is_counting(self, c)) return true;
    /* a few columns beside bits or fractions; one lone value is a slip */
    const int64_t few = self->columns / 4 > 2 ? self->columns / 4 : 2;
    *ret_look = most > 255 ? HOL_SURVEY_IDENTIFIER : HOL_SURVEY_LABEL;
    if (b->larger <= few && b->larger < self->columns &&
        !(most >= 255 && most <= 255)) /* 255: grey levels, mostly dark */
        return (self->marks[c] & HOL_SURVEY_LARGER_TWO) != 0;
    if (most > 255) return true;
    /* beside grey levels */
    const float others = c == b->most_column ? b->second : b->most;
    return at_end && self->least[c] <= 1 && most <= LABEL_MOST && others >= GREY_LEAST;
}

int hol_survey_find(const hol_survey *self, int most, hol_survey_finding *findings) {
    int count = 0;
    const background b = background_of(self);
    if (self->rows < ROWS_LEAST || self->columns < 2 || self->scale > 255) return 0;
    for (int64_t c = 0; c < self->columns && count < most; c++)
        if (stands_out(self, &b, c, &findings[count].look)) findings[count++].column = c;
    return count;
}

static int64_t number_of(const hol_survey *self, int64_t c) { return self->numbers ? self->numbers[c] : c; }

/* Whether a shell takes a name in single quotes, and a list of columns takes it for one item. */
static bool is_plain_name(const char *name) {
    return name[0] != '\0' && strlen(name) <= 40 && !strpbrk(name, "',!\"\\");
}

void hol_survey_advise(const hol_survey *self, const hol_survey_finding *finding, const char *const *names, char *text,
                       size_t size) {
    const int64_t c = finding->column;
    char column[48];
    if (names && is_plain_name(names[c])) (void)snprintf(column, sizeof column, "%s", names[c]);
    else (void)snprintf(column, sizeof column, "%lld", (long long)number_of(self, c));
    const char *quote = strpbrk(column, " \t$&;|<>()*?#~[]{}") ? "'" : "";
    const bool is_label = finding->look == HOL_SURVEY_LABEL;
    (void)snprintf(text, size, "%s%s%s%s%s--columns '!%s' leaves it out", is_label ? "--label-column " : "",
                   is_label ? quote : "", is_label ? column : "", is_label ? quote : "",
                   is_label ? " keeps it apart, " : "", column);
}

void hol_survey_describe(const hol_survey *self, const hol_survey_finding *finding, const char *const *names,
                         char *text, size_t size) {
    const int64_t c = finding->column;
    char name[48] = "", numbers[64];
    const background b = background_of(self);
    if (names) (void)snprintf(name, sizeof name, " \"%.40s\"", names[c]);
    if (finding->look == HOL_SURVEY_ROW_NUMBERS)
        (void)snprintf(numbers, sizeof numbers,
                       self->marks[c] & HOL_SURVEY_NOT_FROM_0 ? "1, 2, 3, ..." : "0, 1, 2, ...");
    else
        (void)snprintf(numbers, sizeof numbers, "whole numbers from %.9g to %.9g", (double)self->least[c],
                       (double)self->most[c]);
    (void)snprintf(text, size, "column %lld (from 0)%s holds %s%s: %s?", (long long)number_of(self, c), name, numbers,
                   b.larger == 1 ? ", the others at most 1" : "",
                   finding->look == HOL_SURVEY_ROW_NUMBERS ? "row numbers"
                   : finding->look == HOL_SURVEY_LABEL     ? "a label"
                                                           : "an identifier");
}

/* ------------------------------------------------------------------ the verdict */

hol_status hol_survey_check(const hol_survey *self, const char *what, hol_survey_bits bits, double threshold,
                            const char *const *names) {
    if (self->rows < 2 || hol_survey_count_constant(self, bits, threshold, NULL) < self->columns) return HOL_OK;
    hol_survey_finding findings[FINDINGS];
    char columns[512] = "", found[160];
    const int count = hol_survey_find(self, FINDINGS, findings);
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(columns);
        (void)snprintf(columns + used, sizeof columns - used, "; ");
        hol_survey_describe(self, &findings[i], names, columns + used + 2, sizeof columns - used - 2);
    }
    const double most = (double)background_of(self).most;
    if (bits == HOL_SURVEY_THRESHOLD && most / self->scale < threshold)
        (void)snprintf(found, sizeof found,
                       "none of %lld units is ever on, as no value reaches %.4g (the largest is %.4g)",
                       (long long)self->columns, threshold * (self->scale > 255 ? 1 : self->scale),
                       self->scale > 255 ? most / self->scale : most);
    else (void)snprintf(found, sizeof found, "all %lld units constant", (long long)self->columns);
    return hol_error(HOL_BAD_INPUT, "%s: found %s, expected units that differ between rows%s%s", what, found, columns,
                     count ? " (holode data import takes --label-column and --columns)" : "");
}
