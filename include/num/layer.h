/* layer: one layer of units given another: fields, conditional probabilities, samples. Units are binary by themselves;
 * exclusive runs of them are categorical (num/sites.h).
 *
 *     field[chain][j] = bias[j] + sum_i x[chain][i] weights[i][j]      p(unit j = 1 | x) = 1 / (1 + exp(-field *
 * scale))
 *
 * in whole numbers (num/fixed.h). Threaded over strips of columns; the result does not depend on the threads. */
#ifndef HOL_NUM_LAYER_H
#define HOL_NUM_LAYER_H

#include <stddef.h>
#include <stdint.h>

#include "num/kernels.h"
#include "num/sites.h"

/* A view; the model owns the arrays. */
typedef struct hol_layer {
    const hol_kernels *kernels;
    double *fields_seconds; /* where the seconds that the first thread spends on fields are added, estimated from a part
                             * of its work; NULL: nowhere */
    const int32_t *weights; /* (inputs, stride), 64-byte aligned rows, padding 0; NULL where there are narrow ones */
    const int16_t *narrow;  /* couplings in 16 bits instead, (strips, inputs, 32), 64-byte aligned (num/narrow.h) */
    const int32_t *reach;   /* of them: no sum over inputs of a range is larger, (ranges) */
    const int32_t *bias;    /* (stride), padding 0 */
    int64_t inputs;
    int64_t outputs;
    int64_t stride;               /* a multiple of 16, at least outputs */
    float scale;                  /* 2^-fraction_bits: a field of 1 means this many nats */
    const hol_sites *input_sites; /* among the inputs: of each no more than one unit is on in a chain; NULL: none */
    const int32_t *site_reach;    /* of narrow ones: no |coupling| of a site of input_sites is larger */
    const hol_sites *sites;       /* among the outputs: drawn one state each; NULL: none */
    int32_t *site_fields;         /* where there are sites, room of the caller's for (blocks, stride, 64), 64-byte
                                   * aligned, that drawing uses */
    const uint64_t *held; /* laid out as the words that the outputs are drawn to: a bit for each state that stays as it
                           * is when the others are drawn (levels don't look at it), of a site's all or none; or NULL:
                           * all are drawn */
} hol_layer;

/* The layer with its outputs' part of held (all units of a population; or NULL), the first of them being `first`. */
static inline hol_layer hol_layer_holding(const hol_layer *layer, const uint64_t *held, int64_t first) {
    hol_layer l = *layer;
    l.held = held ? held + first : NULL;
    return l;
}

/* Blocks of states, a view: unit i of block b is words[b * stride + i]. */
typedef struct hol_states {
    uint64_t *words;
    int64_t stride;
    int64_t blocks;
    int64_t first_block; /* the global number of block 0: it keys the random numbers */
} hol_states;

/* Bytes of scratch that a call on `blocks` blocks of `inputs` units, with so many sites among them, needs; 64-byte
 * aligned, the caller's. */
int64_t hol_layer_scratch_bytes_with(int64_t inputs, int64_t sites, int64_t blocks);
static inline int64_t hol_layer_scratch_bytes(int64_t inputs, int64_t blocks) {
    return hol_layer_scratch_bytes_with(inputs, 0, blocks);
}

/* fields is (blocks * 64, layer->stride): exact sums. x->words points at the layer's first input. */
void hol_layer_fields(const hol_layer *layer, const hol_states *x, int32_t *fields, void *scratch);
/* The plain reference: one addition per unit that is on. Not threaded. */
void hol_layer_fields_ref(const hol_layer *layer, const hol_states *x, int32_t *fields);

/* Draws the outputs given x. samples->words (first output of the layer), or samples NULL; their levels (num/kernels.h)
 * as bytes (blocks, layer->stride, 64), 64-byte aligned, or NULL. The padding of the last strip is not written to
 * samples. */
void hol_layer_sample(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                      uint8_t *levels, void *scratch);
void hol_layer_sample_ref(const hol_layer *layer, const hol_states *x, const hol_draw *draw, const hol_states *samples,
                          uint8_t *levels);

/* The outputs' probabilities given x: (blocks * 64, layer->stride) with 15 fractional bits. */
void hol_layer_probabilities(const hol_layer *layer, const hol_states *x, int32_t *probabilities, void *scratch);
void hol_layer_probabilities_ref(const hol_layer *layer, const hol_states *x, int32_t *probabilities);

/* Draws the outputs from fields as hol_layer_fields left them, times scale instead of the layer's. */
void hol_layer_sample_fields(const hol_layer *layer, const int32_t *fields, float scale, const hol_draw *draw,
                             const hol_states *samples);

/* sums[lane] = sum of `values` (units) over the units that are on: one term per unit, for one block. sums is (64). */
void hol_layer_sum_units(const uint64_t *words, const int32_t *values, int64_t units, int64_t *sums);

/* ln of the sum over all states of the outputs of one lane, sum_j ln(1 + exp(field_j)) where none is a site's: fields
 * (stride) as hol_layer_fields left them, without couplings `less` and with `more` (stride); NULL: none. */
double hol_layer_log_sum(const hol_layer *layer, const int32_t *fields, const int32_t *less, const int32_t *more);

/* The mean over the outputs of one lane of (x_i - p_i)^2, probabilities (stride) with 15 fractional bits. */
double hol_layer_mean_square(const hol_layer *layer, const uint64_t *words, int lane, const int32_t *probabilities);

#endif
