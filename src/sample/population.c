/* population: allocation, bytes in and out, exact means. */
#include "sample/population.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "io/sample_weights.h"
#include "num/bits.h"
#include "num/counts.h"

enum { SWEEP_PIECES = 200 };

typedef struct sizes {
    int64_t units, first_block, blocks, scratch;
    int64_t hidden_stride;
    int64_t widest; /* row of either layer: expected also serves as scratch for fields */
} sizes;

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static sizes measure(const hol_model *model, int64_t count, int rank, int ranks) {
    const hol_model_info *info = &model->info;
    sizes s = {.units = info->visible + info->hidden};
    hol_comm_share(hol_bits_blocks(count), rank, ranks, &s.first_block, &s.blocks);
    s.hidden_stride = hol_round_up(info->hidden, HOL_STRIP);
    /* a model on lists alone, which needs no scratch, has no use for numbers as wide as its visible units */
    s.widest = hol_round_up(model->ops->scratch_bytes ? larger(info->visible, info->hidden) : info->hidden, HOL_STRIP);
    s.scratch = model->ops->scratch_bytes ? model->ops->scratch_bytes(model, s.blocks) : 0;
    return s;
}

int64_t hol_population_bytes(const hol_model *model, int64_t count, int rank, int ranks) {
    const sizes s = measure(model, count, rank, ranks);
    return s.blocks * s.units * 8 + s.blocks * HOL_LANES * s.widest * 4 + s.scratch;
}

hol_status hol_population_create(const hol_model *model, int64_t count, int rank, int ranks,
                                 hol_population **ret_population) {
    hol_status status = HOL_OK;
    const sizes s = measure(model, count, rank, ranks);
    hol_population *self = NULL;
    *ret_population = NULL;
    hol_memory *memory = hol_team_memory(model->team);
    if (!memory) HOL_TRY(hol_allocate_check(hol_population_bytes(model, count, rank, ranks), "chains"));
    HOL_TRY(HOL_ALLOCATE(self, 1, "population"));
    *self = (hol_population){.count = count, .hidden_stride = s.hidden_stride};
    self->states = (hol_states){.stride = s.units, .blocks = s.blocks, .first_block = s.first_block};
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->states.words, HOL_PRODUCT(s.blocks, s.units), "states"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->expected, HOL_PRODUCT(s.blocks, HOL_LANES, s.widest),
                                "conditional probabilities"));
    HOL_TRY(HOL_MEMORY_ALLOCATE(memory, self->scratch, s.scratch, "kernel scratch"));
    *ret_population = self;
    return HOL_OK;
cleanup:
    hol_population_destroy(self);
    return status;
}

hol_status hol_population_add_levels(const hol_model *model, hol_population *population) {
    if (model->info.infer_draws || model->info.hidden == 0) return HOL_OK;
    return HOL_MEMORY_ALLOCATE(hol_team_memory(model->team), population->levels,
                               HOL_PRODUCT(population->states.blocks, population->hidden_stride, HOL_LANES), "levels");
}

hol_status hol_population_add_held(const hol_model *model, hol_population *population) {
    const hol_states *x = &population->states;
    return HOL_MEMORY_ALLOCATE(hol_team_memory(model->team), population->held, HOL_PRODUCT(x->blocks, x->stride),
                               "held units");
}

void hol_population_destroy(hol_population *population) {
    if (!population) return;
    hol_free(population->states.words);
    hol_free(population->expected);
    hol_free(population->levels);
    hol_free(population->held);
    hol_free(population->scratch);
    hol_free(population->weights);
    hol_free(population);
}

hol_population hol_population_get_part(const hol_population *population, int64_t first, int64_t blocks) {
    hol_population part = *population;
    part.states.words += first * part.states.stride;
    part.states.first_block += first;
    part.states.blocks -= first;
    if (part.states.blocks > blocks) part.states.blocks = blocks;
    part.expected += first * HOL_LANES * part.hidden_stride;
    if (part.levels) part.levels += first * HOL_LANES * part.hidden_stride;
    if (part.held) part.held += first * part.states.stride;
    if (part.weights) part.weights += first * HOL_LANES;
    return part;
}

void hol_population_randomize(const hol_model *model, hol_population *population, hol_rng_key key) {
    const hol_states *x = &population->states;
    if (model->ops->randomize) {
        model->ops->randomize(model, population, key);
        return;
    }
    for (int64_t b = 0; b < x->blocks; b++)
        for (int64_t i = 0; i < model->info.visible + model->info.hidden; i++) {
            const hol_rng_words r = hol_rng_draw(key, (uint32_t)i, (uint32_t)(x->first_block + b), 0, 0);
            const int64_t at = b * x->stride + i;
            const uint64_t held = population->held ? population->held[at] : 0;
            x->words[at] = hol_bits_hold((uint64_t)r.word[1] << 32 | r.word[0], x->words[at], held);
        }
}

