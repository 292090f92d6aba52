/* conditional_chains: rows whose missing values are drawn.
 *
 * Rows that need chains are numbered over all ranks, and so are their chains' blocks: 64 / K rows share a block where a
 * row has K <= 64 chains, else a row has ceil(K / 64) blocks of its own. What a chain draws depends on its block and
 * lane alone; lanes of other ranks' rows idle. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "conditional.h"
#include "num/bits.h"
#include "sample/population.h"

enum { PIECE_BLOCKS = 64 };

typedef struct chains {
    const hol_conditional_work *work; /* borrowed, as found */
    hol_conditional *found;
    int64_t *rows;                         /* owned: (count) this rank's that need chains */
    int64_t first, count, all;             /* numbered from first on over all ranks, `all` of them */
    int64_t of_row, rows_of_block, blocks; /* chains of a row; rows of a block, or blocks of a row; the other is 1 */
    hol_population *population;            /* owned: a piece */
    int64_t *sums; /* owned: of a piece, (its rows, chains, values of the row), 15 fractional bits */
    hol_task task;
} chains;

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* Row j of all that need chains: where its chain k stands. */
static int64_t block_of(const chains *self, int64_t j, int64_t k) {
    return j / self->rows_of_block * self->blocks + k / HOL_LANES;
}

static int lane_of(const chains *self, int64_t j, int64_t k) {
    return (int)((j % self->rows_of_block * self->of_row + k) % HOL_LANES);
}

static int64_t values_of(const chains *self, int64_t row) {
    const hol_conditional *found = self->found;
    return found->first_values[found->first_cells[row + 1]] - found->first_values[found->first_cells[row]];
}

/* Which rows need chains, and which they are among those of all ranks. Collective. */
static hol_status number_rows(chains *self) {
    hol_status status = HOL_OK;
    const int rank = hol_comm_rank(self->work->comm), ranks = hol_comm_size(self->work->comm);
    int64_t *counts = NULL;
    status = HOL_ALLOCATE(counts, ranks, "rows");
    if (status == HOL_OK) status = HOL_ALLOCATE(self->rows, self->found->rows, "rows");
    HOL_TRY(hol_comm_agree(self->work->comm, status));
    for (int64_t r = 0; r < self->found->rows; r++)
        if (self->found->ways[r] == HOL_CONDITIONAL_SAMPLED) self->rows[self->count++] = r;
    counts[rank] = self->count;
    HOL_TRY(hol_comm_sum_i64(self->work->comm, counts, ranks));
    for (int r = 0; r < ranks; r++) {
        if (r < rank) self->first += counts[r];
        self->all += counts[r];
    }
cleanup:
    hol_free(counts);
    return status;
}

/* ---- chains ------------------------------------------------------------------------------------------------------ */

/* Rows [first, end) of this rank's, in a piece that begins at global block `block`; other lanes hold everything. */
static void set_chains(const chains *self, hol_population *x, int64_t first, int64_t end) {
    const int64_t visible = self->work->model->info.visible, stride = x->states.stride;
    memset(x->states.words, 0, (size_t)(x->states.blocks * stride) * sizeof *x->states.words);
    memset(x->held, 0xff, (size_t)(x->states.blocks * stride) * sizeof *x->held);
    for (int64_t j = first; j < end; j++)
        for (int64_t k = 0; k < self->of_row; k++) {
            const int64_t at = (block_of(self, self->first + j, k) - x->states.first_block) * stride;
            const int lane = lane_of(self, self->first + j, k);
            hol_bits_from_bytes(self->work->rows->states + self->rows[j] * visible, visible, lane,
                                x->states.words + at);
            hol_bits_from_bytes(self->work->rows->known + self->rows[j] * visible, visible, lane, x->held + at);
            for (int64_t u = visible; u < stride; u++) hol_bits_set(x->held + at, u, lane, false);
        }
}

static int64_t state_of(const hol_variable *variable, const uint64_t *words, int lane) {
    int64_t state = 0;
    for (int64_t k = 0; k < variable->units; k++)
        if (hol_bits_get(words, variable->first + k, lane)) state |= variable->is_site ? k : INT64_C(1) << k;
    return state;
}

