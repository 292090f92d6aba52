/* data_survey: import's first reading. All splits shall be of one kind, and what would be misread is refused: one
 * column of labels or row numbers among bits would make grey levels of them all, each of them too dark to be on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "data_parts.h"

/* Grey levels reach 255; where none of them exceeds this, they are hardly meant as such. */
enum { DIM_LEVEL = 15, FINDINGS = 3, TEXT_SIZE = HOL_DATA_TEXT_SIZE };

/* ------------------------------------------------------------------ reading */

static void take_value(hol_data_values *seen, const hol_data_place *here) {
    const double value = here->value;
    hol_data_place *place = value > 1 ? &seen->above_one : &seen->fraction;
    if (!(value < -1) && !(value > -1)) place = &seen->minus;
    else if (value < 0 || value > 255 || (value > 1 && value != floor(value))) place = &seen->wrong;
    else if (value > seen->largest) seen->largest = value;
    if (!place->path) *place = *here;
    seen->has_dim = seen->has_dim || (value > 1 && value < 255);
}

static void take_values(hol_data_values *seen, const char *path, const float *values, int64_t first_row, int64_t rows,
                        int64_t columns) {
    for (int64_t i = 0; i < rows * columns; i++) {
        const double value = (double)values[i];
        if (isnan(value)) continue;
        if (value == 1) seen->has_one = true;
        if (value == 1 || (value == 0 && seen->zero.path)) continue;
        const hol_data_place here = {path, first_row + i / columns, i % columns, value};
        if (value == 0) seen->zero = here;
        else take_value(seen, &here);
    }
}

/* FNV-1a over words, mixed at the end; equal values are equal whatever they were written as, 0 and -0 too; so are
 * missing ones. */
static uint64_t hash_row(const float *values, int64_t columns) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int64_t c = 0; c < columns; c++) {
        const float value = isnan(values[c]) ? -1.0e30F : values[c] + 0.0F;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 33;
}

/* The first file's columns are the import's. */
static hol_status take_columns(hol_data_import *self, const hol_array_file *file) {
    const char *const *names = hol_array_file_get_names(file);
    hol_status status = HOL_OK;
    HOL_TRY(hol_data_check_columns_of(self, file));
    if (!names) names = (const char *const *)self->given_names;
    self->columns = hol_array_file_get_columns(file);
    HOL_TRY(hol_survey_create(self->columns, &self->survey));
    HOL_TRY(HOL_ALLOCATE(self->numbers, self->columns, "columns"));
    memcpy(self->numbers, hol_array_file_get_numbers(file), (size_t)self->columns * sizeof *self->numbers);
    self->survey->numbers = self->numbers;
    if (!names) return HOL_OK;
    int64_t bytes = self->columns * (int64_t)sizeof *names;
    char *at = NULL;
    for (int64_t c = 0; c < self->columns; c++) bytes += (int64_t)strlen(names[c]) + 1;
    HOL_TRY(HOL_ALLOCATE(at, bytes, "names of columns"));
    self->names = (char **)(void *)at;
    at += self->columns * (int64_t)sizeof *names;
    for (int64_t c = 0; c < self->columns; c++) {
        self->names[c] = at;
        memcpy(at, names[c], strlen(names[c]) + 1);
        at += strlen(names[c]) + 1;
    }
cleanup:
    return status;
}

/* Other columns than the first file's: how many, and which name is missing, where there are names. */
static hol_status refuse_count(const hol_data_import *self, const hol_data_input *input, const hol_array_file *file) {
    const int64_t columns = hol_array_file_get_columns(file);
    const char *const *names = hol_array_file_get_names(file);
    char missing[80] = "";
    int64_t c = 0;
    while (names && self->names && c < columns && c < self->columns && strcmp(names[c], self->names[c]) == 0) c++;
    if (names && self->names && columns < self->columns)
        (void)snprintf(missing, sizeof missing, ", whose column %lld (from 0) is \"%.40s\"",
                       (long long)self->numbers[c], self->names[c]);
    return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld as in %s%s", input->path, (long long)columns,
                     (long long)self->columns, self->inputs[0].path, missing);
}