void hol_population_sweep(const hol_model *model, hol_population *population, const hol_draw *draw, int64_t sweeps,
                          hol_task *task) {
    const int64_t piece = sweeps / SWEEP_PIECES + 1;
    hol_draw now = *draw;
    for (int64_t done = 0; done < sweeps; done += piece) {
        const int64_t count = sweeps - done < piece ? sweeps - done : piece;
        model->ops->sweep(model, population, &now, count);
        now.sweep += (uint32_t)(2 * count);
        hol_task_move(task, count);
    }
}

void hol_population_settle(hol_comm *comm, const hol_model *model, hol_population *population, const hol_draw *draw,
                           int64_t sweeps) {
    hol_task task;
    hol_task_begin(&task, comm, sweeps, "%lld sweeps of %lld chains", (long long)sweeps, (long long)population->count);
    hol_population_sweep(model, population, draw, sweeps, &task);
    hol_task_end(&task);
}

void hol_population_fill(hol_population *population) {
    const hol_states *x = &population->states;
    memset(x->words, 0xff, (size_t)(x->blocks * x->stride) * sizeof *x->words);
}

void hol_population_get_owned(const hol_population *population, int64_t *ret_first, int64_t *ret_chains) {
    const int64_t first = population->states.first_block * HOL_LANES;
    int64_t end = first + population->states.blocks * HOL_LANES;
    if (end > population->count) end = population->count;
    *ret_first = first;
    *ret_chains = end > first ? end - first : 0;
}

/* where a chain's word of a unit stands, among its states and in its mask */
static int64_t place_of(const hol_population *population, int64_t chain, int64_t unit) {
    const hol_states *x = &population->states;
    return (chain / HOL_LANES - x->first_block) * x->stride + unit;
}

void hol_population_get_bytes(const hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                              int64_t chains, uint8_t *bytes) {
    for (int64_t c = 0; c < chains; c++)
        hol_bits_to_bytes(population->states.words + place_of(population, first + c, first_unit), units,
                          (int)((first + c) % HOL_LANES), bytes + c * units);
}

void hol_population_set_bytes(hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                              int64_t chains, const uint8_t *bytes) {
    for (int64_t c = 0; c < chains; c++)
        hol_bits_from_bytes(bytes + c * units, units, (int)((first + c) % HOL_LANES),
                            population->states.words + place_of(population, first + c, first_unit));
}

void hol_population_hold_bytes(hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                               int64_t chains, const uint8_t *held) {
    for (int64_t c = 0; c < chains; c++)
        hol_bits_from_bytes(held + c * units, units, (int)((first + c) % HOL_LANES),
                            population->held + place_of(population, first + c, first_unit));
}

void hol_population_get_held(const hol_population *population, int64_t first_unit, int64_t units, int64_t first,
                             int64_t chains, uint8_t *held) {
    for (int64_t c = 0; c < chains; c++)
        hol_bits_to_bytes(population->held + place_of(population, first + c, first_unit), units,
                          (int)((first + c) % HOL_LANES), held + c * units);
}

const uint8_t *hol_population_get_row(const hol_population *population, int64_t units, int64_t chain, uint8_t *bytes) {
    hol_population_get_bytes(population, 0, units, chain, 1, bytes);
    if (!population->held) return NULL;
    hol_population_get_held(population, 0, units, chain, 1, bytes + units);
    return bytes + units;
}

static void get_field(const hol_field *field, int64_t first, int64_t rows, void *buffer) {
    hol_population_get_bytes(field->memory, field->offset, field->columns, first, rows, buffer);
}

static void set_field(const hol_field *field, int64_t first, int64_t rows, const void *buffer) {
    hol_population_set_bytes(field->memory, field->offset, field->columns, first, rows, buffer);
}

void hol_population_list_units(hol_population *population, hol_population_folder folder, const char *name,
                               int64_t count, int64_t first_unit, int64_t units, hol_field_list *list) {
    if (count == 0 || units == 0) return;
    hol_field field = hol_field_matrix(folder.path, name, HOL_FIELD_U8, count, units, population);
    hol_field_describe(&field, folder.rows, name, folder.text);
    field.owner = HOL_FIELD_OWN;
    field.offset = first_unit;
    field.get = get_field;
    field.set = set_field;
    if (population) hol_population_get_owned(population, &field.own_first, &field.own_rows);
    hol_field_list_add(list, &field);
}

