/* scan: tiles of blocks to threads; in a tile, strip after strip.
 *
 * The numbers of all groups of inputs are taken once; after each strip only those of the one or two ranges of 40 inputs
 * that it lies in are taken again. A tile has up to 8 blocks, for the tables are built anew per strip and tile, but
 * fewer where threads would have none. */
#include "num/scan.h"

#include <omp.h>
#include <string.h>

#include "num/bits.h"
#include "num/threads.h"

enum { TILE_BLOCKS = 8, BLOCK_SUMS = HOL_LANES * HOL_STRIP };

int64_t hol_scan_scratch_bytes(int64_t inputs, int64_t blocks) {
    return hol_index_range_count(inputs) * blocks * HOL_INDEX_TILE;
}

/* A tile's states and its part of the scratch. */
typedef struct tile {
    uint64_t *words;
    int64_t stride;
    int64_t blocks;
    int64_t first_block;  /* global */
    uint8_t *index_tiles; /* (ranges, blocks) of HOL_INDEX_TILE bytes */
    const int32_t *base;  /* (blocks * 64, layer's stride), or NULL */
    const uint64_t *held; /* of the layer's outputs, stride as that of words; or NULL */
} tile;

static void index_ranges(const hol_kernels *kernels, const tile *t, int64_t inputs, int64_t first_range,
                         int64_t ranges) {
    const int64_t range_stride = t->blocks * HOL_INDEX_TILE, first = first_range * HOL_RANGE_ROWS;
    for (int64_t b = 0; b < t->blocks; b++)
        kernels->index_lanes(t->words + b * t->stride + first, inputs - first, ranges, range_stride,
                             t->index_tiles + first_range * range_stride + b * HOL_INDEX_TILE);
}

/* The fields of one strip: sums is (blocks, 64, 16). */
static void sum_strip(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t column,
                      int32_t *sums) {
    const int32_t *base = (t->base ? t->base : layer->bias) + column;
    const int64_t step = t->base ? layer->stride : 0;
    for (int64_t r = 0; r < t->blocks * HOL_LANES; r++)
        memcpy(sums + r * HOL_STRIP, base + r * step, HOL_STRIP * sizeof *sums);
    kernels->product(layer->weights + column, layer->stride, NULL, layer->inputs, t->index_tiles,
                     t->blocks * HOL_INDEX_TILE, t->blocks, sums);
}

static void scan_strip(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t own, int64_t first,
                       int64_t width, const hol_draw *draw, int32_t *sums) {
    const int64_t first_range = (own + first) / HOL_RANGE_ROWS, last_range = (own + first + width - 1) / HOL_RANGE_ROWS;
    sum_strip(kernels, layer, t, first, sums);
    for (int64_t b = 0; b < t->blocks; b++)
        kernels->scan(sums + b * BLOCK_SUMS, layer->scale, layer->weights + (own + first) * layer->stride + first,
                      layer->stride, width, t->held ? t->held + b * t->stride + first : NULL, draw, first,
                      t->first_block + b, t->words + b * t->stride + own + first);
    index_ranges(kernels, t, layer->inputs, first_range, last_range + 1 - first_range); /* these are drawn anew */
}

/* Strip after strip. */
static void scan_tile(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t own,
                      const hol_draw *draw) {
    _Alignas(64) int32_t sums[TILE_BLOCKS * BLOCK_SUMS];
    for (int64_t first = 0; first < layer->outputs; first += HOL_STRIP) {
        const int64_t left = layer->outputs - first;
        scan_strip(kernels, layer, t, own, first, left < HOL_STRIP ? left : HOL_STRIP, draw, sums);
    }
}

void hol_scan_sample(const hol_layer *layer, const hol_states *x, int64_t own, const int32_t *base,
                     const hol_draw *draw, void *scratch) {
    if (x->blocks == 0) return;
    const hol_kernels *kernels = layer->kernels;
    const int64_t ranges = hol_index_range_count(layer->inputs);
    const bool threaded = hol_worth_threads(x->blocks * HOL_LANES * layer->stride, layer->inputs / HOL_GROUP + 1);
    const int64_t threads = threaded ? omp_get_max_threads() : 1;
    int64_t size = (x->blocks + threads - 1) / threads;
    if (size > TILE_BLOCKS) size = TILE_BLOCKS;
#pragma omp parallel for schedule(static) default(none)                                                                \
    shared(kernels, layer, x, own, base, draw, scratch, ranges, size) if (threaded)
    for (int64_t first = 0; first < x->blocks; first += size) {
        const tile t = {.words = x->words + first * x->stride,
                        .stride = x->stride,
                        .blocks = x->blocks - first < size ? x->blocks - first : size,
                        .first_block = x->first_block + first,
                        .index_tiles = (uint8_t *)scratch + first * ranges * HOL_INDEX_TILE,
                        .base = base ? base + first * HOL_LANES * layer->stride : NULL,
                        .held = layer->held ? layer->held + first * x->stride : NULL};
        index_ranges(kernels, &t, layer->inputs, 0, ranges);
        scan_tile(kernels, layer, &t, own, draw);
    }
}

/* The field of output j in one lane. */
static int32_t sum_ref(const hol_layer *layer, const uint64_t *words, int lane, int32_t field, int64_t j) {
    for (int64_t i = 0; i < layer->inputs; i++)
        if (hol_bits_get(words, i, lane)) field += layer->weights[i * layer->stride + j];
    return field;
}

void hol_scan_sample_ref(const hol_layer *layer, const hol_states *x, int64_t own, const int32_t *base,
                         const hol_draw *draw) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const uint64_t *held = layer->held ? layer->held + r / HOL_LANES * x->stride : NULL;
        const int32_t *start = base ? base + r * layer->stride : layer->bias;
        const int64_t chain = x->first_block * HOL_LANES + r;
        const int lane = (int)(r % HOL_LANES);
        for (int64_t j = 0; j < layer->outputs; j++) {
            const uint32_t p = hol_kernels_probability_ref(sum_ref(layer, words, lane, start[j], j), layer->scale);
            if (!held || !hol_bits_get(held, j, lane))
                hol_bits_set(words, own + j, lane, hol_kernels_sample_ref(p, draw, j, chain));
        }
    }
}
