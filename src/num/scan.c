/* scan: tiles of blocks to threads; in a tile, strip after strip.
 *
 * The numbers of all groups of inputs are taken once; after each strip only those of the one or two ranges of 40 inputs
 * that it lies in are taken again; where there are sites, after each of them and each run of other units. A tile has up
 * to 8 blocks, for the tables are built anew per strip and tile, but fewer where threads would have none, and where
 * there are sites, for whose fields there is to be room. */
#include "num/scan.h"

#include <omp.h>
#include <string.h>

#include "num/bits.h"
#include "num/threads.h"

enum { TILE_BLOCKS = 8, SITE_TILE_BLOCKS = 4, BLOCK_SUMS = HOL_LANES * HOL_STRIP };

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

/* Outputs' states are drawn anew: [first, end). */
static void index_again(const hol_kernels *kernels, const tile *t, const hol_layer *layer, int64_t own, int64_t first,
                        int64_t end) {
    const int64_t first_range = (own + first) / HOL_RANGE_ROWS, last_range = (own + end - 1) / HOL_RANGE_ROWS;
    index_ranges(kernels, t, layer->inputs, first_range, last_range + 1 - first_range);
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

/* Units [first, end) of one strip, no site's. */
static void scan_units(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t own, int64_t first,
                       int64_t end, const hol_draw *draw, int32_t *sums) {
    const int64_t before = first % HOL_STRIP; /* columns of the strip */
    sum_strip(kernels, layer, t, first - before, sums);
    for (int64_t r = 0; before > 0 && r < t->blocks * HOL_LANES; r++)
        memmove(sums + r * HOL_STRIP, sums + r * HOL_STRIP + before, (size_t)(end - first) * sizeof *sums);
    for (int64_t b = 0; b < t->blocks; b++)
        kernels->scan(sums + b * BLOCK_SUMS, layer->scale, layer->weights + (own + first) * layer->stride + first,
                      layer->stride, end - first, t->held ? t->held + b * t->stride + first : NULL, draw, first,
                      t->first_block + b, t->words + b * t->stride + own + first);
    index_again(kernels, t, layer, own, first, end);
}

/* fields is room for a tile's: (blocks, states, 64) */
static void scan_site(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t own, int64_t site,
                      const hol_draw *draw, int32_t *sums, int32_t *fields) {
    const int64_t first = layer->sites->first[site], states = layer->sites->states[site], end = first + states;
    uint64_t drawn[HOL_SITE_STATES_MAX];
    for (int64_t column = first - first % HOL_STRIP; column < end; column += HOL_STRIP) {
        sum_strip(kernels, layer, t, column, sums);
        for (int64_t b = 0; b < t->blocks; b++) {
            _Alignas(64) int32_t turned[BLOCK_SUMS];
            kernels->turn_strip(sums + b * BLOCK_SUMS, turned);
            for (int64_t c = column > first ? column : first; c < end && c < column + HOL_STRIP; c++)
                memcpy(fields + (b * states + c - first) * HOL_LANES, turned + (c - column) * HOL_LANES,
                       HOL_LANES * sizeof *fields);
        }
    }
    for (int64_t b = 0; b < t->blocks; b++) {
        uint64_t *words = t->words + b * t->stride + own + first;
        const uint64_t *held = t->held ? t->held + b * t->stride + first : NULL;
        kernels->sample_site(fields + b * states * HOL_LANES, states, layer->scale, draw, first, t->first_block + b,
                             drawn);
        for (int64_t s = 0; s < states; s++) words[s] = hol_bits_hold(drawn[s], words[s], held ? held[s] : 0);
    }
    index_again(kernels, t, layer, own, first, end);
}

/* Outputs that are no site's, strip after strip, and sites, in their order. */
static void scan_tile(const hol_kernels *kernels, const hol_layer *layer, const tile *t, int64_t own,
                      const hol_draw *draw) {
    const int64_t site_count = layer->sites ? layer->sites->count : 0;
    _Alignas(64) int32_t sums[TILE_BLOCKS * BLOCK_SUMS];
    for (int64_t first = 0, end = 0, site = 0; first < layer->outputs; first = end) {
        const int64_t next = site < site_count ? layer->sites->first[site] : layer->outputs;
        end = first - first % HOL_STRIP + HOL_STRIP;
        if (end > next) end = next;
        if (first < next) scan_units(kernels, layer, t, own, first, end, draw, sums);
        else {
            _Alignas(64) int32_t fields[SITE_TILE_BLOCKS * HOL_SITE_STATES_MAX * HOL_LANES];
            end = first + layer->sites->states[site];
            scan_site(kernels, layer, t, own, site++, draw, sums, fields);
        }
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
    const int64_t most = layer->sites ? SITE_TILE_BLOCKS : TILE_BLOCKS;
    if (size > most) size = most;
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

/* `start` is (stride): what fields begin with */
static void scan_site_ref(const hol_layer *layer, uint64_t *words, int lane, int64_t own, const int32_t *start,
                          int64_t site, uint32_t u) {
    const int64_t first = layer->sites->first[site], states = layer->sites->states[site];
    int32_t fields[HOL_SITE_STATES_MAX], most = INT32_MIN;
    uint32_t weights[HOL_SITE_STATES_MAX] = {0};
    for (int64_t s = 0; s < states; s++) {
        fields[s] = sum_ref(layer, words, lane, start[first + s], first + s);
        most = fields[s] > most ? fields[s] : most;
    }
    for (int64_t s = 0; s < states; s++)
        weights[s] = hol_sites_weight_ref((uint32_t)most - (uint32_t)fields[s], layer->scale);
    const int32_t state = hol_sites_choose_ref(weights, states, u);
    for (int64_t s = 0; s < states; s++) hol_bits_set(words, own + first + s, lane, s == state);
}

void hol_scan_sample_ref(const hol_layer *layer, const hol_states *x, int64_t own, const int32_t *base,
                         const hol_draw *draw) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++) {
        uint64_t *words = x->words + r / HOL_LANES * x->stride;
        const uint64_t *held = layer->held ? layer->held + r / HOL_LANES * x->stride : NULL;
        const int32_t *start = base ? base + r * layer->stride : layer->bias;
        const int64_t chain = x->first_block * HOL_LANES + r;
        const int lane = (int)(r % HOL_LANES);
        for (int64_t j = 0, site = 0; j < layer->outputs; j++) {
            const bool is_site = layer->sites && site < layer->sites->count && layer->sites->first[site] == j;
            const bool is_held = held && hol_bits_get(held, j, lane);
            if (is_site && !is_held)
                scan_site_ref(layer, words, lane, own, start, site, hol_sites_number_ref(draw, j, chain));
            if (!is_site && !is_held) {
                const uint32_t p = hol_kernels_probability_ref(sum_ref(layer, words, lane, start[j], j), layer->scale);
                hol_bits_set(words, own + j, lane, hol_kernels_sample_ref(p, draw, j, chain));
            }
            if (is_site) j += layer->sites->states[site++] - 1;
        }
    }
}
