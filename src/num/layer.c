/* layer: the work of a layer cut into (tile of blocks) x (strip of columns), given to threads.
 *
 * First the inputs that are on in any chain are listed: the others (the rim of an image, rare words) cost nothing. All chains'
 * table offsets are taken from their bits, once; then each strip builds its tables and adds. A tile holds 8 blocks: its
 * sums, 32 KB, stay near the tables while a strip is worked on. */
#include "num/layer.h"

#include <string.h>

#include "base/alloc.h"
#include "num/bits.h"

enum { TILE_BLOCKS = 8, WORTH_THREADS = 1 << 17 };

static int64_t set_count(int64_t inputs) { return (inputs + HOL_SET_ROWS - 1) / HOL_SET_ROWS; }

/* The scratch of one call, cut up. */
typedef struct plan {
    int32_t *rows;     /* (inputs): the active inputs' numbers */
    uint64_t *packed;  /* (blocks, inputs): their words */
    uint16_t *offsets; /* (sets, blocks, 64, HOL_SET) */
    int64_t active;
} plan;

static int64_t rows_bytes(int64_t inputs) { return hol_round_up(inputs * (int64_t)sizeof(int32_t), HOL_ALIGNMENT); }

static int64_t packed_bytes(int64_t inputs, int64_t blocks) {
    return hol_round_up(inputs * blocks * (int64_t)sizeof(uint64_t), HOL_ALIGNMENT);
}

int64_t hol_layer_scratch_bytes(int64_t inputs, int64_t blocks) {
    return rows_bytes(inputs) + packed_bytes(inputs, blocks) +
           set_count(inputs) * HOL_SET * blocks * HOL_LANES * (int64_t)sizeof(uint16_t);
}

static plan make_plan(const hol_layer *layer, const hol_states *x, void *scratch) {
    char *at = scratch;
    plan p = {.rows = scratch};
    p.packed = (uint64_t *)(void *)(at + rows_bytes(layer->inputs));
    p.offsets = (uint16_t *)(void *)(at + rows_bytes(layer->inputs) + packed_bytes(layer->inputs, x->blocks));
    for (int64_t i = 0; i < layer->inputs; i++) {
        uint64_t any = 0;
        for (int64_t b = 0; b < x->blocks; b++) any |= x->words[b * x->stride + i];
        p.rows[p.active] = (int32_t)i;
        p.active += any != 0;
    }
    return p;
}

static void index_all(const hol_kernels *kernels, const plan *p, const hol_states *x) {
    const int64_t sets = set_count(p->active), set_stride = x->blocks * HOL_LANES * HOL_SET;
#pragma omp for schedule(static)
    for (int64_t b = 0; b < x->blocks; b++) {
        uint64_t *packed = p->packed + b * p->active;
        for (int64_t k = 0; k < p->active; k++) packed[k] = x->words[b * x->stride + p->rows[k]];
        kernels->index_lanes(packed, p->active, sets, set_stride, p->offsets + b * HOL_LANES * HOL_SET);
    }
}

static void sum_strip(const hol_kernels *kernels, const hol_layer *layer, const plan *p, int64_t all_blocks,
                      int64_t first_block, int64_t blocks, int64_t column, int32_t *sums) {
    for (int64_t r = 0; r < blocks * HOL_LANES; r++)
        memcpy(sums + r * HOL_STRIP, layer->bias + column, HOL_STRIP * sizeof *sums);
    kernels->product(layer->weights + column, layer->stride, p->rows, p->active,
                     p->offsets + first_block * HOL_LANES * HOL_SET, set_count(p->active),
                     all_blocks * HOL_LANES * HOL_SET, blocks * HOL_LANES, sums);
}

