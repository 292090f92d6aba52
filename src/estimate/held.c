/* held: rows in the lanes of blocks that are numbered over all ranks, as many walks each. */
#include "estimate/held.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "estimate/annealing.h"
#include "estimate/weights.h"
#include "model/variable.h"
#include "num/bits.h"
#include "num/elementary.h"
#include "sample/path.h"
#include "sample/population.h"

enum { PIECE_BLOCKS = 32 };

typedef struct work {
    hol_comm *comm; /* borrowed, as the next five */
    const hol_model *model;
    const float *theta;
    const hol_exact_rows *rows;
    const hol_held_options *options;
    double *scores;
    int64_t *list;            /* owned: (count) this rank's rows that are walked */
    int64_t first, count;     /* numbered from first on over all ranks */
    double *columns;          /* owned: ln p_0 of each column's states */
    int64_t *first_states;    /* owned: (columns + 1) where these begin */
    double *betas;            /* owned: (intervals + 1) */
    double *squares;          /* owned: (rows) squared standard errors */
    int64_t effective;        /* sum over rows of effective walks, in units of 2^-20 */
    hol_annealing *annealing; /* owned */
    hol_population *population;
    double *log_weights; /* owned: (lanes) */
} work;

/* ---- where walks begin ------------------------------------------------------------------------------------------- */

/* Every state of every column, all others being 0, in a lane of its own. */
static void set_states(const work *self, hol_population *x, uint8_t *bytes) {
    const int64_t columns = hol_model_columns(self->model), visible = self->model->info.visible;
    for (int64_t c = 0; c < columns; c++)
        for (int64_t lane = self->first_states[c]; lane < self->first_states[c + 1]; lane++) {
            for (int64_t k = 0; k < columns; k++) {
                const hol_variable variable = hol_variable_get(self->model, k);
                hol_variable_set(&variable, k == c ? lane - self->first_states[c] : 0, bytes);
            }
            hol_population_set_bytes(x, 0, visible, lane, 1, bytes);
        }
}

/* ln p_0 of them, by the energies of independent units. */
static hol_status find_start(work *self, hol_path *path, hol_model *model) {
    hol_status status = HOL_OK;
    const int64_t columns = hol_model_columns(self->model);
    hol_population *x = NULL;
    double *energies = NULL;
    uint8_t *bytes = NULL;
    HOL_TRY(HOL_ALLOCATE(self->first_states, columns + 1, "columns"));
    for (int64_t c = 0; c < columns; c++)
        self->first_states[c + 1] = self->first_states[c] + hol_variable_get(self->model, c).states;
    const int64_t lanes = self->first_states[columns];
    HOL_TRY(hol_population_create(self->model, lanes, 0, 1, &x));
    HOL_TRY(HOL_ALLOCATE(energies, HOL_PRODUCT(x->states.blocks, HOL_LANES), "energies"));
    HOL_TRY(HOL_ALLOCATE(bytes, self->model->info.visible, "states"));
    HOL_TRY(HOL_ALLOCATE(self->columns, lanes, "columns"));
    HOL_TRY(hol_path_prepare(path, model, 0));
    set_states(self, x, bytes);
    hol_annealing_measure(model, x, energies);
    for (int64_t c = 0; c < columns; c++) {
        hol_log_sum sum = hol_log_sum_empty();
        for (int64_t s = self->first_states[c]; s < self->first_states[c + 1]; s++) hol_log_sum_add(&sum, -energies[s]);
        for (int64_t s = self->first_states[c]; s < self->first_states[c + 1]; s++)
            self->columns[s] = -energies[s] - hol_log_sum_get(&sum);
    }
cleanup:
    hol_population_destroy(x);
    hol_free(energies);
    hol_free(bytes);
    return status;
}

static hol_status make_start(work *self) {
    hol_status status = HOL_OK;
    hol_path *path = NULL;
    hol_model *model = NULL;
    HOL_TRY(hol_path_create(self->model, &path));
    hol_path_set(path, self->model, self->theta, self->options->visible_means);
    HOL_TRY(hol_model_clone(self->model, &model));
    HOL_TRY(find_start(self, path, model));
cleanup:
    hol_model_destroy(model);
    hol_path_destroy(path);
    return status;
}

