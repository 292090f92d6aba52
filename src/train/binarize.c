/* binarizer: reads in pieces, thresholds or draws, packs. */
#include "train/binarize.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "sample/population.h"

enum { PIECE_LEVELS = 1 << 22 };

uint16_t hol_binarize_threshold(double threshold) {
    const double scaled = threshold * 65535.0;
    const uint16_t floor = (uint16_t)scaled;
    return (double)floor < scaled ? (uint16_t)(floor + 1) : floor;
}

/* ---- columns of states ------------------------------------------------------------------------------------------- */

static bool has_columns(const hol_binarizer *binarizer) { return binarizer->columns && binarizer->columns->count > 0; }

hol_status hol_binarize_check(const hol_dataset *dataset, const hol_binarizer *binarizer) {
    const char *file = hol_dataset_get_file(dataset), *path = hol_dataset_get_path(dataset);
    const hol_dataset_kind kind = hol_dataset_get_kind(dataset);
    const hol_status status = hol_dataset_refuse_missing(dataset, "a model's visible units");
    if (status != HOL_OK) return status;
    if (!has_columns(binarizer)) {
        if (kind != HOL_DATASET_STATES) return HOL_OK;
        return hol_error(HOL_BAD_INPUT,
                         "%s:%s: found states, expected binary data or grey levels for units 0 and 1 (rbm, boltzmann "
                         "and mrf take states)",
                         file, path);
    }
    if (hol_dataset_get_columns(dataset) != binarizer->columns->count)
        return hol_error(HOL_BAD_INPUT,
                         "%s:%s: found %lld columns, expected one for each of the model's %lld variables", file, path,
                         (long long)hol_dataset_get_columns(dataset), (long long)binarizer->columns->count);
    if (kind == HOL_DATASET_FLOATS)
        return hol_error(HOL_BAD_INPUT, "%s:%s: found fractions, expected states: whole numbers", file, path);
    return HOL_OK;
}

/* A state from its level, whatever kind of whole numbers the data set holds. */
static int64_t state_of(hol_dataset_kind kind, uint16_t level) {
    if (kind == HOL_DATASET_BINARY) return level > 0;
    return kind == HOL_DATASET_BYTES ? level / 257 : level;
}

/* Levels of states (rows, columns) to units of 0 and 65535 (rows, units); `first` is the number of the first row. */
static hol_status spread_states(const hol_dataset *dataset, const hol_columns *columns, int64_t first, int64_t rows,
                                const uint16_t *levels, uint16_t *units) {
    const hol_dataset_kind kind = hol_dataset_get_kind(dataset);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++) {
            const int64_t state = state_of(kind, *levels++);
            if (state >= columns->cardinalities[c])
                return hol_error(HOL_BAD_INPUT,
                                 "%s:%s: row %lld, column %lld (from 0): found %lld, expected a state from 0 to %d",
                                 hol_dataset_get_file(dataset), hol_dataset_get_path(dataset), (long long)(first + r),
                                 (long long)c, (long long)state, columns->cardinalities[c] - 1);
            const int64_t count = columns->first_units[c + 1] - columns->first_units[c];
            for (int64_t k = 0; k < count; k++) *units++ = hol_columns_unit(columns, c, state, k) ? UINT16_MAX : 0;
        }
    return HOL_OK;
}

/* Rows [first, first + rows) as levels of units: units is (rows, units). */
static hol_status read_units(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                             uint16_t *units) {
    hol_status status = HOL_OK;
    uint16_t *levels = NULL;
    if (!binarizer->memory) HOL_TRY(hol_binarize_check(dataset, binarizer));
    if (!has_columns(binarizer)) {
        if (binarizer->memory) return HOL_OK;
        HOL_TRY(hol_dataset_read(dataset, first, rows, units));
        if (binarizer->survey)
            hol_survey_add_levels(binarizer->survey, hol_dataset_get_kind(dataset), first, rows, units, NULL);
        return HOL_OK;
    }
    HOL_TRY(HOL_MEMORY_ALLOCATE(binarizer->memory, levels, HOL_PRODUCT(rows, binarizer->columns->count), "data set"));
    if (binarizer->memory) goto cleanup;
    HOL_TRY(hol_dataset_read(dataset, first, rows, levels));
    if (binarizer->survey)
        hol_survey_add_levels(binarizer->survey, hol_dataset_get_kind(dataset), first, rows, levels, NULL);
    HOL_TRY(spread_states(dataset, binarizer->columns, first, rows, levels, units));
cleanup:
    hol_free(levels);
    return status;
}

