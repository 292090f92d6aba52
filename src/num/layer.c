/* layer: the work of a layer cut into (tile of blocks) x (strip of columns), given to threads.
 *
 * First the inputs are split by how often they are on (num/split.h). All chains' numbers of groups and lists are taken
 * from their bits, once; then each strip builds its tables and adds. A tile holds 8 blocks: its sums, 32 KB, stay near
 * the tables while a strip is worked on.
 *
 * 16-bit couplings go by strips of 32 columns, whose sums are two strips of 16 to all else, and by ranges of inputs:
 * rarely active ones may leave their range for lists, and ranges that have few left go together where their sums
 * certainly fit 16 bits (num/narrow.h). Their tiles hold up to 16 blocks, for tables cost as much as many look-ups. */
#include "num/layer.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/narrow.h"
#include "num/split.h"
#include "num/threads.h"

enum {
    TILE_BLOCKS = 8,
    NARROW_TILE_BLOCKS = 16,
    HALVES = HOL_NARROW_STRIP / HOL_STRIP, /* of a strip of 16-bit couplings */
    BLOCK_SUMS = HOL_LANES * HOL_STRIP,
};

/* How the inputs go. Sparse ones are listed in ranges of HOL_LIST_ROWS: index_tiles are (ranges, blocks), lists
 * (list_ranges, blocks, 64). */
typedef struct plan {
    hol_split split;
    int64_t ranges; /* of dense inputs */
    int32_t *ends;  /* (ranges): where each ends among the dense inputs; for 16-bit couplings alone */
} plan;

static int64_t cut(plan *p, int64_t inputs, int64_t blocks, char *scratch) {
    const int64_t list_ranges = hol_list_range_count(inputs), ends = hol_narrow_range_count(inputs) * 4;
    const int64_t used = hol_cut(scratch, &ends, 1, (char **)&p->ends);
    return used + hol_split_cut(&p->split, inputs, blocks, hol_index_range_count(inputs) * blocks, list_ranges * blocks,
                                list_ranges * blocks * HOL_LANES, scratch ? scratch + used : NULL);
}

int64_t hol_layer_scratch_bytes(int64_t inputs, int64_t blocks) {
    plan p;
    return cut(&p, inputs, blocks, NULL);
}

/* where each block's lists of each list_range begin: as far apart as its ones and the slack ask for */
static void place_lists(hol_split *p, const hol_states *x) {
    int64_t at = 0;
    for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
        const int64_t left = p->sparse_count - first, rows = left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS;
        for (int64_t b = 0; b < x->blocks; b++) {
            p->starts[first / HOL_LIST_ROWS * x->blocks + b] = at;
            at += HOL_LIST_SLACK;
            for (int64_t k = first; k < first + rows; k++)
                at += __builtin_popcountll(x->words[b * x->stride + p->sparse[k]]);
        }
    }
}

/* Fewer sparse inputs than lists pay for are dense, too. */
static void split_narrow(hol_split *split, const hol_layer *layer, const hol_states *x) {
    const int64_t lanes = x->blocks * HOL_LANES;
    hol_split_units(split, x, layer->inputs);
    const int64_t lists = lanes * hol_list_range_count(split->sparse_count);
    if (split->sparse_ones + lists * HOL_LIST_COST > split->sparse_count * lanes / HOL_SPLIT_SHARE)
        hol_split_units_by(split, x, layer->inputs, lanes);
}

/* Dense inputs of one range after the other together, as long as they are few and their sums fit. */
static void join_ranges(plan *p, const hol_layer *layer) {
    int32_t end = 0, first = 0;
    int64_t reach = 0;
    p->ranges = 0;
    for (int64_t r = 0; r < hol_narrow_range_count(layer->inputs); r++) {
        const int32_t begin = end;
        while (end < p->split.dense_count && p->split.dense[end] < (r + 1) * HOL_NARROW_ROWS) end++;
        if (end == begin) continue;
        if (p->ranges == 0 || end - first > HOL_NARROW_ROWS || reach + layer->reach[r] > INT16_MAX) {
            p->ranges++;
            first = begin;
            reach = 0;
        }
        p->ends[p->ranges - 1] = end;
        reach += layer->reach[r];
    }
}