static const uint8_t *known_of(const work *self, int64_t row) {
    return self->rows->known ? self->rows->known + row * self->model->info.visible : NULL;
}

/* ln Z_0(known) */
static double start_of(const work *self, int64_t row) {
    const uint8_t *known = known_of(self, row), *bytes = self->rows->states + row * self->model->info.visible;
    double sum = hol_annealing_get_start(self->annealing);
    for (int64_t c = 0; c < hol_model_columns(self->model); c++) {
        const hol_variable variable = hol_variable_get(self->model, c);
        if (known && !hol_variable_is_known(&variable, known)) continue;
        sum += self->columns[self->first_states[c] + hol_variable_state(&variable, bytes)];
    }
    return sum;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Which rows are walked, and which they are among those of all ranks; *ret_all: how many. Collective. */
static hol_status number_rows(work *self, int64_t *ret_all) {
    hol_status status = HOL_OK;
    const int rank = hol_comm_rank(self->comm), ranks = hol_comm_size(self->comm);
    int64_t *counts = NULL;
    status = HOL_ALLOCATE(counts, ranks, "rows");
    if (status == HOL_OK) status = HOL_ALLOCATE(self->list, self->rows->count, "rows");
    if (status == HOL_OK) status = HOL_ALLOCATE(self->squares, self->rows->count, "rows");
    HOL_TRY(hol_comm_agree(self->comm, status));
    for (int64_t r = 0; r < self->rows->count; r++)
        if (isnan(self->scores[r]) && (!self->rows->weights || self->rows->weights[r] > 0))
            self->list[self->count++] = r;
    counts[rank] = self->count;
    HOL_TRY(hol_comm_sum_i64(self->comm, counts, ranks));
    *ret_all = 0;
    for (int r = 0; r < ranks; r++) {
        if (r < rank) self->first += counts[r];
        *ret_all += counts[r];
    }
cleanup:
    hol_free(counts);
    return status;
}

/* The first lane of row j of all. */
static int64_t lane_of(const work *self, int64_t j) { return (self->first + j) * self->options->walks; }

/* Rows [first, end) of the list, in blocks from `block` on; lanes of other rows hold everything. */
static void set_rows(const work *self, hol_population *x, int64_t first, int64_t end) {
    const int64_t visible = self->model->info.visible, stride = x->states.stride;
    memset(x->states.words, 0, (size_t)(x->states.blocks * stride) * sizeof *x->states.words);
    memset(x->held, 0xff, (size_t)(x->states.blocks * stride) * sizeof *x->held);
    for (int64_t j = first; j < end; j++)
        for (int64_t k = 0; k < self->options->walks; k++) {
            const int64_t chain = lane_of(self, j) + k;
            const int64_t at = (chain / HOL_LANES - x->states.first_block) * stride;
            const int lane = (int)(chain % HOL_LANES);
            const uint8_t *known = known_of(self, self->list[j]);
            hol_bits_from_bytes(self->rows->states + self->list[j] * visible, visible, lane, x->states.words + at);
            if (known) hol_bits_from_bytes(known, visible, lane, x->held + at);
            for (int64_t u = visible; u < stride; u++) hol_bits_set(x->held + at, u, lane, false);
        }
}

static hol_status walk_piece(work *self, int64_t first, int64_t end) {
    hol_status status = HOL_OK;
    const hol_held_options *o = self->options;
    const hol_rng_key key = hol_rng_key_make(o->seed, HOL_STREAM_ANNEALING);
    const int64_t block = lane_of(self, first) / HOL_LANES;
    const int64_t blocks = (lane_of(self, end) + HOL_LANES - 1) / HOL_LANES - block;
    hol_population x = hol_population_get_part(self->population, 0, blocks);
    x.states.first_block = block;
    x.count = (block + blocks) * HOL_LANES;
    set_rows(self, &x, first, end);
    memset(self->log_weights, 0, (size_t)(blocks * HOL_LANES) * sizeof *self->log_weights);
    HOL_TRY(hol_annealing_draw_start(self->annealing, &x, key));
    HOL_TRY(
        hol_annealing_walk(self->annealing, self->comm, &x, key, self->betas, o->intervals, self->log_weights, NULL));
    for (int64_t j = first; j < end; j++) {
        const int64_t row = self->list[j];
        const hol_weights_summary s =
            hol_weights_summarize(self->log_weights + lane_of(self, j) - block * HOL_LANES, o->walks);
        self->scores[row] = start_of(self, row) + s.log_mean;
        self->squares[row] = s.standard_error * s.standard_error;
        self->effective += (int64_t)(s.effective * 0x1p20);
    }
cleanup:
    return status;
}

static hol_status walk_rows(work *self) {
    hol_status status = HOL_OK;
    const int64_t of_piece = PIECE_BLOCKS * HOL_LANES / self->options->walks;
    if (self->count == 0) return HOL_OK;
    /* a piece may begin and end in the middle of a block */
    const int64_t rows = self->count < of_piece ? self->count : of_piece;
    const int64_t blocks = (rows * self->options->walks + HOL_LANES - 1) / HOL_LANES + 1;
    HOL_TRY(make_start(self));
    HOL_TRY(HOL_ALLOCATE(self->betas, self->options->intervals + 1, "annealing"));
    HOL_TRY(HOL_ALLOCATE(self->log_weights, HOL_PRODUCT(blocks, HOL_LANES), "annealing"));
    HOL_TRY(hol_annealing_create(self->model, self->theta, self->options->visible_means, blocks, &self->annealing));
    HOL_TRY(hol_population_create(self->model, blocks * HOL_LANES, 0, 1, &self->population));
    HOL_TRY(hol_population_add_held(self->model, self->population));
    for (int64_t k = 0; k <= self->options->intervals; k++)
        self->betas[k] = (double)k / (double)self->options->intervals;
    for (int64_t j = 0; j < self->count; j += of_piece)
        HOL_TRY(walk_piece(self, j, self->count < j + of_piece ? self->count : j + of_piece));
cleanup:
    return status;
}

static hol_status summarize(work *self, int64_t all, hol_held_result *ret) {
    hol_status status = HOL_OK;
    int64_t rows = self->rows->count;
    double square = 0, effective = 0;
    HOL_TRY(hol_comm_sum_i64(self->comm, &rows, 1));
    HOL_TRY(hol_comm_sum_i64(self->comm, &self->effective, 1));
    HOL_TRY(hol_effective_over_ranks(self->comm, self->rows->weights, self->rows->count, &effective));
    HOL_TRY(hol_mean_over_ranks(self->comm, self->squares, self->rows->weights, self->rows->count, rows, &square));
    *ret = (hol_held_result){
        .rows = all, .error = sqrt(square / effective), .effective = (double)self->effective * 0x1p-20 / (double)all};
cleanup:
    return status;
}

hol_status hol_held_scores(hol_comm *comm, const hol_model *model, const float *theta, const hol_exact_rows *rows,
                           const hol_held_options *options, double *scores, hol_held_result *ret) {
    hol_status status = HOL_OK;
    work self = {.comm = comm, .model = model, .theta = theta, .rows = rows, .options = options, .scores = scores};
    int64_t all = 0;
    *ret = (hol_held_result){0};
    HOL_TRY(number_rows(&self, &all));
    if (all == 0) goto cleanup;
    HOL_TRY(hol_comm_agree(comm, walk_rows(&self)));
    HOL_TRY(summarize(&self, all, ret));
cleanup:
    hol_free(self.list);
    hol_free(self.squares);
    hol_free(self.columns);
    hol_free(self.first_states);
    hol_free(self.betas);
    hol_free(self.log_weights);
    hol_annealing_destroy(self.annealing);
    hol_population_destroy(self.population);
    return status;
}
