/* clamp: values from any file of rows; which units are held, from its -1s or from a list. */
#include "cli/clamp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/array_file.h"
#include "io/dataset.h"
#include "io/feed.h"
#include "io/recognize.h"
#include "num/bits.h"
#include "sample/population.h"

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

static hol_status parse_units(const char *text, const hol_model *model, uint8_t *held) {
    const int64_t columns = hol_model_columns(model);
    for (const char *at = text;;) {
        char *end = NULL;
        if (*at < '0' || *at > '9') return refuse_list(text, model);
        const long long first = strtoll(at, &end, 10);
        long long last = first;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9') last = strtoll(end + 1, &end, 10);
        if (first > last || last >= columns) return refuse_list(text, model);
        for (long long i = first; i <= last; i++) held[i] = 1;
        if (*end == '\0') return HOL_OK;
        if (*end != ',') return refuse_list(text, model);
        at = end + 1;
    }
}

/* held, of columns, to those of their units, in place; held has room for all units, at least as many */
static void spread_held(const hol_columns *columns, uint8_t *held) {
    for (int64_t c = columns->count - 1; c >= 0; c--) {
        const uint8_t is_held = held[c];
        for (int64_t i = columns->first_units[c]; i < columns->first_units[c + 1]; i++) held[i] = is_held;
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static hol_status check_columns(const char *file, int64_t found, const hol_model *model) {
    if (found == hol_model_columns(model)) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the model's visible %s", file,
                     (long long)found, (long long)hol_model_columns(model), word_for(model));
}

/* One row's numbers to states; the first row says which columns are free, unless a list does. */
static hol_status take_row(const char *file, int64_t row, const hol_model *model, const float *numbers, bool listed,
                           uint8_t *held, uint8_t *states) {
    for (int64_t i = 0; i < hol_model_columns(model); i++) {
        const double number = (double)numbers[i];
        const int largest = states_of(model, i) - 1, state = number > 0 && number <= largest ? (int)number : 0;
        const bool is_free = number < 0 && !(number < -1) && !(number > -1);
        if (!is_free && (number < state || number > state || isnan(number)))
            return hol_error(HOL_BAD_INPUT,
                             "%s: row %lld, column %lld (from 0): found %g, expected 0 to %d, or -1 for a free unit",
                             file, (long long)row, (long long)i, number, largest);
        if (!listed && row == 0) held[i] = !is_free;
        const bool is_wrong = is_free ? held[i] : !held[i] && !listed;
        if (is_wrong)
            return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %g, expected %s", file,
                             (long long)row, (long long)i, number,
                             listed    ? "a state for a unit of --clamp-units"
                             : is_free ? "a state as in row 0: the same units are free in all rows"
                                       : "-1 as in row 0: the same units are free in all rows");
        states[i] = held[i] ? (uint8_t)state : 0;
    }
    return HOL_OK;
}

static hol_status read_array(const char *path, const hol_model *model, bool listed, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    const hol_columns *columns = &model->info.columns;
    hol_array_file *file = NULL;
    float *numbers = NULL;
    uint8_t *states = NULL;
    HOL_TRY(hol_array_file_open(path, &file));
    HOL_TRY(check_columns(path, hol_array_file_get_columns(file), model));
    clamp->rows = hol_array_file_get_rows(file);
    HOL_TRY(HOL_ALLOCATE(clamp->values, HOL_PRODUCT(clamp->rows, model->info.visible), "clamped values"));
    HOL_TRY(HOL_ALLOCATE(numbers, hol_model_columns(model), "clamped values"));
    HOL_TRY(HOL_ALLOCATE(states, hol_model_columns(model), "clamped values"));
    for (int64_t r = 0; r < clamp->rows; r++) {
        uint8_t *values = clamp->values + r * model->info.visible;
        int64_t got = 0;
        HOL_TRY(hol_array_file_read(file, 1, numbers, &got));
        HOL_TRY(take_row(path, r, model, numbers, listed, clamp->held, states));
        if (columns->count > 0) hol_columns_to_units(columns, 1, states, values);
        else memcpy(values, states, (size_t)model->info.visible);
    }
    spread_held(columns, clamp->held);
cleanup:
    hol_array_file_close(file);
    hol_free(numbers);
    hol_free(states);
    return status;
}

