/* clamp: values from any file of rows; which units are held, from the values that each lacks or from a list.
 *
 * A source gives numbers, NaN where it has none; take_row makes states of them. -1 is free like NaN, except where spins
 * are -1 and 1. */
#include "cli/clamp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/words.h"
#include "cli/letters.h"
#include "cli/units.h"
#include "io/array_file.h"
#include "io/dataset.h"
#include "io/evidence_file.h"
#include "io/recognize.h"
#include "io/text_file.h"
#include "num/bits.h"
#include "sample/population.h"
#include "train/binarize.h"

void hol_clamp_clear(hol_clamp *clamp) {
    hol_free(clamp->held);
    hol_free(clamp->values);
    *clamp = (hol_clamp){0};
}

/* ---- which columns ----------------------------------------------------------------------------------------------- */

/* What a file has a column for: a variable of the model, or a visible unit where there are only those. */
static int32_t states_of(const hol_model *model, int64_t column) {
    return model->info.columns.count > 0 ? model->info.columns.cardinalities[column] : 2;
}

/* What messages call them. */
static const char *word_for(const hol_model *model) { return model->info.columns.count > 0 ? "variables" : "units"; }

static hol_status refuse_list(const char *text, const hol_model *model) {
    return hol_error(HOL_USAGE,
                     "--clamp-units: found \"%s\", expected numbers and ranges of %s from 0 to %lld, as 0-2,5", text,
                     word_for(model), (long long)hol_model_columns(model) - 1);
}

/* list is (columns): 1 for those that are named */
static hol_status parse_units(const char *text, const hol_model *model, uint8_t *list) {
    const int64_t columns = hol_model_columns(model);
    for (const char *at = text;;) {
        char *end = NULL;
        if (*at < '0' || *at > '9') return refuse_list(text, model);
        const long long first = strtoll(at, &end, 10);
        long long last = first;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9') last = strtoll(end + 1, &end, 10);
        if (first > last || last >= columns) return refuse_list(text, model);
        for (long long i = first; i <= last; i++) list[i] = 1;
        if (*end == '\0') return HOL_OK;
        if (*end != ',') return refuse_list(text, model);
        at = end + 1;
    }
}

/* what is held of a model's columns, to what is of its visible units */
static void spread_held(const hol_model *model, const uint8_t *of_columns, uint8_t *held) {
    const hol_columns *columns = &model->info.columns;
    if (columns->count == 0) memcpy(held, of_columns, (size_t)model->info.visible);
    for (int64_t c = 0; c < columns->count; c++)
        for (int64_t i = columns->first_units[c]; i < columns->first_units[c + 1]; i++) held[i] = of_columns[c];
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Where in a file a number was first seen: "row R, column C (from 0)". */
typedef struct place {
    bool is_known;
    int64_t row, column;
} place;

typedef struct reading {
    const char *file;           /* borrowed */
    hol_comm *comm;             /* borrowed */
    const hol_model *model;     /* borrowed */
    const uint8_t *list;        /* borrowed: (columns) 1 for those of --clamp-units; NULL: each row says what is held */
    bool is_signed;             /* spins are -1 and 1: so is what the file has, or it has 0 and 1 */
    place zero, minus;          /* where they are signed */
    uint8_t *states, *held;     /* owned: (columns) of a row */
    bool has_free;              /* whether any row has a free unit */
    int64_t empty, first_empty; /* rows that hold nothing; the first of them */
} reading;

static hol_status refuse_number(const reading *r, int64_t row, int64_t column, double number, const char *expected) {
    char found[32] = "a free unit";
    if (!isnan(number)) (void)snprintf(found, sizeof found, "%g", number);
    return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %s, expected %s", r->file,
                     (long long)row, (long long)column, found, expected);
}

/* A signed spin's state. 0 and -1 in one file are refused: -1 might be meant as a spin, and 0 as free. */
static hol_status take_spin(reading *r, int64_t row, int64_t column, double number, uint8_t *ret_state) {
    const bool is_zero = !(number < 0) && !(number > 0), is_minus = number < 0;
    place *seen = is_zero ? &r->zero : &r->minus;
    if (!(is_zero || fabs(number) == 1)) /* also of NaN, which does not come here */
        return refuse_number(r, row, column, number, "-1 or 1, a spin, or ? for a free unit");
    if ((is_zero || is_minus) && !seen->is_known) *seen = (place){.is_known = true, .row = row, .column = column};
    if (r->zero.is_known && r->minus.is_known)
        return hol_error(HOL_BAD_INPUT,
                         "%s: found both 0 (row %lld, column %lld, from 0) and -1 (row %lld, column %lld), expected "
                         "spins of -1 and 1, as model.spins is signed, and ? for a free unit",
                         r->file, (long long)r->zero.row, (long long)r->zero.column, (long long)r->minus.row,
                         (long long)r->minus.column);
    *ret_state = number > 0;
    return HOL_OK;
}