/* p(x_c = s | all others) of a chain, where `expected` has that of its units, else its state; to sums (states). */
static void add_value(const hol_variable *variable, const int32_t *expected, const uint64_t *words, int lane,
                      int64_t *sums) {
    if (expected && variable->is_site)
        for (int64_t s = 0; s < variable->states; s++) sums[s] += expected[variable->first + s];
    else if (expected && variable->states == 2) {
        sums[1] += expected[variable->first];
        sums[0] += (1 << HOL_PROBABILITY_BITS) - expected[variable->first];
    } else sums[state_of(variable, words, lane)] += 1 << HOL_PROBABILITY_BITS;
}

static void add_sweep(const chains *self, hol_population *x, int64_t first, int64_t end) {
    const hol_model *model = self->work->model;
    const hol_conditional *found = self->found;
    const int64_t width = hol_round_up(model->info.visible, HOL_STRIP);
    int64_t *sums = self->sums;
    if (model->ops->project) model->ops->project(model, x);
    for (int64_t j = first; j < end; j++)
        for (int64_t k = 0; k < self->of_row; k++) {
            const int64_t block = block_of(self, self->first + j, k) - x->states.first_block;
            const int lane = lane_of(self, self->first + j, k);
            const int32_t *expected = model->ops->project ? x->expected + (block * HOL_LANES + lane) * width : NULL;
            for (int64_t c = found->first_cells[self->rows[j]]; c < found->first_cells[self->rows[j] + 1]; c++) {
                const hol_variable variable = hol_variable_get(model, found->columns[c]);
                add_value(&variable, expected, x->states.words + block * x->states.stride, lane, sums);
                sums += variable.states;
            }
        }
}

static void run_chains(chains *self, hol_population *x, int64_t first, int64_t end) {
    const hol_conditional_options *o = self->work->options;
    const hol_model *model = self->work->model;
    const hol_rng_key key = hol_rng_key_make(o->seed, HOL_STREAM_CONDITIONAL);
    hol_draw draw = {.key = key, .step = 1};
    hol_population_randomize(model, x, hol_rng_key_make(o->seed, HOL_STREAM_INITIAL_CHAINS));
    if (model->info.hidden > 0) model->ops->infer(model, x, &draw, true);
    draw.step = 0;
    hol_population_sweep(model, x, &draw, o->settle, &self->task);
    draw.sweep += (uint32_t)(2 * o->settle);
    for (int64_t s = 0; s < o->sweeps; s++, draw.sweep += 2) {
        hol_population_sweep(model, x, &draw, 1, &self->task);
        add_sweep(self, x, first, end);
    }
}

/* ---- what they say ----------------------------------------------------------------------------------------------- */

/* A cell from the sums of its row's chains, `apart` numbers after each other: means, and the largest standard error. */
static void take_cell(const chains *self, int64_t cell, const int64_t *sums, int64_t apart) {
    hol_conditional *found = self->found;
    const int64_t states = found->first_values[cell + 1] - found->first_values[cell], of_row = self->of_row;
    double *p = found->values + found->first_values[cell], worst = 0;
    int64_t all = 0;
    for (int64_t s = 0; s < states; s++)
        for (int64_t k = 0; k < of_row; k++) all += sums[k * apart + s];
    for (int64_t s = 0; s < states; s++) {
        int64_t sum = 0;
        double squares = 0;
        for (int64_t k = 0; k < of_row; k++) sum += sums[k * apart + s];
        p[s] = (double)sum / (double)all;
        for (int64_t k = 0; k < of_row; k++) {
            const double deviation = (double)(sums[k * apart + s] * of_row) / (double)all - p[s];
            squares += deviation * deviation;
        }
        worst = fmax(worst, sqrt(squares / (double)(of_row * (of_row - 1))));
    }
    found->errors[cell] = worst;
}

static void take_row(const chains *self, const hol_population *x, int64_t j, const int64_t *sums) {
    hol_conditional *found = self->found;
    const int64_t row = self->rows[j], apart = values_of(self, row);
    for (int64_t cell = found->first_cells[row]; cell < found->first_cells[row + 1]; cell++) {
        const hol_variable variable = hol_variable_get(self->work->model, found->columns[cell]);
        take_cell(self, cell, sums, apart);
        sums += variable.states;
        for (int64_t d = 0; d < found->draws; d++) {
            const int64_t at = block_of(self, self->first + j, d) - x->states.first_block;
            found->drawn[cell * found->draws + d] = (uint8_t)state_of(
                &variable, x->states.words + at * x->states.stride, lane_of(self, self->first + j, d));
        }
    }
}

/* ---- rows without a state ---------------------------------------------------------------------------------------- */

