/* layer: the work of a layer cut into (tile of blocks) x (strip of columns), given to threads.
 *
 * First the inputs are split by how often they are on (num/split.h). All chains' numbers of groups and lists are taken
 * from their bits, once; then each strip builds its tables and adds. A tile holds 8 blocks: its sums, 32 KB, stay near
 * the tables while a strip is worked on. */
#include "num/layer.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "num/bits.h"
#include "num/clones.h"
#include "num/split.h"
#include "num/threads.h"

enum {
    TILE_BLOCKS = 8,
};

/* Sparse inputs are listed in ranges of HOL_LIST_ROWS: index_tiles are (ranges, blocks), lists (list_ranges,
 * blocks, 64). */
static int64_t cut(hol_split *p, int64_t inputs, int64_t blocks, char *scratch) {
    const int64_t list_ranges = hol_list_range_count(inputs);
    return hol_split_cut(p, inputs, blocks, hol_index_range_count(inputs) * blocks, list_ranges * blocks,
                         list_ranges * blocks * HOL_LANES, scratch);
}

int64_t hol_layer_scratch_bytes(int64_t inputs, int64_t blocks) {
    hol_split p;
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

static hol_split make_split(const hol_layer *layer, const hol_states *x, void *scratch) {
    hol_split p;
    (void)cut(&p, layer->inputs, x->blocks, scratch);
    hol_split_units(&p, x, layer->inputs);
    hol_split_merge_unless_worth(&p, x->blocks * HOL_LANES * hol_list_range_count(p.sparse_count), x->blocks);
    place_lists(&p, x);
    return p;
}

static void index_all(const hol_kernels *kernels, const hol_split *p, const hol_states *x) {
    const int64_t range_stride = x->blocks * HOL_INDEX_TILE;
#pragma omp for schedule(static)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint64_t *packed = p->packed + b * (p->dense_count + p->sparse_count);
        const uint64_t *words = x->words + b * x->stride;
        for (int64_t k = 0; k < p->dense_count; k++) packed[k] = words[p->dense[k]];
        kernels->index_lanes(packed, p->dense_count, hol_index_range_count(p->dense_count), range_stride,
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

static void add_lists(const hol_kernels *kernels, const hol_layer *layer, const hol_split *p, int64_t all_blocks,
                      int64_t first_block, int64_t blocks, int64_t column, int32_t *sums) {
    _Alignas(64) int32_t strip[(HOL_LIST_ROWS + 1) * HOL_STRIP];
    memset(strip + HOL_LIST_ROWS * HOL_STRIP, 0, HOL_STRIP * sizeof *strip);
    for (int64_t first = 0; first < p->sparse_count; first += HOL_LIST_ROWS) {
        const int64_t left = p->sparse_count - first, rows = left < HOL_LIST_ROWS ? left : HOL_LIST_ROWS;
        for (int64_t k = 0; k < rows; k++)
            memcpy(strip + k * HOL_STRIP, layer->weights + p->sparse[first + k] * layer->stride + column,
                   HOL_STRIP * sizeof *strip);
        for (int64_t b = 0; b < blocks; b++) {
            const int64_t at = first / HOL_LIST_ROWS * all_blocks + first_block + b;
            (void)kernels->add_rows(strip, p->lists + p->starts[at], p->lengths + at * HOL_LANES, HOL_LANES,
                                    sums + b * HOL_LANES * HOL_STRIP);
        }
    }
}

static void sum_strip(const hol_kernels *kernels, const hol_layer *layer, const hol_split *p, int64_t all_blocks,
                      int64_t first_block, int64_t blocks, int64_t column, int32_t *sums) {
    for (int64_t r = 0; r < blocks * HOL_LANES; r++)
        memcpy(sums + r * HOL_STRIP, layer->bias + column, HOL_STRIP * sizeof *sums);
    kernels->product(layer->weights + column, layer->stride, p->dense, p->dense_count,
                     p->index_tiles + first_block * HOL_INDEX_TILE, all_blocks * HOL_INDEX_TILE, blocks, sums);
    if (p->sparse_count > 0) add_lists(kernels, layer, p, all_blocks, first_block, blocks, column, sums);
}

static void sample_tile(const hol_kernels *kernels, const hol_layer *layer, const int32_t *sums, int64_t first_block,
                        int64_t blocks, int64_t column, const hol_draw *draw, const hol_states *samples,
                        int64_t global_block, uint8_t *levels) {
    const int64_t width = layer->outputs - column < HOL_STRIP ? layer->outputs - column : HOL_STRIP;
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t block = first_block + b;
        uint64_t words[HOL_STRIP];
        kernels->sample(sums + b * HOL_LANES * HOL_STRIP, layer->scale, draw, column, global_block + block,
                        samples ? words : NULL, levels ? levels + (block * layer->stride + column) * HOL_LANES : NULL);
        uint64_t *to = samples ? samples->words + block * samples->stride + column : NULL;
        if (samples && !layer->held) memcpy(to, words, (size_t)width * sizeof *words);
        for (int64_t l = 0; samples && layer->held && l < width; l++)
            if (!layer->held[column + l]) to[l] = words[l];
    }
}

/* The first thread's time on fields: the time of the whole, shared out as every TIMED-th of its items is. Timing each
 * would cost as much as a small item does; a share can't exceed the whole, whatever interrupts an item that is
 * timed. */
enum { TIMED = 8 };

/* What becomes of fields: one of the three, or samples and levels; NULL otherwise. */
typedef struct results {
    const hol_states *samples;
    uint8_t *levels;
    int32_t *probabilities, *fields;
} results;

static void finish_tile(const hol_kernels *kernels, const hol_layer *layer, const int32_t *sums, const hol_states *x,
                        int64_t first, int64_t blocks, int64_t column, const hol_draw *draw, const results *to) {
    const int64_t at = first * HOL_LANES * layer->stride + column;
    for (int64_t r = 0; to->fields && r < blocks * HOL_LANES; r++)
        memcpy(to->fields + at + r * layer->stride, sums + r * HOL_STRIP, HOL_STRIP * sizeof *sums);
    for (int64_t r = 0; to->probabilities && r < blocks * HOL_LANES; r += HOL_LANES)
        kernels->probabilities(sums + r * HOL_STRIP, layer->scale, to->probabilities + at + r * layer->stride,
                               layer->stride);
    if (to->samples || to->levels)
        sample_tile(kernels, layer, sums, first, blocks, column, draw, to->samples, x->first_block, to->levels);
}

/* One parallel region for all. */
static void apply(const hol_layer *layer, const hol_states *x, const hol_draw *draw, results to, void *scratch) {
    const hol_kernels *kernels = layer->kernels;
    const hol_split p = make_split(layer, x, scratch);
    const int64_t tiles = (x->blocks + TILE_BLOCKS - 1) / TILE_BLOCKS;
    const int64_t strips = (layer->outputs + HOL_STRIP - 1) / HOL_STRIP;
    const bool worth = hol_worth_threads(x->blocks * HOL_LANES * layer->stride, layer->inputs / HOL_GROUP + 1);
#pragma omp parallel default(none) shared(kernels, layer, x, draw, to, p, tiles, strips, worth) if (worth)
    {
        const bool keeps_time = omp_get_thread_num() == 0;
        const double start = keeps_time ? hol_clock_now() : 0;
        double on_fields = 0, on_items = 0;
        int64_t done = 0;
        index_all(kernels, &p, x);
        _Alignas(64) int32_t sums[TILE_BLOCKS * HOL_LANES * HOL_STRIP];
#pragma omp for schedule(static)
        for (int64_t item = 0; item < strips * tiles; item++) {
            const int64_t column = item / tiles * HOL_STRIP, first = item % tiles * TILE_BLOCKS;
            const int64_t blocks = x->blocks - first < TILE_BLOCKS ? x->blocks - first : TILE_BLOCKS;
            const bool timed = keeps_time && done++ % TIMED == 0;
            const double begun = timed ? hol_clock_now() : 0;
            sum_strip(kernels, layer, &p, x->blocks, first, blocks, column, sums);
            if (timed) on_fields += hol_clock_now() - begun;
            finish_tile(kernels, layer, sums, x, first, blocks, column, draw, &to);
            if (timed) on_items += hol_clock_now() - begun;
        }
        if (on_items > 0 && layer->fields_seconds)
            *layer->fields_seconds += (hol_clock_now() - start) * on_fields / on_items;
    }
}

void hol_layer_fields(const hol_layer *layer, const hol_states *x, int32_t *fields, void *scratch) {
    if (x->blocks > 0) apply(layer, x, NULL, (results){.fields = fields}, scratch);
}

void hol_layer_probabilities(const hol_layer *layer, const hol_states *x, int32_t *probabilities, void *scratch) {
    if (x->blocks > 0) apply(layer, x, NULL, (results){.probabilities = probabilities}, scratch);
}

void hol_layer_sample(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                      uint8_t *levels, void *scratch) {
    if (x->blocks > 0) apply(layer, x, draw, (results){.samples = samples, .levels = levels}, scratch);
}

void hol_layer_sample_fields(const hol_layer *layer, const int32_t *fields, float scale, const hol_draw *draw,
                             const hol_states *samples) {
    const hol_kernels *kernels = layer->kernels;
    const int64_t strips = (layer->outputs + HOL_STRIP - 1) / HOL_STRIP;
    hol_layer scaled = *layer;
    scaled.scale = scale;
#pragma omp parallel for collapse(2) default(none) shared(kernels, scaled, fields, draw, samples, strips)
    for (int64_t b = 0; b < samples->blocks; b++)
        for (int64_t s = 0; s < strips; s++) {
            _Alignas(64) int32_t strip[HOL_LANES * HOL_STRIP];
            const int64_t column = s * HOL_STRIP;
            for (int64_t l = 0; l < HOL_LANES; l++)
                memcpy(strip + l * HOL_STRIP, fields + (b * HOL_LANES + l) * scaled.stride + column,
                       HOL_STRIP * sizeof *strip);
            sample_tile(kernels, &scaled, strip, b, 1, column, draw, samples, samples->first_block, NULL);
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

void hol_layer_fields_ref(const hol_layer *layer, const hol_states *x, int32_t *fields) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        const uint64_t *words = x->words + r / HOL_LANES * x->stride;
        int32_t *field = fields + r * layer->stride;
        memcpy(field, layer->bias, (size_t)layer->stride * sizeof *field);
        for (int64_t i = 0; i < layer->inputs; i++)
            if (hol_bits_get(words, i, (int)(r % HOL_LANES)))
                for (int64_t j = 0; j < layer->stride; j++) field[j] += layer->weights[i * layer->stride + j];
    }
}

static uint32_t probability_ref(const hol_layer *layer, const hol_states *x, int64_t r, int64_t j) {
    int32_t field = layer->bias[j];
    for (int64_t i = 0; i < layer->inputs; i++)
        if (hol_bits_get(x->words + r / HOL_LANES * x->stride, i, (int)(r % HOL_LANES)))
            field += layer->weights[i * layer->stride + j];
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
            if (!samples || (layer->held && layer->held[j])) continue;
            const uint64_t bit = UINT64_C(1) << lane;
            uint64_t *word = &samples->words[block * samples->stride + j];
            *word = hol_kernels_sample_ref(p, draw, j, chain) ? *word | bit : *word & ~bit;
        }
}