/* Further files have as many columns, of the same names in the same order. */
static hol_status check_columns(const hol_data_import *self, const hol_data_input *input, const hol_array_file *file) {
    const int64_t columns = hol_array_file_get_columns(file);
    const char *const *names = hol_array_file_get_names(file);
    if (columns != self->columns) return refuse_count(self, input, file);
    for (int64_t c = 0; c < columns && names && self->names; c++)
        if (strcmp(names[c], self->names[c]) != 0)
            return hol_error(HOL_BAD_INPUT, "%s: found \"%.40s\" as column %lld (from 0), expected \"%.40s\" as in %s",
                             input->path, names[c], (long long)hol_array_file_get_numbers(file)[c], self->names[c],
                             self->inputs[0].path);
    return HOL_OK;
}

static hol_status check_shape(hol_data_import *self, const hol_data_input *input, const hol_array_file *file) {
    const int64_t *shape = NULL;
    if (self->height == 0 && hol_array_file_get_shape(file, &shape) == 2) {
        self->height = shape[0];
        self->width = shape[1];
    }
    if (self->height == 0 || self->height * self->width == self->columns) return HOL_OK;
    return hol_error(HOL_USAGE, "--shape: found %lldx%lld, expected a product of %lld, the columns of %s",
                     (long long)self->height, (long long)self->width, (long long)self->columns, input->path);
}

/* What a data set says of itself holds for all inputs, unless another says more. */
static void take_told(hol_data_import *self, const hol_array_file *file) {
    const hol_dataset_kind kind = hol_array_file_get_kind(file);
    self->told_states = self->told_states || kind == HOL_DATASET_STATES;
    self->told_bytes = self->told_bytes || kind == HOL_DATASET_BYTES;
}

/* To the survey, and the first row of which nothing is known. */
static void take_rows(hol_data_import *self, const char *path, int64_t first, int64_t rows, const float *values) {
    for (int64_t r = 0; r < rows; r++) {
        const int64_t unknown = self->survey->unknown;
        hol_survey_add(self->survey, first + r, 1, values + r * self->columns);
        if (unknown == 0 && self->survey->unknown > 0) self->unknown = (hol_data_place){.path = path, .row = first + r};
    }
}

/* With --states-of: rows are states that it has. */
static hol_status check_states(const hol_data_import *self, const char *path, int64_t first_row, int64_t rows,
                               const float *values) {
    char at[TEXT_SIZE];
    for (int64_t i = 0; self->states_of && i < rows * self->columns; i++) {
        const int64_t column = i % self->columns;
        const int32_t states = self->given_states.cardinalities[column];
        const double value = (double)values[i];
        if (isnan(value) || (value >= 0 && value < states && value == floor(value))) continue;
        const hol_data_place place = {path, first_row + i / self->columns, column, value};
        hol_data_describe_place(self, &place, at);
        return hol_error(HOL_BAD_INPUT, "%s: found %.9g, expected a state from 0 to %d as in %s", at, value, states - 1,
                         self->states_of);
    }
    return HOL_OK;
}

static hol_status read_input(hol_data_import *self, hol_data_input *input) {
    hol_array_file *file = NULL;
    float *values = NULL;
    int32_t *labels = NULL;
    hol_status status = HOL_OK;
    HOL_TRY(hol_data_open_input(self, input, &file));
    if (!self->survey) HOL_TRY(take_columns(self, file));
    HOL_TRY(check_columns(self, input, file));
    HOL_TRY(check_shape(self, input, file));
    take_told(self, file);
    input->file_rows = hol_array_file_get_rows(file);
    HOL_TRY(hol_data_read_weights(self, file, input));
    const double largest = self->seen.largest;
    self->seen.largest = 0;
    const int64_t most = hol_data_rows_per_read(self->columns, sizeof *values);
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(most, self->columns), "rows of a file"));
    HOL_TRY(HOL_ALLOCATE(labels, most, "labels"));
    if (self->keep_equal || self->keep_hashes) HOL_TRY(HOL_ALLOCATE(input->hashes, input->file_rows, "equal rows"));
    for (int64_t row = 0, rows = 0;; row += rows) {
        HOL_TRY(hol_array_file_read(file, most, values, labels, &rows));
        if (rows == 0) break;
        HOL_TRY(check_states(self, input->path, row, rows, values));
        take_values(&self->seen, input->path, values, row, rows, self->columns);
        take_rows(self, input->path, row, rows, values);
        if (self->classes && self->label_files.count == 0) hol_data_count_labels(self, rows, labels);
        for (int64_t r = 0; r < rows && input->hashes; r++)
            input->hashes[row + r] = hash_row(values + r * self->columns, self->columns);
    }
    input->largest = self->seen.largest;
    if (largest > input->largest) self->seen.largest = largest;
