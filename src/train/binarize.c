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
    const hol_status status =
        binarizer->takes_missing ? HOL_OK : hol_dataset_refuse_missing(dataset, "a model's visible units");
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
    for (int64_t c = 0; c + 1 < binarizer->columns->count && hol_dataset_is_labelled_grey(dataset); c++)
        if (binarizer->columns->cardinalities[c] != 2)
            return hol_error(HOL_BAD_INPUT, "%s:%s: found grey levels, expected states, as column %lld (from 0) has %d",
                             file, path, (long long)c, binarizer->columns->cardinalities[c]);
    return HOL_OK;
}

/* A state from its level, whatever kind of whole numbers the data set holds. */
static int64_t state_of(hol_dataset_kind kind, uint16_t level) {
    if (kind == HOL_DATASET_BINARY) return level > 0;
    return kind == HOL_DATASET_BYTES ? level / 257 : level;
}

/* What a grey level is where it stays: itself to draw from, else 0 or 65535. */
static uint16_t settle_level(const hol_binarizer *binarizer, uint16_t level) {
    if (binarizer->resample) return level;
    return level >= binarizer->threshold ? UINT16_MAX : 0;
}

/* Levels of states (rows, columns) to units of 0 and 65535 (rows, units), but for grey ones beside a label; `first` is
 * the number of the first row. */
static hol_status spread_states(const hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                                const uint16_t *levels, uint16_t *units) {
    const hol_columns *columns = binarizer->columns;
    const hol_dataset_kind kind = hol_dataset_get_kind(dataset);
    const int64_t grey = hol_dataset_is_labelled_grey(dataset) ? columns->count - 1 : 0;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns->count; c++) {
            const hol_variable variable = hol_columns_get(columns, c);
            if (c < grey) {
                *units++ = settle_level(binarizer, *levels++);
                continue;
            }
            const int64_t state = state_of(kind, *levels++);
            if (state >= variable.states)
                return hol_error(HOL_BAD_INPUT,
                                 "%s:%s: row %lld, column %lld (from 0): found %lld, expected a state from 0 to %d",
                                 hol_dataset_get_file(dataset), hol_dataset_get_path(dataset), (long long)(first + r),
                                 (long long)c, (long long)state, columns->cardinalities[c] - 1);
            for (int64_t k = 0; k < variable.units; k++)
                *units++ = hol_variable_unit(&variable, state, k) ? UINT16_MAX : 0;
        }
    return HOL_OK;
}

/* What is known of rows of columns, to bytes of 1 and 0 of their units: known is (rows, units); bits as
 * hol_dataset_read_missing has them. */
static void spread_known(const hol_binarizer *binarizer, int64_t columns, int64_t rows, const uint8_t *bits,
                         uint8_t *known) {
    const hol_columns *of = has_columns(binarizer) ? binarizer->columns : NULL;
    for (int64_t r = 0; r < rows; r++, bits += hol_dataset_missing_bytes(columns))
        for (int64_t c = 0; c < columns; c++)
            for (int64_t digits = of ? of->first_units[c + 1] - of->first_units[c] : 1; digits > 0; digits--)
                *known++ = !hol_dataset_is_missing(bits, c);
}

/* Rows [first, first + rows) of columns, with the survey told of them: levels is (rows, columns); known, unless NULL,
 * (rows, units). */
static hol_status read_columns(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                               uint16_t *levels, uint8_t *known) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_dataset_get_columns(dataset);
    uint8_t *bits = NULL;
    HOL_TRY(hol_dataset_read(dataset, first, rows, levels));
    if (hol_dataset_has_missing(dataset)) {
        HOL_TRY(HOL_ALLOCATE(bits, HOL_PRODUCT(rows, hol_dataset_missing_bytes(columns)), "missing values"));
        HOL_TRY(hol_dataset_read_missing(dataset, first, rows, bits));
        if (known) spread_known(binarizer, columns, rows, bits, known);
    } else if (known) memset(known, 1, (size_t)(rows * binarizer->units));
    if (binarizer->survey) {
        binarizer->survey->has_label = hol_dataset_is_labelled_grey(dataset);
        hol_survey_add_levels(binarizer->survey, hol_dataset_get_column_kind(dataset), first, rows, levels, bits);
    }