static hol_status take_state(const reading *r, int64_t row, int64_t column, double number, uint8_t *ret_state) {
    char expected[64];
    const int largest = states_of(r->model, column) - 1;
    const int state = number > 0 && number <= largest ? (int)number : 0;
    if (number < state || number > state) {
        (void)snprintf(expected, sizeof expected, "0 to %d, or -1 for a free unit", largest);
        return refuse_number(r, row, column, number, expected);
    }
    *ret_state = (uint8_t)state;
    return HOL_OK;
}

/* One row's numbers to states, and which of them are held. */
static hol_status take_row(reading *r, int64_t row, const float *numbers) {
    bool is_empty = true;
    for (int64_t i = 0; i < hol_model_columns(r->model); i++) {
        hol_status status = HOL_OK;
        const double number = (double)numbers[i];
        const bool is_free = isnan(number) || (!r->is_signed && !(number < -1) && !(number > -1));
        uint8_t state = 0;
        if (!is_free && r->is_signed) status = take_spin(r, row, i, number, &state);
        else if (!is_free) status = take_state(r, row, i, number, &state);
        if (status != HOL_OK) return status;
        r->held[i] = r->list ? r->list[i] : !is_free;
        if (is_free && r->held[i]) return refuse_number(r, row, i, number, "a state for a unit of --clamp-units");
        r->states[i] = r->held[i] ? state : 0;
        r->has_free = r->has_free || is_free;
        is_empty = is_empty && !r->held[i];
    }
    if (is_empty && r->empty++ == 0) r->first_empty = row;
    return HOL_OK;
}

/* What the source's next row is: (columns), NaN where it has no value. */
typedef hol_status next_row(void *source, float *numbers);

static hol_status make_room(const hol_model *model, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    HOL_TRY(HOL_ALLOCATE(clamp->values, HOL_PRODUCT(clamp->rows, model->info.visible), "clamped values"));
    HOL_TRY(HOL_ALLOCATE(clamp->held, HOL_PRODUCT(clamp->rows, model->info.visible), "clamped units"));
cleanup:
    return status;
}

static void tell(const reading *r, int64_t rows) {
    if (!r->list && r->minus.is_known && !r->has_free)
        hol_log(r->comm, "%s: -1 is a spin's value, as model.spins is signed: all units are held (? is a free one)",
                r->file);
    if (!r->list && r->empty > 0)
        hol_log(r->comm, "%s: %lld of %lld rows, row %lld (from 0) first, have no value: nothing is held in them",
                r->file, (long long)r->empty, (long long)rows, (long long)r->first_empty);
}

static hol_status take_rows(reading *r, next_row *next, void *source, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    const hol_model *model = r->model;
    const hol_columns *columns = &model->info.columns;
    float *numbers = NULL;
    HOL_TRY(make_room(model, clamp));
    HOL_TRY(HOL_ALLOCATE(numbers, hol_model_columns(model), "clamped values"));
    HOL_TRY(HOL_ALLOCATE(r->states, hol_model_columns(model), "clamped values"));
    HOL_TRY(HOL_ALLOCATE(r->held, hol_model_columns(model), "clamped units"));
    for (int64_t row = 0; row < clamp->rows; row++) {
        uint8_t *values = clamp->values + row * model->info.visible;
        HOL_TRY(next(source, numbers));
        HOL_TRY(take_row(r, row, numbers));
        if (columns->count > 0) hol_columns_to_units(columns, 1, r->states, values);
        else memcpy(values, r->states, (size_t)model->info.visible);
        spread_held(model, r->held, clamp->held + row * model->info.visible);
    }
    tell(r, clamp->rows);
cleanup:
    hol_free(numbers);
    hol_free(r->states);
    hol_free(r->held);
    return status;
}

/* A first row of words over values that are free looks like names: refused where one of them is a state's. */
static hol_status check_names(const char *path, const hol_array_file *file, const hol_dataset_states *states) {
    const char *const *names = hol_array_file_get_names(file);
    for (int64_t c = 0; names && c < states->columns; c++)
        for (int64_t k = states->first_names[c]; k < states->first_names[c + 1]; k++)
            if (strcmp(names[c], states->names[k]) == 0)
                return hol_error(
                    HOL_BAD_INPUT,
                    "%s: found names in the first line that are states, too (\"%.40s\" in column %lld, from "
                    "0), expected others: a line of names before it tells that it is a row",
                    path, names[c], (long long)c);
    return HOL_OK;
}

