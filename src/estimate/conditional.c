/* conditional: rows of few completions, which are summed out, and what both ways share. conditional_chains.c: the
 * others. */
#include "conditional.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "estimate/known.h"
#include "num/bits.h"
#include "sample/population.h"

enum { PIECE_BLOCKS = 128 }; /* no fewer lanes than a row has completions */

/* ---- cells ------------------------------------------------------------------------------------------------------- */

void hol_conditional_clear(hol_conditional *conditional) {
    hol_free(conditional->ways);
    hol_free(conditional->first_cells);
    hol_free(conditional->columns);
    hol_free(conditional->first_values);
    hol_free(conditional->values);
    hol_free(conditional->errors);
    hol_free(conditional->drawn);
    *conditional = (hol_conditional){0};
}

int64_t hol_conditional_best(const hol_conditional *conditional, int64_t cell) {
    const double *p = conditional->values + conditional->first_values[cell];
    int64_t best = 0;
    for (int64_t s = 1; s < conditional->first_values[cell + 1] - conditional->first_values[cell]; s++)
        if (p[s] > p[best]) best = s;
    return isnan(p[best]) ? -1 : best;
}

static bool is_missing(const hol_model *model, const uint8_t *known, int64_t c) {
    const hol_variable variable = hol_variable_get(model, c);
    return !hol_variable_is_known(&variable, known);
}

static hol_status list_cells(const hol_conditional_work *work, hol_conditional *found) {
    hol_status status = HOL_OK;
    const hol_conditional_rows *rows = work->rows;
    const hol_model *model = work->model;
    int64_t cells = 0, at = 0, values = 0;
    HOL_TRY(HOL_ALLOCATE(found->first_cells, rows->count + 1, "missing values"));
    for (int64_t r = 0; r < rows->count; r++) {
        for (int64_t c = 0; c < hol_model_columns(model); c++)
            cells += is_missing(model, rows->known + r * model->info.visible, c);
        found->first_cells[r + 1] = cells;
    }
    HOL_TRY(HOL_ALLOCATE(found->columns, cells, "missing values"));
    HOL_TRY(HOL_ALLOCATE(found->first_values, cells + 1, "missing values"));
    for (int64_t r = 0; r < rows->count; r++)
        for (int64_t c = 0; c < hol_model_columns(model); c++) {
            if (!is_missing(model, rows->known + r * model->info.visible, c)) continue;
            found->columns[at++] = (int32_t)c;
            values += hol_variable_get(model, c).states;
            found->first_values[at] = values;
        }
    HOL_TRY(HOL_ALLOCATE(found->ways, rows->count, "missing values"));
    HOL_TRY(HOL_ALLOCATE(found->values, values, "missing values"));
    HOL_TRY(HOL_ALLOCATE(found->errors, cells, "missing values"));
    HOL_TRY(HOL_ALLOCATE(found->drawn, HOL_PRODUCT(cells, work->options->draws), "draws"));
    found->rows = rows->count;
    found->cells = cells;
    found->draws = work->options->draws;
cleanup:
    return status;
}

/* ---- completions ------------------------------------------------------------------------------------------------- */

static int64_t states_of(const hol_conditional *found, int64_t cell) {
    return found->first_values[cell + 1] - found->first_values[cell];
}

/* of a row; 1 where nothing is missing */
static double count_completions(const hol_conditional_work *work, int64_t row) {
    return hol_known_count(work->model, work->rows->known + row * work->model->info.visible);
}

static void choose_ways(const hol_conditional_work *work, hol_conditional *found) {
    const bool is_summed = work->model->ops->free_energy;
    for (int64_t r = 0; r < found->rows; r++) {
        const double count = count_completions(work, r);
        found->ways[r] = found->first_cells[r] == found->first_cells[r + 1] ? HOL_CONDITIONAL_KNOWN
                         : is_summed && count <= work->options->completions ? HOL_CONDITIONAL_EXACT
                                                                            : HOL_CONDITIONAL_SAMPLED;
    }
}

/* Which completion the draw is: by its place in the sum of all weights. */
static int64_t draw_completion(const hol_conditional_work *work, int64_t row, int64_t draw, const double *weights,
                               int64_t count, double sum) {
    const hol_rng_key key = hol_rng_key_make(work->options->seed, HOL_STREAM_COMPLETIONS);
    const uint64_t number = (uint64_t)(work->rows->first + row);
    double left = sum * hol_rng_uniform(key, (uint32_t)number, (uint32_t)(number >> 32), (uint32_t)draw, 0);
    int64_t c = 0, last = 0;
    for (; c < count && left >= 0; c++) {
        left -= weights[c];
        if (weights[c] > 0) last = c; /* the one that is taken where roundings leave something behind all */
    }
    return last;
}