cleanup:
    hol_free(bits);
    return status;
}

/* Rows [first, first + rows) as levels of units: units is (rows, units), and known, unless NULL. */
static hol_status read_units(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                             uint16_t *units, uint8_t *known) {
    hol_status status = HOL_OK;
    uint16_t *levels = NULL;
    if (!binarizer->memory) HOL_TRY(hol_binarize_check(dataset, binarizer));
    if (!has_columns(binarizer))
        return binarizer->memory ? HOL_OK : read_columns(dataset, binarizer, first, rows, units, known);
    HOL_TRY(HOL_MEMORY_ALLOCATE(binarizer->memory, levels, HOL_PRODUCT(rows, binarizer->columns->count), "data set"));
    if (binarizer->memory) goto cleanup;
    HOL_TRY(read_columns(dataset, binarizer, first, rows, levels, known));
    HOL_TRY(spread_states(dataset, binarizer, first, rows, levels, units));
cleanup:
    hol_free(levels);
    return status;
}

hol_survey_bits hol_binarize_survey_bits(const hol_binarizer *binarizer) {
    if (has_columns(binarizer) && !binarizer->survey->has_label) return HOL_SURVEY_STATES;
    return binarizer->resample ? HOL_SURVEY_DRAWN : HOL_SURVEY_THRESHOLD;
}

hol_status hol_binarize_check_survey(const hol_binarizer *binarizer, const char *what, int64_t *ret_constant) {
    const hol_survey_bits bits = hol_binarize_survey_bits(binarizer);
    const double threshold = (double)binarizer->threshold / 65535.0;
    *ret_constant = hol_survey_count_constant(binarizer->survey, bits, threshold, NULL);
    return hol_survey_check(binarizer->survey, what, bits, threshold, NULL);
}

/* ---- binarizing -------------------------------------------------------------------------------------------------- */

/* A piece of rows of units. */
typedef struct piece {
    int64_t rows;     /* at most */
    uint16_t *levels; /* owned: (rows, units) */
    uint8_t *known;   /* owned: (rows, units); NULL where none may be missing */
} piece;

/* Rows [first, end) in such pieces. */
static hol_status read_rows(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t end,
                            const piece *p, hol_batches *batches) {
    hol_status status = HOL_OK;
    for (; first < end; first += p->rows) {
        const int64_t now = end - first < p->rows ? end - first : p->rows;
        HOL_TRY(read_units(dataset, binarizer, first, now, p->levels, p->known));
        if (binarizer->memory) break;
        hol_batches_set_rows(batches, first, now, p->levels, p->known);
        hol_position_move(binarizer->position);
    }
cleanup:
    return status;
}

/* A row that the rank before reads, too, is neither checked nor surveyed here. */
hol_status hol_binarize_batches(hol_dataset *dataset, const hol_binarizer *binarizer, hol_batches *batches) {
    hol_status status = HOL_OK;
    hol_binarizer uncounted = *binarizer;
    int64_t first = 0, rows = 0, counted = 0, own = 0;
    piece p = {.rows = PIECE_LEVELS / binarizer->units + 1};
    uncounted.survey = NULL;
    hol_batches_get_owned(batches, &first, &rows);
    hol_batches_get_counted(batches, &counted, &own);
    if (p.rows > rows) p.rows = rows;
    const int64_t levels = HOL_PRODUCT(p.rows, binarizer->units);
    HOL_TRY(HOL_MEMORY_ALLOCATE(binarizer->memory, p.levels, levels, "data set"));
    if (hol_batches_have_missing(batches))
        HOL_TRY(HOL_MEMORY_ALLOCATE(binarizer->memory, p.known, levels, "missing values"));
    if (counted > first) HOL_TRY(read_rows(dataset, &uncounted, first, counted, &p, batches));
    if (dataset) hol_dataset_begin_check(dataset);
    status = read_rows(dataset, binarizer, counted, counted + own, &p, batches);
    if (dataset) hol_dataset_end_check(dataset);
cleanup:
    hol_free(p.levels);
    hol_free(p.known);
    return status;
}

