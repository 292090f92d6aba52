/* expectation: rows in blocks of 64, through the kernels that count the chains' statistics.
 *
 * These count every chain once. So weights are taken bit by bit: with q = sum_k 2^k b_k, each b_k 0 or 1,
 *
 *     sum_r q_r T(x_r) = sum_k 2^k sum of T(x_r) over the rows with b_k = 1
 *
 * Without weights that is one pass over the rows; of weights whose ratios are small whole numbers it is a few.
 *
 * Means, in units above 1, are rounded once per block: a row then has all lanes of a block, so that what is rounded is
 * the row's own, to 1 / (64 unit). */
#include "train/expectation.h"

#include <assert.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "sample/population.h"

enum { BLOCKS = 64, WEIGHT_BITS = 31 };

/* |sum| <= copies * largest * sum of q, which 63 bits hold where T counts states, and 125 always: fewer than 2^31 rows,
 * weights below 2^31, largest below 2^31. */
typedef struct sums {
    const hol_model *model; /* borrowed, as the next */
    const hol_batches *batches;
    int64_t copies;             /* of each row */
    hol_population *population; /* owned: BLOCKS blocks of rows */
    int64_t rows[HOL_LANES];    /* of the block that is being filled */
    int64_t filled;             /* rows in the population, the last block's in `rows` alone */
    int32_t *part;              /* owned: (parameters), of `counted` rows of one bit */
    int64_t counted;
    int64_t *narrow; /* owned: (parameters); NULL where 128 bits are needed */
    hol_wide *wide;  /* owned: (parameters), then */
} sums;

static hol_status allocate(sums *self) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_team_memory(self->model->team);
    const int64_t parameters = self->model->info.parameters;
    const bool wide = self->model->info.largest > INT64_MAX / self->copies / hol_batches_get_total(self->batches);
    hol_memory_enter(memory, "data's expectations");
    HOL_TRY(hol_population_create(self->model, BLOCKS * HOL_LANES, 0, 1, &self->population));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->part, parameters, "data's statistics"));
    if (wide) HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->wide, parameters, "data's statistics"));
    else HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->narrow, parameters, "data's statistics"));
cleanup:
    return status;
}

static void release(sums *self) {
    hol_population_destroy(self->population);
    hol_free(self->part);
    hol_free(self->narrow);
    hol_free(self->wide);
}

/* The part, times 2^bit, to the sums; then it is empty. */
static void add_part(sums *self, int bit) {
    const int64_t parameters = self->model->info.parameters;
    for (int64_t i = 0; i < parameters && self->narrow; i++) self->narrow[i] += self->part[i] * (INT64_C(1) << bit);
    for (int64_t i = 0; i < parameters && self->wide; i++) self->wide[i] += self->part[i] * (INT64_C(1) << bit);
    for (int64_t i = 0; i < parameters; i++) self->part[i] = 0;
    self->counted = 0;
}

static void gather_block(sums *self) {
    const hol_states *x = &self->population->states;
    const int64_t block = (self->filled - 1) / HOL_LANES, lanes = self->filled - block * HOL_LANES;
    hol_batches_gather(self->batches, self->rows, lanes, x->words + block * x->stride);
}

/* The population's statistics to the part, which holds those of at most so many rows. */
static void count_rows(sums *self, int bit) {
    const int64_t most = INT32_MAX / self->model->info.largest;
    if (self->filled == 0) return;
    if (self->filled % HOL_LANES > 0) gather_block(self);
    if (self->counted + self->filled > most) add_part(self, bit);
    hol_population rows = hol_population_get_part(self->population, 0, hol_bits_blocks(self->filled));
    rows.count = self->filled;
    self->model->ops->accumulate(self->model, &rows, self->part);
    self->counted += self->filled;
    self->filled = 0;
}

/* The population is counted when it is full. */
static void add_row(sums *self, int64_t row, int64_t room, int bit) {
    for (int64_t c = 0; c < self->copies; c++) {
        self->rows[self->filled++ % HOL_LANES] = row;
        if (self->filled % HOL_LANES == 0) gather_block(self);
    }
    if (self->filled >= room) count_rows(self, bit);
}

/* Rows whose weight has this bit; as many at a time as the population and 32 bits hold. */
static void add_rows(sums *self, int bit) {
    const int64_t most = INT32_MAX / self->model->info.largest / self->copies * self->copies;
    const int64_t room = most < BLOCKS * HOL_LANES ? most : BLOCKS * HOL_LANES;
    int64_t first = 0, rows = 0;
    hol_batches_get_counted(self->batches, &first, &rows);
    for (int64_t r = first; r < first + rows; r++)
        if (hol_batches_get_weight(self->batches, r) >> bit & 1) add_row(self, r, room, bit);
    count_rows(self, bit);
    if (self->counted > 0) add_part(self, bit);
}

static void divide(const sums *self, double *expectation) {
    const hol_model_info *info = &self->model->info;
    const double total = (double)hol_batches_get_total(self->batches) * (double)(info->unit * self->copies);
    for (int64_t i = 0; i < info->parameters; i++)
        expectation[i] = (self->narrow ? (double)self->narrow[i] : (double)self->wide[i]) / total;
}

hol_status hol_expectation_find(hol_comm *comm, const hol_model *model, const hol_batches *batches,
                                double *expectation) {
    hol_status status = HOL_OK;
    sums self = {.model = model, .batches = batches, .copies = model->info.unit > 1 ? HOL_LANES : 1};
    const int64_t parameters = model->info.parameters;
    assert(model->info.hidden == 0);
    HOL_TRY(hol_comm_agree(comm, allocate(&self)));
    if (hol_comm_memory(comm)) goto cleanup; /* there are no rows */
    for (int bit = 0; bit < WEIGHT_BITS; bit++) add_rows(&self, bit);
    if (self.narrow) HOL_TRY(hol_comm_sum_i64(comm, self.narrow, parameters));
    else HOL_TRY(hol_comm_sum_wide(comm, self.wide, parameters));
    if (hol_team_leads(model->team)) divide(&self, expectation);
    hol_team_meet(model->team);
cleanup:
    release(&self);
    return status;
}