cleanup:
    hol_free(values);
    hol_free(labels);
    hol_array_file_close(file);
    return status;
}

/* ------------------------------------------------------------------ in words */

/* As many digits as a float has, but whole numbers whole. */
static const char *show(double value, char *text) {
    (void)snprintf(text, 32, value == floor(value) ? "%.9g" : "%.7g", value);
    return text;
}

static const char *const *names_of(const hol_data_import *self) { return (const char *const *)self->names; }

/* "column C (from 0) "NAME"" */
static void describe_column(const hol_data_import *self, int64_t column, char *text) {
    char name[64] = "";
    if (self->names) (void)snprintf(name, sizeof name, " \"%.40s\"", self->names[column]);
    (void)snprintf(text, TEXT_SIZE, "column %lld (from 0)%s", (long long)self->numbers[column], name);
}

/* "FILE: row R, column C (from 0) "NAME"" */
void hol_data_describe_place(const hol_data_import *self, const hol_data_place *place, char *text) {
    char column[TEXT_SIZE];
    describe_column(self, place->column, column);
    (void)snprintf(text, TEXT_SIZE, "%.480s: row %lld, %.120s", place->path, (long long)place->row, column);
}

/* What stands out, with remedies: "; column 0 (from 0) holds ...: row numbers? (--columns '!0' leaves it out)". */
static int describe_findings(const hol_data_import *self, const char *before, char *text) {
    hol_survey_finding findings[FINDINGS];
    const int count = hol_survey_find(self->survey, FINDINGS, findings);
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        char what[TEXT_SIZE], remedy[TEXT_SIZE];
        hol_survey_describe(self->survey, &findings[i], names_of(self), what, sizeof what);
        hol_survey_advise(self->survey, &findings[i], names_of(self), remedy, sizeof remedy);
        if (used < TEXT_SIZE)
            used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s%s (%s)", i ? "; " : before, what, remedy);
    }
    return count;
}

/* ------------------------------------------------------------------ verdicts */

static hol_status refuse_value(const hol_data_import *self, const hol_data_place *place, const char *expected) {
    char at[TEXT_SIZE], findings[TEXT_SIZE], value[32];
    hol_data_describe_place(self, place, at);
    (void)describe_findings(self, "; ", findings);
    return hol_error(HOL_BAD_INPUT, "%s: found %s, expected %s%s", at, show(place->value, value), expected, findings);
}

/* -1 and 1 alone are spins. */
hol_status hol_data_check_minus(hol_data_import *self) {
    const hol_data_values *seen = &self->seen;
    const hol_data_place *minus = &seen->minus;
    const hol_data_place *other = seen->zero.path       ? &seen->zero
                                  : seen->fraction.path ? &seen->fraction
                                                        : &seen->above_one;
    char expected[TEXT_SIZE], at[TEXT_SIZE];
    if (!minus->path) return HOL_OK;
    self->spins = !other->path;
    if (self->spins) return HOL_OK;
    hol_data_describe_place(self, other, at);
    (void)snprintf(
        expected, sizeof expected,
        "-1 and 1 alone (spins) or values from 0 up, and not -1 beside %.7g (%.300s): -1 is no missing value%s",
        other->value, at, self->takes_missing ? " but with --missing -1" : "");
    return refuse_value(self, minus, expected);
}