static hol_status next_of_array(void *source, float *numbers) {
    int64_t got = 0;
    return hol_array_file_read(source, 1, numbers, NULL, &got);
}

/* A text's columns by their names. */
typedef struct named {
    hol_array_file *file;  /* borrowed */
    const int64_t *places; /* (of_file) borrowed: the model's columns */
    float *row;            /* (of_file) borrowed */
    int64_t of_file, columns;
} named;

static hol_status next_of_named(void *source, float *numbers) {
    const named *n = source;
    int64_t got = 0;
    const hol_status status = hol_array_file_read(n->file, 1, n->row, NULL, &got);
    for (int64_t c = 0; c < n->columns; c++) numbers[c] = NAN;
    for (int64_t c = 0; c < n->of_file; c++) numbers[n->places[c]] = n->row[c];
    return status;
}

/* A file that has names, of a model whose columns have some that are not made up, or the same ones. */
static bool goes_by_names(const hol_array_file *file, char *const *names, int64_t columns) {
    const char *const *own = hol_array_file_get_names(file);
    if (!own || !names) return false;
    if (strcmp(names[0], "v0") != 0 && strcmp(names[0], "0") != 0) return true;
    for (int64_t c = 0; c < columns; c++)
        if (strcmp(own[0], names[c]) == 0) return true;
    return false;
}

static hol_status refuse_name(const char *path, const char *found, char *const *names, int64_t columns) {
    const char *meant = NULL;
    size_t best = SIZE_MAX;
    for (int64_t c = 0; c < columns; c++)
        if (hol_words_are_near(found, names[c], &best)) meant = names[c];
    if (meant)
        return hol_error(HOL_BAD_INPUT, "%s: found a column \"%.60s\", expected the model's; did you mean \"%.60s\"?",
                         path, found, meant);
    return hol_error(HOL_BAD_INPUT, "%s: found a column \"%.60s\", expected the model's, as \"%.60s\"", path, found,
                     names[0]);
}

/* places is (columns of the file). */
static hol_status find_places(const char *path, const hol_array_file *file, char *const *names, int64_t columns,
                              int64_t *places) {
    const char *const *own = hol_array_file_get_names(file);
    for (int64_t c = 0; c < hol_array_file_get_columns(file); c++) {
        places[c] = 0;
        while (places[c] < columns && strcmp(names[places[c]], own[c]) != 0) places[c]++;
        if (places[c] == columns) return refuse_name(path, own[c], names, columns);
        for (int64_t k = 0; k < c; k++)
            if (places[k] == places[c])
                return hol_error(HOL_BAD_INPUT, "%s: found the column \"%.60s\" twice, expected once", path, own[c]);
    }
    return HOL_OK;
}

/* The words of the columns of a file, in its order; the caller frees the arrays, the words are `states`'. */
static hol_status order_words(const hol_dataset_states *states, const int64_t *places, int64_t of_file,
                              hol_dataset_states *ret) {
    hol_status status = HOL_OK;
    const int64_t all = states->first_names[states->columns];
    *ret = (hol_dataset_states){.columns = of_file};
    HOL_TRY(HOL_ALLOCATE(ret->cardinalities, of_file, "states"));
    HOL_TRY(HOL_ALLOCATE(ret->first_names, of_file + 1, "states"));
    HOL_TRY(HOL_ALLOCATE(ret->names, all, "names of states"));
    for (int64_t c = 0; c < of_file; c++) {
        const int64_t first = states->first_names[places[c]], count = states->first_names[places[c] + 1] - first;
        ret->cardinalities[c] = states->cardinalities[places[c]];
        memcpy(ret->names + ret->first_names[c], states->names + first, (size_t)count * sizeof *ret->names);
        ret->first_names[c + 1] = ret->first_names[c] + count;
    }
cleanup:
    return status;
}