/* energies of all completions of a row, which become weights, to probabilities and draws: of completions' numbers the
 * states of the first cell change fastest */
static void sum_row(const hol_conditional_work *work, hol_conditional *found, int64_t row, double *energies,
                    int64_t count) {
    double least = (double)INFINITY, sum = 0;
    for (int64_t c = 0; c < count; c++) least = fmin(least, energies[c]);
    if (isinf(least)) {
        hol_conditional_give_up(found, row);
        return;
    }
    for (int64_t c = 0; c < count; c++) sum += energies[c] = exp(least - energies[c]);
    int64_t below = 1; /* completions that differ in cells before this one alone */
    for (int64_t k = found->first_cells[row]; k < found->first_cells[row + 1]; k++) {
        double *p = found->values + found->first_values[k];
        const int64_t states = states_of(found, k);
        for (int64_t c = 0; c < count; c++) p[c / below % states] += energies[c];
        for (int64_t s = 0; s < states; s++) p[s] /= sum;
        below *= states;
    }
    for (int64_t d = 0; d < found->draws; d++) {
        int64_t number = draw_completion(work, row, d, energies, count, sum);
        for (int64_t k = found->first_cells[row]; k < found->first_cells[row + 1]; k++) {
            found->drawn[k * found->draws + d] = (uint8_t)(number % states_of(found, k));
            number /= states_of(found, k);
        }
    }
}

/* Rows from *row on, as many as the population has room for. */
static void sum_piece(const hol_conditional_work *work, hol_conditional *found, hol_population *population,
                      double *energies, uint8_t *bytes, int64_t *row) {
    const int64_t visible = work->model->info.visible;
    const int64_t first = *row, lanes = population->states.blocks * HOL_LANES;
    int64_t used = 0;
    for (; *row < found->rows; ++*row) {
        if (found->ways[*row] != HOL_CONDITIONAL_EXACT) continue;
        const int64_t count = (int64_t)count_completions(work, *row);
        if (used + count > lanes) break;
        memcpy(bytes, work->rows->states + *row * visible, (size_t)visible);
        for (int64_t c = 0; c < count; c++, used++) {
            hol_known_complete(work->model, work->rows->known + *row * visible, c, bytes);
            hol_population_set_bytes(population, 0, visible, used, 1, bytes);
        }
    }
    hol_population part = hol_population_get_part(population, 0, hol_bits_blocks(used));
    if (used > 0) work->model->ops->free_energy(work->model, &part, energies);
    for (int64_t r = first, at = 0; r < *row; r++) {
        if (found->ways[r] != HOL_CONDITIONAL_EXACT) continue;
        const int64_t count = (int64_t)count_completions(work, r);
        sum_row(work, found, r, energies + at, count);
        at += count;
    }
}

static hol_status sum_rows(const hol_conditional_work *work, hol_conditional *found) {
    hol_status status = HOL_OK;
    hol_population *population = NULL;
    double *energies = NULL;
    uint8_t *bytes = NULL;
    hol_task task;
    int64_t lanes = 0;
    for (int64_t r = 0; r < found->rows; r++)
        if (found->ways[r] == HOL_CONDITIONAL_EXACT) lanes += (int64_t)count_completions(work, r);
    hol_task_begin(&task, work->comm, found->rows, "missing values of %lld rows, summed out", (long long)found->rows);
    if (lanes == 0) goto cleanup;
    if (lanes > PIECE_BLOCKS * HOL_LANES) lanes = PIECE_BLOCKS * HOL_LANES;
    HOL_TRY(hol_population_create(work->model, lanes, 0, 1, &population));
    HOL_TRY(HOL_ALLOCATE(energies, HOL_PRODUCT(population->states.blocks, HOL_LANES), "energies"));
    HOL_TRY(HOL_ALLOCATE(bytes, work->model->info.visible, "missing values"));
    for (int64_t row = 0, before = 0; row < found->rows; before = row) {
        sum_piece(work, found, population, energies, bytes, &row);
        hol_task_move(&task, row - before);
    }
cleanup:
    hol_task_end(&task);
    hol_free(energies);
    hol_free(bytes);
    hol_population_destroy(population);
    return status;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

hol_status hol_conditional_find(hol_comm *comm, const hol_model *model, const hol_conditional_rows *rows,
                                const hol_conditional_options *options, hol_conditional *ret) {
    hol_status status = HOL_OK;
    const hol_conditional_work work = {.comm = comm, .model = model, .rows = rows, .options = options};
    *ret = (hol_conditional){0};
    HOL_TRY(hol_comm_agree(comm, list_cells(&work, ret)));
    choose_ways(&work, ret);
    HOL_TRY(hol_comm_agree(comm, sum_rows(&work, ret)));
    HOL_TRY(hol_conditional_sample(&work, ret));
cleanup:
    return status;
}