hol_status hol_data_check_mixture(const hol_data_import *self) {
    const hol_data_values *seen = &self->seen;
    char expected[TEXT_SIZE], value[32];
    if (!seen->fraction.path || !seen->above_one.path) return HOL_OK;
    (void)snprintf(expected, sizeof expected, "a number from 0 to 1 as %s in row %lld, column %lld of %.300s",
                   show(seen->fraction.value, value), (long long)seen->fraction.row,
                   (long long)self->numbers[seen->fraction.column], seen->fraction.path);
    return refuse_value(self, &seen->above_one, expected);
}

static hol_status take_for_states(hol_data_import *self, const hol_data_values *seen) {
    char findings[TEXT_SIZE];
    hol_survey_finding first;
    if (seen->fraction.path) return refuse_value(self, &seen->fraction, "a state, a whole number");
    self->maximum = self->alphabet.count > 0 ? self->alphabet.count - 1 : (int64_t)seen->largest;
    for (int64_t c = 0; c < self->given_states.columns; c++) {
        const int64_t most = self->given_states.cardinalities[c] - 1;
        if (most > self->maximum) self->maximum = most;
    }
    self->kind = self->maximum > 1 ? HOL_DATASET_STATES : HOL_DATASET_BINARY;
    /* labels are as good a variable as any; row numbers are not */
    if (hol_survey_find(self->survey, 1, &first) > 0 && first.look == HOL_SURVEY_ROW_NUMBERS) {
        (void)describe_findings(self, "", findings);
        hol_log_warning(self->comm, "%s: %s", self->inputs[0].path, findings);
    }
    return HOL_OK;
}

/* Grey levels that are hardly meant as such, or whose units would not differ at the usual threshold. */
static hol_status check_levels(const hol_data_import *self, const hol_data_values *seen) {
    char at[TEXT_SIZE], findings[TEXT_SIZE];
    const bool empty = self->survey->rows > 1 &&
                       hol_survey_count_constant(self->survey, HOL_SURVEY_THRESHOLD, 0.5, NULL) == self->columns;
    const char *dark = empty ? ", and at the threshold 0.5 no two rows would differ" : "";
    const int count = describe_findings(self, "", findings);
    if (count > 0 && empty && !self->binarize_how)
        return hol_error(HOL_BAD_INPUT,
                         "%s: %s: all values would count as grey levels from 0 to 255, of which none is on at the "
                         "threshold 0.5; --states takes them as states, --binarize none as grey levels all the same",
                         self->inputs[0].path, findings);
    if (count > 0) hol_log_warning(self->comm, "%s: %s%s", self->inputs[0].path, findings, dark);
    else if (seen->above_one.path && seen->largest <= DIM_LEVEL) {
        hol_data_describe_place(self, &seen->above_one, at);
        hol_log_warning(
            self->comm,
            "%s: found %.9g, so all values count as grey levels from 0 to 255, but none exceeds %.9g%s: is it "
            "binary data with a slip, or are they --states?",
            at, seen->above_one.value, seen->largest, dark);
    } else if (empty && self->kind == HOL_DATASET_BINARY)
        hol_log_warning(self->comm, "%s: all rows are equal: no unit ever changes, and there is nothing to learn",
                        self->inputs[0].path);
    else if (empty)
        hol_log_warning(self->comm, "%s: no value exceeds %.7g%s%s", self->inputs[0].path, seen->largest,
                        self->kind == HOL_DATASET_BYTES ? " of 255" : "", dark);
    return HOL_OK;
}

static hol_status check_constant(const hol_data_import *self) {
    if (!self->binarize) return HOL_OK;
    return hol_survey_check(self->survey, self->inputs[0].path, HOL_SURVEY_THRESHOLD, self->threshold, names_of(self));
}