static plan make_plan(const hol_layer *layer, const hol_states *x, void *scratch) {
    plan p;
    hol_split *split = &p.split;
    (void)cut(&p, layer->inputs, x->blocks, scratch);
    if (layer->narrow) {
        split_narrow(split, layer, x);
        join_ranges(&p, layer);
    } else {
        hol_split_units(split, x, layer->inputs);
        hol_split_merge_unless_worth(split, x->blocks * HOL_LANES * hol_list_range_count(split->sparse_count),
                                     x->blocks);
        p.ranges = hol_index_range_count(split->dense_count);
    }
    place_lists(split, x);
    return p;
}

static void index_dense(const hol_kernels *kernels, const plan *p, const void *narrow, const uint64_t *packed,
                        int64_t range_stride, uint8_t *index_tile) {
    if (!narrow) kernels->index_lanes(packed, p->split.dense_count, p->ranges, range_stride, index_tile);
    for (int64_t r = 0; narrow && r < p->ranges; r++) {
        const int32_t first = r > 0 ? p->ends[r - 1] : 0;
        kernels->index_narrow(packed + first, p->ends[r] - first, index_tile + r * range_stride);
    }
}

static void index_all(const hol_layer *layer, const plan *inputs, const hol_states *x) {
    const hol_kernels *kernels = layer->kernels;
    const hol_split *p = &inputs->split;
#pragma omp for schedule(static)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint64_t *packed = p->packed + b * (p->dense_count + p->sparse_count);
        const uint64_t *words = x->words + b * x->stride;
        for (int64_t k = 0; k < p->dense_count; k++) packed[k] = words[p->dense[k]];
        index_dense(kernels, inputs, layer->narrow, packed, x->blocks * HOL_INDEX_TILE,
                    p->index_tiles + b * HOL_INDEX_TILE);
        packed += p->dense_count;
        for (int64_t k = 0; k < p->sparse_count; k++) packed[k] = words[p->sparse[k]];
        for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
            const int64_t left = p->sparse_count - first, at = first / HOL_LIST_ROWS * x->blocks + b;
            (void)kernels->list_lanes(packed + first, left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS,
                                      p->lists + p->starts[at], p->lengths + at * HOL_LANES);
        }
    }
}

/* A strip's work on a tile of blocks: sums are (blocks, 64, 16), or (blocks, 2, 64, 16) of a narrow strip. */
typedef struct tile {
    int64_t first, blocks, all_blocks;
    int64_t column; /* the strip's first */
} tile;

static void add_lists(const hol_kernels *kernels, const hol_layer *layer, const hol_split *p, const tile *t,
                      int32_t *sums) {
    _Alignas(64) int32_t lines[(HOL_LIST_ROWS + 1) * HOL_STRIP]; /* of 32 columns in 16 bits, or 16 in 32 */
    enum { LINE = HOL_STRIP * sizeof *lines };
    memset(lines + HOL_LIST_ROWS * HOL_STRIP, 0, LINE);
    for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
        const int64_t left = p->sparse_count - first, rows = left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS;
        for (int64_t k = 0; k < rows; k++) {
            const int64_t row = p->sparse[first + k];
            const void *line = layer->narrow
                                   ? (const void *)(layer->narrow + t->column * layer->inputs + row * HOL_NARROW_STRIP)
                                   : layer->weights + row * layer->stride + t->column;
            memcpy(lines + k * HOL_STRIP, line, LINE);
        }
        for (int64_t b = 0; b < t->blocks; b++) {
            const int64_t at = first / HOL_LIST_ROWS * t->all_blocks + t->first + b;
            const uint16_t *list = p->lists + p->starts[at];
            const int32_t *lengths = p->lengths + at * HOL_LANES;
            if (layer->narrow)
                (void)kernels->add_rows_narrow((const int16_t *)lines, list, lengths, sums + b * HALVES * BLOCK_SUMS);
            else (void)kernels->add_rows(lines, list, lengths, HOL_LANES, sums + b * BLOCK_SUMS);
        }
    }
}