static hol_status read_array(hol_comm *comm, const char *path, const hol_model *model, const uint8_t *list,
                             char *const *names, const hol_dataset_states *states, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    reading r = {.comm = comm, .file = path, .model = model, .list = list, .is_signed = model->info.signed_spins};
    named by_name = {.columns = hol_model_columns(model)};
    hol_dataset_states ordered = {0};
    hol_array_file *file = NULL;
    hol_column_words *words = NULL;
    int64_t *places = NULL;
    HOL_TRY(hol_array_file_open(path, true, &file));
    by_name.file = file;
    by_name.of_file = hol_array_file_get_columns(file);
    const bool is_named = goes_by_names(file, names, by_name.columns);
    if (by_name.of_file == states->columns && states->names) HOL_TRY(check_names(path, file, states));
    if (!is_named) HOL_TRY(hol_cli_check_columns(path, by_name.of_file, model, "the model"));
    HOL_TRY(HOL_ALLOCATE(places, by_name.of_file, "columns"));
    HOL_TRY(HOL_ALLOCATE(by_name.row, by_name.of_file, "columns"));
    for (int64_t c = 0; c < by_name.of_file; c++) places[c] = c;
    if (is_named) HOL_TRY(find_places(path, file, names, by_name.columns, places));
    by_name.places = places;
    if (states->columns == by_name.columns && states->names) {
        HOL_TRY(order_words(states, places, by_name.of_file, &ordered));
        HOL_TRY(hol_column_words_of(&ordered, true, &words));
        HOL_TRY(hol_array_file_select(file, &(hol_array_selection){.words = words, .missing = "-1"}));
    }
    clamp->rows = hol_array_file_get_rows(file);
    HOL_TRY(take_rows(&r, next_of_named, &by_name, clamp));
cleanup:
    hol_array_file_close(file);
    hol_column_words_destroy(words);
    hol_dataset_states_clear(&ordered);
    hol_free(places);
    hol_free(by_name.row);
    return status;
}

/* Aligned sequences of the model's letters; other ones, as X, are not known. */
static hol_status read_sequences(hol_comm *comm, const char *path, const hol_model *model, const uint8_t *list,
                                 hol_clamp *clamp) {
    hol_status status = HOL_OK;
    reading r = {.comm = comm, .file = path, .model = model, .list = list};
    hol_alignment_how how = {.keeps_duplicates = true, .others_are_missing = true};
    hol_array_file *file = NULL;
    HOL_TRY(hol_cli_model_alphabet(path, model, &how.alphabet));
    if (how.alphabet.count == 0)
        HOL_TRY(hol_error(HOL_USAGE,
                          "%s: found sequences, of a model whose states have no letters, expected a data set", path));
    HOL_TRY(hol_array_file_open_alignment(path, NULL, &how, &file));
    HOL_TRY(hol_cli_check_columns(path, hol_array_file_get_columns(file), model, "the model"));
    clamp->rows = hol_array_file_get_rows(file);
    HOL_TRY(take_rows(&r, next_of_array, file, clamp));
cleanup:
    hol_array_file_close(file);
    return status;
}

/* the next of a matrix's rows */
typedef struct matrix {
    const float *at; /* borrowed */
    int64_t columns;
} matrix;

static hol_status next_of_matrix(void *source, float *numbers) {
    matrix *m = source;
    memcpy(numbers, m->at, (size_t)m->columns * sizeof *numbers);
    m->at += m->columns;
    return HOL_OK;
}

/* States, also of a signed spin: 0 is down. */
static hol_status read_evidence(hol_comm *comm, const char *path, const hol_model *model, const uint8_t *list,
                                hol_clamp *clamp) {
    hol_status status = HOL_OK;
    reading r = {.comm = comm, .file = path, .model = model, .list = list};
    float *values = NULL;
    HOL_TRY(hol_evidence_file_read(path, hol_model_columns(model), &clamp->rows, &values));
    HOL_TRY(take_rows(&r, next_of_matrix, &(matrix){.at = values, .columns = hol_model_columns(model)}, clamp));
cleanup:
    hol_free(values);
    return status;
}

/* Rows of numbers where one of them is negative, none or missing: -1 and NaN mean what they mean in text and npy.
 * *ret_taken is false otherwise. */
static hol_status read_numbers(hol_comm *comm, const char *reference, const hol_model *model, const uint8_t *list,
                               hol_clamp *clamp, bool *ret_taken) {
    hol_status status = HOL_OK;
    reading r = {.comm = comm, .file = reference, .model = model, .list = list, .is_signed = model->info.signed_spins};
    hol_dataset *dataset = NULL;
    float *numbers = NULL;
    int64_t negative = 0;
    *ret_taken = false;
    HOL_TRY(hol_dataset_open_numbers(comm, reference, "test", &dataset));
    if (!hol_dataset_has_signs(dataset) && !hol_dataset_has_missing(dataset)) goto cleanup;
    HOL_TRY(hol_cli_check_columns(reference, hol_dataset_get_columns(dataset), model, "the model"));
    clamp->rows = hol_dataset_get_rows(dataset);
    const int64_t columns = hol_dataset_get_columns(dataset), count = HOL_PRODUCT(clamp->rows, columns);
    HOL_TRY(HOL_ALLOCATE(numbers, count, "clamped values"));
    HOL_TRY(hol_dataset_read_numbers(dataset, 0, clamp->rows, numbers));
    for (int64_t i = 0; i < count; i++) negative += numbers[i] < -0.5F || isnan(numbers[i]);
    *ret_taken = negative > 0;
    if (negative > 0) HOL_TRY(take_rows(&r, next_of_matrix, &(matrix){.at = numbers, .columns = columns}, clamp));
cleanup:
    hol_dataset_close(dataset);
    hol_free(numbers);
    return status;
}

