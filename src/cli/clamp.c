/* clamp: values from any file of rows; which units are held, from its -1s or from a list. */
#include "cli/clamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- which units -------------------------------------------------------------------------------------------------- */

static hol_status refuse_list(const char *text, int64_t visible) {
    return hol_error(HOL_USAGE, "--clamp-units: found \"%s\", expected numbers and ranges of units from 0 to %lld, as 0-391,400",
                     text, (long long)visible - 1);
}

static hol_status parse_units(const char *text, int64_t visible, uint8_t *held) {
    for (const char *at = text;;) {
        char *end = NULL;
        if (*at < '0' || *at > '9') return refuse_list(text, visible);
        const long long first = strtoll(at, &end, 10);
        long long last = first;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9') last = strtoll(end + 1, &end, 10);
        if (first > last || last >= visible) return refuse_list(text, visible);
        for (long long i = first; i <= last; i++) held[i] = 1;
        if (*end == '\0') return HOL_OK;
        if (*end != ',') return refuse_list(text, visible);
        at = end + 1;
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static hol_status check_columns(const char *file, int64_t found, int64_t visible) {
    if (found == visible) return HOL_OK;
    return hol_error(HOL_BAD_INPUT, "%s: found %lld columns, expected %lld, the model's visible units", file,
                     (long long)found, (long long)visible);
}

/* One row's numbers; the first row says which units are free, unless a list does. */
static hol_status take_row(const char *file, int64_t row, int64_t visible, const float *numbers, bool listed,
                           hol_clamp *clamp) {
    for (int64_t i = 0; i < visible; i++) {
        const bool is_free = numbers[i] < 0 && !(numbers[i] < -1) && !(numbers[i] > -1);
        const bool is_one = numbers[i] >= 1 && numbers[i] <= 1;
        if (!is_free && !is_one && (numbers[i] < 0 || numbers[i] > 0))
            return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %g, expected 0, 1, or -1 for a free unit",
                             file, (long long)row, (long long)i, (double)numbers[i]);
        if (!listed && row == 0) clamp->held[i] = !is_free;
        const bool is_wrong = is_free ? clamp->held[i] : !clamp->held[i] && !listed;
        if (is_wrong)
            return hol_error(HOL_BAD_INPUT, "%s: row %lld, column %lld (from 0): found %g, expected %s", file, (long long)row,
                             (long long)i, (double)numbers[i],
                             listed    ? "0 or 1 for a unit of --clamp-units"
                             : is_free ? "0 or 1 as in row 0: the same units are free in all rows"
                                       : "-1 as in row 0: the same units are free in all rows");
        clamp->values[row * visible + i] = is_one && clamp->held[i];
    }
    return HOL_OK;
}

static hol_status read_array(const char *path, int64_t visible, bool listed, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    hol_array_file *file = NULL;
    float *numbers = NULL;
    HOL_TRY(hol_array_file_open(path, &file));
    HOL_TRY(check_columns(path, hol_array_file_get_columns(file), visible));
    clamp->rows = hol_array_file_get_rows(file);
    HOL_TRY(HOL_ALLOCATE(clamp->values, clamp->rows * visible, "clamped values"));
    HOL_TRY(HOL_ALLOCATE(numbers, visible, "clamped values"));
    for (int64_t r = 0; r < clamp->rows; r++) {
        int64_t got = 0;
        HOL_TRY(hol_array_file_read(file, 1, numbers, &got));
        HOL_TRY(take_row(path, r, visible, numbers, listed, clamp));
    }
cleanup:
    hol_array_file_close(file);
    hol_free(numbers);
    return status;
}

static hol_status read_dataset(const char *reference, int64_t visible, bool listed, double threshold, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    hol_dataset *dataset = NULL;
    const hol_feed feed = {.threshold = hol_feed_threshold(threshold)};
    HOL_TRY(hol_dataset_open(NULL, reference, "test", &dataset));
    HOL_TRY(check_columns(reference, hol_dataset_get_columns(dataset), visible));
    clamp->rows = hol_dataset_get_rows(dataset);
    HOL_TRY(HOL_ALLOCATE(clamp->values, clamp->rows * visible, "clamped values"));
    HOL_TRY(hol_feed_bytes(dataset, &feed, 0, clamp->rows, clamp->values));
    if (!listed) memset(clamp->held, 1, (size_t)visible);
    for (int64_t k = 0; listed && k < clamp->rows * visible; k++) clamp->values[k] &= clamp->held[k % visible];
cleanup:
    hol_dataset_close(dataset);
    return status;
}

/* by its contents: HDF5 begins with these bytes. A reference FILE:SPLIT is no file's name. */
static bool is_hdf5(const char *file) {
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char bytes[8] = {0};
    FILE *stream = fopen(file, "rb");
    if (!stream) return strchr(file, ':') != NULL;
    const bool full = fread(bytes, 1, sizeof bytes, stream) == sizeof bytes;
    (void)fclose(stream); /* read only */
    return full && memcmp(bytes, signature, sizeof bytes) == 0;
}

static hol_status read_rows(const char *file, const char *units, double threshold, int64_t visible, hol_clamp *clamp) {
    hol_status status = HOL_OK;
    if (units) HOL_TRY(parse_units(units, visible, clamp->held));
    if (is_hdf5(file)) HOL_TRY(read_dataset(file, visible, units != NULL, threshold, clamp));
    else HOL_TRY(read_array(file, visible, units != NULL, clamp));
cleanup:
    return status;
}

hol_status hol_clamp_read(hol_comm *comm, const char *file, const char *units, double threshold, const hol_model *model,
                          hol_clamp *ret_clamp) {
    hol_status status = HOL_OK;
    const int64_t visible = model->info.visible, all = visible + model->info.hidden;
    *ret_clamp = (hol_clamp){0};
    status = HOL_ALLOCATE(ret_clamp->held, all, "clamped units");
    if (status == HOL_OK && hol_comm_rank(comm) == 0) status = read_rows(file, units, threshold, visible, ret_clamp);
    HOL_TRY(hol_comm_agree(comm, status));
    HOL_TRY(hol_comm_broadcast(comm, &ret_clamp->rows, sizeof ret_clamp->rows));
    if (!ret_clamp->values) status = HOL_ALLOCATE(ret_clamp->values, ret_clamp->rows * visible, "clamped values");
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
        uint64_t *words = population->states.words +
                          (c / HOL_LANES - population->states.first_block) * population->states.stride;
        const uint8_t *values = clamp->values + c % clamp->rows * visible;
        const uint64_t bit = UINT64_C(1) << c % HOL_LANES;
        for (int64_t i = 0; i < visible; i++)
            if (clamp->held[i]) words[i] = values[i] ? words[i] | bit : words[i] & ~bit;
    }
    population->held = clamp->held;
}