static void sample_tile(const hol_kernels *kernels, const hol_layer *layer, const int32_t *sums, int64_t first_block,
                        int64_t blocks, int64_t column, const hol_draw *draw, const hol_states *samples,
                        int64_t global_block, int32_t *probabilities) {
    const int64_t width = layer->outputs - column < HOL_STRIP ? layer->outputs - column : HOL_STRIP;
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t block = first_block + b;
        uint64_t words[HOL_STRIP];
        kernels->sample(sums + b * HOL_LANES * HOL_STRIP, layer->scale, draw, column, global_block + block,
                        samples ? words : NULL,
                        probabilities ? probabilities + block * HOL_LANES * layer->stride + column : NULL, layer->stride);
        if (samples)
            memcpy(samples->words + block * samples->stride + column, words, (size_t)width * sizeof *words);
    }
}

/* One parallel region for both: fields != NULL stores the sums, else they are sampled. */
static void apply(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                  int32_t *probabilities, int32_t *fields, void *scratch) {
    const hol_kernels *kernels = hol_kernels_get();
    const plan p = make_plan(layer, x, scratch);
    const int64_t tiles = (x->blocks + TILE_BLOCKS - 1) / TILE_BLOCKS;
    const int64_t strips = (layer->outputs + HOL_STRIP - 1) / HOL_STRIP;
    const int64_t work = x->blocks * HOL_LANES * layer->stride * (p.active / HOL_GROUP + 1);
#pragma omp parallel default(none)                                                                                     \
    shared(kernels, layer, x, draw, samples, probabilities, fields, p, tiles, strips, work) if (work > WORTH_THREADS)
    {
        index_all(kernels, &p, x);
        _Alignas(64) int32_t sums[TILE_BLOCKS * HOL_LANES * HOL_STRIP];
#pragma omp for schedule(static)
        for (int64_t item = 0; item < strips * tiles; item++) {
            const int64_t column = item / tiles * HOL_STRIP, first = item % tiles * TILE_BLOCKS;
            const int64_t blocks = x->blocks - first < TILE_BLOCKS ? x->blocks - first : TILE_BLOCKS;
            sum_strip(kernels, layer, &p, x->blocks, first, blocks, column, sums);
            if (fields) {
                for (int64_t r = 0; r < blocks * HOL_LANES; r++)
                    memcpy(fields + (first * HOL_LANES + r) * layer->stride + column, sums + r * HOL_STRIP,
                           HOL_STRIP * sizeof *sums);
            } else {
                sample_tile(kernels, layer, sums, first, blocks, column, draw, samples, x->first_block, probabilities);
            }
        }
    }
}

void hol_layer_fields(const hol_layer *layer, const hol_states *x, int32_t *fields, void *scratch) {
    if (x->blocks > 0) apply(layer, x, NULL, NULL, NULL, fields, scratch);
}

void hol_layer_sample(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                      int32_t *probabilities, void *scratch) {
    if (x->blocks > 0) apply(layer, x, draw, samples, probabilities, NULL, scratch);
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

void hol_layer_sample_ref(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                          int32_t *probabilities) {
    for (int64_t r = 0; r < x->blocks * HOL_LANES; r++)
        for (int64_t j = 0; j < layer->outputs; j++) {
            const int64_t block = r / HOL_LANES, lane = r % HOL_LANES;
            int32_t field = layer->bias[j];
            for (int64_t i = 0; i < layer->inputs; i++)
                if (hol_bits_get(x->words + block * x->stride, i, (int)lane)) field += layer->weights[i * layer->stride + j];
            const uint32_t p = hol_kernels_probability_ref(field, layer->scale);
            if (probabilities) probabilities[r * layer->stride + j] = (int32_t)((p >> 17) + (p >> 16 & 1));
            if (!samples) continue;
            const uint64_t bit = UINT64_C(1) << lane;
            uint64_t *word = &samples->words[block * samples->stride + j];
            const int64_t chain = (x->first_block + block) * HOL_LANES + lane;
            *word = hol_kernels_sample_ref(p, draw, j, chain) ? *word | bit : *word & ~bit;
        }
}