static hol_status read_dataset(hol_comm *comm, const char *reference, const hol_model *model, const uint8_t *list,
                               double threshold, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    const hol_binarizer binarizer = {
        .threshold = hol_binarize_threshold(threshold), .columns = &model->info.columns, .units = visible};
    hol_dataset *dataset = NULL;
    bool taken = false;
    HOL_TRY(read_numbers(comm, reference, model, list, clamp, &taken));
    if (taken) return HOL_OK;
    HOL_TRY(hol_dataset_open_alone(comm, reference, "test", &dataset));
    HOL_TRY(hol_cli_check_columns(reference, hol_dataset_get_columns(dataset), model, "the model"));
    clamp->rows = hol_dataset_get_rows(dataset);
    HOL_TRY(make_room(model, clamp));
    HOL_TRY(hol_binarize_bytes(dataset, &binarizer, 0, clamp->rows, clamp->values, NULL));
    if (!list) memset(clamp->held, 1, (size_t)(clamp->rows * visible));
    for (int64_t row = 0; list && row < clamp->rows; row++) spread_held(model, list, clamp->held + row * visible);
    for (int64_t k = 0; k < clamp->rows * visible; k++) clamp->values[k] &= clamp->held[k];
cleanup:
    hol_dataset_close(dataset);
    return status;
}

/* A reference FILE:SPLIT is no file's name. */
static bool is_hdf5(const char *file) {
    return hol_contents_look(file, NULL).kind == HOL_CONTENTS_HDF5 || (access(file, R_OK) != 0 && strchr(file, ':'));
}

static hol_status read_rows(hol_comm *comm, const char *file, const char *units, double threshold,
                            const hol_model *model, char *const *names, const hol_dataset_states *words,
                            hol_clamp *clamp) {
    hol_status status = HOL_OK;
    uint8_t *list = NULL;
    if (units) HOL_TRY(HOL_ALLOCATE(list, hol_model_columns(model), "clamped units"));
    if (units) HOL_TRY(parse_units(units, model, list));
    if (is_hdf5(file)) HOL_TRY(read_dataset(comm, file, model, list, threshold, clamp));
    else if (hol_alignment_is(file)) HOL_TRY(read_sequences(comm, file, model, list, clamp));
    else if (hol_text_file_is_named(file, ".evid")) HOL_TRY(read_evidence(comm, file, model, list, clamp));
    else HOL_TRY(read_array(comm, file, model, list, names, words, clamp));
cleanup:
    hol_free(list);
    return status;
}

hol_status hol_clamp_read(hol_comm *comm, const char *file, const char *units, double threshold, const hol_model *model,
                          char *const *names, const hol_dataset_states *words, hol_clamp *ret_clamp) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    *ret_clamp = (hol_clamp){0};
    if (hol_comm_rank(comm) == 0) status = read_rows(comm, file, units, threshold, model, names, words, ret_clamp);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &ret_clamp->rows, sizeof ret_clamp->rows));
    if (!ret_clamp->values) status = make_room(model, ret_clamp);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, ret_clamp->held, ret_clamp->rows * visible));
    HOL_TRY(hol_comm_broadcast(comm, ret_clamp->values, ret_clamp->rows * visible));
cleanup:
    return status;
}

hol_status hol_clamp_apply(const hol_clamp *clamp, const hol_model *model, hol_population *population) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    const hol_states *x = &population->states;
    int64_t first = 0, owned = 0;
    HOL_TRY(hol_population_add_held(model, population));
    hol_population_get_owned(population, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        const int64_t block = (c / HOL_LANES - x->first_block) * x->stride, row = c % clamp->rows * visible;
        const int lane = (int)(c % HOL_LANES);
        hol_bits_from_bytes(clamp->held + row, visible, lane, population->held + block);
        for (int64_t i = 0; i < visible; i++)
            if (clamp->held[row + i]) hol_bits_set(x->words + block, i, lane, clamp->values[row + i]);
    }
cleanup:
    return status;
}
