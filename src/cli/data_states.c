/* data_states: how many states the columns of an import have, and the words for them. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "data_parts.h"
#include "io/dataset_notes.h"

enum { SHOWN = 6, TEXT_SIZE = HOL_DATA_TEXT_SIZE };

/* ------------------------------------------------------------------ collecting */

/* Whether fields may be words: they are said to be states, or a data set of ours has names for some. */
static hol_status may_have_words(const hol_data_import *self, bool *ret_may) {
    *ret_may = self->states && self->alphabet.count == 0;
    for (int i = 0; self->alphabet.count == 0 && i < self->count && !*ret_may; i++) {
        hol_array_file *file = NULL;
        if (self->inputs[i].source != i || !hol_array_file_is_dataset(self->inputs[i].path)) continue;
        const hol_status status = hol_data_open_input(self, &self->inputs[i], &file);
        if (status != HOL_OK) return status;
        *ret_may = self->takes_missing && hol_array_file_has_words(file);
        hol_array_file_close(file);
    }
    return HOL_OK;
}

/* Other columns than the first file's are refused later. */
static hol_status collect_input(hol_data_import *self, const hol_data_input *input, int64_t *columns) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    float *values = NULL;
    int64_t rows = 1;
    HOL_TRY(hol_data_open_input(self, input, &file));
    if (*columns == 0) {
        *columns = hol_array_file_get_columns(file);
        hol_array_file_close(file);
        file = NULL;
        HOL_TRY(hol_column_words_create(*columns, &self->words));
        HOL_TRY(hol_data_open_input(self, input, &file));
    }
    if (hol_array_file_get_columns(file) != *columns) goto cleanup;
    const int64_t most = hol_data_rows_per_read(*columns, sizeof *values);
    HOL_TRY(HOL_ALLOCATE(values, HOL_PRODUCT(most, *columns), "rows of a file"));
    while (rows > 0) HOL_TRY(hol_array_file_read(file, most, values, NULL, &rows));
cleanup:
    hol_free(values);
    hol_array_file_close(file);
    return status;
}

hol_status hol_data_collect_words(hol_data_import *self) {
    hol_status status = HOL_OK;
    bool may = false;
    int64_t columns = 0;
    if (self->states_of) return hol_data_take_words_of(self);
    HOL_TRY(may_have_words(self, &may));
    if (!may) return HOL_OK;
    for (int i = 0; i < self->count; i++)
        if (self->inputs[i].source == i) HOL_TRY(collect_input(self, &self->inputs[i], &columns));
    hol_column_words_close(self->words);
    if (hol_column_words_count(self->words) > 0) return HOL_OK;
    hol_column_words_destroy(self->words);
    self->words = NULL;
cleanup:
    return status;
}

hol_status hol_data_check_names(const hol_data_import *self) {
    int64_t with_words = 0, equal = 0, first = -1;
    if (!self->words || !self->names || hol_array_file_is_dataset(self->inputs[0].path)) return HOL_OK;
    for (int64_t c = 0; c < self->columns; c++) {
        const char *const *words = NULL;
        const int64_t count = hol_column_words_get(self->words, c, &words);
        int64_t k = 0;
        while (k < count && strcmp(words[k], self->names[c]) != 0) k++;
        with_words += count > 0;
        equal += k < count;
        if (k < count && first < 0) first = c;
    }
    if (equal < with_words) return HOL_OK;
    return hol_error(HOL_BAD_INPUT,
                     "%s: found names in the first line that are values, too (\"%.40s\" in column %lld, from 0), "
                     "expected others: a line of names before it tells that it is a row",
                     self->inputs[0].path, self->names[first], (long long)self->numbers[first]);
}

/* ------------------------------------------------------------------ writing */

/* Of whole numbers one more than the largest. */
static int32_t cardinality_of(const hol_data_import *self, int64_t column, int64_t words) {
    if (self->states_of) return self->given_states.cardinalities[column];
    const double most = (double)self->survey->most[column];
    const int64_t states = words > 0 ? words : most >= 0 ? (int64_t)most + 1 : 0;
    return (int32_t)(states > 2 ? states : 2);
}

hol_status hol_data_write_states(const hol_data_import *self, hol_dataset_writer *writer) {
    hol_status status = HOL_OK;
    int32_t *cardinalities = NULL, *counts = NULL;
    const char **names = NULL;
    int64_t used = 0, room = 0;
    if (self->alphabet.count > 0) return hol_data_write_alphabet(self, writer);
    if (self->kind != HOL_DATASET_STATES && !self->words) return HOL_OK;
    HOL_TRY(HOL_ALLOCATE(cardinalities, self->columns, "states"));
    HOL_TRY(HOL_ALLOCATE(counts, self->columns, "states"));
    for (int64_t c = 0; c < self->columns; c++) {
        const char *const *own = NULL;
        counts[c] = self->words ? (int32_t)hol_column_words_get(self->words, c, &own) : 0;
        cardinalities[c] = cardinality_of(self, c, counts[c]);
        HOL_TRY(HOL_GROW(names, used, used + counts[c], &room, "names of states"));
        for (int32_t k = 0; k < counts[c]; k++) names[used++] = own[k];
    }
    HOL_TRY(hol_dataset_writer_add_states(writer, self->columns, cardinalities, counts, names));
cleanup:
    hol_free(cardinalities);
    hol_free(counts);
    hol_free(names);
    return status;
}

/* "column 0 (from 0) "colour" (blue, green, red), and 3 more" */
void hol_data_add_states(const hol_data_import *self, hol_result *result) {
    char text[TEXT_SIZE] = "", others[48] = "";
    const char *const *names = NULL;
    int64_t first = 0, count = 0;
    if (self->alphabet.count > 0) {
        const char *own = hol_alphabet_name(&self->alphabet), *letters = self->alphabet.letters;
        hol_result_line(result, NULL, "%s: alphabet: %s%s%s", self->output, own, own == letters ? "" : ", ",
                        own == letters ? "" : letters);
    }
    if (!self->words) return;
    while (hol_column_words_get(self->words, first, &names) == 0) first++;
    count = hol_column_words_get(self->words, first, &names);
    for (int64_t k = 0; k < count && k < SHOWN; k++)
        hol_words_append(text, sizeof text, "%s%.40s", k ? ", " : "", names[k]);
    if (count > SHOWN) hol_words_append(text, sizeof text, ", ... %.40s", names[count - 1]);
    const int64_t columns = hol_column_words_count(self->words);
    if (columns > 1) (void)snprintf(others, sizeof others, ", and in %lld more", (long long)columns - 1);
    char name[64] = "";
    if (self->names) (void)snprintf(name, sizeof name, " \"%.40s\"", self->names[first]);
    hol_result_line(result, NULL, "%s: words: in column %lld (from 0)%s (%s)%s", self->output,
                    (long long)self->numbers[first], name, text, others);
}