static void sum_strip(const hol_kernels *kernels, const hol_layer *layer, const plan *p, const tile *t, int32_t *sums) {
    const int64_t halves = layer->narrow ? HALVES : 1, range_stride = t->all_blocks * HOL_INDEX_TILE;
    const uint8_t *index_tiles = p->split.index_tiles + t->first * HOL_INDEX_TILE;
    for (int64_t r = 0; r < t->blocks * halves * HOL_LANES; r++) {
        const int64_t column = t->column + r / HOL_LANES % halves * HOL_STRIP;
        if (column < layer->stride) memcpy(sums + r * HOL_STRIP, layer->bias + column, HOL_STRIP * sizeof *sums);
        else memset(sums + r * HOL_STRIP, 0, HOL_STRIP * sizeof *sums);
    }
    if (layer->narrow)
        kernels->product_narrow(layer->narrow + t->column * layer->inputs, p->split.dense, p->ends, p->ranges,
                                index_tiles, range_stride, t->blocks, sums);
    else
        kernels->product(layer->weights + t->column, layer->stride, p->split.dense, p->split.dense_count, index_tiles,
                         range_stride, t->blocks, sums);
    if (p->split.sparse_count > 0) add_lists(kernels, layer, &p->split, t, sums);
}

/* What becomes of sums: one of the four, or samples and levels; NULL otherwise. */
typedef struct outputs {
    const hol_draw *draw;
    const hol_states *samples;
    uint8_t *levels;
    int32_t *probabilities, *fields;
    int64_t global_block; /* the number of block 0 */
} outputs;

/* one block's 16 columns, of which `sums` is (64, 16) */
static void sample_block(const hol_layer *layer, const int32_t *sums, int64_t block, int64_t column,
                         const outputs *to) {
    const int64_t width = layer->outputs - column < HOL_STRIP ? layer->outputs - column : HOL_STRIP;
    uint64_t words[HOL_STRIP];
    layer->kernels->sample(sums, layer->scale, to->draw, column, to->global_block + block, to->samples ? words : NULL,
                           to->levels ? to->levels + (block * layer->stride + column) * HOL_LANES : NULL);
    if (!to->samples) return;
    uint64_t *samples = to->samples->words + block * to->samples->stride + column;
    if (!layer->held) memcpy(samples, words, (size_t)width * sizeof *words);
    const uint64_t *held = layer->held ? layer->held + block * to->samples->stride + column : NULL;
    for (int64_t l = 0; held && l < width; l++) samples[l] = hol_bits_hold(words[l], samples[l], held[l]);
}

static void finish_tile(const hol_layer *layer, const tile *t, const int32_t *sums, const outputs *to) {
    const int64_t halves = layer->narrow ? HALVES : 1;
    for (int64_t k = 0; k < t->blocks * halves; k++, sums += BLOCK_SUMS) {
        const int64_t block = t->first + k / halves, column = t->column + k % halves * HOL_STRIP;
        if (column >= layer->outputs) continue;
        const int64_t at = block * HOL_LANES * layer->stride + column;
        if (to->samples || to->levels) sample_block(layer, sums, block, column, to);
        if (to->probabilities) layer->kernels->probabilities(sums, layer->scale, to->probabilities + at, layer->stride);
        for (int64_t l = 0; to->fields && l < HOL_LANES; l++)
            memcpy(to->fields + at + l * layer->stride, sums + l * HOL_STRIP, HOL_STRIP * sizeof *sums);
    }
}

/* The first thread's time on fields: the time of the whole, shared out as every TIMED-th of its items is. Timing each
 * would cost as much as a small item does; a share can't exceed the whole, whatever interrupts an item that is
 * timed. */
enum { TIMED = 8 };