/* What is no grey level, as states' units are none, is not drawn. */
static int bit_of(const hol_binarizer *binarizer, hol_rng_key key, uint16_t level, int64_t row, int64_t unit) {
    const bool is_grey = level > 0 && level < UINT16_MAX;
    if (binarizer->resample && is_grey) return hol_batches_draw_bit(key, level, row, unit, 0);
    return level >= (has_columns(binarizer) || binarizer->resample ? 1 : binarizer->threshold);
}

hol_status hol_binarize_bytes(hol_dataset *dataset, const hol_binarizer *binarizer, int64_t first, int64_t rows,
                              uint8_t *bytes, uint8_t *known) {
    hol_status status = HOL_OK;
    const int64_t units = binarizer->units;
    const hol_rng_key key = hol_rng_key_make(binarizer->seed, HOL_STREAM_EVALUATION);
    uint16_t *levels = NULL;
    HOL_TRY(HOL_ALLOCATE(levels, HOL_PRODUCT(rows, units), "data set"));
    HOL_TRY(read_units(dataset, binarizer, first, rows, levels, known));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < units; i++)
            bytes[r * units + i] = (uint8_t)bit_of(binarizer, key, levels[r * units + i], first + r, i);
    for (int64_t k = 0; known && k < rows * units; k++) bytes[k] &= known[k];
cleanup:
    hol_free(levels);
    return status;
}

hol_status hol_binarize_population(hol_dataset *dataset, const hol_binarizer *binarizer,
                                   const hol_sample_weights *weights, const hol_model *model,
                                   hol_population *population) {
    hol_status status = HOL_OK;
    const bool has_missing = hol_dataset_has_missing(dataset);
    const int64_t units = binarizer->units, all = hol_dataset_get_rows(dataset);
    const int64_t blocks = hol_bits_blocks(population->count), spare = all - population->count;
    int64_t first = 0, chains = 0;
    uint8_t *bytes = NULL, *known = NULL;
    HOL_TRY(HOL_ALLOCATE(bytes, HOL_PRODUCT(HOL_LANES, units), "data set"));
    if (has_missing) HOL_TRY(HOL_ALLOCATE(known, HOL_PRODUCT(HOL_LANES, units), "data set"));
    if (has_missing) HOL_TRY(hol_population_add_held(model, population));
    if (weights) HOL_TRY(HOL_ALLOCATE(population->weights, population->states.blocks * HOL_LANES, "weights"));
    hol_population_get_owned(population, &first, &chains);
    for (int64_t done = 0; done < chains; done += HOL_LANES) {
        const int64_t block = (first + done) / HOL_LANES;
        const int64_t lanes = chains - done < HOL_LANES ? chains - done : HOL_LANES;
        const int64_t row = first + done + (blocks > 1 ? (int64_t)((__int128)block * spare / (blocks - 1)) : 0);
        HOL_TRY(hol_binarize_bytes(dataset, binarizer, row, lanes, bytes, known));
        hol_population_set_bytes(population, 0, units, first + done, lanes, bytes);
        if (known) hol_population_hold_bytes(population, 0, units, first + done, lanes, known);
        if (weights) memcpy(population->weights + done, weights->values + row, (size_t)lanes * sizeof *weights->values);
    }
cleanup:
    hol_free(bytes);
    hol_free(known);
    return status;
}