hol_status hol_binarize_check_survey(const hol_binarizer *binarizer, const char *what, int64_t *ret_constant) {
    const hol_survey_bits bits = has_columns(binarizer) ? HOL_SURVEY_STATES
                                 : binarizer->resample  ? HOL_SURVEY_DRAWN
                                                        : HOL_SURVEY_THRESHOLD;
    const double threshold = (double)binarizer->threshold / 65535.0;
    *ret_constant = hol_survey_count_constant(binarizer->survey, bits, threshold, NULL);
    return hol_survey_check(binarizer->survey, what, bits, threshold, NULL);
}

/* ---- binarizing -------------------------------------------------------------------------------------------------- */

/* Rows [first, end) in pieces of at most `piece`, levels' room. */
static hol_status read_rows(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t end,
                            int64_t piece, uint16_t *levels, hol_batches *batches) {
    hol_status status = HOL_OK;
    for (; first < end; first += piece) {
        const int64_t now = end - first < piece ? end - first : piece;
        HOL_TRY(read_units(dataset, binarizer, first, now, levels));
        if (binarizer->memory) break;
        hol_batches_set_rows(batches, first, now, levels);
        hol_position_move(binarizer->position);
    }
cleanup:
    return status;
}

/* A row that the rank before reads, too, is neither checked nor surveyed here. */
hol_status hol_binarize_batches(hol_dataset *dataset, const hol_binarizer *binarizer, hol_batches *batches) {
    hol_status status = HOL_OK;
    hol_binarizer uncounted = *binarizer;
    int64_t first = 0, rows = 0, counted = 0, own = 0, piece = PIECE_LEVELS / binarizer->units + 1;
    uint16_t *levels = NULL;
    uncounted.survey = NULL;
    hol_batches_get_owned(batches, &first, &rows);
    hol_batches_get_counted(batches, &counted, &own);
    if (piece > rows) piece = rows;
    HOL_TRY(HOL_MEMORY_ALLOCATE(binarizer->memory, levels, HOL_PRODUCT(piece, binarizer->units), "data set"));
    if (counted > first) HOL_TRY(read_rows(dataset, &uncounted, first, counted, 1, levels, batches));
    if (dataset) hol_dataset_begin_check(dataset);
    status = read_rows(dataset, binarizer, counted, counted + own, piece, levels, batches);
    if (dataset) hol_dataset_end_check(dataset);
cleanup:
    hol_free(levels);
    return status;
}

/* What is no grey level is not drawn. */
static int bit_of(const hol_binarizer *binarizer, hol_rng_key key, uint16_t level, int64_t row, int64_t unit) {
    if (binarizer->resample && !has_columns(binarizer)) return hol_batches_draw_bit(key, level, row, unit, 0);
    return level >= (has_columns(binarizer) ? 1 : binarizer->threshold);
}

hol_status hol_binarize_bytes(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                              uint8_t *bytes) {
    hol_status status = HOL_OK;
    const int64_t units = binarizer->units;
    const hol_rng_key key = hol_rng_key_make(binarizer->seed, HOL_STREAM_EVALUATION);
    uint16_t *levels = NULL;
    HOL_TRY(HOL_ALLOCATE(levels, HOL_PRODUCT(rows, units), "data set"));
    HOL_TRY(read_units(dataset, binarizer, first, rows, levels));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < units; i++)
            bytes[r * units + i] = (uint8_t)bit_of(binarizer, key, levels[r * units + i], first + r, i);
cleanup:
    hol_free(levels);
    return status;
}

hol_status hol_binarize_population(hol_dataset *dataset, const hol_binarizer *binarizer,
                                   const hol_sample_weights *weights, hol_population *population) {
    hol_status status = HOL_OK;
    const int64_t units = binarizer->units, all = hol_dataset_get_rows(dataset);
    const int64_t blocks = hol_bits_blocks(population->count), spare = all - population->count;
    int64_t first = 0, chains = 0;
    uint8_t *bytes = NULL;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(HOL_LANES, units), "data set"));
    if (weights) HOL_TRY(HOL_ALLOCATE(population->weights, population->states.blocks * HOL_LANES, "weights"));
    hol_population_get_owned(population, &first, &chains);
    for (int64_t done = 0; done < chains; done += HOL_LANES) {
        const int64_t block = (first + done) / HOL_LANES;
        const int64_t lanes = chains - done < HOL_LANES ? chains - done : HOL_LANES;
        const int64_t row = first + done + (blocks > 1 ? (int64_t)((__int128)block * spare / (blocks - 1)) : 0);
        HOL_TRY(hol_binarize_bytes(dataset, binarizer, row, lanes, bytes));
        hol_population_set_bytes(population, 0, units, first + done, lanes, bytes);
        if (weights) memcpy(population->weights + done, weights->values + row, (size_t)lanes * sizeof *weights->values);
    }
cleanup:
    hol_free(bytes);
    return status;
}