void hol_population_list_fields(hol_population *population, const hol_model_info *info, hol_population_folder folder,
                                int64_t count, hol_field_list *list) {
    hol_population_list_units(population, folder, "visible", count, 0, info->visible, list);
    hol_population_list_units(population, folder, "hidden", count, info->visible, info->hidden, list);
}

void hol_population_copy(const hol_population *from, hol_population *to) {
    memcpy(to->states.words, from->states.words,
           (size_t)(from->states.blocks * from->states.stride) * sizeof *to->states.words);
}

hol_status hol_population_mean(hol_comm *comm, const hol_population *population, const double *values,
                               double *ret_mean) {
    int64_t first = 0, chains = 0;
    hol_population_get_owned(population, &first, &chains);
    return hol_mean_over_ranks(comm, values, population->weights, chains, population->count, ret_mean);
}

hol_status hol_population_effective(hol_comm *comm, const hol_population *population, double *ret) {
    int64_t first = 0, chains = 0;
    hol_population_get_owned(population, &first, &chains);
    return hol_effective_over_ranks(comm, population->weights, chains, ret);
}

hol_status hol_mean_over_ranks(hol_comm *comm, const double *values, const uint32_t *weights, int64_t count,
                               int64_t all, double *ret_mean) {
    enum { VALUES, WEIGHTS, WRONG, SUMS };
    hol_wide sums[SUMS] = {0}; /* values in 2^-24 */
    const double limit = 0x1p62 / (double)all;
    for (int64_t c = 0; c < count; c++) {
        const double scaled = values[c] * 0x1p24;
        const int64_t weight = weights ? weights[c] : 1;
        if (weight == 0) continue;
        if (fabs(scaled) < limit) sums[VALUES] += (hol_wide)(int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)) * weight;
        else sums[WRONG]++;
        sums[WEIGHTS] += weight;
    }
    const hol_status status = hol_comm_sum_wide(comm, sums, SUMS);
    const bool is_known = sums[WRONG] == 0 && sums[WEIGHTS] > 0;
    *ret_mean = is_known ? (double)sums[VALUES] * 0x1p-24 / (double)sums[WEIGHTS] : (double)NAN;
    return status;
}

hol_status hol_effective_over_ranks(hol_comm *comm, const uint32_t *weights, int64_t count, double *ret) {
    hol_wide sums[2] = {weights ? 0 : count, weights ? 0 : count};
    for (int64_t c = 0; c < count && weights; c++) {
        sums[0] += weights[c];
        sums[1] += (hol_wide)weights[c] * weights[c];
    }
    const hol_status status = hol_comm_sum_wide(comm, sums, 2);
    *ret = sums[0] == sums[1] ? (double)sums[0] : hol_sample_weights_effective(sums[0], sums[1]);
    return status;
}

/* The sum of all weights, and of those of the ranks before. */
static hol_status sum_weights(hol_comm *comm, const uint32_t *weights, int64_t count, int64_t *ret_before,
                              int64_t *ret_all) {
    hol_status status = HOL_OK;
    const int ranks = hol_comm_size(comm), rank = hol_comm_rank(comm);
    int64_t *sums = NULL;
    *ret_before = *ret_all = 0;
    HOL_TRY(hol_comm_agree(comm, HOL_ALLOCATE(sums, ranks, "weights")));
    for (int64_t c = 0; c < count; c++) sums[rank] += weights[c];
    HOL_TRY(hol_comm_sum_i64(comm, sums, ranks));
    for (int k = 0; k < ranks; k++) {
        if (k < rank) *ret_before += sums[k];
        *ret_all += sums[k];
    }
cleanup:
    hol_free(sums);
    return status;
}

hol_status hol_spread_over_ranks(hol_comm *comm, const uint32_t *weights, int64_t count, int64_t picks,
                                 int64_t *times) {
    int64_t begin = 0, all = 0;
    const hol_status status = sum_weights(comm, weights, count, &begin, &all);
    for (int64_t c = 0; c < count && status == HOL_OK; c++) {
        /* places floor(k all / picks) from begin on, before end: k from ceil(begin picks / all) on */
        const int64_t end = begin + weights[c];
        times[c] = (int64_t)(((hol_wide)end * picks + all - 1) / all - ((hol_wide)begin * picks + all - 1) / all);
        begin = end;
    }
    return status;
}
