/* expectation: all rows through the kernels that count the chains' statistics (sample/rows.h), a range of the
 * parameters after the other, so that what is counted into takes little memory.
 *
 * Means, in units above 1, are rounded once per block: a row then has all lanes of a block, so that what is rounded is
 * the row's own, to 1 / (64 unit). */
#include "train/expectation.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"
#include "sample/population.h"
#include "sample/rows.h"

enum { BLOCKS = 32, RANGE_ENTRIES = 1 << 22 };

/* 63 bits hold the sums where T counts states, and 125 always: fewer than 2^31 rows, weights below 2^31, largest below
 * 2^31. */
typedef struct sums {
    const hol_model *model;     /* borrowed */
    int64_t total;              /* of all rows' weights */
    hol_population *population; /* owned: BLOCKS blocks of rows */
    hol_rows_counter counter;   /* whose arrays are owned, but for words */
    int64_t room;               /* entries of these */
    int64_t first, end;         /* of the parameters that are counted */
} sums;

/* The end of the range that begins with entry `first`. */
static int64_t range_end(const hol_model *model, int64_t first) {
    const int64_t parameters = model->info.parameters, wish = first + RANGE_ENTRIES;
    if (!model->ops->accumulate_part || wish >= parameters) return parameters;
    return hol_model_next_row(model, wish);
}

static void count(void *context, int64_t lanes, int32_t *part) {
    const sums *self = context;
    const hol_model_ops *ops = self->model->ops;
    hol_population rows = hol_population_get_part(self->population, 0, hol_bits_blocks(lanes));
    rows.count = lanes;
    if (ops->accumulate_part) ops->accumulate_part(self->model, &rows, self->first, self->end, part);
    else ops->accumulate(self->model, &rows, part);
}

static hol_status allocate(sums *self) {
    hol_status status = HOL_OK;
    hol_memory *memory = hol_team_memory(self->model->team);
    const hol_model_info *info = &self->model->info;
    hol_rows_counter *c = &self->counter;
    for (int64_t first = 0, end = 0; first < info->parameters; first = end) {
        end = range_end(self->model, first);
        if (end - first > self->room) self->room = end - first;
    }
    hol_memory_enter(memory, "data's expectations");
    HOL_TRY(hol_population_create(self->model, BLOCKS * HOL_LANES, 0, 1, &self->population));
    *c = (hol_rows_counter){.context = self,
                            .count = count,
                            .words = self->population->states.words,
                            .blocks = BLOCKS,
                            .stride = self->population->states.stride,
                            .copies = info->unit > 1 ? HOL_LANES : 1,
                            .largest = info->largest};
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, c->part, self->room, "data's statistics"));
    if (info->largest > INT64_MAX / c->copies / self->total)
        HOL_TRY(HOL_MEMORY_ALLOCATE(memory, c->wide, self->room, "data's statistics"));
    else HOL_TRY(HOL_MEMORY_ALLOCATE(memory, c->sums, self->room, "data's statistics"));
cleanup:
    return status;
}

static void release(sums *self) {
    hol_population_destroy(self->population);
    hol_free(self->counter.part);
    hol_free(self->counter.sums);
    hol_free(self->counter.wide);
}

static void divide(const sums *self, double *expectation) {
    const hol_rows_counter *c = &self->counter;
    const double total = (double)self->total * (double)(self->model->info.unit * c->copies);
    for (int64_t i = 0; i < c->entries; i++)
        expectation[self->first + i] = (c->sums ? (double)c->sums[i] : (double)c->wide[i]) / total;
}

static hol_status find_range(sums *self, hol_comm *comm, const hol_rows *rows, double *expectation) {
    hol_status status = HOL_OK;
    hol_rows_counter *c = &self->counter;
    c->entries = self->end - self->first;
    if (c->sums) memset(c->sums, 0, (size_t)c->entries * sizeof *c->sums);
    else memset(c->wide, 0, (size_t)c->entries * sizeof *c->wide);
    hol_rows_count(rows, c);
    HOL_TRY(c->sums ? hol_comm_sum_i64(comm, c->sums, c->entries) : hol_comm_sum_wide(comm, c->wide, c->entries));
    if (hol_team_leads(self->model->team)) divide(self, expectation);
cleanup:
    return status;
}

hol_status hol_expectation_find(hol_comm *comm, const hol_model *model, const hol_batches *batches,
                                double *expectation) {
    hol_status status = HOL_OK;
    const hol_rows rows = hol_batches_get_rows(batches);
    sums self = {.model = model, .total = hol_batches_get_total(batches)};
    assert(model->info.hidden == 0);
    HOL_TRY(hol_comm_agree(comm, allocate(&self)));
    if (hol_comm_memory(comm)) goto cleanup; /* there are no rows */
    for (; self.end < model->info.parameters; self.first = self.end) {
        self.end = range_end(model, self.first);
        HOL_TRY(find_range(&self, comm, &rows, expectation));
    }
    hol_team_meet(model->team);
cleanup:
    release(&self);
    return status;
}