/* Blocks of a tile: the most whose sums stay near, but fewer where threads would have none. */
static int64_t choose_size(int64_t most, int64_t strips, int64_t blocks) {
    int64_t size = most;
    while (size > 1 && strips * ((blocks + size - 1) / size) < omp_get_max_threads()) size /= 2;
    return size;
}

static void apply(const hol_layer *layer, const hol_states *x, const outputs *to, void *scratch) {
    const hol_kernels *kernels = layer->kernels;
    const plan p = make_plan(layer, x, scratch);
    const int64_t width = layer->narrow ? HOL_NARROW_STRIP : HOL_STRIP;
    const int64_t strips = (layer->outputs + width - 1) / width;
    const int64_t size = choose_size(layer->narrow ? NARROW_TILE_BLOCKS : TILE_BLOCKS, strips, x->blocks);
    const int64_t tiles = (x->blocks + size - 1) / size;
    const bool worth = hol_worth_threads(x->blocks * HOL_LANES * layer->stride, layer->inputs / HOL_GROUP + 1);
#pragma omp parallel default(none) shared(kernels, layer, x, to, p, tiles, strips, width, size, worth) if (worth)
    {
        const bool keeps_time = omp_get_thread_num() == 0;
        const double start = keeps_time ? hol_clock_now() : 0;
        double on_fields = 0, on_items = 0;
        int64_t done = 0;
        index_all(layer, &p, x);
        _Alignas(64) int32_t sums[NARROW_TILE_BLOCKS * HALVES * BLOCK_SUMS];
#pragma omp for schedule(static)
        for (int64_t item = 0; item < strips * tiles; item++) {
            const int64_t first = item % tiles * size;
            const tile t = {.first = first,
                            .blocks = x->blocks - first < size ? x->blocks - first : size,
                            .all_blocks = x->blocks,
                            .column = item / tiles * width};
            const bool timed = keeps_time && done++ % TIMED == 0;
            const double begun = timed ? hol_clock_now() : 0;
            sum_strip(kernels, layer, &p, &t, sums);
            if (timed) on_fields += hol_clock_now() - begun;
            finish_tile(layer, &t, sums, to);
            if (timed) on_items += hol_clock_now() - begun;
        }
        if (on_items > 0 && layer->fields_seconds)
            *layer->fields_seconds += (hol_clock_now() - start) * on_fields / on_items;
    }
}