static hol_status read_dataset(const char *reference, const hol_model *model, bool listed, double threshold,
                               hol_clamp *clamp) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible;
    const hol_feed feed = {.threshold = hol_feed_threshold(threshold), .columns = &model->info.columns};
    hol_dataset *dataset = NULL;
    HOL_TRY(hol_dataset_open(NULL, reference, "test", &dataset));
    HOL_TRY(check_columns(reference, hol_dataset_get_columns(dataset), model));
    clamp->rows = hol_dataset_get_rows(dataset);
    HOL_TRY(HOL_ALLOCATE(clamp->values, HOL_PRODUCT(clamp->rows, visible), "clamped values"));
    HOL_TRY(hol_feed_bytes(dataset, &feed, 0, clamp->rows, clamp->values));
    if (listed) spread_held(feed.columns, clamp->held);
    else memset(clamp->held, 1, (size_t)visible);
    for (int64_t k = 0; k < clamp->rows * visible; k++) clamp->values[k] &= clamp->held[k % visible];
cleanup:
    hol_dataset_close(dataset);
    return status;
}

/* A reference FILE:SPLIT is no file's name. */
static bool is_hdf5(const char *file) {
    return hol_file_look(file, NULL) == HOL_CONTENTS_HDF5 || (access(file, R_OK) != 0 && strchr(file, ':'));
}

static hol_status read_rows(const char *file, const char *units, double threshold, const hol_model *model,
                            hol_clamp *clamp) {
    hol_status status = HOL_OK;
    if (units) HOL_TRY(parse_units(units, model, clamp->held));
    if (is_hdf5(file)) HOL_TRY(read_dataset(file, model, units != NULL, threshold, clamp));
    else HOL_TRY(read_array(file, model, units != NULL, clamp));
cleanup:
    return status;
}

hol_status hol_clamp_read(hol_comm *comm, const char *file, const char *units, double threshold, const hol_model *model,
                          hol_clamp *ret_clamp) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible, all = visible + model->info.hidden, columns = hol_model_columns(model);
    *ret_clamp = (hol_clamp){0};
    status = HOL_ALLOCATE(ret_clamp->held, all > columns ? all : columns, "clamped units");
    if (status == HOL_OK && hol_comm_rank(comm) == 0) status = read_rows(file, units, threshold, model, ret_clamp);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &ret_clamp->rows, sizeof ret_clamp->rows));
    if (!ret_clamp->values) status = HOL_ALLOCATE(ret_clamp->values, HOL_PRODUCT(ret_clamp->rows, visible), "clamped values");
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, ret_clamp->held, all));
    HOL_TRY(hol_comm_broadcast(comm, ret_clamp->values, ret_clamp->rows * visible));
cleanup:
    return status;
}

void hol_clamp_apply(const hol_clamp *clamp, const hol_model *model, hol_population *population) {
    const int64_t visible = model->info.visible;
    int64_t first = 0, owned = 0;
    hol_population_get_owned(population, &first, &owned);
    for (int64_t c = first; c < first + owned; c++) {
        uint64_t *words =
            population->states.words + (c / HOL_LANES - population->states.first_block) * population->states.stride;
        const uint8_t *values = clamp->values + c % clamp->rows * visible;
        const uint64_t bit = UINT64_C(1) << c % HOL_LANES;
        for (int64_t i = 0; i < visible; i++)
            if (clamp->held[i]) words[i] = values[i] ? words[i] | bit : words[i] & ~bit;
    }
    population->held = clamp->held;
}