/* What to say of missing values. */
hol_status hol_data_check_missing(const hol_data_import *self) {
    const hol_survey *survey = self->survey;
    const char *path = self->inputs[0].path;
    char others[48] = "";
    int64_t known = 0, never = 0, first = -1;
    for (int64_t c = 0; c < self->columns; c++) {
        known += survey->known[c];
        if (survey->known[c] > 0) continue;
        if (never++ == 0) first = c;
    }
    if (known == 0)
        return hol_error(HOL_BAD_INPUT, "%s: found no value that is known, all being missing, expected some", path);
    if (self->unlabelled > 0 && self->labelled == 0)
        return hol_error(HOL_BAD_INPUT, "%s: found no label that is known, all being missing, expected some", path);
    if (self->missing && known == survey->rows * self->columns && self->unlabelled == 0)
        hol_log_warning(self->comm, "%s: no value is missing: none is '%s'", path, self->missing);
    if (survey->unknown > 1)
        (void)snprintf(others, sizeof others, ", nor of %lld more", (long long)survey->unknown - 1);
    if (survey->unknown > 0)
        hol_log_warning(self->comm, "%s: row %lld (from 0): nothing is known of it%s: all values are missing",
                        self->unknown.path, (long long)self->unknown.row, others);
    others[0] = '\0';
    if (never > 1)
        (void)snprintf(others, sizeof others, ", nor are %lld more of %lld", (long long)never - 1,
                       (long long)self->columns);
    if (never > 0) {
        char at[TEXT_SIZE];
        describe_column(self, first, at);
        hol_log_warning(self->comm, "%s: %s is never known%s (--columns leaves columns out)", path, at, others);
    }
    return HOL_OK;
}

hol_status hol_data_find_kind(hol_data_import *self) {
    const hol_data_values *seen = &self->seen;
    hol_status status = HOL_OK;
    HOL_TRY(hol_data_check_missing(self));
    if (seen->wrong.path)
        HOL_TRY(refuse_value(self, &seen->wrong, "0 or 1, a whole number to 255, or a number from 0 to 1"));
    HOL_TRY(hol_data_check_minus(self));
    HOL_TRY(hol_data_check_mixture(self));
    self->kind = seen->fraction.path                        ? HOL_DATASET_FLOATS
                 : seen->above_one.path || self->told_bytes ? HOL_DATASET_BYTES
                                                            : HOL_DATASET_BINARY;
    if (self->told_states && self->binarize)
        HOL_TRY(hol_error(HOL_USAGE, "%s: found states and --binarize, expected bits or grey levels for it",
                          self->inputs[0].path));
    if (self->states || self->told_states || self->alphabet.count > 0) return take_for_states(self, seen);
    self->survey->scale = self->kind == HOL_DATASET_BYTES ? 255 : 1;
    if (self->spins)
        for (int64_t c = 0; c < self->columns; c++) self->survey->least[c] = self->survey->least[c] < 0 ? 0 : 1;
    if (self->binarize) return check_constant(self);
    return check_levels(self, seen);
cleanup:
    return status;
}

/* Whether all files have labels of their own; those of some alone are left out, and it is said. */
static hol_status find_labels(const hol_data_import *self, bool *ret_has) {
    const char *with = NULL, *without = NULL;
    for (int i = 0; i < self->count; i++) {
        hol_array_file *file = NULL;
        bool has = false;
        if (self->inputs[i].source != i) continue;
        if (hol_array_file_is_dataset(self->inputs[i].path)) {
            const hol_status status = hol_data_open_input(self, &self->inputs[i], &file);
            if (status != HOL_OK) return status;
            has = hol_array_file_has_labels(file);
            hol_array_file_close(file);
        }
        if (has) with = self->inputs[i].path;
        else without = self->inputs[i].path;
    }
    *ret_has = with && !without;
    if (with && without) hol_log(self->comm, "%s: its labels are left out, as %s has none", with, without);
    return HOL_OK;
}

hol_status hol_data_read_inputs(hol_data_import *self) {
    hol_status status = HOL_OK;
    bool has_labels = self->label != NULL || self->label_files.count > 0;
    HOL_TRY(hol_data_load_sequences(self));
    if (!has_labels) HOL_TRY(find_labels(self, &has_labels));
    if (has_labels) HOL_TRY(hol_classes_create(&self->classes));
    HOL_TRY(hol_data_read_states_of(self));
    HOL_TRY(hol_data_collect_words(self));
    for (int i = 0; i < self->count; i++)
        if (self->inputs[i].source == i) HOL_TRY(read_input(self, &self->inputs[i]));
    if (self->label_files.count > 0) HOL_TRY(hol_data_read_label_files(self));
    else if (self->classes) hol_classes_close(self->classes);
    HOL_TRY(hol_data_check_names(self));
cleanup:
    return status;
}