void hol_layer_fields(const hol_layer *layer, const hol_states *x, int32_t *fields, void *scratch) {
    const outputs to = {.fields = fields};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_probabilities(const hol_layer *layer, const hol_states *x, int32_t *probabilities, void *scratch) {
    const outputs to = {.probabilities = probabilities};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_sample(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                      uint8_t *levels, void *scratch) {
    const outputs to = {.draw = draw, .samples = samples, .levels = levels, .global_block = x->first_block};
    if (x->blocks > 0) apply(layer, x, &to, scratch);
}

void hol_layer_sample_fields(const hol_layer *layer, const int32_t *fields, float scale, const hol_draw *draw,
                             const hol_states *samples) {
    const int64_t strips = (layer->outputs + HOL_STRIP - 1) / HOL_STRIP;
    const outputs to = {.draw = draw, .samples = samples, .global_block = samples->first_block};
    hol_layer scaled = *layer;
    scaled.scale = scale;
#pragma omp parallel for collapse(2) default(none) shared(scaled, fields, to, samples, strips)
    for (int64_t b = 0; b < samples->blocks; b++)
        for (int64_t s = 0; s < strips; s++) {
            _Alignas(64) int32_t strip[HOL_LANES * HOL_STRIP];
            const int64_t column = s * HOL_STRIP;
            for (int64_t l = 0; l < HOL_LANES; l++)
                memcpy(strip + l * HOL_STRIP, fields + (b * HOL_LANES + l) * scaled.stride + column,
                       HOL_STRIP * sizeof *strip);
            sample_block(&scaled, strip, b, column, &to);
        }
}

HOL_CLONES void hol_layer_sum_units(const uint64_t *words, const int32_t *values, int64_t units, int64_t *sums) {
    memset(sums, 0, HOL_LANES * sizeof *sums);
    for (int64_t i = 0; i < units; i++) {
        const int64_t value = values[i];
        for (int l = 0; l < HOL_LANES; l++) sums[l] += value & -(int64_t)(words[i] >> l & 1);
    }
}

double hol_layer_softplus_sum(const hol_layer *layer, const int32_t *fields, const int32_t *change, int sign) {
    enum { PIECE = 1024 };
    const double scale = (double)layer->scale;
    double sum = 0, x[PIECE];
    for (int64_t first = 0; first < layer->outputs; first += PIECE) {
        const int64_t count = layer->outputs - first < PIECE ? layer->outputs - first : PIECE;
        for (int64_t j = 0; j < count; j++) x[j] = scale * (double)fields[first + j];
        for (int64_t j = 0; change && j < count; j++) x[j] += scale * (double)(sign * change[first + j]);
        sum += layer->kernels->softplus_sum(x, count);
    }
    return sum;
}

double hol_layer_mean_square(const hol_layer *layer, const uint64_t *words, int lane, const int32_t *probabilities) {
    int64_t sum = 0;
    for (int64_t i = 0; i < layer->outputs; i++) {
        const int64_t on = hol_bits_get(words, i, lane);
        const int64_t difference = (on << HOL_PROBABILITY_BITS) - probabilities[i];
        sum += difference * difference;
    }
    return (double)sum * 0x1p-30 / (double)layer->outputs;
}

static int32_t coupling_ref(const hol_layer *layer, int64_t input, int64_t output) {
    if (!layer->narrow) return layer->weights[input * layer->stride + output];
    const int64_t strip = output / HOL_NARROW_STRIP, at = output % HOL_NARROW_STRIP;
    return layer->narrow[(strip * layer->inputs + input) * HOL_NARROW_STRIP + at];
}

void hol_layer_fields_ref(const hol_layer *layer, const hol_states *x, int32_t *fields) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        int32_t *field = fields + r * layer->stride;
        memcpy(field, layer->bias, (size_t)layer->stride * sizeof *field);
        for (int64_t i = 0; i < layer->inputs; i++)
            if (hol_bits_get(words, i, (int)(r % HOL_LANES)))
                for (int64_t j = 0; j < layer->stride; j++) field[j] += coupling_ref(layer, i, j);
    }
}

static uint32_t probability_ref(const hol_layer *layer, const hol_states *x, int64_t r, int64_t j) {
    int32_t field = layer->bias[j];
    for (int64_t i = 0; i < layer->inputs; i++)
        if (hol_bits_get(x->words + r / HOL_LANES * x->stride, i, (int)(r % HOL_LANES)))
            field += coupling_ref(layer, i, j);
    return hol_kernels_probability_ref(field, layer->scale);
}

void hol_layer_probabilities_ref(const hol_layer *layer, const hol_states *x, int32_t *probabilities) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        for (int64_t j = 0; j < layer->outputs; j++)
            probabilities[r * layer->stride + j] = hol_kernels_round_ref(probability_ref(layer, x, r, j));
}

void hol_layer_sample_ref(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                          uint8_t *levels) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        for (int64_t j = 0; j < layer->outputs; j++) {
            const int64_t block = r / HOL_LANES, lane = r % HOL_LANES;
            const uint32_t p = probability_ref(layer, x, r, j);
            const int64_t chain = (x->first_block + block) * HOL_LANES + lane;
            if (levels)
                levels[(block * layer->stride + j) * HOL_LANES + lane] = hol_kernels_level_ref(p, draw, j, chain);
            if (!samples) continue;
            const int64_t at = block * samples->stride + j;
            const uint64_t bit = UINT64_C(1) << lane;
            if (layer->held && layer->held[at] & bit) continue;
            uint64_t *word = &samples->words[at];
            *word = hol_kernels_sample_ref(p, draw, j, chain) ? *word | bit : *word & ~bit;
        }
}