void hol_conditional_give_up(hol_conditional *found, int64_t row) {
    found->ways[row] = HOL_CONDITIONAL_IMPOSSIBLE;
    for (int64_t k = found->first_values[found->first_cells[row]]; k < found->first_values[found->first_cells[row + 1]];
         k++)
        found->values[k] = (double)NAN;
}

/* energies, of the chains' last states: +infinity where what is known leaves none that is possible */
static bool is_possible(const chains *self, const hol_population *x, int64_t j, const double *energies) {
    for (int64_t k = 0; k < self->of_row; k++) {
        const int64_t block = block_of(self, self->first + j, k) - x->states.first_block;
        if (isinf(energies[block * HOL_LANES + lane_of(self, self->first + j, k)])) return false;
    }
    return true;
}

static hol_status sample_piece(chains *self, int64_t first, int64_t end) {
    hol_status status = HOL_OK;
    const int64_t block = block_of(self, self->first + first, 0);
    const int64_t blocks = block_of(self, self->first + end - 1, self->of_row - 1) + 1 - block;
    int64_t values = 0;
    double *energies = NULL;
    hol_population x = hol_population_get_part(self->population, 0, blocks);
    x.states.first_block = block;
    x.count = (block + blocks) * HOL_LANES;
    for (int64_t j = first; j < end; j++) values += values_of(self, self->rows[j]);
    HOL_TRY(HOL_ALLOCATE(self->sums, HOL_PRODUCT(values, self->of_row), "probabilities"));
    HOL_TRY(HOL_ALLOCATE(energies, HOL_PRODUCT(blocks, HOL_LANES), "energies"));
    set_chains(self, &x, first, end);
    run_chains(self, &x, first, end);
    self->work->model->ops->energy(self->work->model, &x, energies);
    const int64_t *sums = self->sums;
    for (int64_t j = first; j < end; j++) {
        take_row(self, &x, j, sums);
        if (!is_possible(self, &x, j, energies)) hol_conditional_give_up(self->found, self->rows[j]);
        sums += values_of(self, self->rows[j]) * self->of_row;
    }
cleanup:
    hol_free(energies);
    hol_free(self->sums);
    self->sums = NULL;
    return status;
}

/* In pieces of whole blocks; a row's chains are in one piece. */
static hol_status sample_all(chains *self) {
    hol_status status = HOL_OK;
    const int64_t most = self->blocks > PIECE_BLOCKS ? self->blocks : PIECE_BLOCKS / self->blocks * self->blocks;
    if (self->count == 0) return HOL_OK;
    const int64_t first_block = block_of(self, self->first, 0);
    const int64_t end_block = block_of(self, self->first + self->count - 1, self->of_row - 1) + 1;
    const int64_t blocks = end_block - first_block < most ? end_block - first_block : most;
    const hol_conditional_options *o = self->work->options;
    HOL_TRY(hol_population_create(self->work->model, blocks * HOL_LANES, 0, 1, &self->population));
    HOL_TRY(hol_population_add_held(self->work->model, self->population));
    const int64_t pieces = (end_block - first_block + most - 1) / most, sweeps = pieces * (o->settle + o->sweeps);
    hol_task_begin(&self->task, self->work->comm, sweeps, "missing values of %lld rows, %lld sweeps",
                   (long long)self->all, (long long)(o->settle + o->sweeps));
    for (int64_t j = 0, end = 0; j < self->count; j = end) {
        const int64_t last = block_of(self, self->first + j, 0) + blocks; /* the first block of the next piece */
        while (end < self->count && block_of(self, self->first + end, self->of_row - 1) < last) end++;
        HOL_TRY(sample_piece(self, j, end));
    }
    hol_task_end(&self->task);
cleanup:
    return status;
}

hol_status hol_conditional_sample(const hol_conditional_work *work, hol_conditional *found) {
    hol_status status = HOL_OK;
    const int64_t of_row = work->options->chains;
    chains self = {.work = work,
                   .found = found,
                   .of_row = of_row,
                   .rows_of_block = of_row < HOL_LANES ? HOL_LANES / of_row : 1,
                   .blocks = hol_bits_blocks(of_row)};
    HOL_TRY(number_rows(&self));
    HOL_TRY(hol_comm_agree(work->comm, sample_all(&self)));
cleanup:
    hol_population_destroy(self.population);
    hol_free(self.rows);
    return status;
}
